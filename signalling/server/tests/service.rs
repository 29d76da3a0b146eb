//! What other services ask of signalling: the directory, and rooms that they plan.

mod support;

use serde_json::{Value, json};
use support::{App, Client, with_app};
use szpon_auth::Audience;
use szpon_kit::secrets::Secret;
use szpon_protocol::{OfficeId, PersonId, RoomId, claims::Role};

fn service(app: &App) -> Client {
    let token = app.state.keys.service_token("booking", Audience::Signalling).unwrap().token;
    app.stranger().with_bearer(token)
}

fn wanted(app: &App, host: PersonId, secret: &Secret) -> Value {
    json!({
        "host": host, "title": "Dowód (ABCD-EFGH)", "starts_at": app.now().plus_secs(600),
        "duration_minutes": 30, "cancelled": false, "guest_secret_hash": secret.hash(),
    })
}

fn path(office: OfficeId, room: RoomId) -> String {
    format!("/api/v1/service/offices/{office}/rooms/{room}")
}

#[tokio::test]
async fn the_directory_has_active_people_with_their_offices() {
    with_app(async |app| {
        let office = app.office("Urząd").await;
        let department = app.department(office, "Wydział").await;
        let anna = app.person_in(office, Some(department), "anna", &[Role::Official]).await;
        let oper = app.person(office, "oper", &[Role::Operator]).await;
        let offices = service(&app).get("/api/v1/service/offices").await.expect(200).json();
        assert_eq!(offices.as_array().unwrap().len(), 1);
        assert_eq!(offices[0]["id"], json!(office));
        let people = offices[0]["people"].as_array().unwrap();
        let find = |id: PersonId| people.iter().find(|p| p["id"] == json!(id)).unwrap();
        assert_eq!(find(anna)["official"], true);
        assert_eq!(find(anna)["department"], json!(department));
        assert_eq!(find(oper)["official"], false);
    })
    .await;
}

#[tokio::test]
async fn a_planned_room_is_made_once_and_leads_in_by_its_link() {
    with_app(async |app| {
        let office = app.office("Urząd").await;
        let anna = app.person(office, "anna", &[Role::Official]).await;
        let ewa = app.person(office, "ewa", &[Role::Official]).await;
        let (room, secret) = (RoomId::new(), Secret::generate());
        let mut service = service(&app);
        let mut body = wanted(&app, anna, &secret);
        for _ in 0..2 {
            service.call("PUT", &path(office, room), Some(body.clone())).await.expect(200);
        }
        assert_eq!(app.audited(office).await, ["room_created"], "the second changes nothing");
        let mut staff = app.sign_in("anna").await;
        let shown = staff.get(&format!("/api/v1/rooms/{room}")).await.expect(200).json();
        assert_eq!((&shown["waiting_room"], &shown["my_role"]), (&json!(true), &json!("host")));
        let lookup = json!({ "link": secret.reveal() });
        app.stranger().post("/api/v1/links/lookup", lookup.clone()).await.expect(200);

        // Another hour and another official.
        body["starts_at"] = json!(app.now().plus_secs(1200));
        body["host"] = json!(ewa);
        service.call("PUT", &path(office, room), Some(body.clone())).await.expect(200);
        let mut staff = app.sign_in("ewa").await;
        let shown = staff.get(&format!("/api/v1/rooms/{room}")).await.expect(200).json();
        assert_eq!(shown["starts_at"], body["starts_at"]);

        let asked = json!({ "rooms": [room, RoomId::new()] });
        let presence = format!("/api/v1/service/offices/{office}/rooms/presence");
        let states = service.post(&presence, asked).await.expect(200).json();
        assert_eq!(states, json!([{ "room": room, "participants": 0, "waiting": 0 }]));

        body["cancelled"] = json!(true);
        service.call("PUT", &path(office, room), Some(body)).await.expect(200);
        let over = app.stranger().post("/api/v1/links/lookup", lookup).await;
        assert_eq!(over.expect(200).json()["status"], "cancelled");
    })
    .await;
}

#[tokio::test]
async fn offices_people_and_rooms_must_fit_together() {
    with_app(async |app| {
        let (mine, theirs) = (app.office("Mine").await, app.office("Theirs").await);
        let anna = app.person(mine, "anna", &[Role::Official]).await;
        let obcy = app.person(theirs, "obcy", &[Role::Official]).await;
        let (room, secret) = (RoomId::new(), Secret::generate());
        let mut service = service(&app);
        let mut put = async |office, room, body: Value| {
            service.call("PUT", &path(office, room), Some(body)).await.status.as_u16()
        };
        // A host of another office; an office that isn't there.
        assert_eq!(put(mine, room, wanted(&app, obcy, &secret)).await, 404);
        assert_eq!(put(OfficeId::new(), room, wanted(&app, anna, &secret)).await, 404);
        assert_eq!(put(mine, room, wanted(&app, anna, &secret)).await, 200);
        assert_eq!(put(theirs, room, wanted(&app, obcy, &secret)).await, 404);
        assert_eq!(put(mine, room, wanted(&app, obcy, &secret)).await, 404);
        // A link leads into one room.
        assert_eq!(put(mine, RoomId::new(), wanted(&app, anna, &secret)).await, 409);
        let mut bad = wanted(&app, anna, &secret);
        bad["guest_secret_hash"] = json!("x");
        assert_eq!(put(mine, room, bad).await, 422);
        // Who is in a room, only its own office is told.
        for (office, rooms) in [(mine, 1), (theirs, 0), (OfficeId::new(), 0)] {
            let presence = format!("/api/v1/service/offices/{office}/rooms/presence");
            let told = service.post(&presence, json!({ "rooms": [room] })).await.expect(200);
            assert_eq!(told.json().as_array().unwrap().len(), rooms);
        }
    })
    .await;
}
