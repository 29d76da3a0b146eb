//! The second factor: enrolment in two steps, so that nobody locks themselves out with a code that
//! their app never learned.

use axum::{extract::State, http::StatusCode};
use szpon_kit::{
    http::Json,
    problem::{Failure, Result},
    transaction,
};
use szpon_protocol::{
    Code, PersonId,
    account::{Password, TotpCode, TotpEnrolment},
    admin::AuditAction,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{me::confirm_password, store, totp::TotpSecret};
use crate::{AppState, Routes, audit, caller::SignedIn, directory};

pub(super) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(enrol, disable)).routes(routes!(confirm))
}

/// Binds a sealed secret to its person.
fn context(person: PersonId) -> String {
    format!("totp:{person}")
}

/// Opens what [`enrol`] sealed.
pub(super) fn open(state: &AppState, person: PersonId, sealed: &str) -> Result<TotpSecret> {
    let bytes = state.master_key.open(&context(person), sealed).map_err(Failure::internal)?;
    TotpSecret::from_bytes(&bytes)
        .ok_or_else(|| Failure::internal("a sealed one-time secret has the wrong length"))
}

/// A new secret that isn't in force yet.
#[utoipa::path(
    post, path = "/api/v1/me/totp", tag = "account", request_body = Password,
    responses((status = 200, body = TotpEnrolment))
)]
async fn enrol(
    State(state): State<AppState>,
    SignedIn { staff, .. }: SignedIn,
    Json(confirmation): Json<Password>,
) -> Result<Json<TotpEnrolment>> {
    let known = confirm_password(&state, &staff, &confirmation.password).await?;
    if known.totp_secret.is_some() {
        return Err(Failure::conflict().with_detail("switch the present one off first"));
    }
    let secret = TotpSecret::generate();
    let sealed = state.master_key.seal(&context(staff.person), secret.bytes());
    let email = transaction!(state.db, |conn| {
        store::set_totp_pending(conn, staff.office, staff.person, &sealed).await?;
        let person = directory::store::person(conn, staff.office, staff.person).await?;
        Ok::<_, Failure>(person.ok_or_else(Failure::unauthenticated)?.email)
    })?;
    Ok(Json(TotpEnrolment { secret: secret.base32(), uri: secret.uri("SZPoN", &email) }))
}

/// Puts the new secret in force, given its first code.
#[utoipa::path(
    post, path = "/api/v1/me/totp/confirm", tag = "account", request_body = TotpCode,
    responses((status = 204))
)]
async fn confirm(
    State(state): State<AppState>,
    SignedIn { staff, .. }: SignedIn,
    Json(confirmation): Json<TotpCode>,
) -> Result<StatusCode> {
    state.limits.confirm_password.check(&staff.person)?;
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        let known = store::credentials(conn, staff.office, staff.person).await?;
        let known = known.ok_or_else(Failure::unauthenticated)?;
        let Some(sealed) = &known.totp_pending else {
            return Err(Failure::conflict().with_detail("there is no new secret"));
        };
        let secret = open(&state, staff.person, sealed)?;
        let step = secret
            .check(&confirmation.code, now, 0)
            .ok_or_else(|| Failure::new(Code::TotpInvalid))?;
        store::confirm_totp(conn, staff.office, staff.person).await?;
        store::use_totp_step(conn, staff.office, staff.person, step).await?;
        let event = audit::by(&staff, AuditAction::TotpEnabled).on(staff.person);
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches the second factor off.
#[utoipa::path(
    delete, path = "/api/v1/me/totp", tag = "account", request_body = Password,
    responses((status = 204))
)]
async fn disable(
    State(state): State<AppState>,
    SignedIn { staff, .. }: SignedIn,
    Json(confirmation): Json<Password>,
) -> Result<StatusCode> {
    confirm_password(&state, &staff, &confirmation.password).await?;
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        store::clear_totp(conn, staff.office, staff.person).await?;
        let event = audit::by(&staff, AuditAction::TotpDisabled).on(staff.person);
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}
