//! The official's day.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Answer, AppointmentState, Form, Localized};
use crate::{
    AppointmentId, MatterId, PersonId, Problem, RoomId, Time, account::Language, rooms::Delivery,
};

/// `GET /booking/v1/day` → [`Day`].
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DayQuery {
    /// Left out: today.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    #[schema(value_type = Option<String>, format = Date)]
    pub date: Option<Date>,
    /// Left out: the caller's own.
    #[serde(default)]
    pub official: Option<PersonId>,
}

/// One official's day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Day {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Which public holiday it is, as in [`DayCount`](super::DayCount).
    pub holiday: Option<String>,
    pub official: PersonId,
    /// In order of their start; without holds, expired and cancelled ones.
    pub appointments: Vec<AppointmentSummary>,
    /// Who is next: waiting longest, else the next by time.
    pub next: Option<AppointmentId>,
}

/// `GET /booking/v1/appointments` → `Vec<AppointmentSummary>`, at most 2000.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppointmentQuery {
    /// First and last day; at most 62 apart, and at most 800 when only stranded ones are asked for.
    #[param(value_type = String, format = Date)]
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    #[param(value_type = String, format = Date)]
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// Left out: everybody's.
    #[serde(default)]
    pub official: Option<PersonId>,
    /// Only those that a change of hours has left without their official.
    #[serde(default)]
    pub stranded: bool,
}

/// An appointment in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AppointmentSummary {
    pub id: AppointmentId,
    pub code: String,
    pub state: AppointmentState,
    /// A change of hours has left it without its official; why.
    pub stranded: Option<String>,
    pub matter: MatterId,
    pub matter_name: Localized,
    pub form: Form,
    pub start: Time,
    pub end: Time,
    pub official: PersonId,
    pub official_name: String,
    pub place: Option<String>,
    /// Who comes.
    pub name: String,
    pub people: u16,
    pub interpreter: bool,
    /// Something is needed to take part; the details say what.
    pub accessibility: bool,
    pub arrived_at: Option<Time>,
    pub called_at: Option<Time>,
    /// The room, for appointments by video, once it is made.
    pub room: Option<RoomId>,
    /// How many wait in the room's waiting room at this moment.
    pub waiting_now: u32,
    /// What became of the newest mail to the citizen.
    pub mail: Option<Delivery>,
    /// Grows with each change.
    pub version: i64,
}

/// `GET /booking/v1/appointments/{appointment}` → [`Appointment`]. The look is written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Appointment {
    #[serde(flatten)]
    pub summary: AppointmentSummary,
    pub email: String,
    pub phone: String,
    pub language: Language,
    pub on_behalf_of: Option<String>,
    pub accessibility_needs: String,
    pub answers: Vec<LabelledAnswer>,
    /// By officials, for officials.
    pub notes: String,
    /// Grows with each change of the notes.
    pub notes_version: i64,
    pub documents: Vec<Localized>,
    /// What happened to it, oldest first.
    pub log: Vec<LogEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LabelledAnswer {
    pub label: Localized,
    pub value: String,
}

/// A line of an appointment's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogEntry {
    pub at: Time,
    pub event: String,
    /// The official who did it; none for the citizen and for the system.
    pub by: Option<String>,
}

/// `POST /booking/v1/appointments` → 201 [`Appointment`]: books for somebody who calls or stands
/// there. No mail goes out when there is no address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookForCaller {
    pub matter: MatterId,
    pub form: Form,
    pub start: Time,
    #[serde(default)]
    pub official: Option<PersonId>,
    #[schema(min_length = 1)]
    pub name: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub phone: String,
    pub language: Language,
    #[serde(default)]
    pub on_behalf_of: Option<String>,
    #[serde(default = "one")]
    #[schema(minimum = 1)]
    pub people: u16,
    #[serde(default)]
    pub accessibility: String,
    #[serde(default)]
    pub interpreter: bool,
    #[serde(default)]
    pub answers: Vec<Answer>,
}

fn one() -> u16 {
    1
}

/// `POST /booking/v1/appointments/{appointment}/move` → [`Appointment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveAppointment {
    /// The version that the caller saw: 409 `conflict` when somebody was faster.
    #[serde(default)]
    pub version: Option<i64>,
    pub start: Time,
    /// Left out: whoever is free, the present one first.
    #[serde(default)]
    pub official: Option<PersonId>,
    /// To the citizen, in the mail.
    #[serde(default)]
    pub message: String,
}

/// `POST /booking/v1/appointments/{appointment}/cancel` → [`Appointment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelAppointment {
    /// The version that the caller saw: 409 `conflict` when somebody was faster.
    #[serde(default)]
    pub version: Option<i64>,
    /// To the citizen, in the mail.
    #[serde(default)]
    pub message: String,
}

/// `POST /booking/v1/appointments/{appointment}/hand-over` → [`Appointment`]: a colleague takes over
/// at the same hour, and finds the note among the notes. 409 `slot_taken` when they are not free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The version that the caller saw: 409 `conflict` when somebody was faster.
    #[serde(default)]
    pub version: Option<i64>,
    pub official: PersonId,
    #[serde(default)]
    pub note: String,
}

/// `PUT /booking/v1/appointments/{appointment}/notes` → [`Appointment`]; 409 [`NotesConflict`] when
/// somebody else wrote meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetNotes {
    /// `notes_version` of the text that the caller has changed.
    pub version: i64,
    /// Up to 4,000 characters.
    pub notes: String,
}

/// A problem document with what stands there now, so that nobody's text is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotesConflict {
    #[serde(flatten)]
    pub problem: Problem,
    pub notes: String,
    pub notes_version: i64,
}

/// An address with a secret: `POST /booking/v1/queue-screen` (office administrator), `POST
/// /booking/v1/calendar` (one's own feed) → 201. An earlier one stops working.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecretAddress {
    pub url: String,
}
