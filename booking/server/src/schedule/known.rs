//! Whether somebody who is asked for is of the office.

use szpon_kit::{
    db::Conn,
    problem::{Failure, Result},
};
use szpon_protocol::{OfficeId, PersonId, problem::FieldReason};

use super::store;

/// Refuses an official of another office, or one who isn't there at all.
pub(crate) async fn of_office(
    conn: &mut Conn,
    office: OfficeId,
    official: Option<PersonId>,
) -> Result<()> {
    let Some(official) = official else { return Ok(()) };
    match store::official(conn, office, official).await? {
        Some(_) => Ok(()),
        None => Err(Failure::field("official", FieldReason::Unknown)),
    }
}
