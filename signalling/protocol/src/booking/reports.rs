//! What an office learns from its appointments.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Localized;
use crate::{MatterId, PersonId};

/// `GET /booking/v1/statistics?from=&to=` → [`Statistics`]; `…/statistics.csv` the same by matter
/// and official.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Statistics {
    pub total: Figures,
    pub by_day: Vec<DayFigures>,
    pub by_matter: Vec<MatterFigures>,
    pub by_official: Vec<OfficialFigures>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    /// Confirmed and whatever came of it.
    pub booked: u32,
    pub done: u32,
    pub no_show: u32,
    pub cancelled: u32,
    pub moved: u32,
    /// From arriving to the start, of those who waited; seconds.
    pub wait_median_s: Option<u32>,
    pub wait_longest_s: Option<u32>,
    /// Planned minutes of all that was not cancelled.
    pub minutes: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DayFigures {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub figures: Figures,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MatterFigures {
    pub matter: MatterId,
    pub name: Localized,
    pub figures: Figures,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfficialFigures {
    pub official: PersonId,
    pub name: String,
    pub figures: Figures,
}
