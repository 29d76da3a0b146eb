//! What an office learns from its appointments.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Localized;
use crate::{MatterId, PersonId};

/// `GET /booking/v1/statistics?from=&to=` → [`Statistics`]; `…/statistics.csv` has the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Statistics {
    /// By date, matter and official; only what has something to tell.
    pub rows: Vec<StatisticsRow>,
    pub matters: Vec<MatterName>,
    pub officials: Vec<OfficialLoad>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StatisticsRow {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub matter: MatterId,
    pub official: PersonId,
    pub figures: Figures,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    /// Confirmed at some time, whatever became of them.
    pub booked: u32,
    pub done: u32,
    pub no_show: u32,
    pub cancelled: u32,
    /// Planned minutes of those not cancelled.
    pub planned_minutes: u32,
    /// Real minutes of meetings with a start and an end.
    pub met_minutes: u32,
    /// How many waited: those who came and were received.
    pub waits: u32,
    /// Together, in seconds. A wait runs from the planned time, or the arrival if that is later.
    pub wait_seconds: u64,
    /// The longest, in seconds.
    pub wait_max_seconds: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MatterName {
    pub id: MatterId,
    pub name: Localized,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfficialLoad {
    pub id: PersonId,
    pub name: String,
    /// Minutes of the range in which they could meet somebody: what `planned_minutes` are a part of.
    pub open_minutes: u32,
}
