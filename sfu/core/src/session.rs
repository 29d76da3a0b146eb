//! One peer connection.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use arrayvec::ArrayVec;
use str0m::{
    IceCreds,
    channel::ChannelId,
    format::{CodecSpec, PayloadParams},
    media::Mid,
    rtp::Ssrc,
    stats::PeerStats,
};
use szpon_media::{
    Bitrate, Layer,
    allocator::Allocator,
    doubling::Doubling,
    quality::QualityMeter,
    redundancy::Copies,
    slots::{AudioSlots, Slots},
};
use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    media::{FromNode, Quality, SlotMedia, Tile},
};

use crate::{
    channel,
    consent::Consent,
    core::Viewing,
    default_view::VIEW_PATIENCE,
    egress::{Egress, StreamKey},
    intake::Intake,
    io::Transport,
    negotiation::{NewPeer, Offered, STATS_INTERVAL},
    path::Path,
    peer::{Fault, Peer},
    prefetch::prefetch,
    resting::Resting,
    rooms::RoomKey,
    slots::{AudioSlot, Receiving, VideoSlot},
    stats::Counters,
    tracks::{TrackKey, TrackRef},
};

/// Addresses of one peer that are kept: interfaces times transports, and room for a change.
pub(crate) const MAX_ADDRESSES: usize = 16;
/// Addresses that a peer may come from until it restarts ICE. str0m keeps all of them, and looks
/// through them for every check.
pub(crate) const MAX_DISCOVERED: u16 = 256;
/// Streams that a peer may have in its life: [`MAX_STREAMS`] with their repetitions, twice. str0m
/// remembers every one.
pub(crate) const MAX_SOURCES: usize = 64;
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
    /// Our ICE credentials.
    pub(crate) creds: IceCreds,
    /// What an ICE restart must bring again.
    pub(crate) offered: Offered,
    /// The offer has m-lines that the client may publish on.
    pub(crate) publishes: bool,
    /// What the client receives.
    pub(crate) egress: Egress,
    /// Where it receives it.
    pub(crate) path: Path,
    pub(crate) consent: Consent,
    pub(crate) addresses: ArrayVec<(Transport, std::net::SocketAddr), MAX_ADDRESSES>,
    /// Addresses that it has come from since it last restarted ICE.
    pub(crate) discovered: u16,
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
    /// Bytes taken in, and bytes that str0m has sent, as UDP payload.
    pub(crate) received: u64,
    pub(crate) sent: u64,
    /// What the peer may still send.
    pub(crate) intake: Intake,
    pub(crate) resting: Resting,
    /// Synchronisation sources (RFC 3550) that the peer has proved to be its own.
    pub(crate) sources: ArrayVec<u32, MAX_SOURCES>,
    /// The one of the datagram that is being taken in: str0m puts repetitions back into their stream, and
    /// says so to nobody.
    pub(crate) arriving: Option<u32>,
    pub(crate) rates: Rates,
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
    /// The client's view is late, and shown is something in the meantime.
    pub(crate) stands_in: bool,
    /// The view has changed since slots were assigned.
    pub(crate) view_changed: bool,
    pub(crate) allocator: Allocator<TrackRef>,
    /// The estimate that bandwidth was last divided by.
    pub(crate) planned_for: Bitrate,
    pub(crate) quality: QualityMeter,
    /// As the client was last told of itself.
    pub(crate) told_quality: Option<Quality>,
    /// Slots as last told to the client.
    pub(crate) told: Vec<Feed>,
    /// How this client receives each codec that it was sent so far.
    pub(crate) receiving: Vec<(CodecSpec, Option<Receiving>)>,
    /// Of earlier sound, in packets to this client.
    pub(crate) copies: Copies,
    /// Of packets of pictures.
    pub(crate) doubling: Doubling,
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

/// After the handshake: a round trip and a few reports, on any network that a call is possible over.
const UNKNOWN_FOR: Duration = Duration::from_secs(1);

/// Streams of one publisher that are known at once: two sources of three layers, two of sound, and
/// as many again while a browser changes its SSRCs.
pub(crate) const MAX_STREAMS: usize = 16;

impl Session {
    pub(crate) fn new(
        id: SessionId,
        purpose: Purpose,
        new: NewPeer,
        creds: IceCreds,
        sections: usize,
        initial: Bitrate,
        now: Instant,
    ) -> Self {
        let NewPeer { peer, keys } = new;
        Self {
            id,
            purpose,
            peer,
            creds,
            offered: Offered { sections, streams: Vec::new() },
            publishes: false,
            egress: Egress::new(keys, initial, now),
            path: Path::default(),
            consent: Consent::default(),
            addresses: ArrayVec::new(),
            discovered: 0,
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
            received: 0,
            sent: 0,
            intake: Intake::new(now),
            resting: Resting::new(now),
            sources: ArrayVec::new(),
            arriving: None,
            rates: Rates::default(),
            seat: None,
        }
    }

    /// Packets will be sent soon: what that needs is fetched into the processor's cache, as far as
    /// it is part of the session itself.
    pub(crate) fn fetch(&self) {
        prefetch(&self.link);
        prefetch(&self.seat);
        prefetch(&self.egress);
    }

    /// … and what it points to. To be called when [`Self::fetch`] has had some time.
    pub(crate) fn fetch_seat(&self, stream: StreamKey) {
        if let Some(seat) = &self.seat {
            prefetch(&**seat);
        }
        self.egress.fetch(stream);
    }

    /// … and what that points to.
    pub(crate) fn fetch_slot(&self, slot: usize, video: bool) {
        let Some(seat) = &self.seat else { return };
        match video {
            true => seat.video.get(slot).map(prefetch),
            false => seat.audio.get(slot).map(prefetch),
        };
    }

    /// Whether media can be sent to the client.
    pub(crate) fn is_up(&self) -> bool {
        self.link == Link::Up
    }

    /// Whether too little has come back from the client to know what the way to it carries.
    pub(crate) fn is_new(&self, now: Instant) -> bool {
        self.connected.is_some_and(|at| now < at + UNKNOWN_FOR)
    }

    /// Takes the numbers of the last second, if it is over.
    pub(crate) fn measure(&mut self, now: Instant) {
        self.rates.measure(self.received, self.sent + self.egress.bytes(), now);
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
            accepted.then(|| Receiving {
                payload_type: *ours.pt(),
                red: ours.red().map(|pt| *pt),
                rtx: ours.resend().map(|pt| *pt),
            })
        })?;
        seat.receiving.push((spec, found));
        Ok(found)
    }

    /// Whether the client can't say what it shows, although it should by now.
    pub(crate) fn awaits_view(&self, now: Instant) -> bool {
        let late = self.connected.is_some_and(|at| now >= at + VIEW_PATIENCE);
        late && self.can_hear && self.channel.is_none()
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
    /// Totals at the last measure.
    received: u64,
    sent: u64,
    measured: Option<Instant>,
    pub(crate) rx_bits_per_second: u64,
    pub(crate) tx_bits_per_second: u64,
    pub(crate) rx_loss: f64,
}

impl Rates {
    /// Takes the totals of now, if it is time for that.
    pub(crate) fn measure(&mut self, received: u64, sent: u64, now: Instant) {
        let since = self.measured.map(|at| now.saturating_duration_since(at));
        if since.is_some_and(|since| since < STATS_INTERVAL) {
            return;
        }
        if let Some(since) = since {
            let rate = |bytes: u64| Bitrate::from_bytes(bytes, since).as_bps();
            self.rx_bits_per_second = rate(received.saturating_sub(self.received));
            self.tx_bits_per_second = rate(sent.saturating_sub(self.sent));
        }
        (self.received, self.sent, self.measured) = (received, sent, Some(now));
    }

    /// What str0m reports of what it receives.
    pub(crate) fn update(&mut self, stats: &PeerStats) {
        self.rx_loss = stats.ingress_loss_fraction.map_or(0.0, f64::from);
    }
}
