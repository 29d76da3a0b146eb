//! REST: rooms, invitees and guest links.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    InviteeId, LinkId, ParticipantId, PersonId, RoomId, Time,
    account::Language,
    claims::StreamDirection,
    room::{LeaveReason, RoomRole},
};

/// `POST /api/v1/rooms` → 201 [`Room`].
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoom {
    /// 1 to 200 characters.
    pub title: String,
    /// None: now.
    #[serde(default)]
    pub starts_at: Option<Time>,
    /// 5 to 720.
    pub duration_minutes: u16,
    #[serde(default = "yes")]
    pub waiting_room: bool,
    /// Shown on the invitation and before the call; up to 2,000 characters.
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub invitees: Vec<NewInvitee>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitee {
    /// A colleague of the same office (then `email` and `name` are theirs) …
    #[serde(default)]
    pub person: Option<PersonId>,
    /// … or anyone by e-mail.
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub name: String,
    /// Of the message.
    pub language: Language,
    /// `co_host` (colleagues only), `participant` or `interpreter`.
    pub role: RoomRole,
}

/// `PATCH /api/v1/rooms/{room}` → 200 [`Room`]. A changed time or title sends a new calendar
/// entry with a higher SEQUENCE to everyone invited.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRoom {
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub starts_at: Option<Time>,
    #[serde(default)]
    pub duration_minutes: Option<u16>,
    #[serde(default)]
    pub waiting_room: Option<bool>,
    #[serde(default)]
    pub description: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoomStatus {
    /// Not begun yet.
    Planned,
    /// Somebody is or was in it.
    Live,
    /// Ended by a moderator, or its time is long over.
    Ended,
    Cancelled,
}

/// `GET /api/v1/rooms?when=upcoming|past` → `Vec<Room>` (mine: hosted or invited);
/// `GET /api/v1/rooms/{room}` → [`Room`]; `DELETE` cancels it (204).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Room {
    pub id: RoomId,
    pub title: String,
    pub description: String,
    pub host: PersonId,
    pub host_name: String,
    pub starts_at: Time,
    pub duration_minutes: u16,
    pub waiting_room: bool,
    pub status: RoomStatus,
    /// What the caller is in it.
    pub my_role: RoomRole,
    pub participants_now: u32,
    pub waiting_now: u32,
    pub invitees: Vec<Invitee>,
}

/// Selects rooms.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomQuery {
    #[serde(default)]
    pub when: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum When {
    #[default]
    Upcoming,
    Past,
}

/// `POST /api/v1/rooms/{room}/invitees` ([`NewInvitee`]) → 201;
/// `DELETE …/{invitee}` → 204 (sends CANCEL, revokes the link);
/// `POST …/{invitee}/resend` → 204.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Invitee {
    pub id: InviteeId,
    pub person: Option<PersonId>,
    pub name: String,
    pub email: String,
    pub language: Language,
    pub role: RoomRole,
    pub delivery: Delivery,
}

/// What became of the last mail to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Delivery {
    Pending { attempts: u32, next_attempt_at: Time, last_error: Option<String> },
    Sent { at: Time },
    Failed { at: Time, error: String },
}

/// `POST /api/v1/rooms/{room}/links` → 201 [`NewLinkCreated`], to hand out by any other way.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// `participant` or `interpreter`.
    pub role: RoomRole,
    /// A note to tell links apart, up to 80 characters.
    #[serde(default)]
    pub label: String,
    /// None: until the room's end.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// The secret is in `url` and is shown this once only.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewLinkCreated {
    pub link: Link,
    pub url: String,
}

/// `GET /api/v1/rooms/{room}/links` → `Vec<Link>`; `DELETE …/links/{link}` revokes (204).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Link {
    pub id: LinkId,
    pub role: RoomRole,
    pub label: String,
    pub created_at: Time,
    pub valid_from: Time,
    pub expires_at: Time,
    pub revoked_at: Option<Time>,
    pub last_used_at: Option<Time>,
}

/// `POST /api/v1/rooms/{room}/streams` → 201 [`NewStreamCreated`]: a way in for an encoder, or out
/// for a player, that speaks WHIP or WHEP.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStream {
    pub direction: StreamDirection,
    /// What people see in the room, 1 to 80 characters.
    pub name: String,
    /// The encoder's second video track is a screen, and a second audio track its sound.
    #[serde(default)]
    pub screen: bool,
}

/// The token is shown this once only.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewStreamCreated {
    pub stream: Stream,
    /// The WHIP or WHEP endpoint.
    pub url: String,
    /// The bearer token; encoders call it a stream key.
    pub token: String,
}

/// `GET /api/v1/rooms/{room}/streams` → `Vec<Stream>`; `DELETE …/streams/{stream}` revokes (204).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Stream {
    /// The participant that the stream is in the room.
    pub id: ParticipantId,
    pub name: String,
    pub direction: StreamDirection,
    pub created_at: Time,
    pub expires_at: Time,
    pub revoked_at: Option<Time>,
}

/// `POST /api/v1/links/lookup` (public) → [`LinkPreview`]. The secret goes in the body, so that it
/// stands in no log; in the address it stands behind `#`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkSecret {
    pub link: String,
}

/// What the citizen's page shows before the call.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LinkPreview {
    pub office_name: String,
    pub department_name: Option<String>,
    pub host_name: String,
    pub title: String,
    pub description: String,
    pub starts_at: Time,
    pub duration_minutes: u16,
    pub role: RoomRole,
    pub waiting_room: bool,
    pub status: RoomStatus,
    /// The name from the invitation; the person may change it.
    pub suggested_name: String,
    pub language: Option<Language>,
    /// When the link opens; the page counts down to it.
    pub opens_at: Time,
    pub server_time: Time,
    /// For the connection test: `POST {url}/sessions` with a data channel only.
    pub probe: ProbeGrant,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProbeGrant {
    pub url: String,
    pub token: String,
}

/// `POST /api/v1/links/redeem` (public) → [`JoinGrant`].
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemLink {
    pub link: String,
    /// 1 to 80 characters.
    pub name: String,
    /// The participant token of an earlier visit, to take the same place again.
    #[serde(default)]
    pub resume: Option<String>,
}

/// `POST /api/v1/rooms/{room}/join` (staff) → [`JoinGrant`].
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct JoinGrant {
    pub room: RoomId,
    pub participant: ParticipantId,
    /// Opens the room's WebSocket.
    pub token: String,
    pub expires_at: Time,
}

/// `GET /api/v1/rooms/{room}/attendance` → `Vec<Attendance>`: who came and went.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Attendance {
    pub participant: ParticipantId,
    pub name: String,
    pub role: RoomRole,
    pub guest: bool,
    pub joined_at: Time,
    pub left_at: Option<Time>,
    pub reason: Option<LeaveReason>,
}
