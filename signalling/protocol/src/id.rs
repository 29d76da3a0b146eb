//! Identifiers. Each is its own type, so that a room's id never stands where a person's is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
        )]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id. Time-ordered (UUID version 7, RFC 9562), so that database pages fill in order.
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }
    )*};
}

id! {
    /// An office: the tenant. Everything belongs to exactly one.
    OfficeId;
    /// A department of an office.
    DepartmentId;
    /// A person with an account.
    PersonId;
    /// A room: one meeting, now or later.
    RoomId;
    /// One person's place in one room. Survives reconnects, rejoins and server restarts.
    ParticipantId;
    /// An invitation of one address to one room.
    InviteeId;
    /// A guest link (its id, never its secret).
    LinkId;
    /// A sign-in session (staff) or a media session (one peer connection).
    SessionId;
    /// A chat message.
    MessageId;
    /// A mail in the outbox or the local mailbox.
    MailId;
    /// A matter that citizens come with.
    MatterId;
    /// An appointment, from the hold on.
    AppointmentId;
    /// A room or a desk that appointments take place at.
    ResourceId;
    /// An exception from the weekly hours: absence, extra hours, closure.
    ExceptionId;
    /// A place on a waiting list.
    WaitingId;
    /// Another system of the administration.
    SystemId;
    /// A subscription to the events of appointments.
    WebhookId;
    /// A token's own id (`jti`).
    ApiToken;
}
