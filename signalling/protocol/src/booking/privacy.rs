//! What is known of a person, and forgetting it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Appointment, WaitingEntry};

/// `POST /booking/v1/personal-data/export` → [`PersonalData`]; `POST …/personal-data/erase` →
/// [`Erased`] (office administrator). The address travels in the body, never in an URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSubject {
    pub email: String,
}

/// All appointments of an address in this office, and its places on the waiting list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonalData {
    pub appointments: Vec<Appointment>,
    /// Also those that are over, as long as they name somebody.
    pub waiting: Vec<WaitingEntry>,
}

/// What was erased. Appointments to come were cancelled first. 409 `conflict` while a meeting is going
/// on: once it is done, the same request erases it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Erased {
    pub appointments: u32,
    pub cancelled: u32,
    /// Places on the waiting list.
    pub waiting: u32,
}
