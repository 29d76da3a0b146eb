//! Rooms themselves.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::Conn;
use szpon_protocol::{OfficeId, PersonId, RoomId, Time, rooms::RoomStatus};

use crate::rooms::window::Window;
use crate::row::{flag, parsed, time, time_opt};

/// A room as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    pub id: RoomId,
    pub office: OfficeId,
    pub host: PersonId,
    pub title: String,
    pub description: String,
    pub starts_at: Time,
    pub duration_minutes: u16,
    pub waiting_room: bool,
    pub locked: bool,
    pub created_at: Time,
    pub changed_at: Time,
    /// SEQUENCE of the calendar entry.
    pub sequence: i64,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
    pub cancelled_at: Option<Time>,
}

impl Meeting {
    pub fn window(&self) -> Window {
        Window::new(self.created_at, self.starts_at, self.duration_minutes)
    }

    /// `occupied`: somebody is in it at this moment.
    pub fn status(&self, now: Time, occupied: bool) -> RoomStatus {
        if self.cancelled_at.is_some() {
            RoomStatus::Cancelled
        } else if self.ended_at.is_some() {
            RoomStatus::Ended
        } else if occupied {
            RoomStatus::Live
        } else if now >= self.window().closes_at {
            RoomStatus::Ended
        } else if self.started_at.is_some() {
            RoomStatus::Live
        } else {
            RoomStatus::Planned
        }
    }
}

const COLUMNS: &str = "id, office_id, host_id, title, description, starts_at, duration_minutes, \
    waiting_room, locked, created_at, changed_at, sequence, started_at, ended_at, cancelled_at";

fn read(row: &AnyRow) -> Result<Meeting, sqlx::Error> {
    Ok(Meeting {
        id: parsed(row, "id")?,
        office: parsed(row, "office_id")?,
        host: parsed(row, "host_id")?,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        starts_at: time(row, "starts_at")?,
        duration_minutes: u16::try_from(row.try_get::<i64, _>("duration_minutes")?)
            .map_err(|error| sqlx::Error::Decode(error.into()))?,
        waiting_room: flag(row, "waiting_room")?,
        locked: flag(row, "locked")?,
        created_at: time(row, "created_at")?,
        changed_at: time(row, "changed_at")?,
        sequence: row.try_get("sequence")?,
        started_at: time_opt(row, "started_at")?,
        ended_at: time_opt(row, "ended_at")?,
        cancelled_at: time_opt(row, "cancelled_at")?,
    })
}

pub async fn insert(conn: &mut Conn, room: &Meeting) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO rooms (id, office_id, host_id, title, description, starts_at, \
         duration_minutes, waiting_room, locked, created_at, changed_at, sequence) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11)",
    )
    .bind(room.id.to_string())
    .bind(room.office.to_string())
    .bind(room.host.to_string())
    .bind(&room.title)
    .bind(&room.description)
    .bind(room.starts_at.millis())
    .bind(i64::from(room.duration_minutes))
    .bind(i64::from(room.waiting_room))
    .bind(room.created_at.millis())
    .bind(room.changed_at.millis())
    .bind(room.sequence)
    .execute(conn)
    .await
    .map(drop)
}

/// A room of this office. An id from another office is as good as none.
pub async fn of_office(
    conn: &mut Conn,
    office: OfficeId,
    room: RoomId,
) -> Result<Option<Meeting>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM rooms WHERE id = $1 AND office_id = $2");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(room.to_string())
        .bind(office.to_string())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// A room by its id alone: for one who holds a link into it or a place in it.
pub async fn find(conn: &mut Conn, room: RoomId) -> Result<Option<Meeting>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM rooms WHERE id = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(room.to_string())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Rooms that a person hosts or is invited to, which are over at `now` or not. Upcoming ones begin
/// with the soonest, past ones with the latest; at most `limit`.
pub async fn of_person(
    conn: &mut Conn,
    office: OfficeId,
    person: PersonId,
    past: bool,
    now: Time,
    limit: i64,
) -> Result<Vec<Meeting>, sqlx::Error> {
    // As `Meeting::status` has it: over means cancelled, ended, or its time is past and nobody in it.
    const OVER: &str = "(cancelled_at IS NOT NULL OR ended_at IS NOT NULL \
        OR (starts_at + duration_minutes * 60000 + $3 <= $4 AND NOT EXISTS \
            (SELECT 1 FROM room_stays s WHERE s.room_id = rooms.id AND s.left_at IS NULL)))";
    let (condition, order) =
        if past { (OVER.to_owned(), "DESC") } else { (format!("NOT {OVER}"), "ASC") };
    let sql = format!(
        "SELECT {COLUMNS} FROM rooms WHERE office_id = $1 AND {condition} \
         AND (host_id = $2 OR EXISTS (SELECT 1 FROM room_invitees i WHERE i.room_id = rooms.id \
              AND i.person_id = $2 AND i.removed_at IS NULL)) \
         ORDER BY starts_at {order}, id LIMIT $5"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(person.to_string())
        .bind(Window::STAYS_OPEN_MS)
        .bind(now.millis())
        .bind(limit)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Another person of the office hosts from now on.
pub async fn set_host(conn: &mut Conn, room: RoomId, host: PersonId) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE rooms SET host_id = $2 WHERE id = $1")
        .bind(room.to_string())
        .bind(host.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// Writes what the host may change, and the calendar's view of it.
pub async fn update(conn: &mut Conn, room: &Meeting) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE rooms SET title = $2, description = $3, starts_at = $4, duration_minutes = $5, \
         waiting_room = $6, changed_at = $7, sequence = $8, cancelled_at = $9 WHERE id = $1",
    )
    .bind(room.id.to_string())
    .bind(&room.title)
    .bind(&room.description)
    .bind(room.starts_at.millis())
    .bind(i64::from(room.duration_minutes))
    .bind(i64::from(room.waiting_room))
    .bind(room.changed_at.millis())
    .bind(room.sequence)
    .bind(room.cancelled_at.map(Time::millis))
    .execute(conn)
    .await
    .map(drop)
}
