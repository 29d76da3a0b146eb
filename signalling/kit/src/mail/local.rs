//! The local mailbox: where mail goes on a machine without SMTP, for the operator to read.

use sqlx::{Row, any::AnyRow};
use szpon_protocol::{
    MailId, Time,
    operator::{MailContent, MailSummary},
};

use super::{DeliveryError, Message, Transport, compose};
use crate::{
    BoxFuture,
    db::{Conn, Db, is_unique_violation},
    transaction,
};

/// Delivers into the database.
#[derive(Debug, Clone)]
pub struct LocalMailbox(Db);

impl LocalMailbox {
    pub fn new(db: Db) -> Self {
        Self(db)
    }
}

impl Transport for LocalMailbox {
    fn deliver<'a>(
        &'a self,
        id: MailId,
        message: &'a Message,
        now: Time,
    ) -> BoxFuture<'a, Result<(), DeliveryError>> {
        Box::pin(async move {
            let mail = compose(id, message, now)
                .map_err(|error| DeliveryError::Permanent(error.to_string()))?;
            let raw = String::from_utf8_lossy(&mail.formatted()).into_owned();
            let stored =
                transaction!(self.0, |conn| { insert(conn, id, message, &raw, now).await });
            match stored {
                // It came through before a crash could be noted.
                Err(error) if is_unique_violation(&error) => Ok(()),
                Err(error) => Err(DeliveryError::Transient(error.to_string())),
                Ok(()) => Ok(()),
            }
        })
    }
}

async fn insert(
    conn: &mut Conn,
    id: MailId,
    message: &Message,
    raw: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO local_mailbox (id, from_address, to_address, subject, at, text, calendar, raw)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.to_string())
    .bind(message.from.to_string())
    .bind(message.to.to_string())
    .bind(&message.subject)
    .bind(now.millis())
    .bind(&message.text)
    .bind(message.calendar.as_ref().map(|calendar| calendar.ics.clone()))
    .bind(raw)
    .execute(conn)
    .await
    .map(drop)
}

/// Newest first.
pub async fn list(conn: &mut Conn, limit: i64) -> Result<Vec<MailSummary>, sqlx::Error> {
    sqlx::query(
        "SELECT id, to_address, subject, at FROM local_mailbox ORDER BY at DESC, id DESC LIMIT $1",
    )
    .bind(limit)
    .try_map(|row: AnyRow| {
        Ok(MailSummary {
            id: mail_id(&row)?,
            to: row.try_get("to_address")?,
            subject: row.try_get("subject")?,
            at: Time::from_millis(row.try_get("at")?),
        })
    })
    .fetch_all(conn)
    .await
}

pub async fn find(conn: &mut Conn, id: MailId) -> Result<Option<MailContent>, sqlx::Error> {
    sqlx::query(
        "SELECT id, from_address, to_address, subject, at, text, calendar FROM local_mailbox
         WHERE id = $1",
    )
    .bind(id.to_string())
    .try_map(|row: AnyRow| {
        Ok(MailContent {
            id: mail_id(&row)?,
            from: row.try_get("from_address")?,
            to: row.try_get("to_address")?,
            subject: row.try_get("subject")?,
            at: Time::from_millis(row.try_get("at")?),
            text: row.try_get("text")?,
            calendar: row.try_get("calendar")?,
        })
    })
    .fetch_optional(conn)
    .await
}

/// The mail as it would have gone out (RFC 5322).
pub async fn raw(conn: &mut Conn, id: MailId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query("SELECT raw FROM local_mailbox WHERE id = $1")
        .bind(id.to_string())
        .try_map(|row: AnyRow| row.try_get("raw"))
        .fetch_optional(conn)
        .await
}

/// Forgets mail from before `before`.
pub async fn purge(conn: &mut Conn, before: Time) -> Result<u64, sqlx::Error> {
    let result = sqlx::query("DELETE FROM local_mailbox WHERE at < $1")
        .bind(before.millis())
        .execute(conn)
        .await?;
    Ok(result.rows_affected())
}

pub(super) fn mail_id(row: &AnyRow) -> Result<MailId, sqlx::Error> {
    let id: String = row.try_get("id")?;
    id.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
