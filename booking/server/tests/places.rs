//! Rooms and desks that are open at times: what is offered, what is stranded, and where it goes.

mod support;

use serde_json::{Value, json};
use support::{App, Client, Town, monday, with_app};
use szpon_auth::Role;
use szpon_protocol::Code;

const MONDAY: &str = "2027-01-18";

/// An office with one official, whose desk is the first of two.
struct Office {
    town: Town,
    admin: Client,
    desk: Value,
    other: Value,
}

async fn office(app: &App) -> Office {
    let town = app.town(1).await;
    let admin = app.staff(town.office, town.officials[0], &[Role::Official, Role::OfficeAdmin]);
    let officials = admin.get("/booking/v1/officials").await.expect(200).json();
    let other = json!({ "name": "Pokój 112", "directions": "parter" });
    let other = admin.post("/booking/v1/resources", other).await.expect(201).json();
    Office { town, desk: officials[0]["desk"].clone(), other: other["id"].clone(), admin }
}

impl Office {
    fn closure(&self, substitute: &Value) -> Value {
        json!({
            "kind": "resource_closure", "resource": self.desk, "from_date": MONDAY,
            "to_date": MONDAY, "from": 540, "to": 720, "substitute_resource": substitute,
            "note": "malowanie",
        })
    }

    fn hours_path(&self) -> String {
        format!("/booking/v1/resources/{}/hours", self.desk.as_str().unwrap())
    }

    /// Starts on Monday, in this form.
    async fn starts(&self, app: &App, form: &str) -> Vec<String> {
        let path = format!(
            "/booking/v1/public/offices/{}/matters/{}/slots?form={form}&from={MONDAY}&days=1&limit=500",
            self.town.office, self.town.matter
        );
        let page = app.citizen(1).get(&path).await.expect(200).json();
        let slots = page["slots"].as_array().unwrap().clone();
        slots.iter().map(|slot| slot["start"].as_str().unwrap().to_owned()).collect()
    }

    async fn stranded(&self) -> Vec<Value> {
        let path = format!("/booking/v1/appointments?from={MONDAY}&to={MONDAY}&stranded=true");
        self.admin.get(&path).await.expect(200).json().as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_closed_desk_is_not_offered_and_its_substitute_is() {
    with_app(async |app| {
        let office = office(&app).await;
        let nine = monday(9, 0).to_string();
        assert!(office.starts(&app, "in_person").await.contains(&nine));
        let closed = office.closure(&Value::Null);
        let made = office.admin.post("/booking/v1/exceptions", closed).await.expect(201).json();
        let starts = office.starts(&app, "in_person").await;
        assert!(!starts.contains(&nine) && starts.contains(&monday(12, 0).to_string()));
        assert!(starts.contains(&monday(8, 30).to_string()), "a buffer needs no open desk");
        assert!(office.starts(&app, "phone").await.contains(&nine), "a call needs no desk");

        // Taken back, and closed with somewhere else to go.
        let path = format!("/booking/v1/exceptions/{}", made["id"].as_str().unwrap());
        office.admin.call("DELETE", &path, None).await.expect(204);
        assert!(office.starts(&app, "in_person").await.contains(&nine));
        let closed = office.closure(&office.other);
        office.admin.post("/booking/v1/exceptions", closed).await.expect(201);
        assert!(office.starts(&app, "in_person").await.contains(&nine));
        let (appointment, _) = app.book(&office.town, monday(9, 0), "in_person").await;
        assert_eq!(appointment["place"], "Pokój 112 (parter)");
        let listed = format!("/booking/v1/exceptions?from={MONDAY}&to={MONDAY}");
        let listed = office.admin.get(&listed).await.expect(200).json();
        assert_eq!(listed[0]["details"]["resource"], office.desk);
        assert_eq!(listed[0]["details"]["substitute_resource"], office.other);
        let closed_days = format!("/booking/v1/closed-days?from={MONDAY}&to={MONDAY}");
        assert_eq!(office.admin.get(&closed_days).await.expect(200).json(), json!([]));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_sent_to_an_archived_place() {
    with_app(async |app| {
        let office = office(&app).await;
        let closed = office.closure(&office.other);
        office.admin.post("/booking/v1/exceptions", closed).await.expect(201);
        let nine = monday(9, 0).to_string();
        assert!(office.starts(&app, "in_person").await.contains(&nine), "at the substitute");
        let archive = async |id: &Value| {
            let path = format!("/booking/v1/resources/{}", id.as_str().unwrap());
            let body = json!({ "name": "Pokój", "directions": "", "archived": true });
            office.admin.call("PUT", &path, Some(body)).await.expect(200);
        };
        archive(&office.other).await;
        assert!(!office.starts(&app, "in_person").await.contains(&nine));
        archive(&office.desk).await;
        let officials = office.admin.get("/booking/v1/officials").await.expect(200).json();
        assert_eq!(officials[0]["desk"], Value::Null);
        let (appointment, _) = app.book(&office.town, monday(9, 0), "in_person").await;
        assert_eq!(appointment["place"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn what_is_booked_at_a_desk_that_closes_is_stranded_and_moves_to_the_substitute() {
    with_app(async |app| {
        let office = office(&app).await;
        let (appointment, secret) = app.book(&office.town, monday(10, 0), "in_person").await;
        let id = appointment["id"].as_str().unwrap();
        let closed = office.closure(&office.other);
        let path = "/booking/v1/exceptions";
        let preview = office.admin.post(&format!("{path}/preview"), closed.clone()).await;
        let preview = preview.expect(200).json();
        assert_eq!(preview["appointments"][0]["id"], json!(id));
        assert_eq!(preview["appointments"][0]["stranded"], "place");
        assert_eq!(app.events(id).await, ["held", "confirmed"], "a look changes nothing");

        let made = office.admin.post(path, closed.clone()).await.expect(201).json();
        assert_eq!(office.stranded().await[0]["stranded"], "place");
        let path_of_it = format!("{path}/{}", made["id"].as_str().unwrap());
        office.admin.call("DELETE", &path_of_it, None).await.expect(204);
        assert!(office.stranded().await.is_empty());
        office.admin.post(path, closed).await.expect(201);
        assert_eq!(office.stranded().await.len(), 1);

        // To the very same time: the official stays, the place changes, and the citizen is told.
        let body = json!({
            "start": monday(10, 0), "official": office.town.officials[0],
            "message": "Malujemy stanowisko",
        });
        let path = format!("/booking/v1/appointments/{id}/move");
        let moved = office.admin.post(&path, body.clone()).await.expect(200).json();
        assert_eq!(moved["place"], "Pokój 112");
        assert_eq!(moved["start"], json!(monday(10, 0)));
        assert!(moved["stranded"].is_null());
        assert!(office.stranded().await.is_empty());
        let letters = app.letters().await;
        // The confirmation, which nobody has sent yet, is taken back.
        assert_eq!(letters.len(), 1);
        let letter = letters.last().unwrap();
        assert!(letter.text.contains("Pokój 112") && letter.text.contains("Malujemy stanowisko"));
        let view = json!({ "secret": secret });
        let view = app.citizen(1).post("/booking/v1/public/appointments/view", view).await;
        assert_eq!(view.expect(200).json()["stranded"], json!(false));
        // A second time it is where it is.
        assert_eq!(office.admin.post(&path, body).await.expect(409).code(), Code::Conflict);
        assert_eq!(
            app.events(id).await,
            ["held", "confirmed", "stranded", "unstranded", "stranded", "moved"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_desk_has_hours() {
    with_app(async |app| {
        let office = office(&app).await;
        let (appointment, _) = app.book(&office.town, monday(13, 0), "in_person").await;
        let path = office.hours_path();
        let mornings = json!({ "hours": [
            { "weekday": 1, "from": 540, "to": 720, "valid_to": MONDAY },
        ] });
        let preview = office.admin.post(&format!("{path}/preview"), mornings.clone()).await;
        let preview = preview.expect(200).json();
        assert_eq!(preview["appointments"][0]["id"], appointment["id"]);
        assert!(office.stranded().await.is_empty());
        let desk = office.admin.put(&path, mornings).await.expect(200).json();
        assert_eq!(desk["hours"][0]["valid_to"], MONDAY);
        assert_eq!(office.stranded().await[0]["stranded"], "place");
        let all = office.admin.get("/booking/v1/resources").await.expect(200).json();
        let listed = all.as_array().unwrap().iter().find(|one| one["id"] == office.desk);
        assert_eq!(listed.unwrap()["hours"], desk["hours"]);
        let starts = office.starts(&app, "in_person").await;
        assert_eq!(starts.first(), Some(&monday(9, 0).to_string()));
        assert_eq!(starts.last(), Some(&monday(11, 30).to_string()));
        // A new name leaves the hours alone.
        let path_of_it = path.strip_suffix("/hours").unwrap();
        let renamed = office.admin.put(path_of_it, json!({ "name": "Stanowisko 9" })).await;
        assert_eq!(renamed.expect(200).json()["hours"], desk["hours"]);
        // Without hours it is always open.
        office.admin.put(&path, json!({ "hours": [] })).await.expect(200);
        assert!(office.stranded().await.is_empty());
        assert_eq!(office.starts(&app, "in_person").await.first(), Some(&monday(8, 0).to_string()));
    })
    .await;
}

#[tokio::test]
async fn handed_over_it_goes_where_the_colleagues_desk_is_open() {
    with_app(async |app| {
        let town = app.town(2).await;
        let admin = app.staff(town.office, town.officials[0], &[Role::Official, Role::OfficeAdmin]);
        let (appointment, _) = app.book(&town, monday(10, 0), "in_person").await;
        let officials = admin.get("/booking/v1/officials").await.expect(200).json();
        let colleague = officials.as_array().unwrap().iter();
        let mut colleague = colleague.filter(|one| one["id"] != appointment["official"]);
        let colleague = colleague.next().unwrap();
        let other = json!({ "name": "Pokój 112" });
        let other = admin.post("/booking/v1/resources", other).await.expect(201).json();
        let closed = |substitute: &Value| {
            json!({
                "kind": "resource_closure", "resource": colleague["desk"], "from_date": MONDAY,
                "to_date": MONDAY, "substitute_resource": substitute,
            })
        };
        let made = admin.post("/booking/v1/exceptions", closed(&Value::Null)).await.expect(201);
        let path =
            format!("/booking/v1/appointments/{}/hand-over", appointment["id"].as_str().unwrap());
        let over = json!({ "official": colleague["id"] });
        let refused = admin.post(&path, over.clone()).await.expect(409);
        assert_eq!(refused.code(), Code::SlotTaken);
        let made = format!("/booking/v1/exceptions/{}", made.json()["id"].as_str().unwrap());
        admin.call("DELETE", &made, None).await.expect(204);
        admin.post("/booking/v1/exceptions", closed(&other["id"])).await.expect(201);
        let over = admin.post(&path, over).await.expect(200).json();
        assert_eq!(over["place"], "Pokój 112");
    })
    .await;
}

#[tokio::test]
async fn nonsense_is_refused_by_field() {
    with_app(async |app| {
        let office = office(&app).await;
        let refused = async |body: Value, field: &str| {
            let answer = office.admin.post("/booking/v1/exceptions", body).await.expect(422);
            assert_eq!(answer.json()["fields"][0]["field"], field);
        };
        let mut itself = office.closure(&office.desk);
        refused(itself.clone(), "substitute_resource").await;
        itself["resource"] = Value::Null;
        refused(itself, "resource").await;
        let mut absence = office.closure(&Value::Null);
        absence["kind"] = json!("absence");
        absence["official"] = json!(office.town.officials[0]);
        refused(absence, "resource").await;
        let mut closure = office.closure(&office.other);
        closure["kind"] = json!("closure");
        closure["resource"] = Value::Null;
        refused(closure, "substitute_resource").await;
        // What isn't in use takes over nothing.
        let path = format!("/booking/v1/resources/{}", office.other.as_str().unwrap());
        let archived = json!({ "name": "Pokój 112", "archived": true });
        office.admin.put(&path, archived).await.expect(200);
        refused(office.closure(&office.other), "substitute_resource").await;
        let backwards = json!({ "hours": [{ "weekday": 1, "from": 720, "to": 540 }] });
        let answer = office.admin.put(&office.hours_path(), backwards).await.expect(422);
        assert_eq!(answer.json()["fields"][0]["field"], "hours.0.to");
        // An official alone may read, but not close a desk.
        let official = app.staff(office.town.office, office.town.officials[0], &[Role::Official]);
        let closure = office.closure(&Value::Null);
        official.post("/booking/v1/exceptions", closure).await.expect(403);
    })
    .await;
}
