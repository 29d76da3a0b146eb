//! Officials, their hours, and exceptions.

mod resources;

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::{
    Conn,
    row::{from_name, name, parsed, parsed_opt},
};
use szpon_protocol::{
    DepartmentId, ExceptionId, OfficeId, PersonId, ResourceId,
    booking::{
        Exception, ExceptionKind, Form, Hours, MatterDetails, NewException, ResourceHours,
        service::ServicePerson,
    },
};
use uuid::Uuid;

pub use resources::{
    directions, insert_resource, resource, resources, update_resource, write_resource_hours,
};

/// What the schedule was tagged with last; empty while nothing of it was written.
pub async fn tag(conn: &mut Conn, office: OfficeId) -> Result<String, sqlx::Error> {
    let row = sqlx::query("SELECT schedule_tag FROM booking_office WHERE office_id = $1")
        .bind(office.to_string())
        .fetch_optional(conn)
        .await?;
    row.map_or(Ok(String::new()), |row| row.try_get("schedule_tag"))
}

/// Tags the schedule anew; every change of it does. The tag is one of its kind, so that a change that
/// is rolled back is never taken for a later one.
async fn retag(conn: &mut Conn, office: OfficeId) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE booking_office SET schedule_tag = $2 WHERE office_id = $1")
        .bind(office.to_string())
        .bind(Uuid::now_v7().to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// An official as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialRecord {
    pub id: PersonId,
    pub name: String,
    pub email: String,
    pub department: Option<DepartmentId>,
    pub desk: Option<ResourceId>,
}

impl OfficialRecord {
    /// Whether a matter is theirs.
    pub fn handles(&self, matter: &MatterDetails) -> bool {
        matter.officials.contains(&self.id)
            || self.department.is_some_and(|department| matter.departments.contains(&department))
    }
}

fn read_official(row: &AnyRow) -> Result<OfficialRecord, sqlx::Error> {
    Ok(OfficialRecord {
        id: parsed(row, "person_id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        department: parsed_opt(row, "department_id")?,
        desk: parsed_opt(row, "desk_id")?,
    })
}

/// Active officials, by name.
pub async fn officials(
    conn: &mut Conn,
    office: OfficeId,
) -> Result<Vec<OfficialRecord>, sqlx::Error> {
    sqlx::query(
        "SELECT person_id, name, email, department_id, desk_id FROM booking_official
         WHERE office_id = $1 AND active = 1 ORDER BY name, person_id",
    )
    .bind(office.to_string())
    .try_map(|row: AnyRow| read_official(&row))
    .fetch_all(conn)
    .await
}

/// Names of everybody who ever held appointments in the office.
pub async fn names(
    conn: &mut Conn,
    office: OfficeId,
) -> Result<Vec<(PersonId, String)>, sqlx::Error> {
    sqlx::query("SELECT person_id, name FROM booking_official WHERE office_id = $1")
        .bind(office.to_string())
        .try_map(|row: AnyRow| Ok((parsed(&row, "person_id")?, row.try_get("name")?)))
        .fetch_all(conn)
        .await
}

/// One official, also one who left: appointments name them.
pub async fn official(
    conn: &mut Conn,
    office: OfficeId,
    id: PersonId,
) -> Result<Option<OfficialRecord>, sqlx::Error> {
    sqlx::query(
        "SELECT person_id, name, email, department_id, desk_id FROM booking_official
         WHERE office_id = $1 AND person_id = $2",
    )
    .bind(office.to_string())
    .bind(id.to_string())
    .try_map(|row: AnyRow| read_official(&row))
    .fetch_optional(conn)
    .await
}

/// Active officials as the directory has them.
pub async fn directory(
    conn: &mut Conn,
    office: OfficeId,
) -> Result<Vec<ServicePerson>, sqlx::Error> {
    let officials = officials(conn, office).await?;
    let person = |official: OfficialRecord| ServicePerson {
        id: official.id,
        name: official.name,
        email: official.email,
        department: official.department,
        official: true,
    };
    Ok(officials.into_iter().map(person).collect())
}

/// Whether two directories differ in anything but their order.
pub fn differs(a: &[ServicePerson], b: &[ServicePerson]) -> bool {
    a.len() != b.len() || a.iter().any(|person| !b.contains(person))
}

/// Makes `people` the active officials of the office.
pub async fn write_directory(
    conn: &mut Conn,
    office: OfficeId,
    people: &[ServicePerson],
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE booking_official SET active = 0 WHERE office_id = $1")
        .bind(office.to_string())
        .execute(&mut *conn)
        .await?;
    for person in people {
        sqlx::query(
            "INSERT INTO booking_official (office_id, person_id, name, email, department_id, active)
             VALUES ($1, $2, $3, $4, $5, 1)
             ON CONFLICT (office_id, person_id) DO UPDATE SET name = excluded.name,
                 email = excluded.email, department_id = excluded.department_id, active = 1",
        )
        .bind(office.to_string())
        .bind(person.id.to_string())
        .bind(&person.name)
        .bind(&person.email)
        .bind(person.department.map(|id| id.to_string()))
        .execute(&mut *conn)
        .await?;
    }
    retag(conn, office).await
}

pub async fn set_desk(
    conn: &mut Conn,
    office: OfficeId,
    official: PersonId,
    desk: Option<ResourceId>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE booking_official SET desk_id = $3 WHERE office_id = $1 AND person_id = $2")
        .bind(office.to_string())
        .bind(official.to_string())
        .bind(desk.map(|id| id.to_string()))
        .execute(&mut *conn)
        .await?;
    retag(conn, office).await
}

pub async fn set_feed_hash(
    conn: &mut Conn,
    office: OfficeId,
    official: PersonId,
    hash: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE booking_official SET feed_hash = $3 WHERE office_id = $1 AND person_id = $2",
    )
    .bind(office.to_string())
    .bind(official.to_string())
    .bind(hash.to_owned())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whose feed this is, if they still work there.
pub async fn by_feed_hash(
    conn: &mut Conn,
    hash: &str,
) -> Result<Option<(OfficeId, PersonId)>, sqlx::Error> {
    sqlx::query(
        "SELECT office_id, person_id FROM booking_official WHERE feed_hash = $1 AND active = 1",
    )
    .bind(hash.to_owned())
    .try_map(|row: AnyRow| Ok((parsed(&row, "office_id")?, parsed(&row, "person_id")?)))
    .fetch_optional(conn)
    .await
}

/// What comes back every week.
#[derive(Debug, Clone, Default)]
pub struct Weeks {
    /// In the order of the officials' ids.
    pub officials: Vec<(PersonId, Hours)>,
    /// Of rooms and desks that aren't always open, in the order of their ids.
    pub resources: Vec<(ResourceId, ResourceHours)>,
}

/// Weekly hours of everybody, and of rooms and desks.
pub async fn weeks(conn: &mut Conn, office: OfficeId) -> Result<Weeks, sqlx::Error> {
    Ok(Weeks {
        officials: hours(conn, office, None).await?,
        resources: resources::hours(conn, office, None).await?,
    })
}

/// Hours of everybody in the office, or of one.
pub async fn hours(
    conn: &mut Conn,
    office: OfficeId,
    official: Option<PersonId>,
) -> Result<Vec<(PersonId, Hours)>, sqlx::Error> {
    sqlx::query(
        "SELECT official_id, weekday, from_minute, to_minute, forms, valid_from, valid_to
         FROM booking_hours WHERE office_id = $1 AND (official_id = $2 OR $2 = '')
         ORDER BY official_id, weekday, from_minute",
    )
    .bind(office.to_string())
    .bind(official.map(|id| id.to_string()).unwrap_or_default())
    .try_map(|row: AnyRow| {
        let forms: String = row.try_get("forms")?;
        let forms: Vec<Form> =
            serde_json::from_str(&forms).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok((
            parsed(&row, "official_id")?,
            Hours {
                weekday: small(&row, "weekday")?,
                from: small(&row, "from_minute")?,
                to: small(&row, "to_minute")?,
                forms,
                valid_from: parsed_opt(&row, "valid_from")?,
                valid_to: parsed_opt(&row, "valid_to")?,
            },
        ))
    })
    .fetch_all(conn)
    .await
}

/// A BIGINT column that holds something small.
fn small<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(
    row: &AnyRow,
    column: &str,
) -> Result<T, sqlx::Error> {
    T::try_from(row.try_get::<i64, _>(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn small_opt<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(
    row: &AnyRow,
    column: &str,
) -> Result<Option<T>, sqlx::Error> {
    row.try_get::<Option<i64>, _>(column)?
        .map(T::try_from)
        .transpose()
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Replaces somebody's weekly hours.
pub async fn write_hours(
    conn: &mut Conn,
    office: OfficeId,
    official: PersonId,
    hours: &[Hours],
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM booking_hours WHERE office_id = $1 AND official_id = $2")
        .bind(office.to_string())
        .bind(official.to_string())
        .execute(&mut *conn)
        .await?;
    for span in hours {
        let forms = serde_json::to_string(&span.forms)
            .map_err(|error| sqlx::Error::Encode(error.into()))?;
        sqlx::query(
            "INSERT INTO booking_hours (office_id, official_id, weekday, from_minute, to_minute,
                 forms, valid_from, valid_to)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(office.to_string())
        .bind(official.to_string())
        .bind(i64::from(span.weekday))
        .bind(i64::from(span.from))
        .bind(i64::from(span.to))
        .bind(forms)
        .bind(span.valid_from.map(|date| date.to_string()))
        .bind(span.valid_to.map(|date| date.to_string()))
        .execute(&mut *conn)
        .await?;
    }
    retag(conn, office).await
}

/// Exceptions that reach into the days from `from` to `to`.
pub async fn exceptions(
    conn: &mut Conn,
    office: OfficeId,
    from: jiff::civil::Date,
    to: jiff::civil::Date,
) -> Result<Vec<Exception>, sqlx::Error> {
    sqlx::query(
        "SELECT id, kind, official_id, from_date, to_date, from_minute, to_minute, substitute_id,
             note, resource_id, substitute_resource_id
         FROM booking_exception WHERE office_id = $1 AND to_date >= $2 AND from_date <= $3
         ORDER BY from_date, id",
    )
    .bind(office.to_string())
    .bind(from.to_string())
    .bind(to.to_string())
    .try_map(|row: AnyRow| {
        Ok(Exception {
            id: parsed(&row, "id")?,
            details: NewException {
                kind: from_name::<ExceptionKind>(&row.try_get::<String, _>("kind")?)?,
                official: parsed_opt(&row, "official_id")?,
                resource: parsed_opt(&row, "resource_id")?,
                from_date: parsed(&row, "from_date")?,
                to_date: parsed(&row, "to_date")?,
                from: small_opt(&row, "from_minute")?,
                to: small_opt(&row, "to_minute")?,
                substitute: parsed_opt(&row, "substitute_id")?,
                substitute_resource: parsed_opt(&row, "substitute_resource_id")?,
                note: row.try_get("note")?,
            },
        })
    })
    .fetch_all(conn)
    .await
}

pub async fn insert_exception(
    conn: &mut Conn,
    office: OfficeId,
    exception: &Exception,
) -> Result<(), sqlx::Error> {
    let details = &exception.details;
    sqlx::query(
        "INSERT INTO booking_exception (id, office_id, kind, official_id, from_date, to_date,
             from_minute, to_minute, substitute_id, note, resource_id, substitute_resource_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(exception.id.to_string())
    .bind(office.to_string())
    .bind(name(&details.kind)?)
    .bind(details.official.map(|id| id.to_string()))
    .bind(details.from_date.to_string())
    .bind(details.to_date.to_string())
    .bind(details.from.map(i64::from))
    .bind(details.to.map(i64::from))
    .bind(details.substitute.map(|id| id.to_string()))
    .bind(&details.note)
    .bind(details.resource.map(|id| id.to_string()))
    .bind(details.substitute_resource.map(|id| id.to_string()))
    .execute(&mut *conn)
    .await?;
    retag(conn, office).await
}

/// False when the office has none.
pub async fn delete_exception(
    conn: &mut Conn,
    office: OfficeId,
    id: ExceptionId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM booking_exception WHERE office_id = $1 AND id = $2")
        .bind(office.to_string())
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    retag(conn, office).await?;
    Ok(done.rows_affected() > 0)
}
