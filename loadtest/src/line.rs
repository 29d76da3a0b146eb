//! A network in one direction: loss, delay, a rate with a queue. Pure; time is an argument.

use std::time::{Duration, Instant};

use crate::scenario::Leg;

/// Without another word, a queue of a home router.
const QUEUE_MS: f64 = 300.0;

#[derive(Debug)]
pub struct Line {
    leg: Leg,
    rng: fastrand::Rng,
    /// In a burst of losses (the bad state of Gilbert's model).
    bad: bool,
    /// When the last packet has left the queue.
    busy_until: Option<Instant>,
    last_out: Option<Instant>,
}

impl Line {
    pub fn new(leg: Leg, seed: u64) -> Self {
        let rng = fastrand::Rng::with_seed(seed);
        Self { leg, rng, bad: false, busy_until: None, last_out: None }
    }

    pub fn set(&mut self, leg: Leg) {
        self.leg = leg;
    }

    pub fn is_clear(&self) -> bool {
        self.leg.is_clear()
    }

    /// When a packet of so many octets comes out; none if it is lost.
    pub fn pass(&mut self, now: Instant, octets: usize) -> Option<Instant> {
        if self.loses() {
            return None;
        }
        let mut out = now;
        if let Some(kbps) = self.leg.kbps {
            let takes = Duration::from_secs_f64(octets as f64 * 8.0 / (f64::from(kbps) * 1_000.0));
            let begins = self.busy_until.map_or(now, |busy| busy.max(now));
            let queue = self.leg.queue_ms.unwrap_or(QUEUE_MS) / 1_000.0;
            if begins.duration_since(now).as_secs_f64() > queue {
                return None;
            }
            out = begins + takes;
            self.busy_until = Some(out);
        }
        let jitter = self.leg.jitter_ms * self.rng.f64();
        out += Duration::from_secs_f64((self.leg.delay_ms + jitter) / 1_000.0);
        if !self.leg.reorder {
            out = self.last_out.map_or(out, |last| last.max(out));
            self.last_out = Some(out);
        }
        Some(out)
    }

    fn loses(&mut self) -> bool {
        let share = self.leg.loss_percent / 100.0;
        if share <= 0.0 {
            return false;
        }
        if self.leg.burst_packets <= 1.0 {
            return self.rng.f64() < share;
        }
        // Gilbert: bursts of this mean length, at a distance that gives the share.
        let ends = 1.0 / self.leg.burst_packets;
        let begins = if share < 1.0 { ends * share / (1.0 - share) } else { 1.0 };
        let flips = self.rng.f64() < if self.bad { ends } else { begins };
        self.bad ^= flips;
        self.bad
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_share_is_lost_at_random_and_in_bursts() {
        for burst_packets in [0.0, 8.0] {
            let leg = Leg { loss_percent: 10.0, burst_packets, ..Leg::default() };
            let mut line = Line::new(leg, 7);
            let now = Instant::now();
            let lost = (0..100_000).filter(|_| line.pass(now, 1_000).is_none()).count();
            assert!((8_500..11_500).contains(&lost), "{burst_packets}: {lost}");
        }
    }

    #[test]
    fn a_rate_delays_and_then_drops() {
        let leg = Leg { kbps: Some(800), queue_ms: Some(100.0), ..Leg::default() };
        let mut line = Line::new(leg, 1);
        let now = Instant::now();
        // 1,000 octets take 10 ms.
        let out: Vec<_> = (0..20).map(|_| line.pass(now, 1_000)).collect();
        assert_eq!(out[0], Some(now + Duration::from_millis(10)));
        assert_eq!(out[4], Some(now + Duration::from_millis(50)));
        assert_eq!(out.iter().flatten().count(), 11);
    }

    proptest! {
        #[test]
        fn order_is_kept_unless_told_otherwise(jitter_ms in 0.0f64..100.0, seed: u64) {
            let leg = Leg { delay_ms: 5.0, jitter_ms, ..Leg::default() };
            let mut line = Line::new(leg, seed);
            let start = Instant::now();
            let mut last = start;
            for n in 0..100 {
                let out = line.pass(start + Duration::from_millis(n), 100).unwrap();
                prop_assert!(out >= last);
                last = out;
            }
        }
    }
}
