//! Booking without an account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AppointmentState, Form, Localized, PublicOffice, Question};
use crate::{AppointmentId, MatterId, OfficeId, PersonId, Time, account::Language};

/// `POST /booking/v1/public/challenges` → 201. A hold takes the solution of one of these, once, within
/// ten minutes: the number from 0 to `max_number` for which the lower-case hex of SHA-256 over the
/// characters of `salt` and of the number (decimal) is `challenge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkChallenge {
    /// `SHA-256`.
    pub algorithm: String,
    pub challenge: String,
    pub max_number: u32,
    pub salt: String,
    /// Says that the challenge is ours.
    pub signature: String,
}

/// A solved [`WorkChallenge`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkSolution {
    pub algorithm: String,
    pub challenge: String,
    pub salt: String,
    pub signature: String,
    /// What was found.
    pub number: u32,
}

/// `POST /booking/v1/public/holds` → 201 [`Held`]. 409 `slot_taken` when somebody was faster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    pub office: OfficeId,
    pub matter: MatterId,
    pub form: Form,
    /// Of a slot.
    pub start: Time,
    /// Only with this official.
    #[serde(default)]
    pub official: Option<PersonId>,
    /// How many people come.
    #[serde(default = "one")]
    #[schema(minimum = 1)]
    pub people: u16,
    /// A sign-language interpreter is needed, at least three working days ahead.
    #[serde(default)]
    pub interpreter: bool,
    pub proof: WorkSolution,
}

/// A slot that is kept until `expires_at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Held {
    pub appointment: AppointmentId,
    /// Opens this appointment from now on; stands behind `#` in links and travels in bodies.
    pub secret: String,
    pub expires_at: Time,
    pub start: Time,
    pub end: Time,
    pub official: PersonId,
    pub official_name: String,
}

/// `POST /booking/v1/public/holds/release` (204): gives the slot back.
/// `POST /booking/v1/public/appointments/view` → [`CitizenAppointment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppointmentSecret {
    pub secret: String,
}

/// `POST /booking/v1/public/holds/code` (204): mails a code of six digits to the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestCode {
    pub secret: String,
    pub email: String,
    pub language: Language,
}

/// `POST /booking/v1/public/holds/confirm` → 200 [`CitizenAppointment`]. Asked twice with the same
/// secret it gives the same appointment. The address is the one that the code went to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBooking {
    pub secret: String,
    /// From the mail; empty for a slot that the waiting list offered.
    #[serde(default)]
    pub code: String,
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Needed when the official is to call.
    #[serde(default)]
    pub phone: String,
    pub language: Language,
    /// For whom it is, when it isn't for the one who books.
    #[serde(default)]
    pub on_behalf_of: Option<String>,
    /// What is needed to take part, in the citizen's words; up to 500 characters.
    #[serde(default)]
    pub accessibility: String,
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// The data-protection notice was shown.
    pub notice_read: bool,
}

fn one() -> u16 {
    1
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Of the question.
    pub key: String,
    pub value: String,
}

/// `POST /booking/v1/public/appointments/move` → [`CitizenAppointment`]. 409 `slot_taken`; 403
/// `cut_off_passed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveBooking {
    pub secret: String,
    /// The version that the caller saw: 409 `conflict` when somebody was faster.
    #[serde(default)]
    pub version: Option<i64>,
    pub start: Time,
    #[serde(default)]
    pub official: Option<PersonId>,
}

/// `POST /booking/v1/public/appointments/cancel` → [`CitizenAppointment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBooking {
    pub secret: String,
    /// The version that the caller saw: 409 `conflict` when somebody was faster.
    #[serde(default)]
    pub version: Option<i64>,
    /// For the office; up to 500 characters.
    #[serde(default)]
    pub reason: String,
}

/// An appointment as the one who booked it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CitizenAppointment {
    pub id: AppointmentId,
    pub state: AppointmentState,
    /// To say at the office and to read on its screens; none while only held.
    pub code: Option<String>,
    pub office: PublicOffice,
    pub matter: MatterId,
    pub matter_name: Localized,
    pub documents: Vec<Localized>,
    pub questions: Vec<Question>,
    pub form: Form,
    pub start: Time,
    pub end: Time,
    pub official: PersonId,
    pub official_name: String,
    /// Where, for appointments at the office.
    pub place: Option<String>,
    /// The guest link into the room, for appointments by video.
    pub join_url: Option<String>,
    /// Of a hold.
    pub expires_at: Option<Time>,
    /// Moving and cancelling are open until then.
    pub change_until: Time,
    pub can_change: bool,
    /// The office could not keep it as it is and will write.
    pub stranded: bool,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub on_behalf_of: Option<String>,
    pub people: u16,
    pub accessibility: String,
    pub interpreter: bool,
    /// Grows with each change.
    pub version: i64,
    /// SEQUENCE of its calendar entry (RFC 5545), as in the newest mail. The entry's UID is `id@` and the
    /// host of this server.
    pub sequence: i64,
    /// The waiting list offered it, so that no code is needed to confirm it.
    pub offered: bool,
}

/// `POST /booking/v1/public/kiosk` → [`CheckedIn`]: the citizen is at the office. From half an hour
/// before the appointment until its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    pub office: OfficeId,
    pub code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckedIn {
    pub code: String,
    pub start: Time,
    pub place: Option<String>,
}

/// `POST /booking/v1/public/queue` → [`QueueScreen`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueSecret {
    pub secret: String,
}

/// What hangs in the hall: codes, never names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueScreen {
    pub office: Localized,
    /// Called last first.
    pub called: Vec<QueueEntry>,
    /// Who comes next first.
    pub waiting: Vec<QueueEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueEntry {
    pub code: String,
    pub place: Option<String>,
}
