//! Making, reading, changing and cancelling rooms; who was there.

use axum::{extract::State, http::StatusCode};
use serde_json::json;
use szpon_kit::{
    db::Conn,
    http::{Json, Path, Query},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    Code, RoomId, Time,
    admin::AuditAction,
    problem::FieldReason,
    room::RoomRole,
    rooms::{Attendance, ChangeRoom, NewRoom, Room, RoomQuery, RoomStatus, When},
};
use szpon_signalling_core::Input;

use super::guest;
use crate::{
    AppState,
    audit::{self, by},
    caller::Staff,
    directory::store as people,
    rooms::{
        access,
        invitation::Occasion,
        inviting::{Desk, INVITEES_MAX, Subject},
        store::{
            invitees,
            meetings::{self, Meeting},
            places,
        },
    },
};

/// At most so many rooms in a list.
const LIST_MAX: i64 = 200;
/// How far ahead a room may be planned, in seconds.
const AHEAD_SECS: i64 = 2 * 365 * 86_400;
/// A start may lie so far back, in seconds: somebody filled in a form for a while.
const BEHIND_SECS: i64 = 3600;

/// Makes a room, now or for later, and invites people.
#[utoipa::path(
    post,
    path = "/api/v1/rooms",
    operation_id = "create_room",
    tag = "rooms",
    request_body = NewRoom,
    responses((status = 201, description = "The room", body = Room)),
)]
pub async fn create(
    State(state): State<AppState>,
    staff: Staff,
    Json(new): Json<NewRoom>,
) -> Result<(StatusCode, Json<Room>)> {
    let now = state.clock.now();
    let mut fields = Fields::new();
    let title = fields.line("title", &new.title, 1..=200);
    let description = fields.lines("description", &new.description, 0..=2000);
    let duration_minutes = fields.range("duration_minutes", new.duration_minutes, 5..=720);
    let starts_at = new.starts_at.map_or(now, |at| start(&mut fields, at, now));
    if new.invitees.len() > INVITEES_MAX {
        fields.refuse("invitees", FieldReason::TooLong);
    }
    let guests: Vec<_> = new
        .invitees
        .iter()
        .take(INVITEES_MAX)
        .enumerate()
        .map(|(n, invitee)| {
            let prefix = format!("invitees.{n}.");
            let guest = guest(&mut fields, &prefix, invitee);
            (prefix, guest)
        })
        .collect();
    fields.finish()?;

    let meeting = Meeting {
        id: RoomId::new(),
        office: staff.office,
        host: staff.person,
        title,
        description,
        starts_at,
        duration_minutes,
        waiting_room: new.waiting_room,
        locked: false,
        created_at: now,
        changed_at: now,
        sequence: 0,
        started_at: None,
        ended_at: None,
        cancelled_at: None,
    };
    let desk = Desk { state: &state };
    let room = transaction!(state.db, |conn| {
        meetings::insert(conn, &meeting).await?;
        audit::record(conn, by(&staff, AuditAction::RoomCreated).on(meeting.id), now).await?;
        let subject = Subject::load(conn, &meeting).await?;
        for (prefix, guest) in &guests {
            let invited = desk.invite(conn, &subject, guest, prefix, now).await?;
            let event = by(&staff, AuditAction::InviteeAdded).on(invited.id);
            audit::record(conn, event.with(json!({ "room": meeting.id })), now).await?;
        }
        show(conn, &state, &meeting, RoomRole::Host, now).await
    })?;
    state.mail.wake();
    Ok((StatusCode::CREATED, Json(room)))
}

/// My rooms: hosted or invited to.
#[utoipa::path(
    get,
    path = "/api/v1/rooms",
    operation_id = "list_rooms",
    tag = "rooms",
    params(RoomQuery),
    responses((status = 200, description = "At most 200 rooms", body = Vec<Room>)),
)]
pub async fn list(
    State(state): State<AppState>,
    staff: Staff,
    Query(query): Query<RoomQuery>,
) -> Result<Json<Vec<Room>>> {
    let now = state.clock.now();
    let past = query.when == When::Past;
    let mut conn = state.db.read().await?;
    let (office, person) = (staff.office, staff.person);
    let meetings = meetings::of_person(&mut conn, office, person, past, now, LIST_MAX).await?;
    let roles = places::roles_of_person(&mut conn, person).await?;
    let mut rooms = Vec::with_capacity(meetings.len());
    for meeting in meetings {
        let role = if meeting.host == person {
            RoomRole::Host
        } else if let Some(role) = roles.get(&meeting.id) {
            *role
        } else {
            let invited = invitees::of_person(&mut conn, meeting.id, person).await?;
            invited.map_or(RoomRole::Participant, |invited| invited.role)
        };
        rooms.push(show(&mut conn, &state, &meeting, role, now).await?);
    }
    Ok(Json(rooms))
}

/// One room of mine.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}",
    operation_id = "get_room",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    responses((status = 200, description = "The room", body = Room)),
)]
pub async fn get(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
) -> Result<Json<Room>> {
    let mut conn = state.db.read().await?;
    let opened = access::open(&mut conn, staff.office, staff.person, room).await?;
    let now = state.clock.now();
    Ok(Json(show(&mut conn, &state, &opened.meeting, opened.role, now).await?))
}

/// Changes a room. A changed time or title is sent to everyone invited.
#[utoipa::path(
    patch,
    path = "/api/v1/rooms/{room}",
    operation_id = "change_room",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    request_body = ChangeRoom,
    responses((status = 200, description = "The room as it is now", body = Room)),
)]
pub async fn change(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
    Json(change): Json<ChangeRoom>,
) -> Result<Json<Room>> {
    let now = state.clock.now();
    let mut fields = Fields::new();
    let title = change.title.as_deref().map(|title| fields.line("title", title, 1..=200));
    let description =
        change.description.as_deref().map(|text| fields.lines("description", text, 0..=2000));
    let duration_minutes =
        change.duration_minutes.map(|minutes| fields.range("duration_minutes", minutes, 5..=720));
    let starts_at = change.starts_at.map(|at| start(&mut fields, at, now));
    fields.finish()?;

    let desk = Desk { state: &state };
    let occupied = state.rooms.live.occupancy(room).participants > 0;
    let (meeting, view) = transaction!(state.db, |conn| {
        let opened = access::open(conn, staff.office, staff.person, room).await?;
        if !opened.role.moderates() {
            return Err(Failure::forbidden());
        }
        let former = opened.meeting;
        if is_over(former.status(now, occupied)) {
            return Err(Failure::new(Code::RoomEnded));
        }
        let mut meeting = former.clone();
        if let Some(title) = &title {
            meeting.title.clone_from(title);
        }
        if let Some(description) = &description {
            meeting.description.clone_from(description);
        }
        meeting.duration_minutes = duration_minutes.unwrap_or(meeting.duration_minutes);
        meeting.starts_at = starts_at.unwrap_or(meeting.starts_at);
        meeting.waiting_room = change.waiting_room.unwrap_or(meeting.waiting_room);
        if meeting != former {
            let moved = meeting.title != former.title
                || meeting.starts_at != former.starts_at
                || meeting.duration_minutes != former.duration_minutes;
            if moved {
                meeting.sequence += 1;
                meeting.changed_at = now;
            }
            meetings::update(conn, &meeting).await?;
            audit::record(conn, by(&staff, AuditAction::RoomChanged).on(room), now).await?;
            if moved {
                let subject = Subject::load(conn, &meeting).await?;
                for invited in invitees::of_room(conn, room).await? {
                    desk.write_again(conn, &subject, &invited, Occasion::Changed, now).await?;
                }
            }
        }
        let view = show(conn, &state, &meeting, opened.role, now).await?;
        Ok::<_, Failure>((meeting, view))
    })?;
    state.mail.wake();
    let waiting_room = change.waiting_room;
    let changed = Input::Changed { title: meeting.title, waiting_room };
    state.rooms.live.tell(room, changed).await;
    Ok(Json(view))
}

/// Cancels a room. Everyone invited is told, and calendars take the meeting out.
#[utoipa::path(
    delete,
    path = "/api/v1/rooms/{room}",
    operation_id = "cancel_room",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    responses((status = 204, description = "Cancelled")),
)]
pub async fn cancel(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    let desk = Desk { state: &state };
    let occupied = state.rooms.live.occupancy(room).participants > 0;
    transaction!(state.db, |conn| {
        let mut meeting = access::moderate(conn, staff.office, staff.person, room).await?;
        match meeting.status(now, occupied) {
            // Asked twice: it is cancelled, as was asked.
            RoomStatus::Cancelled => return Ok(()),
            RoomStatus::Ended => return Err(Failure::new(Code::RoomEnded)),
            RoomStatus::Planned | RoomStatus::Live => {}
        }
        meeting.cancelled_at = Some(now);
        meeting.changed_at = now;
        meeting.sequence += 1;
        meetings::update(conn, &meeting).await?;
        audit::record(conn, by(&staff, AuditAction::RoomCancelled).on(room), now).await?;
        let subject = Subject::load(conn, &meeting).await?;
        for invited in invitees::of_room(conn, room).await? {
            desk.write_again(conn, &subject, &invited, Occasion::Cancelled, now).await?;
        }
        Ok::<_, Failure>(())
    })?;
    state.mail.wake();
    state.rooms.live.tell(room, Input::Cancelled).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Who came and went. For host and co-hosts.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/attendance",
    operation_id = "get_attendance",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    responses((status = 200, description = "In order of joining", body = Vec<Attendance>)),
)]
pub async fn attendance(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
) -> Result<Json<Vec<Attendance>>> {
    let mut conn = state.db.read().await?;
    access::moderate(&mut conn, staff.office, staff.person, room).await?;
    Ok(Json(places::attendance(&mut conn, room).await?))
}

/// The room as the caller sees it. Who is invited is shown to those who invite.
async fn show(
    conn: &mut Conn,
    state: &AppState,
    meeting: &Meeting,
    role: RoomRole,
    now: Time,
) -> Result<Room> {
    let occupancy = state.rooms.live.occupancy(meeting.id);
    let host = people::person(conn, meeting.office, meeting.host).await?;
    let invitees = if role.moderates() {
        invitees::with_delivery(conn, meeting.id).await?
    } else {
        Vec::new()
    };
    Ok(Room {
        id: meeting.id,
        title: meeting.title.clone(),
        description: meeting.description.clone(),
        host: meeting.host,
        host_name: host.map(|host| host.name).unwrap_or_default(),
        starts_at: meeting.starts_at,
        duration_minutes: meeting.duration_minutes,
        waiting_room: meeting.waiting_room,
        status: meeting.status(now, occupancy.participants > 0),
        my_role: role,
        participants_now: occupancy.participants,
        waiting_now: occupancy.waiting,
        invitees,
    })
}

fn start(fields: &mut Fields, at: Time, now: Time) -> Time {
    fields.range("starts_at", at, now.plus_secs(-BEHIND_SECS)..=now.plus_secs(AHEAD_SECS))
}

pub(super) fn is_over(status: RoomStatus) -> bool {
    matches!(status, RoomStatus::Ended | RoomStatus::Cancelled)
}
