//! WHIP and WHEP: the exchange through the router, and media over real sockets.

mod support;

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, header},
};
use support::{
    Answer, Fixture,
    client::{Client, Offer, drive_all},
};
use szpon_protocol::{
    OfficeId, ParticipantId, RoomId, SessionId,
    bus::{NODE_EVENTS, NodeEvent},
    claims::{Audience, MediaClaims, StreamClaims, StreamDirection, Subject},
    media::SourceSet,
};

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const WHIP: &str = "/media/v1/whip";
const WHEP: &str = "/media/v1/whep";

/// A request with these headers; the token is `None` for the rooms of `--dev-whip`.
async fn ask(
    fixture: &Fixture,
    method: Method,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    fixture.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn post(fixture: &Fixture, path: &str, token: Option<&str>, sdp: &str) -> Answer {
    ask(fixture, Method::POST, path, token, &[("content-type", SDP)], sdp).await
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn stream(fixture: &Fixture, room: RoomId, direction: StreamDirection) -> String {
    let claims = StreamClaims {
        office: OfficeId::new(),
        room,
        participant: ParticipantId::new(),
        direction,
    };
    fixture.token(Audience::Sfu, Subject::Stream(claims))
}

fn fragment_of(sdp: &str) -> String {
    let wanted = |line: &&str| line.starts_with("a=ice-ufrag:") || line.starts_with("a=ice-pwd:");
    let mut lines: Vec<&str> = sdp.lines().filter(wanted).take(2).collect();
    lines.push("m=audio 9 UDP/TLS/RTP/SAVPF 0");
    lines.push("a=mid:0");
    lines.push("a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host");
    lines.join("\r\n") + "\r\n"
}

/// Speaks until the player has heard something.
fn heard() -> impl FnMut(&mut [Client]) -> bool + Send + 'static {
    let mut before = None;
    move |clients: &mut [Client]| {
        let before = *before.get_or_insert(clients[1].packets.len());
        if clients.iter().all(|client| client.connected) {
            clients[0].speak();
        }
        clients[1].packets.len() > before
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_is_heard_by_a_player_and_moves_to_another_network() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let room = RoomId::new();
    let publish = stream(&fixture, room, StreamDirection::Publish);
    let watch = stream(&fixture, room, StreamDirection::Watch);
    let (mut encoder, offer) = Client::udp(address, Offer::Encoder);
    let published = post(&fixture, WHIP, Some(&publish), &offer.sdp).await;
    assert_eq!((published.status, published.content_type.as_str()), (201, SDP), "{published:?}");
    let resource = published.location.clone().unwrap();
    assert!(resource.starts_with("/media/v1/whip/"), "{resource}");
    assert_eq!(text(&published.headers, "accept-patch"), FRAGMENT);
    assert!(!published.headers.contains_key("link"), "no ICE servers are set");
    encoder.accept_sdp(&published.text);

    let (mut player, offer) = Client::udp(address, Offer::Player);
    let watched = post(&fixture, WHEP, Some(&watch), &offer.sdp).await;
    assert_eq!(watched.status, 201, "{watched:?}");
    player.accept_sdp(&watched.text);
    let mut clients = drive_all(vec![encoder, player], "the encoder is heard", heard()).await;

    // Another network: new credentials, a fragment back with which the old answer is made new.
    let tag = text(&published.headers, "etag").to_owned();
    let offer = clients[0].move_away();
    let headers = [("content-type", FRAGMENT), ("if-match", "*")];
    let fragment = fragment_of(&offer);
    let moved = ask(&fixture, Method::PATCH, &resource, Some(&publish), &headers, &fragment).await;
    assert_eq!((moved.status, moved.content_type.as_str()), (200, FRAGMENT), "{moved:?}");
    assert_ne!(text(&moved.headers, "etag"), tag);
    assert!(moved.text.contains("a=candidate:") && moved.text.contains("a=end-of-candidates"));
    // The former answer with the credentials of the fragment, which its candidates name as well.
    let value = |sdp: &str, name: &str| {
        let line = sdp.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().to_owned()
    };
    let mut answer = published.text.clone();
    for name in ["a=ice-ufrag:", "a=ice-pwd:"] {
        let (old, new) = (value(&published.text, name), value(&moved.text, name));
        assert!(!moved.text.contains(&old), "{}", moved.text);
        answer = answer.replace(&old, &new);
    }
    clients[0].accept_sdp(&answer);
    drive_all(clients, "the encoder is heard from its new network", heard()).await;

    // What spoke of the former ICE session comes too late.
    let headers = [("content-type", FRAGMENT), ("if-match", tag.as_str())];
    let late = ask(&fixture, Method::PATCH, &resource, Some(&publish), &headers, &fragment).await;
    assert_eq!((late.status, late.code()), (412, "precondition_failed"));
    let gone = ask(&fixture, Method::DELETE, &resource, Some(&publish), &[], "").await;
    assert_eq!(gone.status, 200);
    fixture.node.stop().await;
}

#[tokio::test]
async fn candidates_are_taken_and_preconditions_kept() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let token = stream(&fixture, RoomId::new(), StreamDirection::Publish);
    let (_, offer) = Client::udp(address, Offer::Encoder);
    let opened = post(&fixture, WHIP, Some(&token), &offer.sdp).await;
    let resource = opened.location.unwrap();
    let tag = text(&opened.headers, "etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 4, "a strong tag: {tag}");
    let fragment = fragment_of(&offer.sdp);
    let patch = async |headers: &[(&str, &str)], body: &str| {
        ask(&fixture, Method::PATCH, &resource, Some(&token), headers, body).await
    };
    let typed = ("content-type", FRAGMENT);
    for known in [tag.as_str(), "*", &format!("\"other\", {tag}")] {
        let answer = patch(&[typed, ("if-match", known)], &fragment).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{known}");
    }
    let missing = patch(&[typed], &fragment).await;
    assert_eq!((missing.status, missing.code()), (428, "precondition_required"));
    let weak = format!("W/{tag}");
    for other in ["\"other\"", weak.as_str(), "nonsense"] {
        let answer = patch(&[typed, ("if-match", other)], &fragment).await;
        assert_eq!((answer.status, answer.code()), (412, "precondition_failed"), "{other}");
    }
    let empty = patch(&[typed, ("if-match", &tag)], "a=mid:0\r\n").await;
    assert_eq!((empty.status, empty.code()), (422, "offer_invalid"));
    let sdp = patch(&[("content-type", SDP), ("if-match", &tag)], &fragment).await;
    assert_eq!((sdp.status, sdp.code()), (415, "unsupported_media"));
    assert_eq!(text(&sdp.headers, "accept-patch"), FRAGMENT);
    // A tag doesn't count where no ICE session is meant.
    let headers = [("if-match", "\"other\"")];
    let gone = ask(&fixture, Method::DELETE, &resource, Some(&token), &headers, "").await;
    assert_eq!(gone.status, 200);
    fixture.node.stop().await;
}

#[tokio::test]
async fn refusals_have_their_codes() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let room = RoomId::new();
    let token = stream(&fixture, room, StreamDirection::Publish);
    let (_, offer) = Client::udp(address, Offer::Encoder);
    let asked = async |headers: &[(&str, &str)], body: &str| {
        let answer = ask(&fixture, Method::POST, WHIP, Some(&token), headers, body).await;
        assert_eq!(answer.content_type, "application/problem+json");
        assert_eq!(text(&answer.headers, "access-control-allow-origin"), "*");
        (answer.status, answer.code().to_owned(), answer.headers)
    };
    let (status, code, headers) = asked(&[("content-type", "text/plain")], &offer.sdp).await;
    assert_eq!((status, code.as_str()), (415, "unsupported_media"));
    assert_eq!(text(&headers, "accept-post"), SDP);
    let json = [("content-type", SDP), ("accept", "application/json")];
    let (status, code, _) = asked(&json, &offer.sdp).await;
    assert_eq!((status, code.as_str()), (406, "not_acceptable"));
    let typed = [("content-type", SDP)];
    let (_, player) = Client::udp(address, Offer::Player);
    for bad in ["", "v=0", "v=0\r\nm=audio 9 x 0\r\na=sendonly\r\na=mid:0\r\n", &player.sdp] {
        let (status, code, _) = asked(&typed, bad).await;
        assert_eq!((status, code.as_str()), (422, "offer_invalid"), "{bad}");
    }
    let (status, code, _) = asked(&typed, &"x".repeat(70_000)).await;
    assert_eq!((status, code.as_str()), (413, "too_large"));
    for method in [Method::GET, Method::PUT] {
        let answer = ask(&fixture, method, WHIP, Some(&token), &typed, "").await;
        assert_eq!((answer.status, answer.code()), (405, "method_not_allowed"));
    }
    assert_eq!(fixture.node.sessions(), 0, "refused streams leave nothing behind");
    fixture.node.stop().await;
}

#[tokio::test]
async fn tokens_open_what_they_are_for() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let room = RoomId::new();
    let publish = stream(&fixture, room, StreamDirection::Publish);
    let watch = stream(&fixture, room, StreamDirection::Watch);
    let probe = fixture.token(Audience::Sfu, Subject::Probe);
    let mute = fixture.token(
        Audience::Sfu,
        Subject::Media(MediaClaims {
            office: OfficeId::new(),
            room,
            participant: ParticipantId::new(),
            publish: SourceSet::NONE,
        }),
    );
    let (_, participant) = fixture.participant(room);
    let (_, offer) = Client::udp(address, Offer::Encoder);
    let (_, view) = Client::udp(address, Offer::Player);
    for (path, sdp, token, status) in [
        (WHIP, &offer.sdp, &watch, 403),
        (WHEP, &view.sdp, &publish, 403),
        (WHIP, &offer.sdp, &probe, 403),
        (WHIP, &offer.sdp, &mute, 403),
        (WHEP, &view.sdp, &mute, 201),
        (WHIP, &offer.sdp, &participant, 201),
        (WHEP, &view.sdp, &participant, 201),
    ] {
        assert_eq!(post(&fixture, path, Some(token), sdp).await.status, status, "{path}");
    }
    // A stream's token stands in the settings of an encoder: it opens no call.
    let body = serde_json::json!({"sdp": offer.sdp, "tracks": []});
    let answer = fixture.call(Method::POST, "/media/v1/sessions", Some(&publish), Some(body)).await;
    assert_eq!(answer.status, 403);
    // Sessions are their owner's.
    let opened = post(&fixture, WHIP, Some(&publish), &offer.sdp).await;
    let resource = opened.location.unwrap();
    let other = stream(&fixture, room, StreamDirection::Publish);
    let answer = ask(&fixture, Method::DELETE, &resource, Some(&other), &[], "").await;
    assert_eq!((answer.status, answer.code()), (404, "not_found"));
    for token in [None, Some("nonsense")] {
        let answer = post(&fixture, WHIP, token, &offer.sdp).await;
        assert_eq!((answer.status, answer.code()), (401, "unauthenticated"));
        assert_eq!(text(&answer.headers, "access-control-allow-origin"), "*");
        let answer = ask(&fixture, Method::DELETE, &resource, token, &[], "").await;
        assert_eq!(answer.status, 401);
    }
    fixture.node.stop().await;
}

#[tokio::test]
async fn pages_of_other_sites_may_ask() {
    let fixture = Fixture::new().await;
    let session = format!("{WHIP}/{}", SessionId::new());
    for (path, name, takes) in [
        (WHIP, "accept-post", SDP),
        (WHEP, "accept-post", SDP),
        (&session, "accept-patch", FRAGMENT),
    ] {
        let headers = [
            ("origin", "https://player.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type"),
        ];
        let answer = ask(&fixture, Method::OPTIONS, path, None, &headers, "").await;
        assert_eq!(answer.status, 204, "{path}");
        let said = |name: &str| text(&answer.headers, name).to_ascii_lowercase();
        assert_eq!(said(name), takes);
        assert_eq!(said("access-control-allow-origin"), "*");
        for header in ["authorization", "content-type", "if-match"] {
            assert!(said("access-control-allow-headers").contains(header), "{header}");
        }
        for method in ["post", "patch", "delete"] {
            assert!(said("access-control-allow-methods").contains(method), "{method}");
        }
        for header in ["location", "etag", "link"] {
            assert!(said("access-control-expose-headers").contains(header), "{header}");
        }
    }
    fixture.node.stop().await;
}

#[tokio::test]
async fn ice_servers_are_named_when_there_are_any() {
    let fixture = Fixture::with(|raw| {
        raw.ice_servers = vec!["stun:a.example".into(), "stuns:b.example:5349".into()];
    })
    .await;
    let address = fixture.node.addresses().next().unwrap();
    let (_, offer) = Client::udp(address, Offer::Player);
    let answer = post(&fixture, "/whep/links", None, &offer.sdp).await;
    let links: Vec<_> = answer.headers.get_all("link").iter().collect();
    assert_eq!(
        links,
        ["<stun:a.example>; rel=\"ice-server\"", "<stuns:b.example:5349>; rel=\"ice-server\""]
    );
    fixture.node.stop().await;
}

/// Signalling would put out whoever is in a room that it doesn't know, so it must not hear of them.
#[tokio::test(flavor = "multi_thread")]
async fn rooms_without_an_account_are_the_nodes_own() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let mut events = fixture.bus.subscribe(NODE_EVENTS).await.unwrap();
    let (mut encoder, offer) = Client::udp(address, Offer::Encoder);
    let published = post(&fixture, "/whip/Sala%20obrad", None, &offer.sdp).await;
    assert_eq!(published.status, 201, "{published:?}");
    encoder.accept_sdp(&published.text);
    let (mut player, offer) = Client::udp(address, Offer::Player);
    let watched = post(&fixture, "/whep/Sala%20obrad", None, &offer.sdp).await;
    player.accept_sdp(&watched.text);
    drive_all(vec![encoder, player], "the encoder is heard", heard()).await;

    let resource = published.location.unwrap();
    assert!(resource.starts_with("/whip/Sala%20obrad/"), "{resource}");
    let elsewhere = resource.replace("Sala%20obrad", "other");
    assert_eq!(ask(&fixture, Method::DELETE, &elsewhere, None, &[], "").await.status, 404);
    assert_eq!(ask(&fixture, Method::DELETE, &resource, None, &[], "").await.status, 200);

    // A room of signalling's is the first that it hears of.
    let (_, token) = fixture.participant(RoomId::new());
    let (mut encoder, offer) = Client::udp(address, Offer::Encoder);
    let opened = post(&fixture, WHIP, Some(&token), &offer.sdp).await;
    let known = opened.location.unwrap();
    encoder.accept_sdp(&opened.text);
    drive_all(vec![encoder], "the second connects", |clients| clients[0].connected).await;
    let first = events.next_json::<NodeEvent>().await;
    let Some(NodeEvent::Connected { session, .. }) = first else { panic!("{first:?}") };
    assert!(known.ends_with(&session.to_string()));
    fixture.node.stop().await;
}
