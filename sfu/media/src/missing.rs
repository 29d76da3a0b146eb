//! Packets of one incoming stream that have not come, and when to ask for each of them.
//!
//! A gap is asked for at once and then again after each round trip, since on a way that loses packets
//! requests and repetitions are lost as well. What came too often in vain, or is too far behind the
//! newest packet to be of use, is given up.

use std::time::{Duration, Instant};

use crate::units::{ExtSeq, SeqNo};

/// Until a request was answered (libwebrtc's value).
const FIRST_ROUND: Duration = Duration::from_millis(100);
/// A repetition that took longer says nothing of the way.
const LONGEST_ROUND: Duration = Duration::from_secs(2);
/// Beside the round trip: the other side sends its answers in ticks.
const LEAST_MARGIN: Duration = Duration::from_millis(5);

/// How long an answer takes (RFC 6298, section 2), learned from packets that were asked for once.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoundTrip {
    /// Mean and mean deviation.
    known: Option<(Duration, Duration)>,
}

impl RoundTrip {
    fn on_answer(&mut self, took: Duration) {
        if took > LONGEST_ROUND {
            return;
        }
        self.known = Some(match self.known {
            None => (took, took / 2),
            Some((mean, deviation)) => {
                ((mean * 7 + took) / 8, (deviation * 3 + mean.abs_diff(took)) / 4)
            }
        });
    }

    /// When to ask again. On a way whose delay varies, repetitions come when they come: a little
    /// too soon is cheaper than a picture that stands still.
    pub fn patience(&self) -> Duration {
        let (mean, deviation) = self.known.unwrap_or((FIRST_ROUND, Duration::ZERO));
        mean + deviation.max(LEAST_MARGIN)
    }
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
    asked: u8,
    at: Instant,
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

    /// A packet came. Returns how many were given up before their last try, because the stream had
    /// gone on too far.
    pub fn on_packet(&mut self, seq: ExtSeq, round: &mut RoundTrip, now: Instant) -> usize {
        let seq = seq.get();
        let Some(newest) = self.newest else {
            self.newest = Some(seq);
            return 0;
        };
        if seq <= newest {
            if let Ok(at) = self.gaps.binary_search_by_key(&seq, |gap| gap.seq) {
                let gap = self.gaps.remove(at);
                if gap.asked == 1 {
                    round.on_answer(now.saturating_duration_since(gap.at));
                }
            }
            return 0;
        }
        self.newest = Some(seq);
        if seq - newest > self.limits.reach {
            // Another beginning: nothing before it is of use.
            self.gaps.clear();
            return 0;
        }
        let fresh = (newest + 1..seq).map(|seq| Gap { seq, asked: 0, at: now, due: now });
        self.gaps.extend(fresh);
        let least = seq.saturating_sub(self.limits.reach);
        let passed = self.gaps.partition_point(|gap| gap.seq < least);
        self.gaps.drain(..passed).count()
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
        self.gaps.retain(|gap| gap.due > now || gap.asked < tries);
        self.gaps.iter_mut().filter(move |gap| gap.due <= now).map(move |gap| {
            gap.asked += 1;
            (gap.at, gap.due) = (now, now + patience);
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
        let (mut missing, mut round) = (Missing::new(LIMITS), RoundTrip::default());
        for seq in [5, 6, 9] {
            missing.on_packet(ExtSeq::new(seq), &mut round, t0);
        }
        assert_eq!(asked(&mut missing, t0), [7, 8]);
        assert_eq!(asked(&mut missing, t0), [0; 0]);
        let later = t0 + PATIENCE;
        missing.on_packet(ExtSeq::new(8), &mut round, later);
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
        let (mut missing, mut round) = (Missing::new(LIMITS), RoundTrip::default());
        for seq in [1, 3, 5] {
            missing.on_packet(ExtSeq::new(seq), &mut round, t0);
        }
        assert_eq!(asked(&mut missing, t0), [2, 4]);
        missing.on_packet(ExtSeq::new(2), &mut round, at(20));
        assert_eq!(round.patience(), Duration::from_millis(30));
        assert_eq!(asked(&mut missing, at(60)), [4]);
        missing.on_packet(ExtSeq::new(4), &mut round, at(61));
        assert_eq!(round.patience(), Duration::from_millis(30));
    }

    #[test]
    fn what_is_out_of_reach_is_given_up_and_counted() {
        let t0 = Instant::now();
        let (mut missing, mut round) = (Missing::new(LIMITS), RoundTrip::default());
        missing.on_packet(ExtSeq::new(10), &mut round, t0);
        missing.on_packet(ExtSeq::new(12), &mut round, t0);
        let given_up: usize =
            (13..200).map(|seq| missing.on_packet(ExtSeq::new(seq), &mut round, t0)).sum();
        assert_eq!((given_up, missing.due()), (1, None));
        // A jump is another stream.
        assert_eq!(missing.on_packet(ExtSeq::new(9_000), &mut round, t0), 0);
        assert_eq!(missing.due(), None);
    }

    proptest! {
        #[test]
        fn only_what_is_missing_is_asked_for(
            steps in prop::collection::vec((0..40_u64, 0..30_u64), 1..300),
        ) {
            let mut now = Instant::now();
            let (mut missing, mut round) = (Missing::new(LIMITS), RoundTrip::default());
            let mut came = std::collections::BTreeSet::new();
            let mut newest = 1_000_u64;
            for (ahead, wait) in steps {
                // Some come late, and some twice.
                let seq = (newest + ahead).saturating_sub(30);
                newest = newest.max(seq);
                came.insert(seq as u16);
                now += Duration::from_millis(wait);
                missing.on_packet(ExtSeq::new(seq), &mut round, now);
                prop_assert!(missing.gaps.len() as u64 <= LIMITS.reach);
                for seq in asked(&mut missing, now) {
                    prop_assert!(!came.contains(&seq));
                    prop_assert!(u64::from(seq) < newest && u64::from(seq) + LIMITS.reach >= newest);
                }
            }
        }
    }
}
