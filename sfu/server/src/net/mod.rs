//! Sockets: which addresses the node has, UDP in batches, ICE-TCP.

pub mod census;
pub mod endpoints;
pub mod framing;
pub mod tcp;
mod segmented;
pub mod udp;
