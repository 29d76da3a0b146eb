//! What follows from an input.

use szpon_protocol::{
    ParticipantId, PersonId, Time,
    admin::AuditAction,
    bus::NodeCommand,
    media::SourceSet,
    room::{ChatMessage, LeaveReason, RoomRole, RoomSnapshot, ToClient},
};

use crate::{Seat, SocketId};

/// What follows from an input. `changes` and `audit` must be stored, in one transaction, before
/// any of `effects` is carried out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    pub changes: Vec<Change>,
    pub audit: Vec<AuditNote>,
    /// In this order.
    pub effects: Vec<Effect>,
}

/// What must be stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A place, whole.
    Seat(Seat),
    /// The room's own state, whole.
    Room {
        locked: bool,
        waiting_room: bool,
        started_at: Option<Time>,
        ended_at: Option<Time>,
    },
    Chat(ChatMessage),
    /// Somebody came in: a stay begins.
    Arrived {
        participant: ParticipantId,
        at: Time,
    },
    /// Somebody went: their open stay ends.
    Departed {
        participant: ParticipantId,
        at: Time,
        reason: LeaveReason,
    },
}

/// A privileged act, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditNote {
    pub action: AuditAction,
    pub actor: Option<PersonId>,
    pub target: ParticipantId,
    /// The new role, where the act sets one.
    pub role: Option<RoomRole>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The same message to each of these sockets.
    Send {
        to: Vec<SocketId>,
        message: Box<ToClient>,
    },
    /// [`ToClient::Entered`] with a media grant made for this participant.
    Enter {
        socket: SocketId,
        you: ParticipantId,
        room: Box<RoomSnapshot>,
        publish: SourceSet,
    },
    /// [`ToClient::Media`] with a media grant made for this participant.
    Grant {
        socket: SocketId,
        you: ParticipantId,
        publish: SourceSet,
    },
    /// Close the socket after everything sent to it before.
    Close {
        socket: SocketId,
        reason: CloseReason,
    },
    Node(NodeCommand),
}

/// Why the room closes a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The participant said that they go.
    Left,
    /// Refused, removed, or access withdrawn.
    Removed,
    /// The meeting is over.
    Ended,
    /// The same participant opened another socket.
    Replaced,
    /// Too many people wait already.
    Full,
}
