//! A token bucket whose clock is an argument.

use szpon_protocol::Time;

/// Allows `burst` acts at once and one more every `every_ms` milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    burst: u32,
    every_ms: i64,
    left: u32,
    /// The moment up to which refills are accounted for.
    filled_at: Time,
}

impl Bucket {
    pub fn new(burst: u32, every_ms: u32, now: Time) -> Self {
        Self { burst, every_ms: i64::from(every_ms.max(1)), left: burst, filled_at: now }
    }

    /// Takes one token; false when there is none.
    pub fn take(&mut self, now: Time) -> bool {
        let elapsed = now.since(self.filled_at);
        if elapsed < 0 {
            // The wall clock was set back: start counting from there, or nothing is allowed until
            // it catches up.
            self.filled_at = now;
        } else {
            let earned = elapsed / self.every_ms;
            self.left = u32::try_from(earned)
                .map_or(self.burst, |n| self.left.saturating_add(n).min(self.burst));
            self.filled_at = self.filled_at.plus_millis(earned.saturating_mul(self.every_ms));
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refills_one_by_one_and_never_above_the_burst() {
        let start = Time::from_millis(1_000_000);
        let mut bucket = Bucket::new(2, 1000, start);
        assert!(bucket.take(start));
        assert!(bucket.take(start));
        assert!(!bucket.take(start.plus_millis(999)));
        assert!(bucket.take(start.plus_millis(1000)));
        assert!(!bucket.take(start.plus_millis(1500)));
        let later = start.plus_secs(3600);
        assert!(bucket.take(later));
        assert!(bucket.take(later));
        assert!(!bucket.take(later));
    }

    #[test]
    fn a_clock_set_back_does_not_silence_anybody_for_long() {
        let start = Time::from_millis(10_000_000);
        let mut bucket = Bucket::new(1, 1000, start);
        assert!(bucket.take(start));
        let earlier = start.plus_secs(-7200);
        assert!(!bucket.take(earlier));
        assert!(bucket.take(earlier.plus_millis(1000)));
    }

    proptest! {
        #[test]
        fn allows_no_more_than_burst_plus_rate(steps in prop::collection::vec(0i64..400, 1..200)) {
            let start = Time::from_millis(0);
            let mut now = start;
            let mut bucket = Bucket::new(5, 250, start);
            let mut taken = 0i64;
            for step in steps {
                now = now.plus_millis(step);
                taken += i64::from(bucket.take(now));
            }
            prop_assert!(taken <= 5 + now.since(start) / 250);
        }
    }
}
