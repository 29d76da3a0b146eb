//! The SQL of rooms. The same statements run on SQLite and PostgreSQL.

pub mod invitees;
pub mod links;
pub mod meetings;
pub mod places;
pub mod streams;

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, any::AnyRow};

fn json<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(&row.try_get::<String, _>(column)?)
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

/// What we store is always JSON.
fn to_json<T: Serialize>(value: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}
