//! The office as citizens find it.

pub mod routes;
pub mod store;

pub(crate) use routes::{public_routes, routes};
