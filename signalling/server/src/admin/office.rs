//! The office itself.

use axum::extract::State;
use szpon_kit::{
    http::Json,
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::admin::{AuditAction, ChangeOffice, Office};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState, Routes, audit,
    caller::{OfficeAdmin, Staff},
    directory::store,
};

pub(super) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(office, change_office))
}

/// The caller's office.
#[utoipa::path(
    get, path = "/api/v1/office", tag = "administration", responses((status = 200, body = Office))
)]
async fn office(State(state): State<AppState>, staff: Staff) -> Result<Json<Office>> {
    let office = store::office(&mut *state.db.read().await?, staff.office).await?;
    Ok(Json(office.ok_or_else(Failure::not_found)?))
}

/// Renames the office.
#[utoipa::path(
    patch, path = "/api/v1/office", tag = "administration", request_body = ChangeOffice,
    responses((status = 200, body = Office))
)]
async fn change_office(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(change): Json<ChangeOffice>,
) -> Result<Json<Office>> {
    let mut fields = Fields::new();
    let name = fields.line("name", &change.name, 1..=200);
    fields.finish()?;
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        store::rename_office(conn, staff.office, &name).await?;
        let event = audit::by(&staff, AuditAction::OfficeChanged)
            .on(staff.office)
            .with(serde_json::json!({ "name": name }));
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(Json(Office { id: staff.office, name }))
}
