//! Nobody is booked twice, and every race has one winner, on each database.

mod support;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use support::{App, confirmation, monday, with_app};
use szpon_auth::Role;
use szpon_kit::db::Kind;
use szpon_protocol::{Code, Time};

const CONFIRM: &str = "/booking/v1/public/holds/confirm";
const MOVE: &str = "/booking/v1/public/appointments/move";
const CANCEL: &str = "/booking/v1/public/appointments/cancel";

const CROWD: u32 = 200;

/// Runs `one` for each of a crowd at the same time.
async fn crowd<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    app: &Arc<App>,
    size: u32,
    one: impl Fn(Arc<App>, u32) -> F,
) -> Vec<T> {
    let tasks: Vec<_> = (0..size).map(|n| tokio::spawn(one(app.clone(), n))).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_hundred_who_want_one_slot_one_gets_it() {
    with_app(async |app| {
        let town = Arc::new(app.town(1).await);
        let app = Arc::new(app);
        let outcomes = crowd(&app, CROWD, |app, n| {
            let town = town.clone();
            async move {
                let client = app.citizen(n);
                let held = app.hold(&client, &town, monday(10, 0), "in_person").await;
                if held.status != 201 {
                    return Err((held.status.as_u16(), held.code()));
                }
                let secret = text(&held.json()["secret"]);
                let email = format!("{n}@example.org");
                let confirmed = app.confirm(&client, &secret, &email).await.expect(200);
                Ok(text(&confirmed.json()["id"]))
            }
        })
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|lost| *lost == Err((409, Code::SlotTaken))), "{lost:?}");
        let id = won[0].as_ref().unwrap();
        assert_eq!(app.events(id).await, ["held", "confirmed"]);
        assert_eq!(app.letters().await.len(), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_appointment").await, 1);
        // Half an hour and five minutes after it, of the official and of the desk.
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_claim").await, 14);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hold_that_is_confirmed_two_hundred_times_is_one_appointment_with_one_mail() {
    with_app(async |app| {
        let town = app.town(1).await;
        let client = app.citizen(1);
        let held = app.hold(&client, &town, monday(10, 0), "phone").await.expect(201).json();
        let secret = text(&held["secret"]);
        let body = json!({ "secret": secret, "email": "a@example.org", "language": "pl" });
        client.post("/booking/v1/public/holds/code", body).await.expect(204);
        let body = confirmation(&secret, &app.mailed_code("a@example.org").await);
        let app = Arc::new(app);
        let codes = crowd(&app, CROWD, |app, n| {
            let body = body.clone();
            async move {
                let answer = app.citizen(n).post(CONFIRM, body).await.expect(200);
                text(&answer.json()["code"])
            }
        })
        .await;
        assert!(codes.iter().all(|code| *code == codes[0]));
        assert_eq!(app.letters().await.len(), 1);
        assert_eq!(app.events(&text(&held["appointment"])).await, ["held", "confirmed"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pool_of_officials_takes_as_many_as_they_are() {
    with_app(async |app| {
        let town = Arc::new(app.town(5).await);
        let app = Arc::new(app);
        let outcomes = crowd(&app, 60, |app, n| {
            let town = town.clone();
            async move {
                let held = app.hold(&app.citizen(n), &town, monday(9, 0), "video").await;
                (held.status == 201).then(|| text(&held.json()["official"]))
            }
        })
        .await;
        let mut officials: Vec<String> = outcomes.into_iter().flatten().collect();
        officials.sort();
        officials.dedup();
        assert_eq!(officials.len(), 5, "each once");
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_appointment").await, 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_group_takes_as_many_as_it_has_places() {
    with_app(async |app| {
        let town = Arc::new(
            app.town_with(1, |matter| {
                matter.capacity = 8;
                matter.forms.retain(|form| *form != szpon_protocol::booking::Form::Phone);
            })
            .await,
        );
        let app = Arc::new(app);
        let outcomes = crowd(&app, 40, |app, n| {
            let town = town.clone();
            async move {
                let people = if n % 4 == 0 { 2 } else { 1 };
                let held =
                    app.hold_for(&app.citizen(n), &town, monday(9, 0), "in_person", people).await;
                if held.status == 201 { Ok(people) } else { Err(held.code()) }
            }
        })
        .await;
        let places: u16 = outcomes.iter().flatten().sum();
        // Two may come too late for the last single place.
        assert!(places == 8 || places == 7, "{places} places");
        assert!(outcomes.iter().flat_map(|o| o.as_ref().err()).all(|c| *c == Code::SlotTaken));
        let seats = "SELECT COUNT(*) FROM booking_claim WHERE subject LIKE 'seat:%'";
        assert_eq!(app.count(seats).await, i64::from(places));
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_group").await, 1);

        // When all holds are over, the group and its official's time are free again.
        app.pass(601);
        szpon_booking::appointments::jobs::expire(&app.state).await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_group").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_claim").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_move_and_cancel_one_wins() {
    with_app(async |app| {
        let town = app.town(2).await;
        let app = Arc::new(app);
        for round in 0..8 {
            let (appointment, secret) = app.book(&town, monday(9, 30), "video").await;
            let before = app.letters().await.len();
            let version = appointment["version"].clone();
            let outcomes = crowd(&app, 2, |app, n| {
                let (secret, version) = (secret.clone(), version.clone());
                async move {
                    let (path, body) = if n == 0 {
                        let body = json!({
                            "secret": secret, "version": version, "start": monday(11, 0),
                        });
                        (MOVE, body)
                    } else {
                        (CANCEL, json!({ "secret": secret, "version": version }))
                    };
                    let answer = app.citizen(round * 2 + n).post(path, body).await;
                    if answer.status == 200 { Ok(n) } else { Err(answer.code()) }
                }
            })
            .await;
            let won: Vec<_> = outcomes.iter().flatten().collect();
            assert_eq!(won.len(), 1, "{outcomes:?}");
            assert!(outcomes.iter().flat_map(|o| o.as_ref().err()).all(|c| *c == Code::Conflict));
            let events = app.events(&text(&appointment["id"])).await;
            assert_eq!(events.len(), 3, "{events:?}");
            // The confirmation was not out yet and gave way to the mail of the winner.
            assert_eq!(app.letters().await.len(), before);
            if *won[0] == 0 {
                app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
            }
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM booking_claim").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_hold_ends_at_its_millisecond() {
    with_app(async |app| {
        let town = app.town(1).await;
        let (first, second) = (app.citizen(1), app.citizen(2));
        let held = app.hold(&first, &town, monday(9, 30), "phone").await.expect(201).json();
        let secret = text(&held["secret"]);
        let email = json!({ "secret": secret, "email": "a@example.org", "language": "pl" });
        first.post("/booking/v1/public/holds/code", email).await.expect(204);
        let code = app.mailed_code("a@example.org").await;
        let expires: Time = serde_json::from_value(held["expires_at"].clone()).unwrap();

        app.pass_to(expires.plus_millis(-1));
        let late = app.hold(&second, &town, monday(9, 30), "phone").await.expect(409);
        assert_eq!(late.code(), Code::SlotTaken);

        app.hand.advance(Duration::from_millis(1));
        let over = first.post(CONFIRM, confirmation(&secret, &code)).await.expect(410);
        assert_eq!(over.code(), Code::HoldExpired);
        let next = app.hold(&second, &town, monday(9, 30), "phone").await.expect(201).json();
        assert_eq!(app.events(&text(&held["appointment"])).await, ["held", "expired"]);

        // And one millisecond before its end the second is confirmed.
        let secret = text(&next["secret"]);
        let email = json!({ "secret": secret, "email": "b@example.org", "language": "pl" });
        second.post("/booking/v1/public/holds/code", email).await.expect(204);
        let code = app.mailed_code("b@example.org").await;
        let expires: Time = serde_json::from_value(next["expires_at"].clone()).unwrap();
        app.pass_to(expires.plus_millis(-1));
        second.post(CONFIRM, confirmation(&secret, &code)).await.expect(200);
    })
    .await;
}

/// PostgreSQL may refuse a transaction again and again although its slot is free: nobody is told then that
/// somebody else has it.
#[tokio::test]
async fn a_conflict_that_lasts_is_no_taken_slot() {
    with_app(async |app| {
        if app.state.db.kind() != Kind::Postgres {
            // One writer at a time: there is nothing to conflict with.
            return;
        }
        let town = app.town(1).await;
        let run = async |sql: &'static str| {
            let mut conn = app.state.db.read().await.unwrap();
            sqlx::query(sql).execute(&mut *conn).await.unwrap();
        };
        run("CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN
                 RAISE EXCEPTION 'not now' USING ERRCODE = 'serialization_failure';
             END $$ LANGUAGE plpgsql")
        .await;
        run("CREATE TRIGGER refuse BEFORE INSERT ON booking_claim
             FOR EACH ROW EXECUTE FUNCTION refuse()")
        .await;
        let busy = app.hold(&app.citizen(1), &town, monday(9, 0), "phone").await.expect(503);
        assert_eq!(busy.code(), Code::Busy);
        assert_eq!(busy.headers["retry-after"], "1");
        let official = app.staff(town.office, town.officials[0], &[Role::Official]);
        let body = json!({
            "matter": town.matter, "form": "phone", "start": monday(9, 0), "name": "Zofia",
            "phone": "600", "language": "pl",
        });
        let busy = official.post("/booking/v1/appointments", body).await.expect(503);
        assert_eq!(busy.code(), Code::Busy);
        run("DROP TRIGGER refuse ON booking_claim").await;
        app.hold(&app.citizen(1), &town, monday(9, 0), "phone").await.expect(201);
    })
    .await;
}

/// A check before an insert would let all of them pass.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_network_has_as_many_holds_as_it_may_however_fast_it_asks() {
    with_app(async |app| {
        let town = Arc::new(app.town(30).await);
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let mut profile = serde_json::to_value(szpon_booking::demo::profile()).unwrap();
        profile["cap_per_network"] = json!(3);
        admin.put("/booking/v1/office", profile).await.expect(200);
        let app = Arc::new(app);
        let ask = async |size| {
            crowd(&app, size, |app, n| {
                let town = town.clone();
                async move {
                    let start = monday(9, 30 * i64::from(n % 10));
                    let held = app.hold(&app.citizen(7), &town, start, "phone").await;
                    if held.status == 201 { Ok(()) } else { Err(held.code()) }
                }
            })
            .await
        };
        let outcomes = ask(20).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3, "{outcomes:?}");
        let limited = |outcome: &&Result<(), Code>| **outcome == Err(Code::RateLimited);
        assert_eq!(outcomes.iter().filter(limited).count(), 17, "{outcomes:?}");
        // Somebody else has nothing to do with it.
        app.hold(&app.citizen(8), &town, monday(9, 0), "phone").await.expect(201);
        app.pass(3599);
        assert_eq!(ask(1).await, [Err(Code::RateLimited)]);
        app.pass(1);
        assert_eq!(ask(1).await, [Ok(())]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_books_while_hours_change_is_stranded_or_refused() {
    with_app(async |app| {
        let town = Arc::new(app.town(1).await);
        let app = Arc::new(app);
        for round in 0..6u32 {
            let start = monday(8, 0).plus_secs(i64::from(round) * 86_400 * 7);
            let outcomes = crowd(&app, 2, |app, n| {
                let town = town.clone();
                async move {
                    if n == 0 {
                        let held = app.hold(&app.citizen(round), &town, start, "phone").await;
                        return (held.status == 201).then(|| text(&held.json()["appointment"]));
                    }
                    let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
                    let date = start.timestamp().strftime("%Y-%m-%d").to_string();
                    let closure = json!({ "kind": "closure", "from_date": date, "to_date": date });
                    admin.post("/booking/v1/exceptions", closure).await.expect(201);
                    None
                }
            })
            .await;
            if let Some(held) = &outcomes[0] {
                let events = app.events(held).await;
                assert_eq!(events, ["held", "stranded"], "nobody keeps a slot of a closed day");
            }
            app.pass(3600);
        }
    })
    .await;
}
