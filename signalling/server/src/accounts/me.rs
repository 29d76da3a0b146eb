//! One's own account: name, language, password, sessions.

use axum::{extract::State, http::StatusCode};
use szpon_kit::{
    http::{Json, Path},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    Code, SessionId,
    account::{ChangeMe, ChangePassword, Me, SessionInfo},
    admin::AuditAction,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{load_me, password::check_strength, sessions, store};
use crate::{
    AppState, Routes, audit,
    caller::{SignedIn, Staff},
    directory,
};

pub(super) fn routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(me, change_me))
        .routes(routes!(change_password))
        .routes(routes!(list_sessions, end_other_sessions))
        .routes(routes!(end_session))
}

/// The password of someone who is signed in, once more. Counted, since a stolen session must not
/// become a way to guess it.
pub(super) async fn confirm_password(
    state: &AppState,
    staff: &Staff,
    password: &str,
) -> Result<store::Credentials> {
    state.limits.confirm_password.check(&staff.person)?;
    let mut conn = state.db.read().await?;
    let known = store::credentials(&mut conn, staff.office, staff.person).await?;
    drop(conn);
    let known = known.ok_or_else(Failure::unauthenticated)?;
    if state.passwords.verify(password, known.password_hash.as_deref()).await? {
        Ok(known)
    } else {
        Err(Failure::new(Code::BadCredentials))
    }
}

/// Who I am.
#[utoipa::path(get, path = "/api/v1/me", tag = "account", responses((status = 200, body = Me)))]
async fn me(State(state): State<AppState>, staff: Staff) -> Result<Json<Me>> {
    let mut conn = state.db.read().await?;
    Ok(Json(load_me(&mut conn, &state, staff.office, staff.person).await?))
}

/// Changes name or language.
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "account", request_body = ChangeMe,
    responses((status = 200, body = Me))
)]
async fn change_me(
    State(state): State<AppState>,
    SignedIn { staff, .. }: SignedIn,
    Json(change): Json<ChangeMe>,
) -> Result<Json<Me>> {
    let mut fields = Fields::new();
    let name = change.name.as_deref().map(|name| fields.line("name", name, 1..=120));
    fields.finish()?;
    let now = state.clock.now();
    let me = transaction!(state.db, |conn| {
        let person = directory::store::person(conn, staff.office, staff.person).await?;
        let mut person = person.ok_or_else(Failure::unauthenticated)?;
        if let Some(name) = &name
            && *name != person.name
        {
            person.name = name.clone();
            let event = audit::by(&staff, AuditAction::PersonChanged)
                .on(staff.person)
                .with(serde_json::json!({ "changed": ["name"] }));
            audit::record(conn, event, now).await?;
        }
        person.language = change.language.unwrap_or(person.language);
        directory::store::update_person(conn, &person).await?;
        load_me(conn, &state, staff.office, staff.person).await
    })?;
    Ok(Json(me))
}

/// Changes the password and ends every other session.
#[utoipa::path(
    post, path = "/api/v1/me/password", tag = "account", request_body = ChangePassword,
    responses((status = 204))
)]
async fn change_password(
    State(state): State<AppState>,
    SignedIn { staff, session }: SignedIn,
    Json(change): Json<ChangePassword>,
) -> Result<StatusCode> {
    confirm_password(&state, &staff, &change.current).await?;
    let mut conn = state.db.read().await?;
    let person = directory::store::person(&mut conn, staff.office, staff.person).await?;
    drop(conn);
    let person = person.ok_or_else(Failure::unauthenticated)?;
    let about = [person.name.as_str(), person.email.as_str()];
    check_strength(&change.new, state.settings.password_min_chars, &about)?;
    let phc = state.passwords.hash(&change.new).await?;
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        store::set_password(conn, staff.office, staff.person, &phc).await?;
        store::delete_links(conn, staff.person).await?;
        sessions::delete_others(conn, staff.person, Some(session)).await?;
        let event = audit::by(&staff, AuditAction::PasswordChanged).on(staff.person);
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where I am signed in.
#[utoipa::path(
    get, path = "/api/v1/me/sessions", tag = "account",
    responses((status = 200, body = Vec<SessionInfo>))
)]
async fn list_sessions(
    State(state): State<AppState>,
    SignedIn { staff, session }: SignedIn,
) -> Result<Json<Vec<SessionInfo>>> {
    let (now, idle) = (state.clock.now(), state.settings.session_idle);
    let mut conn = state.db.read().await?;
    Ok(Json(sessions::list(&mut conn, staff.person, session, now, idle).await?))
}

/// Signs out everywhere else.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions", tag = "account", responses((status = 204))
)]
async fn end_other_sessions(
    State(state): State<AppState>,
    SignedIn { staff, session }: SignedIn,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        let ended = sessions::delete_others(conn, staff.person, Some(session)).await?;
        let event = audit::by(&staff, AuditAction::SessionRevoked)
            .on(staff.person)
            .with(serde_json::json!({ "ended": ended }));
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of my sessions.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions/{session}", tag = "account",
    params(("session" = SessionId, Path)), responses((status = 204))
)]
async fn end_session(
    State(state): State<AppState>,
    SignedIn { staff, .. }: SignedIn,
    Path(session): Path<SessionId>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        if !sessions::delete(conn, staff.person, session).await? {
            return Err(Failure::not_found());
        }
        let event = audit::by(&staff, AuditAction::SessionRevoked).on(session);
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}
