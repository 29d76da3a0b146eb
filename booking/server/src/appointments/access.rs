//! Finding the appointment that somebody speaks of.

use szpon_kit::{
    db::Conn,
    problem::{Failure, Result},
    secrets::Secret,
};
use szpon_protocol::{AppointmentId, Code, OfficeId};

use super::{record::Record, store};

/// The appointment that a citizen's secret opens.
pub async fn by_secret(conn: &mut Conn, secret: &str) -> Result<Record> {
    let invalid = || Failure::new(Code::LinkInvalid);
    let secret = Secret::parse(secret).ok_or_else(invalid)?;
    store::by_secret(conn, &secret.hash()).await?.ok_or_else(invalid)
}

/// Fails when the caller has seen another version than the one that is there.
pub fn unchanged(record: &Record, seen: Option<i64>) -> Result<()> {
    if seen.is_none_or(|seen| seen == record.facts.version) {
        Ok(())
    } else {
        Err(Failure::conflict().with_detail("it has changed meanwhile"))
    }
}

/// An appointment of an office. Holds are nobody's business but the citizen's.
pub async fn of_office(conn: &mut Conn, office: OfficeId, id: AppointmentId) -> Result<Record> {
    let found = store::find(conn, office, id).await?;
    found.filter(|record| record.facts.confirmed_at.is_some()).ok_or_else(Failure::not_found)
}
