//! The screen in the hall: codes, never names. Its address has a secret of its own.

use axum::{extract::State, http::StatusCode};
use szpon_kit::{
    http::{ClientAddress, Json},
    problem::{Failure, Result},
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    Code,
    booking::{AppointmentState, QueueEntry, QueueScreen, QueueSecret, SecretAddress},
};

use super::store;
use crate::{
    AppState, caller::OfficeAdmin, office::store as offices, schedule::routes::today,
    schedule::store as schedule,
};

/// Codes that were called last and stay on the screen.
const CALLED_MAX: usize = 8;
/// Codes that wait and are shown.
const WAITING_MAX: usize = 40;

/// Makes the address of the queue screen. An earlier one stops working.
#[utoipa::path(
    post, path = "/booking/v1/queue-screen", operation_id = "booking_make_queue_screen",
    tag = "booking", responses((status = 201, body = SecretAddress))
)]
pub async fn make(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
) -> Result<(StatusCode, Json<SecretAddress>)> {
    let secret = Secret::generate();
    let known = transaction!(state.db, |conn| {
        offices::set_queue_hash(conn, staff.office, &secret.hash()).await
    })?;
    if !known {
        return Err(Failure::not_found());
    }
    let url = format!("{}/booking/queue#{}", state.settings.public_url, secret.reveal());
    Ok((StatusCode::CREATED, Json(SecretAddress { url })))
}

/// What the screen shows now.
#[utoipa::path(
    post, path = "/booking/v1/public/queue", operation_id = "booking_queue",
    tag = "booking for citizens", request_body = QueueSecret,
    responses((status = 200, body = QueueScreen))
)]
pub async fn show(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<QueueSecret>,
) -> Result<Json<QueueScreen>> {
    state.limits.read.check(&address.limit_key())?;
    let invalid = || Failure::new(Code::LinkInvalid);
    let secret = Secret::parse(&body.secret).ok_or_else(invalid)?;
    let mut conn = state.db.read().await?;
    let found = offices::by_queue_hash(&mut conn, &secret.hash()).await?;
    let (office, profile) = found.ok_or_else(invalid)?;
    let mut here = store::here(&mut conn, office, today(state.clock.now())).await?;
    let resources = schedule::resources(&mut conn, office).await?;
    let entry = |record: &super::record::Record| {
        let desk = record.facts.placement.desk;
        let place = resources.iter().find(|known| desk.is_some_and(|id| known.id.0 == id.0));
        QueueEntry {
            code: record.shown_code().unwrap_or_default(),
            place: place.map(|place| place.name.clone()),
        }
    };
    let waiting = here
        .iter()
        .filter(|r| r.state() == AppointmentState::Arrived && r.facts.called_at.is_none())
        .take(WAITING_MAX)
        .map(entry)
        .collect();
    here.retain(|record| record.facts.called_at.is_some());
    here.sort_by_key(|record| std::cmp::Reverse(record.facts.called_at));
    let called = here.iter().take(CALLED_MAX).map(entry).collect();
    Ok(Json(QueueScreen { office: profile.name, called, waiting }))
}
