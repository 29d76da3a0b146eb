//! When officials are there, and where.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{AppointmentSummary, Form};
use crate::{DepartmentId, ExceptionId, PersonId, ResourceId};

/// `GET /booking/v1/officials` → `Vec<Official>`: everybody in the office who can hold appointments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Official {
    pub id: PersonId,
    pub name: String,
    pub department: Option<DepartmentId>,
    /// Where their appointments at the office take place.
    pub desk: Option<ResourceId>,
    pub hours: Vec<Hours>,
}

/// `PUT /booking/v1/officials/{official}/hours` → [`Official`];
/// `POST /booking/v1/officials/{official}/hours/preview` → [`Stranded`], without changing anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeHours {
    pub hours: Vec<Hours>,
}

/// One span of a weekday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// 1 is Monday, 7 Sunday (ISO 8601).
    #[schema(minimum = 1, maximum = 7)]
    pub weekday: u8,
    /// Minutes since midnight, in fives; `from` below `to`, up to 1440.
    #[schema(maximum = 1440, multiple_of = 5)]
    pub from: u16,
    #[schema(maximum = 1440, multiple_of = 5)]
    pub to: u16,
    #[schema(min_items = 1)]
    pub forms: Vec<Form>,
    /// First and last day that this span holds for.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<Date>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_to: Option<Date>,
}

/// `PUT /booking/v1/officials/{official}/desk` → [`Official`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDesk {
    pub desk: Option<ResourceId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// An official is away.
    Absence,
    /// An official is there beyond their hours.
    ExtraHours,
    /// The whole office is closed.
    Closure,
    /// A room or desk is closed.
    ResourceClosure,
}

/// `POST /booking/v1/exceptions` → 201 [`Exception`];
/// `POST /booking/v1/exceptions/preview` → [`Stranded`], without changing anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewException {
    pub kind: ExceptionKind,
    /// Whom it is about (absence, extra hours).
    #[serde(default)]
    pub official: Option<PersonId>,
    /// What is closed (closure of a resource).
    #[serde(default)]
    pub resource: Option<ResourceId>,
    /// First and last day.
    #[schema(value_type = String, format = Date)]
    pub from_date: Date,
    #[schema(value_type = String, format = Date)]
    pub to_date: Date,
    /// Minutes of each of these days; left out: the whole day.
    #[serde(default)]
    #[schema(maximum = 1440, multiple_of = 5)]
    pub from: Option<u16>,
    #[serde(default)]
    #[schema(maximum = 1440, multiple_of = 5)]
    pub to: Option<u16>,
    /// Who takes over what is booked (absence).
    #[serde(default)]
    pub substitute: Option<PersonId>,
    /// Where people are received instead (closure of a resource).
    #[serde(default)]
    pub substitute_resource: Option<ResourceId>,
    /// For colleagues.
    #[serde(default)]
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exception {
    pub id: ExceptionId,
    pub details: NewException,
}

/// Days from and to, both included; at most 400.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DateRange {
    #[param(value_type = String, format = Date)]
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    #[param(value_type = String, format = Date)]
    #[schema(value_type = String, format = Date)]
    pub to: Date,
}

/// Days on which the office is closed, by law or its own choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosedDay {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Which public holiday it is, as in [`DayCount`](super::DayCount); none for the office's own closure.
    pub holiday: Option<String>,
}

/// Appointments that a change of hours leaves without their official or their place.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Stranded {
    pub appointments: Vec<AppointmentSummary>,
}

/// `GET /booking/v1/resources` → `Vec<Resource>`; `POST` with [`NewResource`] → 201;
/// `PUT …/{resource}` → [`Resource`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Resource {
    pub id: ResourceId,
    pub name: String,
    /// How to find it, for citizens.
    pub directions: String,
    pub archived: bool,
    /// When it can be used. Empty: whenever somebody is there.
    pub hours: Vec<ResourceHours>,
}

/// `PUT /booking/v1/resources/{resource}/hours` → [`Resource`];
/// `POST /booking/v1/resources/{resource}/hours/preview` → [`Stranded`], without changing anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeResourceHours {
    pub hours: Vec<ResourceHours>,
}

/// One span of a weekday in which a room or desk can be used; also on public holidays, on which only
/// extra hours bring somebody there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceHours {
    /// 1 is Monday, 7 Sunday (ISO 8601).
    pub weekday: u8,
    /// Minutes since midnight, in fives; `from` below `to`, up to 1440.
    pub from: u16,
    pub to: u16,
    /// First and last day that this span holds for.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<Date>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_to: Option<Date>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResource {
    /// Like `Stanowisko 4` or `Pokój 112`.
    #[schema(min_length = 1)]
    pub name: String,
    #[serde(default)]
    pub directions: String,
    #[serde(default)]
    pub archived: bool,
}
