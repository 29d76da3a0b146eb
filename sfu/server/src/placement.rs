//! Which shard a session goes to, by what the shards have to do.
//!
//! A room stays together as long as its shard has time for it: whoever is on another shard costs each
//! packet that they see one more copy, and a room in one place costs none. Only when the shard is busy,
//! or holds very many of the room, do newcomers go elsewhere. Nobody is moved.

use std::collections::BTreeMap;

/// Share of its time that a shard may be at work before the rooms on it spread. What is left is for
/// bursts: keyframes, joins, and whoever is there already and shows more pictures.
const BUSY: f64 = 0.6;
/// Another shard must be less busy by so much, or nothing is gained.
const GAIN: f64 = 0.2;
/// A room with fewer sessions on a shard does not make it busy, and gains nothing by spreading.
const SMALL: usize = 16;
/// What a session is reckoned to take at least, as a share of a shard's time, until it is measured: a
/// viewer of one picture in 1.5 Mbit/s.
const SESSION: f64 = 0.000_5;
/// Below this shards are told apart by their sessions alone: small loads come and go.
const CALM: f64 = 0.5;

/// What one shard has to do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Load {
    pub(crate) sessions: usize,
    /// Share of its time that it was at work, at the last measure; and the measure's number.
    busy: f64,
    measure: u64,
    /// Sessions at the last measure and the one before: those have their share in it.
    then: usize,
    settled: usize,
}

impl Load {
    /// A measure of the shard; one with the same number as before is no news.
    pub(crate) fn measured(&mut self, measure: u64, busy: f64) {
        if measure != self.measure {
            self.measure = measure;
            self.busy = busy;
            self.settled = std::mem::replace(&mut self.then, self.sessions);
        }
    }

    /// The share that it will be at work when all who have come lately are served like the others.
    fn expected(&self) -> f64 {
        let each = if self.settled > 0 { self.busy / self.settled as f64 } else { 0.0 };
        let fresh = self.sessions.saturating_sub(self.settled);
        self.busy + fresh as f64 * each.max(SESSION)
    }

    /// The lower, the better: tenths of busy time from [`CALM`] on, then sessions.
    fn rank(&self) -> (u32, usize) {
        let tenths = ((self.expected() - CALM) * 10.0).ceil().max(0.0);
        (tenths as u32, self.sessions)
    }
}

/// Where rooms go, and when they spread.
#[derive(Debug, Clone)]
pub(crate) struct Loads {
    pub(crate) shards: Vec<Load>,
    /// Sessions of a room on one shard from which it spreads, however calm the shard is.
    spread_at: usize,
}

impl Loads {
    pub(crate) fn new(shards: usize, spread_at: usize) -> Self {
        Self { shards: vec![Load::default(); shards], spread_at }
    }

    /// The shard for a session that belongs to no room, or to one that nobody is in.
    pub(crate) fn quietest(&self) -> u16 {
        self.best(0..self.shards.len() as u16).unwrap_or(0)
    }

    /// The shard for another session of a room, by the room's sessions on each shard.
    pub(crate) fn of_room(&self, sessions: &BTreeMap<u16, usize>) -> u16 {
        let held = sessions.iter().filter(|(_, sessions)| **sessions > 0);
        let full = |shard: u16, sessions: usize| {
            let busy = self.load(shard).expected() >= BUSY && sessions >= SMALL;
            busy || sessions >= self.spread_at
        };
        let fits = held.clone().filter(|(shard, sessions)| !full(**shard, **sessions));
        if let Some(shard) = self.best(fits.map(|(shard, _)| *shard)) {
            return shard;
        }
        let others = 0..self.shards.len() as u16;
        let others = others.filter(|shard| !sessions.get(shard).is_some_and(|held| *held > 0));
        let here = self.best(held.clone().map(|(shard, _)| *shard));
        match (here, self.best(others)) {
            (Some(here), Some(other)) => {
                let crowded = held.clone().any(|(_, sessions)| *sessions >= self.spread_at);
                let gain = self.load(here).expected() - self.load(other).expected();
                if crowded || gain >= GAIN { other } else { here }
            }
            (Some(shard), None) | (None, Some(shard)) => shard,
            (None, None) => 0,
        }
    }

    fn load(&self, shard: u16) -> Load {
        self.shards.get(usize::from(shard)).copied().unwrap_or_default()
    }

    fn best(&self, shards: impl Iterator<Item = u16>) -> Option<u16> {
        shards.min_by_key(|shard| (self.load(*shard).rank(), *shard))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Shards with these sessions, each measured twice as so busy.
    fn shards(each: &[(usize, f64)]) -> Loads {
        let mut loads = Loads::new(each.len(), 500);
        for (load, (sessions, busy)) in loads.shards.iter_mut().zip(each) {
            load.sessions = *sessions;
            load.measured(1, *busy);
            load.measured(2, *busy);
        }
        loads
    }

    fn room<const N: usize>(sessions: [(u16, usize); N]) -> BTreeMap<u16, usize> {
        BTreeMap::from(sessions)
    }

    #[test]
    fn a_room_stays_together_while_its_shard_has_time() {
        let loads = shards(&[(300, 0.55), (0, 0.0)]);
        assert_eq!(loads.of_room(&room([(0, 300)])), 0);
        assert_eq!(loads.quietest(), 1);
    }

    #[test]
    fn a_large_room_on_a_busy_shard_spreads_to_the_quietest() {
        let loads = shards(&[(300, 0.65), (20, 0.1), (10, 0.1)]);
        assert_eq!(loads.of_room(&room([(0, 290)])), 2);
        assert_eq!(loads.of_room(&room([(0, 290), (1, 3)])), 1, "where it is already");
    }

    #[test]
    fn a_small_room_never_spreads() {
        let loads = shards(&[(300, 0.95), (0, 0.0)]);
        assert_eq!(loads.of_room(&room([(0, SMALL - 1)])), 0);
    }

    #[test]
    fn there_must_be_something_to_gain() {
        let loads = shards(&[(300, 0.7), (300, 0.6)]);
        assert_eq!(loads.of_room(&room([(0, 300)])), 0);
        assert_eq!(Loads::new(1, 1).of_room(&room([(0, 40)])), 0);
    }

    #[test]
    fn a_crowd_spreads_before_it_is_measured() {
        let mut loads = Loads::new(2, 100_000);
        let mut sessions = room([]);
        for _ in 0..3_000 {
            let shard = loads.of_room(&sessions);
            loads.shards[usize::from(shard)].sessions += 1;
            *sessions.entry(shard).or_default() += 1;
        }
        assert!(sessions[&0] <= 1_600 && sessions[&1] >= 1_400, "{sessions:?}");
        // Each takes a hundred times as much as was reckoned, as the second measure shows.
        let mut loads = Loads::new(2, 100_000);
        loads.shards[0].sessions = 10;
        loads.shards[0].measured(1, 0.5);
        loads.shards[0].measured(2, 0.5);
        loads.shards[0].sessions = 18;
        assert_eq!(loads.of_room(&room([(0, 18)])), 1);
    }

    #[test]
    fn the_number_of_sessions_is_bounded_however_calm_the_shard_is() {
        let loads = shards(&[(500, 0.01), (0, 0.0)]);
        assert_eq!(loads.of_room(&room([(0, 499)])), 0);
        assert_eq!(loads.of_room(&room([(0, 500)])), 1);
        assert_eq!(loads.of_room(&room([(0, 500), (1, 500)])), 1, "the quieter of both");
    }

    proptest! {
        #[test]
        fn a_room_goes_where_there_is_a_shard(
            loads in prop::collection::vec((0..2_000_usize, 0.0..1.2_f64), 1..8),
            held in prop::collection::btree_map(0..8_u16, 0..900_usize, 0..4),
        ) {
            let loads = shards(&loads);
            let held: BTreeMap<_, _> =
                held.into_iter().filter(|(shard, _)| usize::from(*shard) < loads.shards.len()).collect();
            let shard = loads.of_room(&held);
            prop_assert!(usize::from(shard) < loads.shards.len());
            let total: usize = held.values().sum();
            if total > 0 && total < SMALL {
                prop_assert!(held[&shard] > 0, "a small room stays where it is");
            }
        }
    }
}
