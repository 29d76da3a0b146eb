//! The node: all shards, what they hold, and the tasks around them.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    future::Future,
    io,
    net::{SocketAddr, TcpListener, UdpSocket},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use prometheus::{IntCounterVec, Opts, Registry};
use szpon_kit::bus::{Bus, BusError};
use szpon_protocol::{
    RoomId, SessionId,
    bus::{NODE_COMMANDS, NODE_EVENTS, NodeCommand, NodeEvent},
    claims::MediaClaims,
    media::{OpenSession, SessionAnswer},
    operator::{NodeStats, RoomStats},
};
use szpon_sfu_core::{CoreConfig, Limits, OpenError, OpenRequest, RestartError, Stamp, Viewing};
use thiserror::Error;
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};
use tracing::{error, info, warn};

use crate::{
    directory::{Bounds, Directory, NoPlace, Owner},
    headroom::{Headroom, Reserve, Short, raise_file_limit},
    http::Place,
    ice::{Credentials, IceSession},
    net::{
        census::Census,
        endpoints::{Endpoint, EndpointError, endpoints},
        tcp::{self, TcpGate},
        udp::{SocketOptions, UdpPorts},
    },
    settings::Settings,
    shard::{Command, ShardConfig, ShardEvent, ShardHandle, ShardMetrics, relays, spawn},
    turnstile::Turnstile,
};

/// How often what moderators allowed in long empty rooms is forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// Attempts to find a port that is free for UDP and TCP, when the settings leave it open.
const PORT_ATTEMPTS: usize = 32;

/// Why the node didn't start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Endpoints(#[from] EndpointError),
    /// The address is taken, or isn't this machine's.
    #[error("UDP {address} can't be bound: {source}")]
    Udp { address: SocketAddr, source: io::Error },
    /// The same for ICE-TCP.
    #[error("TCP {address} can't be bound: {source}")]
    Tcp { address: SocketAddr, source: io::Error },
    /// A thread or its poll could not be made.
    #[error("a shard can't be started: {0}")]
    Shard(#[source] io::Error),
    /// The metrics of another node are in the registry already.
    #[error("metrics can't be registered: {0}")]
    Metrics(#[from] prometheus::Error),
    #[error("the bus can't be reached: {0}")]
    Bus(#[from] BusError),
}

/// Why a request about a session was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The session is over, never was, or is somebody else's.
    #[error("no such session")]
    UnknownSession,
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The machine is at its end.
    #[error(transparent)]
    Short(#[from] Short),
    #[error("the offer is not acceptable: {0}")]
    BadOffer(String),
    /// ICE was restarted since what the client speaks of.
    #[error("ICE was restarted meanwhile")]
    OtherIce,
    /// The shard's thread is gone.
    #[error("the shard does not answer")]
    ShardDown,
}

impl Refusal {
    /// The label `reason` of `szpon_sfu_refused_total`.
    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownSession => "unknown_session",
            Self::OtherIce => "other_ice",
            Self::Open(OpenError::Draining) => "draining",
            Self::Open(OpenError::TooManySessions | OpenError::TooManyRooms) => "node_full",
            Self::Open(OpenError::TooManyHandshakes) => "handshakes",
            Self::Open(OpenError::RoomFull) => "room_full",
            Self::Short(Short::Memory) => "no_memory",
            Self::Short(Short::Files) => "no_files",
            Self::Open(_) | Self::BadOffer(_) => "offer_invalid",
            Self::ShardDown => "shard_down",
        }
    }
}

/// What a client's word of its ICE led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trickled {
    /// Nothing: candidates, which an ICE-lite node doesn't need.
    Noted,
    /// A restart, with the answer to it and the tag of the new ICE session.
    Restarted { answer: String, tag: String },
}

/// A running node. Clones are the same node.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

struct Inner {
    settings: Settings,
    endpoints: Vec<Endpoint>,
    shards: Arc<[ShardHandle]>,
    directory: Mutex<Directory>,
    headroom: Headroom,
    turnstile: Turnstile,
    draining: AtomicBool,
    started: Instant,
    refused: IntCounterVec,
    /// Ends the node's tasks.
    tasks: Mutex<Vec<AbortHandle>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Node {
    /// Binds the sockets, starts the shards and listens on the bus. Needs a tokio runtime.
    pub async fn start(
        settings: Settings,
        bus: Bus,
        registry: &Registry,
    ) -> Result<Self, StartError> {
        raise_file_limit();
        let mut listen = settings.raw.listen;
        if listen.port() == 0 {
            listen.set_port(free_port(listen)?);
        }
        let endpoints = endpoints(listen, &settings.raw.announce)?;
        for endpoint in &endpoints {
            refuse_shared(endpoint.bind)?;
        }
        let listeners = if settings.raw.tcp { listeners(&endpoints)? } else { Vec::new() };
        let metrics = ShardMetrics::register(registry)?;
        let refused = IntCounterVec::new(
            Opts::new("szpon_sfu_refused_total", "Requests for sessions that were refused."),
            &["reason"],
        )?;
        registry.register(Box::new(refused.clone()))?;

        let stamp = Stamp::new(rand::random());
        let (events, heard) = mpsc::unbounded_channel();
        let mut spawned = Vec::new();
        for (index, relays) in (0..).zip(relays(settings.shards.get())) {
            let ports = bind(&endpoints, &settings)?;
            let config = ShardConfig {
                core: core_config(&settings, &endpoints, index, stamp),
                relays,
                ports,
                pin_to: pin_to(&settings, index),
                metrics: metrics.clone(),
                events: events.clone(),
            };
            spawned.push(spawn(config).map_err(StartError::Shard)?);
        }
        let shards: Arc<[ShardHandle]> = spawned.iter().map(|s| s.handle.clone()).collect();
        let threads = spawned.into_iter().map(|shard| shard.start(shards.to_vec())).collect();
        let commands = bus.subscribe(NODE_COMMANDS).await?;

        for endpoint in &endpoints {
            info!(bind = %endpoint.bind, announced = ?endpoint.announced, "media address");
        }
        let bounds = Bounds {
            sessions: settings.raw.max_sessions,
            room: settings.raw.max_sessions_per_room,
            spread_at: settings.raw.spread_rooms_at,
        };
        let directory = Directory::new(shards.len(), bounds);
        let turnstile = Turnstile::new(shards.len());
        let headroom = Headroom::of_machine(Reserve {
            memory: settings.raw.reserve_memory_bytes,
            files: settings.raw.reserve_files,
        });
        let node = Self(Arc::new(Inner {
            settings,
            endpoints,
            shards,
            directory: Mutex::new(directory),
            headroom,
            turnstile,
            draining: AtomicBool::new(false),
            started: Instant::now(),
            refused,
            tasks: Mutex::default(),
            threads: Mutex::new(threads),
        }));
        let gate =
            Arc::new(TcpGate { shards: node.0.shards.clone(), stamp, census: node.census() });
        for (listener, name) in listeners {
            node.run(tcp::accept(listener, name, gate.clone()));
        }
        node.run(node.clone().relay_events(heard, bus));
        node.run(node.clone().relay_commands(commands));
        node.run(node.clone().sweep());
        Ok(node)
    }

    /// Opens a session for a participant.
    pub async fn open(
        &self,
        claims: &MediaClaims,
        offer: OpenSession,
    ) -> Result<SessionAnswer, Refusal> {
        let session = SessionId::new();
        let (room, participant) = (claims.room, claims.participant);
        let request = Box::new(OpenRequest {
            room,
            participant,
            session,
            publish: claims.publish,
            sdp: offer.sdp,
            tracks: offer.tracks,
            viewing: Viewing::Client,
        });
        let owner = Owner::Participant { room, participant };
        let answer = self.place(session, owner, |reply| Command::Open { request, reply }).await;
        answer.inspect_err(|refusal| {
            info!(%room, %participant, %refusal, "session refused");
        })
    }

    /// Opens a session for a client that doesn't know our data channel. Returns the answer and the
    /// tag of its ICE session.
    pub(crate) async fn open_stream(
        &self,
        place: &Place,
        offer: OpenSession,
    ) -> Result<(SessionAnswer, String), Refusal> {
        let (room, participant) = (place.room, place.participant);
        let request = Box::new(OpenRequest {
            room,
            participant,
            session: place.session,
            publish: place.publish,
            sdp: offer.sdp.clone(),
            tracks: offer.tracks,
            viewing: Viewing::Automatic,
        });
        let open = |reply| Command::Open { request, reply };
        let opened = self.place(place.session, place.owner, open).await;
        let answer = opened.inspect_err(|refusal| {
            info!(%room, %participant, %refusal, "stream refused");
        })?;
        // Both were just read by str0m, so there are credentials in them.
        let ice = IceSession::new(&offer.sdp, &answer.sdp)
            .ok_or_else(|| Refusal::BadOffer("its ICE credentials are malformed".into()))
            .inspect_err(|_| {
                self.end_now(answer.session, place.owner);
            })?;
        let tag = ice.tag().to_owned();
        self.directory().set_ice(answer.session, ice);
        Ok((answer, tag))
    }

    /// Takes in what a client says of its ICE. `meant` says whether a tag is that of the ICE session
    /// that the client speaks of.
    pub(crate) async fn trickle(
        &self,
        owner: Owner,
        session: SessionId,
        meant: impl Fn(&str) -> bool,
        client: Credentials,
    ) -> Result<Trickled, Refusal> {
        let ice = self.directory().ice(session, owner).ok_or(Refusal::UnknownSession)?;
        if !meant(ice.tag()) {
            return Err(Refusal::OtherIce);
        }
        if *ice.client() == client {
            return Ok(Trickled::Noted);
        }
        let answer = self.restart_ice(owner, session, ice.offer_with(&client)).await?.sdp;
        let ice = ice
            .restarted(client, &answer)
            .ok_or_else(|| Refusal::BadOffer("its ICE credentials are malformed".into()))?;
        let tag = ice.tag().to_owned();
        self.directory().set_ice(session, ice);
        Ok(Trickled::Restarted { answer, tag })
    }

    /// Addresses of STUN servers that outside clients are told of.
    pub(crate) fn ice_servers(&self) -> &[String] {
        &self.0.settings.raw.ice_servers
    }

    /// Opens a session for a connection test.
    pub async fn open_probe(
        &self,
        token: szpon_protocol::ApiToken,
        sdp: String,
    ) -> Result<SessionAnswer, Refusal> {
        let session = SessionId::new();
        let open = |reply| Command::OpenProbe { session, sdp, reply };
        self.place(session, Owner::Probe(token), open).await
    }

    async fn place(
        &self,
        session: SessionId,
        owner: Owner,
        open: impl FnOnce(crate::shard::Reply<Result<String, OpenError>>) -> Command,
    ) -> Result<SessionAnswer, Refusal> {
        let result = self.try_place(session, owner, open).await;
        result.inspect_err(|refusal| {
            self.0.refused.with_label_values(&[refusal.reason()]).inc();
        })
    }

    async fn try_place(
        &self,
        session: SessionId,
        owner: Owner,
        open: impl FnOnce(crate::shard::Reply<Result<String, OpenError>>) -> Command,
    ) -> Result<SessionAnswer, Refusal> {
        let _turn = self.0.turnstile.pass().await?;
        if self.draining() {
            return Err(OpenError::Draining.into());
        }
        let room_left = self.0.headroom.admit(Instant::now());
        let (placement, shard) = {
            let mut directory = self.directory();
            if let Err(short) = room_left
                && !directory.returns(owner)
            {
                return Err(short.into());
            }
            for (index, shard) in (0..).zip(self.0.shards.iter()) {
                let (measure, busy) = shard.view().busy();
                directory.measured(index, measure, busy);
            }
            let placement =
                directory.place(session, owner, Instant::now()).map_err(|no| match no {
                    NoPlace::Full => OpenError::TooManySessions,
                    NoPlace::RoomFull => OpenError::RoomFull,
                })?;
            let shard = &self.0.shards[usize::from(placement.shard)];
            // Under the lock, so that a newer word of a moderator comes after these.
            if let Owner::Participant { room, .. } = owner {
                for &(participant, sources) in &placement.allowed {
                    shard.command(Command::Node(NodeCommand::Allow { room, participant, sources }));
                }
            }
            (placement, shard)
        };
        let opening = Opening { node: self, session, shard, done: false };
        for session in placement.replaced {
            self.end_now(session, owner);
        }
        let sdp = shard.ask(open).await.ok_or(Refusal::ShardDown)??;
        opening.done();
        Ok(SessionAnswer { session, sdp })
    }

    /// Answers an offer with new ICE credentials.
    pub async fn restart_ice(
        &self,
        owner: Owner,
        session: SessionId,
        sdp: String,
    ) -> Result<SessionAnswer, Refusal> {
        let shard = self.directory().find(session, owner).ok_or(Refusal::UnknownSession)?;
        let answer = self.0.shards[usize::from(shard)]
            .ask(|reply| Command::RestartIce { session, sdp, reply })
            .await
            .ok_or(Refusal::ShardDown)?;
        match answer {
            Ok(sdp) => Ok(SessionAnswer { session, sdp }),
            Err(RestartError::UnknownSession) => Err(Refusal::UnknownSession),
            Err(RestartError::BadOffer(why)) => Err(Refusal::BadOffer(why)),
        }
    }

    /// Ends a session at its owner's wish.
    pub fn end(&self, owner: Owner, session: SessionId) -> Result<(), Refusal> {
        if self.end_now(session, owner) { Ok(()) } else { Err(Refusal::UnknownSession) }
    }

    fn end_now(&self, session: SessionId, owner: Owner) -> bool {
        let Some(shard) = self.directory().find(session, owner) else { return false };
        self.0.shards[usize::from(shard)].command(Command::End { session });
        true
    }

    /// What an operator sees.
    pub async fn stats(&self) -> NodeStats {
        let asked: JoinSet<_> = (self.0.shards.iter())
            .map(|shard| {
                let shard = shard.clone();
                async move { shard.ask(|reply| Command::Rooms { reply }).await }
            })
            .collect();
        let rooms = asked.join_all().await.into_iter().flatten().flatten();
        NodeStats {
            node: self.0.settings.raw.node.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            uptime_seconds: self.0.started.elapsed().as_secs(),
            draining: self.draining(),
            shards: self.0.shards.iter().map(|shard| shard.view().stats()).collect(),
            rooms: whole(rooms),
        }
    }

    /// Takes no more sessions, and tells every client to open a new one after `after`.
    pub fn drain(&self, after: Duration) {
        if !self.0.draining.swap(true, Ordering::AcqRel) {
            info!("the media node drains");
            for shard in self.0.shards.iter() {
                shard.command(Command::Drain { after });
            }
        }
    }

    pub fn draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }

    /// True while every shard's loop runs.
    pub fn alive(&self) -> bool {
        self.0.shards.iter().all(|shard| shard.view().alive())
    }

    /// Sessions that are open now, connection tests included.
    pub fn sessions(&self) -> usize {
        self.directory().sessions()
    }

    /// The addresses that clients are told.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.0.endpoints.iter().flat_map(|endpoint| endpoint.announced.iter().copied())
    }

    /// Ends all threads and tasks.
    pub async fn stop(&self) {
        for shard in self.0.shards.iter() {
            shard.command(Command::Stop);
        }
        for task in lock(&self.0.tasks).drain(..) {
            task.abort();
        }
        let threads: Vec<_> = lock(&self.0.threads).drain(..).collect();
        let joined = tokio::task::spawn_blocking(move || {
            threads.into_iter().filter_map(|thread| thread.join().err()).count()
        });
        if joined.await.is_ok_and(|panicked| panicked > 0) {
            warn!("a shard's thread had panicked");
        }
    }

    fn census(&self) -> Census {
        let raw = &self.0.settings.raw;
        Census::new(raw.tcp_connections, raw.tcp_connections_per_address)
    }

    fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        let handle = tokio::spawn(task).abort_handle();
        lock(&self.0.tasks).push(handle);
    }

    fn directory(&self) -> MutexGuard<'_, Directory> {
        lock(&self.0.directory)
    }

    /// From the shards to the bus.
    async fn relay_events(self, mut events: mpsc::UnboundedReceiver<ShardEvent>, bus: Bus) {
        while let Some(event) = events.recv().await {
            let tell = match event {
                ShardEvent::Node(event) => {
                    let (NodeEvent::Connected { session, .. }
                    | NodeEvent::Silent { session, .. }
                    | NodeEvent::Resumed { session, .. }
                    | NodeEvent::Gone { session, .. }) = event;
                    let mut directory = self.directory();
                    let dev = matches!(directory.owner(session), Some(Owner::Dev { .. }));
                    if let NodeEvent::Gone { .. } = event {
                        directory.release(session, Instant::now());
                    }
                    // Signalling would put out whoever is in a room that it doesn't know.
                    if dev { Vec::new() } else { vec![event] }
                }
                ShardEvent::ProbeGone { session } => {
                    self.directory().release(session, Instant::now());
                    Vec::new()
                }
                ShardEvent::Lost { shard } => {
                    let lost = self.directory().lost(shard, Instant::now());
                    lost.into_iter().filter_map(gone).collect()
                }
            };
            for event in tell {
                if let Err(error) = bus.publish_json(NODE_EVENTS, &event).await {
                    error!(?event, %error, "signalling can't be told");
                }
            }
        }
    }

    /// From the bus to the shards.
    async fn relay_commands(self, mut commands: szpon_kit::bus::Subscription) {
        while let Some(command) = commands.next_json::<NodeCommand>().await {
            self.obey(command);
        }
    }

    fn obey(&self, command: NodeCommand) {
        let mut directory = self.directory();
        let room = match &command {
            NodeCommand::Remove { room, .. } => *room,
            NodeCommand::Allow { room, participant, sources } => {
                directory.allow(*room, *participant, *sources, Instant::now());
                *room
            }
            NodeCommand::Close { room } => *room,
        };
        // Sent under the lock, see `try_place`.
        for shard in directory.shards_of(room) {
            self.0.shards[usize::from(shard)].command(Command::Node(command.clone()));
        }
        if let NodeCommand::Close { room } = command {
            directory.close(room);
        }
    }

    async fn sweep(self) {
        let mut every = tokio::time::interval(SWEEP_EVERY);
        loop {
            every.tick().await;
            self.directory().sweep(Instant::now());
        }
    }
}

/// A session that is being opened. If the caller goes away or the shard refuses, its place is given
/// back.
struct Opening<'a> {
    node: &'a Node,
    session: SessionId,
    shard: &'a ShardHandle,
    done: bool,
}

impl Opening<'_> {
    fn done(mut self) {
        self.done = true;
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.node.directory().release(self.session, Instant::now());
            self.shard.command(Command::End { session: self.session });
        }
    }
}

fn gone((session, owner): (SessionId, Owner)) -> Option<NodeEvent> {
    match owner {
        Owner::Participant { room, participant } => {
            Some(NodeEvent::Gone { room, participant, session })
        }
        Owner::Probe(_) | Owner::Dev { .. } => None,
    }
}

/// Rooms with what every shard has of them, in order.
fn whole(parts: impl Iterator<Item = RoomStats>) -> Vec<RoomStats> {
    let mut rooms: BTreeMap<RoomId, RoomStats> = BTreeMap::new();
    for part in parts {
        match rooms.entry(part.room) {
            Entry::Vacant(entry) => {
                entry.insert(part);
            }
            Entry::Occupied(mut entry) => {
                let room = entry.get_mut();
                room.shards.extend(part.shards);
                room.shards.sort_unstable();
                room.sessions.extend(part.sessions);
            }
        }
    }
    rooms.into_values().collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn core_config(
    settings: &Settings,
    endpoints: &[Endpoint],
    shard: u16,
    stamp: Stamp,
) -> CoreConfig {
    let raw = &settings.raw;
    let announced: Vec<SocketAddr> =
        endpoints.iter().flat_map(|endpoint| endpoint.announced.iter().copied()).collect();
    let tcp = if raw.tcp { announced.clone() } else { Vec::new() };
    let mut config = CoreConfig::new(shard, announced, tcp, rand::random());
    config.stamp = stamp;
    config.peers = (0..settings.shards.get()).filter(|peer| *peer != shard).collect();
    config.limits = Limits {
        sessions: raw.max_sessions,
        rooms: raw.max_rooms,
        sessions_per_room: raw.max_sessions_per_room,
        handshakes: raw.max_handshakes,
        packets_per_second: raw.session_packets_per_second,
        bits_per_second: raw.session_bits_per_second,
        messages_per_second: raw.session_messages_per_second,
        ..Limits::default()
    };
    config.silent_after = Duration::from_secs(raw.silent_after_seconds);
    config.gone_after = Duration::from_secs(raw.gone_after_seconds);
    config.connect_within = Duration::from_secs(raw.connect_within_seconds);
    config.initial_bitrate = raw.initial_bitrate;
    config
}

fn bind(endpoints: &[Endpoint], settings: &Settings) -> Result<UdpPorts, StartError> {
    let options = SocketOptions {
        receive_bytes: settings.raw.socket_receive_bytes,
        send_bytes: settings.raw.socket_send_bytes,
        shared: settings.shards.get() > 1,
    };
    UdpPorts::bind(endpoints, options)
        .map_err(|(address, source)| StartError::Udp { address, source })
}

fn listeners(
    endpoints: &[Endpoint],
) -> Result<Vec<(tokio::net::TcpListener, SocketAddr)>, StartError> {
    endpoints
        .iter()
        .map(|endpoint| {
            let listener = tcp::listen(endpoint)
                .map_err(|source| StartError::Tcp { address: endpoint.bind, source })?;
            Ok((listener, endpoint.name()))
        })
        .collect()
}

/// Two programs of one user may share a port with SO_REUSEPORT, and each would get half of the
/// packets. A socket without the option can't be bound then, so one is tried first.
fn refuse_shared(address: SocketAddr) -> Result<(), StartError> {
    match UdpSocket::bind(address) {
        Ok(_) => Ok(()),
        Err(source) => Err(StartError::Udp { address, source }),
    }
}

/// A port that is free for UDP and TCP on `listen`'s address.
fn free_port(listen: SocketAddr) -> Result<u16, StartError> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORT_ATTEMPTS {
        let found = UdpSocket::bind(listen)
            .and_then(|udp| udp.local_addr())
            .and_then(|address| TcpListener::bind(address).map(|_| address.port()));
        match found {
            Ok(port) => return Ok(port),
            Err(error) => last = error,
        }
    }
    Err(StartError::Udp { address: listen, source: last })
}

/// The core for a shard, if shards are to be kept on cores and there are enough of them.
fn pin_to(settings: &Settings, shard: u16) -> Option<usize> {
    if !settings.raw.pin_threads {
        return None;
    }
    let allowed = rustix::thread::sched_getaffinity(None).ok()?;
    let cores: Vec<usize> =
        (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
    let enough = cores.len() >= usize::from(settings.shards.get());
    cores.get(usize::from(shard)).copied().filter(|_| enough)
}

#[cfg(test)]
mod tests {
    use str0m::{
        RtcConfig,
        media::{Direction, MediaKind},
    };
    use szpon_protocol::{
        OfficeId, ParticipantId,
        media::{DATA_CHANNEL, Source, SourceSet, TrackPurpose},
    };
    use szpon_sfu_core::Spread;

    use super::*;
    use crate::settings::RawSettings;

    /// An offer of a microphone.
    fn offer() -> OpenSession {
        let mut rtc = RtcConfig::new().build(Instant::now());
        let mut changes = rtc.sdp_api();
        let mid = changes.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        changes.add_channel(DATA_CHANNEL.into());
        let (sdp, _) = changes.apply().unwrap();
        let source = Source::Microphone;
        let tracks = vec![TrackPurpose::Publish { mid: mid.to_string(), source }];
        OpenSession { sdp: sdp.to_sdp_string(), tracks }
    }

    /// Asks until the shard has heard everything.
    async fn until_it_holds(node: &Node, shard: u16, expected: Spread) {
        let shard = &node.0.shards[usize::from(shard)];
        let asking =
            async { while shard.ask(|reply| Command::Spread { reply }).await != Some(expected) {} };
        tokio::time::timeout(Duration::from_secs(20), asking).await.expect("it hears in the end");
    }

    #[tokio::test]
    async fn a_shard_that_panics_leaves_nothing_on_the_others() {
        let raw = RawSettings {
            listen: ([127, 0, 0, 1], 0).into(),
            shards: 2,
            pin_threads: false,
            spread_rooms_at: 1,
            ..RawSettings::default()
        };
        let (bus, registry) = (Bus::in_process(), Registry::new());
        let node = Node::start(raw.try_into().unwrap(), bus, &registry).await.unwrap();
        let room = RoomId::new();
        let claims = || MediaClaims {
            office: OfficeId::new(),
            room,
            participant: ParticipantId::new(),
            publish: SourceSet::ALL,
        };
        for _ in 0..2 {
            node.open(&claims(), offer()).await.unwrap();
        }
        let alone = Spread { rooms_elsewhere: 1, ..Spread::default() };
        let both = Spread { rooms: 1, members_elsewhere: 1, mirrors: 1, relays: 1, ..alone };
        until_it_holds(&node, 0, both).await;
        until_it_holds(&node, 1, both).await;
        let rooms = node.stats().await.rooms;
        assert_eq!((rooms.len(), &rooms[0].shards, rooms[0].sessions.len()), (1, &vec![0, 1], 2));

        node.0.shards[0].command(Command::Panic);
        until_it_holds(&node, 1, Spread::default()).await;
        until_it_holds(&node, 0, alone).await;
        // And the room spreads again.
        let events = async {
            while node.sessions() > 1 {
                tokio::task::yield_now().await
            }
        };
        tokio::time::timeout(Duration::from_secs(20), events).await.expect("the node hears of it");
        node.open(&claims(), offer()).await.unwrap();
        until_it_holds(&node, 0, both).await;
        until_it_holds(&node, 1, both).await;
        node.stop().await;
    }

    #[tokio::test]
    async fn a_shard_that_panics_starts_anew_and_its_people_are_told_to_be_gone() {
        let raw = RawSettings {
            listen: ([127, 0, 0, 1], 0).into(),
            shards: 2,
            pin_threads: false,
            ..RawSettings::default()
        };
        let (bus, registry) = (Bus::in_process(), Registry::new());
        let mut events = bus.subscribe(NODE_EVENTS).await.unwrap();
        let node = Node::start(raw.try_into().unwrap(), bus, &registry).await.unwrap();
        let put = || {
            let (session, room, participant) =
                (SessionId::new(), RoomId::new(), ParticipantId::new());
            let owner = Owner::Participant { room, participant };
            let placed = node.directory().place(session, owner, Instant::now()).unwrap();
            (placed.shard, NodeEvent::Gone { room, participant, session })
        };
        let ((first, gone), (second, _)) = (put(), put());
        assert_ne!(first, second);
        let shard = &node.0.shards[usize::from(first)];
        shard.command(Command::Panic);
        assert_eq!(events.next_json::<NodeEvent>().await, Some(gone));
        assert_eq!(node.sessions(), 1, "the other shard's people stay");
        // It answers again.
        let rooms = shard.ask(|reply| Command::Rooms { reply }).await;
        assert!(rooms.is_some_and(|rooms| rooms.is_empty()));
        assert!(node.alive());
        node.stop().await;
    }
}
