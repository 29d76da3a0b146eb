//! The waiting list. An offer is a hold, made in the transaction that gave the slot back, so that
//! nobody else can have it in between; accepting is confirming.

pub(crate) mod desk;
pub mod offers;
pub mod routes;
pub mod store;

pub(crate) use desk::routes;
pub(crate) use routes::public_routes;
