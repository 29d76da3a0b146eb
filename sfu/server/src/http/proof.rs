//! What a token for the media server proves.

use szpon_auth::Verified;
use szpon_kit::{
    extract_proof,
    http::Proof,
    problem::{Failure, Result},
};
use szpon_protocol::{
    ApiToken,
    claims::{MediaClaims, Role, Subject},
};

use crate::directory::Owner;

/// May open a session, and touch that session again.
#[derive(Debug, Clone)]
pub enum SessionHolder {
    Participant(MediaClaims),
    /// A connection test, by the id of its token.
    Probe(ApiToken),
}

impl SessionHolder {
    pub fn owner(&self) -> Owner {
        match self {
            Self::Participant(claims) => {
                Owner::Participant { room: claims.room, participant: claims.participant }
            }
            Self::Probe(token) => Owner::Probe(*token),
        }
    }
}

impl Proof for SessionHolder {
    type Caller = Verified;

    fn prove(caller: &Verified) -> Result<Self> {
        match &caller.subject {
            Subject::Media(claims) => Ok(Self::Participant(claims.clone())),
            Subject::Probe => Ok(Self::Probe(caller.jti)),
            Subject::Person { .. } | Subject::Participant(_) | Subject::Service { .. } => {
                Err(Failure::forbidden())
            }
        }
    }
}

/// Runs the installation.
#[derive(Debug, Clone, Copy)]
pub struct Operator;

impl Proof for Operator {
    type Caller = Verified;

    fn prove(caller: &Verified) -> Result<Self> {
        match &caller.subject {
            Subject::Person { roles, .. } if roles.contains(&Role::Operator) => Ok(Self),
            _ => Err(Failure::forbidden()),
        }
    }
}

extract_proof!(SessionHolder, Operator);
