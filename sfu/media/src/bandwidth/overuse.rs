//! Whether the link is used beyond what it carries: the trend of the delay against a threshold
//! that follows it (draft-ietf-rmcat-gcc-02, 5.5; libwebrtc's trendline estimator).

use super::{Micros, delay::Variation, trend::Trend};

/// Share of the old value in the smoothed delay.
const SMOOTHING: f64 = 0.9;

/// The trend counts in full once there were so many groups.
const MAX_GROUPS: u32 = 60;

/// Makes a trend comparable with a threshold in milliseconds.
const GAIN: f64 = 4.0;

/// Milliseconds: at the beginning and at the ends (draft, table 1).
const FIRST_THRESHOLD: f64 = 12.5;
const MIN_THRESHOLD: f64 = 6.0;
const MAX_THRESHOLD: f64 = 600.0;

/// How the threshold follows, per millisecond: slowly up, so that a queue that builds up is still
/// seen; quickly down. The draft has these the other way round; libwebrtc's are used.
const UP: f64 = 0.0087;
const DOWN: f64 = 0.039;

/// A trend that is so far beyond the threshold is a sudden event, not the usual jitter, and the
/// threshold doesn't follow (draft, 5.5).
const MAX_FOLLOWED: f64 = 15.0;

/// Milliseconds of silence that the threshold moves on for at most.
const MAX_STEP: f64 = 100.0;

/// How long, in milliseconds of sending, a trend must stay above the threshold.
const OVERUSE_TIME: f64 = 10.0;

/// What the delay says of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Usage {
    /// A queue grows.
    Over,
    #[default]
    Normal,
    /// A queue shrinks.
    Under,
}

#[derive(Debug, Clone)]
pub(super) struct OveruseDetector {
    /// Zero of the trend's time.
    start: Option<Micros>,
    groups: u32,
    /// Milliseconds that the delay has grown by since the start, plain and smoothed.
    delay: f64,
    smoothed: f64,
    trend: Trend,
    slope: f64,
    threshold: f64,
    threshold_moved: Option<Micros>,
    /// Milliseconds of sending and groups above the threshold.
    over: Option<(f64, u32)>,
    usage: Usage,
}

impl OveruseDetector {
    pub(super) const fn new() -> Self {
        Self {
            start: None,
            groups: 0,
            delay: 0.0,
            smoothed: 0.0,
            trend: Trend::new(),
            slope: 0.0,
            threshold: FIRST_THRESHOLD,
            threshold_moved: None,
            over: None,
            usage: Usage::Normal,
        }
    }

    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    pub(super) fn update(&mut self, variation: Variation) -> Usage {
        let sent = variation.sent_micros as f64 / 1000.0;
        let arrived = variation.arrived_micros as f64 / 1000.0;
        let start = *self.start.get_or_insert(variation.at);
        self.groups = (self.groups + 1).min(MAX_GROUPS);
        self.delay += arrived - sent;
        self.smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * self.delay;
        self.trend.push((variation.at - start) as f64 / 1000.0, self.smoothed);
        let slope = self.trend.slope().unwrap_or(self.slope);
        let weighted = f64::from(self.groups) * slope * GAIN;
        self.usage = self.judge(weighted, slope, sent);
        self.slope = slope;
        self.follow(weighted, variation.at);
        self.usage
    }

    fn judge(&mut self, weighted: f64, slope: f64, sent: f64) -> Usage {
        if weighted < -self.threshold {
            self.over = None;
            return Usage::Under;
        }
        if weighted <= self.threshold {
            self.over = None;
            return Usage::Normal;
        }
        let (time, groups) = match self.over {
            Some((time, groups)) => (time + sent, groups + 1),
            // Since about the middle between the group before and this one.
            None => (sent / 2.0, 1),
        };
        if time > OVERUSE_TIME && groups > 1 && slope >= self.slope {
            self.over = None;
            return Usage::Over;
        }
        self.over = Some((time, groups));
        self.usage
    }

    fn follow(&mut self, weighted: f64, at: Micros) {
        let moved = self.threshold_moved.replace(at).unwrap_or(at);
        let distance = weighted.abs() - self.threshold;
        if distance > MAX_FOLLOWED {
            return;
        }
        let speed = if distance < 0.0 { DOWN } else { UP };
        let step = ((at - moved) as f64 / 1000.0).clamp(0.0, MAX_STEP);
        self.threshold =
            (self.threshold + speed * distance * step).clamp(MIN_THRESHOLD, MAX_THRESHOLD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups every 10 ms, each later than the one before by `later` microseconds.
    fn feed(detector: &mut OveruseDetector, from: i64, groups: i64, later: i64) -> Vec<Usage> {
        (0..groups)
            .map(|n| {
                let at = Micros::new((from + n) * 10_000 + n * later);
                let arrived_micros = 10_000 + later;
                detector.update(Variation { sent_micros: 10_000, arrived_micros, at })
            })
            .collect()
    }

    #[test]
    fn a_delay_that_rises_is_overuse_and_one_that_falls_the_opposite() {
        let mut detector = OveruseDetector::new();
        assert!(feed(&mut detector, 0, 100, 0).iter().all(|usage| *usage == Usage::Normal));
        assert!(feed(&mut detector, 100, 15, 5_000).contains(&Usage::Over));
        assert!(feed(&mut detector, 120, 30, -5_000).contains(&Usage::Under));
        assert_eq!(feed(&mut detector, 150, 100, 0).last(), Some(&Usage::Normal));
    }

    #[test]
    fn a_clock_that_drifts_is_nothing() {
        let mut detector = OveruseDetector::new();
        // 200 parts in a million.
        let usages = feed(&mut detector, 0, 10_000, 2);
        assert!(usages.iter().all(|usage| *usage == Usage::Normal));
    }
}
