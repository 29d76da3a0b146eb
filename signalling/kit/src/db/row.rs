//! Between columns and types, for stores.

use std::str::FromStr;

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, any::AnyRow};
use szpon_protocol::Time;

/// A TEXT column that is an id or anything else with `FromStr`.
pub fn parsed<T>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.try_get::<String, _>(column)?
        .parse()
        .map_err(|error: T::Err| sqlx::Error::Decode(Box::new(error)))
}

/// [`parsed`] for a column that may be NULL.
pub fn parsed_opt<T>(row: &AnyRow, column: &str) -> Result<Option<T>, sqlx::Error>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| text.parse())
        .transpose()
        .map_err(|error: T::Err| sqlx::Error::Decode(Box::new(error)))
}

/// A BIGINT column of milliseconds.
pub fn time(row: &AnyRow, column: &str) -> Result<Time, sqlx::Error> {
    row.try_get(column).map(Time::from_millis)
}

/// [`time`] for a column that may be NULL.
pub fn time_opt(row: &AnyRow, column: &str) -> Result<Option<Time>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Time::from_millis))
}

/// A BIGINT column of 0 or 1.
pub fn flag(row: &AnyRow, column: &str) -> Result<bool, sqlx::Error> {
    Ok(row.try_get::<i64, _>(column)? != 0)
}

/// A BIGINT column that counts something.
pub fn count(row: &AnyRow, column: &str) -> Result<u32, sqlx::Error> {
    Ok(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
}

/// A TEXT column with the wire name of an enum, e.g. `office_admin`.
pub fn named<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error> {
    from_name(&row.try_get::<String, _>(column)?)
}

/// The enum of a wire name.
pub fn from_name<T: DeserializeOwned>(name: &str) -> Result<T, sqlx::Error> {
    serde_json::from_value(name.into()).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// The wire name of a field-less enum.
pub fn name<T: Serialize>(value: &T) -> Result<String, sqlx::Error> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        Ok(_) => Err(sqlx::Error::Encode("not an enum without fields".into())),
        Err(error) => Err(sqlx::Error::Encode(Box::new(error))),
    }
}
