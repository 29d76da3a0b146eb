//! Which shards hold which room and session, and whose session it is.
//!
//! An empty room goes to the quietest shard when somebody comes. It stays there, and spreads over
//! others only when it has to (see [`crate::placement`]).

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use szpon_protocol::{ApiToken, ParticipantId, RoomId, SessionId, media::SourceSet};

use crate::{ice::IceSession, placement::Loads};

/// What moderators allowed is kept for an empty room this long: longer than any meeting's break.
const KEEP_ALLOWED: Duration = Duration::from_secs(12 * 3600);
/// Connection tests may take one in so many sessions.
const PROBE_SHARE: usize = 4;

/// Who opened a session; only they may touch it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Participant {
        room: RoomId,
        participant: ParticipantId,
    },
    /// A connection test, by the id of its token.
    Probe(ApiToken),
    /// As [`Owner::Participant`], in a room that signalling knows nothing of.
    Dev {
        room: RoomId,
        participant: ParticipantId,
    },
}

impl Owner {
    fn room(self) -> Option<RoomId> {
        match self {
            Self::Participant { room, .. } | Self::Dev { room, .. } => Some(room),
            Self::Probe(_) => None,
        }
    }
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// The node has as many sessions, or connection tests, as it may.
    Full,
    /// The room has as many sessions as it may.
    RoomFull,
}

/// Where a new session goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub shard: u16,
    /// What the room's participants may send, to be told to the shard before the session is opened.
    pub allowed: Vec<(ParticipantId, SourceSet)>,
    /// Sessions that this one takes the place of.
    pub replaced: Vec<SessionId>,
}

#[derive(Debug)]
struct Session {
    shard: u16,
    owner: Owner,
    /// Of a session whose client speaks of its ICE in fragments.
    ice: Option<IceSession>,
}

#[derive(Debug)]
struct Room {
    /// Sessions on each shard that has any.
    shards: BTreeMap<u16, usize>,
    allowed: HashMap<ParticipantId, SourceSet>,
    /// Since when the room has been empty; meaningless while it isn't.
    empty_since: Instant,
}

/// All rooms and sessions of one node.
#[derive(Debug)]
pub struct Directory {
    sessions: HashMap<SessionId, Session>,
    rooms: HashMap<RoomId, Room>,
    loads: Loads,
    probes: usize,
    bounds: Bounds,
}

/// How much a node takes on.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Sessions.
    pub sessions: usize,
    /// Sessions of one room, on all shards.
    pub room: usize,
    /// Sessions of one room on one shard from which it spreads over others.
    pub spread_at: usize,
}

impl Directory {
    pub fn new(shards: usize, bounds: Bounds) -> Self {
        Self {
            sessions: HashMap::new(),
            rooms: HashMap::new(),
            loads: Loads::new(shards, bounds.spread_at),
            probes: 0,
            bounds,
        }
    }

    /// A shard was at work for this share of its time. A measure has a number, so that the same one is
    /// not taken twice.
    pub fn measured(&mut self, shard: u16, measure: u64, busy: f64) {
        if let Some(load) = self.loads.shards.get_mut(usize::from(shard)) {
            load.measured(measure, busy);
        }
    }

    /// Finds a place for a new session and counts it as open.
    pub fn place(
        &mut self,
        session: SessionId,
        owner: Owner,
        now: Instant,
    ) -> Result<Placement, NoPlace> {
        // Who comes back takes the place of their own former session.
        let former = self.sessions.values().find(|session| session.owner == owner);
        let former = former.map(|session| session.shard);
        if self.sessions.len() >= self.bounds.sessions && former.is_none() {
            return Err(NoPlace::Full);
        }
        let mut replaced = Vec::new();
        let mut allowed = Vec::new();
        let shard = match owner.room() {
            Some(room) => {
                let room = self.rooms.entry(room).or_insert_with(|| Room::empty(now));
                if room.sessions() >= self.bounds.room && former.is_none() {
                    return Err(NoPlace::RoomFull);
                }
                let shard = match former {
                    Some(shard) => shard,
                    None if room.is_empty() => self.loads.quietest(),
                    None => self.loads.of_room(&room.shards),
                };
                let there = room.shards.entry(shard).or_default();
                if *there == 0 {
                    // A room that comes to a shard may meet one that was not told.
                    allowed.extend(room.allowed.iter().map(|(who, what)| (*who, *what)));
                }
                *there += 1;
                shard
            }
            None => {
                let former = self.sessions.iter().filter(|(_, s)| s.owner == owner);
                replaced.extend(former.map(|(id, _)| *id));
                if replaced.is_empty() && self.probes >= (self.bounds.sessions / PROBE_SHARE).max(1)
                {
                    return Err(NoPlace::Full);
                }
                self.probes += 1;
                self.loads.quietest()
            }
        };
        self.loads.shards[usize::from(shard)].sessions += 1;
        self.sessions.insert(session, Session { shard, owner, ice: None });
        Ok(Placement { shard, allowed, replaced })
    }

    /// The shard of a session, for its owner only.
    pub fn find(&self, session: SessionId, owner: Owner) -> Option<u16> {
        self.sessions.get(&session).filter(|s| s.owner == owner).map(|s| s.shard)
    }

    /// Whose the session is.
    pub fn owner(&self, session: SessionId) -> Option<Owner> {
        self.sessions.get(&session).map(|s| s.owner)
    }

    /// The ICE of a session whose client speaks of it in fragments, for its owner only.
    pub fn ice(&self, session: SessionId, owner: Owner) -> Option<IceSession> {
        self.sessions.get(&session).filter(|s| s.owner == owner)?.ice.clone()
    }

    /// The client of a session will speak of this ICE in fragments.
    pub fn set_ice(&mut self, session: SessionId, ice: IceSession) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.ice = Some(ice);
        }
    }

    /// A session is over or was never opened. False when it was not known.
    pub fn release(&mut self, session: SessionId, now: Instant) -> bool {
        let Some(Session { shard, owner, .. }) = self.sessions.remove(&session) else {
            return false;
        };
        self.loads.shards[usize::from(shard)].sessions -= 1;
        match owner.room() {
            Some(room) => {
                if let Some(entry) = self.rooms.get_mut(&room) {
                    entry.remove(shard);
                    entry.empty_since = now;
                    if entry.is_empty() && entry.allowed.is_empty() {
                        self.rooms.remove(&room);
                    }
                }
            }
            None => self.probes -= 1,
        }
        true
    }

    /// The shards that hold somebody of the room.
    pub fn shards_of(&self, room: RoomId) -> impl Iterator<Item = u16> {
        self.rooms.get(&room).into_iter().flat_map(|room| room.shards.keys().copied())
    }

    /// Remembers what a participant may send, also for sessions to come.
    pub fn allow(
        &mut self,
        room: RoomId,
        participant: ParticipantId,
        sources: SourceSet,
        now: Instant,
    ) {
        let room = self.rooms.entry(room).or_insert_with(|| Room::empty(now));
        room.allowed.insert(participant, sources);
        if room.is_empty() {
            room.empty_since = now;
        }
    }

    /// The room is closed: forgets what was allowed in it.
    pub fn close(&mut self, room: RoomId) {
        if let Some(entry) = self.rooms.get_mut(&room) {
            entry.allowed.clear();
            if entry.is_empty() {
                self.rooms.remove(&room);
            }
        }
    }

    /// Everything on the shard is over. Returns what was there.
    pub fn lost(&mut self, shard: u16, now: Instant) -> Vec<(SessionId, Owner)> {
        let gone: Vec<_> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.shard == shard)
            .map(|(id, session)| (*id, session.owner))
            .collect();
        for (session, _) in &gone {
            self.release(*session, now);
        }
        gone
    }

    /// Forgets what was allowed in rooms that have been empty for long.
    pub fn sweep(&mut self, now: Instant) {
        self.rooms.retain(|_, room| !room.is_empty() || now < room.empty_since + KEEP_ALLOWED);
    }

    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }
}

impl Room {
    fn empty(now: Instant) -> Self {
        Self { shards: BTreeMap::new(), allowed: HashMap::new(), empty_since: now }
    }

    fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    fn sessions(&self) -> usize {
        self.shards.values().sum()
    }

    fn remove(&mut self, shard: u16) {
        if let Some(sessions) = self.shards.get_mut(&shard) {
            *sessions -= 1;
            if *sessions == 0 {
                self.shards.remove(&shard);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn participant(room: RoomId) -> Owner {
        Owner::Participant { room, participant: ParticipantId::new() }
    }

    fn node(shards: usize, sessions: usize) -> Directory {
        Directory::new(shards, Bounds { sessions, room: 100, spread_at: 3 })
    }

    #[test]
    fn a_room_stays_together_and_rooms_spread() {
        let now = Instant::now();
        let mut directory = node(2, 100);
        let (a, b, c) = (RoomId::new(), RoomId::new(), RoomId::new());
        let mut put = |room| {
            let id = SessionId::new();
            (id, directory.place(id, participant(room), now).unwrap().shard)
        };
        let (first, shard_a) = put(a);
        let (second, also_a) = put(a);
        assert_eq!(shard_a, also_a);
        let (_, shard_b) = put(b);
        assert_ne!(shard_a, shard_b);
        let (_, shard_c) = put(c);
        assert_eq!(shard_c, shard_b, "one session is less than two");
        assert!(directory.release(first, now) && directory.release(second, now));
        assert!(!directory.release(first, now));
        assert_eq!(directory.shards_of(a).count(), 0);
        let again = directory.place(SessionId::new(), participant(a), now).unwrap();
        assert_eq!(again.shard, shard_a, "the emptied shard is the quietest now");
    }

    #[test]
    fn a_full_node_takes_back_who_was_there() {
        let now = Instant::now();
        let mut directory = node(1, 1);
        let owner = participant(RoomId::new());
        directory.place(SessionId::new(), owner, now).unwrap();
        assert!(directory.place(SessionId::new(), participant(RoomId::new()), now).is_err());
        assert!(directory.place(SessionId::new(), owner, now).is_ok());
    }

    #[test]
    fn a_room_spreads_and_its_limit_counts_all_of_it() {
        let now = Instant::now();
        let mut directory = Directory::new(2, Bounds { sessions: 100, room: 5, spread_at: 3 });
        let room = RoomId::new();
        let who = ParticipantId::new();
        directory.allow(room, who, SourceSet::NONE, now);
        let owners: Vec<_> = (0..5).map(|_| participant(room)).collect();
        let placed: Vec<_> = owners
            .iter()
            .map(|owner| directory.place(SessionId::new(), *owner, now).unwrap())
            .collect();
        let shards: Vec<_> = placed.iter().map(|placement| placement.shard).collect();
        assert_eq!(shards, [0, 0, 0, 1, 1]);
        let told: Vec<_> = placed.iter().map(|placement| placement.allowed.len()).collect();
        assert_eq!(told, [1, 0, 0, 1, 0], "each shard is told once");
        assert_eq!(directory.shards_of(room).collect::<Vec<_>>(), [0, 1]);
        let refused = directory.place(SessionId::new(), participant(room), now);
        assert_eq!(refused, Err(NoPlace::RoomFull));
        let again = directory.place(SessionId::new(), owners[4], now).unwrap();
        assert_eq!(again.shard, 1, "who comes back goes where they were");
        assert_eq!(directory.lost(0, now).len(), 3);
        assert_eq!(directory.shards_of(room).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn sessions_answer_to_their_owner_only() {
        let now = Instant::now();
        let mut directory = node(1, 10);
        let (room, session) = (RoomId::new(), SessionId::new());
        let owner = participant(room);
        directory.place(session, owner, now).unwrap();
        assert_eq!(directory.find(session, owner), Some(0));
        assert_eq!(directory.find(session, participant(room)), None);
        assert_eq!(directory.find(session, Owner::Probe(ApiToken::new())), None);
    }

    #[test]
    fn what_is_allowed_survives_an_empty_room_but_not_its_end() {
        let now = Instant::now();
        let mut directory = node(1, 10);
        let (room, who) = (RoomId::new(), ParticipantId::new());
        directory.allow(room, who, SourceSet::NONE, now);
        let session = SessionId::new();
        let placed = directory.place(session, participant(room), now).unwrap();
        assert_eq!(placed.allowed, [(who, SourceSet::NONE)]);
        directory.release(session, now);
        directory.sweep(now + KEEP_ALLOWED / 2);
        let placed = directory.place(SessionId::new(), participant(room), now).unwrap();
        assert_eq!(placed.allowed.len(), 1);
        directory.close(room);
        let lost = directory.lost(0, now);
        assert_eq!(lost.len(), 1);
        let placed = directory.place(SessionId::new(), participant(room), now).unwrap();
        assert!(placed.allowed.is_empty());

        directory.allow(RoomId::new(), who, SourceSet::ALL, now);
        directory.sweep(now + KEEP_ALLOWED);
        assert_eq!(directory.rooms.len(), 1, "only the room with somebody in it is left");
    }

    #[test]
    fn tests_of_the_connection_are_bounded_and_replace_each_other() {
        let now = Instant::now();
        let mut directory = node(2, 8);
        let token = ApiToken::new();
        let first = SessionId::new();
        assert!(directory.place(first, Owner::Probe(token), now).unwrap().replaced.is_empty());
        let placed = directory.place(SessionId::new(), Owner::Probe(token), now).unwrap();
        assert_eq!(placed.replaced, [first]);
        let refused = directory.place(SessionId::new(), Owner::Probe(ApiToken::new()), now);
        assert_eq!(refused, Err(NoPlace::Full));
        assert!(directory.place(SessionId::new(), participant(RoomId::new()), now).is_ok());
    }

    proptest! {
        #[test]
        fn counts_agree_whatever_happens(
            steps in prop::collection::vec((0usize..5, 0usize..4, 0usize..12), 0..120),
        ) {
            let now = Instant::now();
            let rooms: Vec<_> = (0..4).map(|_| RoomId::new()).collect();
            let sessions: Vec<_> = (0..12).map(|_| SessionId::new()).collect();
            let mut directory = node(3, 9);
            for (step, room, session) in steps {
                match step {
                    0 | 1 if directory.sessions.contains_key(&sessions[session]) => {}
                    0 => { let _ = directory.place(sessions[session], participant(rooms[room]), now); }
                    1 => { let _ = directory.place(sessions[session], Owner::Probe(ApiToken::new()), now); }
                    2 => { directory.release(sessions[session], now); }
                    3 => directory.allow(rooms[room], ParticipantId::new(), SourceSet::ALL, now),
                    _ => { directory.lost(room as u16 % 3, now); }
                }
                prop_assert!(directory.sessions() <= 9);
                let loads = directory.loads.shards.iter();
                prop_assert_eq!(loads.map(|load| load.sessions).sum::<usize>(), directory.sessions());
                let in_rooms: usize = directory.rooms.values().map(Room::sessions).sum();
                prop_assert_eq!(in_rooms + directory.probes, directory.sessions());
                for session in directory.sessions.values() {
                    if let Owner::Participant { room, .. } = session.owner {
                        prop_assert!(directory.shards_of(room).any(|shard| shard == session.shard));
                    }
                }
            }
        }
    }
}
