//! Set-up, sign-in, sessions, second factor, links by mail.

mod support;

use serde_json::json;
use support::{App, PASSWORD, with_app};
use szpon_kit::{secrets::MasterKey, testing};
use szpon_protocol::{
    Code, Time,
    account::{AccountLinkInfo, Me, SessionInfo, TotpEnrolment},
    claims::Role,
};
use szpon_signalling::{MIGRATOR, accounts::totp::TotpSecret};

const NEW_PASSWORD: &str = "brązowy kalosz 9";

fn credentials(name: &str, password: &str) -> serde_json::Value {
    json!({ "email": format!("{name}@urzad.example"), "password": password })
}

async fn app_with_anna(app: &App) {
    let office = app.office("Urząd").await;
    app.person(office, "anna", &[Role::Official]).await;
}

#[tokio::test]
async fn the_first_start_makes_one_administrator() {
    with_app(async |app| {
        let mut browser = app.stranger();
        assert_eq!(browser.get("/api/v1/setup").await.json(), json!({ "needed": true }));
        let former = app.signalling.setup_link().await.unwrap().unwrap();
        let link = app.signalling.setup_link().await.unwrap().unwrap();
        let secret_of = |link: &str| link.split_once("/setup#").unwrap().1.to_owned();
        let body = |secret: &str| {
            json!({
                "secret": secret, "office_name": "Urząd Gminy", "name": "Maria Wiśniewska",
                "email": "Maria@Urzad.example", "password": PASSWORD, "language": "pl",
            })
        };
        for wrong in ["", "x", &secret_of(&former)] {
            let answer = browser.post("/api/v1/setup", body(wrong)).await;
            assert_eq!(answer.code(), Code::TokenExpired, "{wrong}");
        }
        let mut weak = body(&secret_of(&link));
        weak["password"] = "hasło".into();
        assert_eq!(browser.post("/api/v1/setup", weak).await.code(), Code::PasswordWeak);

        let me: Me =
            browser.post("/api/v1/setup", body(&secret_of(&link))).await.expect(201).read();
        assert_eq!(me.email, "maria@urzad.example");
        assert_eq!(me.roles, [Role::Official, Role::OfficeAdmin, Role::Operator]);
        assert!(me.local_mailbox);
        assert_eq!(browser.get("/api/v1/me").await.expect(200).read::<Me>(), me);
        assert_eq!(browser.get("/api/v1/setup").await.json(), json!({ "needed": false }));
        let again = browser.post("/api/v1/setup", body(&secret_of(&link))).await;
        assert_eq!(again.code(), Code::SetupDone);
        assert_eq!(app.signalling.setup_link().await.unwrap(), None);
        assert_eq!(
            app.audited(me.office).await,
            ["office_created", "person_activated", "signed_in"]
        );
    })
    .await;
}

#[tokio::test]
async fn wrong_credentials_are_not_told_apart() {
    with_app(async |app| {
        let office = app.office("Urząd").await;
        app.person(office, "anna", &[Role::Official]).await;
        let mut browser = app.stranger();
        let answers = [
            browser.post("/api/v1/session", credentials("anna", "wrong")).await,
            browser.post("/api/v1/session", credentials("nobody", PASSWORD)).await,
        ];
        for answer in &answers {
            assert_eq!((answer.status.as_u16(), answer.code()), (401, Code::BadCredentials));
        }
        assert_eq!(answers[0].body, answers[1].body);
        assert!(browser.cookie.is_none());
        assert_eq!(app.audited(office).await, ["sign_in_failed"]);

        let answer = browser.post("/api/v1/session", credentials("Anna", PASSWORD)).await;
        let cookie = answer.expect(200).headers["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.starts_with("szpon_session="), "{cookie}");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert!(!cookie.contains("Secure"), "plain http on a developer's machine");
        browser.get("/api/v1/me").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn behind_https_the_cookie_is_bound_to_the_host() {
    let (db, _dir) = testing::sqlite(&MIGRATOR).await;
    let app = App::open_with(db, MasterKey::ephemeral(), "https://urzad.example").await;
    app_with_anna(&app).await;
    let mut browser = app.stranger();
    let answer = browser.post("/api/v1/session", credentials("anna", PASSWORD)).await.expect(200);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-szpon_session="), "{cookie}");
    assert!(cookie.contains("Secure") && cookie.contains("Path=/"), "{cookie}");
    browser.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn signing_in_again_ends_the_former_session_of_the_browser() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let first = app.sign_in("anna").await;
        let mut browser = first.clone();
        browser.post("/api/v1/session", credentials("anna", PASSWORD)).await.expect(200);
        assert_ne!(browser.cookie, first.cookie);
        browser.get("/api/v1/me").await.expect(200);
        first.clone().get("/api/v1/me").await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn sessions_end_by_idleness_by_age_and_by_hand() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let mut idle = app.sign_in("anna").await;
        let mut busy = app.sign_in("anna").await;
        for _ in 0..9 {
            app.pass(3600);
            busy.get("/api/v1/me").await.expect(200);
        }
        assert_eq!(idle.get("/api/v1/me").await.expect(401).code(), Code::Unauthenticated);
        for _ in 0..(7 * 24 - 9) {
            app.pass(3600);
            busy.get("/api/v1/me").await;
        }
        busy.get("/api/v1/me").await.expect(401);

        let mut one = app.sign_in("anna").await;
        let mut two = app.sign_in("anna").await;
        let mut three = app.sign_in("anna").await;
        let list: Vec<SessionInfo> = one.get("/api/v1/me/sessions").await.expect(200).read();
        assert_eq!(list.len(), 3);
        assert_eq!(list.iter().filter(|session| session.current).count(), 1);

        let of_two: Vec<SessionInfo> = two.get("/api/v1/me/sessions").await.read();
        let id = of_two.iter().find(|session| session.current).unwrap().id;
        one.delete(&format!("/api/v1/me/sessions/{id}")).await.expect(204);
        one.delete(&format!("/api/v1/me/sessions/{id}")).await.expect(404);
        two.get("/api/v1/me").await.expect(401);
        one.delete("/api/v1/me/sessions").await.expect(204);
        three.get("/api/v1/me").await.expect(401);

        let kept = one.clone();
        one.delete("/api/v1/session").await.expect(204);
        assert!(one.cookie.is_none(), "the browser forgets it");
        kept.clone().get("/api/v1/me").await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn a_cookie_that_another_site_sends_does_nothing() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let mut anna = app.sign_in("anna").await;
        anna.headers = vec![("sec-fetch-site".into(), "cross-site".into())];
        anna.delete("/api/v1/session").await.expect(403);
        anna.headers = vec![("origin".into(), "https://evil.example".into())];
        anna.delete("/api/v1/session").await.expect(403);
        anna.headers.clear();
        anna.get("/api/v1/me").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn attempts_are_limited_by_account_and_by_network() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let mut attacker = app.stranger();
        let mut refused = 0;
        for n in 0..12u8 {
            // Another address each time doesn't help against one account.
            attacker.address = [198, 51, 100, n].into();
            let answer = attacker.post("/api/v1/session", credentials("anna", "guess")).await;
            if answer.code() == Code::RateLimited {
                assert_eq!(answer.status.as_u16(), 429);
                assert!(answer.headers.contains_key("retry-after"));
                refused += 1;
            }
        }
        assert_eq!(refused, 2);
        app.pass(31);
        app.sign_in("anna").await;

        let mut seen = Vec::new();
        for n in 0..101 {
            // Addresses that are refused before any password is hashed.
            let body = json!({ "secret": format!("{n:043}") });
            seen.push(attacker.post("/api/v1/account/lookup", body).await.code());
        }
        assert_eq!(seen.iter().filter(|code| **code == Code::TokenExpired).count(), 30);
        assert_eq!(*seen.last().unwrap(), Code::RateLimited);
    })
    .await;
}

#[tokio::test]
async fn names_and_languages_change() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let mut anna = app.sign_in("anna").await;
        let me: Me = anna
            .patch("/api/v1/me", json!({ "name": " Anna Nowak ", "language": "uk" }))
            .await
            .expect(200)
            .read();
        assert_eq!(
            (me.name.as_str(), me.language),
            ("Anna Nowak", szpon_protocol::account::Language::Uk)
        );
        let answer = anna.patch("/api/v1/me", json!({ "name": " " })).await;
        assert_eq!(answer.expect(422).json()["fields"][0]["field"], "name");
        let answer = anna.patch("/api/v1/me", json!({ "nick": "x" })).await;
        assert_eq!(answer.expect(422).json()["fields"][0]["reason"], "unknown");
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_other_sessions() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let (mut anna, mut other) = (app.sign_in("anna").await, app.sign_in("anna").await);
        let change = |current: &str, new: &str| json!({ "current": current, "new": new });
        let path = "/api/v1/me/password";
        let wrong = anna.post(path, change("wrong", NEW_PASSWORD)).await;
        assert_eq!(wrong.code(), Code::BadCredentials);
        let weak = anna.post(path, change(PASSWORD, "anna12345678")).await;
        assert_eq!(weak.code(), Code::PasswordWeak);
        anna.post(path, change(PASSWORD, NEW_PASSWORD)).await.expect(204);
        anna.get("/api/v1/me").await.expect(200);
        other.get("/api/v1/me").await.expect(401);
        other.post("/api/v1/session", credentials("anna", PASSWORD)).await.expect(401);
        other.post("/api/v1/session", credentials("anna", NEW_PASSWORD)).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_each_code_counts_once() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let mut anna = app.sign_in("anna").await;
        let password = json!({ "password": PASSWORD });
        let wrong = anna.post("/api/v1/me/totp", json!({ "password": "wrong" })).await;
        assert_eq!(wrong.code(), Code::BadCredentials);
        let enrolment: TotpEnrolment =
            anna.post("/api/v1/me/totp", password.clone()).await.expect(200).read();
        assert!(enrolment.uri.contains(&enrolment.secret));
        // Not in force yet.
        app.sign_in("anna").await;

        let secret = base32(&enrolment.secret);
        let confirm = async |anna: &mut support::Client, code: &str| {
            anna.post("/api/v1/me/totp/confirm", json!({ "code": code })).await
        };
        assert_eq!(confirm(&mut anna, "000000").await.code(), Code::TotpInvalid);
        let first_code = secret.code(app.now());
        confirm(&mut anna, &first_code).await.expect(204);
        assert_eq!(confirm(&mut anna, &first_code).await.code(), Code::Conflict);
        assert!(anna.get("/api/v1/me").await.read::<Me>().totp_enabled);
        let again = anna.post("/api/v1/me/totp", password.clone()).await;
        assert_eq!(again.code(), Code::Conflict);

        let mut browser = app.stranger();
        let mut sign_in = credentials("anna", PASSWORD);
        let without = browser.post("/api/v1/session", sign_in.clone()).await;
        assert_eq!(without.code(), Code::TotpRequired);
        sign_in["totp"] = first_code.into();
        let used = browser.post("/api/v1/session", sign_in.clone()).await;
        assert_eq!(used.code(), Code::TotpInvalid, "it was used to confirm");
        app.pass(30);
        sign_in["totp"] = secret.code(app.now()).into();
        browser.post("/api/v1/session", sign_in.clone()).await.expect(200);
        let replayed = app.stranger().post("/api/v1/session", sign_in.clone()).await;
        assert_eq!(replayed.code(), Code::TotpInvalid);
        // A right code with a wrong password says nothing about the code.
        app.pass(30);
        let mut wrong = credentials("anna", "wrong");
        wrong["totp"] = secret.code(app.now()).into();
        let answer = app.stranger().post("/api/v1/session", wrong).await;
        assert_eq!(answer.code(), Code::BadCredentials);

        let answer = browser.call("DELETE", "/api/v1/me/totp", Some(password)).await;
        answer.expect(204);
        app.sign_in("anna").await;
    })
    .await;
}

/// RFC 4648, section 6.
fn base32(text: &str) -> TotpSecret {
    let bits: String = text
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' => format!("{:05b}", byte - b'A'),
            _ => format!("{:05b}", byte - b'2' + 26),
        })
        .collect();
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    TotpSecret::from_bytes(&bytes).unwrap()
}

#[tokio::test]
async fn second_factor_secrets_are_not_readable_in_the_database() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let mut anna = app.sign_in("anna").await;
        let enrolment: TotpEnrolment =
            anna.post("/api/v1/me/totp", json!({ "password": PASSWORD })).await.expect(200).read();
        let mut conn = app.state.db.read().await.unwrap();
        let (sealed,): (String,) =
            sqlx::query_as("SELECT totp_pending FROM people").fetch_one(&mut *conn).await.unwrap();
        assert!(!sealed.contains(&enrolment.secret) && sealed.len() > 40, "{sealed}");
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_mail() {
    with_app(async |app| {
        let office = app.office("Urząd").await;
        app.person(office, "anna", &[Role::Official]).await;
        let mut old = app.sign_in("anna").await;
        let mut browser = app.stranger();
        let ask = |email: &str| json!({ "email": email });
        let path = "/api/v1/account/reset";
        let known = browser.post(path, ask("anna@urzad.example")).await.expect(202);
        let unknown = browser.post(path, ask("nobody@urzad.example")).await.expect(202);
        assert_eq!(known.body, unknown.body);
        assert_eq!(app.outbox().await.len(), 1);
        let former = app.mailed_secret().await;
        app.pass(1);
        browser.post(path, ask("anna@urzad.example")).await.expect(202);
        let secret = app.mailed_secret().await;

        let look = async |secret: &str| {
            app.stranger().post("/api/v1/account/lookup", json!({ "secret": secret })).await
        };
        assert_eq!(look(&former).await.code(), Code::TokenExpired, "replaced by the newer one");
        let info: AccountLinkInfo = look(&secret).await.expect(200).read();
        assert_eq!(info.email, "anna@urzad.example");

        let set = |password: &str| json!({ "secret": secret, "password": password });
        let weak = browser.post("/api/v1/account/password", set("short")).await;
        assert_eq!(weak.code(), Code::PasswordWeak);
        browser.post("/api/v1/account/password", set(NEW_PASSWORD)).await.expect(200);
        browser.get("/api/v1/me").await.expect(200);
        old.get("/api/v1/me").await.expect(401);
        let again = app.stranger().post("/api/v1/account/password", set("inny kalosz 11")).await;
        assert_eq!(again.code(), Code::TokenExpired, "a link works once");
        let log = app.audited(office).await;
        assert_eq!(
            log,
            [
                "signed_in",
                "password_reset_requested",
                "password_reset_requested",
                "password_changed",
                "signed_in"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn reset_links_run_out_and_are_limited() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let mut browser = app.stranger();
        let ask = json!({ "email": "anna@urzad.example" });
        browser.post("/api/v1/account/reset", ask.clone()).await.expect(202);
        let secret = app.mailed_secret().await;
        app.pass(3600);
        let answer = browser.post("/api/v1/account/lookup", json!({ "secret": secret })).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (410, Code::TokenExpired));
        for expected in [202, 202, 202, 429] {
            browser.post("/api/v1/account/reset", ask.clone()).await.expect(expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_reset_does_not_get_around_the_second_factor() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let mut anna = app.sign_in("anna").await;
        let enrolment: TotpEnrolment =
            anna.post("/api/v1/me/totp", json!({ "password": PASSWORD })).await.expect(200).read();
        let secret = base32(&enrolment.secret);
        anna.post("/api/v1/me/totp/confirm", json!({ "code": secret.code(app.now()) }))
            .await
            .expect(204);
        let mut thief = app.stranger();
        thief
            .post("/api/v1/account/reset", json!({ "email": "anna@urzad.example" }))
            .await
            .expect(202);
        let link = app.mailed_secret().await;
        let answer = thief
            .post("/api/v1/account/password", json!({ "secret": link, "password": NEW_PASSWORD }))
            .await;
        assert_eq!(answer.code(), Code::TotpRequired);
        assert!(thief.cookie.is_none());
        app.pass(30);
        let mut sign_in = credentials("anna", NEW_PASSWORD);
        sign_in["totp"] = secret.code(app.now()).into();
        app.stranger().post("/api/v1/session", sign_in).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn tokens_are_for_one_service_and_survive_a_restart() {
    let (db, dir) = testing::sqlite(&MIGRATOR).await;
    let key_file = dir.path().join("master.key");
    let open = async || {
        let key = MasterKey::load_or_create(&key_file).unwrap();
        App::open_with(db.clone(), key, support::PUBLIC_URL).await
    };
    let app = open().await;
    app_with_anna(&app).await;
    let mut anna = app.sign_in("anna").await;
    let issued = anna.post("/api/v1/tokens", json!({ "audience": "sfu" })).await.expect(201).json();
    let token = issued["token"].as_str().unwrap();
    let expires: Time = serde_json::from_value(issued["expires_at"].clone()).unwrap();
    assert_eq!(expires.since(app.now()), 600_000);

    let restarted = open().await;
    let verifier = restarted.signalling.verifier();
    verifier.verify(token, szpon_auth::Audience::Sfu, app.now()).unwrap();
    let jwks = restarted.stranger().get("/.well-known/jwks.json").await.expect(200);
    let keys = szpon_auth::KeySet::from_jwks(&jwks.body).unwrap();
    assert_eq!(keys, verifier.keys());

    // A token for signalling stands for the person, but can't make further tokens.
    let own = anna.post("/api/v1/tokens", json!({ "audience": "signalling" })).await.json();
    let mut service = restarted.stranger().with_bearer(own["token"].as_str().unwrap());
    service.get("/api/v1/me").await.expect(200);
    service.post("/api/v1/tokens", json!({ "audience": "sfu" })).await.expect(403);
    restarted.stranger().with_bearer(token).get("/api/v1/me").await.expect(401);
}

#[tokio::test]
async fn keys_rotate_without_a_token_being_refused() {
    with_app(async |app| {
        app_with_anna(&app).await;
        let state = &app.state;
        let verifier = app.signalling.verifier();
        let first = verifier.keys();
        let mut tokens: Vec<(String, u64)> = Vec::new();
        // A day before the end of the first key and two after it, in steps of five minutes: the tokens
        // of streams live for a day, and the key is published as long.
        app.pass(29 * 24 * 3600);
        for step in 0..(3 * 24 * 12) {
            state.keys.refresh(&state.db, &state.master_key).await.unwrap();
            let signed = state.keys.service_token("test", szpon_auth::Audience::Sfu).unwrap();
            tokens.push((signed.token, step));
            for (token, made) in tokens.iter().filter(|(_, made)| (step - made) * 300 < 600) {
                verifier
                    .verify(token, szpon_auth::Audience::Sfu, app.now())
                    .unwrap_or_else(|error| panic!("made at {made}, step {step}: {error}"));
            }
            app.pass(300);
        }
        assert_eq!(verifier.keys().keys().len(), 1);
        assert_ne!(verifier.keys(), first);
        let mut conn = state.db.read().await.unwrap();
        let rotated = sqlx::query("SELECT seq FROM audit_log WHERE action = 'key_rotated'")
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        assert_eq!(rotated.len(), 2, "the first key and its successor");
    })
    .await;
}
