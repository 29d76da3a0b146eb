//! Booking without an account. Whoever holds the secret of an appointment may see and change it.

use axum::{extract::State, http::StatusCode};
use szpon_booking_core::{
    Actor, Input,
    code::{AppointmentCode, EMAIL_CODE_MS, EmailCode, SentCode},
};
use szpon_kit::{
    db::Conn,
    http::{ClientAddress, Json},
    problem::{Failure, Fields, Result},
    random, transaction,
};
use szpon_protocol::{
    Code, Time,
    booking::{
        Answer, AppointmentSecret, AppointmentState, CancelBooking, CheckIn, CheckedIn,
        CitizenAppointment, ConfirmBooking, Form, Held, LabelledAnswer, MatterDetails, MoveBooking,
        NewHold, Question, QuestionKind, RequestCode, WorkChallenge,
    },
    problem::FieldReason,
};

use super::{
    access,
    clerk::{Change, Claiming, Clerk, SlotWish},
    jobs, letter, proof,
    record::{Citizen, Record, context},
    store,
};
use crate::{
    AppState, claiming,
    mails::{self, About},
    matters::store as matters,
    office::routes::public_profile,
    office::store as offices,
    schedule::{known, store as schedule},
    slots::Hidden,
    waiting,
};

/// Something to work on before a slot is kept.
#[utoipa::path(
    post, path = "/booking/v1/public/challenges", operation_id = "booking_challenge",
    tag = "booking for citizens", responses((status = 201, body = WorkChallenge))
)]
pub async fn challenge(
    State(state): State<AppState>,
    address: ClientAddress,
) -> Result<(StatusCode, Json<WorkChallenge>)> {
    state.limits.book.check(&address.limit_key())?;
    Ok((StatusCode::CREATED, Json(proof::challenge(&state, state.clock.now()))))
}

/// Keeps a slot while somebody fills in their details.
#[utoipa::path(
    post, path = "/booking/v1/public/holds", operation_id = "booking_hold",
    tag = "booking for citizens", request_body = NewHold, responses((status = 201, body = Held))
)]
pub async fn hold(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(new): Json<NewHold>,
) -> Result<(StatusCode, Json<Held>)> {
    state.limits.book.check(&address.limit_key())?;
    let now = state.clock.now();
    let mut fields = Fields::new();
    fields.range("people", new.people, 1..=500);
    fields.finish()?;
    let solved = proof::check(&state, &new.proof, now)?;
    let network = state.keys.lookup("network", new.office, &address.limit_key().to_string());
    let wish = SlotWish {
        form: new.form,
        start: new.start,
        official: new.official,
        people: new.people,
        interpreter: new.interpreter,
        hidden: Hidden::Taken,
    };
    let mut claiming = Claiming::default();
    let held = loop {
        jobs::clear(&state, new.office, new.start, now).await?;
        let mut conn = state.db.read().await?;
        public_profile(&mut conn, new.office).await?;
        known::of_office(&mut conn, new.office, new.official).await?;
        let clerk = Clerk::new(&mut conn, &state, new.office, now).await?;
        let matter = matters::find(&mut conn, new.office, new.matter).await?;
        let matter = matter.ok_or_else(Failure::not_found)?;
        if new.people > matter.details.max_people {
            return Err(Failure::field("people", FieldReason::OutOfRange));
        }
        let choice = clerk.choose(&mut conn, new.matter, &wish, Actor::Citizen, None).await?;
        drop(conn);
        let held = transaction!(state.db, |conn| {
            proof::spend(conn, &solved).await?;
            let (record, secret) = clerk.hold_chosen(conn, &choice, &wish, &network).await?;
            let official = schedule::official(conn, new.office, record.official()).await?;
            Ok::<_, Failure>(Held {
                appointment: record.id,
                secret: secret.reveal(),
                expires_at: record.facts.hold_expires,
                start: record.start(),
                end: record.end(),
                official: record.official(),
                official_name: official.map(|official| official.name).unwrap_or_default(),
            })
        });
        match held {
            Err(failure) => claiming.choose_again(failure)?,
            Ok(held) => break held,
        }
    };
    Ok((StatusCode::CREATED, Json(held)))
}

/// Gives a slot back before it was confirmed.
#[utoipa::path(
    post, path = "/booking/v1/public/holds/release", operation_id = "booking_release_hold",
    tag = "booking for citizens", request_body = AppointmentSecret, responses((status = 204))
)]
pub async fn release(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<AppointmentSecret>,
) -> Result<StatusCode> {
    state.limits.book.check(&address.limit_key())?;
    let now = state.clock.now();
    claiming!(state.db, |conn| {
        let record = access::by_secret(conn, &body.secret).await?;
        if record.state() == AppointmentState::Held {
            let clerk = Clerk::new(conn, &state, record.office, now).await?;
            clerk.apply(conn, record, Change::citizen(Input::Abandon)).await?;
        }
        Ok::<_, Failure>(())
    })?;
    state.changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Mails a code to the address that the appointment is to be confirmed with.
#[utoipa::path(
    post, path = "/booking/v1/public/holds/code", operation_id = "booking_send_code",
    tag = "booking for citizens", request_body = RequestCode, responses((status = 204))
)]
pub async fn send_code(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<RequestCode>,
) -> Result<StatusCode> {
    state.limits.code_network.check(&address.limit_key())?;
    let now = state.clock.now();
    let mut fields = Fields::new();
    let email = fields.email("email", &body.email);
    fields.finish()?;
    state.limits.code_address.check(&email)?;
    let digits = EmailCode::from_random(u64::from_le_bytes(random::bytes()));
    transaction!(state.db, |conn| {
        let record = access::by_secret(conn, &body.secret).await?;
        open_hold(&record, now)?;
        let clerk = Clerk::new(conn, &state, record.office, now).await?;
        let sealed = state.master_key.seal(&context("email", record.id), email.as_bytes());
        let code = store::EmailCode {
            code_hash: hex(&digits.digest(&state.keys.code, &record.id.to_string())),
            email: sealed,
            expires_at: now.plus_millis(EMAIL_CODE_MS),
            attempts: 0,
        };
        store::put_email_code(conn, record.id, &code).await?;
        let from = state.sender_named(clerk.profile.name.pick(body.language));
        let mail =
            letter::code_mail(from, &email, body.language, digits.as_str(), EMAIL_CODE_MS / 60_000);
        let about = About { office: record.office, holder: record.id.0, occasion: "code" };
        mails::send(conn, &state, about, &mail, now).await?;
        Ok::<_, Failure>(())
    })?;
    state.changed();
    Ok(StatusCode::NO_CONTENT)
}

/// A hold that can still be confirmed.
fn open_hold(record: &Record, now: Time) -> Result<()> {
    match record.state() {
        AppointmentState::Held if now < record.facts.hold_expires => Ok(()),
        AppointmentState::Held | AppointmentState::Expired => Err(Failure::new(Code::HoldExpired)),
        _ => Err(Failure::conflict()),
    }
}

/// Makes an appointment of a hold. Asked again with the same secret, it shows the appointment.
#[utoipa::path(
    post, path = "/booking/v1/public/holds/confirm", operation_id = "booking_confirm",
    tag = "booking for citizens", request_body = ConfirmBooking,
    responses((status = 200, body = CitizenAppointment))
)]
pub async fn confirm(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<ConfirmBooking>,
) -> Result<Json<CitizenAppointment>> {
    state.limits.book.check(&address.limit_key())?;
    let now = state.clock.now();
    let mut fields = Fields::new();
    let name = fields.line("name", &body.name, 1..=200);
    let phone = fields.line("phone", &body.phone, 0..=40);
    let accessibility = fields.lines("accessibility", &body.accessibility, 0..=500);
    let on_behalf_of =
        body.on_behalf_of.as_deref().map(|text| fields.line("on_behalf_of", text, 1..=200));
    if !body.notice_read {
        fields.refuse("notice_read", FieldReason::Missing);
    }
    fields.finish()?;

    // A wrong code is counted even though nothing else happens.
    let outcome = claiming!(state.db, |conn| {
        let mut record = access::by_secret(conn, &body.secret).await?;
        let clerk = Clerk::new(conn, &state, record.office, now).await?;
        if record.facts.confirmed_at.is_some() {
            return Ok(Ok(show(conn, &clerk, &record).await?));
        }
        open_hold(&record, now)?;
        let Some(email) = proven(conn, &state, &record, &body.code, now).await? else {
            store::count_attempt(conn, record.id).await?;
            return Ok(Err(Failure::new(Code::CodeInvalid)));
        };
        let matter = matters::find(conn, record.office, record.matter).await?;
        let matter = matter.ok_or_else(|| Failure::internal("a hold without its matter"))?;
        if record.form() == Form::Phone && phone.is_empty() {
            return Err(Failure::field("phone", FieldReason::Missing));
        }
        let answers = answers(&matter.details, &body.answers)?;
        let email_hash = state.keys.lookup("email", record.office, &identity(&email));
        let cap = i64::from(clerk.profile.cap_per_email);
        if cap > 0 && store::open_of_email(conn, record.office, &email_hash, now).await? >= cap {
            return Err(Failure::new(Code::TooManyAppointments));
        }
        let citizen = Citizen {
            name: name.clone(),
            email,
            phone: phone.clone(),
            on_behalf_of: on_behalf_of.clone(),
            accessibility: accessibility.clone(),
            answers,
        };
        record.language = body.language;
        record.email_hash = Some(email_hash);
        record.accessibility = !accessibility.is_empty();
        record.code = Some(super::clerk::draw_code());
        record.set_citizen(&state.master_key, &citizen)?;
        store::delete_email_code(conn, record.id).await?;
        let record = clerk.apply(conn, record, Change::citizen(Input::Confirm)).await?;
        Ok::<_, Failure>(Ok(show(conn, &clerk, &record).await?))
    })?;
    state.changed();
    outcome.map(Json)
}

/// The address that goes with a hold: the one that the code went to, or the one that waited for it.
async fn proven(
    conn: &mut Conn,
    state: &AppState,
    record: &Record,
    code: &str,
    now: Time,
) -> Result<Option<String>> {
    if let Some(place) = waiting::store::by_offer(conn, record.id).await? {
        return Ok(Some(waiting::offers::waiter(state, &place)?.email));
    }
    let sent = store::email_code(conn, record.id).await?;
    let Some(sent) = sent.filter(|sent| is_right(state, record, sent, code, now)) else {
        return Ok(None);
    };
    let email = state.master_key.open(&context("email", record.id), &sent.email);
    Ok(Some(String::from_utf8(email.map_err(Failure::internal)?).map_err(Failure::internal)?))
}

/// The address as far as it names somebody: parts that a mail server ignores don't make it another.
pub(crate) fn identity(email: &str) -> String {
    szpon_booking_core::limits::identity(email).unwrap_or_else(|| email.to_owned())
}

fn is_right(
    state: &AppState,
    record: &Record,
    sent: &store::EmailCode,
    code: &str,
    now: Time,
) -> bool {
    let Some(digest) = unhex(&sent.code_hash) else { return false };
    // This try counts, too.
    let known = SentCode { digest, expires: sent.expires_at, attempts: sent.attempts + 1 };
    known.check(code, &state.keys.code, &record.id.to_string(), now).is_ok()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Answers beside their questions, checked.
pub(super) fn answers(matter: &MatterDetails, given: &[Answer]) -> Result<Vec<LabelledAnswer>> {
    let mut fields = Fields::new();
    if given.iter().any(|answer| !matter.questions.iter().any(|asked| asked.key == answer.key)) {
        fields.refuse("answers", FieldReason::Unknown);
    }
    let mut labelled = Vec::new();
    for question in &matter.questions {
        let field = format!("answers.{}", question.key);
        let given = given.iter().find(|answer| answer.key == question.key);
        let text = fields.lines(&field, given.map_or("", |answer| &answer.value), 0..=500);
        if text.is_empty() {
            if question.required {
                fields.refuse(&field, FieldReason::Missing);
            }
            continue;
        }
        match readable(question, &text) {
            Some(value) => {
                labelled.push(LabelledAnswer { label: question.label.clone(), value });
            }
            None => fields.refuse(&field, FieldReason::OutOfRange),
        }
    }
    fields.finish()?;
    Ok(labelled)
}

/// An answer as officials read it.
fn readable(question: &Question, text: &str) -> Option<String> {
    match question.kind {
        QuestionKind::Text => Some(text.to_owned()),
        QuestionKind::YesNo => match text {
            "yes" => Some("tak".into()),
            "no" => Some("nie".into()),
            _ => None,
        },
        QuestionKind::Choice => {
            let index: usize = text.parse().ok()?;
            question.choices.get(index).map(|choice| choice.pl.clone())
        }
    }
}

/// The appointment that a secret opens.
#[utoipa::path(
    post, path = "/booking/v1/public/appointments/view", operation_id = "booking_view",
    tag = "booking for citizens", request_body = AppointmentSecret,
    responses((status = 200, body = CitizenAppointment))
)]
pub async fn view(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<AppointmentSecret>,
) -> Result<Json<CitizenAppointment>> {
    state.limits.read.check(&address.limit_key())?;
    let mut conn = state.db.read().await?;
    let record = access::by_secret(&mut conn, &body.secret).await?;
    let clerk = Clerk::new(&mut conn, &state, record.office, state.clock.now()).await?;
    Ok(Json(show(&mut conn, &clerk, &record).await?))
}

/// Moves an appointment to another slot of the same matter, until the cut-off.
#[utoipa::path(
    post, path = "/booking/v1/public/appointments/move", operation_id = "booking_move",
    tag = "booking for citizens", request_body = MoveBooking,
    responses((status = 200, body = CitizenAppointment))
)]
pub async fn move_to(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<MoveBooking>,
) -> Result<Json<CitizenAppointment>> {
    state.limits.book.check(&address.limit_key())?;
    let now = state.clock.now();
    let shown = claiming!(state.db, |conn| {
        let record = access::by_secret(conn, &body.secret).await?;
        access::unchanged(&record, body.version)?;
        known::of_office(conn, record.office, body.official).await?;
        let clerk = Clerk::new(conn, &state, record.office, now).await?;
        let wish = SlotWish {
            form: record.form(),
            start: body.start,
            official: body.official,
            people: u16::try_from(record.people).unwrap_or(u16::MAX),
            interpreter: record.interpreter,
            hidden: Hidden::Taken,
        };
        let change = Change::citizen(Input::Cancel);
        let record = clerk.move_to(conn, record, &wish, change).await?;
        show(conn, &clerk, &record).await
    })?;
    state.changed();
    Ok(Json(shown))
}

/// Cancels an appointment, until the cut-off. Asked again, it shows it cancelled.
#[utoipa::path(
    post, path = "/booking/v1/public/appointments/cancel", operation_id = "booking_cancel",
    tag = "booking for citizens", request_body = CancelBooking,
    responses((status = 200, body = CitizenAppointment))
)]
pub async fn cancel(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<CancelBooking>,
) -> Result<Json<CitizenAppointment>> {
    state.limits.book.check(&address.limit_key())?;
    let now = state.clock.now();
    let mut fields = Fields::new();
    let reason = fields.lines("reason", &body.reason, 0..=500);
    fields.finish()?;
    let shown = claiming!(state.db, |conn| {
        let mut record = access::by_secret(conn, &body.secret).await?;
        let clerk = Clerk::new(conn, &state, record.office, now).await?;
        if record.state() != AppointmentState::Cancelled {
            access::unchanged(&record, body.version)?;
            if !reason.is_empty() {
                let notes = record.notes(&state.master_key)?;
                let notes = [notes.as_str(), &reason].join("\n");
                record.set_notes(&state.master_key, notes.trim());
            }
            record = clerk.apply(conn, record, Change::citizen(Input::Cancel)).await?;
        }
        show(conn, &clerk, &record).await
    })?;
    state.changed();
    Ok(Json(shown))
}

/// Checks in at the office with the appointment's code.
#[utoipa::path(
    post, path = "/booking/v1/public/kiosk", operation_id = "booking_check_in",
    tag = "booking for citizens", request_body = CheckIn,
    responses((status = 200, body = CheckedIn))
)]
pub async fn check_in(
    State(state): State<AppState>,
    address: ClientAddress,
    Json(body): Json<CheckIn>,
) -> Result<Json<CheckedIn>> {
    state.limits.kiosk.check(&address.limit_key())?;
    let now = state.clock.now();
    let invalid = || Failure::new(Code::CheckInInvalid);
    let code: AppointmentCode = body.code.parse().map_err(|_| invalid())?;
    let shown = transaction!(state.db, |conn| {
        let record = store::by_code(conn, body.office, code.compact()).await?;
        let record = record.ok_or_else(invalid)?;
        let clerk = Clerk::new(conn, &state, record.office, now).await?;
        let record = match record.state() {
            // Typed twice is there once.
            AppointmentState::Arrived => record,
            AppointmentState::Confirmed if now < record.end() => clerk
                .apply(conn, record, Change::citizen(Input::Arrive))
                .await
                .map_err(|failure| match failure.code() {
                    Code::Conflict => invalid(),
                    _ => failure,
                })?,
            _ => return Err(invalid()),
        };
        let place = clerk.desk_name(conn, &record).await?;
        Ok(CheckedIn { code: code.to_string(), start: record.start(), place })
    })?;
    Ok(Json(shown))
}

/// An appointment as the one who booked it sees it.
async fn show(conn: &mut Conn, clerk: &Clerk<'_>, record: &Record) -> Result<CitizenAppointment> {
    let state = clerk.state;
    let citizen = record.citizen(&state.master_key)?;
    let matter = matters::find(conn, record.office, record.matter).await?;
    let matter = matter.ok_or_else(|| Failure::internal("an appointment without its matter"))?;
    let official = schedule::official(conn, record.office, record.official()).await?;
    let secret = record.secret(&state.master_key)?;
    let now = clerk.now;
    let held = record.state() == AppointmentState::Held;
    let change_until = record.facts.cut_off(&clerk.policy());
    // A hold that is over is over, whether or not anybody has tidied up yet.
    let expired = held && now >= record.facts.hold_expires;
    Ok(CitizenAppointment {
        id: record.id,
        state: if expired { AppointmentState::Expired } else { record.state() },
        code: record.shown_code(),
        office: offices::show(record.office, &clerk.profile),
        matter: record.matter,
        matter_name: matter.details.name,
        documents: matter.details.documents,
        questions: matter.details.questions,
        form: record.form(),
        start: record.start(),
        end: record.end(),
        official: record.official(),
        official_name: official.map(|official| official.name).unwrap_or_default(),
        place: clerk.desk_name(conn, record).await?,
        join_url: clerk.join_url(record, &secret),
        expires_at: held.then_some(record.facts.hold_expires),
        change_until,
        can_change: record.state() == AppointmentState::Confirmed && now < change_until,
        stranded: record.facts.stranded.is_some(),
        name: citizen.name,
        email: citizen.email,
        phone: citizen.phone,
        on_behalf_of: citizen.on_behalf_of,
        people: u16::try_from(record.people).unwrap_or(u16::MAX),
        accessibility: citizen.accessibility,
        interpreter: record.interpreter,
        version: record.facts.version,
        sequence: record.facts.sequence,
        offered: held && waiting::store::by_offer(conn, record.id).await?.is_some(),
    })
}
