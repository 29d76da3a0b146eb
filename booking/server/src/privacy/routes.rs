//! For administrators, when somebody asks for their data or to be forgotten (Articles 15 and 17 GDPR).

use axum::extract::State;
use serde_json::json;
use szpon_booking_core::{Actor, Input};
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
    audit::{self, Action},
    caller::{Agent, OfficeAdmin},
    claiming, mails, waiting,
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
    let data = transaction!(state.db, |conn| {
        let mut shown = Vec::new();
        for id in store::of_email(conn, staff.office, &hash).await? {
            let Some(record) = appointments::find(conn, staff.office, id).await? else { continue };
            let (by, details) = (Some(staff.person), json!({}));
            appointments::record_event(conn, &record, "exported", by, &details, now).await?;
            shown.push(desk::show(conn, &state, staff.office, &record).await?);
        }
        let places = waiting::store::of_email(conn, staff.office, &hash).await?;
        let waiting = waiting::desk::entries(conn, &state, staff.office, places).await?;
        let found = json!({ "appointments": shown.len(), "waiting": waiting.len() });
        let by = Agent::from(staff.clone());
        audit::record(conn, &by, Action::PersonExported, &found, now).await?;
        Ok::<_, Failure>(PersonalData { appointments: shown, waiting })
    })?;
    Ok(Json(data))
}

/// Forgets an address: what is to come is cancelled, and nothing is left that names anybody but the
/// mail that says so. A meeting that is going on has to end first.
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
        let mut erased = Erased { appointments: 0, cancelled: 0, waiting: 0 };
        mails::forget_address(conn, staff.office, &hash).await?;
        for place in waiting::store::of_email(conn, staff.office, &hash).await? {
            let id = place.id;
            waiting::desk::end(conn, &clerk, place, Actor::Official).await?;
            waiting::store::delete(conn, staff.office, id).await?;
            erased.waiting += 1;
        }
        for id in store::of_email(conn, staff.office, &hash).await? {
            let Some(record) = appointments::find(conn, staff.office, id).await? else { continue };
            if record.state() == AppointmentState::InProgress {
                return Err(Failure::conflict().with_detail("a meeting is going on"));
            }
            // Also what went to another address of theirs before.
            mails::forget_holder(conn, id.0).await?;
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
        let by = Agent::from(staff.clone());
        audit::record(conn, &by, Action::PersonErased, &json!(erased), now).await?;
        Ok::<_, Failure>(erased)
    })?;
    state.changed();
    Ok(Json(erased))
}
