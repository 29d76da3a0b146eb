//! The other shards of the node, and which rooms they hold.

use std::collections::HashMap;

use szpon_protocol::RoomId;

use super::message::{RelayPacket, ShardId};

/// What a shard knows of the others.
#[derive(Debug)]
pub(crate) struct Peers {
    /// Tells this shard's life from former ones with the same index.
    pub(crate) epoch: u64,
    shards: Vec<Peer>,
    /// Shards that somebody of a room is on, this one left out, in order.
    elsewhere: HashMap<RoomId, Vec<ShardId>>,
    /// Packets for others, in the order of sending.
    pub(crate) packets: Vec<(ShardId, RelayPacket)>,
}

#[derive(Debug)]
struct Peer {
    shard: ShardId,
    /// It knows that this shard has begun, so it is heard.
    welcomed: bool,
}

impl Peers {
    pub(crate) fn new(shards: &[ShardId], epoch: u64) -> Self {
        let shards = shards.iter().map(|shard| Peer { shard: *shard, welcomed: false }).collect();
        Self { epoch, shards, elsewhere: HashMap::new(), packets: Vec::new() }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = ShardId> {
        self.shards.iter().map(|peer| peer.shard)
    }

    pub(crate) fn welcomed(&self, shard: ShardId) -> bool {
        self.shards.iter().any(|peer| peer.shard == shard && peer.welcomed)
    }

    pub(crate) fn set_welcomed(&mut self, shard: ShardId) {
        if let Some(peer) = self.shards.iter_mut().find(|peer| peer.shard == shard) {
            peer.welcomed = true;
        }
    }

    /// The other shards that hold a part of the room.
    pub(crate) fn with(&self, room: RoomId) -> &[ShardId] {
        self.elsewhere.get(&room).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn opened(&mut self, room: RoomId, shard: ShardId) {
        let shards = self.elsewhere.entry(room).or_default();
        if let Err(place) = shards.binary_search(&shard) {
            shards.insert(place, shard);
        }
    }

    pub(crate) fn closed(&mut self, room: RoomId, shard: ShardId) {
        if let Some(shards) = self.elsewhere.get_mut(&room) {
            shards.retain(|other| *other != shard);
            if shards.is_empty() {
                self.elsewhere.remove(&room);
            }
        }
    }

    /// The shard has lost everything.
    pub(crate) fn forget(&mut self, shard: ShardId) {
        self.elsewhere.retain(|_, shards| {
            shards.retain(|other| *other != shard);
            !shards.is_empty()
        });
    }

    /// Rooms that others hold.
    pub(crate) fn rooms_elsewhere(&self) -> usize {
        self.elsewhere.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_elsewhere_are_known_until_they_close_or_their_shard_begins_anew() {
        let (a, b) = (RoomId::new(), RoomId::new());
        let mut peers = Peers::new(&[1, 2], 7);
        peers.opened(a, 2);
        peers.opened(a, 1);
        peers.opened(a, 2);
        peers.opened(b, 2);
        assert_eq!(peers.with(a), [1, 2]);
        peers.closed(a, 2);
        peers.closed(a, 2);
        assert_eq!(peers.with(a), [1]);
        peers.forget(2);
        assert_eq!((peers.with(b), peers.rooms_elsewhere()), (&[][..], 1));
    }

    #[test]
    fn nobody_is_heard_before_the_welcome() {
        let mut peers = Peers::new(&[1, 2], 7);
        assert!(!peers.welcomed(1));
        peers.set_welcomed(1);
        peers.set_welcomed(9);
        assert!(peers.welcomed(1) && !peers.welcomed(2) && !peers.welcomed(9));
    }
}
