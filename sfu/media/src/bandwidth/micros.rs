//! Times of two clocks that share nothing but their speed.

use std::{
    ops::{Add, Sub},
    time::{Duration, Instant},
};

/// Microseconds since some zero: the sender's or the receiver's own. Only times of the same clock
/// compare; a difference is a number of microseconds. Saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Micros(i64);

impl Micros {
    pub const fn new(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn get(self) -> i64 {
        self.0
    }

    /// From `epoch` to `at`, zero if that lies before it.
    pub fn since(epoch: Instant, at: Instant) -> Self {
        let since = at.saturating_duration_since(epoch);
        // Not by `as_micros`: 128 bits cost more than all the rest. No clock runs for 300,000 years.
        let micros = since.as_secs().saturating_mul(1_000_000);
        Self((micros.min(i64::MAX as u64 / 2) + u64::from(since.subsec_micros())) as i64)
    }

    /// From `earlier` to this; zero if it isn't.
    pub fn after(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self - earlier).unwrap_or(0))
    }
}

impl Sub for Micros {
    type Output = i64;

    fn sub(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }
}

impl Add<i64> for Micros {
    type Output = Self;

    fn add(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}
