//! Sockets: which addresses the node has, UDP in batches, ICE-TCP.

pub mod census;
pub mod endpoints;
pub mod framing;
mod segmented;
pub mod tcp;
pub mod udp;
