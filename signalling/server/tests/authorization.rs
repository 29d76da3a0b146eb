//! Walks every route of the OpenAPI document: without credentials, with credentials for another
//! service, and with another office's ids. A new route is walked without being named here; one that
//! takes a body has to say what a good one looks like.

mod support;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use support::{App, Client, with_app};
use szpon_auth::{Audience, Subject};
use szpon_protocol::{Code, MailId, OfficeId, claims::Role};

struct Operation {
    method: String,
    /// The template, e.g. `/api/v1/rooms/{room}`.
    path: String,
    has_body: bool,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The path with ids filled in.
    fn filled(&self, ids: &BTreeMap<&str, String>) -> String {
        ids.iter()
            .fold(self.path.clone(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id))
    }
}

fn operations(app: &App) -> Vec<Operation> {
    let paths = app.openapi["paths"].as_object().unwrap();
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            if ["get", "put", "post", "patch", "delete"].contains(&method.as_str()) {
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    has_body: operation.get("requestBody").is_some(),
                });
            }
        }
    }
    assert!(operations.len() > 40, "the document is empty");
    operations
}

fn is_public(app: &App, operation: &Operation) -> bool {
    app.public.iter().any(|route| route.method == operation.method && route.path == operation.path)
}

fn random_ids() -> BTreeMap<&'static str, String> {
    [
        "department",
        "person",
        "session",
        "room",
        "invitee",
        "link",
        "stream",
        "mail",
        "office",
        "system",
    ]
    .into_iter()
    .map(|name| (name, MailId::new().to_string()))
    .collect()
}

#[tokio::test]
async fn the_public_list_is_short_and_known() {
    with_app(async |app| {
        let public: Vec<String> =
            app.public.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
        assert_eq!(
            public,
            [
                "GET /.well-known/jwks.json",
                "GET /api/v1/setup",
                "POST /api/v1/account/lookup",
                "POST /api/v1/account/password",
                "POST /api/v1/account/reset",
                "POST /api/v1/links/lookup",
                "POST /api/v1/links/redeem",
                "POST /api/v1/session",
                "POST /api/v1/setup",
                "POST /api/v1/systems/token",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn every_other_route_answers_401_to_strangers() {
    with_app(async |app| {
        let office = app.office("Urząd").await;
        let person = app.person(office, "anna", &ALL_ROLES).await;
        let subject =
            || Subject::Person { person, office, roles: vec![Role::OfficeAdmin, Role::Operator] };
        let sign = |audience, subject| app.state.keys.sign(audience, subject, 600).unwrap().token;
        let expired = sign(Audience::Signalling, subject());
        app.pass(601);
        let stranger = szpon_auth::Signer::new(
            support::PUBLIC_URL,
            szpon_auth::SigningKey::generate().unwrap(),
        );
        let forged = stranger.sign(Audience::Signalling, subject(), app.now(), 600).unwrap().token;
        let mut credentials: Vec<(&str, Client)> = vec![
            ("nothing", app.stranger()),
            ("a token for the SFU", bearer(&app, sign(Audience::Sfu, subject()))),
            ("a token for learning", bearer(&app, sign(Audience::Learning, subject()))),
            ("a probe token", bearer(&app, sign(Audience::Signalling, Subject::Probe))),
            ("an expired token", bearer(&app, expired)),
            ("a forged token", bearer(&app, forged)),
            ("nonsense", bearer(&app, "nonsense".into())),
        ];
        let mut other_cookie = app.stranger();
        other_cookie.cookie = Some(format!("szpon_session={}", "A".repeat(43)));
        credentials.push(("an unknown cookie", other_cookie));

        let ids = random_ids();
        for operation in operations(&app).iter().filter(|operation| !is_public(&app, operation)) {
            for (what, client) in &credentials {
                let mut client = client.clone();
                let body = operation.has_body.then(|| json!({}));
                let answer = client.call(&operation.method, &operation.filled(&ids), body).await;
                assert_eq!(answer.status.as_u16(), 401, "{} with {what}", operation.name());
                assert_eq!(answer.code(), Code::Unauthenticated);
                assert!(answer.headers.contains_key("www-authenticate"));
            }
        }
    })
    .await;
}

const ALL_ROLES: [Role; 4] = [Role::Official, Role::Trainer, Role::OfficeAdmin, Role::Operator];

fn bearer(app: &App, token: String) -> Client {
    app.stranger().with_bearer(token)
}

#[tokio::test]
async fn services_and_participants_get_nowhere_with_their_tokens_but_to_their_own_routes() {
    with_app(async |app| {
        let office = app.office("Urząd").await;
        app.person(office, "anna", &ALL_ROLES).await;
        let staff = app.sign_in("anna").await;
        let service = app.state.keys.service_token("booking", Audience::Signalling).unwrap().token;
        let ids = random_ids();
        for operation in operations(&app).iter().filter(|operation| !is_public(&app, operation)) {
            let body = operation.has_body.then(|| body_for(operation, &ids));
            // Their own routes are nobody else's.
            let for_services = operation.path.starts_with("/api/v1/service/");
            let mut client =
                if for_services { staff.clone() } else { bearer(&app, service.clone()) };
            let answer = client.call(&operation.method, &operation.filled(&ids), body).await;
            assert_eq!(answer.status.as_u16(), 403, "{}", operation.name());
        }
    })
    .await;
}

#[tokio::test]
async fn another_offices_ids_are_not_found() {
    with_app(async |app| {
        // Both have the same things; the caller may do everything in their own office.
        let mine = app.office("Mine").await;
        app.person(mine, "anna", &ALL_ROLES).await;
        let theirs = app.office("Theirs").await;
        let (own, foreign) = (things(&app, mine, "ewa").await, things(&app, theirs, "obcy").await);
        let mut caller = app.sign_in("anna").await;

        let for_services: Vec<String> = operations(&app)
            .iter()
            .map(Operation::name)
            .filter(|name| name.contains("/api/v1/service/") && name.contains('{'))
            .collect();
        // tests/service.rs tries these with offices, people and rooms that don't fit together.
        assert_eq!(
            for_services,
            [
                "POST /api/v1/service/offices/{office}/rooms/presence",
                "PUT /api/v1/service/offices/{office}/rooms/{room}",
            ]
        );
        let mut walked = 0;
        for operation in operations(&app) {
            // Mail belongs to the installation, and so to its operators.
            let tenant_bound = operation.path.contains('{')
                && !operation.path.contains("{mail}")
                && !operation.path.starts_with("/api/v1/service/");
            if !tenant_bound || is_public(&app, &operation) {
                continue;
            }
            // All ids foreign; then, below something of one's own, a foreign last one.
            let mut mixed = own.clone();
            let last = operation.path.rsplit('{').next().unwrap().split('}').next().unwrap();
            let (last, id) = foreign.get_key_value(last).unwrap_or_else(|| {
                panic!("{}: what is another office's {last}?", operation.name())
            });
            mixed.insert(last, id.clone());
            for ids in [&foreign, &mixed] {
                let body = operation.has_body.then(|| body_for(&operation, &own));
                let path = operation.filled(ids);
                let answer = caller.call(&operation.method, &path, body).await;
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                assert_eq!(answer.status.as_u16(), 404, "{}: {text}", operation.name());
                assert_eq!(answer.code(), Code::NotFound, "{}", operation.name());
            }
            walked += 1;
        }
        assert!(walked >= 15, "{walked} routes with ids");

        // And nothing happened to them.
        let mut obcy = app.sign_in("obcy").await;
        obcy.get(&format!("/api/v1/rooms/{}", foreign["room"])).await.expect(200);
        obcy.get("/api/v1/me").await.expect(200);
    })
    .await;
}

/// One of everything that has an id, in this office.
async fn things(app: &App, office: OfficeId, name: &str) -> BTreeMap<&'static str, String> {
    let department = app.department(office, "Department").await;
    let person = app.person(office, name, &ALL_ROLES).await;
    let mut client = app.sign_in(name).await;
    let sessions = client.get("/api/v1/me/sessions").await.expect(200).json();
    let room = client
        .post(
            "/api/v1/rooms",
            json!({
                "title": "Spotkanie", "starts_at": app.now().plus_secs(3600), "duration_minutes": 30,
                "invitees": [{
                    "email": "jan@example.org", "name": "Jan", "language": "pl",
                    "role": "participant",
                }],
            }),
        )
        .await
        .expect(201)
        .json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let room_id = text(&room["id"]);
    let link = client
        .post(&format!("/api/v1/rooms/{room_id}/links"), json!({ "role": "participant" }))
        .await
        .expect(201)
        .json();
    let stream = client
        .post(
            &format!("/api/v1/rooms/{room_id}/streams"),
            json!({ "direction": "publish", "name": "Sala" }),
        )
        .await
        .expect(201)
        .json();
    let system = client
        .post("/api/v1/systems", json!({ "name": "EZD", "scopes": ["booking_read"] }))
        .await
        .expect(201)
        .json();
    BTreeMap::from([
        ("department", department.to_string()),
        ("person", person.to_string()),
        ("session", text(&sessions[0]["id"])),
        ("room", room_id),
        ("invitee", text(&room["invitees"][0]["id"])),
        ("link", text(&link["link"]["id"])),
        ("stream", text(&stream["stream"]["id"])),
        ("mail", MailId::new().to_string()),
        ("system", text(&system["system"]["id"])),
    ])
}

/// A body that the route takes.
fn body_for(operation: &Operation, own: &BTreeMap<&'static str, String>) -> Value {
    let password = json!({ "password": support::PASSWORD });
    match operation.name().as_str() {
        "PATCH /api/v1/me" => json!({ "name": "X" }),
        "POST /api/v1/me/password" => json!({ "current": "x", "new": "y" }),
        "POST /api/v1/me/totp" | "DELETE /api/v1/me/totp" => password,
        "POST /api/v1/me/totp/confirm" => json!({ "code": "000000" }),
        "POST /api/v1/tokens" => json!({ "audience": "sfu" }),
        "PATCH /api/v1/office"
        | "POST /api/v1/departments"
        | "PATCH /api/v1/departments/{department}" => json!({ "name": "X" }),
        "POST /api/v1/people" => json!({
            "name": "X", "email": "x@example.org", "roles": ["official"], "language": "pl",
        }),
        "PATCH /api/v1/people/{person}" => json!({ "name": "X" }),
        "POST /api/v1/rooms" => json!({ "title": "X", "duration_minutes": 30 }),
        "PATCH /api/v1/rooms/{room}" => json!({ "title": "X" }),
        "POST /api/v1/rooms/{room}/invitees" => json!({
            "person": own["person"], "language": "pl", "role": "participant",
        }),
        "POST /api/v1/rooms/{room}/links" => json!({ "role": "participant" }),
        "POST /api/v1/rooms/{room}/streams" => json!({ "direction": "watch", "name": "X" }),
        "POST /api/v1/systems" => json!({ "name": "X", "scopes": ["booking_read"] }),
        "PUT /api/v1/service/offices/{office}/rooms/{room}" => json!({
            "host": own["person"], "title": "X", "starts_at": "2027-02-01T10:00:00.000Z",
            "duration_minutes": 30, "cancelled": false, "guest_secret_hash": "0".repeat(64),
        }),
        "POST /api/v1/service/offices/{office}/rooms/presence" => json!({ "rooms": [] }),
        other => panic!("what is a good body for {other}?"),
    }
}
