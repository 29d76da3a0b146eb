//! A node with its HTTP interface, and WebRTC clients that reach it over real sockets.
#![allow(dead_code, reason = "each test program uses another part")]

pub mod client;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, header},
};
use prometheus::Registry;
use serde_json::Value;
use szpon_auth::{KeySet, Signer, SigningKey, Verifier};
use szpon_kit::{
    bus::Bus,
    clock::Clock,
    http::{Options, TokenAuth},
    telemetry::Metrics,
};
use szpon_protocol::{
    OfficeId, ParticipantId, PersonId, RoomId,
    claims::{Audience, MediaClaims, Role, Subject},
    media::SourceSet,
};
use szpon_sfu::{DevWhip, Node, RawSettings, Settings};
use tower::ServiceExt;

const ISSUER: &str = "http://test.invalid";

/// A node on loopback, its router, and the keys to it.
pub struct Fixture {
    pub node: Node,
    pub bus: Bus,
    pub router: Router,
    pub registry: Registry,
    pub public_routes: usize,
    signer: Signer,
    clock: Clock,
}

/// An answer in full.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub content_type: String,
    pub location: Option<String>,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

pub fn settings(change: impl FnOnce(&mut RawSettings)) -> Settings {
    let mut raw = RawSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        shards: 2,
        pin_threads: false,
        ..RawSettings::default()
    };
    change(&mut raw);
    raw.try_into().unwrap()
}

impl Fixture {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut RawSettings)) -> Self {
        let (bus, metrics) = (Bus::in_process(), Metrics::new());
        let registry = metrics.registry().clone();
        let node = Node::start(settings(change), bus.clone(), &registry).await.unwrap();
        let signer = Signer::new(ISSUER, SigningKey::generate().unwrap());
        let clock = Clock::system();
        let verifier = Verifier::new(ISSUER, &KeySet::new([signer.key().public().clone()]));
        let auth = TokenAuth::new(verifier, Audience::Sfu, clock.clone());
        let options = Options::new(metrics);
        let built = szpon_sfu::service(node.clone(), auth.clone(), &options);
        let whip = szpon_sfu::whip_service(node.clone(), auth, &options);
        let dev = DevWhip::new(([127, 0, 0, 1], 8080).into()).unwrap();
        let dev = szpon_sfu::dev_whip_service(node.clone(), dev, &options);
        let public_routes = built.public.len();
        let router = built.router.merge(whip.router).merge(dev.router);
        Self { node, bus, router, registry, public_routes, signer, clock }
    }

    pub fn token(&self, audience: Audience, subject: Subject) -> String {
        self.signer.sign(audience, subject, self.clock.now(), 300).unwrap().token
    }

    pub fn participant(&self, room: RoomId) -> (ParticipantId, String) {
        let participant = ParticipantId::new();
        (participant, self.media_token(room, participant))
    }

    pub fn media_token(&self, room: RoomId, participant: ParticipantId) -> String {
        let claims =
            MediaClaims { office: OfficeId::new(), room, participant, publish: SourceSet::ALL };
        self.token(Audience::Sfu, Subject::Media(claims))
    }

    pub fn person(&self, roles: &[Role]) -> String {
        let subject = Subject::Person {
            person: PersonId::new(),
            office: OfficeId::new(),
            roles: roles.to_vec(),
        };
        self.token(Audience::Sfu, subject)
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    /// A request of any kind.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let headers = response.headers().clone();
        let text =
            |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (content_type, location) = (text(header::CONTENT_TYPE), text(header::LOCATION));
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer {
            status,
            headers,
            text: String::from_utf8_lossy(&body).into_owned(),
            content_type: content_type.unwrap_or_default(),
            location,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }
}
