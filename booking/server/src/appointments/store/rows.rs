//! Rows of `booking_appointment`.

use sqlx::{AssertSqlSafe, Row, any::AnyRow};
use szpon_booking_core::{self as core, Placement, State, StrandReason, TickRange};
use szpon_kit::db::{
    Conn,
    row::{count, flag, name, named, parsed, parsed_opt, time, time_opt},
};
use szpon_protocol::{AppointmentId, OfficeId, Time};

use crate::appointments::record::Record;

const COLUMNS: &str = "a.id, a.office_id, a.matter_id, a.official_id, a.resource_id, a.group_id, \
    a.form, a.state, a.stranded, a.version, a.sequence, a.code, a.starts_at, a.ends_at, \
    a.block_from, a.block_to, a.people, a.hold_expires_at, a.secret_hash, a.secret_box, a.citizen, \
    a.email_hash, a.language, a.interpreter, a.accessibility, a.notes, a.notes_version, \
    a.created_by, a.created_at, a.changed_at, a.confirmed_at, a.arrived_at, a.called_at, \
    a.started_at, a.ended_at, a.moves, a.mail_id, a.told_at, a.reminded, a.room_version, a.erased_at";

/// A query for appointments; `rest` are its conditions and its order, of `a`.
pub(super) fn select(rest: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("SELECT {COLUMNS} FROM booking_appointment a {rest}"))
}

pub(super) fn decode(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

pub(super) fn ticks(row: &AnyRow, from: &str, to: &str) -> Result<TickRange, sqlx::Error> {
    Ok(TickRange::covering(time(row, from)?, time(row, to)?))
}

/// A row of [`select`].
pub(super) fn read(row: AnyRow) -> Result<Record, sqlx::Error> {
    let row = &row;
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

/// What never changes, in the order of [`bind_fixed`].
const FIXED: [&str; 9] = [
    "id",
    "office_id",
    "matter_id",
    "hold_expires_at",
    "secret_hash",
    "secret_box",
    "created_at",
    "room_version",
    "people",
];

/// What a change may write, in the order of [`bind_changing`].
const CHANGING: [&str; 32] = [
    "official_id",
    "resource_id",
    "group_id",
    "form",
    "state",
    "stranded",
    "version",
    "sequence",
    "code",
    "starts_at",
    "ends_at",
    "block_from",
    "block_to",
    "citizen",
    "email_hash",
    "language",
    "interpreter",
    "accessibility",
    "notes",
    "notes_version",
    "created_by",
    "changed_at",
    "confirmed_at",
    "arrived_at",
    "called_at",
    "started_at",
    "ended_at",
    "moves",
    "mail_id",
    "told_at",
    "reminded",
    "erased_at",
];

type Prepared<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

fn bind_fixed<'q>(query: Prepared<'q>, record: &Record) -> Prepared<'q> {
    let expires = record.facts.hold_expires;
    query
        .bind(record.id.to_string())
        .bind(record.office.to_string())
        .bind(record.matter.to_string())
        .bind((expires != Time::default()).then(|| expires.millis()))
        .bind(record.secret_hash.clone())
        .bind(record.secret_box.clone())
        .bind(record.created_at.millis())
        .bind(record.room_version)
        .bind(i64::from(record.people))
}

fn bind_changing<'q>(query: Prepared<'q>, record: &Record) -> Result<Prepared<'q>, sqlx::Error> {
    let facts = &record.facts;
    Ok(query
        .bind(record.official().to_string())
        .bind(facts.placement.desk.map(|id| id.to_string()))
        .bind(facts.placement.group.map(|id| id.to_string()))
        .bind(facts.placement.form.as_str())
        .bind(facts.state.as_str())
        .bind(facts.stranded.map(StrandReason::as_str))
        .bind(facts.version)
        .bind(facts.sequence)
        .bind(record.code.clone())
        .bind(record.start().millis())
        .bind(record.end().millis())
        .bind(record.block.start.time().millis())
        .bind(record.block.end.time().millis())
        .bind(record.citizen.clone())
        .bind(record.email_hash.clone())
        .bind(name(&record.language)?)
        .bind(i64::from(record.interpreter))
        .bind(i64::from(record.accessibility))
        .bind(record.notes.clone())
        .bind(record.notes_version)
        .bind(record.created_by.map(|id| id.to_string()))
        .bind(record.changed_at.millis())
        .bind(facts.confirmed_at.map(Time::millis))
        .bind(facts.arrived_at.map(Time::millis))
        .bind(facts.called_at.map(Time::millis))
        .bind(facts.started_at.map(Time::millis))
        .bind(facts.ended_at.map(Time::millis))
        .bind(i64::from(record.moves))
        .bind(record.mail.map(|id| id.to_string()))
        .bind(record.told_at.map(Time::millis))
        .bind(record.reminded.map(i64::from))
        .bind(record.erased_at.map(Time::millis)))
}

/// Writes a new appointment.
pub async fn insert(conn: &mut Conn, record: &Record) -> Result<(), sqlx::Error> {
    let columns = [&FIXED[..], &CHANGING[..]].concat();
    let values: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "INSERT INTO booking_appointment ({}) VALUES ({})",
        columns.join(", "),
        values.join(", ")
    );
    let query = bind_fixed(sqlx::query(AssertSqlSafe(sql)), record);
    bind_changing(query, record)?.execute(conn).await.map(drop)
}

/// Writes an appointment over its version `former`. False when that is not the version any more.
pub async fn update(conn: &mut Conn, record: &Record, former: i64) -> Result<bool, sqlx::Error> {
    let set: Vec<String> =
        CHANGING.iter().enumerate().map(|(n, column)| format!("{column} = ${}", n + 3)).collect();
    let sql =
        format!("UPDATE booking_appointment SET {} WHERE id = $1 AND version = $2", set.join(", "));
    let query = sqlx::query(AssertSqlSafe(sql)).bind(record.id.to_string()).bind(former);
    let done = bind_changing(query, record)?.execute(conn).await?;
    Ok(done.rows_affected() > 0)
}

/// An appointment of this office. An id from another office is as good as none.
pub async fn find(
    conn: &mut Conn,
    office: OfficeId,
    id: AppointmentId,
) -> Result<Option<Record>, sqlx::Error> {
    sqlx::query(select("WHERE a.office_id = $1 AND a.id = $2"))
        .bind(office.to_string())
        .bind(id.to_string())
        .try_map(read)
        .fetch_optional(conn)
        .await
}

/// The appointment that a secret opens, by the secret's hash.
pub async fn by_secret(conn: &mut Conn, hash: &str) -> Result<Option<Record>, sqlx::Error> {
    sqlx::query(select("WHERE a.secret_hash = $1"))
        .bind(hash.to_owned())
        .try_map(read)
        .fetch_optional(conn)
        .await
}

/// The appointment of a code, as one says it at the office.
pub async fn by_code(
    conn: &mut Conn,
    office: OfficeId,
    code: &str,
) -> Result<Option<Record>, sqlx::Error> {
    sqlx::query(select("WHERE a.office_id = $1 AND a.code = $2"))
        .bind(office.to_string())
        .bind(code.to_owned())
        .try_map(read)
        .fetch_optional(conn)
        .await
}
