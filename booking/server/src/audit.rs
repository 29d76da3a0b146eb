//! Who looked at lists of people, and at what. A look at one appointment stands in that appointment's log.

mod routes;
mod store;

use szpon_kit::{db::Conn, problem::Result, transaction};
use szpon_protocol::Time;

use store::Look;

use crate::{AppState, caller::Agent};

pub(crate) use routes::routes;

/// What somebody did with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    DayListed,
    AppointmentsListed,
    StrandedListed,
    StrandingPreviewed,
    WaitingListed,
    WaitingRemoved,
    PersonExported,
    PersonErased,
    StatisticsExported,
}

impl Action {
    /// As on the wire and in the database.
    fn as_str(self) -> &'static str {
        match self {
            Self::DayListed => "day_listed",
            Self::AppointmentsListed => "appointments_listed",
            Self::StrandedListed => "stranded_listed",
            Self::StrandingPreviewed => "stranding_previewed",
            Self::WaitingListed => "waiting_listed",
            Self::WaitingRemoved => "waiting_removed",
            Self::PersonExported => "person_exported",
            Self::PersonErased => "person_erased",
            Self::StatisticsExported => "statistics_exported",
        }
    }
}

/// Writes down that a list is about to be read; without that it isn't.
pub(crate) async fn look(
    state: &AppState,
    by: &Agent,
    action: Action,
    filter: serde_json::Value,
) -> Result<()> {
    let look =
        Look { by, action: action.as_str(), filter: filter.to_string(), at: state.clock.now() };
    // Pages that are open ask again every few seconds: that is to cost no write.
    if !store::is_known(&mut *state.db.read().await?, &look).await? {
        transaction!(state.db, |conn| { store::record(conn, &look).await })?;
    }
    Ok(())
}

/// Writes down what is done in the same transaction. `filter` says nothing personal of citizens.
pub(crate) async fn record(
    conn: &mut Conn,
    by: &Agent,
    action: Action,
    filter: &serde_json::Value,
    now: Time,
) -> Result<(), sqlx::Error> {
    let look = Look { by, action: action.as_str(), filter: filter.to_string(), at: now };
    store::record(conn, &look).await
}
