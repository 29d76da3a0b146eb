//! Tables for a terminal.

use std::fmt::Write;

use super::{GroupReport, Quantiles, Report};

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
        let (all, server) = (&self.all, self.server.as_ref());
        vec![
            (
                "participants",
                format!(
                    "{} ({} failed; {:.0}% of those who watch see a picture)",
                    all.participants, all.failed_to_join, all.seeing_percent
                ),
            ),
            (
                "packets delivered",
                format!("{} ({:.0}/s)", all.delivered_packets, all.delivered_packets_per_second),
            ),
            ("Mbit/s delivered", format!("{:.1}", all.delivered_mbit_per_second)),
            ("loss", format!("{:.3}% ({} packets)", all.loss_percent, all.lost_packets)),
            (
                "repaired, reordered, repeated",
                format!(
                    "{}, {}, {}",
                    all.repaired_packets, all.reordered_packets, all.duplicate_packets
                ),
            ),
            ("latency p50 / p99 / p99.9", format!("{} ms", quantiles(&all.latency_ms))),
            ("jitter p50 / p99 / p99.9", format!("{} ms", quantiles(&all.jitter_ms))),
            ("join p50 / p99 / p99.9", format!("{} ms", quantiles(&all.join_ms))),
            ("first frame p50 / p99 / p99.9", format!("{} ms", quantiles(&all.first_frame_ms))),
            ("frames/s of a picture", number(all.frames_per_second, 1)),
            (
                "freezes",
                format!(
                    "{} ({:.2}% of the time, longest {:.0} ms)",
                    all.freezes, all.frozen_percent, all.longest_freeze_ms
                ),
            ),
            (
                "layer changes, source changes",
                format!("{}, {}", all.layer_changes, all.source_changes),
            ),
            ("NACK and PLI sent", format!("{}, {}", all.nacks, all.plis)),
            ("keyframes asked for, sent", format!("{}, {}", all.keyframe_requests, all.keyframes)),
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
                "memory growth",
                server.and_then(|s| s.memory_growth_mib_per_hour).map_or("-".into(), |growth| {
                    format!("{growth:.1} MiB/h (median slope after the first third)")
                }),
            ),
            (
                "per packet",
                server.map_or("-".into(), |s| {
                    let calls = s.syscalls_per_packet;
                    format!(
                        "{:.4} + {:.4} context switches (voluntary + involuntary), {} system calls",
                        s.voluntary_switches_per_packet,
                        s.involuntary_switches_per_packet,
                        calls.map_or("(no perf)".into(), |n| format!("{n:.3}"))
                    )
                }),
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
        if !self.groups.is_empty() {
            let (titles, rows) = self.group_table();
            let _ = write!(out, "\n{}", table(&titles, &rows));
        }
        for check in &self.checks {
            let sign = if check.at_least { "≥" } else { "≤" };
            let (measured, bound) = (number(check.measured, 3), check.bound);
            let _ = writeln!(
                out,
                "  {:<30}  {measured} {sign} {bound}: {}",
                check.name,
                check.verdict()
            );
        }
        out
    }

    /// Names of the columns, and a row for each group.
    pub fn group_table(&self) -> (Vec<String>, Vec<Row>) {
        let titles = [
            "people",
            "packets/s",
            "loss %",
            "latency p50 ms",
            "p99",
            "frames/s",
            "frozen %",
            "freezes",
            "layer changes/min",
            "join p50 ms",
        ];
        let row = |group: &GroupReport| {
            let f = &group.figures;
            let cells = vec![
                f.participants.to_string(),
                format!("{:.0}", f.delivered_packets_per_second),
                format!("{:.3}", f.loss_percent),
                number(f.latency_ms.p50, 2),
                number(f.latency_ms.p99, 2),
                number(f.frames_per_second, 1),
                format!("{:.2}", f.frozen_percent),
                f.freezes.to_string(),
                format!("{:.2}", f.layer_changes_per_minute),
                number(f.join_ms.p50, 1),
            ];
            (group.name.clone(), cells)
        };
        (titles.map(String::from).to_vec(), self.groups.iter().map(row).collect())
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
