//! Subscriptions, and events that have still to be told.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::{
    Conn,
    row::{count, parsed, parsed_opt, time},
};
use szpon_protocol::{
    OfficeId, Time, WebhookId,
    booking::{AppointmentEvent, Webhook},
};
use uuid::Uuid;

/// Has every webhook of the office told of an event. Call it in the event's transaction.
pub async fn enqueue(
    conn: &mut Conn,
    office: OfficeId,
    event: Uuid,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO booking_delivery (webhook_id, event_id, state, attempts, next_attempt_at)
         SELECT id, $2, 'pending', 0, $3 FROM booking_webhook WHERE office_id = $1",
    )
    .bind(office.to_string())
    .bind(event.to_string())
    .bind(now.millis())
    .execute(conn)
    .await
    .map(drop)
}

pub async fn insert(
    conn: &mut Conn,
    office: OfficeId,
    id: WebhookId,
    url: &str,
    secret: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO booking_webhook (id, office_id, url, secret, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.to_string())
    .bind(office.to_string())
    .bind(url.to_owned())
    .bind(secret.to_owned())
    .bind(now.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Webhooks of an office, oldest first, with what became of their events.
pub async fn list(conn: &mut Conn, office: OfficeId) -> Result<Vec<Webhook>, sqlx::Error> {
    sqlx::query(
        "SELECT w.id, w.url, w.created_at,
             (SELECT COUNT(*) FROM booking_delivery d
              WHERE d.webhook_id = w.id AND d.state = 'pending') AS pending,
             (SELECT COUNT(*) FROM booking_delivery d
              WHERE d.webhook_id = w.id AND d.state = 'failed') AS failed,
             (SELECT d.last_error FROM booking_delivery d
              WHERE d.webhook_id = w.id AND d.last_error IS NOT NULL
              ORDER BY d.next_attempt_at DESC, d.event_id DESC LIMIT 1) AS last_error
         FROM booking_webhook w WHERE w.office_id = $1 ORDER BY w.id",
    )
    .bind(office.to_string())
    .try_map(|row: AnyRow| {
        Ok(Webhook {
            id: parsed(&row, "id")?,
            url: row.try_get("url")?,
            created_at: time(&row, "created_at")?,
            pending: count(&row, "pending")?,
            failed: count(&row, "failed")?,
            last_error: row.try_get("last_error")?,
        })
    })
    .fetch_all(conn)
    .await
}

/// False when the office has none.
pub async fn delete(conn: &mut Conn, office: OfficeId, id: WebhookId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM booking_webhook WHERE office_id = $1 AND id = $2")
        .bind(office.to_string())
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() > 0)
}

fn read_event(row: &AnyRow) -> Result<AppointmentEvent, sqlx::Error> {
    let details: String = row.try_get("details")?;
    Ok(AppointmentEvent {
        id: parsed(row, "id")?,
        at: time(row, "at")?,
        event: row.try_get("event")?,
        appointment: parsed(row, "appointment_id")?,
        by: parsed_opt(row, "actor_id")?,
        data: serde_json::from_str(&details).map_err(|error| sqlx::Error::Decode(error.into()))?,
    })
}

/// Whether an office has events without a number.
pub async fn any_unnumbered(conn: &mut Conn, office: OfficeId) -> Result<bool, sqlx::Error> {
    sqlx::query("SELECT 1 FROM booking_event WHERE office_id = $1 AND number IS NULL LIMIT 1")
        .bind(office.to_string())
        .fetch_optional(conn)
        .await
        .map(|row| row.is_some())
}

/// Numbers the events that are there and have none, in the order of their ids. What commits later gets
/// higher numbers, whatever its id.
pub async fn number_events(conn: &mut Conn, office: OfficeId) -> Result<(), sqlx::Error> {
    // One after the other: the second waits here for the first, and begins anew.
    sqlx::query(
        "INSERT INTO booking_event_order (office_id, last) VALUES ($1, 0)
         ON CONFLICT (office_id) DO UPDATE SET last = booking_event_order.last",
    )
    .bind(office.to_string())
    .execute(&mut *conn)
    .await?;
    let numbered = sqlx::query(
        "UPDATE booking_event SET number = n.number
         FROM (SELECT e.id, o.last + ROW_NUMBER() OVER (ORDER BY e.id) AS number
               FROM booking_event e JOIN booking_event_order o ON o.office_id = e.office_id
               WHERE e.office_id = $1 AND e.number IS NULL) AS n
         WHERE booking_event.id = n.id",
    )
    .bind(office.to_string())
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE booking_event_order SET last = last + $2 WHERE office_id = $1")
        .bind(office.to_string())
        .bind(i64::try_from(numbered.rows_affected()).unwrap_or(i64::MAX))
        .execute(conn)
        .await
        .map(drop)
}

/// The number of an event that was read before; none when the office has no such event.
pub async fn number_of(
    conn: &mut Conn,
    office: OfficeId,
    event: Uuid,
) -> Result<Option<i64>, sqlx::Error> {
    let row = sqlx::query("SELECT number FROM booking_event WHERE office_id = $1 AND id = $2")
        .bind(office.to_string())
        .bind(event.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get::<Option<i64>, _>("number")).transpose()?.flatten())
}

/// Events of an office with numbers after `after`, in the order of their numbers.
pub async fn events(
    conn: &mut Conn,
    office: OfficeId,
    after: i64,
    limit: i64,
) -> Result<Vec<AppointmentEvent>, sqlx::Error> {
    sqlx::query(
        "SELECT id, at, event, appointment_id, actor_id, details FROM booking_event
         WHERE office_id = $1 AND number > $2 ORDER BY number LIMIT $3",
    )
    .bind(office.to_string())
    .bind(after)
    .bind(limit)
    .try_map(|row: AnyRow| read_event(&row))
    .fetch_all(conn)
    .await
}

/// A call that is due.
#[derive(Debug, Clone)]
pub struct Due {
    pub webhook: WebhookId,
    pub url: String,
    /// Sealed.
    pub secret: String,
    pub event: AppointmentEvent,
    pub attempts: u32,
}

/// Calls that are due, oldest first.
pub async fn due(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query(
        "SELECT d.webhook_id, d.attempts, w.url, w.secret, e.id, e.at, e.event, e.appointment_id,
             e.actor_id, e.details
         FROM booking_delivery d JOIN booking_webhook w ON w.id = d.webhook_id
             JOIN booking_event e ON e.id = d.event_id
         WHERE d.state = 'pending' AND d.next_attempt_at <= $1
         ORDER BY d.next_attempt_at, d.event_id LIMIT $2",
    )
    .bind(now.millis())
    .bind(limit)
    .try_map(|row: AnyRow| {
        Ok(Due {
            webhook: parsed(&row, "webhook_id")?,
            url: row.try_get("url")?,
            secret: row.try_get("secret")?,
            event: read_event(&row)?,
            attempts: count(&row, "attempts")?,
        })
    })
    .fetch_all(conn)
    .await
}

/// Takes a call that is due, until `until`: nobody else makes it meanwhile, and if this process dies it
/// is made again then. False when somebody else was faster.
pub async fn take(conn: &mut Conn, due: &Due, now: Time, until: Time) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE booking_delivery SET attempts = attempts + 1, next_attempt_at = $4
         WHERE webhook_id = $1 AND event_id = $2 AND state = 'pending' AND next_attempt_at <= $3
             AND attempts = $5",
    )
    .bind(due.webhook.to_string())
    .bind(due.event.id.to_string())
    .bind(now.millis())
    .bind(until.millis())
    .bind(i64::from(due.attempts))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What became of a call.
pub async fn settle(
    conn: &mut Conn,
    due: &Due,
    state: &str,
    next: Time,
    error: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE booking_delivery SET state = $3, next_attempt_at = $4, last_error = $5
         WHERE webhook_id = $1 AND event_id = $2",
    )
    .bind(due.webhook.to_string())
    .bind(due.event.id.to_string())
    .bind(state.to_owned())
    .bind(next.millis())
    .bind(error.map(ToOwned::to_owned))
    .execute(conn)
    .await
    .map(drop)
}
