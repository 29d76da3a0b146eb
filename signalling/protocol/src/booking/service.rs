//! What booking asks of signalling, by service tokens (`/api/v1/service/…`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{DepartmentId, OfficeId, PersonId, RoomId, Time};

/// `GET /api/v1/service/offices` → `Vec<ServiceOffice>`: offices with their active people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceOffice {
    pub id: OfficeId,
    pub name: String,
    pub people: Vec<ServicePerson>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServicePerson {
    pub id: PersonId,
    pub name: String,
    pub email: String,
    pub department: Option<DepartmentId>,
    /// Holds meetings.
    pub official: bool,
}

/// `PUT /api/v1/service/offices/{office}/rooms/{room}` → [`ServiceRoomState`]. Makes the room under
/// the id that the caller chose, or brings it to this. A waiting room and one guest link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceRoom {
    pub host: PersonId,
    pub title: String,
    pub starts_at: Time,
    pub duration_minutes: u16,
    pub cancelled: bool,
    /// SHA-256 of the guest link's secret, lower-case hex.
    pub guest_secret_hash: String,
}

/// `POST /api/v1/service/offices/{office}/rooms/presence` → `Vec<ServiceRoomState>`, of those that
/// exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceRooms {
    /// At most 500.
    pub rooms: Vec<RoomId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceRoomState {
    pub room: RoomId,
    pub participants: u32,
    pub waiting: u32,
}
