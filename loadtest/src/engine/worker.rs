//! The thread: one poll over all sockets, one heap of timers.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    net::IpAddr,
    rc::Rc,
    sync::mpsc::{Receiver, TryRecvError},
    thread,
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};
use slab::Slab;
use szpon_sfu_srtp::Profile;

use super::{
    Command, EngineError, Offer, Part, PeerId, PeerSetup, Snapshot,
    peer::Peer,
    socket::{Bundle, Port, ReadBuffers},
};
use crate::{process, rtp, stats::totals::Totals};

/// The token of the waker; sockets have their keys.
pub const WAKE: Token = Token(usize::MAX);
/// Events taken at once.
const EVENTS: usize = 1_024;
/// With nothing to do, the thread looks so often.
const IDLE: Duration = Duration::from_millis(500);
/// Media that comes within this time is read together. Its latency is not measured later for that, since
/// the kernel notes when a datagram came. And whoever sends doesn't pay for waking the thread again and
/// again, as it wouldn't if the participants were elsewhere.
pub const TOGETHER: Duration = Duration::from_millis(1);

struct Entry {
    peer: Peer,
    port: Port,
    /// The key of its socket.
    bundle: usize,
    /// The earliest timer in the heap.
    scheduled: Option<Instant>,
}

/// A socket and whose its seats are.
struct Sockets {
    bundle: Rc<Bundle>,
    /// Keys of peers, by seat.
    peers: Vec<Option<usize>>,
}

pub struct Worker {
    poll: Poll,
    inbox: Receiver<Command>,
    peers: Slab<Entry>,
    sockets: Slab<Sockets>,
    /// The socket that still has seats.
    filling: Option<usize>,
    serial: u64,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    /// By group; as many as any peer's group needs.
    totals: Vec<Totals>,
    profiles: Vec<Profile>,
    /// Something came that somebody waits for: a handshake, or a command.
    hurry: bool,
    /// None: the thread sleeps while there is nothing to do.
    awake: Option<Awake>,
}

/// A thread that asks again and again instead of sleeping. Waking a sleeper on another core costs the
/// sender of a datagram more than the datagram, and no server pays that for clients elsewhere.
#[derive(Default)]
struct Awake {
    /// The thread's CPU time when it last found nothing to do.
    since: Option<Duration>,
    /// CPU time spent on finding nothing.
    spent: Duration,
}

impl Awake {
    /// After each look.
    fn note(&mut self, nothing: bool) {
        if nothing == self.since.is_some() {
            return;
        }
        let Ok(now) = process::thread_cpu_time() else { return };
        match self.since.take() {
            Some(since) => self.spent += now.saturating_sub(since),
            None => self.since = Some(now),
        }
    }
}

impl Worker {
    /// `awake`: the thread has a core for itself and never sleeps.
    pub fn new(poll: Poll, inbox: Receiver<Command>, awake: bool) -> Self {
        Self {
            poll,
            inbox,
            peers: Slab::new(),
            sockets: Slab::new(),
            filling: None,
            serial: 0,
            timers: BinaryHeap::new(),
            totals: Vec::new(),
            profiles: Vec::new(),
            hurry: false,
            awake: awake.then(Awake::default),
        }
    }

    /// Runs until it is told to end, or nobody can tell it anything any more.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        let mut buffers = ReadBuffers::default();
        loop {
            let now = Instant::now();
            let due = self
                .timers
                .peek()
                .map_or(IDLE, |first| first.0.0.saturating_duration_since(now))
                .min(IDLE);
            let wait = if self.awake.is_some() { Duration::ZERO } else { due };
            if self.poll.poll(&mut events, Some(wait)).is_err() {
                // Interrupted by a signal.
                continue;
            }
            if let Some(awake) = &mut self.awake {
                let nothing = events.is_empty() && !due.is_zero();
                awake.note(nothing);
                if nothing {
                    std::hint::spin_loop();
                    continue;
                }
            }
            let woken = Instant::now();
            for event in &events {
                if event.token() != WAKE {
                    self.read(event.token().0, &mut buffers);
                }
            }
            if !self.obey() {
                return;
            }
            self.run_timers();
            let hurry = std::mem::take(&mut self.hurry);
            if self.awake.is_none() && !hurry {
                thread::sleep(TOGETHER.saturating_sub(woken.elapsed()));
            }
        }
    }

    fn read(&mut self, socket: usize, buffers: &mut ReadBuffers) {
        let Some(Sockets { bundle, .. }) = self.sockets.get(socket) else { return };
        let bundle = bundle.clone();
        let now = Instant::now();
        bundle.receive(buffers, |mut received| {
            let seats = self.sockets.get(socket).map(|sockets| sockets.peers.as_slice());
            let seat = usize::from(received.seat);
            let Some(&Some(key)) = seats.and_then(|seats| seats.get(seat)) else { return };
            let Some(Entry { peer, port, .. }) = self.peers.get_mut(key) else { return };
            let totals = &mut self.totals[peer.group()];
            let (from, kernel) = (received.from, received.kernel);
            let mut sooner = false;
            for datagram in received.datagrams() {
                self.hurry |= !rtp::is_media(datagram);
                sooner |= peer.receive(port, from, kernel, datagram, now, totals);
            }
            if sooner {
                self.schedule(key, now);
            }
        });
    }

    /// A seat for the peer with this key, and the key of its socket.
    fn seat(&mut self, ip: IpAddr, peer: usize) -> Result<(Port, usize), EngineError> {
        let filling = self.filling.and_then(|key| Some((self.sockets.get(key)?, key)));
        let free = filling.and_then(|(sockets, key)| Some((sockets.bundle.seat(ip)?, key)));
        let (port, key) = match free {
            Some(found) => found,
            None => {
                let full = self.filling.take();
                full.into_iter().for_each(|key| self.close_if_empty(key));
                let entry = self.sockets.vacant_entry();
                let key = entry.key();
                let bundle = Bundle::bind(ip, self.poll.registry(), Token(key))?;
                let port = bundle.seat(ip).ok_or(EngineError::Gone)?;
                entry.insert(Sockets { bundle, peers: Vec::new() });
                self.filling = Some(key);
                (port, key)
            }
        };
        let seats = &mut self.sockets[key].peers;
        seats.resize(usize::from(port.seat()) + 1, None);
        seats[usize::from(port.seat())] = Some(peer);
        Ok((port, key))
    }

    /// A peer has left its seat.
    fn vacate(&mut self, port: Port, socket: usize) {
        let Some(sockets) = self.sockets.get_mut(socket) else { return };
        if let Some(seat) = sockets.peers.get_mut(usize::from(port.seat())) {
            *seat = None;
        }
        drop(port);
        if self.filling != Some(socket) {
            self.close_if_empty(socket);
        }
    }

    fn close_if_empty(&mut self, socket: usize) {
        if self.sockets.get(socket).is_some_and(|sockets| sockets.bundle.is_empty()) {
            self.sockets.remove(socket);
        }
    }

    /// Puts a peer's next timer into the heap, if it is earlier than what is there.
    fn schedule(&mut self, key: usize, now: Instant) {
        let Some(entry) = self.peers.get_mut(key) else { return };
        let due = entry.peer.due(now);
        if entry.scheduled.is_none_or(|scheduled| due < scheduled) {
            entry.scheduled = Some(due);
            self.timers.push(Reverse((due, key)));
        }
    }

    fn run_timers(&mut self) {
        let now = Instant::now();
        while let Some(&Reverse((at, key))) = self.timers.peek() {
            if at > now {
                return;
            }
            self.timers.pop();
            let Some(entry) = self.peers.get_mut(key) else { continue };
            // An earlier timer took this one's place.
            if entry.scheduled != Some(at) {
                continue;
            }
            entry.scheduled = None;
            let totals = &mut self.totals[entry.peer.group()];
            let due = entry.peer.run(&entry.port, now, totals);
            // Never again in the same round: other peers have their turn first.
            let due = due.max(now + Duration::from_micros(100));
            entry.scheduled = Some(due);
            self.timers.push(Reverse((due, key)));
        }
    }

    /// False when it is to end.
    fn obey(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(Command::End) | Err(TryRecvError::Disconnected) => return false,
                Ok(command) => self.carry_out(command),
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    fn carry_out(&mut self, command: Command) {
        let now = Instant::now();
        self.hurry = true;
        match command {
            // Whoever asked may have given up; then nobody needs the answer.
            Command::Offer(setup, reply) => drop(reply.send(self.offer(*setup, now))),
            Command::Answer(setup, offer, posted, reply) => {
                let _ = reply.send(self.answer(*setup, &offer, posted, now));
            }
            Command::Accept(id, answer, posted, reply) => {
                let done = self.with(id, |entry, totals| {
                    entry.peer.accept(&entry.port, &answer, posted, now, totals)
                });
                let _ = reply.send(done.unwrap_or(Err(EngineError::Gone)));
                self.schedule(id.key, now);
            }
            Command::Say(id, message) => {
                self.with(id, |entry, totals| entry.peer.say(&entry.port, message, now, totals));
                self.schedule(id.key, now);
            }
            Command::Link(id, down, up) => {
                self.with(id, |entry, _| entry.peer.set_link(down, up));
            }
            Command::Move(id) => {
                // Who is gone or can't get another socket stays where it is.
                let _ = self.change_address(id, now);
                self.schedule(id.key, now);
            }
            Command::Restart(id, reply) => {
                let moved = self.change_address(id, now);
                let offer = moved.and_then(|()| {
                    let offer = self.with(id, |entry, _| entry.peer.restart());
                    offer.unwrap_or(Err(EngineError::Gone))
                });
                let _ = reply.send(offer);
                self.schedule(id.key, now);
            }
            Command::Leave(id) => {
                let left =
                    self.with(id, |entry, totals| entry.peer.leave(&entry.port, now, totals));
                if left.is_some() {
                    let Entry { port, bundle, .. } = self.peers.remove(id.key);
                    self.vacate(port, bundle);
                }
            }
            Command::Snapshot(clear, reply) => {
                let _ = reply.send(self.snapshot(clear, now));
            }
            Command::End => {}
        }
    }

    fn offer(&mut self, setup: PeerSetup, now: Instant) -> Result<Offer, EngineError> {
        self.make_room_for(setup.group);
        self.serial += 1;
        let serial = self.serial;
        let key = self.peers.vacant_key();
        let (port, bundle) = self.seat(setup.local, key)?;
        let made = Peer::new(setup, serial, &port, now).and_then(|mut peer| {
            let sdp = peer.offer()?;
            Ok((peer, sdp))
        });
        let (peer, sdp) = match made {
            Ok(made) => made,
            Err(error) => {
                self.vacate(port, bundle);
                return Err(error);
            }
        };
        let lines = peer.lines();
        self.peers.insert(Entry { peer, port, bundle, scheduled: None });
        Ok(Offer { peer: PeerId { key, serial }, sdp, lines })
    }

    fn answer(
        &mut self,
        setup: PeerSetup,
        offer: &str,
        posted: Instant,
        now: Instant,
    ) -> Result<(PeerId, String), EngineError> {
        self.make_room_for(setup.group);
        self.serial += 1;
        let serial = self.serial;
        let key = self.peers.vacant_key();
        let (port, bundle) = self.seat(setup.local, key)?;
        let made = Peer::new(setup, serial, &port, now).and_then(|mut peer| {
            let totals = &mut self.totals[peer.group()];
            let answer = peer.answer(&port, offer, posted, now, totals)?;
            Ok((peer, answer))
        });
        let (peer, answer) = match made {
            Ok(made) => made,
            Err(error) => {
                self.vacate(port, bundle);
                return Err(error);
            }
        };
        self.peers.insert(Entry { peer, port, bundle, scheduled: None });
        self.schedule(key, now);
        Ok((PeerId { key, serial }, answer))
    }

    fn change_address(&mut self, id: PeerId, now: Instant) -> Result<(), EngineError> {
        let entry = self.peers.get(id.key).filter(|entry| entry.peer.serial == id.serial);
        let ip = entry.ok_or(EngineError::Gone)?.peer.local_ip();
        let (port, bundle) = self.seat(ip, id.key)?;
        let entry = &mut self.peers[id.key];
        let old = std::mem::replace(&mut entry.port, port);
        let old_bundle = std::mem::replace(&mut entry.bundle, bundle);
        let totals = &mut self.totals[entry.peer.group()];
        let moved = entry.peer.change_address(&old, &entry.port, now, totals);
        entry.peer.closed |= moved.is_err();
        self.vacate(old, old_bundle);
        moved
    }

    fn with<T>(
        &mut self,
        id: PeerId,
        work: impl FnOnce(&mut Entry, &mut Totals) -> T,
    ) -> Option<T> {
        let entry = self.peers.get_mut(id.key).filter(|entry| entry.peer.serial == id.serial)?;
        let totals = &mut self.totals[entry.peer.group()];
        Some(work(entry, totals))
    }

    fn make_room_for(&mut self, group: usize) {
        if self.totals.len() <= group {
            self.totals.resize_with(group + 1, Totals::default);
        }
    }

    /// What is known now; `clear`: to count from nothing again.
    fn snapshot(&mut self, clear: bool, now: Instant) -> Snapshot {
        for (_, Entry { peer, .. }) in &mut self.peers {
            peer.look(now, &mut self.totals[peer.group()]);
        }
        let totals = if clear {
            let empty = self.totals.iter().map(|_| Totals::default()).collect();
            std::mem::replace(&mut self.totals, empty)
        } else {
            self.totals.clone()
        };
        let part = |totals| Part { totals, ..Part::default() };
        let mut groups: Vec<Part> = totals.into_iter().map(part).collect();
        for (_, Entry { peer, .. }) in &self.peers {
            let part = &mut groups[peer.group()];
            part.peers += 1;
            part.connected += usize::from(peer.is_connected());
            part.watching += usize::from(peer.watches());
            part.seeing += usize::from(peer.watches() && peer.sees());
            part.pictures += peer.pictures(now);
            if let Some(profile) = peer.profile()
                && !self.profiles.contains(&profile)
            {
                self.profiles.push(profile);
            }
        }
        let idle = self.awake.as_ref().map_or(Duration::ZERO, |awake| awake.spent);
        let cpu = process::thread_cpu_time().unwrap_or_default().saturating_sub(idle);
        Snapshot { groups, cpu, profiles: self.profiles.clone() }
    }
}
