//! What appointments and groups occupy. The primary key of `booking_claim` is what forbids to book
//! anything twice.

use sqlx::{Row, any::AnyRow};
use szpon_booking_core::{self as core, Claim, GroupId, Placement, Subject, TickRange};
use szpon_kit::db::{
    Conn,
    row::{count, parsed, parsed_opt},
};
use szpon_protocol::{MatterId, OfficeId};
use uuid::Uuid;

use super::rows::{decode, ticks};

/// Takes what an appointment or group needs. Fails with a unique violation when any of it is taken.
pub async fn claim(
    conn: &mut Conn,
    office: OfficeId,
    holder: Uuid,
    claims: &[Claim],
) -> Result<(), sqlx::Error> {
    // So many rows per statement that SQLite's and PostgreSQL's limits on parameters are far.
    for chunk in claims.chunks(100) {
        let values: Vec<String> =
            (0..chunk.len()).map(|n| format!("(${}, ${}, $1, $2)", 3 + 2 * n, 4 + 2 * n)).collect();
        let sql = format!(
            "INSERT INTO booking_claim (subject, tick, office_id, holder_id) VALUES {}",
            values.join(", ")
        );
        let mut query =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(office.to_string()).bind(holder.to_string());
        for claim in chunk {
            query = query.bind(claim.subject.to_string()).bind(claim.tick.0);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Whether this is about what [`claim`] takes. Both databases name the table.
pub fn is_of_claims(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.message().contains("booking_claim"))
}

/// Gives back everything that an appointment or group has.
pub async fn release(conn: &mut Conn, holder: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM booking_claim WHERE holder_id = $1")
        .bind(holder.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// A group's row.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    pub id: GroupId,
    pub office: OfficeId,
    pub matter: MatterId,
    pub placement: Placement,
    pub block: TickRange,
    pub capacity: u32,
}

pub async fn insert_group(conn: &mut Conn, group: &Group) -> Result<(), sqlx::Error> {
    let placement = &group.placement;
    sqlx::query(
        "INSERT INTO booking_group (id, office_id, matter_id, official_id, resource_id, form,
             starts_at, ends_at, block_from, block_to, capacity)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(group.id.to_string())
    .bind(group.office.to_string())
    .bind(group.matter.to_string())
    .bind(placement.official.to_string())
    .bind(placement.desk.map(|id| id.to_string()))
    .bind(placement.form.as_str())
    .bind(placement.ticks.start.time().millis())
    .bind(placement.ticks.end.time().millis())
    .bind(group.block.start.time().millis())
    .bind(group.block.end.time().millis())
    .bind(i64::from(group.capacity))
    .execute(conn)
    .await
    .map(drop)
}

/// Groups of a matter within `range`.
pub async fn groups(
    conn: &mut Conn,
    office: OfficeId,
    matter: MatterId,
    range: TickRange,
) -> Result<Vec<Group>, sqlx::Error> {
    sqlx::query(
        "SELECT id, official_id, resource_id, form, starts_at, ends_at, block_from, block_to, capacity
         FROM booking_group
         WHERE office_id = $1 AND matter_id = $2 AND starts_at >= $3 AND starts_at < $4
         ORDER BY starts_at, id",
    )
    .bind(office.to_string())
    .bind(matter.to_string())
    .bind(range.start.time().millis())
    .bind(range.end.time().millis())
    .try_map(|row: AnyRow| {
        let form: String = row.try_get("form")?;
        Ok(Group {
            id: parsed(&row, "id")?,
            office,
            matter,
            placement: Placement {
                ticks: ticks(&row, "starts_at", "ends_at")?,
                form: core::Form::parse(&form).ok_or_else(|| decode("a form"))?,
                official: parsed(&row, "official_id")?,
                desk: parsed_opt(&row, "resource_id")?,
                group: Some(parsed(&row, "id")?),
            },
            block: ticks(&row, "block_from", "block_to")?,
            capacity: count(&row, "capacity")?,
        })
    })
    .fetch_all(conn)
    .await
}

/// Capacity and taken seats of a group.
pub async fn seats(
    conn: &mut Conn,
    group: GroupId,
) -> Result<Option<(u32, Vec<u32>)>, sqlx::Error> {
    let row = sqlx::query("SELECT capacity FROM booking_group WHERE id = $1")
        .bind(group.to_string())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let capacity = count(&row, "capacity")?;
    // A range of the primary key. `;` is the character after `:`.
    let rows =
        sqlx::query("SELECT subject FROM booking_claim WHERE subject >= $1 AND subject < $2")
            .bind(format!("seat:{group}:"))
            .bind(format!("seat:{group};"))
            .fetch_all(conn)
            .await?;
    let mut taken = Vec::new();
    for row in &rows {
        if let Subject::Seat(_, seat) = parsed(row, "subject")? {
            taken.push(seat);
        }
    }
    Ok(Some((capacity, taken)))
}

/// A group that nobody is in any more goes, and its official is free.
pub async fn drop_empty_group(conn: &mut Conn, group: GroupId) -> Result<(), sqlx::Error> {
    if let Some((_, taken)) = seats(conn, group).await?
        && taken.is_empty()
    {
        release(conn, group.0).await?;
        sqlx::query("DELETE FROM booking_group WHERE id = $1")
            .bind(group.to_string())
            .execute(conn)
            .await?;
    }
    Ok(())
}
