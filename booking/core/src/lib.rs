//! The rules of booking: what is free, who gets it, and what may become of an appointment.
//!
//! Pure: no clock, no database, no socket, no randomness; time, secrets and random bytes are
//! arguments.

pub mod appointment;
pub mod availability;
mod bits;
pub mod claims;
pub mod code;
pub mod form;
pub mod grid;
pub mod holidays;
pub mod hours;
pub mod id;
pub mod interpreter;
pub mod limits;
pub mod matter;
pub mod places;
pub mod release;
pub mod reminders;
pub mod statistics;
pub mod stranded;
pub mod waiting;
pub mod wall;
pub mod work;

pub use appointment::{
    Actor, Appointment, CalendarChange, CalendarMethod, Event, Input, Mail, Outcome, Placement,
    Policy, Refused, State,
};
pub use availability::{Audience, Candidate, Group, Query, Slot, Slots, Taken};
pub use claims::{Claim, Subject};
pub use form::{Form, Forms};
pub use grid::{Minutes, OffGrid, Tick, TickRange};
pub use holidays::Holiday;
pub use hours::{Exception, ExceptionKind, Hours, Official, Staff, Weekly};
pub use id::GroupId;
pub use matter::{BadMatter, MatterRules};
pub use places::Desk;
pub use release::{Release, ReleasePolicy};
pub use stranded::{Planned, StrandReason};
pub use szpon_protocol::{AppointmentId, MatterId, ResourceId, WaitingId};
pub use wall::{Day, WallMinute, WallRange};
