//! One person's place in a room, as it is stored.

use serde::{Deserialize, Serialize};
use szpon_protocol::{
    LinkId, ParticipantId, PersonId, Time,
    media::SourceSet,
    room::{Participant, RoomRole, WaitingPerson},
};

/// Where somebody stands with the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Has a token, never opened a socket.
    Expected,
    Waiting,
    In,
    /// Was in or waited, and went or was lost. May come back.
    Left,
    /// Was not let in this time. May ask again as somebody new.
    Refused,
    /// Was put out. May not come back.
    Removed,
}

/// A message of a moderator to somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub from_name: String,
    pub text: String,
    pub at: Time,
}

/// Everything about a participant that outlives a connection and a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub id: ParticipantId,
    /// The person behind it; none for a guest.
    pub person: Option<PersonId>,
    /// The guest link it came by.
    pub link: Option<LinkId>,
    pub name: String,
    pub role: RoomRole,
    pub standing: Standing,
    /// Was let in once, so need not wait again unless the room is locked.
    pub admitted: bool,
    /// When the current standing began: the order of the waiting room, or the time of joining.
    pub since: Time,
    /// What is switched on.
    pub sources: SourceSet,
    pub hand_raised_at: Option<Time>,
    /// Notes while waiting, oldest first.
    pub notes: Vec<Note>,
    /// Why refused or removed, as told to the person.
    pub reason: String,
}

impl Seat {
    /// The place of somebody who has a token and has not come yet.
    pub fn new(
        id: ParticipantId,
        person: Option<PersonId>,
        link: Option<LinkId>,
        name: String,
        role: RoomRole,
        now: Time,
    ) -> Self {
        Self {
            id,
            person,
            link,
            name,
            role,
            standing: Standing::Expected,
            admitted: false,
            since: now,
            sources: SourceSet::NONE,
            hand_raised_at: None,
            notes: Vec::new(),
            reason: String::new(),
        }
    }

    /// An encoder or a player from outside: nobody's place, which no link leads to.
    pub fn is_stream(&self) -> bool {
        self.person.is_none() && self.link.is_none()
    }

    /// Without an account.
    pub fn is_guest(&self) -> bool {
        self.person.is_none()
    }

    pub(crate) fn participant(&self, connected: bool) -> Participant {
        Participant {
            id: self.id,
            name: self.name.clone(),
            role: self.role,
            guest: self.is_guest(),
            sources: self.sources,
            hand_raised_at: self.hand_raised_at,
            connected,
            joined_at: self.since,
        }
    }

    pub(crate) fn waiting_person(&self, connected: bool) -> WaitingPerson {
        WaitingPerson {
            id: self.id,
            name: self.name.clone(),
            role: self.role,
            guest: self.is_guest(),
            since: self.since,
            connected,
        }
    }
}
