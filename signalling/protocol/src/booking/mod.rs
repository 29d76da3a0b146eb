//! REST of the booking service (`/booking/v1`): what an office offers, what is free, and appointments
//! as citizens and as officials see them.
//!
//! Dates and minutes of the day are wall-clock in Europe/Warsaw; instants are [`Time`](crate::Time).

mod audit;
mod citizen;
mod desk;
mod hooks;
mod matter;
mod office;
mod privacy;
mod reports;
mod schedule;
pub mod service;
mod slots;
mod waiting;

pub use audit::*;
pub use citizen::*;
pub use desk::*;
pub use hooks::*;
pub use matter::*;
pub use office::*;
pub use privacy::*;
pub use reports::*;
pub use schedule::*;
pub use slots::*;
pub use waiting::*;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::account::Language;

/// A text in the three languages. Polish is always there; where another one is empty, Polish stands
/// in for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Localized {
    pub pl: String,
    #[serde(default)]
    pub en: String,
    #[serde(default)]
    pub uk: String,
}

impl Localized {
    pub fn pick(&self, language: Language) -> &str {
        let text = match language {
            Language::Pl => &self.pl,
            Language::En => &self.en,
            Language::Uk => &self.uk,
        };
        if text.is_empty() { &self.pl } else { text }
    }
}

/// How an appointment takes place.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// At the office.
    InPerson,
    /// The official calls.
    Phone,
    /// In a room of this installation, by a guest link.
    Video,
}

/// Where an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentState {
    /// Kept for somebody who is filling in their details.
    Held,
    Confirmed,
    /// The citizen is there: checked in at the kiosk or by an official.
    Arrived,
    /// The official has begun.
    InProgress,
    Done,
    NoShow,
    Cancelled,
    /// A hold that nobody confirmed in time.
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polish_stands_in() {
        let text = Localized { pl: "Dowód".into(), en: "Identity card".into(), uk: String::new() };
        assert_eq!(text.pick(Language::En), "Identity card");
        assert_eq!(text.pick(Language::Uk), "Dowód");
    }
}
