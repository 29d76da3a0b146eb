//! Offering a slot that was given back to whoever waits for it.

use serde::{Deserialize, Serialize};
use szpon_booking_core::{
    Actor, Tick, interpreter,
    waiting::{self, FreedSlot, WaitingInput},
};
use szpon_kit::{
    db::Conn,
    problem::{Failure, Result},
};
use szpon_protocol::{Code, Time, WaitingId};

use super::store::{self, Place};
use crate::{
    AppState,
    appointments::{
        clerk::{Clerk, Kept, SlotWish},
        letter,
        record::Record,
    },
    mails::{self, About},
    matters::store as matters,
    slots::Hidden,
};

/// How long an offer can be answered, in minutes; they run by day only.
const ANSWER_MINUTES: u32 = 120;

/// Who waits; sealed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Waiter {
    pub name: String,
    pub email: String,
}

fn context(id: WaitingId) -> String {
    format!("booking-waiting:{id}")
}

pub fn seal(state: &AppState, id: WaitingId, waiter: &Waiter) -> Result<String> {
    let text = serde_json::to_vec(waiter).map_err(Failure::internal)?;
    Ok(state.master_key.seal(&context(id), &text))
}

/// Who waits. Nobody once the place is over.
pub fn waiter(state: &AppState, place: &Place) -> Result<Waiter> {
    let Some(sealed) = &place.citizen else { return Ok(Waiter::default()) };
    let opened = state.master_key.open(&context(place.id), sealed).map_err(Failure::internal)?;
    serde_json::from_slice(&opened).map_err(Failure::internal)
}

/// What became of an offer: the hold was confirmed, given back, or ran out.
pub async fn settle(conn: &mut Conn, hold: &Record, input: WaitingInput) -> Result<()> {
    let Some(mut place) = store::by_offer(conn, hold.id).await? else { return Ok(()) };
    // Somebody who left meanwhile has left.
    if place.facts.apply(input, hold.facts.placement.ticks.start).is_ok() {
        place.state = store::state_of(place.facts.state);
    }
    place.offer = None;
    Ok(store::update(conn, &place).await?)
}

/// Offers what `freed` gave back to the first who can use it. Call it in the same transaction.
pub async fn offer(conn: &mut Conn, clerk: &Clerk<'_>, freed: &Record) -> Result<()> {
    let start = freed.start();
    if start <= clerk.now {
        return Ok(());
    }
    let places = store::of_matter(conn, clerk.office, freed.matter).await?;
    if places.is_empty() {
        return Ok(());
    }
    let Some(matter) = matters::find(conn, clerk.office, freed.matter).await? else {
        return Ok(());
    };
    let slot = FreedSlot {
        matter: crate::slots::core_matter(freed.matter),
        form: freed.facts.placement.form,
        official: freed.official(),
        start: Tick::containing(start),
        // How many seats a group has left is asked of it below.
        seats: None,
    };
    let latest = start.plus_secs(-60 * i64::from(matter.details.notice_minutes));
    let Some(until) = waiting::deadline(clerk.now, latest, ANSWER_MINUTES) else { return Ok(()) };
    let earliest = interpreter::earliest(clerk.now);
    let mut list: Vec<_> = places
        .iter()
        .map(|place| waiting::Waiting {
            not_before: place.interpreter.then_some(earliest),
            ..place.facts.clone()
        })
        .collect();
    while let Some(next) = waiting::next(&list, &slot).map(|next| next.id) {
        list.retain(|place| place.id != next);
        let Some(place) = places.iter().find(|place| place.id.0 == next.0) else { continue };
        match hold_for(conn, clerk, freed, place.clone(), until).await {
            // Not free for these: a family, and the group has one seat. Perhaps for whoever is next; if
            // the office is closed, for nobody. Nothing was written.
            Err(failure) if failure.code() == Code::SlotTaken => {}
            done => return done,
        }
    }
    Ok(())
}

async fn hold_for(
    conn: &mut Conn,
    clerk: &Clerk<'_>,
    freed: &Record,
    mut place: Place,
    until: Time,
) -> Result<()> {
    let state = clerk.state;
    let wish = SlotWish {
        form: freed.form(),
        start: freed.start(),
        official: Some(freed.official()),
        people: u16::try_from(place.facts.people).unwrap_or(u16::MAX),
        interpreter: place.interpreter,
        hidden: Hidden::Free,
    };
    let kept = Kept { language: place.language, expires: until };
    let (record, secret) =
        clerk.hold_until(conn, freed.matter, &wish, Actor::Citizen, kept).await?;
    let slot = record.facts.placement.ticks.start;
    place.facts.apply(WaitingInput::Offer, slot).map_err(|_| Failure::conflict())?;
    place.state = store::state_of(place.facts.state);
    place.offer = Some(record.id);
    store::update(conn, &place).await?;
    let waiter = waiter(state, &place)?;
    let matter = matters::find(conn, clerk.office, freed.matter).await?;
    let matter = matter.map(|matter| matter.details.name).unwrap_or_default();
    let url = format!("{}/booking/offer#{}", state.settings.public_url, secret.reveal());
    let mail = letter::offer_mail(
        state.sender_named(clerk.profile.name.pick(place.language)),
        &waiter.name,
        &waiter.email,
        place.language,
        &letter::Offer {
            matter: matter.pick(place.language),
            starts_at: record.start(),
            ends_at: record.end(),
            until,
            url: &url,
        },
    );
    let about = About { office: clerk.office, holder: place.id.0, occasion: "offer" };
    mails::send(conn, state, about, &mail, clerk.now).await?;
    Ok(())
}
