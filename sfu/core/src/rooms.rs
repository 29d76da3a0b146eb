//! Who is in which room.

use std::collections::HashMap;

use szpon_protocol::{ParticipantId, RoomId};

use crate::addresses::SessionKey;

#[derive(Default)]
pub(crate) struct Rooms {
    rooms: HashMap<RoomId, Room>,
}

#[derive(Default)]
pub(crate) struct Room {
    sessions: HashMap<ParticipantId, SessionKey>,
}

impl Rooms {
    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    pub(crate) fn occupants(&self, room: RoomId) -> usize {
        self.rooms.get(&room).map_or(0, |room| room.sessions.len())
    }

    pub(crate) fn session_of(
        &self,
        room: RoomId,
        participant: ParticipantId,
    ) -> Option<SessionKey> {
        self.rooms.get(&room)?.sessions.get(&participant).copied()
    }

    pub(crate) fn sessions_of(&self, room: RoomId) -> Vec<SessionKey> {
        self.rooms
            .get(&room)
            .map_or_else(Vec::new, |room| room.sessions.values().copied().collect())
    }

    pub(crate) fn forget(&mut self, room: RoomId) {
        self.rooms.remove(&room);
    }
}
