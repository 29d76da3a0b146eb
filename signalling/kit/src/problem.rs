//! Errors as RFC 9457 problem documents, and the checking of fields.

mod failure;
mod fields;

pub use failure::{Failure, Result, status_of};
pub use fields::Fields;
