//! Forgetting people. What is left of an appointment is what statistics need.

use sqlx::any::AnyRow;
use szpon_kit::db::{Conn, row::parsed};
use szpon_protocol::{AppointmentId, OfficeId, Time};

use crate::mails;

/// Appointments of an address, oldest first.
pub async fn of_email(
    conn: &mut Conn,
    office: OfficeId,
    email_hash: &str,
) -> Result<Vec<AppointmentId>, sqlx::Error> {
    sqlx::query(
        "SELECT id FROM booking_appointment WHERE office_id = $1 AND email_hash = $2
         ORDER BY starts_at, id",
    )
    .bind(office.to_string())
    .bind(email_hash.to_owned())
    .try_map(|row: AnyRow| parsed(&row, "id"))
    .fetch_all(conn)
    .await
}

async fn ended_before(
    conn: &mut Conn,
    office: OfficeId,
    before: Time,
    limit: i64,
) -> Result<Vec<AppointmentId>, sqlx::Error> {
    sqlx::query(
        "SELECT id FROM booking_appointment
         WHERE office_id = $1 AND ends_at < $2 AND erased_at IS NULL ORDER BY ends_at LIMIT $3",
    )
    .bind(office.to_string())
    .bind(before.millis())
    .bind(limit)
    .try_map(|row: AnyRow| parsed(&row, "id"))
    .fetch_all(conn)
    .await
}

/// Whether anything that ended before `before` is still to be forgotten.
pub async fn any_before(
    conn: &mut Conn,
    office: OfficeId,
    before: Time,
) -> Result<bool, sqlx::Error> {
    Ok(!ended_before(conn, office, before, 1).await?.is_empty())
}

/// Forgets at most `limit` of those that ended before `before`. Gives how many.
pub async fn forget_before(
    conn: &mut Conn,
    office: OfficeId,
    before: Time,
    now: Time,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let ids = ended_before(conn, office, before, limit).await?;
    for id in &ids {
        mails::forget_holder(conn, id.0).await?;
        forget(conn, office, *id, now).await?;
    }
    Ok(ids.len() as u64)
}

/// Forgets who came: details, notes and the secret that opens it. Mail is forgotten apart from it.
pub async fn forget(
    conn: &mut Conn,
    office: OfficeId,
    id: AppointmentId,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM booking_email_code WHERE appointment_id = $1")
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "UPDATE booking_appointment SET citizen = NULL, notes = NULL, email_hash = NULL,
             secret_hash = $3, secret_box = '', erased_at = $4
         WHERE office_id = $1 AND id = $2",
    )
    .bind(office.to_string())
    .bind(id.to_string())
    // No secret has this hash.
    .bind(format!("erased:{id}"))
    .bind(now.millis())
    .execute(conn)
    .await
    .map(drop)
}
