//! What signalling and the media nodes tell each other over the bus, as JSON.

use serde::{Deserialize, Serialize};

use crate::{ParticipantId, RoomId, SessionId, media::SourceSet};

/// Subject of [`NodeCommand`]; every node listens and acts on the rooms it holds.
pub const NODE_COMMANDS: &str = "sfu.commands";
/// Subject of [`NodeEvent`].
pub const NODE_EVENTS: &str = "sfu.events";

/// From signalling to the nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NodeCommand {
    /// End this participant's media session now.
    Remove { room: RoomId, participant: ParticipantId },
    /// Forward only these sources of the participant (moderation, and what the participant
    /// switched off). Kept for later sessions of the same participant.
    Allow { room: RoomId, participant: ParticipantId, sources: SourceSet },
    /// End every session of the room and forget it.
    Close { room: RoomId },
}

/// From a node to signalling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NodeEvent {
    /// ICE and DTLS are up.
    Connected { room: RoomId, participant: ParticipantId, session: SessionId },
    /// Nothing was heard for some seconds; the session is kept for a while.
    Silent { room: RoomId, participant: ParticipantId, session: SessionId },
    /// A silent session speaks again.
    Resumed { room: RoomId, participant: ParticipantId, session: SessionId },
    /// The session is over.
    Gone { room: RoomId, participant: ParticipantId, session: SessionId },
}
