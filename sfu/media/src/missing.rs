//! Packets of one incoming stream that have not come, and when to ask for each of them.
//!
//! A gap is asked for at once (where packets overtake each other, once those that are merely late have
//! come: [`disorder`]) and then again after each round trip, since on a way that loses packets requests
//! and repetitions are lost as well. What came too often in vain, or is too far behind the newest packet
//! to be of use, is given up.

mod disorder;
mod round_trip;

use std::time::{Duration, Instant};

use crate::units::{ExtSeq, SeqNo};
use disorder::Disorder;
use round_trip::{Asked, RoundTrip};

/// What the streams of one sender have shown of the way that they share.
#[derive(Debug, Clone, Default)]
pub struct Way {
    round: RoundTrip,
    disorder: Disorder,
}

impl Way {
    fn on_filled(&mut self, gap: &Gap, came: Came, now: Instant) {
        match came {
            Came::Itself => self.disorder.on_late(now.saturating_duration_since(gap.noticed), now),
            Came::Repeated => {
                self.disorder.on_lost(now);
                if let Some(asked) = &gap.asked {
                    self.round.on_answer(asked, now);
                }
            }
        }
    }

    /// How long to wait for an answer before asking again.
    pub fn patience(&self) -> Duration {
        self.round.patience()
    }
}

/// How a packet came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// Itself, however late.
    Itself,
    /// As its repetition, in the stream of repetitions (RFC 4588).
    Repeated,
}

/// When a missing packet is given up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Packets behind the newest.
    pub reach: u64,
    /// Requests for one packet.
    pub tries: u8,
}

#[derive(Debug, Clone, Copy)]
struct Gap {
    seq: u64,
    noticed: Instant,
    asked: Option<Asked>,
    /// When to ask (again).
    due: Instant,
}

/// The gaps of one stream.
#[derive(Debug, Clone)]
pub struct Missing {
    limits: Limits,
    newest: Option<u64>,
    /// In the order of sequence numbers.
    gaps: Vec<Gap>,
}

impl Missing {
    pub const fn new(limits: Limits) -> Self {
        Self { limits, newest: None, gaps: Vec::new() }
    }

    /// The stream's first packet came, however long it has been going on.
    pub fn begin(&mut self, seq: ExtSeq) {
        self.newest.get_or_insert(seq.get());
    }

    /// The newest packet that came.
    pub fn newest(&self) -> Option<ExtSeq> {
        self.newest.map(ExtSeq::new)
    }

    /// The packet has not come, and is not given up.
    pub fn lacks(&self, seq: ExtSeq) -> bool {
        self.gaps.binary_search_by_key(&seq.get(), |gap| gap.seq).is_ok()
    }

    /// A packet came. Returns how many were given up before their last try, because the stream had
    /// gone on too far.
    pub fn on_packet(&mut self, seq: ExtSeq, came: Came, way: &mut Way, now: Instant) -> usize {
        let seq = seq.get();
        let Some(newest) = self.newest else {
            self.newest = Some(seq);
            return 0;
        };
        if seq <= newest {
            if let Ok(at) = self.gaps.binary_search_by_key(&seq, |gap| gap.seq) {
                let gap = self.gaps.remove(at);
                way.on_filled(&gap, came, now);
            }
            return 0;
        }
        self.newest = Some(seq);
        if seq - newest > self.limits.reach {
            // Another beginning: nothing before it is of use.
            self.gaps.clear();
            return 0;
        }
        let due = now + way.disorder.wait(now);
        let gap = |seq| Gap { seq, noticed: now, asked: None, due };
        self.gaps.extend((newest + 1..seq).map(gap));
        let least = seq.saturating_sub(self.limits.reach);
        let passed = self.gaps.partition_point(|gap| gap.seq < least);
        for _ in 0..passed {
            way.disorder.on_lost(now);
        }
        self.gaps.drain(..passed).count()
    }

    /// Nothing before this packet is of use any more.
    pub fn forget_before(&mut self, seq: ExtSeq) {
        let passed = self.gaps.partition_point(|gap| gap.seq < seq.get());
        self.gaps.drain(..passed);
    }

    /// When [`Self::ask`] is to be called; none while nothing is missing.
    pub fn due(&self) -> Option<Instant> {
        self.gaps.iter().map(|gap| gap.due).min()
    }

    /// What to ask for now, in order. `patience` is the time until it is asked for again.
    pub fn ask(
        &mut self,
        patience: Duration,
        now: Instant,
    ) -> impl Iterator<Item = SeqNo> + use<'_> {
        let tries = self.limits.tries;
        self.gaps.retain(|gap| gap.due > now || gap.asked.is_none_or(|asked| asked.times < tries));
        self.gaps.iter_mut().filter(move |gap| gap.due <= now).map(move |gap| {
            let asked = gap.asked.get_or_insert(Asked { first: now, last: now, times: 0 });
            (asked.last, asked.times) = (now, asked.times + 1);
            gap.due = now + patience;
            SeqNo::new(gap.seq as u16)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { reach: 100, tries: 3 };
    const PATIENCE: Duration = Duration::from_millis(50);

    fn asked(missing: &mut Missing, now: Instant) -> Vec<u16> {
        missing.ask(PATIENCE, now).map(SeqNo::get).collect()
    }

    #[test]
    fn a_gap_is_asked_for_at_once_and_again_until_it_is_hopeless() {
        let t0 = Instant::now();
        let (mut missing, mut way) = (Missing::new(LIMITS), Way::default());
        for seq in [5, 6, 9] {
            missing.on_packet(ExtSeq::new(seq), Came::Itself, &mut way, t0);
        }
        assert_eq!(asked(&mut missing, t0), [7, 8]);
        assert_eq!(asked(&mut missing, t0), [0; 0]);
        let later = t0 + PATIENCE;
        missing.on_packet(ExtSeq::new(8), Came::Itself, &mut way, later);
        assert_eq!(missing.due(), Some(later));
        assert_eq!(asked(&mut missing, later), [7]);
        assert_eq!(asked(&mut missing, later + PATIENCE), [7]);
        assert_eq!(asked(&mut missing, later + PATIENCE * 2), [0; 0]);
        assert_eq!(missing.due(), None);
    }

    #[test]
    fn answers_tell_the_round_trip_unless_it_is_unknown_to_what() {
        let t0 = Instant::now();
        let at = |ms| t0 + Duration::from_millis(ms);
        let (mut missing, mut way) = (Missing::new(LIMITS), Way::default());
        for seq in [1, 3, 5] {
            missing.on_packet(ExtSeq::new(seq), Came::Itself, &mut way, t0);
        }
        assert_eq!(asked(&mut missing, t0), [2, 4]);
        missing.on_packet(ExtSeq::new(2), Came::Repeated, &mut way, at(20));
        assert_eq!(way.patience(), Duration::from_millis(30));
        assert_eq!(asked(&mut missing, at(60)), [4]);
        missing.on_packet(ExtSeq::new(4), Came::Repeated, &mut way, at(80));
        assert_eq!(way.patience(), Duration::from_millis(30));
    }

    #[test]
    fn what_comes_by_itself_is_no_answer() {
        let t0 = Instant::now();
        let (mut missing, mut way) = (Missing::new(LIMITS), Way::default());
        for seq in [1, 3] {
            missing.on_packet(ExtSeq::new(seq), Came::Itself, &mut way, t0);
        }
        assert_eq!(asked(&mut missing, t0), [2]);
        let before = way.patience();
        missing.on_packet(ExtSeq::new(2), Came::Itself, &mut way, t0 + Duration::from_millis(2));
        assert_eq!(way.patience(), before);
    }

    /// Loses every tenth packet of 200 a second, over a way of this length (ms) to the sender and back.
    /// How often the packets that were lost from the second second on were asked for, in the mean.
    fn requests(way: &mut Way, t0: Instant, first: u64, round: u64) -> f64 {
        const EVERY: u64 = 10;
        let limits = Limits { reach: 1_000, tries: 100 };
        let mut missing = Missing::new(limits);
        missing.begin(ExtSeq::new(first));
        let mut answers: Vec<(u64, u64)> = Vec::new();
        let (mut lost, mut asked) = (0, 0);
        for ms in 0..6_000_u64 {
            let now = t0 + Duration::from_millis(ms);
            answers.retain(|(at, seq)| {
                if *at == ms {
                    missing.on_packet(ExtSeq::new(*seq), Came::Repeated, way, now);
                }
                *at > ms
            });
            let seq = first + 1 + ms / 5;
            if ms % 5 == 0 && seq.is_multiple_of(EVERY) {
                lost += u32::from(ms > 1_000);
            } else if ms % 5 == 0 {
                missing.on_packet(ExtSeq::new(seq), Came::Itself, way, now);
            }
            for seq in missing.ask(way.patience(), now) {
                asked += u32::from(ms > 1_000);
                answers.push((ms + round, u64::from(seq.get())));
            }
        }
        f64::from(asked) / f64::from(lost)
    }

    #[test]
    fn a_long_way_is_learned_although_everything_is_asked_for_again_at_first() {
        let (mut way, t0) = (Way::default(), Instant::now());
        let far = requests(&mut way, t0, 0, 700);
        assert!(far < 1.3, "{far}");
        let near = requests(&mut way, t0 + Duration::from_secs(6), 10_000, 40);
        assert!(near < 1.3, "{near}");
        let far_again = requests(&mut way, t0 + Duration::from_secs(12), 20_000, 700);
        assert!(far_again < 1.3, "{far_again}");
    }

    #[test]
    fn what_is_out_of_reach_is_given_up_and_counted() {
        let t0 = Instant::now();
        let (mut missing, mut way) = (Missing::new(LIMITS), Way::default());
        missing.on_packet(ExtSeq::new(10), Came::Itself, &mut way, t0);
        missing.on_packet(ExtSeq::new(12), Came::Itself, &mut way, t0);
        let given_up: usize = (13..200)
            .map(|seq| missing.on_packet(ExtSeq::new(seq), Came::Itself, &mut way, t0))
            .sum();
        assert_eq!((given_up, missing.due()), (1, None));
        // A jump is another stream.
        assert_eq!(missing.on_packet(ExtSeq::new(9_000), Came::Itself, &mut way, t0), 0);
        assert_eq!(missing.due(), None);
    }

    proptest! {
        #[test]
        fn only_what_is_missing_is_asked_for(
            steps in prop::collection::vec((0..40_u64, 0..30_u64), 1..300),
        ) {
            let mut now = Instant::now();
            let (mut missing, mut way) = (Missing::new(LIMITS), Way::default());
            let mut came = std::collections::BTreeSet::new();
            let mut newest = 1_000_u64;
            for (ahead, wait) in steps {
                // Some come late, and some twice.
                let seq = (newest + ahead).saturating_sub(30);
                newest = newest.max(seq);
                came.insert(seq as u16);
                now += Duration::from_millis(wait);
                missing.on_packet(ExtSeq::new(seq), Came::Itself, &mut way, now);
                prop_assert!(missing.gaps.len() as u64 <= LIMITS.reach);
                for seq in asked(&mut missing, now) {
                    prop_assert!(!came.contains(&seq));
                    prop_assert!(u64::from(seq) < newest && u64::from(seq) + LIMITS.reach >= newest);
                }
            }
        }
    }
}
