//! One peer connection.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use arrayvec::ArrayVec;
use str0m::{
    channel::ChannelId,
    format::{CodecSpec, PayloadParams},
    media::Mid,
    rtp::{RtpWrite, Ssrc},
    stats::PeerStats,
};
use szpon_media::{
    Layer,
    allocator::Allocator,
    quality::QualityMeter,
    slots::{AudioSlots, Slots},
};
use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    media::{FromNode, SlotMedia, Tile},
};

use crate::{
    channel,
    core::Viewing,
    feedback::Feedback,
    io::Transport,
    negotiation::STATS_INTERVAL,
    peer::{Fault, Peer},
    rooms::RoomKey,
    search::Search,
    slots::{AudioSlot, Receiving, VideoSlot},
    stats::Counters,
    tracks::{TrackKey, TrackRef},
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
    /// The offer has a data channel, so that messages will reach the client.
    pub(crate) can_hear: bool,
    channel: Option<ChannelId>,
    queued: VecDeque<Vec<u8>>,
    pub(crate) rates: Rates,
    pub(crate) feedback: Feedback,
    /// What a participant's session has in its room; none for a connection test.
    pub(crate) seat: Option<Box<Seat>>,
}

/// A participant's part in the room.
pub(crate) struct Seat {
    pub(crate) room: RoomKey,
    /// What the offer publishes.
    pub(crate) tracks: ArrayVec<(Mid, TrackKey), 4>,
    /// Incoming streams as they were seen.
    pub(crate) streams: Vec<(Ssrc, TrackKey, Layer)>,
    pub(crate) audio: Vec<AudioSlot>,
    pub(crate) audio_plan: AudioSlots<TrackRef>,
    pub(crate) video: Vec<VideoSlot>,
    pub(crate) video_plan: Slots<TrackRef>,
    /// What the client shows.
    pub(crate) view: Vec<Tile>,
    /// Who says so.
    pub(crate) viewing: Viewing,
    /// The view has changed since slots were assigned.
    pub(crate) view_changed: bool,
    pub(crate) allocator: Allocator<TrackRef>,
    /// What the way to the client can carry.
    pub(crate) estimate: Estimate,
    pub(crate) search: Search,
    pub(crate) quality: QualityMeter,
    /// Slots as last told to the client.
    pub(crate) told: Vec<Feed>,
    /// How this client receives each codec that it was sent so far.
    pub(crate) receiving: Vec<(CodecSpec, Option<Receiving>)>,
}

/// What feeds a slot, in few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Feed {
    pub(crate) media: SlotMedia,
    /// Index among the session's slots of this kind.
    pub(crate) slot: usize,
    pub(crate) track: TrackRef,
    pub(crate) layer: Option<Layer>,
}

/// What a way can carry, in bits per second. str0m's events say a mean over three seconds, which
/// is slow to tell of a collapse, or that a probe went well; its statistics say the newest value,
/// which jumps. Bad news counts at once, good news by half.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Estimate {
    pub(crate) smooth: u64,
    pub(crate) newest: Option<u64>,
}

impl Estimate {
    pub(crate) fn get(self) -> u64 {
        self.newest.map_or(self.smooth, |newest| newest.min(newest.midpoint(self.smooth)))
    }
}

/// Streams of one publisher that are known at once: two sources of three layers, two of sound, and
/// as many again while a browser changes its SSRCs.
pub(crate) const MAX_STREAMS: usize = 16;

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
            can_hear: true,
            channel: None,
            queued: VecDeque::new(),
            rates: Rates::default(),
            feedback: Feedback::default(),
            seat: None,
        }
    }

    pub(crate) fn participant(&self) -> Option<ParticipantId> {
        match self.purpose {
            Purpose::Participant { participant, .. } => Some(participant),
            Purpose::Probe => None,
        }
    }

    /// Whether media can be sent to the client.
    pub(crate) fn is_up(&self) -> bool {
        self.link == Link::Up
    }

    /// How the client receives what is coded as `params`; none if it does not.
    pub(crate) fn receiving(
        &mut self,
        mid: Mid,
        params: PayloadParams,
    ) -> Result<Option<Receiving>, Fault> {
        let Some(seat) = &mut self.seat else { return Ok(None) };
        let spec = params.spec();
        if let Some((_, known)) = seat.receiving.iter().find(|(other, _)| *other == spec) {
            return Ok(*known);
        }
        let found = self.peer.call(|rtc| {
            let ours = rtc.codec_config().match_params(params)?;
            let accepted = rtc.media(mid)?.remote_pts().contains(&ours.pt());
            accepted.then(|| Receiving { pt: ours.pt(), red: ours.red() })
        })?;
        seat.receiving.push((spec, found));
        Ok(found)
    }

    /// Hands a packet to str0m.
    pub(crate) fn write(&mut self, ssrc: Ssrc, write: RtpWrite) -> Result<(), Fault> {
        self.peer.call(|rtc| {
            if let Some(stream) = rtc.direct_api().stream_tx(&ssrc) {
                stream.write_rtp(write);
            }
        })
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
        if !self.can_hear {
            return;
        }
        let Some(encoded) = channel::encode(message) else { return };
        // A client that reads nothing must not grow our memory. What it misses is either complete
        // in the next message of its kind or of no use any more.
        if self.queued.len() == MAX_QUEUED {
            self.queued.pop_front();
            counters.messages_dropped += 1;
        }
        self.queued.push_back(encoded);
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
    pub(crate) rtt: Option<Duration>,
    reported_rtt: Option<Duration>,
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
        // The round trip of transport-wide feedback includes the receiver's waiting time; receiver
        // reports say it exactly, where there are any.
        self.rtt = self.reported_rtt.take().or(stats.rtt).or(self.rtt);
    }

    pub(crate) fn update_rtt(&mut self, rtt: Option<Duration>) {
        self.reported_rtt = match (self.reported_rtt, rtt) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}
