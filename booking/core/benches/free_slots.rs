//! What a search for free slots costs: everyone of an office over two months, the same as the first
//! page of a list needs it, and one official's month.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use jiff::{
    ToSpan,
    civil::{Weekday, date},
};
use szpon_booking_core::{
    Audience, Desk, Exception, ExceptionKind, Form, Forms, Hours, MatterId, MatterRules, Minutes,
    Official, Query, Release, ReleasePolicy, ResourceId, Slots, Staff, Subject, Taken, Tick,
    TickRange, WallMinute, WallRange, Weekly, availability, release::Wave, wall,
};
use szpon_protocol::PersonId;
use uuid::Uuid;

const OFFICIALS: u128 = 200;
const ROUNDS: usize = 15;

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn desk(n: u128) -> ResourceId {
    ResourceId(Uuid::from_u128(n))
}

/// Two hundred officials with a desk each and a lunch break, everyone away once and every desk closed
/// once, some with a substitute; half of the desks have hours.
fn staff() -> Staff {
    let minute = |hour: u16| WallMinute::new(hour * 60).expect("on the grid");
    let weekdays =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let weekly = |weekday, from, to| Weekly {
        weekday,
        range: WallRange { from: minute(from), to: minute(to) },
        valid_from: None,
        valid_to: None,
    };
    let hours = |weekday, from, to| Hours { weekly: weekly(weekday, from, to), forms: Forms::ALL };
    let official = |n| Official {
        id: person(n),
        handles: true,
        desks: vec![desk(n), desk(1000)],
        hours: weekdays
            .into_iter()
            .flat_map(|weekday| [hours(weekday, 8, 12), hours(weekday, 13, 18)])
            .collect(),
    };
    let away = |n: u128| Exception {
        first: date(2026, 10, 5).saturating_add((n as i64 % 50).days()),
        last: date(2026, 10, 6).saturating_add((n as i64 % 50).days()),
        range: WallRange::ALL_DAY,
        kind: ExceptionKind::Absence {
            official: person(n),
            substitute: n.is_multiple_of(3).then(|| person(n + 1)),
        },
    };
    let closed = |n: u128| Exception {
        kind: ExceptionKind::DeskClosure {
            desk: desk(n),
            substitute: n.is_multiple_of(3).then(|| desk(n + 1)),
        },
        ..away(n + 20)
    };
    let open = |n: u128| Desk {
        id: desk(n),
        hours: weekdays.into_iter().map(|weekday| weekly(weekday, 7, 17)).collect(),
    };
    Staff {
        officials: (0..OFFICIALS).map(official).collect(),
        desks: (0..OFFICIALS).step_by(2).map(open).collect(),
        exceptions: (0..OFFICIALS).map(away).chain((0..OFFICIALS).map(closed)).collect(),
    }
}

fn rules() -> MatterRules {
    let minutes = |n| Minutes::new(n).expect("on the grid");
    MatterRules {
        duration: minutes(20),
        step: minutes(20),
        before: Minutes::ZERO,
        after: minutes(5),
        notice_minutes: 120,
        horizon_days: 60,
        daily_cap: None,
        official_daily_cap: Some(40),
        capacity: 1,
        forms: Forms::ALL,
        pick_official: true,
    }
}

/// Every official has about six meetings a day already.
fn taken(first: Tick) -> Taken {
    let mut random = numbers(7);
    let meetings = (0..OFFICIALS).flat_map(|n| (0..60 * 6).map(move |meeting| (n, meeting)));
    let ranges = meetings.map(|(n, meeting)| {
        let day = first.plus(288 * (meeting / 6));
        let start = day.plus(72 + (random() % 140) as i64);
        (Subject::Official(person(n)), TickRange::new(start, start.plus(5)))
    });
    Taken::new(ranges.collect::<Vec<_>>(), vec![])
}

/// Numbers that are the same in each run (Marsaglia's xorshift64).
fn numbers(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

/// The best and the median of some rounds, since the machine has other things to do.
fn measure(name: &str, mut search: impl FnMut() -> Slots) {
    let mut times: Vec<Duration> = Vec::new();
    let mut slots = Slots::default();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        slots = black_box(search());
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let candidates: usize = slots.iter().map(|slot| slot.candidates.len()).sum();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{name:<44} {:>6} starts {candidates:>7} slots {:>8.2} ms best {:>8.2} ms median",
        slots.len(),
        ms(times[0]),
        ms(times[ROUNDS / 2]),
    );
}

fn main() {
    let first = wall::start_of(date(2026, 10, 1));
    let (staff, rules) = (staff(), rules());
    let taken = taken(Tick::containing(first));
    let matter = MatterId(Uuid::from_u128(9));
    let at_once = Release::new(ReleasePolicy::default(), &[1; 32]);
    let wave = Wave { percent: 50, days_before: 14, spread_minutes: 10_000 };
    let waves =
        Release::new(ReleasePolicy { waves: vec![wave], ..ReleasePolicy::default() }, &[1; 32]);
    let query = |form, release, official, limit| Query {
        now: first,
        from: first,
        to: wall::start_of(date(2026, 11, 30)),
        form,
        official,
        people: 1,
        not_before: None,
        audience: Audience::Citizen { matter, release },
        limit,
    };
    let find = |query: &Query<'_>| availability::find(query, &staff, &rules, &taken);

    let all = query(Form::Video, &at_once, None, usize::MAX);
    measure("200 officials, 60 days", || find(&all));
    let desks = query(Form::InPerson, &at_once, None, usize::MAX);
    measure("200 officials, 60 days, at desks", || find(&desks));
    let released = query(Form::Video, &waves, None, usize::MAX);
    measure("200 officials, 60 days, released in waves", || find(&released));
    let page = query(Form::Video, &at_once, None, 20);
    measure("200 officials, the next 20 starts", || find(&page));
    let one = query(Form::Video, &at_once, Some(person(3)), usize::MAX);
    measure("one official, 60 days", || find(&one));
    measure("what is taken, sorted", || {
        black_box(self::taken(Tick::containing(first)));
        Slots::default()
    });
}
