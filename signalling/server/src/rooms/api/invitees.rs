//! Who is invited to a room.

use axum::{extract::State, http::StatusCode};
use serde_json::json;
use szpon_kit::{
    http::{Json, Path},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    Code, InviteeId, RoomId, Time,
    admin::AuditAction,
    rooms::{Invitee, NewInvitee},
};
use szpon_signalling_core::{Access, Input};

use super::{guest, rooms::is_over};
use crate::{
    AppState,
    audit::{self, by},
    caller::Staff,
    rooms::{
        access,
        invitation::Occasion,
        inviting::{Desk, INVITEES_MAX, Subject},
        store::{
            invitees, links,
            meetings::{self, Meeting},
        },
    },
};

/// Invites one more person.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{room}/invitees",
    operation_id = "add_invitee",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    request_body = NewInvitee,
    responses((status = 201, description = "The invitee", body = Invitee)),
)]
pub async fn add(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
    Json(new): Json<NewInvitee>,
) -> Result<(StatusCode, Json<Invitee>)> {
    let now = state.clock.now();
    let mut fields = Fields::new();
    let guest = guest(&mut fields, "", &new);
    fields.finish()?;

    let desk = Desk { state: &state };
    let invitee = transaction!(state.db, |conn| {
        let meeting = access::moderate(conn, staff.office, staff.person, room).await?;
        still_on(&state, &meeting, now)?;
        if invitees::of_room(conn, room).await?.len() >= INVITEES_MAX {
            return Err(Failure::conflict().with_detail("the room has as many invitees as it may"));
        }
        let subject = Subject::load(conn, &meeting).await?;
        let invited = desk.invite(conn, &subject, &guest, "", now).await?;
        let event =
            by(&staff, AuditAction::InviteeAdded).on(invited.id).with(json!({ "room": room }));
        audit::record(conn, event, now).await?;
        let all = invitees::with_delivery(conn, room).await?;
        all.into_iter()
            .find(|invitee| invitee.id == invited.id)
            .ok_or_else(|| Failure::internal("an invitee that was just stored is gone"))
    })?;
    state.mail.wake();
    Ok((StatusCode::CREATED, Json(invitee)))
}

/// Takes an invitation back: calendars take the meeting out, and the link leads nowhere any more.
#[utoipa::path(
    delete,
    path = "/api/v1/rooms/{room}/invitees/{invitee}",
    operation_id = "remove_invitee",
    tag = "rooms",
    params(("room" = RoomId, Path), ("invitee" = InviteeId, Path)),
    responses((status = 204, description = "Taken back")),
)]
pub async fn remove(
    State(state): State<AppState>,
    staff: Staff,
    Path((room, invitee)): Path<(RoomId, InviteeId)>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    let desk = Desk { state: &state };
    let entrance = transaction!(state.db, |conn| {
        let mut meeting = access::moderate(conn, staff.office, staff.person, room).await?;
        let invited = invitees::find(conn, room, invitee).await?.ok_or_else(Failure::not_found)?;
        // Nobody needs to be told that a meeting of the past is off.
        if still_on(&state, &meeting, now).is_ok() {
            meeting.sequence += 1;
            meeting.changed_at = now;
            meetings::update(conn, &meeting).await?;
            let subject = Subject::load(conn, &meeting).await?;
            desk.write_again(conn, &subject, &invited, Occasion::Cancelled, now).await?;
        }
        invitees::remove(conn, invitee, now).await?;
        let link = links::of_invitee(conn, invitee).await?;
        if let Some(link) = &link {
            links::revoke(conn, room, link.id, now).await?;
        }
        let event =
            by(&staff, AuditAction::InviteeRemoved).on(invitee).with(json!({ "room": room }));
        audit::record(conn, event, now).await?;
        let entrance = match (invited.person, link) {
            (Some(person), _) => Some(Access::Person(person)),
            (None, Some(link)) => Some(Access::Link(link.id)),
            (None, None) => None,
        };
        Ok::<_, Failure>(entrance)
    })?;
    state.mail.wake();
    if let Some(access) = entrance {
        state.rooms.live.tell(room, Input::Withdrawn { access, also_in: true }).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Sends the invitation again, with the same link.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{room}/invitees/{invitee}/resend",
    operation_id = "resend_invitation",
    tag = "rooms",
    params(("room" = RoomId, Path), ("invitee" = InviteeId, Path)),
    responses((status = 204, description = "On its way")),
)]
pub async fn resend(
    State(state): State<AppState>,
    staff: Staff,
    Path((room, invitee)): Path<(RoomId, InviteeId)>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    let desk = Desk { state: &state };
    transaction!(state.db, |conn| {
        let meeting = access::moderate(conn, staff.office, staff.person, room).await?;
        still_on(&state, &meeting, now)?;
        let invited = invitees::find(conn, room, invitee).await?.ok_or_else(Failure::not_found)?;
        let subject = Subject::load(conn, &meeting).await?;
        desk.write_again(conn, &subject, &invited, Occasion::Invited, now).await
    })?;
    state.mail.wake();
    Ok(StatusCode::NO_CONTENT)
}

fn still_on(state: &AppState, meeting: &Meeting, now: Time) -> Result<()> {
    let occupied = state.rooms.live.occupancy(meeting.id).participants > 0;
    if is_over(meeting.status(now, occupied)) {
        return Err(Failure::new(Code::RoomEnded));
    }
    Ok(())
}
