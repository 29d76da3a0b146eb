//! Connection quality in plain words, from loss and round trip.
//!
//! Worse shows at once; better only after it lasted, so that the word doesn't flicker.

use std::time::{Duration, Instant};

pub use szpon_protocol::media::Quality;

/// Nothing heard for so long: lost.
pub const LOST_AFTER: Duration = Duration::from_secs(4);

/// A better quality must last for so long before it shows.
const BETTER_AFTER: Duration = Duration::from_secs(5);

/// Weight of the newest report in the running mean: about three reports count.
const WEIGHT: f32 = 0.3;

/// Loss (0 to 1) and round trip from which a connection is no longer good, and no longer fair.
const FAIR: (f32, Duration) = (0.02, Duration::from_millis(150));
const POOR: (f32, Duration) = (0.08, Duration::from_millis(400));

/// Watches one participant's connection.
#[derive(Debug, Clone)]
pub struct QualityMeter {
    heard: Instant,
    /// 0 to 1.
    loss: Option<f32>,
    /// Seconds.
    rtt: Option<f32>,
    shown: Quality,
    better_since: Option<Instant>,
}

impl QualityMeter {
    /// Good until something else is known.
    pub fn new(now: Instant) -> Self {
        Self { heard: now, loss: None, rtt: None, shown: Quality::Good, better_since: None }
    }

    /// Any packet came from the participant.
    pub fn on_heard(&mut self, now: Instant) {
        self.heard = self.heard.max(now);
    }

    /// A receiver report, or our own count: `loss` from 0 to 1, and the round trip if it is known.
    pub fn on_report(&mut self, loss: f32, rtt: Option<Duration>) {
        if loss.is_finite() {
            self.loss = Some(mean(self.loss, loss.clamp(0.0, 1.0)));
        }
        if let Some(rtt) = rtt {
            self.rtt = Some(mean(self.rtt, rtt.as_secs_f32()));
        }
    }

    /// The quality to show.
    pub fn quality(&mut self, now: Instant) -> Quality {
        let measured = self.measured(now);
        if rank(measured) >= rank(self.shown) {
            self.shown = measured;
            self.better_since = None;
        } else if self.shown == Quality::Lost {
            // Heard again: that alone is certain.
            self.shown = Quality::Poor;
            self.better_since = Some(now);
        } else {
            let since = *self.better_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= BETTER_AFTER {
                self.shown = measured;
                self.better_since = None;
            }
        }
        self.shown
    }

    fn measured(&self, now: Instant) -> Quality {
        if now.saturating_duration_since(self.heard) >= LOST_AFTER {
            return Quality::Lost;
        }
        let loss = self.loss.unwrap_or(0.0);
        let rtt = self.rtt.unwrap_or(0.0);
        let reaches = |limit: (f32, Duration)| loss >= limit.0 || rtt >= limit.1.as_secs_f32();
        if reaches(POOR) {
            Quality::Poor
        } else if reaches(FAIR) {
            Quality::Fair
        } else {
            Quality::Good
        }
    }
}

fn mean(before: Option<f32>, new: f32) -> f32 {
    before.map_or(new, |before| before + WEIGHT * (new - before))
}

/// Grows as it gets worse.
fn rank(quality: Quality) -> u8 {
    match quality {
        Quality::Good => 0,
        Quality::Fair => 1,
        Quality::Poor => 2,
        Quality::Lost => 3,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn loss_and_round_trip_make_it_worse_at_once() {
        let t0 = Instant::now();
        let mut meter = QualityMeter::new(t0);
        assert_eq!(meter.quality(t0), Quality::Good);
        meter.on_report(0.01, Some(Duration::from_millis(200)));
        assert_eq!(meter.quality(t0), Quality::Fair);
        meter.on_report(0.5, None);
        assert_eq!(meter.quality(t0), Quality::Poor);
    }

    #[test]
    fn better_must_last() {
        let t0 = Instant::now();
        let mut meter = QualityMeter::new(t0);
        meter.on_report(0.2, None);
        assert_eq!(meter.quality(t0), Quality::Poor);
        for _ in 0..30 {
            meter.on_report(0.0, None);
        }
        meter.on_heard(t0 + secs(9));
        assert_eq!(meter.quality(t0 + secs(1)), Quality::Poor);
        assert_eq!(meter.quality(t0 + secs(5)), Quality::Poor);
        assert_eq!(meter.quality(t0 + secs(6)), Quality::Good);
    }

    #[test]
    fn silence_is_loss_of_the_connection_and_ends_with_a_packet() {
        let t0 = Instant::now();
        let mut meter = QualityMeter::new(t0);
        assert_eq!(meter.quality(t0 + LOST_AFTER), Quality::Lost);
        meter.on_heard(t0 + LOST_AFTER);
        assert_eq!(meter.quality(t0 + LOST_AFTER), Quality::Poor);
        meter.on_heard(t0 + LOST_AFTER + secs(5));
        assert_eq!(meter.quality(t0 + LOST_AFTER + secs(5)), Quality::Good);
    }

    #[test]
    fn nonsense_is_ignored() {
        let t0 = Instant::now();
        let mut meter = QualityMeter::new(t0);
        meter.on_report(f32::NAN, None);
        meter.on_report(-3.0, None);
        assert_eq!(meter.quality(t0), Quality::Good);
    }

    proptest! {
        /// A better word never comes sooner than the last worse one plus the wait, but for the end
        /// of a silence.
        #[test]
        fn the_word_does_not_flicker(
            reports in prop::collection::vec((0.0..0.2_f32, 0..600_u64, 100..2000_u64), 1..100)
        ) {
            let mut now = Instant::now();
            let mut meter = QualityMeter::new(now);
            let mut shown = Quality::Good;
            let mut worse_at = None;
            for (loss, rtt, gap) in reports {
                now += Duration::from_millis(gap);
                meter.on_heard(now);
                meter.on_report(loss, Some(Duration::from_millis(rtt)));
                let next = meter.quality(now);
                if rank(next) > rank(shown) { worse_at = Some(now); }
                if rank(next) < rank(shown) {
                    prop_assert!(now.duration_since(worse_at.unwrap()) >= BETTER_AFTER);
                }
                shown = next;
            }
        }
    }
}
