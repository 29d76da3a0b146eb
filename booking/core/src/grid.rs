//! The grid of time that everything is booked on: five minutes.

use std::fmt;

use serde::{Deserialize, Serialize};
use szpon_protocol::Time;

/// Length of a tick in minutes. Hours, durations and buffers are multiples of it.
pub const TICK_MINUTES: u32 = 5;
/// Length of a tick in milliseconds.
pub const TICK_MS: i64 = TICK_MINUTES as i64 * 60_000;

/// Five minutes of real time, counted from the Unix epoch: `Tick(0)` begins with 1970.
///
/// Polish clocks differ from UTC by whole hours in all years that can be booked, so that a
/// wall-clock time on the grid is a tick's beginning, on either side of a clock change.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Tick(pub i64);

impl Tick {
    /// The tick that `time` lies in.
    pub fn containing(time: Time) -> Self {
        Self(time.millis().div_euclid(TICK_MS))
    }

    /// The first tick that begins at `time` or later.
    pub fn at_or_after(time: Time) -> Self {
        Self(time.millis().saturating_add(TICK_MS - 1).div_euclid(TICK_MS))
    }

    /// The tick that begins at `time`.
    ///
    /// # Errors
    /// [`OffGrid`] when none does.
    pub fn exactly(time: Time) -> Result<Self, OffGrid> {
        match time.millis().rem_euclid(TICK_MS) {
            0 => Ok(Self(time.millis() / TICK_MS)),
            _ => Err(OffGrid),
        }
    }

    /// When the tick begins.
    pub fn time(self) -> Time {
        Time::from_millis(self.0.saturating_mul(TICK_MS))
    }

    /// `n` ticks later.
    pub fn plus(self, n: i64) -> Self {
        Self(self.0.saturating_add(n))
    }
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A time or length that isn't a multiple of five minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a multiple of {TICK_MINUTES} minutes")]
pub struct OffGrid;

/// From `start` until before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TickRange {
    pub start: Tick,
    pub end: Tick,
}

impl TickRange {
    pub fn new(start: Tick, end: Tick) -> Self {
        Self { start, end }
    }

    /// All ticks that `start..end` touches.
    pub fn covering(start: Time, end: Time) -> Self {
        Self { start: Tick::containing(start), end: Tick::at_or_after(end) }
    }

    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// How many ticks; 0 when empty.
    pub fn len(self) -> i64 {
        (self.end.0 - self.start.0).max(0)
    }

    pub fn overlaps(self, other: Self) -> bool {
        !self.intersection(other).is_empty()
    }

    /// May be empty.
    pub fn intersection(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }

    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub fn ticks(self) -> impl Iterator<Item = Tick> {
        (self.start.0..self.end.0).map(Tick)
    }

    /// Wider by these lengths on either side.
    pub fn with_buffers(self, before: Minutes, after: Minutes) -> Self {
        Self { start: self.start.plus(-before.ticks()), end: self.end.plus(after.ticks()) }
    }
}

/// A length on the grid, in minutes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Minutes(u32);

impl Minutes {
    pub const ZERO: Self = Self(0);

    /// # Errors
    /// [`OffGrid`] unless a multiple of five.
    pub const fn new(minutes: u32) -> Result<Self, OffGrid> {
        if minutes.is_multiple_of(TICK_MINUTES) { Ok(Self(minutes)) } else { Err(OffGrid) }
    }

    pub const fn from_ticks(ticks: u32) -> Self {
        Self(ticks.saturating_mul(TICK_MINUTES))
    }

    pub const fn get(self) -> u32 {
        self.0
    }

    pub const fn ticks(self) -> i64 {
        (self.0 / TICK_MINUTES) as i64
    }

    pub const fn millis(self) -> i64 {
        self.0 as i64 * 60_000
    }
}

impl TryFrom<u32> for Minutes {
    type Error = OffGrid;
    fn try_from(minutes: u32) -> Result<Self, OffGrid> {
        Self::new(minutes)
    }
}

impl From<Minutes> for u32 {
    fn from(minutes: Minutes) -> u32 {
        minutes.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ticks_and_times_agree(ms in -4_000_000_000_000i64..4_000_000_000_000) {
            let time = Time::from_millis(ms);
            let (inside, after) = (Tick::containing(time), Tick::at_or_after(time));
            prop_assert!(inside.time() <= time && time < inside.plus(1).time());
            prop_assert!(after.time() >= time && after.plus(-1).time() < time);
            prop_assert_eq!(Tick::exactly(time).is_ok(), inside == after);
            prop_assert_eq!(Tick::exactly(inside.time()), Ok(inside));
        }

        #[test]
        fn ranges_are_sets_of_ticks(a in 0i64..20, b in 0i64..20, c in 0i64..20, d in 0i64..20) {
            let (x, y) = (TickRange::new(Tick(a), Tick(b)), TickRange::new(Tick(c), Tick(d)));
            let has = |range: TickRange, tick: Tick| range.ticks().any(|t| t == tick);
            let common = (0..20).map(Tick).filter(|&t| has(x, t) && has(y, t)).count();
            prop_assert_eq!(x.intersection(y).len() as usize, common);
            prop_assert_eq!(x.overlaps(y), common > 0);
            if !y.is_empty() {
                prop_assert_eq!(x.contains(y), common as i64 == y.len());
            }
        }
    }

    #[test]
    fn a_length_off_the_grid_is_refused() {
        assert_eq!(Minutes::new(7), Err(OffGrid));
        assert_eq!(Minutes::new(25).map(Minutes::ticks), Ok(5));
        assert!(serde_json::from_str::<Minutes>("12").is_err());
        assert_eq!(serde_json::from_str::<Minutes>("15").unwrap(), Minutes(15));
    }
}
