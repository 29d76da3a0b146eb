//! Offices, departments and people as the rest of the service sees them.

pub mod store;

use szpon_protocol::{
    DepartmentId, OfficeId, PersonId, Time,
    account::Language,
    admin::{Person, PersonStatus},
    claims::Role,
};

/// A person with everything that is not secret.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonRecord {
    pub id: PersonId,
    pub office: OfficeId,
    pub office_name: String,
    pub department: Option<DepartmentId>,
    pub department_name: Option<String>,
    pub name: String,
    /// In lower case.
    pub email: String,
    /// Sorted.
    pub roles: Vec<Role>,
    pub language: Language,
    pub status: PersonStatus,
    pub totp_enabled: bool,
    pub last_seen_at: Option<Time>,
}

impl PersonRecord {
    pub fn into_person(self) -> Person {
        Person {
            id: self.id,
            name: self.name,
            email: self.email,
            department: self.department,
            roles: self.roles,
            language: self.language,
            status: self.status,
            totp_enabled: self.totp_enabled,
            last_seen_at: self.last_seen_at,
        }
    }
}
