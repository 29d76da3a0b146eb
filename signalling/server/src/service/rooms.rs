//! Rooms that another service plans.

use axum::extract::State;
use szpon_kit::{
    db::{Conn, is_foreign_key_violation, is_unique_violation},
    http::{Json, Path},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    LinkId, OfficeId, RoomId, Time,
    admin::AuditAction,
    booking::service::{ServiceRoom, ServiceRoomState, ServiceRooms},
    problem::FieldReason,
    room::RoomRole,
};
use szpon_signalling_core::Input;

use crate::{
    AppState, audit,
    caller::ServiceCaller,
    rooms::store::{
        links::{self, GuestLink},
        meetings::{self, Meeting},
    },
};

/// Rooms that one question may name.
const ROOMS_MAX: usize = 500;

/// Makes a room under the caller's id, or brings it to what the body says. Doing it again changes
/// nothing. It has a waiting room and one guest link, whose secret the caller keeps.
#[utoipa::path(
    put, path = "/api/v1/service/offices/{office}/rooms/{room}",
    operation_id = "service_put_room", tag = "service", request_body = ServiceRoom,
    params(("office" = OfficeId, Path), ("room" = RoomId, Path)),
    responses((status = 200, body = ServiceRoomState))
)]
pub async fn put(
    State(state): State<AppState>,
    ServiceCaller(service): ServiceCaller,
    Path((office, room)): Path<(OfficeId, RoomId)>,
    Json(wanted): Json<ServiceRoom>,
) -> Result<Json<ServiceRoomState>> {
    let now = state.clock.now();
    let mut fields = Fields::new();
    let title = fields.line("title", &wanted.title, 1..=200);
    let duration_minutes = fields.range("duration_minutes", wanted.duration_minutes, 5..=720);
    let hash = &wanted.guest_secret_hash;
    if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        fields.refuse("guest_secret_hash", FieldReason::Malformed);
    }
    fields.finish()?;

    let told = transaction!(state.db, |conn| {
        let Some(former) = meetings::find(conn, room).await? else {
            // One that is cancelled before anybody heard of it needn't be.
            if wanted.cancelled {
                return Ok(None);
            }
            let meeting = Meeting {
                id: room,
                office,
                host: wanted.host,
                title: title.clone(),
                description: String::new(),
                starts_at: wanted.starts_at,
                duration_minutes,
                waiting_room: true,
                locked: false,
                created_at: now,
                changed_at: now,
                sequence: 0,
                started_at: None,
                ended_at: None,
                cancelled_at: None,
            };
            // The host and the office must fit together, which the database knows.
            meetings::insert(conn, &meeting).await.map_err(missing)?;
            add_link(conn, room, hash, now).await?;
            let event = audit::by_system(AuditAction::RoomCreated).in_office(office).on(room);
            let event = event.with(serde_json::json!({ "service": service }));
            audit::record(conn, event, now).await?;
            return Ok::<_, Failure>(None);
        };
        if former.office != office {
            return Err(Failure::not_found());
        }
        let mut meeting = former.clone();
        meeting.title.clone_from(&title);
        meeting.starts_at = wanted.starts_at;
        meeting.duration_minutes = duration_minutes;
        meeting.host = wanted.host;
        if wanted.cancelled && meeting.cancelled_at.is_none() {
            meeting.cancelled_at = Some(now);
        }
        add_link(conn, room, hash, now).await?;
        if meeting == former {
            return Ok(None);
        }
        meeting.changed_at = now;
        meetings::update(conn, &meeting).await?;
        if meeting.host != former.host {
            meetings::set_host(conn, room, meeting.host).await.map_err(missing)?;
        }
        let action = if meeting.cancelled_at == former.cancelled_at {
            AuditAction::RoomChanged
        } else {
            AuditAction::RoomCancelled
        };
        let event = audit::by_system(action).in_office(office).on(room);
        let event = event.with(serde_json::json!({ "service": service }));
        audit::record(conn, event, now).await?;
        Ok(Some(if meeting.cancelled_at == former.cancelled_at {
            Input::Changed { title: meeting.title, waiting_room: None }
        } else {
            Input::Cancelled
        }))
    })?;
    if let Some(input) = told {
        state.rooms.tell(room, input).await;
    }
    Ok(Json(state_of(&state, room)))
}

fn missing(error: sqlx::Error) -> Failure {
    if is_foreign_key_violation(&error) { Failure::not_found() } else { error.into() }
}

/// The guest link, once.
async fn add_link(conn: &mut Conn, room: RoomId, hash: &str, now: Time) -> Result<()> {
    if let Some(found) = links::by_hash(conn, hash).await? {
        return if found.link.room == room { Ok(()) } else { Err(Failure::conflict()) };
    }
    let link = GuestLink {
        id: LinkId::new(),
        room,
        invitee: None,
        role: RoomRole::Participant,
        label: String::new(),
        secret_hash: hash.to_owned(),
        secret_box: None,
        created_at: now,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
        barred_at: None,
    };
    links::insert(conn, &link).await.map_err(|error| {
        if is_unique_violation(&error) { Failure::conflict() } else { error.into() }
    })
}

/// Who is in these rooms and who waits. Rooms that don't exist are left out.
#[utoipa::path(
    post, path = "/api/v1/service/offices/{office}/rooms/presence",
    operation_id = "service_room_presence", tag = "service", request_body = ServiceRooms,
    params(("office" = OfficeId, Path)),
    responses((status = 200, body = Vec<ServiceRoomState>))
)]
pub async fn presence(
    State(state): State<AppState>,
    _: ServiceCaller,
    Path(office): Path<OfficeId>,
    Json(asked): Json<ServiceRooms>,
) -> Result<Json<Vec<ServiceRoomState>>> {
    if asked.rooms.len() > ROOMS_MAX {
        return Err(Failure::field("rooms", FieldReason::TooLong));
    }
    let mut conn = state.db.read().await?;
    let mut states = Vec::new();
    for room in asked.rooms {
        if meetings::of_office(&mut conn, office, room).await?.is_some() {
            states.push(state_of(&state, room));
        }
    }
    Ok(Json(states))
}

fn state_of(state: &AppState, room: RoomId) -> ServiceRoomState {
    let (participants, waiting) = state.rooms.occupancy(room);
    ServiceRoomState { room, participants, waiting }
}
