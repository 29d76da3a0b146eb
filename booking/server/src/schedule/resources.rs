//! Rooms and desks, and when they can be used.

use axum::{extract::State, http::StatusCode};
use serde_json::json;
use szpon_kit::{
    db::Conn,
    http::{Json, Path},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    OfficeId, ResourceId,
    booking::{ChangeResourceHours, NewResource, Resource, ResourceHours, Stranded},
    problem::FieldReason,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    routes::{check_spans, preview},
    store,
    stranding::{self, Schedule},
};
use crate::{
    AppState, Routes,
    caller::{OfficeAdmin, Staff},
};

/// Rooms and desks of one office.
const RESOURCES_MAX: usize = 1000;

pub(super) fn routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change))
        .routes(routes!(put_hours))
        .routes(routes!(preview_hours))
}

/// Refuses each field that names no room or desk in use of the office.
pub(super) async fn usable(
    conn: &mut Conn,
    office: OfficeId,
    named: &[(&str, Option<ResourceId>)],
) -> Result<()> {
    if named.iter().all(|(_, id)| id.is_none()) {
        return Ok(());
    }
    let resources = store::resources(conn, office).await?;
    let in_use = |id| resources.iter().any(|known| known.id == id && !known.archived);
    let mut fields = Fields::new();
    for (field, id) in named {
        if id.is_some_and(|id| !in_use(id)) {
            fields.refuse(field, FieldReason::Unknown);
        }
    }
    fields.finish()
}

async fn known(conn: &mut Conn, office: OfficeId, id: ResourceId) -> Result<Resource> {
    store::resource(conn, office, id).await?.ok_or_else(Failure::not_found)
}

/// Rooms and desks, archived ones last.
#[utoipa::path(
    get, path = "/booking/v1/resources", operation_id = "booking_list_resources", tag = "booking",
    responses((status = 200, body = Vec<Resource>))
)]
async fn list(State(state): State<AppState>, staff: Staff) -> Result<Json<Vec<Resource>>> {
    Ok(Json(store::resources(&mut *state.db.read().await?, staff.office).await?))
}

fn check_resource(resource: &NewResource) -> Result<NewResource> {
    let mut fields = Fields::new();
    let checked = NewResource {
        name: fields.line("name", &resource.name, 1..=100),
        directions: fields.line("directions", &resource.directions, 0..=500),
        archived: resource.archived,
    };
    fields.finish()?;
    Ok(checked)
}

/// A new room or desk.
#[utoipa::path(
    post, path = "/booking/v1/resources", operation_id = "booking_create_resource",
    tag = "booking", request_body = NewResource, responses((status = 201, body = Resource))
)]
async fn create(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(resource): Json<NewResource>,
) -> Result<(StatusCode, Json<Resource>)> {
    let resource = check_resource(&resource)?;
    let id = ResourceId::new();
    transaction!(state.db, |conn| {
        if store::resources(conn, staff.office).await?.len() >= RESOURCES_MAX {
            return Err(Failure::conflict().with_detail("the office has as many as it may"));
        }
        store::insert_resource(conn, staff.office, id, &resource).await?;
        Ok::<_, Failure>(())
    })?;
    let NewResource { name, directions, archived } = resource;
    let hours = Vec::new();
    Ok((StatusCode::CREATED, Json(Resource { id, name, directions, archived, hours })))
}

/// Writes a room or desk anew. One that is archived takes no new appointments.
#[utoipa::path(
    put, path = "/booking/v1/resources/{resource}", operation_id = "booking_change_resource",
    tag = "booking", params(("resource" = ResourceId, Path)), request_body = NewResource,
    responses((status = 200, body = Resource))
)]
async fn change(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<ResourceId>,
    Json(resource): Json<NewResource>,
) -> Result<Json<Resource>> {
    let resource = check_resource(&resource)?;
    let written = transaction!(state.db, |conn| {
        store::update_resource(conn, staff.office, id, &resource).await?;
        known(conn, staff.office, id).await
    })?;
    Ok(Json(written))
}

fn check_hours(mut hours: Vec<ResourceHours>) -> Result<Vec<ResourceHours>> {
    let spans =
        hours.iter().map(|span| (span.weekday, span.from..span.to, span.valid_from, span.valid_to));
    check_spans(Fields::new(), spans)?;
    hours.sort_by_key(|span| (span.weekday, span.from, span.to));
    Ok(hours)
}

/// Sets when a room or desk can be used, week by week; no hours: whenever an official is there.
#[utoipa::path(
    put, path = "/booking/v1/resources/{resource}/hours",
    operation_id = "booking_put_resource_hours", tag = "booking",
    params(("resource" = ResourceId, Path)), request_body = ChangeResourceHours,
    responses((status = 200, body = Resource))
)]
async fn put_hours(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<ResourceId>,
    Json(change): Json<ChangeResourceHours>,
) -> Result<Json<Resource>> {
    let hours = check_hours(change.hours)?;
    let now = state.clock.now();
    let written = transaction!(state.db, |conn| {
        known(conn, staff.office, id).await?;
        store::write_resource_hours(conn, staff.office, id, &hours).await?;
        stranding::apply(conn, &state, staff.office, now).await?;
        known(conn, staff.office, id).await
    })?;
    Ok(Json(written))
}

/// What other hours of a room or desk would leave without their place. Nothing is changed.
#[utoipa::path(
    post, path = "/booking/v1/resources/{resource}/hours/preview",
    operation_id = "booking_preview_resource_hours", tag = "booking",
    params(("resource" = ResourceId, Path)), request_body = ChangeResourceHours,
    responses((status = 200, body = Stranded))
)]
async fn preview_hours(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<ResourceId>,
    Json(change): Json<ChangeResourceHours>,
) -> Result<Json<Stranded>> {
    let hours = check_hours(change.hours)?;
    let now = state.clock.now();
    let mut conn = state.db.read().await?;
    known(&mut conn, staff.office, id).await?;
    let schedule = Schedule::load(&mut conn, staff.office, now).await?;
    let schedule = schedule.with_resource_hours(id, &hours);
    drop(conn);
    let asked = json!({ "resource": id, "hours": hours });
    preview(&state, staff, &schedule, asked, now).await
}
