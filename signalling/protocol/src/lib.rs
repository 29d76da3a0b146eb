//! Every wire message of SZPoN in one place: ids, roles, token claims, REST bodies, the room
//! WebSocket, the media session and its data channel, the bus, and stable error codes.
//!
//! The crate holds shapes only: no I/O and no rules. The TypeScript types of the web client are
//! generated from these definitions through the OpenAPI document.

pub mod account;
pub mod admin;
pub mod booking;
pub mod bus;
pub mod claims;
pub mod id;
pub mod media;
pub mod openapi;
pub mod operator;
pub mod problem;
pub mod room;
pub mod rooms;
pub mod systems;
pub mod time;

pub use id::{
    ApiToken, AppointmentId, DepartmentId, ExceptionId, InviteeId, LinkId, MailId, MatterId,
    MessageId, OfficeId, ParticipantId, PersonId, ResourceId, RoomId, SessionId, SystemId,
    WaitingId, WebhookId,
};
pub use problem::{Code, Problem};
pub use time::Time;
