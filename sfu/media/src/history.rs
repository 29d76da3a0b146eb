//! The newest packets of one stream, to answer NACK (RFC 4585, 6.2.1) and to replay what came
//! before its keyframe's first packet.

use std::time::{Duration, Instant};

use crate::units::{ExtSeq, SeqNo};

#[derive(Debug, Clone)]
struct Entry<P> {
    seq: ExtSeq,
    at: Instant,
    packet: P,
}

/// A ring of packets `P`, which are cheap to clone (`Arc<[u8]>` and the like). Bounded by number
/// and by age; allocates when it is made, not when a packet comes.
#[derive(Debug, Clone)]
pub struct History<P> {
    ring: Box<[Option<Entry<P>>]>,
    newest: Option<ExtSeq>,
    max_age: Duration,
}

impl<P> History<P> {
    /// Holds `capacity` packets (at least one), none older than `max_age`.
    pub fn new(capacity: usize, max_age: Duration) -> Self {
        let ring = std::iter::repeat_with(|| None).take(capacity.max(1)).collect();
        Self { ring, newest: None, max_age }
    }

    /// Remembers a packet. One that is older than the ring reaches back is not taken. A jump
    /// of half the sequence space or more, forward or back, begins anew.
    pub fn push(&mut self, seq: ExtSeq, now: Instant, packet: P) {
        const HALF: u64 = 1 << 15;
        let ahead = self.newest.map_or(1, |newest| seq.distance_from(newest));
        if ahead.unsigned_abs() >= HALF {
            self.clear();
        }
        if ahead.unsigned_abs() >= HALF || ahead > 0 {
            self.newest = Some(seq);
        } else if ahead.unsigned_abs() >= self.ring.len() as u64 {
            return;
        }
        let index = self.index(seq);
        self.ring[index] = Some(Entry { seq, at: now, packet });
    }

    pub fn get(&self, seq: ExtSeq, now: Instant) -> Option<&P> {
        let newest = self.newest?;
        if newest.distance_from(seq).unsigned_abs() >= self.ring.len() as u64 {
            return None;
        }
        let entry = self.ring[self.index(seq)].as_ref()?;
        let fresh = now.saturating_duration_since(entry.at) <= self.max_age;
        (entry.seq == seq && fresh).then_some(&entry.packet)
    }

    /// By the number on the wire: the newest packet that has it.
    pub fn get_wire(&self, seq: SeqNo, now: Instant) -> Option<(ExtSeq, &P)> {
        let seq = self.newest?.nearest(seq);
        Some((seq, self.get(seq, now)?))
    }

    /// The packets after `seq`, in order: what came early, when the first packet of a keyframe was
    /// late.
    pub fn after(&self, seq: ExtSeq, now: Instant) -> impl Iterator<Item = (ExtSeq, &P)> {
        let newest = self.newest.unwrap_or(seq);
        let reach = self.ring.len() as u64;
        let missing = u64::try_from(newest.distance_from(seq)).unwrap_or(0);
        let start = missing.saturating_sub(reach) + 1;
        (start..=missing).filter_map(move |n| {
            let seq = seq.plus(n);
            Some((seq, self.get(seq, now)?))
        })
    }

    /// Lets go of packets that are too old, so that a stream that stopped holds no memory.
    pub fn expire(&mut self, now: Instant) {
        for place in &mut self.ring {
            if place
                .as_ref()
                .is_some_and(|entry| now.saturating_duration_since(entry.at) > self.max_age)
            {
                *place = None;
            }
        }
    }

    pub fn clear(&mut self) {
        self.ring.fill_with(|| None);
        self.newest = None;
    }

    fn index(&self, seq: ExtSeq) -> usize {
        (seq.get() % self.ring.len() as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const AGE: Duration = Duration::from_secs(1);

    #[test]
    fn packets_are_found_until_they_are_too_many_or_too_old() {
        let t0 = Instant::now();
        let mut history = History::new(4, AGE);
        for n in 65_534..65_539 {
            history.push(ExtSeq::new(n), t0, n);
        }
        assert_eq!(history.get(ExtSeq::new(65_534), t0), None);
        assert_eq!(history.get_wire(SeqNo::new(65_535), t0), Some((ExtSeq::new(65_535), &65_535)));
        assert_eq!(history.get_wire(SeqNo::new(2), t0), Some((ExtSeq::new(65_538), &65_538)));
        assert_eq!(history.get_wire(SeqNo::new(3), t0), None);
        assert_eq!(history.get(ExtSeq::new(65_538), t0 + AGE * 2), None);
    }

    #[test]
    fn a_late_packet_is_taken_if_it_still_fits() {
        let t0 = Instant::now();
        let mut history = History::new(4, AGE);
        history.push(ExtSeq::new(10), t0, 'a');
        history.push(ExtSeq::new(8), t0, 'b');
        history.push(ExtSeq::new(6), t0, 'c');
        assert_eq!(history.get(ExtSeq::new(8), t0), Some(&'b'));
        assert_eq!(history.get(ExtSeq::new(6), t0), None);
        assert_eq!(history.get(ExtSeq::new(10), t0), Some(&'a'), "not overwritten by an older one");
    }

    #[test]
    fn what_came_early_is_replayed_in_order() {
        let t0 = Instant::now();
        let mut history = History::new(8, AGE);
        for n in [5, 7, 6, 9, 4] {
            history.push(ExtSeq::new(n), t0, n);
        }
        let after: Vec<_> = history.after(ExtSeq::new(4), t0).map(|(_, n)| *n).collect();
        assert_eq!(after, [5, 6, 7, 9]);
        assert_eq!(history.after(ExtSeq::new(9), t0).count(), 0);
        assert_eq!(history.after(ExtSeq::new(20), t0).count(), 0);
        assert_eq!(history.after(ExtSeq::new(0), t0).count(), 5);
    }

    #[test]
    fn a_stream_that_begins_anew_forgets_the_old() {
        let t0 = Instant::now();
        let mut history = History::new(8, AGE);
        history.push(ExtSeq::new(100_000), t0, 'a');
        history.push(ExtSeq::new(5), t0, 'b');
        assert_eq!(history.get(ExtSeq::new(100_000), t0), None);
        assert_eq!(history.get(ExtSeq::new(5), t0), Some(&'b'));
    }

    #[test]
    fn memory_is_let_go() {
        let t0 = Instant::now();
        let packet = std::sync::Arc::new(());
        let mut history = History::new(8, AGE);
        history.push(ExtSeq::new(1), t0, packet.clone());
        history.expire(t0 + AGE);
        assert_eq!(std::sync::Arc::strong_count(&packet), 2);
        history.expire(t0 + AGE * 2);
        assert_eq!(std::sync::Arc::strong_count(&packet), 1);
    }

    proptest! {
        /// Against a plain map: what is found is right, and whatever is recent enough is found.
        #[test]
        fn lookups_are_right_also_across_the_wrap(
            capacity in 1..64_usize,
            steps in prop::collection::vec((-40_i64..40, 0..30_u64), 1..300),
        ) {
            let mut now = Instant::now();
            let mut history = History::new(capacity, AGE);
            let mut all: HashMap<u64, Instant> = HashMap::new();
            let mut newest = None;
            for (step, gap) in steps {
                now += Duration::from_millis(gap);
                let n = newest.unwrap_or(65_536_i64 * 3 - 100) + step;
                if newest.is_none_or(|newest| newest - n < capacity as i64) {
                    all.insert(n as u64, now);
                }
                history.push(ExtSeq::new(n as u64), now, n as u64);
                let newest = *newest.insert(newest.map_or(n, |newest| newest.max(n)));
                for seq in (newest - 80)..(newest + 3) {
                    let expected = all.get(&(seq as u64)).is_some_and(|at| {
                        newest - seq < capacity as i64 && now.duration_since(*at) <= AGE
                    });
                    let found = history.get_wire(SeqNo::new(seq as u16), now);
                    prop_assert_eq!(found.is_some(), expected, "{} of {}", seq, newest);
                    if let Some((at, packet)) = found {
                        prop_assert_eq!((at.get(), *packet), (seq as u64, seq as u64));
                    }
                }
            }
        }
    }
}
