//! Addresses for encoders and players from outside (WHIP, WHEP).

use axum::{extract::State, http::StatusCode};
use serde_json::json;
use szpon_auth::MAX_STREAM_LIFETIME_SECS;
use szpon_kit::{
    http::{Json, Path},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    Code, ParticipantId, RoomId, Time,
    admin::AuditAction,
    bus::NodeCommand,
    claims::StreamDirection,
    media::SourceSet,
    problem::FieldReason,
    room::RoomRole,
    rooms::{NewStream, NewStreamCreated, Stream},
};
use szpon_signalling_core::{Access, Input, Seat};

use super::{name, rooms::is_over};
use crate::{
    AppState,
    audit::{self, by},
    caller::Staff,
    rooms::{
        access, grants,
        live::command,
        store::streams::{self, StoredStream},
    },
};

/// How many streams a room may have, revoked ones included.
const STREAMS_MAX: usize = 50;

/// Makes a stream: an address and a token for an encoder (OBS, GStreamer) that publishes into the
/// room by WHIP, or for a player that watches it by WHEP.
///
/// The stream is a participant of the room while its media session is up. The token is shown this
/// once and lives until the room closes, or for a day at most.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{room}/streams",
    operation_id = "create_stream",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    request_body = NewStream,
    responses((status = 201, description = "The stream, its address and its token",
        body = NewStreamCreated)),
)]
pub async fn create(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
    Json(new): Json<NewStream>,
) -> Result<(StatusCode, Json<NewStreamCreated>)> {
    let now = state.clock.now();
    let mut fields = Fields::new();
    let name = name(&mut fields, "name", &new.name);
    if new.screen && new.direction == StreamDirection::Watch {
        fields.refuse("screen", FieldReason::OutOfRange);
    }
    fields.finish()?;

    let sources = match new.direction {
        StreamDirection::Publish => SourceSet {
            microphone: true,
            camera: true,
            screen: new.screen,
            screen_audio: new.screen,
        },
        StreamDirection::Watch => SourceSet::NONE,
    };
    let id = ParticipantId::new();
    let seat = Seat::new(id, None, None, name.clone(), RoomRole::Participant, now);
    let occupied = state.rooms.live.occupancy(room).participants > 0;
    let stream = transaction!(state.db, |conn| {
        let meeting = access::moderate(conn, staff.office, staff.person, room).await?;
        if is_over(meeting.status(now, occupied)) {
            return Err(Failure::new(Code::RoomEnded));
        }
        let expires_at = expiry(now, meeting.window().opens_at, meeting.window().closes_at)?;
        if streams::of_room(conn, room).await?.len() >= STREAMS_MAX {
            return Err(Failure::conflict().with_detail("the room has as many streams as it may"));
        }
        let stream = StoredStream {
            id,
            name: name.clone(),
            direction: new.direction,
            sources,
            created_by: staff.person,
            created_at: now,
            expires_at,
            revoked_at: None,
        };
        streams::insert(conn, room, &seat, &stream).await?;
        let event = by(&staff, AuditAction::StreamCreated).on(id);
        let details = json!({ "room": room, "direction": new.direction });
        audit::record(conn, event.with(details), now).await?;
        Ok::<_, Failure>(stream)
    })?;
    let grant = grants::stream(&state, staff.office, room, &stream, now)?;
    let created = NewStreamCreated { stream: show(&stream), url: grant.url, token: grant.token };
    Ok((StatusCode::CREATED, Json(created)))
}

/// The room's streams, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/streams",
    operation_id = "list_streams",
    tag = "rooms",
    params(("room" = RoomId, Path)),
    responses((status = 200, description = "The streams", body = Vec<Stream>)),
)]
pub async fn list(
    State(state): State<AppState>,
    staff: Staff,
    Path(room): Path<RoomId>,
) -> Result<Json<Vec<Stream>>> {
    let mut conn = state.db.read().await?;
    access::moderate(&mut conn, staff.office, staff.person, room).await?;
    Ok(Json(streams::of_room(&mut conn, room).await?.iter().map(show).collect()))
}

/// Revokes a stream. Its media session ends, and its token opens none any more.
#[utoipa::path(
    delete,
    path = "/api/v1/rooms/{room}/streams/{stream}",
    operation_id = "revoke_stream",
    tag = "rooms",
    params(("room" = RoomId, Path), ("stream" = ParticipantId, Path)),
    responses((status = 204, description = "Revoked")),
)]
pub async fn revoke(
    State(state): State<AppState>,
    staff: Staff,
    Path((room, stream)): Path<(RoomId, ParticipantId)>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        access::moderate(conn, staff.office, staff.person, room).await?;
        let known = streams::of_room(conn, room).await?.into_iter().any(|known| known.id == stream);
        if !known {
            return Err(Failure::not_found());
        }
        if streams::revoke(conn, room, stream, now).await? {
            let event = by(&staff, AuditAction::StreamRevoked).on(stream);
            audit::record(conn, event.with(json!({ "room": room })), now).await?;
        }
        Ok::<_, Failure>(())
    })?;
    // A node can't ask whether a token was revoked. Whoever still uses this one is put out as soon
    // as it is connected, and nothing of it is forwarded until then.
    let (participant, sources) = (stream, SourceSet::NONE);
    command(&state, &NodeCommand::Allow { room, participant, sources }).await;
    command(&state, &NodeCommand::Remove { room, participant }).await;
    let access = Access::Stream(stream);
    state.rooms.live.tell(room, Input::Withdrawn { access, also_in: true }).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Until the room closes, or for as long as a token may live; by then it must have opened.
fn expiry(now: Time, opens_at: Time, closes_at: Time) -> Result<Time> {
    let longest = now.plus_secs(MAX_STREAM_LIFETIME_SECS);
    if longest <= opens_at {
        let from = opens_at.plus_secs(-MAX_STREAM_LIFETIME_SECS);
        return Err(Failure::new(Code::LinkTooEarly).with_detail(from.to_string()));
    }
    // A room that people are still in is open, however late it is.
    let least = now.plus_secs(3600);
    Ok(closes_at.max(least).min(longest))
}

fn show(stream: &StoredStream) -> Stream {
    Stream {
        id: stream.id,
        name: stream.name.clone(),
        direction: stream.direction,
        created_at: stream.created_at,
        expires_at: stream.expires_at,
        revoked_at: stream.revoked_at,
    }
}
