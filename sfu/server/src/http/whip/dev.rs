//! `szpon serve --dev-whip`: WHIP and WHEP into rooms by name, without an account. For tests and
//! benchmarks. Such a room lives on this node alone, has an id that no signalling knows, and
//! nobody but these routes leads into it.

use std::net::SocketAddr;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::{OriginalUri, State},
    http::{StatusCode, request::Parts},
    response::Response,
};
use szpon_kit::{
    extract_proof,
    http::{Authenticate, Path, Proof},
    problem::{Failure, Result},
};
use szpon_protocol::{ParticipantId, RoomId, SessionId, media::SourceSet, problem::FieldReason};
use uuid::Builder;

use super::{
    exchange::{self, Place, endpoint_options, session_options},
    offer::Direction,
    request::{Fragment, IfMatch, Offer},
};
use crate::{directory::Owner, node::Node};

/// The longest name of a room, in bytes.
const NAME_BYTES: usize = 200;

/// Why the routes were not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--dev-whip lets everybody in, so http.listen must be a loopback address; it is {0}")]
pub struct NotLoopback(SocketAddr);

/// Knows everybody, as a caller without a name. There is one only where the web server listens on
/// loopback.
#[derive(Debug)]
pub struct DevWhip(());

impl DevWhip {
    /// `listen` is the address of the web server that will carry the routes.
    pub fn new(listen: SocketAddr) -> Result<Self, NotLoopback> {
        if listen.ip().is_loopback() { Ok(Self(())) } else { Err(NotLoopback(listen)) }
    }
}

/// Somebody on this machine.
#[derive(Debug, Clone)]
pub struct DevCaller(());

impl Authenticate for DevWhip {
    type Caller = DevCaller;

    async fn authenticate(&self, _: &Parts) -> Result<DevCaller> {
        Ok(DevCaller(()))
    }
}

/// May go into any room of these routes.
#[derive(Debug)]
pub(super) struct Anybody(());

impl Proof for Anybody {
    type Caller = DevCaller;

    fn prove(_: &DevCaller) -> Result<Self> {
        Ok(Self(()))
    }
}

extract_proof!(Anybody);

impl Anybody {
    /// The session is the participant, so that the address of a session is all it takes to find it.
    fn place(&self, room: &str, session: SessionId) -> Result<Place> {
        let (room, participant) = (room_of(room)?, ParticipantId(session.0));
        let owner = Owner::Dev { room, participant };
        Ok(Place { room, participant, publish: SourceSet::ALL, session, owner })
    }
}

/// The room of a name: a custom UUID (version 8, RFC 9562), which no room of signalling has.
fn room_of(name: &str) -> Result<RoomId> {
    if name.is_empty() || name.len() > NAME_BYTES {
        return Err(Failure::field("room", FieldReason::TooLong));
    }
    let hash = digest(&SHA256, format!("szpon dev room: {name}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    Ok(RoomId(Builder::from_custom_bytes(bytes).into_uuid()))
}

#[utoipa::path(
    post,
    operation_id = "dev_publish",
    path = "/whip/{room}",
    params(("room" = String, Path)),
    responses((status = 201)),
)]
pub(super) async fn publish(
    State(node): State<Node>,
    caller: Anybody,
    OriginalUri(asked): OriginalUri,
    Path(room): Path<String>,
    Offer(sdp): Offer,
) -> Result<Response> {
    let place = caller.place(&room, SessionId::new())?;
    exchange::open(&node, place, Direction::Publish, sdp, &asked).await
}

#[utoipa::path(
    post,
    operation_id = "dev_watch",
    path = "/whep/{room}",
    params(("room" = String, Path)),
    responses((status = 201)),
)]
pub(super) async fn watch(
    State(node): State<Node>,
    caller: Anybody,
    OriginalUri(asked): OriginalUri,
    Path(room): Path<String>,
    Offer(sdp): Offer,
) -> Result<Response> {
    let place = caller.place(&room, SessionId::new())?;
    exchange::open(&node, place, Direction::Watch, sdp, &asked).await
}

async fn change(
    node: &Node,
    caller: &Anybody,
    (room, session): (String, SessionId),
    known: &IfMatch,
    Fragment(client): Fragment,
) -> Result<Response> {
    let place = caller.place(&room, session)?;
    exchange::change(node, place.owner, session, known, client).await
}

#[utoipa::path(
    patch,
    operation_id = "dev_change_publishing",
    path = "/whip/{room}/{session}",
    params(("room" = String, Path), ("session" = SessionId, Path)),
    responses((status = 204)),
)]
pub(super) async fn change_publishing(
    State(node): State<Node>,
    caller: Anybody,
    Path(at): Path<(String, SessionId)>,
    known: IfMatch,
    fragment: Fragment,
) -> Result<Response> {
    change(&node, &caller, at, &known, fragment).await
}

#[utoipa::path(
    patch,
    operation_id = "dev_change_watching",
    path = "/whep/{room}/{session}",
    params(("room" = String, Path), ("session" = SessionId, Path)),
    responses((status = 204)),
)]
pub(super) async fn change_watching(
    State(node): State<Node>,
    caller: Anybody,
    Path(at): Path<(String, SessionId)>,
    known: IfMatch,
    fragment: Fragment,
) -> Result<Response> {
    change(&node, &caller, at, &known, fragment).await
}

fn end(node: &Node, caller: &Anybody, (room, session): (String, SessionId)) -> Result<StatusCode> {
    let place = caller.place(&room, session)?;
    exchange::end(node, place.owner, session)
}

#[utoipa::path(
    delete,
    operation_id = "dev_end_publishing",
    path = "/whip/{room}/{session}",
    params(("room" = String, Path), ("session" = SessionId, Path)),
    responses((status = 200)),
)]
pub(super) async fn end_publishing(
    State(node): State<Node>,
    caller: Anybody,
    Path(at): Path<(String, SessionId)>,
) -> Result<StatusCode> {
    end(&node, &caller, at)
}

#[utoipa::path(
    delete,
    operation_id = "dev_end_watching",
    path = "/whep/{room}/{session}",
    params(("room" = String, Path), ("session" = SessionId, Path)),
    responses((status = 200)),
)]
pub(super) async fn end_watching(
    State(node): State<Node>,
    caller: Anybody,
    Path(at): Path<(String, SessionId)>,
) -> Result<StatusCode> {
    end(&node, &caller, at)
}

#[utoipa::path(options, operation_id = "dev_whip_options", path = "/whip/{room}",
    params(("room" = String, Path)), responses((status = 204)))]
pub(super) async fn publish_options() -> Response {
    endpoint_options()
}

#[utoipa::path(options, operation_id = "dev_whep_options", path = "/whep/{room}",
    params(("room" = String, Path)), responses((status = 204)))]
pub(super) async fn watch_options() -> Response {
    endpoint_options()
}

#[utoipa::path(options, operation_id = "dev_whip_session_options", path = "/whip/{room}/{session}",
    params(("room" = String, Path), ("session" = SessionId, Path)), responses((status = 204)))]
pub(super) async fn publishing_options() -> Response {
    session_options()
}

#[utoipa::path(options, operation_id = "dev_whep_session_options", path = "/whep/{room}/{session}",
    params(("room" = String, Path), ("session" = SessionId, Path)), responses((status = 204)))]
pub(super) async fn watching_options() -> Response {
    session_options()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_open_to_anybody() {
        for address in ["127.0.0.1:8080", "[::1]:8080", "127.8.9.1:1"] {
            assert!(DevWhip::new(address.parse().unwrap()).is_ok(), "{address}");
        }
        for address in ["0.0.0.0:8080", "[::]:8080", "10.0.0.1:8080", "[::ffff:10.0.0.1]:1"] {
            assert!(DevWhip::new(address.parse().unwrap()).is_err(), "{address}");
        }
    }

    #[test]
    fn a_name_is_always_the_same_room() {
        let room = room_of("test").unwrap();
        assert_eq!(room, room_of("test").unwrap());
        assert_ne!(room, room_of("Test").unwrap());
        assert_eq!(room.0.get_version_num(), 8);
        assert!(room_of("").is_err() && room_of(&"x".repeat(201)).is_err());
    }
}
