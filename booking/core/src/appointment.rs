//! An appointment as a state machine: input, time → new state, one event, at most one mail.
//!
//! ```text
//! held ──confirm──▶ confirmed ──arrive──▶ arrived ──start──▶ in progress ──finish──▶ done
//!  │ └─abandon─▶ cancelled ◀──cancel──┴──────┤                                      ▲
//!  └──expire──▶ expired                      ├──no show──▶ no show                  │
//!                          confirmed ────────┴──start, finish───────────────────────┘
//! ```
//!
//! Whoever carries an outcome out writes it only over the version that it was made from; of several
//! that start from one version, one is written.

use serde::{Deserialize, Serialize};
use szpon_protocol::{PersonId, Time};

use crate::{Form, GroupId, ResourceId, StrandReason, TickRange};

/// Where an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A citizen is filling in the details; nobody else can have the time.
    Held,
    Confirmed,
    /// The citizen is there: checked in at the kiosk, or in the video waiting room.
    Arrived,
    InProgress,
    Done,
    NoShow,
    Cancelled,
    /// A hold that wasn't confirmed in time.
    Expired,
}

impl State {
    pub const ALL: [Self; 8] = [
        Self::Held,
        Self::Confirmed,
        Self::Arrived,
        Self::InProgress,
        Self::Done,
        Self::NoShow,
        Self::Cancelled,
        Self::Expired,
    ];

    /// As on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Arrived => "arrived",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The inverse of [`State::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Nothing more happens to it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::NoShow | Self::Cancelled | Self::Expired)
    }

    /// Its time is nobody else's. A meeting that was held, or that nobody came to, keeps its time.
    pub fn occupies(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Expired)
    }
}

/// When, how and with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// The meeting itself, without buffers.
    pub ticks: TickRange,
    pub form: Form,
    pub official: PersonId,
    pub desk: Option<ResourceId>,
    pub group: Option<GroupId>,
}

/// An appointment as far as its rules go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appointment {
    pub state: State,
    /// Grows by one with every change.
    pub version: i64,
    /// SEQUENCE of its calendar entry (RFC 5545, section 3.8.7.4): 0 in the confirmation, and
    /// higher in each later mail that changes or cancels the entry (RFC 5546, section 2.1.4).
    pub sequence: i64,
    pub placement: Placement,
    /// From this millisecond on, the hold can't be confirmed any more, only expire.
    pub hold_expires: Time,
    /// It no longer fits the hours, and an official has to move or cancel it.
    pub stranded: Option<StrandReason>,
    pub confirmed_at: Option<Time>,
    pub arrived_at: Option<Time>,
    /// Last called to the desk.
    pub called_at: Option<Time>,
    pub started_at: Option<Time>,
    /// Done, no show, cancelled or expired.
    pub ended_at: Option<Time>,
}

/// Who wants something of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// By the link or code of the appointment, at home or at the kiosk.
    Citizen,
    /// An official, or another system of the administration that acts for one.
    Official,
    /// The service itself, by a timer or because hours changed.
    System,
}

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Confirm,
    /// The hold is given back before its time is up.
    Abandon,
    Expire,
    Move(Placement),
    Cancel,
    Arrive,
    /// To the desk; may be repeated.
    Call,
    Start,
    Finish,
    NoShow,
    Strand(StrandReason),
    /// The hours fit again.
    Unstrand,
    HandOver {
        official: PersonId,
        desk: Option<ResourceId>,
    },
}

/// What has happened, for the log and for webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Held,
    Confirmed,
    Abandoned,
    Expired,
    Moved { from: Placement },
    Cancelled,
    Arrived,
    Called,
    Started,
    Done,
    NoShow,
    Stranded(StrandReason),
    Unstranded,
    HandedOver { from: PersonId },
}

impl Event {
    /// As on the wire and in the database.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
            Self::Moved { .. } => "moved",
            Self::Cancelled => "cancelled",
            Self::Arrived => "arrived",
            Self::Called => "called",
            Self::Started => "started",
            Self::Done => "done",
            Self::NoShow => "no_show",
            Self::Stranded(_) => "stranded",
            Self::Unstranded => "unstranded",
            Self::HandedOver { .. } => "handed_over",
        }
    }
}

/// What the citizen is told by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    Confirmation,
    /// Another time, form, place or official.
    Change,
    Cancellation,
}

/// METHOD of a calendar object (RFC 5546, section 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarMethod {
    Request,
    Cancel,
}

/// What a mail says to the receiver's calendar. The UID is the appointment's own, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarChange {
    /// Also tells STATUS: CONFIRMED with `Request`, CANCELLED with `Cancel`.
    pub method: CalendarMethod,
    pub sequence: i64,
}

impl Appointment {
    /// What a mail about the appointment as it is now says to the calendar; also for reminders,
    /// which repeat the last REQUEST. `None` before it was confirmed.
    pub fn calendar(&self) -> Option<CalendarChange> {
        self.confirmed_at?;
        let method = match self.state {
            State::Cancelled => CalendarMethod::Cancel,
            _ => CalendarMethod::Request,
        };
        Some(CalendarChange { method, sequence: self.sequence })
    }
}

/// What an accepted input leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub appointment: Appointment,
    pub event: Event,
    /// With [`Appointment::calendar`] of the new state as its calendar entry.
    pub mail: Option<Mail>,
}

/// What the office sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Citizens move and cancel until so many minutes before the start.
    pub cut_off_minutes: u32,
    /// Checking in opens so many minutes before the start.
    pub check_in_minutes: u32,
}

/// Why an input isn't accepted. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not in this state. Asking twice ends here, too.
    #[error("an appointment that is {} allows no such thing", .0.as_str())]
    State(State),
    /// Not for this actor to do.
    #[error("not allowed to this actor")]
    Actor,
    /// The hold's time is up.
    #[error("the hold has expired")]
    HoldExpired,
    /// The hold's time isn't up yet.
    #[error("the hold has not expired")]
    HoldRuns,
    /// Hours have changed while it was held: another time has to be chosen.
    #[error("the hold no longer fits the hours")]
    Stranded,
    /// Too late for the citizen; the office can still do it.
    #[error("the cut-off has passed")]
    CutOff,
    /// Too early to check in, or to say that nobody came.
    #[error("too early")]
    TooEarly,
    /// The time to move to is over.
    #[error("in the past")]
    Past,
    /// It is that way already.
    #[error("nothing would change")]
    Unchanged,
}

impl Appointment {
    /// A new hold on `placement` until before `hold_expires`.
    pub fn hold(placement: Placement, hold_expires: Time) -> Outcome {
        let appointment = Self {
            state: State::Held,
            version: 1,
            sequence: 0,
            placement,
            hold_expires,
            stranded: None,
            confirmed_at: None,
            arrived_at: None,
            called_at: None,
            started_at: None,
            ended_at: None,
        };
        Outcome { appointment, event: Event::Held, mail: None }
    }

    /// What becomes of it.
    ///
    /// # Errors
    /// [`Refused`]: the first reason why not.
    pub fn apply(
        &self,
        input: Input,
        by: Actor,
        now: Time,
        policy: &Policy,
    ) -> Result<Outcome, Refused> {
        if !may(by, input) {
            return Err(Refused::Actor);
        }
        let mut next = *self;
        next.version += 1;
        let (event, mail) = match input {
            Input::Confirm => next.confirm(now)?,
            Input::Abandon => {
                next.only_in(&[State::Held])?;
                next.end(State::Cancelled, now);
                (Event::Abandoned, None)
            }
            Input::Expire => {
                next.only_in(&[State::Held])?;
                if now < next.hold_expires {
                    return Err(Refused::HoldRuns);
                }
                next.end(State::Expired, now);
                (Event::Expired, None)
            }
            Input::Move(to) => next.move_to(to, by, now, policy)?,
            Input::Cancel => next.cancel(by, now, policy)?,
            Input::Arrive => {
                next.only_in(&[State::Confirmed])?;
                let opens = next.start().plus_millis(-minutes(policy.check_in_minutes));
                if by == Actor::Citizen && now < opens {
                    return Err(Refused::TooEarly);
                }
                next.state = State::Arrived;
                next.arrived_at = Some(now);
                (Event::Arrived, None)
            }
            Input::Call => {
                next.only_in(&[State::Arrived])?;
                next.called_at = Some(now);
                (Event::Called, None)
            }
            Input::Start => {
                next.only_in(&[State::Confirmed, State::Arrived])?;
                next.state = State::InProgress;
                next.started_at = Some(now);
                (Event::Started, None)
            }
            Input::Finish => next.finish(now)?,
            Input::NoShow => {
                next.only_in(&[State::Confirmed, State::Arrived])?;
                if now < next.start() {
                    return Err(Refused::TooEarly);
                }
                next.end(State::NoShow, now);
                (Event::NoShow, None)
            }
            Input::Strand(reason) => {
                next.only_in(&[State::Held, State::Confirmed])?;
                if next.stranded.replace(reason) == Some(reason) {
                    return Err(Refused::Unchanged);
                }
                (Event::Stranded(reason), None)
            }
            Input::Unstrand => {
                next.only_in(&[State::Held, State::Confirmed])?;
                next.stranded.take().ok_or(Refused::Unchanged)?;
                (Event::Unstranded, None)
            }
            Input::HandOver { official, desk } => next.hand_over(official, desk, now)?,
        };
        Ok(Outcome { appointment: next, event, mail })
    }

    /// Until before this moment the citizen may move and cancel. One that is stranded is the
    /// office's doing, and has no cut-off but its start.
    pub fn cut_off(&self, policy: &Policy) -> Time {
        let minutes_before = if self.stranded.is_some() { 0 } else { policy.cut_off_minutes };
        self.start().plus_millis(-minutes(minutes_before))
    }

    pub fn start(&self) -> Time {
        self.placement.ticks.start.time()
    }

    pub fn end_time(&self) -> Time {
        self.placement.ticks.end.time()
    }

    fn only_in(&self, states: &[State]) -> Result<(), Refused> {
        if states.contains(&self.state) { Ok(()) } else { Err(Refused::State(self.state)) }
    }

    fn end(&mut self, state: State, now: Time) {
        self.state = state;
        self.stranded = None;
        self.ended_at = Some(now);
    }

    fn confirm(&mut self, now: Time) -> Result<(Event, Option<Mail>), Refused> {
        self.only_in(&[State::Held])?;
        if now >= self.hold_expires {
            return Err(Refused::HoldExpired);
        }
        if self.stranded.is_some() {
            return Err(Refused::Stranded);
        }
        self.state = State::Confirmed;
        self.confirmed_at = Some(now);
        Ok((Event::Confirmed, Some(Mail::Confirmation)))
    }

    fn move_to(
        &mut self,
        to: Placement,
        by: Actor,
        now: Time,
        policy: &Policy,
    ) -> Result<(Event, Option<Mail>), Refused> {
        self.only_in(&[State::Confirmed])?;
        self.citizen_before_cut_off(by, now, policy)?;
        // An official may put somebody who is there anyway into a meeting that is beginning.
        let latest = if by == Actor::Citizen { to.ticks.start } else { to.ticks.end };
        if latest.time() <= now {
            return Err(Refused::Past);
        }
        let from = std::mem::replace(&mut self.placement, to);
        if from == to {
            return Err(Refused::Unchanged);
        }
        self.stranded = None;
        self.sequence += 1;
        Ok((Event::Moved { from }, Some(Mail::Change)))
    }

    fn cancel(
        &mut self,
        by: Actor,
        now: Time,
        policy: &Policy,
    ) -> Result<(Event, Option<Mail>), Refused> {
        match by {
            Actor::Official => self.only_in(&[State::Confirmed, State::Arrived])?,
            _ => self.only_in(&[State::Confirmed])?,
        }
        self.citizen_before_cut_off(by, now, policy)?;
        self.end(State::Cancelled, now);
        self.sequence += 1;
        Ok((Event::Cancelled, Some(Mail::Cancellation)))
    }

    fn citizen_before_cut_off(&self, by: Actor, now: Time, policy: &Policy) -> Result<(), Refused> {
        match by {
            Actor::Citizen if now >= self.cut_off(policy) => Err(Refused::CutOff),
            _ => Ok(()),
        }
    }

    /// Who forgets to press "start" can still say that the meeting took place.
    fn finish(&mut self, now: Time) -> Result<(Event, Option<Mail>), Refused> {
        self.only_in(&[State::Confirmed, State::Arrived, State::InProgress])?;
        if self.state == State::Confirmed && now < self.start() {
            return Err(Refused::TooEarly);
        }
        self.end(State::Done, now);
        Ok((Event::Done, None))
    }

    fn hand_over(
        &mut self,
        official: PersonId,
        desk: Option<ResourceId>,
        now: Time,
    ) -> Result<(Event, Option<Mail>), Refused> {
        self.only_in(&[State::Confirmed, State::Arrived, State::InProgress])?;
        let from = self.placement.official;
        if from == official && self.placement.desk == desk {
            return Err(Refused::Unchanged);
        }
        self.placement.official = official;
        self.placement.desk = desk;
        self.stranded = None;
        // Whoever is in the building is told there, and nobody's calendar needs it any more.
        let mail = (self.state == State::Confirmed && now < self.start()).then_some(Mail::Change);
        self.sequence += i64::from(mail.is_some());
        Ok((Event::HandedOver { from }, mail))
    }
}

fn may(by: Actor, input: Input) -> bool {
    match input {
        Input::Confirm | Input::Abandon | Input::Move(_) | Input::Cancel | Input::Arrive => {
            by != Actor::System
        }
        Input::Expire | Input::Strand(_) | Input::Unstrand => by == Actor::System,
        Input::Call | Input::Start | Input::Finish | Input::NoShow | Input::HandOver { .. } => {
            by == Actor::Official
        }
    }
}

fn minutes(n: u32) -> i64 {
    i64::from(n) * 60_000
}
