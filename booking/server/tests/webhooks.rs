//! Events reach those who asked for them, signed, until they are taken.

mod support;

use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::{Router, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use support::{monday, with_app, with_private_webhooks};
use szpon_auth::Role;
use szpon_booking::hooks::worker::deliver;

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<(Vec<Call>, u16)>>);

/// Headers and body.
type Call = (HeaderMap, String);

/// A receiver on loopback that answers with the status that is set.
async fn receiver() -> (String, Heard) {
    let heard = Heard::default();
    heard.0.lock().unwrap().1 = 204;
    async fn hear(State(heard): State<Heard>, headers: HeaderMap, body: String) -> StatusCode {
        let mut heard = heard.0.lock().unwrap();
        heard.0.push((headers, body));
        StatusCode::from_u16(heard.1).unwrap()
    }
    let app = Router::new().route("/hook", post(hear)).with_state(heard.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, heard)
}

#[tokio::test]
async fn events_are_signed_and_tried_again_under_the_same_id() {
    with_private_webhooks(async |app| {
        let town = app.town(1).await;
        let (url, heard) = receiver().await;
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let made =
            admin.post("/booking/v1/webhooks", json!({ "url": url })).await.expect(201).json();
        let key = made["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap();
        let key = BASE64_STANDARD.decode(key).unwrap();
        heard.0.lock().unwrap().1 = 503;
        let (appointment, _) = app.book(&town, monday(9, 0), "phone").await;
        assert_eq!(deliver(&app.state).await.unwrap(), 2);
        assert_eq!(deliver(&app.state).await.unwrap(), 0, "not at once");
        let list = admin.get("/booking/v1/webhooks").await.expect(200).json();
        assert_eq!(
            (&list[0]["pending"], &list[0]["last_error"]),
            (&json!(2), &json!("answered 503"))
        );

        heard.0.lock().unwrap().1 = 204;
        app.pass(60);
        assert_eq!(deliver(&app.state).await.unwrap(), 2);
        app.pass(86_400);
        assert_eq!(deliver(&app.state).await.unwrap(), 0, "what was taken is told once");
        let calls = heard.0.lock().unwrap().0.clone();
        assert_eq!(calls.len(), 4);
        let mut ids: Vec<_> = calls.iter().map(|(h, _)| h["webhook-id"].clone()).collect();
        ids.sort_by_key(|id| id.to_str().unwrap().to_owned());
        ids.dedup();
        assert_eq!(ids.len(), 2, "the same event has the same id");
        for (headers, body) in &calls {
            let part = |name: &str| headers[name].to_str().unwrap();
            let signed = format!("{}.{}.{body}", part("webhook-id"), part("webhook-timestamp"));
            let signature = part("webhook-signature").strip_prefix("v1,").unwrap();
            let signature = BASE64_STANDARD.decode(signature).unwrap();
            let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
            hmac::verify(&key, signed.as_bytes(), &signature).unwrap();
            let event: Value = serde_json::from_str(body).unwrap();
            assert_eq!(event["appointment"], appointment["id"]);
            assert!(!body.contains("Kowalski") && !body.contains("example.org"));
        }
        let events = admin.get("/booking/v1/events").await.expect(401);
        assert_eq!(events.code(), szpon_protocol::Code::Unauthenticated, "its token is over");
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let events = admin.get("/booking/v1/events").await.expect(200).json();
        let names: Vec<&str> =
            events.as_array().unwrap().iter().map(|e| e["event"].as_str().unwrap()).collect();
        assert_eq!(names, ["held", "confirmed"]);
    })
    .await;
}

/// A transaction that began first may end last: its event has the lower id and is read after.
#[tokio::test]
async fn no_event_is_missed_that_is_written_late() {
    with_app(async |app| {
        let town = app.town(1).await;
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let early = uuid::Uuid::now_v7();
        let (appointment, _) = app.book(&town, monday(9, 0), "phone").await;
        let mut read: Vec<Value> = Vec::new();
        let mut more = async |limit: usize| {
            let after =
                read.last().map(|event| format!("&after={}", event["id"].as_str().unwrap()));
            let path = format!("/booking/v1/events?limit={limit}{}", after.unwrap_or_default());
            let events = admin.get(&path).await.expect(200).json();
            read.extend(events.as_array().unwrap().clone());
            read.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(more(1).await, ["held"]);
        let (office, id) = (town.office.to_string(), appointment["id"].as_str().unwrap());
        szpon_kit::transaction!(app.state.db, |conn| {
            sqlx::query(
                "INSERT INTO booking_event (id, at, office_id, appointment_id, event, details)
                 VALUES ($1, 0, $2, $3, 'late', '{}')",
            )
            .bind(early.to_string())
            .bind(office.clone())
            .bind(id.to_owned())
            .execute(&mut *conn)
            .await
        })
        .unwrap();
        assert_eq!(more(500).await, ["held", "confirmed", "late"]);
        assert_eq!(more(500).await, ["held", "confirmed", "late"], "each once");
        let unknown = format!("/booking/v1/events?after={}", uuid::Uuid::now_v7());
        admin.get(&unknown).await.expect(422);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_called_inside() {
    with_app(async |app| {
        let town = app.town(1).await;
        let admin = app.staff(town.office, town.officials[0], &[Role::OfficeAdmin]);
        let make = async |url: &str| {
            admin.post("/booking/v1/webhooks", json!({ "url": url })).await.status.as_u16()
        };
        for url in
            ["http://hooks.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/"]
        {
            assert_eq!(make(url).await, 422, "{url}");
        }
        // A name tells nothing before it is looked up.
        assert_eq!(make("https://localhost/").await, 201);
        app.book(&town, monday(9, 0), "phone").await;
        deliver(&app.state).await.unwrap();
        let list = admin.get("/booking/v1/webhooks").await.expect(200).json();
        assert_eq!(list[0]["last_error"], "the address is private");
    })
    .await;
}
