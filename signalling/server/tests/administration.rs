//! The office, departments, people, audit, operation, demo.

mod support;

use std::sync::Arc;

use serde_json::json;
use support::{App, Client, PASSWORD, start, with_app};
use szpon_kit::{
    clock::Clock,
    db::Conn,
    mail::{self, Worker, local::LocalMailbox},
    telemetry::Metrics,
    transaction,
};
use szpon_protocol::{
    Code, OfficeId, PersonId,
    admin::{AuditPage, Department, Person, PersonStatus},
    claims::Role,
    operator::{MailContent, MailSummary, OutboxEntry},
};
use szpon_signalling::{audit, demo, directory::store};

async fn office_with_admin(app: &App) -> (OfficeId, Client) {
    let office = app.office("Urząd Gminy").await;
    app.person(office, "maria", &[Role::OfficeAdmin]).await;
    (office, app.sign_in("maria").await)
}

fn invitation(name: &str, roles: &[&str]) -> serde_json::Value {
    json!({
        "name": name, "email": format!("{name}@urzad.example"), "roles": roles, "language": "en",
    })
}

#[tokio::test]
async fn an_invited_person_comes_in_and_is_deactivated() {
    with_app(async |app| {
        let (office, mut maria) = office_with_admin(&app).await;
        let person: Person =
            maria.post("/api/v1/people", invitation("jan", &["official"])).await.expect(201).read();
        assert_eq!(person.status, PersonStatus::Invited);
        let first = app.mailed_secret().await;
        assert!(app.outbox().await[0].subject.contains("invitation"), "in the reader's language");
        app.pass(1);
        maria.post(&format!("/api/v1/people/{}/invite", person.id), json!({})).await.expect(204);
        let secret = app.mailed_secret().await;

        let mut jan = app.stranger();
        let accept = |secret: &str| json!({ "secret": secret, "password": PASSWORD });
        jan.post("/api/v1/account/password", accept(&first)).await.expect(410);
        jan.post("/api/v1/account/password", accept(&secret)).await.expect(200);
        jan.get("/api/v1/me").await.expect(200);
        let again = maria.post(&format!("/api/v1/people/{}/invite", person.id), json!({})).await;
        assert_eq!(again.code(), Code::Conflict);

        let path = format!("/api/v1/people/{}", person.id);
        let mut second = app.sign_in("jan").await;
        maria.delete(&format!("{path}/sessions")).await.expect(204);
        jan.get("/api/v1/me").await.expect(401);
        second.get("/api/v1/me").await.expect(401);

        let mut jan = app.sign_in("jan").await;
        let token = jan.post("/api/v1/tokens", json!({ "audience": "signalling" })).await.json();
        let changed: Person =
            maria.patch(&path, json!({ "active": false })).await.expect(200).read();
        assert_eq!(changed.status, PersonStatus::Deactivated);
        jan.get("/api/v1/me").await.expect(401);
        let mut by_token = app.stranger().with_bearer(token["token"].as_str().unwrap());
        by_token.get("/api/v1/me").await.expect(401);
        let sign_in = json!({ "email": "jan@urzad.example", "password": PASSWORD });
        let answer = jan.post("/api/v1/session", sign_in).await;
        assert_eq!(answer.code(), Code::BadCredentials);
        let changed: Person =
            maria.patch(&path, json!({ "active": true })).await.expect(200).read();
        assert_eq!(changed.status, PersonStatus::Active);
        app.sign_in("jan").await;

        let log = app.audited(office).await;
        for action in [
            "person_invited",
            "person_activated",
            "session_revoked",
            "person_deactivated",
            "person_reactivated",
        ] {
            assert!(log.contains(&action.to_owned()), "{action} in {log:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_deactivated_invitation_cannot_be_accepted() {
    with_app(async |app| {
        let (_, mut maria) = office_with_admin(&app).await;
        let person: Person =
            maria.post("/api/v1/people", invitation("jan", &["official"])).await.expect(201).read();
        let secret = app.mailed_secret().await;
        let path = format!("/api/v1/people/{}", person.id);
        maria.patch(&path, json!({ "active": false })).await.expect(200);
        let accept = json!({ "secret": secret, "password": PASSWORD });
        app.stranger().post("/api/v1/account/password", accept).await.expect(410);
        let back: Person = maria.patch(&path, json!({ "active": true })).await.expect(200).read();
        assert_eq!(back.status, PersonStatus::Invited, "there is no password to come in with");
    })
    .await;
}

#[tokio::test]
async fn invitations_are_checked() {
    with_app(async |app| {
        let (office, mut maria) = office_with_admin(&app).await;
        let other = app.office("Other").await;
        let foreign = app.department(other, "Foreign").await;
        let own = app.department(office, "Own").await;
        let field = |answer: &support::Answer| {
            let problem = answer.json();
            let field = problem["fields"][0].clone();
            format!("{}: {}", field["field"].as_str().unwrap(), field["reason"].as_str().unwrap())
        };
        let mut with = invitation("maria", &["official"]);
        let taken = maria.post("/api/v1/people", with.clone()).await.expect(422);
        assert_eq!(field(&taken), "email: taken");
        with = invitation("jan", &[]);
        assert_eq!(field(&maria.post("/api/v1/people", with).await.expect(422)), "roles: missing");
        with = invitation("jan", &["official"]);
        with["department"] = json!(foreign);
        let refused = maria.post("/api/v1/people", with.clone()).await.expect(422);
        assert_eq!(field(&refused), "department: unknown");
        with["department"] = json!(own);
        let person: Person = maria.post("/api/v1/people", with).await.expect(201).read();
        assert_eq!(person.department, Some(own));
        assert_eq!(app.outbox().await.len(), 1, "what is refused sends nothing");

        let path = format!("/api/v1/people/{}", person.id);
        maria.patch(&path, json!({ "department": foreign })).await.expect(422);
        let both = json!({ "department": own, "clear_department": true });
        maria.patch(&path, both).await.expect(422);
        let out: Person =
            maria.patch(&path, json!({ "clear_department": true })).await.expect(200).read();
        assert_eq!(out.department, None);
    })
    .await;
}

#[tokio::test]
async fn somebody_always_administers() {
    with_app(async |app| {
        let (office, mut maria) = office_with_admin(&app).await;
        let me = maria.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/people/{me}");
        for change in [json!({ "active": false }), json!({ "roles": ["official"] })] {
            assert_eq!(maria.patch(&path, change).await.code(), Code::Conflict);
        }
        // An invited or deactivated administrator is none, nor is one of another office.
        maria.post("/api/v1/people", invitation("ewa", &["office_admin"])).await.expect(201);
        let other = app.office("Other").await;
        app.person(other, "obcy", &[Role::OfficeAdmin]).await;
        let answer = maria.patch(&path, json!({ "active": false })).await;
        assert_eq!(answer.code(), Code::Conflict);
        app.person(office, "adam", &[Role::OfficeAdmin]).await;
        maria.patch(&path, json!({ "roles": ["official"] })).await.expect(200);
        maria.patch(&path, json!({ "roles": ["office_admin"] })).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn two_administrators_cannot_remove_each_other_at_once() {
    with_app(async |app| {
        let (office, mut maria) = office_with_admin(&app).await;
        let adam_id = app.person(office, "adam", &[Role::OfficeAdmin]).await;
        let mut adam = app.sign_in("adam").await;
        let maria_id = maria.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
        let (paths, change) = (
            [format!("/api/v1/people/{adam_id}"), format!("/api/v1/people/{maria_id}")],
            json!({ "active": false }),
        );
        let (one, two) = tokio::join!(
            maria.patch(&paths[0], change.clone()),
            adam.patch(&paths[1], change.clone())
        );
        let ok = [one.status.as_u16(), two.status.as_u16()].iter().filter(|s| **s == 200).count();
        assert_eq!(ok, 1, "{one:?} {two:?}");
        let mut conn = app.state.db.read().await.unwrap();
        let left = store::count_active_with_role(&mut conn, Some(office), Role::OfficeAdmin).await;
        assert_eq!(left.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn only_operators_make_operators() {
    with_app(async |app| {
        let (office, mut maria) = office_with_admin(&app).await;
        let jan = app.person(office, "jan", &[Role::Official]).await;
        let piotr = app.person(office, "piotr", &[Role::Operator]).await;
        maria.post("/api/v1/people", invitation("x", &["operator"])).await.expect(403);
        let path = |id: PersonId| format!("/api/v1/people/{id}");
        let operator = json!({ "roles": ["official", "operator"] });
        maria.patch(&path(jan), operator.clone()).await.expect(403);
        maria.patch(&path(piotr), json!({ "roles": ["official"] })).await.expect(403);
        maria.patch(&path(piotr), json!({ "active": false })).await.expect(403);
        maria.patch(&path(piotr), json!({ "name": "Piotr" })).await.expect(200);
        app.sign_in("piotr").await.patch(&path(jan), operator.clone()).await.expect(403);

        app.person(office, "olga", &[Role::OfficeAdmin, Role::Operator]).await;
        let mut olga = app.sign_in("olga").await;
        olga.patch(&path(jan), operator).await.expect(200);
        olga.patch(&path(jan), json!({ "active": false })).await.expect(200);
        olga.patch(&path(piotr), json!({ "active": false })).await.expect(200);
        let me = olga.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
        let answer =
            olga.patch(&format!("/api/v1/people/{me}"), json!({ "roles": ["office_admin"] })).await;
        assert_eq!(answer.code(), Code::Conflict, "the last operator of the installation");
    })
    .await;
}

#[tokio::test]
async fn departments_come_and_go() {
    with_app(async |app| {
        let (office, mut maria) = office_with_admin(&app).await;
        let name = |name: &str| json!({ "name": name });
        let made: Department =
            maria.post("/api/v1/departments", name("Wydział Łączności")).await.expect(201).read();
        let taken = maria.post("/api/v1/departments", name("WYDZIAŁ ŁĄCZNOŚCI")).await;
        assert_eq!(taken.expect(422).json()["fields"][0]["reason"], "taken");
        let other = app.office("Other").await;
        app.department(other, "Wydział Geodezji").await;
        maria.post("/api/v1/departments", name("Wydział Geodezji")).await.expect(201);

        let path = format!("/api/v1/departments/{}", made.id);
        maria.patch(&path, name("wydział geodezji")).await.expect(422);
        maria.patch(&path, name("Wydział łączności")).await.expect(200);
        let jan = app.person_in(office, Some(made.id), "jan", &[Role::Official]).await;
        let list: Vec<Department> =
            app.sign_in("jan").await.get("/api/v1/departments").await.expect(200).read();
        let people: Vec<_> = list.iter().map(|d| (d.name.as_str(), d.people)).collect();
        assert_eq!(people, [("Wydział Geodezji", 0), ("Wydział łączności", 1)]);
        assert_eq!(maria.delete(&path).await.code(), Code::Conflict);
        maria.patch(&format!("/api/v1/people/{jan}"), json!({ "active": false })).await.expect(200);
        maria.delete(&path).await.expect(204);
        maria.delete(&path).await.expect(404);
        maria.patch("/api/v1/office", name("Urząd Miasta")).await.expect(200);
        let office_name = maria.get("/api/v1/office").await.json()["name"].clone();
        assert_eq!(office_name, "Urząd Miasta");
    })
    .await;
}

#[tokio::test]
async fn colleagues_are_found_and_others_are_not() {
    with_app(async |app| {
        let (office, mut maria) = office_with_admin(&app).await;
        app.person(office, "Łukasz", &[Role::Official]).await;
        let gone = app.person(office, "gosia", &[Role::Official]).await;
        maria
            .patch(&format!("/api/v1/people/{gone}"), json!({ "active": false }))
            .await
            .expect(200);
        let other = app.office("Other").await;
        app.person(other, "obcy", &[Role::Official]).await;
        app.person(office, "100%", &[Role::Official]).await;

        let names = async |client: &mut Client, query: &str| {
            let people: Vec<Person> =
                client.get(&format!("/api/v1/people?query={query}")).await.expect(200).read();
            people.into_iter().map(|person| person.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&mut maria, "").await, ["100%", "gosia", "maria", "Łukasz"]);
        // "łUK", percent-encoded; and a wildcard stands for itself.
        assert_eq!(names(&mut maria, "%C5%82UK").await, ["Łukasz"]);
        assert_eq!(names(&mut maria, "%25").await, ["100%"]);
        assert_eq!(names(&mut maria, "obcy").await, [""; 0]);
        assert_eq!(names(&mut maria, "urzad.example").await.len(), 4);

        app.person(office, "ola", &[Role::Official]).await;
        let mut ola = app.sign_in("ola").await;
        assert_eq!(names(&mut ola, "gosia").await, [""; 0], "colleagues see who is active");
        let people: Vec<Person> = ola.get("/api/v1/people?query=maria").await.read();
        assert!(people[0].last_seen_at.is_none(), "and not when they were seen");
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_is_read_in_pages_by_its_office_only() {
    with_app(async |app| {
        let (_, mut maria) = office_with_admin(&app).await;
        for n in 0..5 {
            app.pass(1);
            let name = json!({ "name": format!("Department {n}") });
            maria.post("/api/v1/departments", name).await.expect(201);
        }
        let other = app.office("Other").await;
        app.person(other, "obcy", &[Role::OfficeAdmin]).await;
        app.sign_in("obcy").await.patch("/api/v1/office", json!({ "name": "X" })).await.expect(200);

        let mut seen = Vec::new();
        let mut path = "/api/v1/audit?limit=2".to_owned();
        loop {
            let page: AuditPage = maria.get(&path).await.expect(200).read();
            assert!(page.entries.len() <= 2);
            seen.extend(page.entries);
            let Some(next) = page.next else { break };
            path = format!("/api/v1/audit?limit=2&before={next}");
        }
        assert_eq!(seen.len(), 6, "one sign-in, five departments");
        assert!(seen.windows(2).all(|pair| pair[0].seq > pair[1].seq));
        assert_eq!(seen[0].actor_name.as_deref(), Some("maria"));
        assert_eq!(seen[0].network.as_deref(), Some("192.0.2.0/24"));
        assert_eq!(seen[0].details, json!({ "name": "Department 4" }));
        let page: AuditPage = maria.get("/api/v1/audit?action=signed_in").await.read();
        assert_eq!(page.entries.len(), 1);
        maria.get("/api/v1/audit?limit=0").await.expect(422);
        maria.get("/api/v1/audit?action=nothing").await.expect(422);
    })
    .await;
}

#[tokio::test]
async fn nothing_in_the_audit_log_can_be_changed() {
    with_app(async |app| {
        let (office, _) = office_with_admin(&app).await;
        let before = app.audited(office).await;
        let run = async |conn: &mut Conn, sql: &'static str| {
            sqlx::query(sql).execute(&mut *conn).await.map(drop)
        };
        for sql in ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"] {
            let result = transaction!(app.state.db, |conn| { run(conn, sql).await });
            let error = result.expect_err(sql).to_string();
            assert!(error.contains("append-only"), "{error}");
        }
        assert_eq!(app.audited(office).await, before);
        // What comes at every start changes nothing about that.
        audit::protect(&app.state.db).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_operator_reads_the_mailbox_and_retries_mail() {
    with_app(async |app| {
        let (office, mut maria) = office_with_admin(&app).await;
        app.person(office, "piotr", &[Role::Operator]).await;
        let mut piotr = app.sign_in("piotr").await;
        maria.post("/api/v1/people", invitation("jan", &["official"])).await.expect(201);
        let waiting: Vec<OutboxEntry> =
            piotr.get("/api/v1/operator/outbox").await.expect(200).read();
        assert_eq!(waiting.len(), 1);
        piotr
            .post(&format!("/api/v1/operator/outbox/{}/retry", waiting[0].id), json!({}))
            .await
            .expect(204);
        maria.get("/api/v1/operator/outbox").await.expect(403);

        let mailbox = Arc::new(LocalMailbox::new(app.state.db.clone()));
        let clock = Clock::manual(start()).0;
        let worker = Worker::new(app.state.db.clone(), mailbox, clock, &Metrics::new());
        assert_eq!(worker.run_once(app.now()).await.unwrap().sent, 1);
        let list: Vec<MailSummary> = piotr.get("/api/v1/operator/mailbox").await.expect(200).read();
        let path = format!("/api/v1/operator/mailbox/{}", list[0].id);
        let mail: MailContent = piotr.get(&path).await.expect(200).read();
        assert!(mail.text.contains("/account#"));
        let raw = piotr.get(&format!("{path}/raw")).await.expect(200);
        assert_eq!(raw.headers["content-type"], "message/rfc822");
        assert!(String::from_utf8(raw.body).unwrap().contains("jan@urzad.example"));
        let retry = format!("/api/v1/operator/outbox/{}/retry", waiting[0].id);
        piotr.post(&retry, json!({})).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn the_demo_office_is_made_once() {
    with_app(async |app| {
        let made = demo::fill(&app.state, None).await.unwrap().unwrap();
        assert_eq!(made.people.len(), 7);
        assert!(demo::fill(&app.state, None).await.unwrap().is_none());
        assert_eq!(app.signalling.setup_link().await.unwrap(), None);
        let mut passwords: Vec<_> = made.people.iter().map(|p| p.password.clone()).collect();
        passwords.sort();
        passwords.dedup();
        assert_eq!(passwords.len(), 7);
        for person in &made.people {
            let body = json!({ "email": person.email, "password": person.password });
            app.stranger().post("/api/v1/session", body).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn the_demo_office_takes_a_fixed_password() {
    with_app(async |app| {
        let made = demo::fill(&app.state, Some("demo-demo-demo")).await.unwrap().unwrap();
        let body = json!({ "email": made.people[1].email, "password": "demo-demo-demo" });
        app.stranger().post("/api/v1/session", body).await.expect(200);
    })
    .await;
}

#[test]
fn the_migration_has_the_mail_tables_of_the_kit() {
    let migration = include_str!("../migrations/0001_accounts.sql");
    assert!(migration.ends_with(mail::SCHEMA));
}
