//! The media server around [`szpon_sfu_core`]: shards on threads of their own, batched sockets,
//! ICE-TCP, the HTTP interface `/media/v1`, metrics, and the bus to signalling.
//!
//! ```text
//! HTTP ──► Node ──commands──► shard (thread): poll ─► recvmmsg ─► Core ─► sendmmsg
//! bus ◄──► Node ◄──events──── shard                       ▲
//! TCP task per connection ──packets───────────────────────┘
//! ```
//!
//! A shard shares nothing with the others. Packets that the kernel gave to the wrong one are handed
//! over in batches, and where a room is on several of them, each pair has a ring for its media.

mod directory;
mod headroom;
mod http;
mod ice;
mod net;
mod node;
mod placement;
mod settings;
mod shard;
mod turnstile;

/// Parsers that are nobody's interface, for the fuzz targets.
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::{
        http::{Direction, purposes},
        ice::{Credentials, IceSession, fragment},
        net::framing::{Deframer, MAX_PACKET, frame},
    };
}

pub use directory::Owner;
pub use http::{BODY_BYTES, DevWhip, NotLoopback, PREFIX, dev_whip_service, service, whip_service};
pub use net::endpoints::EndpointError;
pub use node::{Node, Refusal, StartError};
pub use settings::{REFERENCE, RawSettings, Settings, SettingsError};
