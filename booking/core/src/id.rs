//! Identifiers of what booking knows. Officials are persons of the office ([`PersonId`]).
//!
//! [`PersonId`]: szpon_protocol::PersonId

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
    /// A matter: what a citizen comes for.
    MatterId;
    /// One meeting of a citizen with an official about a matter.
    AppointmentId;
    /// A room or a desk.
    ResourceId;
    /// One occurrence of a group matter, which several appointments share.
    GroupId;
    /// A place on the waiting list.
    WaitingId;
}
