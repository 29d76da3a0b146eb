//! Mail about meetings: invited, changed, cancelled. In the reader's language, as plain text and as
//! simple HTML, with a calendar entry.

mod words;

use std::fmt::Write;

use szpon_kit::mail::{
    CalendarMethod as Method,
    ical::{self, Entry, Party},
    span,
};
use szpon_protocol::{Time, account::Language, room::RoomRole};

use words::words;

/// Why the mail is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    Invited,
    Changed,
    Cancelled,
}

impl Occasion {
    pub fn method(self) -> Method {
        match self {
            Self::Invited | Self::Changed => Method::Request,
            Self::Cancelled => Method::Cancel,
        }
    }
}

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub occasion: Occasion,
    pub language: Language,
    pub to: Party,
    pub role: RoomRole,
    /// Comes by a link of their own and has no account.
    pub guest: bool,
    pub office_name: String,
    pub host: Party,
    pub title: String,
    pub description: String,
    pub starts_at: Time,
    pub ends_at: Time,
    /// Their own way in.
    pub url: String,
    pub uid: String,
    pub sequence: i64,
    pub changed_at: Time,
}

/// What the mail consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    pub subject: String,
    pub text: String,
    pub html: String,
    pub calendar: String,
    pub method: Method,
}

impl Invitation {
    pub fn compose(&self, now: Time) -> Composed {
        let method = self.occasion.method();
        let entry = Entry {
            uid: self.uid.clone(),
            sequence: self.sequence,
            organizer: self.host.clone(),
            attendee: self.to.clone(),
            summary: self.title.clone(),
            description: self.calendar_text(),
            location: self.url.clone(),
            url: self.url.clone(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            changed_at: self.changed_at,
        };
        Composed {
            subject: self.fill(words(self.language).subject(self.occasion)),
            text: self.text(),
            html: self.html(),
            calendar: ical::document(&entry, method, now),
            method,
        }
    }

    fn fill(&self, sentence: &str) -> String {
        // One pass over the sentence: what is filled in may itself contain braces.
        let mut filled = String::new();
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((key, after)) = after.split_once('}') else { break };
            filled.push_str(match key {
                "title" => &self.title,
                "office" => &self.office_name,
                "name" => &self.to.name,
                _ => "",
            });
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn hello(&self) -> String {
        let words = words(self.language);
        // Where only the address is known, it isn't a name to greet by.
        let nameless = self.to.name.is_empty() || self.to.name == self.to.email;
        self.fill(if nameless { words.hello_nobody } else { words.hello })
    }

    fn is_on(&self) -> bool {
        self.occasion != Occasion::Cancelled
    }

    fn interprets(&self) -> bool {
        self.role == RoomRole::Interpreter && self.is_on()
    }

    fn how(&self) -> &'static str {
        let words = words(self.language);
        if self.guest { words.how_guest } else { words.how_colleague }
    }

    fn facts(&self) -> Vec<(&'static str, &str)> {
        let words = words(self.language);
        let mut facts = vec![(words.host, self.host.name.as_str())];
        if !self.description.is_empty() {
            facts.push((words.about, &self.description));
        }
        facts
    }

    fn calendar_text(&self) -> String {
        let mut text = String::new();
        if !self.description.is_empty() {
            text.push_str(&self.description);
            text.push_str("\n\n");
        }
        let words = words(self.language);
        if self.is_on() {
            let _ = write!(text, "{}: {}\n\n{}", words.join, self.url, self.how());
            if self.guest {
                let _ = write!(text, "\n{}", words.personal);
            }
        } else {
            text.push_str(&self.fill(words.intro_cancelled));
        }
        text
    }

    fn text(&self) -> String {
        let words = words(self.language);
        let mut text = format!("{}\n\n{}\n", self.hello(), self.fill(words.intro(self.occasion)));
        if self.interprets() {
            let _ = writeln!(text, "{}", words.as_interpreter);
        }
        let when = span(self.language, self.starts_at, self.ends_at);
        let _ = write!(text, "\n{}: {when}\n", words.when);
        for (label, value) in self.facts() {
            let _ = writeln!(text, "{label}: {value}");
        }
        if self.is_on() {
            let _ = write!(text, "\n{}:\n{}\n\n{}\n", words.join, self.url, self.how());
            if self.guest {
                let _ = writeln!(text, "{}", words.personal);
            }
        }
        let _ = write!(text, "\n{}\n\n-- \n{}\n", words.calendar, self.fill(words.farewell));
        text
    }

    fn html(&self) -> String {
        let words = words(self.language);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title>\
             </head>\n<body style=\"font-family:sans-serif;font-size:16px;line-height:1.5;\
             color:#1b1b1b;background:#ffffff;max-width:40em\">\n<h1 style=\"font-size:22px\">{}\
             </h1>\n",
            words.tag,
            quote(&self.fill(words.subject(self.occasion))),
            quote(&self.title),
        );
        paragraph(&mut html, &self.hello());
        paragraph(&mut html, &self.fill(words.intro(self.occasion)));
        if self.interprets() {
            paragraph(&mut html, words.as_interpreter);
        }
        html.push_str("<dl>\n");
        let when = span(self.language, self.starts_at, self.ends_at);
        for (label, value) in std::iter::once((words.when, when.as_str())).chain(self.facts()) {
            let _ = writeln!(
                html,
                "<dt style=\"font-weight:bold\">{}</dt><dd style=\"margin:0 0 8px\">{}</dd>",
                quote(label),
                quote(value).replace('\n', "<br>"),
            );
        }
        html.push_str("</dl>\n");
        if self.is_on() {
            let url = quote(&self.url);
            let _ = writeln!(
                html,
                "<p><a href=\"{url}\" style=\"display:inline-block;padding:12px 20px;\
                 background:#0b4f9e;color:#ffffff;font-weight:bold\">{}</a></p>\n<p>{url}</p>",
                quote(words.join),
            );
            paragraph(&mut html, self.how());
            if self.guest {
                paragraph(&mut html, words.personal);
            }
        }
        paragraph(&mut html, words.calendar);
        html.push_str("<hr>\n");
        paragraph(&mut html, &self.fill(words.farewell));
        html.push_str("</body>\n</html>\n");
        html
    }
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
    use super::*;

    fn invitation(language: Language, occasion: Occasion) -> Invitation {
        Invitation {
            occasion,
            language,
            to: Party { name: "Jan Kowalski".into(), email: "jan@example.org".into() },
            role: RoomRole::Participant,
            guest: true,
            office_name: "Urząd Gminy & Miasta".into(),
            host: Party { name: "Anna Nowak".into(), email: "anna@urzad.example".into() },
            title: "Pozwolenie <na budowę> {office}".into(),
            description: "Proszę o dowód\ni mapę".into(),
            starts_at: Time::from_millis(1_811_836_800_000),
            ends_at: Time::from_millis(1_811_838_600_000),
            url: "https://urzad.example/j#secret".into(),
            uid: "u@urzad.example".into(),
            sequence: 0,
            changed_at: Time::from_millis(1_811_000_000_000),
        }
    }

    #[test]
    fn every_language_and_occasion_says_what_matters() {
        for language in [Language::Pl, Language::En, Language::Uk] {
            for occasion in [Occasion::Invited, Occasion::Changed, Occasion::Cancelled] {
                let invitation = invitation(language, occasion);
                let mail = invitation.compose(invitation.changed_at);
                let on = occasion != Occasion::Cancelled;
                for (body, title) in
                    [(&mail.text, &*invitation.title), (&mail.html, &*quote(&invitation.title))]
                {
                    assert!(body.contains(title), "{body}");
                    assert!(body.contains("Anna Nowak") && body.contains("2027"));
                    assert_eq!(body.contains("https://urzad.example/j#secret"), on, "{body}");
                }
                assert!(mail.subject.contains(&invitation.title), "filled once: {}", mail.subject);
                assert!(!mail.html.contains("<na"), "what people typed is text in HTML");
                assert!(mail.html.contains(&format!("lang=\"{}\"", words(language).tag)));
                assert!(mail.html.contains("dowód<br>i mapę"));
            }
        }
    }

    #[test]
    fn an_interpreter_and_a_colleague_are_told_so() {
        let mut invitation = invitation(Language::En, Occasion::Invited);
        invitation.role = RoomRole::Interpreter;
        invitation.guest = false;
        let mail = invitation.compose(invitation.changed_at);
        assert!(mail.text.contains("You take part as the interpreter."));
        assert!(mail.text.contains("Sign in with your office account"));
        assert!(!mail.text.contains("for you only"));
    }

    #[test]
    fn an_address_is_not_greeted_as_a_name() {
        let mut invitation = invitation(Language::En, Occasion::Invited);
        invitation.to.name = invitation.to.email.clone();
        assert!(invitation.compose(invitation.changed_at).text.starts_with("Hello,\n"));
    }
}
