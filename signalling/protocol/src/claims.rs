//! What a token says. Only `szpon-auth` turns bytes into these.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ApiToken, OfficeId, ParticipantId, PersonId, RoomId, SystemId, media::SourceSet, room::RoomRole,
};

/// The service a token is for. A token for one service is refused by all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Signalling,
    Sfu,
    Collab,
    Booking,
    Learning,
}

/// What a person may do in their office.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Holds meetings.
    Official,
    /// Publishes courses as well.
    Trainer,
    /// Invites and deactivates people, sets departments, reads the audit log.
    OfficeAdmin,
    /// Runs the installation: nodes, mail, metrics. Not bound to an office's content.
    Operator,
}

/// The body of every token (RFC 7519), signed with Ed25519 (RFC 8037). Times are seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: Audience,
    pub iat: i64,
    pub exp: i64,
    pub jti: ApiToken,
    #[serde(flatten)]
    pub subject: Subject,
}

/// Who or what the token stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sub_kind", rename_all = "snake_case")]
pub enum Subject {
    /// A member of staff calling a service.
    Person { person: PersonId, office: OfficeId, roles: Vec<Role> },
    /// A place in a room's WebSocket (audience `signalling`).
    Participant(ParticipantClaims),
    /// A media session of a participant (audience `sfu`).
    Media(MediaClaims),
    /// An encoder or a player from outside, by WHIP or WHEP (audience `sfu`).
    Stream(StreamClaims),
    /// A connection test before a call (audience `sfu`): a peer connection with a data channel only.
    Probe,
    /// One service calling another.
    Service { name: String },
    /// Another system of the administration, acting for an office.
    System { system: SystemId, name: String, office: OfficeId, scopes: Vec<Scope> },
}

/// What another system may do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read the office's offer, appointments and events.
    BookingRead,
    /// Book, move and cancel as an official does for a caller.
    BookingWrite,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipantClaims {
    pub office: OfficeId,
    pub room: RoomId,
    pub participant: ParticipantId,
    /// The person behind it; none for a guest.
    pub person: Option<PersonId>,
    pub name: String,
    pub role: RoomRole,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaClaims {
    pub office: OfficeId,
    pub room: RoomId,
    pub participant: ParticipantId,
    /// What this participant may publish.
    pub publish: SourceSet,
}

/// A stream's place in a room. Such a token stands in an encoder's settings and lives for hours, so
/// it opens one direction and nothing else, and signalling puts its session out when it is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamClaims {
    pub office: OfficeId,
    pub room: RoomId,
    pub participant: ParticipantId,
    pub direction: StreamDirection,
}

/// Which way a stream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamDirection {
    /// Into the room, by WHIP.
    Publish,
    /// Out of the room, by WHEP.
    Watch,
}
