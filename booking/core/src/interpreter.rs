//! A Polish sign-language interpreter can be had when asked for at least three working days ahead.
//!
//! Act of 19 August 2011 on sign language and other means of communication (Dz.U. 2011 nr 209
//! poz. 1243), article 12: the wish is told "at least 3 working days before".

use jiff::{ToSpan, civil::Date};
use szpon_protocol::Time;

use crate::{holidays::is_working_day, wall};

/// Working days from the day of asking, which counts if it is one, to before the day of the
/// meeting.
pub const WORKING_DAYS: u32 = 3;

/// The first date of a meeting whose interpreter is asked for on `asked`: the third working day
/// before it is `asked` or later.
pub fn earliest_date(asked: Date) -> Date {
    let mut left = WORKING_DAYS;
    let mut date = asked;
    while left > 0 {
        left -= u32::from(is_working_day(date));
        date = date.saturating_add(1.day());
    }
    date
}

/// The first moment that a meeting with an interpreter may begin when it is asked for at `now`.
pub fn earliest(now: Time) -> Time {
    wall::start_of(earliest_date(wall::date_of(now)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn working_days_are_counted() {
        for (asked, first) in [
            // Monday → Thursday.
            (date(2026, 11, 23), date(2026, 11, 26)),
            // Friday → Wednesday.
            (date(2026, 11, 27), date(2026, 12, 2)),
            // Saturday and Sunday are no working days → Thursday.
            (date(2026, 11, 28), date(2026, 12, 3)),
            (date(2026, 11, 29), date(2026, 12, 3)),
            // Over Christmas Eve, a Thursday, and both days after it: 23, 28, 29 December.
            (date(2026, 12, 23), date(2026, 12, 30)),
            // Over New Year: 30, 31 December, 4 January.
            (date(2026, 12, 30), date(2027, 1, 5)),
            // Over Epiphany: 5, 7, 8 January; a Saturday is as good as any day for the meeting
            // itself.
            (date(2027, 1, 5), date(2027, 1, 9)),
        ] {
            assert_eq!(earliest_date(asked), first, "asked on {asked}");
        }
    }

    #[test]
    fn it_is_midnight_in_poland_on_either_side_of_a_clock_change() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().into();
        // 23:30 on Thursday in Warsaw, summer time; the change is on Sunday.
        assert_eq!(earliest(at("2026-10-22T21:30:00Z")), at("2026-10-26T23:00:00Z"));
        // Half an hour later it is Friday.
        assert_eq!(earliest(at("2026-10-22T22:00:00Z")), at("2026-10-27T23:00:00Z"));
    }
}
