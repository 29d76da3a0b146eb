//! Who calls, and the proofs that handlers receive. Tokens are signed by signalling, which knows who
//! works where; they live for minutes.

use szpon_auth::{Role, Subject, Verified};
use szpon_kit::{
    extract_proof,
    http::Proof,
    problem::{Failure, Result},
};
use szpon_protocol::{OfficeId, PersonId, claims::Scope};

/// Somebody who works with appointments: an official or an administrator of the office.
#[derive(Debug, Clone)]
pub struct Staff {
    pub person: PersonId,
    pub office: OfficeId,
    /// Administrators act for everybody in the office.
    pub admin: bool,
}

impl Proof for Staff {
    type Caller = Verified;
    fn prove(caller: &Verified) -> Result<Self> {
        match &caller.subject {
            Subject::Person { person, office, roles }
                if roles.contains(&Role::Official) || roles.contains(&Role::OfficeAdmin) =>
            {
                let admin = roles.contains(&Role::OfficeAdmin);
                Ok(Self { person: *person, office: *office, admin })
            }
            _ => Err(Failure::forbidden()),
        }
    }
}

/// An administrator of their office.
#[derive(Debug, Clone)]
pub struct OfficeAdmin(pub Staff);

impl Proof for OfficeAdmin {
    type Caller = Verified;
    fn prove(caller: &Verified) -> Result<Self> {
        let staff = Staff::prove(caller)?;
        if staff.admin { Ok(Self(staff)) } else { Err(Failure::forbidden()) }
    }
}

/// Whoever acts for an office: one of its staff, or another system.
#[derive(Debug, Clone)]
pub struct Agent {
    pub office: OfficeId,
    /// None for a system.
    pub person: Option<PersonId>,
    /// The system's name.
    pub system: Option<String>,
}

impl From<Staff> for Agent {
    fn from(staff: Staff) -> Self {
        Self { office: staff.office, person: Some(staff.person), system: None }
    }
}

impl Agent {
    fn prove(caller: &Verified, scope: Scope) -> Result<Self> {
        match &caller.subject {
            Subject::System { office, name, scopes, .. } if scopes.contains(&scope) => {
                Ok(Self { office: *office, person: None, system: Some(name.clone()) })
            }
            _ => Staff::prove(caller).map(Self::from),
        }
    }

    /// What an event says of whoever is no person.
    pub fn details(&self) -> serde_json::Value {
        match &self.system {
            Some(name) => serde_json::json!({ "system": name }),
            None => serde_json::json!({}),
        }
    }
}

/// May read the office's offer and appointments.
#[derive(Debug, Clone)]
pub struct Reader(pub Agent);

impl Proof for Reader {
    type Caller = Verified;
    fn prove(caller: &Verified) -> Result<Self> {
        Agent::prove(caller, Scope::BookingRead).map(Self)
    }
}

/// May read what happened: an administrator, or a system.
#[derive(Debug, Clone)]
pub struct EventReader(pub OfficeId);

impl Proof for EventReader {
    type Caller = Verified;
    fn prove(caller: &Verified) -> Result<Self> {
        let agent = Agent::prove(caller, Scope::BookingRead)?;
        match agent.person {
            Some(_) => OfficeAdmin::prove(caller).map(|OfficeAdmin(staff)| Self(staff.office)),
            None => Ok(Self(agent.office)),
        }
    }
}

/// May book, move and cancel as an official does for a caller.
#[derive(Debug, Clone)]
pub struct Writer(pub Agent);

impl Proof for Writer {
    type Caller = Verified;
    fn prove(caller: &Verified) -> Result<Self> {
        Agent::prove(caller, Scope::BookingWrite).map(Self)
    }
}

extract_proof!(Staff, OfficeAdmin, Reader, EventReader, Writer);
