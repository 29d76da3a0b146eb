//! Waiting for a slot that somebody gives back.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Form, Localized, WorkSolution};
use crate::{MatterId, OfficeId, PersonId, Time, WaitingId, account::Language};

/// `POST /booking/v1/public/waiting` → 201 [`WaitingJoined`]; a code goes to the address, and the place
/// counts once the code was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinWaiting {
    pub office: OfficeId,
    pub matter: MatterId,
    #[schema(min_items = 1)]
    pub forms: Vec<Form>,
    /// Only with this official.
    #[serde(default)]
    pub official: Option<PersonId>,
    /// First and last day that would do.
    #[schema(value_type = String, format = Date)]
    pub from_date: Date,
    #[schema(value_type = String, format = Date)]
    pub to_date: Date,
    /// Minutes of the day between which it would have to begin; left out: any.
    #[serde(default)]
    #[schema(maximum = 1440, multiple_of = 5)]
    pub from: Option<u16>,
    #[serde(default)]
    #[schema(maximum = 1440, multiple_of = 5)]
    pub to: Option<u16>,
    #[serde(default = "one")]
    #[schema(minimum = 1)]
    pub people: u16,
    #[serde(default)]
    pub interpreter: bool,
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    pub email: String,
    pub language: Language,
    /// The data-protection notice was shown.
    pub notice_read: bool,
    pub proof: WorkSolution,
}

fn one() -> u16 {
    1
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingJoined {
    /// Opens this place from now on; stands behind `#` in links and travels in bodies.
    pub secret: String,
}

/// `POST /booking/v1/public/waiting/confirm` → [`WaitingPlace`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmWaiting {
    pub secret: String,
    /// From the mail.
    pub code: String,
}

/// `POST /booking/v1/public/waiting/view` → [`WaitingPlace`]; `POST …/waiting/leave` (204).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitingSecret {
    pub secret: String,
}

/// Where a place stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingState {
    /// The address isn't proven yet.
    Unconfirmed,
    Waiting,
    /// A slot is kept for them; the mail has the link.
    Offered,
    Booked,
    /// By their own wish, because their days passed, or because they no longer answered.
    Left,
}

/// A place on the waiting list, as the one who has it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingPlace {
    pub id: WaitingId,
    pub state: WaitingState,
    pub office: OfficeId,
    pub office_name: Localized,
    pub matter: MatterId,
    pub matter_name: Localized,
    pub forms: Vec<Form>,
    #[schema(value_type = String, format = Date)]
    pub from_date: Date,
    #[schema(value_type = String, format = Date)]
    pub to_date: Date,
    /// Until when the offer is good.
    pub offer_until: Option<Time>,
}

/// `GET /booking/v1/waiting` → `Vec<WaitingEntry>`: who waits or is offered a slot, longest first, at most
/// 1000. The look is written down.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitingQuery {
    /// Left out: of all matters.
    #[serde(default)]
    pub matter: Option<MatterId>,
}

/// A place on the waiting list, as the office sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingEntry {
    pub id: WaitingId,
    pub state: WaitingState,
    pub matter: MatterId,
    pub matter_name: Localized,
    /// Who waits, and how to reach them.
    pub name: String,
    pub email: String,
    pub language: Language,
    pub forms: Vec<Form>,
    /// With this official only.
    pub official: Option<PersonId>,
    pub official_name: Option<String>,
    /// First and last day that would do.
    #[schema(value_type = String, format = Date)]
    pub from_date: Date,
    #[schema(value_type = String, format = Date)]
    pub to_date: Date,
    /// Minutes of the day between which it would have to begin; 0 and 1440: any.
    pub from: u16,
    pub to: u16,
    pub people: u16,
    pub interpreter: bool,
    /// Since when they wait: whoever waits longest is asked first.
    pub since: Time,
    /// Offers in a row that they let run out; the third ends the wait.
    pub unanswered: u32,
    /// What is offered to them, and until when.
    pub offer_start: Option<Time>,
    pub offer_until: Option<Time>,
}

/// `POST /booking/v1/waiting/{place}/remove` (204): takes somebody off the list, who gets a mail. What was
/// offered to them goes to the next. 409 `conflict` when they are no longer on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveWaiting {
    /// To the citizen, in the mail; up to 2,000 characters.
    #[serde(default)]
    pub message: String,
}
