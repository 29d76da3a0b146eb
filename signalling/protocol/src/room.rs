//! The room WebSocket: `GET /api/v1/room-socket` with the subprotocols `szpon.room.v1` and
//! `bearer.<participant token>`. Text frames of JSON, one message each.
//!
//! A socket that drops is opened again with the newest token; the participant keeps its place,
//! and a full snapshot ([`ToClient::Entered`] or [`ToClient::Waiting`]) comes first again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Code, MessageId, ParticipantId, RoomId, Time, media::SourceSet};

pub const SUBPROTOCOL: &str = "szpon.room.v1";
/// A second offered subprotocol carries the token: `bearer.<jwt>`. It is never echoed.
pub const TOKEN_SUBPROTOCOL_PREFIX: &str = "bearer.";
/// Longest chat message, in characters.
pub const CHAT_MAX_CHARS: usize = 2000;
/// Longest note to a waiting person and longest reason, in characters.
pub const NOTE_MAX_CHARS: usize = 500;
/// Longest display name, in characters.
pub const NAME_MAX_CHARS: usize = 80;

/// What somebody is in one room.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RoomRole {
    /// Made the room; moderates; ends it.
    Host,
    /// Moderates beside the host.
    CoHost,
    /// Takes part: a citizen, a colleague, an outside expert.
    Participant,
    /// Takes part and is always shown.
    Interpreter,
}

impl RoomRole {
    pub fn moderates(self) -> bool {
        matches!(self, Self::Host | Self::CoHost)
    }
}

/// A participant in the room, as the others see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Participant {
    pub id: ParticipantId,
    pub name: String,
    pub role: RoomRole,
    /// Came by a guest link, without an account.
    pub guest: bool,
    /// What is switched on now.
    pub sources: SourceSet,
    /// When the hand went up; hands are served in this order.
    pub hand_raised_at: Option<Time>,
    /// False while the connection is lost and the place is kept.
    pub connected: bool,
    pub joined_at: Time,
}

/// Someone in the waiting room, as moderators see them; in order of arrival.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WaitingPerson {
    pub id: ParticipantId,
    pub name: String,
    pub role: RoomRole,
    pub guest: bool,
    pub since: Time,
    pub connected: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatMessage {
    pub id: MessageId,
    pub from: ParticipantId,
    /// The name at the time of writing: the sender may be gone.
    pub from_name: String,
    pub text: String,
    pub at: Time,
    /// The sender's own mark on it, to tell an echo from a new message.
    pub client_id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    ThumbsUp,
    Applause,
    Heart,
    Laugh,
    Surprise,
    Question,
}

/// Where and with what to open the media session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MediaGrant {
    /// Base URL of the node, e.g. `/media/v1` or `https://node3.example/media/v1`.
    pub url: String,
    pub token: String,
    pub expires_at: Time,
    pub publish: SourceSet,
    pub video_slots: u8,
}

/// The whole room, for one who is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomSnapshot {
    pub id: RoomId,
    pub title: String,
    pub office_name: String,
    pub locked: bool,
    pub waiting_room: bool,
    pub participants: Vec<Participant>,
    /// Filled for moderators only.
    pub waiting: Vec<WaitingPerson>,
    /// The newest 200, oldest first.
    pub chat: Vec<ChatMessage>,
    pub started_at: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// Left by themselves.
    Left,
    /// Removed by a moderator.
    Removed,
    /// The connection was lost and did not come back in time.
    Lost,
}

/// From the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToRoom {
    Ping {
        nonce: u32,
    },
    /// What I have switched on. Also the way back after being muted.
    SetSources {
        sources: SourceSet,
    },
    RaiseHand {
        raised: bool,
    },
    React {
        reaction: Reaction,
    },
    Chat {
        client_id: String,
        text: String,
    },
    /// A fresh [`MediaGrant`], e.g. to open the media session anew.
    GetMedia,
    /// I go, and won't be back.
    Leave,

    // Moderators only, from here on.
    Admit {
        participant: ParticipantId,
    },
    AdmitAll,
    Refuse {
        participant: ParticipantId,
        reason: String,
    },
    /// A note to one waiting person, or to all of them.
    WriteToWaiting {
        participant: Option<ParticipantId>,
        text: String,
    },
    Mute {
        participant: ParticipantId,
    },
    /// Everybody except moderators and interpreters.
    MuteAll,
    StopCamera {
        participant: ParticipantId,
    },
    StopShare {
        participant: ParticipantId,
    },
    LowerHand {
        participant: ParticipantId,
    },
    Remove {
        participant: ParticipantId,
        reason: String,
    },
    Lock {
        locked: bool,
    },
    SetWaitingRoom {
        on: bool,
    },
    /// `co_host`, `participant` or `interpreter`.
    SetRole {
        participant: ParticipantId,
        role: RoomRole,
    },
    /// Ends the meeting for all.
    End,
}

/// From the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToClient {
    Pong {
        nonce: u32,
    },
    /// You wait. Sent again whenever the place changes (1 is next) and on reconnect.
    Waiting {
        you: ParticipantId,
        place: u32,
        of: u32,
        host_present: bool,
    },
    /// A moderator wrote to you while you wait.
    Note {
        from_name: String,
        text: String,
        at: Time,
    },
    /// You are in: the whole room. On admission and on every reconnect.
    Entered {
        you: ParticipantId,
        room: RoomSnapshot,
        media: MediaGrant,
    },
    /// A moderator didn't let you in.
    Refused {
        reason: String,
    },
    /// You were removed.
    Removed {
        reason: String,
    },
    /// The meeting is over for all.
    Ended,

    Joined {
        participant: Participant,
    },
    Updated {
        participant: Participant,
    },
    Left {
        participant: ParticipantId,
        reason: LeaveReason,
    },
    /// The whole waiting room, for moderators, on change.
    WaitingRoom {
        waiting: Vec<WaitingPerson>,
    },
    Chat {
        message: ChatMessage,
    },
    Reacted {
        participant: ParticipantId,
        reaction: Reaction,
    },
    RoomUpdated {
        locked: bool,
        waiting_room: bool,
    },
    /// A moderator switched your sources off; `sources` is what is left on.
    SourcesTaken {
        by_name: String,
        sources: SourceSet,
    },
    Media {
        media: MediaGrant,
    },
    /// The newest token for opening this socket again; replaces the former.
    Token {
        token: String,
        expires_at: Time,
    },
    /// The server goes down; open the socket again after `after_ms`.
    Draining {
        after_ms: u32,
    },
    /// The last request was refused; nothing changed. `client_id` names a refused chat message.
    Refusal {
        code: Code,
        client_id: Option<String>,
    },
    /// The same participant opened another socket; this one closes and must not reopen.
    Replaced,
}
