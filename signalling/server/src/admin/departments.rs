//! Departments of the office.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use szpon_kit::{
    db::{is_foreign_key_violation, is_unique_violation},
    http::{Json, Path},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    DepartmentId,
    admin::{AuditAction, Department, NewDepartment},
    problem::FieldReason,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState, Routes, audit,
    caller::{OfficeAdmin, Staff},
    directory::store,
};

pub(super) fn routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_departments, create_department))
        .routes(routes!(rename_department, delete_department))
}

fn checked_name(department: &NewDepartment) -> Result<String> {
    let mut fields = Fields::new();
    let name = fields.line("name", &department.name, 1..=120);
    fields.finish()?;
    Ok(name)
}

fn name_taken(error: sqlx::Error) -> Failure {
    if is_unique_violation(&error) {
        Failure::field("name", FieldReason::Taken)
    } else {
        error.into()
    }
}

/// The departments of the caller's office, by name.
#[utoipa::path(
    get, path = "/api/v1/departments", tag = "administration",
    responses((status = 200, body = Vec<Department>))
)]
async fn list_departments(
    State(state): State<AppState>,
    staff: Staff,
) -> Result<Json<Vec<Department>>> {
    Ok(Json(store::departments(&mut *state.db.read().await?, staff.office).await?))
}

/// Makes a department.
#[utoipa::path(
    post, path = "/api/v1/departments", tag = "administration", request_body = NewDepartment,
    responses((status = 201, body = Department))
)]
async fn create_department(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(department): Json<NewDepartment>,
) -> Result<impl IntoResponse> {
    let name = checked_name(&department)?;
    let id = DepartmentId::new();
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        store::insert_department(conn, staff.office, id, &name, now).await.map_err(name_taken)?;
        let event = audit::by(&staff, AuditAction::DepartmentCreated)
            .on(id)
            .with(serde_json::json!({ "name": name }));
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok((StatusCode::CREATED, Json(Department { id, name, people: 0 })))
}

/// Renames a department.
#[utoipa::path(
    patch, path = "/api/v1/departments/{department}", tag = "administration",
    params(("department" = DepartmentId, Path)), request_body = NewDepartment,
    responses((status = 200, body = Department))
)]
async fn rename_department(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<DepartmentId>,
    Json(change): Json<NewDepartment>,
) -> Result<Json<Department>> {
    let name = checked_name(&change)?;
    let now = state.clock.now();
    let department = transaction!(state.db, |conn| {
        let department = store::department(conn, staff.office, id).await?;
        let mut department = department.ok_or_else(Failure::not_found)?;
        store::rename_department(conn, staff.office, id, &name).await.map_err(name_taken)?;
        let event = audit::by(&staff, AuditAction::DepartmentChanged)
            .on(id)
            .with(serde_json::json!({ "from": department.name, "to": name }));
        audit::record(conn, event, now).await?;
        department.name.clone_from(&name);
        Ok::<_, Failure>(department)
    })?;
    Ok(Json(department))
}

/// Deletes a department that nobody is in. Deactivated people don't hold it.
#[utoipa::path(
    delete, path = "/api/v1/departments/{department}", tag = "administration",
    params(("department" = DepartmentId, Path)), responses((status = 204))
)]
async fn delete_department(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<DepartmentId>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        let department = store::department(conn, staff.office, id).await?;
        let department = department.ok_or_else(Failure::not_found)?;
        store::take_deactivated_out(conn, staff.office, id).await?;
        store::delete_department(conn, staff.office, id).await.map_err(|error| {
            if is_foreign_key_violation(&error) {
                Failure::conflict().with_detail("people are in it")
            } else {
                error.into()
            }
        })?;
        let event = audit::by(&staff, AuditAction::DepartmentDeleted)
            .on(id)
            .with(serde_json::json!({ "name": department.name }));
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}
