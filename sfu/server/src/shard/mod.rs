//! One shard: a thread that owns its sockets and its [`Core`](szpon_sfu_core::Core) outright.

mod handle;
mod inbox;
mod lull;
mod metrics;
mod relays;
mod routes;
mod tcp_sinks;
mod worker;

pub use handle::{Command, Packet, Reply, ShardHandle};
pub use metrics::ShardMetrics;
pub use relays::relays;
pub use worker::{ShardConfig, ShardEvent, spawn};
