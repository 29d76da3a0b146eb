//! Guest links. The secret itself is never stored in the clear.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::Conn;
use szpon_protocol::{InviteeId, LinkId, RoomId, Time, account::Language, room::RoomRole};

use crate::row::{name, named, parsed, parsed_opt, time, time_opt};

/// A link as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestLink {
    pub id: LinkId,
    pub room: RoomId,
    /// Whose personal link it is.
    pub invitee: Option<InviteeId>,
    pub role: RoomRole,
    pub label: String,
    pub secret_hash: String,
    /// The secret of a personal link, encrypted.
    pub secret_box: Option<String>,
    pub created_at: Time,
    /// None: with the room.
    pub expires_at: Option<Time>,
    pub revoked_at: Option<Time>,
    pub last_used_at: Option<Time>,
    /// Somebody who came by it was removed.
    pub barred_at: Option<Time>,
}

/// A link found by its secret, with what the invitation says about its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLink {
    pub link: GuestLink,
    pub suggested_name: String,
    pub language: Option<Language>,
}

const COLUMNS: &str = "l.id, l.room_id, l.invitee_id, l.role, l.label, l.secret_hash, \
    l.secret_box, l.created_at, l.expires_at, l.revoked_at, l.last_used_at, l.barred_at";

fn read(row: &AnyRow) -> Result<GuestLink, sqlx::Error> {
    Ok(GuestLink {
        id: parsed(row, "id")?,
        room: parsed(row, "room_id")?,
        invitee: parsed_opt(row, "invitee_id")?,
        role: named(row, "role")?,
        label: row.try_get("label")?,
        secret_hash: row.try_get("secret_hash")?,
        secret_box: row.try_get("secret_box")?,
        created_at: time(row, "created_at")?,
        expires_at: time_opt(row, "expires_at")?,
        revoked_at: time_opt(row, "revoked_at")?,
        last_used_at: time_opt(row, "last_used_at")?,
        barred_at: time_opt(row, "barred_at")?,
    })
}

pub async fn insert(conn: &mut Conn, link: &GuestLink) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO room_links (id, room_id, invitee_id, role, label, secret_hash, secret_box, \
         created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(link.id.to_string())
    .bind(link.room.to_string())
    .bind(link.invitee.map(|i| i.to_string()))
    .bind(name(&link.role)?)
    .bind(&link.label)
    .bind(&link.secret_hash)
    .bind(link.secret_box.clone())
    .bind(link.created_at.millis())
    .bind(link.expires_at.map(Time::millis))
    .execute(conn)
    .await
    .map(drop)
}

pub async fn by_hash(conn: &mut Conn, hash: &str) -> Result<Option<FoundLink>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS}, i.name AS invitee_name, i.email AS invitee_email, i.language \
         FROM room_links l LEFT JOIN room_invitees i ON i.id = l.invitee_id \
         WHERE l.secret_hash = $1"
    );
    let row =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(hash.to_owned()).fetch_optional(conn).await?;
    let Some(row) = row else { return Ok(None) };
    let link = read(&row)?;
    if link.invitee.is_none() {
        return Ok(Some(FoundLink { link, suggested_name: String::new(), language: None }));
    }
    let name: String = row.try_get("invitee_name")?;
    // An address stands in for a name that nobody gave.
    let suggested_name =
        if name == row.try_get::<String, _>("invitee_email")? { String::new() } else { name };
    Ok(Some(FoundLink { link, suggested_name, language: Some(named(&row, "language")?) }))
}

/// Links to hand out, newest first. Personal ones are shown as invitees.
pub async fn of_room(conn: &mut Conn, room: RoomId) -> Result<Vec<GuestLink>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM room_links l WHERE l.room_id = $1 AND l.invitee_id IS NULL \
         ORDER BY l.created_at DESC, l.id DESC"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(room.to_string())
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

pub async fn of_invitee(
    conn: &mut Conn,
    invitee: InviteeId,
) -> Result<Option<GuestLink>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM room_links l WHERE l.invitee_id = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(invitee.to_string())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// False when the room has no such link that isn't revoked yet.
pub async fn revoke(
    conn: &mut Conn,
    room: RoomId,
    link: LinkId,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE room_links SET revoked_at = $3 \
         WHERE id = $1 AND room_id = $2 AND revoked_at IS NULL",
    )
    .bind(link.to_string())
    .bind(room.to_string())
    .bind(now.millis())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub async fn used(conn: &mut Conn, link: LinkId, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE room_links SET last_used_at = $2 WHERE id = $1")
        .bind(link.to_string())
        .bind(now.millis())
        .execute(conn)
        .await
        .map(drop)
}

/// Somebody who came by it was removed: nobody new enters by it.
pub async fn bar(conn: &mut Conn, link: LinkId, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE room_links SET barred_at = $2 WHERE id = $1 AND barred_at IS NULL")
        .bind(link.to_string())
        .bind(now.millis())
        .execute(conn)
        .await
        .map(drop)
}
