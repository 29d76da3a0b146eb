//! A mail before it is put into bytes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use szpon_protocol::account::Language;

/// Not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct BadAddress;

/// A name (may be empty) and an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub name: String,
    pub email: String,
}

impl Address {
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Self {
        Self { name: name.into(), email: email.into() }
    }

    pub(super) fn mailbox(&self) -> Result<lettre::message::Mailbox, BadAddress> {
        let email = self.email.parse().map_err(|_| BadAddress)?;
        let name = super::compose::one_line(&self.name);
        Ok(lettre::message::Mailbox::new((!name.is_empty()).then_some(name), email))
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    /// `a@b.example` or `Some Name <a@b.example>`.
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let mailbox: lettre::message::Mailbox = text.parse().map_err(|_| BadAddress)?;
        Ok(Self::new(mailbox.name.unwrap_or_default(), mailbox.email.to_string()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            f.write_str(&self.email)
        } else {
            write!(f, "{} <{}>", self.name, self.email)
        }
    }
}

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub from: Address,
    pub to: Address,
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub calendar: Option<Calendar>,
    /// Goes out as `Content-Language`; screen readers choose the voice by it.
    pub language: Language,
}

/// A calendar entry that the reader's program acts on (iMIP, RFC 6047).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// The same as METHOD in `ics`.
    pub method: CalendarMethod,
    /// The iCalendar object (RFC 5545).
    pub ics: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarMethod {
    Request,
    Cancel,
}

impl CalendarMethod {
    /// As RFC 5546 spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}
