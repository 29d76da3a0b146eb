//! An official's appointments for their calendar program, by an address with a secret.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use szpon_kit::{
    http::{ClientAddress, Json, Path},
    mail::ical::{self, Entry, Party},
    problem::{Failure, Result},
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    Code,
    booking::{Form, SecretAddress},
};

use super::{
    clerk::Clerk,
    store::{self, Filter},
};
use crate::{AppState, caller::Staff, matters::store as matters, schedule::store as schedule};

/// Days before and after now that the feed has.
const BEFORE_SECS: i64 = 31 * 86_400;
const AFTER_SECS: i64 = 366 * 86_400;
/// Longest feed.
const ENTRIES_MAX: i64 = 5000;

/// Makes the address of the caller's own calendar feed. An earlier one stops working.
#[utoipa::path(
    post, path = "/booking/v1/calendar", operation_id = "booking_make_calendar", tag = "booking",
    responses((status = 201, body = SecretAddress))
)]
pub async fn make(
    State(state): State<AppState>,
    staff: Staff,
) -> Result<(StatusCode, Json<SecretAddress>)> {
    let secret = Secret::generate();
    let known = transaction!(state.db, |conn| {
        schedule::set_feed_hash(conn, staff.office, staff.person, &secret.hash()).await
    })?;
    if !known {
        return Err(Failure::not_found());
    }
    let url = format!(
        "{}/booking/v1/public/calendar/{}/appointments.ics",
        state.settings.public_url,
        secret.reveal()
    );
    Ok((StatusCode::CREATED, Json(SecretAddress { url })))
}

/// The feed: what, when and where, by code. Names stay in the office's own pages: the feed goes to
/// whatever program the official uses.
#[utoipa::path(
    get, path = "/booking/v1/public/calendar/{secret}/appointments.ics",
    operation_id = "booking_calendar", tag = "booking for citizens",
    params(("secret" = String, Path)),
    responses((status = 200, body = String, content_type = "text/calendar"))
)]
pub async fn show(
    State(state): State<AppState>,
    address: ClientAddress,
    Path(secret): Path<String>,
) -> Result<impl IntoResponse> {
    state.limits.read.check(&address.limit_key())?;
    let invalid = || Failure::new(Code::LinkInvalid);
    let secret = Secret::parse(&secret).ok_or_else(invalid)?;
    let now = state.clock.now();
    let mut conn = state.db.read().await?;
    let found = schedule::by_feed_hash(&mut conn, &secret.hash()).await?;
    let (office, official) = found.ok_or_else(invalid)?;
    let clerk = Clerk::new(&mut conn, &state, office, now).await?;
    let filter = Filter {
        from: now.plus_secs(-BEFORE_SECS),
        to: now.plus_secs(AFTER_SECS),
        official: Some(official),
        stranded_only: false,
    };
    let matters = matters::of_office(&mut conn, office).await?;
    let resources = schedule::resources(&mut conn, office).await?;
    let records = store::list(&mut conn, office, filter, ENTRIES_MAX).await?;
    drop(conn);
    let mut entries = Vec::new();
    for record in records {
        let desk = record.facts.placement.desk;
        let place = resources.iter().find(|known| desk.is_some_and(|id| known.id.0 == id.0));
        let matter = matters.iter().find(|matter| matter.id == record.matter);
        let matter = matter.map(|matter| matter.details.name.pl.as_str()).unwrap_or_default();
        let code = record.shown_code().unwrap_or_default();
        let nobody = || Party { name: String::new(), email: String::new() };
        let url = format!("{}/booking/day", state.settings.public_url);
        entries.push(Entry {
            uid: clerk.uid(record.id),
            sequence: record.facts.sequence,
            organizer: nobody(),
            attendee: nobody(),
            summary: format!("{matter} ({code})"),
            description: String::new(),
            location: match record.form() {
                Form::InPerson => place.map(schedule::directions).unwrap_or_default(),
                Form::Phone => "Telefonicznie".into(),
                Form::Video => "Rozmowa wideo".into(),
            },
            url,
            starts_at: record.start(),
            ends_at: record.end(),
            changed_at: record.changed_at,
        });
    }
    let name = clerk.profile.name.pl.as_str();
    let headers = [(header::CONTENT_TYPE, "text/calendar; charset=utf-8")];
    Ok((headers, ical::feed(name, &entries, now)))
}
