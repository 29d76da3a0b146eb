//! Which appointments no longer fit after hours, holidays, absences or places have changed, and why.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use szpon_protocol::PersonId;

use crate::{
    AppointmentId, ExceptionKind, Form, Forms, Input, Minutes, ResourceId, Staff, TickRange,
    bits::Bits,
    hours::{Calendar, Roster, Scope},
    places::Places,
    wall,
};

/// Why an appointment no longer fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// The official is there, but the desk is closed.
    Place,
}

impl StrandReason {
    pub const ALL: [Self; 7] = [
        Self::OfficialGone,
        Self::Closure,
        Self::Absence,
        Self::Holiday,
        Self::Form,
        Self::Hours,
        Self::Place,
    ];

    /// As on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OfficialGone => "official_gone",
            Self::Closure => "closure",
            Self::Absence => "absence",
            Self::Holiday => "holiday",
            Self::Form => "form",
            Self::Hours => "hours",
            Self::Place => "place",
        }
    }

    /// The inverse of [`StrandReason::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// An appointment that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    pub id: AppointmentId,
    /// Without buffers.
    pub ticks: TickRange,
    pub form: Form,
    pub official: PersonId,
    pub desk: Option<ResourceId>,
    /// As it is now.
    pub stranded: Option<StrandReason>,
    /// An official put it outside the hours on purpose: only exceptions strand it, not hours.
    pub off_hours: bool,
}

/// What changed hours mean for `planned`: [`Input::Strand`] for each that doesn't fit, unless that
/// is known for the same reason, and [`Input::Unstrand`] for each that fits again. `staff` is as it
/// is after the change, for the matter of all of them.
pub fn check(planned: &[Planned], staff: &Staff) -> Vec<(AppointmentId, Input)> {
    let (roster, places) = (Roster::new(staff), Places::new(staff));
    let mut calendars: HashMap<Date, Calendar> = HashMap::new();
    planned
        .iter()
        .filter_map(|appointment| {
            let date = wall::date_of(appointment.ticks.start.time());
            let calendar = calendars.entry(date).or_insert_with(|| Calendar::new(date));
            let reason = reason(appointment, &roster, &places, calendar);
            let input = match reason {
                _ if reason == appointment.stranded => return None,
                Some(reason) => Input::Strand(reason),
                None => Input::Unstrand,
            };
            Some((appointment.id, input))
        })
        .collect()
}

fn reason(
    appointment: &Planned,
    roster: &Roster<'_>,
    places: &Places<'_>,
    calendar: &Calendar,
) -> Option<StrandReason> {
    let Some(index) = roster.find(appointment.official) else {
        return Some(StrandReason::OfficialGone);
    };
    let open = |forms: Forms| {
        let open = roster.open(index, calendar, forms, Minutes::from_ticks(1), Scope::Given);
        open.ticks.covers(calendar.base, appointment.ticks)
    };
    let wanted = Bits::of(calendar.base, appointment.ticks);
    let place = || {
        let desk = appointment.desk?;
        let fits = if appointment.off_hours {
            places.closed(desk, calendar).and(wanted).is_empty()
        } else {
            places.open(desk, calendar).covers(calendar.base, appointment.ticks)
        };
        (!fits).then_some(StrandReason::Place)
    };
    if open(Forms::NONE.with(appointment.form)) {
        return place();
    }
    let touched = |kinds: fn(ExceptionKind) -> bool| {
        !roster.closed(index, calendar, kinds).and(wanted).is_empty()
    };
    if touched(|kind| kind == ExceptionKind::Closure) {
        Some(StrandReason::Closure)
    } else if touched(|kind| matches!(kind, ExceptionKind::Absence { .. })) {
        Some(StrandReason::Absence)
    } else if appointment.off_hours {
        place()
    } else if open(Forms::ALL) {
        Some(StrandReason::Form)
    } else if calendar.holiday {
        Some(StrandReason::Holiday)
    } else {
        Some(StrandReason::Hours)
    }
}
