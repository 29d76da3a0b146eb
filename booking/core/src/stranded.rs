//! Which appointments no longer fit after hours, holidays or absences have changed, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why an appointment no longer fits.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StrandReason {
    /// The official no longer takes meetings.
    OfficialGone,
    /// The office is closed.
    Closure,
    /// The official is away.
    Absence,
    /// A public holiday.
    Holiday,
    /// There are hours, but not in this form of meeting.
    Form,
    /// Outside the hours.
    Hours,
}

impl StrandReason {
    pub const ALL: [Self; 6] =
        [Self::OfficialGone, Self::Closure, Self::Absence, Self::Holiday, Self::Form, Self::Hours];

    /// As on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OfficialGone => "official_gone",
            Self::Closure => "closure",
            Self::Absence => "absence",
            Self::Holiday => "holiday",
            Self::Form => "form",
            Self::Hours => "hours",
        }
    }

    /// The inverse of [`StrandReason::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}
