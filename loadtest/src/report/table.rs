//! Tables for a terminal.

use std::fmt::Write;

use super::{Quantiles, Report};

/// A name and one cell for each column.
pub type Row = (String, Vec<String>);

/// Columns under their titles, as wide as they need to be.
pub fn table(titles: &[String], rows: &[Row]) -> String {
    let first = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let cells = rows.iter().filter_map(|(_, cells)| cells.get(column));
            cells.map(|cell| cell.chars().count()).chain([title.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    let mut line = |name: &str, cells: &[String]| {
        let _ = write!(out, "{name:<first$}");
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(out, "  {cell:>width$}");
        }
        out.push('\n');
    };
    line("", titles);
    for (name, cells) in rows {
        line(name, cells);
    }
    out
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or("-".into(), |value| format!("{value:.digits$}"))
}

fn quantiles(quantiles: &Quantiles) -> String {
    format!(
        "{} / {} / {}",
        number(quantiles.p50, 2),
        number(quantiles.p99, 2),
        number(quantiles.p999, 2)
    )
}

impl Report {
    /// Name and value of everything that people ask about first.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let server = self.server.as_ref();
        vec![
            (
                "participants",
                format!(
                    "{} ({} failed; {:.0}% of those who watch see a picture)",
                    self.participants, self.failed_to_join, self.seeing_percent
                ),
            ),
            (
                "packets delivered",
                format!("{} ({:.0}/s)", self.delivered_packets, self.delivered_packets_per_second),
            ),
            ("Mbit/s delivered", format!("{:.1}", self.delivered_mbit_per_second)),
            ("loss", format!("{:.3}% ({} packets)", self.loss_percent, self.lost_packets)),
            (
                "repaired, reordered, repeated",
                format!(
                    "{}, {}, {}",
                    self.repaired_packets, self.reordered_packets, self.duplicate_packets
                ),
            ),
            ("latency p50 / p99 / p99.9", format!("{} ms", quantiles(&self.latency_ms))),
            ("jitter p50 / p99 / p99.9", format!("{} ms", quantiles(&self.jitter_ms))),
            ("join p50 / p99 / p99.9", format!("{} ms", quantiles(&self.join_ms))),
            ("first frame p50 / p99 / p99.9", format!("{} ms", quantiles(&self.first_frame_ms))),
            ("frames/s of a picture", number(self.frames_per_second, 1)),
            (
                "freezes",
                format!(
                    "{} ({:.2}% of the time, longest {:.0} ms)",
                    self.freezes, self.frozen_percent, self.longest_freeze_ms
                ),
            ),
            (
                "layer changes, source changes",
                format!("{}, {}", self.layer_changes, self.source_changes),
            ),
            ("NACK and PLI sent", format!("{}, {}", self.nacks, self.plis)),
            (
                "keyframes asked for, sent",
                format!("{}, {}", self.keyframe_requests, self.keyframes),
            ),
            (
                "server CPU per packet",
                server.map_or("-".into(), |s| {
                    format!("{:.2} µs ({:.0}% of a core)", s.cpu_us_per_packet, s.cpu_percent)
                }),
            ),
            (
                "server memory per participant",
                server.map_or("-".into(), |s| {
                    format!(
                        "{:.0} KiB (whole process {} KiB)",
                        s.memory_kib_per_participant, s.resident_kib
                    )
                }),
            ),
            (
                "context switches/s",
                server.map_or("-".into(), |s| {
                    format!(
                        "{:.0} voluntary, {:.0} involuntary",
                        s.voluntary_switches_per_second, s.involuntary_switches_per_second
                    )
                }),
            ),
            (
                "system calls per packet",
                server
                    .and_then(|s| s.syscalls_per_packet)
                    .map_or("not measured (perf)".into(), |n| format!("{n:.2}")),
            ),
            (
                "SRTP",
                if self.srtp_profiles.is_empty() {
                    "-".into()
                } else {
                    self.srtp_profiles.join(", ")
                },
            ),
            (
                "tester CPU per datagram",
                format!(
                    "{:.2} µs ({:.0}% of a core)",
                    self.tester_us_per_datagram, self.tester_cpu_percent
                ),
            ),
        ]
    }

    /// For a terminal.
    pub fn to_text(&self) -> String {
        let mut out = format!("{} · {} · {:.0} s\n", self.title, self.target, self.seconds);
        for (name, value) in self.rows() {
            let _ = writeln!(out, "  {name:<30}  {value}");
        }
        if let Some(error) = &self.first_error {
            let _ = writeln!(out, "  first failure: {error}");
        }
        for warning in self.warnings() {
            let _ = writeln!(out, "  WARNING: {warning}");
        }
        for check in &self.checks {
            let verdict = match check.measured {
                None => "not measured",
                Some(_) if check.is_broken() => "BROKEN",
                Some(_) => "kept",
            };
            let sign = if check.at_least { "≥" } else { "≤" };
            let measured = number(check.measured, 3);
            let _ =
                writeln!(out, "  {:<30}  {measured} {sign} {}: {verdict}", check.name, check.bound);
        }
        out
    }

    /// What makes the figures doubtful.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.tester_cpu_percent > 90.0 {
            warnings.push(format!(
                "the tester's thread was busy for {:.0}% of the time: latency and loss may be its own",
                self.tester_cpu_percent
            ));
        }
        if self.tester_unsent_datagrams > 0 {
            warnings.push(format!(
                "{} datagrams could not be sent by the tester",
                self.tester_unsent_datagrams
            ));
        }
        warnings
    }

    /// One column of a comparison.
    pub fn column(&self) -> Vec<String> {
        let server = self.server.as_ref();
        vec![
            format!("{:.0}", self.delivered_packets_per_second),
            number(server.map(|s| s.cpu_us_per_packet), 2),
            number(self.latency_ms.p50, 2),
            number(self.latency_ms.p99, 2),
            number(self.latency_ms.p999, 2),
            format!("{:.3}", self.loss_percent),
            number(server.map(|s| s.memory_kib_per_participant), 0),
            number(self.join_ms.p50, 1),
            number(self.join_ms.p99, 1),
            format!("{:.2}", self.tester_us_per_datagram),
        ]
    }

    /// What [`Report::column`] holds.
    pub const COLUMN: [&'static str; 10] = [
        "packets/s",
        "server µs per packet",
        "latency p50 ms",
        "latency p99 ms",
        "latency p99.9 ms",
        "loss %",
        "memory KiB per participant",
        "join p50 ms",
        "join p99 ms",
        "tester µs per datagram",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let titles = ["1 to 10".to_owned(), "x".to_owned()];
        let rows = vec![
            ("µs".to_owned(), vec!["1.00".to_owned(), "12.5".to_owned()]),
            ("packets/s".to_owned(), vec!["100000000".to_owned(), "-".to_owned()]),
        ];
        let text = table(&titles, &rows);
        let lengths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert_eq!(lengths.len(), 3);
        assert!(lengths.iter().all(|length| *length == lengths[0]), "{text}");
    }
}
