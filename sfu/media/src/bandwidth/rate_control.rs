//! Additive or multiplicative increase, multiplicative decrease (draft-ietf-rmcat-gcc-02, 5.6).

use std::time::{Duration, Instant};

use super::Usage;

/// Of the throughput, when the link is overused (draft, table 1).
const DECREASE: f64 = 0.85;

/// Growth in a second while the capacity isn't known (draft, 5.6).
const INCREASE: f64 = 0.08;

/// The estimate doesn't grow beyond so much of the throughput by itself: what isn't sent isn't known.
/// The draft (5.6) has 1.5; but layers never fill what there is, so that it would grow beyond the
/// capacity unopposed, and the next layer would be granted on its word. Probes find out about more. In
/// bit/s added, so that it gets off the ground.
const MAX_RATIO: f64 = 1.1;
const MAX_EXTRA: f64 = 10_000.0;

/// Bits of a packet, and what a reaction takes beyond the round trip: near the capacity the rate
/// grows by half a packet for each such time (draft, 5.6).
const PACKET_BITS: f64 = 9_600.0;
const REACTION: Duration = Duration::from_millis(100);

/// At least, in bit/s in a second (libwebrtc's value).
const MIN_ADDITIVE: f64 = 4_000.0;

/// Between two decreases, beside the round trip.
const MIN_PAUSE: Duration = Duration::from_millis(10);
const MAX_PAUSE: Duration = Duration::from_millis(200);

/// A queue is emptied within about this time, by sending less than goes through: half at most.
const DRAIN_TIME: Duration = Duration::from_secs(1);
const MAX_DRAIN: f64 = 0.5;

/// A queue shorter than this is left to the ordinary decrease.
const SHORT_QUEUE: Duration = Duration::from_millis(60);

/// If it is still there so long after the last decrease, it isn't ours: others fill it, or the way
/// got longer.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);

/// While the link is not filled, a first sign of overuse is taken for certain only if another
/// follows within this time.
const DOUBT: Duration = Duration::from_millis(1500);

/// What one feedback message amounts to. Rates in bit/s.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) usage: Usage,
    /// Throughput of the last half second and of the last 200 ms, as far as there was so much.
    pub(super) received: Option<f64>,
    pub(super) received_lately: Option<f64>,
    /// Much less is sent than might be.
    pub(super) limited: bool,
    /// What stands in a queue on the way, zero if none does.
    pub(super) queue: Duration,
    pub(super) rtt: Duration,
}

#[derive(Debug, Clone)]
pub(super) struct RateControl {
    /// Bit/s.
    rate: f64,
    updated: Option<Instant>,
    decreased: Option<Instant>,
    doubted: Option<Instant>,
    capacity: Option<Capacity>,
    /// Share of the rate that is held back while a queue drains.
    held_back: f64,
}

impl RateControl {
    pub(super) fn new(initial: f64) -> Self {
        Self {
            rate: initial,
            updated: None,
            decreased: None,
            doubted: None,
            capacity: None,
            held_back: 0.0,
        }
    }

    /// In bit/s.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Of the rate, what may be sent at the moment: less while a queue drains.
    pub(super) fn share(&self) -> f64 {
        1.0 - self.held_back
    }

    /// The rate is known from elsewhere.
    pub(super) fn set(&mut self, rate: f64, now: Instant) {
        if self.capacity.as_ref().is_some_and(|capacity| rate > capacity.upper()) {
            self.capacity = None;
        }
        self.rate = rate;
        self.updated = Some(now);
    }

    /// In bit/s.
    pub(super) fn limit(&mut self, min: f64, max: f64) {
        self.rate = self.rate.clamp(min, max);
    }

    /// Nothing was sent for long: whatever queue there was is gone.
    pub(super) fn on_idle(&mut self) {
        self.held_back = 0.0;
    }

    /// Whether the rate was lowered.
    pub(super) fn update(&mut self, measured: &Measured, now: Instant) -> bool {
        let passed = self.updated.replace(now).map_or(Duration::ZERO, |updated| {
            now.saturating_duration_since(updated).min(Duration::from_secs(1))
        });
        let lowered = measured.usage == Usage::Over && self.decrease(measured, now);
        self.drain(measured.queue, now);
        // While a queue drains more would stop that.
        if measured.usage == Usage::Normal && self.held_back == 0.0 {
            self.increase(measured, passed);
        }
        lowered
    }

    fn drain(&mut self, queue: Duration, now: Instant) {
        let ours =
            self.decreased.is_some_and(|at| now.saturating_duration_since(at) < DRAIN_TIMEOUT);
        self.held_back = if ours && queue >= SHORT_QUEUE {
            (queue.as_secs_f64() / DRAIN_TIME.as_secs_f64()).min(MAX_DRAIN)
        } else {
            0.0
        };
    }

    fn increase(&mut self, measured: &Measured, passed: Duration) {
        let Some(received) = measured.received else { return };
        if self.capacity.as_ref().is_some_and(|capacity| received > capacity.upper()) {
            self.capacity = None;
        }
        let limit = received * MAX_RATIO + MAX_EXTRA;
        if self.rate >= limit {
            return;
        }
        let in_a_second = match &self.capacity {
            Some(_) => {
                let reaction = (measured.rtt + REACTION).as_secs_f64();
                (PACKET_BITS / 2.0 / reaction).max(MIN_ADDITIVE)
            }
            None => (self.rate * INCREASE).max(MIN_ADDITIVE),
        };
        self.rate = (self.rate + in_a_second * passed.as_secs_f64()).min(limit);
    }

    fn decrease(&mut self, measured: &Measured, now: Instant) -> bool {
        let Some(received) = measured.received_lately.or(measured.received) else { return false };
        let pause = measured.rtt.clamp(MIN_PAUSE, MAX_PAUSE);
        let soon = self.decreased.is_some_and(|at| now.saturating_duration_since(at) < pause);
        if soon && received > self.rate / 2.0 {
            return false;
        }
        let mut target = received * DECREASE;
        if measured.limited {
            let doubted = self.doubted.replace(now);
            let confirmed = doubted.is_some_and(|at| now.saturating_duration_since(at) < DOUBT);
            if !confirmed {
                target = target.max(self.rate * DECREASE);
            }
        } else {
            Capacity::observe(&mut self.capacity, received);
        }
        if target >= self.rate {
            return false;
        }
        self.rate = target;
        self.decreased = Some(now);
        true
    }
}

/// The throughput at which the link was full, and how far it strays (libwebrtc's link capacity
/// estimator).
#[derive(Debug, Clone)]
struct Capacity {
    /// kbit/s.
    mean: f64,
    /// Variance, in relation to the mean.
    variance: f64,
}

impl Capacity {
    const WEIGHT: f64 = 0.05;

    fn observe(known: &mut Option<Self>, received: f64) {
        let sample = received / 1000.0;
        if known.as_ref().is_some_and(|known| received < known.lower()) {
            *known = None;
        }
        let Some(known) = known else {
            *known = Some(Self { mean: sample, variance: 0.4 });
            return;
        };
        known.mean += Self::WEIGHT * (sample - known.mean);
        let error = known.mean - sample;
        let relative = error * error / known.mean.max(1.0);
        known.variance += Self::WEIGHT * (relative - known.variance);
        known.variance = known.variance.clamp(0.4, 2.5);
    }

    /// Three deviations, in bit/s.
    fn reach(&self) -> f64 {
        3.0 * (self.variance * self.mean).sqrt() * 1000.0
    }

    fn upper(&self) -> f64 {
        self.mean * 1000.0 + self.reach()
    }

    fn lower(&self) -> f64 {
        (self.mean * 1000.0 - self.reach()).max(0.0)
    }
}
