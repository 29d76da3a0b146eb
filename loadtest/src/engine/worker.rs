//! The thread: one poll over all sockets, one heap of timers.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::mpsc::{Receiver, TryRecvError},
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};
use slab::Slab;

use super::{
    Command, EngineError, Offer, PeerId, PeerSetup, Snapshot,
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
    totals: Totals,
    /// Keyframes of living peers at the last clearing.
    keyframes_before: u64,
    profiles: Vec<String>,
}

impl Worker {
    pub fn new(poll: Poll, inbox: Receiver<Command>) -> Self {
        Self {
            poll,
            inbox,
            peers: Slab::new(),
            serial: 0,
            timers: BinaryHeap::new(),
            totals: Totals::default(),
            keyframes_before: 0,
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
        let totals = &mut self.totals;
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
            let due = entry.peer.run(&entry.port, now, &mut self.totals);
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
                self.change_address(id, now);
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
                let snapshot = self.snapshot(now);
                if clear {
                    self.totals = Totals::default();
                    self.keyframes_before = self.keyframes();
                }
                let _ = reply.send(snapshot);
            }
            Command::End => {}
        }
    }

    fn offer(&mut self, setup: PeerSetup, now: Instant) -> Result<Offer, EngineError> {
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
        self.serial += 1;
        let serial = self.serial;
        let slot = self.peers.vacant_entry();
        let key = slot.key();
        let (mut peer, port) = Peer::new(setup, serial, self.poll.registry(), Token(key), now)?;
        let answer = peer.answer(&port, offer, posted, now, &mut self.totals)?;
        slot.insert(Entry { peer, port, scheduled: None });
        self.schedule(key, now);
        Ok((PeerId { key, serial }, answer))
    }

    fn change_address(&mut self, id: PeerId, now: Instant) {
        let Some(entry) = self.peers.get_mut(id.key).filter(|e| e.peer.serial == id.serial) else {
            return;
        };
        let Ok(port) = Port::bind(entry.peer.local_ip(), self.poll.registry(), Token(id.key))
        else {
            return;
        };
        let old = std::mem::replace(&mut entry.port, port);
        if entry.peer.change_address(&old, &entry.port, now, &mut self.totals).is_err() {
            entry.peer.closed = true;
        }
    }

    fn with<T>(
        &mut self,
        id: PeerId,
        work: impl FnOnce(&mut Entry, &mut Totals) -> T,
    ) -> Option<T> {
        let entry = self.peers.get_mut(id.key).filter(|entry| entry.peer.serial == id.serial)?;
        Some(work(entry, &mut self.totals))
    }

    fn keyframes(&self) -> u64 {
        self.peers.iter().map(|(_, entry)| entry.peer.keyframes()).sum()
    }

    fn snapshot(&mut self, now: Instant) -> Snapshot {
        let mut snapshot = Snapshot {
            totals: self.totals.clone(),
            cpu: process::thread_cpu_time().unwrap_or_default(),
            ..Snapshot::default()
        };
        for (_, Entry { peer, .. }) in &self.peers {
            snapshot.peers += 1;
            snapshot.connected += usize::from(peer.is_connected());
            snapshot.watching += usize::from(peer.watches());
            snapshot.seeing += usize::from(peer.watches() && peer.sees());
            snapshot.pictures += peer.pictures(now);
            if let Some(profile) = peer.profile()
                && !self.profiles.iter().any(|known| known == profile)
            {
                self.profiles.push(profile.to_owned());
            }
        }
        snapshot.profiles.clone_from(&self.profiles);
        snapshot.totals.keyframes_sent = (snapshot.totals.keyframes_sent + self.keyframes())
            .saturating_sub(self.keyframes_before);
        snapshot
    }
}
