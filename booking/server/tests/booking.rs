//! The way of a citizen and the day of an official.

mod support;

use serde_json::{Value, json};
use support::{App, Town, confirmation, monday, with_app};
use szpon_auth::Role;
use szpon_kit::{db::Kind, transaction};
use szpon_protocol::Code;

const MOVE: &str = "/booking/v1/public/appointments/move";
const CANCEL: &str = "/booking/v1/public/appointments/cancel";
const VIEW: &str = "/booking/v1/public/appointments/view";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn starts(app: &App, town: &Town, query: &str) -> Vec<String> {
    let path =
        format!("/booking/v1/public/offices/{}/matters/{}/slots?{query}", town.office, town.matter);
    let page = app.citizen(9).get(&path).await.expect(200).json();
    page["slots"].as_array().unwrap().iter().map(|slot| text(&slot["start"])).collect()
}

#[tokio::test]
async fn what_is_booked_is_not_free_and_what_is_cancelled_is() {
    with_app(async |app| {
        let town = app.town(1).await;
        let query = "form=in_person&from=2027-01-18&days=1";
        let all = starts(&app, &town, query).await;
        assert_eq!(all.len(), 16, "half hours from 8 to 16");
        let (appointment, secret) = app.book(&town, monday(9, 0), "in_person").await;
        assert_eq!(appointment["place"], "Stanowisko");
        // Five minutes are kept free after it.
        let left = starts(&app, &town, query).await;
        assert_eq!(left.len(), 13, "nor can anything end at nine");
        assert!(!left.contains(&monday(9, 30).to_string()));
        let cancelled = app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
        assert_eq!(cancelled.json()["state"], "cancelled");
        assert_eq!(starts(&app, &town, query).await, all);
        // Twice is once.
        app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
        assert_eq!(app.events(&text(&appointment["id"])).await, ["held", "confirmed", "cancelled"]);
    })
    .await;
}

#[tokio::test]
async fn pages_of_slots_follow_each_other() {
    with_app(async |app| {
        let town = app.town(2).await;
        let path = format!(
            "/booking/v1/public/offices/{}/matters/{}/slots?form=video&limit=7",
            town.office, town.matter
        );
        let client = app.citizen(1);
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let page = client.get(&format!("{path}{after}")).await.expect(200).json();
            seen.extend(page["slots"].as_array().unwrap().iter().map(|s| text(&s["start"])));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(seen, sorted, "in order and each once");
        // From ten on Friday (an hour's notice) to the horizon of sixty days.
        assert_eq!(seen[0], "2027-01-15T09:00:00.000Z");
        let month = client
            .get(&format!(
                "/booking/v1/public/offices/{}/matters/{}/days?form=video&month=2027-02",
                town.office, town.matter
            ))
            .await
            .expect(200)
            .json();
        let free: u64 =
            month.as_array().unwrap().iter().map(|day| day["free"].as_u64().unwrap()).sum();
        let february = seen.iter().filter(|start| start.starts_with("2027-02")).count();
        assert_eq!(free, february as u64);
    })
    .await;
}

/// Whatever is wished for, a month shows as many slots as its days have.
#[tokio::test]
async fn a_month_counts_what_its_days_list() {
    with_app(async |app| {
        let town = app
            .town_with(2, |matter| {
                matter.capacity = 4;
                matter.duration_minutes = 120;
                matter.forms.retain(|form| *form != szpon_protocol::booking::Form::Phone);
            })
            .await;
        // Three of a group's four places are gone in one hour, two in another.
        for (hour, people) in [(8, 3), (12, 2)] {
            for n in 0..2 {
                let client = app.citizen(n);
                let start = monday(hour, 0);
                app.hold_for(&client, &town, start, "in_person", people).await.expect(201);
            }
        }
        let base = format!("/booking/v1/public/offices/{}/matters/{}", town.office, town.matter);
        let client = app.citizen(9);
        for people in 1..=4 {
            for interpreter in [false, true] {
                for official in [None, Some(town.officials[0])] {
                    let official = official.map(|id| format!("&official={id}")).unwrap_or_default();
                    let wish = format!(
                        "form=in_person&people={people}&interpreter={interpreter}{official}"
                    );
                    let path = format!("{base}/days?{wish}&month=2027-01");
                    let month = client.get(&path).await.expect(200).json();
                    for day in month.as_array().unwrap() {
                        let date = text(&day["date"]);
                        if date.as_str() < "2027-01-15" {
                            assert_eq!(day["free"], 0);
                            continue;
                        }
                        let path = format!("{base}/slots?{wish}&from={date}&days=1&limit=500");
                        let page = client.get(&path).await.expect(200).json();
                        let slots = page["slots"].as_array().unwrap().len();
                        assert_eq!(day["free"], slots, "{wish} on {date}");
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn mail_follows_the_appointment_with_one_calendar_entry() {
    with_app(async |app| {
        let town = app.town(2).await;
        let (appointment, secret) = app.book(&town, monday(9, 0), "video").await;
        let mails = app.letters().await;
        let uid = format!("UID:{}@127.0.0.1", text(&appointment["id"]));
        let ics = |mail: &szpon_kit::mail::Message| {
            mail.calendar.as_ref().unwrap().ics.replace("\r\n ", "")
        };
        assert!(ics(&mails[0]).contains(&uid) && ics(&mails[0]).contains("SEQUENCE:0"));
        assert!(mails[0].text.contains(&text(&appointment["join_url"])));
        assert!(mails[0].text.contains(&secret), "the link to change it");

        // Once it is out, a change is another mail with a higher number.
        sent(&app).await;
        let body = json!({ "secret": secret, "start": monday(13, 0) });
        let moved = app.citizen(1).post(MOVE, body).await.expect(200).json();
        assert_eq!(moved["code"], appointment["code"], "the code stays");
        let mail = app.letters().await.pop().unwrap();
        assert!(ics(&mail).contains(&uid) && ics(&mail).contains("SEQUENCE:1"));
        assert!(ics(&mail).contains("METHOD:REQUEST") && ics(&mail).contains("T130000"));
        sent(&app).await;
        app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
        let mail = app.letters().await.pop().unwrap();
        assert!(ics(&mail).contains("METHOD:CANCEL") && ics(&mail).contains("SEQUENCE:2"));
        assert!(ics(&mail).contains(&uid) && ics(&mail).contains("STATUS:CANCELLED"));
    })
    .await;
}

/// The citizen's own calendar file is the entry of the newest mail.
#[tokio::test]
async fn the_citizen_sees_the_sequence_of_the_mail() {
    with_app(async |app| {
        let town = app.town(2).await;
        let (appointment, secret) = app.book(&town, monday(9, 0), "video").await;
        assert_eq!(appointment["sequence"], 0);
        sent(&app).await;
        let body = json!({ "secret": secret, "start": monday(13, 0) });
        app.citizen(1).post(MOVE, body).await.expect(200);
        let view = app.citizen(1).post(VIEW, json!({ "secret": secret })).await.expect(200).json();
        let mail = app.letters().await.pop().unwrap();
        let entry = format!("SEQUENCE:{}", view["sequence"]);
        assert!(mail.calendar.unwrap().ics.contains(&entry) && entry == "SEQUENCE:1");
    })
    .await;
}

/// Everything in the outbox is out, and forgotten.
async fn sent(app: &App) {
    transaction!(app.state.db, |conn| {
        sqlx::query("UPDATE mail_outbox SET state = 'sent', message = '' WHERE state = 'pending'")
            .execute(&mut *conn)
            .await?;
        sqlx::query("DELETE FROM mail_outbox WHERE state = 'sent'").execute(&mut *conn).await
    })
    .unwrap();
}

#[tokio::test]
async fn reminders_go_out_once_and_not_for_what_was_just_booked() {
    with_app(async |app| {
        let town = app.town(1).await;
        app.book(&town, monday(9, 0), "phone").await;
        let remind = || szpon_booking::appointments::jobs::remind(&app.state);
        sent(&app).await;
        app.pass_to(monday(9, 0).plus_secs(-86_400 - 1));
        remind().await.unwrap();
        assert!(app.letters().await.is_empty(), "a second too early");
        app.pass(1);
        remind().await.unwrap();
        remind().await.unwrap();
        assert_eq!(app.letters().await.len(), 1, "a day before, once");
        sent(&app).await;
        app.pass_to(monday(8, 0));
        remind().await.unwrap();
        remind().await.unwrap();
        let mails = app.letters().await;
        assert_eq!(mails.len(), 1, "an hour before");
        assert!(mails[0].subject.contains("Przypomnienie"));
        assert!(mails[0].calendar.as_ref().unwrap().ics.contains("SEQUENCE:0"));
    })
    .await;
}

#[tokio::test]
async fn who_is_told_of_a_colleague_needs_no_reminder_then() {
    with_app(async |app| {
        let town = app.town(2).await;
        let (booked, _) = app.book(&town, monday(9, 0), "phone").await;
        sent(&app).await;
        app.pass_to(monday(9, 0).plus_secs(-86_400 + 10));
        let official = app.staff(town.office, town.officials[0], &[Role::Official]);
        let path = format!("/booking/v1/appointments/{}/hand-over", text(&booked["id"]));
        let held = official.get(path.trim_end_matches("/hand-over")).await.expect(200).json();
        let other = town.officials.iter().find(|id| json!(id) != held["official"]).unwrap();
        official.post(&path, json!({ "official": other })).await.expect(200);
        assert_eq!(app.letters().await.len(), 1);
        sent(&app).await;
        szpon_booking::appointments::jobs::remind(&app.state).await.unwrap();
        assert!(app.letters().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_reminder_takes_no_other_mail_back() {
    with_app(async |app| {
        let town = app.town(1).await;
        let (_, secret) = app.book(&town, monday(9, 0), "phone").await;
        let remind = || szpon_booking::appointments::jobs::remind(&app.state);
        let subjects =
            async || app.letters().await.into_iter().map(|mail| mail.subject).collect::<Vec<_>>();
        // The mail server has been down since they booked.
        app.pass_to(monday(9, 0).plus_secs(-86_400));
        remind().await.unwrap();
        let waiting = subjects().await;
        assert!(waiting.len() == 1 && waiting[0].contains("Potwierdzenie"), "{waiting:?}");
        // Once the confirmation is out, the reminder follows.
        sent(&app).await;
        remind().await.unwrap();
        let waiting = subjects().await;
        assert!(waiting.len() == 1 && waiting[0].contains("Przypomnienie"), "{waiting:?}");
        // A change takes the reminder back, and is a change: they know of the appointment.
        let body = json!({ "secret": secret, "start": monday(13, 0) });
        app.citizen(1).post(MOVE, body).await.expect(200);
        let waiting = subjects().await;
        assert!(waiting.len() == 1 && waiting[0].contains("Zmiana"), "{waiting:?}");
    })
    .await;
}

#[tokio::test]
async fn a_reminder_of_a_lost_update_is_not_sent() {
    with_app(async |app| {
        let town = app.town(1).await;
        app.book(&town, monday(9, 0), "phone").await;
        sent(&app).await;
        app.pass_to(monday(9, 0).plus_secs(-86_400));
        // Every update finds another version than it has read.
        let lose: &[&'static str] = match app.state.db.kind() {
            Kind::Sqlite => &["CREATE TRIGGER lose BEFORE UPDATE ON booking_appointment
                   BEGIN SELECT RAISE(IGNORE); END"],
            Kind::Postgres => &[
                "CREATE FUNCTION lose() RETURNS trigger AS 'BEGIN RETURN NULL; END'
                 LANGUAGE plpgsql",
                "CREATE TRIGGER lose BEFORE UPDATE ON booking_appointment
                 FOR EACH ROW EXECUTE FUNCTION lose()",
            ],
        };
        for sql in lose {
            transaction!(app.state.db, |conn| { sqlx::query(*sql).execute(&mut *conn).await })
                .unwrap();
        }
        szpon_booking::appointments::jobs::remind(&app.state).await.unwrap();
        assert!(app.letters().await.is_empty(), "it would go out with every round");
    })
    .await;
}

#[tokio::test]
async fn the_cut_off_is_for_citizens() {
    with_app(async |app| {
        let town = app.town(1).await;
        let (appointment, secret) = app.book(&town, monday(9, 0), "phone").await;
        app.pass_to(monday(7, 0).plus_millis(-1));
        let view = app.citizen(1).post(VIEW, json!({ "secret": secret })).await.expect(200).json();
        assert_eq!(view["can_change"], true);
        app.pass_to(monday(7, 0));
        for (path, body) in [
            (CANCEL, json!({ "secret": secret })),
            (MOVE, json!({ "secret": secret, "start": monday(12, 0) })),
        ] {
            let late = app.citizen(1).post(path, body).await.expect(403);
            assert_eq!(late.code(), Code::CutOffPassed);
        }
        let official = app.staff(town.office, town.officials[0], &[Role::Official]);
        let path = format!("/booking/v1/appointments/{}/move", text(&appointment["id"]));
        let body = json!({ "start": monday(12, 0), "message": "Awaria prądu" });
        official.post(&path, body).await.expect(200);
        assert!(app.letters().await.pop().unwrap().text.contains("Awaria prądu"));
    })
    .await;
}

#[tokio::test]
async fn codes_are_tried_five_times() {
    with_app(async |app| {
        let town = app.town(1).await;
        let client = app.citizen(1);
        let held = app.hold(&client, &town, monday(9, 0), "phone").await.expect(201).json();
        let secret = text(&held["secret"]);
        let body = json!({ "secret": secret, "email": "a@example.org", "language": "uk" });
        client.post("/booking/v1/public/holds/code", body).await.expect(204);
        let right = app.mailed_code("a@example.org").await;
        let wrong = if right == "000000" { "000001" } else { "000000" };
        let path = "/booking/v1/public/holds/confirm";
        for _ in 0..5 {
            let answer = client.post(path, confirmation(&secret, wrong)).await.expect(422);
            assert_eq!(answer.code(), Code::CodeInvalid);
        }
        let answer = client.post(path, confirmation(&secret, &right)).await.expect(422);
        assert_eq!(answer.code(), Code::CodeInvalid, "tried too often");
    })
    .await;
}

#[tokio::test]
async fn work_counts_once_and_for_nobody_elses_server() {
    with_app(async |app| {
        let town = app.town(2).await;
        let client = app.citizen(1);
        let challenge =
            client.post("/booking/v1/public/challenges", Value::Null).await.expect(201).json();
        let mut proof = challenge.clone();
        proof.as_object_mut().unwrap().remove("max_number");
        proof["number"] = 0.into();
        let body = |proof: &Value, minute| {
            json!({
                "office": town.office, "matter": town.matter, "form": "phone",
                "start": monday(9, minute), "proof": proof,
            })
        };
        let path = "/booking/v1/public/holds";
        let mut wrong = proof.clone();
        wrong["number"] = 1.into();
        let mut forged = proof.clone();
        forged["signature"] = "00".repeat(32).into();
        for bad in [wrong, forged] {
            let answer = client.post(path, body(&bad, 0)).await.expect(422);
            assert_eq!(answer.code(), Code::ProofInvalid);
        }
        client.post(path, body(&proof, 0)).await.expect(201);
        let again = client.post(path, body(&proof, 30)).await.expect(422);
        assert_eq!(again.code(), Code::ProofInvalid);
        app.pass(601);
    })
    .await;
}

#[tokio::test]
async fn the_officials_day() {
    with_app(async |app| {
        let town = app.town(2).await;
        let (first, _) = app.book(&town, monday(9, 0), "in_person").await;
        let id = text(&first["id"]);
        let person = first["official"].as_str().unwrap().parse().unwrap();
        app.pass_to(monday(8, 45));
        let official = app.staff(town.office, person, &[Role::Official]);
        let day = async || official.get("/booking/v1/day").await.expect(200).json();
        let shown = day().await;
        assert_eq!(shown["appointments"].as_array().unwrap().len(), 1);
        assert_eq!(shown["next"], json!(id));
        assert_eq!(shown["appointments"][0]["name"], "Jan Kowalski");

        let kiosk = async |code: &str| {
            let body = json!({ "office": town.office, "code": code });
            app.citizen(5).post("/booking/v1/public/kiosk", body).await
        };
        assert_eq!(kiosk("3333-3333").await.code(), Code::CheckInInvalid);
        let code = text(&first["code"]);
        kiosk(&code.to_lowercase()).await.expect(200);
        kiosk(&code.replace('-', " ")).await.expect(200);
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let url = admin.post("/booking/v1/queue-screen", Value::Null).await.expect(201).json();
        let secret = text(&url["url"]).split_once('#').unwrap().1.to_owned();
        let queue = async || {
            let body = json!({ "secret": secret });
            app.citizen(6).post("/booking/v1/public/queue", body).await.expect(200).json()
        };
        assert_eq!(queue().await["waiting"][0]["code"], json!(code));
        let step = async |name: &str| {
            let path = format!("/booking/v1/appointments/{id}/{name}");
            official.post(&path, Value::Null).await
        };
        step("call").await.expect(200);
        let screen = queue().await;
        assert_eq!(screen["called"], json!([{ "code": code, "place": "Stanowisko" }]));
        assert_eq!(screen["waiting"], json!([]));
        assert!(!screen.to_string().contains("Kowalski"), "codes, never names");
        step("start").await.expect(200);
        assert_eq!(step("no-show").await.expect(409).code(), Code::Conflict);
        step("done").await.expect(200);
        let body = json!({ "notes": "Wniosek przyjęty", "version": 0 });
        official.put(&format!("/booking/v1/appointments/{id}/notes"), body).await.expect(200);
        let shown =
            official.get(&format!("/booking/v1/appointments/{id}")).await.expect(200).json();
        assert_eq!(
            (&shown["state"], &shown["notes"]),
            (&json!("done"), &json!("Wniosek przyjęty"))
        );
        assert_eq!(
            app.events(&id).await,
            ["held", "confirmed", "arrived", "called", "started", "done", "noted", "viewed"]
        );
        let range = "from=2027-01-18&to=2027-01-18";
        let figures =
            official.get(&format!("/booking/v1/statistics?{range}")).await.expect(200).json();
        assert_eq!(figures["rows"][0]["figures"]["done"], 1);
        assert_eq!(figures["officials"][0]["open_minutes"], 480);
        let csv = official.get(&format!("/booking/v1/statistics.csv?{range}")).await.expect(200);
        assert!(String::from_utf8_lossy(&csv.body).contains("2027-01-18,\"Dowód osobisty\""));
    })
    .await;
}

#[tokio::test]
async fn a_colleague_takes_over_and_an_official_books_for_a_caller() {
    with_app(async |app| {
        let town = app.town(2).await;
        let official = app.staff(town.office, town.officials[0], &[Role::Official]);
        let body = json!({
            "matter": town.matter, "form": "phone", "start": monday(9, 0),
            "official": town.officials[0], "name": "Zofia", "phone": "600", "language": "pl",
        });
        let booked =
            official.post("/booking/v1/appointments", body.clone()).await.expect(201).json();
        assert!(app.outbox().await.is_empty(), "there is no address");
        let taken = official.post("/booking/v1/appointments", body).await.expect(409);
        assert_eq!(taken.code(), Code::SlotTaken);
        let path = format!("/booking/v1/appointments/{}/hand-over", text(&booked["id"]));
        let body = json!({ "official": town.officials[1], "note": "Prosi o wolną rozmowę" });
        let over = official.post(&path, body.clone()).await.expect(200).json();
        assert_eq!(over["official"], json!(town.officials[1]));
        assert!(over["notes"].as_str().unwrap().contains("wolną"));
        // The first is free again, the second isn't.
        let free = starts(&app, &town, "form=phone&from=2027-01-18&days=1").await;
        assert!(free.contains(&monday(9, 0).to_string()));
        assert_eq!(official.post(&path, body).await.expect(409).code(), Code::Conflict);
    })
    .await;
}

#[tokio::test]
async fn changed_hours_strand_and_nothing_vanishes() {
    with_app(async |app| {
        let town = app.town(2).await;
        let (appointment, secret) = app.book(&town, monday(15, 0), "video").await;
        let id = text(&appointment["id"]);
        let person: szpon_protocol::PersonId =
            appointment["official"].as_str().unwrap().parse().unwrap();
        let official = app.staff(town.office, person, &[Role::Official]);
        let mut hours = serde_json::to_value(support::hours()).unwrap();
        for span in hours.as_array_mut().unwrap() {
            span["to"] = json!(840);
        }
        let body = json!({ "hours": hours });
        let path = format!("/booking/v1/officials/{person}/hours");
        let preview =
            official.post(&format!("{path}/preview"), body.clone()).await.expect(200).json();
        assert_eq!(preview["appointments"][0]["id"], json!(id));
        assert_eq!(preview["appointments"][0]["stranded"], "hours");
        assert_eq!(app.events(&id).await, ["held", "confirmed"], "a look changes nothing");
        official.put(&path, body).await.expect(200);
        let listed = async || {
            let range = "from=2027-01-18&to=2027-01-18&stranded=true";
            let path = format!("/booking/v1/appointments?{range}");
            official.get(&path).await.expect(200).json().as_array().unwrap().len()
        };
        assert_eq!(listed().await, 1);
        let view = app.citizen(1).post(VIEW, json!({ "secret": secret })).await.expect(200).json();
        assert_eq!((&view["stranded"], &view["state"]), (&json!(true), &json!("confirmed")));
        // Moved to where somebody is there, it is as good as any other.
        let body = json!({ "start": monday(10, 0), "message": "Zmiana godzin pracy" });
        official.post(&format!("/booking/v1/appointments/{id}/move"), body).await.expect(200);
        assert_eq!(listed().await, 0);
        assert_eq!(app.events(&id).await, ["held", "confirmed", "stranded", "moved"]);
    })
    .await;
}

/// Whoever waits longest is asked first, but a family of two can't use one seat.
#[tokio::test]
async fn a_freed_seat_goes_to_the_first_who_fits() {
    with_app(async |app| {
        let town = app
            .town_with(1, |matter| {
                matter.capacity = 2;
                matter.max_people = 2;
                matter.forms.retain(|form| *form != szpon_protocol::booking::Form::Phone);
            })
            .await;
        let (_, secret) = app.book(&town, monday(9, 0), "in_person").await;
        app.book(&town, monday(9, 0), "in_person").await;
        let family = app.wait(&town, "in_person", "family@example.org", 2).await;
        app.pass(1);
        let single = app.wait(&town, "in_person", "single@example.org", 1).await;
        app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
        assert_eq!(
            (app.place(&family).await, app.place(&single).await),
            ("waiting".into(), "offered".into())
        );
    })
    .await;
}

#[tokio::test]
async fn a_freed_slot_goes_to_whoever_waits_longest() {
    with_app(async |app| {
        let town = app.town(1).await;
        let (_, secret) = app.book(&town, monday(9, 0), "phone").await;
        let mut places = Vec::new();
        for n in 1..=2 {
            places.push(app.wait(&town, "phone", &format!("w{n}@example.org"), 1).await);
            app.pass(1);
        }
        app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
        assert_eq!(
            (app.place(&places[0]).await, app.place(&places[1]).await),
            ("offered".into(), "waiting".into())
        );
        // Nobody else gets it meanwhile.
        let late = app.hold(&app.citizen(3), &town, monday(9, 0), "phone").await.expect(409);
        assert_eq!(late.code(), Code::SlotTaken);

        // The first lets it go, and the second takes it without another code.
        let offer = async |email: &str| {
            let mails = app.outbox().await;
            let mail = mails.iter().rev().find(|mail| mail.to.email == email).unwrap();
            let rest = mail.text.split_once("/booking/offer#").unwrap().1;
            rest.split_whitespace().next().unwrap().to_owned()
        };
        let hold = offer("w1@example.org").await;
        let body = json!({ "secret": hold });
        app.citizen(4).post("/booking/v1/public/holds/release", body).await.expect(204);
        assert_eq!(
            (app.place(&places[0]).await, app.place(&places[1]).await),
            ("waiting".into(), "offered".into())
        );
        let hold = offer("w2@example.org").await;
        let view = app.citizen(4).post(VIEW, json!({ "secret": hold })).await.expect(200).json();
        assert_eq!(view["offered"], true);
        let booked = app
            .citizen(4)
            .post("/booking/v1/public/holds/confirm", confirmation(&hold, ""))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&booked["state"], &booked["email"]),
            (&json!("confirmed"), &json!("w2@example.org"))
        );
        assert_eq!(app.place(&places[1]).await, "booked");
    })
    .await;
}

#[tokio::test]
async fn rooms_are_made_when_signalling_is_back() {
    with_app(async |app| {
        let town = app.town(1).await;
        app.peers.set_down(true);
        let (appointment, secret) = app.book(&town, monday(9, 0), "video").await;
        let rooms = || szpon_booking::appointments::jobs::rooms(&app.state);
        rooms().await.unwrap();
        assert!(app.peers.rooms().is_empty());
        app.peers.set_down(false);
        rooms().await.unwrap();
        rooms().await.unwrap();
        let made = app.peers.rooms();
        assert_eq!(made.len(), 1, "once");
        assert!(made[0].0.ends_with(&text(&appointment["id"])));
        let join = text(&appointment["join_url"]);
        let link = szpon_kit::secrets::Secret::parse(join.split_once('#').unwrap().1).unwrap();
        assert_eq!(made[0].1["guest_secret_hash"], json!(link.hash()));
        app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
        rooms().await.unwrap();
        assert_eq!(app.peers.rooms()[1].1["cancelled"], true);
    })
    .await;
}

#[tokio::test]
async fn an_interpreter_needs_three_working_days() {
    with_app(async |app| {
        let town = app.town(1).await;
        let soon = starts(&app, &town, "form=video&interpreter=true&limit=1").await;
        // Asked on Friday: Monday, Tuesday and Wednesday are the working days in between.
        assert_eq!(soon[0], "2027-01-20T07:00:00.000Z");
    })
    .await;
}

#[tokio::test]
async fn data_is_forgotten_on_time_and_on_request() {
    with_app(async |app| {
        let town = app.town(1).await;
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let (first, _) = app.book(&town, monday(9, 0), "phone").await;
        let (second, secret) = app.book(&town, monday(11, 0), "phone").await;
        let sealed = "SELECT COUNT(*) FROM booking_appointment WHERE citizen IS NOT NULL";
        assert_eq!(app.count(sealed).await, 2);
        let plain = "SELECT COUNT(*) FROM booking_appointment WHERE citizen LIKE '%Kowalski%'";
        assert_eq!(app.count(plain).await, 0, "names are sealed");

        let body = json!({ "email": second["email"] });
        let export = admin.post("/booking/v1/personal-data/export", body.clone()).await.expect(200);
        let export = export.json();
        assert_eq!(export["appointments"].as_array().unwrap().len(), 1);
        assert_eq!(export["appointments"][0]["name"], "Jan Kowalski");
        let erased = admin.post("/booking/v1/personal-data/erase", body).await.expect(200).json();
        assert_eq!(erased, json!({ "appointments": 1, "cancelled": 1, "waiting": 0 }));
        let gone = app.citizen(1).post(VIEW, json!({ "secret": secret })).await.expect(404);
        assert_eq!(gone.code(), Code::LinkInvalid);
        assert_eq!(app.count(sealed).await, 1);

        let retain = || szpon_booking::privacy::retain(&app.state);
        app.pass_to(monday(9, 30).plus_secs(30 * 86_400));
        assert_eq!(retain().await.unwrap(), 0, "to the millisecond");
        app.hand.advance(std::time::Duration::from_millis(1));
        assert_eq!(retain().await.unwrap(), 1);
        assert_eq!(app.count(sealed).await, 0);
        assert_eq!(app.events(&text(&first["id"])).await, ["held", "confirmed"]);
    })
    .await;
}

#[tokio::test]
async fn the_calendar_feed_has_codes_and_no_names() {
    with_app(async |app| {
        let town = app.town(1).await;
        let (appointment, _) = app.book(&town, monday(9, 0), "in_person").await;
        let official = app.staff(town.office, town.officials[0], &[Role::Official]);
        let url = official.post("/booking/v1/calendar", Value::Null).await.expect(201).json();
        let url = text(&url["url"]);
        let path = url.strip_prefix(support::PUBLIC_URL).unwrap();
        let feed = app.citizen(1).get(path).await.expect(200);
        let feed = String::from_utf8(feed.body).unwrap();
        assert!(feed.contains(&text(&appointment["code"])) && !feed.contains("Kowalski"));
        let unfolded = icalendar::parser::unfold(&feed);
        let calendar = icalendar::parser::read_calendar(&unfolded).unwrap();
        assert_eq!(calendar.components.iter().filter(|c| c.name == "VEVENT").count(), 1);
        // A new address takes the old one's place.
        official.post("/booking/v1/calendar", Value::Null).await.expect(201);
        app.citizen(1).get(path).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn what_is_given_back_can_stay_hidden_for_a_while() {
    with_app(async |app| {
        let town = app.town(1).await;
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let mut profile = serde_json::to_value(szpon_booking::demo::profile()).unwrap();
        profile["release"] = json!({ "freed_min_minutes": 60, "freed_max_minutes": 60 });
        admin.put("/booking/v1/office", profile).await.expect(200);
        let (_, secret) = app.book(&town, monday(9, 0), "phone").await;
        app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
        let query = "form=phone&from=2027-01-18&days=1";
        let nine = monday(9, 0).to_string();
        assert!(!starts(&app, &town, query).await.contains(&nine));
        let late = app.hold(&app.citizen(2), &town, monday(9, 0), "phone").await.expect(409);
        assert_eq!(late.code(), Code::SlotTaken);
        let path = format!("/booking/v1/matters/{}/slots?{query}", town.matter);
        let page = admin.get(&path).await.expect(200).json();
        assert!(page.to_string().contains(&nine), "officials see it");
        app.hand.advance(std::time::Duration::from_millis(3_600_000 - 1));
        assert!(!starts(&app, &town, query).await.contains(&nine));
        app.hand.advance(std::time::Duration::from_millis(1));
        assert!(starts(&app, &town, query).await.contains(&nine));
    })
    .await;
}

#[tokio::test]
async fn dates_at_the_ends_of_the_calendar_are_refused() {
    with_app(async |app| {
        let town = app.town(1).await;
        let official = app.staff(town.office, town.officials[0], &[Role::Official]);
        for date in ["9999-12-31", "9999-12-30", "0000-01-01", "-9999-01-01"] {
            let range = format!("from={date}&to={date}");
            for path in [
                format!("day?date={date}"),
                format!("appointments?{range}"),
                format!("statistics?{range}"),
                format!("exceptions?{range}"),
                format!("closed-days?{range}"),
                format!("matters/{}/slots?form=phone&from={date}", town.matter),
            ] {
                let refused = official.get(&format!("/booking/v1/{path}")).await.expect(422);
                assert_eq!(refused.code(), Code::Invalid);
            }
        }
    })
    .await;
}
