//! An office's figures by day, matter and official, from what is known of each appointment.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use szpon_protocol::{PersonId, Time};

use crate::{
    Forms, MatterId, Minutes, Staff, State, TickRange,
    grid::TICK_MINUTES,
    hours::{Calendar, Roster, Scope},
    wall,
};

/// What statistics need to know of one appointment; nothing personal of the citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    pub matter: MatterId,
    pub official: PersonId,
    pub ticks: TickRange,
    pub state: State,
    pub arrived_at: Option<Time>,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    pub date: Date,
    pub matter: MatterId,
    pub official: PersonId,
}

/// One row of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Confirmed at some time, whatever became of them.
    pub booked: u32,
    pub done: u32,
    pub no_show: u32,
    pub cancelled: u32,
    /// Planned minutes of those not cancelled.
    pub planned_minutes: u32,
    /// Real minutes of meetings with a start and an end.
    pub met_minutes: u32,
    /// How many waited: those who came and were received.
    pub waits: u32,
    /// Together, in seconds. A wait runs from the planned time, or the arrival if that is later.
    pub wait_seconds: u64,
    /// The longest, in seconds.
    pub wait_max_seconds: u32,
}

impl Figures {
    fn count(&mut self, fact: &Fact) {
        self.booked += 1;
        match fact.state {
            State::Done => self.done += 1,
            State::NoShow => self.no_show += 1,
            State::Cancelled => self.cancelled += 1,
            _ => {}
        }
        if fact.state != State::Cancelled {
            self.planned_minutes += fact.ticks.len() as u32 * TICK_MINUTES;
        }
        if let (State::Done, Some(start), Some(end)) = (fact.state, fact.started_at, fact.ended_at)
        {
            self.met_minutes += (end.since(start).max(0) / 60_000) as u32;
        }
        if let (Some(arrived), Some(start)) = (fact.arrived_at, fact.started_at) {
            let wait_ms = start.since(arrived.max(fact.ticks.start.time())).max(0);
            let seconds = (wait_ms / 1000) as u32;
            self.waits += 1;
            self.wait_seconds += u64::from(seconds);
            self.wait_max_seconds = self.wait_max_seconds.max(seconds);
        }
    }

    /// The figures of two rows together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            booked: self.booked + other.booked,
            done: self.done + other.done,
            no_show: self.no_show + other.no_show,
            cancelled: self.cancelled + other.cancelled,
            planned_minutes: self.planned_minutes + other.planned_minutes,
            met_minutes: self.met_minutes + other.met_minutes,
            waits: self.waits + other.waits,
            wait_seconds: self.wait_seconds + other.wait_seconds,
            wait_max_seconds: self.wait_max_seconds.max(other.wait_max_seconds),
        }
    }
}

/// The rows that have something to tell. Holds that were never confirmed don't count: leave out
/// [`State::Held`], [`State::Expired`] and what was cancelled before it was confirmed.
pub fn rows(facts: impl IntoIterator<Item = Fact>) -> BTreeMap<Key, Figures> {
    let mut rows: BTreeMap<Key, Figures> = BTreeMap::new();
    for fact in facts {
        let date = wall::date_of(fact.ticks.start.time());
        let key = Key { date, matter: fact.matter, official: fact.official };
        rows.entry(key).or_default().count(&fact);
    }
    rows
}

/// How many minutes an official could have met somebody on `date`, in any form: what planned
/// minutes are a part of.
pub fn open_minutes(staff: &Staff, official: PersonId, date: Date) -> u32 {
    let roster = Roster::new(staff);
    let Some(index) = roster.find(official) else { return 0 };
    let open =
        roster.open(index, &Calendar::new(date), Forms::ALL, Minutes::from_ticks(1), Scope::Given);
    open.ticks.iter().count() as u32 * TICK_MINUTES
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::{Hours, Official, Tick, WallMinute, WallRange, Weekly};

    fn at(text: &str) -> Time {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn fact(start: &str, state: State) -> Fact {
        let start = Tick::exactly(at(start)).unwrap();
        Fact {
            matter: MatterId(Uuid::from_u128(1)),
            official: PersonId(Uuid::from_u128(2)),
            ticks: TickRange::new(start, start.plus(6)),
            state,
            arrived_at: None,
            started_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn a_day_is_a_day_in_poland() {
        // 23:30 and 00:30 in Warsaw.
        let rows = rows([
            fact("2026-12-10T22:30:00Z", State::Confirmed),
            fact("2026-12-10T23:30:00Z", State::Confirmed),
        ]);
        let dates: Vec<_> = rows.keys().map(|key| key.date).collect();
        assert_eq!(dates, [date(2026, 12, 10), date(2026, 12, 11)]);
    }

    #[test]
    fn everything_is_counted_where_it_belongs() {
        let late = Fact {
            arrived_at: Some(at("2026-12-10T08:50:00Z")),
            started_at: Some(at("2026-12-10T09:04:30Z")),
            ended_at: Some(at("2026-12-10T09:31:00Z")),
            ..fact("2026-12-10T09:00:00Z", State::Done)
        };
        let late_citizen = Fact {
            arrived_at: Some(at("2026-12-10T10:10:00Z")),
            started_at: Some(at("2026-12-10T10:11:00Z")),
            ..fact("2026-12-10T10:00:00Z", State::InProgress)
        };
        let early = Fact {
            arrived_at: Some(at("2026-12-10T10:40:00Z")),
            started_at: Some(at("2026-12-10T10:50:00Z")),
            ended_at: Some(at("2026-12-10T11:00:00Z")),
            ..fact("2026-12-10T11:00:00Z", State::Done)
        };
        let all = [
            late,
            late_citizen,
            early,
            fact("2026-12-10T12:00:00Z", State::NoShow),
            fact("2026-12-10T13:00:00Z", State::Cancelled),
        ];
        let rows = rows(all);
        let figures = *rows.values().next().unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            figures,
            Figures {
                booked: 5,
                done: 2,
                no_show: 1,
                cancelled: 1,
                planned_minutes: 120,
                met_minutes: 26 + 10,
                waits: 3,
                wait_seconds: 270 + 60,
                wait_max_seconds: 270,
            }
        );
        assert_eq!(figures.plus(Figures::default()), figures);
    }

    #[test]
    fn open_time_follows_clock_and_holidays() {
        let all_day = |weekday| Hours {
            weekly: Weekly {
                weekday,
                range: WallRange { from: WallMinute::MIDNIGHT, to: WallMinute::new(600).unwrap() },
                valid_from: None,
                valid_to: None,
            },
            forms: Forms::ALL,
        };
        let official = PersonId(Uuid::from_u128(2));
        let staff = Staff {
            officials: vec![Official {
                id: official,
                handles: true,
                desks: vec![],
                hours: vec![
                    all_day(jiff::civil::Weekday::Sunday),
                    all_day(jiff::civil::Weekday::Friday),
                ],
            }],
            ..Staff::default()
        };
        let minutes = |month, day| open_minutes(&staff, official, date(2026, month, day));
        assert_eq!(minutes(10, 18), 600);
        assert_eq!(minutes(10, 25), 660, "an hour comes twice");
        assert_eq!(minutes(3, 29), 540, "an hour is skipped");
        assert_eq!(minutes(12, 25), 0, "Christmas is a Friday");
    }
}
