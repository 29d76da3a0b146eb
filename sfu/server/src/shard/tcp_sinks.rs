//! The TCP connections of one shard, by the peer's address.

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::{self, error::TrySendError};

/// A connection must prove by an authenticated check that it belongs to a session within this time.
const BOUND_WITHIN: Duration = Duration::from_secs(10);

struct Sink {
    connection: u64,
    queue: mpsc::Sender<Vec<u8>>,
    opened: Instant,
    bound: bool,
}

/// Where answers over TCP go. Dropping an entry closes its connection.
#[derive(Default)]
pub(super) struct TcpSinks {
    sinks: HashMap<SocketAddr, Sink>,
    /// Packets that a slow reader's queue refused, since start.
    pub(super) full: u64,
}

impl TcpSinks {
    pub(super) fn opened(
        &mut self,
        remote: SocketAddr,
        connection: u64,
        queue: mpsc::Sender<Vec<u8>>,
        now: Instant,
    ) {
        self.sinks.insert(remote, Sink { connection, queue, opened: now, bound: false });
    }

    /// True if this was the connection in use.
    pub(super) fn closed(&mut self, remote: SocketAddr, connection: u64) -> bool {
        let ours = self.sinks.get(&remote).is_some_and(|sink| sink.connection == connection);
        if ours {
            self.sinks.remove(&remote);
        }
        ours
    }

    /// Connections that are open now.
    pub(super) fn len(&self) -> usize {
        self.sinks.len()
    }

    /// A session uses the connection.
    pub(super) fn bound(&mut self, remote: SocketAddr) {
        if let Some(sink) = self.sinks.get_mut(&remote) {
            sink.bound = true;
        }
    }

    /// No session uses the connection any more, so it is closed.
    pub(super) fn released(&mut self, remote: SocketAddr) {
        self.sinks.remove(&remote);
    }

    /// Closes every connection.
    pub(super) fn clear(&mut self) {
        self.sinks.clear();
    }

    /// Queues a packet; false when it was dropped.
    pub(super) fn send(&mut self, remote: SocketAddr, packet: Vec<u8>) -> bool {
        let Some(sink) = self.sinks.get(&remote) else { return false };
        match sink.queue.try_send(packet) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.full += 1;
                false
            }
            Err(TrySendError::Closed(_)) => false,
        }
    }

    /// Closes connections that no session has claimed in time.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.sinks.retain(|_, sink| sink.bound || now < sink.opened + BOUND_WITHIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote() -> SocketAddr {
        "192.0.2.1:5000".parse().unwrap()
    }

    #[test]
    fn a_slow_reader_loses_packets_and_blocks_nobody() {
        let (queue, mut reader) = mpsc::channel(2);
        let mut sinks = TcpSinks::default();
        sinks.opened(remote(), 1, queue, Instant::now());
        assert!(sinks.send(remote(), vec![1]));
        assert!(sinks.send(remote(), vec![2]));
        assert!(!sinks.send(remote(), vec![3]));
        assert_eq!(sinks.full, 1);
        assert_eq!(reader.try_recv().unwrap(), [1]);
        assert!(sinks.send(remote(), vec![4]));
    }

    #[test]
    fn unclaimed_connections_are_closed() {
        let (queue, reader) = mpsc::channel(2);
        let mut sinks = TcpSinks::default();
        let start = Instant::now();
        sinks.opened(remote(), 1, queue, start);
        sinks.sweep(start + BOUND_WITHIN - Duration::from_millis(1));
        assert!(!reader.is_closed());
        sinks.sweep(start + BOUND_WITHIN);
        assert!(!sinks.send(remote(), vec![1]));
        assert!(reader.is_empty() && reader.sender_strong_count() == 0);

        let (queue, reader) = mpsc::channel(2);
        sinks.opened(remote(), 2, queue, start);
        sinks.bound(remote());
        sinks.sweep(start + 2 * BOUND_WITHIN);
        assert_eq!(reader.sender_strong_count(), 1);
        assert!(!sinks.closed(remote(), 1));
        assert_eq!(reader.sender_strong_count(), 1, "an older connection's end is not this one's");
        sinks.released(remote());
        assert_eq!(reader.sender_strong_count(), 0);
    }
}
