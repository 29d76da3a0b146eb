//! One page that needs nothing but itself.

use std::fmt::Write;

use super::{
    Report, Sample,
    plot::{Line, plot},
};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}\
table{border-collapse:collapse}td,th{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:left;font-variant-numeric:tabular-nums}\
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(26rem,1fr));gap:1rem}figure{margin:0}svg{width:100%;height:auto}\
svg text{font-size:12px;fill:#444;stroke:none}polyline{fill:none;stroke-width:2}.grid{stroke:#e4e4e4}\
.line0{stroke:#0b5cad}.line1{stroke:#b3261e}.line2{stroke:#2e7d32}svg text.line0{fill:#0b5cad}svg text.line1{fill:#b3261e}svg text.line2{fill:#2e7d32}\
.broken{color:#b3261e;font-weight:bold}.kept{color:#2e7d32}";

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

/// The page of one or more runs.
pub fn page(reports: &[Report]) -> String {
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Load test</title>\
         <style>{STYLE}</style><h1>Load test</h1>"
    );
    for report in reports {
        section(&mut out, report);
    }
    out.push_str("</html>\n");
    out
}

fn section(out: &mut String, report: &Report) {
    let _ = write!(
        out,
        "<section><h2>{}</h2><p>{}, {:.0} s measured</p>",
        escape(&report.title),
        escape(&report.target),
        report.seconds
    );
    for warning in report.warnings() {
        let _ = write!(out, "<p class=\"broken\">{}</p>", escape(&warning));
    }
    if let Some(error) = &report.first_error {
        let _ = write!(out, "<p class=\"broken\">First failure: {}</p>", escape(error));
    }
    if !report.checks.is_empty() {
        out.push_str("<table><tr><th>Threshold<th>Measured<th>Bound<th>Verdict</tr>");
        for check in &report.checks {
            let (class, verdict) = match check.measured {
                None => ("", "not measured"),
                Some(_) if check.is_broken() => ("broken", "broken"),
                Some(_) => ("kept", "kept"),
            };
            let _ = write!(
                out,
                "<tr><td>{}<td>{}<td>{} {}<td class=\"{class}\">{verdict}</tr>",
                escape(check.name),
                check.measured.map_or("-".into(), |value| format!("{value:.3}")),
                if check.at_least { "≥" } else { "≤" },
                check.bound
            );
        }
        out.push_str("</table>");
    }
    out.push_str("<div class=\"plots\">");
    let line = |name, value: fn(&Sample) -> Option<f64>| Line {
        name,
        values: report.series.iter().map(value).collect(),
    };
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
            "Freezes and layer changes",
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
        plot("Peer connections", "", &[line("connected", |s| Some(s.participants as f64))]),
    ] {
        out.push_str(&figure);
    }
    out.push_str("</div><table>");
    for (name, value) in report.rows() {
        let _ = write!(out, "<tr><th>{}<td>{}</tr>", escape(name), escape(&value));
    }
    out.push_str("</table></section>");
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
