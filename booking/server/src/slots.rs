//! What is free: reads what the rules need, asks them, and shows the answer.

use std::ops::RangeInclusive;

use axum::extract::State;
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use szpon_booking_core::{
    self as core, Desk, ExceptionKind as Kind, Forms, MatterRules, Minutes, Official,
    Staff as CoreStaff, Tick, TickRange, WallMinute, WallRange, Weekly, availability,
    availability::{Audience, Slots, Taken},
    release::Release,
    wall,
};
use szpon_kit::{
    db::Conn,
    http::{ClientAddress, Json, Path, Query},
    problem::{Failure, Fields, Result},
};
use szpon_protocol::{
    AppointmentId, MatterId, OfficeId, PersonId, ResourceId, Time,
    booking::{
        DayCount, ExceptionKind, Form, Hours, Matter, MatterDetails, MonthQuery, NewException,
        OfficeProfile, Slot, SlotPage, SlotQuery,
    },
    problem::FieldReason,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState, Routes,
    appointments::{record::core_form, store as appointments},
    caller::Reader,
    matters::store as matters,
    office::routes::{public_profile, release_policy},
    schedule::{
        cache::{Known, Schedules},
        routes::{holiday_name, today},
        store::{OfficialRecord, Weeks},
    },
};

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(list_for_staff))
}

pub(crate) fn public_routes() -> Routes {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(month))
}

/// The longest day, in seconds: the one on which clocks go back.
const DAY_SECS: i64 = 25 * 3600;
/// How many people may be asked for.
const PEOPLE: RangeInclusive<u16> = 1..=500;
/// The longest buffer, in seconds.
const REACH_SECS: i64 = core::matter::BUFFER_MAX.millis() / 1000;

/// Everything that the rules need to know about a matter within some days.
pub(crate) struct Office {
    pub rules: MatterRules,
    /// Of the schedule that it was read with.
    pub tag: String,
    pub staff: CoreStaff,
    pub taken: Taken,
}

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    pub office: OfficeId,
    /// Bounds the starts that will be asked for.
    pub range: TickRange,
    pub now: Time,
    /// Taken as free.
    pub except: Option<AppointmentId>,
    pub hidden: Hidden,
}

/// What to make of slots that were given back and are hidden for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// For citizens.
    Taken,
    /// For officials, and for whoever waits for one.
    Free,
}

/// What is asked for.
pub(crate) struct Wanted {
    pub form: Form,
    pub official: Option<PersonId>,
    pub people: u16,
    pub interpreter: bool,
    /// Starts from here, until before `to`.
    pub from: Time,
    pub to: Time,
    pub limit: usize,
}

impl Office {
    pub async fn load(
        conn: &mut Conn,
        schedules: &Schedules,
        matter: Matter,
        scope: &Scope,
    ) -> Result<Self> {
        let rules = rules(&matter.details).map_err(Failure::internal)?;
        let known = schedules.get(conn, scope.office).await?;
        let staff = staff(&known, scope, &matter.details)?;
        let taken = taken(conn, &matter, &rules, scope).await?;
        let tag = known.tag.clone();
        Ok(Self { rules, tag, staff, taken })
    }

    pub fn find(&self, wanted: &Wanted, audience: Audience<'_>, now: Time) -> Slots {
        let not_before = wanted.interpreter.then(|| core::interpreter::earliest(now));
        let query = availability::Query {
            now,
            from: wanted.from,
            to: wanted.to,
            form: core_form(wanted.form),
            official: wanted.official,
            people: u32::from(wanted.people),
            not_before,
            audience,
            limit: wanted.limit,
        };
        availability::find(&query, &self.staff, &self.rules, &self.taken)
    }
}

/// An office's release with its secret, which no other office shares.
pub(crate) fn release(state: &AppState, office: OfficeId, profile: &OfficeProfile) -> Release {
    Release::new(release_policy(&profile.release), &state.keys.release(office))
}

pub(crate) fn core_matter(id: MatterId) -> core::MatterId {
    core::MatterId(id.0)
}

/// A matter in the words of the rules. What is stored was checked before.
pub(crate) fn rules(details: &MatterDetails) -> std::result::Result<MatterRules, core::OffGrid> {
    let duration = Minutes::new(details.duration_minutes.into())?;
    Ok(MatterRules {
        duration,
        step: duration,
        before: Minutes::new(details.buffer_before_minutes.into())?,
        after: Minutes::new(details.buffer_after_minutes.into())?,
        notice_minutes: details.notice_minutes,
        horizon_days: details.horizon_days,
        daily_cap: details.daily_cap.map(u32::from),
        official_daily_cap: None,
        capacity: details.capacity.into(),
        forms: details.forms.iter().map(|form| core_form(*form)).collect(),
        pick_official: details.pick_official,
    })
}

/// Officials and desks with hours, and exceptions, of the days in question.
fn staff(known: &Known, scope: &Scope, matter: &MatterDetails) -> Result<CoreStaff> {
    let exceptions = within(known, scope.range);
    core_staff(&known.officials, &known.weeks, exceptions, matter).map_err(Failure::internal)
}

/// Exceptions that reach into the days of `range`.
fn within(known: &Known, range: TickRange) -> impl Iterator<Item = &NewException> {
    let (first, last) = (wall::date_of(range.start.time()), wall::date_of(range.end.time()));
    known
        .exceptions
        .iter()
        .filter(move |details| details.from_date <= last && first <= details.to_date)
}

pub(crate) fn core_staff<'a>(
    officials: &[OfficialRecord],
    weeks: &Weeks,
    exceptions: impl Iterator<Item = &'a NewException>,
    matter: &MatterDetails,
) -> std::result::Result<CoreStaff, core::OffGrid> {
    let mut staff = core_desks(weeks, exceptions)?;
    for official in officials {
        // Hours stand in the order of their officials.
        let hours = &weeks.officials;
        let from = hours.partition_point(|(id, _)| id.to_string() < official.id.to_string());
        let own = hours[from..].iter().take_while(|(id, _)| *id == official.id);
        staff.officials.push(Official {
            id: official.id,
            handles: official.handles(matter),
            desks: official.desk.map(|desk| core::ResourceId(desk.0)).into_iter().collect(),
            hours: own.map(|(_, span)| core_hours(span)).collect::<std::result::Result<_, _>>()?,
        });
    }
    Ok(staff)
}

/// Desks and exceptions, without anybody.
fn core_desks<'a>(
    weeks: &Weeks,
    exceptions: impl Iterator<Item = &'a NewException>,
) -> std::result::Result<CoreStaff, core::OffGrid> {
    let mut staff = CoreStaff::default();
    for (id, span) in &weeks.resources {
        let hours = Weekly {
            weekday: core_weekday(span.weekday),
            range: WallRange { from: WallMinute::new(span.from)?, to: WallMinute::new(span.to)? },
            valid_from: span.valid_from,
            valid_to: span.valid_to,
        };
        match staff.desks.last_mut() {
            // Hours stand in the order of their desks.
            Some(desk) if desk.id.0 == id.0 => desk.hours.push(hours),
            _ => staff.desks.push(Desk { id: core::ResourceId(id.0), hours: vec![hours] }),
        }
    }
    for details in exceptions {
        staff.exceptions.extend(core_exception(details)?);
    }
    Ok(staff)
}

/// Where a meeting of somebody whose desk is `desk` can take place, the preferred first.
pub(crate) async fn places(
    conn: &mut Conn,
    schedules: &Schedules,
    office: OfficeId,
    desk: ResourceId,
    meeting: TickRange,
) -> Result<Vec<core::ResourceId>> {
    let known = schedules.get(conn, office).await?;
    let exceptions = within(&known, meeting);
    let staff = core_desks(&known.weeks, exceptions).map_err(Failure::internal)?;
    Ok(core::places::options(&staff, core::ResourceId(desk.0), meeting))
}

fn core_weekday(weekday: u8) -> Weekday {
    let weekday = i8::try_from(weekday).unwrap_or(1);
    Weekday::from_monday_one_offset(weekday).unwrap_or(Weekday::Monday)
}

fn core_hours(span: &Hours) -> std::result::Result<core::Hours, core::OffGrid> {
    Ok(core::Hours {
        weekly: Weekly {
            weekday: core_weekday(span.weekday),
            range: WallRange { from: WallMinute::new(span.from)?, to: WallMinute::new(span.to)? },
            valid_from: span.valid_from,
            valid_to: span.valid_to,
        },
        forms: span.forms.iter().map(|form| core_form(*form)).collect(),
    })
}

/// None for one that doesn't say whom it is about, which is never stored.
fn core_exception(
    details: &NewException,
) -> std::result::Result<Option<core::Exception>, core::OffGrid> {
    let range = match (details.from, details.to) {
        (Some(from), Some(to)) => {
            WallRange { from: WallMinute::new(from)?, to: WallMinute::new(to)? }
        }
        _ => WallRange::ALL_DAY,
    };
    let desk = |id: ResourceId| core::ResourceId(id.0);
    let kind = match details.kind {
        ExceptionKind::Closure => Some(Kind::Closure),
        ExceptionKind::Absence => details
            .official
            .map(|official| Kind::Absence { official, substitute: details.substitute }),
        ExceptionKind::ExtraHours => {
            details.official.map(|official| Kind::Extra { official, forms: Forms::ALL })
        }
        ExceptionKind::ResourceClosure => details.resource.map(|resource| Kind::DeskClosure {
            desk: desk(resource),
            substitute: details.substitute_resource.map(desk),
        }),
    };
    let (first, last) = (details.from_date, details.to_date);
    Ok(kind.map(|kind| core::Exception { first, last, range, kind }))
}

/// What is taken within `range` and around it.
async fn taken(
    conn: &mut Conn,
    matter: &Matter,
    rules: &MatterRules,
    scope: &Scope,
) -> Result<Taken> {
    let Scope { office, range, now, except, hidden } = *scope;
    // Whole days, for the caps and for who has most to do; and what their buffers reach.
    let from = wall::start_of(wall::date_of(range.start.time())).plus_secs(-REACH_SECS);
    let to = wall::start_of(wall::date_of(range.end.time()));
    let to = to.plus_secs(DAY_SECS + REACH_SECS);
    let around = TickRange::covering(from, to);
    let within = appointments::Within { range: around, now, except };
    let occupied = appointments::occupied(conn, office, within).await?;
    let mut groups = Vec::new();
    if rules.is_group() {
        let people = appointments::people_of_groups(conn, office, within).await?;
        for group in appointments::groups(conn, office, matter.id, around).await? {
            let people = people.get(&group.id).copied().unwrap_or_default();
            groups.push(availability::Group {
                id: group.id,
                official: group.placement.official,
                desk: group.placement.desk,
                form: group.placement.form,
                ticks: group.placement.ticks,
                seats_left: group.capacity.saturating_sub(people),
            });
        }
    }
    let hidden = match hidden {
        Hidden::Taken => appointments::hidden(conn, office, now).await?,
        Hidden::Free => Vec::new(),
    };
    let mut taken = Taken::new(occupied.into_iter().chain(hidden), groups);
    // Nobody else asks how many meetings a day has.
    if rules.daily_cap.is_some() {
        for (official, start) in appointments::starts(conn, office, matter.id, within).await? {
            taken.count(official, Tick::containing(start), true);
        }
    }
    Ok(taken)
}

/// Slots as they are shown.
fn show(slots: &Slots, rules: &MatterRules) -> Vec<Slot> {
    let places = |slot: &availability::Slot<'_>| {
        let free: u32 = if rules.is_group() {
            slot.candidates.iter().map(|candidate| candidate.seats).sum()
        } else {
            u32::try_from(slot.candidates.len()).unwrap_or(u32::MAX)
        };
        u16::try_from(free).unwrap_or(u16::MAX)
    };
    slots
        .iter()
        .map(|slot| {
            let start = slot.start.time();
            let local = start.timestamp().to_zoned(wall::warsaw().clone());
            let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
            Slot {
                start,
                end: slot.end.time(),
                date: local.date(),
                minute: minute.unsigned_abs(),
                free: places(&slot),
            }
        })
        .collect()
}

/// Checks a question for slots: from when until when, and how many.
fn wanted(query: &SlotQuery, horizon_days: u16, now: Time) -> Result<Wanted> {
    let mut fields = Fields::new();
    fields.range("limit", query.limit, 1..=500);
    fields.range("people", query.people, PEOPLE);
    if let Some(days) = query.days {
        fields.range("days", days, 1..=92);
    }
    let today = today(now);
    let furthest = today.saturating_add(800.days());
    let first = query.from.unwrap_or(today);
    if first < today.saturating_sub(1.day()) || first > furthest {
        fields.refuse("from", FieldReason::OutOfRange);
    }
    fields.finish()?;
    let days = query.days.unwrap_or(horizon_days.saturating_add(1));
    let from = wall::start_of(first);
    let after = query.after.map_or(from, |after| after.plus_millis(1));
    Ok(Wanted {
        form: query.form,
        official: query.official,
        people: query.people,
        interpreter: query.interpreter,
        from: from.max(after),
        to: wall::start_of(first.saturating_add(i64::from(days).days())),
        limit: query.limit.into(),
    })
}

/// Days that are read at a time: mostly the next few have enough, and every day read costs.
const STRETCHES_DAYS: [i64; 4] = [3, 9, 27, 800];

/// The page that `wanted` asks for, one stretch of days after the other until it is full.
async fn page(
    state: &AppState,
    conn: &mut Conn,
    matter: &Matter,
    (office, hidden): (OfficeId, Hidden),
    mut wanted: Wanted,
    audience: Audience<'_>,
    now: Time,
) -> Result<SlotPage> {
    let (limit, end) = (wanted.limit, wanted.to);
    let mut slots: Vec<Slot> = Vec::new();
    for days in STRETCHES_DAYS {
        let stretch = wall::date_of(wanted.from).saturating_add(days.days());
        wanted.to = wall::start_of(stretch).min(end);
        wanted.limit = limit - slots.len();
        let scope = scope(office, &wanted, now, hidden);
        let found = Office::load(conn, &state.schedules, matter.clone(), &scope).await?;
        slots.extend(show(&found.find(&wanted, audience, now), &found.rules));
        if slots.len() >= limit || wanted.to >= end {
            break;
        }
        wanted.from = wanted.to;
    }
    let full = slots.len() >= limit;
    let next = slots.last().map(|slot| slot.start).filter(|_| full);
    Ok(SlotPage { slots, next })
}

fn scope(office: OfficeId, wanted: &Wanted, now: Time, hidden: Hidden) -> Scope {
    let range = TickRange::covering(wanted.from, wanted.to.max(wanted.from.plus_millis(1)));
    Scope { office, range, now, except: None, hidden }
}

/// A matter that citizens can book.
async fn public_matter(conn: &mut Conn, office: OfficeId, matter: MatterId) -> Result<Matter> {
    let found = matters::find(conn, office, matter).await?;
    found.filter(|matter| !matter.archived).ok_or_else(Failure::not_found)
}

/// Free slots in order, the next one first.
#[utoipa::path(
    get, path = "/booking/v1/public/offices/{office}/matters/{matter}/slots",
    operation_id = "booking_public_slots", tag = "booking for citizens",
    params(("office" = OfficeId, Path), ("matter" = MatterId, Path), SlotQuery),
    responses((status = 200, body = SlotPage))
)]
async fn list(
    State(state): State<AppState>,
    address: ClientAddress,
    Path((office, matter)): Path<(OfficeId, MatterId)>,
    Query(query): Query<SlotQuery>,
) -> Result<Json<SlotPage>> {
    state.limits.read.check(&address.limit_key())?;
    let now = state.clock.now();
    let mut conn = state.db.read().await?;
    let profile = public_profile(&mut conn, office).await?;
    let matter = public_matter(&mut conn, office, matter).await?;
    let wanted = wanted(&query, matter.details.horizon_days, now)?;
    let release = release(&state, office, &profile);
    let audience = Audience::Citizen { matter: core_matter(matter.id), release: &release };
    let of = (office, Hidden::Taken);
    Ok(Json(page(&state, &mut conn, &matter, of, wanted, audience, now).await?))
}

/// Free slots as officials see them: without notice, horizon, release and caps.
#[utoipa::path(
    get, path = "/booking/v1/matters/{matter}/slots", operation_id = "booking_slots",
    tag = "booking", params(("matter" = MatterId, Path), SlotQuery),
    responses((status = 200, body = SlotPage))
)]
async fn list_for_staff(
    State(state): State<AppState>,
    Reader(staff): Reader,
    Path(matter): Path<MatterId>,
    Query(query): Query<SlotQuery>,
) -> Result<Json<SlotPage>> {
    let now = state.clock.now();
    let mut conn = state.db.read().await?;
    let matter = matters::find(&mut conn, staff.office, matter).await?;
    let matter = matter.ok_or_else(Failure::not_found)?;
    let wanted = wanted(&query, matter.details.horizon_days, now)?;
    let of = (staff.office, Hidden::Free);
    Ok(Json(page(&state, &mut conn, &matter, of, wanted, Audience::Official, now).await?))
}

/// How much is free on each day of a month.
#[utoipa::path(
    get, path = "/booking/v1/public/offices/{office}/matters/{matter}/days",
    operation_id = "booking_public_days", tag = "booking for citizens",
    params(("office" = OfficeId, Path), ("matter" = MatterId, Path), MonthQuery),
    responses((status = 200, body = Vec<DayCount>))
)]
async fn month(
    State(state): State<AppState>,
    address: ClientAddress,
    Path((office, matter)): Path<(OfficeId, MatterId)>,
    Query(query): Query<MonthQuery>,
) -> Result<Json<Vec<DayCount>>> {
    state.limits.read.check(&address.limit_key())?;
    let now = state.clock.now();
    let first: Option<Date> = format!("{}-01", query.month).parse().ok();
    let first = first.filter(|first| {
        let away = today(now).until(*first).map_or(i32::MAX, |span| span.get_days().abs());
        query.month.len() == 7 && away < 800
    });
    let first = first.ok_or_else(|| Failure::field("month", FieldReason::Malformed))?;
    let mut fields = Fields::new();
    fields.range("people", query.people, PEOPLE);
    fields.finish()?;
    let mut conn = state.db.read().await?;
    let profile = public_profile(&mut conn, office).await?;
    let matter = public_matter(&mut conn, office, matter).await?;
    let next = first.saturating_add(1.month());
    let wanted = Wanted {
        form: query.form,
        official: query.official,
        people: query.people,
        interpreter: query.interpreter,
        from: wall::start_of(first),
        to: wall::start_of(next),
        limit: usize::MAX,
    };
    let id = core_matter(matter.id);
    let scope = scope(office, &wanted, now, Hidden::Taken);
    let found = Office::load(&mut conn, &state.schedules, matter, &scope).await?;
    drop(conn);
    let release = release(&state, office, &profile);
    let audience = Audience::Citizen { matter: id, release: &release };
    let counts = found.find(&wanted, audience, now).days();
    let count = |date| counts.iter().find(|(day, _)| *day == date).map_or(0, |(_, count)| *count);
    let days = first.series(1.day()).take_while(|date| *date < next).map(|date| DayCount {
        date,
        free: u32::try_from(count(date)).unwrap_or(u32::MAX),
        holiday: holiday_name(date),
    });
    Ok(Json(days.collect()))
}
