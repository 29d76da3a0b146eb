//! Many at once, in any order: each decides from what it read, and is written later, over the
//! version that it read and where its claims are free. What a database does with a primary key and
//! a version, a map does here.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use szpon_booking_core::{
    Actor, Appointment, Claim, Event, Form, GroupId, Input, Mail, Outcome, Placement, Policy,
    State, StrandReason, Tick, TickRange, claims,
};
use szpon_protocol::{PersonId, Time};
use uuid::Uuid;

const POLICY: Policy = Policy { cut_off_minutes: 60, check_in_minutes: 30 };
const HOLD_MS: i64 = 600_000;
/// A hold's start; everything happens in the hours before it.
const START: i64 = 6_000_000;
/// Seats of the one group.
const SEATS: u32 = 3;

/// What the store keeps.
#[derive(Default)]
struct Store {
    appointments: BTreeMap<usize, Appointment>,
    claims: BTreeMap<Claim, usize>,
    mails: Vec<(usize, Mail)>,
    events: Vec<(usize, Event)>,
}

/// What somebody is about to write.
struct Write {
    id: usize,
    /// The version that was read; none for a new appointment.
    over: Option<i64>,
    outcome: Outcome,
    claims: Vec<Claim>,
}

/// Why nothing was written.
#[derive(Debug, PartialEq, Eq)]
enum Lost {
    Version,
    Claim,
}

impl Store {
    /// All of it or nothing.
    fn write(&mut self, write: Write) -> Result<(), Lost> {
        let now = self.appointments.get(&write.id).map(|appointment| appointment.version);
        if now != write.over {
            return Err(Lost::Version);
        }
        let foreign = |claim| self.claims.get(claim).is_some_and(|&holder| holder != write.id);
        if write.claims.iter().any(foreign) {
            return Err(Lost::Claim);
        }
        self.claims.retain(|_, holder| *holder != write.id);
        self.claims.extend(write.claims.into_iter().map(|claim| (claim, write.id)));
        self.appointments.insert(write.id, write.outcome.appointment);
        self.events.push((write.id, write.outcome.event));
        self.mails.extend(write.outcome.mail.map(|mail| (write.id, mail)));
        Ok(())
    }

    fn seats_taken(&self) -> Vec<u32> {
        self.claims
            .keys()
            .filter_map(|claim| match claim.subject {
                szpon_booking_core::Subject::Seat(_, seat) => Some(seat),
                _ => None,
            })
            .collect()
    }
}

fn group() -> GroupId {
    GroupId(Uuid::from_u128(7))
}

/// Slot 0 to 3 of two officials, half overlapping, or a seat in the group.
fn placement(slot: usize) -> Placement {
    let start = Tick(START + 3 * (slot as i64 % 2));
    Placement {
        ticks: TickRange::new(start, start.plus(6)),
        form: Form::Video,
        official: PersonId(Uuid::from_u128(slot as u128 / 2)),
        desk: None,
        group: (slot >= 4).then(group),
    }
}

/// What a placement needs, given the seats that the reader saw taken.
fn needed(placement: &Placement, seats_taken: &[u32]) -> Option<Vec<Claim>> {
    match placement.group {
        None => Some(claims::of_meeting(placement.official, None, placement.ticks)),
        Some(group) => claims::of_seats(group, placement.ticks.start, SEATS, seats_taken, 1),
    }
}

#[derive(Debug, Clone, Copy)]
enum Wish {
    Hold(usize),
    Confirm(usize),
    Abandon(usize),
    Expire(usize),
    Cancel(usize, bool),
    Move(usize, usize),
    Strand(usize),
    Unstrand(usize),
}

fn wish() -> impl Strategy<Value = Wish> {
    let (slot, id) = (0usize..5, 0usize..6);
    prop_oneof![
        5 => slot.clone().prop_map(Wish::Hold),
        5 => id.clone().prop_map(Wish::Confirm),
        1 => id.clone().prop_map(Wish::Abandon),
        3 => id.clone().prop_map(Wish::Expire),
        2 => (id.clone(), any::<bool>()).prop_map(|(id, official)| Wish::Cancel(id, official)),
        3 => (id.clone(), slot).prop_map(|(id, slot)| Wish::Move(id, slot)),
        1 => id.clone().prop_map(Wish::Strand),
        1 => id.prop_map(Wish::Unstrand),
    ]
}

/// Reads and decides.
fn decide(store: &Store, wish: Wish, next_id: &mut usize, now: Time) -> Option<Write> {
    let change = |id: usize, input, by| {
        let before = store.appointments.get(&id)?;
        let outcome = before.apply(input, by, now, &POLICY).ok()?;
        let after = &outcome.appointment;
        let claims = match (after.state.occupies(), input) {
            (false, _) => Vec::new(),
            (true, Input::Move(to)) => needed(&to, &store.seats_taken())?,
            (true, _) => {
                store.claims.iter().filter(|&(_, &holder)| holder == id).map(|(&c, _)| c).collect()
            }
        };
        Some(Write { id, over: Some(before.version), outcome, claims })
    };
    match wish {
        Wish::Hold(slot) => {
            let placement = placement(slot);
            let claims = needed(&placement, &store.seats_taken())?;
            *next_id += 1;
            let outcome = Appointment::hold(placement, now.plus_millis(HOLD_MS));
            Some(Write { id: *next_id - 1, over: None, outcome, claims })
        }
        Wish::Confirm(id) => change(id, Input::Confirm, Actor::Citizen),
        Wish::Abandon(id) => change(id, Input::Abandon, Actor::Citizen),
        Wish::Expire(id) => change(id, Input::Expire, Actor::System),
        Wish::Cancel(id, official) => {
            change(id, Input::Cancel, if official { Actor::Official } else { Actor::Citizen })
        }
        Wish::Move(id, slot) => change(id, Input::Move(placement(slot)), Actor::Citizen),
        Wish::Strand(id) => change(id, Input::Strand(StrandReason::Absence), Actor::System),
        Wish::Unstrand(id) => change(id, Input::Unstrand, Actor::System),
    }
}

/// What must hold whenever somebody looks.
fn check(store: &Store) -> Result<(), TestCaseError> {
    // Claims are those of appointments that occupy, and no two share one: a map can't hold it
    // otherwise, so each must still have all that it needs.
    let mut occupied = BTreeMap::new();
    for (id, appointment) in &store.appointments {
        let own: BTreeSet<_> = store
            .claims
            .iter()
            .filter(|&(_, holder)| holder == id)
            .map(|(&claim, _)| claim)
            .collect();
        if !appointment.state.occupies() {
            prop_assert!(own.is_empty());
        } else if appointment.placement.group.is_some() {
            prop_assert_eq!(own.len(), 1);
        } else {
            let needed = needed(&appointment.placement, &[]).unwrap_or_default();
            prop_assert_eq!(&own, &needed.into_iter().collect());
            for tick in appointment.placement.ticks.ticks() {
                let twice = occupied.insert((appointment.placement.official, tick), id);
                prop_assert_eq!(twice, None, "{} booked twice", tick);
            }
        }
    }
    prop_assert!(store.seats_taken().len() <= SEATS as usize);
    for (id, appointment) in &store.appointments {
        let mails = |wanted| store.mails.iter().filter(|&&mail| mail == (*id, wanted)).count();
        let events = store.events.iter().filter(|(whose, _)| whose == id).count();
        prop_assert_eq!(events as i64, appointment.version, "an event for each version");
        prop_assert_eq!(mails(Mail::Confirmation), usize::from(appointment.confirmed_at.is_some()));
        let told = appointment.state == State::Cancelled && appointment.confirmed_at.is_some();
        prop_assert_eq!(mails(Mail::Cancellation), usize::from(told));
        let changes = mails(Mail::Change) as i64 + i64::from(told);
        prop_assert_eq!(appointment.sequence, changes, "a number for each mail");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_booked_twice_in_any_order(
        wishes in proptest::collection::vec((wish(), 0usize..6, 0i64..HOLD_MS / 2), 1..40),
    ) {
        let mut store = Store::default();
        let mut now = Tick(START - 36).time();
        let mut next_id = 0;
        // Each is written so many wishes after it has read.
        let mut waiting: Vec<(usize, Write)> = Vec::new();
        for (turn, &(wish, delay, pause)) in wishes.iter().enumerate() {
            now = now.plus_millis(pause);
            if let Some(write) = decide(&store, wish, &mut next_id, now) {
                waiting.push((turn + delay, write));
            }
            let (due, later) = waiting.into_iter().partition(|(when, _)| *when <= turn);
            waiting = later;
            for (_, write) in due {
                let before = store.appointments.get(&write.id).copied();
                let (id, outcome) = (write.id, write.outcome);
                match store.write(write) {
                    Ok(()) => prop_assert_eq!(store.appointments[&id], outcome.appointment),
                    Err(_) => prop_assert_eq!(store.appointments.get(&id).copied(), before),
                }
                check(&store)?;
            }
        }
    }
}

#[test]
fn of_two_hundred_who_saw_one_slot_free_one_gets_it() {
    let mut store = Store::default();
    let now = Tick(START - 36).time();
    let mut next_id = 0;
    let writes: Vec<_> =
        (0..200).filter_map(|_| decide(&store, Wish::Hold(0), &mut next_id, now)).collect();
    let results: Vec<_> = writes.into_iter().map(|write| store.write(write)).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|&result| *result == Err(Lost::Claim)).count(), 199);
}

#[test]
fn of_two_hundred_confirmations_of_one_hold_one_is_written() {
    let mut store = Store::default();
    let now = Tick(START - 36).time();
    let mut next_id = 0;
    let hold = decide(&store, Wish::Hold(0), &mut next_id, now).unwrap();
    store.write(hold).unwrap();
    let writes: Vec<_> =
        (0..200).filter_map(|_| decide(&store, Wish::Confirm(0), &mut next_id, now)).collect();
    let results: Vec<_> = writes.into_iter().map(|write| store.write(write)).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|&result| *result == Err(Lost::Version)).count(), 199);
    assert_eq!(store.mails, [(0, Mail::Confirmation)]);
}
