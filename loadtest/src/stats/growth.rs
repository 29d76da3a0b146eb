//! Whether a value that is read again and again grows.

/// The share of a measurement that is not looked at: caches and allocators fill.
const WARM_UP: f64 = 1.0 / 3.0;
/// With fewer values there is nothing to be said.
const FEWEST: usize = 10;

/// Growth per hour of values that were read once a second: the median slope between any two of them
/// (Theil and Sen), which single outliers do not move, after the first third. None of too few.
pub fn per_hour(values: &[f64]) -> Option<f64> {
    let skipped = (values.len() as f64 * WARM_UP) as usize;
    let values = &values[skipped..];
    if values.len() < FEWEST {
        return None;
    }
    let mut slopes: Vec<f64> = Vec::with_capacity(values.len() * (values.len() - 1) / 2);
    for (n, first) in values.iter().enumerate() {
        for (distance, second) in values[n + 1..].iter().enumerate() {
            slopes.push((second - first) / (distance + 1) as f64);
        }
    }
    let middle = slopes.len() / 2;
    let (_, median, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median * 3_600.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fills_at_first_does_not_grow() {
        let values: Vec<f64> = (0..90).map(|n| f64::from(n.min(25))).collect();
        assert_eq!(per_hour(&values), Some(0.0));
        assert_eq!(per_hour(&values[..12]), None);
    }

    proptest! {
        #[test]
        fn a_line_with_noise_and_outliers_has_its_slope(
            slope in -10.0f64..10.0,
            noise in prop::collection::vec(-0.5f64..0.5, 120),
            outlier in 40usize..120,
        ) {
            let mut values: Vec<f64> =
                noise.iter().enumerate().map(|(n, noise)| n as f64 * slope + noise).collect();
            values[outlier] += 1e6;
            let hourly = per_hour(&values).unwrap();
            prop_assert!((hourly - slope * 3_600.0).abs() < 0.05 * 3_600.0, "{hourly}");
        }
    }
}
