//! What shards tell each other of rooms that they share, and media on its way from one to another.
//!
//! Each ordered pair of shards has a ring of its own, written by one thread and read by one, so nothing
//! is locked and nothing is contended. Media that finds a ring full is dropped and counted: its shard
//! is far behind. What is told goes with the commands, is never lost, and is always seen before the
//! media that was sent after it.

use rtrb::{Consumer, Producer, RingBuffer};
use szpon_sfu_core::{Relay, RelayPacket, ShardId};

use super::handle::{Command, ShardHandle};

/// Packets that a ring holds: twenty milliseconds of the media of a hundred publishers, and more than a
/// shard that keeps up ever has waiting.
const RING: usize = 2_048;
/// Packets taken from one ring in one round, so that timers and sending get their turn under load.
const PER_ROUND: usize = 512;

/// One shard's ends of its rings.
pub struct Relays {
    own: ShardId,
    /// By shard; none to itself.
    to: Vec<Option<Producer<RelayPacket>>>,
    from: Vec<Option<Consumer<RelayPacket>>>,
    /// By shard: what is to be told in this round.
    news: Vec<Vec<Relay>>,
    /// Shards that got something in this round.
    got: Vec<bool>,
    /// What the core hands over in this round.
    packets: Vec<(ShardId, RelayPacket)>,
    /// Packets that found a ring full, since start.
    pub(super) full: u64,
}

/// The rings of so many shards: one set of ends for each.
pub fn relays(shards: u16) -> Vec<Relays> {
    let mut all: Vec<Relays> = (0..shards).map(|own| Relays::alone(own, shards)).collect();
    for from in 0..usize::from(shards) {
        for to in (0..usize::from(shards)).filter(|to| *to != from) {
            let (producer, consumer) = RingBuffer::new(RING);
            all[from].to[to] = Some(producer);
            all[to].from[from] = Some(consumer);
        }
    }
    all
}

impl Relays {
    fn alone(own: ShardId, shards: u16) -> Self {
        Self {
            own,
            to: (0..shards).map(|_| None).collect(),
            from: (0..shards).map(|_| None).collect(),
            news: (0..shards).map(|_| Vec::new()).collect(),
            got: vec![false; usize::from(shards)],
            packets: Vec::new(),
            full: 0,
        }
    }

    /// Something that a shard must be told with the next [`Self::hand_over`].
    pub(super) fn tell(&mut self, to: ShardId, message: Relay) {
        if let Some(news) = self.news.get_mut(usize::from(to)) {
            news.push(message);
        }
    }

    /// Where the core puts its packets for others.
    pub(super) fn packets(&mut self) -> &mut Vec<(ShardId, RelayPacket)> {
        &mut self.packets
    }

    /// Hands everything over, and wakes each shard that got something once.
    pub(super) fn hand_over(&mut self, shards: &[ShardHandle]) {
        let from = self.own;
        for ((news, got), shard) in self.news.iter_mut().zip(&mut self.got).zip(shards) {
            if !news.is_empty() {
                shard.put(Command::Relay { from, news: std::mem::take(news) });
                *got = true;
            }
        }
        for (to, packet) in self.packets.drain(..) {
            let ring = self.to.get_mut(usize::from(to)).and_then(Option::as_mut);
            let Some(ring) = ring else { continue };
            if ring.push(packet).is_err() {
                self.full += 1;
            }
            self.got[usize::from(to)] = true;
        }
        for (got, shard) in self.got.iter_mut().zip(shards) {
            if std::mem::take(got) {
                shard.wake();
            }
        }
    }

    /// Takes media that others have handed over. True if there is more.
    pub(super) fn take(&mut self, into: &mut Vec<RelayPacket>) -> bool {
        let mut more = false;
        for ring in self.from.iter_mut().flatten() {
            for _ in 0..PER_ROUND {
                let Ok(packet) = ring.pop() else { break };
                into.push(packet);
            }
            more |= !ring.is_empty();
        }
        more
    }
}
