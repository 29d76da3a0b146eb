//! What losses say of the link.
//!
//! Losses come of a link that is too full, or of a radio: less sent helps against the first and
//! against the second not at all. Google's first rule (draft-ietf-rmcat-gcc-02, 6) can't tell them
//! apart and gives the link up at 10% of random loss; here a loss that stays the same while
//! less is sent is taken to be the link's own, and only what exceeds it counts.

use std::time::{Duration, Instant};

use super::Micros;

/// Packets and time that make up one measurement.
const MIN_PACKETS: u32 = 40;
const MIN_TIME: Duration = Duration::from_millis(400);

/// Packets enough for a measurement whose noise is small; it is not extended beyond.
const MANY_PACKETS: u32 = 400;

/// Less is never a reason to send less (draft, 6).
const HARMLESS: f64 = 0.02;

/// Less loss is suffered, rather than taken for a full link, while little is sent and nothing can
/// be tried.
const SUFFERED: f64 = 0.15;

/// More is never taken to be the link's own.
const MAX_OWN: f64 = 0.3;

/// One measurement lowers the bound to no less than this.
const MAX_STEP: f64 = 0.5;

/// Of the rate before: changes of what is sent that must show in the losses, if they come of it.
const LESS: f64 = 0.95;
const MORE: f64 = 1.15;

/// How fast the bound grows in a second once losses are gone; and once they turned out not to
/// depend on it.
const GROWTH: f64 = 0.08;
const FAST_GROWTH: f64 = 0.5;

/// Share by which what is known of the link's own loss moves with each measurement, and with one
/// that shows that the loss did not depend on the rate.
const DRIFT: f64 = 0.1;
const LESSON: f64 = 0.6;

/// Standard deviations that a measurement may stray by chance.
const DEVIATIONS: f64 = 2.0;

/// What is going on at the moment of a measurement. Rates in bit/s.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// What the delay allows.
    pub(super) allowed: f64,
    pub(super) sent: f64,
    /// Much less is sent than might be.
    pub(super) limited: bool,
}

/// A measurement with which later ones are compared.
#[derive(Debug, Clone, Copy)]
struct Point {
    loss: f64,
    sent: f64,
}

impl Point {
    /// Whether `loss` at the rate `sent` speaks for a link whose loss doesn't depend on the rate,
    /// rather than for one that lets so much through as it did here.
    fn is_alike(&self, loss: f64, sent: f64) -> bool {
        let ratio = sent / self.sent.max(1.0);
        let full = (1.0 - (1.0 - self.loss) / ratio.max(0.01)).max(0.0);
        let middle = (self.loss + full) / 2.0;
        if ratio < 1.0 { loss > middle } else { loss < middle }
    }
}

#[derive(Debug, Clone)]
pub(super) struct LossBound {
    /// What was sent before doesn't count: less was sent since.
    from: Micros,
    lost: u32,
    total: u32,
    since: Option<Instant>,
    /// The newest measurement, smoothed.
    recent: f64,
    /// What the link loses by itself.
    own: f64,
    /// Bit/s; none while losses don't matter.
    bound: Option<f64>,
    /// What lowered it.
    cut: Option<Point>,
    /// The losses turned out not to depend on the rate, when so much was sent.
    innocent: Option<Point>,
}

impl LossBound {
    pub(super) const fn new() -> Self {
        Self {
            from: Micros::new(0),
            lost: 0,
            total: 0,
            since: None,
            recent: 0.0,
            own: 0.0,
            bound: None,
            cut: None,
            innocent: None,
        }
    }

    pub(super) fn bound(&self) -> Option<f64> {
        self.bound
    }

    /// From 0 to 1.
    pub(super) fn recent(&self) -> f64 {
        self.recent
    }

    pub(super) fn on_lost(&mut self, sent: Micros) {
        if sent >= self.from {
            self.lost += 1;
            self.total += 1;
        }
    }

    /// `was_lost`: it had been told to be lost, and only came late.
    pub(super) fn on_received(&mut self, sent: Micros, was_lost: bool) {
        match (sent >= self.from, was_lost) {
            (false, _) => {}
            (true, true) => self.lost = self.lost.saturating_sub(1),
            (true, false) => self.total += 1,
        }
    }

    /// Less is sent from now on: a new measurement begins with what is sent now.
    pub(super) fn restart(&mut self, now: Micros) {
        (self.from, self.lost, self.total, self.since) = (now, 0, 0, None);
    }

    /// A probe showed that so much goes through.
    pub(super) fn lift(&mut self, rate: f64) {
        self.bound = self.bound.map(|bound| bound.max(rate));
    }

    /// After what one feedback message told. Whether the bound was lowered: the caller then calls
    /// [`LossBound::restart`].
    pub(super) fn update(&mut self, load: &Load, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        let enough = self.total >= MIN_PACKETS && passed >= MIN_TIME;
        if !enough && self.total < MANY_PACKETS {
            return false;
        }
        let (total, loss) = (f64::from(self.total), f64::from(self.lost) / f64::from(self.total));
        (self.lost, self.total, self.since) = (0, 0, Some(now));
        self.recent += (loss - self.recent) * 0.3;
        let noise = DEVIATIONS * (self.own.max(0.01) * (1.0 - self.own) / total).sqrt();
        if self.innocent.is_some_and(|point| {
            load.sent > point.sent * MORE
                && loss > point.loss + noise
                && !point.is_alike(loss, load.sent)
        }) {
            return self.convict(loss, load);
        }
        if loss > HARMLESS && loss > self.own + noise {
            return self.exceeded(loss, load);
        }
        // Upwards only while it is known that the rate makes no difference: otherwise a link that
        // fills slowly would be believed to lose more and more by itself.
        if self.innocent.is_some() || loss < self.own {
            self.own += (loss.min(MAX_OWN) - self.own) * DRIFT;
        }
        self.grow(load.allowed, passed.min(Duration::from_secs(1)));
        false
    }

    fn exceeded(&mut self, loss: f64, load: &Load) -> bool {
        if let Some(cut) = self.cut.filter(|cut| load.sent < cut.sent * LESS) {
            if cut.is_alike(loss, load.sent) {
                self.own = (self.own + (loss - self.own) * LESSON).min(MAX_OWN);
                self.innocent.get_or_insert(Point { loss: self.own, sent: load.sent });
            } else {
                self.innocent = None;
            }
        }
        if load.limited && loss <= SUFFERED {
            self.own = (self.own + (loss - self.own) * DRIFT * 2.0).min(MAX_OWN);
            return false;
        }
        let excess = loss - self.own;
        if excess <= HARMLESS {
            return false;
        }
        self.lower(1.0 - excess, Point { loss, sent: load.sent }, load);
        true
    }

    /// More was sent and no more went through.
    fn convict(&mut self, loss: f64, load: &Load) -> bool {
        self.innocent = None;
        self.own /= 2.0;
        self.lower(1.0 - (loss - self.own), Point { loss, sent: load.sent }, load);
        true
    }

    fn lower(&mut self, factor: f64, cut: Point, load: &Load) {
        self.cut = Some(cut);
        let current = self.bound.map_or(load.allowed, |bound| bound.min(load.allowed));
        self.bound = Some(current * factor.clamp(MAX_STEP, 1.0));
    }

    fn grow(&mut self, allowed: f64, passed: Duration) {
        let Some(bound) = &mut self.bound else { return };
        let growth = if self.innocent.is_some() { FAST_GROWTH } else { GROWTH };
        *bound *= 1.0 + growth * passed.as_secs_f64();
        if *bound > allowed {
            (self.bound, self.cut) = (None, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends 250 packets a second at the bound for `seconds`, with the loss that `loss` gives for
    /// a rate; the bound at last.
    fn run(bound: &mut LossBound, seconds: u64, loss: impl Fn(f64) -> f64) -> f64 {
        const ALLOWED: f64 = 3e6;
        let t0 = Instant::now();
        let mut owed = 0.0;
        for tenth in 1..=seconds * 10 {
            let now = t0 + Duration::from_millis(tenth * 100);
            let micros = bound.from + 100_000;
            let sent = bound.bound().unwrap_or(ALLOWED);
            for _ in 0..25 {
                owed += loss(sent);
                if owed >= 1.0 {
                    owed -= 1.0;
                    bound.on_lost(micros);
                } else {
                    bound.on_received(micros, false);
                }
            }
            if bound.update(&Load { allowed: ALLOWED, sent, limited: false }, now) {
                bound.restart(micros);
            }
        }
        bound.bound().unwrap_or(ALLOWED)
    }

    #[test]
    fn a_link_that_loses_by_itself_is_not_given_up() {
        for own in [0.05, 0.1, 0.2] {
            let mut bound = LossBound::new();
            assert!(run(&mut bound, 3, |_| own) > 1.5e6, "{own}");
            assert!(run(&mut bound, 20, |_| own) > 2.7e6, "{own}");
        }
    }

    #[test]
    fn a_link_that_drops_what_is_too_much_is_found_out() {
        let mut bound = LossBound::new();
        let capacity = 1e6;
        let found = run(&mut bound, 10, |sent| (1.0 - capacity / sent).max(0.0));
        assert!((0.7e6..1.25e6).contains(&found), "{found}");
        let found = run(&mut bound, 30, |sent| (1.0 - capacity / sent).max(0.0));
        assert!((0.7e6..1.25e6).contains(&found), "{found}");
    }

    #[test]
    fn little_loss_is_nothing() {
        let mut bound = LossBound::new();
        assert_eq!(run(&mut bound, 20, |_| 0.015), 3e6);
    }
}
