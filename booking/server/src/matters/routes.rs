//! The catalogue: kept by administrators, read by citizens.

use axum::{extract::State, http::StatusCode};
use szpon_kit::{
    db::Conn,
    http::{ClientAddress, Json, Path},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    MatterId, OfficeId,
    booking::{Form, Localized, Matter, MatterDetails, PublicMatter, PublicOfficial, QuestionKind},
    problem::FieldReason,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::store;
use crate::{
    AppState, Routes,
    caller::{OfficeAdmin, Reader},
    office::routes::{localized, public_profile},
    schedule,
};

/// Most matters of one office.
const MATTERS_MAX: usize = 500;
/// Most entries of any list within a matter.
const ENTRIES_MAX: usize = 50;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change, archive))
}

pub(crate) fn public_routes() -> Routes {
    OpenApiRouter::new().routes(routes!(list_public))
}

/// All matters, archived ones last.
#[utoipa::path(
    get, path = "/booking/v1/matters", operation_id = "booking_list_matters", tag = "booking",
    responses((status = 200, body = Vec<Matter>))
)]
async fn list(State(state): State<AppState>, Reader(staff): Reader) -> Result<Json<Vec<Matter>>> {
    Ok(Json(store::of_office(&mut *state.db.read().await?, staff.office).await?))
}

/// A new matter.
#[utoipa::path(
    post, path = "/booking/v1/matters", operation_id = "booking_create_matter", tag = "booking",
    request_body = MatterDetails, responses((status = 201, body = Matter))
)]
async fn create(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(details): Json<MatterDetails>,
) -> Result<(StatusCode, Json<Matter>)> {
    let details = check(details)?;
    let id = MatterId::new();
    transaction!(state.db, |conn| {
        people_exist(conn, staff.office, &details).await?;
        if store::of_office(conn, staff.office).await?.len() >= MATTERS_MAX {
            return Err(Failure::conflict().with_detail("the office has as many matters as it may"));
        }
        store::insert(conn, staff.office, id, &details).await?;
        Ok::<_, Failure>(())
    })?;
    Ok((StatusCode::CREATED, Json(Matter { id, archived: false, details })))
}

/// Writes a matter anew; an archived one is offered again. Appointments keep what they were booked
/// with.
#[utoipa::path(
    put, path = "/booking/v1/matters/{matter}", operation_id = "booking_change_matter",
    tag = "booking", params(("matter" = MatterId, Path)), request_body = MatterDetails,
    responses((status = 200, body = Matter))
)]
async fn change(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<MatterId>,
    Json(details): Json<MatterDetails>,
) -> Result<Json<Matter>> {
    let details = check(details)?;
    transaction!(state.db, |conn| {
        if store::find(conn, staff.office, id).await?.is_none() {
            return Err(Failure::not_found());
        }
        people_exist(conn, staff.office, &details).await?;
        store::update(conn, staff.office, id, &details).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(Json(Matter { id, archived: false, details }))
}

/// Offers a matter no more. What is booked stays booked.
#[utoipa::path(
    delete, path = "/booking/v1/matters/{matter}", operation_id = "booking_archive_matter",
    tag = "booking", params(("matter" = MatterId, Path)), responses((status = 204))
)]
async fn archive(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<MatterId>,
) -> Result<StatusCode> {
    let found = transaction!(state.db, |conn| { store::archive(conn, staff.office, id).await })?;
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(Failure::not_found()) }
}

async fn people_exist(conn: &mut Conn, office: OfficeId, details: &MatterDetails) -> Result<()> {
    let known = schedule::store::officials(conn, office).await?;
    if details.officials.iter().all(|id| known.iter().any(|official| official.id == *id)) {
        Ok(())
    } else {
        Err(Failure::field("officials", FieldReason::Unknown))
    }
}

/// What the office offers to citizens.
#[utoipa::path(
    get, path = "/booking/v1/public/offices/{office}/matters",
    operation_id = "booking_public_matters", tag = "booking for citizens",
    params(("office" = OfficeId, Path)), responses((status = 200, body = Vec<PublicMatter>))
)]
async fn list_public(
    State(state): State<AppState>,
    address: ClientAddress,
    Path(office): Path<OfficeId>,
) -> Result<Json<Vec<PublicMatter>>> {
    state.limits.read.check(&address.limit_key())?;
    let mut conn = state.db.read().await?;
    public_profile(&mut conn, office).await?;
    let officials = schedule::store::officials(&mut conn, office).await?;
    let matters = store::of_office(&mut conn, office).await?;
    let shown = matters.into_iter().filter(|matter| !matter.archived).map(|matter| {
        let Matter { id, details, .. } = matter;
        let choice = officials
            .iter()
            .filter(|official| details.pick_official && official.handles(&details))
            .map(|official| PublicOfficial { id: official.id, name: official.name.clone() })
            .collect();
        PublicMatter {
            id,
            officials: choice,
            name: details.name,
            description: details.description,
            documents: details.documents,
            questions: details.questions,
            forms: details.forms,
            duration_minutes: details.duration_minutes,
            capacity: details.capacity,
            max_people: details.max_people,
        }
    });
    Ok(Json(shown.collect()))
}

fn check(mut details: MatterDetails) -> Result<MatterDetails> {
    let mut fields = Fields::new();
    details.name = localized(&mut fields, "name", &details.name, true, 200);
    details.description = localized(&mut fields, "description", &details.description, false, 4000);
    let mut texts = |name: &str, texts: &mut Vec<Localized>| {
        if texts.len() > ENTRIES_MAX {
            fields.refuse(name, FieldReason::TooLong);
            return;
        }
        for text in texts.iter_mut() {
            *text = localized(&mut fields, name, text, true, 500);
        }
    };
    texts("documents", &mut details.documents);
    for question in &mut details.questions {
        texts("questions.choices", &mut question.choices);
    }
    if details.questions.len() > ENTRIES_MAX {
        fields.refuse("questions", FieldReason::TooLong);
    }
    let mut keys = Vec::new();
    for question in &mut details.questions {
        question.label = localized(&mut fields, "questions.label", &question.label, true, 500);
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if question.key.is_empty() || question.key.len() > 40 || !question.key.chars().all(is_key) {
            fields.refuse("questions.key", FieldReason::Malformed);
        }
        if keys.contains(&question.key) {
            fields.refuse("questions.key", FieldReason::Taken);
        }
        keys.push(question.key.clone());
        if (question.kind == QuestionKind::Choice) != (question.choices.len() >= 2) {
            fields.refuse("questions.choices", FieldReason::OutOfRange);
        }
    }
    details.forms.sort_unstable();
    details.forms.dedup();
    if details.forms.is_empty() {
        fields.refuse("forms", FieldReason::Missing);
    }
    if details.capacity > 1 && details.forms.contains(&Form::Phone) {
        // One can't call several people at once.
        fields.refuse("capacity", FieldReason::OutOfRange);
    }
    let mut on_grid = |name: &str, minutes: u16, shortest: u16| {
        fields.range(name, minutes, shortest..=480);
        if !minutes.is_multiple_of(5) {
            fields.refuse(name, FieldReason::Malformed);
        }
    };
    on_grid("duration_minutes", details.duration_minutes, 5);
    on_grid("buffer_before_minutes", details.buffer_before_minutes, 0);
    on_grid("buffer_after_minutes", details.buffer_after_minutes, 0);
    fields.range("notice_minutes", details.notice_minutes, 0..=31 * 24 * 60);
    fields.range("horizon_days", details.horizon_days, 1..=366);
    if let Some(cap) = details.daily_cap {
        fields.range("daily_cap", cap, 1..=10_000);
    }
    fields.range("capacity", details.capacity, 1..=500);
    fields.range("max_people", details.max_people, 1..=20);
    if details.departments.len() > ENTRIES_MAX {
        fields.refuse("departments", FieldReason::TooLong);
    }
    if details.officials.len() > 500 {
        fields.refuse("officials", FieldReason::TooLong);
    }
    fields.finish()?;
    Ok(details)
}
