//! One page that needs nothing but itself.

use std::fmt::Write;

use super::{
    Comparison, Report, Row, Sample,
    plot::{Line, bars, plot},
};
use crate::machine::Machine;

const STYLE: &str = include_str!("page.css");

/// Text as it may stand between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The page of one or more runs; `comparisons` come first.
pub fn page(reports: &[Report], comparisons: &[Comparison], machine: &Machine) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>Load test</title><style>{STYLE}</style></head><body><main><h1>Load test</h1>\
         <p class=\"soft\">{}</p>",
        escape(&machine.to_string())
    );
    if !comparisons.is_empty() {
        side_by_side(&mut out, comparisons);
    }
    if reports.len() > 1 {
        contents(&mut out, reports);
    }
    for (n, report) in reports.iter().enumerate() {
        section(&mut out, n, report);
    }
    out.push_str("</main></body></html>\n");
    out
}

fn side_by_side(out: &mut String, comparisons: &[Comparison]) {
    out.push_str(
        "<section><h2>Side by side</h2><p>The same work for each server in the same run. The limit is \
         what encrypting each packet once for each receiver and sending it in the best batched way \
         costs on this machine, and nothing else; with sound, its small packets go out one by one.</p><div class=\"plots\">",
    );
    for comparison in comparisons {
        let title = format!("{}: server CPU", comparison.title);
        out.push_str(&bars(&title, "µs per packet", &comparison.costs()));
    }
    out.push_str("</div><div class=\"tables\">");
    for comparison in comparisons {
        let (titles, rows) = comparison.table();
        figures(out, &comparison.title, &titles, &rows);
    }
    out.push_str("</div></section>");
}

fn contents(out: &mut String, reports: &[Report]) {
    out.push_str("<nav aria-label=\"Runs\"><h2>Runs</h2><ul>");
    for (n, report) in reports.iter().enumerate() {
        let _ = write!(
            out,
            "<li><a href=\"#run{n}\">{}</a> <span class=\"soft\">{}</span> {}</li>",
            escape(&report.title),
            escape(&report.target),
            verdict(report)
        );
    }
    out.push_str("</ul></nav>");
}

/// In words: colour alone says nothing to many.
fn verdict(report: &Report) -> String {
    if report.checks.is_empty() {
        return String::new();
    }
    match report.broken().len() {
        0 => format!("<span class=\"kept\">all {} thresholds kept</span>", report.checks.len()),
        broken => format!(
            "<span class=\"broken\">{broken} of {} thresholds broken</span>",
            report.checks.len()
        ),
    }
}

fn section(out: &mut String, n: usize, report: &Report) {
    let _ = write!(
        out,
        "<section id=\"run{n}\"><h2>{}</h2><p class=\"soft\">{}, {:.0} s measured, {} participants</p>\
         <p>{}</p>",
        escape(&report.title),
        escape(&report.target),
        report.seconds,
        report.all.participants,
        verdict(report)
    );
    for warning in report.warnings() {
        let _ = write!(out, "<p class=\"warning\">{}</p>", escape(&warning));
    }
    if let Some(error) = &report.first_error {
        let _ = write!(out, "<p class=\"warning\">First failure: {}</p>", escape(error));
    }
    tiles(out, report);
    checks(out, report);
    plots(out, report);
    if !report.groups.is_empty() {
        let (titles, rows) = report.group_table();
        figures(out, "By group", &titles, &rows);
    }
    out.push_str(
        "<details><summary>All figures</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" \
         aria-label=\"All figures\"><table><tbody>",
    );
    for (name, value) in report.rows() {
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
            escape(name),
            escape(&value)
        );
    }
    out.push_str("</tbody></table></div></details></section>");
}

/// What people ask about first.
fn tiles(out: &mut String, report: &Report) {
    let all = &report.all;
    let number = |value: Option<f64>, digits: usize| {
        value.map_or("–".to_owned(), |value| format!("{value:.digits$}"))
    };
    let pair = |first, second| format!("{} / {}", number(first, 2), number(second, 2));
    let mut tiles = vec![
        ("Delivered", format!("{:.0}", all.delivered_packets_per_second), "packets/s"),
        ("Loss", format!("{:.3}", all.loss_percent), "%"),
        ("Latency p50 / p99", pair(all.latency_ms.p50, all.latency_ms.p99), "ms"),
        ("Latency p99.9", number(all.latency_ms.p999, 2), "ms"),
        (
            "Join p50 / p99",
            format!("{} / {}", number(all.join_ms.p50, 0), number(all.join_ms.p99, 0)),
            "ms",
        ),
        ("Pictures stood still", format!("{:.2}", all.frozen_percent), "% of the time"),
    ];
    if let Some(server) = &report.server {
        tiles.push(("Server CPU", format!("{:.2}", server.cpu_us_per_packet), "µs per packet"));
        tiles.push(("Server CPU", format!("{:.0}", server.cpu_percent), "% of a core"));
        let memory = format!("{:.0}", server.memory_kib_per_participant);
        tiles.push(("Memory", memory, "KiB per participant"));
        let calls = number(server.syscalls_per_packet, 2);
        tiles.push(("System calls", calls, "per packet"));
    }
    out.push_str("<dl class=\"tiles\">");
    for (name, value, unit) in tiles {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{value} <small>{unit}</small></dd></div>");
    }
    out.push_str("</dl>");
}

fn checks(out: &mut String, report: &Report) {
    if report.checks.is_empty() {
        return;
    }
    out.push_str(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Thresholds\">\
         <table class=\"checks\"><caption>Thresholds</caption><thead><tr><th scope=\"col\">What</th>\
         <th scope=\"col\">Measured</th><th scope=\"col\">Bound</th><th scope=\"col\">Verdict</th>\
         </tr></thead><tbody>",
    );
    for check in &report.checks {
        let class = if check.is_broken() { "broken" } else { "kept" };
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{} {}</td>\
             <td class=\"{class}\">{}</td></tr>",
            escape(&check.name),
            check.measured.map_or("–".into(), |value| format!("{value:.3}")),
            if check.at_least { "≥" } else { "≤" },
            check.bound,
            check.verdict()
        );
    }
    out.push_str("</tbody></table></div>");
}

fn figures(out: &mut String, caption: &str, titles: &[String], rows: &[Row]) {
    let name = escape(caption);
    let _ = write!(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\">\
         <table class=\"figures\"><caption>{name}</caption><thead><tr><td></td>"
    );
    for title in titles {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(title));
    }
    out.push_str("</tr></thead><tbody>");
    for (name, cells) in rows {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", escape(name));
        for cell in cells {
            let _ = write!(out, "<td>{}</td>", escape(cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

fn plots(out: &mut String, report: &Report) {
    let line = |name, value: fn(&Sample) -> Option<f64>| Line {
        name,
        values: report.series.iter().map(value).collect(),
    };
    out.push_str("<div class=\"plots\">");
    for figure in [
        plot("Delivered", "packets/s", &[line("packets", |s| Some(s.packets_per_second))]),
        plot("Delivered", "Mbit/s", &[line("rate", |s| Some(s.mbit_per_second))]),
        plot(
            "One-way latency",
            "ms",
            &[line("p50", |s| s.latency_p50_ms), line("p99", |s| s.latency_p99_ms)],
        ),
        plot("Loss", "%", &[line("loss", |s| Some(s.loss_percent))]),
        plot("Frames of a picture", "per second", &[line("frames", |s| s.frames_per_second)]),
        plot(
            "Changes",
            "per second",
            &[
                line("freezes", |s| Some(s.freezes as f64)),
                line("layer changes", |s| Some(s.layer_changes as f64)),
            ],
        ),
        plot(
            "Processor",
            "% of a core",
            &[
                line("server", |s| s.server_cpu_percent),
                line("tester", |s| Some(s.tester_cpu_percent)),
            ],
        ),
        plot("Server's memory", "MiB", &[line("allocated", |s| s.server_memory_mib)]),
        plot(
            "Peer connections",
            "connected",
            &[line("connected", |s| Some(s.participants as f64))],
        ),
    ] {
        out.push_str(&figure);
    }
    out.push_str("</div>");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_escapes(text in ".{0,40}") {
            let escaped = escape(&text);
            for character in ['<', '>', '"', '\''] {
                prop_assert!(!escaped.contains(character));
            }
            let back = escaped
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
            prop_assert_eq!(back, text);
        }
    }
}
