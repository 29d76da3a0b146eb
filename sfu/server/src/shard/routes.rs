//! Which shard a datagram belongs to.
//!
//! With SO_REUSEPORT the kernel chooses a socket by a hash of the addresses, not by where the room
//! lives. STUN names its shard in the user fragment; everything else follows the routes that the
//! owning shards announce once a session has proved, by an authenticated check, that it is there.
//! A stranger can't make a route.

use std::{collections::HashMap, net::SocketAddr};

use bytes::Bytes;
use szpon_sfu_core::{Transport, shard_of_stun};

use super::handle::{Packet, ShardHandle};

/// Routes of one shard to all the others.
pub(super) struct Routes {
    own: u16,
    peers: Vec<ShardHandle>,
    owners: HashMap<SocketAddr, u16>,
    /// Datagrams of this round by owner, handed over together.
    batches: Vec<Vec<Packet>>,
    /// Datagrams handed over since start.
    pub(super) forwarded: u64,
}

impl Routes {
    /// `peers` are all shards of the node in order, this one among them; one alone needs no routes.
    pub(super) fn new(own: u16, peers: Vec<ShardHandle>) -> Self {
        let batches = peers.iter().map(|_| Vec::new()).collect();
        Self { own, peers, owners: HashMap::new(), batches, forwarded: 0 }
    }

    /// Takes the datagram if it is another shard's. False: it is ours, or nobody's.
    pub(super) fn take(&mut self, to: SocketAddr, from: SocketAddr, datagram: &[u8]) -> bool {
        if self.peers.len() < 2 {
            return false;
        }
        let owner = shard_of_stun(datagram).or_else(|| self.owners.get(&from).copied());
        let Some(owner) = owner.filter(|owner| *owner != self.own) else { return false };
        let Some(batch) = self.batches.get_mut(usize::from(owner)) else { return false };
        batch.push(Packet {
            transport: Transport::Udp,
            source: from,
            destination: to,
            payload: Bytes::copy_from_slice(datagram),
        });
        self.forwarded += 1;
        true
    }

    /// Hands over what [`Self::take`] took.
    pub(super) fn hand_over(&mut self) {
        for (batch, peer) in self.batches.iter_mut().zip(&self.peers) {
            if !batch.is_empty() {
                peer.packets(std::mem::take(batch));
            }
        }
    }

    pub(super) fn add(&mut self, remote: SocketAddr, owner: u16) {
        self.owners.insert(remote, owner);
    }

    /// Forgets the route if it still leads to `owner`: translators give a port to another session.
    pub(super) fn remove(&mut self, remote: SocketAddr, owner: u16) {
        if self.owners.get(&remote) == Some(&owner) {
            self.owners.remove(&remote);
        }
    }

    /// All shards, this one among them.
    pub(super) fn peers(&self) -> &[ShardHandle] {
        &self.peers
    }

    /// All shards but this one.
    pub(super) fn others(&self) -> impl Iterator<Item = &ShardHandle> {
        let own = usize::from(self.own);
        self.peers.iter().enumerate().filter(move |(index, _)| *index != own).map(|(_, peer)| peer)
    }
}
