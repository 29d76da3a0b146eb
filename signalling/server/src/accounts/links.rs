//! Links by mail: invitations and password resets.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use szpon_kit::{
    db::Conn,
    http::{ClientAddress, Json},
    mail::{Address, outbox},
    problem::{Failure, Fields, Result},
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    Code, Time,
    account::{AccountLinkInfo, AccountLinkPurpose, AccountSecret, Me, RequestReset, SetPassword},
    admin::{AuditAction, PersonStatus},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NewSession, load_me, mails, millis, password::check_strength, sessions, store};
use crate::{AppState, Routes, audit, directory, directory::PersonRecord};

pub(super) fn public_routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(look_up))
        .routes(routes!(set_password))
        .routes(routes!(request_reset))
}

/// Sends the invitation to an invited person. Earlier ones stop working.
pub async fn invite(
    conn: &mut Conn,
    state: &AppState,
    person: &PersonRecord,
    now: Time,
) -> Result<()> {
    let lifetime = state.settings.invitation_lifetime;
    send_link(conn, state, person, AccountLinkPurpose::Invitation, lifetime, now).await
}

async fn send_link(
    conn: &mut Conn,
    state: &AppState,
    person: &PersonRecord,
    purpose: AccountLinkPurpose,
    lifetime: Duration,
    now: Time,
) -> Result<()> {
    let secret = Secret::generate();
    let expires_at = now.plus_millis(millis(lifetime));
    store::put_link(conn, person.id, purpose, &secret.hash(), now, expires_at).await?;
    let link = format!("{}/account#{}", state.settings.public_url, secret.reveal());
    let mail = mails::compose(&mails::Letter {
        purpose,
        from: state.mail.from_named(&person.office_name),
        to: Address::new(person.name.clone(), person.email.clone()),
        office: &person.office_name,
        link: &link,
        expires_at,
        language: person.language,
    });
    outbox::enqueue(conn, &mail, now).await?;
    Ok(())
}

/// The link that a secret opens, while it does.
async fn find(
    conn: &mut Conn,
    secret: &str,
    now: Time,
) -> Result<(store::AccountLink, PersonRecord)> {
    let gone = || Failure::new(Code::TokenExpired);
    let secret = Secret::parse(secret.trim()).ok_or_else(gone)?;
    let link = store::link(conn, &secret.hash(), now).await?.ok_or_else(gone)?;
    let person = directory::store::person(conn, link.office, link.person).await?;
    Ok((link, person.ok_or_else(gone)?))
}

/// What a link from a mail stands for.
#[utoipa::path(
    post, path = "/api/v1/account/lookup", tag = "account", request_body = AccountSecret,
    responses((status = 200, body = AccountLinkInfo))
)]
async fn look_up(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(wanted): Json<AccountSecret>,
) -> Result<Json<AccountLinkInfo>> {
    state.limits.account_secret.check(&address.limit_key())?;
    let mut conn = state.db.read().await?;
    let (link, person) = find(&mut conn, &wanted.secret, state.clock.now()).await?;
    Ok(Json(AccountLinkInfo {
        purpose: link.purpose,
        email: person.email,
        name: person.name,
        office_name: person.office_name,
        language: person.language,
    }))
}

/// Accepts an invitation or resets a password, and signs in. Every other session ends.
///
/// With a second factor the new password is set, but the answer is `totp_required` and there is no
/// session: who reads somebody's mail doesn't have their phone.
#[utoipa::path(
    post, path = "/api/v1/account/password", tag = "account", request_body = SetPassword,
    responses((status = 200, body = Me))
)]
async fn set_password(
    State(state): State<AppState>,
    address: ClientAddress,
    headers: HeaderMap,
    Json(wanted): Json<SetPassword>,
) -> Result<impl IntoResponse> {
    state.limits.account_secret.check(&address.limit_key())?;
    let now = state.clock.now();
    let mut conn = state.db.read().await?;
    let (_, person) = find(&mut conn, &wanted.secret, now).await?;
    drop(conn);
    let about = [person.name.as_str(), person.email.as_str()];
    check_strength(&wanted.password, state.settings.password_min_chars, &about)?;
    let phc = state.passwords.hash(&wanted.password).await?;
    let session = NewSession::new(&headers);
    let me = transaction!(state.db, |conn| {
        // Once more: a link works once.
        let (link, person) = find(conn, &wanted.secret, now).await?;
        store::set_password(conn, link.office, link.person, &phc).await?;
        store::delete_links(conn, link.person).await?;
        sessions::delete_others(conn, link.person, None).await?;
        let action = match link.purpose {
            AccountLinkPurpose::Invitation => AuditAction::PersonActivated,
            AccountLinkPurpose::PasswordReset => AuditAction::PasswordChanged,
        };
        let event = |action| {
            audit::by_system(action)
                .in_office(link.office)
                .actor(link.person)
                .from_network(address.shortened())
        };
        audit::record(conn, event(action).on(link.person), now).await?;
        if person.totp_enabled {
            return Ok::<_, Failure>(None);
        }
        session.insert(conn, &state, link.person, now).await?;
        audit::record(conn, event(AuditAction::SignedIn).on(session.id), now).await?;
        load_me(conn, &state, link.office, link.person).await.map(Some)
    })?;
    let me = me.ok_or_else(|| {
        Failure::new(Code::TotpRequired).with_detail("the password is set; sign in with a code")
    })?;
    Ok((session.cookie(&state), Json(me)))
}

/// Sends a link to set a new password, if the address is one of ours. The answer doesn't tell, and
/// either way one transaction is written, so that its time doesn't tell either.
#[utoipa::path(
    post, path = "/api/v1/account/reset", tag = "account", request_body = RequestReset,
    responses((status = 202))
)]
async fn request_reset(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(wanted): Json<RequestReset>,
) -> Result<StatusCode> {
    let mut fields = Fields::new();
    let email = fields.email("email", &wanted.email);
    fields.finish()?;
    state.limits.reset_network.check(&address.limit_key())?;
    state.limits.reset_account.check(&email)?;
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        let person = directory::store::person_by_email(conn, &email).await?;
        let mut event =
            audit::by_system(AuditAction::PasswordResetRequested).from_network(address.shortened());
        if let Some(person) = person.filter(|person| person.status == PersonStatus::Active) {
            let lifetime = state.settings.reset_lifetime;
            let purpose = AccountLinkPurpose::PasswordReset;
            send_link(conn, &state, &person, purpose, lifetime, now).await?;
            event = event.in_office(person.office).on(person.id);
        }
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    state.mail.wake();
    Ok(StatusCode::ACCEPTED)
}
