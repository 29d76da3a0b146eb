//! The first start: a one-time link makes the first office and its administrator.

use axum::{extract::State, http::HeaderMap, http::StatusCode, response::IntoResponse};
use szpon_kit::{
    http::{ClientAddress, Json},
    problem::{Failure, Fields, Result},
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    Code, OfficeId, PersonId,
    account::{Me, Setup, SetupState},
    admin::AuditAction,
    claims::Role,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NewSession, load_me, password::check_strength, store};
use crate::{AppState, Routes, audit, directory};

pub(super) fn public_routes() -> Routes {
    OpenApiRouter::new().routes(routes!(setup_state, set_up))
}

/// See [`Signalling::setup_link`](crate::Signalling::setup_link).
pub async fn new_link(state: &AppState) -> Result<Option<String>> {
    let secret = Secret::generate();
    let needed = transaction!(state.db, |conn| {
        let needed = !directory::store::anyone(conn).await?;
        if needed {
            store::put_setup_link(conn, &secret.hash()).await?;
        }
        Ok::<_, Failure>(needed)
    })?;
    Ok(needed.then(|| format!("{}/setup#{}", state.settings.public_url, secret.reveal())))
}

/// Whether the installation still waits for its first administrator.
#[utoipa::path(
    get, path = "/api/v1/setup", tag = "set-up", responses((status = 200, body = SetupState))
)]
async fn setup_state(State(state): State<AppState>) -> Result<Json<SetupState>> {
    let needed = !directory::store::anyone(&mut *state.db.read().await?).await?;
    Ok(Json(SetupState { needed }))
}

/// Makes the first office and its first administrator, who is also operator.
#[utoipa::path(
    post, path = "/api/v1/setup", tag = "set-up", request_body = Setup,
    responses((status = 201, body = Me))
)]
async fn set_up(
    State(state): State<AppState>,
    address: ClientAddress,
    headers: HeaderMap,
    Json(setup): Json<Setup>,
) -> Result<impl IntoResponse> {
    state.limits.account_secret.check(&address.limit_key())?;
    let mut fields = Fields::new();
    let office_name = fields.line("office_name", &setup.office_name, 1..=200);
    let name = fields.line("name", &setup.name, 1..=120);
    let email = fields.email("email", &setup.email);
    fields.finish()?;
    check_strength(&setup.password, state.settings.password_min_chars, &[&name, &email])?;

    let secret = Secret::parse(setup.secret.trim());
    // Nobody without the secret makes us hash.
    if directory::store::anyone(&mut *state.db.read().await?).await? {
        return Err(Failure::new(Code::SetupDone));
    }
    let secret_hash = secret.ok_or_else(|| Failure::new(Code::TokenExpired))?.hash();
    let phc = state.passwords.hash(&setup.password).await?;
    let (office, person) = (OfficeId::new(), PersonId::new());
    let session = NewSession::new(&headers);
    let now = state.clock.now();
    let me = transaction!(state.db, |conn| {
        if directory::store::anyone(conn).await? {
            return Err(Failure::new(Code::SetupDone));
        }
        if !store::take_setup_link(conn, &secret_hash).await? {
            return Err(Failure::new(Code::TokenExpired));
        }
        directory::store::insert_office(conn, office, &office_name, now).await?;
        let first = directory::store::NewPerson {
            id: person,
            office,
            department: None,
            name: &name,
            email: &email,
            language: setup.language,
            roles: &[Role::Official, Role::OfficeAdmin, Role::Operator],
            password_hash: Some(&phc),
        };
        directory::store::insert_person(conn, &first, now).await?;
        session.insert(conn, &state, person, now).await?;
        for (action, target) in [
            (AuditAction::OfficeCreated, office.to_string()),
            (AuditAction::PersonActivated, person.to_string()),
            (AuditAction::SignedIn, person.to_string()),
        ] {
            let event = audit::by_system(action)
                .in_office(office)
                .actor(person)
                .on(target)
                .from_network(address.shortened());
            audit::record(conn, event, now).await?;
        }
        load_me(conn, &state, office, person).await
    })?;
    Ok((StatusCode::CREATED, session.cookie(&state), Json(me)))
}
