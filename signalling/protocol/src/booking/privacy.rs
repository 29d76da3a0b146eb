//! What is known of a person, and forgetting it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Appointment;

/// `POST /booking/v1/personal-data/export` → [`PersonalData`]; `POST …/personal-data/erase` →
/// [`Erased`] (office administrator). The address travels in the body, never in an URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSubject {
    pub email: String,
}

/// All appointments of an address in this office.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonalData {
    pub appointments: Vec<Appointment>,
}

/// What was erased. Appointments to come were cancelled first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Erased {
    pub appointments: u32,
    pub cancelled: u32,
}
