//! An appointment as stored, and the parts of it that are sealed.

use serde::{Deserialize, Serialize};
use szpon_booking_core::{self as core, TickRange};
use szpon_kit::{
    problem::{Failure, Result},
    secrets::{MasterKey, Secret},
};
use szpon_protocol::{
    AppointmentId, MailId, MatterId, OfficeId, PersonId, Time,
    account::Language,
    booking::{AppointmentState, Form, LabelledAnswer},
};

/// One row of `booking_appointment`.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: AppointmentId,
    pub office: OfficeId,
    pub matter: MatterId,
    /// What the rules speak of: state, version, sequence, when, how and with whom.
    pub facts: core::Appointment,
    /// With the buffers.
    pub block: TickRange,
    pub code: Option<String>,
    pub people: u32,
    pub secret_hash: String,
    pub secret_box: String,
    /// Sealed [`Citizen`].
    pub citizen: Option<String>,
    pub email_hash: Option<String>,
    pub language: Language,
    pub interpreter: bool,
    pub accessibility: bool,
    /// Sealed.
    pub notes: Option<String>,
    /// Grows with each change of the notes.
    pub notes_version: i64,
    /// The official who booked it.
    pub created_by: Option<PersonId>,
    pub created_at: Time,
    pub changed_at: Time,
    pub moves: u32,
    /// The newest mail to the citizen.
    pub mail: Option<MailId>,
    /// When the citizen was told of the hour last.
    pub told_at: Option<Time>,
    /// The shortest lead of a reminder sent since, in minutes.
    pub reminded: Option<u32>,
    /// The version of which signalling knows, for its room.
    pub room_version: i64,
    pub erased_at: Option<Time>,
}

/// What is known of whoever comes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citizen {
    pub name: String,
    /// Empty when they have none.
    pub email: String,
    pub phone: String,
    pub on_behalf_of: Option<String>,
    pub accessibility: String,
    pub answers: Vec<LabelledAnswer>,
}

impl Record {
    pub fn start(&self) -> Time {
        self.facts.start()
    }

    pub fn end(&self) -> Time {
        self.facts.end_time()
    }

    pub fn official(&self) -> PersonId {
        self.facts.placement.official
    }

    pub fn form(&self) -> Form {
        form_of(self.facts.placement.form)
    }

    /// The code as people write it.
    pub fn shown_code(&self) -> Option<String> {
        let code: core::code::AppointmentCode = self.code.as_ref()?.parse().ok()?;
        Some(code.to_string())
    }

    pub fn state(&self) -> AppointmentState {
        state_of(self.facts.state)
    }

    /// Somebody's details; empty while held and after erasure.
    pub fn citizen(&self, key: &MasterKey) -> Result<Citizen> {
        let Some(sealed) = &self.citizen else { return Ok(Citizen::default()) };
        let opened = key.open(&context("citizen", self.id), sealed).map_err(Failure::internal)?;
        serde_json::from_slice(&opened).map_err(Failure::internal)
    }

    pub fn set_citizen(&mut self, key: &MasterKey, citizen: &Citizen) -> Result<()> {
        let text = serde_json::to_vec(citizen).map_err(Failure::internal)?;
        self.citizen = Some(key.seal(&context("citizen", self.id), &text));
        Ok(())
    }

    pub fn notes(&self, key: &MasterKey) -> Result<String> {
        let Some(sealed) = &self.notes else { return Ok(String::new()) };
        let opened = key.open(&context("notes", self.id), sealed).map_err(Failure::internal)?;
        String::from_utf8(opened).map_err(Failure::internal)
    }

    pub fn set_notes(&mut self, key: &MasterKey, notes: &str) {
        let sealed = key.seal(&context("notes", self.id), notes.as_bytes());
        self.notes = (!notes.is_empty()).then_some(sealed);
        self.notes_version += 1;
    }

    /// The secret that opens it, for links in mail.
    pub fn secret(&self, key: &MasterKey) -> Result<Secret> {
        let opened =
            key.open(&context("secret", self.id), &self.secret_box).map_err(Failure::internal)?;
        let secret = std::str::from_utf8(&opened).ok().and_then(Secret::parse);
        secret.ok_or_else(|| Failure::internal("an appointment's secret is malformed"))
    }
}

/// Hash and sealed form of a new secret.
pub fn seal_secret(key: &MasterKey, id: AppointmentId, secret: &Secret) -> (String, String) {
    (secret.hash(), key.seal(&context("secret", id), secret.reveal().as_bytes()))
}

/// What binds a sealed text to its row.
pub fn context(what: &str, id: AppointmentId) -> String {
    format!("booking-{what}:{id}")
}

/// The secret of the guest link into the appointment's room. It follows from the appointment's own
/// secret, so that mail and room agree on it without telling each other.
pub fn room_secret(secret: &Secret) -> Secret {
    secret.derived("booking-room")
}

pub fn form_of(form: core::Form) -> Form {
    match form {
        core::Form::InPerson => Form::InPerson,
        core::Form::Phone => Form::Phone,
        core::Form::Video => Form::Video,
    }
}

pub fn core_form(form: Form) -> core::Form {
    match form {
        Form::InPerson => core::Form::InPerson,
        Form::Phone => core::Form::Phone,
        Form::Video => core::Form::Video,
    }
}

fn state_of(state: core::State) -> AppointmentState {
    match state {
        core::State::Held => AppointmentState::Held,
        core::State::Confirmed => AppointmentState::Confirmed,
        core::State::Arrived => AppointmentState::Arrived,
        core::State::InProgress => AppointmentState::InProgress,
        core::State::Done => AppointmentState::Done,
        core::State::NoShow => AppointmentState::NoShow,
        core::State::Cancelled => AppointmentState::Cancelled,
        core::State::Expired => AppointmentState::Expired,
    }
}
