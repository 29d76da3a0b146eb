//! The audit log: who did what, and when. Append-only, and written in the same transaction as what
//! it tells of.

mod routes;
pub mod store;

use szpon_kit::db::{Conn, Db};
use szpon_protocol::{OfficeId, PersonId, Time, admin::AuditAction};

use crate::{Routes, caller::Staff};

pub(crate) fn routes() -> Routes {
    routes::routes()
}

/// Makes the database itself refuse changes to what was written.
pub async fn protect(db: &Db) -> Result<(), sqlx::Error> {
    store::protect(db).await
}

/// Something that happened.
///
/// ```ignore
/// audit::record(conn, audit::by(&staff, AuditAction::RoomCreated).on(room.id), now).await?;
/// ```
#[derive(Debug, Clone)]
pub struct Event {
    /// Whose log it stands in; none when it is nobody's.
    pub office: Option<OfficeId>,
    pub actor: Option<PersonId>,
    pub action: AuditAction,
    pub target: Option<String>,
    pub details: serde_json::Value,
    pub network: Option<String>,
}

/// Done by `staff` in their own office.
pub fn by(staff: &Staff, action: AuditAction) -> Event {
    Event {
        office: Some(staff.office),
        actor: Some(staff.person),
        network: Some(staff.network.clone()).filter(|network| !network.is_empty()),
        ..by_system(action)
    }
}

/// Done by nobody who is known: the system itself, or someone before they signed in.
pub fn by_system(action: AuditAction) -> Event {
    Event {
        office: None,
        actor: None,
        action,
        target: None,
        details: serde_json::Value::Object(serde_json::Map::new()),
        network: None,
    }
}

impl Event {
    /// The id of what was acted on.
    #[must_use]
    pub fn on(mut self, target: impl ToString) -> Self {
        self.target = Some(target.to_string());
        self
    }

    #[must_use]
    pub fn in_office(mut self, office: OfficeId) -> Self {
        self.office = Some(office);
        self
    }

    #[must_use]
    pub fn actor(mut self, person: PersonId) -> Self {
        self.actor = Some(person);
        self
    }

    /// Shortened: see `ClientAddress::shortened`.
    #[must_use]
    pub fn from_network(mut self, network: impl Into<String>) -> Self {
        self.network = Some(network.into());
        self
    }

    /// Plain facts as a JSON object; never secrets, and no more about people than the log needs.
    #[must_use]
    pub fn with(mut self, details: serde_json::Value) -> Self {
        self.details = details;
        self
    }
}

/// Writes it down.
pub async fn record(conn: &mut Conn, event: Event, now: Time) -> Result<(), sqlx::Error> {
    store::insert(conn, &event, now).await
}
