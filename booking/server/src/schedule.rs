//! When officials are there, and where.

pub(crate) mod cache;
pub(crate) mod known;
pub(crate) mod resources;
pub mod routes;
pub mod store;
pub(crate) mod stranding;

pub(crate) use routes::routes;
