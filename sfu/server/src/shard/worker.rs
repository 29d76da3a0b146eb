//! The shard's thread: one loop around poll, sockets and the core.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};
use szpon_protocol::{bus::NodeEvent, operator::ShardStats};
use szpon_sfu_core::{
    Core, CoreConfig, CoreEvent, Counters, Datagram, Outbox, Output, RelayPacket, Transport,
};
use tokio::sync::mpsc;
use tracing::{error, trace, warn};

use super::{
    handle::{Command, Packet, ShardHandle, ShardView},
    inbox::{Inbox, inbox},
    lull::Lull,
    metrics::{Count, Drop, Held, ShardMetrics, ShardRecorder},
    relays::Relays,
    routes::Routes,
    tcp_sinks::TcpSinks,
};
use crate::net::udp::{Outgoing, UdpCounters, UdpPorts};

const WAKE: Token = Token(0);
const FIRST_SOCKET: usize = 1;
/// How often numbers are shown; also the longest that the loop sleeps.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);
/// Reads of all sockets in one round, so that timers and sending get their turn under load. A frame for
/// a thousand viewers takes 10 ms to send, in which they send hundreds of reports: all of them must be
/// read in the next round, or the publisher's packets are lost among them.
const READS_PER_ROUND: usize = 512;
/// Datagrams of one round among which reports are read. More than a thousand viewers send in a round in which
/// each of them gets a frame; where there are more, the shard is behind.
const READ_WITH_REPORTS: usize = 2_048;
/// Batches of handed-over packets taken in one round, for the same reason.
const BATCHES_PER_ROUND: usize = 64;
/// Events of one poll; more are reported by the next.
const POLL_EVENTS: usize = 64;
/// A shard that panics this often in its life is left dead, for the operator to see.
const MAX_RESTARTS: u32 = 10;

/// What a shard is made of.
pub struct ShardConfig {
    pub core: CoreConfig,
    pub relays: Relays,
    pub ports: UdpPorts,
    /// The core (of the machine) to stay on.
    pub pin_to: Option<usize>,
    pub metrics: ShardMetrics,
    pub events: mpsc::UnboundedSender<ShardEvent>,
}

/// What the node must know of a shard.
#[derive(Debug, Clone, PartialEq)]
pub enum ShardEvent {
    Node(NodeEvent),
    ProbeGone {
        session: szpon_protocol::SessionId,
    },
    /// The shard's core panicked and was made anew: all its sessions are over.
    Lost {
        shard: u16,
    },
}

/// A shard whose thread waits for its peers' handles.
pub struct Spawned {
    pub handle: ShardHandle,
    start: std::sync::mpsc::Sender<Vec<ShardHandle>>,
    thread: JoinHandle<()>,
}

impl Spawned {
    /// Tells the shard about all shards of the node (in order, itself included) and lets it run.
    pub fn start(self, all: Vec<ShardHandle>) -> JoinHandle<()> {
        // An error means that the thread is gone, which its join handle says as well.
        let _ = self.start.send(all);
        self.thread
    }
}

/// Starts the thread of one shard.
pub fn spawn(mut config: ShardConfig) -> io::Result<Spawned> {
    let poll = Poll::new()?;
    config.ports.register(poll.registry(), FIRST_SOCKET)?;
    let (outlet, inbox) = inbox(poll.registry(), WAKE)?;
    let (index, stamp) = (config.core.shard, config.core.stamp);
    let view = Arc::new(ShardView::new(index));
    let lost = Arc::new(AtomicU64::new(0));
    let handle =
        ShardHandle { outlet, view: view.clone(), connections: Arc::default(), lost: lost.clone() };
    let (start, wait) = std::sync::mpsc::channel();
    let thread = thread::Builder::new().name(format!("sfu-shard-{index}")).spawn(move || {
        let Ok(peers) = wait.recv() else { return };
        inbox.is_of(thread::current());
        if let Some(core) = config.pin_to {
            pin(core);
        }
        let now = Instant::now();
        let worker = Worker {
            core: Core::new(config.core.clone()),
            seed_core: config.core,
            ports: config.ports,
            sinks: TcpSinks::default(),
            routes: Routes::new(index, stamp, peers),
            relays: config.relays,
            relayed: Vec::new(),
            recorder: config.metrics.of_shard(index),
            events: config.events,
            inbox,
            view,
            lost,
            outbox: Outbox::default(),
            tcp_sent: (0, 0),
            before_restart: Counters::default(),
            published: Published { at: now, udp: UdpCounters::default(), busy: Duration::ZERO },
            busy: Duration::ZERO,
            deadline: now,
            lull: Lull::new(now),
            stopping: false,
        };
        supervise(worker, poll);
    })?;
    Ok(Spawned { handle, start, thread })
}

/// Runs the loop, and once more with an empty core when it panics.
fn supervise(mut worker: Worker, mut poll: Poll) {
    for _ in 0..MAX_RESTARTS {
        // What a panic leaves half done is in the core, and the core is thrown away.
        let ran = catch_unwind(AssertUnwindSafe(|| worker.run(&mut poll)));
        match ran {
            Ok(Ok(())) => return,
            Ok(Err(error)) => {
                error!(shard = worker.seed_core.shard, %error, "the shard can't wait for its sockets");
                return;
            }
            Err(_) => worker.restart(),
        }
    }
    error!(shard = worker.seed_core.shard, "the shard panicked too often and stays down");
}

struct Worker {
    core: Core,
    seed_core: CoreConfig,
    ports: UdpPorts,
    sinks: TcpSinks,
    routes: Routes,
    relays: Relays,
    /// Media of other shards, taken in this round.
    relayed: Vec<RelayPacket>,
    recorder: ShardRecorder,
    events: mpsc::UnboundedSender<ShardEvent>,
    inbox: Inbox,
    view: Arc<ShardView>,
    /// Packets that other threads dropped because this shard was behind.
    lost: Arc<AtomicU64>,
    /// The last batch that was sent; its room is used again.
    outbox: Outbox,
    /// Packets and bytes.
    tcp_sent: (u64, u64),
    /// What cores before this one had counted.
    before_restart: Counters,
    published: Published,
    busy: Duration,
    /// When the core wants to be polled again.
    deadline: Instant,
    lull: Lull,
    stopping: bool,
}

/// The state at the last publication.
struct Published {
    at: Instant,
    udp: UdpCounters,
    busy: Duration,
}

impl Worker {
    fn run(&mut self, poll: &mut Poll) -> io::Result<()> {
        let mut events = Events::with_capacity(POLL_EVENTS);
        while !self.stopping {
            let mut now = Instant::now();
            if let Some(nap) = self.lull.nap(now).filter(|_| !self.ports.any_readable()) {
                // What other threads ask of the shard ends it.
                thread::park_timeout(nap);
                now = Instant::now();
            }
            let until = self.deadline.min(self.published.at + PUBLISH_EVERY);
            let wait = if self.ports.any_readable() {
                Duration::ZERO
            } else {
                until.saturating_duration_since(now)
            };
            match poll.poll(&mut events, Some(wait)) {
                Ok(()) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            }
            let started = Instant::now();
            for event in &events {
                if event.token() != WAKE {
                    self.ports.set_readable(event.token().0 - FIRST_SOCKET);
                }
            }
            self.take_in(started);
            self.read(started);
            self.put_out(started);
            let took = started.elapsed();
            self.busy += took;
            self.recorder.round(took.as_secs_f64());
            self.lull.note(started, self.core.carried(), self.core.handshakes() > 0);
            if started.saturating_duration_since(self.published.at) >= PUBLISH_EVERY {
                self.publish(started);
            }
        }
        Ok(())
    }

    /// Commands and handed-over packets. Packets are fetched first and used last: the command that
    /// announces a TCP connection was sent before the connection's first packet, and so was what another
    /// shard says of a track.
    fn take_in(&mut self, now: Instant) {
        self.inbox.quiet();
        let mut more = self.relays.take(&mut self.relayed);
        let mut batches = Vec::new();
        while let Some(batch) = self.inbox.packets() {
            batches.push(batch);
            if batches.len() == BATCHES_PER_ROUND {
                more = true;
                break;
            }
        }
        if more {
            self.inbox.ring();
        }
        while let Some(command) = self.inbox.command() {
            self.obey(now, command);
        }
        for Packet { transport, source, destination, payload } in batches.into_iter().flatten() {
            self.core.receive(now, Datagram { transport, source, destination, payload: &payload });
        }
        let mut relayed = std::mem::take(&mut self.relayed);
        for packet in relayed.drain(..) {
            self.core.relay_packet(now, packet);
        }
        self.relayed = relayed;
    }

    fn obey(&mut self, now: Instant, command: Command) {
        match command {
            Command::Open { request, reply } => {
                // Nobody waits for the answer any more when the caller hung up; then the session
                // would only wait for its time to run out.
                if !reply.is_closed() {
                    let _ = reply.send(self.core.open(now, *request));
                }
            }
            Command::OpenProbe { session, sdp, reply } => {
                if !reply.is_closed() {
                    let _ = reply.send(self.core.open_probe(now, session, &sdp));
                }
            }
            Command::RestartIce { session, sdp, reply } => {
                let _ = reply.send(self.core.restart_ice(now, session, &sdp));
            }
            Command::End { session } => {
                self.core.close(now, session);
            }
            Command::Node(command) => self.core.command(now, command),
            Command::Rooms { reply } => {
                let _ = reply.send(self.core.stats(now).rooms);
            }
            Command::Drain { after } => self.core.drain(after),
            Command::TcpOpened { remote, connection, sink } => {
                self.sinks.opened(remote, connection, sink, now);
            }
            Command::TcpClosed { remote, connection } => {
                if self.sinks.closed(remote, connection) {
                    self.core.disconnected(Transport::Tcp, remote);
                }
            }
            Command::Route { remote, owner } => self.routes.add(remote, owner),
            Command::Unroute { remote, owner } => self.routes.remove(remote, owner),
            Command::Relay { from, news } => {
                for message in news {
                    self.core.relay(now, from, message);
                }
            }
            Command::Stop => self.stopping = true,
            #[cfg(test)]
            Command::Spread { reply } => {
                let _ = reply.send(self.core.spread());
            }
            #[cfg(test)]
            Command::Panic => panic!("asked to"),
        }
    }

    fn read(&mut self, now: Instant) {
        let Self { ports, routes, core, .. } = self;
        let mut datagrams = 0;
        for _ in 0..READS_PER_ROUND {
            if !ports.any_readable() {
                break;
            }
            ports.receive(|to, from, payload| {
                trace!(%from, %to, bytes = payload.len(), "datagram");
                datagrams += 1;
                if datagrams == READ_WITH_REPORTS {
                    core.set_behind(true);
                }
                if !routes.take(to, from, payload) {
                    let transport = Transport::Udp;
                    core.receive(
                        now,
                        Datagram { transport, source: from, destination: to, payload },
                    );
                }
            });
        }
        core.set_behind(false);
        routes.hand_over();
    }

    fn put_out(&mut self, now: Instant) {
        loop {
            match self.core.poll(now) {
                Output::Event(event) => {
                    // The last words to a peer come before the end of its connection.
                    if matches!(event, CoreEvent::Released { .. }) {
                        self.send();
                    }
                    self.tell(event);
                }
                Output::Send => {
                    self.send();
                    self.core.set_late(now.elapsed());
                }
                Output::Relay { to, message } => self.relays.tell(to, message),
                Output::Wait(until) => {
                    self.deadline = until;
                    break;
                }
            }
        }
        self.core.set_late(Duration::ZERO);
        // Others begin with their part while this one sends its own.
        self.hand_over();
        self.send();
    }

    fn hand_over(&mut self) {
        self.core.take_relayed(self.relays.packets());
        self.relays.hand_over(self.routes.peers());
    }

    /// Sends what the core has to send.
    fn send(&mut self) {
        let Self { ports, core, outbox, sinks, tcp_sent, .. } = self;
        core.take_outbox(outbox);
        if outbox.is_empty() {
            return;
        }
        let udp = outbox.runs().filter(|run| run.transport == Transport::Udp);
        ports.send(udp.map(|run| Outgoing {
            from: run.source,
            to: run.destination,
            segment: run.segment,
            contents: run.contents,
        }));
        for run in outbox.runs().filter(|run| run.transport == Transport::Tcp) {
            for datagram in run.datagrams() {
                if sinks.send(run.destination, datagram.to_vec()) {
                    tcp_sent.0 += 1;
                    tcp_sent.1 += datagram.len() as u64;
                }
            }
        }
    }

    fn tell(&mut self, event: CoreEvent) {
        let owner = self.seed_core.shard;
        let event = match event {
            CoreEvent::Node(event) => ShardEvent::Node(event),
            CoreEvent::ProbeConnected { .. } => return,
            CoreEvent::ProbeGone { session } => ShardEvent::ProbeGone { session },
            CoreEvent::Bound { transport: Transport::Tcp, remote } => {
                return self.sinks.bound(remote);
            }
            CoreEvent::Released { transport: Transport::Tcp, remote } => {
                return self.sinks.released(remote);
            }
            CoreEvent::Bound { transport: Transport::Udp, remote } => {
                return self.tell_peers(|| Command::Route { remote, owner });
            }
            CoreEvent::Released { transport: Transport::Udp, remote } => {
                return self.tell_peers(|| Command::Unroute { remote, owner });
            }
        };
        // The node stops listening only when it stops altogether.
        let _ = self.events.send(event);
    }

    fn tell_peers(&self, command: impl Fn() -> Command) {
        for peer in self.routes.others() {
            peer.command(command());
        }
    }

    fn publish(&mut self, now: Instant) {
        self.sinks.sweep(now);
        let since = now.saturating_duration_since(self.published.at).as_secs_f64();
        let busy = (self.busy - self.published.busy).as_secs_f64();
        let (sessions, rooms) = self.core.load();
        let udp = self.ports.counters;
        let rate = |now: u64, before: u64| ((now - before) as f64 / since) as u64;
        let before = self.published.udp;
        self.view.publish(ShardStats {
            index: self.seed_core.shard.into(),
            sessions: sessions as u32,
            rooms: rooms as u32,
            cpu: (busy / since).min(1.0),
            rx_bits_per_second: 8 * rate(udp.rx_bytes, before.rx_bytes),
            tx_bits_per_second: 8 * rate(udp.tx_bytes, before.tx_bytes),
            rx_packets_per_second: rate(udp.rx_packets, before.rx_packets),
            tx_packets_per_second: rate(udp.tx_packets, before.tx_packets),
            tx_dropped: udp.tx_full,
        });
        self.record(
            udp,
            busy,
            Held {
                sessions,
                rooms,
                mirrors: self.core.spread().mirrors,
                flows: self.core.flows(),
                tcp_connections: self.sinks.len(),
            },
        );
        self.published = Published { at: now, udp, busy: self.busy };
    }

    fn record(&self, udp: UdpCounters, busy: f64, held: Held) {
        let recorder = &self.recorder;
        let core = sum(self.before_restart, self.core.counters());
        recorder.held(held);
        recorder.busy(busy);
        for (which, total) in [
            (Count::UdpReceivedPackets, udp.rx_packets),
            (Count::UdpReceivedBytes, udp.rx_bytes),
            (Count::UdpSentPackets, udp.tx_packets),
            (Count::UdpSentBytes, udp.tx_bytes),
            (Count::TcpSentPackets, self.tcp_sent.0),
            (Count::TcpSentBytes, self.tcp_sent.1),
            (Count::ReceivedPackets, core.datagrams_received),
            (Count::ReceivedBytes, core.bytes_received),
            (Count::HandedOver, self.routes.forwarded),
            (Count::RtpReceived, core.packets_received),
            (Count::RtpForwarded, core.packets_forwarded),
            (Count::RtpRelayed, core.packets_relayed),
            (Count::RtpMirrored, core.packets_mirrored),
            (Count::KeyframeRequests, core.keyframe_requests),
            (Count::KeyframesWanted, core.keyframes_wanted),
            (Count::NacksReceived, core.nacks_received),
            (Count::NacksSent, core.nacks_sent),
            (Count::Repeated, core.packets_repeated),
            (Count::SoundRecovered, core.sound_recovered),
            (Count::SessionsOpened, core.sessions_opened),
            (Count::SessionsClosed, core.sessions_closed),
            (Count::IceRestarts, core.ice_restarts),
            (Count::Panics, core.panics),
            (Count::Faults, core.faults),
            (Count::MessagesMalformed, core.messages_malformed),
            (Count::MessagesOverLimit, core.messages_over_limit),
        ] {
            recorder.count(which, total);
        }
        for (why, total) in [
            (Drop::SocketFull, udp.tx_full),
            (Drop::SendFailed, udp.tx_failed),
            (Drop::TcpQueueFull, self.sinks.full),
            (Drop::ShardBehind, self.lost.load(Ordering::Relaxed)),
            (Drop::RelayFull, self.relays.full),
            (Drop::UnknownPeer, core.datagrams_unknown),
            (Drop::Malformed, core.datagrams_malformed),
            (Drop::ChannelFull, core.messages_dropped),
            (Drop::OverLimit, core.datagrams_over_limit),
            (Drop::ReportSkipped, core.reports_skipped),
        ] {
            recorder.dropped(why, total);
        }
    }

    /// A fresh core on the same sockets. Clients notice the silence and open new sessions.
    fn restart(&mut self) {
        let shard = self.seed_core.shard;
        error!(shard, "the shard panicked; all its sessions are over");
        let mut counters = sum(self.before_restart, self.core.counters());
        counters.panics += 1;
        self.before_restart = counters;
        // The same seed would give the same ICE credentials once more.
        self.seed_core.seed = rand::random();
        self.core = Core::new(self.seed_core.clone());
        self.sinks.clear();
        self.deadline = Instant::now();
        let _ = self.events.send(ShardEvent::Lost { shard });
        // The others must not wait for what this one held, even if it stays down.
        self.put_out(self.deadline);
    }
}

fn sum(a: Counters, b: Counters) -> Counters {
    Counters {
        sessions_opened: a.sessions_opened + b.sessions_opened,
        sessions_closed: a.sessions_closed + b.sessions_closed,
        sessions_refused: a.sessions_refused + b.sessions_refused,
        ice_restarts: a.ice_restarts + b.ice_restarts,
        panics: a.panics + b.panics,
        faults: a.faults + b.faults,
        datagrams_received: a.datagrams_received + b.datagrams_received,
        bytes_received: a.bytes_received + b.bytes_received,
        datagrams_unknown: a.datagrams_unknown + b.datagrams_unknown,
        datagrams_malformed: a.datagrams_malformed + b.datagrams_malformed,
        datagrams_over_limit: a.datagrams_over_limit + b.datagrams_over_limit,
        reports_skipped: a.reports_skipped + b.reports_skipped,
        datagrams_sent: a.datagrams_sent + b.datagrams_sent,
        bytes_sent: a.bytes_sent + b.bytes_sent,
        packets_received: a.packets_received + b.packets_received,
        packets_forwarded: a.packets_forwarded + b.packets_forwarded,
        packets_relayed: a.packets_relayed + b.packets_relayed,
        packets_mirrored: a.packets_mirrored + b.packets_mirrored,
        keyframe_requests: a.keyframe_requests + b.keyframe_requests,
        keyframes_wanted: a.keyframes_wanted + b.keyframes_wanted,
        nacks_received: a.nacks_received + b.nacks_received,
        nacks_sent: a.nacks_sent + b.nacks_sent,
        packets_repeated: a.packets_repeated + b.packets_repeated,
        sound_recovered: a.sound_recovered + b.sound_recovered,
        messages_malformed: a.messages_malformed + b.messages_malformed,
        messages_over_limit: a.messages_over_limit + b.messages_over_limit,
        messages_dropped: a.messages_dropped + b.messages_dropped,
    }
}

/// Keeps the calling thread on one core. Not being allowed to only costs speed.
fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    if let Err(error) = rustix::thread::sched_setaffinity(None, &set) {
        warn!(core, %error, "the shard's thread can't be kept on one core");
    }
}
