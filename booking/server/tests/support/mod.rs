//! The service without a socket, on a clock that is set by hand, with signalling's routes for services
//! answered from memory.
#![allow(dead_code)]

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};
use sqlx::Row;
use szpon_auth::{Audience, KeySet, Role, Signer, SigningKey, Subject, Verifier};
use szpon_booking::{AppState, Booking, Parts, Peer, PeerError, Settings, migrator};
use szpon_kit::{
    BoxFuture,
    clock::{Clock, ManualClock},
    db::Db,
    http::{Built, Options, PublicRoute},
    mail::{Message, Waker},
    secrets::MasterKey,
    shutdown::{Shutdown, Shutdown as Stop},
    telemetry::Metrics,
    testing::{self, Answer, for_each_database},
    transaction,
};
use szpon_protocol::{
    MatterId, OfficeId, PersonId, ResourceId, Time,
    booking::{
        Form, Hours, Localized, MatterDetails, NewResource,
        service::{ServiceOffice, ServicePerson},
    },
};

pub const PUBLIC_URL: &str = "http://127.0.0.1:8080";

/// Friday, 15 January 2027, nine o'clock in Warsaw.
pub fn start() -> Time {
    Time::from_millis(1_800_000_000_000)
}

/// Monday, 18 January 2027, at this hour and minute in Warsaw.
pub fn monday(hour: i64, minute: i64) -> Time {
    Time::from_millis(1_800_226_800_000).plus_secs(hour * 3600 + minute * 60)
}

/// What signalling would answer, and what it was asked.
#[derive(Clone, Default)]
pub struct Peers(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    offices: Vec<ServiceOffice>,
    rooms: Vec<(String, Value)>,
    down: bool,
}

impl Peers {
    /// Rooms that were asked for: path and body.
    pub fn rooms(&self) -> Vec<(String, Value)> {
        self.0.lock().unwrap().rooms.clone()
    }

    pub fn set_down(&self, down: bool) {
        self.0.lock().unwrap().down = down;
    }
}

impl Peer for Peers {
    fn call(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'static, Result<(u16, Vec<u8>), PeerError>> {
        let known = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let mut known = known.lock().unwrap();
            if known.down {
                return Ok((503, Vec::new()));
            }
            let path = parts.uri.path().to_owned();
            if path == "/api/v1/service/offices" {
                return Ok((200, serde_json::to_vec(&known.offices).unwrap()));
            }
            if path.ends_with("/presence") {
                let asked: Value = serde_json::from_slice(&body).unwrap();
                let states: Vec<Value> = asked["rooms"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|room| json!({ "room": room, "participants": 1, "waiting": 1 }))
                    .collect();
                return Ok((200, serde_json::to_vec(&states).unwrap()));
            }
            known.rooms.push((path.clone(), serde_json::from_slice(&body).unwrap()));
            let room = path.rsplit('/').next().unwrap();
            let state = json!({ "room": room, "participants": 0, "waiting": 0 });
            Ok((200, serde_json::to_vec(&state).unwrap()))
        })
    }
}

pub struct App {
    pub booking: Booking,
    pub state: AppState,
    pub router: Router,
    pub openapi: Value,
    pub public: Vec<PublicRoute>,
    pub hand: ManualClock,
    pub signer: Arc<Signer>,
    pub peers: Peers,
    _shutdown: Stop,
}

/// Runs `test` with a fresh service on every database.
pub async fn with_app(test: impl AsyncFn(App)) {
    for_each_database(&migrator(), async |db| test(App::open(db).await).await).await;
}

/// [`with_app`], and webhooks may go to loopback.
pub async fn with_private_webhooks(test: impl AsyncFn(App)) {
    let private = |settings: &mut Settings| settings.webhooks_to_private_addresses = true;
    for_each_database(&migrator(), async |db| test(App::open_with(db, private).await).await).await;
}

/// An office with officials and one matter.
pub struct Town {
    pub office: OfficeId,
    pub officials: Vec<PersonId>,
    pub matter: MatterId,
}

pub fn text(pl: &str) -> Localized {
    Localized { pl: pl.into(), ..Localized::default() }
}

/// Half an hour, in any form, five minutes kept free after it.
pub fn matter(officials: &[PersonId]) -> MatterDetails {
    MatterDetails {
        name: text("Dowód osobisty"),
        description: text(""),
        documents: vec![],
        questions: vec![],
        forms: vec![Form::InPerson, Form::Phone, Form::Video],
        duration_minutes: 30,
        buffer_before_minutes: 0,
        buffer_after_minutes: 5,
        notice_minutes: 60,
        horizon_days: 60,
        daily_cap: None,
        capacity: 1,
        pick_official: true,
        max_people: 4,
        departments: vec![],
        officials: officials.to_vec(),
        position: 0,
    }
}

/// Monday to Friday from 8 to 16.
pub fn hours() -> Vec<Hours> {
    (1..=5)
        .map(|weekday| Hours {
            weekday,
            from: 480,
            to: 960,
            forms: vec![Form::InPerson, Form::Phone, Form::Video],
            valid_from: None,
            valid_to: None,
        })
        .collect()
}

impl App {
    pub async fn open(db: Db) -> Self {
        Self::open_with(db, |_| {}).await
    }

    async fn open_with(db: Db, change: impl FnOnce(&mut Settings)) -> Self {
        let (clock, hand) = Clock::manual(start());
        let (shutdown, signal) = Shutdown::new();
        let metrics = Metrics::new();
        let signer = Arc::new(Signer::new(PUBLIC_URL, SigningKey::generate().unwrap()));
        let verifier = Verifier::new(PUBLIC_URL, &KeySet::new([signer.key().public().clone()]));
        let peers = Peers::default();
        let parts = Parts {
            db,
            clock,
            master_key: MasterKey::ephemeral(),
            shutdown: signal,
            mail: Waker::default(),
            verifier,
            signalling: Box::new(peers.clone()),
        };
        let from = "SZPoN <noreply@urzad.example>".parse().unwrap();
        let mut settings = Settings::new(PUBLIC_URL, &from, &Default::default()).unwrap();
        // The first number fits: tests have better things to do.
        settings.work_numbers = 0;
        change(&mut settings);
        let booking = Booking::open(settings, parts).await.unwrap();
        let state = booking.state().clone();
        let Built { router, openapi, public } = booking.service(&Options::new(metrics));
        let openapi = serde_json::to_value(openapi).unwrap();
        Self { booking, state, router, openapi, public, hand, signer, peers, _shutdown: shutdown }
    }

    pub fn now(&self) -> Time {
        self.state.clock.now()
    }

    pub fn pass(&self, secs: u64) {
        self.hand.advance(Duration::from_secs(secs));
    }

    pub fn pass_to(&self, time: Time) {
        let ms = time.since(self.now());
        self.hand.advance(Duration::from_millis(u64::try_from(ms).unwrap()));
    }

    /// An office with `people` officials who have a desk each.
    pub async fn town(&self, people: usize) -> Town {
        self.town_with(people, |_| {}).await
    }

    pub async fn town_with(&self, people: usize, change: impl Fn(&mut MatterDetails)) -> Town {
        let office = OfficeId::new();
        let officials: Vec<PersonId> = (0..people).map(|_| PersonId::new()).collect();
        let people: Vec<ServicePerson> = officials
            .iter()
            .enumerate()
            .map(|(n, id)| ServicePerson {
                id: *id,
                name: format!("Urzędnik {n}"),
                email: format!("{n}@urzad.example"),
                department: None,
                official: true,
            })
            .collect();
        let id = MatterId::new();
        let mut details = matter(&officials);
        change(&mut details);
        let now = self.now();
        let mut profile = szpon_booking::demo::profile();
        profile.cap_per_email = 0;
        profile.cap_per_network = 0;
        transaction!(self.state.db, |conn| {
            use szpon_booking::{
                matters::store as matters, office::store as offices, schedule::store as schedule,
            };
            offices::write(conn, office, &profile, now).await?;
            schedule::write_directory(conn, office, &people).await?;
            for official in &officials {
                let desk = ResourceId::new();
                let resource = NewResource {
                    name: "Stanowisko".into(),
                    directions: String::new(),
                    archived: false,
                };
                schedule::insert_resource(conn, office, desk, &resource).await?;
                schedule::set_desk(conn, office, *official, Some(desk)).await?;
                schedule::write_hours(conn, office, *official, &hours()).await?;
            }
            matters::insert(conn, office, id, &details).await
        })
        .unwrap();
        let known = ServiceOffice { id: office, name: "Urząd".into(), people };
        self.peers.0.lock().unwrap().offices.push(known);
        Town { office, officials, matter: id }
    }

    /// Somebody without credentials; each number has an address of its own.
    pub fn citizen(&self, n: u32) -> Client {
        let address = Ipv4Addr::from(0x0A00_0000 + n).into();
        Client { router: self.router.clone(), bearer: None, address }
    }

    pub fn staff(&self, office: OfficeId, person: PersonId, roles: &[Role]) -> Client {
        let subject = Subject::Person { person, office, roles: roles.to_vec() };
        self.bearer(Audience::Booking, subject)
    }

    pub fn bearer(&self, audience: Audience, subject: Subject) -> Client {
        let signed = self.signer.sign(audience, subject, self.now(), 600).unwrap();
        Client { bearer: Some(signed.token), ..self.citizen(0xFF_FFFF) }
    }

    /// Everything in the outbox that was not sent, oldest first.
    pub async fn outbox(&self) -> Vec<Message> {
        let mut conn = self.state.db.read().await.unwrap();
        let rows = sqlx::query("SELECT message FROM mail_outbox ORDER BY id")
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        let message = |text: String| serde_json::from_str(&text).unwrap();
        rows.iter().map(|row| message(row.get("message"))).collect()
    }

    /// Mail with a calendar entry.
    pub async fn letters(&self) -> Vec<Message> {
        self.outbox().await.into_iter().filter(|mail| mail.calendar.is_some()).collect()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut conn = self.state.db.read().await.unwrap();
        sqlx::query(sql).fetch_one(&mut *conn).await.unwrap().get(0)
    }

    /// Events of an appointment, oldest first.
    pub async fn events(&self, appointment: &str) -> Vec<String> {
        let mut conn = self.state.db.read().await.unwrap();
        sqlx::query("SELECT event FROM booking_event WHERE appointment_id = $1 ORDER BY id")
            .bind(appointment.to_owned())
            .fetch_all(&mut *conn)
            .await
            .unwrap()
            .iter()
            .map(|row| row.get("event"))
            .collect()
    }

    /// The newest code that was mailed to this address.
    pub async fn mailed_code(&self, email: &str) -> String {
        let mails = self.outbox().await;
        let mail = mails.iter().rev().find(|m| m.to.email == email && m.calendar.is_none());
        mail.expect("a code").subject.chars().take_while(char::is_ascii_digit).collect()
    }

    /// Asks for a slot to be kept.
    /// A solved challenge.
    pub async fn proof(&self, client: &Client) -> Value {
        let challenge = client.post("/booking/v1/public/challenges", Value::Null).await;
        let mut proof = challenge.expect(201).json();
        proof.as_object_mut().unwrap().remove("max_number");
        proof["number"] = 0.into();
        proof
    }

    pub async fn hold(&self, client: &Client, town: &Town, start: Time, form: &str) -> Answer {
        self.hold_for(client, town, start, form, 1).await
    }

    pub async fn hold_for(
        &self,
        client: &Client,
        town: &Town,
        start: Time,
        form: &str,
        people: u16,
    ) -> Answer {
        let proof = self.proof(client).await;
        let body = json!({
            "office": town.office, "matter": town.matter, "form": form, "start": start,
            "people": people, "proof": proof,
        });
        client.post("/booking/v1/public/holds", body).await
    }

    /// Confirms a hold with the code from the mail.
    pub async fn confirm(&self, client: &Client, secret: &str, email: &str) -> Answer {
        let body = json!({ "secret": secret, "email": email, "language": "pl" });
        let sent = client.post("/booking/v1/public/holds/code", body).await;
        if sent.status != 204 {
            return sent;
        }
        let code = self.mailed_code(email).await;
        client.post("/booking/v1/public/holds/confirm", confirmation(secret, &code)).await
    }

    /// A confirmed place on the waiting list for Monday until 10:00, of somebody with this address. Its
    /// secret.
    pub async fn wait(&self, town: &Town, form: &str, email: &str, people: u16) -> String {
        let client = self.citizen(100);
        let proof = self.proof(&client).await;
        let body = json!({
            "office": town.office, "matter": town.matter, "forms": [form], "people": people,
            "from_date": "2027-01-18", "to_date": "2027-01-18", "to": 600, "name": "Ewa",
            "email": email, "language": "pl", "notice_read": true, "proof": proof,
        });
        let joined = client.post("/booking/v1/public/waiting", body).await.expect(201).json();
        let secret = joined["secret"].as_str().unwrap().to_owned();
        let body = json!({ "secret": secret, "code": self.mailed_code(email).await });
        let shown =
            client.post("/booking/v1/public/waiting/confirm", body).await.expect(200).json();
        assert_eq!(shown["state"], "waiting");
        secret
    }

    /// What has become of a place on the waiting list.
    pub async fn place(&self, secret: &str) -> String {
        let body = json!({ "secret": secret });
        let shown = self.citizen(2).post("/booking/v1/public/waiting/view", body).await;
        shown.expect(200).json()["state"].as_str().unwrap().to_owned()
    }

    /// A confirmed appointment, as its citizen sees it, and its secret.
    pub async fn book(&self, town: &Town, start: Time, form: &str) -> (Value, String) {
        let client = self.citizen(77);
        let held = self.hold(&client, town, start, form).await.expect(201).json();
        let secret = held["secret"].as_str().unwrap().to_owned();
        let email = format!("{}@example.org", held["appointment"].as_str().unwrap());
        (self.confirm(&client, &secret, &email).await.expect(200).json(), secret)
    }
}

pub fn confirmation(secret: &str, code: &str) -> Value {
    json!({
        "secret": secret, "code": code, "name": "Jan Kowalski", "phone": "600 100 200",
        "language": "pl", "notice_read": true,
    })
}

#[derive(Clone)]
pub struct Client {
    router: Router,
    pub bearer: Option<String>,
    pub address: IpAddr,
}

impl Client {
    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    /// Null is no body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body).filter(|body| !body.is_null())).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        testing::call(&self.router, self.address, request, body).await
    }
}
