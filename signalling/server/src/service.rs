//! For other services of the installation, by their tokens: who works where, and rooms that they
//! need.

mod rooms;

use axum::extract::State;
use szpon_kit::{http::Json, problem::Result};
use szpon_protocol::{
    booking::service::{ServiceOffice, ServicePerson},
    claims::Role,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{AppState, Routes, caller::ServiceCaller, directory::store};

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_offices))
        .routes(routes!(rooms::put))
        .routes(routes!(rooms::presence))
}

/// Every office with its active people.
#[utoipa::path(
    get, path = "/api/v1/service/offices", operation_id = "service_list_offices", tag = "service",
    responses((status = 200, body = Vec<ServiceOffice>))
)]
async fn list_offices(
    State(state): State<AppState>,
    _: ServiceCaller,
) -> Result<Json<Vec<ServiceOffice>>> {
    let mut conn = state.db.read().await?;
    let mut offices = Vec::new();
    for office in store::offices(&mut conn).await? {
        let people = store::people(&mut conn, office.id, "", false).await?;
        let people = people.into_iter().map(|person| ServicePerson {
            id: person.id,
            official: person.roles.contains(&Role::Official),
            name: person.name,
            email: person.email,
            department: person.department,
        });
        offices.push(ServiceOffice { id: office.id, name: office.name, people: people.collect() });
    }
    Ok(Json(offices))
}
