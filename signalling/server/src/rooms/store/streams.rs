//! Streams of a room. Their tokens are not stored.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::Conn;
use szpon_protocol::{
    ParticipantId, PersonId, RoomId, Time, claims::StreamDirection, media::SourceSet,
};
use szpon_signalling_core::Seat;

use super::{json, places, to_json};
use crate::row::{name, named, parsed, time, time_opt};

/// A stream as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStream {
    /// Its participant's id.
    pub id: ParticipantId,
    pub name: String,
    pub direction: StreamDirection,
    pub sources: SourceSet,
    pub created_by: PersonId,
    pub created_at: Time,
    pub expires_at: Time,
    pub revoked_at: Option<Time>,
}

fn read(row: &AnyRow) -> Result<StoredStream, sqlx::Error> {
    Ok(StoredStream {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        direction: named(row, "direction")?,
        sources: json(row, "sources")?,
        created_by: parsed(row, "created_by")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        revoked_at: time_opt(row, "revoked_at")?,
    })
}

const SELECT: &str = "SELECT s.id, p.name, s.direction, s.sources, s.created_by, s.created_at, \
    s.expires_at, s.revoked_at FROM room_streams s JOIN room_participants p ON p.id = s.id";

/// A new stream, whose place `seat` is stored as well.
pub async fn insert(
    conn: &mut Conn,
    room: RoomId,
    seat: &Seat,
    stream: &StoredStream,
) -> Result<(), sqlx::Error> {
    places::insert(conn, room, seat).await?;
    sqlx::query(
        "INSERT INTO room_streams (id, room_id, direction, sources, created_by, created_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(stream.id.to_string())
    .bind(room.to_string())
    .bind(name(&stream.direction)?)
    .bind(to_json(&stream.sources)?)
    .bind(stream.created_by.to_string())
    .bind(stream.created_at.millis())
    .bind(stream.expires_at.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// The streams of a room, newest first.
pub async fn of_room(conn: &mut Conn, room: RoomId) -> Result<Vec<StoredStream>, sqlx::Error> {
    let sql = format!("{SELECT} WHERE s.room_id = $1 ORDER BY s.created_at DESC, s.id DESC");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(room.to_string())
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// A stream that was not revoked, with its place. A session that outlives its token stays, as any
/// media session does.
pub async fn open(
    conn: &mut Conn,
    room: RoomId,
    stream: ParticipantId,
) -> Result<Option<(StoredStream, Seat)>, sqlx::Error> {
    let sql = format!("{SELECT} WHERE s.id = $1 AND s.room_id = $2 AND s.revoked_at IS NULL");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(stream.to_string())
        .bind(room.to_string())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let place = places::find(conn, room, stream).await?;
    place.map(|place| Ok((read(&row)?, place.seat))).transpose()
}

/// False when the room has no such stream that isn't revoked yet.
pub async fn revoke(
    conn: &mut Conn,
    room: RoomId,
    stream: ParticipantId,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE room_streams SET revoked_at = $3 \
         WHERE id = $1 AND room_id = $2 AND revoked_at IS NULL",
    )
    .bind(stream.to_string())
    .bind(room.to_string())
    .bind(now.millis())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}
