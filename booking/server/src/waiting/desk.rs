//! The waiting list as the office sees it.

use axum::{extract::State, http::StatusCode};
use serde_json::json;
use szpon_booking_core::{self as core, Actor, Input, waiting::WaitingInput};
use szpon_kit::{
    db::Conn,
    http::{Json, Path, Query},
    problem::{Failure, Fields, Result},
};
use szpon_protocol::{
    OfficeId, PersonId, Time, WaitingId,
    booking::{AppointmentState, Matter, RemoveWaiting, WaitingEntry, WaitingQuery, WaitingState},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    offers,
    store::{self, Place},
};
use crate::{
    AppState, Routes,
    appointments::{
        clerk::{Change, Clerk},
        letter,
        record::form_of,
        store as appointments,
    },
    audit::{self, Action},
    caller::{Agent, Staff},
    claiming,
    mails::{self, About},
    matters::store as matters,
    schedule::store as schedule,
};

/// Longest list.
const LIST_MAX: i64 = 1000;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(remove))
}

/// Who waits or is offered a slot, longest first. The look is written down.
#[utoipa::path(
    get, path = "/booking/v1/waiting", operation_id = "booking_list_waiting", tag = "booking",
    params(WaitingQuery),
    responses((status = 200, description = "At most 1000", body = Vec<WaitingEntry>))
)]
async fn list(
    State(state): State<AppState>,
    staff: Staff,
    Query(query): Query<WaitingQuery>,
) -> Result<Json<Vec<WaitingEntry>>> {
    let office = staff.office;
    let filter = json!({ "matter": query.matter });
    audit::look(&state, &Agent::from(staff), Action::WaitingListed, filter).await?;
    let mut conn = state.db.read().await?;
    let places = store::open(&mut conn, office, query.matter, LIST_MAX).await?;
    Ok(Json(entries(&mut conn, &state, office, places).await?))
}

/// Places as the office sees them.
pub(crate) async fn entries(
    conn: &mut Conn,
    state: &AppState,
    office: OfficeId,
    places: Vec<Place>,
) -> Result<Vec<WaitingEntry>> {
    let matters = matters::of_office(conn, office).await?;
    let officials = schedule::names(conn, office).await?;
    let offers = store::offers(conn, office).await?;
    places.iter().map(|place| entry(state, place, &matters, &officials, &offers)).collect()
}

/// What is offered: the place, when it begins, and until when it is kept.
pub type Offered = (WaitingId, Time, Time);

fn entry(
    state: &AppState,
    place: &Place,
    matters: &[Matter],
    officials: &[(PersonId, String)],
    offers: &[Offered],
) -> Result<WaitingEntry> {
    let waiter = offers::waiter(state, place)?;
    let facts = &place.facts;
    let matter = matters.iter().find(|matter| matter.id == place.matter);
    let official = officials.iter().find(|(id, _)| Some(*id) == facts.official);
    let offer = offers.iter().find(|(id, ..)| *id == place.id);
    Ok(WaitingEntry {
        id: place.id,
        state: place.state,
        matter: place.matter,
        matter_name: matter.map(|matter| matter.details.name.clone()).unwrap_or_default(),
        name: waiter.name,
        email: waiter.email,
        language: place.language,
        forms: facts.forms.iter().map(form_of).collect(),
        official: facts.official,
        official_name: official.map(|(_, name)| name.clone()),
        from_date: facts.first,
        to_date: facts.last,
        from: facts.range.from.get(),
        to: facts.range.to.get(),
        people: u16::try_from(facts.people).unwrap_or(u16::MAX),
        interpreter: place.interpreter,
        since: facts.since,
        unanswered: facts.unanswered,
        offer_start: offer.map(|(_, start, _)| *start),
        offer_until: offer.map(|(_, _, until)| *until),
    })
}

/// Takes somebody off the list, who gets a mail. What was offered to them goes to the next.
#[utoipa::path(
    post, path = "/booking/v1/waiting/{place}/remove", operation_id = "booking_remove_waiting",
    tag = "booking", params(("place" = WaitingId, Path)), request_body = RemoveWaiting,
    responses((status = 204))
)]
async fn remove(
    State(state): State<AppState>,
    staff: Staff,
    Path(id): Path<WaitingId>,
    Json(body): Json<RemoveWaiting>,
) -> Result<StatusCode> {
    let mut fields = Fields::new();
    let message = fields.lines("message", &body.message, 0..=2000);
    fields.finish()?;
    let now = state.clock.now();
    let staff = Agent::from(staff);
    claiming!(state.db, |conn| {
        let place = store::find(conn, staff.office, id).await?.ok_or_else(Failure::not_found)?;
        if ![WaitingState::Waiting, WaitingState::Offered].contains(&place.state) {
            return Err(Failure::conflict().with_detail("they are no longer on the list"));
        }
        let waiter = offers::waiter(&state, &place)?;
        let clerk = Clerk::new(conn, &state, place.office, now).await?;
        let matter = matters::find(conn, place.office, place.matter).await?;
        let matter = matter.map(|matter| matter.details.name).unwrap_or_default();
        // An offer that is not out yet would come after it.
        mails::withdraw(conn, place.id.0, now).await?;
        let mail = letter::removed_mail(
            state.sender_named(clerk.profile.name.pick(place.language)),
            &waiter.name,
            &waiter.email,
            place.language,
            matter.pick(place.language),
            &message,
        );
        let about = About { office: place.office, holder: id.0, occasion: "waiting_removed" };
        mails::send(conn, &state, about, &mail, now).await?;
        let filter = json!({ "place": id, "matter": place.matter });
        audit::record(conn, &staff, Action::WaitingRemoved, &filter, now).await?;
        end(conn, &clerk, place, Actor::Official).await
    })?;
    state.changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a place: nothing is left of who it was, and what was offered goes to the next.
pub(crate) async fn end(
    conn: &mut Conn,
    clerk: &Clerk<'_>,
    mut place: Place,
    by: Actor,
) -> Result<()> {
    let offer = place.offer.take();
    // An unproven place just goes.
    let _ = place.facts.apply(WaitingInput::Leave, core::Tick(0));
    place.state = WaitingState::Left;
    place.citizen = None;
    store::update(conn, &place).await?;
    if let Some(hold) = offer
        && let Some(record) = appointments::find(conn, place.office, hold).await?
        && record.state() == AppointmentState::Held
    {
        clerk.apply(conn, record, Change { by, ..Change::citizen(Input::Abandon) }).await?;
    }
    Ok(())
}
