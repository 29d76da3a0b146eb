//! The clock on the wall: opening hours are times of day in Poland, whatever UTC says.
//!
//! One rule covers both clock changes: *a moment is open if the clock's face, at that moment, shows
//! a time within the hours.* In spring 02:00–03:00 is never shown, so nothing can be booked in it
//! and hours around it are an hour shorter. In autumn 02:00–03:00 is shown twice; both are moments
//! of their own, an hour apart, and hours that cover them cover both.

use std::{fmt, sync::LazyLock};

use jiff::{
    civil::{Date, Time as Clock},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use szpon_protocol::Time;

use crate::{
    Minutes, Tick, TickRange,
    grid::{OffGrid, TICK_MINUTES},
};

/// The time zone of the Polish administration.
pub const ZONE: &str = "Europe/Warsaw";

/// Minutes from midnight to midnight on the clock's face.
const DAY_MINUTES: u16 = 24 * 60;

static WARSAW: LazyLock<TimeZone> = LazyLock::new(|| {
    // The database is compiled in; UTC stands for a build without it, which the tests would see.
    TimeZone::get(ZONE).unwrap_or(TimeZone::UTC)
});

/// `Europe/Warsaw`, from the bundled time zone database.
pub fn warsaw() -> &'static TimeZone {
    &WARSAW
}

/// What the calendar on the wall shows at `time`.
pub fn date_of(time: Time) -> Date {
    warsaw().to_datetime(time.timestamp()).date()
}

/// A time of day on the grid, as minutes since midnight on the clock's face; 1440 is 24:00.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(try_from = "u16", into = "u16")]
pub struct WallMinute(u16);

impl WallMinute {
    pub const MIDNIGHT: Self = Self(0);
    /// The midnight at the day's end.
    pub const END: Self = Self(DAY_MINUTES);

    /// # Errors
    /// [`OffGrid`] unless a multiple of five up to 1440.
    pub const fn new(minutes: u16) -> Result<Self, OffGrid> {
        if minutes.is_multiple_of(TICK_MINUTES as u16) && minutes <= DAY_MINUTES {
            Ok(Self(minutes))
        } else {
            Err(OffGrid)
        }
    }

    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for WallMinute {
    type Error = OffGrid;
    fn try_from(minutes: u16) -> Result<Self, OffGrid> {
        Self::new(minutes)
    }
}

impl From<WallMinute> for u16 {
    fn from(minute: WallMinute) -> u16 {
        minute.0
    }
}

impl fmt::Display for WallMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// From `from` until before `to` on one day's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WallRange {
    pub from: WallMinute,
    pub to: WallMinute,
}

impl WallRange {
    pub const ALL_DAY: Self = Self { from: WallMinute::MIDNIGHT, to: WallMinute::END };

    pub fn is_empty(self) -> bool {
        self.from >= self.to
    }
}

/// A stretch of a day in which the clock isn't changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    wall: WallRange,
    start: Tick,
}

/// One date in Poland: which moments its clock times are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    date: Date,
    ticks: TickRange,
    stretches: Vec<Stretch>,
}

impl Day {
    pub fn new(date: Date) -> Self {
        let midnight = |date: Date| -> Time {
            // A midnight that is skipped gives the first moment after it.
            date.to_zoned(warsaw().clone()).map(|z| z.timestamp().into()).unwrap_or_default()
        };
        let start = midnight(date);
        let end = date.tomorrow().map(midnight).unwrap_or_else(|_| start.plus_secs(86_400));
        let mut stretches = Vec::with_capacity(2);
        let mut at = start;
        while at < end {
            let next = warsaw()
                .following(at.timestamp())
                .next()
                .map_or(end, |change| Time::from(change.timestamp()).min(end));
            let from = face(at, date);
            let to = from + u16::try_from(next.since(at) / 60_000).unwrap_or(DAY_MINUTES);
            stretches.push(Stretch {
                wall: WallRange { from: WallMinute(from), to: WallMinute(to.min(DAY_MINUTES)) },
                start: Tick::containing(at),
            });
            at = next;
        }
        Self {
            date,
            ticks: TickRange { start: Tick::containing(start), end: Tick::containing(end) },
            stretches,
        }
    }

    pub fn date(&self) -> Date {
        self.date
    }

    /// The whole day: 288 ticks, 276 in spring's change and 300 in autumn's.
    pub fn ticks(&self) -> TickRange {
        self.ticks
    }

    /// When the clock shows a time of `range`: one range on most days, in order, none empty.
    pub fn moments(&self, range: WallRange) -> impl Iterator<Item = TickRange> + '_ {
        self.pieces(range).map(|(_, ticks)| ticks)
    }

    /// When the clock shows `range.from` and every `step` after it, before `range.to`.
    pub fn starts(&self, range: WallRange, step: Minutes) -> impl Iterator<Item = Tick> + '_ {
        let step = step.ticks().max(1);
        self.pieces(range).flat_map(move |(wall, ticks)| {
            let since_from = i64::from((wall.from.0 - range.from.0) / TICK_MINUTES as u16);
            let skip = (step - since_from % step) % step;
            (ticks.start.0 + skip..ticks.end.0).step_by(step as usize).map(Tick)
        })
    }

    fn pieces(&self, range: WallRange) -> impl Iterator<Item = (WallRange, TickRange)> + '_ {
        self.stretches.iter().filter_map(move |stretch| {
            let wall = WallRange {
                from: range.from.max(stretch.wall.from),
                to: range.to.min(stretch.wall.to),
            };
            if wall.is_empty() {
                return None;
            }
            let at = |minute: WallMinute| {
                stretch
                    .start
                    .plus(i64::from((minute.0 - stretch.wall.from.0) / TICK_MINUTES as u16))
            };
            Some((wall, TickRange { start: at(wall.from), end: at(wall.to) }))
        })
    }
}

/// What the clock's face shows at `time` of `date`, in minutes.
fn face(time: Time, date: Date) -> u16 {
    let shown = warsaw().to_datetime(time.timestamp());
    debug_assert_eq!(shown.date(), date);
    let clock: Clock = shown.time();
    clock.hour() as u16 * 60 + clock.minute() as u16
}

/// Midnight at the beginning of `date`.
pub fn start_of(date: Date) -> Time {
    Day::new(date).ticks.start.time()
}

#[cfg(test)]
mod tests {
    use jiff::{Span, civil::date};
    use proptest::prelude::*;

    use super::*;

    fn range(from: u16, to: u16) -> WallRange {
        WallRange { from: WallMinute::new(from).unwrap(), to: WallMinute::new(to).unwrap() }
    }

    /// What the definition says, minute by minute.
    fn shown(day: Date, range: WallRange) -> Vec<Tick> {
        let noon = start_of(day).millis();
        (-60..27 * 60)
            .map(|minute| Time::from_millis(noon + minute * 60_000))
            .filter(|&time| {
                let wall = warsaw().to_datetime(time.timestamp());
                let minute = wall.hour() as u16 * 60 + wall.minute() as u16;
                wall.date() == day
                    && minute.is_multiple_of(5)
                    && (range.from.0..range.to.0).contains(&minute)
            })
            .map(Tick::containing)
            .collect()
    }

    #[test]
    fn the_zone_is_bundled() {
        assert_eq!(warsaw().iana_name(), Some(ZONE));
    }

    #[test]
    fn days_have_the_length_that_the_clock_gives_them() {
        assert_eq!(Day::new(date(2026, 10, 24)).ticks().len(), 288);
        assert_eq!(Day::new(date(2026, 10, 25)).ticks().len(), 300);
        assert_eq!(Day::new(date(2027, 3, 28)).ticks().len(), 276);
    }

    #[test]
    fn an_hour_that_is_skipped_is_no_time_and_one_that_comes_twice_is_two() {
        let spring = Day::new(date(2027, 3, 28));
        assert_eq!(spring.moments(range(120, 180)).count(), 0);
        assert_eq!(spring.starts(range(120, 180), Minutes::from_ticks(1)).count(), 0);
        assert_eq!(spring.moments(range(60, 240)).map(TickRange::len).sum::<i64>(), 24);
        let autumn = Day::new(date(2026, 10, 25));
        let twice: Vec<_> = autumn.moments(range(150, 180)).collect();
        assert_eq!(twice.len(), 2);
        assert_eq!(twice[1].start.0 - twice[0].start.0, 12);
    }

    proptest! {
        #[test]
        fn every_day_agrees_with_the_clock(
            days in 0i32..3000, change in 0usize..3, from in 0u16..=288, to in 0u16..=288, step in 1u32..40,
        ) {
            let day = match change {
                0 => date(2027, 3, 28),
                1 => date(2026, 10, 25),
                _ => date(2024, 1, 1).checked_add(Span::new().days(days)).unwrap(),
            };
            let range = range(from * 5, to * 5);
            let subject = Day::new(day);
            let moments: Vec<_> = subject.moments(range).flat_map(TickRange::ticks).collect();
            prop_assert_eq!(&moments, &shown(day, range));
            let starts: Vec<_> = subject.starts(range, Minutes::from_ticks(step)).collect();
            let expected: Vec<_> = moments
                .into_iter()
                .filter(|tick| {
                    let wall = warsaw().to_datetime(tick.time().timestamp());
                    let minute = wall.hour() as u32 * 60 + wall.minute() as u32;
                    (minute - u32::from(range.from.get())).is_multiple_of(step * 5)
                })
                .collect();
            prop_assert_eq!(starts, expected);
        }
    }
}
