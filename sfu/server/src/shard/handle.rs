//! How the rest of the node speaks to a shard.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use szpon_protocol::{
    SessionId,
    bus::NodeCommand,
    operator::{RoomStats, ShardStats},
};
use szpon_sfu_core::{OpenError, OpenRequest, Relay, RestartError, ShardId, Transport};
use tokio::sync::{mpsc, oneshot};

use super::inbox::Outlet;

/// The answer to a request, once.
pub type Reply<T> = oneshot::Sender<T>;

/// A shard that hasn't run its loop for this long is taken for dead. It runs at least once a second.
const ALIVE_WITHIN: Duration = Duration::from_secs(5);

/// What a shard is asked to do.
pub enum Command {
    Open {
        request: Box<OpenRequest>,
        reply: Reply<Result<String, OpenError>>,
    },
    /// A connection test: a session with a data channel only.
    OpenProbe {
        session: SessionId,
        sdp: String,
        reply: Reply<Result<String, OpenError>>,
    },
    RestartIce {
        session: SessionId,
        sdp: String,
        reply: Reply<Result<String, RestartError>>,
    },
    /// Ends one session; an unknown one is over already.
    End {
        session: SessionId,
    },
    /// What signalling says.
    Node(NodeCommand),
    /// Who is in which room, with rates.
    Rooms {
        reply: Reply<Vec<RoomStats>>,
    },
    /// Tells every client to open a new session after this time, and takes no more sessions.
    Drain {
        after: Duration,
    },
    TcpOpened {
        remote: SocketAddr,
        connection: u64,
        sink: mpsc::Sender<Vec<u8>>,
    },
    TcpClosed {
        remote: SocketAddr,
        connection: u64,
    },
    /// Datagrams from `remote` belong to the shard `owner` from now on.
    Route {
        remote: SocketAddr,
        owner: u16,
    },
    /// They don't any more.
    Unroute {
        remote: SocketAddr,
        owner: u16,
    },
    /// What another shard says of rooms that it shares with this one.
    Relay {
        from: ShardId,
        news: Vec<Relay>,
    },
    /// Sends what is waiting and ends the thread.
    Stop,
    /// What it holds of rooms that others hold as well.
    #[cfg(test)]
    Spread {
        reply: Reply<szpon_sfu_core::Spread>,
    },
    /// To see what the node does about a panic.
    #[cfg(test)]
    Panic,
}

/// A datagram that another thread received.
pub struct Packet {
    pub transport: Transport,
    pub source: SocketAddr,
    /// The announced address it was sent to.
    pub destination: SocketAddr,
    pub payload: Bytes,
}

/// What a shard shows of itself once a second.
pub struct ShardView {
    stats: Mutex<ShardStats>,
    /// When the loop last ran, in milliseconds since `start`.
    seen: AtomicU64,
    start: Instant,
    /// Number of the last publication, and how busy the shard was before it, in ten-thousandths.
    measure: AtomicU64,
    busy: AtomicU64,
}

impl ShardView {
    pub(super) fn new(index: u16) -> Self {
        let stats = ShardStats { index: index.into(), ..ShardStats::default() };
        Self {
            stats: Mutex::new(stats),
            seen: AtomicU64::new(0),
            start: Instant::now(),
            measure: AtomicU64::new(0),
            busy: AtomicU64::new(0),
        }
    }

    pub(super) fn publish(&self, stats: ShardStats) {
        self.busy.store((stats.cpu * 1e4) as u64, Ordering::Relaxed);
        self.measure.fetch_add(1, Ordering::Release);
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner) = stats;
        let now = self.start.elapsed().as_millis() as u64;
        self.seen.store(now, Ordering::Relaxed);
    }

    pub fn stats(&self) -> ShardStats {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Number of the last measure, and the share of its time that the shard was at work.
    pub fn busy(&self) -> (u64, f64) {
        let measure = self.measure.load(Ordering::Acquire);
        (measure, self.busy.load(Ordering::Relaxed) as f64 / 1e4)
    }

    pub fn alive(&self) -> bool {
        let seen = Duration::from_millis(self.seen.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(seen) < ALIVE_WITHIN
    }
}

/// Speaks to one shard. Cheap to clone.
#[derive(Clone)]
pub struct ShardHandle {
    pub(super) outlet: Outlet,
    pub(super) view: Arc<ShardView>,
    pub(super) connections: Arc<AtomicU64>,
    pub(super) lost: Arc<AtomicU64>,
}

impl ShardHandle {
    /// False when the shard's thread is gone.
    pub fn command(&self, command: Command) -> bool {
        self.outlet.command(command)
    }

    /// As [`Self::command`], without waking the shard: [`Self::wake`] does.
    pub(super) fn put(&self, command: Command) {
        self.outlet.put(command);
    }

    pub(super) fn wake(&self) {
        self.outlet.wake();
    }

    /// Sends a command with a reply. None when the shard's thread is gone.
    pub async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.command(command(reply));
        answer.await.ok()
    }

    /// Hands over a datagram, or drops and counts it when the shard can't keep up.
    pub fn packet(&self, packet: Packet) {
        self.packets(vec![packet]);
    }

    pub fn packets(&self, packets: Vec<Packet>) {
        let count = packets.len() as u64;
        if !self.outlet.packets(packets) {
            self.lost.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Tells apart two TCP connections from the same address.
    pub fn connection_id(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    pub fn view(&self) -> &ShardView {
        &self.view
    }
}
