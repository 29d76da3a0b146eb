//! Matters of offices.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::{
    Conn,
    row::{flag, parsed},
};
use szpon_protocol::{
    MatterId, OfficeId,
    booking::{Matter, MatterDetails},
};

fn read(row: &AnyRow) -> Result<Matter, sqlx::Error> {
    let details: String = row.try_get("details")?;
    Ok(Matter {
        id: parsed(row, "id")?,
        archived: flag(row, "archived")?,
        details: serde_json::from_str(&details)
            .map_err(|error| sqlx::Error::Decode(error.into()))?,
    })
}

fn json(details: &MatterDetails) -> Result<String, sqlx::Error> {
    serde_json::to_string(details).map_err(|error| sqlx::Error::Encode(error.into()))
}

pub async fn of_office(conn: &mut Conn, office: OfficeId) -> Result<Vec<Matter>, sqlx::Error> {
    sqlx::query(
        "SELECT id, details, archived FROM booking_matter WHERE office_id = $1
         ORDER BY archived, position, id",
    )
    .bind(office.to_string())
    .try_map(|row: AnyRow| read(&row))
    .fetch_all(conn)
    .await
}

pub async fn find(
    conn: &mut Conn,
    office: OfficeId,
    matter: MatterId,
) -> Result<Option<Matter>, sqlx::Error> {
    sqlx::query("SELECT id, details, archived FROM booking_matter WHERE office_id = $1 AND id = $2")
        .bind(office.to_string())
        .bind(matter.to_string())
        .try_map(|row: AnyRow| read(&row))
        .fetch_optional(conn)
        .await
}

pub async fn insert(
    conn: &mut Conn,
    office: OfficeId,
    id: MatterId,
    details: &MatterDetails,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO booking_matter (id, office_id, details, position, archived)
         VALUES ($1, $2, $3, $4, 0)",
    )
    .bind(id.to_string())
    .bind(office.to_string())
    .bind(json(details)?)
    .bind(i64::from(details.position))
    .execute(conn)
    .await
    .map(drop)
}

/// False when the office has no such matter.
pub async fn update(
    conn: &mut Conn,
    office: OfficeId,
    id: MatterId,
    details: &MatterDetails,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE booking_matter SET details = $3, position = $4, archived = 0
         WHERE office_id = $1 AND id = $2",
    )
    .bind(office.to_string())
    .bind(id.to_string())
    .bind(json(details)?)
    .bind(i64::from(details.position))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Offered no more. False when the office has no such matter.
pub async fn archive(conn: &mut Conn, office: OfficeId, id: MatterId) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query("UPDATE booking_matter SET archived = 1 WHERE office_id = $1 AND id = $2")
            .bind(office.to_string())
            .bind(id.to_string())
            .execute(conn)
            .await?;
    Ok(done.rows_affected() > 0)
}
