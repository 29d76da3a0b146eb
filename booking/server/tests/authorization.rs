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
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    has_body: operation.get("requestBody").is_some(),
                    required,
                });
            }
        }
    }
    assert!(operations.len() > 50, "{} operations", operations.len());
    operations
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

        // Ids in bodies and queries.
        let foreign_official = &foreign["official"];
        let unknown = async |method: &str, path: &str, body: Option<Value>| {
            let answer = caller.call(method, path, body).await;
            assert!([404, 422].contains(&answer.status.as_u16()), "{method} {path}");
        };
        unknown("GET", &format!("/booking/v1/day?official={foreign_official}"), None).await;
        let mut details = serde_json::to_value(matter(&[])).unwrap();
        details["officials"] = json!([foreign_official]);
        unknown("POST", "/booking/v1/matters", Some(details)).await;
        let absence = json!({
            "kind": "absence", "official": foreign_official, "from_date": "2027-01-18",
            "to_date": "2027-01-18",
        });
        unknown("POST", "/booking/v1/exceptions", Some(absence.clone())).await;
        let mut substitute = absence;
        substitute["official"] = json!(own["official"]);
        substitute["substitute"] = json!(foreign_official);
        unknown("POST", "/booking/v1/exceptions", Some(substitute)).await;
        let closure = json!({
            "kind": "resource_closure", "resource": foreign["resource"],
            "from_date": "2027-01-18", "to_date": "2027-01-18",
        });
        unknown("POST", "/booking/v1/exceptions", Some(closure.clone())).await;
        unknown("POST", "/booking/v1/exceptions/preview", Some(closure.clone())).await;
        let mut substitute = closure;
        substitute["resource"] = json!(own["resource"]);
        substitute["substitute_resource"] = json!(foreign["resource"]);
        unknown("POST", "/booking/v1/exceptions", Some(substitute)).await;
        let desk = json!({ "desk": foreign["resource"] });
        unknown("PUT", &format!("/booking/v1/officials/{}/desk", own["official"]), Some(desk))
            .await;
        let over = json!({ "official": foreign_official });
        let path = format!("/booking/v1/appointments/{}/hand-over", own["appointment"]);
        unknown("POST", &path, Some(over)).await;
        let mut book = caller_booking(&own);
        book["matter"] = json!(foreign["matter"]);
        unknown("POST", "/booking/v1/appointments", Some(book)).await;
        // Lists name nobody of another office.
        let range = "from=2027-01-18&to=2027-01-18";
        let path = format!("/booking/v1/appointments?{range}&official={foreign_official}");
        assert_eq!(caller.get(&path).await.expect(200).json(), json!([]));
        // A citizen can't mix offices either.
        let path = format!(
            "/booking/v1/public/offices/{}/matters/{}/slots?form=phone",
            own["office"], foreign["matter"]
        );
        app.citizen(3).get(&path).await.expect(404);

        // And nothing happened to them.
        let obcy = app.staff(theirs.office, theirs.officials[0], &ALL_ROLES);
        let path = format!("/booking/v1/appointments/{}", foreign["appointment"]);
        assert_eq!(obcy.get(&path).await.expect(200).json()["state"], "confirmed");
    })
    .await;
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
