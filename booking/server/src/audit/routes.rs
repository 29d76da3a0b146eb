//! Reading who looked.

use axum::extract::State;
use szpon_kit::{
    http::{Json, Query},
    problem::{Fields, Result},
};
use szpon_protocol::booking::{ListAccess, ListAccessQuery};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::store;
use crate::{AppState, Routes, caller::OfficeAdmin};

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(list))
}

/// Who looked at lists of people, newest first.
#[utoipa::path(
    get, path = "/booking/v1/audit", operation_id = "booking_audit", tag = "booking",
    params(ListAccessQuery), responses((status = 200, body = Vec<ListAccess>))
)]
async fn list(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Query(query): Query<ListAccessQuery>,
) -> Result<Json<Vec<ListAccess>>> {
    let mut fields = Fields::new();
    let limit = fields.range("limit", query.limit, 1..=500);
    fields.finish()?;
    let mut conn = state.db.read().await?;
    Ok(Json(store::list(&mut conn, staff.office, query.before, limit.into()).await?))
}
