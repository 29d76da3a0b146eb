//! SQL of offices, departments and people. Every query names the office, except where a person is
//! looked up to find out which office is theirs.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::Conn;
use szpon_protocol::{
    DepartmentId, OfficeId, PersonId, Time,
    account::Language,
    admin::{Department, Office, PersonStatus},
    claims::Role,
};

use super::PersonRecord;
use crate::row;

pub async fn insert_office(
    conn: &mut Conn,
    id: OfficeId,
    name: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO offices (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(id.to_string())
        .bind(name)
        .bind(now.millis())
        .execute(conn)
        .await
        .map(drop)
}

pub async fn office(conn: &mut Conn, id: OfficeId) -> Result<Option<Office>, sqlx::Error> {
    sqlx::query("SELECT id, name FROM offices WHERE id = $1")
        .bind(id.to_string())
        .try_map(|r: AnyRow| Ok(Office { id: row::parsed(&r, "id")?, name: r.try_get("name")? }))
        .fetch_optional(conn)
        .await
}

/// Every office, by name.
pub async fn offices(conn: &mut Conn) -> Result<Vec<Office>, sqlx::Error> {
    sqlx::query("SELECT id, name FROM offices ORDER BY name, id")
        .try_map(|r: AnyRow| Ok(Office { id: row::parsed(&r, "id")?, name: r.try_get("name")? }))
        .fetch_all(conn)
        .await
}

pub async fn rename_office(conn: &mut Conn, id: OfficeId, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE offices SET name = $1 WHERE id = $2")
        .bind(name)
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// By name. `people` counts those who are not deactivated.
pub async fn departments(
    conn: &mut Conn,
    office: OfficeId,
) -> Result<Vec<Department>, sqlx::Error> {
    sqlx::query(
        "SELECT d.id, d.name,
                (SELECT COUNT(*) FROM people p
                 WHERE p.office_id = d.office_id AND p.department_id = d.id
                   AND p.status <> 'deactivated') AS people
         FROM departments d WHERE d.office_id = $1 ORDER BY d.name_key, d.id",
    )
    .bind(office.to_string())
    .try_map(|r: AnyRow| department_of(&r))
    .fetch_all(conn)
    .await
}

pub async fn department(
    conn: &mut Conn,
    office: OfficeId,
    id: DepartmentId,
) -> Result<Option<Department>, sqlx::Error> {
    sqlx::query(
        "SELECT d.id, d.name,
                (SELECT COUNT(*) FROM people p
                 WHERE p.office_id = d.office_id AND p.department_id = d.id
                   AND p.status <> 'deactivated') AS people
         FROM departments d WHERE d.office_id = $1 AND d.id = $2",
    )
    .bind(office.to_string())
    .bind(id.to_string())
    .try_map(|r: AnyRow| department_of(&r))
    .fetch_optional(conn)
    .await
}

fn department_of(r: &AnyRow) -> Result<Department, sqlx::Error> {
    Ok(Department {
        id: row::parsed(r, "id")?,
        name: r.try_get("name")?,
        people: row::count(r, "people")?,
    })
}

/// A unique violation when the office has one of this name.
pub async fn insert_department(
    conn: &mut Conn,
    office: OfficeId,
    id: DepartmentId,
    name: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO departments (id, office_id, name, name_key, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.to_string())
    .bind(office.to_string())
    .bind(name)
    .bind(name.to_lowercase())
    .bind(now.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// A unique violation when the office has another one of this name.
pub async fn rename_department(
    conn: &mut Conn,
    office: OfficeId,
    id: DepartmentId,
    name: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE departments SET name = $1, name_key = $2 WHERE office_id = $3 AND id = $4")
        .bind(name)
        .bind(name.to_lowercase())
        .bind(office.to_string())
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// People who can't come in any more don't belong to a department that is to go.
pub async fn take_deactivated_out(
    conn: &mut Conn,
    office: OfficeId,
    id: DepartmentId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE people SET department_id = NULL
         WHERE office_id = $1 AND department_id = $2 AND status = 'deactivated'",
    )
    .bind(office.to_string())
    .bind(id.to_string())
    .execute(conn)
    .await
    .map(drop)
}

/// A foreign key violation while anybody is in it.
pub async fn delete_department(
    conn: &mut Conn,
    office: OfficeId,
    id: DepartmentId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM departments WHERE office_id = $1 AND id = $2")
        .bind(office.to_string())
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// A person to be written.
#[derive(Debug, Clone)]
pub struct NewPerson<'a> {
    pub id: PersonId,
    pub office: OfficeId,
    pub department: Option<DepartmentId>,
    pub name: &'a str,
    /// In lower case.
    pub email: &'a str,
    pub language: Language,
    pub roles: &'a [Role],
    /// PHC string; none: invited.
    pub password_hash: Option<&'a str>,
}

/// A unique violation when the address has an account, in whichever office.
pub async fn insert_person(
    conn: &mut Conn,
    person: &NewPerson<'_>,
    now: Time,
) -> Result<(), sqlx::Error> {
    let status = match person.password_hash {
        Some(_) => PersonStatus::Active,
        None => PersonStatus::Invited,
    };
    sqlx::query(
        "INSERT INTO people (id, office_id, department_id, name, email, search_key, language,
             status, password_hash, totp_last_step, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)",
    )
    .bind(person.id.to_string())
    .bind(person.office.to_string())
    .bind(person.department.map(|id| id.to_string()))
    .bind(person.name)
    .bind(person.email)
    .bind(search_key(person.name, person.email))
    .bind(row::name(&person.language)?)
    .bind(row::name(&status)?)
    .bind(person.password_hash.map(ToOwned::to_owned))
    .bind(now.millis())
    .execute(&mut *conn)
    .await?;
    insert_roles(conn, person.id, person.roles).await
}

fn search_key(name: &str, email: &str) -> String {
    format!("{} {email}", name.to_lowercase())
}

async fn insert_roles(conn: &mut Conn, id: PersonId, roles: &[Role]) -> Result<(), sqlx::Error> {
    for role in roles {
        sqlx::query(
            "INSERT INTO person_roles (person_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(id.to_string())
        .bind(row::name(role)?)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Replaces all roles. The caller has checked that the person is of the right office.
pub async fn set_roles(conn: &mut Conn, id: PersonId, roles: &[Role]) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM person_roles WHERE person_id = $1")
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    insert_roles(conn, id, roles).await
}

/// Writes name, department, language and status of an existing person.
pub async fn update_person(conn: &mut Conn, person: &PersonRecord) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE people SET name = $1, search_key = $2, department_id = $3, language = $4,
             status = $5
         WHERE office_id = $6 AND id = $7",
    )
    .bind(&person.name)
    .bind(search_key(&person.name, &person.email))
    .bind(person.department.map(|id| id.to_string()))
    .bind(row::name(&person.language)?)
    .bind(row::name(&person.status)?)
    .bind(person.office.to_string())
    .bind(person.id.to_string())
    .execute(conn)
    .await
    .map(drop)
}

/// One query for people and their roles: one row per role, or one without any.
const PERSON: &str = "SELECT p.id, p.office_id, o.name AS office_name, p.department_id,
        d.name AS department_name, p.name, p.email, p.language, p.status,
        CASE WHEN p.totp_secret IS NULL THEN 0 ELSE 1 END AS totp_enabled, p.last_seen_at, r.role
    FROM people p
    JOIN offices o ON o.id = p.office_id
    LEFT JOIN departments d ON d.office_id = p.office_id AND d.id = p.department_id
    LEFT JOIN person_roles r ON r.person_id = p.id";

macro_rules! person_query {
    ($rest:literal) => {
        sqlx::query(sqlx::AssertSqlSafe(format!("{PERSON} {}", $rest)))
    };
}

/// A person of this office.
pub async fn person(
    conn: &mut Conn,
    office: OfficeId,
    id: PersonId,
) -> Result<Option<PersonRecord>, sqlx::Error> {
    let rows = person_query!("WHERE p.office_id = $1 AND p.id = $2")
        .bind(office.to_string())
        .bind(id.to_string())
        .fetch_all(conn)
        .await?;
    Ok(people_of(&rows)?.pop())
}

/// [`person`], unless invited only or deactivated.
pub async fn active_person(
    conn: &mut Conn,
    office: OfficeId,
    id: PersonId,
) -> Result<Option<PersonRecord>, sqlx::Error> {
    let person = person(conn, office, id).await?;
    Ok(person.filter(|person| person.status == PersonStatus::Active))
}

/// Whoever has this address (in lower case), in any office.
pub async fn person_by_email(
    conn: &mut Conn,
    email: &str,
) -> Result<Option<PersonRecord>, sqlx::Error> {
    let rows = person_query!("WHERE p.email = $1").bind(email).fetch_all(conn).await?;
    Ok(people_of(&rows)?.pop())
}

/// People of the office whose name or address contains `query`, by name. Without `everyone` active
/// ones only.
pub async fn people(
    conn: &mut Conn,
    office: OfficeId,
    query: &str,
    everyone: bool,
) -> Result<Vec<PersonRecord>, sqlx::Error> {
    let rows = person_query!(
        "WHERE p.office_id = $1 AND p.search_key LIKE $2 ESCAPE '!'
           AND (p.status = 'active' OR $3 = 1)
         ORDER BY p.search_key, p.id"
    )
    .bind(office.to_string())
    .bind(format!("%{}%", escape_like(&query.trim().to_lowercase())))
    .bind(i64::from(everyone))
    .fetch_all(conn)
    .await?;
    people_of(&rows)
}

/// `%` and `_` stand for themselves; `!` is the escape.
fn escape_like(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Active people with this role. The office's, or everywhere for `None`.
pub async fn count_active_with_role(
    conn: &mut Conn,
    office: Option<OfficeId>,
    role: Role,
) -> Result<i64, sqlx::Error> {
    sqlx::query(
        "SELECT COUNT(*) AS n FROM people p JOIN person_roles r ON r.person_id = p.id
         WHERE p.status = 'active' AND r.role = $1 AND (p.office_id = $2 OR $2 = '')",
    )
    .bind(row::name(&role)?)
    .bind(office.map(|id| id.to_string()).unwrap_or_default())
    .fetch_one(conn)
    .await?
    .try_get("n")
}

/// Whether there is anyone at all; until then the installation waits to be set up.
pub async fn anyone(conn: &mut Conn) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query("SELECT id FROM people LIMIT 1").fetch_optional(conn).await?.is_some())
}

/// Rows of one person stand together.
fn people_of(rows: &[AnyRow]) -> Result<Vec<PersonRecord>, sqlx::Error> {
    let mut people: Vec<PersonRecord> = Vec::new();
    for r in rows {
        let id = row::parsed(r, "id")?;
        if people.last().is_none_or(|last| last.id != id) {
            people.push(PersonRecord {
                id,
                office: row::parsed(r, "office_id")?,
                office_name: r.try_get("office_name")?,
                department: row::parsed_opt(r, "department_id")?,
                department_name: r.try_get("department_name")?,
                name: r.try_get("name")?,
                email: r.try_get("email")?,
                roles: Vec::new(),
                language: row::named(r, "language")?,
                status: row::named(r, "status")?,
                totp_enabled: row::flag(r, "totp_enabled")?,
                last_seen_at: row::time_opt(r, "last_seen_at")?,
            });
        }
        if let (Some(person), Some(role)) =
            (people.last_mut(), r.try_get::<Option<String>, _>("role")?)
        {
            person.roles.push(row::from_name(&role)?);
            person.roles.sort_unstable();
        }
    }
    Ok(people)
}
