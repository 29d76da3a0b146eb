//! Whether a delay rises: the slope of the line nearest to the last points.

/// Points of the line. Libwebrtc's value: some frames' worth.
const POINTS: usize = 20;

/// Least squares over the newest points; any order of `x` will do.
#[derive(Debug, Clone)]
pub(super) struct Trend {
    points: [(f64, f64); POINTS],
    len: usize,
    next: usize,
}

impl Trend {
    pub(super) const fn new() -> Self {
        Self { points: [(0.0, 0.0); POINTS], len: 0, next: 0 }
    }

    pub(super) fn push(&mut self, x: f64, y: f64) {
        self.points[self.next] = (x, y);
        self.next = (self.next + 1) % POINTS;
        self.len = (self.len + 1).min(POINTS);
    }

    /// `None` before there are enough points, or if all have the same `x`.
    pub(super) fn slope(&self) -> Option<f64> {
        if self.len < POINTS {
            return None;
        }
        let n = POINTS as f64;
        // Relative to one of them, so that the squares stay exact.
        let (x0, y0) = self.points[0];
        let (mut sum_x, mut sum_y, mut sum_xy, mut sum_xx) = (0.0, 0.0, 0.0, 0.0);
        for (x, y) in self.points {
            let (x, y) = (x - x0, y - y0);
            sum_x += x;
            sum_y += y;
            sum_xy += x * y;
            sum_xx += x * x;
        }
        let spread = sum_xx - sum_x * sum_x / n;
        // A thousandth of a square millisecond: below the receiver's resolution.
        (spread > 1e-3).then(|| (sum_xy - sum_x * sum_y / n) / spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope() {
        let mut trend = Trend::new();
        for n in 0..19 {
            trend.push(f64::from(n), 0.0);
            assert_eq!(trend.slope(), None);
        }
        for n in 0..20 {
            trend.push(1e9 + f64::from(n) * 5.0, 7.0 - f64::from(n));
        }
        assert!((trend.slope().unwrap() + 0.2).abs() < 1e-9);
    }

    #[test]
    fn points_above_each_other_have_none() {
        let mut trend = Trend::new();
        for n in 0..20 {
            trend.push(3.0, f64::from(n));
        }
        assert_eq!(trend.slope(), None);
    }
}
