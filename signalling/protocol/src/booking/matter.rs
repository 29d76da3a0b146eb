//! What citizens come with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Form, Localized};
use crate::{DepartmentId, MatterId, PersonId};

/// `POST /booking/v1/matters` → 201 [`Matter`]; `PUT /booking/v1/matters/{matter}` → [`Matter`]
/// (office administrator).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatterDetails {
    pub name: Localized,
    /// In plain words.
    pub description: Localized,
    /// What to bring.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub documents: Vec<Localized>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub questions: Vec<Question>,
    #[schema(min_items = 1)]
    pub forms: Vec<Form>,
    /// 5 to 480, in fives. So are the buffers, which may be 0.
    #[schema(minimum = 5, maximum = 480, multiple_of = 5)]
    pub duration_minutes: u16,
    #[serde(default)]
    #[schema(maximum = 480, multiple_of = 5)]
    pub buffer_before_minutes: u16,
    #[serde(default)]
    #[schema(maximum = 480, multiple_of = 5)]
    pub buffer_after_minutes: u16,
    /// The latest moment to book is so long before.
    #[serde(default)]
    #[schema(maximum = 44640)]
    pub notice_minutes: u32,
    /// Bookable so many days ahead.
    #[schema(minimum = 1, maximum = 366)]
    pub horizon_days: u16,
    /// Appointments of this matter on one day in the whole office.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10_000)]
    pub daily_cap: Option<u16>,
    /// How many people share one slot of a group appointment; 1 for any other.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 500)]
    pub capacity: u16,
    /// Citizens may choose whom they see.
    #[serde(default)]
    pub pick_official: bool,
    /// How many people may come on one booking.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 20)]
    pub max_people: u16,
    /// Whoever of these departments has hours handles it …
    #[serde(default)]
    #[schema(max_items = 50)]
    pub departments: Vec<DepartmentId>,
    /// … and these.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub officials: Vec<PersonId>,
    /// Place in the list, smallest first.
    #[serde(default)]
    pub position: i32,
}

fn one() -> u16 {
    1
}

/// Something that an official must know beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Names the answer; letters, digits, `_`.
    #[schema(pattern = "^[A-Za-z0-9_]{1,40}$")]
    pub key: String,
    pub label: Localized,
    pub kind: QuestionKind,
    /// For `choice`; the answer is the index, from 0.
    #[serde(default)]
    pub choices: Vec<Localized>,
    pub required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Free text, up to 500 characters.
    Text,
    /// `yes` or `no`.
    YesNo,
    Choice,
}

/// A matter as the office keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Matter {
    pub id: MatterId,
    /// Offered no more; its appointments stay.
    pub archived: bool,
    pub details: MatterDetails,
}

/// A matter as citizens see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicMatter {
    pub id: MatterId,
    pub name: Localized,
    pub description: Localized,
    pub documents: Vec<Localized>,
    pub questions: Vec<Question>,
    pub forms: Vec<Form>,
    pub duration_minutes: u16,
    pub capacity: u16,
    pub max_people: u16,
    /// Whom a citizen may choose; empty when they may not.
    pub officials: Vec<PublicOfficial>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicOfficial {
    pub id: PersonId,
    pub name: String,
}
