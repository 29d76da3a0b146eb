//! Joining and leaving the waiting list, without an account.

use axum::{extract::State, http::StatusCode};
use szpon_booking_core::{
    self as core, Actor, WallMinute, WallRange,
    code::{EMAIL_CODE_MS, EmailCode, SentCode},
    waiting::{Waiting, WaitingState as CoreState},
};
use szpon_kit::{
    db::Conn,
    http::{ClientAddress, Json},
    problem::{Failure, Fields, Result},
    random,
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    Code, Time, WaitingId,
    booking::{
        ConfirmWaiting, JoinWaiting, WaitingJoined, WaitingPlace, WaitingSecret, WaitingState,
    },
    problem::FieldReason,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    desk,
    offers::{self, Waiter},
    store::{self, Place},
};
use crate::{
    AppState, Routes,
    appointments::{
        citizen::{hex, identity, unhex},
        clerk::Clerk,
        letter, proof,
        record::{core_form, form_of},
        store as appointments,
    },
    claiming,
    mails::{self, About},
    matters::store as matters,
    office::{routes::public_profile, store as offices},
    schedule::{known, routes::today},
};

/// Open places of one address in an office.
const PLACES_MAX: i64 = 5;

pub(crate) fn public_routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(join))
        .routes(routes!(confirm))
        .routes(routes!(view))
        .routes(routes!(leave))
}

/// Joins the waiting list of a matter. A code goes to the address; the place counts once it came back.
#[utoipa::path(
    post, path = "/booking/v1/public/waiting", operation_id = "booking_join_waiting",
    tag = "booking for citizens", request_body = JoinWaiting,
    responses((status = 201, body = WaitingJoined))
)]
async fn join(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<JoinWaiting>,
) -> Result<(StatusCode, Json<WaitingJoined>)> {
    state.limits.code_network.check(&address.limit_key())?;
    let now = state.clock.now();
    let mut fields = Fields::new();
    let name = fields.line("name", &body.name, 1..=200);
    let email = fields.email("email", &body.email);
    fields.range("people", body.people, 1..=500);
    if body.forms.is_empty() {
        fields.refuse("forms", FieldReason::Missing);
    }
    if !body.notice_read {
        fields.refuse("notice_read", FieldReason::Missing);
    }
    let (from, to) = (body.from.unwrap_or(0), body.to.unwrap_or(1440));
    let range = WallMinute::new(from).ok().zip(WallMinute::new(to).ok());
    let range = range.filter(|(from, to)| from < to).map(|(from, to)| WallRange { from, to });
    if range.is_none() {
        fields.refuse("to", FieldReason::OutOfRange);
    }
    let furthest = today(now).saturating_add(jiff::Span::new().days(366));
    if body.to_date < body.from_date || body.to_date < today(now) || body.to_date > furthest {
        fields.refuse("to_date", FieldReason::OutOfRange);
    }
    fields.finish()?;
    state.limits.code_address.check(&email)?;
    let solved = proof::check(&state, &body.proof, now)?;

    let (id, secret) = (WaitingId::new(), Secret::generate());
    let code = EmailCode::from_random(u64::from_le_bytes(random::bytes()));
    let place = Place {
        id,
        office: body.office,
        matter: body.matter,
        state: WaitingState::Unconfirmed,
        facts: Waiting {
            id: core::WaitingId(id.0),
            state: CoreState::Left,
            since: now,
            matter: core::MatterId(body.matter.0),
            forms: body.forms.iter().map(|form| core_form(*form)).collect(),
            official: body.official,
            first: body.from_date,
            last: body.to_date,
            range: range.unwrap_or(WallRange::ALL_DAY),
            people: body.people.into(),
            not_before: None,
            unanswered: 0,
            passed: Vec::new(),
        },
        interpreter: body.interpreter,
        secret_hash: secret.hash(),
        citizen: Some(offers::seal(&state, id, &Waiter { name, email: email.clone() })?),
        email_hash: state.keys.lookup("email", body.office, &identity(&email)),
        language: body.language,
        code_hash: hex(&code.digest(&state.keys.code, &id.to_string())),
        code_until: now.plus_millis(EMAIL_CODE_MS),
        attempts: 0,
        offer: None,
        created_at: now,
    };
    transaction!(state.db, |conn| {
        let profile = public_profile(conn, body.office).await?;
        let matter = matters::find(conn, body.office, body.matter).await?;
        let matter = matter.filter(|matter| !matter.archived).ok_or_else(Failure::not_found)?;
        known::of_office(conn, body.office, body.official).await?;
        proof::spend(conn, &solved).await?;
        if body.people > matter.details.max_people {
            return Err(Failure::field("people", FieldReason::OutOfRange));
        }
        store::insert(conn, &place).await?;
        let from = state.sender_named(profile.name.pick(body.language));
        let minutes = EMAIL_CODE_MS / 60_000;
        let mail = letter::code_mail(from, &email, body.language, code.as_str(), minutes);
        let about = About { office: body.office, holder: id.0, occasion: "code" };
        mails::send(conn, &state, about, &mail, now).await?;
        Ok::<_, Failure>(())
    })?;
    state.wake_mail();
    Ok((StatusCode::CREATED, Json(WaitingJoined { secret: secret.reveal() })))
}

async fn by_secret(conn: &mut Conn, secret: &str) -> Result<Place> {
    let invalid = || Failure::new(Code::LinkInvalid);
    let secret = Secret::parse(secret).ok_or_else(invalid)?;
    store::by_secret(conn, &secret.hash()).await?.ok_or_else(invalid)
}

/// Proves the address; from now on the place counts.
#[utoipa::path(
    post, path = "/booking/v1/public/waiting/confirm", operation_id = "booking_confirm_waiting",
    tag = "booking for citizens", request_body = ConfirmWaiting,
    responses((status = 200, body = WaitingPlace))
)]
async fn confirm(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<ConfirmWaiting>,
) -> Result<Json<WaitingPlace>> {
    state.limits.book.check(&address.limit_key())?;
    let now = state.clock.now();
    // A wrong code is counted even though nothing else happens.
    let outcome = transaction!(state.db, |conn| {
        let mut place = by_secret(conn, &body.secret).await?;
        if place.state != WaitingState::Unconfirmed {
            return Ok(Ok(show(conn, &place).await?));
        }
        place.attempts += 1;
        let right = unhex(&place.code_hash).is_some_and(|digest| {
            let sent = SentCode { digest, expires: place.code_until, attempts: place.attempts };
            sent.check(&body.code, &state.keys.code, &place.id.to_string(), now).is_ok()
        });
        if !right {
            store::update(conn, &place).await?;
            return Ok(Err(Failure::new(Code::CodeInvalid)));
        }
        if store::open_of_email(conn, place.office, &place.email_hash).await? >= PLACES_MAX {
            return Err(Failure::new(Code::TooManyAppointments));
        }
        place.state = WaitingState::Waiting;
        place.facts.since = now;
        store::update(conn, &place).await?;
        welcome(conn, &state, &place, &body.secret, now).await?;
        Ok::<_, Failure>(Ok(show(conn, &place).await?))
    })?;
    state.wake_mail();
    outcome.map(Json)
}

/// Mails the link to a place that counts from now on.
async fn welcome(
    conn: &mut Conn,
    state: &AppState,
    place: &Place,
    secret: &str,
    now: Time,
) -> Result<()> {
    let profile = offices::profile(conn, place.office).await?;
    let profile = profile.ok_or_else(Failure::not_found)?;
    let matter = matters::find(conn, place.office, place.matter).await?;
    let matter = matter.map(|matter| matter.details.name).unwrap_or_default();
    let waiter = offers::waiter(state, place)?;
    let mail = letter::place_mail(
        state.sender_named(profile.name.pick(place.language)),
        &waiter.name,
        &waiter.email,
        place.language,
        matter.pick(place.language),
        (place.facts.first, place.facts.last),
        &format!("{}/booking/waiting#{secret}", state.settings.public_url),
    );
    let about = About { office: place.office, holder: place.id.0, occasion: "waiting" };
    mails::send(conn, state, about, &mail, now).await?;
    Ok(())
}

/// A place on the list.
#[utoipa::path(
    post, path = "/booking/v1/public/waiting/view", operation_id = "booking_view_waiting",
    tag = "booking for citizens", request_body = WaitingSecret,
    responses((status = 200, body = WaitingPlace))
)]
async fn view(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<WaitingSecret>,
) -> Result<Json<WaitingPlace>> {
    state.limits.read.check(&address.limit_key())?;
    let mut conn = state.db.read().await?;
    let place = by_secret(&mut conn, &body.secret).await?;
    Ok(Json(show(&mut conn, &place).await?))
}

/// Leaves the list. What is offered goes to the next.
#[utoipa::path(
    post, path = "/booking/v1/public/waiting/leave", operation_id = "booking_leave_waiting",
    tag = "booking for citizens", request_body = WaitingSecret, responses((status = 204))
)]
async fn leave(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<WaitingSecret>,
) -> Result<StatusCode> {
    state.limits.book.check(&address.limit_key())?;
    let now = state.clock.now();
    claiming!(state.db, |conn| {
        let place = by_secret(conn, &body.secret).await?;
        if ![WaitingState::Left, WaitingState::Booked].contains(&place.state) {
            let clerk = Clerk::new(conn, &state, place.office, now).await?;
            desk::end(conn, &clerk, place, Actor::Citizen).await?;
        }
        Ok::<_, Failure>(())
    })?;
    state.changed();
    Ok(StatusCode::NO_CONTENT)
}

async fn show(conn: &mut Conn, place: &Place) -> Result<WaitingPlace> {
    let profile = offices::profile(conn, place.office).await?;
    let matter = matters::find(conn, place.office, place.matter).await?;
    let offer = match place.offer {
        Some(hold) => appointments::find(conn, place.office, hold).await?,
        None => None,
    };
    Ok(WaitingPlace {
        id: place.id,
        state: place.state,
        office: place.office,
        office_name: profile.map(|profile| profile.name).unwrap_or_default(),
        matter: place.matter,
        matter_name: matter.map(|matter| matter.details.name).unwrap_or_default(),
        forms: place.facts.forms.iter().map(form_of).collect(),
        from_date: place.facts.first,
        to_date: place.facts.last,
        offer_until: offer.map(|hold| hold.facts.hold_expires),
    })
}
