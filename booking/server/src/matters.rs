//! What citizens come with.

pub mod routes;
pub mod store;

pub(crate) use routes::{public_routes, routes};
