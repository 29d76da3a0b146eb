//! Appointments, what they occupy, and what happened to them.

mod claims;
mod desk;
mod free;
mod holds;
mod log;
mod rows;

pub use claims::*;
pub use desk::*;
pub use free::*;
pub use holds::*;
pub use log::*;
pub use rows::{by_code, by_secret, find, insert, update};
