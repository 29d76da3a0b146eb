//! The whole process on one router, without a socket for HTTP.

use std::collections::HashSet;

use axum::{
    body::Body,
    http::{HeaderMap, Request, header},
};
use serde_json::Value;
use szpon::{app::App, document, throwaway};
use szpon_kit::testing::TempDir;
use tower::ServiceExt;

struct Running {
    app: App,
    _dir: TempDir,
}

impl Running {
    async fn start() -> Self {
        let dir = TempDir::new();
        let app = App::open(&throwaway(dir.path()).unwrap()).await.unwrap();
        Self { app, _dir: dir }
    }

    async fn call(&self, request: Request<Body>) -> (u16, HeaderMap, String) {
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
        (status, headers, String::from_utf8_lossy(&body).into_owned())
    }

    async fn get(&self, path: &str) -> (u16, HeaderMap, String) {
        self.call(Request::get(path).body(Body::empty()).unwrap()).await
    }
}

/// What may stand open; everything else wants a session or a token.
const PUBLIC: [&str; 34] = [
    "GET /.well-known/jwks.json",
    "GET /api/v1/setup",
    "GET /booking/v1/public/calendar/{secret}/appointments.ics",
    "GET /booking/v1/public/offices",
    "GET /booking/v1/public/offices/{office}",
    "GET /booking/v1/public/offices/{office}/matters",
    "GET /booking/v1/public/offices/{office}/matters/{matter}/days",
    "GET /booking/v1/public/offices/{office}/matters/{matter}/slots",
    "OPTIONS /media/v1/whep",
    "OPTIONS /media/v1/whep/{session}",
    "OPTIONS /media/v1/whip",
    "OPTIONS /media/v1/whip/{session}",
    "POST /api/v1/account/lookup",
    "POST /api/v1/account/password",
    "POST /api/v1/account/reset",
    "POST /api/v1/links/lookup",
    "POST /api/v1/links/redeem",
    "POST /api/v1/session",
    "POST /api/v1/setup",
    "POST /api/v1/systems/token",
    "POST /booking/v1/public/appointments/cancel",
    "POST /booking/v1/public/appointments/move",
    "POST /booking/v1/public/appointments/view",
    "POST /booking/v1/public/challenges",
    "POST /booking/v1/public/holds",
    "POST /booking/v1/public/holds/code",
    "POST /booking/v1/public/holds/confirm",
    "POST /booking/v1/public/holds/release",
    "POST /booking/v1/public/kiosk",
    "POST /booking/v1/public/queue",
    "POST /booking/v1/public/waiting",
    "POST /booking/v1/public/waiting/confirm",
    "POST /booking/v1/public/waiting/leave",
    "POST /booking/v1/public/waiting/view",
];

#[tokio::test]
async fn only_the_listed_routes_stand_open() {
    let running = Running::start().await;
    let open: Vec<String> =
        running.app.public.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    for route in &open {
        assert!(PUBLIC.contains(&route.as_str()), "{route} is open");
    }
    let document = serde_json::to_value(&*running.app.openapi).unwrap();
    let mut walked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            let method = method.to_uppercase();
            if open.contains(&format!("{method} {path}")) {
                continue;
            }
            // Any id will do: who calls is asked before what for.
            let mut uri = path.clone();
            while let (Some(from), Some(to)) = (uri.find('{'), uri.find('}')) {
                uri.replace_range(from..=to, "018f3f52-0000-7000-8000-000000000000");
            }
            for token in [None, Some("Bearer nonsense")] {
                let mut request = Request::builder().method(method.as_str()).uri(&uri);
                if let Some(token) = token {
                    request = request.header(header::AUTHORIZATION, token);
                }
                let (status, headers, body) =
                    running.call(request.body(Body::empty()).unwrap()).await;
                assert_eq!(status, 401, "{method} {path}: {body}");
                assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
            }
            walked += 1;
        }
    }
    assert!(walked > 30, "the document names {walked} protected routes");
    running.app.node.stop().await;
}

#[tokio::test]
async fn rooms_without_an_account_are_not_there_unless_asked_for() {
    let running = Running::start().await;
    let ask = || {
        let request = Request::post("/whip/test").header("content-type", "application/sdp");
        request.body(Body::from("v=0")).unwrap()
    };
    let (status, headers, _) = running.call(ask()).await;
    assert!([404, 405].contains(&status), "{status}");
    assert!(!headers.contains_key("access-control-allow-origin"));
    running.app.node.stop().await;

    let dir = TempDir::new();
    let dev = szpon_sfu::DevWhip::new(([127, 0, 0, 1], 1).into()).unwrap();
    let settings = throwaway(dir.path()).unwrap();
    let app = App::with_dev_whip(&settings, Some(dev)).await.unwrap();
    let running = Running { app, _dir: dir };
    let (status, headers, body) = running.call(ask()).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert!(!running.app.openapi.paths.paths.contains_key("/whip/{room}"));
    // Other rooms are as closed as ever.
    let request = Request::post("/media/v1/whip").header("content-type", "application/sdp");
    let (status, ..) = running.call(request.body(Body::from("v=0")).unwrap()).await;
    assert_eq!(status, 401);
    running.app.node.stop().await;
}

#[tokio::test]
async fn health_says_what_works() {
    let running = Running::start().await;
    assert_eq!(running.get("/healthz").await.0, 200);
    let (status, _, body) = running.get("/readyz").await;
    assert_eq!(status, 200, "{body}");
    running.app.shutdown.drain();
    let (status, _, body) = running.get("/readyz").await;
    assert_eq!(status, 503);
    let readiness: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(readiness["draining"], true);
    assert_eq!(readiness["database"], true);
    // A drained process still lives.
    assert_eq!(running.get("/healthz").await.0, 200);
    // Numbers are for the second listener only.
    assert_ne!(running.get("/metrics").await.0, 200);
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = running.app.telemetry.clone().oneshot(request).await.unwrap();
    let text = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    assert!(String::from_utf8_lossy(&text).contains("szpon_sfu_sessions{shard=\"0\"} 0"));
    running.app.node.stop().await;
}

#[tokio::test]
async fn every_answer_carries_security_headers() {
    let running = Running::start().await;
    for path in ["/", "/healthz", "/api/v1/me", "/api/openapi.json", "/api/docs/", "/nothing"] {
        let (_, headers, _) = running.get(path).await;
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "permissions-policy",
        ] {
            assert!(headers.contains_key(name), "{path} has no {name}");
        }
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        let script = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
        assert!(!script.contains("unsafe-inline"), "{path}: {policy}");
    }
    running.app.node.stop().await;
}

#[tokio::test]
async fn the_documents_are_served_from_here() {
    let running = Running::start().await;
    let (status, headers, body) = running.get("/api/openapi.json").await;
    assert_eq!(
        (status, headers[header::CONTENT_TYPE].to_str().unwrap()),
        (200, "application/json")
    );
    let document: Value = serde_json::from_str(&body).unwrap();
    assert!(document["paths"]["/media/v1/sessions"]["post"].is_object());
    assert!(document["paths"]["/api/v1/session"]["post"].is_object());
    assert!(document["components"]["schemas"]["ToRoom"].is_object());
    let mut ids = HashSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id} names two operations");
        }
    }
    let (status, _, page) = running.get("/api/docs/").await;
    assert_eq!(status, 200);
    assert!(!page.contains("http://") && !page.contains("https://"), "loads from elsewhere");
    assert!(!page.contains("<script>"), "inline scripts are forbidden");
    let (status, _, script) = running.get("/api/docs/swagger-initializer.js").await;
    assert_eq!(status, 200);
    assert!(script.contains("/api/openapi.json"));
    running.app.node.stop().await;
}

/// `make openapi` writes it anew.
#[tokio::test]
async fn the_clients_copy_of_the_document_is_not_stale() {
    let current = document().await.unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/openapi.json");
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(current.trim() == kept.trim(), "web/openapi.json is stale: run `make openapi`");
}
