//! What a run came to: numbers, a table, JSON, and a page with plots.

mod html;
mod plot;
mod table;

use std::time::Duration;

use serde::Serialize;

pub use html::page;
pub use table::{Row, table};

use crate::{
    scenario::{Check, Measured, Scenario},
    stats::totals::{Durations, Totals},
};

/// What the server's process used while it was measured.
#[derive(Debug, Clone, Copy)]
pub struct ServerCost {
    pub cpu: Duration,
    /// Bytes at the end.
    pub resident: u64,
    pub proportional: Option<u64>,
    /// Bytes more than before anybody joined.
    pub grown: i64,
    pub voluntary: u64,
    pub involuntary: u64,
    pub syscalls: Option<u64>,
}

/// All that a report is made of.
pub struct Input<'a> {
    pub scenario: &'a Scenario,
    pub target: &'static str,
    pub participants: u32,
    pub failed: u32,
    pub error: Option<String>,
    pub wall: Duration,
    pub tester_cpu: Duration,
    pub totals: Totals,
    /// With the histograms of the joins.
    pub joins: Totals,
    pub picture_seconds: f64,
    pub series: Vec<Sample>,
    /// Share of peer connections that were up at the end, and of those who watch that had seen a
    /// picture; 0 to 1.
    pub connected: f64,
    pub seeing: f64,
    pub profiles: Vec<String>,
    pub server: Option<ServerCost>,
}

/// One second.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    pub second: u32,
    /// Connected peer connections.
    pub participants: usize,
    pub packets_per_second: f64,
    pub mbit_per_second: f64,
    pub loss_percent: f64,
    pub latency_p50_ms: Option<f64>,
    pub latency_p99_ms: Option<f64>,
    /// Of each picture.
    pub frames_per_second: Option<f64>,
    pub freezes: u64,
    pub layer_changes: u64,
    /// Of one core.
    pub server_cpu_percent: Option<f64>,
    pub tester_cpu_percent: f64,
}

impl Sample {
    /// For whoever waits.
    pub fn line(&self, of: u32, failed: u32) -> String {
        let ms = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
        let server =
            self.server_cpu_percent.map_or(String::new(), |cpu| format!("server {cpu:.0}%, "));
        let failed = if failed > 0 { format!(", {failed} failed to join") } else { String::new() };
        format!(
            "{:>3}/{of} s: {} connected, {:.0} packets/s, {:.1} Mbit/s, loss {:.2}%, latency {}/{} ms, {server}tester {:.0}%{failed}",
            self.second,
            self.participants,
            self.packets_per_second,
            self.mbit_per_second,
            self.loss_percent,
            ms(self.latency_p50_ms),
            ms(self.latency_p99_ms),
            self.tester_cpu_percent,
        )
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

/// A run in numbers. Names carry their units.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub title: String,
    pub target: String,
    pub participants: u32,
    pub failed_to_join: u32,
    pub first_error: Option<String>,
    pub connected_percent: f64,
    pub seeing_percent: f64,
    pub seconds: f64,
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
    pub srtp_profiles: Vec<String>,
    pub server: Option<ServerReport>,
    /// The tester's own cost.
    pub tester_us_per_datagram: f64,
    pub tester_cpu_percent: f64,
    pub tester_unsent_datagrams: u64,
    pub checks: Vec<Check>,
    pub series: Vec<Sample>,
}

/// What it cost the server's process.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ServerReport {
    pub cpu_us_per_packet: f64,
    /// Of one core.
    pub cpu_percent: f64,
    pub resident_kib: u64,
    pub proportional_kib: Option<u64>,
    pub memory_kib_per_participant: f64,
    pub voluntary_switches_per_second: f64,
    pub involuntary_switches_per_second: f64,
    /// None where `perf` is missing or not allowed.
    pub syscalls_per_packet: Option<f64>,
}

impl Report {
    pub fn new(input: Input<'_>) -> Self {
        let Input { scenario, totals, joins, .. } = input;
        let seconds = input.wall.as_secs_f64().max(1e-3);
        let delivered = totals.delivered.max(1) as f64;
        let in_rooms = input.participants.saturating_sub(input.failed).max(1);
        let server = input.server.map(|server| ServerReport {
            cpu_us_per_packet: server.cpu.as_secs_f64() * 1e6 / delivered,
            cpu_percent: server.cpu.as_secs_f64() * 100.0 / seconds,
            resident_kib: server.resident / 1024,
            proportional_kib: server.proportional.map(|bytes| bytes / 1024),
            memory_kib_per_participant: server.grown as f64 / 1024.0 / f64::from(in_rooms),
            voluntary_switches_per_second: server.voluntary as f64 / seconds,
            involuntary_switches_per_second: server.involuntary as f64 / seconds,
            syscalls_per_packet: server.syscalls.map(|syscalls| syscalls as f64 / delivered),
        });
        let picture_seconds = input.picture_seconds.max(1e-3);
        let watched = input.picture_seconds > 0.0;
        let connected =
            f64::from(input.participants.saturating_sub(input.failed)) * input.connected;
        let mut report = Self {
            title: scenario.title.clone(),
            target: input.target.to_owned(),
            participants: input.participants,
            failed_to_join: input.failed,
            first_error: input.error,
            connected_percent: connected * 100.0 / f64::from(input.participants.max(1)),
            seeing_percent: input.seeing * 100.0,
            seconds,
            sent_packets: totals.sent_packets,
            delivered_packets: totals.delivered,
            delivered_packets_per_second: totals.delivered as f64 / seconds,
            delivered_mbit_per_second: totals.delivered_bytes as f64 * 8.0 / 1e6 / seconds,
            lost_packets: totals.lost,
            loss_percent: totals.loss() * 100.0,
            repaired_packets: totals.repaired,
            duplicate_packets: totals.duplicates,
            reordered_packets: totals.reordered,
            padding_packets: totals.padding,
            unreadable_packets: totals.unreadable,
            frames: totals.frames,
            frames_per_second: watched.then(|| totals.frames as f64 / picture_seconds),
            freezes: totals.freezes,
            frozen_percent: if watched {
                (totals.frozen.as_secs_f64() * 100.0 / picture_seconds).min(100.0)
            } else {
                0.0
            },
            longest_freeze_ms: totals.longest_freeze.as_secs_f64() * 1e3,
            layer_changes: totals.layer_changes,
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
            srtp_profiles: input.profiles,
            server,
            tester_us_per_datagram: input.tester_cpu.as_secs_f64() * 1e6
                / totals.datagrams.max(1) as f64,
            tester_cpu_percent: input.tester_cpu.as_secs_f64() * 100.0 / seconds,
            tester_unsent_datagrams: totals.unsent,
            checks: Vec::new(),
            series: input.series,
        };
        let measured = Measured {
            connected_percent: report.connected_percent,
            seeing_percent: report.seeing_percent,
            loss_percent: report.loss_percent,
            latency_p99_ms: report.latency_ms.p99,
            latency_p999_ms: report.latency_ms.p999,
            join_p50_ms: report.join_ms.p50,
            join_p99_ms: report.join_ms.p99,
            frozen_percent: report.frozen_percent,
            frames_per_second: report.frames_per_second,
            layer_changes_per_minute: totals.layer_changes as f64 * 60.0 / picture_seconds,
            server_us_per_packet: server.map(|server| server.cpu_us_per_packet),
            memory_kib_per_participant: server.map(|server| server.memory_kib_per_participant),
        };
        report.checks = scenario.thresholds.checks(&measured);
        report
    }

    /// No threshold is broken.
    pub fn passes(&self) -> bool {
        !self.checks.iter().any(Check::is_broken)
    }
}
