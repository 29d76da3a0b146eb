//! Who calls, and the proofs that handlers receive. Tokens are signed by signalling, which knows who
//! works where; they live for minutes.

use szpon_auth::{Role, Subject, Verified};
use szpon_kit::{
    extract_proof,
    http::Proof,
    problem::{Failure, Result},
};
use szpon_protocol::{OfficeId, PersonId};

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

extract_proof!(Staff, OfficeAdmin);
