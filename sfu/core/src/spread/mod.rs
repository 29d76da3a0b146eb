//! Rooms that are larger than a shard.
//!
//! A room has a part on every shard that holds somebody of it. Each part has all tracks of the
//! room: those of its own sessions, and a *mirror* of each of the others', with routes, layers, rates
//! and history of its own. So whoever is on a shard is served there, and only two things go from
//! shard to shard:
//!
//! ```text
//!            home of the track                            another shard
//! publisher ─▶ Track ─┬─▶ its subscribers        ┌──▶ Track (mirror) ─┬─▶ its subscribers
//!                     └─▶ RelayPacket, once ─────┘           │        └─▶ …
//!      PLI, layers ◀── Track ◀──── Relay: Wanted, Keyframe ──┘
//! ```
//!
//! Which shards hold a room is told when its first member comes and its last one goes, to all shards;
//! everything else only to those that hold it as well. The home of a track alone speaks with its
//! publisher: it asks for keyframes and says which layers anybody needs.
//!
//! One part decides who speaks, so that everybody is told the same: the one where the oldest session
//! is. It has heard the others for as long as anybody.
//!
//! A shard that begins anew (its core had panicked) says so first. The others forget what they knew
//! of it, and tell it of their rooms; before their welcome it takes what comes for letters to its
//! predecessor.

mod hearing;
mod message;
mod mirrors;
mod missing;
mod peers;
mod telling;

pub(crate) use message::{Address, Interest, Message, News, Publication, Voices};
pub use message::{Relay, RelayPacket, ShardId};
pub(crate) use missing::Asked;
pub(crate) use peers::Peers;
