//! Places on the waiting list.

use sqlx::{Row, any::AnyRow};
use szpon_booking_core::{self as core, Tick, WallMinute, WallRange, waiting::Waiting};
use szpon_kit::db::{
    Conn,
    row::{count, flag, name, named, parsed, parsed_opt, time},
};
use szpon_protocol::{
    AppointmentId, MatterId, OfficeId, Time, WaitingId, account::Language, booking::WaitingState,
};

/// One row of `booking_waiting`.
#[derive(Debug, Clone)]
pub struct Place {
    pub id: WaitingId,
    pub office: OfficeId,
    pub matter: MatterId,
    pub state: WaitingState,
    /// What the rules speak of. Its own state is [`Place::state`], as far as it has such a one.
    pub facts: Waiting,
    pub interpreter: bool,
    pub secret_hash: String,
    /// Sealed.
    pub citizen: Option<String>,
    pub email_hash: String,
    pub language: Language,
    pub code_hash: String,
    pub code_until: Time,
    pub attempts: u32,
    pub offer: Option<AppointmentId>,
    pub created_at: Time,
}

const COLUMNS: &str = "id, office_id, matter_id, state, since, forms, official_id, from_date, \
    to_date, from_minute, to_minute, people, interpreter, unanswered, passed, secret_hash, citizen, \
    email_hash, language, code_hash, code_until, attempts, offer_id, created_at";

fn decode<E: Into<Box<dyn std::error::Error + Send + Sync>>>(error: E) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

fn minute(row: &AnyRow, column: &str) -> Result<WallMinute, sqlx::Error> {
    let minute = u16::try_from(row.try_get::<i64, _>(column)?).map_err(decode)?;
    WallMinute::new(minute).map_err(decode)
}

fn read(row: &AnyRow) -> Result<Place, sqlx::Error> {
    let state: WaitingState = named(row, "state")?;
    let id: WaitingId = parsed(row, "id")?;
    let matter: MatterId = parsed(row, "matter_id")?;
    let forms: String = row.try_get("forms")?;
    let passed: String = row.try_get("passed")?;
    let passed: Vec<i64> = serde_json::from_str(&passed).map_err(decode)?;
    let interpreter = flag(row, "interpreter")?;
    let since = time(row, "since")?;
    Ok(Place {
        id,
        office: parsed(row, "office_id")?,
        matter,
        state,
        facts: Waiting {
            id: core::WaitingId(id.0),
            state: core_state(state),
            since,
            matter: core::MatterId(matter.0),
            forms: serde_json::from_str(&forms).map_err(decode)?,
            official: parsed_opt(row, "official_id")?,
            first: parsed(row, "from_date")?,
            last: parsed(row, "to_date")?,
            range: WallRange { from: minute(row, "from_minute")?, to: minute(row, "to_minute")? },
            people: count(row, "people")?,
            not_before: None,
            unanswered: count(row, "unanswered")?,
            passed: passed.into_iter().map(Tick).collect(),
        },
        interpreter,
        secret_hash: row.try_get("secret_hash")?,
        citizen: row.try_get("citizen")?,
        email_hash: row.try_get("email_hash")?,
        language: named(row, "language")?,
        code_hash: row.try_get("code_hash")?,
        code_until: time(row, "code_until")?,
        attempts: count(row, "attempts")?,
        offer: parsed_opt(row, "offer_id")?,
        created_at: time(row, "created_at")?,
    })
}

fn core_state(state: WaitingState) -> core::waiting::WaitingState {
    match state {
        // Nobody's turn comes before the address is proven.
        WaitingState::Unconfirmed | WaitingState::Left => core::waiting::WaitingState::Left,
        WaitingState::Waiting => core::waiting::WaitingState::Waiting,
        WaitingState::Offered => core::waiting::WaitingState::Offered,
        WaitingState::Booked => core::waiting::WaitingState::Booked,
    }
}

/// The state that the rules have come to, on the wire.
pub fn state_of(state: core::waiting::WaitingState) -> WaitingState {
    match state {
        core::waiting::WaitingState::Waiting => WaitingState::Waiting,
        core::waiting::WaitingState::Offered => WaitingState::Offered,
        core::waiting::WaitingState::Booked => WaitingState::Booked,
        core::waiting::WaitingState::Left => WaitingState::Left,
    }
}

pub async fn insert(conn: &mut Conn, place: &Place) -> Result<(), sqlx::Error> {
    let json = |error: serde_json::Error| sqlx::Error::Encode(error.into());
    sqlx::query(
        "INSERT INTO booking_waiting (id, office_id, matter_id, state, since, forms, official_id,
             from_date, to_date, from_minute, to_minute, people, interpreter, unanswered, passed,
             secret_hash, citizen, email_hash, language, code_hash, code_until, attempts,
             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, '[]', $14, $15, $16,
             $17, $18, $19, 0, $20)",
    )
    .bind(place.id.to_string())
    .bind(place.office.to_string())
    .bind(place.matter.to_string())
    .bind(name(&place.state)?)
    .bind(place.facts.since.millis())
    .bind(serde_json::to_string(&place.facts.forms).map_err(json)?)
    .bind(place.facts.official.map(|id| id.to_string()))
    .bind(place.facts.first.to_string())
    .bind(place.facts.last.to_string())
    .bind(i64::from(place.facts.range.from.get()))
    .bind(i64::from(place.facts.range.to.get()))
    .bind(i64::from(place.facts.people))
    .bind(i64::from(place.interpreter))
    .bind(&place.secret_hash)
    .bind(place.citizen.clone())
    .bind(&place.email_hash)
    .bind(name(&place.language)?)
    .bind(&place.code_hash)
    .bind(place.code_until.millis())
    .bind(place.created_at.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Writes what changes of a place.
pub async fn update(conn: &mut Conn, place: &Place) -> Result<(), sqlx::Error> {
    let passed: Vec<i64> = place.facts.passed.iter().map(|tick| tick.0).collect();
    let passed =
        serde_json::to_string(&passed).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "UPDATE booking_waiting SET state = $2, since = $3, unanswered = $4, passed = $5,
             citizen = $6, attempts = $7, offer_id = $8
         WHERE id = $1",
    )
    .bind(place.id.to_string())
    .bind(name(&place.state)?)
    .bind(place.facts.since.millis())
    .bind(i64::from(place.facts.unanswered))
    .bind(passed)
    .bind(place.citizen.clone())
    .bind(i64::from(place.attempts))
    .bind(place.offer.map(|id| id.to_string()))
    .execute(conn)
    .await
    .map(drop)
}

async fn one(
    conn: &mut Conn,
    condition: &'static str,
    value: String,
) -> Result<Option<Place>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM booking_waiting WHERE {condition} = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(value)
        .try_map(|row: AnyRow| read(&row))
        .fetch_optional(conn)
        .await
}

pub async fn by_secret(conn: &mut Conn, hash: &str) -> Result<Option<Place>, sqlx::Error> {
    one(conn, "secret_hash", hash.to_owned()).await
}

/// Whose offer this hold is.
pub async fn by_offer(conn: &mut Conn, hold: AppointmentId) -> Result<Option<Place>, sqlx::Error> {
    one(conn, "offer_id", hold.to_string()).await
}

/// Who waits for a matter, whoever came first first.
pub async fn of_matter(
    conn: &mut Conn,
    office: OfficeId,
    matter: MatterId,
) -> Result<Vec<Place>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_waiting
         WHERE office_id = $1 AND matter_id = $2 AND state = 'waiting' ORDER BY since, id"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(matter.to_string())
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// A place of this office. An id from another office is as good as none.
pub async fn find(
    conn: &mut Conn,
    office: OfficeId,
    id: WaitingId,
) -> Result<Option<Place>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM booking_waiting WHERE office_id = $1 AND id = $2");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(id.to_string())
        .try_map(|row: AnyRow| read(&row))
        .fetch_optional(conn)
        .await
}

/// Who waits or is offered something, whoever came first first.
pub async fn open(
    conn: &mut Conn,
    office: OfficeId,
    matter: Option<MatterId>,
    limit: i64,
) -> Result<Vec<Place>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_waiting
         WHERE office_id = $1 AND (matter_id = $2 OR $2 = '') AND state IN ('waiting', 'offered')
         ORDER BY since, id LIMIT $3"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(matter.map(|id| id.to_string()).unwrap_or_default())
        .bind(limit)
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// Places of an address, oldest first.
pub async fn of_email(
    conn: &mut Conn,
    office: OfficeId,
    email_hash: &str,
) -> Result<Vec<Place>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_waiting
         WHERE office_id = $1 AND email_hash = $2 ORDER BY since, id"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(office.to_string())
        .bind(email_hash.to_owned())
        .try_map(|row: AnyRow| read(&row))
        .fetch_all(conn)
        .await
}

/// What an office's waiting list is offered: whom, when it begins, and until when it is kept.
pub async fn offers(
    conn: &mut Conn,
    office: OfficeId,
) -> Result<Vec<(WaitingId, Time, Time)>, sqlx::Error> {
    sqlx::query(
        "SELECT w.id, a.starts_at, a.hold_expires_at
         FROM booking_waiting w JOIN booking_appointment a ON a.id = w.offer_id
         WHERE w.office_id = $1 AND w.state = 'offered'",
    )
    .bind(office.to_string())
    .try_map(|row: AnyRow| {
        Ok((parsed(&row, "id")?, time(&row, "starts_at")?, time(&row, "hold_expires_at")?))
    })
    .fetch_all(conn)
    .await
}

/// Open places of an address.
pub async fn open_of_email(
    conn: &mut Conn,
    office: OfficeId,
    email_hash: &str,
) -> Result<i64, sqlx::Error> {
    sqlx::query(
        "SELECT COUNT(*) AS n FROM booking_waiting
         WHERE office_id = $1 AND email_hash = $2 AND state IN ('waiting', 'offered')",
    )
    .bind(office.to_string())
    .bind(email_hash.to_owned())
    .fetch_one(conn)
    .await?
    .try_get("n")
}

/// Forgets who never proved their address and whose days have passed.
pub async fn sweep(
    conn: &mut Conn,
    now: Time,
    today: jiff::civil::Date,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM booking_waiting WHERE state = 'unconfirmed' AND code_until <= $1")
        .bind(now.millis())
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "UPDATE booking_waiting SET state = 'left' WHERE state = 'waiting' AND to_date < $1",
    )
    .bind(today.to_string())
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE booking_waiting SET citizen = NULL WHERE state IN ('left', 'booked')")
        .execute(conn)
        .await
        .map(drop)
}

/// Forgets a place altogether.
pub async fn delete(conn: &mut Conn, office: OfficeId, id: WaitingId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM booking_waiting WHERE office_id = $1 AND id = $2")
        .bind(office.to_string())
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}
