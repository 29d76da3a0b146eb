//! WHIP and WHEP with a token.

use axum::{
    extract::{OriginalUri, State},
    http::StatusCode,
    response::Response,
};
use szpon_kit::{http::Path, problem::Result};
use szpon_protocol::{Problem, SessionId};

use super::{
    exchange::{self, endpoint_options, session_options},
    offer::Direction,
    request::{Fragment, IfMatch, Offer},
};
use crate::{
    http::proof::{Publisher, Watcher},
    node::Node,
};

/// Publishes into a room by WHIP (RFC 9725).
///
/// Audio is the microphone and video the camera, with the simulcast layers q, h and f if there are
/// any; a second video track is the screen. The token says which room and participant it is; an
/// older session of the same participant ends. The body is an SDP offer, the answer is one too and
/// is final; what changes later is ICE alone. CORS is open to every site.
#[utoipa::path(
    post,
    operation_id = "publish_by_whip",
    path = "/media/v1/whip",
    tag = "media",
    request_body(content = String, content_type = "application/sdp", description = "The offer"),
    responses(
        (status = 201, description = "The answer", body = String, content_type = "application/sdp",
            headers(
                ("Location" = String, description = "The session"),
                ("ETag" = String, description = "The ICE session, for PATCH"),
                ("Accept-Patch" = String, description = "application/trickle-ice-sdpfrag"),
                ("Link" = String, description = "An ICE server, if the node has any"),
            )),
        (status = 403, description = "The token is not for this", body = Problem,
            content_type = "application/problem+json"),
        (status = 406, description = "The client takes no application/sdp (`not_acceptable`)",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_full`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is no application/sdp (`unsupported_media`)",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The offer can't be answered (`offer_invalid`)", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`node_full` or `draining`", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn publish(
    State(node): State<Node>,
    Publisher(place): Publisher,
    OriginalUri(asked): OriginalUri,
    Offer(sdp): Offer,
) -> Result<Response> {
    exchange::open(&node, place, Direction::Publish, sdp, &asked).await
}

/// Takes in candidates, or restarts ICE.
///
/// A fragment with the credentials that the node knows brings more candidates, which the node, being
/// ICE-lite, has no need of: 204. One with new credentials, when the client has moved to another
/// network, restarts ICE: 200 with a fragment and a new `ETag`.
#[utoipa::path(
    patch,
    operation_id = "change_whip_session",
    path = "/media/v1/whip/{session}",
    tag = "media",
    params(
        ("session" = SessionId, Path, description = "The session"),
        ("If-Match" = String, Header,
            description = "The ETag of the ICE session that is meant, or `*` for a restart"),
    ),
    request_body(content = String, content_type = "application/trickle-ice-sdpfrag"),
    responses(
        (status = 200, description = "ICE was restarted", body = String,
            content_type = "application/trickle-ice-sdpfrag",
            headers(("ETag" = String, description = "The new ICE session"))),
        (status = 204, description = "Noted"),
        (status = 404, description = "No such session, or somebody else's", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "ICE was restarted meanwhile (`precondition_failed`)",
            body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no fragment (`unsupported_media`)", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "The fragment has no credentials (`offer_invalid`)",
            body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "There is no `If-Match` (`precondition_required`)",
            body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn change_publishing(
    State(node): State<Node>,
    Publisher(place): Publisher,
    Path(session): Path<SessionId>,
    known: IfMatch,
    Fragment(client): Fragment,
) -> Result<Response> {
    exchange::change(&node, place.owner, session, &known, client).await
}

/// Ends the session.
#[utoipa::path(
    delete,
    operation_id = "end_whip_session",
    path = "/media/v1/whip/{session}",
    tag = "media",
    params(("session" = SessionId, Path, description = "The session")),
    responses(
        (status = 200, description = "It ends"),
        (status = 404, description = "No such session, or somebody else's", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn end_publishing(
    State(node): State<Node>,
    Publisher(place): Publisher,
    Path(session): Path<SessionId>,
) -> Result<StatusCode> {
    exchange::end(&node, place.owner, session)
}

/// What the endpoint takes, and whom (CORS).
#[utoipa::path(
    options,
    operation_id = "whip_options",
    path = "/media/v1/whip",
    tag = "media",
    responses((status = 204, description = "`Accept-Post`, and the headers of CORS")),
)]
pub(super) async fn publish_options() -> Response {
    endpoint_options()
}

/// What a session takes, and from whom (CORS).
#[utoipa::path(
    options,
    operation_id = "whip_session_options",
    path = "/media/v1/whip/{session}",
    tag = "media",
    params(("session" = SessionId, Path, description = "The session")),
    responses((status = 204, description = "`Accept-Patch`, and the headers of CORS")),
)]
pub(super) async fn publishing_options() -> Response {
    session_options()
}

/// Watches a room by WHEP (draft-ietf-wish-whep).
///
/// Each audio track carries one of the loudest, each video track a screen or a camera: screens
/// first, then whoever speaks. The token says which room and participant it is; an older session of
/// the same participant ends. The body is an SDP offer, the answer is one too and is final; what
/// changes later is ICE alone. CORS is open to every site.
#[utoipa::path(
    post,
    operation_id = "watch_by_whep",
    path = "/media/v1/whep",
    tag = "media",
    request_body(content = String, content_type = "application/sdp", description = "The offer"),
    responses(
        (status = 201, description = "The answer", body = String, content_type = "application/sdp",
            headers(
                ("Location" = String, description = "The session"),
                ("ETag" = String, description = "The ICE session, for PATCH"),
                ("Accept-Patch" = String, description = "application/trickle-ice-sdpfrag"),
                ("Link" = String, description = "An ICE server, if the node has any"),
            )),
        (status = 403, description = "The token is not for this", body = Problem,
            content_type = "application/problem+json"),
        (status = 406, description = "The client takes no application/sdp (`not_acceptable`)",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_full`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is no application/sdp (`unsupported_media`)",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The offer can't be answered (`offer_invalid`)", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`node_full` or `draining`", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn watch(
    State(node): State<Node>,
    Watcher(place): Watcher,
    OriginalUri(asked): OriginalUri,
    Offer(sdp): Offer,
) -> Result<Response> {
    exchange::open(&node, place, Direction::Watch, sdp, &asked).await
}

/// Takes in candidates, or restarts ICE.
///
/// A fragment with the credentials that the node knows brings more candidates, which the node, being
/// ICE-lite, has no need of: 204. One with new credentials, when the client has moved to another
/// network, restarts ICE: 200 with a fragment and a new `ETag`.
#[utoipa::path(
    patch,
    operation_id = "change_whep_session",
    path = "/media/v1/whep/{session}",
    tag = "media",
    params(
        ("session" = SessionId, Path, description = "The session"),
        ("If-Match" = String, Header,
            description = "The ETag of the ICE session that is meant, or `*` for a restart"),
    ),
    request_body(content = String, content_type = "application/trickle-ice-sdpfrag"),
    responses(
        (status = 200, description = "ICE was restarted", body = String,
            content_type = "application/trickle-ice-sdpfrag",
            headers(("ETag" = String, description = "The new ICE session"))),
        (status = 204, description = "Noted"),
        (status = 404, description = "No such session, or somebody else's", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "ICE was restarted meanwhile (`precondition_failed`)",
            body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no fragment (`unsupported_media`)", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "The fragment has no credentials (`offer_invalid`)",
            body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "There is no `If-Match` (`precondition_required`)",
            body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn change_watching(
    State(node): State<Node>,
    Watcher(place): Watcher,
    Path(session): Path<SessionId>,
    known: IfMatch,
    Fragment(client): Fragment,
) -> Result<Response> {
    exchange::change(&node, place.owner, session, &known, client).await
}

/// Ends the session.
#[utoipa::path(
    delete,
    operation_id = "end_whep_session",
    path = "/media/v1/whep/{session}",
    tag = "media",
    params(("session" = SessionId, Path, description = "The session")),
    responses(
        (status = 200, description = "It ends"),
        (status = 404, description = "No such session, or somebody else's", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn end_watching(
    State(node): State<Node>,
    Watcher(place): Watcher,
    Path(session): Path<SessionId>,
) -> Result<StatusCode> {
    exchange::end(&node, place.owner, session)
}

/// What the endpoint takes, and whom (CORS).
#[utoipa::path(
    options,
    operation_id = "whep_options",
    path = "/media/v1/whep",
    tag = "media",
    responses((status = 204, description = "`Accept-Post`, and the headers of CORS")),
)]
pub(super) async fn watch_options() -> Response {
    endpoint_options()
}

/// What a session takes, and from whom (CORS).
#[utoipa::path(
    options,
    operation_id = "whep_session_options",
    path = "/media/v1/whep/{session}",
    tag = "media",
    params(("session" = SessionId, Path, description = "The session")),
    responses((status = 204, description = "`Accept-Patch`, and the headers of CORS")),
)]
pub(super) async fn watching_options() -> Response {
    session_options()
}
