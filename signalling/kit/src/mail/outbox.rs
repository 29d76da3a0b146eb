//! The outbox: mail that was written in the same transaction as its reason, and waits to get out.
//!
//! A claim goes away when its attempt is settled, so a mail that has failed and is claimed is one that
//! was withdrawn on its way: it is not shown, not tried again, and deleted when its attempt failed.

use std::time::Duration;

use sqlx::{Row, any::AnyRow};
use szpon_protocol::{MailId, Time, operator::OutboxEntry, rooms::Delivery};

use super::{Message, local::mail_id};
use crate::db::Conn;

/// Puts a mail into the outbox. Call it inside the transaction that gives reason to the mail.
pub async fn enqueue(conn: &mut Conn, message: &Message, now: Time) -> Result<MailId, sqlx::Error> {
    let id = MailId::new();
    let body =
        serde_json::to_string(message).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query(
        "INSERT INTO mail_outbox (id, to_address, subject, message, created_at, state, attempts,
             next_attempt_at, claimed_until)
         VALUES ($1, $2, $3, $4, $5, 'pending', 0, $5, 0)",
    )
    .bind(id.to_string())
    .bind(message.to.to_string())
    .bind(&message.subject)
    .bind(body)
    .bind(now.millis())
    .execute(conn)
    .await?;
    Ok(id)
}

/// What became of a mail; `None` when it is unknown or was sent long ago.
pub async fn delivery(conn: &mut Conn, id: MailId) -> Result<Option<Delivery>, sqlx::Error> {
    sqlx::query(
        "SELECT state, attempts, next_attempt_at, last_error, finished_at FROM mail_outbox
         WHERE id = $1",
    )
    .bind(id.to_string())
    .try_map(|row: AnyRow| delivery_of(&row))
    .fetch_optional(conn)
    .await
}

/// From a row with the columns `state`, `attempts`, `next_attempt_at`, `last_error`, `finished_at`,
/// for queries that join the outbox.
pub fn delivery_of(row: &AnyRow) -> Result<Delivery, sqlx::Error> {
    let finished: Option<i64> = row.try_get("finished_at")?;
    let at = Time::from_millis(finished.unwrap_or_default());
    let error: Option<String> = row.try_get("last_error")?;
    Ok(match row.try_get::<String, _>("state")?.as_str() {
        "sent" => Delivery::Sent { at },
        "failed" => Delivery::Failed { at, error: error.unwrap_or_default() },
        _ => Delivery::Pending {
            attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
            next_attempt_at: Time::from_millis(row.try_get("next_attempt_at")?),
            last_error: error,
        },
    })
}

/// Mail that is not out: pending and failed, newest first.
pub async fn list(conn: &mut Conn, limit: i64) -> Result<Vec<OutboxEntry>, sqlx::Error> {
    sqlx::query(
        "SELECT id, to_address, subject, created_at, state, attempts, next_attempt_at, last_error,
             finished_at
         FROM mail_outbox WHERE state = 'pending' OR (state = 'failed' AND claim IS NULL)
         ORDER BY created_at DESC, id DESC LIMIT $1",
    )
    .bind(limit)
    .try_map(|row: AnyRow| {
        Ok(OutboxEntry {
            id: mail_id(&row)?,
            to: row.try_get("to_address")?,
            subject: row.try_get("subject")?,
            created_at: Time::from_millis(row.try_get("created_at")?),
            delivery: delivery_of(&row)?,
        })
    })
    .fetch_all(conn)
    .await
}

/// Makes a pending or failed mail due now, with all attempts before it. False when there is none.
pub async fn retry(conn: &mut Conn, id: MailId, now: Time) -> Result<bool, sqlx::Error> {
    let result = sqlx::query(
        "UPDATE mail_outbox SET state = 'pending', attempts = 0, next_attempt_at = $1,
             finished_at = NULL
         WHERE id = $2 AND (state = 'pending' OR (state = 'failed' AND claim IS NULL))",
    )
    .bind(now.millis())
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(result.rows_affected() > 0)
}

/// Takes a mail back that is not out. For a reason that went away again. False when it is out, or on
/// its way: then it may still arrive, but if this attempt fails there is no other.
pub async fn withdraw(conn: &mut Conn, id: MailId, now: Time) -> Result<bool, sqlx::Error> {
    // First, so that the row is ours and nobody claims or settles it in between.
    sqlx::query("UPDATE mail_outbox SET state = 'failed' WHERE id = $1 AND state = 'pending'")
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    let deleted = sqlx::query(
        "DELETE FROM mail_outbox WHERE id = $1 AND state = 'failed' AND claimed_until <= $2",
    )
    .bind(id.to_string())
    .bind(now.millis())
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected() > 0)
}

/// Forgets what was sent before `before`, and what was withdrawn from a worker that died then.
pub async fn purge(conn: &mut Conn, before: Time) -> Result<u64, sqlx::Error> {
    let result = sqlx::query(
        "DELETE FROM mail_outbox WHERE (state = 'sent' AND finished_at < $1)
             OR (state = 'failed' AND claim IS NOT NULL AND claimed_until < $1)",
    )
    .bind(before.millis())
    .execute(conn)
    .await?;
    Ok(result.rows_affected())
}

/// How many wait and how many failed, for metrics.
pub async fn counts(conn: &mut Conn) -> Result<(i64, i64), sqlx::Error> {
    let mut counts = (0, 0);
    let rows = sqlx::query(
        "SELECT state, COUNT(*) AS n FROM mail_outbox
         WHERE state = 'pending' OR (state = 'failed' AND claim IS NULL) GROUP BY state",
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let n: i64 = row.try_get("n")?;
        if row.try_get::<String, _>("state")? == "failed" { counts.1 = n } else { counts.0 = n }
    }
    Ok(counts)
}

/// A mail that this worker alone delivers until its claim runs out.
pub(super) struct Claimed {
    pub id: MailId,
    pub message: Message,
    /// How often it was tried, this time included.
    pub attempt: u32,
}

/// Ids of mail that is due and that nobody is delivering.
pub(super) async fn due(
    conn: &mut Conn,
    now: Time,
    limit: i64,
) -> Result<Vec<MailId>, sqlx::Error> {
    sqlx::query(
        "SELECT id FROM mail_outbox
         WHERE state = 'pending' AND next_attempt_at <= $1 AND claimed_until <= $1
         ORDER BY next_attempt_at, id LIMIT $2",
    )
    .bind(now.millis())
    .bind(limit)
    .try_map(|row: AnyRow| mail_id(&row))
    .fetch_all(conn)
    .await
}

/// Takes a due mail, unless somebody else was faster. The attempt counts from here, so that a mail
/// that kills its worker does not do so for ever.
pub(super) async fn claim(
    conn: &mut Conn,
    id: MailId,
    claim: &str,
    now: Time,
    lease: Duration,
) -> Result<Option<Claimed>, sqlx::Error> {
    let taken = sqlx::query(
        "UPDATE mail_outbox SET claim = $1, claimed_until = $2, attempts = attempts + 1
         WHERE id = $3 AND state = 'pending' AND next_attempt_at <= $4 AND claimed_until <= $4",
    )
    .bind(claim)
    .bind(until(now, lease))
    .bind(id.to_string())
    .bind(now.millis())
    .execute(&mut *conn)
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(None);
    }
    let row = sqlx::query("SELECT message, attempts FROM mail_outbox WHERE id = $1")
        .bind(id.to_string())
        .fetch_one(conn)
        .await?;
    let message: String = row.try_get("message")?;
    let message =
        serde_json::from_str(&message).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let attempt = u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX);
    Ok(Some(Claimed { id, message, attempt }))
}

/// Keeps a mail claimed for another `lease`. Does nothing when the claim ran out and somebody else
/// has the mail now.
pub(super) async fn renew(
    conn: &mut Conn,
    id: MailId,
    claim: &str,
    now: Time,
    lease: Duration,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE mail_outbox SET claimed_until = $1 WHERE id = $2 AND claim = $3")
        .bind(until(now, lease))
        .bind(id.to_string())
        .bind(claim)
        .execute(conn)
        .await
        .map(drop)
}

/// Milliseconds at the end of a claim.
fn until(now: Time, lease: Duration) -> i64 {
    now.plus_millis(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)).millis()
}

/// What to write down after an attempt.
#[derive(Clone, Copy)]
pub(super) enum Outcome<'a> {
    Sent,
    Failed { error: &'a str },
    Again { at: Time, error: &'a str },
}

/// Ends a claim. Does nothing when it ran out and somebody else has the mail now.
pub(super) async fn settle(
    conn: &mut Conn,
    id: MailId,
    claim: &str,
    outcome: Outcome<'_>,
    now: Time,
) -> Result<(), sqlx::Error> {
    let (state, at, error) = match outcome {
        Outcome::Sent => ("sent", now, None),
        Outcome::Failed { error } => ("failed", now, Some(error)),
        Outcome::Again { at, error } => ("pending", at, Some(error)),
    };
    if state != "sent" {
        let withdrawn = sqlx::query(
            "DELETE FROM mail_outbox WHERE id = $1 AND claim = $2 AND state = 'failed'",
        )
        .bind(id.to_string())
        .bind(claim)
        .execute(&mut *conn)
        .await?;
        if withdrawn.rows_affected() > 0 {
            return Ok(());
        }
    }
    let finished = (state != "pending").then_some(at.millis());
    sqlx::query(
        "UPDATE mail_outbox SET state = $1, next_attempt_at = $2, last_error = $3,
             finished_at = $4, claim = NULL, claimed_until = 0,
             message = CASE WHEN $1 = 'sent' THEN '' ELSE message END
         WHERE id = $5 AND claim = $6",
    )
    .bind(state)
    .bind(at.millis())
    .bind(error.map(ToOwned::to_owned))
    .bind(finished)
    .bind(id.to_string())
    .bind(claim)
    .execute(conn)
    .await
    .map(drop)
}
