//! A network in memory around the shards of a media server.
//!
//! A [`World`] holds a [`Core`](szpon_sfu_core::Core) or several, synthetic browsers ([`Client`]) and
//! the [`Path`]s between them. Time is virtual: it jumps from event to event, so a minute of a meeting
//! takes as long as its packets take to process. Everything random comes from one seed.
//!
//! The browsers publish VP8 with three simulcast layers, or VP9 or AV1 with layers in one stream
//! ([`SvcMode`]), and Opus with audio levels. Every frame says who sent it and which frame it needs,
//! so a receiver knows what a decoder would have decoded, and where sequence numbers, timestamps or
//! picture ids have jumped. What a frame of a stream with layers needs it says in the descriptors
//! that are on the wire.

mod call;
mod client;
mod conditions;
mod extension;
mod hearing;
mod layered;
mod link;
mod playout;
mod publisher;
mod receiver;
mod repeated;
mod requests;
mod rival;
mod svc;
mod world;

pub use call::{Call, Felt, Mark};
pub use client::{Client, ClientSetup, Inbox};
pub use conditions::{Condition, End};
pub use link::{Loss, Path};
pub use playout::Freezes;
pub use publisher::{FRAME_INTERVAL, LAYER_BITRATES};
pub use receiver::{AudioReceiver, Shown, VideoReceiver};
pub use svc::{SPATIAL_BITRATES, SvcCodec, SvcMode};
pub use world::{BottleneckKey, ClientKey, Heard, RivalKey, ShardKey, World};
