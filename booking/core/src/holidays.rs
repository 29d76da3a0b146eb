//! Public holidays of Poland, worked out for any year.
//!
//! True for the years since 1990. Act of 18 January 1951 on non-working days (Dz.U. 1951 nr 4 poz.
//! 28), article 1, as amended: Epiphany since 2011 (Dz.U. 2010 nr 224 poz. 1459), Christmas Eve
//! since 2025 (act of 6 December 2024). Easter by the anonymous Gregorian computus (J. Meeus,
//! Astronomical Algorithms, chapter 8).

use jiff::civil::{Date, Weekday, date};
use serde::{Deserialize, Serialize};

/// A public holiday; on the wire its key, which the client has names for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holiday {
    /// Nowy Rok
    NewYear,
    /// Święto Trzech Króli
    Epiphany,
    /// pierwszy dzień Wielkiej Nocy
    EasterSunday,
    /// drugi dzień Wielkiej Nocy
    EasterMonday,
    /// Święto Państwowe, 1 May
    LabourDay,
    /// Święto Narodowe Trzeciego Maja
    ConstitutionDay,
    /// pierwszy dzień Zielonych Świątek
    Pentecost,
    /// Boże Ciało
    CorpusChristi,
    /// Wniebowzięcie Najświętszej Maryi Panny
    Assumption,
    /// Wszystkich Świętych
    AllSaints,
    /// Narodowe Święto Niepodległości
    IndependenceDay,
    /// Wigilia Bożego Narodzenia
    ChristmasEve,
    /// pierwszy dzień Bożego Narodzenia
    ChristmasDay,
    /// drugi dzień Bożego Narodzenia
    SecondChristmasDay,
}

/// Easter Sunday of `year` in the Gregorian calendar.
pub fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y.rem_euclid(19), y.div_euclid(100), y.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    date(year, (n / 31) as i8, (n % 31 + 1) as i8)
}

/// The public holidays of `year` in order: 13, or 14 since 2025; two may fall on one date.
pub fn of_year(year: i16) -> Vec<(Date, Holiday)> {
    let easter = easter(year);
    let after_easter = |days: i64| easter.saturating_add(jiff::Span::new().days(days));
    let mut all = vec![
        (date(year, 1, 1), Holiday::NewYear),
        (easter, Holiday::EasterSunday),
        (after_easter(1), Holiday::EasterMonday),
        (date(year, 5, 1), Holiday::LabourDay),
        (date(year, 5, 3), Holiday::ConstitutionDay),
        (after_easter(49), Holiday::Pentecost),
        (after_easter(60), Holiday::CorpusChristi),
        (date(year, 8, 15), Holiday::Assumption),
        (date(year, 11, 1), Holiday::AllSaints),
        (date(year, 11, 11), Holiday::IndependenceDay),
        (date(year, 12, 25), Holiday::ChristmasDay),
        (date(year, 12, 26), Holiday::SecondChristmasDay),
    ];
    if year >= 2011 {
        all.push((date(year, 1, 6), Holiday::Epiphany));
    }
    if year >= 2025 {
        all.push((date(year, 12, 24), Holiday::ChristmasEve));
    }
    all.sort_unstable();
    all
}

/// The holiday on `date`, if it is one.
pub fn on(date: Date) -> Option<Holiday> {
    of_year(date.year()).into_iter().find(|&(day, _)| day == date).map(|(_, holiday)| holiday)
}

/// Neither a Saturday or Sunday nor a public holiday.
pub fn is_working_day(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && on(date).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_it_was_and_will_be() {
        for (year, month, day) in [
            (1954, 4, 18),
            (1981, 4, 19),
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2038, 4, 25),
            (2049, 4, 18),
            (2076, 4, 19),
            (2285, 3, 22),
        ] {
            assert_eq!(easter(year), date(year, month, day));
        }
        for year in 1900..2300 {
            let easter = easter(year);
            assert_eq!(easter.weekday(), Weekday::Sunday);
            assert!(date(year, 3, 22) <= easter && easter <= date(year, 4, 25));
        }
    }

    #[test]
    fn the_year_2026_has_fourteen() {
        let dates: Vec<_> =
            of_year(2026).into_iter().map(|(day, _)| (day.month(), day.day())).collect();
        assert_eq!(
            dates,
            [
                (1, 1),
                (1, 6),
                (4, 5),
                (4, 6),
                (5, 1),
                (5, 3),
                (5, 24),
                (6, 4),
                (8, 15),
                (11, 1),
                (11, 11),
                (12, 24),
                (12, 25),
                (12, 26),
            ]
        );
    }

    #[test]
    fn the_act_was_amended() {
        assert_eq!(of_year(2024).len(), 13);
        assert_eq!(of_year(2010).len(), 12);
        assert_eq!(on(date(2024, 12, 24)), None);
        assert_eq!(on(date(2025, 12, 24)), Some(Holiday::ChristmasEve));
        assert_eq!(on(date(2010, 1, 6)), None);
        assert_eq!(on(date(2011, 1, 6)), Some(Holiday::Epiphany));
    }

    #[test]
    fn working_days_are_what_is_left() {
        assert!(!is_working_day(date(2026, 11, 28)));
        assert!(!is_working_day(date(2026, 12, 24)));
        assert!(is_working_day(date(2026, 12, 28)));
        let working = date(2026, 1, 1).series(jiff::Span::new().days(1)).take(365);
        // 365 days, 104 on weekends, 14 holidays of which six on weekends.
        assert_eq!(working.filter(|&day| is_working_day(day)).count(), 365 - 104 - 14 + 6);
    }
}
