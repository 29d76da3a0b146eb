//! When a key is made, signs, and is forgotten. Pure.

use std::time::Duration;

use szpon_protocol::Time;

/// A key is published so long before it signs. Others fetch the key set every few minutes.
pub(super) const PUBLISH_AHEAD_SECS: i64 = 15 * 60;
/// A key that signs no more is published so long: its last token and some slack.
pub(super) const KEEP_SECS: i64 = szpon_auth::MAX_STREAM_LIFETIME_SECS + 10 * 60;

/// What to do with keys that are given by the time each was made, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// So many of the oldest are to be forgotten.
    pub forget: usize,
    /// A new one is to be made.
    pub make: bool,
    /// Index of the one that signs; none when there is no key.
    pub signs: Option<usize>,
}

impl Plan {
    pub fn is_change(self) -> bool {
        self.make || self.forget > 0
    }
}

pub(super) fn plan(created: &[Time], rotation: Duration, now: Time) -> Plan {
    let rotation_ms = i64::try_from(rotation.as_millis()).unwrap_or(i64::MAX);
    let signs_from = |at: Time| at.plus_secs(PUBLISH_AHEAD_SECS);
    // The newest that was published long enough; at the very start, the only one.
    let signs = created.iter().rposition(|at| signs_from(*at) <= now).or(if created.is_empty() {
        None
    } else {
        Some(0)
    });
    // A key is out of use when its successor begins to sign.
    let forget = created
        .windows(2)
        .take_while(|pair| signs_from(pair[1]).plus_secs(KEEP_SECS) <= now)
        .count();
    let make = created.last().is_none_or(|newest| newest.plus_millis(rotation_ms) <= now);
    Plan { forget, make, signs }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600;

    fn at(secs: i64) -> Time {
        Time::from_millis(1_800_000_000_000).plus_secs(secs)
    }

    fn plan_at(created: &[i64], now: i64) -> Plan {
        let created: Vec<Time> = created.iter().map(|secs| at(*secs)).collect();
        plan(&created, Duration::from_secs(30 * 24 * 3600), at(now))
    }

    #[test]
    fn the_first_key_signs_at_once() {
        assert_eq!(plan_at(&[], 0), Plan { forget: 0, make: true, signs: None });
        assert_eq!(plan_at(&[0], 0), Plan { forget: 0, make: false, signs: Some(0) });
    }

    #[test]
    fn a_key_is_followed_by_another_without_a_gap() {
        assert!(!plan_at(&[0], 30 * DAY - 1).make);
        assert!(plan_at(&[0], 30 * DAY).make);
        let keys = [0, 30 * DAY];
        let made = 30 * DAY;
        assert_eq!(plan_at(&keys, made), Plan { forget: 0, make: false, signs: Some(0) });
        assert_eq!(plan_at(&keys, made + PUBLISH_AHEAD_SECS - 1).signs, Some(0));
        assert_eq!(plan_at(&keys, made + PUBLISH_AHEAD_SECS).signs, Some(1));
        let over = made + PUBLISH_AHEAD_SECS + KEEP_SECS;
        assert_eq!(plan_at(&keys, over - 1).forget, 0);
        assert_eq!(plan_at(&keys, over), Plan { forget: 1, make: false, signs: Some(1) });
    }

    #[test]
    fn after_a_long_sleep_the_last_key_still_signs() {
        let plan = plan_at(&[0, 30 * DAY], 400 * DAY);
        assert_eq!(plan, Plan { forget: 1, make: true, signs: Some(1) });
    }
}
