//! What changed hours do to appointments that are there.

use jiff::civil::{Weekday, date};
use szpon_booking_core::{
    AppointmentId, Desk, Exception, ExceptionKind, Form, Forms, Hours, Input, Official, Planned,
    ResourceId, Staff, StrandReason, Tick, TickRange, WallMinute, WallRange, Weekly, places,
    stranded, wall,
};
use szpon_protocol::PersonId;
use uuid::Uuid;

const ID: AppointmentId = AppointmentId(Uuid::from_u128(1));

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn desk(n: u128) -> ResourceId {
    ResourceId(Uuid::from_u128(n))
}

fn range(from: u16, to: u16) -> WallRange {
    let minute = |hour: u16| WallMinute::new(hour * 60).unwrap();
    WallRange { from: minute(from), to: minute(to) }
}

fn thursdays(from: u16, to: u16) -> Weekly {
    Weekly { weekday: Weekday::Thursday, range: range(from, to), valid_from: None, valid_to: None }
}

/// The first official is there on Thursdays from 8 to 12, the second one never.
fn office() -> Staff {
    let hours = Hours { weekly: thursdays(8, 12), forms: Forms::ALL };
    let official = |n, hours| Official { id: person(n), handles: true, desks: vec![], hours };
    Staff { officials: vec![official(1, vec![hours]), official(2, vec![])], ..Staff::default() }
}

/// 09:00 to 10:00 on Thursday, the tenth, unless it is another day.
fn planned(day: i8) -> Planned {
    let midnight = Tick::exactly(wall::start_of(date(2026, 12, day))).unwrap();
    Planned {
        id: ID,
        ticks: TickRange::new(midnight.plus(108), midnight.plus(120)),
        form: Form::Phone,
        official: person(1),
        desk: None,
        stranded: None,
        off_hours: false,
    }
}

fn check(planned: Planned, staff: &Staff) -> Option<Input> {
    let effects = stranded::check(&[planned], staff);
    assert!(effects.iter().all(|&(id, _)| id == ID));
    effects.first().map(|&(_, input)| input)
}

fn exception(kind: ExceptionKind, range: WallRange) -> Exception {
    let day = date(2026, 12, 10);
    Exception { first: day, last: day, range, kind }
}

const AWAY: ExceptionKind =
    ExceptionKind::Absence { official: PersonId(Uuid::from_u128(1)), substitute: None };

#[test]
fn each_reason_is_told() {
    assert_eq!(check(planned(10), &office()), None);
    let with = |change: &dyn Fn(&mut Staff)| {
        let mut staff = office();
        change(&mut staff);
        staff
    };
    let push = |exception: Exception| with(&move |staff| staff.exceptions.push(exception.clone()));
    let strand = |reason| Some(Input::Strand(reason));
    for (staff, reason) in [
        (with(&|staff| staff.officials[0].hours.clear()), StrandReason::Hours),
        (
            with(&|staff| staff.officials[0].hours[0].weekly.range = range(8, 9)),
            StrandReason::Hours,
        ),
        (
            with(&|staff| staff.officials[0].hours[0].weekly.valid_to = Some(date(2026, 12, 9))),
            StrandReason::Hours,
        ),
        (
            with(&|staff| staff.officials[0].hours[0].forms = Forms::NONE.with(Form::Video)),
            StrandReason::Form,
        ),
        (with(&|staff| staff.officials.clear()), StrandReason::OfficialGone),
        (push(exception(AWAY, WallRange::ALL_DAY)), StrandReason::Absence),
        (push(exception(AWAY, range(9, 10))), StrandReason::Absence),
        (push(exception(ExceptionKind::Closure, WallRange::ALL_DAY)), StrandReason::Closure),
    ] {
        assert_eq!(check(planned(10), &staff), strand(reason));
    }
    assert_eq!(check(planned(24), &office()), strand(StrandReason::Holiday));
}

#[test]
fn what_only_touches_it_leaves_it_alone() {
    for range in [range(8, 9), range(10, 12), range(10, 10)] {
        let mut staff = office();
        staff.exceptions.push(exception(AWAY, range));
        assert_eq!(check(planned(10), &staff), None);
    }
}

#[test]
fn what_is_known_is_told_once_and_what_fits_again_is_freed() {
    let mut staff = office();
    staff.exceptions.push(exception(AWAY, WallRange::ALL_DAY));
    let known = Planned { stranded: Some(StrandReason::Absence), ..planned(10) };
    assert_eq!(check(known, &staff), None);
    let otherwise = Planned { stranded: Some(StrandReason::Hours), ..planned(10) };
    assert_eq!(check(otherwise, &staff), Some(Input::Strand(StrandReason::Absence)));
    staff.exceptions.clear();
    assert_eq!(check(known, &staff), Some(Input::Unstrand));
}

#[test]
fn on_purpose_outside_the_hours_it_stays_until_somebody_is_away() {
    let on_purpose = Planned { off_hours: true, ..planned(11) };
    assert_eq!(check(planned(11), &office()), Some(Input::Strand(StrandReason::Hours)));
    assert_eq!(check(on_purpose, &office()), None);
    let mut staff = office();
    let away = exception(AWAY, WallRange::ALL_DAY);
    staff.exceptions.push(Exception { last: date(2026, 12, 11), ..away });
    assert_eq!(check(on_purpose, &staff), Some(Input::Strand(StrandReason::Absence)));
}

#[test]
fn handed_to_whoever_stands_in_it_fits() {
    let mut staff = office();
    let stands_in = ExceptionKind::Absence { official: person(1), substitute: Some(person(2)) };
    staff.exceptions.push(exception(stands_in, WallRange::ALL_DAY));
    assert_eq!(check(planned(10), &staff), Some(Input::Strand(StrandReason::Absence)));
    let handed_over = Planned { official: person(2), ..planned(10) };
    assert_eq!(check(handed_over, &staff), None);
}

/// A colleague of another department took it over: that it isn't their matter strands nothing.
#[test]
fn what_was_handed_to_somebody_stays_with_them() {
    let mut staff = office();
    staff.officials[0].handles = false;
    assert_eq!(check(planned(10), &staff), None);
}

/// 09:00 to 10:00 at the first desk.
fn at_the_desk() -> Planned {
    Planned { form: Form::InPerson, desk: Some(desk(1)), ..planned(10) }
}

fn closed(substitute: Option<ResourceId>, range: WallRange) -> Exception {
    exception(ExceptionKind::DeskClosure { desk: desk(1), substitute }, range)
}

#[test]
fn a_closed_desk_strands_what_is_there_and_nothing_else() {
    let place = Some(Input::Strand(StrandReason::Place));
    for (range, expected) in [
        (WallRange::ALL_DAY, place),
        (range(9, 10), place),
        (range(8, 9), None),
        (range(10, 12), None),
    ] {
        let mut staff = office();
        staff.exceptions.push(closed(None, range));
        assert_eq!(check(at_the_desk(), &staff), expected);
        assert_eq!(check(Planned { desk: Some(desk(2)), ..at_the_desk() }, &staff), None);
        assert_eq!(check(planned(10), &staff), None, "a phone call needs no desk");
        let known = Planned { stranded: Some(StrandReason::Place), ..at_the_desk() };
        let freed = expected.is_none().then_some(Input::Unstrand);
        assert_eq!(check(known, &staff), freed);
    }
}

/// As an absence does: whoever is to come has to be told.
#[test]
fn a_substitute_takes_over_what_is_moved_there() {
    let mut staff = office();
    staff.exceptions.push(closed(Some(desk(2)), WallRange::ALL_DAY));
    assert_eq!(check(at_the_desk(), &staff), Some(Input::Strand(StrandReason::Place)));
    assert_eq!(places::options(&staff, desk(1), at_the_desk().ticks), [desk(2)]);
    assert_eq!(check(Planned { desk: Some(desk(2)), ..at_the_desk() }, &staff), None);
    staff.desks = vec![Desk { id: desk(2), hours: vec![thursdays(10, 12)] }];
    assert!(places::options(&staff, desk(1), at_the_desk().ticks).is_empty());
}

#[test]
fn a_desk_has_hours_and_who_is_away_is_the_better_reason() {
    let mut staff = office();
    staff.desks = vec![Desk { id: desk(1), hours: vec![thursdays(8, 10)] }];
    assert_eq!(check(at_the_desk(), &staff), None);
    staff.desks[0].hours = vec![thursdays(9, 12), thursdays(7, 8)];
    assert_eq!(check(at_the_desk(), &staff), None);
    staff.desks[0].hours = vec![thursdays(10, 12)];
    assert_eq!(check(at_the_desk(), &staff), Some(Input::Strand(StrandReason::Place)));
    let on_purpose = Planned { off_hours: true, ..at_the_desk() };
    assert_eq!(check(on_purpose, &staff), None, "of a desk, too, only exceptions count");
    staff.exceptions.push(closed(None, range(9, 10)));
    assert_eq!(check(on_purpose, &staff), Some(Input::Strand(StrandReason::Place)));
    staff.exceptions.push(exception(AWAY, WallRange::ALL_DAY));
    assert_eq!(check(at_the_desk(), &staff), Some(Input::Strand(StrandReason::Absence)));
}
