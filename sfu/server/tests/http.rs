//! `/media/v1` through its router, without a socket between.

mod support;

use axum::http::Method;
use serde_json::json;
use support::{
    Fixture,
    client::{Client, Offer},
};
use szpon_protocol::{
    OfficeId, ParticipantId, RoomId, SessionId,
    claims::{Audience, MediaClaims, Role, Subject},
    media::SourceSet,
};

const SESSIONS: &str = "/media/v1/sessions";

#[tokio::test]
async fn every_route_wants_a_token_for_this_service() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.public_routes, 0);
    let session = format!("{SESSIONS}/{}", SessionId::new());
    let claims = MediaClaims {
        office: OfficeId::new(),
        room: RoomId::new(),
        participant: ParticipantId::new(),
        publish: SourceSet::ALL,
    };
    let elsewhere = fixture.token(Audience::Signalling, Subject::Media(claims));
    for (method, path) in [
        (Method::POST, SESSIONS),
        (Method::PATCH, session.as_str()),
        (Method::DELETE, session.as_str()),
        (Method::GET, "/media/v1/stats"),
    ] {
        for token in [None, Some("nonsense"), Some(elsewhere.as_str())] {
            let answer = fixture.call(method.clone(), path, token, None).await;
            assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{method} {path}");
            assert_eq!(answer.content_type, "application/problem+json");
        }
    }
    fixture.node.stop().await;
}

#[tokio::test]
async fn only_operators_see_numbers() {
    let fixture = Fixture::new().await;
    let stats = "/media/v1/stats";
    let admin = fixture.person(&[Role::OfficeAdmin, Role::Official]);
    assert_eq!(fixture.call(Method::GET, stats, Some(&admin), None).await.status, 403);
    let (_, participant) = fixture.participant(RoomId::new());
    assert_eq!(fixture.call(Method::GET, stats, Some(&participant), None).await.status, 403);
    let operator = fixture.person(&[Role::Operator]);
    let answer = fixture.call(Method::GET, stats, Some(&operator), None).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["shards"].as_array().unwrap().len(), 2);
    // … and open no sessions with that.
    let body = json!({"sdp": "v=0", "tracks": []});
    assert_eq!(fixture.call(Method::POST, SESSIONS, Some(&operator), Some(body)).await.status, 403);
    fixture.node.stop().await;
}

#[tokio::test]
async fn a_session_belongs_to_its_participant() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let room = RoomId::new();
    let (participant, token) = fixture.participant(room);
    let (_client, offer) = Client::udp(address, Offer::Participant);
    let body = serde_json::to_value(&offer).unwrap();
    let answer = fixture.call(Method::POST, SESSIONS, Some(&token), Some(body.clone())).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let path = answer.location.clone().unwrap();
    assert_eq!(path, format!("{SESSIONS}/{}", answer.body["session"].as_str().unwrap()));
    assert!(answer.body["sdp"].as_str().unwrap().contains("a=ice-lite"));

    let (_, neighbour) = fixture.participant(room);
    let elsewhere = fixture.media_token(RoomId::new(), participant);
    for other in [&neighbour, &elsewhere] {
        let answer = fixture.call(Method::DELETE, &path, Some(other), None).await;
        assert_eq!((answer.status, answer.code()), (404, "not_found"));
        let restart = Some(json!({"sdp": offer.sdp}));
        let answer = fixture.call(Method::PATCH, &path, Some(other), restart).await;
        assert_eq!(answer.status, 404);
    }
    // A newer token of the same participant is as good.
    let renewed = fixture.media_token(room, participant);
    let answer = fixture.call(Method::DELETE, &path, Some(&renewed), None).await;
    assert_eq!(answer.status, 204);
    fixture.node.stop().await;
}

#[tokio::test]
async fn bad_requests_are_refused_with_a_reason() {
    let fixture = Fixture::new().await;
    let (_, token) = fixture.participant(RoomId::new());
    let post = async |body| fixture.call(Method::POST, SESSIONS, Some(&token), Some(body)).await;
    let answer = post(json!({"sdp": "this is no SDP", "tracks": []})).await;
    assert_eq!((answer.status, answer.code()), (422, "offer_invalid"), "{answer:?}");
    let answer = post(json!({"sdp": "v=0", "tracks": [], "more": 1})).await;
    assert_eq!((answer.status, answer.code()), (422, "invalid"));
    let answer = post(json!({"sdp": "x".repeat(70_000), "tracks": []})).await;
    assert_eq!((answer.status, answer.code()), (413, "too_large"));
    let answer = fixture.call(Method::DELETE, "/media/v1/sessions/7", Some(&token), None).await;
    assert_eq!((answer.status, answer.code()), (422, "invalid"));
    let probe = fixture.token(Audience::Sfu, Subject::Probe);
    let tracks = json!([{"kind": "slot", "mid": "0", "media": "audio"}]);
    let body = json!({"sdp": "v=0", "tracks": tracks});
    let answer = fixture.call(Method::POST, SESSIONS, Some(&probe), Some(body)).await;
    assert_eq!((answer.status, answer.code()), (422, "invalid"));
    assert_eq!(fixture.node.sessions(), 0, "refused sessions leave nothing behind");
    fixture.node.stop().await;
}

#[tokio::test]
async fn a_full_or_draining_node_says_so() {
    let fixture = Fixture::with(|raw| raw.max_sessions = 1).await;
    let address = fixture.node.addresses().next().unwrap();
    let open = async || {
        let (_, token) = fixture.participant(RoomId::new());
        let (_, offer) = Client::udp(address, Offer::Participant);
        let body = serde_json::to_value(&offer).unwrap();
        fixture.call(Method::POST, SESSIONS, Some(&token), Some(body)).await
    };
    assert_eq!(open().await.status, 201);
    let full = open().await;
    assert_eq!((full.status, full.code()), (503, "node_full"));
    assert_eq!(full.body["retry_after"], 10);
    fixture.node.drain(std::time::Duration::from_secs(1));
    let draining = open().await;
    assert_eq!((draining.status, draining.code()), (503, "draining"));
    assert_eq!(draining.body["retry_after"], 2);
    fixture.node.stop().await;
}
