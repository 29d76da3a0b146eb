//! What shards that share a room tell each other.
//!
//! Two ways lead from one shard to another. [`Relay`] is never lost and stays in order. [`RelayPacket`]
//! is media: it may be lost, and must not overtake what was told before it was sent.
//!
//! Nothing in here is an address of memory that both sides must share, beside a packet's payload and
//! what its descriptor says, which is read once, complete: a packet is understood without those
//! before it. So the same words can be written to a wire between nodes.

use std::fmt;

use szpon_media::{ExtSeq, Layer, LayerSet};
use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    media::{ParticipantQuality, Source, Speaker},
};

use crate::{
    rooms::RoomKey,
    tracks::{Format, Packet, Stack, TrackRef},
};

/// Index of a shard in its node.
pub type ShardId = u16;

/// Something that another shard must know.
#[derive(Debug, Clone)]
pub struct Relay(pub(crate) Message);

/// A packet for the subscribers of another shard.
#[derive(Clone)]
pub struct RelayPacket {
    pub(crate) to: Address,
    /// Which of the track's streams it is of.
    pub(crate) stream: Layer,
    /// Payload type that the publisher marks it with, by which the format is known.
    pub(crate) payload_type: u8,
    pub(crate) packet: Packet,
}

impl fmt::Debug for RelayPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, stream, packet, .. } = self;
        write!(f, "RelayPacket({to:?}, {stream:?}, {} bytes)", packet.payload.len())
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Message {
    /// The sender has begun, with nothing on it. Whatever it said before is void.
    Hello {
        epoch: u64,
    },
    /// The answer: what follows is meant for the one that began with this number. What came before
    /// was for another that had the same index.
    Welcome {
        epoch: u64,
    },
    Room(RoomId, News),
}

/// Of a room that the sender holds a part of.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// Somebody is in the room at the sender's. Told to every shard, unlike all that follows.
    Opened,
    /// Nobody is any more.
    Closed,
    Joined {
        participant: ParticipantId,
        session: SessionId,
    },
    /// With all that the participant published.
    Left {
        participant: ParticipantId,
        session: SessionId,
    },
    Published(Publication),
    /// How the packets that follow are coded.
    Coded {
        track: TrackRef,
        format: Format,
    },
    /// What the keyframes that follow say of the layers in the one stream of a track.
    Stacked {
        track: TrackRef,
        stack: Stack,
    },
    Allowed {
        track: TrackRef,
        allowed: bool,
    },
    /// What these layers lose on their way to the sender cannot be mended, from now on for a while.
    Avoided {
        track: TrackRef,
        layers: LayerSet,
    },
    /// What the sender's subscribers need of a track of the receiver's, and where packets go to.
    Wanted {
        track: TrackRef,
        at: Address,
        interest: Interest,
    },
    /// A subscriber of the sender's cannot decode a track of the receiver's.
    Keyframe {
        track: TrackRef,
        stream: Layer,
    },
    /// Packets of a track of the receiver's that did not come to the sender, and that somebody misses.
    Missing {
        track: TrackRef,
        stream: Layer,
        seqs: Vec<ExtSeq>,
    },
    /// Who is heard, by the shard that decides it.
    Voices {
        voices: Voices,
        speakers: Vec<Speaker>,
    },
    Quality {
        participants: Vec<ParticipantQuality>,
    },
}

/// A track of the sender's.
#[derive(Debug, Clone)]
pub(crate) struct Publication {
    /// Its name at the sender's.
    pub(crate) track: TrackRef,
    pub(crate) participant: ParticipantId,
    pub(crate) source: Source,
    /// Streams of a video track; none without RTP stream ids.
    pub(crate) streams: Option<usize>,
    /// The layers of its one stream, if they are known.
    pub(crate) stack: Option<Stack>,
    pub(crate) allowed: bool,
    pub(crate) format: Option<Format>,
}

/// Where a shard finds the track that a packet is for, without searching. Tracks have numbers that
/// are never used twice, so a packet that comes too late finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) room: RoomKey,
    pub(crate) track: TrackRef,
}

/// What the subscribers of one shard make of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Interest {
    /// Layers that the publisher must send (dynacast).
    pub(crate) needed: LayerSet,
    /// Layers whose packets they must see.
    pub(crate) watched: LayerSet,
}

impl Interest {
    pub(crate) const NONE: Self = Self { needed: LayerSet::EMPTY, watched: LayerSet::EMPTY };
    pub(crate) const ALL: Self = Self { needed: LayerSet::ALL, watched: LayerSet::ALL };
}

/// Who is to be heard and seen first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Voices {
    /// The loudest first; see [`szpon_media::speakers::Speakers::top`].
    pub(crate) top: Vec<ParticipantId>,
    pub(crate) dominant: Option<ParticipantId>,
}
