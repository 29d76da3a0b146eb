//! What a member of staff is to a room. Whoever is nothing to it doesn't learn that it exists.

use szpon_kit::{
    db::Conn,
    problem::{Failure, Result},
};
use szpon_protocol::{OfficeId, PersonId, RoomId, room::RoomRole};

use super::store::{
    invitees,
    meetings::{self, Meeting},
    places,
};

/// A room, and what the caller is in it.
#[derive(Debug, Clone)]
pub struct Opened {
    pub meeting: Meeting,
    pub role: RoomRole,
}

/// A room of the caller's office that they host or are invited to.
pub async fn open(
    conn: &mut Conn,
    office: OfficeId,
    person: PersonId,
    room: RoomId,
) -> Result<Opened> {
    let meeting = meetings::of_office(conn, office, room).await?.ok_or_else(Failure::not_found)?;
    if meeting.host == person {
        return Ok(Opened { meeting, role: RoomRole::Host });
    }
    let invited = invitees::of_person(conn, room, person).await?.ok_or_else(Failure::not_found)?;
    // What they were made in the room counts for more than what the invitation said.
    let seat = places::of_person(conn, room, person).await?;
    let role = seat.map_or(invited.role, |seat| seat.role);
    Ok(Opened { meeting, role })
}

/// [`open`] for those who may change it: the host and co-hosts.
pub async fn moderate(
    conn: &mut Conn,
    office: OfficeId,
    person: PersonId,
    room: RoomId,
) -> Result<Meeting> {
    let opened = open(conn, office, person, room).await?;
    if opened.role.moderates() { Ok(opened.meeting) } else { Err(Failure::forbidden()) }
}
