//! What officials and the background work ask for: lists, figures, mail, rooms.

use std::collections::HashMap;

use sqlx::{Row, any::AnyRow};
use szpon_booking_core::{self as core, State};
use szpon_kit::{
    db::{
        Conn,
        row::{parsed, time_opt},
    },
    mail::outbox,
};
use szpon_protocol::{AppointmentId, MailId, OfficeId, PersonId, Time, rooms::Delivery};

use super::rows::{decode, read, select, ticks};
use crate::appointments::record::Record;

/// What to look for among an office's appointments.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Those that begin from here …
    pub from: Time,
    /// … until before here.
    pub to: Time,
    pub official: Option<PersonId>,
    pub stranded_only: bool,
}

/// Confirmed appointments and what came of them, except cancelled ones; in order of their start.
pub async fn list(
    conn: &mut Conn,
    office: OfficeId,
    filter: Filter,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    sqlx::query(select(
        "WHERE a.office_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3
             AND (a.official_id = $4 OR $4 = '') AND ($5 = 0 OR a.stranded IS NOT NULL)
             AND a.state NOT IN ('held', 'expired', 'cancelled')
         ORDER BY a.starts_at, a.id LIMIT $6",
    ))
    .bind(office.to_string())
    .bind(filter.from.millis())
    .bind(filter.to.millis())
    .bind(filter.official.map(|id| id.to_string()).unwrap_or_default())
    .bind(i64::from(filter.stranded_only))
    .bind(limit)
    .try_map(read)
    .fetch_all(conn)
    .await
}

/// Who is at the office on this day and hasn't been done with, in the order of their hours.
pub async fn here(
    conn: &mut Conn,
    office: OfficeId,
    date: jiff::civil::Date,
) -> Result<Vec<Record>, sqlx::Error> {
    let from = core::wall::start_of(date);
    sqlx::query(select(
        "WHERE a.office_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3
             AND a.form = 'in_person' AND a.state IN ('arrived', 'in_progress')
         ORDER BY a.starts_at, a.arrived_at, a.id",
    ))
    .bind(office.to_string())
    .bind(from.millis())
    .bind(from.plus_secs(30 * 3600).millis())
    .try_map(read)
    .fetch_all(conn)
    .await
}

/// Confirmed appointments that begin after `now` and until `until`.
pub async fn coming(
    conn: &mut Conn,
    office: OfficeId,
    now: Time,
    until: Time,
) -> Result<Vec<Record>, sqlx::Error> {
    sqlx::query(select(
        "WHERE a.office_id = $1 AND a.state = 'confirmed' AND a.starts_at > $2
             AND a.starts_at <= $3
         ORDER BY a.starts_at, a.id",
    ))
    .bind(office.to_string())
    .bind(now.millis())
    .bind(until.millis())
    .try_map(read)
    .fetch_all(conn)
    .await
}

/// Holds and confirmed appointments that aren't over: what a change of hours may strand.
pub async fn planned(
    conn: &mut Conn,
    office: OfficeId,
    now: Time,
) -> Result<Vec<Record>, sqlx::Error> {
    sqlx::query(select(
        "WHERE a.office_id = $1 AND a.ends_at > $2
             AND (a.state = 'confirmed' OR (a.state = 'held' AND a.hold_expires_at > $2))
         ORDER BY a.starts_at, a.id",
    ))
    .bind(office.to_string())
    .bind(now.millis())
    .try_map(read)
    .fetch_all(conn)
    .await
}

/// What statistics need to know of appointments that begin from `from` until before `to`.
pub async fn facts(
    conn: &mut Conn,
    office: OfficeId,
    from: Time,
    to: Time,
) -> Result<Vec<core::statistics::Fact>, sqlx::Error> {
    sqlx::query(
        "SELECT matter_id, official_id, starts_at, ends_at, state, arrived_at, started_at, ended_at
         FROM booking_appointment
         WHERE office_id = $1 AND starts_at >= $2 AND starts_at < $3
             AND confirmed_at IS NOT NULL",
    )
    .bind(office.to_string())
    .bind(from.millis())
    .bind(to.millis())
    .try_map(|row: AnyRow| {
        let state: String = row.try_get("state")?;
        Ok(core::statistics::Fact {
            matter: parsed(&row, "matter_id")?,
            official: parsed(&row, "official_id")?,
            ticks: ticks(&row, "starts_at", "ends_at")?,
            state: State::parse(&state).ok_or_else(|| decode("a state"))?,
            arrived_at: time_opt(&row, "arrived_at")?,
            started_at: time_opt(&row, "started_at")?,
            ended_at: time_opt(&row, "ended_at")?,
        })
    })
    .fetch_all(conn)
    .await
}

/// What became of the newest mail to the citizen.
pub async fn delivery(conn: &mut Conn, record: &Record) -> Result<Option<Delivery>, sqlx::Error> {
    match record.mail {
        Some(mail) => outbox::delivery(conn, mail).await,
        None => Ok(None),
    }
}

/// What became of the newest mail about each of these, by the mail.
pub async fn deliveries(
    conn: &mut Conn,
    records: &[Record],
) -> Result<HashMap<MailId, Delivery>, sqlx::Error> {
    let mut deliveries = HashMap::new();
    let mails: Vec<MailId> = records.iter().filter_map(|record| record.mail).collect();
    // So many per query that limits on parameters are far.
    for chunk in mails.chunks(500) {
        let values: Vec<String> = (1..=chunk.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT id, state, attempts, next_attempt_at, last_error, finished_at FROM mail_outbox
             WHERE id IN ({})",
            values.join(", ")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for mail in chunk {
            query = query.bind(mail.to_string());
        }
        for row in query.fetch_all(&mut *conn).await? {
            deliveries.insert(parsed(&row, "id")?, outbox::delivery_of(&row)?);
        }
    }
    Ok(deliveries)
}

/// Appointments by video of which signalling knows an older version or nothing, until `limit`.
pub async fn rooms_due(conn: &mut Conn, limit: i64) -> Result<Vec<Record>, sqlx::Error> {
    sqlx::query(select(
        "WHERE a.form = 'video' AND a.confirmed_at IS NOT NULL AND a.room_version < a.version
             AND a.erased_at IS NULL
             AND a.state IN ('confirmed', 'arrived', 'cancelled')
         ORDER BY a.changed_at LIMIT $1",
    ))
    .bind(limit)
    .try_map(read)
    .fetch_all(conn)
    .await
}

/// Signalling knows this version.
pub async fn room_done(
    conn: &mut Conn,
    id: AppointmentId,
    version: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE booking_appointment SET room_version = $2 WHERE id = $1 AND room_version < $2",
    )
    .bind(id.to_string())
    .bind(version)
    .execute(conn)
    .await
    .map(drop)
}
