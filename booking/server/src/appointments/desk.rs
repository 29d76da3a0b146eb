//! The official's day.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::ToSpan;
use serde_json::json;
use szpon_booking_core::{Actor, Input, wall};
use szpon_kit::{
    db::Conn,
    http::{Json, Path, Query},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    AppointmentId, OfficeId, PersonId, RoomId,
    booking::{
        Appointment, AppointmentQuery, AppointmentState, AppointmentSummary, BookForCaller,
        CancelAppointment, DateRange, Day, DayQuery, Form, HandOver, MoveAppointment,
        NotesConflict, SetNotes,
    },
    problem::FieldReason,
    rooms::Delivery,
};

use super::{
    access, citizen,
    clerk::{Change, Clerk, SlotWish},
    record::{Citizen, Record},
    store::{self, Filter},
};
use crate::{
    AppState,
    audit::{self, Action},
    caller::{Agent, Reader, Staff, Writer},
    claiming,
    matters::store as matters,
    schedule::{
        known,
        routes::{days, holiday_name, sensible, today},
        store as schedule,
    },
    slots::Hidden,
};

/// Longest list of appointments.
const LIST_MAX: i64 = 2000;
/// Longest range of a list, in days.
const RANGE_DAYS: i32 = 62;
/// … and of one of stranded ones, of which there are few: as far as anything can be booked.
const STRANDED_DAYS: i32 = 800;

/// One official's day, and who is next. The look is written down.
#[utoipa::path(
    get, path = "/booking/v1/day", operation_id = "booking_day", tag = "booking",
    params(DayQuery), responses((status = 200, body = Day))
)]
pub async fn day(
    State(state): State<AppState>,
    staff: Staff,
    Query(query): Query<DayQuery>,
) -> Result<Json<Day>> {
    let now = state.clock.now();
    let date = query.date.unwrap_or_else(|| today(now));
    let mut fields = Fields::new();
    sensible(&mut fields, "date", date);
    fields.finish()?;
    let official = query.official.unwrap_or(staff.person);
    let mut conn = state.db.read().await?;
    if query.official.is_some()
        && schedule::official(&mut conn, staff.office, official).await?.is_none()
    {
        return Err(Failure::not_found());
    }
    drop(conn);
    let (office, asked) = (staff.office, json!({ "date": date, "official": official }));
    audit::look(&state, &Agent::from(staff), Action::DayListed, asked).await?;
    let filter = Filter {
        from: wall::start_of(date),
        to: wall::start_of(date.saturating_add(1.day())),
        official: Some(official),
        stranded_only: false,
    };
    let mut conn = state.db.read().await?;
    let mut appointments = summaries(&mut conn, &state, office, filter).await?;
    drop(conn);
    presence(&state, office, &mut appointments).await;
    let next = next(&appointments);
    Ok(Json(Day { date, holiday: holiday_name(date), official, appointments, next }))
}

/// Who is there and waits longest, else the first who is still to come.
fn next(appointments: &[AppointmentSummary]) -> Option<AppointmentId> {
    let here = appointments
        .iter()
        .filter(|a| a.state == AppointmentState::Arrived)
        .min_by_key(|a| (a.start, a.arrived_at));
    let waiting =
        appointments.iter().find(|a| a.state == AppointmentState::Confirmed && a.waiting_now > 0);
    let coming = appointments.iter().find(|a| a.state == AppointmentState::Confirmed);
    here.or(waiting).or(coming).map(|a| a.id)
}

/// Appointments of some days, of the whole office or one official. The look is written down.
#[utoipa::path(
    get, path = "/booking/v1/appointments", operation_id = "booking_list_appointments",
    tag = "booking", params(AppointmentQuery),
    responses((status = 200, description = "At most 2000", body = Vec<AppointmentSummary>))
)]
pub async fn list(
    State(state): State<AppState>,
    Reader(staff): Reader,
    Query(query): Query<AppointmentQuery>,
) -> Result<Json<Vec<AppointmentSummary>>> {
    let (longest, action) = if query.stranded {
        (STRANDED_DAYS, Action::StrandedListed)
    } else {
        (RANGE_DAYS, Action::AppointmentsListed)
    };
    days(&DateRange { from: query.from, to: query.to }, longest)?;
    let asked = json!({ "from": query.from, "to": query.to, "official": query.official });
    audit::look(&state, &staff, action, asked).await?;
    let mut conn = state.db.read().await?;
    let filter = Filter {
        from: wall::start_of(query.from),
        to: wall::start_of(query.to.saturating_add(1.day())),
        official: query.official,
        stranded_only: query.stranded,
    };
    let mut appointments = summaries(&mut conn, &state, staff.office, filter).await?;
    drop(conn);
    presence(&state, staff.office, &mut appointments).await;
    Ok(Json(appointments))
}

async fn summaries(
    conn: &mut Conn,
    state: &AppState,
    office: OfficeId,
    filter: Filter,
) -> Result<Vec<AppointmentSummary>> {
    let listed = store::list(conn, office, filter, LIST_MAX).await?;
    summaries_of(conn, state, office, listed).await
}

/// Records as they stand in a list.
pub(crate) async fn summaries_of(
    conn: &mut Conn,
    state: &AppState,
    office: OfficeId,
    records: Vec<Record>,
) -> Result<Vec<AppointmentSummary>> {
    let names = Names::load(conn, office).await?;
    let mut mails = store::deliveries(conn, &records).await?;
    records
        .iter()
        .map(|record| {
            let mail = record.mail.and_then(|mail| mails.remove(&mail));
            names.summary(state, record, mail)
        })
        .collect()
}

/// What summaries need to know of an office.
struct Names {
    matters: Vec<szpon_protocol::booking::Matter>,
    officials: Vec<(PersonId, String)>,
    resources: Vec<szpon_protocol::booking::Resource>,
}

impl Names {
    async fn load(conn: &mut Conn, office: OfficeId) -> Result<Self> {
        Ok(Self {
            matters: matters::of_office(conn, office).await?,
            officials: schedule::names(conn, office).await?,
            resources: schedule::resources(conn, office).await?,
        })
    }

    fn summary(
        &self,
        state: &AppState,
        record: &Record,
        mail: Option<Delivery>,
    ) -> Result<AppointmentSummary> {
        let citizen = record.citizen(&state.master_key)?;
        let matter = self.matters.iter().find(|matter| matter.id == record.matter);
        let official = self.officials.iter().find(|(id, _)| *id == record.official());
        let desk = record.facts.placement.desk;
        let place = self.resources.iter().find(|known| desk.is_some_and(|id| known.id.0 == id.0));
        Ok(AppointmentSummary {
            id: record.id,
            code: record.shown_code().unwrap_or_default(),
            state: record.state(),
            stranded: record.facts.stranded.map(|reason| reason.as_str().to_owned()),
            matter: record.matter,
            matter_name: matter.map(|matter| matter.details.name.clone()).unwrap_or_default(),
            form: record.form(),
            start: record.start(),
            end: record.end(),
            official: record.official(),
            official_name: official.map(|(_, name)| name.clone()).unwrap_or_default(),
            place: place.map(|place| place.name.clone()),
            name: citizen.name,
            people: u16::try_from(record.people).unwrap_or(u16::MAX),
            interpreter: record.interpreter,
            accessibility: record.accessibility,
            arrived_at: record.facts.arrived_at,
            called_at: record.facts.called_at,
            room: (record.form() == Form::Video && record.room_version > 0)
                .then_some(RoomId(record.id.0)),
            waiting_now: 0,
            mail,
            version: record.facts.version,
        })
    }
}

/// Fills in who waits in rooms. A list without it is better than none.
async fn presence(state: &AppState, office: OfficeId, appointments: &mut [AppointmentSummary]) {
    let rooms: Vec<RoomId> = appointments.iter().filter_map(|a| a.room).take(500).collect();
    if rooms.is_empty() {
        return;
    }
    match state.signalling.presence(office, rooms).await {
        Ok(states) => {
            for appointment in appointments {
                let here = states.iter().find(|here| Some(here.room) == appointment.room);
                appointment.waiting_now = here.map_or(0, |here| here.waiting);
            }
        }
        Err(error) => tracing::warn!(%error, "who waits in rooms is not known"),
    }
}

/// An appointment with everything. The look is written down.
#[utoipa::path(
    get, path = "/booking/v1/appointments/{appointment}",
    operation_id = "booking_get_appointment", tag = "booking",
    params(("appointment" = AppointmentId, Path)), responses((status = 200, body = Appointment))
)]
pub async fn get(
    State(state): State<AppState>,
    Reader(staff): Reader,
    Path(id): Path<AppointmentId>,
) -> Result<Json<Appointment>> {
    let now = state.clock.now();
    let mut shown = transaction!(state.db, |conn| {
        let record = access::of_office(conn, staff.office, id).await?;
        let details = staff.details();
        store::record_event(conn, &record, "viewed", staff.person, &details, now).await?;
        show(conn, &state, staff.office, &record).await
    })?;
    presence(&state, staff.office, std::slice::from_mut(&mut shown.summary)).await;
    Ok(Json(shown))
}

pub(crate) async fn show(
    conn: &mut Conn,
    state: &AppState,
    office: OfficeId,
    record: &Record,
) -> Result<Appointment> {
    let mail = store::delivery(conn, record).await?;
    let names = Names::load(conn, office).await?;
    let citizen = record.citizen(&state.master_key)?;
    let matter = names.matters.iter().find(|matter| matter.id == record.matter);
    Ok(Appointment {
        summary: names.summary(state, record, mail)?,
        email: citizen.email,
        phone: citizen.phone,
        language: record.language,
        on_behalf_of: citizen.on_behalf_of,
        accessibility_needs: citizen.accessibility,
        answers: citizen.answers,
        notes: record.notes(&state.master_key)?,
        notes_version: record.notes_version,
        documents: matter.map(|matter| matter.details.documents.clone()).unwrap_or_default(),
        log: store::log(conn, record).await?,
    })
}

/// Books for somebody who calls or stands there.
#[utoipa::path(
    post, path = "/booking/v1/appointments", operation_id = "booking_book_for_caller",
    tag = "booking", request_body = BookForCaller, responses((status = 201, body = Appointment))
)]
pub async fn book(
    State(state): State<AppState>,
    Writer(staff): Writer,
    Json(body): Json<BookForCaller>,
) -> Result<(StatusCode, Json<Appointment>)> {
    let now = state.clock.now();
    let mut fields = Fields::new();
    let name = fields.line("name", &body.name, 1..=200);
    let phone = fields.line("phone", &body.phone, 0..=40);
    let email = if body.email.trim().is_empty() {
        String::new()
    } else {
        fields.email("email", &body.email)
    };
    let accessibility = fields.lines("accessibility", &body.accessibility, 0..=500);
    let on_behalf_of =
        body.on_behalf_of.as_deref().map(|text| fields.line("on_behalf_of", text, 1..=200));
    fields.range("people", body.people, 1..=500);
    if body.form == Form::Phone && phone.is_empty() {
        fields.refuse("phone", FieldReason::Missing);
    }
    // The link into the room goes by mail.
    if body.form == Form::Video && email.is_empty() {
        fields.refuse("email", FieldReason::Missing);
    }
    fields.finish()?;
    let wish = SlotWish {
        form: body.form,
        start: body.start,
        official: body.official,
        people: body.people,
        interpreter: body.interpreter,
        hidden: Hidden::Free,
    };
    let shown = claiming!(state.db, |conn| {
        let clerk = Clerk::new(conn, &state, staff.office, now).await?;
        let matter = matters::find(conn, staff.office, body.matter).await?;
        let matter = matter.ok_or_else(Failure::not_found)?;
        known::of_office(conn, staff.office, body.official).await?;
        let answers = citizen::answers(&matter.details, &body.answers)?;
        let (mut record, _) =
            clerk.hold(conn, body.matter, &wish, Actor::Official, body.language).await?;
        let citizen = Citizen {
            name: name.clone(),
            email: email.clone(),
            phone: phone.clone(),
            on_behalf_of: on_behalf_of.clone(),
            accessibility: accessibility.clone(),
            answers,
        };
        record.created_by = staff.person;
        record.accessibility = !accessibility.is_empty();
        record.email_hash = (!email.is_empty())
            .then(|| state.keys.lookup("email", staff.office, &citizen::identity(&email)));
        record.code = Some(super::clerk::draw_code());
        record.set_citizen(&state.master_key, &citizen)?;
        let change = Change::official(Input::Confirm, staff.person);
        let record = clerk.apply(conn, record, change).await?;
        show(conn, &state, staff.office, &record).await
    })?;
    state.changed();
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Applies a change that takes no place.
async fn change(
    state: &AppState,
    staff: &Agent,
    id: AppointmentId,
    input: Input,
    seen: Option<i64>,
    message: &str,
) -> Result<Json<Appointment>> {
    let now = state.clock.now();
    let shown = claiming!(state.db, |conn| {
        let record = access::of_office(conn, staff.office, id).await?;
        access::unchanged(&record, seen)?;
        let clerk = Clerk::new(conn, state, staff.office, now).await?;
        let change =
            Change { message: message.to_owned(), ..Change::official(input, staff.person) };
        let record = clerk.apply(conn, record, change).await?;
        show(conn, state, staff.office, &record).await
    })?;
    state.changed();
    Ok(Json(shown))
}

fn message(text: &str) -> Result<String> {
    let mut fields = Fields::new();
    let text = fields.lines("message", text, 0..=2000);
    fields.finish()?;
    Ok(text)
}

/// Moves an appointment; the citizen gets a mail.
#[utoipa::path(
    post, path = "/booking/v1/appointments/{appointment}/move",
    operation_id = "booking_move_appointment", tag = "booking",
    params(("appointment" = AppointmentId, Path)), request_body = MoveAppointment,
    responses((status = 200, body = Appointment))
)]
pub async fn move_to(
    State(state): State<AppState>,
    Writer(staff): Writer,
    Path(id): Path<AppointmentId>,
    Json(body): Json<MoveAppointment>,
) -> Result<Json<Appointment>> {
    let message = message(&body.message)?;
    let now = state.clock.now();
    let shown = claiming!(state.db, |conn| {
        let record = access::of_office(conn, staff.office, id).await?;
        access::unchanged(&record, body.version)?;
        known::of_office(conn, staff.office, body.official).await?;
        let clerk = Clerk::new(conn, &state, staff.office, now).await?;
        let wish = SlotWish {
            form: record.form(),
            start: body.start,
            official: body.official,
            people: u16::try_from(record.people).unwrap_or(u16::MAX),
            interpreter: record.interpreter,
            hidden: Hidden::Free,
        };
        let change =
            Change { message: message.clone(), ..Change::official(Input::Cancel, staff.person) };
        let record = clerk.move_to(conn, record, &wish, change).await?;
        show(conn, &state, staff.office, &record).await
    })?;
    state.changed();
    Ok(Json(shown))
}

/// Cancels an appointment; the citizen gets a mail.
#[utoipa::path(
    post, path = "/booking/v1/appointments/{appointment}/cancel",
    operation_id = "booking_cancel_appointment", tag = "booking",
    params(("appointment" = AppointmentId, Path)), request_body = CancelAppointment,
    responses((status = 200, body = Appointment))
)]
pub async fn cancel(
    State(state): State<AppState>,
    Writer(staff): Writer,
    Path(id): Path<AppointmentId>,
    Json(body): Json<CancelAppointment>,
) -> Result<Json<Appointment>> {
    change(&state, &staff, id, Input::Cancel, body.version, &message(&body.message)?).await
}

/// A colleague takes over at the same hour.
#[utoipa::path(
    post, path = "/booking/v1/appointments/{appointment}/hand-over",
    operation_id = "booking_hand_over", tag = "booking",
    params(("appointment" = AppointmentId, Path)), request_body = HandOver,
    responses((status = 200, body = Appointment))
)]
pub async fn hand_over(
    State(state): State<AppState>,
    staff: Staff,
    Path(id): Path<AppointmentId>,
    Json(body): Json<HandOver>,
) -> Result<Json<Appointment>> {
    let mut fields = Fields::new();
    let note = fields.lines("note", &body.note, 0..=2000);
    fields.finish()?;
    let now = state.clock.now();
    let shown = claiming!(state.db, |conn| {
        let mut record = access::of_office(conn, staff.office, id).await?;
        access::unchanged(&record, body.version)?;
        let clerk = Clerk::new(conn, &state, staff.office, now).await?;
        if !note.is_empty() {
            let notes = record.notes(&state.master_key)?;
            record.set_notes(&state.master_key, [notes.as_str(), &note].join("\n").trim());
        }
        let change = Change::official(Input::Call, staff.person);
        let record = clerk.hand_over(conn, record, body.official, change).await?;
        show(conn, &state, staff.office, &record).await
    })?;
    state.changed();
    Ok(Json(shown))
}

macro_rules! step {
    ($(#[doc = $doc:literal])* $name:ident, $path:literal, $operation:literal, $input:expr) => {
        $(#[doc = $doc])*
        #[utoipa::path(
            post, path = $path, operation_id = $operation, tag = "booking",
            params(("appointment" = AppointmentId, Path)),
            responses((status = 200, body = Appointment))
        )]
        pub async fn $name(
            State(state): State<AppState>,
            staff: Staff,
            Path(id): Path<AppointmentId>,
        ) -> Result<Json<Appointment>> {
            change(&state, &Agent::from(staff), id, $input, None, "").await
        }
    };
}

step!(
    /// The citizen is there.
    arrive, "/booking/v1/appointments/{appointment}/arrive", "booking_arrive", Input::Arrive
);
step!(
    /// Calls the citizen to the desk; the code appears on the queue screen. May be repeated.
    call, "/booking/v1/appointments/{appointment}/call", "booking_call", Input::Call
);
step!(
    /// The official begins.
    start, "/booking/v1/appointments/{appointment}/start", "booking_start", Input::Start
);
step!(
    /// It is done.
    finish, "/booking/v1/appointments/{appointment}/done", "booking_done", Input::Finish
);
step!(
    /// Nobody came.
    no_show, "/booking/v1/appointments/{appointment}/no-show", "booking_no_show", Input::NoShow
);

/// Writes the notes of officials over the version that the caller has seen.
#[utoipa::path(
    put, path = "/booking/v1/appointments/{appointment}/notes",
    operation_id = "booking_set_notes", tag = "booking",
    params(("appointment" = AppointmentId, Path)), request_body = SetNotes,
    responses(
        (status = 200, body = Appointment),
        (status = 409, description = "Somebody else wrote meanwhile", body = NotesConflict,
            content_type = "application/problem+json"),
    )
)]
pub async fn set_notes(
    State(state): State<AppState>,
    staff: Staff,
    Path(id): Path<AppointmentId>,
    Json(body): Json<SetNotes>,
) -> Result<Response> {
    let mut fields = Fields::new();
    let notes = fields.lines("notes", &body.notes, 0..=4000);
    fields.finish()?;
    let now = state.clock.now();
    let written = transaction!(state.db, |conn| {
        let mut record = access::of_office(conn, staff.office, id).await?;
        if record.notes_version != body.version {
            // The same once more, because the answer got lost, is no other text.
            let same = record.notes(&state.master_key)? == notes;
            return Ok(if same {
                Ok(show(conn, &state, staff.office, &record).await?)
            } else {
                Err(record)
            });
        }
        record.set_notes(&state.master_key, &notes);
        let version = record.facts.version;
        record.facts.version += 1;
        record.changed_at = now;
        if !store::update(conn, &record, version).await? {
            return Err(Failure::conflict());
        }
        let details = json!({});
        store::record_event(conn, &record, "noted", Some(staff.person), &details, now).await?;
        Ok::<_, Failure>(Ok(show(conn, &state, staff.office, &record).await?))
    })?;
    match written {
        Ok(shown) => Ok(Json(shown).into_response()),
        Err(record) => {
            let problem = Failure::conflict().with_detail("the notes have changed meanwhile");
            let conflict = NotesConflict {
                problem: problem.into_problem(),
                notes: record.notes(&state.master_key)?,
                notes_version: record.notes_version,
            };
            let kind = [(header::CONTENT_TYPE, "application/problem+json")];
            let body = serde_json::to_vec(&conflict).map_err(Failure::internal)?;
            Ok((StatusCode::CONFLICT, kind, body).into_response())
        }
    }
}
