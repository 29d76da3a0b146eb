//! Calendar entries (RFC 5545) for invitations (iTIP, RFC 5546): what Outlook, Google and
//! Thunderbird need to put a meeting into the calendar, to move it, and to take it out again. And
//! feeds: calendars that a program reads from an address from time to time.
//!
//! Written here rather than by the `icalendar` crate: that one puts DTSTAMP and UID into VTIMEZONE,
//! where RFC 5545 forbids them, and reads the clock. The tests read everything back with its parser.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use szpon_protocol::Time;

use super::CalendarMethod as Method;

/// The time zone of the Polish administration.
pub const ZONE: &str = "Europe/Warsaw";

/// Longest content line in octets, without its line break (RFC 5545, section 3.1).
const LINE_MAX_OCTETS: usize = 75;

/// Somebody named in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    pub name: String,
    pub email: String,
}

/// One meeting for one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same for every receiver and every change of one meeting.
    pub uid: String,
    /// Grows with every change; the higher one wins.
    pub sequence: i64,
    pub organizer: Party,
    pub attendee: Party,
    pub summary: String,
    pub description: String,
    /// Where it takes place.
    pub location: String,
    /// The receiver's own way in; empty when there is none.
    pub url: String,
    pub starts_at: Time,
    pub ends_at: Time,
    pub changed_at: Time,
}

/// `Europe/Warsaw`, from the bundled time zone database.
pub fn zone() -> TimeZone {
    // The database is compiled in; UTC stands for a build without it, which the tests would see.
    TimeZone::get(ZONE).unwrap_or(TimeZone::UTC)
}

/// The whole `text/calendar` document, with CRLF line ends.
pub fn document(entry: &Entry, method: Method, now: Time) -> String {
    let mut out = calendar();
    out.line(&format!("METHOD:{}", method.as_str()));
    warsaw(&mut out);
    out.line("BEGIN:VEVENT");
    facts(&mut out, entry, now);
    let organizer = &entry.organizer;
    out.line(&format!("ORGANIZER;CN={}:{}", parameter(&organizer.name), mailto(&organizer.email)));
    let attendee = &entry.attendee;
    out.line(&format!(
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP={};CN={}:{}",
        if method == Method::Request { "TRUE" } else { "FALSE" },
        parameter(&attendee.name),
        mailto(&attendee.email),
    ));
    let status = match method {
        Method::Request => "CONFIRMED",
        Method::Cancel => "CANCELLED",
    };
    out.line(&format!("STATUS:{status}"));
    out.line("TRANSP:OPAQUE");
    out.line("CLASS:PRIVATE");
    out.line("END:VEVENT");
    out.line("END:VCALENDAR");
    out.0
}

/// A calendar of many entries called `name`, for a program that reads it every quarter of an hour.
/// Without METHOD it is nobody's invitation, so organizer and attendee stay out.
pub fn feed(name: &str, entries: &[Entry], now: Time) -> String {
    let mut out = calendar();
    out.text("NAME", name);
    out.text("X-WR-CALNAME", name);
    out.line("REFRESH-INTERVAL;VALUE=DURATION:PT15M");
    warsaw(&mut out);
    for entry in entries {
        out.line("BEGIN:VEVENT");
        facts(&mut out, entry, now);
        out.line("STATUS:CONFIRMED");
        out.line("TRANSP:OPAQUE");
        out.line("CLASS:PRIVATE");
        out.line("END:VEVENT");
    }
    out.line("END:VCALENDAR");
    out.0
}

fn calendar() -> Writer {
    let mut out = Writer::default();
    out.line("BEGIN:VCALENDAR");
    out.line("VERSION:2.0");
    out.line("PRODID:-//SZPoN//SZPoN//PL");
    out.line("CALSCALE:GREGORIAN");
    out
}

fn facts(out: &mut Writer, entry: &Entry, now: Time) {
    out.text("UID", &entry.uid);
    out.line(&format!("SEQUENCE:{}", entry.sequence));
    out.line(&format!("DTSTAMP:{}", utc(now.timestamp())));
    out.line(&format!("LAST-MODIFIED:{}", utc(entry.changed_at.timestamp())));
    out.line(&format!("DTSTART{}", local(entry.starts_at)));
    out.line(&format!("DTEND{}", local(entry.ends_at)));
    out.text("SUMMARY", &entry.summary);
    out.text("DESCRIPTION", &entry.description);
    if !entry.location.is_empty() {
        out.text("LOCATION", &entry.location);
    }
    if !entry.url.is_empty() {
        // URI, not TEXT: nothing is escaped in it.
        out.line(&format!("URL:{}", plain(&entry.url)));
    }
}

/// The rules of Polish time since 1996 (Directive 2000/84/EC): forward at 02:00 on the last Sunday
/// of March, back at 03:00 summer time on the last Sunday of October.
fn warsaw(out: &mut Writer) {
    for line in [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Warsaw",
        "BEGIN:DAYLIGHT",
        "DTSTART:19960331T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "TZNAME:CEST",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19961027T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "TZNAME:CET",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "END:STANDARD",
        "END:VTIMEZONE",
    ] {
        out.line(line);
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// `;TZID=Europe/Warsaw:20270601T100000`, or UTC within the hour that comes twice in autumn: RFC 5545,
/// section 3.3.5, has a local time mean the first one there, but ical.js, which Thunderbird uses, reads
/// the second.
fn local(at: Time) -> String {
    let zone = zone();
    let wall: DateTime = zone.to_datetime(at.timestamp());
    if zone.to_ambiguous_zoned(wall).is_ambiguous() {
        format!(":{}", utc(at.timestamp()))
    } else {
        format!(";TZID={ZONE}:{}", wall.strftime("%Y%m%dT%H%M%S"))
    }
}

/// TEXT (RFC 5545, section 3.3.11).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            ';' => escaped.push_str("\\;"),
            ',' => escaped.push_str("\\,"),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A quoted parameter value. It can hold anything but quotes and control characters (RFC 5545,
/// section 3.1), and RFC 6868 isn't understood widely enough to write a quote with.
fn parameter(value: &str) -> String {
    let inner: String = value
        .chars()
        .map(|c| if c == '"' { '\'' } else { c })
        .filter(|c| !c.is_control())
        .collect();
    format!("\"{inner}\"")
}

fn mailto(email: &str) -> String {
    format!("mailto:{}", plain(email))
}

/// A value that may not break out of its line.
fn plain(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).collect()
}

/// The host name of a URL, for the right side of a UID (RFC 5545, section 3.8.4.7).
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => authority.split(':').next(),
    };
    host.filter(|host| !host.is_empty()).unwrap_or("localhost")
}

#[derive(Default)]
struct Writer(String);

impl Writer {
    fn text(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{}", escape(value)));
    }

    /// A content line, folded between characters.
    fn line(&mut self, line: &str) {
        let mut octets = 0;
        for c in line.chars() {
            if octets + c.len_utf8() > LINE_MAX_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(c);
            octets += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use icalendar::{Calendar, CalendarComponent, Component, DatePerhapsTime, parser};
    use proptest::prelude::*;

    use super::*;

    fn entry() -> Entry {
        Entry {
            uid: "0193@urzad.example".into(),
            sequence: 3,
            organizer: Party { name: "Anna Nowak".into(), email: "anna@urzad.example".into() },
            attendee: Party {
                name: "Jan \"J\" Kowalski; syn".into(),
                email: "jan@example.org".into(),
            },
            summary: "Pozwolenie, działka; 12".into(),
            description: "Wiersz pierwszy\nWiersz drugi: zażółć gęślą jaźń, ".repeat(5),
            location: "https://urzad.example/j#AbC_-123".into(),
            url: "https://urzad.example/j#AbC_-123".into(),
            starts_at: at("2027-06-01T08:00:00Z"),
            ends_at: at("2027-06-01T08:30:00Z"),
            changed_at: at("2027-05-20T10:00:00Z"),
        }
    }

    fn at(text: &str) -> Time {
        text.parse::<Timestamp>().unwrap().into()
    }

    fn read(document: &str) -> Calendar {
        let unfolded = parser::unfold(document);
        parser::read_calendar(&unfolded).unwrap().into()
    }

    fn event(calendar: &Calendar) -> &icalendar::Event {
        calendar
            .components
            .iter()
            .find_map(|c| match c {
                CalendarComponent::Event(event) => Some(event),
                _ => None,
            })
            .unwrap()
    }

    fn check_lines(document: &str) {
        assert!(document.ends_with("\r\n"));
        for line in document.split_terminator("\r\n") {
            assert!(line.len() <= 75, "{line:?}");
            assert!(!line.contains(['\r', '\n']), "{line:?}");
            assert!(!line.is_empty());
        }
    }

    #[test]
    fn hosts() {
        assert_eq!(host_of("https://szpon.urzad.example/a"), "szpon.urzad.example");
        assert_eq!(host_of("http://127.0.0.1:8080"), "127.0.0.1");
        assert_eq!(host_of("http://[::1]:8080"), "::1");
        assert_eq!(host_of(""), "localhost");
    }

    #[test]
    fn a_feed_is_a_calendar_without_a_method() {
        let (first, mut second) = (entry(), entry());
        second.uid = "0194@urzad.example".into();
        second.url.clear();
        let feed = feed("Wizyty", &[first, second], at("2027-05-20T10:00:01Z"));
        check_lines(&feed);
        assert!(!feed.contains("METHOD") && !feed.contains("ORGANIZER"));
        let calendar = read(&feed);
        let uids: Vec<_> = calendar
            .components
            .iter()
            .filter_map(|c| match c {
                CalendarComponent::Event(event) => event.get_uid(),
                _ => None,
            })
            .collect();
        assert_eq!(uids, ["0193@urzad.example", "0194@urzad.example"]);
        assert_eq!(feed.matches("\r\nURL:").count(), 1);
    }

    #[test]
    fn a_request_says_everything() {
        let entry = entry();
        let document = document(&entry, Method::Request, at("2027-05-20T10:00:01Z"));
        check_lines(&document);
        let calendar = read(&document);
        assert_eq!(calendar.property_value("METHOD"), Some("REQUEST"));
        assert_eq!(calendar.property_value("VERSION"), Some("2.0"));
        let event = event(&calendar);
        let value = |key| event.property_value(key);
        assert_eq!(value("UID"), Some("0193@urzad.example"));
        assert_eq!(value("SEQUENCE"), Some("3"));
        assert_eq!(value("DTSTAMP"), Some("20270520T100001Z"));
        assert_eq!(value("LAST-MODIFIED"), Some("20270520T100000Z"));
        assert_eq!(value("DTSTART"), Some("20270601T100000"));
        assert_eq!(value("DTEND"), Some("20270601T103000"));
        assert_eq!(value("STATUS"), Some("CONFIRMED"));
        assert_eq!(value("SUMMARY"), Some(&*entry.summary));
        assert_eq!(value("DESCRIPTION"), Some(&*entry.description));
        assert_eq!(value("LOCATION"), Some(&*entry.url));
        assert_eq!(value("URL"), Some(&*entry.url));
        assert_eq!(value("ORGANIZER"), Some("mailto:anna@urzad.example"));
        let zone = &event.properties()["DTSTART"].params()["TZID"];
        assert_eq!(zone.value(), ZONE);
        let attendee = event
            .properties()
            .get("ATTENDEE")
            .or_else(|| event.multi_properties().get("ATTENDEE").and_then(|many| many.first()))
            .unwrap();
        assert_eq!(attendee.value(), "mailto:jan@example.org");
        let parameter = |key: &str| attendee.params()[key].value().trim_matches('"').to_owned();
        assert_eq!(parameter("PARTSTAT"), "NEEDS-ACTION");
        assert_eq!(parameter("RSVP"), "TRUE");
        assert_eq!(parameter("CN"), "Jan 'J' Kowalski; syn");
    }

    #[test]
    fn a_cancellation_names_the_same_meeting() {
        let mut entry = entry();
        entry.sequence = 4;
        let document = document(&entry, Method::Cancel, at("2027-05-21T10:00:00Z"));
        let calendar = read(&document);
        assert_eq!(calendar.property_value("METHOD"), Some("CANCEL"));
        let event = event(&calendar);
        assert_eq!(event.property_value("UID"), Some("0193@urzad.example"));
        assert_eq!(event.property_value("SEQUENCE"), Some("4"));
        assert_eq!(event.property_value("STATUS"), Some("CANCELLED"));
    }

    #[test]
    fn the_time_zone_is_described_as_rfc_5545_allows() {
        let document = document(&entry(), Method::Request, at("2027-05-20T10:00:00Z"));
        let start = document.find("BEGIN:VTIMEZONE").unwrap();
        let end = document.find("END:VTIMEZONE").unwrap();
        let zone = &document[start..end];
        assert!(!zone.contains("DTSTAMP") && !zone.contains("UID"));
        assert!(end < document.find("BEGIN:VEVENT").unwrap());
        assert_eq!(TimeZone::get(ZONE).unwrap().iana_name(), Some(ZONE));
    }

    /// The wall clock and the zone that a calendar reads give the moment that was meant.
    #[test]
    fn clock_changes_are_survived() {
        for (moment, written) in [
            // 28 March 2027: 02:00 becomes 03:00 at 01:00 UTC.
            ("2027-03-28T00:30:00Z", ";TZID=Europe/Warsaw:20270328T013000"),
            ("2027-03-28T00:59:59Z", ";TZID=Europe/Warsaw:20270328T015959"),
            ("2027-03-28T01:00:00Z", ";TZID=Europe/Warsaw:20270328T030000"),
            // 31 October 2027: 03:00 becomes 02:00 at 01:00 UTC.
            ("2027-10-30T23:59:59Z", ";TZID=Europe/Warsaw:20271031T015959"),
            ("2027-10-31T00:30:00Z", ":20271031T003000Z"),
            // 02:30 comes twice.
            ("2027-10-31T01:30:00Z", ":20271031T013000Z"),
            ("2027-10-31T02:00:00Z", ";TZID=Europe/Warsaw:20271031T030000"),
        ] {
            assert_eq!(local(at(moment)), written, "{moment}");
        }
    }

    #[test]
    fn a_meeting_across_the_change_keeps_its_length() {
        let mut entry = entry();
        entry.starts_at = at("2027-10-30T23:30:00Z");
        entry.ends_at = at("2027-10-31T02:30:00Z");
        let document = document(&entry, Method::Request, at("2027-05-20T10:00:00Z"));
        assert!(document.contains("DTSTART;TZID=Europe/Warsaw:20271031T013000\r\n"));
        // Three hours later, though the clock moved by two.
        assert!(document.contains("DTEND;TZID=Europe/Warsaw:20271031T033000\r\n"));
    }

    #[test]
    fn nothing_breaks_out_of_its_line() {
        let mut entry = entry();
        entry.summary = "a\r\nATTENDEE:mailto:x@y\nb".into();
        entry.organizer.name = "x\":mailto:evil@x\r\nX-EVIL:1".into();
        entry.attendee.email = "a@b\r\nX-EVIL:1".into();
        let document = document(&entry, Method::Request, at("2027-05-20T10:00:00Z"));
        check_lines(&document);
        assert!(!document.lines().any(|line| line.starts_with("X-EVIL")));
        assert_eq!(document.matches("\r\nATTENDEE").count(), 1);
    }

    proptest! {
        #[test]
        fn any_text_comes_back(summary in "[^\\p{Cc}]{0,200}", description in "[^\\p{Cc}\r]{0,300}") {
            let mut entry = entry();
            entry.summary = summary;
            entry.description = description;
            let document = document(&entry, Method::Request, at("2027-05-20T10:00:00Z"));
            check_lines(&document);
            let unfolded = document.replace("\r\n ", "");
            let find = |name: &str| unfolded.split("\r\n").find_map(|l| l.strip_prefix(name)).unwrap().to_owned();
            prop_assert_eq!(unescape(&find("SUMMARY:")), entry.summary);
            prop_assert_eq!(unescape(&find("DESCRIPTION:")), entry.description);
        }

        #[test]
        fn every_moment_can_be_read_back(secs in 1_700_000_000i64..2_500_000_000) {
            let moment = Time::from_millis(secs * 1000);
            let written = local(moment);
            let read = match written.strip_prefix(";TZID=Europe/Warsaw:") {
                Some(wall) => {
                    let wall = DateTime::strptime("%Y%m%dT%H%M%S", wall).unwrap();
                    wall.to_zoned(zone()).unwrap().timestamp()
                }
                None => Timestamp::strptime("%Y%m%dT%H%M%S%z", written[1..].replace('Z', "+0000")).unwrap(),
            };
            prop_assert_eq!(Time::from(read), moment);
        }
    }

    fn unescape(text: &str) -> String {
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n') => out.push('\n'),
                    Some(c) => out.push(c),
                    None => {}
                },
                c => out.push(c),
            }
        }
        out
    }

    #[test]
    fn another_reader_sees_the_same_start() {
        let document = document(&entry(), Method::Request, at("2027-05-20T10:00:00Z"));
        let calendar = read(&document);
        let start = event(&calendar).get_start();
        assert!(matches!(start, Some(DatePerhapsTime::DateTime(_))));
    }
}
