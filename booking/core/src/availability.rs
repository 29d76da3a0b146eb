//! What is free: a pure function of rules, hours, what is taken, and now.
//!
//! A start `s` is offered with an official if, all on one date in Poland,
//! - the clock shows a multiple of the matter's step after the beginning of hours that offer the form,
//! - the whole meeting lies in the official's open time ([`hours`]),
//! - so it does in the desk's, or in that of a desk that stands in for a closed one ([`places`]),
//! - neither official nor desk is taken from the buffer before it to the buffer after it,
//! - neither the matter's nor the official's meetings of the day have reached their cap,
//! - and, for citizens, it is neither closer than the notice nor beyond the horizon, and released.
//!
//! A group that has begun to fill is offered as long as it has seats and still lies in its
//! official's and desk's open time. An official who books for a caller sees what is free without notice,
//! horizon, release and caps.
//!
//! A day is 512 bits for each official, and each rule a mask (`bits.rs`).
//!
//! [`hours`]: crate::hours
//! [`places`]: crate::places

use std::collections::HashMap;

use jiff::{ToSpan, civil::Date};
use szpon_protocol::{PersonId, Time};

use crate::{
    Form, Forms, GroupId, MatterId, MatterRules, Minutes, ResourceId, Subject, Tick, TickRange,
    bits::{self, Bits},
    hours::{Calendar, Roster, Scope, Staff},
    places::Places,
    release::Release,
    wall,
};

/// Longest range that is searched, in days; the rest of a longer one is left out.
pub const RANGE_MAX_DAYS: i64 = 400;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    pub now: Time,
    /// Starts from here …
    pub from: Time,
    /// … until before this.
    pub to: Time,
    pub form: Form,
    /// With this one only, and nobody in their place.
    pub official: Option<PersonId>,
    /// Seats wanted in a group; a single meeting takes any number of people.
    pub people: u32,
    /// No start before this, such as an interpreter needs.
    pub not_before: Option<Time>,
    pub audience: Audience<'a>,
    /// Ends the search after so many starts.
    pub limit: usize,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Audience<'a> {
    /// Notice, horizon, caps and release hold.
    Citizen { matter: MatterId, release: &'a Release },
    /// Everything that hasn't ended and isn't taken.
    Official,
}

/// A group that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub official: PersonId,
    pub desk: Option<ResourceId>,
    pub form: Form,
    pub ticks: TickRange,
    pub seats_left: u32,
}

/// What is taken already.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// Sorted and apart.
    occupied: HashMap<Subject, Vec<TickRange>>,
    /// Groups of the matter that can be joined, besides their official's and desk's ticks above.
    groups: Vec<Group>,
    /// Meetings, or groups, of the matter by date.
    of_matter: HashMap<Date, u32>,
    /// Meetings of any matter by official and date.
    of_official: HashMap<(PersonId, Date), u32>,
}

impl Taken {
    /// From what each subject is taken with, buffers included, in any order.
    pub fn new(taken: impl IntoIterator<Item = (Subject, TickRange)>, groups: Vec<Group>) -> Self {
        let mut occupied: HashMap<Subject, Vec<TickRange>> = HashMap::new();
        for (subject, range) in taken {
            if !range.is_empty() {
                occupied.entry(subject).or_default().push(range);
            }
        }
        for ranges in occupied.values_mut() {
            ranges.sort_unstable();
            ranges.dedup_by(|next, last| {
                let touches = next.start <= last.end;
                if touches {
                    last.end = last.end.max(next.end);
                }
                touches
            });
        }
        Self { occupied, groups, ..Self::default() }
    }

    /// Counts a meeting, or a group, towards the caps of its day.
    pub fn count(&mut self, official: PersonId, start: Tick, is_this_matter: bool) {
        let date = wall::date_of(start.time());
        *self.of_official.entry((official, date)).or_default() += 1;
        if is_this_matter {
            *self.of_matter.entry(date).or_default() += 1;
        }
    }

    /// Ticks of `subject` that are taken within `range`.
    pub fn load(&self, subject: Subject, range: TickRange) -> i64 {
        self.within(subject, range).map(|taken| taken.intersection(range).len()).sum()
    }

    fn within(&self, subject: Subject, range: TickRange) -> impl Iterator<Item = TickRange> {
        let ranges = self.occupied.get(&subject).map_or(&[][..], Vec::as_slice);
        let first = ranges.partition_point(|taken| taken.end <= range.start);
        ranges[first..].iter().copied().take_while(move |taken| taken.start < range.end)
    }

    /// Where a meeting with its buffers doesn't collide, as starts.
    fn room(&self, subject: Subject, base: Tick, rules: &MatterRules) -> Bits {
        let window = TickRange { start: base, end: base.plus(bits::LEN) };
        let mut taken = Bits::default();
        for range in self.within(subject, window) {
            taken.add(base, range);
        }
        Bits::ALL.without(taken).room(rules.before, rules.duration, rules.after)
    }
}

/// Somebody who could take a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    pub official: PersonId,
    pub desk: Option<ResourceId>,
    /// The group to join; `None` opens one, or is a single meeting.
    pub group: Option<GroupId>,
    /// Seats that are left, 1 for a single meeting.
    pub seats: u32,
}

/// A start with those who could take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot<'a> {
    pub start: Tick,
    pub end: Tick,
    /// Groups that can be joined first, then in the order of the staff; never empty.
    pub candidates: &'a [Candidate],
}

/// Free slots in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slots {
    duration: Minutes,
    /// Each start with the end of its part of `candidates`.
    starts: Vec<(Tick, usize)>,
    candidates: Vec<Candidate>,
}

impl Slots {
    pub fn iter(&self) -> impl Iterator<Item = Slot<'_>> {
        let mut from = 0;
        self.starts.iter().map(move |&(start, to)| {
            let candidates = &self.candidates[std::mem::replace(&mut from, to)..to];
            Slot { start, end: start.plus(self.duration.ticks()), candidates }
        })
    }

    /// How many starts.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// How many starts each date has; dates without any are left out.
    pub fn days(&self) -> Vec<(Date, usize)> {
        let mut days: Vec<(Date, usize)> = Vec::new();
        for &(start, _) in &self.starts {
            let date = wall::date_of(start.time());
            match days.last_mut() {
                Some((last, count)) if *last == date => *count += 1,
                _ => days.push((date, 1)),
            }
        }
        days
    }
}

/// What is free for `rules` with `staff`. Rules that [`MatterRules::check`] refuses have no slots.
pub fn find(query: &Query<'_>, staff: &Staff, rules: &MatterRules, taken: &Taken) -> Slots {
    let mut slots = Slots { duration: rules.duration, ..Slots::default() };
    let wanted = query.official.is_none() || rules.pick_official || query.is_official();
    if rules.check().is_err() || !rules.forms.contains(query.form) || !wanted {
        return slots;
    }
    let starts = query.starts(rules);
    if starts.is_empty() {
        return slots;
    }
    let (roster, places) = (Roster::new(staff), Places::new(staff));
    let first = wall::date_of(starts.start.time());
    let last = query.last_date(first, starts, rules);
    let mut search = Search { query, rules, taken, roster, places, starts, found: Vec::new() };
    for date in first.series(1.day()).take_while(|&date| date <= last) {
        search.day(date, &mut slots);
        if slots.len() >= query.limit {
            break;
        }
    }
    slots
}

impl Query<'_> {
    fn is_official(&self) -> bool {
        matches!(self.audience, Audience::Official)
    }

    fn starts(&self, rules: &MatterRules) -> TickRange {
        let earliest = match self.audience {
            Audience::Citizen { .. } => {
                self.now.plus_millis(i64::from(rules.notice_minutes) * 60_000)
            }
            // A meeting that has begun and not ended can still be entered.
            Audience::Official => self.now.plus_millis(1 - rules.duration.millis()),
        };
        let earliest = earliest.max(self.from).max(self.not_before.unwrap_or(self.from));
        TickRange { start: Tick::at_or_after(earliest), end: Tick::at_or_after(self.to) }
    }

    fn last_date(&self, first: Date, starts: TickRange, rules: &MatterRules) -> Date {
        let last = wall::date_of(starts.end.plus(-1).time());
        let last = last.min(first.saturating_add((RANGE_MAX_DAYS - 1).days()));
        match self.audience {
            Audience::Official => last,
            Audience::Citizen { .. } => last
                .min(wall::date_of(self.now).saturating_add(i64::from(rules.horizon_days).days())),
        }
    }
}

/// Starts with which one desk can be used on a day.
struct DeskDay {
    own: Bits,
    /// At desks that stand in for it, in the order in which to try them.
    instead: Vec<(ResourceId, Bits)>,
}

struct Search<'a> {
    query: &'a Query<'a>,
    rules: &'a MatterRules,
    taken: &'a Taken,
    roster: Roster<'a>,
    places: Places<'a>,
    starts: TickRange,
    /// Position in the day, and who could take it; kept for its memory.
    found: Vec<(usize, Candidate)>,
}

impl Search<'_> {
    fn day(&mut self, date: Date, slots: &mut Slots) {
        let calendar = Calendar::new(date);
        let asked = Bits::of(calendar.base, self.starts);
        self.found.clear();
        if self.rules.is_group() {
            self.groups(&calendar, asked);
        }
        let fits = !self.rules.is_group() || self.query.people <= self.rules.capacity;
        if fits && self.below(self.rules.daily_cap, self.taken.of_matter.get(&date)) {
            let mut desks = HashMap::new();
            for index in 0..self.roster.len() {
                let official = self.roster.official(index).id;
                let count = self.taken.of_official.get(&(official, date));
                if self.query.official.is_none_or(|one| one == official)
                    && self.below(self.rules.official_daily_cap, count)
                {
                    self.official(index, &calendar, asked, &mut desks);
                }
            }
        }
        self.collect(&calendar, slots);
    }

    fn below(&self, cap: Option<u32>, count: Option<&u32>) -> bool {
        let count = count.copied().unwrap_or(0);
        self.query.is_official() || cap.is_none_or(|cap| count < cap)
    }

    /// Groups of the day that have enough seats left.
    fn groups(&mut self, calendar: &Calendar, asked: Bits) {
        let today = calendar.day.ticks();
        for group in &self.taken.groups {
            let start = group.ticks.start;
            let fits = || {
                let forms = Forms::NONE.with(group.form);
                self.roster.find(group.official).is_some_and(|index| {
                    let open =
                        self.roster.open(index, calendar, forms, self.rules.step, Scope::Given);
                    open.ticks.covers(calendar.base, group.ticks)
                }) && group.desk.is_none_or(|desk| {
                    self.places.open(desk, calendar).covers(calendar.base, group.ticks)
                })
            };
            if group.form == self.query.form
                && group.seats_left >= self.query.people.max(1)
                && self.query.official.is_none_or(|one| one == group.official)
                && today.start <= start
                && start < today.end
                && asked.has(calendar.base, start)
                && fits()
            {
                let candidate = Candidate {
                    official: group.official,
                    desk: group.desk,
                    group: Some(group.id),
                    seats: group.seats_left,
                };
                self.found.push(((start.0 - calendar.base.0) as usize, candidate));
            }
        }
    }

    fn official(
        &mut self,
        index: usize,
        calendar: &Calendar,
        asked: Bits,
        desks: &mut HashMap<ResourceId, DeskDay>,
    ) {
        let (rules, base) = (self.rules, calendar.base);
        let forms = Forms::NONE.with(self.query.form);
        let scope = if self.query.official.is_none() { Scope::Pool } else { Scope::Picked };
        let open = self.roster.open(index, calendar, forms, rules.step, scope);
        let mut starts = open.starts.and(asked).and(open.ticks.runs(rules.duration.ticks()));
        if starts.is_empty() {
            return;
        }
        let official = self.roster.official(index);
        starts = starts.and(self.taken.room(Subject::Official(official.id), base, rules));
        let candidate =
            Candidate { official: official.id, desk: None, group: None, seats: rules.capacity };
        if self.query.form != Form::InPerson || official.desks.is_empty() {
            self.found.extend(starts.iter().map(|at| (at, candidate)));
            return;
        }
        for &desk in &official.desks {
            let day = desks.entry(desk).or_insert_with(|| self.desk(desk, calendar));
            for &(desk, room) in std::iter::once(&(desk, day.own)).chain(&day.instead) {
                let here = starts.and(room);
                starts = starts.without(here);
                let candidate = Candidate { desk: Some(desk), ..candidate };
                self.found.extend(here.iter().map(|at| (at, candidate)));
            }
        }
    }

    fn desk(&self, desk: ResourceId, calendar: &Calendar) -> DeskDay {
        let length = self.rules.duration.ticks();
        let room = |desk| self.taken.room(Subject::Desk(desk), calendar.base, self.rules);
        let instead = self.places.instead(desk, calendar, length);
        DeskDay {
            own: self.places.open(desk, calendar).runs(length).and(room(desk)),
            instead: instead.map(|(other, starts)| (other, starts.and(room(other)))).collect(),
        }
    }

    /// Turns what was found by official into slots by start. A counting sort: it keeps groups first
    /// and officials in their order.
    fn collect(&mut self, calendar: &Calendar, slots: &mut Slots) {
        let Some(&(_, any)) = self.found.first() else { return };
        let mut counts = [0_usize; bits::LEN as usize];
        for &(at, _) in &self.found {
            counts[at] += 1;
        }
        // Where the next candidate of each position goes, if it is shown.
        let mut places = [None; bits::LEN as usize];
        let mut end = slots.candidates.len();
        for (at, count) in counts.into_iter().enumerate().filter(|&(_, count)| count > 0) {
            if slots.len() >= self.query.limit {
                break;
            }
            let start = calendar.base.plus(at as i64);
            if self.is_released(calendar.day.date(), start) {
                places[at] = Some(end);
                end += count;
                slots.starts.push((start, end));
            }
        }
        slots.candidates.resize(end, any);
        for &(at, candidate) in &self.found {
            if let Some(place) = &mut places[at] {
                slots.candidates[*place] = candidate;
                *place += 1;
            }
        }
    }

    fn is_released(&self, date: Date, start: Tick) -> bool {
        match self.query.audience {
            Audience::Official => true,
            Audience::Citizen { matter, release } => {
                release.opens_at(matter, date, start).is_none_or(|at| at <= self.query.now)
            }
        }
    }
}

/// The candidates of a slot in the order in which to try them: groups that are the fullest first;
/// then whoever has the least to do that day; equals in an order that `seed` and the slot decide.
pub fn fair_order(slot: Slot<'_>, taken: &Taken, seed: u64) -> Vec<Candidate> {
    let day = wall::Day::new(wall::date_of(slot.start.time())).ticks();
    let mut order: Vec<_> = slot
        .candidates
        .iter()
        .map(|candidate| {
            let opens = candidate.group.is_none();
            let seats = if opens { 0 } else { candidate.seats };
            let load = taken.load(Subject::Official(candidate.official), day);
            let lot = lot(seed, candidate.official, slot.start);
            ((opens, seats, load, lot), *candidate)
        })
        .collect();
    order.sort_unstable_by_key(|(key, _)| *key);
    order.into_iter().map(|(_, candidate)| candidate).collect()
}

/// SplitMix64 (Steele, Lea, Flood 2014) over the parts; nothing secret hangs on it.
fn lot(seed: u64, official: PersonId, start: Tick) -> u64 {
    let (high, low) = official.0.as_u64_pair();
    [high, low, start.0 as u64].into_iter().fold(seed, |state, part| {
        let mut z = (state ^ part).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}
