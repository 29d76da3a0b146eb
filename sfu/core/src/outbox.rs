//! Datagrams on their way out, in one buffer that is used again.

use std::net::SocketAddr;

use crate::io::Transport;

/// Datagrams ready to be sent, in the order of sending.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    datagrams: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    route: Route,
    flow: u32,
    start: usize,
    end: usize,
}

/// From where to where a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) transport: Transport,
    /// One of the announced addresses.
    pub(crate) source: SocketAddr,
    /// Address of the peer.
    pub(crate) destination: SocketAddr,
}

/// One datagram to send.
#[derive(Debug, Clone, Copy)]
pub struct Transmit<'a> {
    pub transport: Transport,
    /// One of the announced addresses.
    pub source: SocketAddr,
    /// Address of the peer.
    pub destination: SocketAddr,
    /// Small number of the session: what is sent in a run goes by it.
    pub flow: u32,
    pub contents: &'a [u8],
}

impl Outbox {
    pub fn iter(&self) -> impl Iterator<Item = Transmit<'_>> {
        self.datagrams.iter().map(|entry| Transmit {
            transport: entry.route.transport,
            source: entry.route.source,
            destination: entry.route.destination,
            flow: entry.flow,
            contents: &self.bytes[entry.start..entry.end],
        })
    }

    /// Datagrams.
    pub fn len(&self) -> usize {
        self.datagrams.len()
    }

    pub fn is_empty(&self) -> bool {
        self.datagrams.is_empty()
    }

    /// Bytes of all datagrams.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets the datagrams and keeps their room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.datagrams.clear();
    }

    pub(crate) fn push(&mut self, route: Route, flow: usize, contents: &[u8]) {
        self.append(route, flow, |bytes| bytes.extend_from_slice(contents));
    }

    /// Adds the datagram that `write` appends to the buffer; none if that is empty.
    pub(crate) fn append(&mut self, route: Route, flow: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        let end = self.bytes.len();
        if end > start {
            self.datagrams.push(Entry { route, flow: flow as u32, start, end });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_stay_whole_and_in_order() {
        let address = |port| SocketAddr::from(([192, 0, 2, 1], port));
        let route = |port| Route {
            transport: Transport::Udp,
            source: address(1),
            destination: address(port),
        };
        let mut outbox = Outbox::default();
        outbox.push(route(7), 1, b"one");
        outbox.append(route(8), 2, |_| {});
        outbox.append(route(9), 2, |bytes| bytes.extend(b"three"));
        let sent: Vec<_> =
            outbox.iter().map(|t| (t.destination.port(), t.flow, t.contents.to_vec())).collect();
        assert_eq!(sent, [(7, 1, b"one".to_vec()), (9, 2, b"three".to_vec())]);
        assert_eq!((outbox.len(), outbox.bytes()), (2, 8));
        outbox.clear();
        assert!(outbox.is_empty());
    }
}
