//! Mail to citizens: codes, confirmations, reminders, changes, cancellations. In the reader's
//! language, as plain text and as simple HTML, with a calendar entry.

mod words;

use std::fmt::Write;

use jiff::civil::Date;
use szpon_kit::mail::{
    Calendar, CalendarMethod as Method, Message,
    ical::{self, Entry, Party},
    moment, span,
};
use szpon_protocol::{
    Time,
    account::Language,
    booking::{Form, Localized},
};

use words::words;

/// Why the mail is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    Confirmed,
    Changed,
    Cancelled,
    Reminder,
}

impl Occasion {
    /// As in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Changed => "changed",
            Self::Cancelled => "cancelled",
            Self::Reminder => "reminder",
        }
    }
}

/// One mail about an appointment.
#[derive(Debug, Clone)]
pub struct Letter {
    pub occasion: Occasion,
    pub language: Language,
    pub to: Party,
    /// Our own address under the office's name.
    pub from: szpon_kit::mail::Address,
    pub office_name: String,
    pub office_address: String,
    pub office_phone: String,
    pub matter: Localized,
    pub documents: Vec<Localized>,
    pub form: Form,
    pub code: String,
    pub official_name: String,
    pub place: Option<String>,
    /// The citizen's phone, for appointments by phone.
    pub phone: String,
    pub interpreter: bool,
    pub starts_at: Time,
    pub ends_at: Time,
    /// Into the room, for appointments by video.
    pub join_url: Option<String>,
    /// To see, move and cancel it.
    pub manage_url: String,
    /// What the office wants to say with it; may be empty.
    pub message: String,
    pub uid: String,
    pub sequence: i64,
    pub changed_at: Time,
}

impl Letter {
    pub fn compose(&self, now: Time) -> Message {
        let words = words(self.language);
        let method = match self.occasion {
            Occasion::Cancelled => Method::Cancel,
            _ => Method::Request,
        };
        let entry = Entry {
            uid: self.uid.clone(),
            sequence: self.sequence,
            organizer: Party { name: self.office_name.clone(), email: self.from.email.clone() },
            attendee: self.to.clone(),
            summary: format!("{}: {}", self.office_name, self.matter()),
            description: self.calendar_text(),
            location: self.location(),
            url: self.join_url.clone().filter(|_| self.is_on()).unwrap_or_default(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            changed_at: self.changed_at,
        };
        Message {
            from: self.from.clone(),
            to: szpon_kit::mail::Address::new(&self.to.name, &self.to.email),
            subject: self.fill(words.subject(self.occasion)),
            text: self.text(),
            html: Some(self.html()),
            calendar: Some(Calendar { method, ics: ical::document(&entry, method, now) }),
            language: self.language,
        }
    }

    fn matter(&self) -> &str {
        self.matter.pick(self.language)
    }

    fn is_on(&self) -> bool {
        self.occasion != Occasion::Cancelled
    }

    fn fill(&self, sentence: &str) -> String {
        fill(
            sentence,
            &[
                ("matter", self.matter()),
                ("office", &self.office_name),
                ("name", &self.to.name),
                ("code", &self.code),
            ],
        )
    }

    /// Where it takes place, on one line.
    fn location(&self) -> String {
        let words = words(self.language);
        match self.form {
            Form::InPerson => match &self.place {
                Some(place) => format!("{place}, {}", self.office_address),
                None => self.office_address.clone(),
            },
            Form::Phone => format!("{} {}", words.by_phone, self.phone),
            Form::Video => words.by_video.to_owned(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let words = words(self.language);
        let mut facts = vec![
            (words.when, span(self.language, self.starts_at, self.ends_at)),
            (words.matter, self.matter().to_owned()),
            (words.place, self.location()),
            (words.official, self.official_name.clone()),
            (words.code, self.code.clone()),
        ];
        if self.is_on() {
            if self.interpreter {
                facts.push((words.interpreter, words.interpreter_ordered.to_owned()));
            }
            if !self.documents.is_empty() {
                let documents: Vec<&str> =
                    self.documents.iter().map(|text| text.pick(self.language)).collect();
                facts.push((words.documents, documents.join("; ")));
            }
        }
        if !self.office_phone.is_empty() {
            facts.push((words.office_phone, self.office_phone.clone()));
        }
        facts
    }

    fn calendar_text(&self) -> String {
        let words = words(self.language);
        let mut text = String::new();
        for (label, value) in self.facts().into_iter().skip(1) {
            let _ = writeln!(text, "{label}: {value}");
        }
        if self.is_on() {
            if let Some(url) = &self.join_url {
                let _ = writeln!(text, "{}: {url}", words.join);
            }
            let _ = writeln!(text, "{}: {}", words.manage, self.manage_url);
        }
        text
    }

    fn text(&self) -> String {
        let words = words(self.language);
        let mut text =
            format!("{}\n\n{}\n", self.fill(words.hello), self.fill(words.intro(self.occasion)));
        if !self.message.is_empty() {
            let _ = write!(text, "\n{}:\n{}\n", words.message, self.message);
        }
        text.push('\n');
        for (label, value) in self.facts() {
            let _ = writeln!(text, "{label}: {value}");
        }
        if self.is_on() {
            if let Some(url) = &self.join_url {
                let _ = write!(text, "\n{}:\n{url}\n{}\n", words.join, words.how);
            }
            let _ = write!(text, "\n{}:\n{}\n{}\n", words.manage, self.manage_url, words.personal);
        }
        let _ = write!(text, "\n{}\n\n-- \n{}\n", words.calendar, self.fill(words.farewell));
        text
    }

    fn html(&self) -> String {
        let words = words(self.language);
        let mut html = head(words.tag, &self.fill(words.subject(self.occasion)));
        paragraph(&mut html, &self.fill(words.hello));
        paragraph(&mut html, &self.fill(words.intro(self.occasion)));
        if !self.message.is_empty() {
            let message = quote(&self.message).replace('\n', "<br>");
            let _ = writeln!(html, "<p><strong>{}</strong><br>{message}</p>", quote(words.message));
        }
        html.push_str("<dl>\n");
        for (label, value) in self.facts() {
            let _ = writeln!(
                html,
                "<dt style=\"font-weight:bold\">{}</dt><dd style=\"margin:0 0 8px\">{}</dd>",
                quote(label),
                quote(&value),
            );
        }
        html.push_str("</dl>\n");
        if self.is_on() {
            if let Some(url) = &self.join_url {
                link(&mut html, words.join, url);
                paragraph(&mut html, words.how);
            }
            link(&mut html, words.manage, &self.manage_url);
            paragraph(&mut html, words.personal);
        }
        paragraph(&mut html, words.calendar);
        html.push_str("<hr>\n");
        paragraph(&mut html, &self.fill(words.farewell));
        html.push_str("</body>\n</html>\n");
        html
    }
}

/// A mail with the code that proves an address.
pub fn code_mail(
    from: szpon_kit::mail::Address,
    email: &str,
    language: Language,
    code: &str,
    minutes: i64,
) -> Message {
    let words = words(language);
    let minutes = minutes.to_string();
    let facts = [("code", code), ("minutes", minutes.as_str())];
    plain(from, "", email, language, (words.code_subject, words.code_text), &facts)
}

/// A short mail without HTML and without an appointment of its own: subject and text, filled with
/// `facts`, the office and the name.
fn plain(
    from: szpon_kit::mail::Address,
    name: &str,
    email: &str,
    language: Language,
    (subject, text): (&str, &str),
    facts: &[(&str, &str)],
) -> Message {
    let known = [("name", name), ("office", from.name.as_str())];
    let facts: Vec<_> = known.into_iter().chain(facts.iter().copied()).collect();
    Message {
        subject: fill(subject, &facts),
        text: fill(text, &facts),
        to: szpon_kit::mail::Address::new(name, email),
        from,
        html: None,
        calendar: None,
        language,
    }
}

/// A slot that somebody who waits is offered.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    pub matter: &'a str,
    pub starts_at: Time,
    pub ends_at: Time,
    pub until: Time,
    pub url: &'a str,
}

/// A mail with an offer of the waiting list.
pub fn offer_mail(
    from: szpon_kit::mail::Address,
    name: &str,
    email: &str,
    language: Language,
    offer: &Offer<'_>,
) -> Message {
    let words = words(language);
    let when = span(language, offer.starts_at, offer.ends_at);
    let until = moment(language, offer.until);
    let facts = [
        ("matter", offer.matter),
        ("when", when.as_str()),
        ("until", until.as_str()),
        ("url", offer.url),
    ];
    plain(from, name, email, language, (words.offer_subject, words.offer_text), &facts)
}

/// A mail that says that somebody is on the waiting list from now on, with the link to their place.
pub fn place_mail(
    from: szpon_kit::mail::Address,
    name: &str,
    email: &str,
    language: Language,
    matter: &str,
    days: (Date, Date),
    url: &str,
) -> Message {
    let words = words(language);
    let day = |date: Date| date.strftime("%d.%m.%Y").to_string();
    let days = match days {
        (first, last) if first == last => day(first),
        (first, last) => format!("{} – {}", day(first), day(last)),
    };
    let facts = [("matter", matter), ("days", days.as_str()), ("url", url)];
    plain(from, name, email, language, (words.place_subject, words.place_text), &facts)
}

/// A mail that says that the office has taken somebody off the waiting list. `message` may be empty.
pub fn removed_mail(
    from: szpon_kit::mail::Address,
    name: &str,
    email: &str,
    language: Language,
    matter: &str,
    message: &str,
) -> Message {
    let words = words(language);
    let message = match message {
        "" => String::new(),
        message => format!("{}:\n{message}\n\n", words.message),
    };
    let facts = [("matter", matter), ("message", message.as_str())];
    plain(from, name, email, language, (words.removed_subject, words.removed_text), &facts)
}

/// Fills `{…}` in, in one pass: what is filled in may itself contain braces.
fn fill(sentence: &str, facts: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((key, after)) = after.split_once('}') else { break };
        filled.push_str(facts.iter().find(|(name, _)| *name == key).map_or("", |(_, text)| text));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn head(language: &str, title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\">\
         <title>{0}</title></head>\n<body style=\"font-family:sans-serif;font-size:16px;\
         line-height:1.5;color:#1b1b1b;background:#ffffff;max-width:40em\">\n\
         <h1 style=\"font-size:22px\">{0}</h1>\n",
        quote(title),
    )
}

fn link(html: &mut String, label: &str, url: &str) {
    let url = quote(url);
    let _ = writeln!(
        html,
        "<p><a href=\"{url}\" style=\"display:inline-block;padding:12px 20px;background:#0b4f9e;\
         color:#ffffff;font-weight:bold\">{}</a></p>\n<p>{url}</p>",
        quote(label),
    );
}

fn paragraph(html: &mut String, text: &str) {
    let _ = writeln!(html, "<p>{}</p>", quote(text));
}

fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => quoted.push_str("&amp;"),
            '<' => quoted.push_str("&lt;"),
            '>' => quoted.push_str("&gt;"),
            '"' => quoted.push_str("&quot;"),
            '\'' => quoted.push_str("&#39;"),
            c => quoted.push(c),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use icalendar::{Calendar, CalendarComponent, Component, parser};

    use super::*;

    fn letter(language: Language, occasion: Occasion) -> Letter {
        Letter {
            occasion,
            language,
            to: Party { name: "Jan Kowalski".into(), email: "jan@example.org".into() },
            from: szpon_kit::mail::Address::new("Urząd Gminy & Miasta", "noreply@urzad.example"),
            office_name: "Urząd Gminy & Miasta".into(),
            office_address: "ul. Rynkowa 1, 00-001 Przykładowo".into(),
            office_phone: "22 000 00 00".into(),
            matter: Localized { pl: "Dowód <osobisty> {office}".into(), ..Localized::default() },
            documents: vec![Localized { pl: "Zdjęcie".into(), ..Localized::default() }],
            form: Form::Video,
            code: "K7M4X".into(),
            official_name: "Anna Nowak".into(),
            place: None,
            phone: String::new(),
            interpreter: true,
            starts_at: Time::from_millis(1_811_836_800_000),
            ends_at: Time::from_millis(1_811_838_600_000),
            join_url: Some("https://urzad.example/j#room".into()),
            manage_url: "https://urzad.example/booking/appointment#secret".into(),
            message: "Przepraszamy\nza zmianę".into(),
            uid: "u@urzad.example".into(),
            sequence: 2,
            changed_at: Time::from_millis(1_811_000_000_000),
        }
    }

    #[test]
    fn every_language_and_occasion_says_what_matters() {
        let occasions =
            [Occasion::Confirmed, Occasion::Changed, Occasion::Cancelled, Occasion::Reminder];
        for language in [Language::Pl, Language::En, Language::Uk] {
            for occasion in occasions {
                let letter = letter(language, occasion);
                let mail = letter.compose(letter.changed_at);
                let on = occasion != Occasion::Cancelled;
                let html = mail.html.unwrap();
                for body in [&mail.text, &html] {
                    assert!(body.contains("Anna Nowak") && body.contains("K7M4X"));
                    assert!(body.contains("2027"));
                    for url in ["https://urzad.example/j#room", "/booking/appointment#secret"] {
                        assert_eq!(body.contains(url), on, "{body}");
                    }
                    assert!(body.contains("Przepraszamy"));
                }
                assert!(mail.text.contains("Dowód <osobisty> {office}"), "filled once");
                assert!(!html.contains("<osobisty>"), "what people typed is text in HTML");
            }
        }
    }

    #[test]
    fn the_waiting_list_writes_in_every_language() {
        let from = || szpon_kit::mail::Address::new("Urząd", "noreply@urzad.example");
        let day = |day| jiff::civil::date(2027, 1, day);
        let mut seen = Vec::new();
        for language in [Language::Pl, Language::En, Language::Uk] {
            let (name, email, matter) = ("Ewa {office}", "ewa@example.org", "Dowód");
            let url = "https://urzad.example/booking/waiting#secret";
            let place = place_mail(from(), name, email, language, matter, (day(18), day(20)), url);
            assert!(place.text.contains(url) && place.text.contains("18.01.2027 – 20.01.2027"));
            let one = place_mail(from(), name, email, language, matter, (day(18), day(18)), url);
            assert!(one.text.contains("18.01.2027\n"));
            let removed = removed_mail(from(), name, email, language, matter, "Już {załatwione}");
            assert!(removed.text.contains("Już {załatwione}\n\n-- "));
            let silent = removed_mail(from(), name, email, language, matter, "");
            assert!(!silent.text.contains(words(language).message));
            for mail in [place, removed] {
                assert!(mail.subject.contains(matter) && mail.text.contains("Ewa {office}"));
                assert!(mail.text.trim_end().ends_with("Urząd."), "{}", mail.text);
                assert!(!seen.contains(&mail.subject));
                seen.push(mail.subject);
            }
        }
    }

    #[test]
    fn the_calendar_entry_follows_the_appointment() {
        for (occasion, method, status) in [
            (Occasion::Reminder, "REQUEST", "CONFIRMED"),
            (Occasion::Changed, "REQUEST", "CONFIRMED"),
            (Occasion::Cancelled, "CANCEL", "CANCELLED"),
        ] {
            let letter = letter(Language::Pl, occasion);
            let calendar = letter.compose(letter.changed_at).calendar.unwrap();
            assert_eq!(calendar.method.as_str(), method);
            let unfolded = parser::unfold(&calendar.ics);
            let read: Calendar = parser::read_calendar(&unfolded).unwrap().into();
            assert_eq!(read.property_value("METHOD"), Some(method));
            let event = read
                .components
                .iter()
                .find_map(|component| match component {
                    CalendarComponent::Event(event) => Some(event),
                    _ => None,
                })
                .unwrap();
            assert_eq!(event.get_uid(), Some("u@urzad.example"));
            assert_eq!(event.property_value("SEQUENCE"), Some("2"));
            assert_eq!(event.property_value("STATUS"), Some(status));
        }
    }

    #[test]
    fn where_depends_on_the_form() {
        let mut letter = letter(Language::Pl, Occasion::Confirmed);
        letter.form = Form::InPerson;
        letter.place = Some("Stanowisko 4".into());
        letter.join_url = None;
        assert_eq!(letter.location(), "Stanowisko 4, ul. Rynkowa 1, 00-001 Przykładowo");
        letter.form = Form::Phone;
        letter.phone = "600 100 200".into();
        assert!(letter.location().ends_with("600 100 200"));
        assert!(!letter.compose(letter.changed_at).text.contains("/j#"));
    }
}
