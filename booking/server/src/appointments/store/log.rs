//! What happened to appointments.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::{Conn, row::time};
use szpon_protocol::{PersonId, Time, booking::LogEntry};
use uuid::Uuid;

use crate::appointments::record::Record;

/// Writes down what happened.
pub async fn record_event(
    conn: &mut Conn,
    record: &Record,
    event: &str,
    actor: Option<PersonId>,
    details: &serde_json::Value,
    now: Time,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO booking_event (id, at, office_id, appointment_id, event, actor_id, details)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.to_string())
    .bind(now.millis())
    .bind(record.office.to_string())
    .bind(record.id.to_string())
    .bind(event.to_owned())
    .bind(actor.map(|id| id.to_string()))
    .bind(details.to_string())
    .execute(conn)
    .await?;
    Ok(id)
}

/// What happened to an appointment, oldest first.
pub async fn log(conn: &mut Conn, record: &Record) -> Result<Vec<LogEntry>, sqlx::Error> {
    sqlx::query(
        "SELECT e.at, e.event, o.name FROM booking_event e
         LEFT JOIN booking_official o ON o.office_id = e.office_id AND o.person_id = e.actor_id
         WHERE e.office_id = $1 AND e.appointment_id = $2 ORDER BY e.id",
    )
    .bind(record.office.to_string())
    .bind(record.id.to_string())
    .try_map(|row: AnyRow| {
        Ok(LogEntry {
            at: time(&row, "at")?,
            event: row.try_get("event")?,
            by: row.try_get("name")?,
        })
    })
    .fetch_all(conn)
    .await
}
