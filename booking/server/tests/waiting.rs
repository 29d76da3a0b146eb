//! The waiting list, as citizens and as the office see it.

mod support;

use serde_json::{Value, json};
use support::{App, Town, monday, with_app};
use szpon_auth::Role;
use szpon_kit::mail::Message;
use szpon_protocol::Code;

const CANCEL: &str = "/booking/v1/public/appointments/cancel";
const VIEW: &str = "/booking/v1/public/waiting/view";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What stands behind `#` of the newest link to `page` in a mail to this address.
async fn link(app: &App, email: &str, page: &str) -> String {
    let to = |mail: &&Message| mail.to.email == email && mail.text.contains(page);
    let mails = app.outbox().await;
    let mail = mails.iter().rev().find(to).expect("a mail with the link");
    let rest = mail.text.split_once(&format!("{page}#")).unwrap().1;
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_waits_gets_the_link_to_their_place_and_to_what_is_offered() {
    with_app(async |app| {
        let town = app.town(1).await;
        let (appointment, secret) = app.book(&town, monday(9, 0), "phone").await;
        let place = app.wait(&town, "phone", "ewa@example.org", 1).await;
        assert_eq!(link(&app, "ewa@example.org", "/booking/waiting").await, place);
        // Asked once more, it is not told once more.
        let body = json!({ "secret": place, "code": "" });
        let before = app.outbox().await.len();
        app.citizen(1).post("/booking/v1/public/waiting/confirm", body).await.expect(200);
        assert_eq!(app.outbox().await.len(), before);

        app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
        let offered = link(&app, "ewa@example.org", "/booking/offer").await;
        let body = json!({ "secret": offered });
        let view = app.citizen(1).post("/booking/v1/public/appointments/view", body).await;
        let view = view.expect(200).json();
        assert_eq!((&view["offered"], &view["start"]), (&json!(true), &appointment["start"]));
    })
    .await;
}

async fn list(app: &App, town: &Town, query: &str) -> Vec<Value> {
    let official = app.staff(town.office, town.officials[0], &[Role::Official]);
    let path = format!("/booking/v1/waiting{query}");
    official.get(&path).await.expect(200).json().as_array().unwrap().clone()
}

#[tokio::test]
async fn the_office_sees_who_waits_and_takes_somebody_off() {
    with_app(async |app| {
        let town = app.town(1).await;
        let official = app.staff(town.office, town.officials[0], &[Role::Official]);
        let (_, secret) = app.book(&town, monday(9, 0), "phone").await;
        let first = app.wait(&town, "phone", "first@example.org", 2).await;
        app.pass(1);
        let second = app.wait(&town, "phone", "second@example.org", 1).await;
        let places = list(&app, &town, "").await;
        assert_eq!(places.len(), 2);
        let place = &places[0];
        assert_eq!(
            (&place["email"], &place["name"], &place["state"], &place["people"], &place["to"]),
            (&json!("first@example.org"), &json!("Ewa"), &json!("waiting"), &json!(2), &json!(600))
        );
        assert_eq!(place["matter_name"]["pl"], "Dowód osobisty");
        assert_eq!(list(&app, &town, &format!("?matter={}", town.matter)).await.len(), 2);
        let other = szpon_protocol::MatterId::new();
        assert!(list(&app, &town, &format!("?matter={other}")).await.is_empty());

        // What is offered to the first goes on to the second when the office takes the first off.
        app.citizen(1).post(CANCEL, json!({ "secret": secret })).await.expect(200);
        let offered = &list(&app, &town, "").await[0];
        assert_eq!(
            (&offered["state"], &offered["offer_start"]),
            (&json!("offered"), &json!(monday(9, 0)))
        );
        let path = format!("/booking/v1/waiting/{}/remove", text(&place["id"]));
        let body = json!({ "message": "Sprawa jest już załatwiona" });
        official.post(&path, body.clone()).await.expect(204);
        assert_eq!(
            (app.place(&first).await, app.place(&second).await),
            ("left".into(), "offered".into())
        );
        let mails = app.outbox().await;
        let theirs: Vec<_> =
            mails.iter().filter(|mail| mail.to.email == "first@example.org").collect();
        assert_eq!(theirs.len(), 1, "an offer that is not out is taken back");
        assert!(theirs[0].text.contains("Sprawa jest już załatwiona"));
        let sealed = "SELECT COUNT(*) FROM booking_waiting WHERE citizen IS NOT NULL";
        assert_eq!(app.count(sealed).await, 1, "nothing is kept of who it was");
        assert_eq!(official.post(&path, body).await.expect(409).code(), Code::Conflict);
        assert_eq!(list(&app, &town, "").await.len(), 1);
        app.citizen(1).post(VIEW, json!({ "secret": first })).await.expect(200);
    })
    .await;
}
