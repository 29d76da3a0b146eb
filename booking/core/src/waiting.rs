//! The waiting list: who is offered a slot that was given back.
//!
//! An offer is a hold on the slot with the offer's deadline as its end, so that it needs no other
//! protection: accepting is confirming, and when the hold expires or is abandoned, the next in
//! order is asked. Only a slot that nobody on the list can use becomes public.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use szpon_protocol::{PersonId, Time};

use crate::{
    Form, Forms, MatterId, Tick, WaitingId,
    wall::{self, Day, WallMinute, WallRange},
};

/// Shortest time to answer an offer that is worth making, in milliseconds.
pub const OFFER_MIN_MS: i64 = 10 * 60_000;
/// Longest time to answer that counts, in minutes: a week of twelve-hour days.
pub const ANSWER_MAX_MINUTES: u32 = 7 * 12 * 60;
/// So many offers that run out without an answer end the wait.
pub const UNANSWERED_MAX: u32 = 3;
/// Time to answer runs only while people are awake.
const AWAKE_FROM: u16 = 8 * 60;
const AWAKE_TO: u16 = 20 * 60;

/// Where a place on the list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingState {
    Waiting,
    /// A slot is held for them; the next one waits for their answer.
    Offered,
    /// They took a slot.
    Booked,
    /// By their own wish, because their dates passed, or because they no longer answered.
    Left,
}

impl WaitingState {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Offered, Self::Booked, Self::Left];

    /// As on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Booked => "booked",
            Self::Left => "left",
        }
    }

    /// The inverse of [`WaitingState::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What happens to a place on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingInput {
    Offer,
    /// The offered hold was confirmed.
    Accept,
    /// The offer was turned down; they wait on.
    Refuse,
    /// The offer ran out.
    Lapse,
    Leave,
}

/// One place on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub id: WaitingId,
    pub state: WaitingState,
    /// Whoever came first is asked first.
    pub since: Time,
    pub matter: MatterId,
    pub forms: Forms,
    /// With this official only.
    pub official: Option<PersonId>,
    pub first: Date,
    /// Inclusive.
    pub last: Date,
    /// At these times of day only.
    pub range: WallRange,
    pub people: u32,
    /// No start before this, such as an interpreter needs.
    pub not_before: Option<Time>,
    /// Offers in a row that ran out.
    pub unanswered: u32,
    /// Starts that they were offered and didn't take: not offered again.
    pub passed: Vec<Tick>,
}

/// Not in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place that is {} allows no such thing", .0.as_str())]
pub struct WaitingRefused(pub WaitingState);

impl Waiting {
    /// The place after `input`; `slot` is the start that is or was offered.
    ///
    /// # Errors
    /// [`WaitingRefused`]; nothing has changed.
    pub fn apply(&mut self, input: WaitingInput, slot: Tick) -> Result<(), WaitingRefused> {
        use WaitingState::{Booked, Left, Offered, Waiting};
        self.state = match (self.state, input) {
            (Waiting, WaitingInput::Offer) => Offered,
            (Offered, WaitingInput::Accept) => Booked,
            (Offered, WaitingInput::Refuse) => {
                self.unanswered = 0;
                self.passed.push(slot);
                Waiting
            }
            (Offered, WaitingInput::Lapse) => {
                self.unanswered += 1;
                self.passed.push(slot);
                if self.unanswered >= UNANSWERED_MAX { Left } else { Waiting }
            }
            (Waiting | Offered, WaitingInput::Leave) => Left,
            (state, _) => return Err(WaitingRefused(state)),
        };
        Ok(())
    }

    /// Whether they could use `slot`.
    pub fn wants(&self, slot: &FreedSlot) -> bool {
        let date = wall::date_of(slot.start.time());
        let in_range = self.range == WallRange::ALL_DAY
            || Day::new(date)
                .moments(self.range)
                .any(|open| open.start <= slot.start && slot.start < open.end);
        self.matter == slot.matter
            && self.forms.contains(slot.form)
            && self.official.is_none_or(|one| one == slot.official)
            && (self.first..=self.last).contains(&date)
            && in_range
            && slot.seats.is_none_or(|seats| self.people <= seats)
            && self.not_before.is_none_or(|earliest| earliest <= slot.start.time())
            && !self.passed.contains(&slot.start)
    }
}

/// A slot that was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreedSlot {
    pub matter: MatterId,
    pub form: Form,
    pub official: PersonId,
    pub start: Tick,
    /// Free seats of a group; `None`: a single meeting.
    pub seats: Option<u32>,
}

/// Who is asked next for `slot`.
pub fn next<'a>(list: &'a [Waiting], slot: &FreedSlot) -> Option<&'a Waiting> {
    list.iter()
        .filter(|place| place.state == WaitingState::Waiting && place.wants(slot))
        .min_by_key(|place| (place.since, place.id))
}

/// Until when an offer made at `now` is good: `answer_minutes`, at most [`ANSWER_MAX_MINUTES`],
/// counted only from 08:00 to 20:00, but not beyond `latest`, the last moment to book the slot.
/// `None` when less than [`OFFER_MIN_MS`] is left.
pub fn deadline(now: Time, latest: Time, answer_minutes: u32) -> Option<Time> {
    let mut left = i64::from(answer_minutes.min(ANSWER_MAX_MINUTES)) * 60_000;
    let mut date = wall::date_of(now);
    let mut deadline = now;
    while deadline < latest && left > 0 {
        for awake in awake(date) {
            let from = awake.0.max(now);
            let used = awake.1.since(from).clamp(0, left);
            if used > 0 {
                left -= used;
                deadline = from.plus_millis(used);
            }
        }
        match date.tomorrow() {
            // Nights alone never end it, so look one day further at a time.
            Ok(next) if wall::start_of(next) < latest => date = next,
            _ => break,
        }
    }
    let deadline = if left > 0 { latest } else { deadline.min(latest) };
    (deadline.since(now) >= OFFER_MIN_MS).then_some(deadline)
}

fn awake(date: Date) -> Vec<(Time, Time)> {
    let (Ok(from), Ok(to)) = (WallMinute::new(AWAKE_FROM), WallMinute::new(AWAKE_TO)) else {
        return Vec::new();
    };
    let day = Day::new(date);
    day.moments(WallRange { from, to }).map(|open| (open.start.time(), open.end.time())).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> Time {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn place(n: u128) -> Waiting {
        Waiting {
            id: WaitingId(Uuid::from_u128(n)),
            state: WaitingState::Waiting,
            since: Time::from_millis(1_000 + n as i64),
            matter: MatterId(Uuid::from_u128(1)),
            forms: Forms::ALL,
            official: None,
            first: date(2026, 12, 1),
            last: date(2026, 12, 20),
            range: WallRange::ALL_DAY,
            people: 1,
            not_before: None,
            unanswered: 0,
            passed: Vec::new(),
        }
    }

    fn slot() -> FreedSlot {
        FreedSlot {
            matter: MatterId(Uuid::from_u128(1)),
            form: Form::Phone,
            official: PersonId(Uuid::from_u128(5)),
            // 09:00 in Warsaw.
            start: Tick::exactly(at("2026-12-10T08:00:00Z")).unwrap(),
            seats: None,
        }
    }

    #[test]
    fn only_what_was_asked_for_is_offered() {
        let unwanted = |change: &dyn Fn(&mut Waiting)| {
            let mut place = place(1);
            change(&mut place);
            !place.wants(&slot())
        };
        assert!(place(1).wants(&slot()));
        assert!(unwanted(&|p| p.matter = MatterId(Uuid::from_u128(2))));
        assert!(unwanted(&|p| p.forms = Forms::NONE.with(Form::Video)));
        assert!(unwanted(&|p| p.official = Some(PersonId(Uuid::from_u128(6)))));
        assert!(!unwanted(&|p| p.official = Some(PersonId(Uuid::from_u128(5)))));
        assert!(unwanted(&|p| p.last = date(2026, 12, 9)));
        assert!(unwanted(&|p| p.first = date(2026, 12, 11)));
        assert!(unwanted(&|p| p.range.from = WallMinute::new(9 * 60 + 5).unwrap()));
        assert!(!unwanted(&|p| p.range.from = WallMinute::new(9 * 60).unwrap()));
        assert!(unwanted(&|p| p.range.to = WallMinute::new(9 * 60).unwrap()));
        assert!(unwanted(&|p| p.not_before = Some(at("2026-12-10T08:00:00.001Z"))));
        assert!(unwanted(&|p| p.passed.push(slot().start)));
        let group = FreedSlot { seats: Some(2), ..slot() };
        let mut family = place(1);
        family.people = 3;
        assert!(!family.wants(&group) && family.wants(&slot()));
    }

    #[test]
    fn the_first_who_can_use_it_is_asked_and_then_the_next() {
        let mut list: Vec<_> = (1..=3).rev().map(place).collect();
        list[2].forms = Forms::NONE.with(Form::InPerson);
        let mut asked = Vec::new();
        while let Some(id) = next(&list, &slot()).map(|place| place.id) {
            asked.push(id.0.as_u128());
            let place = list.iter_mut().find(|place| place.id == id).unwrap();
            place.apply(WaitingInput::Offer, slot().start).unwrap();
            place.apply(WaitingInput::Lapse, slot().start).unwrap();
        }
        assert_eq!(asked, [2, 3], "each once, in order");
    }

    #[test]
    fn who_never_answers_leaves_the_list() {
        let mut place = place(1);
        for n in 0..3 {
            place.apply(WaitingInput::Offer, Tick(n)).unwrap();
            assert_eq!(
                place.apply(WaitingInput::Offer, Tick(n)),
                Err(WaitingRefused(WaitingState::Offered))
            );
            place.apply(WaitingInput::Lapse, Tick(n)).unwrap();
        }
        assert_eq!(place.state, WaitingState::Left);
        assert!(place.apply(WaitingInput::Offer, Tick(9)).is_err());
    }

    #[test]
    fn answers_are_not_expected_at_night() {
        let far = at("2027-01-30T00:00:00Z");
        let deadline = |now, latest, minutes| deadline(at(now), latest, minutes);
        // 10:00 in Warsaw, two hours.
        assert_eq!(deadline("2026-12-01T09:00:00Z", far, 120), Some(at("2026-12-01T11:00:00Z")));
        // 23:00: from 08:00 on.
        assert_eq!(deadline("2026-12-01T22:00:00Z", far, 120), Some(at("2026-12-02T09:00:00Z")));
        // 19:00: an hour today, one tomorrow.
        assert_eq!(deadline("2026-12-01T18:00:00Z", far, 120), Some(at("2026-12-02T08:00:00Z")));
        // Not beyond the last moment to book, and not at all if that is too soon.
        let soon = at("2026-12-01T09:30:00Z");
        assert_eq!(deadline("2026-12-01T09:00:00Z", soon, 120), Some(soon));
        assert_eq!(deadline("2026-12-01T09:21:00Z", soon, 120), None);
        assert_eq!(deadline("2026-12-01T09:40:00Z", soon, 120), None);
        // The night before both clock changes.
        assert_eq!(deadline("2026-10-24T19:00:00Z", far, 60), Some(at("2026-10-25T08:00:00Z")));
        assert_eq!(
            deadline("2027-03-27T20:00:00Z", at("2027-04-30T00:00:00Z"), 60),
            Some(at("2027-03-28T07:00:00Z"))
        );
    }

    proptest! {
        #[test]
        fn a_deadline_lies_ahead_and_not_too_far(now in 0i64..200_000, minutes in 0u32..3_000, ahead in -100i64..20_000) {
            let now = at("2026-09-01T00:00:00Z").plus_secs(now * 60);
            let latest = now.plus_secs(ahead * 60);
            if let Some(deadline) = deadline(now, latest, minutes) {
                prop_assert!(deadline <= latest && deadline.since(now) >= OFFER_MIN_MS);
                prop_assert!(deadline == latest || deadline.since(now) >= i64::from(minutes) * 60_000);
            }
        }
    }
}
