//! One peer connection.

use std::{collections::VecDeque, time::Instant};

use arrayvec::ArrayVec;
use str0m::{channel::ChannelId, stats::PeerStats};
use szpon_protocol::{ParticipantId, RoomId, SessionId, media::FromNode};

use crate::{
    channel,
    io::Transport,
    negotiation::STATS_INTERVAL,
    peer::{Fault, Peer},
    stats::Counters,
};

/// Addresses of one peer that are kept: interfaces times transports, and room for a change.
pub(crate) const MAX_ADDRESSES: usize = 16;
/// Messages kept for a data channel that is not open yet or full.
const MAX_QUEUED: usize = 64;

/// Whom the session serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Participant {
        room: RoomId,
        participant: ParticipantId,
    },
    /// A connection test.
    Probe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// ICE or DTLS is not up yet.
    Connecting,
    Up,
    /// Not heard for some seconds.
    Silent,
}

pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) purpose: Purpose,
    pub(crate) peer: Peer,
    pub(crate) ufrag: String,
    /// Media sections of the first offer; an ICE restart must bring as many.
    pub(crate) sections: usize,
    pub(crate) addresses: ArrayVec<(Transport, std::net::SocketAddr), MAX_ADDRESSES>,
    /// What was heard last, for operators.
    pub(crate) transport: Transport,
    pub(crate) opened: Instant,
    pub(crate) connected: Option<Instant>,
    pub(crate) heard: Instant,
    pub(crate) link: Link,
    /// When str0m wants to be called.
    pub(crate) wake: Instant,
    /// Is in the list of sessions to be polled.
    pub(crate) touched: bool,
    channel: Option<ChannelId>,
    queued: VecDeque<Vec<u8>>,
    pub(crate) rates: Rates,
}

impl Session {
    pub(crate) fn new(
        id: SessionId,
        purpose: Purpose,
        peer: Peer,
        ufrag: String,
        sections: usize,
        now: Instant,
    ) -> Self {
        Self {
            id,
            purpose,
            peer,
            ufrag,
            sections,
            addresses: ArrayVec::new(),
            transport: Transport::Udp,
            opened: now,
            connected: None,
            heard: now,
            link: Link::Connecting,
            wake: now,
            touched: false,
            channel: None,
            queued: VecDeque::new(),
            rates: Rates::default(),
        }
    }

    pub(crate) fn room(&self) -> Option<RoomId> {
        match self.purpose {
            Purpose::Participant { room, .. } => Some(room),
            Purpose::Probe => None,
        }
    }

    pub(crate) fn participant(&self) -> Option<ParticipantId> {
        match self.purpose {
            Purpose::Participant { participant, .. } => Some(participant),
            Purpose::Probe => None,
        }
    }

    /// The client opened its data channel. Only the first one counts.
    pub(crate) fn channel_opened(&mut self, id: ChannelId) {
        self.channel.get_or_insert(id);
    }

    pub(crate) fn is_channel(&self, id: ChannelId) -> bool {
        self.channel == Some(id)
    }

    /// Queues a message; [`Session::flush`] hands it to str0m.
    pub(crate) fn send(&mut self, message: &FromNode, counters: &mut Counters) {
        let Some(encoded) = channel::encode(message) else { return };
        // A client that reads nothing must not grow our memory. What it misses is either complete
        // in the next message of its kind or of no use any more.
        if self.queued.len() == MAX_QUEUED {
            self.queued.pop_front();
            counters.messages_dropped += 1;
        }
        self.queued.push_back(encoded);
    }

    pub(crate) fn has_queued(&self) -> bool {
        self.channel.is_some() && !self.queued.is_empty()
    }

    /// Writes as many queued messages as str0m takes.
    pub(crate) fn flush(&mut self) -> Result<(), Fault> {
        let Some(channel) = self.channel else { return Ok(()) };
        while let Some(message) = self.queued.front() {
            let taken = self.peer.call(|rtc| match rtc.channel(channel) {
                Some(mut open) => open.write(false, message),
                None => Ok(false),
            })?;
            match taken {
                Ok(true) => {
                    self.queued.pop_front();
                }
                Ok(false) => break,
                Err(error) => return Err(Fault::Failed(error)),
            }
        }
        Ok(())
    }
}

/// Numbers of the last [`STATS_INTERVAL`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rates {
    total_rx: u64,
    total_tx: u64,
    pub(crate) rx_bits_per_second: u64,
    pub(crate) tx_bits_per_second: u64,
    pub(crate) estimate: Option<u64>,
    pub(crate) tx_loss: f64,
    pub(crate) rx_loss: f64,
    pub(crate) rtt: Option<std::time::Duration>,
}

impl Rates {
    pub(crate) fn update(&mut self, stats: &PeerStats) {
        let per_second =
            |bytes: u64| (bytes as f64 * 8.0 / STATS_INTERVAL.as_secs_f64()).round() as u64;
        self.rx_bits_per_second = per_second(stats.peer_bytes_rx.saturating_sub(self.total_rx));
        self.tx_bits_per_second = per_second(stats.peer_bytes_tx.saturating_sub(self.total_tx));
        self.total_rx = stats.peer_bytes_rx;
        self.total_tx = stats.peer_bytes_tx;
        self.estimate = stats.bwe_tx.map(|rate| rate.as_u64());
        self.tx_loss = stats.egress_loss_fraction.map_or(0.0, f64::from);
        self.rx_loss = stats.ingress_loss_fraction.map_or(0.0, f64::from);
        self.rtt = stats.rtt.or(self.rtt);
    }
}
