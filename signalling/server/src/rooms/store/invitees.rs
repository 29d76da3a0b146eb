//! Who is invited.

use sqlx::{Row, any::AnyRow};
use szpon_kit::{db::Conn, mail::outbox};
use szpon_protocol::{
    InviteeId, MailId, PersonId, RoomId, Time,
    account::Language,
    room::RoomRole,
    rooms::{Delivery, Invitee},
};

use crate::row::{name, named, parsed, parsed_opt, time};

/// An invitee as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    pub id: InviteeId,
    pub room: RoomId,
    pub person: Option<PersonId>,
    pub name: String,
    pub email: String,
    pub language: Language,
    pub role: RoomRole,
    /// The newest mail to them.
    pub mail: MailId,
}

const COLUMNS: &str = "id, room_id, person_id, name, email, language, role, mail_id";

fn read(row: &AnyRow) -> Result<Invited, sqlx::Error> {
    Ok(Invited {
        id: parsed(row, "id")?,
        room: parsed(row, "room_id")?,
        person: parsed_opt(row, "person_id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        language: named(row, "language")?,
        role: named(row, "role")?,
        mail: parsed(row, "mail_id")?,
    })
}

/// Fails with a unique violation when the address is invited to the room already.
pub async fn insert(conn: &mut Conn, invited: &Invited, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO room_invitees (id, room_id, person_id, name, email, language, role, mail_id, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(invited.id.to_string())
    .bind(invited.room.to_string())
    .bind(invited.person.map(|p| p.to_string()))
    .bind(&invited.name)
    .bind(&invited.email)
    .bind(name(&invited.language)?)
    .bind(name(&invited.role)?)
    .bind(invited.mail.to_string())
    .bind(now.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Everyone invited to the room and not taken off again, in order of invitation.
pub async fn of_room(conn: &mut Conn, room: RoomId) -> Result<Vec<Invited>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM room_invitees WHERE room_id = $1 AND removed_at IS NULL \
         ORDER BY created_at, id"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(room.to_string())
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// [`of_room`] with what became of the newest mail to each.
pub async fn with_delivery(conn: &mut Conn, room: RoomId) -> Result<Vec<Invitee>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT i.id, i.person_id, i.name, i.email, i.language, i.role, i.created_at AS invited_at, \
           m.state, m.attempts, m.next_attempt_at, m.last_error, m.finished_at \
         FROM room_invitees i LEFT JOIN mail_outbox m ON m.id = i.mail_id \
         WHERE i.room_id = $1 AND i.removed_at IS NULL ORDER BY i.created_at, i.id",
    )
    .bind(room.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let state: Option<String> = row.try_get("state")?;
            let delivery = match state {
                Some(_) => outbox::delivery_of(row)?,
                // The outbox forgets what went out long ago, and only that.
                None => Delivery::Sent { at: time(row, "invited_at")? },
            };
            Ok(Invitee {
                id: parsed(row, "id")?,
                person: parsed_opt(row, "person_id")?,
                name: row.try_get("name")?,
                email: row.try_get("email")?,
                language: named(row, "language")?,
                role: named(row, "role")?,
                delivery,
            })
        })
        .collect()
}

pub async fn find(
    conn: &mut Conn,
    room: RoomId,
    invitee: InviteeId,
) -> Result<Option<Invited>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM room_invitees WHERE id = $1 AND room_id = $2 AND removed_at IS NULL"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(invitee.to_string())
        .bind(room.to_string())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// A colleague's invitation to the room.
pub async fn of_person(
    conn: &mut Conn,
    room: RoomId,
    person: PersonId,
) -> Result<Option<Invited>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM room_invitees \
         WHERE room_id = $1 AND person_id = $2 AND removed_at IS NULL"
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

/// A newer mail went to them.
pub async fn set_mail(
    conn: &mut Conn,
    invitee: InviteeId,
    mail: MailId,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE room_invitees SET mail_id = $2 WHERE id = $1")
        .bind(invitee.to_string())
        .bind(mail.to_string())
        .execute(conn)
        .await
        .map(drop)
}

pub async fn remove(conn: &mut Conn, invitee: InviteeId, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE room_invitees SET removed_at = $2 WHERE id = $1")
        .bind(invitee.to_string())
        .bind(now.millis())
        .execute(conn)
        .await
        .map(drop)
}
