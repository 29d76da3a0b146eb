//! Hours and exceptions.

use std::ops::{Range, RangeInclusive};

use axum::{extract::State, http::StatusCode};
use jiff::{
    ToSpan,
    civil::{Date, date},
};
use serde_json::json;
use szpon_booking_core::{Input, holidays, wall};
use szpon_kit::{
    db::{Conn, row},
    http::{Json, Path, Query},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    ExceptionId, PersonId, Time,
    booking::{
        ChangeHours, ClosedDay, DateRange, Exception, ExceptionKind, Hours, NewException, Official,
        SetDesk, Stranded,
    },
    problem::FieldReason,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    resources,
    store::{self, OfficialRecord},
    stranding::{self, Schedule},
};
use crate::{
    AppState, Routes,
    appointments::desk,
    audit::{self, Action},
    caller::{Agent, Reader, Staff},
};

/// Spans of one official, or of one desk.
const SPANS_MAX: usize = 200;
/// Longest range of days that is answered or that an exception lasts.
const DAYS_MAX: i32 = 400;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_officials))
        .routes(routes!(put_hours))
        .routes(routes!(preview_hours))
        .routes(routes!(put_desk))
        .routes(routes!(list_exceptions, create_exception))
        .routes(routes!(preview_exception))
        .routes(routes!(delete_exception))
        .routes(routes!(list_closed_days))
        .merge(resources::routes())
}

/// Officials of the office with their weekly hours, by name.
#[utoipa::path(
    get, path = "/booking/v1/officials", operation_id = "booking_list_officials", tag = "booking",
    responses((status = 200, body = Vec<Official>))
)]
async fn list_officials(
    State(state): State<AppState>,
    Reader(staff): Reader,
) -> Result<Json<Vec<Official>>> {
    let mut conn = state.db.read().await?;
    let hours = store::hours(&mut conn, staff.office, None).await?;
    let officials = store::officials(&mut conn, staff.office).await?;
    let show = |official: OfficialRecord| {
        let own = hours.iter().filter(|(id, _)| *id == official.id);
        show(&official, own.map(|(_, hours)| hours.clone()).collect())
    };
    Ok(Json(officials.into_iter().map(show).collect()))
}

fn show(official: &OfficialRecord, hours: Vec<Hours>) -> Official {
    Official {
        id: official.id,
        name: official.name.clone(),
        department: official.department,
        desk: official.desk,
        hours,
    }
}

/// An active official whose hours the caller may set: their own, or anybody's for administrators.
async fn settable(conn: &mut Conn, staff: &Staff, official: PersonId) -> Result<OfficialRecord> {
    let officials = store::officials(conn, staff.office).await?;
    let found = officials.into_iter().find(|known| known.id == official);
    let found = found.ok_or_else(Failure::not_found)?;
    if staff.admin || staff.person == official { Ok(found) } else { Err(Failure::forbidden()) }
}

/// Sets somebody's weekly hours: one's own, or anybody's for administrators.
#[utoipa::path(
    put, path = "/booking/v1/officials/{official}/hours", operation_id = "booking_put_hours",
    tag = "booking", params(("official" = PersonId, Path)), request_body = ChangeHours,
    responses((status = 200, body = Official))
)]
async fn put_hours(
    State(state): State<AppState>,
    staff: Staff,
    Path(official): Path<PersonId>,
    Json(change): Json<ChangeHours>,
) -> Result<Json<Official>> {
    let hours = check_hours(change.hours)?;
    let now = state.clock.now();
    let official = transaction!(state.db, |conn| {
        let official = settable(conn, &staff, official).await?;
        store::write_hours(conn, staff.office, official.id, &hours).await?;
        stranding::apply(conn, &state, staff.office, now).await?;
        Ok::<_, Failure>(official)
    })?;
    Ok(Json(show(&official, hours)))
}

/// What other weekly hours would leave without their official. Nothing is changed.
#[utoipa::path(
    post, path = "/booking/v1/officials/{official}/hours/preview",
    operation_id = "booking_preview_hours", tag = "booking",
    params(("official" = PersonId, Path)), request_body = ChangeHours,
    responses((status = 200, body = Stranded))
)]
async fn preview_hours(
    State(state): State<AppState>,
    staff: Staff,
    Path(official): Path<PersonId>,
    Json(change): Json<ChangeHours>,
) -> Result<Json<Stranded>> {
    let hours = check_hours(change.hours)?;
    let now = state.clock.now();
    let mut conn = state.db.read().await?;
    let official = settable(&mut conn, &staff, official).await?;
    let schedule = Schedule::load(&mut conn, staff.office, now).await?;
    let schedule = schedule.with_hours(official.id, &hours);
    drop(conn);
    let asked = json!({ "official": official.id, "hours": hours });
    preview(&state, staff, &schedule, asked, now).await
}

/// What would be stranded under `schedule`. That somebody looked is written down with what they asked.
pub(super) async fn preview(
    state: &AppState,
    staff: Staff,
    schedule: &Schedule,
    asked: serde_json::Value,
    now: Time,
) -> Result<Json<Stranded>> {
    let office = staff.office;
    audit::look(state, &Agent::from(staff), Action::StrandingPreviewed, asked).await?;
    let mut conn = state.db.read().await?;
    let changed = stranding::check(&mut conn, office, schedule, now).await?;
    let records = changed.into_iter().filter_map(|(mut record, input)| match input {
        Input::Strand(reason) if record.facts.confirmed_at.is_some() => {
            record.facts.stranded = Some(reason);
            Some(record)
        }
        _ => None,
    });
    let appointments = desk::summaries_of(&mut conn, state, office, records.collect()).await?;
    Ok(Json(Stranded { appointments }))
}

pub(super) fn check_hours(mut hours: Vec<Hours>) -> Result<Vec<Hours>> {
    let mut fields = Fields::new();
    for (n, span) in hours.iter_mut().enumerate() {
        span.forms.sort_unstable();
        span.forms.dedup();
        if span.forms.is_empty() {
            fields.refuse(&format!("hours.{n}.forms"), FieldReason::Missing);
        }
    }
    let spans =
        hours.iter().map(|span| (span.weekday, span.from..span.to, span.valid_from, span.valid_to));
    check_spans(fields, spans)?;
    hours.sort_by_key(|span| (span.weekday, span.from, span.to));
    Ok(hours)
}

/// Checks weekly hours: weekday, minutes, first and last day of each span.
pub(super) fn check_spans(
    mut fields: Fields,
    spans: impl ExactSizeIterator<Item = (u8, Range<u16>, Option<Date>, Option<Date>)>,
) -> Result<()> {
    if spans.len() > SPANS_MAX {
        return Err(Failure::field("hours", FieldReason::TooLong));
    }
    for (n, (weekday, time, valid_from, valid_to)) in spans.enumerate() {
        let field = |name: &str| format!("hours.{n}.{name}");
        fields.range(&field("weekday"), weekday, 1..=7);
        minutes(&mut fields, &field(""), time.start, time.end);
        if let (Some(from), Some(to)) = (valid_from, valid_to)
            && from > to
        {
            fields.refuse(&field("valid_to"), FieldReason::OutOfRange);
        }
    }
    fields.finish()
}

/// Both on the grid, in this order, within a day.
fn minutes(fields: &mut Fields, prefix: &str, from: u16, to: u16) {
    if !from.is_multiple_of(5) {
        fields.refuse(&format!("{prefix}from"), FieldReason::Malformed);
    }
    if !to.is_multiple_of(5) {
        fields.refuse(&format!("{prefix}to"), FieldReason::Malformed);
    }
    if to > 1440 || from >= to {
        fields.refuse(&format!("{prefix}to"), FieldReason::OutOfRange);
    }
}

/// Sets where somebody's appointments at the office take place. New ones only.
#[utoipa::path(
    put, path = "/booking/v1/officials/{official}/desk", operation_id = "booking_put_desk",
    tag = "booking", params(("official" = PersonId, Path)), request_body = SetDesk,
    responses((status = 200, body = Official))
)]
async fn put_desk(
    State(state): State<AppState>,
    staff: Staff,
    Path(official): Path<PersonId>,
    Json(SetDesk { desk }): Json<SetDesk>,
) -> Result<Json<Official>> {
    let shown = transaction!(state.db, |conn| {
        let mut official = settable(conn, &staff, official).await?;
        resources::usable(conn, staff.office, &[("desk", desk)]).await?;
        store::set_desk(conn, staff.office, official.id, desk).await?;
        official.desk = desk;
        let hours = store::hours(conn, staff.office, Some(official.id)).await?;
        Ok::<_, Failure>(show(&official, hours.into_iter().map(|(_, hours)| hours).collect()))
    })?;
    Ok(Json(shown))
}

/// Dates that anybody can mean: the calendar's own ends have no day after them.
const DATES: RangeInclusive<Date> = date(1970, 1, 2)..=date(2999, 12, 31);

/// Checks that somebody can mean a date.
pub(crate) fn sensible(fields: &mut Fields, field: &str, date: Date) {
    fields.range(field, date, DATES);
}

/// Checks a range of days.
pub(crate) fn days(range: &DateRange, longest: i32) -> Result<()> {
    let mut fields = Fields::new();
    sensible(&mut fields, "from", range.from);
    sensible(&mut fields, "to", range.to);
    let days = range.from.until(range.to).map_or(i32::MAX, |span| span.get_days());
    if days < 0 || days > longest {
        fields.refuse("to", FieldReason::OutOfRange);
    }
    fields.finish()
}

/// Exceptions from the weekly hours within these days.
#[utoipa::path(
    get, path = "/booking/v1/exceptions", operation_id = "booking_list_exceptions",
    tag = "booking", params(DateRange), responses((status = 200, body = Vec<Exception>))
)]
async fn list_exceptions(
    State(state): State<AppState>,
    staff: Staff,
    Query(range): Query<DateRange>,
) -> Result<Json<Vec<Exception>>> {
    days(&range, DAYS_MAX)?;
    let mut conn = state.db.read().await?;
    Ok(Json(store::exceptions(&mut conn, staff.office, range.from, range.to).await?))
}

/// Somebody is away or there beyond their hours (one's own, or anybody's for administrators), or the
/// office, a room or a desk is closed (administrators).
#[utoipa::path(
    post, path = "/booking/v1/exceptions", operation_id = "booking_create_exception",
    tag = "booking", request_body = NewException, responses((status = 201, body = Exception))
)]
async fn create_exception(
    State(state): State<AppState>,
    staff: Staff,
    Json(details): Json<NewException>,
) -> Result<(StatusCode, Json<Exception>)> {
    let details = check_exception(details)?;
    let exception = Exception { id: ExceptionId::new(), details };
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        may_except(conn, &staff, &exception.details).await?;
        store::insert_exception(conn, staff.office, &exception).await?;
        stranding::apply(conn, &state, staff.office, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok((StatusCode::CREATED, Json(exception)))
}

/// What an exception would leave without its official or place. Nothing is changed.
#[utoipa::path(
    post, path = "/booking/v1/exceptions/preview", operation_id = "booking_preview_exception",
    tag = "booking", request_body = NewException, responses((status = 200, body = Stranded))
)]
async fn preview_exception(
    State(state): State<AppState>,
    staff: Staff,
    Json(details): Json<NewException>,
) -> Result<Json<Stranded>> {
    let details = check_exception(details)?;
    let now = state.clock.now();
    let mut conn = state.db.read().await?;
    may_except(&mut conn, &staff, &details).await?;
    let schedule = Schedule::load(&mut conn, staff.office, now).await?.with_exception(&details);
    drop(conn);
    // Without the note, which is for colleagues.
    let asked = json!({
        "kind": details.kind, "official": details.official, "resource": details.resource,
        "from": details.from_date, "to": details.to_date,
    });
    preview(&state, staff, &schedule, asked, now).await
}

pub(super) fn check_exception(mut details: NewException) -> Result<NewException> {
    let mut fields = Fields::new();
    details.note = fields.line("note", &details.note, 0..=500);
    sensible(&mut fields, "from_date", details.from_date);
    sensible(&mut fields, "to_date", details.to_date);
    let last = details.from_date.checked_add(DAYS_MAX.days()).unwrap_or(Date::MAX);
    if details.to_date < details.from_date || details.to_date > last {
        fields.refuse("to_date", FieldReason::OutOfRange);
    }
    match (details.from, details.to) {
        (None, None) => {}
        (Some(from), Some(to)) => minutes(&mut fields, "", from, to),
        (None, Some(_)) => fields.refuse("from", FieldReason::Missing),
        (Some(_), None) => fields.refuse("to", FieldReason::Missing),
    }
    let of_official = matches!(details.kind, ExceptionKind::Absence | ExceptionKind::ExtraHours);
    let of_resource = details.kind == ExceptionKind::ResourceClosure;
    for (field, given, wanted) in [
        ("official", details.official.is_some(), of_official),
        ("resource", details.resource.is_some(), of_resource),
    ] {
        match (given, wanted) {
            (true, false) => fields.refuse(field, FieldReason::Unknown),
            (false, true) => fields.refuse(field, FieldReason::Missing),
            _ => {}
        }
    }
    if details.kind == ExceptionKind::ExtraHours && details.from.is_none() {
        fields.refuse("from", FieldReason::Missing);
    }
    if details.substitute.is_some()
        && (details.kind != ExceptionKind::Absence || details.substitute == details.official)
    {
        fields.refuse("substitute", FieldReason::Unknown);
    }
    if details.substitute_resource.is_some()
        && (!of_resource || details.substitute_resource == details.resource)
    {
        fields.refuse("substitute_resource", FieldReason::Unknown);
    }
    fields.finish()?;
    Ok(details)
}

/// Whether the caller may except, and all it names is there.
pub(super) async fn may_except(
    conn: &mut Conn,
    staff: &Staff,
    details: &NewException,
) -> Result<()> {
    let Some(official) = details.official else {
        if !staff.admin {
            return Err(Failure::forbidden());
        }
        return resources::usable(
            conn,
            staff.office,
            &[("resource", details.resource), ("substitute_resource", details.substitute_resource)],
        )
        .await;
    };
    let officials = store::officials(conn, staff.office).await?;
    let known = |id| officials.iter().any(|official| official.id == id);
    if !known(official) {
        Err(Failure::field("official", FieldReason::Unknown))
    } else if details.substitute.is_some_and(|id| !known(id)) {
        Err(Failure::field("substitute", FieldReason::Unknown))
    } else if staff.admin || staff.person == official {
        Ok(())
    } else {
        Err(Failure::forbidden())
    }
}

/// Takes an exception back: one's own, or anyone for administrators.
#[utoipa::path(
    delete, path = "/booking/v1/exceptions/{exception}", operation_id = "booking_delete_exception",
    tag = "booking", params(("exception" = ExceptionId, Path)), responses((status = 204))
)]
async fn delete_exception(
    State(state): State<AppState>,
    staff: Staff,
    Path(id): Path<ExceptionId>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        let all = store::exceptions(conn, staff.office, Date::MIN, Date::MAX).await?;
        let found = all.into_iter().find(|known| known.id == id).ok_or_else(Failure::not_found)?;
        if !staff.admin && found.details.official != Some(staff.person) {
            return Err(Failure::forbidden());
        }
        store::delete_exception(conn, staff.office, id).await?;
        stranding::apply(conn, &state, staff.office, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Public holidays and the office's own closures of whole days.
#[utoipa::path(
    get, path = "/booking/v1/closed-days", operation_id = "booking_closed_days", tag = "booking",
    params(DateRange), responses((status = 200, body = Vec<ClosedDay>))
)]
async fn list_closed_days(
    State(state): State<AppState>,
    staff: Staff,
    Query(range): Query<DateRange>,
) -> Result<Json<Vec<ClosedDay>>> {
    days(&range, DAYS_MAX)?;
    let exceptions =
        store::exceptions(&mut *state.db.read().await?, staff.office, range.from, range.to).await?;
    let closed = |date: Date| {
        exceptions.iter().map(|exception| &exception.details).any(|details| {
            details.kind == ExceptionKind::Closure
                && details.from.is_none()
                && details.from_date <= date
                && date <= details.to_date
        })
    };
    let mut days = Vec::new();
    for date in range.from.series(1.day()).take_while(|date| *date <= range.to) {
        let holiday = holiday_name(date);
        if holiday.is_some() || closed(date) {
            days.push(ClosedDay { date, holiday });
        }
    }
    Ok(Json(days))
}

/// The wire name of a public holiday.
pub(crate) fn holiday_name(date: Date) -> Option<String> {
    holidays::on(date).and_then(|holiday| row::name(&holiday).ok())
}

/// Today in Warsaw.
pub(crate) fn today(now: Time) -> Date {
    wall::date_of(now)
}
