//! The ways into a room: a colleague's, and a guest's by a link.

use axum::extract::State;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use szpon_kit::{
    db::Conn,
    http::{ClientAddress, Json, Path},
    problem::{Failure, Fields, Result},
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    Code, OfficeId, ParticipantId, RoomId, Time,
    claims::{Audience, ParticipantClaims, Subject},
    rooms::{JoinGrant, LinkPreview, LinkSecret, ProbeGrant, RedeemLink, RoomStatus},
};
use szpon_signalling_core::{Seat, Standing};

use super::{name, rooms::is_over};
use crate::{
    AppState,
    caller::Staff,
    directory::store as people,
    rooms::{
        access, grants,
        store::{
            links::{self, FoundLink, GuestLink},
            meetings::{self, Meeting},
            places,
        },
    },
};

/// How long a participant token brings its holder back to the same place after it expired, in
/// seconds: a laptop that slept through lunch. It opens nothing by itself; the link is needed too.
const RESUME_SECS: i64 = 12 * 3600;
/// How many places one link gives out. More than that is a leak, not a meeting.
const PLACES_PER_LINK: i64 = 500;

/// A place in a room for a colleague who hosts it or is invited.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{room}/join",
    operation_id = "join_room",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    responses((status = 200, description = "Opens the room's WebSocket", body = JoinGrant)),
)]
pub async fn join(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
) -> Result<Json<JoinGrant>> {
    refuse_when_draining(&state)?;
    let now = state.clock.now();
    let occupied = state.rooms.live.occupancy(room).participants > 0;
    let seat = transaction!(state.db, |conn| {
        let opened = access::open(conn, staff.office, staff.person, room).await?;
        if is_over(opened.meeting.status(now, occupied)) {
            return Err(Failure::new(Code::RoomEnded));
        }
        let fresh = Seat::new(
            ParticipantId::new(),
            Some(staff.person),
            None,
            staff.name.clone(),
            opened.role,
            now,
        );
        places::insert(conn, room, &fresh).await?;
        let mut seat = places::of_person(conn, room, staff.person)
            .await?
            .ok_or_else(|| Failure::internal("a place that was just stored is gone"))?;
        seat.name.clone_from(&staff.name);
        Ok::<_, Failure>(seat)
    })?;
    if seat.standing == Standing::Removed {
        return Err(Failure::new(Code::Removed));
    }
    grant(&state, staff.office, room, &seat)
}

/// What a guest link leads to, for the page before the call.
#[utoipa::path(
    post,
    path = "/api/v1/links/lookup",
    operation_id = "lookup_link",
    tag = "links",
    request_body = LinkSecret,
    responses((status = 200, description = "What the link leads to", body = LinkPreview)),
)]
pub async fn lookup(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<LinkSecret>,
) -> Result<Json<LinkPreview>> {
    state.limits.guest_link.check(&address.limit_key())?;
    let now = state.clock.now();
    let mut conn = state.db.read().await?;
    let found = find(&mut conn, &body.link).await?;
    let meeting = meeting_of(&mut conn, &found.link).await?;
    let occupied = state.rooms.live.occupancy(meeting.id).participants > 0;
    let status = meeting.status(now, occupied);
    // A meeting that was called off or has ended says so itself.
    if !is_over(status) && now >= expiry(&meeting, &found.link) && !occupied {
        return Err(Failure::new(Code::LinkExpired));
    }
    let host = people::person(&mut conn, meeting.office, meeting.host)
        .await?
        .ok_or_else(|| Failure::internal("a room without its host"))?;
    let opens_at = meeting.window().opens_at;
    Ok(Json(LinkPreview {
        office_name: host.office_name,
        department_name: host.department_name,
        host_name: host.name,
        title: meeting.title,
        description: meeting.description,
        starts_at: meeting.starts_at,
        duration_minutes: meeting.duration_minutes,
        role: found.link.role,
        waiting_room: meeting.waiting_room,
        status,
        suggested_name: found.suggested_name,
        language: found.language,
        opens_at,
        server_time: now,
        probe: grants::probe(&state)?,
    }))
}

/// A place in the room for a guest.
#[utoipa::path(
    post,
    path = "/api/v1/links/redeem",
    operation_id = "redeem_link",
    tag = "links",
    request_body = RedeemLink,
    responses((status = 200, description = "Opens the room's WebSocket", body = JoinGrant)),
)]
pub async fn redeem(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<RedeemLink>,
) -> Result<Json<JoinGrant>> {
    refuse_when_draining(&state)?;
    state.limits.guest_link.check(&address.limit_key())?;
    let now = state.clock.now();
    let mut fields = Fields::new();
    let name = name(&mut fields, "name", &body.name);
    fields.finish()?;
    let former = body.resume.as_deref().and_then(|token| resumed(&state, token, now));

    let (meeting, seat) = transaction!(state.db, |conn| {
        let FoundLink { link, .. } = find(conn, &body.link).await?;
        let meeting = meeting_of(conn, &link).await?;
        let occupied = state.rooms.live.occupancy(meeting.id).participants > 0;
        match meeting.status(now, occupied) {
            RoomStatus::Cancelled => return Err(Failure::new(Code::RoomEnded)),
            RoomStatus::Ended if meeting.ended_at.is_some() => {
                return Err(Failure::new(Code::RoomEnded));
            }
            RoomStatus::Ended | RoomStatus::Planned | RoomStatus::Live => {}
        }
        let opens_at = meeting.window().opens_at;
        if now < opens_at {
            return Err(Failure::new(Code::LinkTooEarly).with_detail(opens_at.to_string()));
        }
        let kept = match &former {
            Some(claims) if claims.room == meeting.id => {
                places::find(conn, meeting.id, claims.participant).await?
            }
            _ => None,
        };
        // A place that came by another link stays with that link.
        let kept = kept.map(|place| place.seat).filter(|seat| seat.link == Some(link.id));
        let is_in = kept.as_ref().is_some_and(|seat| seat.standing == Standing::In);
        if now >= expiry(&meeting, &link) && !is_in {
            return Err(Failure::new(Code::LinkExpired));
        }
        let seat = match kept {
            Some(seat) if seat.standing == Standing::Removed => {
                return Err(Failure::new(Code::Removed));
            }
            // Who was refused may ask again, at the end of the queue and as somebody new.
            Some(seat) if seat.standing != Standing::Refused => Seat { name: name.clone(), ..seat },
            _ => {
                if link.barred_at.is_some() {
                    return Err(Failure::new(Code::Removed));
                }
                if places::count_of_link(conn, link.id).await? >= PLACES_PER_LINK {
                    return Err(Failure::new(Code::RoomFull));
                }
                let seat = Seat::new(
                    ParticipantId::new(),
                    None,
                    Some(link.id),
                    name.clone(),
                    link.role,
                    now,
                );
                places::insert(conn, meeting.id, &seat).await?;
                seat
            }
        };
        links::used(conn, link.id, now).await?;
        Ok::<_, Failure>((meeting, seat))
    })?;
    grant(&state, meeting.office, meeting.id, &seat)
}

/// What a colleague needs for a connection test.
#[utoipa::path(
    post,
    path = "/api/v1/probe",
    operation_id = "create_probe",
    tag = "rooms",
    responses((status = 200, description = "Opens a probe session", body = ProbeGrant)),
)]
pub async fn probe(State(state): State<AppState>, _: Staff) -> Result<Json<ProbeGrant>> {
    Ok(Json(grants::probe(&state)?))
}

fn grant(state: &AppState, office: OfficeId, room: RoomId, seat: &Seat) -> Result<Json<JoinGrant>> {
    let signed = grants::participant(state, office, room, seat)?;
    Ok(Json(JoinGrant {
        room,
        participant: seat.id,
        token: signed.token,
        expires_at: signed.expires_at,
    }))
}

fn refuse_when_draining(state: &AppState) -> Result<()> {
    if state.shutdown.is_draining() {
        return Err(Failure::new(Code::Draining).with_retry_after(2));
    }
    Ok(())
}

/// The link with this secret. Nobody learns whether one was revoked or never existed.
async fn find(conn: &mut Conn, secret: &str) -> Result<FoundLink> {
    let invalid = || Failure::new(Code::LinkInvalid);
    let secret = Secret::parse(secret).ok_or_else(invalid)?;
    let found = links::by_hash(conn, &secret.hash()).await?.ok_or_else(invalid)?;
    if found.link.revoked_at.is_some() {
        return Err(invalid());
    }
    Ok(found)
}

async fn meeting_of(conn: &mut Conn, link: &GuestLink) -> Result<Meeting> {
    meetings::find(conn, link.room)
        .await?
        .ok_or_else(|| Failure::internal("a link without its room"))
}

fn expiry(meeting: &Meeting, link: &GuestLink) -> Time {
    link.expires_at.unwrap_or(meeting.window().closes_at)
}

/// The claims of a participant token of ours that expired not too long ago.
fn resumed(state: &AppState, token: &str, now: Time) -> Option<ParticipantClaims> {
    #[derive(serde::Deserialize)]
    struct Expiry {
        exp: i64,
    }
    let payload = token.split('.').nth(1)?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let Expiry { exp } = serde_json::from_slice(&payload).ok()?;
    if exp < now.epoch_secs().saturating_sub(RESUME_SECS) {
        return None;
    }
    // Judged as of its last second; the signature is over `exp` too, so nobody can move it.
    let as_of = now.min(Time::from_millis(exp.saturating_sub(1).saturating_mul(1000)));
    let verified = state.keys.verifier().verify(token, Audience::Signalling, as_of).ok()?;
    match verified.into_claims().subject {
        Subject::Participant(claims) => Some(claims),
        _ => None,
    }
}
