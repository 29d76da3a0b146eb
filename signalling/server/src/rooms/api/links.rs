//! Guest links to hand out by other ways than our mail.

use axum::{extract::State, http::StatusCode};
use serde_json::json;
use szpon_kit::{
    http::{Json, Path},
    problem::{Failure, Fields, Result},
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    Code, LinkId, RoomId,
    admin::AuditAction,
    problem::FieldReason,
    room::RoomRole,
    rooms::{Link, NewLink, NewLinkCreated},
};
use szpon_signalling_core::{Access, Input};

use super::rooms::is_over;
use crate::{
    AppState,
    audit::{self, by},
    caller::Staff,
    rooms::{
        access,
        inviting::Desk,
        store::{
            links::{self, GuestLink},
            meetings::Meeting,
        },
    },
};

/// How many links a room may have.
const LINKS_MAX: usize = 50;
/// How far ahead a link may expire, in seconds.
const AHEAD_SECS: i64 = 2 * 365 * 86_400;

/// Makes a link. Its address is shown this once.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{room}/links",
    operation_id = "create_link",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    request_body = NewLink,
    responses((status = 201, description = "The link and its address", body = NewLinkCreated)),
)]
pub async fn create(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
    Json(new): Json<NewLink>,
) -> Result<(StatusCode, Json<NewLinkCreated>)> {
    let now = state.clock.now();
    let mut fields = Fields::new();
    let label = fields.line("label", &new.label, 0..=80);
    if new.role.moderates() {
        fields.refuse("role", FieldReason::OutOfRange);
    }
    if let Some(at) = new.expires_at {
        fields.range("expires_at", at, now.plus_secs(1)..=now.plus_secs(AHEAD_SECS));
    }
    fields.finish()?;

    let secret = Secret::generate();
    let link = GuestLink {
        id: LinkId::new(),
        room,
        invitee: None,
        role: if new.role == RoomRole::Interpreter { new.role } else { RoomRole::Participant },
        label,
        secret_hash: secret.hash(),
        secret_box: None,
        created_at: now,
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
        barred_at: None,
    };
    let occupied = state.rooms.live.occupancy(room).participants > 0;
    let meeting = transaction!(state.db, |conn| {
        let meeting = access::moderate(conn, staff.office, staff.person, room).await?;
        if is_over(meeting.status(now, occupied)) {
            return Err(Failure::new(Code::RoomEnded));
        }
        if links::of_room(conn, room).await?.len() >= LINKS_MAX {
            return Err(Failure::conflict().with_detail("the room has as many links as it may"));
        }
        links::insert(conn, &link).await?;
        let event = by(&staff, AuditAction::LinkCreated).on(link.id).with(json!({ "room": room }));
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(meeting)
    })?;
    let url = Desk { state: &state }.guest_url(&secret);
    Ok((StatusCode::CREATED, Json(NewLinkCreated { link: show(&meeting, &link), url })))
}

/// The room's links, newest first. Personal links of invitees are not among them.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/links",
    operation_id = "list_links",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    responses((status = 200, description = "The links", body = Vec<Link>)),
)]
pub async fn list(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
) -> Result<Json<Vec<Link>>> {
    let mut conn = state.db.read().await?;
    let meeting = access::moderate(&mut conn, staff.office, staff.person, room).await?;
    let links = links::of_room(&mut conn, room).await?;
    Ok(Json(links.iter().map(|link| show(&meeting, link)).collect()))
}

/// Revokes a link. Whoever waits by it goes; whoever was let in stays.
#[utoipa::path(
    delete,
    path = "/api/v1/rooms/{room}/links/{link}",
    operation_id = "revoke_link",
    tag = "rooms",
    params(("room" = RoomId, Path), ("link" = LinkId, Path)),
    responses((status = 204, description = "Revoked")),
)]
pub async fn revoke(
    State(state): State<AppState>,
    staff: Staff,
    Path((room, link)): Path<(RoomId, LinkId)>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        access::moderate(conn, staff.office, staff.person, room).await?;
        let known = links::of_room(conn, room).await?.into_iter().any(|known| known.id == link);
        if !known {
            return Err(Failure::not_found());
        }
        if links::revoke(conn, room, link, now).await? {
            let event = by(&staff, AuditAction::LinkRevoked).on(link).with(json!({ "room": room }));
            audit::record(conn, event, now).await?;
        }
        Ok::<_, Failure>(())
    })?;
    let access = Access::Link(link);
    state.rooms.live.tell(room, Input::Withdrawn { access, also_in: false }).await;
    Ok(StatusCode::NO_CONTENT)
}

fn show(meeting: &Meeting, link: &GuestLink) -> Link {
    let window = meeting.window();
    Link {
        id: link.id,
        role: link.role,
        label: link.label.clone(),
        created_at: link.created_at,
        valid_from: window.opens_at,
        expires_at: link.expires_at.unwrap_or(window.closes_at),
        // One that lets in nobody new is as good as revoked for whoever hands it out.
        revoked_at: link.revoked_at.or(link.barred_at),
        last_used_at: link.last_used_at,
    }
}
