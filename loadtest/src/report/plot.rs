//! Lines over time as inline SVG.

use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 10.0;

/// A named line; none where nothing was measured.
pub struct Line {
    pub name: &'static str,
    pub values: Vec<Option<f64>>,
}

/// A plot of lines that share a scale from zero on; one value for each second.
pub fn plot(title: &str, unit: &str, lines: &[Line]) -> String {
    let most = lines
        .iter()
        .flat_map(|line| line.values.iter().flatten())
        .copied()
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max);
    let top = nice(most);
    let count = lines.iter().map(|line| line.values.len()).max().unwrap_or(0);
    let x = |n: usize| LEFT + n as f64 * (WIDTH - LEFT - 10.0) / (count.max(2) - 1) as f64;
    let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP);
    let mut svg = format!(
        "<figure><figcaption>{} <small>{}</small></figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        super::html::escape(title),
        super::html::escape(unit),
        super::html::escape(title)
    );
    for share in [0.0, 0.5, 1.0] {
        let at = y(top * share);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            short(top * share)
        );
    }
    for (n, line) in lines.iter().enumerate() {
        // A gap in the values is a gap in the line.
        for part in line.values.iter().enumerate().collect::<Vec<_>>().split(|(_, v)| v.is_none()) {
            let points: Vec<String> = part
                .iter()
                .filter_map(|(second, value)| {
                    let value = value.filter(|value| value.is_finite())?;
                    Some(format!("{:.1},{:.1}", x(*second), y(value)))
                })
                .collect();
            if !points.is_empty() {
                let _ =
                    write!(svg, "<polyline class=\"line{n}\" points=\"{}\"/>", points.join(" "));
            }
        }
        let _ = write!(
            svg,
            "<text class=\"line{n}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LEFT + 8.0 + 150.0 * n as f64,
            HEIGHT - 6.0,
            super::html::escape(line.name)
        );
    }
    svg.push_str("</svg></figure>");
    svg
}

/// The next of 1, 2, 5, 10, … that is not less.
fn nice(most: f64) -> f64 {
    if !(most > 0.0 && most.is_finite()) {
        return 1.0;
    }
    let power = 10f64.powf(most.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|step| step * power)
        .into_iter()
        .find(|top| *top >= most)
        .unwrap_or(most)
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.1}M", value / 1e6),
        value if value >= 1e4 => format!("{:.0}k", value / 1e3),
        value if value >= 10.0 || value == 0.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round() {
        assert_eq!([0.0, 0.3, 1.0, 1.2, 34.0, 999.0].map(nice), [1.0, 0.5, 1.0, 2.0, 50.0, 1000.0]);
    }

    #[test]
    fn gaps_split_lines() {
        let values = vec![Some(1.0), Some(2.0), None, Some(3.0), Some(f64::NAN)];
        let svg = plot("a < b", "ms", &[Line { name: "x & y", values }]);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains("a &lt; b") && svg.contains("x &amp; y"));
        assert!(!svg.contains("NaN"));
    }

    #[test]
    fn nothing_to_show_is_no_fault() {
        plot("", "", &[]);
        plot("", "", &[Line { name: "", values: vec![None] }]);
    }
}
