//! A message as bytes (RFC 5322, MIME).
//!
//! With a calendar entry: `multipart/mixed` of `multipart/alternative` (plain, HTML, calendar) and
//! the entry once more as an attachment. Outlook and Google act on the alternative part, which must
//! name its method (RFC 6047, section 2.4); Thunderbird and phones open the attachment.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::{
    Attachment, MultiPart, SinglePart,
    header::{ContentType, HeaderName, HeaderValue},
};
use szpon_protocol::{MailId, Time, account::Language};

use super::{BadAddress, Message};

/// Why a message can't be put into bytes. Trying again doesn't help.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// Sender or receiver.
    #[error("{0}")]
    Address(#[from] BadAddress),
    /// Something in it can't stand in a mail.
    #[error("the message can't be composed: {0}")]
    Message(#[from] lettre::error::Error),
}

/// The same id gives the same Message-ID, so that a mail that is sent a second time after a crash is
/// recognised.
pub fn compose(id: MailId, message: &Message, now: Time) -> Result<lettre::Message, ComposeError> {
    let from = message.from.mailbox()?;
    let domain = from.email.domain().to_owned();
    let since_epoch = Duration::from_millis(u64::try_from(now.millis()).unwrap_or(0));
    let builder = lettre::Message::builder()
        .from(from)
        .to(message.to.mailbox()?)
        .subject(one_line(&message.subject))
        .date(UNIX_EPOCH + since_epoch)
        .message_id(Some(format!("<{id}@{domain}>")))
        .raw_header(header("Content-Language", language(message.language)))
        // No out-of-office notes to us, please (RFC 3834).
        .raw_header(header("Auto-Submitted", "auto-generated"));

    let plain =
        SinglePart::builder().content_type(ContentType::TEXT_PLAIN).body(message.text.clone());
    let html = message
        .html
        .clone()
        .map(|html| SinglePart::builder().content_type(ContentType::TEXT_HTML).body(html));
    let Some(calendar) = &message.calendar else {
        return Ok(match html {
            None => builder.singlepart(plain)?,
            Some(html) => {
                builder.multipart(MultiPart::alternative().singlepart(plain).singlepart(html))?
            }
        });
    };

    let mut alternative = MultiPart::alternative().singlepart(plain);
    if let Some(html) = html {
        alternative = alternative.singlepart(html);
    }
    let entry_type = format!("text/calendar; method={}; charset=utf-8", calendar.method.as_str());
    alternative = alternative.singlepart(
        SinglePart::builder().content_type(constant_type(&entry_type)).body(calendar.ics.clone()),
    );
    let attachment = Attachment::new("invite.ics".into())
        .body(calendar.ics.clone(), constant_type("application/ics; name=\"invite.ics\""));
    Ok(builder.multipart(MultiPart::mixed().multipart(alternative).singlepart(attachment))?)
}

/// Control characters would end a header, and lettre refuses names with them by a panic.
pub(super) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

/// Types written in this file; a test composes each of them.
fn constant_type(text: &str) -> ContentType {
    ContentType::parse(text).unwrap_or(ContentType::TEXT_PLAIN)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.into())
}

fn language(language: Language) -> &'static str {
    match language {
        Language::Pl => "pl",
        Language::En => "en",
        Language::Uk => "uk",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Address, Calendar, CalendarMethod};

    fn message() -> Message {
        Message {
            from: Address::new("Urząd Miasta", "noreply@urzad.example"),
            to: Address::new("Łucja Żak", "lucja@example.org"),
            subject: "Zaproszenie na spotkanie – środa".into(),
            text: "Dzień dobry".into(),
            html: Some("<p>Dzień dobry</p>".into()),
            calendar: Some(Calendar {
                method: CalendarMethod::Request,
                ics: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n".into(),
            }),
            language: Language::Pl,
        }
    }

    fn raw(message: &Message) -> String {
        let mail = compose(MailId::default(), message, Time::from_millis(0)).unwrap();
        String::from_utf8(mail.formatted()).unwrap()
    }

    #[test]
    fn an_invitation_has_the_parts_that_calendars_look_for() {
        let raw = raw(&message());
        let at = |text: &str| raw.find(text).unwrap_or_else(|| panic!("{text} is not in\n{raw}"));
        assert!(at("multipart/mixed") < at("multipart/alternative"));
        assert!(at("multipart/alternative") < at("text/plain"));
        assert!(at("text/plain") < at("text/html"));
        assert!(at("text/html") < at("text/calendar; method=REQUEST; charset=utf-8"));
        assert!(at("text/calendar") < at("application/ics; name=\"invite.ics\""));
        at("Content-Disposition: attachment; filename=\"invite.ics\"");
        at("Content-Language: pl\r\n");
        at("Auto-Submitted: auto-generated\r\n");
        assert!(raw.is_ascii(), "any server takes it, also without 8BITMIME or SMTPUTF8");
    }

    #[test]
    fn a_cancellation_says_so() {
        let mut message = message();
        message.calendar.as_mut().unwrap().method = CalendarMethod::Cancel;
        message.html = None;
        assert!(raw(&message).contains("text/calendar; method=CANCEL; charset=utf-8"));
    }

    #[test]
    fn the_same_mail_has_the_same_id() {
        let id = MailId::new();
        let compose = |at| compose(id, &message(), Time::from_millis(at)).unwrap().formatted();
        let message_id = |raw: Vec<u8>| {
            let raw = String::from_utf8(raw).unwrap();
            raw.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned()
        };
        assert_eq!(message_id(compose(0)), message_id(compose(5000)));
        assert!(message_id(compose(0)).contains(&format!("{id}@urzad.example")));
    }

    #[test]
    fn nobody_can_write_headers_through_a_field() {
        let mut message = message();
        message.subject = "a\r\nBcc: x@example.org".into();
        message.to.name = "b\r\nBcc: y@example.org\u{7f}\0".into();
        let raw = raw(&message);
        assert!(!raw.lines().any(|line| line.starts_with("Bcc")), "{raw}");
    }

    #[test]
    fn a_bad_address_is_refused() {
        let mut message = message();
        message.to.email = "nobody".into();
        assert!(matches!(
            compose(MailId::new(), &message, Time::from_millis(0)),
            Err(ComposeError::Address(BadAddress))
        ));
    }
}
