//! Where somebody can be received when: desks that are open, and those that stand in for closed ones.
//!
//! A desk is open in its weekly hours, or at any time if it has none, minus its closures. Public
//! holidays and closures of the office are about people: they say nothing of desks. A meeting that a
//! closure touches can take place at the closure's substitute, if the desk's own hours have the whole
//! of it and the substitute is open for the whole of it. A substitute that is closed has no substitute
//! in turn.

use std::collections::HashMap;

use crate::{
    Exception, ExceptionKind, ResourceId, Staff, TickRange,
    bits::Bits,
    hours::{Calendar, Weekly},
    wall,
};

/// A room or desk as far as booking knows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    pub id: ResourceId,
    /// Empty: it is open whenever somebody is there.
    pub hours: Vec<Weekly>,
}

/// What departs from "always open" for one desk.
#[derive(Default)]
struct Entry<'a> {
    hours: &'a [Weekly],
    closures: Vec<(&'a Exception, Option<ResourceId>)>,
}

/// Desks of [`Staff`] by id, without those that are always open.
pub(crate) struct Places<'a>(HashMap<ResourceId, Entry<'a>>);

impl<'a> Places<'a> {
    pub(crate) fn new(staff: &'a Staff) -> Self {
        let mut entries: HashMap<_, Entry<'a>> = HashMap::new();
        for desk in staff.desks.iter().filter(|desk| !desk.hours.is_empty()) {
            entries.entry(desk.id).or_default().hours = &desk.hours;
        }
        for exception in &staff.exceptions {
            if let ExceptionKind::DeskClosure { desk, substitute } = exception.kind {
                entries.entry(desk).or_default().closures.push((exception, substitute));
            }
        }
        Self(entries)
    }

    /// Ticks of a day in which `desk` is open.
    pub(crate) fn open(&self, desk: ResourceId, calendar: &Calendar) -> Bits {
        self.0
            .get(&desk)
            .map_or(Bits::ALL, |entry| entry.hours(calendar).without(entry.closed(calendar)))
    }

    /// Ticks of a day that closures take from `desk`.
    pub(crate) fn closed(&self, desk: ResourceId, calendar: &Calendar) -> Bits {
        self.0.get(&desk).map_or(Bits::default(), |entry| entry.closed(calendar))
    }

    /// Desks that stand in for `desk` on a day, each with the starts of those meetings of `length`
    /// ticks for which it does, in the order of the closures.
    pub(crate) fn instead(
        &self,
        desk: ResourceId,
        calendar: &Calendar,
        length: i64,
    ) -> impl Iterator<Item = (ResourceId, Bits)> {
        let entry = self.0.get(&desk);
        let closures = entry.map_or(&[][..], |entry| &entry.closures);
        let closures = closures.iter().filter(|(closure, _)| closure.holds_on(calendar.date()));
        closures.filter_map(move |(closure, substitute)| {
            let (entry, substitute) = (entry?, (*substitute)?);
            let clear = Bits::ALL.without(calendar.bits(closure.range)).runs(length);
            let otherwise_open = entry.hours(calendar).runs(length).without(clear);
            let open = self.open(substitute, calendar).runs(length);
            Some((substitute, otherwise_open.and(open)))
        })
    }
}

impl Entry<'_> {
    fn hours(&self, calendar: &Calendar) -> Bits {
        if self.hours.is_empty() {
            return Bits::ALL;
        }
        let today = self.hours.iter().filter(|hours| hours.hold_on(calendar.date()));
        today.fold(Bits::default(), |bits, hours| bits.or(calendar.bits(hours.range)))
    }

    fn closed(&self, calendar: &Calendar) -> Bits {
        let today = self.closures.iter().filter(|(closure, _)| closure.holds_on(calendar.date()));
        today.fold(Bits::default(), |bits, (closure, _)| bits.or(calendar.bits(closure.range)))
    }
}

/// Where a meeting of somebody whose desk is `desk` can take place, the preferred first: there, or at
/// what stands in for it. Whether anything of it is taken is another question.
pub fn options(staff: &Staff, desk: ResourceId, meeting: TickRange) -> Vec<ResourceId> {
    let places = Places::new(staff);
    let calendar = Calendar::new(wall::date_of(meeting.start.time()));
    let own = places.open(desk, &calendar).covers(calendar.base, meeting).then_some(desk);
    let instead = places
        .instead(desk, &calendar, meeting.len())
        .filter(|(_, starts)| starts.has(calendar.base, meeting.start))
        .map(|(substitute, _)| substitute);
    own.into_iter().chain(instead).collect()
}
