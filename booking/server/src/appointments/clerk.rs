//! Carries out what the rules decide, inside the caller's transaction.

use szpon_booking_core::{
    self as core, Actor, Appointment, Claim, Event, GroupId, Input, Mail, MatterRules, Outcome,
    Placement, Policy, Refused, Tick, TickRange,
    availability::{self, Audience, Candidate},
    claims,
    waiting::WaitingInput,
};
use szpon_kit::{
    db::{Conn, Transient, is_unique_violation},
    mail::{
        ical::{self, Party},
        outbox,
    },
    problem::{Failure, Result},
    random,
    secrets::Secret,
};
use szpon_protocol::{
    AppointmentId, Code, MatterId, OfficeId, PersonId, ResourceId, Time,
    account::Language,
    booking::{Form, OfficeProfile},
};
use uuid::Uuid;

use super::{
    letter::{Letter, Occasion},
    record::{Citizen, Record, room_secret, seal_secret},
    store,
};
use crate::{
    AppState, hooks,
    mails::{self, About},
    matters::store as matters,
    office::store as offices,
    schedule::store as schedule,
    slots::{self, Hidden, Office, Scope, Wanted},
    waiting::offers,
};

/// How long before the start one can check in, in minutes.
const CHECK_IN_MINUTES: u32 = 30;
/// How long a hold counts towards the cap of its network, in seconds.
const NETWORK_SECS: i64 = 3600;

/// Somebody at work for one office at one moment.
pub struct Clerk<'a> {
    pub state: &'a AppState,
    pub office: OfficeId,
    pub profile: OfficeProfile,
    pub now: Time,
}

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
            form: super::record::core_form(wish.form),
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
        if matches!(event, Event::Moved { .. } | Event::Confirmed) {
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
        let desk = (record.form() == Form::InPerson)
            .then_some(colleague.desk)
            .flatten()
            .map(|desk| core::ResourceId(desk.0));
        self.clear_expired(conn, record.start()).await?;
        store::release(conn, record.id.0).await?;
        let claims = claims::of_meeting(official, desk, record.block);
        store::claim(conn, self.office, record.id.0, &claims).await?;
        let input = Input::HandOver { official, desk };
        self.apply(conn, record, Change { input, ..change }).await
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

    /// Puts a mail about the appointment into the outbox, if there is an address. One that is not out
    /// yet is taken back: it would arrive after this one and say what is no longer so. A reminder says
    /// nothing new and takes nothing back.
    pub async fn post(
        &self,
        conn: &mut Conn,
        record: &mut Record,
        occasion: Occasion,
        message: &str,
    ) -> Result<()> {
        let citizen = record.citizen(&self.state.master_key)?;
        if citizen.email.is_empty() {
            return Ok(());
        }
        let mut occasion = occasion;
        if let Some(mail) = record.mail.filter(|_| occasion != Occasion::Reminder) {
            let former = mails::occasion(conn, mail).await?;
            // Whoever never heard of the appointment hears of it now, and not of a change.
            if outbox::withdraw(conn, mail, self.now).await?
                && occasion == Occasion::Changed
                && former.as_deref() == Some(Occasion::Confirmed.as_str())
            {
                occasion = Occasion::Confirmed;
            }
        }
        let letter =
            self.letter(conn, record, &citizen, occasion, message).await?.compose(self.now);
        let about = About { office: self.office, holder: record.id.0, occasion: occasion.as_str() };
        record.mail = Some(mails::send(conn, self.state, about, &letter, self.now).await?);
        Ok(())
    }

    async fn letter(
        &self,
        conn: &mut Conn,
        record: &Record,
        citizen: &Citizen,
        occasion: Occasion,
        message: &str,
    ) -> Result<Letter> {
        let matter = matters::find(conn, self.office, record.matter).await?;
        let matter =
            matter.ok_or_else(|| Failure::internal("an appointment without its matter"))?;
        let official = schedule::official(conn, self.office, record.official()).await?;
        let secret = record.secret(&self.state.master_key)?;
        let profile = &self.profile;
        let office_name = profile.name.pick(record.language).to_owned();
        Ok(Letter {
            occasion,
            language: record.language,
            to: Party { name: citizen.name.clone(), email: citizen.email.clone() },
            from: self.state.sender_named(&office_name),
            office_name,
            office_address: format!("{}, {} {}", profile.address, profile.postcode, profile.town),
            office_phone: profile.phone.clone(),
            matter: matter.details.name,
            documents: matter.details.documents,
            form: record.form(),
            code: record.shown_code().unwrap_or_default(),
            official_name: official.map(|official| official.name).unwrap_or_default(),
            place: self.desk_name(conn, record).await?,
            phone: citizen.phone.clone(),
            interpreter: record.interpreter,
            starts_at: record.start(),
            ends_at: record.end(),
            join_url: self.join_url(record, &secret),
            manage_url: self.manage_url(&secret),
            message: message.to_owned(),
            uid: self.uid(record.id),
            sequence: record.facts.sequence,
            changed_at: record.changed_at,
        })
    }

    /// UID of the calendar entry: the appointment's, for ever.
    pub fn uid(&self, id: AppointmentId) -> String {
        format!("{id}@{}", ical::host_of(&self.state.settings.public_url))
    }

    pub fn manage_url(&self, secret: &Secret) -> String {
        format!("{}/booking/appointment#{}", self.state.settings.public_url, secret.reveal())
    }

    /// The guest link into the room.
    pub fn join_url(&self, record: &Record, secret: &Secret) -> Option<String> {
        let room = room_secret(secret).reveal();
        (record.form() == Form::Video && record.facts.confirmed_at.is_some())
            .then(|| format!("{}/j#{room}", self.state.settings.public_url))
    }

    /// The desk's name and how to find it.
    pub async fn desk_name(&self, conn: &mut Conn, record: &Record) -> Result<Option<String>> {
        let Some(desk) = record.facts.placement.desk else { return Ok(None) };
        let found = schedule::resource(conn, self.office, ResourceId(desk.0)).await?;
        Ok(found.map(|resource| match resource.directions.as_str() {
            "" => resource.name,
            directions => format!("{} ({directions})", resource.name),
        }))
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

/// How often a transaction is done again after somebody was faster to a claim: with a pool of
/// officials the next one may still be free.
const CLAIM_ATTEMPTS: u32 = 8;
/// How often more a transaction is done again that was in the way of others until its own retries were
/// used up.
const BUSY_ATTEMPTS: u32 = 3;

/// Counts what came between a transaction and its claim.
#[derive(Debug, Default)]
pub struct Claiming {
    lost: u32,
    busy: u32,
}

impl Claiming {
    /// `Ok` to try again; else what to say. That the slot is taken is said only when somebody has it.
    pub fn again(&mut self, failure: Failure) -> Result<()> {
        let error = failure.database_error();
        if failure.code() == Code::Busy {
            self.busy += 1;
            if self.busy < BUSY_ATTEMPTS { Ok(()) } else { Err(failure) }
        } else if error.is_some_and(is_unique_violation) {
            self.lost += 1;
            match error {
                _ if self.lost < CLAIM_ATTEMPTS => Ok(()),
                Some(error) if store::is_of_claims(error) => Err(Failure::new(Code::SlotTaken)),
                _ => Err(failure),
            }
        } else {
            Err(failure)
        }
    }

    /// For somebody who chose outside of the transaction: what was free then may be taken now, and
    /// another official free.
    pub fn choose_again(&mut self, failure: Failure) -> Result<()> {
        if failure.code() != Code::SlotTaken {
            return self.again(failure);
        }
        self.lost += 1;
        if self.lost < CLAIM_ATTEMPTS { Ok(()) } else { Err(failure) }
    }
}

/// Runs a transaction that claims something, again while others are faster. Says `slot_taken` in the end
/// when somebody has it, and `busy` when that could not be found out.
#[macro_export]
macro_rules! claiming {
    ($db:expr, |$conn:ident| $work:block) => {{
        let mut claiming = $crate::appointments::clerk::Claiming::default();
        loop {
            match ::szpon_kit::transaction!($db, |$conn| $work) {
                Err(failure) => {
                    if let Err(failure) = claiming.again(failure) {
                        break Err(failure);
                    }
                }
                done => break done,
            }
        }
    }};
}
