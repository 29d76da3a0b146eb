//! The thread: one poll over all sockets, one heap of timers.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::mpsc::{Receiver, TryRecvError},
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};
use slab::Slab;
use szpon_sfu_srtp::Profile;

use super::{
    Command, EngineError, Offer, Part, PeerId, PeerSetup, Snapshot,
    peer::Peer,
    socket::{Port, ReadBuffers},
};
use crate::{process, stats::totals::Totals};

/// The token of the waker; participants have their keys.
pub const WAKE: Token = Token(usize::MAX);
/// Events taken at once.
const EVENTS: usize = 1_024;
/// With nothing to do, the thread looks so often.
const IDLE: Duration = Duration::from_millis(500);

struct Entry {
    peer: Peer,
    port: Port,
    /// The earliest timer in the heap.
    scheduled: Option<Instant>,
}

pub struct Worker {
    poll: Poll,
    inbox: Receiver<Command>,
    peers: Slab<Entry>,
    serial: u64,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    /// By group; as many as any peer's group needs.
    totals: Vec<Totals>,
    profiles: Vec<Profile>,
}

impl Worker {
    pub fn new(poll: Poll, inbox: Receiver<Command>) -> Self {
        Self {
            poll,
            inbox,
            peers: Slab::new(),
            serial: 0,
            timers: BinaryHeap::new(),
            totals: Vec::new(),
            profiles: Vec::new(),
        }
    }

    /// Runs until it is told to end, or nobody can tell it anything any more.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        let mut buffers = ReadBuffers::default();
        loop {
            let now = Instant::now();
            let wait = self
                .timers
                .peek()
                .map_or(IDLE, |first| first.0.0.saturating_duration_since(now))
                .min(IDLE);
            if self.poll.poll(&mut events, Some(wait)).is_err() {
                // Interrupted by a signal.
                continue;
            }
            for event in &events {
                if event.token() != WAKE {
                    self.read(event.token().0, &mut buffers);
                }
            }
            if !self.obey() {
                return;
            }
            self.run_timers();
        }
    }

    fn read(&mut self, key: usize, buffers: &mut ReadBuffers) {
        let Some(Entry { peer, port, .. }) = self.peers.get_mut(key) else { return };
        let now = Instant::now();
        let totals = &mut self.totals[peer.group()];
        port.receive(buffers, |from, kernel, datagram| {
            peer.receive(port, from, kernel, datagram, now, totals);
        });
        self.schedule(key, now);
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
                    self.peers.remove(id.key);
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
        let slot = self.peers.vacant_entry();
        let key = slot.key();
        let (mut peer, port) = Peer::new(setup, serial, self.poll.registry(), Token(key), now)?;
        let sdp = peer.offer()?;
        let lines = peer.lines();
        slot.insert(Entry { peer, port, scheduled: None });
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
        let slot = self.peers.vacant_entry();
        let key = slot.key();
        let (mut peer, port) = Peer::new(setup, serial, self.poll.registry(), Token(key), now)?;
        let totals = &mut self.totals[peer.group()];
        let answer = peer.answer(&port, offer, posted, now, totals)?;
        slot.insert(Entry { peer, port, scheduled: None });
        self.schedule(key, now);
        Ok((PeerId { key, serial }, answer))
    }

    fn change_address(&mut self, id: PeerId, now: Instant) -> Result<(), EngineError> {
        let entry = self.peers.get_mut(id.key).filter(|entry| entry.peer.serial == id.serial);
        let entry = entry.ok_or(EngineError::Gone)?;
        let port = Port::bind(entry.peer.local_ip(), self.poll.registry(), Token(id.key))?;
        let old = std::mem::replace(&mut entry.port, port);
        let totals = &mut self.totals[entry.peer.group()];
        let moved = entry.peer.change_address(&old, &entry.port, now, totals);
        entry.peer.closed |= moved.is_err();
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
        let cpu = process::thread_cpu_time().unwrap_or_default();
        Snapshot { groups, cpu, profiles: self.profiles.clone() }
    }
}
