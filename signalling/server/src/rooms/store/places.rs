//! Participants, what they say, and their stays: what a live room needs to be resumed.

use std::collections::HashMap;

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::Conn;
use szpon_protocol::{
    LinkId, ParticipantId, PersonId, RoomId, Time,
    room::{ChatMessage, RoomRole},
    rooms::Attendance,
};
use szpon_signalling_core::{CHAT_KEPT, Change, Seat, Standing};

use super::{json, links, to_json};
use crate::row::{flag, name, named, parsed, parsed_opt, time, time_opt};

const COLUMNS: &str = "p.id, p.person_id, p.link_id, p.name, p.role, p.standing, p.admitted, \
    p.since, p.sources, p.hand_raised_at, p.notes, p.reason";

fn read(row: &AnyRow) -> Result<Seat, sqlx::Error> {
    Ok(Seat {
        id: parsed(row, "id")?,
        person: parsed_opt(row, "person_id")?,
        link: parsed_opt(row, "link_id")?,
        name: row.try_get("name")?,
        role: named(row, "role")?,
        standing: named(row, "standing")?,
        admitted: flag(row, "admitted")?,
        since: time(row, "since")?,
        sources: json(row, "sources")?,
        hand_raised_at: time_opt(row, "hand_raised_at")?,
        notes: json(row, "notes")?,
        reason: row.try_get("reason")?,
    })
}

/// A new place. Does nothing when the person has one in this room already.
pub async fn insert(conn: &mut Conn, room: RoomId, seat: &Seat) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO room_participants (id, room_id, person_id, link_id, name, role, standing, \
         admitted, since, sources, hand_raised_at, notes, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (room_id, person_id) DO NOTHING",
    )
    .bind(seat.id.to_string())
    .bind(room.to_string())
    .bind(seat.person.map(|p| p.to_string()))
    .bind(seat.link.map(|l| l.to_string()))
    .bind(&seat.name)
    .bind(name(&seat.role)?)
    .bind(name(&seat.standing)?)
    .bind(i64::from(seat.admitted))
    .bind(seat.since.millis())
    .bind(to_json(&seat.sources)?)
    .bind(seat.hand_raised_at.map(Time::millis))
    .bind(to_json(&seat.notes)?)
    .bind(&seat.reason)
    .execute(conn)
    .await
    .map(drop)
}

/// A place in the room, and whether the way in that it came by is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub seat: Seat,
    /// The link was revoked, or the colleague isn't invited any more or has no active account.
    pub withdrawn: bool,
}

pub async fn find(
    conn: &mut Conn,
    room: RoomId,
    participant: ParticipantId,
) -> Result<Option<Place>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS}, \
           CASE WHEN EXISTS (SELECT 1 FROM room_links l \
                             WHERE l.id = p.link_id AND l.revoked_at IS NULL) \
                  OR (EXISTS (SELECT 1 FROM people a \
                              WHERE a.id = p.person_id AND a.status = 'active') \
                      AND (r.host_id = p.person_id \
                           OR EXISTS (SELECT 1 FROM room_invitees i WHERE i.room_id = p.room_id \
                                      AND i.person_id = p.person_id AND i.removed_at IS NULL))) \
                THEN CAST(0 AS BIGINT) ELSE 1 END AS withdrawn \
         FROM room_participants p JOIN rooms r ON r.id = p.room_id \
         WHERE p.id = $1 AND p.room_id = $2"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(participant.to_string())
        .bind(room.to_string())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let withdrawn = flag(&row, "withdrawn")?;
    Ok(Some(Place { seat: read(&row)?, withdrawn }))
}

/// The one place that a person has in a room.
pub async fn of_person(
    conn: &mut Conn,
    room: RoomId,
    person: PersonId,
) -> Result<Option<Seat>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM room_participants p WHERE p.room_id = $1 AND p.person_id = $2"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(room.to_string())
        .bind(person.to_string())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The roles that a person has in rooms they have been to.
pub async fn roles_of_person(
    conn: &mut Conn,
    person: PersonId,
) -> Result<HashMap<RoomId, RoomRole>, sqlx::Error> {
    sqlx::query("SELECT room_id, role FROM room_participants WHERE person_id = $1")
        .bind(person.to_string())
        .fetch_all(conn)
        .await?
        .iter()
        .map(|row| Ok((parsed(row, "room_id")?, named(row, "role")?)))
        .collect()
}

/// Somebody who was removed is invited again.
pub async fn forgive(conn: &mut Conn, room: RoomId, person: PersonId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE room_participants SET standing = 'left', reason = '' \
         WHERE room_id = $1 AND person_id = $2 AND standing = 'removed'",
    )
    .bind(room.to_string())
    .bind(person.to_string())
    .execute(conn)
    .await
    .map(drop)
}

/// How many places were given out by a link.
pub async fn count_of_link(conn: &mut Conn, link: LinkId) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT COUNT(*) AS n FROM room_participants WHERE link_id = $1")
        .bind(link.to_string())
        .fetch_one(conn)
        .await?
        .try_get("n")
}

/// Those who are in or wait.
pub async fn present(conn: &mut Conn, room: RoomId) -> Result<Vec<Seat>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM room_participants p \
         WHERE p.room_id = $1 AND p.standing IN ('in', 'waiting')"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(room.to_string())
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Rooms in which somebody was or waited when the server went down.
pub async fn rooms_with_people(conn: &mut Conn) -> Result<Vec<RoomId>, sqlx::Error> {
    sqlx::query(
        "SELECT DISTINCT room_id FROM room_participants WHERE standing IN ('in', 'waiting')",
    )
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| parsed(row, "room_id"))
    .collect()
}

/// The newest messages, oldest first.
pub async fn chat(conn: &mut Conn, room: RoomId) -> Result<Vec<ChatMessage>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, participant_id, from_name, text, at, client_id FROM room_chat \
         WHERE room_id = $1 ORDER BY at DESC, id DESC LIMIT $2",
    )
    .bind(room.to_string())
    .bind(i64::try_from(CHAT_KEPT).unwrap_or(i64::MAX))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .rev()
        .map(|row| {
            Ok(ChatMessage {
                id: parsed(row, "id")?,
                from: parsed(row, "participant_id")?,
                from_name: row.try_get("from_name")?,
                text: row.try_get("text")?,
                at: time(row, "at")?,
                client_id: row.try_get("client_id")?,
            })
        })
        .collect()
}

/// Stores what followed from one input of a live room.
pub async fn apply(
    conn: &mut Conn,
    room: RoomId,
    changes: &[Change],
    now: Time,
) -> Result<(), sqlx::Error> {
    for change in changes {
        match change {
            Change::Seat(seat) => {
                update(conn, seat).await?;
                if let (Standing::Removed, Some(link)) = (seat.standing, seat.link) {
                    links::bar(conn, link, now).await?;
                }
            }
            Change::Room { locked, waiting_room, started_at, ended_at } => {
                sqlx::query(
                    "UPDATE rooms SET locked = $2, waiting_room = $3, started_at = $4, \
                     ended_at = $5 WHERE id = $1",
                )
                .bind(room.to_string())
                .bind(i64::from(*locked))
                .bind(i64::from(*waiting_room))
                .bind(started_at.map(Time::millis))
                .bind(ended_at.map(Time::millis))
                .execute(&mut *conn)
                .await?;
            }
            Change::Chat(message) => say(conn, room, message).await?,
            Change::Arrived { participant, at } => {
                sqlx::query(
                    "INSERT INTO room_stays (participant_id, room_id, joined_at) \
                     VALUES ($1, $2, $3)",
                )
                .bind(participant.to_string())
                .bind(room.to_string())
                .bind(at.millis())
                .execute(&mut *conn)
                .await?;
            }
            Change::Departed { participant, at, reason } => {
                sqlx::query(
                    "UPDATE room_stays SET left_at = $2, reason = $3 \
                     WHERE participant_id = $1 AND left_at IS NULL",
                )
                .bind(participant.to_string())
                .bind(at.millis())
                .bind(name(reason)?)
                .execute(&mut *conn)
                .await?;
            }
        }
    }
    Ok(())
}

async fn update(conn: &mut Conn, seat: &Seat) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE room_participants SET name = $2, role = $3, standing = $4, admitted = $5, \
         since = $6, sources = $7, hand_raised_at = $8, notes = $9, reason = $10 WHERE id = $1",
    )
    .bind(seat.id.to_string())
    .bind(&seat.name)
    .bind(name(&seat.role)?)
    .bind(name(&seat.standing)?)
    .bind(i64::from(seat.admitted))
    .bind(seat.since.millis())
    .bind(to_json(&seat.sources)?)
    .bind(seat.hand_raised_at.map(Time::millis))
    .bind(to_json(&seat.notes)?)
    .bind(&seat.reason)
    .execute(conn)
    .await
    .map(drop)
}

async fn say(conn: &mut Conn, room: RoomId, message: &ChatMessage) -> Result<(), sqlx::Error> {
    // A client may send again what is older than the messages a live room remembers.
    sqlx::query(
        "INSERT INTO room_chat (id, room_id, participant_id, from_name, text, at, client_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (participant_id, client_id) DO NOTHING",
    )
    .bind(message.id.to_string())
    .bind(room.to_string())
    .bind(message.from.to_string())
    .bind(&message.from_name)
    .bind(&message.text)
    .bind(message.at.millis())
    .bind(&message.client_id)
    .execute(conn)
    .await
    .map(drop)
}

/// Who came and went, in order of joining.
pub async fn attendance(conn: &mut Conn, room: RoomId) -> Result<Vec<Attendance>, sqlx::Error> {
    sqlx::query(
        "SELECT s.participant_id, p.name, p.role, p.person_id, s.joined_at, s.left_at, s.reason \
         FROM room_stays s JOIN room_participants p ON p.id = s.participant_id \
         WHERE s.room_id = $1 ORDER BY s.joined_at, s.participant_id",
    )
    .bind(room.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let reason = row.try_get::<Option<String>, _>("reason")?;
        Ok(Attendance {
            participant: parsed(row, "participant_id")?,
            name: row.try_get("name")?,
            role: named(row, "role")?,
            guest: parsed_opt::<PersonId>(row, "person_id")?.is_none(),
            joined_at: time(row, "joined_at")?,
            left_at: time_opt(row, "left_at")?,
            reason: reason.is_some().then(|| named(row, "reason")).transpose()?,
        })
    })
    .collect()
}
