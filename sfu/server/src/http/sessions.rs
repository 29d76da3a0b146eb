//! One peer connection: opened with an offer, moved to another network, ended.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use szpon_kit::{
    http::{Json, Path},
    problem::{Failure, Result},
};
use szpon_protocol::{
    Code, Problem, SessionId,
    media::{OpenSession, RestartIce, SessionAnswer},
    problem::FieldReason,
};
use szpon_sfu_core::OpenError;

use super::{PREFIX, proof::SessionHolder};
use crate::node::{Node, Refusal};

/// Clients of a draining node come back after so many seconds, when another one has taken over.
const DRAINING_RETRY_SECS: u32 = 2;
/// Places come free when people leave, not sooner.
const FULL_RETRY_SECS: u32 = 10;
/// Handshakes are over soon.
const HANDSHAKES_RETRY_SECS: u32 = 2;

/// Opens a media session.
///
/// The offer has every track that the participant may ever publish, a number of receive-only slots
/// and a data channel; the answer is final. An older session of the same participant ends.
/// With a connection test's token the offer has the data channel only.
#[utoipa::path(
    post,
    operation_id = "open_media_session",
    path = "/media/v1/sessions",
    tag = "media",
    request_body = OpenSession,
    responses(
        (status = 201, description = "The answer", body = SessionAnswer,
            headers(("Location" = String, description = "The session"))),
        (status = 403, description = "The token is not for a media session", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "The offer can't be answered (`offer_invalid`)", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`node_full`, `room_full` or `draining`", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn open_session(
    State(node): State<Node>,
    holder: SessionHolder,
    Json(offer): Json<OpenSession>,
) -> Result<Response> {
    let answer = match &holder {
        SessionHolder::Participant(claims) => node.open(claims, offer).await,
        SessionHolder::Probe(_) if !offer.tracks.is_empty() => {
            return Err(Failure::field("tracks", FieldReason::OutOfRange));
        }
        SessionHolder::Probe(token) => node.open_probe(*token, offer.sdp).await,
    }
    .map_err(failure)?;
    let location = format!("{PREFIX}/sessions/{}", answer.session);
    let location = HeaderValue::try_from(location).map_err(Failure::internal)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(answer)).into_response())
}

/// Restarts ICE: the client has moved to another network.
#[utoipa::path(
    patch,
    operation_id = "restart_media_session",
    path = "/media/v1/sessions/{session}",
    tag = "media",
    params(("session" = SessionId, Path, description = "The session")),
    request_body = RestartIce,
    responses(
        (status = 200, description = "The answer", body = SessionAnswer),
        (status = 404, description = "No such session, or somebody else's: open a new one", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "The offer can't be answered (`offer_invalid`)", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn restart_ice(
    State(node): State<Node>,
    holder: SessionHolder,
    Path(session): Path<SessionId>,
    Json(offer): Json<RestartIce>,
) -> Result<Json<SessionAnswer>> {
    node.restart_ice(holder.owner(), session, offer.sdp).await.map(Json).map_err(failure)
}

/// Ends the session.
#[utoipa::path(
    delete,
    operation_id = "end_media_session",
    path = "/media/v1/sessions/{session}",
    tag = "media",
    params(("session" = SessionId, Path, description = "The session")),
    responses(
        (status = 204, description = "It ends"),
        (status = 404, description = "No such session, or somebody else's", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn end_session(
    State(node): State<Node>,
    holder: SessionHolder,
    Path(session): Path<SessionId>,
) -> Result<StatusCode> {
    node.end(holder.owner(), session).map_err(failure)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn failure(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::UnknownSession => Failure::not_found(),
        Refusal::Open(OpenError::Draining) => {
            Failure::new(Code::Draining).with_retry_after(DRAINING_RETRY_SECS)
        }
        Refusal::Open(OpenError::TooManySessions | OpenError::TooManyRooms) => {
            Failure::new(Code::NodeFull).with_retry_after(FULL_RETRY_SECS)
        }
        Refusal::Open(OpenError::TooManyHandshakes) => {
            Failure::new(Code::NodeFull).with_retry_after(HANDSHAKES_RETRY_SECS)
        }
        Refusal::Short(short) => Failure::new(Code::NodeFull)
            .with_detail(short.to_string())
            .with_retry_after(FULL_RETRY_SECS),
        Refusal::Open(OpenError::RoomFull) => Failure::new(Code::RoomFull),
        Refusal::Open(OpenError::DuplicateSession) => Failure::internal(refusal),
        Refusal::Open(why) => Failure::new(Code::OfferInvalid).with_detail(why.to_string()),
        Refusal::OtherIce => Failure::new(Code::PreconditionFailed),
        Refusal::BadOffer(why) => Failure::new(Code::OfferInvalid).with_detail(why),
        Refusal::ShardDown => Failure::internal(refusal),
    }
}
