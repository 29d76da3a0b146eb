//! Help for tests of services: temporary directories, fresh databases, and calls without a socket.

mod answer;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use sqlx::{AssertSqlSafe, Connection, Executor, migrate::Migrator};

pub use answer::{Answer, call};

use crate::db::Db;

/// Names a PostgreSQL server on which tests may make databases. Tests that need one are silent
/// about it when this is unset; `make test` sets it.
pub const POSTGRES_URL: &str = "SZPON_TEST_POSTGRES_URL";

/// A directory that goes away with its value.
#[derive(Debug)]
pub struct TempDir(PathBuf);

impl TempDir {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let path = env::temp_dir().join(format!("szpon-test-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&path).expect("the temporary directory can be written");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A fresh SQLite database with the given schema; it goes away with the second value.
pub async fn sqlite(migrator: &Migrator) -> (Db, TempDir) {
    let dir = TempDir::new();
    let db = Db::open(&format!("sqlite://{}/test.db", dir.path().display()))
        .await
        .expect("SQLite opens a new file");
    db.migrate(migrator).await.expect("the migrations run on SQLite");
    (db, dir)
}

/// Runs `test` on a fresh SQLite database, and on a fresh PostgreSQL database as well when
/// [`POSTGRES_URL`] is set. Both have the schema of `migrator`.
///
/// ```ignore
/// #[tokio::test]
/// async fn people_are_found() {
///     for_each_database(&MIGRATOR, async |db| { … }).await;
/// }
/// ```
pub async fn for_each_database(migrator: &Migrator, test: impl AsyncFn(Db)) {
    let (db, _dir) = sqlite(migrator).await;
    // Shown only when the test fails.
    println!("on SQLite");
    test(db.clone()).await;
    db.close().await;

    with_postgres(async |url| {
        println!("on PostgreSQL");
        let db = Db::open(url).await.expect("the new database opens");
        db.migrate(migrator).await.expect("the migrations run on PostgreSQL");
        test(db.clone()).await;
        db.close().await;
    })
    .await;
}

/// Runs `test` with the URL of a fresh, empty PostgreSQL database when [`POSTGRES_URL`] is set.
pub async fn with_postgres(test: impl AsyncFn(&str)) {
    let Ok(server) = env::var(POSTGRES_URL) else { return };
    let name = format!("szpon_test_{}", uuid::Uuid::now_v7().simple());
    administer(&server, format!("CREATE DATABASE {name}")).await;
    test(&with_database(&server, &name)).await;
    administer(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

async fn administer(server: &str, statement: String) {
    let mut connection = sqlx::PgConnection::connect(server).await.expect("PostgreSQL answers");
    connection.execute(AssertSqlSafe(statement)).await.expect("the test user is a superuser");
    connection.close().await.expect("the connection closes");
}

/// `url` with another database name in its path.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(b, q)| (b, Some(q)));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base[authority..].find('/').map_or(base.len(), |at| authority + at);
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    format!("{}/{name}{query}", &base[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_name_is_replaced() {
        assert_eq!(
            with_database("postgres://u@h:5432/postgres?a=b", "x"),
            "postgres://u@h:5432/x?a=b"
        );
        assert_eq!(with_database("postgres://u@h", "x"), "postgres://u@h/x");
    }
}
