//! What it was like for participants, in numbers. Names carry their units.

use serde::Serialize;

use crate::{
    engine::Part,
    scenario::Measured,
    stats::totals::{Durations, Totals},
};

/// What was counted of some participants.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    pub participants: u32,
    pub failed: u32,
    pub totals: Totals,
    /// With the histograms of the joins before the measurement.
    pub joins: Totals,
    /// Seconds in which a picture was to be seen, of all pictures.
    pub picture_seconds: f64,
    /// At the end; its totals are of no meaning.
    pub last: Part,
}

impl Counted {
    pub fn add(&mut self, other: &Self) {
        self.participants += other.participants;
        self.failed += other.failed;
        self.totals.add(&other.totals);
        self.joins.add(&other.joins);
        self.picture_seconds += other.picture_seconds;
        self.last.peers += other.last.peers;
        self.last.connected += other.last.connected;
        self.last.watching += other.last.watching;
        self.last.seeing += other.last.seeing;
    }
}

/// Milliseconds; none: nothing was measured.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Quantiles {
    pub count: u64,
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p99: Option<f64>,
    pub p999: Option<f64>,
    pub max: Option<f64>,
}

impl Quantiles {
    fn of(durations: &Durations) -> Self {
        Self {
            count: durations.len(),
            p50: durations.quantile(0.5),
            p90: durations.quantile(0.9),
            p99: durations.quantile(0.99),
            p999: durations.quantile(0.999),
            max: durations.max(),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub participants: u32,
    pub failed_to_join: u32,
    pub connected_percent: f64,
    pub seeing_percent: f64,
    pub sent_packets: u64,
    pub delivered_packets: u64,
    pub delivered_packets_per_second: f64,
    pub delivered_mbit_per_second: f64,
    pub lost_packets: u64,
    pub loss_percent: f64,
    pub repaired_packets: u64,
    pub duplicate_packets: u64,
    pub reordered_packets: u64,
    pub padding_packets: u64,
    pub unreadable_packets: u64,
    pub frames: u64,
    pub frames_per_second: Option<f64>,
    pub freezes: u64,
    pub frozen_percent: f64,
    pub longest_freeze_ms: f64,
    pub layer_changes: u64,
    /// Of one watched picture.
    pub layer_changes_per_minute: f64,
    pub source_changes: u64,
    pub nacks: u64,
    pub plis: u64,
    pub keyframe_requests: u64,
    pub keyframes: u64,
    pub impaired_packets: u64,
    /// One way, from the publisher's send to the kernel's receive time at the subscriber.
    pub latency_ms: Quantiles,
    /// Between consecutive measured packets of a stream: jitter that the way adds.
    pub jitter_ms: Quantiles,
    /// Offer posted → first media packet.
    pub join_ms: Quantiles,
    /// Offer posted → first frame that can be shown.
    pub first_frame_ms: Quantiles,
}

impl Figures {
    pub fn new(counted: &Counted, seconds: f64) -> Self {
        let Counted { participants, failed, totals, joins, picture_seconds, last } = counted;
        let watched = *picture_seconds > 0.0;
        let picture_seconds = picture_seconds.max(1e-3);
        let percent = |share: f64| share * 100.0;
        let in_rooms = participants.saturating_sub(*failed);
        Self {
            participants: *participants,
            failed_to_join: *failed,
            connected_percent: percent(
                f64::from(in_rooms) * share(last.connected, last.peers)
                    / f64::from((*participants).max(1)),
            ),
            seeing_percent: percent(share(last.seeing, last.watching)),
            sent_packets: totals.sent_packets,
            delivered_packets: totals.delivered,
            delivered_packets_per_second: totals.delivered as f64 / seconds,
            delivered_mbit_per_second: totals.delivered_bytes as f64 * 8.0 / 1e6 / seconds,
            lost_packets: totals.lost,
            loss_percent: percent(totals.loss()),
            repaired_packets: totals.repaired,
            duplicate_packets: totals.duplicates,
            reordered_packets: totals.reordered,
            padding_packets: totals.padding,
            unreadable_packets: totals.unreadable,
            frames: totals.frames,
            frames_per_second: watched.then(|| totals.frames as f64 / picture_seconds),
            freezes: totals.freezes,
            frozen_percent: percent(totals.frozen.as_secs_f64() / picture_seconds).min(100.0),
            longest_freeze_ms: totals.longest_freeze.as_secs_f64() * 1e3,
            layer_changes: totals.layer_changes,
            layer_changes_per_minute: totals.layer_changes as f64 * 60.0 / picture_seconds,
            source_changes: totals.source_changes,
            nacks: totals.nacks_sent,
            plis: totals.plis_sent,
            keyframe_requests: totals.keyframe_requests,
            keyframes: totals.keyframes_sent,
            impaired_packets: totals.impaired,
            latency_ms: Quantiles::of(&totals.latency),
            jitter_ms: Quantiles::of(&totals.variation),
            join_ms: Quantiles::of(&joins.join),
            first_frame_ms: Quantiles::of(&joins.first_frame),
        }
    }

    /// What thresholds ask about, without the server's cost.
    pub fn measured(&self) -> Measured {
        Measured {
            connected_percent: self.connected_percent,
            seeing_percent: self.seeing_percent,
            loss_percent: self.loss_percent,
            latency_p50_ms: self.latency_ms.p50,
            latency_p99_ms: self.latency_ms.p99,
            latency_p999_ms: self.latency_ms.p999,
            join_p50_ms: self.join_ms.p50,
            join_p99_ms: self.join_ms.p99,
            first_frame_p99_ms: self.first_frame_ms.p99,
            frozen_percent: self.frozen_percent,
            longest_freeze_ms: self.longest_freeze_ms,
            frames_per_second: self.frames_per_second,
            layer_changes_per_minute: self.layer_changes_per_minute,
            ..Measured::default()
        }
    }
}

/// 1 of nothing is all of it.
fn share(some: usize, all: usize) -> f64 {
    if all == 0 { 1.0 } else { some as f64 / all as f64 }
}
