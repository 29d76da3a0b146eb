//! Which shard holds which room and session, and whose session it is.
//!
//! A room lives on one shard for as long as anybody is in it. An empty room goes to the shard with
//! the fewest sessions when somebody comes.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use szpon_protocol::{ApiToken, ParticipantId, RoomId, SessionId, media::SourceSet};

use crate::ice::IceSession;

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
    shard: u16,
    sessions: usize,
    allowed: HashMap<ParticipantId, SourceSet>,
    /// Since when the room has been empty; meaningless while it isn't.
    empty_since: Instant,
}

/// All rooms and sessions of one node.
#[derive(Debug)]
pub struct Directory {
    sessions: HashMap<SessionId, Session>,
    rooms: HashMap<RoomId, Room>,
    /// Sessions by shard.
    load: Vec<usize>,
    probes: usize,
    max_sessions: usize,
}

impl Directory {
    pub fn new(shards: usize, max_sessions: usize) -> Self {
        Self {
            sessions: HashMap::new(),
            rooms: HashMap::new(),
            load: vec![0; shards],
            probes: 0,
            max_sessions,
        }
    }

    /// Finds a place for a new session and counts it as open.
    pub fn place(
        &mut self,
        session: SessionId,
        owner: Owner,
        now: Instant,
    ) -> Result<Placement, NoPlace> {
        if self.sessions.len() >= self.max_sessions && !self.returns(owner) {
            return Err(NoPlace::Full);
        }
        let mut replaced = Vec::new();
        let mut allowed = Vec::new();
        let shard = match owner.room() {
            Some(room) => {
                let quietest = self.quietest();
                let room = self.rooms.entry(room).or_insert_with(|| Room::empty(quietest, now));
                if room.sessions == 0 {
                    room.shard = quietest;
                    // A room that comes back may meet another core than the one that was told.
                    allowed.extend(room.allowed.iter().map(|(who, what)| (*who, *what)));
                }
                room.sessions += 1;
                room.shard
            }
            None => {
                let former = self.sessions.iter().filter(|(_, s)| s.owner == owner);
                replaced.extend(former.map(|(id, _)| *id));
                if replaced.is_empty() && self.probes >= (self.max_sessions / PROBE_SHARE).max(1) {
                    return Err(NoPlace::Full);
                }
                self.probes += 1;
                self.quietest()
            }
        };
        self.load[usize::from(shard)] += 1;
        self.sessions.insert(session, Session { shard, owner, ice: None });
        Ok(Placement { shard, allowed, replaced })
    }

    /// Who comes back takes the place of their own former session.
    pub fn returns(&self, owner: Owner) -> bool {
        self.sessions.values().any(|session| session.owner == owner)
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
        self.load[usize::from(shard)] -= 1;
        match owner.room() {
            Some(room) => {
                if let Some(entry) = self.rooms.get_mut(&room) {
                    entry.sessions -= 1;
                    entry.empty_since = now;
                    if entry.sessions == 0 && entry.allowed.is_empty() {
                        self.rooms.remove(&room);
                    }
                }
            }
            None => self.probes -= 1,
        }
        true
    }

    /// The shard that holds the room, if anybody is in it.
    pub fn shard_of(&self, room: RoomId) -> Option<u16> {
        self.rooms.get(&room).filter(|room| room.sessions > 0).map(|room| room.shard)
    }

    /// Remembers what a participant may send, also for sessions to come.
    pub fn allow(
        &mut self,
        room: RoomId,
        participant: ParticipantId,
        sources: SourceSet,
        now: Instant,
    ) {
        let quietest = self.quietest();
        let room = self.rooms.entry(room).or_insert_with(|| Room::empty(quietest, now));
        room.allowed.insert(participant, sources);
        if room.sessions == 0 {
            room.empty_since = now;
        }
    }

    /// The room is closed: forgets what was allowed in it.
    pub fn close(&mut self, room: RoomId) {
        if let Some(entry) = self.rooms.get_mut(&room) {
            entry.allowed.clear();
            if entry.sessions == 0 {
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
        self.rooms.retain(|_, room| room.sessions > 0 || now < room.empty_since + KEEP_ALLOWED);
    }

    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    fn quietest(&self) -> u16 {
        let quietest = self.load.iter().enumerate().min_by_key(|(_, load)| **load);
        quietest.map_or(0, |(index, _)| index as u16)
    }
}

impl Room {
    fn empty(shard: u16, now: Instant) -> Self {
        Self { shard, sessions: 0, allowed: HashMap::new(), empty_since: now }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn participant(room: RoomId) -> Owner {
        Owner::Participant { room, participant: ParticipantId::new() }
    }

    #[test]
    fn a_room_stays_together_and_rooms_spread() {
        let now = Instant::now();
        let mut directory = Directory::new(2, 100);
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
        assert_eq!(directory.shard_of(a), None);
        let again = directory.place(SessionId::new(), participant(a), now).unwrap();
        assert_eq!(again.shard, shard_a, "the emptied shard is the quietest now");
    }

    #[test]
    fn a_full_node_takes_back_who_was_there() {
        let now = Instant::now();
        let mut directory = Directory::new(1, 1);
        let owner = participant(RoomId::new());
        directory.place(SessionId::new(), owner, now).unwrap();
        assert!(directory.place(SessionId::new(), participant(RoomId::new()), now).is_err());
        assert!(directory.place(SessionId::new(), owner, now).is_ok());
    }

    #[test]
    fn sessions_answer_to_their_owner_only() {
        let now = Instant::now();
        let mut directory = Directory::new(1, 10);
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
        let mut directory = Directory::new(1, 10);
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
        let mut directory = Directory::new(2, 8);
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
            let mut directory = Directory::new(3, 9);
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
                prop_assert_eq!(directory.load.iter().sum::<usize>(), directory.sessions());
                let in_rooms: usize = directory.rooms.values().map(|room| room.sessions).sum();
                prop_assert_eq!(in_rooms + directory.probes, directory.sessions());
                for session in directory.sessions.values() {
                    if let Owner::Participant { room, .. } = session.owner {
                        prop_assert_eq!(directory.shard_of(room), Some(session.shard));
                    }
                }
            }
        }
    }
}
