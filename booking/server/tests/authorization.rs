//! Walks every route of the OpenAPI document: without credentials, with credentials for another
//! service or of another kind, and with another office's ids. A new route is walked without being
//! named here; one that takes a body has to say what a good one looks like.

mod support;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use support::{App, Town, hours, matter, monday, text, with_app};
use szpon_auth::{Audience, Role, Subject};
use szpon_protocol::{Code, OfficeId, SystemId, claims::Scope};

struct Operation {
    method: String,
    /// The template, e.g. `/booking/v1/matters/{matter}`.
    path: String,
    has_body: bool,
    required: Vec<String>,
    /// Fields of the body, or of the query, in which an id stands; `[]` behind lists of them.
    id_fields: Vec<String>,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The path with ids and what else must be there filled in.
    fn filled(&self, ids: &BTreeMap<&str, String>) -> String {
        let path = ids
            .iter()
            .fold(self.path.clone(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        assert!(!path.contains('{'), "{}: what is a good id?", self.name());
        let query: Vec<String> = self
            .required
            .iter()
            .map(|name| match name.as_str() {
                "from" | "to" => format!("{name}=2027-01-18"),
                "form" => "form=phone".into(),
                "month" => "month=2027-01".into(),
                other => panic!("{}: what is a good {other}?", self.name()),
            })
            .collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }
}

fn operations(app: &App) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in app.openapi["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if ["get", "put", "post", "patch", "delete"].contains(&method.as_str()) {
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let required = parameters
                    .iter()
                    .filter(|p| p["in"] == "query" && p["required"] == true)
                    .map(|p| p["name"].as_str().unwrap().to_owned())
                    .collect();
                let mut id_fields: Vec<String> = parameters
                    .iter()
                    .filter(|p| p["in"] == "query" && is_id(&app.openapi, &p["schema"]))
                    .map(|p| p["name"].as_str().unwrap().to_owned())
                    .collect();
                let body = &operation["requestBody"]["content"]["application/json"]["schema"];
                id_fields.extend(ids_in(&app.openapi, body, ""));
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    has_body: operation.get("requestBody").is_some(),
                    required,
                    id_fields,
                });
            }
        }
    }
    assert!(operations.len() > 50, "{} operations", operations.len());
    operations
}

/// The schema behind a reference.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(path) => document.pointer(path.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// What a schema may be: itself, or one of several.
fn choices<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolved(document, schema);
    let of = |key: &str| schema[key].is_array();
    let several: Vec<&Value> = ["oneOf", "anyOf", "allOf"]
        .into_iter()
        .filter(|key| of(key))
        .flat_map(|key| schema[key].as_array().unwrap())
        .collect();
    if several.is_empty() {
        return vec![schema];
    }
    several.into_iter().flat_map(|one| choices(document, one)).collect()
}

fn is_id(document: &Value, schema: &Value) -> bool {
    choices(document, schema).iter().any(|one| one["format"] == "uuid")
}

/// Where ids stand in a body, below `prefix`.
fn ids_in(document: &Value, schema: &Value, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for one in choices(document, schema) {
        let Some(properties) = one["properties"].as_object() else { continue };
        for (name, property) in properties {
            let place = format!("{prefix}{name}");
            if is_id(document, property) {
                found.push(place);
                continue;
            }
            for one in choices(document, property) {
                let items = &one["items"];
                if is_id(document, items) {
                    found.push(format!("{place}[]"));
                } else {
                    let deeper = if items.is_null() { one } else { items };
                    found.extend(ids_in(document, deeper, &format!("{place}.")));
                }
            }
        }
    }
    found
}

fn is_public(app: &App, operation: &Operation) -> bool {
    app.public.iter().any(|route| route.method == operation.method && route.path == operation.path)
}

const IDS: [&str; 8] =
    ["office", "matter", "official", "appointment", "resource", "exception", "webhook", "place"];

fn random_ids() -> BTreeMap<&'static str, String> {
    IDS.into_iter().map(|name| (name, OfficeId::new().to_string())).collect()
}

const ALL_ROLES: [Role; 2] = [Role::Official, Role::OfficeAdmin];

#[tokio::test]
async fn public_routes_are_below_public() {
    with_app(async |app| {
        for route in &app.public {
            assert!(route.path.starts_with("/booking/v1/public/"), "{route:?}");
        }
        for operation in operations(&app) {
            let below = operation.path.starts_with("/booking/v1/public/");
            assert_eq!(below, is_public(&app, &operation), "{}", operation.name());
        }
    })
    .await;
}

#[tokio::test]
async fn every_other_route_answers_401_to_strangers() {
    with_app(async |app| {
        let town = app.town(1).await;
        let person = town.officials[0];
        let subject = || Subject::Person { person, office: town.office, roles: ALL_ROLES.to_vec() };
        let expired = app.bearer(Audience::Booking, subject());
        app.pass(601);
        let stranger = szpon_auth::Signer::new(
            support::PUBLIC_URL,
            szpon_auth::SigningKey::generate().unwrap(),
        );
        let mut forged = app.citizen(1);
        forged.bearer =
            Some(stranger.sign(Audience::Booking, subject(), app.now(), 600).unwrap().token);
        let mut nonsense = app.citizen(1);
        nonsense.bearer = Some("nonsense".into());
        let credentials = [
            ("nothing", app.citizen(1)),
            ("a token for signalling", app.bearer(Audience::Signalling, subject())),
            ("a token for the SFU", app.bearer(Audience::Sfu, subject())),
            ("an expired token", expired),
            ("a forged token", forged),
            ("nonsense", nonsense),
        ];
        let ids = random_ids();
        for operation in operations(&app).iter().filter(|operation| !is_public(&app, operation)) {
            for (what, client) in &credentials {
                let body = operation.has_body.then(|| json!({}));
                let answer = client.call(&operation.method, &operation.filled(&ids), body).await;
                assert_eq!(answer.status.as_u16(), 401, "{} with {what}", operation.name());
                assert_eq!(answer.code(), Code::Unauthenticated);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn others_than_officials_get_nowhere() {
    with_app(async |app| {
        let town = app.town(1).await;
        let subject = |roles: &[Role]| Subject::Person {
            person: town.officials[0],
            office: town.office,
            roles: roles.to_vec(),
        };
        let others = [
            app.bearer(Audience::Booking, subject(&[Role::Operator])),
            app.bearer(Audience::Booking, subject(&[Role::Trainer])),
            app.bearer(Audience::Booking, Subject::Service { name: "learning".into() }),
            app.bearer(Audience::Booking, Subject::Probe),
            app.bearer(
                Audience::Booking,
                Subject::System {
                    system: SystemId::new(),
                    name: "EZD".into(),
                    office: town.office,
                    scopes: vec![],
                },
            ),
        ];
        let ids = random_ids();
        for operation in operations(&app).iter().filter(|operation| !is_public(&app, operation)) {
            for client in &others {
                let body = operation.has_body.then(|| body_for(operation, &ids));
                let answer = client.call(&operation.method, &operation.filled(&ids), body).await;
                assert_eq!(answer.status.as_u16(), 403, "{}", operation.name());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn systems_do_what_their_scopes_say() {
    with_app(async |app| {
        let town = app.town(1).await;
        let own = things(&app, &town).await;
        let system = |scopes: &[Scope]| {
            let (system, name) = (SystemId::new(), "EZD".to_owned());
            let scopes = scopes.to_vec();
            app.bearer(
                Audience::Booking,
                Subject::System { system, name, office: town.office, scopes },
            )
        };
        let (reader, writer) = (system(&[Scope::BookingRead]), system(&[Scope::BookingWrite]));
        let reads = [
            "GET /booking/v1/office",
            "GET /booking/v1/matters",
            "GET /booking/v1/matters/{matter}/slots",
            "GET /booking/v1/officials",
            "GET /booking/v1/appointments",
            "GET /booking/v1/appointments/{appointment}",
            "GET /booking/v1/statistics",
            "GET /booking/v1/statistics.csv",
            "GET /booking/v1/events",
        ];
        let writes = [
            "POST /booking/v1/appointments",
            "POST /booking/v1/appointments/{appointment}/move",
            "POST /booking/v1/appointments/{appointment}/cancel",
        ];
        for operation in operations(&app).iter().filter(|operation| !is_public(&app, operation)) {
            let name = operation.name();
            for (client, may) in [(&reader, &reads[..]), (&writer, &writes[..])] {
                let body = operation.has_body.then(|| body_for(operation, &own));
                let answer = client.call(&operation.method, &operation.filled(&own), body).await;
                let status = answer.status.as_u16();
                if may.contains(&name.as_str()) {
                    // What is cancelled can't be moved.
                    assert!((200..300).contains(&status) || status == 409, "{name}: {status}");
                } else {
                    assert_eq!(status, 403, "{name}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_administrators_do_officials_may_not() {
    with_app(async |app| {
        let town = app.town(2).await;
        let own = things(&app, &town).await;
        let official = app.staff(town.office, town.officials[1], &[Role::Official]);
        for (method, path) in [
            ("PUT", "/booking/v1/office"),
            ("POST", "/booking/v1/matters"),
            ("PUT", "/booking/v1/matters/{matter}"),
            ("DELETE", "/booking/v1/matters/{matter}"),
            ("POST", "/booking/v1/resources"),
            ("PUT", "/booking/v1/resources/{resource}"),
            ("PUT", "/booking/v1/resources/{resource}/hours"),
            ("POST", "/booking/v1/resources/{resource}/hours/preview"),
            ("POST", "/booking/v1/queue-screen"),
            ("GET", "/booking/v1/webhooks"),
            ("POST", "/booking/v1/webhooks"),
            ("DELETE", "/booking/v1/webhooks/{webhook}"),
            ("GET", "/booking/v1/events"),
            ("GET", "/booking/v1/audit"),
            ("POST", "/booking/v1/personal-data/export"),
            ("POST", "/booking/v1/personal-data/erase"),
            // Of a colleague.
            ("PUT", "/booking/v1/officials/{official}/hours"),
            ("PUT", "/booking/v1/officials/{official}/desk"),
            ("POST", "/booking/v1/exceptions"),
        ] {
            let operation = operations(&app)
                .into_iter()
                .find(|operation| operation.method == method && operation.path == path)
                .unwrap();
            let body = operation.has_body.then(|| body_for(&operation, &own));
            let answer = official.call(method, &operation.filled(&own), body).await;
            assert_eq!(answer.status.as_u16(), 403, "{method} {path}");
        }
    })
    .await;
}

#[tokio::test]
async fn another_offices_ids_are_not_found() {
    with_app(async |app| {
        let (mine, theirs) = (app.town(1).await, app.town(1).await);
        let (own, foreign) = (things(&app, &mine).await, things(&app, &theirs).await);
        let caller = app.staff(mine.office, mine.officials[0], &ALL_ROLES);
        let mut walked = 0;
        for operation in operations(&app) {
            if !operation.path.contains('{') || is_public(&app, &operation) {
                continue;
            }
            let body = operation.has_body.then(|| body_for(&operation, &own));
            let answer = caller.call(&operation.method, &operation.filled(&foreign), body).await;
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status.as_u16(), 404, "{}: {body}", operation.name());
            assert_eq!(answer.code(), Code::NotFound, "{}", operation.name());
            walked += 1;
        }
        assert!(walked >= 15, "{walked} routes with ids");

        // Lists name nobody of another office.
        let range = "from=2027-01-18&to=2027-01-18";
        let path = format!("/booking/v1/appointments?{range}&official={}", foreign["official"]);
        assert_eq!(caller.get(&path).await.expect(200).json(), json!([]));
        // A citizen can't mix offices either.
        let mut mixed = own.clone();
        mixed.insert("matter", foreign["matter"].clone());
        let mut walked = 0;
        for operation in operations(&app) {
            if is_public(&app, &operation) && operation.path.contains("{matter}") {
                app.citizen(3).get(&operation.filled(&mixed)).await.expect(404);
                walked += 1;
            }
        }
        assert!(walked >= 2, "{walked} public routes with two ids");

        // And nothing happened to them.
        let obcy = app.staff(theirs.office, theirs.officials[0], &ALL_ROLES);
        let path = format!("/booking/v1/appointments/{}", foreign["appointment"]);
        assert_eq!(obcy.get(&path).await.expect(200).json()["state"], "confirmed");
    })
    .await;
}

/// Ids that a body or a query may have of another office, and why.
fn harmless(name: &str, field: &str) -> bool {
    match (name, field) {
        // Compared with the departments of the office's own officials, so it names nobody.
        (_, "departments[]") => true,
        // Where to go on in the office's own log.
        ("GET /booking/v1/events", "after") | ("GET /booking/v1/audit", "before") => true,
        // Narrows a list of the office's own down to nothing.
        (
            "GET /booking/v1/appointments"
            | "GET /booking/v1/matters/{matter}/slots"
            | "GET /booking/v1/public/offices/{office}/matters/{matter}/slots"
            | "GET /booking/v1/public/offices/{office}/matters/{matter}/days",
            "official",
        ) => true,
        ("GET /booking/v1/waiting", "matter") => true,
        // A citizen names the office; what must belong to it is tried beside it.
        (_, "office") => name.contains("/public/"),
        _ => false,
    }
}

/// The kind of thing whose id stands there.
fn kind_of(field: &str) -> &str {
    match field.trim_end_matches("[]") {
        "substitute" | "officials" => "official",
        "desk" | "substitute_resource" => "resource",
        kind => kind,
    }
}

#[tokio::test]
async fn another_offices_ids_in_bodies_and_queries_are_not_found() {
    with_app(async |app| {
        let (mine, theirs) = (app.town(1).await, app.town(1).await);
        let (own, foreign) = (things(&app, &mine).await, things(&app, &theirs).await);
        let caller = app.staff(mine.office, mine.officials[0], &ALL_ROLES);
        let mut walked = Vec::new();
        for operation in operations(&app) {
            let name = operation.name();
            let fields = operation.id_fields.iter().filter(|field| !harmless(&name, field));
            for field in fields {
                let id = foreign
                    .get(kind_of(field))
                    .unwrap_or_else(|| panic!("{name}: what is another office's {field}?"));
                let mut path = operation.filled(&own);
                let body = if operation.has_body {
                    let mut body = if is_public(&app, &operation) {
                        public_body_for(&app, &operation, &own).await
                    } else {
                        body_for(&operation, &own)
                    };
                    match field.strip_suffix("[]") {
                        Some(list) => body[list] = json!([id]),
                        None => body[field] = json!(id),
                    }
                    Some(body)
                } else {
                    path += if path.contains('?') { "&" } else { "?" };
                    path += &format!("{field}={id}");
                    None
                };
                let answer = caller.call(&operation.method, &path, body).await;
                let status = answer.status.as_u16();
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                assert!([404, 422].contains(&status), "{name} with {field}: {status} {text}");
                if status == 422 {
                    let problem = answer.json();
                    let refused = problem["fields"][0].clone();
                    assert_eq!(refused["reason"], "unknown", "{name} with {field}: {text}");
                }
                walked.push(format!("{name} {field}"));
            }
        }
        assert!(walked.len() >= 15, "{walked:#?}");
    })
    .await;
}

/// A body that a public route takes from anybody, as far as ids go.
async fn public_body_for(
    app: &App,
    operation: &Operation,
    own: &BTreeMap<&'static str, String>,
) -> Value {
    let proof = app.proof(&app.citizen(9)).await;
    match operation.name().as_str() {
        "POST /booking/v1/public/holds" => json!({
            "office": own["office"], "matter": own["matter"], "form": "phone",
            "start": monday(11, 0), "proof": proof,
        }),
        "POST /booking/v1/public/waiting" => json!({
            "office": own["office"], "matter": own["matter"], "forms": ["phone"],
            "from_date": "2027-01-18", "to_date": "2027-01-18", "name": "Ewa",
            "email": "ewa@example.org", "language": "pl", "notice_read": true, "proof": proof,
        }),
        "POST /booking/v1/public/appointments/move" => {
            let town = Town {
                office: own["office"].parse().unwrap(),
                matter: own["matter"].parse().unwrap(),
                officials: vec![own["official"].parse().unwrap()],
            };
            let (_, secret) = app.book(&town, monday(13, 0), "phone").await;
            json!({ "secret": secret, "start": monday(14, 0) })
        }
        other => panic!("what is a good body for {other}?"),
    }
}

/// One of everything that has an id, in this office.
async fn things(app: &App, town: &Town) -> BTreeMap<&'static str, String> {
    let admin = app.staff(town.office, town.officials[0], &ALL_ROLES);
    let (appointment, _) = app.book(town, monday(9, 0), "phone").await;
    let resource =
        admin.post("/booking/v1/resources", json!({ "name": "Pokój 1" })).await.expect(201).json();
    let closure = json!({ "kind": "closure", "from_date": "2027-03-01", "to_date": "2027-03-01" });
    let exception = admin.post("/booking/v1/exceptions", closure).await.expect(201).json();
    let webhook = json!({ "url": "https://hooks.example/" });
    let webhook = admin.post("/booking/v1/webhooks", webhook).await.expect(201).json();
    let secret = app.wait(town, "phone", "waits@example.org", 1).await;
    let view = json!({ "secret": secret });
    let place = app.citizen(1).post("/booking/v1/public/waiting/view", view).await.expect(200);
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    BTreeMap::from([
        ("place", id(&place.json()["id"])),
        ("office", town.office.to_string()),
        ("matter", town.matter.to_string()),
        ("official", town.officials[0].to_string()),
        ("appointment", id(&appointment["id"])),
        ("resource", id(&resource["id"])),
        ("exception", id(&exception["id"])),
        ("webhook", id(&webhook["webhook"]["id"])),
    ])
}

fn caller_booking(own: &BTreeMap<&'static str, String>) -> Value {
    json!({
        "matter": own["matter"], "form": "phone", "start": monday(11, 0), "name": "Jan",
        "phone": "600", "language": "pl",
    })
}

/// A body that the route takes.
fn body_for(operation: &Operation, own: &BTreeMap<&'static str, String>) -> Value {
    match operation.name().as_str() {
        "PUT /booking/v1/office" => serde_json::to_value(szpon_booking::demo::profile()).unwrap(),
        "POST /booking/v1/matters" | "PUT /booking/v1/matters/{matter}" => {
            let mut details = matter(&[]);
            details.name = text("X");
            serde_json::to_value(details).unwrap()
        }
        "PUT /booking/v1/officials/{official}/hours"
        | "POST /booking/v1/officials/{official}/hours/preview" => json!({ "hours": hours() }),
        "PUT /booking/v1/resources/{resource}/hours"
        | "POST /booking/v1/resources/{resource}/hours/preview" => {
            json!({ "hours": [{ "weekday": 1, "from": 480, "to": 960 }] })
        }
        "PUT /booking/v1/officials/{official}/desk" => json!({ "desk": null }),
        "POST /booking/v1/exceptions" | "POST /booking/v1/exceptions/preview" => json!({
            "kind": "absence", "official": own["official"], "from_date": "2027-02-01",
            "to_date": "2027-02-02",
        }),
        "POST /booking/v1/resources" | "PUT /booking/v1/resources/{resource}" => {
            json!({ "name": "X" })
        }
        "POST /booking/v1/appointments" => caller_booking(own),
        "POST /booking/v1/appointments/{appointment}/move" => json!({ "start": monday(12, 0) }),
        "POST /booking/v1/appointments/{appointment}/cancel" => json!({}),
        "POST /booking/v1/appointments/{appointment}/hand-over" => {
            json!({ "official": own["official"] })
        }
        "PUT /booking/v1/appointments/{appointment}/notes" => {
            json!({ "notes": "X", "version": 0 })
        }
        "POST /booking/v1/waiting/{place}/remove" => json!({}),
        "POST /booking/v1/webhooks" => json!({ "url": "https://hooks.example/" }),
        "POST /booking/v1/personal-data/export" | "POST /booking/v1/personal-data/erase" => {
            json!({ "email": "a@example.org" })
        }
        other => panic!("what is a good body for {other}?"),
    }
}
