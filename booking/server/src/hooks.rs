//! Telling other systems what happened to appointments: a log that they read, and signed calls.

mod address;
mod routes;
pub mod store;
pub mod worker;

pub(crate) use routes::routes;
