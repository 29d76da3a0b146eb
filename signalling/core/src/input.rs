//! What can happen to a room.

use szpon_protocol::{
    LinkId, MessageId, ParticipantId, PersonId, bus::NodeEvent, media::SourceSet, room::ToRoom,
};

use crate::Seat;

/// One WebSocket connection of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub u64);

/// By what somebody may enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Person(PersonId),
    Link(LinkId),
    /// A stream's token.
    Stream(ParticipantId),
}

/// What can happen to a room.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A socket was opened with a valid participant token. `seat` is the stored one; the room
    /// uses its own when it knows the participant already. `name` is what the token says: a guest
    /// may come back under a corrected name.
    Opened { socket: SocketId, seat: Seat, name: String },
    /// A socket is gone, for whatever reason. Says nothing about the participant's intent.
    Closed { socket: SocketId },
    /// A message came in. `fresh` is the id to give to what it creates, so that no id is drawn
    /// in here.
    Message { socket: SocketId, message: ToRoom, fresh: MessageId },
    /// A media node reports.
    Node(NodeEvent),
    /// The media session of a stream that may be here is up. `seat` is the stored one; `sources`
    /// are what it publishes.
    Streams { seat: Seat, sources: SourceSet },
    /// The time that [`Room::wake_at`](crate::Room::wake_at) named has come.
    Tick,
    /// The host changed the room over REST; it is stored already. `waiting_room` only when it was
    /// named: somebody may have switched it in the room meanwhile.
    Changed { title: String, waiting_room: Option<bool> },
    /// The host cancelled the room over REST; it is stored already.
    Cancelled,
    /// Access was withdrawn: a link revoked, an invitation taken back, an account deactivated.
    /// Whoever waits by it goes; whoever is in stays unless `also_in`.
    Withdrawn { access: Access, also_in: bool },
    /// The server goes down.
    Drain { after_ms: u32 },
}
