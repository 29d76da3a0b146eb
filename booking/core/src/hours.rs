//! Who is there when: weekly hours, and what departs from them.
//!
//! For one official on one date, in this order: weekly hours, unless the date is a public holiday; plus
//! extra hours; minus the office's closures; minus absences. During an absence with a substitute, the
//! substitute has the absent official's hours as well as their own, for the absent one's matters. A
//! substitute who is absent has no substitute in turn.

use jiff::civil::{Date, Weekday};
use szpon_protocol::PersonId;

use crate::{Forms, ResourceId, WallRange};

/// Hours that come back every week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    pub weekday: Weekday,
    pub range: WallRange,
    /// First date that they hold.
    pub valid_from: Option<Date>,
    /// Last date that they hold.
    pub valid_to: Option<Date>,
    /// How one can meet in them.
    pub forms: Forms,
}

impl Hours {
    /// Whether they hold on `date`, holidays aside.
    pub fn hold_on(&self, date: Date) -> bool {
        date.weekday() == self.weekday
            && self.valid_from.is_none_or(|first| first <= date)
            && self.valid_to.is_none_or(|last| date <= last)
    }
}

/// What an exception does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionKind {
    /// The office is closed: no hours of any kind.
    Closure,
    /// Somebody is away.
    Absence { substitute: Option<PersonId> },
    /// Hours beside the weekly ones; also on public holidays.
    Extra { forms: Forms },
}

/// Dates on which the weekly hours aren't all there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// `None`: everyone of the office.
    pub official: Option<PersonId>,
    pub first: Date,
    /// Inclusive.
    pub last: Date,
    /// The part of each of these days that is meant.
    pub range: WallRange,
    pub kind: ExceptionKind,
}

impl Exception {
    fn concerns(&self, official: PersonId, date: Date) -> bool {
        self.official.is_none_or(|one| one == official) && self.first <= date && date <= self.last
    }
}

/// An official as far as booking knows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Official {
    pub id: PersonId,
    /// The matter in question is theirs. Whoever only stands in for somebody needs no matters.
    pub handles: bool,
    /// Where they can receive somebody, the preferred first. Empty: meetings in person need no desk.
    pub desks: Vec<ResourceId>,
    pub hours: Vec<Hours>,
}

/// Everyone who may come into question, and all exceptions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Staff {
    pub officials: Vec<Official>,
    pub exceptions: Vec<Exception>,
}
