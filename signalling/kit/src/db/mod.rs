//! The database of a service: SQLite in a file, or PostgreSQL. The same SQL runs on both.
//!
//! * Reads: `let mut conn = db.read().await?; store::find(&mut conn, …).await?`
//! * Writes: [`transaction!`](crate::transaction), with store functions that take `&mut Conn`. Never
//!   write outside of one.
//!
//! Store functions take `&mut Conn` and so work in both. Columns are TEXT and BIGINT only,
//! placeholders `$1`, flags 0/1, times in milliseconds.

mod error;
pub mod row;
mod transaction;

use std::{sync::Once, time::Duration};

use sqlx::{AnyPool, any::AnyPoolOptions, migrate::Migrator, pool::PoolConnection};

pub use error::{Transient, is_conflict, is_foreign_key_violation, is_unique_violation};
#[doc(hidden)]
pub use transaction::Attempts;

/// A connection, inside or outside a transaction. What store functions take.
pub type Conn = sqlx::AnyConnection;

/// Connections to one database. SQLite has one writer at a time anyway, PostgreSQL allows 100 in all
/// by default.
const MAX_CONNECTIONS: u32 = 12;

/// How long to wait for a free connection before the request fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// Why a database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `sqlite:` nor `postgres:`.
    #[error("the database URL begins neither with sqlite: nor with postgres:")]
    UnknownKind,
    /// It isn't there, or refuses us.
    #[error("the database can't be opened: {0}")]
    Connect(#[source] sqlx::Error),
    /// The schema can't be brought up to date.
    #[error("the database schema can't be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// A handle to the database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Db {
    pool: AnyPool,
    kind: Kind,
}

impl Db {
    /// Opens `sqlite://path` (made when missing) or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);

        let kind = match url.split(':').next() {
            Some("sqlite") => Kind::Sqlite,
            Some("postgres" | "postgresql") => Kind::Postgres,
            _ => return Err(OpenError::UnknownKind),
        };
        let url = match kind {
            Kind::Sqlite if !url.contains("mode=") => {
                format!("{url}{}mode=rwc", if url.contains('?') { '&' } else { '?' })
            }
            _ => url.to_owned(),
        };
        let pool = AnyPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(move |conn, _| Box::pin(prepare(conn, kind)))
            .connect(&url)
            .await
            .map_err(OpenError::Connect)?;
        Ok(Self { pool, kind })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Brings the schema up to date. `sqlx::migrate!()` of the service gives the migrator.
    pub async fn migrate(&self, migrator: &Migrator) -> Result<(), OpenError> {
        Ok(migrator.run(&self.pool).await?)
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<PoolConnection<sqlx::Any>, sqlx::Error> {
        self.pool.acquire().await
    }

    /// Whether the database answers; for `/readyz`.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map(drop)
    }

    /// Waits for work in progress and closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

async fn prepare(conn: &mut Conn, kind: Kind) -> Result<(), sqlx::Error> {
    let settings = match kind {
        // FULL: with WAL a commit is on the disk when it returns, so that what was acknowledged
        // survives a power cut.
        Kind::Sqlite => {
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA busy_timeout = 10000"
        }
        Kind::Postgres => "SET statement_timeout = '30s'; SET lock_timeout = '10s'",
    };
    sqlx::raw_sql(settings).execute(conn).await.map(drop)
}

#[cfg(test)]
mod tests {
    use sqlx::{Row, migrate::Migrator};

    use super::*;
    use crate::{
        testing::{for_each_database, sqlite},
        transaction,
    };

    fn no_schema() -> Migrator {
        Migrator::with_migrations(vec![])
    }

    async fn counter(db: &Db) -> i64 {
        let mut conn = db.read().await.unwrap();
        sqlx::query("SELECT n FROM counter").fetch_one(&mut *conn).await.unwrap().get(0)
    }

    #[tokio::test]
    async fn concurrent_transactions_lose_nothing() {
        for_each_database(&no_schema(), async |db| {
            transaction!(db, |conn| {
                sqlx::query("CREATE TABLE counter (n BIGINT NOT NULL)").execute(&mut *conn).await?;
                sqlx::query("INSERT INTO counter VALUES (0)").execute(&mut *conn).await?;
                Ok::<_, sqlx::Error>(())
            })
            .unwrap();
            let add = async |db: Db, by: i64| {
                transaction!(db, |conn| {
                    let row = sqlx::query("SELECT n FROM counter").fetch_one(&mut *conn).await?;
                    let n: i64 = row.get(0);
                    sqlx::query("UPDATE counter SET n = $1")
                        .bind(n + by)
                        .execute(&mut *conn)
                        .await?;
                    Ok::<_, sqlx::Error>(())
                })
                .unwrap();
            };
            let tasks: Vec<_> = (0..6)
                .map(|_| {
                    let db = db.clone();
                    tokio::spawn(async move {
                        for _ in 0..5 {
                            add(db.clone(), 1).await;
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            assert_eq!(counter(&db).await, 30);
        })
        .await;
    }

    #[tokio::test]
    async fn a_failed_transaction_leaves_nothing() {
        for_each_database(&no_schema(), async |db| {
            let mut runs = 0;
            let result = transaction!(db, |conn| {
                runs += 1;
                sqlx::query("CREATE TABLE t (id TEXT PRIMARY KEY)").execute(&mut *conn).await?;
                Err::<(), _>(sqlx::Error::RowNotFound)
            });
            assert!(matches!(result, Err(sqlx::Error::RowNotFound)));
            assert_eq!(runs, 1, "only conflicts are tried again");
            let mut conn = db.read().await.unwrap();
            assert!(sqlx::query("SELECT id FROM t").fetch_all(&mut *conn).await.is_err());
        })
        .await;
    }

    #[tokio::test]
    async fn violations_are_told_apart() {
        for_each_database(&no_schema(), async |db| {
            let run = async |sql: &'static str| {
                transaction!(db, |conn| { sqlx::query(sql).execute(&mut *conn).await.map(drop) })
            };
            run("CREATE TABLE a (id TEXT PRIMARY KEY)").await.unwrap();
            run("CREATE TABLE b (a TEXT NOT NULL REFERENCES a (id))").await.unwrap();
            run("INSERT INTO a VALUES ('1')").await.unwrap();
            let twice = run("INSERT INTO a VALUES ('1')").await.unwrap_err();
            assert!(is_unique_violation(&twice) && !is_foreign_key_violation(&twice));
            let orphan = run("INSERT INTO b VALUES ('2')").await.unwrap_err();
            assert!(is_foreign_key_violation(&orphan) && !is_unique_violation(&orphan));
        })
        .await;
    }

    #[tokio::test]
    async fn sqlite_is_set_up_for_durability() {
        let (db, _dir) = sqlite(&no_schema()).await;
        let mut conn = db.read().await.unwrap();
        let row = sqlx::query("PRAGMA synchronous").fetch_one(&mut *conn).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), 2, "2 is FULL");
        let row = sqlx::query("PRAGMA journal_mode").fetch_one(&mut *conn).await.unwrap();
        assert_eq!(row.get::<String, _>(0), "wal");
        db.ping().await.unwrap();
    }

    #[tokio::test]
    async fn other_urls_are_refused() {
        assert!(matches!(Db::open("mysql://x").await, Err(OpenError::UnknownKind)));
        assert!(matches!(
            Db::open("sqlite:///nonexistent/dir/x.db").await,
            Err(OpenError::Connect(_))
        ));
    }
}
