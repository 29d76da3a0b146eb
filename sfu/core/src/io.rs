//! What goes into a shard and what comes out.

use std::{net::SocketAddr, time::Instant};

use str0m::net::Protocol;
use szpon_protocol::{SessionId, bus::NodeEvent};

use crate::spread::{Relay, ShardId};

/// How a datagram travels. Over TCP each datagram is framed by RFC 4571 outside of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    Udp,
    Tcp,
}

impl Transport {
    /// As operators read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

impl From<Transport> for Protocol {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Udp => Self::Udp,
            Transport::Tcp => Self::Tcp,
        }
    }
}

/// One received datagram.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    pub transport: Transport,
    /// Address of the peer.
    pub source: SocketAddr,
    /// The announced address it was sent to (see [`CoreConfig::udp`](crate::CoreConfig)).
    pub destination: SocketAddr,
    pub payload: &'a [u8],
}

/// What [`Core::poll`](crate::Core::poll) asks for, beside the datagrams in its outbox.
#[derive(Debug)]
pub enum Output {
    Event(CoreEvent),
    /// The outbox holds a batch of sending: to be taken before the next call, which goes on.
    Send,
    /// To be given to [`Core::relay`](crate::Core::relay) of another shard of the node, in order and
    /// without fail.
    Relay {
        to: ShardId,
        message: Relay,
    },
    /// Nothing to do before this moment, unless something comes in.
    Wait(Instant),
}

/// What the owner of a shard must know.
#[derive(Debug, Clone, PartialEq)]
pub enum CoreEvent {
    /// To be told to signalling.
    Node(NodeEvent),
    /// A connection test is up.
    ProbeConnected { session: SessionId },
    /// A connection test is over.
    ProbeGone { session: SessionId },
    /// A session listens at this address of a peer from now on. Datagrams from there belong to
    /// this shard.
    Bound { transport: Transport, remote: SocketAddr },
    /// No session uses this address any more: a TCP connection can be closed, a table entry dropped.
    Released { transport: Transport, remote: SocketAddr },
}
