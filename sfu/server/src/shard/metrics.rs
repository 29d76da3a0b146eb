//! Numbers for Prometheus. A shard counts in plain integers and hands over the growth once a second,
//! so that no two threads ever write to the same cache line per packet.

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, core::Collector, local::LocalHistogram,
};

/// Metrics of all shards, labelled `shard`.
#[derive(Clone)]
pub struct ShardMetrics {
    sessions: IntGaugeVec,
    rooms: IntGaugeVec,
    mirrors: IntGaugeVec,
    flows: IntGaugeVec,
    tcp_connections: IntGaugeVec,
    counters: Vec<IntCounterVec>,
    dropped: IntCounterVec,
    busy: prometheus::CounterVec,
    loop_seconds: HistogramVec,
}

/// Counters that only grow, by the name in Prometheus.
const COUNTERS: [(&str, &str); Count::ALL] = [
    ("szpon_sfu_udp_received_packets_total", "UDP datagrams read."),
    ("szpon_sfu_udp_received_bytes_total", "UDP payload bytes read."),
    ("szpon_sfu_udp_sent_packets_total", "UDP datagrams sent."),
    ("szpon_sfu_udp_sent_bytes_total", "UDP payload bytes sent."),
    ("szpon_sfu_tcp_sent_packets_total", "Packets queued for TCP connections."),
    ("szpon_sfu_tcp_sent_bytes_total", "Bytes of packets queued for TCP connections."),
    ("szpon_sfu_received_packets_total", "Datagrams taken in over UDP and TCP."),
    ("szpon_sfu_received_bytes_total", "Bytes of datagrams taken in over UDP and TCP."),
    ("szpon_sfu_handed_over_packets_total", "Datagrams handed to the shard they belong to."),
    ("szpon_sfu_rtp_received_packets_total", "RTP packets taken from publishers."),
    ("szpon_sfu_rtp_forwarded_packets_total", "RTP packets written to subscribers."),
    ("szpon_sfu_rtp_relayed_packets_total", "RTP packets handed to another shard of their room."),
    ("szpon_sfu_rtp_mirrored_packets_total", "RTP packets taken from another shard of their room."),
    ("szpon_sfu_keyframe_requests_total", "Keyframe requests (PLI) sent to publishers."),
    ("szpon_sfu_keyframes_wanted_total", "Keyframe requests (PLI, FIR) of subscribers."),
    ("szpon_sfu_nacks_received_total", "NACKs of subscribers."),
    ("szpon_sfu_nacks_sent_total", "NACKs sent to publishers."),
    ("szpon_sfu_repeated_packets_total", "Packets sent again out of the node's own history."),
    ("szpon_sfu_sound_recovered_total", "Lost packets of sound found in later ones' copies."),
    ("szpon_sfu_sessions_opened_total", "Sessions opened, connection tests included."),
    ("szpon_sfu_sessions_closed_total", "Sessions that are over, connection tests included."),
    ("szpon_sfu_ice_restarts_total", "ICE restarts granted."),
    ("szpon_sfu_panics_total", "Sessions, rooms or shards ended by a panic."),
    ("szpon_sfu_faults_total", "Sessions ended by an error inside of WebRTC."),
    ("szpon_sfu_messages_malformed_total", "Data channel messages that were not understood."),
    ("szpon_sfu_messages_over_limit_total", "Data channel messages that came too fast."),
];

/// Index into [`COUNTERS`].
#[derive(Debug, Clone, Copy)]
#[repr(usize)]
pub(super) enum Count {
    UdpReceivedPackets,
    UdpReceivedBytes,
    UdpSentPackets,
    UdpSentBytes,
    TcpSentPackets,
    TcpSentBytes,
    ReceivedPackets,
    ReceivedBytes,
    HandedOver,
    RtpReceived,
    RtpForwarded,
    RtpRelayed,
    RtpMirrored,
    KeyframeRequests,
    KeyframesWanted,
    NacksReceived,
    NacksSent,
    Repeated,
    SoundRecovered,
    SessionsOpened,
    SessionsClosed,
    IceRestarts,
    Panics,
    Faults,
    MessagesMalformed,
    MessagesOverLimit,
}

impl Count {
    const ALL: usize = 26;
}

/// Why something was dropped: the label `reason` of `szpon_sfu_dropped_packets_total`.
const REASONS: [&str; Drop::ALL] = [
    "socket_full",
    "send_failed",
    "tcp_queue_full",
    "shard_behind",
    "relay_full",
    "unknown_peer",
    "malformed",
    "channel_full",
    "over_limit",
    "report_skipped",
];

/// Index into [`REASONS`].
#[derive(Debug, Clone, Copy)]
#[repr(usize)]
pub(super) enum Drop {
    SocketFull,
    SendFailed,
    TcpQueueFull,
    ShardBehind,
    RelayFull,
    UnknownPeer,
    Malformed,
    ChannelFull,
    OverLimit,
    ReportSkipped,
}

impl Drop {
    const ALL: usize = 10;
}

/// Seconds. A loop that takes longer than a few milliseconds is heard as jitter.
const LOOP_BUCKETS: [f64; 10] =
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1];

impl ShardMetrics {
    /// Registers the metrics; they must not be registered yet.
    pub fn register(registry: &Registry) -> prometheus::Result<Self> {
        let gauge = |name, help| IntGaugeVec::new(Opts::new(name, help), &["shard"]);
        let metrics = Self {
            sessions: gauge("szpon_sfu_sessions", "Sessions now, connection tests included.")?,
            rooms: gauge("szpon_sfu_rooms", "Rooms now.")?,
            mirrors: gauge(
                "szpon_sfu_mirrored_tracks",
                "Tracks of rooms here whose publishers are on another shard.",
            )?,
            flows: gauge("szpon_sfu_flows", "Addresses of peers that are bound to a session.")?,
            tcp_connections: gauge("szpon_sfu_tcp_connections", "TCP connections now.")?,
            counters: COUNTERS
                .iter()
                .map(|&(name, help)| IntCounterVec::new(Opts::new(name, help), &["shard"]))
                .collect::<Result<_, _>>()?,
            dropped: IntCounterVec::new(
                Opts::new("szpon_sfu_dropped_packets_total", "Packets and messages given up."),
                &["shard", "reason"],
            )?,
            busy: prometheus::CounterVec::new(
                Opts::new(
                    "szpon_sfu_busy_seconds_total",
                    "Time that the shard's loop was at work.",
                ),
                &["shard"],
            )?,
            loop_seconds: HistogramVec::new(
                HistogramOpts::new(
                    "szpon_sfu_loop_seconds",
                    "Time of one round of the shard's loop: the longest that a packet waits.",
                )
                .buckets(LOOP_BUCKETS.to_vec()),
                &["shard"],
            )?,
        };
        let mut collectors: Vec<Box<dyn Collector>> = vec![
            Box::new(metrics.sessions.clone()),
            Box::new(metrics.rooms.clone()),
            Box::new(metrics.mirrors.clone()),
            Box::new(metrics.flows.clone()),
            Box::new(metrics.tcp_connections.clone()),
            Box::new(metrics.dropped.clone()),
            Box::new(metrics.busy.clone()),
            Box::new(metrics.loop_seconds.clone()),
        ];
        for counter in &metrics.counters {
            collectors.push(Box::new(counter.clone()));
        }
        for collector in collectors {
            registry.register(collector)?;
        }
        Ok(metrics)
    }

    /// The part of one shard.
    pub(super) fn of_shard(&self, index: u16) -> ShardRecorder {
        let shard = index.to_string();
        let label = [shard.as_str()];
        let histogram: Histogram = self.loop_seconds.with_label_values(&label);
        ShardRecorder {
            sessions: self.sessions.with_label_values(&label),
            rooms: self.rooms.with_label_values(&label),
            mirrors: self.mirrors.with_label_values(&label),
            flows: self.flows.with_label_values(&label),
            tcp_connections: self.tcp_connections.with_label_values(&label),
            counters: self.counters.iter().map(|c| c.with_label_values(&label)).collect(),
            dropped: REASONS
                .iter()
                .map(|reason| self.dropped.with_label_values(&[shard.as_str(), reason]))
                .collect(),
            busy: self.busy.with_label_values(&label),
            loop_seconds: histogram.local(),
        }
    }
}

/// What one shard holds, for its gauges.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) sessions: usize,
    pub(super) rooms: usize,
    pub(super) mirrors: usize,
    pub(super) flows: usize,
    pub(super) tcp_connections: usize,
}

/// Written by one shard's thread only.
pub(super) struct ShardRecorder {
    sessions: IntGauge,
    rooms: IntGauge,
    mirrors: IntGauge,
    flows: IntGauge,
    tcp_connections: IntGauge,
    counters: Vec<IntCounter>,
    dropped: Vec<IntCounter>,
    busy: prometheus::Counter,
    loop_seconds: LocalHistogram,
}

impl ShardRecorder {
    /// One round of the loop took so long. Costs no atomic operation.
    pub(super) fn round(&self, seconds: f64) {
        self.loop_seconds.observe(seconds);
    }

    pub(super) fn held(&self, held: Held) {
        self.sessions.set(held.sessions as i64);
        self.rooms.set(held.rooms as i64);
        self.mirrors.set(held.mirrors as i64);
        self.flows.set(held.flows as i64);
        self.tcp_connections.set(held.tcp_connections as i64);
    }

    pub(super) fn busy(&self, seconds: f64) {
        self.busy.inc_by(seconds);
        self.loop_seconds.flush();
    }

    /// Raises a counter to `total`; a lower total (of a restarted core) changes nothing.
    pub(super) fn count(&self, which: Count, total: u64) {
        raise(&self.counters[which as usize], total);
    }

    pub(super) fn dropped(&self, why: Drop, total: u64) {
        raise(&self.dropped[why as usize], total);
    }
}

fn raise(counter: &IntCounter, total: u64) {
    counter.inc_by(total.saturating_sub(counter.get()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_and_are_registered_once() {
        let registry = Registry::new();
        let metrics = ShardMetrics::register(&registry).unwrap();
        assert!(ShardMetrics::register(&registry).is_err());
        let recorder = metrics.of_shard(1);
        recorder.count(Count::UdpSentPackets, 7);
        recorder.count(Count::UdpSentPackets, 5);
        recorder.dropped(Drop::ChannelFull, 2);
        recorder.dropped(Drop::SocketFull, 3);
        recorder.round(0.001);
        recorder.busy(0.5);
        for family in registry.gather() {
            let name = family.name();
            assert!(name.starts_with("szpon_sfu_"), "{name}");
            let counter = family.get_field_type() == prometheus::proto::MetricType::COUNTER;
            assert_eq!(counter, name.ends_with("_total"), "{name}");
        }
        let full = metrics.dropped.with_label_values(&["1", "socket_full"]);
        assert_eq!(full.get(), 3);
        assert_eq!(
            metrics.counters[Count::UdpSentPackets as usize].with_label_values(&["1"]).get(),
            7
        );
        assert_eq!(
            COUNTERS[Count::MessagesOverLimit as usize].0,
            "szpon_sfu_messages_over_limit_total"
        );
        assert_eq!(REASONS[Drop::ReportSkipped as usize], "report_skipped");
    }
}
