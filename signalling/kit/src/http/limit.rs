//! Limits on attempts, counted by any key: a network, an account.

use std::{
    fmt,
    hash::Hash,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DashMapStateStore,
};

use crate::{
    clock::Clock,
    problem::{Failure, Result},
};

/// So many at once; afterwards one per `period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub burst: u32,
    pub period: Duration,
}

impl Limit {
    pub const fn new(burst: u32, period: Duration) -> Self {
        Self { burst, period }
    }
}

/// Forget keys that are back at their full burst after so many checks.
const SWEEP_EVERY: u32 = 1024;

/// Counts attempts per key (GCRA). Forgets keys by itself.
pub struct Limiter<K: Clone + Hash + Eq> {
    limiter: RateLimiter<K, DashMapStateStore<K>, Monotonic, NoOpMiddleware<Nanos>>,
    clock: Clock,
    checks: AtomicU32,
}

#[derive(Clone)]
struct Monotonic(Clock);

impl clock::Clock for Monotonic {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.monotonic().into()
    }
}

impl<K: Clone + Hash + Eq> Limiter<K> {
    pub fn new(limit: Limit, clock: Clock) -> Self {
        let period = limit.period.max(Duration::from_millis(1));
        let burst = NonZeroU32::new(limit.burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(period)
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
            .allow_burst(burst);
        Self {
            limiter: RateLimiter::new(
                quota,
                DashMapStateStore::default(),
                Monotonic(clock.clone()),
            ),
            clock,
            checks: AtomicU32::new(0),
        }
    }

    /// Counts one attempt of `key`; fails with 429 and the time to wait when there were too many.
    pub fn check(&self, key: &K) -> Result<()> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|refusal| {
            Failure::rate_limited(refusal.wait_time_from(self.clock.monotonic().into()))
        })
    }
}

impl<K: Clone + Hash + Eq> fmt::Debug for Limiter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use szpon_protocol::{Code, Time};

    use super::*;

    #[test]
    fn each_key_has_its_own_burst_and_gets_it_back() {
        let (clock, hand) = Clock::manual(Time::from_millis(0));
        let limiter = Limiter::new(Limit::new(3, Duration::from_secs(10)), clock);
        for _ in 0..3 {
            limiter.check(&"a").unwrap();
        }
        let failure = limiter.check(&"a").unwrap_err();
        assert_eq!(failure.code(), Code::RateLimited);
        assert_eq!(failure.into_problem().retry_after, Some(10));
        limiter.check(&"b").unwrap();

        hand.advance_secs(10);
        limiter.check(&"a").unwrap();
        assert!(limiter.check(&"a").is_err());
        hand.advance_secs(30);
        for _ in 0..3 {
            limiter.check(&"a").unwrap();
        }
    }

    #[test]
    fn keys_are_forgotten() {
        let (clock, hand) = Clock::manual(Time::from_millis(0));
        let limiter = Limiter::new(Limit::new(1, Duration::from_secs(1)), clock);
        for key in 0..SWEEP_EVERY {
            limiter.check(&key).unwrap();
        }
        hand.advance_secs(60);
        for key in 0..SWEEP_EVERY {
            limiter.check(&key).unwrap();
        }
        assert!(limiter.limiter.len() < SWEEP_EVERY as usize + 2, "{}", limiter.limiter.len());
    }
}
