//! Other systems get tokens by their secret, for booking and nothing else, until they are revoked.

mod support;

use serde_json::json;
use support::with_app;
use szpon_auth::{Audience, Subject};
use szpon_protocol::{
    Code,
    claims::{Role, Scope},
};

#[tokio::test]
async fn a_system_gets_tokens_until_it_is_revoked() {
    with_app(async |app| {
        let office = app.office("Urząd").await;
        app.person(office, "anna", &[Role::OfficeAdmin]).await;
        app.person(office, "jan", &[Role::Official]).await;
        let mut admin = app.sign_in("anna").await;
        let body = json!({ "name": "EZD", "scopes": ["booking_write", "booking_read"] });
        let mut jan = app.sign_in("jan").await;
        jan.post("/api/v1/systems", body.clone()).await.expect(403);
        let made = admin.post("/api/v1/systems", body).await.expect(201).json();
        let ask = json!({ "secret": made["secret"], "audience": "booking" });
        let mut stranger = app.stranger();
        let issued = stranger.post("/api/v1/systems/token", ask.clone()).await.expect(201).json();
        let token = issued["token"].as_str().unwrap();
        let verified =
            app.state.keys.verifier().verify(token, Audience::Booking, app.now()).unwrap();
        let Subject::System { office: of, scopes, name, .. } = &verified.subject else {
            panic!("{:?}", verified.subject)
        };
        assert_eq!((*of, name.as_str()), (office, "EZD"));
        assert_eq!(scopes, &[Scope::BookingRead, Scope::BookingWrite]);
        let listed = admin.get("/api/v1/systems").await.expect(200).json();
        assert_eq!(listed[0]["last_used_at"], json!(app.now()));
        assert!(!listed.to_string().contains(made["secret"].as_str().unwrap()));

        // For booking only, and with the right secret only.
        let mut bad = ask.clone();
        bad["audience"] = json!("signalling");
        stranger.post("/api/v1/systems/token", bad).await.expect(422);
        let mut bad = ask.clone();
        bad["secret"] = json!("A".repeat(43));
        let refused = stranger.post("/api/v1/systems/token", bad).await.expect(401);
        assert_eq!(refused.code(), Code::BadCredentials);

        let path = format!("/api/v1/systems/{}", made["system"]["id"].as_str().unwrap());
        admin.delete(&path).await.expect(204);
        admin.delete(&path).await.expect(404);
        stranger.post("/api/v1/systems/token", ask).await.expect(401);
        assert_eq!(app.audited(office).await[2..], ["system_added", "system_revoked"]);
    })
    .await;
}
