//! SQL of sessions. A session is known by the hash of its secret.

use std::time::Duration;

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::Conn;
use szpon_protocol::{OfficeId, PersonId, SessionId, Time, account::SessionInfo, claims::Role};

use crate::row;

/// `last_seen_at` is written at most this often.
const SEEN_EVERY_SECS: i64 = 60;

/// A session and its person, both in force.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub person: PersonId,
    pub office: OfficeId,
    pub name: String,
    pub roles: Vec<Role>,
    pub last_seen_at: Time,
}

impl Session {
    /// It should be written down that it was seen.
    pub fn is_stale(&self, now: Time) -> bool {
        now.since(self.last_seen_at) >= SEEN_EVERY_SECS * 1000
    }
}

/// To be written.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    pub id: SessionId,
    pub person: PersonId,
    pub secret_hash: &'a str,
    pub user_agent: &'a str,
    pub expires_at: Time,
}

pub async fn insert(conn: &mut Conn, session: &New<'_>, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO sessions (id, person_id, secret_hash, created_at, last_seen_at, expires_at,
             user_agent)
         VALUES ($1, $2, $3, $4, $4, $5, $6)",
    )
    .bind(session.id.to_string())
    .bind(session.person.to_string())
    .bind(session.secret_hash)
    .bind(now.millis())
    .bind(session.expires_at.millis())
    .bind(session.user_agent)
    .execute(&mut *conn)
    .await?;
    seen(conn, session.person, now).await
}

/// The session with this hash, unless it has expired, was idle for too long, or its person is not
/// active.
pub async fn find(
    conn: &mut Conn,
    secret_hash: &str,
    now: Time,
    idle: Duration,
) -> Result<Option<Session>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT s.id, s.person_id, s.last_seen_at, p.office_id, p.name, r.role
         FROM sessions s JOIN people p ON p.id = s.person_id
         LEFT JOIN person_roles r ON r.person_id = p.id
         WHERE s.secret_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3
           AND p.status = 'active'",
    )
    .bind(secret_hash)
    .bind(now.millis())
    .bind(idle_since(now, idle))
    .fetch_all(conn)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut roles = Vec::new();
    for r in &rows {
        if let Some(role) = r.try_get::<Option<String>, _>("role")? {
            roles.push(row::from_name(&role)?);
        }
    }
    roles.sort_unstable();
    Ok(Some(Session {
        id: row::parsed(first, "id")?,
        person: row::parsed(first, "person_id")?,
        office: row::parsed(first, "office_id")?,
        name: first.try_get("name")?,
        roles,
        last_seen_at: row::time(first, "last_seen_at")?,
    }))
}

fn idle_since(now: Time, idle: Duration) -> i64 {
    now.plus_millis(-super::millis(idle)).millis()
}

/// Writes down that the session, and so its person, was seen.
pub async fn touch(
    conn: &mut Conn,
    id: SessionId,
    person: PersonId,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE sessions SET last_seen_at = $1 WHERE id = $2 AND last_seen_at < $1")
        .bind(now.millis())
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    seen(conn, person, now).await
}

async fn seen(conn: &mut Conn, person: PersonId, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE people SET last_seen_at = $1 WHERE id = $2")
        .bind(now.millis())
        .bind(person.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// The person's sessions in force, newest use first.
pub async fn list(
    conn: &mut Conn,
    person: PersonId,
    current: SessionId,
    now: Time,
    idle: Duration,
) -> Result<Vec<SessionInfo>, sqlx::Error> {
    sqlx::query(
        "SELECT id, created_at, last_seen_at, user_agent FROM sessions
         WHERE person_id = $1 AND expires_at > $2 AND last_seen_at > $3
         ORDER BY last_seen_at DESC, id DESC",
    )
    .bind(person.to_string())
    .bind(now.millis())
    .bind(idle_since(now, idle))
    .try_map(|r: AnyRow| {
        let id = row::parsed(&r, "id")?;
        Ok(SessionInfo {
            id,
            current: id == current,
            created_at: row::time(&r, "created_at")?,
            last_seen_at: row::time(&r, "last_seen_at")?,
            user_agent: r.try_get("user_agent")?,
        })
    })
    .fetch_all(conn)
    .await
}

/// Ends one session of the person; false when there is none.
pub async fn delete(conn: &mut Conn, person: PersonId, id: SessionId) -> Result<bool, sqlx::Error> {
    let result = sqlx::query("DELETE FROM sessions WHERE person_id = $1 AND id = $2")
        .bind(person.to_string())
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(result.rows_affected() > 0)
}

/// Ends the session that a browser had before it signed in again.
pub async fn delete_by_secret(conn: &mut Conn, secret_hash: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE secret_hash = $1")
        .bind(secret_hash)
        .execute(conn)
        .await
        .map(drop)
}

/// Ends all sessions of the person, except one.
pub async fn delete_others(
    conn: &mut Conn,
    person: PersonId,
    except: Option<SessionId>,
) -> Result<u64, sqlx::Error> {
    let result = sqlx::query("DELETE FROM sessions WHERE person_id = $1 AND id <> $2")
        .bind(person.to_string())
        .bind(except.map(|id| id.to_string()).unwrap_or_default())
        .execute(conn)
        .await?;
    Ok(result.rows_affected())
}

pub async fn delete_expired(conn: &mut Conn, now: Time, idle: Duration) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2")
        .bind(now.millis())
        .bind(idle_since(now, idle))
        .execute(conn)
        .await
        .map(drop)
}
