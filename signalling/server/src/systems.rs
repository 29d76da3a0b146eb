//! Other systems of the administration: made by an office administrator, they get tokens for a service
//! with their secret, and may do there what their scopes say.

mod store;

use axum::{extract::State, http::StatusCode};
use szpon_kit::{
    http::{ClientAddress, Json, Path},
    problem::{Failure, Fields, Result},
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    Code, SystemId,
    account::IssuedToken,
    admin::AuditAction,
    claims::{Audience, Subject},
    problem::FieldReason,
    systems::{NewSystem, NewSystemCreated, System, SystemTokenRequest},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{AppState, Routes, audit, caller::OfficeAdmin};

/// Systems of one office.
const SYSTEMS_MAX: usize = 100;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

pub(crate) fn public_routes() -> Routes {
    OpenApiRouter::new().routes(routes!(issue_token))
}

/// Systems that act for the office, by name.
#[utoipa::path(
    get, path = "/api/v1/systems", operation_id = "list_systems", tag = "administration",
    responses((status = 200, body = Vec<System>))
)]
async fn list(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
) -> Result<Json<Vec<System>>> {
    Ok(Json(store::of_office(&mut *state.db.read().await?, staff.office).await?))
}

/// Makes a system. Its secret is shown this once.
#[utoipa::path(
    post, path = "/api/v1/systems", operation_id = "create_system", tag = "administration",
    request_body = NewSystem, responses((status = 201, body = NewSystemCreated))
)]
async fn create(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(new): Json<NewSystem>,
) -> Result<(StatusCode, Json<NewSystemCreated>)> {
    let now = state.clock.now();
    let mut fields = Fields::new();
    let name = fields.line("name", &new.name, 1..=120);
    let mut scopes = new.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        fields.refuse("scopes", FieldReason::Missing);
    }
    fields.finish()?;
    let secret = Secret::generate();
    let system = System { id: SystemId::new(), name, scopes, created_at: now, last_used_at: None };
    transaction!(state.db, |conn| {
        if store::of_office(conn, staff.office).await?.len() >= SYSTEMS_MAX {
            return Err(Failure::conflict().with_detail("the office has as many as it may"));
        }
        store::insert(conn, staff.office, &system, &secret.hash()).await?;
        let event = audit::by(&staff, AuditAction::SystemAdded).on(system.id);
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok((StatusCode::CREATED, Json(NewSystemCreated { system, secret: secret.reveal() })))
}

/// A system gets no more tokens. One that it has lives for minutes.
#[utoipa::path(
    delete, path = "/api/v1/systems/{system}", operation_id = "revoke_system",
    tag = "administration", params(("system" = SystemId, Path)), responses((status = 204))
)]
async fn revoke(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(system): Path<SystemId>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        if !store::revoke(conn, staff.office, system, now).await? {
            return Err(Failure::not_found());
        }
        let event = audit::by(&staff, AuditAction::SystemRevoked).on(system);
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// A token for a service, for whoever has a system's secret.
#[utoipa::path(
    post, path = "/api/v1/systems/token", operation_id = "issue_system_token", tag = "tokens",
    request_body = SystemTokenRequest, responses((status = 201, body = IssuedToken))
)]
async fn issue_token(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(wanted): Json<SystemTokenRequest>,
) -> Result<(StatusCode, Json<IssuedToken>)> {
    state.limits.account_secret.check(&address.limit_key())?;
    let now = state.clock.now();
    let unknown = || Failure::new(Code::BadCredentials);
    let secret = Secret::parse(&wanted.secret).ok_or_else(unknown)?;
    // Nothing here is done for an office by a machine.
    if wanted.audience != Audience::Booking {
        return Err(Failure::field("audience", FieldReason::Unknown));
    }
    let found = transaction!(state.db, |conn| { store::used(conn, &secret.hash(), now).await })?;
    let (office, system) = found.ok_or_else(unknown)?;
    let subject =
        Subject::System { system: system.id, name: system.name, office, scopes: system.scopes };
    let signed = state.keys.sign(wanted.audience, subject, szpon_auth::MAX_LIFETIME_SECS)?;
    let issued = IssuedToken { token: signed.token, expires_at: signed.expires_at };
    Ok((StatusCode::CREATED, Json(issued)))
}
