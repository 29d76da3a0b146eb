//! For administrators, when somebody asks for their data or to be forgotten (Articles 15 and 17 GDPR).

use axum::extract::State;
use serde_json::json;
use szpon_booking_core::Input;
use szpon_kit::{
    http::Json,
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    OfficeId,
    booking::{AppointmentState, DataSubject, Erased, PersonalData},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::store;
use crate::{
    AppState, Routes,
    appointments::{
        citizen::identity,
        clerk::{Change, Clerk},
        desk, store as appointments,
    },
    caller::OfficeAdmin,
    claiming, waiting,
};

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(erase))
}

fn hash(state: &AppState, office: OfficeId, email: &str) -> Result<String> {
    let mut fields = Fields::new();
    let email = fields.email("email", email);
    fields.finish()?;
    Ok(state.keys.lookup("email", office, &identity(&email)))
}

/// Everything that the office's appointments know of an address. The look is written down.
#[utoipa::path(
    post, path = "/booking/v1/personal-data/export", operation_id = "booking_export_person",
    tag = "booking", request_body = DataSubject, responses((status = 200, body = PersonalData))
)]
async fn export(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(body): Json<DataSubject>,
) -> Result<Json<PersonalData>> {
    let hash = hash(&state, staff.office, &body.email)?;
    let now = state.clock.now();
    let appointments = transaction!(state.db, |conn| {
        let mut shown = Vec::new();
        for id in store::of_email(conn, staff.office, &hash).await? {
            let Some(record) = appointments::find(conn, staff.office, id).await? else { continue };
            let (by, details) = (Some(staff.person), json!({}));
            appointments::record_event(conn, &record, "exported", by, &details, now).await?;
            shown.push(desk::show(conn, &state, staff.office, &record).await?);
        }
        Ok::<_, Failure>(shown)
    })?;
    Ok(Json(PersonalData { appointments }))
}

/// Forgets an address: what is to come is cancelled, and nothing is left that names anybody.
#[utoipa::path(
    post, path = "/booking/v1/personal-data/erase", operation_id = "booking_erase_person",
    tag = "booking", request_body = DataSubject, responses((status = 200, body = Erased))
)]
async fn erase(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(body): Json<DataSubject>,
) -> Result<Json<Erased>> {
    let hash = hash(&state, staff.office, &body.email)?;
    let now = state.clock.now();
    let erased = claiming!(state.db, |conn| {
        let clerk = Clerk::new(conn, &state, staff.office, now).await?;
        let mut erased = Erased { appointments: 0, cancelled: 0 };
        for id in store::of_email(conn, staff.office, &hash).await? {
            let Some(record) = appointments::find(conn, staff.office, id).await? else { continue };
            let open = [AppointmentState::Confirmed, AppointmentState::Arrived];
            if open.contains(&record.state()) && record.end() > now {
                let change = Change::official(Input::Cancel, staff.person);
                clerk.apply(conn, record.clone(), change).await?;
                erased.cancelled += 1;
            }
            let (by, details) = (Some(staff.person), json!({}));
            appointments::record_event(conn, &record, "erased", by, &details, now).await?;
            store::forget(conn, staff.office, id, now).await?;
            erased.appointments += 1;
        }
        waiting::store::erase(conn, staff.office, &hash).await?;
        Ok::<_, Failure>(erased)
    })?;
    state.changed();
    Ok(Json(erased))
}
