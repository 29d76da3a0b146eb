//! Looks at lists.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::{
    Conn,
    row::{parsed, time},
};
use szpon_protocol::{OfficeId, Time, booking::ListAccess};
use uuid::Uuid;

use crate::caller::Agent;

/// The same look within so long is one entry, in milliseconds.
const SPAN_MS: i64 = 600_000;

/// One look.
#[derive(Debug, Clone)]
pub struct Look<'a> {
    pub by: &'a Agent,
    pub action: &'a str,
    /// JSON.
    pub filter: String,
    pub at: Time,
}

impl Look<'_> {
    fn person(&self) -> String {
        self.by.person.map(|id| id.to_string()).unwrap_or_default()
    }

    fn system(&self) -> String {
        self.by.system.clone().unwrap_or_default()
    }

    fn span(&self) -> i64 {
        self.at.millis().div_euclid(SPAN_MS)
    }
}

/// Whether the same look is written down already.
pub async fn is_known(conn: &mut Conn, look: &Look<'_>) -> Result<bool, sqlx::Error> {
    sqlx::query(
        "SELECT 1 FROM booking_audit
         WHERE office_id = $1 AND actor_id = $2 AND system = $3 AND action = $4 AND filter = $5
             AND span = $6",
    )
    .bind(look.by.office.to_string())
    .bind(look.person())
    .bind(look.system())
    .bind(look.action.to_owned())
    .bind(look.filter.clone())
    .bind(look.span())
    .fetch_optional(conn)
    .await
    .map(|row| row.is_some())
}

pub async fn record(conn: &mut Conn, look: &Look<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO booking_audit (id, office_id, actor_id, system, action, filter, span, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (office_id, actor_id, system, action, filter, span) DO NOTHING",
    )
    .bind(Uuid::now_v7().to_string())
    .bind(look.by.office.to_string())
    .bind(look.person())
    .bind(look.system())
    .bind(look.action.to_owned())
    .bind(look.filter.clone())
    .bind(look.span())
    .bind(look.at.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Entries of an office, newest first.
pub async fn list(
    conn: &mut Conn,
    office: OfficeId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ListAccess>, sqlx::Error> {
    sqlx::query(
        "SELECT a.id, a.at, a.action, a.actor_id, a.system, a.filter, o.name
         FROM booking_audit a
         LEFT JOIN booking_official o ON o.office_id = a.office_id AND o.person_id = a.actor_id
         WHERE a.office_id = $1 AND ($2 = '' OR a.id < $2) ORDER BY a.id DESC LIMIT $3",
    )
    .bind(office.to_string())
    .bind(before.map(|id| id.to_string()).unwrap_or_default())
    .bind(limit)
    .try_map(|row: AnyRow| {
        let actor: String = row.try_get("actor_id")?;
        let system: String = row.try_get("system")?;
        let filter: String = row.try_get("filter")?;
        Ok(ListAccess {
            id: parsed(&row, "id")?,
            at: time(&row, "at")?,
            action: row.try_get("action")?,
            by: actor.parse().ok(),
            by_name: row.try_get("name")?,
            system: (!system.is_empty()).then_some(system),
            filter: serde_json::from_str(&filter)
                .map_err(|error| sqlx::Error::Decode(error.into()))?,
        })
    })
    .fetch_all(conn)
    .await
}
