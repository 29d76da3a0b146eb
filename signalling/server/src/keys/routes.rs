//! The public key set, and tokens for those who are signed in.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use szpon_kit::{http::Json, problem::Result};
use szpon_protocol::{
    account::{IssuedToken, NewToken},
    claims::Subject,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{AppState, Routes, caller::SignedIn};

pub(super) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(issue_token))
}

pub(super) fn public_routes() -> Routes {
    OpenApiRouter::new().routes(routes!(key_set))
}

/// The keys that tokens are checked with (RFC 7517).
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "tokens",
    responses((status = 200, body = serde_json::Value))
)]
async fn key_set(State(state): State<AppState>) -> impl IntoResponse {
    // Below the time for which a new key is published before it signs.
    let headers = [(header::CACHE_CONTROL, "public, max-age=300")];
    (headers, Json(state.keys.verifier().keys().to_jwks()))
}

/// A token for another service, for the caller. Needs a sign-in: a token can't renew itself.
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = IssuedToken))
)]
async fn issue_token(
    State(state): State<AppState>,
    SignedIn { staff, .. }: SignedIn,
    Json(wanted): Json<NewToken>,
) -> Result<impl IntoResponse> {
    let subject =
        Subject::Person { person: staff.person, office: staff.office, roles: staff.roles };
    let signed = state.keys.sign(wanted.audience, subject, szpon_auth::MAX_LIFETIME_SECS)?;
    let issued = IssuedToken { token: signed.token, expires_at: signed.expires_at };
    Ok((StatusCode::CREATED, Json(issued)))
}
