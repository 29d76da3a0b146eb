//! Who looked at what, what is forgotten, and that no text is lost.

mod support;

use serde_json::{Value, json};
use support::{App, Town, monday, with_app};
use szpon_auth::Role;
use szpon_protocol::Code;

const EXPORT: &str = "/booking/v1/personal-data/export";
const ERASE: &str = "/booking/v1/personal-data/erase";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn actions(app: &App, town: &Town) -> Vec<String> {
    let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
    let entries = admin.get("/booking/v1/audit").await.expect(200).json();
    let entries = entries.as_array().unwrap().iter();
    entries.map(|one| text(&one["action"])).collect()
}

#[tokio::test]
async fn every_look_at_a_list_of_people_is_written_down() {
    with_app(async |app| {
        let town = app.town(2).await;
        app.book(&town, monday(9, 0), "phone").await;
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let range = "from=2027-01-18&to=2027-01-24";
        let hours = json!({ "hours": support::hours() });
        let official = town.officials[0];
        for (path, action) in [
            ("day?date=2027-01-18".to_owned(), "day_listed"),
            (format!("appointments?{range}"), "appointments_listed"),
            (format!("appointments?{range}&stranded=true"), "stranded_listed"),
            ("waiting".to_owned(), "waiting_listed"),
            (format!("statistics.csv?{range}"), "statistics_exported"),
        ] {
            admin.get(&format!("/booking/v1/{path}")).await.expect(200);
            assert_eq!(actions(&app, &town).await[0], action);
        }
        let preview = format!("/booking/v1/officials/{official}/hours/preview");
        admin.post(&preview, hours).await.expect(200);
        assert_eq!(actions(&app, &town).await[0], "stranding_previewed");
        admin.post(EXPORT, json!({ "email": "jan@example.org" })).await.expect(200);
        let entries = admin.get("/booking/v1/audit").await.expect(200).json();
        assert_eq!(entries[0]["action"], "person_exported");
        assert_eq!(entries[0]["by_name"], "Urzędnik 0");
        assert!(!entries.to_string().contains("jan@"), "nothing personal of citizens");
        let listed =
            entries.as_array().unwrap().iter().find(|e| e["action"] == "appointments_listed");
        let asked = json!({ "from": "2027-01-18", "to": "2027-01-24", "official": null });
        assert_eq!(listed.unwrap()["filter"], asked);

        // A page that asks again by itself is one look, as long as it asks for the same.
        let before = actions(&app, &town).await.len();
        app.pass(600);
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        for _ in 0..3 {
            admin.get("/booking/v1/day?date=2027-01-19").await.expect(200);
        }
        assert_eq!(actions(&app, &town).await.len(), before + 1);
        admin.get("/booking/v1/day?date=2027-01-20").await.expect(200);
        let colleague = app.staff(town.office, town.officials[1], &[Role::Official]);
        let path = format!("/booking/v1/day?date=2027-01-20&official={official}");
        colleague.get(&path).await.expect(200);
        assert_eq!(actions(&app, &town).await.len(), before + 3);
    })
    .await;
}

#[tokio::test]
async fn a_person_is_erased_with_all_mail_and_places() {
    with_app(async |app| {
        let town = app.town(1).await;
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let client = app.citizen(1);
        let email = "jan@example.org";
        let held = app.hold(&client, &town, monday(9, 0), "phone").await.expect(201).json();
        app.confirm(&client, &text(&held["secret"]), email).await.expect(200);
        let (_, other) = app.book(&town, monday(8, 0), "phone").await;
        let place = app.wait(&town, "phone", email, 1).await;
        // A slot is kept for them.
        let cancel = "/booking/v1/public/appointments/cancel";
        client.post(cancel, json!({ "secret": other })).await.expect(200);
        let before = app.outbox().await;
        let theirs = before.iter().filter(|mail| mail.to.email == email).count();
        assert_eq!(theirs, 5, "two codes, the confirmation, the place, the offer");

        let body = json!({ "email": "Jan@example.org" });
        let export = admin.post(EXPORT, body.clone()).await.expect(200).json();
        assert_eq!(export["appointments"].as_array().unwrap().len(), 1);
        assert_eq!(export["waiting"][0]["name"], "Ewa");
        let erased = admin.post(ERASE, body.clone()).await.expect(200).json();
        assert_eq!(erased, json!({ "appointments": 1, "cancelled": 1, "waiting": 1 }));

        let after = app.outbox().await;
        let left: Vec<_> = after.iter().filter(|mail| mail.to.email == email).collect();
        assert_eq!(left.len(), 1, "only that it is cancelled");
        assert!(left[0].subject.contains("Odwołana"));
        assert_eq!(before.len() - theirs + 1, after.len(), "nobody else's");
        let view = json!({ "secret": place });
        client.post("/booking/v1/public/waiting/view", view).await.expect(404);
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_waiting").await, 0);
        // What was kept for them is free again.
        app.hold(&client, &town, monday(8, 0), "phone").await.expect(201);
        let export = admin.post(EXPORT, body).await.expect(200).json();
        assert_eq!(export, json!({ "appointments": [], "waiting": [] }));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_erased_in_the_middle_of_their_meeting() {
    with_app(async |app| {
        let town = app.town(1).await;
        let (appointment, _) = app.book(&town, monday(9, 0), "phone").await;
        app.pass_to(monday(9, 0));
        let person = town.officials[0];
        let admin = app.staff(town.office, person, &[Role::Official, Role::OfficeAdmin]);
        let step = async |name: &str| {
            let path = format!("/booking/v1/appointments/{}/{name}", text(&appointment["id"]));
            admin.post(&path, Value::Null).await.expect(200);
        };
        step("start").await;
        let body = json!({ "email": appointment["email"] });
        let refused = admin.post(ERASE, body.clone()).await.expect(409);
        assert_eq!(refused.code(), Code::Conflict);
        let sealed = "SELECT COUNT(*) FROM booking_appointment WHERE citizen IS NOT NULL";
        assert_eq!(app.count(sealed).await, 1);
        step("done").await;
        admin.post(ERASE, body).await.expect(200);
        assert_eq!(app.count(sealed).await, 0);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_write_notes_nobody_loses_their_text() {
    with_app(async |app| {
        let town = app.town(2).await;
        let (appointment, _) = app.book(&town, monday(9, 0), "phone").await;
        let id = text(&appointment["id"]);
        let path = format!("/booking/v1/appointments/{id}/notes");
        let write = async |official: usize, notes: &str, version: i64| {
            let client = app.staff(town.office, town.officials[official], &[Role::Official]);
            client.put(&path, json!({ "notes": notes, "version": version })).await
        };
        let first = write(0, "Dzwoniła", 0).await.expect(200).json();
        assert_eq!(first["notes_version"], 1);
        let lost = write(1, "Prosi o windę", 0).await.expect(409);
        assert_eq!(lost.code(), Code::Conflict);
        assert_eq!(
            (&lost.json()["notes"], &lost.json()["notes_version"]),
            (&json!("Dzwoniła"), &json!(1))
        );
        // The answer got lost, and the same is sent again.
        write(0, "Dzwoniła", 0).await.expect(200);
        let both = write(1, "Dzwoniła\nProsi o windę", 1).await.expect(200).json();
        assert_eq!(both["notes_version"], 2);
        // What happens to the appointment otherwise is no change of its notes.
        app.pass_to(monday(8, 45));
        let official = app.staff(town.office, town.officials[0], &[Role::Official]);
        let arrive = format!("/booking/v1/appointments/{id}/arrive");
        official.post(&arrive, Value::Null).await.expect(200);
        write(0, "Jest", 2).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn lists_say_what_became_of_each_mail() {
    with_app(async |app| {
        let town = app.town(1).await;
        app.book(&town, monday(9, 0), "phone").await;
        szpon_kit::transaction!(app.state.db, |conn| {
            sqlx::query("UPDATE mail_outbox SET state = 'sent', finished_at = 5")
                .execute(&mut *conn)
                .await
        })
        .unwrap();
        app.book(&town, monday(10, 0), "phone").await;
        let official = app.staff(town.office, town.officials[0], &[Role::Official]);
        let day = official.get("/booking/v1/day?date=2027-01-18").await.expect(200).json();
        let states: Vec<_> = day["appointments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| text(&one["mail"]["state"]))
            .collect();
        assert_eq!(states, ["sent", "pending"]);
        // Stranded ones are few, and asked for as far as anything can be booked.
        let far = "/booking/v1/appointments?from=2027-01-18&to=2028-12-31";
        official.get(far).await.expect(422);
        official.get(&format!("{far}&stranded=true")).await.expect(200);
    })
    .await;
}
