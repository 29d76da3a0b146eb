//! The media session over HTTP and its data channel.
//!
//! One peer connection, one offer: the client offers every track it may ever publish and a fixed
//! number of receive-only slots, and says in [`OpenSession::tracks`] which m-line is which. The
//! server answers once. Afterwards the data channel labelled [`DATA_CHANNEL`] carries
//! [`ToNode`] and [`FromNode`] as JSON text; the only later offer is an ICE restart.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ParticipantId, SessionId};

/// Label of the one data channel (reliable, ordered), created by the client in its offer.
pub const DATA_CHANNEL: &str = "szpon";
/// Audio slots of a session: the loudest speakers of the room.
pub const AUDIO_SLOTS: usize = 3;
/// The most video slots that a node grants one session.
pub const MAX_VIDEO_SLOTS: usize = 25;
/// Simulcast layers, in the order of their RTP stream ids (RFC 8851): quarter, half, full size.
pub const SIMULCAST_RIDS: [&str; 3] = ["q", "h", "f"];

/// What a participant can publish.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Microphone,
    Camera,
    Screen,
    ScreenAudio,
}

/// One flag for each source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct SourceSet {
    pub microphone: bool,
    pub camera: bool,
    pub screen: bool,
    pub screen_audio: bool,
}

impl SourceSet {
    pub const ALL: Self = Self { microphone: true, camera: true, screen: true, screen_audio: true };
    pub const NONE: Self =
        Self { microphone: false, camera: false, screen: false, screen_audio: false };

    pub fn has(self, source: Source) -> bool {
        match source {
            Source::Microphone => self.microphone,
            Source::Camera => self.camera,
            Source::Screen => self.screen,
            Source::ScreenAudio => self.screen_audio,
        }
    }

    /// What both allow.
    pub fn and(self, other: Self) -> Self {
        Self {
            microphone: self.microphone && other.microphone,
            camera: self.camera && other.camera,
            screen: self.screen && other.screen,
            screen_audio: self.screen_audio && other.screen_audio,
        }
    }
}

/// `POST /media/v1/sessions` (token: audience `sfu`).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenSession {
    /// The SDP offer. ICE candidates are not needed: the node is ICE-lite and answers to whoever asks.
    pub sdp: String,
    /// The purpose of each m-line, by its mid.
    pub tracks: Vec<TrackPurpose>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrackPurpose {
    /// A send-only m-line.
    Publish { mid: String, source: Source },
    /// A receive-only m-line that the node feeds with whatever is needed.
    Slot { mid: String, media: SlotMedia },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlotMedia {
    Audio,
    Video,
}

/// Answer to [`OpenSession`] (201, with `Location`) and [`RestartIce`] (200).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionAnswer {
    pub session: SessionId,
    pub sdp: String,
}

/// `PATCH /media/v1/sessions/{session}`: an offer with new ICE credentials and nothing else new
/// (RFC 8445, section 9). `DELETE` on the same path ends the session.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestartIce {
    pub sdp: String,
}

/// From the client to the node, on the data channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToNode {
    /// All that the client shows now. Replaces the former view. At most [`MAX_VIDEO_SLOTS`] tiles.
    View { tiles: Vec<Tile> },
    /// Echoed as [`FromNode::Pong`]; the client measures the round trip.
    Ping { nonce: u32 },
}

/// One picture on the client's screen, in device pixels. A hidden picture is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tile {
    pub participant: ParticipantId,
    /// `camera` or `screen`.
    pub source: Source,
    pub width: u16,
    pub height: u16,
    /// Pinned or in the stage: served before the others when bandwidth is short.
    #[serde(default)]
    pub pinned: bool,
}

/// From the node to the client, on the data channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromNode {
    /// What feeds each slot from now on. Always complete; a slot that is not named is empty.
    Slots {
        slots: Vec<SlotFeed>,
    },
    /// Who speaks, loudest first; sent on change, at most five times a second.
    Speakers {
        speakers: Vec<Speaker>,
    },
    /// Which simulcast layers of a source anybody needs (dynacast), in the order of
    /// [`SIMULCAST_RIDS`]; the client switches the other encodings off.
    Layers {
        source: Source,
        active: [bool; 3],
    },
    /// How well participants are connected; every two seconds at most, only what changed. In a room of many
    /// each hears of themselves and of those who publish.
    Quality {
        participants: Vec<ParticipantQuality>,
    },
    Pong {
        nonce: u32,
    },
    /// The node goes down for maintenance: open a session anew after `after_ms`.
    Draining {
        after_ms: u32,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotFeed {
    pub mid: String,
    pub participant: ParticipantId,
    pub source: Source,
    /// The simulcast layer sent now (index into [`SIMULCAST_RIDS`]); none while nothing flows
    /// (bandwidth is short, or the publisher sends nothing). Always none for audio.
    pub layer: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Speaker {
    pub participant: ParticipantId,
    /// dBov, 0 (loudest) to 127 (silence), as in RFC 6464.
    pub level: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ParticipantQuality {
    pub participant: ParticipantId,
    pub quality: Quality,
}

/// In plain words, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Loss below 2%, round trip below 150 ms.
    Good,
    /// Loss below 8%, round trip below 400 ms.
    Fair,
    Poor,
    /// Nothing heard for four seconds.
    Lost,
}
