//! A whole service without a socket, on a clock that is set by hand.
#![allow(dead_code)]

use std::{net::IpAddr, time::Duration};

use axum::{
    Router,
    http::{Request, header},
};
use serde_json::Value;
use sqlx::Row;
pub use szpon_kit::testing::Answer;
use szpon_kit::{
    bus::Bus,
    clock::{Clock, ManualClock},
    db::Db,
    http::{Built, Options, PublicRoute},
    mail::Message,
    secrets::MasterKey,
    shutdown::{Shutdown, Shutdown as Stop},
    telemetry::Metrics,
    testing::{self, for_each_database},
    transaction,
};
use szpon_protocol::{DepartmentId, OfficeId, PersonId, Time, account::Language, claims::Role};
use szpon_signalling::{
    AppState, MIGRATOR, Parts, Settings, Signalling,
    directory::store::{self, NewPerson},
};

/// Everyone's password, unless a test sets another one.
pub const PASSWORD: &str = "zielony parasol 7";

pub const PUBLIC_URL: &str = "http://127.0.0.1:8080";

pub fn start() -> Time {
    Time::from_millis(1_800_000_000_000)
}

pub struct App {
    pub state: AppState,
    pub router: Router,
    pub openapi: Value,
    pub public: Vec<PublicRoute>,
    pub signalling: Signalling,
    pub hand: ManualClock,
    pub shutdown: Stop,
    /// Hash of [`PASSWORD`], made once.
    phc: String,
}

/// Runs `test` with a fresh service on every database.
pub async fn with_app(test: impl AsyncFn(App)) {
    for_each_database(&MIGRATOR, async |db| test(App::open(db).await).await).await;
}

impl App {
    pub async fn open(db: Db) -> Self {
        Self::open_with(db, MasterKey::ephemeral(), PUBLIC_URL).await
    }

    pub async fn open_with(db: Db, master_key: MasterKey, public_url: &str) -> Self {
        let (clock, hand) = Clock::manual(start());
        let (shutdown, signal) = Shutdown::new();
        let metrics = Metrics::new();
        let parts = Parts {
            db,
            bus: Bus::in_process(),
            clock,
            metrics: metrics.clone(),
            master_key,
            shutdown: signal,
        };
        let settings = Settings::local(public_url).unwrap();
        let signalling = Signalling::open(settings, parts).await.unwrap();
        let Built { router, openapi, public } = signalling.service(&Options::new(metrics));
        let state = signalling.state().clone();
        let phc = state.passwords.hash(PASSWORD).await.unwrap();
        let openapi = serde_json::to_value(openapi).unwrap();
        Self { state, router, openapi, public, signalling, hand, shutdown, phc }
    }

    pub fn now(&self) -> Time {
        self.state.clock.now()
    }

    pub fn pass(&self, secs: u64) {
        self.hand.advance(Duration::from_secs(secs));
    }

    /// Someone without credentials, from an address of their own choice.
    pub fn stranger(&self) -> Client {
        Client {
            router: self.router.clone(),
            cookie: None,
            bearer: None,
            address: "192.0.2.1".parse().unwrap(),
            headers: Vec::new(),
        }
    }

    pub async fn office(&self, name: &str) -> OfficeId {
        let (id, now) = (OfficeId::new(), self.now());
        transaction!(self.state.db, |conn| { store::insert_office(conn, id, name, now).await })
            .unwrap();
        id
    }

    pub async fn department(&self, office: OfficeId, name: &str) -> DepartmentId {
        let (id, now) = (DepartmentId::new(), self.now());
        transaction!(self.state.db, |conn| {
            store::insert_department(conn, office, id, name, now).await
        })
        .unwrap();
        id
    }

    /// An active person; the address is `{name}@urzad.example`.
    pub async fn person(&self, office: OfficeId, name: &str, roles: &[Role]) -> PersonId {
        self.person_in(office, None, name, roles).await
    }

    pub async fn person_in(
        &self,
        office: OfficeId,
        department: Option<DepartmentId>,
        name: &str,
        roles: &[Role],
    ) -> PersonId {
        let (id, now, email) = (PersonId::new(), self.now(), format!("{name}@urzad.example"));
        transaction!(self.state.db, |conn| {
            let person = NewPerson {
                id,
                office,
                department,
                name,
                email: &email,
                language: Language::Pl,
                roles,
                password_hash: Some(&self.phc),
            };
            store::insert_person(conn, &person, now).await
        })
        .unwrap();
        id
    }

    /// Signs in as `{name}@urzad.example`.
    pub async fn sign_in(&self, name: &str) -> Client {
        let mut client = self.stranger();
        let body = serde_json::json!({
            "email": format!("{name}@urzad.example"), "password": PASSWORD,
        });
        client.post("/api/v1/session", body).await.expect(200);
        client
    }

    /// Everything in the outbox that was not sent, oldest first.
    pub async fn outbox(&self) -> Vec<Message> {
        let mut conn = self.state.db.read().await.unwrap();
        let rows =
            sqlx::query("SELECT message FROM mail_outbox WHERE state = 'pending' ORDER BY id")
                .fetch_all(&mut *conn)
                .await
                .unwrap();
        let message = |text: String| serde_json::from_str(&text).unwrap();
        rows.iter().map(|row| message(row.get("message"))).collect()
    }

    /// The secret of the newest mail's link.
    pub async fn mailed_secret(&self) -> String {
        let text = self.outbox().await.pop().expect("a mail").text;
        let (_, rest) = text.split_once('#').expect("a link with a secret");
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// Actions in the office's log, oldest first.
    pub async fn audited(&self, office: OfficeId) -> Vec<String> {
        let mut conn = self.state.db.read().await.unwrap();
        sqlx::query("SELECT action FROM audit_log WHERE office_id = $1 ORDER BY seq")
            .bind(office.to_string())
            .fetch_all(&mut *conn)
            .await
            .unwrap()
            .iter()
            .map(|row| row.get("action"))
            .collect()
    }
}

/// A browser (keeps its cookie) or a service (sends a token).
#[derive(Clone)]
pub struct Client {
    router: Router,
    pub cookie: Option<String>,
    pub bearer: Option<String>,
    pub address: IpAddr,
    pub headers: Vec<(String, String)>,
}

impl Client {
    pub fn with_bearer(mut self, token: impl Into<String>) -> Self {
        self.bearer = Some(token.into());
        self
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path, Some(body)).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    pub async fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(token) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = testing::call(&self.router, self.address, request, body).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            self.cookie = (!pair.ends_with('=')).then_some(pair);
        }
        answer
    }
}
