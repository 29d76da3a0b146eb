//! Finding somebody who is free, and keeping their time for somebody.

use szpon_booking_core::{
    self as core, Actor, Appointment, Claim, GroupId, Input, MatterRules, Outcome, Placement, Tick,
    TickRange,
    availability::{self, Audience, Candidate},
    claims,
};
use szpon_kit::{
    db::Conn,
    problem::{Failure, Result},
    random,
    secrets::Secret,
};
use szpon_protocol::{
    AppointmentId, Code, MatterId, PersonId, Time, account::Language, booking::Form,
};
use uuid::Uuid;

use super::{Change, Clerk};
use crate::{
    appointments::{
        record::{Record, core_form, seal_secret},
        store,
    },
    matters::store as matters,
    schedule::store as schedule,
    slots::{self, Hidden, Office, Scope, Wanted},
};

/// How long a hold counts towards the cap of its network, in seconds.
const NETWORK_SECS: i64 = 3600;

/// Which slot somebody wants.
#[derive(Debug, Clone)]
pub struct SlotWish {
    pub form: Form,
    pub start: Time,
    pub official: Option<PersonId>,
    pub people: u16,
    pub interpreter: bool,
    /// Whether slots count that were given back a moment ago.
    pub hidden: Hidden,
}

/// Where an appointment can go.
pub struct Place {
    pub placement: Placement,
    pub block: TickRange,
    pub claims: Vec<Claim>,
    /// A group that begins with it.
    pub new_group: Option<store::Group>,
}

/// Until when a slot is kept for somebody, and in which language they are written to.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    pub language: Language,
    pub expires: Time,
}

/// Who is free for a slot, and what that was found by.
#[derive(Debug, Clone)]
pub struct Choice {
    matter: MatterId,
    ticks: TickRange,
    candidate: Candidate,
    rules: MatterRules,
    /// Of the schedule.
    tag: String,
}

impl Clerk<'_> {
    /// Somebody who is free for this slot, with what they would be occupied by. What `except` has
    /// counts as free.
    pub async fn place(
        &self,
        conn: &mut Conn,
        matter: MatterId,
        wish: &SlotWish,
        by: Actor,
        except: Option<&Record>,
    ) -> Result<Place> {
        let choice = self.choose(conn, matter, wish, by, except).await?;
        self.occupy(conn, &choice, wish).await
    }

    /// Somebody who is free for this slot. What `except` has counts as free.
    pub async fn choose(
        &self,
        conn: &mut Conn,
        matter: MatterId,
        wish: &SlotWish,
        by: Actor,
        except: Option<&Record>,
    ) -> Result<Choice> {
        let matter = matters::find(conn, self.office, matter).await?;
        // What is offered no more can still be moved.
        let offered = matter.filter(|matter| !matter.archived || except.is_some());
        let matter = offered.ok_or_else(Failure::not_found)?;
        let taken = || Failure::new(Code::SlotTaken);
        let start = Tick::exactly(wish.start).map_err(|_| taken())?;
        if by == Actor::Citizen
            && wish.interpreter
            && wish.start < core::interpreter::earliest(self.now)
        {
            return Err(Failure::new(Code::InterpreterTooSoon));
        }
        let range = TickRange::new(start, start.plus(1));
        let id = matter.id;
        let scope = Scope {
            office: self.office,
            range,
            now: self.now,
            except: except.map(|record| record.id),
            hidden: wish.hidden,
        };
        let office = Office::load(conn, &self.state.schedules, matter, &scope).await?;
        let wanted = Wanted {
            form: wish.form,
            official: wish.official,
            people: wish.people,
            interpreter: false,
            from: wish.start,
            to: range.end.time(),
            limit: 1,
        };
        let release = slots::release(self.state, self.office, &self.profile);
        let audience = match by {
            Actor::Citizen => {
                Audience::Citizen { matter: slots::core_matter(id), release: &release }
            }
            Actor::Official | Actor::System => Audience::Official,
        };
        let found = office.find(&wanted, audience, self.now);
        let slot = found.iter().next().ok_or_else(taken)?;
        let seed = u64::from_le_bytes(random::bytes());
        let candidate = availability::fair_order(slot, &office.taken, seed)
            .into_iter()
            .next()
            .ok_or_else(taken)?;
        let ticks = TickRange::new(slot.start, slot.end);
        Ok(Choice { matter: id, candidate, ticks, rules: office.rules, tag: office.tag })
    }

    /// What a candidate would be occupied by.
    async fn occupy(&self, conn: &mut Conn, choice: &Choice, wish: &SlotWish) -> Result<Place> {
        let Choice { ticks, candidate, rules, .. } = choice;
        let ticks = *ticks;
        let block = ticks.with_buffers(rules.before, rules.after);
        let mut placement = Placement {
            ticks,
            form: core_form(wish.form),
            official: candidate.official,
            desk: candidate.desk,
            group: candidate.group,
        };
        if !rules.is_group() {
            let claims = claims::of_meeting(placement.official, placement.desk, block);
            return Ok(Place { placement, block, claims, new_group: None });
        }
        let (group, capacity, taken, new_group) = match candidate.group {
            Some(group) => {
                let (capacity, taken) = store::seats(conn, group)
                    .await?
                    .ok_or_else(|| Failure::new(Code::SlotTaken))?;
                (group, capacity, taken, None)
            }
            None => {
                let group = GroupId(Uuid::now_v7());
                placement.group = Some(group);
                let row = store::Group {
                    id: group,
                    office: self.office,
                    matter: choice.matter,
                    placement,
                    block,
                    capacity: rules.capacity,
                };
                (group, rules.capacity, Vec::new(), Some(row))
            }
        };
        let people = u32::from(wish.people);
        let claims = claims::of_seats(group, ticks.start, capacity, &taken, people)
            .ok_or_else(|| Failure::new(Code::SlotTaken))?;
        Ok(Place { placement, block, claims, new_group })
    }

    /// Takes a place for an appointment.
    pub async fn take(&self, conn: &mut Conn, id: AppointmentId, place: &Place) -> Result<()> {
        if let Some(group) = &place.new_group {
            let placement = &group.placement;
            let meeting = claims::of_meeting(placement.official, placement.desk, group.block);
            store::insert_group(conn, group).await?;
            store::claim(conn, self.office, group.id.0, &meeting).await?;
        }
        Ok(store::claim(conn, self.office, id.0, &place.claims).await?)
    }

    /// Gives back what an appointment has, and its group if nobody is left in it.
    pub async fn give_back(&self, conn: &mut Conn, record: &Record) -> Result<()> {
        store::release(conn, record.id.0).await?;
        if let Some(group) = record.facts.placement.group {
            store::drop_empty_group(conn, group).await?;
        }
        Ok(())
    }

    /// Expires holds that are over and in the way of a meeting at `start`.
    pub async fn clear_expired(&self, conn: &mut Conn, start: Time) -> Result<()> {
        let around = TickRange::covering(start.plus_secs(-43_200), start.plus_secs(43_200));
        for record in store::expired_holds(conn, self.office, around, self.now).await? {
            self.apply(conn, record, Change::system(Input::Expire)).await?;
        }
        Ok(())
    }

    /// A new appointment: held, or for an official at once confirmed.
    pub async fn hold(
        &self,
        conn: &mut Conn,
        matter: MatterId,
        wish: &SlotWish,
        by: Actor,
        language: Language,
    ) -> Result<(Record, Secret)> {
        self.clear_expired(conn, wish.start).await?;
        self.hold_until(conn, matter, wish, by, self.for_now(language)).await
    }

    /// As long as the office keeps a slot for somebody who books.
    fn for_now(&self, language: Language) -> Kept {
        let expires = self.now.plus_secs(i64::from(self.profile.hold_minutes) * 60);
        Kept { language, expires }
    }

    /// [`Self::hold`] until before another moment, without tidying up first.
    pub async fn hold_until(
        &self,
        conn: &mut Conn,
        matter: MatterId,
        wish: &SlotWish,
        by: Actor,
        kept: Kept,
    ) -> Result<(Record, Secret)> {
        let place = self.place(conn, matter, wish, by, None).await?;
        self.keep(conn, matter, wish, &place, kept).await
    }

    /// Holds for a citizen what was chosen outside of this transaction. That nobody has it meanwhile is
    /// for the claims to say, and that it is still offered for the schedule's tag: so that searches,
    /// which read half the office, are in nobody's way.
    pub async fn hold_chosen(
        &self,
        conn: &mut Conn,
        choice: &Choice,
        wish: &SlotWish,
        network_hash: &str,
    ) -> Result<(Record, Secret)> {
        self.count_network(conn, network_hash).await?;
        let place = if choice.rules.daily_cap.is_some() {
            // How many there are is known here only.
            self.place(conn, choice.matter, wish, Actor::Citizen, None).await?
        } else if schedule::tag(conn, self.office).await? == choice.tag {
            self.occupy(conn, choice, wish).await?
        } else {
            return Err(Failure::new(Code::SlotTaken));
        };
        let kept = self.for_now(Language::default());
        self.keep(conn, choice.matter, wish, &place, kept).await
    }

    /// Counts another hold of a network, of which the office allows so many within an hour.
    async fn count_network(&self, conn: &mut Conn, hash: &str) -> Result<()> {
        let cap = self.profile.cap_per_network;
        let until = self.now.plus_secs(NETWORK_SECS);
        let draw = (self.now, u64::from_le_bytes(random::bytes()));
        if cap == 0 || store::take_network_place(conn, self.office, hash, cap, until, draw).await? {
            Ok(())
        } else {
            Err(Failure::new(Code::RateLimited).with_retry_after(600))
        }
    }

    /// Writes down a hold of `place`.
    async fn keep(
        &self,
        conn: &mut Conn,
        matter: MatterId,
        wish: &SlotWish,
        place: &Place,
        kept: Kept,
    ) -> Result<(Record, Secret)> {
        let Kept { language, expires } = kept;
        let (id, secret) = (AppointmentId::new(), Secret::generate());
        let (secret_hash, secret_box) = seal_secret(&self.state.master_key, id, &secret);
        let Outcome { appointment, event, .. } = Appointment::hold(place.placement, expires);
        let record = Record {
            id,
            office: self.office,
            matter,
            facts: appointment,
            block: place.block,
            code: None,
            people: wish.people.into(),
            secret_hash,
            secret_box,
            citizen: None,
            email_hash: None,
            language,
            interpreter: wish.interpreter,
            accessibility: false,
            notes: None,
            notes_version: 0,
            created_by: None,
            created_at: self.now,
            changed_at: self.now,
            moves: 0,
            mail: None,
            told_at: None,
            reminded: None,
            room_version: 0,
            erased_at: None,
        };
        store::insert(conn, &record).await?;
        self.take(conn, id, place).await?;
        self.log(conn, &record, event, None).await?;
        Ok((record, secret))
    }
}
