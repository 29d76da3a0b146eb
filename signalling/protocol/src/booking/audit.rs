//! Who looked at lists of people. Looks at one appointment stand in its own log.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{PersonId, Time};

/// `GET /booking/v1/audit?before=&limit=` → `Vec<ListAccess>`, newest first (office administrator).
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAccessQuery {
    /// Only entries before this one.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Uuid)]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub before: Option<uuid::Uuid>,
    /// 1 to 500.
    #[serde(default = "hundred")]
    pub limit: u16,
}

fn hundred() -> u16 {
    100
}

/// Somebody looked at a list. The same look within the same ten minutes is not told again: pages that
/// officials have open ask again by themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ListAccess {
    #[schema(value_type = String, format = Uuid)]
    pub id: uuid::Uuid,
    pub at: Time,
    /// `day_listed`, `appointments_listed`, `stranded_listed`, `stranding_previewed`, `waiting_listed`,
    /// `waiting_removed`, `person_exported`, `person_erased`, `statistics_exported`.
    pub action: String,
    /// The official; none for another system.
    pub by: Option<PersonId>,
    pub by_name: Option<String>,
    /// The system's name.
    pub system: Option<String>,
    /// What was asked for: days, official, matter. Nothing personal of citizens.
    pub filter: serde_json::Value,
}
