//! What is found free against a search that walks minute by minute and asks each rule in turn.

use std::collections::BTreeMap;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday, date},
};
use proptest::prelude::*;
use szpon_booking_core::{
    Audience, Candidate, Desk, Exception, ExceptionKind, Form, Forms, Group, GroupId, Hours,
    MatterId, MatterRules, Minutes, Official, Query, Release, ReleasePolicy, ResourceId, Staff,
    Subject, Taken, Tick, TickRange, WallMinute, WallRange, Weekly, availability, holidays,
    release::Wave,
    wall::{self, warsaw},
};
use szpon_protocol::{PersonId, Time};
use uuid::Uuid;

const MINUTE_MS: i64 = 60_000;
const MATTER: MatterId = MatterId(Uuid::from_u128(1));
/// How far around the asked days a case looks, in minutes.
const AROUND: i64 = 3 * 60;
const DESKS: usize = 4;

fn person(n: usize) -> PersonId {
    PersonId(Uuid::from_u128(100 + n as u128))
}

fn desk(n: usize) -> ResourceId {
    ResourceId(Uuid::from_u128(200 + n as u128))
}

/// Everything that `find` gets, in one value that proptest can print.
#[derive(Debug, Clone)]
struct Case {
    staff: Staff,
    rules: MatterRules,
    now: Time,
    from: Time,
    to: Time,
    form: Form,
    official: Option<PersonId>,
    people: u32,
    not_before: Option<Time>,
    citizen: bool,
    policy: ReleasePolicy,
    occupied: Vec<(Subject, TickRange)>,
    groups: Vec<Group>,
    counts: Vec<(PersonId, Tick, bool)>,
}

impl Case {
    fn find(&self) -> Vec<(Time, Vec<Candidate>)> {
        let release = Release::new(self.policy.clone(), &[5; 32]);
        let mut taken = Taken::new(self.occupied.iter().copied(), self.groups.clone());
        for &(official, start, is_this_matter) in &self.counts {
            taken.count(official, start, is_this_matter);
        }
        let audience = match self.citizen {
            true => Audience::Citizen { matter: MATTER, release: &release },
            false => Audience::Official,
        };
        let query = Query {
            now: self.now,
            from: self.from,
            to: self.to,
            form: self.form,
            official: self.official,
            people: self.people,
            not_before: self.not_before,
            audience,
            limit: usize::MAX,
        };
        let slots = availability::find(&query, &self.staff, &self.rules, &taken);
        let duration = i64::from(self.rules.duration.get());
        for slot in slots.iter() {
            assert_eq!(slot.end.time().since(slot.start.time()), duration * MINUTE_MS);
        }
        slots.iter().map(|slot| (slot.start.time(), slot.candidates.to_vec())).collect()
    }
}

/// The same, minute by minute.
struct Walk<'a> {
    case: &'a Case,
    release: Release,
    /// What calendar and clock show, for each minute from `origin` on.
    shown: Vec<(Date, u16)>,
    origin: Time,
    public_holidays: Vec<Date>,
}

impl<'a> Walk<'a> {
    fn new(case: &'a Case) -> Self {
        let origin = Time::from_millis(case.from.millis() / MINUTE_MS * MINUTE_MS)
            .plus_millis(-AROUND * MINUTE_MS);
        let minutes = case.to.since(origin) / MINUTE_MS + 2 * AROUND;
        let shown = (0..minutes)
            .map(|minute| {
                let at = origin.plus_millis(minute * MINUTE_MS);
                let shown = warsaw().to_datetime(at.timestamp());
                (shown.date(), shown.hour() as u16 * 60 + shown.minute() as u16)
            })
            .collect();
        let year = wall::date_of(case.from).year();
        Self {
            case,
            release: Release::new(case.policy.clone(), &[5; 32]),
            shown,
            origin,
            public_holidays: (year - 1..=year + 1)
                .flat_map(holidays::of_year)
                .map(|(date, _)| date)
                .collect(),
        }
    }

    fn time(&self, minute: usize) -> Time {
        self.origin.plus_millis(minute as i64 * MINUTE_MS)
    }

    /// Weekly and extra hours of an official in the form that hold at `minute`.
    fn hours(&self, official: &Official, minute: usize) -> Vec<WallRange> {
        let (date, clock) = self.shown[minute];
        let weekly = official.hours.iter().filter(|hours| {
            self.is_the_day(&hours.weekly, date)
                && hours.forms.contains(self.case.form)
                && !self.public_holidays.contains(&date)
        });
        let extra = self.case.staff.exceptions.iter().filter(|exception| {
            let offered = matches!(
                exception.kind,
                ExceptionKind::Extra { official: whose, forms }
                    if whose == official.id && forms.contains(self.case.form)
            );
            offered && exception.first <= date && date <= exception.last
        });
        let ranges =
            weekly.map(|hours| hours.weekly.range).chain(extra.map(|exception| exception.range));
        ranges.filter(|range| range.from.get() <= clock && clock < range.to.get()).collect()
    }

    fn is_the_day(&self, weekly: &Weekly, date: Date) -> bool {
        weekly.weekday == date.weekday()
            && weekly.valid_from.is_none_or(|first| first <= date)
            && weekly.valid_to.is_none_or(|last| date <= last)
    }

    /// Whether the desk's own hours have it open at `minute`.
    fn has_hours(&self, desk: ResourceId, minute: usize) -> bool {
        let (date, clock) = self.shown[minute];
        let hours = self.case.staff.desks.iter().find(|one| one.id == desk).map(|one| &one.hours);
        hours.is_none_or(|hours| {
            hours.is_empty()
                || hours.iter().any(|weekly| {
                    self.is_the_day(weekly, date)
                        && weekly.range.from.get() <= clock
                        && clock < weekly.range.to.get()
                })
        })
    }

    /// Whether the desk is open at `minute`.
    fn has_open(&self, desk: ResourceId, minute: usize) -> bool {
        self.has_hours(desk, minute) && !self.case.staff.exceptions.iter().any(|exception| {
            matches!(exception.kind, ExceptionKind::DeskClosure { desk: one, .. } if one == desk)
                && self.holds(exception, minute)
        })
    }

    /// Where a meeting in these minutes can be, of somebody who has these desks.
    fn places(&self, desks: &[ResourceId], meeting: std::ops::Range<usize>) -> Vec<ResourceId> {
        let open = |desk| meeting.clone().all(|at| self.has_open(desk, at));
        let mut places = Vec::new();
        for &desk in desks {
            if open(desk) {
                places.push(desk);
            }
            for exception in &self.case.staff.exceptions {
                if let ExceptionKind::DeskClosure { desk: closed, substitute: Some(other) } =
                    exception.kind
                    && closed == desk
                    && meeting.clone().any(|at| self.holds(exception, at))
                    && meeting.clone().all(|at| self.has_hours(desk, at))
                    && open(other)
                {
                    places.push(other);
                }
            }
        }
        places
    }

    fn holds(&self, exception: &Exception, minute: usize) -> bool {
        let (date, clock) = self.shown[minute];
        exception.first <= date
            && date <= exception.last
            && exception.range.from.get() <= clock
            && clock < exception.range.to.get()
    }

    /// The hours in which an official may meet somebody at `minute`, their own and those of whom
    /// they stand in for.
    fn open(&self, official: &Official, minute: usize) -> Vec<WallRange> {
        let asked_for_another = self.case.official.is_some();
        self.open_in(official, minute, official.handles, !asked_for_another)
    }

    /// With their own hours or not, and those of whom they stand in for or not.
    fn open_in(
        &self,
        official: &Official,
        minute: usize,
        own: bool,
        as_substitute: bool,
    ) -> Vec<WallRange> {
        let exceptions = &self.case.staff.exceptions;
        let away = exceptions.iter().any(|exception| {
            let concerns = match exception.kind {
                ExceptionKind::Closure => true,
                ExceptionKind::Absence { official: whose, .. } => whose == official.id,
                ExceptionKind::Extra { .. } | ExceptionKind::DeskClosure { .. } => false,
            };
            concerns && self.holds(exception, minute)
        });
        if away {
            return Vec::new();
        }
        let mut ranges = Vec::new();
        if own {
            ranges.extend(self.hours(official, minute));
        }
        for absent in &self.case.staff.officials {
            let stands_in = exceptions.iter().any(|exception| {
                let substitute = Some(official.id);
                exception.kind == ExceptionKind::Absence { official: absent.id, substitute }
                    && self.holds(exception, minute)
            });
            if stands_in && absent.handles && absent.id != official.id && as_substitute {
                ranges.extend(self.hours(absent, minute));
            }
        }
        ranges
    }

    fn is_free(&self, subject: Subject, minutes: std::ops::Range<usize>) -> bool {
        let (from, to) = (self.time(minutes.start), self.time(minutes.end));
        self.case.occupied.iter().all(|&(taken, range)| {
            taken != subject
                || range.is_empty()
                || range.end.time() <= from
                || to <= range.start.time()
        })
    }

    fn is_asked_for(&self, minute: usize) -> bool {
        let (case, start) = (self.case, self.time(minute));
        let duration_ms = i64::from(case.rules.duration.get()) * MINUTE_MS;
        if start < case.from
            || start >= case.to
            || case.not_before.is_some_and(|earliest| start < earliest)
        {
            return false;
        }
        if case.citizen {
            let today = warsaw().to_datetime(case.now.timestamp()).date();
            let last = today.saturating_add(i64::from(case.rules.horizon_days).days());
            let (date, _) = self.shown[minute];
            start >= case.now.plus_millis(i64::from(case.rules.notice_minutes) * MINUTE_MS)
                && date <= last
                && self
                    .release
                    .opens_at(MATTER, date, Tick::containing(start))
                    .is_none_or(|at| at <= case.now)
        } else {
            start.plus_millis(duration_ms) > case.now
        }
    }

    fn still_fits(&self, group: &Group, minute: usize) -> bool {
        let (today, _) = self.shown[minute];
        let length = (group.ticks.len() * 5) as usize;
        self.case.staff.officials.iter().filter(|official| official.id == group.official).any(
            |official| {
                (minute..minute + length).all(|at| {
                    self.shown[at].0 == today
                        && !self.open_in(official, at, true, true).is_empty()
                        && group.desk.is_none_or(|desk| self.has_open(desk, at))
                })
            },
        )
    }

    fn candidates(&self, minute: usize) -> Vec<Candidate> {
        let (case, rules) = (self.case, &self.case.rules);
        let mut candidates = Vec::new();
        let asks_for = |official| case.official.is_none_or(|one| one == official);
        if rules.capacity > 1 {
            candidates.extend(
                case.groups
                    .iter()
                    .filter(|group| {
                        group.ticks.start.time() == self.time(minute)
                            && group.form == case.form
                            && group.seats_left >= case.people
                            && asks_for(group.official)
                            && self.still_fits(group, minute)
                    })
                    .map(|group| Candidate {
                        official: group.official,
                        desk: group.desk,
                        group: Some(group.id),
                        seats: group.seats_left,
                    }),
            );
        }
        let (date, clock) = self.shown[minute];
        let counted = |official: Option<PersonId>| {
            case.counts
                .iter()
                .filter(|&&(whose, start, is_this_matter)| {
                    wall::date_of(start.time()) == date
                        && official.map_or(is_this_matter, |official| official == whose)
                })
                .count() as u32
        };
        let below = |cap: Option<u32>, official| {
            !case.citizen || cap.is_none_or(|cap| counted(official) < cap)
        };
        if !below(rules.daily_cap, None) || rules.capacity > 1 && case.people > rules.capacity {
            return candidates;
        }
        let duration = rules.duration.get() as usize;
        let (before, after) = (rules.before.get() as usize, rules.after.get() as usize);
        for official in &case.staff.officials {
            let aligned = |range: &WallRange| {
                u32::from(clock - range.from.get()).is_multiple_of(rules.step.get())
            };
            if !asks_for(official.id)
                || !below(rules.official_daily_cap, Some(official.id))
                || !self.open(official, minute).iter().any(aligned)
                || !(minute..minute + duration)
                    .all(|at| self.shown[at].0 == date && !self.open(official, at).is_empty())
            {
                continue;
            }
            let blocked = minute - before..minute + duration + after;
            if !self.is_free(Subject::Official(official.id), blocked.clone()) {
                continue;
            }
            let needs_desk = case.form == Form::InPerson && !official.desks.is_empty();
            let desk = self
                .places(&official.desks, minute..minute + duration)
                .into_iter()
                .find(|&desk| needs_desk && self.is_free(Subject::Desk(desk), blocked.clone()));
            if needs_desk && desk.is_none() {
                continue;
            }
            let (official, seats) = (official.id, rules.capacity);
            candidates.push(Candidate { official, desk, group: None, seats });
        }
        candidates
    }

    fn find(&self) -> Vec<(Time, Vec<Candidate>)> {
        let picks = self.case.official.is_some() && self.case.citizen;
        if picks && !self.case.rules.pick_official
            || !self.case.rules.forms.contains(self.case.form)
        {
            return Vec::new();
        }
        let from = AROUND as usize;
        let to = self.shown.len() - AROUND as usize;
        (from..to)
            .filter(|minute| self.shown[*minute].1.is_multiple_of(5))
            .filter(|&minute| self.is_asked_for(minute))
            .map(|minute| (self.time(minute), self.candidates(minute)))
            .filter(|(_, candidates)| !candidates.is_empty())
            .collect()
    }
}

fn forms() -> impl Strategy<Value = Forms> {
    prop_oneof![
        5 => Just(Forms::ALL),
        1 => proptest::collection::vec(prop::sample::select(&Form::ALL[..]), 0..3)
            .prop_map(Forms::from_iter),
    ]
}

/// A part of a day that an exception is about: mostly a short one.
fn part_of_day() -> impl Strategy<Value = WallRange> {
    let minute = |n: u16| WallMinute::new(n * 5).unwrap();
    prop_oneof![
        1 => wall_range(),
        3 => (0u16..=200, 0u16..=60).prop_map(move |(from, long)| WallRange {
            from: minute(from),
            to: minute(from + long),
        }),
    ]
}

/// Mostly long, often around the clock change at night.
fn wall_range() -> impl Strategy<Value = WallRange> {
    let minute = |n: u16| WallMinute::new(n * 5).unwrap();
    prop_oneof![
        2 => Just(WallRange::ALL_DAY),
        5 => (0u16..=60, 36u16..=200).prop_map(move |(from, long)| WallRange {
            from: minute(from),
            to: minute((from + long).min(288)),
        }),
        2 => (0u16..=288, 0u16..=60).prop_map(move |(from, long)| WallRange {
            from: minute(from),
            to: minute((from + long).min(288)),
        }),
    ]
}

fn weekly(day: Date) -> impl Strategy<Value = Weekly> {
    let near = move |strategy: std::ops::Range<i64>| {
        proptest::option::weighted(0.1, strategy.prop_map(move |n| day.saturating_add(n.days())))
    };
    (0i64..3, wall_range(), near(-2..3), near(0..5)).prop_map(
        move |(after, range, valid_from, valid_to)| Weekly {
            weekday: day.saturating_add(after.days()).weekday(),
            range,
            valid_from,
            valid_to,
        },
    )
}

fn hours(day: Date) -> impl Strategy<Value = Hours> {
    (weekly(day), forms()).prop_map(|(weekly, forms)| Hours { weekly, forms })
}

/// Half of them always open.
fn desks(day: Date) -> impl Strategy<Value = Vec<Desk>> {
    let hours = prop_oneof![Just(vec![]), proptest::collection::vec(weekly(day), 1..5)];
    proptest::collection::vec(hours, 0..=DESKS).prop_map(|desks| {
        let desk = |(n, hours)| Desk { id: desk(n), hours };
        desks.into_iter().enumerate().map(desk).collect()
    })
}

/// Of the office or of officials.
fn exception(day: Date, officials: usize) -> impl Strategy<Value = Exception> {
    let someone = move || (0..officials).prop_map(person);
    let kind_and_part = prop_oneof![
        1 => part_of_day().prop_map(|range| (ExceptionKind::Closure, range)),
        2 => (someone(), part_of_day()).prop_map(|(official, range)| {
            (ExceptionKind::Absence { official, substitute: None }, range)
        }),
        6 => (someone(), someone(), wall_range()).prop_map(|(official, substitute, range)| {
            (ExceptionKind::Absence { official, substitute: Some(substitute) }, range)
        }),
        4 => (someone(), forms(), part_of_day())
            .prop_map(|(official, forms, range)| (ExceptionKind::Extra { official, forms }, range)),
    ];
    on_days(day, kind_and_part)
}

/// Of desks, mostly with one that stands in.
fn desk_closure(day: Date) -> impl Strategy<Value = Exception> {
    let desks = ((0..DESKS), proptest::option::weighted(0.75, 0..DESKS));
    let part = prop_oneof![part_of_day(), wall_range()];
    let kind_and_part = (desks, part).prop_map(|((closed, substitute), range)| {
        let substitute = substitute.map(desk);
        (ExceptionKind::DeskClosure { desk: desk(closed), substitute }, range)
    });
    on_days(day, kind_and_part)
}

fn on_days(
    day: Date,
    kind_and_part: impl Strategy<Value = (ExceptionKind, WallRange)>,
) -> impl Strategy<Value = Exception> {
    (-1i64..3, 0i64..3, kind_and_part).prop_map(move |(first, long, (kind, range))| Exception {
        first: day.saturating_add(first.days()),
        last: day.saturating_add((first + long).days()),
        range,
        kind,
    })
}

fn staff(day: Date) -> impl Strategy<Value = Staff> {
    (1usize..=4).prop_flat_map(move |n| {
        let official = (
            prop::bool::weighted(0.6),
            proptest::collection::vec(0..DESKS, 0..3),
            proptest::collection::vec(hours(day), 1..6),
        );
        (
            proptest::collection::vec(official, n),
            desks(day),
            proptest::collection::vec(exception(day, n), 0..5),
            proptest::collection::vec(desk_closure(day), 0..4),
        )
            .prop_map(|(officials, desks, exceptions, closures)| Staff {
                officials: officials
                    .into_iter()
                    .enumerate()
                    .map(|(n, (handles, desks, hours))| Official {
                        id: person(n),
                        handles,
                        desks: desks.into_iter().map(desk).collect(),
                        hours,
                    })
                    .collect(),
                desks,
                exceptions: exceptions.into_iter().chain(closures).collect(),
            })
    })
}

fn rules() -> impl Strategy<Value = MatterRules> {
    let ticks = |range: std::ops::Range<u32>| range.prop_map(Minutes::from_ticks);
    let cap = || proptest::option::weighted(0.15, 0u32..4);
    (
        (prop_oneof![3 => ticks(1..7), 1 => ticks(1..16)], ticks(1..16), prop::bool::ANY),
        (
            prop_oneof![Just(Minutes::ZERO), ticks(0..8)],
            prop_oneof![Just(Minutes::ZERO), ticks(0..8)],
        ),
        (
            prop_oneof![3 => Just(0u32), 1 => 0u32..3000],
            prop_oneof![4 => Just(90u16), 1 => 0u16..5],
        ),
        (cap(), cap(), prop_oneof![1 => Just(1u32), 1 => 2u32..5]),
        (forms(), prop::bool::weighted(0.7)),
    )
        .prop_map(
            |(
                (duration, step, own_step),
                (before, after),
                (notice_minutes, horizon_days),
                (daily_cap, official_daily_cap, capacity),
                (forms, pick_official),
            )| MatterRules {
                duration,
                step: if own_step { step } else { duration },
                before,
                after,
                notice_minutes,
                horizon_days,
                daily_cap,
                official_daily_cap,
                capacity,
                forms: if forms.is_empty() { Forms::ALL } else { forms },
                pick_official,
            },
        )
}

/// Around both clock changes, Christmas, Easter, and on days of no interest.
fn first_day() -> impl Strategy<Value = Date> {
    prop_oneof![
        4 => (0i64..3).prop_map(|n| date(2026, 10, 26).saturating_sub(n.days())),
        // The change of 2027 falls on Easter; that of 2026 on an ordinary Sunday.
        1 => (0i64..3).prop_map(|n| date(2027, 3, 29).saturating_sub(n.days())),
        6 => (0i64..3).prop_map(|n| date(2026, 3, 30).saturating_sub(n.days())),
        1 => (0i64..4).prop_map(|n| date(2026, 12, 27).saturating_sub(n.days())),
        1 => (0i64..700).prop_map(|n| date(2026, 1, 1).saturating_add(n.days())),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    first_day().prop_flat_map(|day| {
        let origin = wall::start_of(day);
        let first = Tick::exactly(origin).unwrap().0;
        let subject = prop_oneof![
            3 => (0usize..4).prop_map(|n| Subject::Official(person(n))),
            1 => (0..DESKS).prop_map(|n| Subject::Desk(desk(n))),
        ];
        let occupied = (subject, -60i64..900, 0i64..40).prop_map(move |(subject, at, long)| {
            (subject, TickRange::new(Tick(first + at), Tick(first + at + long)))
        });
        let at_desk = proptest::option::weighted(0.3, (0..DESKS).prop_map(desk));
        let group = (0usize..4, prop::sample::select(&Form::ALL[..]), at_desk, 0i64..600, 0u32..6);
        let groups = proptest::collection::vec(group, 0..12).prop_map(move |groups| {
            let group = |(n, (official, form, desk, at, seats_left)): (
                usize,
                (usize, Form, Option<ResourceId>, i64, u32),
            )| Group {
                id: GroupId(Uuid::from_u128(n as u128)),
                official: person(official),
                desk,
                form,
                ticks: TickRange::new(Tick(first + at), Tick(first + at + 6)),
                seats_left,
            };
            groups.into_iter().enumerate().map(group).collect::<Vec<_>>()
        });
        let counts = (0usize..4, 0i64..700, prop::bool::ANY)
            .prop_map(move |(n, at, this)| (person(n), Tick(first + at), this));
        let policy = (0u8..=100, 0u16..4, 0u32..3000).prop_map(|(percent, days_before, spread)| {
            ReleasePolicy {
                waves: vec![Wave { percent, days_before, spread_minutes: spread }],
                ..ReleasePolicy::default()
            }
        });
        (
            (staff(day), rules()),
            (
                prop_oneof![2 => Just(-3_000i64), 1 => -3_000i64..2_000],
                0i64..60_000,
                prop_oneof![Just(0i64), -10i64..1_500],
                prop_oneof![1 => 0i64..3_000, 2 => 1_000i64..2_500],
            ),
            (
                prop::sample::select(&Form::ALL[..]),
                proptest::option::weighted(0.15, (0usize..4).prop_map(person)),
                1u32..4,
                proptest::option::weighted(0.1, 0i64..3_000),
                prop::bool::weighted(0.7),
            ),
            prop_oneof![4 => Just(ReleasePolicy::default()), 1 => policy],
            proptest::collection::vec(occupied, 0..12),
            groups,
            proptest::collection::vec(counts, 0..6),
        )
            .prop_map(
                move |(
                    (staff, rules),
                    (now, now_ms, from, long),
                    (form, official, people, not_before, citizen),
                    policy,
                    occupied,
                    groups,
                    counts,
                )| {
                    let minute = |n: i64| origin.plus_millis(n * MINUTE_MS);
                    Case {
                        staff,
                        rules,
                        now: minute(now).plus_millis(now_ms),
                        from: minute(from),
                        to: minute(from + long).plus_millis(now_ms % 7),
                        form,
                        official,
                        people,
                        not_before: not_before.map(minute),
                        citizen,
                        policy,
                        occupied,
                        groups,
                        counts,
                    }
                },
            )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn brute_force_agrees(case in case()) {
        prop_assert_eq!(case.find(), Walk::new(&case).find());
    }

    /// What is chosen is one of those on offer, each once, and the seed decides among equals alone.
    #[test]
    fn the_fair_order_is_an_order(case in case(), seed: u64) {
        let taken = Taken::new(case.occupied.iter().copied(), vec![]);
        for (start, candidates) in case.find() {
            let slot = availability::Slot {
                start: Tick::containing(start),
                end: Tick::containing(start).plus(case.rules.duration.ticks()),
                candidates: &candidates,
            };
            let order = availability::fair_order(slot, &taken, seed);
            prop_assert_eq!(&order, &availability::fair_order(slot, &taken, seed));
            let count = |all: &[Candidate]| {
                all.iter().fold(BTreeMap::new(), |mut counts, candidate| {
                    *counts.entry(format!("{candidate:?}")).or_insert(0) += 1;
                    counts
                })
            };
            prop_assert_eq!(count(&order), count(&candidates));
            let day = wall::Day::new(wall::date_of(start)).ticks();
            let loads: Vec<_> = order
                .iter()
                .filter(|candidate| candidate.group.is_none())
                .map(|candidate| taken.load(Subject::Official(candidate.official), day))
                .collect();
            prop_assert!(loads.is_sorted());
            prop_assert!(order.is_sorted_by_key(|candidate| candidate.group.is_none()));
        }
    }
}

/// The generator reaches what it is meant to reach, or agreement would mean little.
#[test]
fn the_cases_are_not_trivial() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut found, mut none, mut doubled, mut skipped) = (0, 0, 0, 0);
    let (mut substituted, mut grouped, mut desks, mut elsewhere) = (0, 0, 0, 0);
    for _ in 0..600 {
        let case = case().new_tree(&mut runner).unwrap().current();
        let slots = case.find();
        found += slots.len();
        none += usize::from(slots.is_empty());
        let all = slots.iter().flat_map(|(_, candidates)| candidates);
        let handles = |id| case.staff.officials.iter().any(|one| one.id == id && one.handles);
        substituted +=
            all.clone().filter(|one| one.group.is_none() && !handles(one.official)).count();
        grouped += all.clone().filter(|one| one.group.is_some()).count();
        desks += all.clone().filter(|one| one.desk.is_some()).count();
        elsewhere += all
            .filter(|one| one.group.is_none())
            .filter(|one| {
                let whose =
                    case.staff.officials.iter().find(|official| official.id == one.official);
                one.desk.is_some_and(|desk| !whose.unwrap().desks.contains(&desk))
            })
            .count();
        let gap: Time = "2026-03-29T01:00:00Z".parse::<Timestamp>().unwrap().into();
        skipped += slots.iter().filter(|(at, _)| (1..3_600_000).contains(&gap.since(*at))).count();
        let second: Time = "2026-10-25T01:00:00Z".parse::<Timestamp>().unwrap().into();
        doubled +=
            slots.iter().filter(|(at, _)| (0..3_600_000).contains(&at.since(second))).count();
    }
    assert!(found > 6_000 && (60..540).contains(&none), "{found} slots, none in {none}");
    assert!(doubled > 20, "{doubled} in the second 02:00–03:00");
    assert!(skipped > 20, "{skipped} in the hour before 02:00 became 03:00");
    assert!(substituted > 20, "{substituted} by a substitute alone");
    assert!(elsewhere > 40, "{elsewhere} at a desk that stands in");
    assert!(grouped > 5 && desks > 100, "{grouped} in groups, {desks} at desks");
}

mod by_hand {
    use super::*;

    fn wall_minute(hour: u16, minute: u16) -> WallMinute {
        WallMinute::new(hour * 60 + minute).unwrap()
    }

    fn office() -> Staff {
        let hours = |weekday| Hours {
            weekly: Weekly {
                weekday,
                range: WallRange { from: wall_minute(8, 0), to: wall_minute(10, 0) },
                valid_from: None,
                valid_to: None,
            },
            forms: Forms::ALL,
        };
        let days = [Weekday::Monday, Weekday::Thursday, Weekday::Friday];
        let official = |n| Official {
            id: person(n),
            handles: n != 2,
            desks: vec![desk(0), desk(1)],
            hours: days.into_iter().map(hours).collect(),
        };
        Staff { officials: (0..3).map(official).collect(), ..Staff::default() }
    }

    fn case(day: Date) -> Case {
        let minutes = |n| Minutes::new(n).unwrap();
        Case {
            staff: office(),
            rules: MatterRules {
                duration: minutes(30),
                step: minutes(30),
                before: Minutes::ZERO,
                after: Minutes::ZERO,
                notice_minutes: 0,
                horizon_days: 60,
                daily_cap: None,
                official_daily_cap: None,
                capacity: 1,
                forms: Forms::ALL,
                pick_official: true,
            },
            now: wall::start_of(day),
            from: wall::start_of(day),
            to: wall::start_of(day.saturating_add(1.day())),
            form: Form::Video,
            official: None,
            people: 1,
            not_before: None,
            citizen: true,
            policy: ReleasePolicy::default(),
            occupied: vec![],
            groups: vec![],
            counts: vec![],
        }
    }

    fn starts(case: &Case) -> Vec<String> {
        let clock = |at: Time| warsaw().to_datetime(at.timestamp()).strftime("%H:%M").to_string();
        case.find().into_iter().map(|(at, _)| clock(at)).collect()
    }

    #[test]
    fn an_ordinary_thursday() {
        let mut case = case(date(2026, 12, 10));
        assert_eq!(starts(&case), ["08:00", "08:30", "09:00", "09:30"]);
        assert_eq!(case.find()[0].1.len(), 2, "the third one only stands in");
        // A buffer of ten minutes after each, and the first official taken at 08:30.
        case.rules.after = Minutes::new(10).unwrap();
        let at = |hour, minute| {
            let midnight = Tick::exactly(case.from).unwrap();
            midnight.plus(i64::from(wall_minute(hour, minute).get() / 5))
        };
        case.occupied = vec![(Subject::Official(person(0)), TickRange::new(at(8, 30), at(9, 10)))];
        let free: Vec<_> =
            case.find().iter().map(|(_, candidates)| candidates[0].official == person(0)).collect();
        assert_eq!(free, [false, false, false, true]);
    }

    #[test]
    fn on_a_holiday_nobody_is_there_unless_they_say_so() {
        let mut case = case(date(2026, 12, 24));
        assert!(starts(&case).is_empty());
        case.staff.exceptions.push(Exception {
            first: date(2026, 12, 24),
            last: date(2026, 12, 24),
            range: WallRange { from: wall_minute(12, 0), to: wall_minute(13, 0) },
            kind: ExceptionKind::Extra { official: person(1), forms: Forms::ALL },
        });
        assert_eq!(starts(&case), ["12:00", "12:30"]);
    }

    #[test]
    fn two_officials_need_two_desks() {
        let mut case = case(date(2026, 12, 10));
        case.form = Form::InPerson;
        let midnight = Tick::exactly(case.from).unwrap();
        let all_day = TickRange::new(midnight, midnight.plus(288));
        assert_eq!(case.find()[0].1[0].desk, Some(desk(0)));
        case.occupied = vec![(Subject::Desk(desk(0)), all_day)];
        assert_eq!(case.find()[0].1[0].desk, Some(desk(1)));
        case.occupied.push((Subject::Desk(desk(1)), all_day));
        assert!(case.find().is_empty());
    }

    #[test]
    fn a_closed_desk_sends_people_to_the_one_that_stands_in() {
        let mut case = case(date(2026, 12, 10));
        case.form = Form::InPerson;
        case.staff.officials.truncate(1);
        case.staff.officials[0].desks = vec![desk(0)];
        let closed = |whole: ResourceId, substitute, from| Exception {
            first: date(2026, 12, 10),
            last: date(2026, 12, 10),
            range: WallRange { from, to: WallMinute::END },
            kind: ExceptionKind::DeskClosure { desk: whole, substitute },
        };
        let at = |case: &Case| -> Vec<_> {
            case.find().iter().map(|(_, candidates)| candidates[0].desk.unwrap()).collect()
        };
        case.staff.exceptions = vec![closed(desk(0), None, wall_minute(9, 0))];
        assert_eq!(starts(&case), ["08:00", "08:30"], "nowhere to go");
        case.staff.exceptions = vec![closed(desk(0), Some(desk(2)), wall_minute(9, 0))];
        assert_eq!(at(&case), [desk(0), desk(0), desk(2), desk(2)]);
        // A meeting that would be cut in two is held at the substitute as a whole.
        case.staff.exceptions = vec![closed(desk(0), Some(desk(2)), wall_minute(8, 45))];
        assert_eq!(at(&case), [desk(0), desk(2), desk(2), desk(2)]);
        // The substitute has hours of its own, and no substitute in turn.
        let weekly = |from, to| Weekly {
            weekday: Weekday::Thursday,
            range: WallRange { from, to },
            valid_from: None,
            valid_to: None,
        };
        let mornings =
            Desk { id: desk(2), hours: vec![weekly(wall_minute(8, 0), wall_minute(9, 30))] };
        case.staff.desks = vec![mornings];
        assert_eq!(starts(&case), ["08:00", "08:30", "09:00"]);
        let in_turn = closed(desk(2), Some(desk(3)), wall_minute(8, 0));
        case.staff.exceptions.push(in_turn);
        assert_eq!(starts(&case), ["08:00"]);
        // A phone call needs no desk.
        case.form = Form::Phone;
        assert_eq!(starts(&case).len(), 4);
    }

    #[test]
    fn a_substitute_stands_in_for_the_hours_of_the_desk_alone() {
        let mut case = case(date(2026, 12, 10));
        case.form = Form::InPerson;
        case.staff.officials.truncate(1);
        case.staff.officials[0].desks = vec![desk(0)];
        let until_nine = Weekly {
            weekday: Weekday::Thursday,
            range: WallRange { from: WallMinute::MIDNIGHT, to: wall_minute(9, 0) },
            valid_from: None,
            valid_to: None,
        };
        case.staff.desks = vec![Desk { id: desk(0), hours: vec![until_nine] }];
        assert_eq!(starts(&case), ["08:00", "08:30"]);
        case.staff.exceptions.push(Exception {
            first: date(2026, 12, 10),
            last: date(2026, 12, 10),
            range: WallRange::ALL_DAY,
            kind: ExceptionKind::DeskClosure { desk: desk(0), substitute: Some(desk(1)) },
        });
        assert_eq!(starts(&case), ["08:00", "08:30"]);
        assert_eq!(case.find()[0].1[0].desk, Some(desk(1)));
    }

    #[test]
    fn whoever_stands_in_has_both_hours_for_the_matter() {
        let mut case = case(date(2026, 12, 10));
        case.staff.officials[1].handles = false;
        case.staff.exceptions.push(Exception {
            first: date(2026, 12, 10),
            last: date(2026, 12, 10),
            range: WallRange { from: wall_minute(9, 0), to: WallMinute::END },
            kind: ExceptionKind::Absence { official: person(0), substitute: Some(person(2)) },
        });
        let who: Vec<_> =
            case.find().iter().map(|(_, candidates)| candidates[0].official).collect();
        assert_eq!(who, [person(0), person(0), person(2), person(2)]);
        case.official = Some(person(0));
        assert_eq!(starts(&case), ["08:00", "08:30"], "who asks for one gets no other");
    }

    #[test]
    fn a_group_is_filled_before_another_begins() {
        let mut case = case(date(2026, 12, 10));
        case.rules.capacity = 3;
        let midnight = Tick::exactly(case.from).unwrap();
        let ticks = TickRange::new(midnight.plus(96), midnight.plus(102));
        case.occupied = vec![(Subject::Official(person(1)), ticks)];
        let id = GroupId(Uuid::from_u128(77));
        case.groups = vec![Group {
            id,
            official: person(1),
            desk: None,
            form: Form::Video,
            ticks,
            seats_left: 2,
        }];
        let first = case.find()[0].1.clone();
        assert_eq!((first[0].group, first[0].seats), (Some(id), 2));
        assert_eq!(first[1].official, person(0));
        let away = Exception {
            first: date(2026, 12, 10),
            last: date(2026, 12, 10),
            range: WallRange::ALL_DAY,
            kind: ExceptionKind::Absence { official: person(1), substitute: None },
        };
        case.staff.exceptions.push(away);
        assert_eq!(case.find()[0].1[0].group, None, "whose official is away takes nobody more");
        case.staff.exceptions.clear();
        case.people = 3;
        let first = case.find()[0].1.clone();
        assert_eq!((first.len(), first[0].group, first[0].seats), (1, None, 3));
        case.people = 4;
        assert!(case.find().is_empty());
    }

    #[test]
    fn days_are_counted_for_the_month_view() {
        let mut case = case(date(2026, 12, 21));
        case.to = wall::start_of(date(2026, 12, 29));
        let slots = {
            let release = Release::new(ReleasePolicy::default(), &[5; 32]);
            let query = Query {
                now: case.now,
                from: case.from,
                to: case.to,
                form: case.form,
                official: None,
                people: 1,
                not_before: None,
                audience: Audience::Citizen { matter: MATTER, release: &release },
                limit: 6,
            };
            availability::find(&query, &case.staff, &case.rules, &Taken::default())
        };
        assert_eq!(slots.days(), [(date(2026, 12, 21), 4), (date(2026, 12, 28), 2)]);
    }
}
