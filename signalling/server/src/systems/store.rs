//! Systems. Their secrets are kept as hashes.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::{
    Conn,
    row::{parsed, time, time_opt},
};
use szpon_protocol::{OfficeId, SystemId, Time, systems::System};

fn read(row: &AnyRow) -> Result<System, sqlx::Error> {
    let scopes: String = row.try_get("scopes")?;
    Ok(System {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        scopes: serde_json::from_str(&scopes).map_err(|error| sqlx::Error::Decode(error.into()))?,
        created_at: time(row, "created_at")?,
        last_used_at: time_opt(row, "last_used_at")?,
    })
}

pub async fn insert(
    conn: &mut Conn,
    office: OfficeId,
    system: &System,
    secret_hash: &str,
) -> Result<(), sqlx::Error> {
    let scopes =
        serde_json::to_string(&system.scopes).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "INSERT INTO systems (id, office_id, name, scopes, secret_hash, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(system.id.to_string())
    .bind(office.to_string())
    .bind(&system.name)
    .bind(scopes)
    .bind(secret_hash.to_owned())
    .bind(system.created_at.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Those that were not revoked, by name.
pub async fn of_office(conn: &mut Conn, office: OfficeId) -> Result<Vec<System>, sqlx::Error> {
    sqlx::query(
        "SELECT id, name, scopes, created_at, last_used_at FROM systems
         WHERE office_id = $1 AND revoked_at IS NULL ORDER BY name, id",
    )
    .bind(office.to_string())
    .try_map(|row: AnyRow| read(&row))
    .fetch_all(conn)
    .await
}

/// False when the office has no such system.
pub async fn revoke(
    conn: &mut Conn,
    office: OfficeId,
    id: SystemId,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE systems SET revoked_at = $3
         WHERE office_id = $1 AND id = $2 AND revoked_at IS NULL",
    )
    .bind(office.to_string())
    .bind(id.to_string())
    .bind(now.millis())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whose secret this is, unless revoked; and that it was used.
pub async fn used(
    conn: &mut Conn,
    secret_hash: &str,
    now: Time,
) -> Result<Option<(OfficeId, System)>, sqlx::Error> {
    let found = sqlx::query(
        "SELECT id, office_id, name, scopes, created_at, last_used_at FROM systems
         WHERE secret_hash = $1 AND revoked_at IS NULL",
    )
    .bind(secret_hash.to_owned())
    .try_map(|row: AnyRow| Ok((parsed(&row, "office_id")?, read(&row)?)))
    .fetch_optional(&mut *conn)
    .await?;
    if let Some((_, system)) = &found {
        sqlx::query("UPDATE systems SET last_used_at = $2 WHERE id = $1")
            .bind(system.id.to_string())
            .bind(now.millis())
            .execute(conn)
            .await?;
    }
    Ok(found)
}
