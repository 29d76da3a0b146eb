//! What is free.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Form;
use crate::{PersonId, Time};

/// `GET /booking/v1/public/offices/{office}/matters/{matter}/slots` → [`SlotPage`]; officials ask
/// `GET /booking/v1/matters/{matter}/slots`, to whom notice and release do not apply.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SlotQuery {
    pub form: Form,
    /// First day; left out: today.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// Only slots after this one; `next` of the page before.
    #[serde(default)]
    pub after: Option<Time>,
    /// How many days to look at, 1 to 92; left out: as far as needed to fill the page.
    #[serde(default)]
    #[param(minimum = 1, maximum = 92)]
    pub days: Option<u16>,
    /// Only with this official.
    #[serde(default)]
    pub official: Option<PersonId>,
    /// How many people come: a group must have so many places left.
    #[serde(default = "one")]
    #[param(minimum = 1)]
    pub people: u16,
    /// Leaves out what is too soon for a sign-language interpreter.
    #[serde(default)]
    pub interpreter: bool,
    /// At most so many slots, 1 to 500.
    #[serde(default = "limit")]
    #[param(minimum = 1, maximum = 500)]
    pub limit: u16,
}

fn one() -> u16 {
    1
}

fn limit() -> u16 {
    100
}

/// Free slots in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotPage {
    pub slots: Vec<Slot>,
    /// Ask again with this as `after`; none when there is nothing further.
    pub next: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    pub start: Time,
    pub end: Time,
    /// The day and the minute of the day at which it begins, in Warsaw.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub minute: u16,
    /// How many can still book it: officials, or places of a group.
    pub free: u16,
}

/// `GET /booking/v1/public/offices/{office}/matters/{matter}/days` → `Vec<DayCount>`, each day of
/// the month.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MonthQuery {
    pub form: Form,
    /// `2026-12`.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    pub month: String,
    /// Only with this official.
    #[serde(default)]
    pub official: Option<PersonId>,
    /// How many people come, as for [`SlotQuery`].
    #[serde(default = "one")]
    pub people: u16,
    /// Leaves out what is too soon for a sign-language interpreter.
    #[serde(default)]
    pub interpreter: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayCount {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Free slots that begin on this day.
    pub free: u32,
    /// Which public holiday it is: `new_year`, `epiphany`, `easter_sunday`, `easter_monday`,
    /// `labour_day`, `constitution_day`, `pentecost`, `corpus_christi`, `assumption`, `all_saints`,
    /// `independence_day`, `christmas_eve`, `christmas_day`, `second_christmas_day`.
    pub holiday: Option<String>,
}
