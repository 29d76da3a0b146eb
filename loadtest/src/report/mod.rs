//! What a run came to: numbers, a table, JSON, and a page with plots.

mod compare;
mod figures;
mod html;
mod plot;
mod table;

use std::time::Duration;

use serde::Serialize;
use szpon_sfu_srtp::Profile;

pub use compare::{Comparison, rows};
pub use figures::{Counted, Figures, Quantiles};
pub use html::page;
pub use table::{Row, table};

use crate::{
    scenario::{Check, Measured, Scenario},
    stats::growth,
};

/// What the server's process used while it was measured.
#[derive(Debug, Clone, Copy)]
pub struct ServerCost {
    pub cpu: Duration,
    /// Bytes at the end.
    pub resident: u64,
    pub proportional: Option<u64>,
    /// Allocated bytes more than before anybody joined.
    pub grown: i64,
    pub voluntary: u64,
    pub involuntary: u64,
    pub syscalls: Option<u64>,
}

/// All that a report is made of.
pub struct Input<'a> {
    pub scenario: &'a Scenario,
    pub target: String,
    pub error: Option<String>,
    pub wall: Duration,
    pub tester_cpu: Duration,
    /// Of the scenario's groups, in their order.
    pub groups: Vec<Counted>,
    pub series: Vec<Sample>,
    pub profiles: Vec<Profile>,
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
    /// Without the pages of its program.
    pub server_memory_mib: Option<f64>,
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

/// A run in numbers. Names carry their units.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub title: String,
    pub target: String,
    pub seconds: f64,
    #[serde(flatten)]
    pub all: Figures,
    pub first_error: Option<String>,
    pub srtp_profiles: Vec<&'static str>,
    pub server: Option<ServerReport>,
    /// The tester's own cost, of everything that its thread does.
    pub tester_us_per_datagram: f64,
    pub tester_datagrams: u64,
    pub tester_cpu_percent: f64,
    pub tester_unsent_datagrams: u64,
    pub checks: Vec<Check>,
    /// Where there is more than one.
    pub groups: Vec<GroupReport>,
    pub series: Vec<Sample>,
}

/// What it was like for one group.
#[derive(Debug, Clone, Serialize)]
pub struct GroupReport {
    pub name: String,
    #[serde(flatten)]
    pub figures: Figures,
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
    /// Median slope, without the first third of the time; none of too short a run.
    pub memory_growth_mib_per_hour: Option<f64>,
    pub voluntary_switches_per_packet: f64,
    pub involuntary_switches_per_packet: f64,
    /// None where `perf` is missing or not allowed.
    pub syscalls_per_packet: Option<f64>,
}

impl ServerReport {
    fn new(cost: &ServerCost, all: &Figures, series: &[Sample], seconds: f64) -> Self {
        let delivered = all.delivered_packets.max(1) as f64;
        let in_rooms = all.participants.saturating_sub(all.failed_to_join).max(1);
        let memory: Vec<f64> = series.iter().filter_map(|s| s.server_memory_mib).collect();
        Self {
            cpu_us_per_packet: cost.cpu.as_secs_f64() * 1e6 / delivered,
            cpu_percent: cost.cpu.as_secs_f64() * 100.0 / seconds,
            resident_kib: cost.resident / 1024,
            proportional_kib: cost.proportional.map(|bytes| bytes / 1024),
            memory_kib_per_participant: cost.grown as f64 / 1024.0 / f64::from(in_rooms),
            memory_growth_mib_per_hour: growth::per_hour(&memory),
            voluntary_switches_per_packet: cost.voluntary as f64 / delivered,
            involuntary_switches_per_packet: cost.involuntary as f64 / delivered,
            syscalls_per_packet: cost.syscalls.map(|syscalls| syscalls as f64 / delivered),
        }
    }
}

impl Report {
    pub fn new(input: Input<'_>) -> Self {
        let Input { scenario, groups, series, .. } = input;
        let seconds = input.wall.as_secs_f64().max(1e-3);
        let mut whole = Counted::default();
        groups.iter().for_each(|group| whole.add(group));
        let all = Figures::new(&whole, seconds);
        let server = input.server.map(|cost| ServerReport::new(&cost, &all, &series, seconds));
        let mut measured = all.measured();
        if let Some(server) = server {
            measured = Measured {
                server_us_per_packet: Some(server.cpu_us_per_packet),
                server_cpu_percent: Some(server.cpu_percent),
                memory_kib_per_participant: Some(server.memory_kib_per_participant),
                memory_growth_mib_per_hour: server.memory_growth_mib_per_hour,
                ..measured
            };
        }
        let mut checks = scenario.thresholds.checks(None, &measured);
        let mut reports = Vec::new();
        for (group, counted) in scenario.group.iter().zip(&groups) {
            let figures = Figures::new(counted, seconds);
            checks.extend(group.thresholds.checks(Some(&group.name), &figures.measured()));
            reports.push(GroupReport { name: group.name.clone(), figures });
        }
        if reports.len() < 2 {
            reports.clear();
        }
        let datagrams = whole.totals.datagrams;
        Self {
            title: scenario.title.clone(),
            target: input.target,
            seconds,
            all,
            first_error: input.error,
            srtp_profiles: input.profiles.iter().map(|profile| profile_name(*profile)).collect(),
            server,
            tester_us_per_datagram: input.tester_cpu.as_secs_f64() * 1e6 / datagrams.max(1) as f64,
            tester_datagrams: datagrams,
            tester_cpu_percent: input.tester_cpu.as_secs_f64() * 100.0 / seconds,
            tester_unsent_datagrams: whole.totals.unsent,
            checks,
            groups: reports,
            series,
        }
    }

    /// No threshold is broken.
    pub fn passes(&self) -> bool {
        !self.checks.iter().any(Check::is_broken)
    }

    /// Names of the thresholds that are broken.
    pub fn broken(&self) -> Vec<&str> {
        self.checks.iter().filter(|check| check.is_broken()).map(|c| c.name.as_str()).collect()
    }
}

/// As RFC 5764 and RFC 7714 name it.
fn profile_name(profile: Profile) -> &'static str {
    match profile {
        Profile::Aes128CmSha1_80 => "AES128_CM_HMAC_SHA1_80",
        Profile::AeadAes128Gcm => "AEAD_AES_128_GCM",
        Profile::AeadAes256Gcm => "AEAD_AES_256_GCM",
    }
}
