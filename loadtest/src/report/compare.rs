//! Servers side by side, on the same work in the same run.

use serde::Serialize;

use super::{Report, Row, table};
use crate::limit::LimitReport;

/// One scenario against several servers.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    pub title: String,
    /// What the machine allowed, measured right after.
    pub limit: LimitReport,
    /// The same with the packets of sound that the scenarios have: small, and never in a batch.
    pub limit_with_sound: LimitReport,
    /// One of each server; they stand in JSON with all others.
    #[serde(skip)]
    pub reports: Vec<Report>,
}

/// A figure of a server, and whether less of it is better.
pub struct Figure {
    pub name: &'static str,
    pub digits: usize,
    pub value: fn(&Report) -> Option<f64>,
}

/// What servers are compared by.
pub const FIGURES: [Figure; 15] = [
    figure("packets/s", 0, |r| Some(r.all.delivered_packets_per_second)),
    figure("server µs per packet", 2, |r| Some(r.server?.cpu_us_per_packet)),
    figure("system calls per packet", 2, |r| r.server?.syscalls_per_packet),
    figure("context switches per packet", 3, |r| {
        let server = r.server?;
        Some(server.voluntary_switches_per_packet + server.involuntary_switches_per_packet)
    }),
    figure("latency p50 ms", 2, |r| r.all.latency_ms.p50),
    figure("latency p99 ms", 2, |r| r.all.latency_ms.p99),
    figure("latency p99.9 ms", 2, |r| r.all.latency_ms.p999),
    figure("jitter p99 ms", 2, |r| r.all.jitter_ms.p99),
    figure("loss %", 3, |r| Some(r.all.loss_percent)),
    figure("frozen %", 2, |r| Some(r.all.frozen_percent)),
    figure("memory KiB per participant", 0, |r| Some(r.server?.memory_kib_per_participant)),
    figure("join p50 ms", 1, |r| r.all.join_ms.p50),
    figure("join p99 ms", 1, |r| r.all.join_ms.p99),
    figure("first frame p50 ms", 1, |r| r.all.first_frame_ms.p50),
    figure("tester µs per datagram", 2, |r| Some(r.tester_us_per_datagram)),
];

const fn figure(name: &'static str, digits: usize, value: fn(&Report) -> Option<f64>) -> Figure {
    Figure { name, digits, value }
}

impl Comparison {
    pub fn reports(&self) -> impl Iterator<Item = Report> {
        self.reports.iter().cloned()
    }

    /// Names of the columns, and a row for each figure; the limits are the last columns.
    pub fn table(&self) -> (Vec<String>, Vec<Row>) {
        let mut titles: Vec<String> = self.reports.iter().map(|r| r.target.clone()).collect();
        let limits = [&self.limit, &self.limit_with_sound].map(|limit| limit.us_per_packet);
        titles.extend(LIMITS.map(String::from));
        let mut rows = rows(&self.reports);
        for (n, (_, cells)) in rows.iter_mut().enumerate() {
            cells.extend(limits.map(|limit| match n {
                COST => format!("{limit:.2}"),
                _ => String::new(),
            }));
        }
        for (n, limit) in limits.into_iter().enumerate() {
            let costs = self.reports.iter().map(FIGURES[COST].value);
            let times = costs.chain(limits.map(Some));
            let times =
                times.map(|cost| cost.map_or("-".into(), |us| format!("{:.1}", us / limit)));
            rows.insert(COST + 1 + n, (format!("times the {}", LIMITS[n]), times.collect()));
        }
        (titles, rows)
    }

    /// What each server used for a packet, in µs, and the limits at the end.
    pub fn costs(&self) -> Vec<(String, f64)> {
        let cost =
            |report: &Report| Some((report.target.clone(), report.server?.cpu_us_per_packet));
        let limits = [&self.limit, &self.limit_with_sound].map(|limit| limit.us_per_packet);
        let limits = LIMITS.map(String::from).into_iter().zip(limits);
        self.reports.iter().filter_map(cost).chain(limits).collect()
    }

    /// For a terminal.
    pub fn to_text(&self) -> String {
        let (titles, rows) = self.table();
        format!("{}\n{}", self.title, table(&titles, &rows))
    }
}

/// What the limits are called.
const LIMITS: [&str; 2] = ["limit", "limit with sound"];
/// The place of the server's cost among the figures.
const COST: usize = 1;

/// A row for each figure, a cell for each report.
pub fn rows(reports: &[Report]) -> Vec<Row> {
    let cell = |report: &Report, figure: &Figure| {
        let digits = figure.digits;
        (figure.value)(report).map_or("-".into(), |value| format!("{value:.digits$}"))
    };
    FIGURES
        .iter()
        .map(|figure| {
            (figure.name.to_owned(), reports.iter().map(|report| cell(report, figure)).collect())
        })
        .collect()
}
