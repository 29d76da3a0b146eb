//! What a token for the media server proves.

use szpon_auth::Verified;
use szpon_kit::{
    extract_proof,
    http::Proof,
    problem::{Failure, Result},
};
use szpon_protocol::{
    ApiToken, ParticipantId, RoomId, SessionId,
    claims::{MediaClaims, Role, StreamDirection, Subject},
    media::SourceSet,
};

use super::whip::exchange::Place;
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
            Subject::Person { .. }
            | Subject::Participant(_)
            | Subject::Stream(_)
            | Subject::Service { .. }
            | Subject::System { .. } => Err(Failure::forbidden()),
        }
    }
}

/// May publish by WHIP: a participant of a call, or a stream that goes into the room.
#[derive(Debug, Clone)]
pub struct Publisher(pub Place);

impl Proof for Publisher {
    type Caller = Verified;

    fn prove(caller: &Verified) -> Result<Self> {
        match &caller.subject {
            Subject::Media(claims) if claims.publish != SourceSet::NONE => {
                Ok(Self(place(claims.room, claims.participant, claims.publish)))
            }
            Subject::Stream(claims) if claims.direction == StreamDirection::Publish => {
                Ok(Self(place(claims.room, claims.participant, SourceSet::ALL)))
            }
            _ => Err(Failure::forbidden()),
        }
    }
}

/// May watch by WHEP: a participant of a call, or a stream that comes out of the room.
#[derive(Debug, Clone)]
pub struct Watcher(pub Place);

impl Proof for Watcher {
    type Caller = Verified;

    fn prove(caller: &Verified) -> Result<Self> {
        match &caller.subject {
            Subject::Media(claims) => {
                Ok(Self(place(claims.room, claims.participant, SourceSet::NONE)))
            }
            Subject::Stream(claims) if claims.direction == StreamDirection::Watch => {
                Ok(Self(place(claims.room, claims.participant, SourceSet::NONE)))
            }
            _ => Err(Failure::forbidden()),
        }
    }
}

fn place(room: RoomId, participant: ParticipantId, publish: SourceSet) -> Place {
    let owner = Owner::Participant { room, participant };
    Place { room, participant, publish, session: SessionId::new(), owner }
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

extract_proof!(SessionHolder, Publisher, Watcher, Operator);
