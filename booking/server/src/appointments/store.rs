//! Appointments, what they occupy, and what happened to them.

use std::collections::{HashMap, HashSet};

use sqlx::{Row, any::AnyRow};
use szpon_booking_core::{
    self as core, Claim, GroupId, Placement, State, StrandReason, Subject, Tick, TickRange,
    grid::TICK_MS,
};
use szpon_kit::{
    db::{
        Conn,
        row::{count, flag, name, named, parsed, parsed_opt, time, time_opt},
    },
    mail::outbox,
};
use szpon_protocol::{
    AppointmentId, MailId, MatterId, OfficeId, PersonId, Time, booking::LogEntry, rooms::Delivery,
};
use uuid::Uuid;

use super::record::Record;

const COLUMNS: &str = "a.id, a.office_id, a.matter_id, a.official_id, a.resource_id, a.group_id, \
    a.form, a.state, a.stranded, a.version, a.sequence, a.code, a.starts_at, a.ends_at, \
    a.block_from, a.block_to, a.people, a.hold_expires_at, a.secret_hash, a.secret_box, a.citizen, \
    a.email_hash, a.language, a.interpreter, a.accessibility, a.notes, a.notes_version, \
    a.created_by, a.created_at, a.changed_at, a.confirmed_at, a.arrived_at, a.called_at, \
    a.started_at, a.ended_at, a.moves, a.mail_id, a.told_at, a.reminded, a.room_version, a.erased_at";

fn decode(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

fn ticks(row: &AnyRow, from: &str, to: &str) -> Result<TickRange, sqlx::Error> {
    Ok(TickRange::covering(time(row, from)?, time(row, to)?))
}

fn read(row: &AnyRow) -> Result<Record, sqlx::Error> {
    let form: String = row.try_get("form")?;
    let state: String = row.try_get("state")?;
    let stranded: Option<String> = row.try_get("stranded")?;
    let placement = Placement {
        ticks: ticks(row, "starts_at", "ends_at")?,
        form: core::Form::parse(&form).ok_or_else(|| decode("a form"))?,
        official: parsed(row, "official_id")?,
        desk: parsed_opt(row, "resource_id")?,
        group: parsed_opt(row, "group_id")?,
    };
    let facts = core::Appointment {
        state: State::parse(&state).ok_or_else(|| decode("a state"))?,
        version: row.try_get("version")?,
        sequence: row.try_get("sequence")?,
        placement,
        hold_expires: time_opt(row, "hold_expires_at")?.unwrap_or_default(),
        stranded: stranded.as_deref().and_then(StrandReason::parse),
        confirmed_at: time_opt(row, "confirmed_at")?,
        arrived_at: time_opt(row, "arrived_at")?,
        called_at: time_opt(row, "called_at")?,
        started_at: time_opt(row, "started_at")?,
        ended_at: time_opt(row, "ended_at")?,
    };
    Ok(Record {
        id: parsed(row, "id")?,
        office: parsed(row, "office_id")?,
        matter: parsed(row, "matter_id")?,
        facts,
        block: ticks(row, "block_from", "block_to")?,
        code: row.try_get("code")?,
        people: count(row, "people")?,
        secret_hash: row.try_get("secret_hash")?,
        secret_box: row.try_get("secret_box")?,
        citizen: row.try_get("citizen")?,
        email_hash: row.try_get("email_hash")?,
        language: named(row, "language")?,
        interpreter: flag(row, "interpreter")?,
        accessibility: flag(row, "accessibility")?,
        notes: row.try_get("notes")?,
        notes_version: row.try_get("notes_version")?,
        created_by: parsed_opt(row, "created_by")?,
        created_at: time(row, "created_at")?,
        changed_at: time(row, "changed_at")?,
        moves: count(row, "moves")?,
        mail: parsed_opt(row, "mail_id")?,
        told_at: time_opt(row, "told_at")?,
        reminded: row
            .try_get::<Option<i64>, _>("reminded")?
            .and_then(|minutes| u32::try_from(minutes).ok()),
        room_version: row.try_get("room_version")?,
        erased_at: time_opt(row, "erased_at")?,
    })
}

/// Writes a new appointment.
pub async fn insert(conn: &mut Conn, record: &Record) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO booking_appointment (id, office_id, matter_id, official_id, resource_id,
             group_id, form, state, stranded, version, sequence, code, starts_at, ends_at,
             block_from, block_to, people, hold_expires_at, secret_hash, secret_box, citizen,
             email_hash, language, interpreter, accessibility, notes, notes_version, created_by,
             created_at, changed_at, confirmed_at, arrived_at, called_at, started_at, ended_at,
             moves, mail_id, told_at, reminded, room_version, erased_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35,
             $36, $37, $38, $39, $40, $41)",
    )
    .bind(record.id.to_string())
    .bind(record.office.to_string())
    .bind(record.matter.to_string())
    .bind(record.official().to_string())
    .bind(record.facts.placement.desk.map(|id| id.to_string()))
    .bind(record.facts.placement.group.map(|id| id.to_string()))
    .bind(record.facts.placement.form.as_str())
    .bind(record.facts.state.as_str())
    .bind(record.facts.stranded.map(StrandReason::as_str))
    .bind(record.facts.version)
    .bind(record.facts.sequence)
    .bind(record.code.clone())
    .bind(record.start().millis())
    .bind(record.end().millis())
    .bind(record.block.start.time().millis())
    .bind(record.block.end.time().millis())
    .bind(i64::from(record.people))
    .bind(
        (record.facts.hold_expires != Time::default()).then(|| record.facts.hold_expires.millis()),
    )
    .bind(&record.secret_hash)
    .bind(&record.secret_box)
    .bind(record.citizen.clone())
    .bind(record.email_hash.clone())
    .bind(name(&record.language)?)
    .bind(i64::from(record.interpreter))
    .bind(i64::from(record.accessibility))
    .bind(record.notes.clone())
    .bind(record.notes_version)
    .bind(record.created_by.map(|id| id.to_string()))
    .bind(record.created_at.millis())
    .bind(record.changed_at.millis())
    .bind(record.facts.confirmed_at.map(Time::millis))
    .bind(record.facts.arrived_at.map(Time::millis))
    .bind(record.facts.called_at.map(Time::millis))
    .bind(record.facts.started_at.map(Time::millis))
    .bind(record.facts.ended_at.map(Time::millis))
    .bind(i64::from(record.moves))
    .bind(record.mail.map(|id| id.to_string()))
    .bind(record.told_at.map(Time::millis))
    .bind(record.reminded.map(i64::from))
    .bind(record.room_version)
    .bind(record.erased_at.map(Time::millis))
    .execute(conn)
    .await
    .map(drop)
}

/// Writes an appointment over its version `former`. False when that is not the version any more.
pub async fn update(conn: &mut Conn, record: &Record, former: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE booking_appointment SET official_id = $3, resource_id = $4, group_id = $5,
             form = $6, state = $7, stranded = $8, version = $9, sequence = $10, code = $11,
             starts_at = $12, ends_at = $13, block_from = $14, block_to = $15, people = $16,
             citizen = $17, email_hash = $18, language = $19,
             interpreter = $20, accessibility = $21, notes = $22, notes_version = $23,
             changed_at = $24,
             confirmed_at = $25, arrived_at = $26, called_at = $27, started_at = $28,
             ended_at = $29, moves = $30, mail_id = $31, told_at = $32,
             reminded = $33, erased_at = $34
         WHERE id = $1 AND version = $2",
    )
    .bind(record.id.to_string())
    .bind(former)
    .bind(record.official().to_string())
    .bind(record.facts.placement.desk.map(|id| id.to_string()))
    .bind(record.facts.placement.group.map(|id| id.to_string()))
    .bind(record.facts.placement.form.as_str())
    .bind(record.facts.state.as_str())
    .bind(record.facts.stranded.map(StrandReason::as_str))
    .bind(record.facts.version)
    .bind(record.facts.sequence)
    .bind(record.code.clone())
    .bind(record.start().millis())
    .bind(record.end().millis())
    .bind(record.block.start.time().millis())
    .bind(record.block.end.time().millis())
    .bind(i64::from(record.people))
    .bind(record.citizen.clone())
    .bind(record.email_hash.clone())
    .bind(name(&record.language)?)
    .bind(i64::from(record.interpreter))
    .bind(i64::from(record.accessibility))
    .bind(record.notes.clone())
    .bind(record.notes_version)
    .bind(record.changed_at.millis())
    .bind(record.facts.confirmed_at.map(Time::millis))
    .bind(record.facts.arrived_at.map(Time::millis))
    .bind(record.facts.called_at.map(Time::millis))
    .bind(record.facts.started_at.map(Time::millis))
    .bind(record.facts.ended_at.map(Time::millis))
    .bind(i64::from(record.moves))
    .bind(record.mail.map(|id| id.to_string()))
    .bind(record.told_at.map(Time::millis))
    .bind(record.reminded.map(i64::from))
    .bind(record.erased_at.map(Time::millis))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// An appointment of this office. An id from another office is as good as none.
pub async fn find(
    conn: &mut Conn,
    office: OfficeId,
    id: AppointmentId,
) -> Result<Option<Record>, sqlx::Error> {
    let sql =
        format!("SELECT {COLUMNS} FROM booking_appointment a WHERE a.office_id = $1 AND a.id = $2");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(id.to_string())
        .try_map(|row: AnyRow| read(&row))
        .fetch_optional(conn)
        .await
}

/// The appointment that a secret opens, by the secret's hash.
pub async fn by_secret(conn: &mut Conn, hash: &str) -> Result<Option<Record>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM booking_appointment a WHERE a.secret_hash = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(hash.to_owned())
        .try_map(|row: AnyRow| read(&row))
        .fetch_optional(conn)
        .await
}

/// The appointment of a code, as one says it at the office.
pub async fn by_code(
    conn: &mut Conn,
    office: OfficeId,
    code: &str,
) -> Result<Option<Record>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_appointment a WHERE a.office_id = $1 AND a.code = $2"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(code.to_owned())
        .try_map(|row: AnyRow| read(&row))
        .fetch_optional(conn)
        .await
}

/// What to look for among an office's appointments.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Those that begin from here …
    pub from: Time,
    /// … until before here.
    pub to: Time,
    pub official: Option<PersonId>,
    pub stranded_only: bool,
}

/// Confirmed appointments and what came of them, except cancelled ones; in order of their start.
pub async fn list(
    conn: &mut Conn,
    office: OfficeId,
    filter: Filter,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS}
         FROM booking_appointment a
         WHERE a.office_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3
             AND (a.official_id = $4 OR $4 = '') AND ($5 = 0 OR a.stranded IS NOT NULL)
             AND a.state NOT IN ('held', 'expired', 'cancelled')
         ORDER BY a.starts_at, a.id LIMIT $6"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(filter.from.millis())
        .bind(filter.to.millis())
        .bind(filter.official.map(|id| id.to_string()).unwrap_or_default())
        .bind(i64::from(filter.stranded_only))
        .bind(limit)
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// Who is at the office on this day and hasn't been done with, in the order of their hours.
pub async fn here(
    conn: &mut Conn,
    office: OfficeId,
    date: jiff::civil::Date,
) -> Result<Vec<Record>, sqlx::Error> {
    let from = core::wall::start_of(date);
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_appointment a
         WHERE a.office_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3
             AND a.form = 'in_person' AND a.state IN ('arrived', 'in_progress')
         ORDER BY a.starts_at, a.arrived_at, a.id"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(from.millis())
        .bind(from.plus_secs(30 * 3600).millis())
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// What statistics need to know of appointments that begin from `from` until before `to`.
pub async fn facts(
    conn: &mut Conn,
    office: OfficeId,
    from: Time,
    to: Time,
) -> Result<Vec<core::statistics::Fact>, sqlx::Error> {
    sqlx::query(
        "SELECT matter_id, official_id, starts_at, ends_at, state, arrived_at, started_at, ended_at
         FROM booking_appointment
         WHERE office_id = $1 AND starts_at >= $2 AND starts_at < $3
             AND confirmed_at IS NOT NULL",
    )
    .bind(office.to_string())
    .bind(from.millis())
    .bind(to.millis())
    .try_map(|row: AnyRow| {
        let state: String = row.try_get("state")?;
        Ok(core::statistics::Fact {
            matter: parsed(&row, "matter_id")?,
            official: parsed(&row, "official_id")?,
            ticks: ticks(&row, "starts_at", "ends_at")?,
            state: State::parse(&state).ok_or_else(|| decode("a state"))?,
            arrived_at: time_opt(&row, "arrived_at")?,
            started_at: time_opt(&row, "started_at")?,
            ended_at: time_opt(&row, "ended_at")?,
        })
    })
    .fetch_all(conn)
    .await
}

/// What became of the newest mail to the citizen.
pub async fn delivery(conn: &mut Conn, record: &Record) -> Result<Option<Delivery>, sqlx::Error> {
    match record.mail {
        Some(mail) => outbox::delivery(conn, mail).await,
        None => Ok(None),
    }
}

/// What became of the newest mail about each of these, by the mail.
pub async fn deliveries(
    conn: &mut Conn,
    records: &[Record],
) -> Result<HashMap<MailId, Delivery>, sqlx::Error> {
    let mut deliveries = HashMap::new();
    let mails: Vec<MailId> = records.iter().filter_map(|record| record.mail).collect();
    // So many per query that limits on parameters are far.
    for chunk in mails.chunks(500) {
        let values: Vec<String> = (1..=chunk.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT id, state, attempts, next_attempt_at, last_error, finished_at FROM mail_outbox
             WHERE id IN ({})",
            values.join(", ")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for mail in chunk {
            query = query.bind(mail.to_string());
        }
        for row in query.fetch_all(&mut *conn).await? {
            deliveries.insert(parsed(&row, "id")?, outbox::delivery_of(&row)?);
        }
    }
    Ok(deliveries)
}

/// Takes what an appointment or group needs. Fails with a unique violation when any of it is taken.
pub async fn claim(
    conn: &mut Conn,
    office: OfficeId,
    holder: Uuid,
    claims: &[Claim],
) -> Result<(), sqlx::Error> {
    // So many rows per statement that SQLite's and PostgreSQL's limits on parameters are far.
    for chunk in claims.chunks(100) {
        let values: Vec<String> =
            (0..chunk.len()).map(|n| format!("(${}, ${}, $1, $2)", 3 + 2 * n, 4 + 2 * n)).collect();
        let sql = format!(
            "INSERT INTO booking_claim (subject, tick, office_id, holder_id) VALUES {}",
            values.join(", ")
        );
        let mut query =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(office.to_string()).bind(holder.to_string());
        for claim in chunk {
            query = query.bind(claim.subject.to_string()).bind(claim.tick.0);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Whether this is about what [`claim`] takes. Both databases name the table.
pub fn is_of_claims(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.message().contains("booking_claim"))
}

/// Gives back everything that an appointment or group has.
pub async fn release(conn: &mut Conn, holder: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM booking_claim WHERE holder_id = $1")
        .bind(holder.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// Holds that are over at `now` and in the way of `block`, of any of the office's officials or desks.
pub async fn expired_holds(
    conn: &mut Conn,
    office: OfficeId,
    block: TickRange,
    now: Time,
) -> Result<Vec<Record>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_appointment a
         WHERE a.office_id = $1 AND a.state = 'held' AND a.hold_expires_at <= $2
             AND a.block_from < $4 AND a.block_to > $3"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(now.millis())
        .bind(block.start.time().millis())
        .bind(block.end.time().millis())
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// Holds of all offices that are over at `now`.
pub async fn all_expired_holds(
    conn: &mut Conn,
    now: Time,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_appointment a
         WHERE a.state = 'held' AND a.hold_expires_at <= $1 ORDER BY a.hold_expires_at LIMIT $2"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(now.millis())
        .bind(limit)
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// Where to look for what is occupied, and when.
#[derive(Debug, Clone, Copy)]
pub struct Within {
    pub range: TickRange,
    /// Holds that are over by then occupy nothing.
    pub now: Time,
    /// Left out: what somebody moves away from is free.
    pub except: Option<AppointmentId>,
}

/// The conditions of an appointment that occupies something, for parameters that [`Within::bind`] gives
/// from the second on.
const OCCUPYING: &str = "starts_at >= $2 AND starts_at < $3 AND block_to > $4 AND block_from < $5
    AND (state IN ('confirmed', 'arrived', 'in_progress', 'done', 'no_show')
        OR (state = 'held' AND hold_expires_at > $6))";

type Prepared<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

impl Within {
    /// A query over what is occupied within this; `before` begins it and `after` ends it.
    fn sql(&self, before: &str, after: &str) -> String {
        // Most searches leave nothing out, and are answered from an index without ids.
        let except = if self.except.is_some() { "AND id <> $7" } else { "" };
        format!("{before} WHERE office_id = $1 AND {OCCUPYING} {except} {after}")
    }

    fn bind<'q>(&self, query: Prepared<'q>, office: OfficeId) -> Prepared<'q> {
        let (from, to) = (self.range.start.time(), self.range.end.time());
        let query = query
            .bind(office.to_string())
            // Nothing lasts longer than a day, buffers included; with it the index on the start serves.
            .bind(from.plus_secs(-86_400).millis())
            .bind(to.plus_secs(86_400).millis())
            .bind(from.millis())
            .bind(to.millis())
            .bind(self.now.millis());
        match self.except {
            Some(id) => query.bind(id.to_string()),
            None => query,
        }
    }
}

/// What officials and desks are occupied by, buffers included, from appointments and not from single
/// claims. The database puts an official's blocks into one row: there are thousands of them.
pub async fn occupied(
    conn: &mut Conn,
    office: OfficeId,
    within: Within,
) -> Result<Vec<(Subject, TickRange)>, sqlx::Error> {
    let sql = within.sql(
        &format!(
            "SELECT official_id, resource_id,
                 STRING_AGG(CAST(block_from / {TICK_MS} AS TEXT) || ' '
                     || CAST(block_to / {TICK_MS} AS TEXT), ' ') AS blocks
             FROM booking_appointment"
        ),
        "GROUP BY official_id, resource_id",
    );
    let query = within.bind(sqlx::query(sqlx::AssertSqlSafe(sql)), office);
    let mut occupied = Vec::new();
    for row in query.fetch_all(conn).await? {
        let official = Subject::Official(parsed(&row, "official_id")?);
        let desk = parsed_opt(&row, "resource_id")?.map(Subject::Desk);
        let blocks: String = row.try_get("blocks")?;
        let mut ticks = blocks.split(' ').map(|tick| tick.parse().map(Tick));
        while let (Some(from), Some(to)) = (ticks.next(), ticks.next()) {
            let wrong = |_| decode("a block");
            let block = TickRange::new(from.map_err(wrong)?, to.map_err(wrong)?);
            occupied.extend([Some(official), desk].into_iter().flatten().map(|one| (one, block)));
        }
    }
    Ok(occupied)
}

/// With whom and when a matter's meetings, or groups, begin within `within`: for its daily cap.
pub async fn starts(
    conn: &mut Conn,
    office: OfficeId,
    matter: MatterId,
    within: Within,
) -> Result<Vec<(PersonId, Time)>, sqlx::Error> {
    let except = if within.except.is_some() { "$8" } else { "$7" };
    let sql = within.sql(
        "SELECT official_id, starts_at FROM booking_appointment",
        &format!(
            "AND matter_id = {except} GROUP BY official_id, starts_at, COALESCE(group_id, id)"
        ),
    );
    within
        .bind(sqlx::query(sqlx::AssertSqlSafe(sql)), office)
        .bind(matter.to_string())
        .try_map(|row: AnyRow| Ok((parsed(&row, "official_id")?, time(&row, "starts_at")?)))
        .fetch_all(conn)
        .await
}

/// How many people are in each group within `within`.
pub async fn people_of_groups(
    conn: &mut Conn,
    office: OfficeId,
    within: Within,
) -> Result<HashMap<GroupId, u32>, sqlx::Error> {
    let sql = within.sql(
        "SELECT group_id, CAST(SUM(people) AS BIGINT) AS people FROM booking_appointment",
        "AND group_id IS NOT NULL GROUP BY group_id",
    );
    let query = within.bind(sqlx::query(sqlx::AssertSqlSafe(sql)), office);
    let rows = query.fetch_all(conn).await?;
    rows.iter().map(|row| Ok((parsed(row, "group_id")?, count(row, "people")?))).collect()
}

/// Hides from citizens what an appointment gave back, until before `visible_at`.
pub async fn hide_freed(
    conn: &mut Conn,
    record: &Record,
    visible_at: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO booking_freed (office_id, official_id, block_from, block_to, visible_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(record.office.to_string())
    .bind(record.official().to_string())
    .bind(record.block.start.time().millis())
    .bind(record.block.end.time().millis())
    .bind(visible_at.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// What was given back and is hidden at `now`.
pub async fn hidden(
    conn: &mut Conn,
    office: OfficeId,
    now: Time,
) -> Result<Vec<(Subject, TickRange)>, sqlx::Error> {
    sqlx::query(
        "SELECT official_id, block_from, block_to FROM booking_freed
         WHERE office_id = $1 AND visible_at > $2",
    )
    .bind(office.to_string())
    .bind(now.millis())
    .try_map(|row: AnyRow| {
        let official = Subject::Official(parsed(&row, "official_id")?);
        Ok((official, ticks(&row, "block_from", "block_to")?))
    })
    .fetch_all(conn)
    .await
}

/// A group's row.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    pub id: GroupId,
    pub office: OfficeId,
    pub matter: MatterId,
    pub placement: Placement,
    pub block: TickRange,
    pub capacity: u32,
}

pub async fn insert_group(conn: &mut Conn, group: &Group) -> Result<(), sqlx::Error> {
    let placement = &group.placement;
    sqlx::query(
        "INSERT INTO booking_group (id, office_id, matter_id, official_id, resource_id, form,
             starts_at, ends_at, block_from, block_to, capacity)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(group.id.to_string())
    .bind(group.office.to_string())
    .bind(group.matter.to_string())
    .bind(placement.official.to_string())
    .bind(placement.desk.map(|id| id.to_string()))
    .bind(placement.form.as_str())
    .bind(placement.ticks.start.time().millis())
    .bind(placement.ticks.end.time().millis())
    .bind(group.block.start.time().millis())
    .bind(group.block.end.time().millis())
    .bind(i64::from(group.capacity))
    .execute(conn)
    .await
    .map(drop)
}

/// Groups of a matter within `range`.
pub async fn groups(
    conn: &mut Conn,
    office: OfficeId,
    matter: MatterId,
    range: TickRange,
) -> Result<Vec<Group>, sqlx::Error> {
    sqlx::query(
        "SELECT id, official_id, resource_id, form, starts_at, ends_at, block_from, block_to, capacity
         FROM booking_group
         WHERE office_id = $1 AND matter_id = $2 AND starts_at >= $3 AND starts_at < $4
         ORDER BY starts_at, id",
    )
    .bind(office.to_string())
    .bind(matter.to_string())
    .bind(range.start.time().millis())
    .bind(range.end.time().millis())
    .try_map(|row: AnyRow| {
        let form: String = row.try_get("form")?;
        Ok(Group {
            id: parsed(&row, "id")?,
            office,
            matter,
            placement: Placement {
                ticks: ticks(&row, "starts_at", "ends_at")?,
                form: core::Form::parse(&form).ok_or_else(|| decode("a form"))?,
                official: parsed(&row, "official_id")?,
                desk: parsed_opt(&row, "resource_id")?,
                group: Some(parsed(&row, "id")?),
            },
            block: ticks(&row, "block_from", "block_to")?,
            capacity: count(&row, "capacity")?,
        })
    })
    .fetch_all(conn)
    .await
}

/// Capacity and taken seats of a group.
pub async fn seats(
    conn: &mut Conn,
    group: GroupId,
) -> Result<Option<(u32, Vec<u32>)>, sqlx::Error> {
    let row = sqlx::query("SELECT capacity FROM booking_group WHERE id = $1")
        .bind(group.to_string())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let capacity = count(&row, "capacity")?;
    // A range of the primary key. `;` is the character after `:`.
    let rows =
        sqlx::query("SELECT subject FROM booking_claim WHERE subject >= $1 AND subject < $2")
            .bind(format!("seat:{group}:"))
            .bind(format!("seat:{group};"))
            .fetch_all(conn)
            .await?;
    let mut taken = Vec::new();
    for row in &rows {
        if let Subject::Seat(_, seat) = parsed(row, "subject")? {
            taken.push(seat);
        }
    }
    Ok(Some((capacity, taken)))
}

/// A group that nobody is in any more goes, and its official is free.
pub async fn drop_empty_group(conn: &mut Conn, group: GroupId) -> Result<(), sqlx::Error> {
    if let Some((_, taken)) = seats(conn, group).await?
        && taken.is_empty()
    {
        release(conn, group.0).await?;
        sqlx::query("DELETE FROM booking_group WHERE id = $1")
            .bind(group.to_string())
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Writes down what happened.
pub async fn record_event(
    conn: &mut Conn,
    record: &Record,
    event: &str,
    actor: Option<PersonId>,
    details: &serde_json::Value,
    now: Time,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO booking_event (id, at, office_id, appointment_id, event, actor_id, details)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.to_string())
    .bind(now.millis())
    .bind(record.office.to_string())
    .bind(record.id.to_string())
    .bind(event.to_owned())
    .bind(actor.map(|id| id.to_string()))
    .bind(details.to_string())
    .execute(conn)
    .await?;
    Ok(id)
}

/// What happened to an appointment, oldest first.
pub async fn log(conn: &mut Conn, record: &Record) -> Result<Vec<LogEntry>, sqlx::Error> {
    sqlx::query(
        "SELECT e.at, e.event, o.name FROM booking_event e
         LEFT JOIN booking_official o ON o.office_id = e.office_id AND o.person_id = e.actor_id
         WHERE e.office_id = $1 AND e.appointment_id = $2 ORDER BY e.id",
    )
    .bind(record.office.to_string())
    .bind(record.id.to_string())
    .try_map(|row: AnyRow| {
        Ok(LogEntry {
            at: time(&row, "at")?,
            event: row.try_get("event")?,
            by: row.try_get("name")?,
        })
    })
    .fetch_all(conn)
    .await
}

/// Open appointments of an address: held ones count as soon as the address is known.
pub async fn open_of_email(
    conn: &mut Conn,
    office: OfficeId,
    email_hash: &str,
    now: Time,
) -> Result<i64, sqlx::Error> {
    sqlx::query(
        "SELECT COUNT(*) AS n FROM booking_appointment
         WHERE office_id = $1 AND email_hash = $2 AND ends_at > $3
             AND state IN ('confirmed', 'arrived', 'in_progress')",
    )
    .bind(office.to_string())
    .bind(email_hash.to_owned())
    .bind(now.millis())
    .fetch_one(conn)
    .await?
    .try_get("n")
}

/// Takes one of a network's `cap` places for another hold, until `until`; `draw` says which of the free ones.
/// False when there is none. Somebody who takes the same at the same time makes it a unique violation.
pub async fn take_network_place(
    conn: &mut Conn,
    office: OfficeId,
    network_hash: &str,
    cap: u16,
    until: Time,
    (now, draw): (Time, u64),
) -> Result<bool, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT place, until FROM booking_network WHERE office_id = $1 AND network_hash = $2",
    )
    .bind(office.to_string())
    .bind(network_hash.to_owned())
    .try_map(|row: AnyRow| Ok((row.try_get::<i64, _>("place")?, time(&row, "until")?)))
    .fetch_all(&mut *conn)
    .await?;
    let taken: HashSet<i64> =
        rows.iter().filter(|(_, until)| *until > now).map(|(place, _)| *place).collect();
    let free: Vec<i64> = (0..i64::from(cap)).filter(|place| !taken.contains(place)).collect();
    let Some(count) = u64::try_from(free.len()).ok().filter(|count| *count > 0) else {
        return Ok(false);
    };
    let place = usize::try_from(draw % count).ok().and_then(|at| free.get(at));
    let Some(place) = place else { return Ok(false) };
    sqlx::query(
        "DELETE FROM booking_network
         WHERE office_id = $1 AND network_hash = $2 AND place = $3 AND until <= $4",
    )
    .bind(office.to_string())
    .bind(network_hash.to_owned())
    .bind(*place)
    .bind(now.millis())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO booking_network (office_id, network_hash, place, until)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(office.to_string())
    .bind(network_hash.to_owned())
    .bind(*place)
    .bind(until.millis())
    .execute(conn)
    .await?;
    Ok(true)
}

/// Remembers that a challenge was used. False when it was before.
pub async fn use_challenge(
    conn: &mut Conn,
    hash: &str,
    expires_at: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO booking_proof (challenge_hash, expires_at) VALUES ($1, $2)
         ON CONFLICT (challenge_hash) DO NOTHING",
    )
    .bind(hash.to_owned())
    .bind(expires_at.millis())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A code that was mailed.
#[derive(Debug, Clone)]
pub struct EmailCode {
    pub code_hash: String,
    /// Sealed.
    pub email: String,
    pub expires_at: Time,
    pub attempts: u32,
}

/// A new code takes the place of an earlier one.
pub async fn put_email_code(
    conn: &mut Conn,
    id: AppointmentId,
    code: &EmailCode,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO booking_email_code (appointment_id, code_hash, email, expires_at, attempts)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (appointment_id) DO UPDATE SET code_hash = excluded.code_hash,
             email = excluded.email, expires_at = excluded.expires_at,
             attempts = excluded.attempts",
    )
    .bind(id.to_string())
    .bind(&code.code_hash)
    .bind(&code.email)
    .bind(code.expires_at.millis())
    .bind(i64::from(code.attempts))
    .execute(conn)
    .await
    .map(drop)
}

pub async fn email_code(
    conn: &mut Conn,
    id: AppointmentId,
) -> Result<Option<EmailCode>, sqlx::Error> {
    sqlx::query(
        "SELECT code_hash, email, expires_at, attempts FROM booking_email_code
         WHERE appointment_id = $1",
    )
    .bind(id.to_string())
    .try_map(|row: AnyRow| {
        Ok(EmailCode {
            code_hash: row.try_get("code_hash")?,
            email: row.try_get("email")?,
            expires_at: time(&row, "expires_at")?,
            attempts: count(&row, "attempts")?,
        })
    })
    .fetch_optional(conn)
    .await
}

pub async fn count_attempt(conn: &mut Conn, id: AppointmentId) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE booking_email_code SET attempts = attempts + 1 WHERE appointment_id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

pub async fn delete_email_code(conn: &mut Conn, id: AppointmentId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM booking_email_code WHERE appointment_id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// Appointments by video of which signalling knows an older version or nothing, until `limit`.
pub async fn rooms_due(conn: &mut Conn, limit: i64) -> Result<Vec<Record>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_appointment a
         WHERE a.form = 'video' AND a.confirmed_at IS NOT NULL AND a.room_version < a.version
             AND a.erased_at IS NULL
             AND a.state IN ('confirmed', 'arrived', 'cancelled')
         ORDER BY a.changed_at LIMIT $1"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(limit)
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// Signalling knows this version.
pub async fn room_done(
    conn: &mut Conn,
    id: AppointmentId,
    version: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE booking_appointment SET room_version = $2 WHERE id = $1 AND room_version < $2",
    )
    .bind(id.to_string())
    .bind(version)
    .execute(conn)
    .await
    .map(drop)
}

/// Confirmed appointments that begin after `now` and until `until`.
pub async fn coming(
    conn: &mut Conn,
    office: OfficeId,
    now: Time,
    until: Time,
) -> Result<Vec<Record>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_appointment a
         WHERE a.office_id = $1 AND a.state = 'confirmed' AND a.starts_at > $2
             AND a.starts_at <= $3
         ORDER BY a.starts_at, a.id"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(now.millis())
        .bind(until.millis())
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// Holds and confirmed appointments that aren't over: what a change of hours may strand.
pub async fn planned(
    conn: &mut Conn,
    office: OfficeId,
    now: Time,
) -> Result<Vec<Record>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_appointment a
         WHERE a.office_id = $1 AND a.ends_at > $2
             AND (a.state = 'confirmed' OR (a.state = 'held' AND a.hold_expires_at > $2))
         ORDER BY a.starts_at, a.id"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(now.millis())
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// Forgets challenges and codes that are over.
pub async fn sweep(conn: &mut Conn, now: Time) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM booking_proof WHERE expires_at <= $1",
        "DELETE FROM booking_email_code WHERE expires_at <= $1",
        "DELETE FROM booking_freed WHERE visible_at <= $1",
        "DELETE FROM booking_network WHERE until <= $1",
    ] {
        sqlx::query(sql).bind(now.millis()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// The tick of a slot's start, if it is one.
pub fn tick(start: Time) -> Option<Tick> {
    Tick::exactly(start).ok()
}
