//! The shards of a node, their clients, and the network between them, in virtual time.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use str0m::net::{Protocol, Transmit};
use szpon_protocol::{
    ParticipantId, RoomId,
    bus::{NodeCommand, NodeEvent},
    media::{Source, ToNode},
};
use szpon_sfu_core::{
    Core, CoreConfig, CoreEvent, Datagram, OpenError, OpenRequest, Outbox, Output, Relay,
    RelayPacket, RestartError, ShardId, Stamp, Transport, Viewing,
};
use uuid::Uuid;

use crate::{
    client::{Client, ClientSetup},
    link::{Bottleneck, Link, Loss, Path, Wire},
    rival::{Acknowledged, Rival, SEGMENT},
};

/// Index of a client in its [`World`].
pub type ClientKey = usize;

/// Index of a bottleneck in its [`World`].
pub type BottleneckKey = usize;

/// Index of a rival in its [`World`].
pub type RivalKey = usize;

/// Index of a shard in its [`World`].
pub type ShardKey = usize;

/// What the first shard is called in its node; the others follow.
const FIRST_SHARD: ShardId = 3;

struct Place {
    client: Client,
    /// Its address as the node sees it, if a translator (NAT) stands between them.
    outside: Option<SocketAddr>,
    /// Where its session is.
    shard: ShardKey,
    up: Link,
    down: Link,
    /// What the way down goes through together with others.
    bottleneck: Option<BottleneckKey>,
    /// Its reports of what came reach the node.
    reports: bool,
    /// What its data channel sends reaches the node.
    channel: bool,
    /// When the client wants to run; the entry of the agenda that is valid.
    planned: Instant,
}

impl Place {
    /// Where the node reaches it.
    fn address(&self) -> SocketAddr {
        self.outside.unwrap_or(self.client.address)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToNode(ShardKey),
    ToClient(ClientKey),
}

/// Something that happens at a moment. The number makes the order of equal moments certain.
#[derive(Debug)]
struct Entry {
    at: Instant,
    number: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    Arrival {
        direction: Direction,
        transport: Transport,
        source: SocketAddr,
        destination: SocketAddr,
        payload: Vec<u8>,
    },
    Run(ClientKey),
    Acknowledged(RivalKey, Acknowledged),
    Relay {
        to: ShardKey,
        from: ShardId,
        message: Relay,
    },
    RelayPacket {
        to: ShardKey,
        packet: RelayPacket,
    },
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// See the crate's documentation.
pub struct World {
    /// The first shard, and for most worlds the only one.
    pub core: Core,
    others: Vec<Core>,
    configs: Vec<CoreConfig>,
    /// How long it takes from one shard to another.
    pub relay_delay: Duration,
    /// Share of packets lost between shards, 0 to 1. What is told is never lost.
    pub relay_loss: f64,
    pub now: Instant,
    /// What the shards told signalling, in order.
    pub events: Vec<(Instant, NodeEvent)>,
    /// Flows that the shards have announced and not taken back.
    pub bound: Vec<(Transport, SocketAddr)>,
    /// How long the shards have worked, if [`World::measure`] gave a clock.
    pub busy: Duration,
    clock: Option<fn() -> Instant>,
    rng: StdRng,
    places: Vec<Place>,
    /// Where clients were seen last.
    by_address: HashMap<SocketAddr, ClientKey>,
    bottlenecks: Vec<Bottleneck>,
    rivals: Vec<(BottleneckKey, Rival)>,
    agenda: BinaryHeap<Reverse<Entry>>,
    entries: u64,
    addresses: u32,
    outbox: Outbox,
    packets: Vec<(ShardId, RelayPacket)>,
    heard: Option<Vec<Heard>>,
}

/// A datagram as it reached a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub transport: Transport,
    pub source: SocketAddr,
    pub payload: Vec<u8>,
}

impl World {
    /// Where the shard listens, for UDP and TCP.
    pub const NODE: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 40_000);

    /// The same seed brings the same meeting.
    pub fn new(seed: u64) -> Self {
        Self::with_config(seed, |_| {})
    }

    /// As [`World::new`], with other settings of the shard.
    pub fn with_config(seed: u64, change: impl Fn(&mut CoreConfig)) -> Self {
        Self::of_shards(seed, 1, change)
    }

    /// As [`World::with_config`], with so many shards in the node.
    pub fn of_shards(seed: u64, shards: usize, change: impl Fn(&mut CoreConfig)) -> Self {
        // str0m draws its SSRCs and ids from here.
        fastrand::seed(seed);
        let mut rng = StdRng::seed_from_u64(seed);
        let names: Vec<ShardId> = (FIRST_SHARD..).take(shards).collect();
        let stamp = Stamp::new(rng.random());
        let mut configs = Vec::new();
        for name in &names {
            let mut secret = [0; 32];
            rng.fill(&mut secret);
            let mut config = CoreConfig::new(*name, vec![Self::NODE], vec![Self::NODE], secret);
            config.stamp = stamp;
            config.peers = names.iter().copied().filter(|other| other != name).collect();
            change(&mut config);
            configs.push(config);
        }
        let mut cores = configs.iter().cloned().map(Core::new);
        Self {
            core: cores.next().expect("a node has a shard"),
            others: cores.collect(),
            configs,
            relay_delay: Duration::from_micros(50),
            relay_loss: 0.0,
            now: Instant::now(),
            events: Vec::new(),
            bound: Vec::new(),
            busy: Duration::ZERO,
            clock: None,
            rng,
            places: Vec::new(),
            by_address: HashMap::new(),
            bottlenecks: Vec::new(),
            rivals: Vec::new(),
            agenda: BinaryHeap::new(),
            entries: 0,
            addresses: 0,
            outbox: Outbox::default(),
            packets: Vec::new(),
            heard: None,
        }
    }

    /// Measures the shard's work by a real clock, for benchmarks.
    pub fn measure(&mut self, clock: fn() -> Instant) {
        self.clock = Some(clock);
        self.busy = Duration::ZERO;
    }

    /// All shards, in order.
    pub fn shards(&self) -> impl Iterator<Item = &Core> {
        std::iter::once(&self.core).chain(&self.others)
    }

    pub fn shard(&self, key: ShardKey) -> &Core {
        match key.checked_sub(1) {
            None => &self.core,
            Some(other) => &self.others[other],
        }
    }

    fn shard_mut(&mut self, key: ShardKey) -> &mut Core {
        match key.checked_sub(1) {
            None => &mut self.core,
            Some(other) => &mut self.others[other],
        }
    }

    /// The shard has lost everything, and begins anew.
    pub fn restart(&mut self, key: ShardKey) {
        self.rng.fill(&mut self.configs[key].seed);
        *self.shard_mut(key) = Core::new(self.configs[key].clone());
        self.pump_cores();
    }

    fn on_core<T>(&mut self, key: ShardKey, work: impl FnOnce(&mut Core, Instant) -> T) -> T {
        let now = self.now;
        let Some(clock) = self.clock else { return work(self.shard_mut(key), now) };
        let start = clock();
        let done = measured(|| work(self.shard_mut(key), now));
        self.busy += clock() - start;
        done
    }

    /// A room id out of the seed.
    pub fn room(&mut self) -> RoomId {
        RoomId(Uuid::from_u128(self.rng.random()))
    }

    /// A client with a good line joins.
    ///
    /// # Panics
    ///
    /// When the shard refuses.
    pub fn join(&mut self, setup: ClientSetup) -> ClientKey {
        self.join_over(setup, Path::GOOD, Path::GOOD)
    }

    /// A client joins over these directions of its line, to the node and back.
    ///
    /// # Panics
    ///
    /// When the shard refuses.
    pub fn join_over(&mut self, setup: ClientSetup, up: Path, down: Path) -> ClientKey {
        self.try_join(setup, up, down).expect("the shard opens the session")
    }

    /// As [`World::join_over`], with the shard's refusal.
    pub fn try_join(
        &mut self,
        setup: ClientSetup,
        up: Path,
        down: Path,
    ) -> Result<ClientKey, OpenError> {
        self.try_join_on(0, setup, up, down)
    }

    /// A client with a good line joins on a shard.
    ///
    /// # Panics
    ///
    /// When the shard refuses.
    pub fn join_on(&mut self, shard: ShardKey, setup: ClientSetup) -> ClientKey {
        self.try_join_on(shard, setup, Path::GOOD, Path::GOOD).expect("the shard opens the session")
    }

    /// As [`World::try_join`], on a shard.
    pub fn try_join_on(
        &mut self,
        shard: ShardKey,
        setup: ClientSetup,
        up: Path,
        down: Path,
    ) -> Result<ClientKey, OpenError> {
        let address = self.new_address();
        let key = self.places.len();
        let allowed = setup.allowed;
        let (room, participant, channel) = (setup.room, setup.participant, setup.channel);
        let mut client = Client::new(key as u32, setup, address, self.now, &mut self.rng);
        client.ordered = !down.reorder && down.loss == Loss::NONE;
        let (sdp, tracks) = client.offer();
        let request = OpenRequest {
            room,
            participant,
            session: client.session,
            publish: allowed,
            sdp: sdp.to_owned(),
            tracks: tracks.to_vec(),
            viewing: if channel { Viewing::Client } else { Viewing::Automatic },
        };
        let answer = self.on_core(shard, |core, now| core.open(now, request))?;
        client.accept(&answer);
        let (up, down) = (Link::new(up, self.now), Link::new(down, self.now));
        self.places.push(Place {
            client,
            outside: None,
            shard,
            up,
            down,
            bottleneck: None,
            reports: true,
            channel: true,
            planned: self.now,
        });
        self.note_way(key);
        let out = self.places[key].client.run(self.now);
        self.send_all(key, out);
        self.pump_cores();
        Ok(key)
    }

    fn new_address(&mut self) -> SocketAddr {
        self.addresses += 1;
        let [_, b, c, d] = self.addresses.to_be_bytes();
        SocketAddr::from(([10, b, c, d], 5_000))
    }

    pub fn client(&self, key: ClientKey) -> &Client {
        &self.places[key].client
    }

    pub fn client_mut(&mut self, key: ClientKey) -> &mut Client {
        &mut self.places[key].client
    }

    pub fn participant(&self, key: ClientKey) -> ParticipantId {
        self.places[key].client.setup.participant
    }

    /// Changes the way from the node to the client.
    pub fn set_down(&mut self, key: ClientKey, path: Path) {
        self.places[key].down.path = path;
        self.note_way(key);
    }

    /// Changes the way from the client to the node.
    pub fn set_up(&mut self, key: ClientKey, path: Path) {
        self.places[key].up.path = path;
        self.note_way(key);
    }

    fn note_way(&mut self, key: ClientKey) {
        let place = &mut self.places[key];
        place.client.ordered &= !place.down.path.reorder && place.down.path.loss == Loss::NONE;
        // A packet that is missing may have been lost on the publisher's way.
        let ways = self.places.iter().map(|place| place.up.path.delay + place.down.path.delay);
        let longest = ways.max().unwrap_or_default();
        for place in &mut self.places {
            place.client.round_trip = longest;
        }
    }

    fn key_at(&mut self, address: SocketAddr) -> Option<ClientKey> {
        let known = self.by_address.get(&address).copied();
        if let Some(key) = known.filter(|key| self.places[*key].address() == address) {
            return Some(key);
        }
        let key = self.places.iter().position(|place| place.address() == address)?;
        self.by_address.insert(address, key);
        Some(key)
    }

    /// The way from the node to the client.
    pub fn down(&self, key: ClientKey) -> Path {
        self.places[key].down.path
    }

    /// Bytes that the way down has carried, if it has a capacity; with the headers of IP and UDP.
    pub fn carried_down(&self, key: ClientKey) -> u64 {
        self.places[key].down.wire.carried
    }

    /// A wire of this rate (bits per second) behind a queue, for several ways down.
    pub fn bottleneck(&mut self, rate: u64, queue: Duration) -> BottleneckKey {
        self.bottlenecks.push(Bottleneck { rate, queue, wire: Wire::new(self.now) });
        self.bottlenecks.len() - 1
    }

    /// From now on the client's way down goes through the bottleneck, beside whatever else does.
    pub fn share_down(&mut self, key: ClientKey, bottleneck: BottleneckKey) {
        self.places[key].bottleneck = Some(bottleneck);
    }

    /// A greedy flow of somebody else begins, through the same queue.
    pub fn rival(&mut self, bottleneck: BottleneckKey, rtt: Duration) -> RivalKey {
        self.rivals.push((bottleneck, Rival::new(rtt, self.now)));
        let key = self.rivals.len() - 1;
        self.feed_rival(key);
        key
    }

    pub fn stop_rival(&mut self, key: RivalKey) {
        self.rivals[key].1.stopped = true;
    }

    /// Bytes that the rival got through.
    pub fn rival_bytes(&self, key: RivalKey) -> u64 {
        self.rivals[key].1.delivered
    }

    fn feed_rival(&mut self, key: RivalKey) {
        let (bottleneck, rival) = &mut self.rivals[key];
        let mut told = Vec::new();
        while rival.take() {
            let through = self.bottlenecks[*bottleneck].send(self.now, SEGMENT);
            // A loss shows when what was sent after it is acknowledged.
            let at = through.unwrap_or(self.now) + rival.rtt;
            told.push((at, Acknowledged { sent: self.now, lost: through.is_none() }));
        }
        for (at, segment) in told {
            self.plan(at, What::Acknowledged(key, segment));
        }
    }

    /// Whether what the client's data channel sends reaches the node.
    pub fn set_channel(&mut self, key: ClientKey, through: bool) {
        self.places[key].channel = through;
    }

    /// From now on nothing that the client reports of what came reaches the node.
    pub fn stop_reports(&mut self, key: ClientKey) {
        self.places[key].reports = false;
    }

    /// What the client would send in this time from now on if it heard nothing, with the moments. The
    /// world is of no use for this client afterwards.
    pub fn record(&mut self, key: ClientKey, time: Duration) -> Vec<(Instant, Vec<u8>)> {
        let client = &mut self.places[key].client;
        let (mut now, end) = (self.now, self.now + time);
        let mut recorded = Vec::new();
        while now < end {
            let sent = client.run(now);
            recorded.extend(sent.into_iter().map(|transmit| (now, transmit.contents.into())));
            now = client.wake.max(now + Duration::from_micros(100));
        }
        recorded
    }

    /// Takes the shards out of the world, for others to drive.
    pub fn into_shards(self) -> Vec<Core> {
        std::iter::once(self.core).chain(self.others).collect()
    }

    /// The client says what it shows: participant, source, width and height.
    pub fn view(&mut self, key: ClientKey, tiles: &[(ParticipantId, Source, u16, u16)]) {
        self.say(key, &Client::view(tiles));
    }

    /// The client shows the cameras of all these, at this size.
    pub fn view_cameras(&mut self, key: ClientKey, of: &[ClientKey], width: u16, height: u16) {
        let tiles: Vec<_> = of
            .iter()
            .filter(|other| **other != key)
            .map(|other| (self.participant(*other), Source::Camera, width, height))
            .collect();
        self.view(key, &tiles);
    }

    pub fn say(&mut self, key: ClientKey, message: &ToNode) {
        let out = self.places[key].client.say(self.now, message);
        self.send_all(key, out);
    }

    pub fn say_raw(&mut self, key: ClientKey, message: &[u8]) {
        let out = self.places[key].client.say_raw(self.now, message.to_vec());
        self.send_all(key, out);
    }

    pub fn command(&mut self, command: NodeCommand) {
        let now = self.now;
        for key in 0..self.configs.len() {
            self.shard_mut(key).command(now, command.clone());
        }
        self.pump_cores();
    }

    /// The client leaves over HTTP.
    pub fn leave(&mut self, key: ClientKey) {
        let (session, now) = (self.places[key].client.session, self.now);
        self.shard_mut(self.places[key].shard).close(now, session);
        self.places[key].client.closed = true;
        self.pump_cores();
    }

    /// The client leaves by closing its peer connection.
    pub fn hang_up(&mut self, key: ClientKey) {
        let out = self.places[key].client.hang_up(self.now);
        self.send_all(key, out);
        self.places[key].client.closed = true;
    }

    /// The client's machine sleeps (nothing in or out), or wakes.
    pub fn set_awake(&mut self, key: ClientKey, awake: bool) {
        self.places[key].client.awake = awake;
        if awake {
            self.places[key].planned = self.now;
            self.plan(self.now, What::Run(key));
        }
    }

    /// The client's address translator gives it another address, which nobody tells the client.
    pub fn translate(&mut self, key: ClientKey) {
        self.places[key].outside = Some(self.new_address());
    }

    /// The client leaves its network for another, without a word but its connectivity checks.
    pub fn move_network(&mut self, key: ClientKey) {
        let address = self.new_address();
        self.places[key].client.move_to(address);
        let out = self.places[key].client.run(self.now);
        self.send_all(key, out);
        self.pump_cores();
    }

    /// The client has another address now and restarts ICE.
    pub fn change_network(&mut self, key: ClientKey) -> Result<(), RestartError> {
        let address = self.new_address();
        let client = &mut self.places[key].client;
        let offer = client.restart_ice(address);
        let (session, now) = (client.session, self.now);
        let answer = self.shard_mut(self.places[key].shard).restart_ice(now, session, &offer)?;
        let client = &mut self.places[key].client;
        client.accept(&answer);
        client.use_new_address();
        let out = client.run(self.now);
        self.send_all(key, out);
        self.pump_cores();
        Ok(())
    }

    /// Keeps what reaches the shard from now on.
    pub fn listen(&mut self) {
        self.heard = Some(Vec::new());
    }

    /// What has reached the shard since [`World::listen`] or the last call.
    pub fn heard(&mut self) -> Vec<Heard> {
        self.heard.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A datagram from anywhere, at once.
    pub fn inject(&mut self, transport: Transport, source: SocketAddr, payload: &[u8]) {
        let datagram = Datagram { transport, source, destination: Self::NODE, payload };
        self.core.receive(self.now, datagram);
        self.pump_cores();
    }

    /// Random bytes out of the seed.
    pub fn noise(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.rng.fill(&mut bytes[..]);
        bytes
    }

    /// A number below `end` out of the seed.
    pub fn random_below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    /// Lets this much time pass.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(self.now + time);
    }

    /// Lets time pass until the moment.
    pub fn run_until(&mut self, end: Instant) {
        loop {
            let core_at = self.pump_cores();
            let entry_at = self.agenda.peek().map(|Reverse(entry)| entry.at);
            let next = entry_at.map_or(core_at, |at| at.min(core_at));
            if next > end {
                self.now = end;
                return;
            }
            self.now = self.now.max(next);
            while self.agenda.peek().is_some_and(|Reverse(entry)| entry.at <= self.now) {
                if let Some(Reverse(entry)) = self.agenda.pop() {
                    self.happen(entry);
                }
            }
        }
    }

    /// Lets time pass until `condition` holds. False when it does not within `limit`.
    pub fn run_until_true(
        &mut self,
        limit: Duration,
        mut condition: impl FnMut(&Self) -> bool,
    ) -> bool {
        let end = self.now + limit;
        while self.now < end {
            if condition(self) {
                return true;
            }
            self.run_for(Duration::from_millis(10));
        }
        condition(self)
    }

    fn happen(&mut self, entry: Entry) {
        match entry.what {
            What::Arrival {
                direction: Direction::ToNode(shard),
                transport,
                source,
                payload,
                ..
            } => {
                let destination = Self::NODE;
                let datagram = Datagram { transport, source, destination, payload: &payload };
                self.on_core(shard, |core, now| core.receive(now, datagram));
                if let Some(heard) = &mut self.heard {
                    heard.push(Heard { transport, source, payload });
                }
            }
            What::Arrival {
                direction: Direction::ToClient(key),
                source,
                destination,
                payload,
                ..
            } => {
                let Place { client, up, down, .. } = &mut self.places[key];
                if client.awake && !client.closed {
                    client.way = up.transit.zip(down.transit).map(|(up, down)| up + down);
                    let out = client.receive(self.now, source, destination, &payload);
                    self.send_all(key, out);
                }
            }
            What::Relay { to, from, message } => {
                self.on_core(to, |core, now| core.relay(now, from, message));
            }
            What::RelayPacket { to, packet } => {
                self.on_core(to, |core, now| core.relay_packet(now, packet));
            }
            What::Run(key) => {
                let place = &mut self.places[key];
                if entry.at != place.planned || !place.client.awake || place.client.closed {
                    return;
                }
                let out = place.client.run(self.now);
                self.send_all(key, out);
            }
            What::Acknowledged(key, segment) => {
                self.rivals[key].1.on_acknowledged(segment, self.now);
                self.feed_rival(key);
            }
        }
    }

    /// Sends what a client has to send, and plans when it runs again.
    fn send_all(&mut self, key: ClientKey, transmits: Vec<Transmit>) {
        for transmit in transmits {
            let place = &mut self.places[key];
            if !place.client.awake {
                break;
            }
            // RFC 7983, and what DTLS carries (RFC 6347, section 4.1).
            if !place.channel && transmit.contents.first() == Some(&23) {
                continue;
            }
            if !place.reports && is_rtcp(&transmit.contents) {
                continue;
            }
            let size = transmit.contents.len();
            let Some(at) = place.up.send(self.now, size, None, &mut self.rng) else { continue };
            let what = What::Arrival {
                direction: Direction::ToNode(place.shard),
                transport: transport_of(transmit.proto),
                source: place.outside.unwrap_or(transmit.source),
                destination: transmit.destination,
                payload: transmit.contents.into(),
            };
            self.plan(at, what);
        }
        let place = &mut self.places[key];
        // str0m may name a moment that has passed; time must still go on.
        let at = place.client.wake.max(self.now + Duration::from_micros(100));
        if place.planned <= self.now || at < place.planned {
            place.planned = at;
            self.plan(at, What::Run(key));
        }
    }

    fn plan(&mut self, at: Instant, what: What) {
        self.entries += 1;
        self.agenda.push(Reverse(Entry { at, number: self.entries, what }));
    }

    /// Takes everything out of the shards. Returns when the first of them wants to be asked again.
    fn pump_cores(&mut self) -> Instant {
        let waits = (0..self.configs.len()).map(|key| self.pump_core(key)).collect::<Vec<_>>();
        waits.into_iter().min().unwrap_or(self.now)
    }

    fn pump_core(&mut self, key: ShardKey) -> Instant {
        let from = self.configs[key].shard;
        let relayed_at = self.now + self.relay_delay;
        let until = loop {
            match self.on_core(key, Core::poll) {
                Output::Wait(at) => break at.max(self.now + Duration::from_micros(100)),
                Output::Send => self.send_outbox(key),
                Output::Event(CoreEvent::Node(event)) => self.events.push((self.now, event)),
                Output::Event(CoreEvent::Bound { transport, remote }) => {
                    self.bound.push((transport, remote));
                }
                Output::Event(CoreEvent::Released { transport, remote }) => {
                    self.bound.retain(|flow| *flow != (transport, remote));
                }
                Output::Event(_) => {}
                Output::Relay { to, message } => {
                    let to = usize::from(to - FIRST_SHARD);
                    self.plan(relayed_at, What::Relay { to, from, message });
                }
            }
        };
        let mut packets = std::mem::take(&mut self.packets);
        self.shard_mut(key).take_relayed(&mut packets);
        for (to, packet) in packets.drain(..) {
            if self.relay_loss == 0.0 || !self.rng.random_bool(self.relay_loss) {
                let to = usize::from(to - FIRST_SHARD);
                self.plan(relayed_at, What::RelayPacket { to, packet });
            }
        }
        self.packets = packets;
        self.send_outbox(key);
        until
    }

    fn send_outbox(&mut self, key: ShardKey) {
        let mut outbox = std::mem::take(&mut self.outbox);
        self.shard_mut(key).take_outbox(&mut outbox);
        let datagrams = outbox.runs().flat_map(|run| run.datagrams().map(move |d| (run, d)));
        for (transmit, datagram) in datagrams {
            let to = transmit.destination;
            // To an address that a client has left: nobody is there.
            let Some(key) = self.key_at(to) else { continue };
            let place = &mut self.places[key];
            let shared = place.bottleneck.map(|shared| &mut self.bottlenecks[shared]);
            let Some(at) = place.down.send(self.now, datagram.len(), shared, &mut self.rng) else {
                continue;
            };
            let what = What::Arrival {
                direction: Direction::ToClient(key),
                transport: transmit.transport,
                source: transmit.source,
                destination: place.client.address,
                payload: datagram.to_vec(),
            };
            self.plan(at, what);
        }
        self.outbox = outbox;
    }
}

/// RTP and RTCP share a port (RFC 5761, section 4).
fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, 192..=223, ..])
}

/// What a shard does while it is measured, under a name that a profiler finds.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    work()
}

fn transport_of(protocol: Protocol) -> Transport {
    match protocol {
        Protocol::Udp => Transport::Udp,
        _ => Transport::Tcp,
    }
}
