//! Reading the log.

use axum::extract::State;
use szpon_kit::{
    http::{Json, Query},
    problem::{Fields, Result},
};
use szpon_protocol::admin::{AuditPage, AuditQuery};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::store;
use crate::{AppState, Routes, caller::OfficeAdmin};

pub(super) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(read_audit_log))
}

/// What happened in the office, newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "administration", params(AuditQuery),
    responses((status = 200, body = AuditPage))
)]
async fn read_audit_log(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditPage>> {
    let mut fields = Fields::new();
    let limit = fields.range("limit", query.limit.unwrap_or(50), 1..=200);
    fields.finish()?;
    let mut conn = state.db.read().await?;
    let entries = store::page(&mut conn, staff.office, query.before, query.action, limit).await?;
    let full = entries.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let next = entries.last().filter(|_| full).map(|entry| entry.seq);
    Ok(Json(AuditPage { entries, next }))
}
