//! How a mail says when something is, in the language of its reader.

use jiff::{
    Zoned,
    civil::{Date, Weekday},
};
use szpon_protocol::{Time, account::Language};

use super::ical::zone;

/// “Tuesday, 1 June 2027, 10:00–10:30 (Polish time)” in the language of the reader.
pub fn span(language: Language, starts_at: Time, ends_at: Time) -> String {
    let start = starts_at.timestamp().to_zoned(zone());
    let end = ends_at.timestamp().to_zoned(zone());
    let until = if start.date() == end.date() {
        clock(&end)
    } else {
        format!("{}, {}", day(language, end.date()), clock(&end))
    };
    let day = day(language, start.date());
    let from = clock(&start);
    match language {
        Language::Pl => format!("{day}, godz. {from}–{until} (czas polski)"),
        Language::En => format!("{day}, {from}–{until} (Polish time)"),
        Language::Uk => format!("{day}, {from}–{until} (за польським часом)"),
    }
}

/// “Tuesday, 1 June 2027, 10:00 (Polish time)” in the language of the reader.
pub fn moment(language: Language, at: Time) -> String {
    let at = at.timestamp().to_zoned(zone());
    let (day, at) = (day(language, at.date()), clock(&at));
    match language {
        Language::Pl => format!("{day}, godz. {at} (czas polski)"),
        Language::En => format!("{day}, {at} (Polish time)"),
        Language::Uk => format!("{day}, {at} (за польським часом)"),
    }
}

fn clock(at: &Zoned) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

fn day(language: Language, date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    };
    let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    let (weekdays, months, suffix) = match language {
        Language::Pl => (&WEEKDAYS_PL, &MONTHS_PL, ""),
        Language::En => (&WEEKDAYS_EN, &MONTHS_EN, ""),
        Language::Uk => (&WEEKDAYS_UK, &MONTHS_UK, " р."),
    };
    let (weekday, month) = (weekdays[weekday], months.get(month).copied().unwrap_or_default());
    format!("{weekday}, {} {month} {}{suffix}", date.day(), date.year())
}

static WEEKDAYS_PL: [&str; 7] =
    ["poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela"];
static WEEKDAYS_EN: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
static WEEKDAYS_UK: [&str; 7] =
    ["понеділок", "вівторок", "середа", "четвер", "п’ятниця", "субота", "неділя"];
// In the genitive, as a date is said.
static MONTHS_PL: [&str; 12] = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
];
static MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
static MONTHS_UK: [&str; 12] = [
    "січня",
    "лютого",
    "березня",
    "квітня",
    "травня",
    "червня",
    "липня",
    "серпня",
    "вересня",
    "жовтня",
    "листопада",
    "грудня",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    #[test]
    fn dates_are_said_in_each_language() {
        let (start, end) = (at("2027-10-31T09:00:00Z"), at("2027-10-31T09:30:00Z"));
        assert_eq!(
            span(Language::Pl, start, end),
            "niedziela, 31 października 2027, godz. 10:00–10:30 (czas polski)"
        );
        assert_eq!(
            span(Language::En, start, end),
            "Sunday, 31 October 2027, 10:00–10:30 (Polish time)"
        );
        assert_eq!(
            span(Language::Uk, start, end),
            "неділя, 31 жовтня 2027 р., 10:00–10:30 (за польським часом)"
        );
    }

    #[test]
    fn summer_and_midnight() {
        let (start, end) = (at("2027-07-01T21:30:00Z"), at("2027-07-01T22:30:00Z"));
        assert_eq!(
            span(Language::En, start, end),
            "Thursday, 1 July 2027, 23:30–Friday, 2 July 2027, 00:30 (Polish time)"
        );
    }
}
