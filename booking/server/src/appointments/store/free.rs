//! What is taken, for searches of what is free.

use std::collections::HashMap;

use sqlx::{Row, any::AnyRow};
use szpon_booking_core::{GroupId, Subject, Tick, TickRange, grid::TICK_MS};
use szpon_kit::db::{
    Conn,
    row::{count, parsed, time},
};
use szpon_protocol::{AppointmentId, MatterId, OfficeId, PersonId, Time};

use super::rows::{decode, ticks};
use crate::appointments::record::Record;

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

/// More ticks than a block with its buffers can have: three days.
const TICKS_MAX: i64 = 1024;

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
/// claims. The database puts what an official has into one row: there are thousands of blocks.
pub async fn occupied(
    conn: &mut Conn,
    office: OfficeId,
    within: Within,
) -> Result<Vec<(Subject, TickRange)>, sqlx::Error> {
    // A block is one number, and its desk's id after a colon.
    let sql = within.sql(
        &format!(
            "SELECT o.person_id, (
                 SELECT STRING_AGG(
                     CAST(block_from / {TICK_MS} * {TICKS_MAX} + (block_to - block_from) / {TICK_MS}
                         AS TEXT)
                     || CASE WHEN resource_id IS NULL THEN '' ELSE ':' || resource_id END, ' ')
                 FROM booking_appointment"
        ),
        "AND official_id = o.person_id) AS blocks
         FROM booking_official o WHERE o.office_id = $1",
    );
    let query = within.bind(sqlx::query(sqlx::AssertSqlSafe(sql)), office);
    let mut occupied = Vec::new();
    for row in query.fetch_all(conn).await? {
        let official = Subject::Official(parsed(&row, "person_id")?);
        let blocks: Option<String> = row.try_get("blocks")?;
        for block in blocks.iter().flat_map(|blocks| blocks.split(' ')) {
            let (number, desk) = block.split_once(':').unwrap_or((block, ""));
            let number: i64 = number.parse().map_err(|_| decode("a block"))?;
            let start = Tick(number.div_euclid(TICKS_MAX));
            let block = TickRange::new(start, start.plus(number.rem_euclid(TICKS_MAX)));
            occupied.push((official, block));
            if !desk.is_empty() {
                let desk = desk.parse().map_err(|_| decode("a desk"))?;
                occupied.push((Subject::Desk(desk), block));
            }
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
