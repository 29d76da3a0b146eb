//! An appointment under any sequence of inputs, by anybody, at any time.

use proptest::prelude::*;
use szpon_booking_core::{
    Actor, Appointment, CalendarMethod, Event, Form, Input, Mail, Placement, Policy, Refused,
    ResourceId, State, StrandReason, Tick, TickRange,
};
use szpon_protocol::{PersonId, Time};
use uuid::Uuid;

const POLICY: Policy = Policy { cut_off_minutes: 120, check_in_minutes: 60 };
const MINUTE_MS: i64 = 60_000;
/// The hold's length in milliseconds.
const HOLD_MS: i64 = 10 * MINUTE_MS;

/// When everything begins.
fn origin() -> Time {
    Tick(6_000_000).time()
}

fn placement(start: i64, form: Form, official: u128) -> Placement {
    Placement {
        ticks: TickRange::new(Tick(6_000_000 + start), Tick(6_000_000 + start + 6)),
        form,
        official: PersonId(Uuid::from_u128(official)),
        desk: None,
        group: None,
    }
}

fn held() -> Appointment {
    let expires = origin().plus_millis(HOLD_MS);
    Appointment::hold(placement(48, Form::Video, 1), expires).appointment
}

/// `minute` after the origin.
fn at(minute: i64) -> Time {
    origin().plus_millis(minute * MINUTE_MS)
}

fn input() -> impl Strategy<Value = Input> {
    let reason = prop::sample::select(&StrandReason::ALL[..]);
    prop_oneof![
        4 => Just(Input::Confirm),
        1 => Just(Input::Abandon),
        1 => Just(Input::Expire),
        3 => (0i64..120, prop::sample::select(&Form::ALL[..]), 1u128..3)
            .prop_map(|(start, form, official)| Input::Move(placement(start, form, official))),
        1 => Just(Input::Cancel),
        2 => Just(Input::Arrive),
        2 => Just(Input::Call),
        2 => Just(Input::Start),
        1 => Just(Input::Finish),
        1 => Just(Input::NoShow),
        2 => reason.prop_map(Input::Strand),
        1 => Just(Input::Unstrand),
        2 => (1u128..4, proptest::option::of(0u128..2)).prop_map(|(official, desk)| Input::HandOver {
            official: PersonId(Uuid::from_u128(official)),
            desk: desk.map(|desk| ResourceId(Uuid::from_u128(desk))),
        }),
    ]
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![3 => Just(Actor::Citizen), 4 => Just(Actor::Official), 2 => Just(Actor::System)]
}

/// Steps in milliseconds between inputs: within the hold, within the day, and none at all.
fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 0..HOLD_MS / 3, 0..240 * MINUTE_MS]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leads_to_a_contradiction(
        steps in proptest::collection::vec((input(), actor(), pause()), 0..25),
    ) {
        let mut appointment = held();
        let mut now = origin();
        let (mut confirmations, mut cancellations) = (0, 0);
        let mut told = None;
        for (input, by, pause) in steps {
            now = now.plus_millis(pause);
            let before = appointment;
            let Ok(outcome) = appointment.apply(input, by, now, &POLICY) else { continue };
            appointment = outcome.appointment;

            prop_assert!(!before.state.is_final(), "{:?} of {:?}", input, before.state);
            prop_assert_eq!(appointment.version, before.version + 1);
            // To be called again within the same millisecond is the one change that shows nowhere.
            let unchanged = Appointment { version: before.version + 1, ..before };
            prop_assert!(appointment != unchanged || input == Input::Call);

            // The calendar: a number for each mail that changes the entry, rising by one, from 0.
            let calendar = appointment.calendar();
            match outcome.mail {
                None => prop_assert_eq!(appointment.sequence, before.sequence),
                Some(mail) => {
                    let entry = calendar.expect("a mail has a calendar entry");
                    prop_assert_eq!(entry.sequence, told.map_or(0, |told: i64| told + 1));
                    told = Some(entry.sequence);
                    let cancels = entry.method == CalendarMethod::Cancel;
                    prop_assert_eq!(cancels, mail == Mail::Cancellation);
                    confirmations += u32::from(mail == Mail::Confirmation);
                    cancellations += u32::from(mail == Mail::Cancellation);
                }
            }
            prop_assert_eq!(calendar.is_some(), confirmations == 1);
            prop_assert!(confirmations <= 1 && cancellations <= 1);
            // Whoever was told of a meeting is told of its end, unless it takes place or was
            // missed.
            let cancelled_after_all = appointment.state == State::Cancelled && confirmations == 1;
            prop_assert_eq!(cancellations == 1, cancelled_after_all);
            // Whoever was told of a time and an official still has that time.
            if before.placement.ticks != appointment.placement.ticks
                || before.placement.form != appointment.placement.form
            {
                prop_assert_eq!(outcome.mail, Some(Mail::Change));
            }

            // States and their marks.
            let ended = appointment.ended_at.is_some();
            prop_assert_eq!(ended, appointment.state.is_final());
            prop_assert!(!ended || appointment.stranded.is_none());
            if matches!(appointment.state, State::Arrived) {
                prop_assert!(appointment.arrived_at.is_some());
            }
            if appointment.state == State::InProgress {
                prop_assert!(appointment.started_at.is_some());
            }
            if appointment.called_at.is_some() {
                prop_assert!(appointment.arrived_at.is_some());
            }
            let was_confirmed = !matches!(appointment.state, State::Held | State::Expired);
            if was_confirmed && outcome.event != Event::Abandoned {
                prop_assert!(appointment.confirmed_at.is_some());
            }
            if appointment.state == State::NoShow {
                prop_assert!(now >= appointment.start());
            }

            // A citizen changes nothing after the cut-off, unless the office has stranded it.
            if by == Actor::Citizen && matches!(input, Input::Move(_) | Input::Cancel) {
                prop_assert!(now < before.cut_off(&POLICY));
            }
            prop_assert!(
                matches!(input, Input::Expire | Input::Strand(_) | Input::Unstrand)
                    == (by == Actor::System)
            );
        }
    }

    /// At each millisecond exactly one of the two is possible.
    #[test]
    fn a_hold_is_confirmed_or_expires(offset in -2i64..=2, ms in 0i64..2 * HOLD_MS) {
        for now in [origin().plus_millis(HOLD_MS + offset), origin().plus_millis(ms)] {
            let confirm = held().apply(Input::Confirm, Actor::Citizen, now, &POLICY);
            let expire = held().apply(Input::Expire, Actor::System, now, &POLICY);
            if now < held().hold_expires {
                prop_assert_eq!(confirm.map(|done| done.appointment.state), Ok(State::Confirmed));
                prop_assert_eq!(expire, Err(Refused::HoldRuns));
            } else {
                prop_assert_eq!(confirm, Err(Refused::HoldExpired));
                prop_assert_eq!(expire.map(|done| done.appointment.state), Ok(State::Expired));
            }
        }
    }

    /// Of two inputs that start from one version, the second finds another version, or is refused
    /// by what the first has made: it never undoes it silently.
    #[test]
    fn the_second_of_two_starts_anew(first in input(), second in input(), minute in 0i64..300) {
        let confirmed = confirmed();
        for by in [Actor::Citizen, Actor::Official, Actor::System] {
            let (Ok(one), Ok(two)) = (
                confirmed.apply(first, by, at(minute), &POLICY),
                confirmed.apply(second, by, at(minute), &POLICY),
            ) else { continue };
            prop_assert_eq!(one.appointment.version, two.appointment.version);
            if one.appointment.state.is_final() {
                let again = one.appointment.apply(second, by, at(minute), &POLICY);
                prop_assert_eq!(again, Err(Refused::State(one.appointment.state)));
            }
        }
    }
}

fn confirmed() -> Appointment {
    apply(held(), Input::Confirm, Actor::Citizen, 1).appointment
}

fn apply(
    appointment: Appointment,
    input: Input,
    by: Actor,
    minute: i64,
) -> szpon_booking_core::Outcome {
    appointment.apply(input, by, at(minute), &POLICY).unwrap()
}

#[test]
fn a_day_at_the_office() {
    let mut appointment = confirmed();
    // The meeting is from minute 240 to 270.
    for (input, by, minute, state, event) in [
        (Input::Arrive, Actor::Citizen, 200, State::Arrived, "arrived"),
        (Input::Call, Actor::Official, 241, State::Arrived, "called"),
        (Input::Call, Actor::Official, 242, State::Arrived, "called"),
        (Input::Start, Actor::Official, 243, State::InProgress, "started"),
        (Input::Finish, Actor::Official, 260, State::Done, "done"),
    ] {
        let outcome = apply(appointment, input, by, minute);
        assert_eq!((outcome.appointment.state, outcome.event.as_str()), (state, event));
        assert_eq!(outcome.mail, None);
        appointment = outcome.appointment;
    }
    assert_eq!(appointment.called_at, Some(at(242)));
    assert_eq!((appointment.started_at, appointment.ended_at), (Some(at(243)), Some(at(260))));
}

#[test]
fn the_calendar_entry_follows() {
    let moved = apply(confirmed(), Input::Move(placement(60, Form::Phone, 2)), Actor::Citizen, 5);
    assert_eq!((moved.mail, moved.appointment.sequence), (Some(Mail::Change), 1));
    let other = Input::HandOver { official: PersonId(Uuid::from_u128(3)), desk: None };
    let handed = apply(moved.appointment, other, Actor::Official, 6);
    assert_eq!((handed.mail, handed.appointment.sequence), (Some(Mail::Change), 2));
    let cancelled = apply(handed.appointment, Input::Cancel, Actor::Citizen, 7);
    let entry = cancelled.appointment.calendar().unwrap();
    assert_eq!((entry.method, entry.sequence), (CalendarMethod::Cancel, 3));
}

#[test]
fn the_cut_off_is_exact_and_not_for_the_office() {
    let cut_off = confirmed().cut_off(&POLICY);
    assert_eq!(cut_off, at(120));
    let cancel = |by, now| confirmed().apply(Input::Cancel, by, now, &POLICY);
    assert!(cancel(Actor::Citizen, cut_off.plus_millis(-1)).is_ok());
    assert_eq!(cancel(Actor::Citizen, cut_off), Err(Refused::CutOff));
    assert!(cancel(Actor::Official, cut_off).is_ok());
}

#[test]
fn whom_the_office_stranded_may_go_until_the_start() {
    let reason = StrandReason::Absence;
    let stranded = apply(confirmed(), Input::Strand(reason), Actor::System, 2).appointment;
    assert_eq!(stranded.stranded, Some(reason));
    let again = stranded.apply(Input::Strand(reason), Actor::System, at(3), &POLICY);
    assert_eq!(again, Err(Refused::Unchanged));
    let moved = apply(stranded, Input::Move(placement(80, Form::Video, 1)), Actor::Citizen, 200);
    assert_eq!((moved.appointment.stranded, moved.mail), (None, Some(Mail::Change)));
    let late = stranded.apply(Input::Cancel, Actor::Citizen, at(240), &POLICY);
    assert_eq!(late, Err(Refused::CutOff));
    let fits = apply(stranded, Input::Unstrand, Actor::System, 3);
    assert_eq!((fits.appointment.stranded, fits.mail), (None, None));
}

/// Of a confirmation and a change of hours, whichever comes first wins; no one is let into a closed
/// office.
#[test]
fn a_hold_that_no_longer_fits_is_not_confirmed() {
    let closed = Input::Strand(StrandReason::Closure);
    let stranded = apply(held(), closed, Actor::System, 1).appointment;
    let confirm = |hold: Appointment| hold.apply(Input::Confirm, Actor::Citizen, at(2), &POLICY);
    assert_eq!(confirm(stranded), Err(Refused::Stranded));
    let fits = apply(stranded, Input::Unstrand, Actor::System, 2).appointment;
    assert!(confirm(fits).is_ok());
}

#[test]
fn nobody_is_moved_into_the_past() {
    let earlier = |by, minute| {
        let to = Input::Move(placement(12, Form::Video, 1));
        confirmed().apply(to, by, at(minute), &POLICY).map(|outcome| outcome.event.as_str())
    };
    // To minutes 60 to 90.
    assert_eq!(earlier(Actor::Citizen, 59), Ok("moved"));
    assert_eq!(earlier(Actor::Citizen, 60), Err(Refused::Past));
    assert_eq!(earlier(Actor::Official, 89), Ok("moved"));
    assert_eq!(earlier(Actor::Official, 90), Err(Refused::Past));
    let same =
        confirmed().apply(Input::Move(confirmed().placement), Actor::Citizen, at(5), &POLICY);
    assert_eq!(same, Err(Refused::Unchanged));
}

#[test]
fn nobody_is_missed_before_the_start_or_checked_in_the_day_before() {
    let no_show = |now| confirmed().apply(Input::NoShow, Actor::Official, now, &POLICY).map(|_| ());
    assert_eq!(no_show(at(240).plus_millis(-1)), Err(Refused::TooEarly));
    assert_eq!(no_show(at(240)), Ok(()));
    let arrive = |by, now| confirmed().apply(Input::Arrive, by, now, &POLICY).map(|_| ());
    assert_eq!(arrive(Actor::Citizen, at(180).plus_millis(-1)), Err(Refused::TooEarly));
    assert_eq!(arrive(Actor::Citizen, at(180)), Ok(()));
    assert_eq!(arrive(Actor::Official, at(90)), Ok(()));
}

#[test]
fn a_hold_that_is_given_back_needs_no_mail() {
    let abandoned = apply(held(), Input::Abandon, Actor::Citizen, 3);
    assert_eq!((abandoned.appointment.state, abandoned.mail), (State::Cancelled, None));
    assert!(!abandoned.appointment.state.occupies());
    assert_eq!(abandoned.appointment.calendar(), None);
}

#[test]
fn every_name_is_read_back() {
    for state in State::ALL {
        assert_eq!(State::parse(state.as_str()), Some(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
    for reason in StrandReason::ALL {
        assert_eq!(StrandReason::parse(reason.as_str()), Some(reason));
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
}
