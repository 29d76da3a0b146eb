//! Holds: those that are over, how many somebody may have, and the codes that prove an address.

use std::collections::HashSet;

use sqlx::{Row, any::AnyRow};
use szpon_booking_core::TickRange;
use szpon_kit::db::{
    Conn,
    row::{count, time},
};
use szpon_protocol::{AppointmentId, OfficeId, Time};

use super::rows::{read, select};
use crate::appointments::record::Record;

/// Holds that are over at `now` and in the way of `block`, of any of the office's officials or desks.
pub async fn expired_holds(
    conn: &mut Conn,
    office: OfficeId,
    block: TickRange,
    now: Time,
) -> Result<Vec<Record>, sqlx::Error> {
    sqlx::query(select(
        "WHERE a.office_id = $1 AND a.state = 'held' AND a.hold_expires_at <= $2
             AND a.block_from < $4 AND a.block_to > $3",
    ))
    .bind(office.to_string())
    .bind(now.millis())
    .bind(block.start.time().millis())
    .bind(block.end.time().millis())
    .try_map(read)
    .fetch_all(conn)
    .await
}

/// Holds of all offices that are over at `now`.
pub async fn all_expired_holds(
    conn: &mut Conn,
    now: Time,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    sqlx::query(select(
        "WHERE a.state = 'held' AND a.hold_expires_at <= $1 ORDER BY a.hold_expires_at LIMIT $2",
    ))
    .bind(now.millis())
    .bind(limit)
    .try_map(read)
    .fetch_all(conn)
    .await
}

/// Open appointments of an address: held ones count as soon as the address is known.
pub async fn open_of_email(
    conn: &mut Conn,
    office: OfficeId,
    email_hash: &str,
    now: Time,
) -> Result<i64, sqlx::Error> {
    sqlx::query(
        "SELECT COUNT(*) AS n FROM booking_appointment
         WHERE office_id = $1 AND email_hash = $2 AND ends_at > $3
             AND state IN ('confirmed', 'arrived', 'in_progress')",
    )
    .bind(office.to_string())
    .bind(email_hash.to_owned())
    .bind(now.millis())
    .fetch_one(conn)
    .await?
    .try_get("n")
}

/// Takes one of a network's `cap` places for another hold, until `until`; `draw` says which of the free ones.
/// False when there is none. Somebody who takes the same at the same time makes it a unique violation.
pub async fn take_network_place(
    conn: &mut Conn,
    office: OfficeId,
    network_hash: &str,
    cap: u16,
    until: Time,
    (now, draw): (Time, u64),
) -> Result<bool, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT place, until FROM booking_network WHERE office_id = $1 AND network_hash = $2",
    )
    .bind(office.to_string())
    .bind(network_hash.to_owned())
    .try_map(|row: AnyRow| Ok((row.try_get::<i64, _>("place")?, time(&row, "until")?)))
    .fetch_all(&mut *conn)
    .await?;
    let taken: HashSet<i64> =
        rows.iter().filter(|(_, until)| *until > now).map(|(place, _)| *place).collect();
    let free: Vec<i64> = (0..i64::from(cap)).filter(|place| !taken.contains(place)).collect();
    let Some(count) = u64::try_from(free.len()).ok().filter(|count| *count > 0) else {
        return Ok(false);
    };
    let place = usize::try_from(draw % count).ok().and_then(|at| free.get(at));
    let Some(place) = place else { return Ok(false) };
    sqlx::query(
        "DELETE FROM booking_network
         WHERE office_id = $1 AND network_hash = $2 AND place = $3 AND until <= $4",
    )
    .bind(office.to_string())
    .bind(network_hash.to_owned())
    .bind(*place)
    .bind(now.millis())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO booking_network (office_id, network_hash, place, until)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(office.to_string())
    .bind(network_hash.to_owned())
    .bind(*place)
    .bind(until.millis())
    .execute(conn)
    .await?;
    Ok(true)
}

/// Remembers that a challenge was used. False when it was before.
pub async fn use_challenge(
    conn: &mut Conn,
    hash: &str,
    expires_at: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO booking_proof (challenge_hash, expires_at) VALUES ($1, $2)
         ON CONFLICT (challenge_hash) DO NOTHING",
    )
    .bind(hash.to_owned())
    .bind(expires_at.millis())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A code that was mailed.
#[derive(Debug, Clone)]
pub struct EmailCode {
    pub code_hash: String,
    /// Sealed.
    pub email: String,
    pub expires_at: Time,
    pub attempts: u32,
}

/// A new code takes the place of an earlier one.
pub async fn put_email_code(
    conn: &mut Conn,
    id: AppointmentId,
    code: &EmailCode,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO booking_email_code (appointment_id, code_hash, email, expires_at, attempts)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (appointment_id) DO UPDATE SET code_hash = excluded.code_hash,
             email = excluded.email, expires_at = excluded.expires_at,
             attempts = excluded.attempts",
    )
    .bind(id.to_string())
    .bind(&code.code_hash)
    .bind(&code.email)
    .bind(code.expires_at.millis())
    .bind(i64::from(code.attempts))
    .execute(conn)
    .await
    .map(drop)
}

pub async fn email_code(
    conn: &mut Conn,
    id: AppointmentId,
) -> Result<Option<EmailCode>, sqlx::Error> {
    sqlx::query(
        "SELECT code_hash, email, expires_at, attempts FROM booking_email_code
         WHERE appointment_id = $1",
    )
    .bind(id.to_string())
    .try_map(|row: AnyRow| {
        Ok(EmailCode {
            code_hash: row.try_get("code_hash")?,
            email: row.try_get("email")?,
            expires_at: time(&row, "expires_at")?,
            attempts: count(&row, "attempts")?,
        })
    })
    .fetch_optional(conn)
    .await
}

pub async fn count_attempt(conn: &mut Conn, id: AppointmentId) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE booking_email_code SET attempts = attempts + 1 WHERE appointment_id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

pub async fn delete_email_code(conn: &mut Conn, id: AppointmentId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM booking_email_code WHERE appointment_id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// Forgets challenges and codes that are over.
pub async fn sweep(conn: &mut Conn, now: Time) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM booking_proof WHERE expires_at <= $1",
        "DELETE FROM booking_email_code WHERE expires_at <= $1",
        "DELETE FROM booking_freed WHERE visible_at <= $1",
        "DELETE FROM booking_network WHERE until <= $1",
    ] {
        sqlx::query(sql).bind(now.millis()).execute(&mut *conn).await?;
    }
    Ok(())
}
