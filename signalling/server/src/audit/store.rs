//! SQL of the audit log. There is no UPDATE and no DELETE, here or anywhere.

use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::{AssertSqlSafe, Row, any::AnyRow};
use szpon_kit::{
    db::{Conn, Db, Kind},
    transaction,
};
use szpon_protocol::{
    OfficeId, Time,
    admin::{AuditAction, AuditEntry},
};

use super::Event;
use crate::row;

/// Sets triggers that refuse UPDATE and DELETE. Runs at each start; the second time changes nothing.
pub async fn protect(db: &Db) -> Result<(), sqlx::Error> {
    const REFUSAL: &str = "the audit log is append-only";
    let statements = match db.kind() {
        Kind::Sqlite => ["UPDATE", "DELETE"]
            .map(|verb| {
                format!(
                    "CREATE TRIGGER IF NOT EXISTS audit_log_no_{verb} BEFORE {verb} ON audit_log
                     BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                )
            })
            .to_vec(),
        Kind::Postgres => vec![
            format!(
                "CREATE OR REPLACE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql
                 AS $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
            ),
            "CREATE OR REPLACE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
             ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()"
                .into(),
        ],
    };
    transaction!(db, |conn| {
        for statement in &statements {
            sqlx::raw_sql(AssertSqlSafe(statement.as_str())).execute(&mut *conn).await?;
        }
        Ok(())
    })
}

/// Bits below the milliseconds in a sequence number. A number stays below 2^53, which is as far as
/// JavaScript counts exactly, until the year 2248.
const SEQ_BITS: u32 = 10;

/// Grows with time and never repeats within this process. No counter in the database, which every
/// audited transaction would have to wait for.
fn next_seq(now: Time) -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let floor = now.millis() << SEQ_BITS;
    let next = |last: i64| floor.max(last + 1);
    LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)))
        .map_or(floor, next)
}

pub(super) async fn insert(conn: &mut Conn, event: &Event, now: Time) -> Result<(), sqlx::Error> {
    loop {
        let inserted = sqlx::query(
            "INSERT INTO audit_log (seq, at, office_id, actor_id, action, target, details, network)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(next_seq(now))
        .bind(now.millis())
        .bind(event.office.map(|id| id.to_string()))
        .bind(event.actor.map(|id| id.to_string()))
        .bind(row::name(&event.action)?)
        .bind(event.target.clone())
        .bind(event.details.to_string())
        .bind(event.network.clone())
        .execute(&mut *conn)
        .await?;
        // Another process may have had the same number in the same millisecond.
        if inserted.rows_affected() == 1 {
            return Ok(());
        }
    }
}

/// Entries of the office below `before`, newest first.
pub async fn page(
    conn: &mut Conn,
    office: OfficeId,
    before: Option<i64>,
    action: Option<AuditAction>,
    limit: u32,
) -> Result<Vec<AuditEntry>, sqlx::Error> {
    sqlx::query(
        "SELECT a.seq, a.at, a.actor_id, p.name AS actor_name, a.action, a.target, a.details,
             a.network
         FROM audit_log a LEFT JOIN people p ON p.id = a.actor_id
         WHERE a.office_id = $1 AND a.seq < $2 AND (a.action = $3 OR $3 = '')
         ORDER BY a.seq DESC LIMIT $4",
    )
    .bind(office.to_string())
    .bind(before.unwrap_or(i64::MAX))
    .bind(action.as_ref().map(row::name).transpose()?.unwrap_or_default())
    .bind(i64::from(limit))
    .try_map(|r: AnyRow| {
        let details: String = r.try_get("details")?;
        Ok(AuditEntry {
            seq: r.try_get("seq")?,
            at: row::time(&r, "at")?,
            actor: row::parsed_opt(&r, "actor_id")?,
            actor_name: r.try_get("actor_name")?,
            action: row::named(&r, "action")?,
            target: r.try_get("target")?,
            details: serde_json::from_str(&details)
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            network: r.try_get("network")?,
        })
    })
    .fetch_all(conn)
    .await
}
