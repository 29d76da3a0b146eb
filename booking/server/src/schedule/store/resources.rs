//! Rooms and desks with their hours.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::{
    Conn,
    row::{flag, parsed, parsed_opt},
};
use szpon_protocol::{
    OfficeId, ResourceId,
    booking::{NewResource, Resource, ResourceHours},
};

use super::{retag, small};

/// As it is stored beside its hours.
fn read_resource(row: &AnyRow) -> Result<Resource, sqlx::Error> {
    Ok(Resource {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        directions: row.try_get("directions")?,
        archived: flag(row, "archived")?,
        hours: Vec::new(),
    })
}

/// A room's or desk's name and how to find it.
pub fn directions(resource: &Resource) -> String {
    match resource.directions.as_str() {
        "" => resource.name.clone(),
        directions => format!("{} ({directions})", resource.name),
    }
}

/// Rooms and desks, archived ones last.
pub async fn resources(conn: &mut Conn, office: OfficeId) -> Result<Vec<Resource>, sqlx::Error> {
    let mut resources = sqlx::query(
        "SELECT id, name, directions, archived FROM booking_resource WHERE office_id = $1
         ORDER BY archived, name, id",
    )
    .bind(office.to_string())
    .try_map(|row: AnyRow| read_resource(&row))
    .fetch_all(&mut *conn)
    .await?;
    for (id, span) in hours(conn, office, None).await? {
        let known = resources.iter_mut().find(|resource| resource.id == id);
        if let Some(resource) = known {
            resource.hours.push(span);
        }
    }
    Ok(resources)
}

/// One room or desk.
pub async fn resource(
    conn: &mut Conn,
    office: OfficeId,
    id: ResourceId,
) -> Result<Option<Resource>, sqlx::Error> {
    let found = sqlx::query(
        "SELECT id, name, directions, archived FROM booking_resource
         WHERE office_id = $1 AND id = $2",
    )
    .bind(office.to_string())
    .bind(id.to_string())
    .try_map(|row: AnyRow| read_resource(&row))
    .fetch_optional(&mut *conn)
    .await?;
    let Some(mut resource) = found else { return Ok(None) };
    let own = hours(conn, office, Some(id)).await?;
    resource.hours = own.into_iter().map(|(_, span)| span).collect();
    Ok(Some(resource))
}

/// Weekly hours of all rooms and desks that have any, or of one, in the order of their ids.
pub(super) async fn hours(
    conn: &mut Conn,
    office: OfficeId,
    resource: Option<ResourceId>,
) -> Result<Vec<(ResourceId, ResourceHours)>, sqlx::Error> {
    sqlx::query(
        "SELECT resource_id, weekday, from_minute, to_minute, valid_from, valid_to
         FROM booking_resource_hours WHERE office_id = $1 AND (resource_id = $2 OR $2 = '')
         ORDER BY resource_id, weekday, from_minute",
    )
    .bind(office.to_string())
    .bind(resource.map(|id| id.to_string()).unwrap_or_default())
    .try_map(|row: AnyRow| {
        Ok((
            parsed(&row, "resource_id")?,
            ResourceHours {
                weekday: small(&row, "weekday")?,
                from: small(&row, "from_minute")?,
                to: small(&row, "to_minute")?,
                valid_from: parsed_opt(&row, "valid_from")?,
                valid_to: parsed_opt(&row, "valid_to")?,
            },
        ))
    })
    .fetch_all(conn)
    .await
}

/// Replaces the weekly hours of a room or desk.
pub async fn write_resource_hours(
    conn: &mut Conn,
    office: OfficeId,
    id: ResourceId,
    hours: &[ResourceHours],
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM booking_resource_hours WHERE office_id = $1 AND resource_id = $2")
        .bind(office.to_string())
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    for span in hours {
        sqlx::query(
            "INSERT INTO booking_resource_hours (office_id, resource_id, weekday, from_minute,
                 to_minute, valid_from, valid_to)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(office.to_string())
        .bind(id.to_string())
        .bind(i64::from(span.weekday))
        .bind(i64::from(span.from))
        .bind(i64::from(span.to))
        .bind(span.valid_from.map(|date| date.to_string()))
        .bind(span.valid_to.map(|date| date.to_string()))
        .execute(&mut *conn)
        .await?;
    }
    retag(conn, office).await
}

pub async fn insert_resource(
    conn: &mut Conn,
    office: OfficeId,
    id: ResourceId,
    resource: &NewResource,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO booking_resource (id, office_id, name, directions, archived)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.to_string())
    .bind(office.to_string())
    .bind(&resource.name)
    .bind(&resource.directions)
    .bind(i64::from(resource.archived))
    .execute(conn)
    .await
    .map(drop)
}

/// False when the office has none. An archived one is nobody's desk any more and stands in for none;
/// what is booked there stays.
pub async fn update_resource(
    conn: &mut Conn,
    office: OfficeId,
    id: ResourceId,
    resource: &NewResource,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE booking_resource SET name = $3, directions = $4, archived = $5
         WHERE office_id = $1 AND id = $2",
    )
    .bind(office.to_string())
    .bind(id.to_string())
    .bind(&resource.name)
    .bind(&resource.directions)
    .bind(i64::from(resource.archived))
    .execute(&mut *conn)
    .await?;
    if resource.archived {
        for forget in [
            "UPDATE booking_official SET desk_id = NULL WHERE office_id = $1 AND desk_id = $2",
            "UPDATE booking_exception SET substitute_resource_id = NULL
             WHERE office_id = $1 AND substitute_resource_id = $2",
        ] {
            sqlx::query(forget)
                .bind(office.to_string())
                .bind(id.to_string())
                .execute(&mut *conn)
                .await?;
        }
        retag(conn, office).await?;
    }
    Ok(done.rows_affected() > 0)
}
