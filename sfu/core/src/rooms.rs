//! Who is in which room, and what they publish there.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use slab::Slab;
use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    media::{Source, SourceSet},
};

use crate::{
    addresses::SessionKey,
    pulse::Pulse,
    spread::ShardId,
    tracks::{Track, TrackId, TrackKey, TrackRef},
};

/// Index of a room in its shard. Not stable: only valid while somebody is in it.
pub(crate) type RoomKey = usize;

/// What may be forwarded of a participant is remembered for so long after it was said, so that a
/// rejoin with an older token does not undo it. Tokens live for ten minutes at most.
const MASK_LIFE: Duration = Duration::from_secs(15 * 60);

pub(crate) struct Rooms {
    rooms: Slab<Room>,
    keys: HashMap<RoomId, RoomKey>,
    masks: HashMap<(RoomId, ParticipantId), Mask>,
    next_track: u64,
}

struct Mask {
    sources: SourceSet,
    said: Instant,
}

pub(crate) struct Room {
    pub(crate) id: RoomId,
    /// In a fixed order, so that the same input brings the same output.
    pub(crate) members: BTreeMap<ParticipantId, SessionKey>,
    pub(crate) tracks: Slab<Track>,
    /// Tracks with packets that wait to be delivered.
    pub(crate) waiting: Vec<TrackRef>,
    pub(crate) pulse: Pulse,
    /// Other shards that hold a part of the room.
    pub(crate) parts: Vec<ShardId>,
    /// Who is on them.
    pub(crate) elsewhere: BTreeMap<ParticipantId, Member>,
    /// This part decides who speaks.
    pub(crate) leads: bool,
}

/// A session on another shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) shard: ShardId,
    pub(crate) session: SessionId,
}

impl Room {
    /// The track of a participant's source, if it is published.
    pub(crate) fn track_of(&self, participant: ParticipantId, source: Source) -> Option<TrackKey> {
        let found = |track: &Track| track.participant == participant && track.source == source;
        self.tracks.iter().find(|(_, track)| found(track)).map(|(key, _)| key)
    }
}

impl Rooms {
    /// Tracks are numbered from here on.
    pub(crate) fn new(first_track: u64) -> Self {
        Self {
            rooms: Slab::new(),
            keys: HashMap::new(),
            masks: HashMap::new(),
            next_track: first_track,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (RoomKey, &Room)> {
        self.rooms.iter()
    }

    /// Rooms with somebody in them.
    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    pub(crate) fn key_of(&self, room: RoomId) -> Option<RoomKey> {
        self.keys.get(&room).copied()
    }

    pub(crate) fn get(&self, key: RoomKey) -> Option<&Room> {
        self.rooms.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: RoomKey) -> Option<&mut Room> {
        self.rooms.get_mut(key)
    }

    /// Sessions in the room, on all shards.
    pub(crate) fn occupants(&self, room: RoomId) -> usize {
        self.find(room).map_or(0, |room| room.members.len() + room.elsewhere.len())
    }

    /// Whether the participant has a session on another shard.
    pub(crate) fn is_elsewhere(&self, room: RoomId, participant: ParticipantId) -> bool {
        self.find(room).is_some_and(|room| room.elsewhere.contains_key(&participant))
    }

    pub(crate) fn session_of(
        &self,
        room: RoomId,
        participant: ParticipantId,
    ) -> Option<SessionKey> {
        self.find(room)?.members.get(&participant).copied()
    }

    pub(crate) fn sessions_of(&self, room: RoomId) -> Vec<SessionKey> {
        self.find(room).map_or_else(Vec::new, |room| room.members.values().copied().collect())
    }

    fn find(&self, room: RoomId) -> Option<&Room> {
        self.rooms.get(self.key_of(room)?)
    }

    /// Puts a session into a room, which is made if it is not there. `parts` are the other shards that
    /// hold it.
    pub(crate) fn enter(
        &mut self,
        now: Instant,
        id: RoomId,
        participant: ParticipantId,
        session: SessionKey,
        parts: &[ShardId],
    ) -> RoomKey {
        let rooms = &mut self.rooms;
        let key = *self.keys.entry(id).or_insert_with(|| {
            rooms.insert(Room {
                id,
                members: BTreeMap::new(),
                tracks: Slab::new(),
                waiting: Vec::new(),
                pulse: Pulse::new(now),
                parts: parts.to_vec(),
                elsewhere: BTreeMap::new(),
                leads: true,
            })
        });
        self.rooms[key].members.insert(participant, session);
        key
    }

    /// Takes a participant out. True when the room is empty, and gone, now.
    pub(crate) fn exit(&mut self, key: RoomKey, participant: ParticipantId) -> bool {
        let room = &mut self.rooms[key];
        room.members.remove(&participant);
        if !room.members.is_empty() {
            return false;
        }
        self.remove(key);
        true
    }

    /// Forgets a room that nobody is in.
    pub(crate) fn remove(&mut self, key: RoomKey) {
        if let Some(room) = self.rooms.try_remove(key) {
            self.keys.remove(&room.id);
        }
    }

    pub(crate) fn new_track_id(&mut self) -> TrackId {
        self.next_track += 1;
        TrackId(self.next_track)
    }

    /// What signalling lets through of a participant.
    pub(crate) fn mask(&self, room: RoomId, participant: ParticipantId) -> SourceSet {
        self.masks.get(&(room, participant)).map_or(SourceSet::ALL, |mask| mask.sources)
    }

    pub(crate) fn set_mask(
        &mut self,
        now: Instant,
        room: RoomId,
        participant: ParticipantId,
        sources: SourceSet,
    ) {
        let keys = &self.keys;
        self.masks.retain(|(room, _), mask| {
            keys.contains_key(room) || now.saturating_duration_since(mask.said) < MASK_LIFE
        });
        self.masks.insert((room, participant), Mask { sources, said: now });
    }

    /// Forgets what was let through in a room.
    pub(crate) fn forget(&mut self, room: RoomId) {
        self.masks.retain(|(other, _), _| *other != room);
    }
}
