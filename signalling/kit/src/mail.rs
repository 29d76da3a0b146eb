//! Mail: messages, the outbox that keeps them until they are delivered, and the ways out.
//!
//! ```ignore
//! let mail = Message { from, to, subject, text, html: None, calendar: None, language };
//! transaction!(db, |conn| {
//!     rooms::insert(conn, &room).await?;
//!     outbox::enqueue(conn, &mail, now).await?;     // sent if and only if the room exists
//!     Ok::<_, Failure>(())
//! })?;
//! mail_worker.wake();                               // or it looks by itself within seconds
//! ```
//!
//! The tables are in [`SCHEMA`]; a service that sends mail has it in its first migration.

mod compose;
mod delivery;
pub mod ical;
pub mod local;
mod message;
pub mod outbox;
mod smtp;
mod span;

pub use compose::{ComposeError, compose};
pub use delivery::{Backoff, Ran, Waker, Worker};
pub use message::{Address, BadAddress, Calendar, CalendarMethod, Message};
pub use smtp::{SmtpError, SmtpSettings, SmtpTransport};
pub use span::{moment, span};

use crate::BoxFuture;
use szpon_protocol::{MailId, Time};

/// The tables of outbox and local mailbox.
pub const SCHEMA: &str = include_str!("mail/schema.sql");

/// Why a mail didn't get out this time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Worth trying again: the server is away, busy, or wants a pause.
    #[error("{0}")]
    Transient(String),
    /// Never going to work: the address does not exist, the message is refused.
    #[error("{0}")]
    Permanent(String),
}

/// A way out for mail.
pub trait Transport: Send + Sync + 'static {
    fn deliver<'a>(
        &'a self,
        id: MailId,
        message: &'a Message,
        now: Time,
    ) -> BoxFuture<'a, Result<(), DeliveryError>>;
}
