//! Numbers for operators.

use szpon_protocol::operator::RoomStats;

/// What a shard holds and has done.
#[derive(Debug, Clone, Default)]
pub struct CoreStats {
    /// Sessions, probes included.
    pub sessions: u32,
    /// Rooms with their sessions; rates are of the last second.
    pub rooms: Vec<RoomStats>,
    pub counters: Counters,
}

/// What a shard holds of rooms that other shards hold as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    /// Rooms of this shard that are on others too.
    pub rooms: usize,
    /// Rooms that others are known to hold, whether this one does or not.
    pub rooms_elsewhere: usize,
    /// People of this shard's rooms who are on others.
    pub members_elsewhere: usize,
    /// Tracks whose publishers are on others.
    pub mirrors: usize,
    /// Tracks handed to others; one handed to two of them counts two.
    pub relays: usize,
}

/// What has happened since start. All values only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Sessions opened, probes included.
    pub sessions_opened: u64,
    /// Sessions that are over, probes included.
    pub sessions_closed: u64,
    /// Offers refused, for whatever reason.
    pub sessions_refused: u64,
    /// ICE restarts granted.
    pub ice_restarts: u64,
    /// Panics, of str0m or our own; each ended one session, or one room if it was in no session.
    pub panics: u64,
    /// Sessions ended because str0m reported an error.
    pub faults: u64,
    /// Datagrams taken in, their bytes, and how many of them belonged to nobody.
    pub datagrams_received: u64,
    pub bytes_received: u64,
    pub datagrams_unknown: u64,
    /// Datagrams that are not STUN, DTLS, RTP or RTCP, or RTCP that nobody with the session's keys
    /// has sent.
    pub datagrams_malformed: u64,
    /// Datagrams of sessions that sent more than they may.
    pub datagrams_over_limit: u64,
    /// Reports that nobody read because the shard was behind.
    pub reports_skipped: u64,
    /// Datagrams sent, and their bytes.
    pub datagrams_sent: u64,
    pub bytes_sent: u64,
    /// RTP packets taken from publishers.
    pub packets_received: u64,
    /// RTP packets written to subscribers. One packet to ten subscribers counts ten.
    pub packets_forwarded: u64,
    /// RTP packets handed to other shards, and taken from them.
    pub packets_relayed: u64,
    pub packets_mirrored: u64,
    /// Keyframe requests sent to publishers.
    pub keyframe_requests: u64,
    /// Requests for a keyframe that subscribers sent; far more than are passed on.
    pub keyframes_wanted: u64,
    /// NACKs that subscribers sent for lost packets.
    pub nacks_received: u64,
    /// NACKs sent to publishers.
    pub nacks_sent: u64,
    /// Packets sent again to subscribers, out of what is kept of their source.
    pub packets_repeated: u64,
    /// Packets of sound that were lost on the way here and found as copies in later ones.
    pub sound_recovered: u64,
    /// Data channel messages of clients that could not be understood.
    pub messages_malformed: u64,
    /// Data channel messages of clients that came too fast to be acted upon at once.
    pub messages_over_limit: u64,
    /// Data channel messages to clients that were given up because the channel was full.
    pub messages_dropped: u64,
}
