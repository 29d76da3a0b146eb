//! Lines over time, and bars, as inline SVG.

use std::fmt::Write;

use super::html::escape;

/// Of the drawing; a narrow telephone shows it at nearly this size, so that its text stays legible.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 8.0;
const BOTTOM: f64 = 22.0;
const TOP: f64 = 8.0;
/// Room for the name of a bar, and for its figure behind it.
const BAR_NAME: f64 = 104.0;
const BAR_FIGURE: f64 = 52.0;
const BAR_HEIGHT: f64 = 24.0;

/// A named line; none where nothing was measured.
pub struct Line {
    pub name: &'static str,
    pub values: Vec<Option<f64>>,
}

impl Line {
    fn finite(&self) -> impl Iterator<Item = f64> {
        self.values.iter().flatten().copied().filter(|value| value.is_finite())
    }

    /// For those who do not see the line.
    fn in_words(&self) -> String {
        let (mut least, mut most, mut last) = (f64::INFINITY, f64::NEG_INFINITY, None);
        for value in self.finite() {
            (least, most, last) = (least.min(value), most.max(value), Some(value));
        }
        match last {
            None => format!("{}: nothing measured", self.name),
            Some(last) => format!(
                "{}: {} to {}, {} at the end",
                self.name,
                short(least),
                short(most),
                short(last)
            ),
        }
    }
}

/// A plot of lines that share a scale from zero on; one value for each second.
pub fn plot(title: &str, unit: &str, lines: &[Line]) -> String {
    let most = lines.iter().flat_map(Line::finite).fold(0.0, f64::max);
    let top = nice(most);
    let count = lines.iter().map(|line| line.values.len()).max().unwrap_or(0);
    let x = |n: usize| LEFT + n as f64 * (WIDTH - LEFT - RIGHT) / (count.max(2) - 1) as f64;
    let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP);
    let words: Vec<String> = lines.iter().map(Line::in_words).collect();
    let mut svg = format!(
        "<figure><figcaption><b>{}</b> {}{}</figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escape(title),
        escape(unit),
        legend(lines),
        escape(&format!("{title} in {unit}. {}", words.join(". ")))
    );
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let at = y(top * share);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>",
            WIDTH - RIGHT
        );
        if share != 0.25 && share != 0.75 {
            let (left, down) = (LEFT - 5.0, at + 4.0);
            let label = short(top * share);
            let _ = write!(
                svg,
                "<text x=\"{left:.1}\" y=\"{down:.1}\" text-anchor=\"end\">{label}</text>"
            );
        }
    }
    for (second, anchor) in [(1, "start"), (count.div_ceil(2), "middle"), (count, "end")] {
        if count > 2 {
            let (at, down) = (x(second - 1), HEIGHT - 6.0);
            let _ = write!(
                svg,
                "<text x=\"{at:.1}\" y=\"{down:.1}\" text-anchor=\"{anchor}\">{second} s</text>"
            );
        }
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
    }
    svg.push_str("</svg></figure>");
    svg
}

/// Names of several lines, each beside a piece of it.
fn legend(lines: &[Line]) -> String {
    if lines.len() < 2 {
        return String::new();
    }
    let mut out = String::new();
    for (n, line) in lines.iter().enumerate() {
        let _ = write!(
            out,
            " <span class=\"key\"><svg viewBox=\"0 0 24 8\" aria-hidden=\"true\">\
             <polyline class=\"line{n}\" points=\"0,4 24,4\"/></svg>{}</span>",
            escape(line.name)
        );
    }
    out
}

/// Named values as bars from zero on.
pub fn bars(title: &str, unit: &str, values: &[(String, f64)]) -> String {
    let most = values.iter().map(|(_, value)| *value).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let scale = (WIDTH - BAR_NAME - BAR_FIGURE) / most.max(f64::MIN_POSITIVE);
    let words: Vec<String> =
        values.iter().map(|(name, value)| format!("{name} {value:.2}")).collect();
    let height = BAR_HEIGHT * values.len() as f64 + 4.0;
    let mut svg = format!(
        "<figure><figcaption><b>{}</b> {}</figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">",
        escape(title),
        escape(unit),
        escape(&format!("{title} in {unit}. {}", words.join(", ")))
    );
    for (n, (name, value)) in values.iter().enumerate() {
        let down = BAR_HEIGHT * n as f64;
        let width = if value.is_finite() { (value * scale).max(1.0) } else { 0.0 };
        let text = down + 16.0;
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{}</text>\
             <rect class=\"bar\" x=\"{BAR_NAME}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"16\"/>\
             <text x=\"{:.1}\" y=\"{text:.1}\">{value:.2}</text>",
            BAR_NAME - 6.0,
            escape(name),
            down + 4.0,
            BAR_NAME + width + 6.0
        );
    }
    svg.push_str("</svg></figure>");
    svg
}

/// The next of 1, 2, 2.5, 5, 10, … that is not less.
fn nice(most: f64) -> f64 {
    if !(most > 0.0 && most.is_finite()) {
        return 1.0;
    }
    let power = 10f64.powf(most.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|step| step * power)
        .into_iter()
        .find(|top| *top >= most)
        .unwrap_or(most)
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.1}M", value / 1e6),
        value if value >= 1e4 => format!("{:.0}k", value / 1e3),
        value if value >= 1e3 => format!("{:.1}k", value / 1e3),
        value if value >= 10.0 || value == 0.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scales_are_round() {
        assert_eq!([0.0, 0.3, 1.0, 1.2, 24.0, 999.0].map(nice), [1.0, 0.5, 1.0, 2.0, 25.0, 1000.0]);
    }

    #[test]
    fn gaps_split_lines() {
        let values = vec![Some(1.0), Some(2.0), None, Some(3.0), Some(f64::NAN)];
        let svg = plot("a < b", "ms", &[Line { name: "x & y", values }]);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(
            svg.contains("a &lt; b") && svg.contains("x &amp; y: 1.00 to 3.00, 3.00 at the end")
        );
        assert!(!svg.contains("NaN"));
    }

    #[test]
    fn lines_are_told_apart_where_there_are_several() {
        let line = |name| Line { name, values: vec![Some(1.0); 5] };
        assert!(!plot("t", "u", &[line("one")]).contains("class=\"key\""));
        assert_eq!(plot("t", "u", &[line("one"), line("two")]).matches("class=\"key\"").count(), 2);
    }

    proptest! {
        /// Whatever is measured, nothing is drawn outside of the picture.
        #[test]
        fn everything_is_inside(values in prop::collection::vec(prop::option::of(0.0f64..1e12), 0..60)) {
            let svg = plot("t", "u", &[Line { name: "n", values: values.clone() }]);
            for points in svg.split("points=\"").skip(1) {
                for point in points.split('"').next().unwrap().split(' ') {
                    let (x, y) = point.split_once(',').unwrap();
                    prop_assert!((0.0..=WIDTH).contains(&x.parse::<f64>().unwrap()));
                    prop_assert!((0.0..=HEIGHT).contains(&y.parse::<f64>().unwrap()));
                }
            }
            let named: Vec<_> = values.into_iter().flatten().map(|v| (String::from("x"), v)).collect();
            prop_assert_eq!(bars("t", "u", &named).matches("<rect").count(), named.len());
        }
    }
}
