//! Who is there when: weekly hours, and what departs from them. Where they can receive somebody is in
//! [`places`](crate::places).
//!
//! For one official on one date, in this order: weekly hours, unless the date is a public holiday;
//! plus extra hours; minus the office's closures; minus absences. During an absence with a
//! substitute, the substitute has the absent official's hours as well as their own, for the absent
//! one's matters. A substitute who is absent has no substitute in turn.

use std::collections::HashMap;

use jiff::civil::{Date, Weekday};
use szpon_protocol::PersonId;

use crate::{
    Day, Desk, Form, Forms, Minutes, ResourceId, Tick, TickRange, WallRange,
    bits::{Bits, MARGIN},
    holidays,
};

/// A span of a weekday that comes back every week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weekly {
    pub weekday: Weekday,
    pub range: WallRange,
    /// First date that it holds.
    pub valid_from: Option<Date>,
    /// Last date that it holds.
    pub valid_to: Option<Date>,
}

impl Weekly {
    /// Whether it holds on `date`, holidays aside.
    pub fn hold_on(&self, date: Date) -> bool {
        date.weekday() == self.weekday
            && self.valid_from.is_none_or(|first| first <= date)
            && self.valid_to.is_none_or(|last| date <= last)
    }
}

/// An official's weekly hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    pub weekly: Weekly,
    /// How one can meet in them.
    pub forms: Forms,
}

/// What an exception does, and to whom or what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionKind {
    /// The office is closed: no hours of any kind.
    Closure,
    /// An official is away.
    Absence { official: PersonId, substitute: Option<PersonId> },
    /// Hours of an official beside the weekly ones; also on public holidays.
    Extra { official: PersonId, forms: Forms },
    /// A desk is closed.
    DeskClosure { desk: ResourceId, substitute: Option<ResourceId> },
}

/// Dates on which the weekly hours aren't all there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    pub first: Date,
    /// Inclusive.
    pub last: Date,
    /// The part of each of these days that is meant.
    pub range: WallRange,
    pub kind: ExceptionKind,
}

impl Exception {
    pub(crate) fn holds_on(&self, date: Date) -> bool {
        self.first <= date && date <= self.last
    }
}

/// An official as far as booking knows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Official {
    pub id: PersonId,
    /// The matter in question is theirs. Whoever only stands in for somebody needs no matters.
    pub handles: bool,
    /// Where they can receive somebody, the preferred first. Empty: meetings in person need no
    /// desk.
    pub desks: Vec<ResourceId>,
    pub hours: Vec<Hours>,
}

/// Everyone who may come into question, where they may meet, and all exceptions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Staff {
    pub officials: Vec<Official>,
    /// One that isn't among them is always open.
    pub desks: Vec<Desk>,
    pub exceptions: Vec<Exception>,
}

/// When somebody can meet on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Open {
    /// Ticks in which a meeting may lie.
    pub(crate) ticks: Bits,
    /// Ticks with which one may begin, if it fits.
    pub(crate) starts: Bits,
}

/// A date with what is the same for everyone.
pub(crate) struct Calendar {
    pub(crate) day: Day,
    pub(crate) holiday: bool,
    /// Where the day's [`Bits`] begin.
    pub(crate) base: Tick,
}

impl Calendar {
    pub(crate) fn new(date: Date) -> Self {
        let day = Day::new(date);
        let base = day.ticks().start.plus(-MARGIN);
        Self { day, holiday: holidays::on(date).is_some(), base }
    }

    pub(crate) fn date(&self) -> Date {
        self.day.date()
    }

    pub(crate) fn bits(&self, range: WallRange) -> Bits {
        self.day
            .moments(range)
            .fold(Bits::default(), |bits, ticks| bits.or(Bits::of(self.base, ticks)))
    }
}

/// Which of an official's hours count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Their own, if the matter is theirs.
    Picked,
    /// Also those of whom they stand in for.
    Pool,
    /// The same whether or not the matter is theirs: for what is in their hands already.
    Given,
}

/// One official with the exceptions that concern them.
struct Entry<'a> {
    official: &'a Official,
    exceptions: Vec<&'a Exception>,
    /// Absences in which they stand in for somebody whose matter it is: whose, as an index.
    stands_in: Vec<(usize, &'a Exception)>,
}

/// [`Staff`] with its exceptions sorted by whom they concern.
pub(crate) struct Roster<'a> {
    entries: Vec<Entry<'a>>,
    by_id: HashMap<PersonId, usize>,
}

impl<'a> Roster<'a> {
    pub(crate) fn new(staff: &'a Staff) -> Self {
        let by_id: HashMap<_, _> =
            staff.officials.iter().enumerate().map(|(i, official)| (official.id, i)).collect();
        let mut entries: Vec<_> = staff
            .officials
            .iter()
            .map(|official| Entry { official, exceptions: Vec::new(), stands_in: Vec::new() })
            .collect();
        for exception in &staff.exceptions {
            let whose = match exception.kind {
                ExceptionKind::Closure => {
                    entries.iter_mut().for_each(|entry| entry.exceptions.push(exception));
                    continue;
                }
                ExceptionKind::Absence { official, .. } | ExceptionKind::Extra { official, .. } => {
                    official
                }
                ExceptionKind::DeskClosure { .. } => continue,
            };
            let Some(&whose) = by_id.get(&whose) else { continue };
            entries[whose].exceptions.push(exception);
            if let ExceptionKind::Absence { substitute: Some(substitute), .. } = exception.kind
                && entries[whose].official.handles
                && let Some(&substitute) = by_id.get(&substitute)
                && substitute != whose
            {
                entries[substitute].stands_in.push((whose, exception));
            }
        }
        Self { entries, by_id }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn official(&self, index: usize) -> &'a Official {
        self.entries[index].official
    }

    pub(crate) fn find(&self, official: PersonId) -> Option<usize> {
        self.by_id.get(&official).copied()
    }

    /// When official `index` can meet on a day in one of `forms`.
    pub(crate) fn open(
        &self,
        index: usize,
        calendar: &Calendar,
        forms: Forms,
        step: Minutes,
        scope: Scope,
    ) -> Open {
        let entry = &self.entries[index];
        let mut open = Open::default();
        if entry.official.handles || scope == Scope::Given {
            for range in self.ranges(index, calendar, forms) {
                open.add(calendar, range, step, Bits::ALL);
            }
        }
        if scope != Scope::Picked {
            for (whose, absence) in &entry.stands_in {
                if absence.holds_on(calendar.date()) {
                    let only = calendar.bits(absence.range);
                    for range in self.ranges(*whose, calendar, forms) {
                        open.add(calendar, range, step, only);
                    }
                }
            }
        }
        if open.ticks.is_empty() {
            return open;
        }
        let closed =
            self.closed(index, calendar, |kind| !matches!(kind, ExceptionKind::Extra { .. }));
        open.ticks = open.ticks.without(closed);
        open
    }

    /// The ticks of a day that exceptions of some kind take from official `index`.
    pub(crate) fn closed(
        &self,
        index: usize,
        calendar: &Calendar,
        kinds: impl Fn(ExceptionKind) -> bool,
    ) -> Bits {
        self.entries[index]
            .exceptions
            .iter()
            .filter(|exception| exception.holds_on(calendar.date()) && kinds(exception.kind))
            .fold(Bits::default(), |bits, exception| bits.or(calendar.bits(exception.range)))
    }

    /// Weekly and extra hours.
    fn ranges(
        &self,
        index: usize,
        calendar: &Calendar,
        forms: Forms,
    ) -> impl Iterator<Item = WallRange> {
        let date = calendar.date();
        let entry = &self.entries[index];
        let weekly = entry
            .official
            .hours
            .iter()
            .filter(move |hours| hours.weekly.hold_on(date) && hours.forms.intersects(forms))
            .filter(|_| !calendar.holiday)
            .map(|hours| hours.weekly.range);
        let extra = entry.exceptions.iter().filter_map(move |exception| match exception.kind {
            ExceptionKind::Extra { forms: offered, .. }
                if exception.holds_on(date) && offered.intersects(forms) =>
            {
                Some(exception.range)
            }
            _ => None,
        });
        weekly.chain(extra)
    }
}

impl Open {
    fn add(&mut self, calendar: &Calendar, range: WallRange, step: Minutes, only: Bits) {
        self.ticks = self.ticks.or(calendar.bits(range).and(only));
        let mut starts = Bits::default();
        for tick in calendar.day.starts(range, step) {
            starts.set(calendar.base, tick);
        }
        self.starts = self.starts.or(starts.and(only));
    }
}

/// When `official` can meet on `date` in `form`, whatever the matter, for a calendar view: in
/// order, apart.
pub fn open(staff: &Staff, official: PersonId, date: Date, form: Form) -> Vec<TickRange> {
    let roster = Roster::new(staff);
    let Some(index) = roster.find(official) else { return Vec::new() };
    let calendar = Calendar::new(date);
    let forms = Forms::NONE.with(form);
    let open = roster.open(index, &calendar, forms, Minutes::from_ticks(1), Scope::Given);
    let mut ranges: Vec<TickRange> = Vec::new();
    for tick in open.ticks.iter().map(|at| calendar.base.plus(at as i64)) {
        match ranges.last_mut() {
            Some(last) if last.end == tick => last.end = tick.plus(1),
            _ => ranges.push(TickRange { start: tick, end: tick.plus(1) }),
        }
    }
    ranges
}
