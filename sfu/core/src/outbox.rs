//! Datagrams on their way out, in one buffer that is used again.

use std::net::SocketAddr;

use crate::io::Transport;

/// Datagrams of one run at most: what one UDP_SEGMENT call takes (the kernel's UDP_MAX_SEGMENTS,
/// before it was raised).
const MAX_RUN: usize = 64;
/// Bytes of one run at most: an IP packet's length less the headers of IPv6 and UDP.
const MAX_RUN_BYTES: usize = 65_535 - 40 - 8;

/// Datagrams ready to be sent, in the order of sending.
///
/// Those that follow each other to one peer, and are of one size but for a shorter last one, make
/// a *run*, which one system call can send (UDP_SEGMENT) out of the buffer as it is.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    runs: Vec<Entry>,
    datagrams: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    route: Route,
    start: usize,
    end: usize,
    /// Bytes of each datagram but the last.
    segment: usize,
    datagrams: usize,
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

/// Datagrams to send to one peer.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub transport: Transport,
    /// One of the announced addresses.
    pub source: SocketAddr,
    /// Address of the peer.
    pub destination: SocketAddr,
    /// Bytes of each datagram but the last, which may be shorter. More than zero.
    pub segment: usize,
    /// The datagrams one after the other. Never empty.
    pub contents: &'a [u8],
}

impl<'a> Run<'a> {
    /// One by one.
    pub fn datagrams(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.contents.chunks(self.segment)
    }
}

impl Outbox {
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        self.runs.iter().map(|run| Run {
            transport: run.route.transport,
            source: run.route.source,
            destination: run.route.destination,
            segment: run.segment,
            contents: &self.bytes[run.start..run.end],
        })
    }

    /// Datagrams.
    pub fn len(&self) -> usize {
        self.datagrams
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Bytes of all datagrams.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets the datagrams and keeps their room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.runs.clear();
        self.datagrams = 0;
    }

    pub(crate) fn push(&mut self, route: Route, contents: &[u8]) {
        self.append(route, |bytes| bytes.extend_from_slice(contents));
    }

    /// Adds the datagram that `write` appends to the buffer; none if that is empty.
    pub(crate) fn append(&mut self, route: Route, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        let end = self.bytes.len();
        let size = end - start;
        if size == 0 {
            return;
        }
        self.datagrams += 1;
        match self.runs.last_mut() {
            Some(run) if run.takes(route, size) => {
                run.end = end;
                run.datagrams += 1;
            }
            _ => self.runs.push(Entry { route, start, end, segment: size, datagrams: 1 }),
        }
    }
}

impl Entry {
    /// Whether a datagram that follows in the buffer belongs to the run.
    fn takes(&self, route: Route, size: usize) -> bool {
        let bytes = self.end - self.start;
        size <= self.segment
            && self.datagrams < MAX_RUN
            // No shorter one has closed it.
            && bytes == self.segment * self.datagrams
            && bytes + size <= MAX_RUN_BYTES
            && self.route == route
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn route(port: u16) -> Route {
        let address = |port| SocketAddr::from(([192, 0, 2, 1], port));
        Route { transport: Transport::Udp, source: address(1), destination: address(port) }
    }

    #[test]
    fn what_follows_to_one_peer_is_a_run() {
        let mut outbox = Outbox::default();
        for (port, contents) in
            [(7, "aa"), (7, "bb"), (7, "c"), (7, "dd"), (8, "ee"), (8, "fff"), (8, "")]
        {
            outbox.push(route(port), contents.as_bytes());
        }
        let runs: Vec<_> =
            outbox.runs().map(|run| (run.destination.port(), run.segment, run.contents)).collect();
        let expected: [(u16, usize, &[u8]); 4] =
            [(7, 2, b"aabbc"), (7, 2, b"dd"), (8, 2, b"ee"), (8, 3, b"fff")];
        assert_eq!(runs, expected);
        assert_eq!((outbox.len(), outbox.bytes()), (6, 12));
        outbox.clear();
        assert!(outbox.is_empty());
    }

    proptest! {
        /// Nothing is lost, cut or put in another order; every run can be sent in one call.
        #[test]
        fn datagrams_stay_whole_and_in_order(
            parts in prop::collection::vec((1..4_u16, prop_oneof![0..4_usize, 1_190..1_201_usize]), 0..300),
        ) {
            let mut outbox = Outbox::default();
            let mut expected = Vec::new();
            for (n, (port, size)) in parts.into_iter().enumerate() {
                let contents = vec![n as u8; size];
                outbox.push(route(port), &contents);
                if size > 0 {
                    expected.push((port, contents));
                }
            }
            let sent: Vec<_> = outbox
                .runs()
                .flat_map(|run| run.datagrams().map(move |d| (run.destination.port(), d.to_vec())))
                .collect();
            prop_assert_eq!(outbox.len(), sent.len());
            prop_assert_eq!(sent, expected);
            for run in outbox.runs() {
                prop_assert!(run.contents.len() <= MAX_RUN_BYTES);
                prop_assert!(run.datagrams().count() <= MAX_RUN);
                prop_assert!(run.datagrams().all(|d| d.len() <= run.segment));
            }
        }
    }
}
