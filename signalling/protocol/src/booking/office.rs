//! The office as citizens find it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Localized;
use crate::OfficeId;

/// `GET /booking/v1/office` (staff), `PUT` (office administrator): how the office shows itself, and
/// the rules that all its matters share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeProfile {
    /// Citizens find the office. While false, only officials book.
    pub public: bool,
    pub name: Localized,
    /// Street and number.
    #[schema(min_length = 1, max_length = 200)]
    pub address: String,
    /// `00-000`.
    #[schema(pattern = "^[0-9]{2}-[0-9]{3}$")]
    pub postcode: String,
    #[schema(min_length = 1, max_length = 100)]
    pub town: String,
    #[schema(max_length = 40)]
    pub phone: String,
    /// How to get in: steps, lifts, induction loop.
    pub accessibility: Localized,
    /// The information of Article 13 GDPR, shown before anything is asked.
    pub privacy_notice: Localized,
    /// Postcodes that this office serves besides its own; `31-` stands for all that begin so.
    #[serde(default)]
    pub served_postcodes: Vec<String>,
    /// Towns that this office serves besides its own.
    #[serde(default)]
    pub served_towns: Vec<String>,
    /// A reminder goes out so many minutes before the appointment; at most four.
    #[serde(default = "reminders")]
    #[schema(max_items = 4)]
    pub reminder_minutes: Vec<u32>,
    /// Moving and cancelling ends so many minutes before.
    #[schema(maximum = 44640)]
    pub cut_off_minutes: u32,
    /// How long a slot is kept for somebody who fills in details.
    #[schema(minimum = 5, maximum = 60)]
    pub hold_minutes: u16,
    /// Open appointments of one e-mail address; 0: no limit.
    #[schema(maximum = 1000)]
    pub cap_per_email: u16,
    /// Holds from one network within an hour; 0: no limit.
    #[schema(maximum = 10_000)]
    pub cap_per_network: u16,
    #[serde(default)]
    pub release: Release,
    /// Personal data of an appointment is deleted so many days after it.
    #[schema(minimum = 1, maximum = 3660)]
    pub retention_days: u16,
}

fn reminders() -> Vec<u32> {
    vec![1440, 60]
}

/// When slots can be booked. Moments that nobody can guess keep those who trade in slots from being
/// first every time. Without waves all appear as soon as the horizon reaches them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Slots that are in no wave appear when the horizon reaches them.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub waves: Vec<Wave>,
    /// A slot that is given back appears after a random time between these, in minutes.
    #[serde(default)]
    pub freed_min_minutes: u32,
    #[serde(default)]
    pub freed_max_minutes: u32,
}

/// A part of the slots that appears within the same time, each at a moment of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// Which part of all slots, in percent; all waves have at most 100.
    #[schema(maximum = 100)]
    pub percent: u8,
    /// The wave begins at midnight so many days before the slot's date.
    pub days_before: u16,
    /// How long it lasts, in minutes; at most 43,200.
    pub spread_minutes: u32,
}

/// `GET /booking/v1/public/offices?q=` → `Vec<PublicOffice>`, at most 50, by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfficeQuery {
    /// A town, a postcode (`31-004`), or part of a name; empty: every office.
    #[serde(default)]
    pub q: String,
}

/// An office as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicOffice {
    pub id: OfficeId,
    pub name: Localized,
    pub address: String,
    pub postcode: String,
    pub town: String,
    pub phone: String,
    pub accessibility: Localized,
    pub privacy_notice: Localized,
    /// Moving and cancelling ends so many minutes before.
    pub cut_off_minutes: u32,
    pub hold_minutes: u16,
}
