//! Transactions that are run again when another one was in the way.

use std::{ops::ControlFlow, time::Duration};

use sqlx::{Any, Transaction};

use super::{Db, Kind, error::is_conflict};
use crate::{db::Transient, random};

/// How often the work is done before a conflict is given to the caller.
const ATTEMPTS: u32 = 8;

/// Runs a block in a serializable transaction and commits when it gives `Ok`. Gives what the block
/// gives. When the database reports a conflict with another transaction, everything is rolled back
/// and the block runs again: it must not act outside the database, nor move out of what it uses.
///
/// The block's error is any [`Transient`](crate::db::Transient): `sqlx::Error`, `Failure`, your own.
/// Inside, `conn` is `&mut Conn`.
///
/// ```ignore
/// let person = transaction!(db, |conn| {
///     let person = people::insert(conn, &invitation, now).await?;
///     audit::record(conn, &entry).await?;
///     Ok::<_, Failure>(person)
/// })?;
/// ```
///
/// A macro and not a method with an async closure, because the future of such a closure is not `Send`
/// when it borrows (rust-lang/rust#102211), and handlers have to be.
#[macro_export]
macro_rules! transaction {
    ($db:expr, |$conn:ident| $work:block) => {{
        let mut attempts = $crate::db::Attempts::new(&$db);
        loop {
            let mut transaction = match attempts.begin().await {
                Ok(transaction) => transaction,
                Err(error) => {
                    break ::core::result::Result::Err(::core::convert::From::from(error));
                }
            };
            let result = {
                let $conn: &mut $crate::db::Conn = &mut transaction;
                async { $work }.await
            };
            if let ::core::ops::ControlFlow::Break(result) = attempts.end(transaction, result).await
            {
                break result;
            }
        }
    }};
}

/// What [`transaction!`](crate::transaction) counts with.
#[doc(hidden)]
#[derive(Debug)]
pub struct Attempts<'a> {
    db: &'a Db,
    made: u32,
}

impl<'a> Attempts<'a> {
    pub fn new(db: &'a Db) -> Self {
        Self { db, made: 0 }
    }

    pub async fn begin(&mut self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        self.made += 1;
        let begin = match self.db.kind {
            // Takes the write lock at once: a transaction that first reads and then finds that
            // somebody else wrote in between could not be saved by waiting.
            Kind::Sqlite => "BEGIN IMMEDIATE",
            Kind::Postgres => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        };
        self.db.pool.begin_with(begin).await
    }

    pub async fn end<T, E: Transient>(
        &self,
        transaction: Transaction<'static, Any>,
        result: Result<T, E>,
    ) -> ControlFlow<Result<T, E>> {
        let error = match result {
            Ok(value) => match transaction.commit().await {
                Ok(()) => return ControlFlow::Break(Ok(value)),
                Err(error) => E::from(error),
            },
            Err(error) => {
                // The connection is reset when this fails; the first error tells more.
                let _ = transaction.rollback().await;
                error
            }
        };
        if self.made >= ATTEMPTS || !error.database_error().is_some_and(is_conflict) {
            return ControlFlow::Break(Err(error));
        }
        // Spread over growing spans, so that two that collided don't do so again.
        let span_ms = 4u64 << self.made;
        tokio::time::sleep(Duration::from_millis(u64::from(random::jitter()) % span_ms)).await;
        ControlFlow::Continue(())
    }
}
