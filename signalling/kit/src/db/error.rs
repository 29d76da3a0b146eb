//! What went wrong in the database, as far as a caller has to know.

use sqlx::error::ErrorKind;

/// An error that may come from the database underneath, so that a transaction knows a conflict with
/// another one when it sees it.
pub trait Transient: From<sqlx::Error> {
    fn database_error(&self) -> Option<&sqlx::Error>;
}

impl Transient for sqlx::Error {
    fn database_error(&self) -> Option<&sqlx::Error> {
        Some(self)
    }
}

/// Something with this key exists already.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    has_kind(error, |kind| matches!(kind, ErrorKind::UniqueViolation))
}

/// Refers to something that doesn't exist, or something else refers to what was to be deleted.
pub fn is_foreign_key_violation(error: &sqlx::Error) -> bool {
    has_kind(error, |kind| matches!(kind, ErrorKind::ForeignKeyViolation))
}

fn has_kind(error: &sqlx::Error, is: impl Fn(ErrorKind) -> bool) -> bool {
    matches!(error, sqlx::Error::Database(error) if is(error.kind()))
}

/// Another transaction was in the way; the same work may succeed when it is done again.
pub fn is_conflict(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    let Some(code) = error.code() else { return false };
    match code.parse::<u32>() {
        // SQLite: SQLITE_BUSY (5) and SQLITE_LOCKED (6) in the low byte of the extended code
        // (https://sqlite.org/rescode.html). PostgreSQL's codes have five characters.
        Ok(code_number) if code.len() < 5 => matches!(code_number & 0xff, 5 | 6),
        // PostgreSQL: serialization_failure, deadlock_detected, lock_not_available (appendix A).
        _ => matches!(&*code, "40001" | "40P01" | "55P03"),
    }
}
