//! Rooms over REST: planning, inviting, links, and the mails that go with it.

mod support;

use icalendar::{Calendar, CalendarComponent, Component, parser};
use serde_json::{Value, json};
use sqlx::Row;
use support::{App, Client, PUBLIC_URL, start, with_app};
use szpon_kit::{mail::Message, transaction};
use szpon_protocol::{
    Code, OfficeId, PersonId, Time,
    account::Language,
    claims::Role,
    room::RoomRole,
    rooms::{Delivery, Invitee, JoinGrant, Link, LinkPreview, NewLinkCreated, Room, RoomStatus},
};

struct Scene {
    app: App,
    office: OfficeId,
    host: Client,
    ola: PersonId,
    ola_client: Client,
    other: Client,
    stranger: Client,
}

async fn scene(app: App) -> Scene {
    let office = app.office("Urząd Gminy").await;
    app.person(office, "anna", &[Role::Official]).await;
    let ola = app.person(office, "ola", &[Role::Official]).await;
    app.person(office, "piotr", &[Role::Official]).await;
    let host = app.sign_in("anna").await;
    let ola_client = app.sign_in("ola").await;
    let other = app.sign_in("piotr").await;
    let stranger = app.stranger();
    Scene { office, host, ola, ola_client, other, stranger, app }
}

impl Scene {
    /// A meeting in two hours, for half an hour.
    async fn plan(&mut self, invitees: Value) -> Room {
        let starts_at = self.app.now().plus_secs(7200);
        self.create(json!({
            "title": "Pozwolenie na budowę", "starts_at": starts_at, "duration_minutes": 30,
            "description": "Proszę mieć dowód", "invitees": invitees,
        }))
        .await
    }

    async fn create(&mut self, body: Value) -> Room {
        self.host.post("/api/v1/rooms", body).await.expect(201).read()
    }

    async fn link(&mut self, room: &Room) -> (Link, String) {
        let path = format!("/api/v1/rooms/{}/links", room.id);
        let created: NewLinkCreated =
            self.host.post(&path, json!({"role": "participant"})).await.expect(201).read();
        let (_, secret) = created.url.split_once("/j#").expect("a guest link");
        (created.link, secret.to_owned())
    }

    async fn redeem(&mut self, secret: &str, name: &str, resume: Option<&str>) -> support::Answer {
        let body = json!({"link": secret, "name": name, "resume": resume});
        self.stranger.post("/api/v1/links/redeem", body).await
    }

    async fn lookup(&mut self, secret: &str) -> support::Answer {
        self.stranger.post("/api/v1/links/lookup", json!({"link": secret})).await
    }

    /// All mail that waits is delivered.
    async fn deliver(&self) {
        transaction!(self.app.state.db, |conn| {
            sqlx::query("UPDATE mail_outbox SET state = 'sent', finished_at = 1 WHERE 1 = 1")
                .execute(conn)
                .await
        })
        .unwrap();
    }
}

fn jan() -> Value {
    json!({"email": "Jan@Example.org", "name": "Jan Kowalski", "language": "pl", "role": "participant"})
}

fn event(message: &Message) -> (String, icalendar::Event) {
    let ics = &message.calendar.as_ref().expect("a calendar entry").ics;
    assert!(ics.split("\r\n").all(|line| line.len() <= 75), "{ics}");
    let unfolded = parser::unfold(ics);
    let calendar: Calendar = parser::read_calendar(&unfolded).unwrap().into();
    let method = calendar.property_value("METHOD").unwrap().to_owned();
    assert_eq!(method, message.calendar.as_ref().unwrap().method.as_str());
    let event = calendar.components.iter().find_map(|component| match component {
        CalendarComponent::Event(event) => Some(event.clone()),
        _ => None,
    });
    (method, event.unwrap())
}

fn property(event: &icalendar::Event, name: &str) -> String {
    event.property_value(name).unwrap_or_default().to_owned()
}

fn secret_of(message: &Message) -> String {
    let (_, rest) = message.text.split_once("/j#").expect("a guest link");
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn invitations_go_to_everyone_in_their_language() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene
            .plan(json!([
                jan(),
                {"person": scene.ola, "language": "en", "role": "co_host"},
                {"email": "tlumacz@example.org", "language": "uk", "role": "interpreter"},
            ]))
            .await;
        assert_eq!(room.status, RoomStatus::Planned);
        assert_eq!(room.my_role, RoomRole::Host);
        assert_eq!(room.host_name, "anna");
        assert_eq!(room.invitees.len(), 3);
        let pending = |i: &Invitee| matches!(i.delivery, Delivery::Pending { attempts: 0, .. });
        assert!(room.invitees.iter().all(pending));
        assert_eq!(room.invitees[0].email, "jan@example.org");
        assert_eq!(room.invitees[1].email, "ola@urzad.example");

        let mails = scene.app.outbox().await;
        assert_eq!(mails.len(), 3);
        assert_eq!(mails[0].subject, "Zaproszenie: Pozwolenie na budowę");
        assert_eq!(mails[1].subject, "Invitation: Pozwolenie na budowę");
        assert_eq!(mails[2].subject, "Запрошення: Pozwolenie na budowę");
        assert_eq!(
            mails.iter().map(|m| m.language).collect::<Vec<_>>(),
            [Language::Pl, Language::En, Language::Uk]
        );
        assert!(mails.iter().all(|mail| mail.from.name == "Urząd Gminy"));
        let uids: Vec<_> = mails
            .iter()
            .map(|mail| {
                let (method, event) = event(mail);
                assert_eq!(method, "REQUEST");
                assert_eq!(property(&event, "SEQUENCE"), "0");
                assert_eq!(property(&event, "ORGANIZER"), "mailto:anna@urzad.example");
                assert!(mail.text.contains(&property(&event, "URL")));
                property(&event, "UID")
            })
            .collect();
        assert_eq!(uids, vec![format!("{}@127.0.0.1", room.id); 3]);
        let staff = format!("{PUBLIC_URL}/rooms/{}", room.id);
        assert!(mails[1].text.contains(&staff) && !mails[0].text.contains(&staff));
        assert_ne!(secret_of(&mails[0]), secret_of(&mails[2]));
        assert!(mails[2].text.contains("перекладач"));

        // The secret itself is nowhere in the clear once the mail is out.
        let mut conn = scene.app.state.db.read().await.unwrap();
        let rows = sqlx::query("SELECT secret_hash, secret_box FROM room_links")
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        for row in rows {
            let stored: (String, String) = (row.get("secret_hash"), row.get("secret_box"));
            assert!(!stored.0.contains(&secret_of(&mails[0])));
            assert!(!stored.1.contains(&secret_of(&mails[0])));
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_and_a_cancellation_reach_the_calendars() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene.plan(json!([jan()])).await;
        let path = format!("/api/v1/rooms/{}", room.id);
        let first = scene.app.outbox().await.pop().unwrap();
        let uid = property(&event(&first).1, "UID");
        scene.deliver().await;

        // What calendars don't show isn't worth a mail.
        scene
            .host
            .patch(&path, json!({"description": "x", "waiting_room": false}))
            .await
            .expect(200);
        assert!(scene.app.outbox().await.is_empty());

        scene.app.pass(60);
        let later = room.starts_at.plus_secs(3600);
        let changed: Room =
            scene.host.patch(&path, json!({"starts_at": later})).await.expect(200).read();
        assert_eq!(changed.starts_at, later);
        let mail = scene.app.outbox().await.pop().unwrap();
        assert_eq!(mail.subject, "Zmiana spotkania: Pozwolenie na budowę");
        assert_eq!(secret_of(&mail), secret_of(&first), "the link stays the same");
        let (method, update) = event(&mail);
        assert_eq!((method.as_str(), property(&update, "SEQUENCE").as_str()), ("REQUEST", "1"));
        assert_eq!(property(&update, "UID"), uid);
        assert!(property(&update, "LAST-MODIFIED") > property(&event(&first).1, "LAST-MODIFIED"));

        // The change isn't out yet when the next one comes: only the newest is sent.
        scene.host.patch(&path, json!({"title": "Inny tytuł"})).await.expect(200);
        let mails = scene.app.outbox().await;
        assert_eq!(mails.len(), 1);
        assert_eq!(property(&event(&mails[0]).1, "SEQUENCE"), "2");
        scene.deliver().await;

        scene.host.delete(&path).await.expect(204);
        let mail = scene.app.outbox().await.pop().unwrap();
        let (method, cancel) = event(&mail);
        assert_eq!((method.as_str(), property(&cancel, "SEQUENCE").as_str()), ("CANCEL", "3"));
        assert_eq!(property(&cancel, "UID"), uid);
        assert_eq!(property(&cancel, "STATUS"), "CANCELLED");
        assert!(!mail.text.contains("/j#"));

        scene.host.delete(&path).await.expect(204);
        assert_eq!(scene.app.outbox().await.len(), 1, "cancelled once");
        let answer = scene.host.patch(&path, json!({"title": "x"})).await.expect(410);
        assert_eq!(answer.code(), Code::RoomEnded);
        let answer = scene.redeem(&secret_of(&first), "Jan", None).await.expect(410);
        assert_eq!(answer.code(), Code::RoomEnded);
        let preview: LinkPreview = scene.lookup(&secret_of(&first)).await.expect(200).read();
        assert_eq!(preview.status, RoomStatus::Cancelled);
        assert_eq!(
            scene.app.audited(scene.office).await.iter().filter(|a| a.starts_with("room_")).count(),
            5
        );
    })
    .await;
}

#[tokio::test]
async fn a_change_before_the_first_mail_is_out_is_a_first_mail() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene.plan(json!([jan()])).await;
        let path = format!("/api/v1/rooms/{}", room.id);
        scene.host.patch(&path, json!({"title": "Nowy tytuł"})).await.expect(200);
        let mails = scene.app.outbox().await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].subject, "Zaproszenie: Nowy tytuł");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_taken_back() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene.plan(json!([jan()])).await;
        let invitees = format!("/api/v1/rooms/{}/invitees", room.id);
        let secret = secret_of(&scene.app.outbox().await[0]);
        scene.lookup(&secret).await.expect(200);

        let twice = scene.host.post(&invitees, jan()).await.expect(409);
        assert_eq!(twice.code(), Code::Conflict);
        let resend = format!("{invitees}/{}/resend", room.invitees[0].id);
        scene.host.call("POST", &resend, None).await.expect(204);
        let mails = scene.app.outbox().await;
        assert_eq!(secret_of(mails.last().unwrap()), secret);
        assert_eq!(property(&event(mails.last().unwrap()).1, "SEQUENCE"), "0");
        scene.deliver().await;

        let invitee = format!("{invitees}/{}", room.invitees[0].id);
        scene.host.delete(&invitee).await.expect(204);
        let mail = scene.app.outbox().await.pop().unwrap();
        let (method, cancel) = event(&mail);
        assert_eq!((method.as_str(), property(&cancel, "SEQUENCE").as_str()), ("CANCEL", "1"));
        assert_eq!(scene.lookup(&secret).await.expect(404).code(), Code::LinkInvalid);
        assert_eq!(scene.redeem(&secret, "Jan", None).await.code(), Code::LinkInvalid);
        scene.host.delete(&invitee).await.expect(404);
        scene.deliver().await;

        // Invited again: another link, and a sequence that is above the cancellation's.
        let again: Invitee = scene.host.post(&invitees, jan()).await.expect(201).read();
        assert_ne!(again.id, room.invitees[0].id);
        let mail = scene.app.outbox().await.pop().unwrap();
        assert_ne!(secret_of(&mail), secret);
        assert_eq!(property(&event(&mail).1, "SEQUENCE"), "1");
        assert_eq!(event(&mail).0, "REQUEST");
    })
    .await;
}

#[tokio::test]
async fn a_room_is_for_those_who_are_invited() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene
            .plan(json!([jan(), {"person": scene.ola, "language": "pl", "role": "participant"}]))
            .await;
        let path = format!("/api/v1/rooms/{}", room.id);

        // Invited: sees it and joins, but doesn't see who else is invited, nor changes it.
        let seen: Room = scene.ola_client.get(&path).await.expect(200).read();
        assert_eq!(seen.my_role, RoomRole::Participant);
        assert!(seen.invitees.is_empty());
        scene.ola_client.call("POST", &format!("{path}/join"), None).await.expect(200);
        for (method, tail, body) in [
            ("PATCH", "", Some(json!({"title": "x"}))),
            ("DELETE", "", None),
            ("POST", "/invitees", Some(jan())),
            ("POST", "/links", Some(json!({"role": "participant"}))),
            ("GET", "/links", None),
            ("GET", "/attendance", None),
        ] {
            let answer = scene.ola_client.call(method, &format!("{path}{tail}"), body).await;
            assert_eq!(answer.expect(403).code(), Code::Forbidden);
        }

        // Not invited, and another office: nothing there.
        let elsewhere = scene.app.office("Inny urząd").await;
        scene.app.person(elsewhere, "obcy", &[Role::OfficeAdmin, Role::Operator]).await;
        let mut foreign = scene.app.sign_in("obcy").await;
        for client in [&mut scene.other, &mut foreign] {
            for (method, tail, body) in [
                ("GET", "", None),
                ("PATCH", "", Some(json!({"title": "x"}))),
                ("DELETE", "", None),
                ("POST", "/join", None),
                ("POST", "/invitees", Some(jan())),
                ("POST", "/links", Some(json!({"role": "participant"}))),
                ("GET", "/links", None),
                ("GET", "/attendance", None),
            ] {
                let answer = client.call(method, &format!("{path}{tail}"), body).await;
                assert_eq!(answer.expect(404).code(), Code::NotFound);
            }
            let mine: Vec<Room> = client.get("/api/v1/rooms").await.expect(200).read();
            assert!(mine.is_empty());
        }
        // Nor can somebody of another office be invited as a colleague.
        let stranger = scene.app.person(elsewhere, "daleki", &[Role::Official]).await;
        let body = json!({"person": stranger, "language": "pl", "role": "participant"});
        let answer = scene.host.post(&format!("{path}/invitees"), body).await.expect(422);
        assert_eq!(answer.code(), Code::Invalid);
    })
    .await;
}

#[tokio::test]
async fn a_co_host_may_change_it() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room =
            scene.plan(json!([{"person": scene.ola, "language": "pl", "role": "co_host"}])).await;
        let path = format!("/api/v1/rooms/{}", room.id);
        let seen: Room =
            scene.ola_client.patch(&path, json!({"title": "Nowy"})).await.expect(200).read();
        assert_eq!((seen.my_role, seen.title.as_str()), (RoomRole::CoHost, "Nowy"));
        assert_eq!(seen.invitees.len(), 1);
        scene.ola_client.get(&format!("{path}/attendance")).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn lists_are_mine_and_in_order() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let invited = json!([{"person": scene.ola, "language": "pl", "role": "participant"}]);
        let late = scene.plan(invited).await;
        let now = scene
            .create(json!({"title": "Teraz", "starts_at": null, "duration_minutes": 15}))
            .await;
        let off = scene.plan(json!([])).await;
        scene.host.delete(&format!("/api/v1/rooms/{}", off.id)).await.expect(204);

        let ids = |rooms: Vec<Room>| rooms.iter().map(|r| r.id).collect::<Vec<_>>();
        let list = "/api/v1/rooms?when=";
        let upcoming = scene.host.get(&format!("{list}upcoming")).await.expect(200).read();
        assert_eq!(ids(upcoming), [now.id, late.id]);
        let past = scene.host.get(&format!("{list}past")).await.expect(200).read();
        assert_eq!(ids(past), [off.id]);
        let olas: Vec<Room> = scene.ola_client.get("/api/v1/rooms").await.expect(200).read();
        assert_eq!(olas.len(), 1);
        assert_eq!((olas[0].id, olas[0].my_role), (late.id, RoomRole::Participant));
        scene.host.get("/api/v1/rooms?when=never").await.expect(422);

        // Four hours after its planned end a meeting that nobody came to is past.
        scene.app.pass(15 * 60 + 4 * 3600);
        let past: Vec<Room> = scene.host.get(&format!("{list}past")).await.expect(200).read();
        assert_eq!(past.iter().map(|r| r.id).collect::<Vec<_>>(), [off.id, now.id]);
        assert_eq!(past[1].status, RoomStatus::Ended);
        let answer = scene.host.call("POST", &format!("/api/v1/rooms/{}/join", now.id), None).await;
        assert_eq!(answer.expect(410).code(), Code::RoomEnded);
    })
    .await;
}

#[tokio::test]
async fn every_mistake_is_named() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let body = json!({
            "title": " ", "duration_minutes": 721, "starts_at": start().plus_secs(-86_400),
            "description": "x".repeat(2001),
            "invitees": [
                {"email": "nobody", "language": "pl", "role": "participant"},
                {"email": "a@b.example", "language": "pl", "role": "co_host"},
                {"language": "pl", "role": "host"},
                {"email": "c@d.example", "name": "x\u{202e}y", "language": "pl", "role": "participant"},
            ],
        });
        let answer = scene.host.post("/api/v1/rooms", body).await.expect(422);
        let mut fields: Vec<_> = answer.json()["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["field"].as_str().unwrap().to_owned())
            .collect();
        fields.sort();
        assert_eq!(fields, [
            "description",
            "duration_minutes",
            "invitees.0.email",
            "invitees.1.role",
            "invitees.2.email",
            "invitees.2.role",
            "invitees.3.name",
            "starts_at",
            "title",
        ]);
        assert!(scene.app.outbox().await.is_empty());
        let body = json!({"title": "x", "duration_minutes": 30, "invitees": [jan(), jan()]});
        scene.host.post("/api/v1/rooms", body).await.expect(409);
        let rooms: Vec<Room> = scene.host.get("/api/v1/rooms").await.expect(200).read();
        assert!(rooms.is_empty() && scene.app.outbox().await.is_empty(), "all or nothing");
    })
    .await;
}

#[tokio::test]
async fn a_link_is_for_one_room_and_a_time() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene.plan(json!([])).await;
        let (link, secret) = scene.link(&room).await;
        assert!(secret.len() >= 43, "256 bits");
        assert_eq!(link.valid_from, room.starts_at.plus_secs(-1800));
        assert_eq!(link.expires_at, room.starts_at.plus_secs(1800 + 4 * 3600));

        let preview: LinkPreview = scene.lookup(&secret).await.expect(200).read();
        assert_eq!(preview.office_name, "Urząd Gminy");
        assert_eq!(preview.host_name, "anna");
        assert_eq!(preview.opens_at, link.valid_from);
        assert_eq!(preview.server_time, scene.app.now());
        assert!(!preview.probe.token.is_empty());
        let early = scene.redeem(&secret, "Jan", None).await.expect(403);
        assert_eq!(early.code(), Code::LinkTooEarly);
        assert_eq!(early.json()["detail"], json!(link.valid_from));

        scene.app.pass(7200 - 1800);
        scene.redeem(&secret, "Jan", None).await.expect(200);
        let listed: Vec<Link> = scene.host_links(&room).await;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].last_used_at, Some(scene.app.now()));

        scene.app.pass(1800 + 1800 + 4 * 3600);
        assert_eq!(scene.redeem(&secret, "Jan", None).await.expect(410).code(), Code::LinkExpired);

        for wrong in ["", "x", &"A".repeat(43), &format!("{secret}A")] {
            assert_eq!(scene.lookup(wrong).await.expect(404).code(), Code::LinkInvalid);
            assert_eq!(scene.redeem(wrong, "Jan", None).await.code(), Code::LinkInvalid);
        }
    })
    .await;
}

impl Scene {
    async fn host_links(&mut self, room: &Room) -> Vec<Link> {
        self.host.get(&format!("/api/v1/rooms/{}/links", room.id)).await.expect(200).read()
    }
}

#[tokio::test]
async fn a_revoked_link_is_as_good_as_none() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene.create(json!({"title": "Teraz", "duration_minutes": 30})).await;
        let (link, secret) = scene.link(&room).await;
        scene.redeem(&secret, "Jan", None).await.expect(200);
        let path = format!("/api/v1/rooms/{}/links/{}", room.id, link.id);
        let other = scene.plan(json!([])).await;
        let elsewhere = format!("/api/v1/rooms/{}/links/{}", other.id, link.id);
        scene.host.delete(&elsewhere).await.expect(404);
        scene.host.delete(&path).await.expect(204);
        scene.host.delete(&path).await.expect(204);
        assert_eq!(scene.redeem(&secret, "Jan", None).await.code(), Code::LinkInvalid);
        assert_eq!(scene.lookup(&secret).await.code(), Code::LinkInvalid);
        assert!(scene.host_links(&room).await[0].revoked_at.is_some());
        let audited = scene.app.audited(scene.office).await;
        assert_eq!(audited.iter().filter(|a| *a == "link_revoked").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_link_of_its_own_length() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene.create(json!({"title": "Teraz", "duration_minutes": 30})).await;
        let path = format!("/api/v1/rooms/{}/links", room.id);
        let expires_at: Time = scene.app.now().plus_secs(60);
        let body = json!({"role": "interpreter", "label": "tłumacz", "expires_at": expires_at});
        let created: NewLinkCreated = scene.host.post(&path, body).await.expect(201).read();
        assert_eq!(created.link.expires_at, expires_at);
        assert_eq!(created.link.role, RoomRole::Interpreter);
        let secret = created.url.split_once('#').unwrap().1.to_owned();
        scene.redeem(&secret, "Iryna", None).await.expect(200);
        scene.app.pass(60);
        assert_eq!(scene.redeem(&secret, "Iryna", None).await.code(), Code::LinkExpired);
        assert_eq!(scene.lookup(&secret).await.code(), Code::LinkExpired);
        let body = json!({"role": "co_host"});
        assert_eq!(scene.host.post(&path, body).await.expect(422).code(), Code::Invalid);
    })
    .await;
}

#[tokio::test]
async fn coming_back_is_the_same_participant() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let body = json!({"title": "Teraz", "duration_minutes": 120});
        let room = scene.create(body).await;
        let (_, secret) = scene.link(&room).await;
        let (_, other_secret) = scene.link(&room).await;
        let first: JoinGrant = scene.redeem(&secret, " Jan  Nowak ", None).await.expect(200).read();
        let again: JoinGrant = scene.redeem(&secret, "Jan", None).await.expect(200).read();
        assert_ne!(first.participant, again.participant, "without the token somebody new");
        // The token itself opens nothing after ten minutes, yet it brings back to the place.
        scene.app.pass(3600);
        let resume = Some(first.token.as_str());
        let back: JoinGrant = scene.redeem(&secret, "Jan N.", resume).await.expect(200).read();
        assert_eq!(back.participant, first.participant);
        let by_other: JoinGrant =
            scene.redeem(&other_secret, "Jan", resume).await.expect(200).read();
        assert_ne!(by_other.participant, first.participant, "a place stays with its link");
        let mut forged = first.token.clone();
        forged.replace_range(forged.len() - 4.., "AAAA");
        let forged: JoinGrant =
            scene.redeem(&secret, "Jan", Some(&forged)).await.expect(200).read();
        assert_ne!(forged.participant, first.participant);
        scene.app.pass(13 * 3600 - 3600);
        assert_eq!(scene.redeem(&secret, "Jan", resume).await.code(), Code::LinkExpired);

        // A colleague has one place, however often they ask.
        scene.host = scene.app.sign_in("anna").await;
        let room = scene.create(json!({"title": "Teraz", "duration_minutes": 30})).await;
        let join = format!("/api/v1/rooms/{}/join", room.id);
        let one: JoinGrant = scene.host.call("POST", &join, None).await.expect(200).read();
        let two: JoinGrant = scene.host.call("POST", &join, None).await.expect(200).read();
        assert_eq!(one.participant, two.participant);
    })
    .await;
}

#[tokio::test]
async fn guests_are_called_what_can_be_read() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene.create(json!({"title": "Teraz", "duration_minutes": 30})).await;
        let (_, secret) = scene.link(&room).await;
        for bad in ["", "   ", "a\u{202e}b", "a\u{0}b", &"x".repeat(81)] {
            let answer = scene.redeem(&secret, bad, None).await.expect(422);
            assert_eq!(answer.json()["fields"][0]["field"], "name", "{bad:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let mut answers = Vec::new();
        for _ in 0..150 {
            answers.push(scene.lookup(&"A".repeat(43)).await.status.as_u16());
        }
        assert!(answers.contains(&429));
        scene.stranger.address = "198.51.100.7".parse().unwrap();
        scene.lookup(&"A".repeat(43)).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_connection_test_needs_a_member_of_staff_or_a_link() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let answer = scene.host.call("POST", "/api/v1/probe", None).await.expect(200);
        assert_eq!(answer.json()["url"], "/media/v1");
        scene.stranger.call("POST", "/api/v1/probe", None).await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn delivery_is_shown() {
    with_app(async |app| {
        let mut scene = scene(app).await;
        let room = scene.plan(json!([jan()])).await;
        let path = format!("/api/v1/rooms/{}", room.id);
        let set = async |state: &str| {
            let state = state.to_owned();
            transaction!(scene.app.state.db, |conn| {
                sqlx::query(
                    "UPDATE mail_outbox SET state = $1, finished_at = 5, last_error = 'no such user'",
                )
                .bind(state.clone())
                .execute(conn)
                .await
            })
            .unwrap();
        };
        set("failed").await;
        let seen: Room = scene.host.get(&path).await.expect(200).read();
        let failed =
            Delivery::Failed { at: Time::from_millis(5), error: "no such user".to_owned() };
        assert_eq!(seen.invitees[0].delivery, failed);
        set("sent").await;
        let seen: Room = scene.host.get(&path).await.expect(200).read();
        assert_eq!(seen.invitees[0].delivery, Delivery::Sent { at: Time::from_millis(5) });
    })
    .await;
}
