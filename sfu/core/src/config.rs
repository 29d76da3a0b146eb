//! What a shard is told at start.

use std::{net::SocketAddr, time::Duration};

use szpon_protocol::media::{AUDIO_SLOTS, MAX_VIDEO_SLOTS};

use crate::spread::ShardId;

/// Settings of one shard.
#[derive(Debug, Clone)]
pub struct CoreConfig {
    /// Index of the shard in its node. ICE user fragments carry it, so that a datagram heard by
    /// another shard can be handed over (see [`shard_of_stun`](crate::shard_of_stun)).
    pub shard: ShardId,
    /// The other shards of the node. A room may spread over all of them.
    pub peers: Vec<ShardId>,
    /// UDP addresses that answers announce. [`Datagram::destination`](crate::Datagram) must be one
    /// of them, and [`Run::source`](crate::Run) will be one of them.
    pub udp: Vec<SocketAddr>,
    /// Passive TCP addresses (RFC 6544) that answers announce, for networks that block UDP.
    pub tcp: Vec<SocketAddr>,
    pub limits: Limits,
    /// A connected session that is not heard for so long is reported silent and gets no video.
    pub silent_after: Duration,
    /// A session that is not heard for so long is over.
    pub gone_after: Duration,
    /// A session whose ICE and DTLS are not up after so long is over.
    pub connect_within: Duration,
    /// What the bandwidth estimator of a new session starts from, in bits per second.
    pub initial_bitrate: u64,
    /// Seeds the generator of ICE credentials. In production: 32 bytes from the operating system.
    /// ICE passwords must not be guessable (RFC 8445, section 5.3).
    pub seed: [u8; 32],
}

impl CoreConfig {
    /// Defaults with the addresses to announce.
    pub fn new(shard: ShardId, udp: Vec<SocketAddr>, tcp: Vec<SocketAddr>, seed: [u8; 32]) -> Self {
        Self {
            shard,
            peers: Vec::new(),
            udp,
            tcp,
            limits: Limits::default(),
            silent_after: Duration::from_secs(5),
            gone_after: Duration::from_secs(30),
            connect_within: Duration::from_secs(30),
            initial_bitrate: 1_000_000,
            seed,
        }
    }
}

/// How much one shard takes on. What goes beyond is refused, clearly, at the door.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Sessions of the shard, probes included.
    pub sessions: usize,
    /// Rooms of the shard, those that it holds a part of among them.
    pub rooms: usize,
    /// Sessions of one room, on all shards.
    pub sessions_per_room: usize,
    /// Media sections of one offer.
    pub tracks: usize,
    /// Size of one offer in bytes.
    pub sdp_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 2_000,
            rooms: 500,
            sessions_per_room: 200,
            // Four sources, every slot, the data channel.
            tracks: 4 + AUDIO_SLOTS + MAX_VIDEO_SLOTS + 1,
            sdp_bytes: 256 * 1024,
        }
    }
}
