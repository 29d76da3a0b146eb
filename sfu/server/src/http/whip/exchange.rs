//! The exchange itself: an offer for an answer, a fragment for nothing or for another one.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use szpon_kit::problem::{Failure, Result};
use szpon_protocol::{
    Code, ParticipantId, RoomId, SessionId,
    media::{OpenSession, SourceSet},
};

use super::{
    offer::{Direction, purposes},
    request::{FRAGMENT, IfMatch, SDP},
};
use crate::{
    directory::Owner,
    http::sessions::failure,
    ice::{Credentials, fragment},
    node::{Node, Trickled},
};

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// Where a verified caller may go.
#[derive(Debug, Clone)]
pub struct Place {
    pub room: RoomId,
    pub participant: ParticipantId,
    /// What it may publish.
    pub publish: SourceSet,
    pub session: SessionId,
    pub owner: Owner,
}

/// Opens a session. Its resource is below the path that was asked.
pub async fn open(
    node: &Node,
    place: Place,
    direction: Direction,
    sdp: String,
    asked: &Uri,
) -> Result<Response> {
    let tracks = purposes(direction, &sdp)
        .map_err(|error| Failure::new(Code::OfferInvalid).with_detail(error.to_string()))?;
    let offer = OpenSession { sdp, tracks };
    let (answer, tag) = node.open_stream(&place, offer).await.map_err(failure)?;
    let mut headers = HeaderMap::new();
    let location = format!("{}/{}", asked.path().trim_end_matches('/'), answer.session);
    headers.insert(header::LOCATION, HeaderValue::try_from(location).map_err(Failure::internal)?);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(SDP));
    headers.insert(header::ETAG, quoted(&tag)?);
    headers.insert(ACCEPT_PATCH, HeaderValue::from_static(FRAGMENT));
    for server in node.ice_servers() {
        // RFC 9725, section 4.6.
        let link = format!("<{server}>; rel=\"ice-server\"");
        headers.append(header::LINK, HeaderValue::try_from(link).map_err(Failure::internal)?);
    }
    Ok((StatusCode::CREATED, headers, answer.sdp).into_response())
}

/// Takes in what a client says of its ICE: more candidates (204), or new credentials, which restart
/// it (200).
pub async fn change(
    node: &Node,
    owner: Owner,
    session: SessionId,
    known: &IfMatch,
    client: Credentials,
) -> Result<Response> {
    let meant = |tag: &str| known.matches(tag);
    match node.trickle(owner, session, meant, client).await.map_err(failure)? {
        Trickled::Noted => Ok(StatusCode::NO_CONTENT.into_response()),
        Trickled::Restarted { answer, tag } => {
            let body = fragment(&answer)
                .ok_or_else(|| Failure::internal("an answer without credentials"))?;
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FRAGMENT));
            headers.insert(header::ETAG, quoted(&tag)?);
            Ok((StatusCode::OK, headers, body).into_response())
        }
    }
}

/// Ends the session; preconditions don't count (RFC 9725, section 4.3.1).
pub fn end(node: &Node, owner: Owner, session: SessionId) -> Result<StatusCode> {
    node.end(owner, session).map_err(failure)?;
    Ok(StatusCode::OK)
}

/// What an endpoint takes.
pub fn endpoint_options() -> Response {
    let headers = [
        (header::ALLOW, HeaderValue::from_static("POST, OPTIONS")),
        (ACCEPT_POST, HeaderValue::from_static(SDP)),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// What a session's resource takes.
pub fn session_options() -> Response {
    let headers = [
        (header::ALLOW, HeaderValue::from_static("PATCH, DELETE, OPTIONS")),
        (ACCEPT_PATCH, HeaderValue::from_static(FRAGMENT)),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn quoted(tag: &str) -> Result<HeaderValue> {
    HeaderValue::try_from(format!("\"{tag}\"")).map_err(Failure::internal)
}
