//! Carries out what the rules decide, inside the caller's transaction.

mod claiming;
mod place;
mod post;

use szpon_booking_core::{
    self as core, Actor, Event, Input, Mail, Outcome, Policy, Refused, Subject, Taken, TickRange,
    claims, waiting::WaitingInput,
};
use szpon_kit::{
    db::Conn,
    problem::{Failure, Result},
    random,
};
use szpon_protocol::{
    Code, OfficeId, PersonId, ResourceId, Time,
    booking::{Form, OfficeProfile},
};

use super::{letter::Occasion, record::Record, store};
use crate::{
    AppState, hooks, office::store as offices, schedule::store as schedule, slots, waiting::offers,
};

pub use claiming::Claiming;
pub use place::{Choice, Kept, Place, SlotWish};

/// How long before the start one can check in, in minutes.
const CHECK_IN_MINUTES: u32 = 30;

/// Somebody at work for one office at one moment.
pub struct Clerk<'a> {
    pub state: &'a AppState,
    pub office: OfficeId,
    pub profile: OfficeProfile,
    pub now: Time,
}

/// A change of an appointment and who wants it.
#[derive(Debug, Clone)]
pub struct Change {
    pub input: Input,
    pub by: Actor,
    /// The official who does it.
    pub actor: Option<PersonId>,
    /// To the citizen, in the mail.
    pub message: String,
    /// What it occupies from now on, with the buffers.
    pub block: Option<TickRange>,
}

impl<'a> Clerk<'a> {
    /// For the office of an appointment or of a caller.
    pub async fn new(
        conn: &mut Conn,
        state: &'a AppState,
        office: OfficeId,
        now: Time,
    ) -> Result<Self> {
        let profile = offices::profile(conn, office).await?.ok_or_else(Failure::not_found)?;
        Ok(Self { state, office, profile, now })
    }

    pub fn policy(&self) -> Policy {
        Policy { cut_off_minutes: self.profile.cut_off_minutes, check_in_minutes: CHECK_IN_MINUTES }
    }

    /// Applies a change to an appointment: what it occupies, its row, the event and the mail.
    pub async fn apply(&self, conn: &mut Conn, record: Record, change: Change) -> Result<Record> {
        let Outcome { appointment, event, mail } = record
            .facts
            .apply(change.input, change.by, self.now, &self.policy())
            .map_err(refused)?;
        let former = record.facts.version;
        let mut next = Record { facts: appointment, changed_at: self.now, ..record.clone() };
        next.block = change.block.unwrap_or(next.block);
        if !appointment.state.occupies() {
            self.give_back(conn, &record).await?;
        }
        if let Event::Moved { .. } = event {
            next.moves += 1;
        }
        // A mail that is due names the time as well: no reminder right behind it.
        if matches!(event, Event::Moved { .. } | Event::Confirmed) || mail == Some(Mail::Change) {
            next.told_at = Some(self.now);
            next.reminded = None;
        }
        if let Some(mail) = mail {
            let occasion = match mail {
                Mail::Confirmation => Occasion::Confirmed,
                Mail::Change => Occasion::Changed,
                Mail::Cancellation => Occasion::Cancelled,
            };
            self.post(conn, &mut next, occasion, &change.message).await?;
        }
        if !store::update(conn, &next, former).await? {
            return Err(Failure::conflict());
        }
        self.log(conn, &next, event, change.actor).await?;
        self.waiting(conn, &record, event).await?;
        Ok(next)
    }

    /// What an event means for those who want a slot: of `former`, as it was before.
    async fn waiting(&self, conn: &mut Conn, former: &Record, event: Event) -> Result<()> {
        let settled = match event {
            Event::Confirmed => Some(WaitingInput::Accept),
            Event::Abandoned => Some(WaitingInput::Refuse),
            Event::Expired => Some(WaitingInput::Lapse),
            _ => None,
        };
        if let Some(input) = settled {
            offers::settle(conn, former, input).await?;
        }
        match event {
            Event::Abandoned | Event::Expired | Event::Cancelled | Event::Moved { .. } => {
                let release = slots::release(self.state, self.office, &self.profile);
                let id = core::AppointmentId(former.id.0);
                let visible_at = release.freed_until(id, self.now);
                if visible_at > self.now {
                    store::hide_freed(conn, former, visible_at).await?;
                }
                offers::offer(conn, self, former).await
            }
            _ => Ok(()),
        }
    }

    /// Moves an appointment to another slot.
    pub async fn move_to(
        &self,
        conn: &mut Conn,
        record: Record,
        wish: &SlotWish,
        change: Change,
    ) -> Result<Record> {
        // Too late is too late, whether or not the other slot is free.
        if change.by == Actor::Citizen && self.now >= record.facts.cut_off(&self.policy()) {
            return Err(refused(Refused::CutOff));
        }
        self.clear_expired(conn, wish.start).await?;
        let place = self.place(conn, record.matter, wish, change.by, Some(&record)).await?;
        self.give_back(conn, &record).await?;
        self.take(conn, record.id, &place).await?;
        let (input, block) = (Input::Move(place.placement), Some(place.block));
        self.apply(conn, record, Change { input, block, ..change }).await
    }

    /// A colleague takes over at the same hour.
    pub async fn hand_over(
        &self,
        conn: &mut Conn,
        record: Record,
        official: PersonId,
        change: Change,
    ) -> Result<Record> {
        if record.facts.placement.group.is_some() {
            return Err(Failure::conflict().with_detail("a group stays with its official"));
        }
        let colleague = schedule::officials(conn, self.office)
            .await?
            .into_iter()
            .find(|known| known.id == official)
            .ok_or_else(|| {
                Failure::field("official", szpon_protocol::problem::FieldReason::Unknown)
            })?;
        self.clear_expired(conn, record.start()).await?;
        let desk = match colleague.desk.filter(|_| record.form() == Form::InPerson) {
            Some(desk) => Some(self.open_desk(conn, &record, desk).await?),
            None => None,
        };
        store::release(conn, record.id.0).await?;
        let claims = claims::of_meeting(official, desk, record.block);
        store::claim(conn, self.office, record.id.0, &claims).await?;
        let input = Input::HandOver { official, desk };
        self.apply(conn, record, Change { input, ..change }).await
    }

    /// Where somebody whose desk is `desk` can have a meeting instead of its official: there, or at a
    /// desk that stands in for it.
    async fn open_desk(
        &self,
        conn: &mut Conn,
        record: &Record,
        desk: ResourceId,
    ) -> Result<core::ResourceId> {
        let meeting = record.facts.placement.ticks;
        let options =
            slots::places(conn, &self.state.schedules, self.office, desk, meeting).await?;
        let within = store::Within { range: record.block, now: self.now, except: Some(record.id) };
        let taken = Taken::new(store::occupied(conn, self.office, within).await?, vec![]);
        options
            .into_iter()
            .find(|desk| taken.load(Subject::Desk(*desk), record.block) == 0)
            .ok_or_else(|| Failure::new(Code::SlotTaken))
    }

    async fn log(
        &self,
        conn: &mut Conn,
        record: &Record,
        event: Event,
        actor: Option<PersonId>,
    ) -> Result<()> {
        let details = serde_json::json!({
            "state": record.state(),
            "version": record.facts.version,
            "matter": record.matter,
            "official": record.official(),
            "form": record.form(),
            "start": record.start(),
            "end": record.end(),
        });
        let id =
            store::record_event(conn, record, event.as_str(), actor, &details, self.now).await?;
        Ok(hooks::store::enqueue(conn, record.office, id, self.now).await?)
    }
}

impl Change {
    pub fn system(input: Input) -> Self {
        Self { input, by: Actor::System, actor: None, message: String::new(), block: None }
    }

    pub fn citizen(input: Input) -> Self {
        Self { input, by: Actor::Citizen, actor: None, message: String::new(), block: None }
    }

    pub fn official(input: Input, actor: impl Into<Option<PersonId>>) -> Self {
        Self {
            input,
            by: Actor::Official,
            actor: actor.into(),
            message: String::new(),
            block: None,
        }
    }
}

/// A new code of an appointment, as it is stored. That an office has it once is for the database to say.
pub fn draw_code() -> String {
    let random = u64::from_le_bytes(random::bytes());
    core::code::AppointmentCode::from_random(random).compact().to_owned()
}

/// Why the rules refuse, as a problem.
pub fn refused(refused: Refused) -> Failure {
    let code = match refused {
        Refused::HoldExpired => Code::HoldExpired,
        Refused::CutOff => Code::CutOffPassed,
        Refused::Actor => Code::Forbidden,
        Refused::State(core::State::Expired) => Code::HoldExpired,
        // Changed hours have taken the slot away.
        Refused::Past | Refused::Stranded => Code::SlotTaken,
        Refused::State(_) | Refused::HoldRuns | Refused::TooEarly | Refused::Unchanged => {
            Code::Conflict
        }
    };
    Failure::new(code).with_detail(refused.to_string())
}
