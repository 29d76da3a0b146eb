//! Signing in and out.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use axum_extra::extract::CookieJar;
use szpon_kit::{
    http::{ClientAddress, Json},
    problem::{Failure, Fields, Result},
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    Code,
    account::{Me, SignIn},
    admin::{AuditAction, PersonStatus},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NewSession, cookie, load_me, second_factor, sessions, store};
use crate::{AppState, Routes, audit, caller::SignedIn};

pub(super) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(sign_out))
}

pub(super) fn public_routes() -> Routes {
    OpenApiRouter::new().routes(routes!(sign_in))
}

/// Signs in. The session that the browser had before ends.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "sign-in", request_body = SignIn,
    responses((status = 200, body = Me))
)]
async fn sign_in(
    State(state): State<AppState>,
    address: ClientAddress,
    jar: CookieJar,
    headers: HeaderMap,
    Json(attempt): Json<SignIn>,
) -> Result<impl IntoResponse> {
    let mut fields = Fields::new();
    let email = fields.email("email", &attempt.email);
    fields.finish()?;
    state.limits.sign_in_network.check(&address.limit_key())?;
    state.limits.sign_in_account.check(&email)?;

    let known = store::credentials_by_email(&mut *state.db.read().await?, &email).await?;
    let active = known.as_ref().filter(|known| known.status == PersonStatus::Active);
    let phc = active.and_then(|known| known.password_hash.as_deref());
    let right = state.passwords.verify(&attempt.password, phc).await?;
    let now = state.clock.now();
    let (Some(person), true) = (active, right) else {
        failed(&state, known.as_ref(), address, "password").await?;
        return Err(Failure::new(Code::BadCredentials));
    };
    let step = match (&person.totp_secret, &attempt.totp) {
        (None, _) => None,
        (Some(_), None) => return Err(Failure::new(Code::TotpRequired)),
        (Some(sealed), Some(code)) => {
            let secret = second_factor::open(&state, person.person, sealed)?;
            let step = secret.check(code, now, person.totp_last_step);
            if step.is_none() {
                failed(&state, known.as_ref(), address, "code").await?;
                return Err(Failure::new(Code::TotpInvalid));
            }
            step
        }
    };

    let former = jar.get(cookie::name(&state.settings)).and_then(|c| Secret::parse(c.value()));
    let session = NewSession::new(&headers);
    let me = transaction!(state.db, |conn| {
        // Two sign-ins with one code: only the first one finds it unused.
        if let Some(step) = step
            && !store::use_totp_step(conn, person.office, person.person, step).await?
        {
            return Err(Failure::new(Code::TotpInvalid));
        }
        if let Some(former) = &former {
            sessions::delete_by_secret(conn, &former.hash()).await?;
        }
        session.insert(conn, &state, person.person, now).await?;
        let event = audit::by_system(AuditAction::SignedIn)
            .in_office(person.office)
            .actor(person.person)
            .on(session.id)
            .from_network(address.shortened());
        audit::record(conn, event, now).await?;
        load_me(conn, &state, person.office, person.person).await
    })?;
    Ok((session.cookie(&state), Json(me)))
}

/// Into the log of the office, when the address belongs to one. The address itself isn't written:
/// people type their password there by mistake.
async fn failed(
    state: &AppState,
    known: Option<&store::Credentials>,
    address: ClientAddress,
    wrong: &'static str,
) -> Result<()> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        let mut event = audit::by_system(AuditAction::SignInFailed)
            .from_network(address.shortened())
            .with(serde_json::json!({ "wrong": wrong }));
        if let Some(known) = known {
            event = event.in_office(known.office).on(known.person);
        }
        audit::record(conn, event, now).await?;
        Ok(())
    })
}

/// Ends the session.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "sign-in", responses((status = 204))
)]
async fn sign_out(
    State(state): State<AppState>,
    SignedIn { staff, session }: SignedIn,
) -> Result<impl IntoResponse> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        sessions::delete(conn, staff.person, session).await?;
        audit::record(conn, audit::by(&staff, AuditAction::SignedOut).on(session), now).await?;
        Ok::<_, Failure>(())
    })?;
    let jar = CookieJar::new().add(cookie::clear(&state.settings));
    Ok((StatusCode::NO_CONTENT, jar))
}
