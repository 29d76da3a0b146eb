//! What a change of hours does to appointments: none vanishes, each that no longer fits is marked, and
//! an official has to move or cancel it.

use std::collections::BTreeMap;

use szpon_booking_core::{self as core, Input, Planned, stranded};
use szpon_kit::{
    db::Conn,
    problem::{Failure, Result},
};
use szpon_protocol::{
    MatterId, OfficeId, PersonId, ResourceId, Time,
    booking::{Hours, NewException, ResourceHours},
};

use super::store::{self, Weeks};
use crate::{
    appointments::{
        clerk::{Change, Clerk},
        record::Record,
        store as appointments,
    },
    matters::store as matters,
    slots::core_staff,
};

/// When everybody is there, and when every desk is open.
pub struct Schedule {
    pub weeks: Weeks,
    pub exceptions: Vec<NewException>,
}

impl Schedule {
    /// As it is now; exceptions from yesterday on.
    pub async fn load(conn: &mut Conn, office: OfficeId, now: Time) -> Result<Self> {
        let from = core::wall::date_of(now.plus_secs(-86_400));
        let exceptions = store::exceptions(conn, office, from, jiff::civil::Date::MAX).await?;
        Ok(Self {
            weeks: store::weeks(conn, office).await?,
            exceptions: exceptions.into_iter().map(|known| known.details).collect(),
        })
    }

    /// With other weekly hours of one official.
    pub fn with_hours(mut self, official: PersonId, hours: &[Hours]) -> Self {
        let all = &mut self.weeks.officials;
        all.retain(|(id, _)| *id != official);
        all.extend(hours.iter().map(|span| (official, span.clone())));
        // In the order of their officials, as the store has them.
        all.sort_by_key(|(id, _)| id.to_string());
        self
    }

    /// With other weekly hours of one room or desk.
    pub fn with_resource_hours(mut self, resource: ResourceId, hours: &[ResourceHours]) -> Self {
        let all = &mut self.weeks.resources;
        all.retain(|(id, _)| *id != resource);
        all.extend(hours.iter().map(|span| (resource, span.clone())));
        all.sort_by_key(|(id, _)| id.to_string());
        self
    }

    /// With one exception more.
    pub fn with_exception(mut self, exception: &NewException) -> Self {
        self.exceptions.push(exception.clone());
        self
    }
}

/// Appointments for which `schedule` would change something, and what.
pub async fn check(
    conn: &mut Conn,
    office: OfficeId,
    schedule: &Schedule,
    now: Time,
) -> Result<Vec<(Record, Input)>> {
    let officials = store::officials(conn, office).await?;
    let mut by_matter: BTreeMap<MatterId, Vec<Record>> = BTreeMap::new();
    for record in appointments::planned(conn, office, now).await? {
        by_matter.entry(record.matter).or_default().push(record);
    }
    let mut changed = Vec::new();
    for (matter, records) in by_matter {
        let Some(matter) = matters::find(conn, office, matter).await? else { continue };
        let exceptions = schedule.exceptions.iter();
        let staff = core_staff(&officials, &schedule.weeks, exceptions, &matter.details)
            .map_err(Failure::internal)?;
        let planned: Vec<Planned> = records.iter().map(planned).collect();
        for (id, input) in stranded::check(&planned, &staff) {
            let record = records.iter().find(|record| record.id.0 == id.0);
            changed.extend(record.map(|record| (record.clone(), input)));
        }
    }
    changed.sort_by_key(|(record, _)| (record.start(), record.id));
    Ok(changed)
}

fn planned(record: &Record) -> Planned {
    Planned {
        id: core::AppointmentId(record.id.0),
        ticks: record.facts.placement.ticks,
        form: record.facts.placement.form,
        official: record.official(),
        desk: record.facts.placement.desk,
        stranded: record.facts.stranded,
        off_hours: false,
    }
}

/// Marks what no longer fits, and what fits again. Call it in the transaction that changed the hours.
/// An office without a profile has no appointments.
pub async fn apply(
    conn: &mut Conn,
    state: &crate::AppState,
    office: OfficeId,
    now: Time,
) -> Result<()> {
    let Ok(clerk) = Clerk::new(conn, state, office, now).await else { return Ok(()) };
    let schedule = Schedule::load(conn, office, now).await?;
    for (record, input) in check(conn, office, &schedule, now).await? {
        clerk.apply(conn, record, Change::system(input)).await?;
    }
    Ok(())
}
