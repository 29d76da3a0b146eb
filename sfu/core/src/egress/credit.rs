//! How much may be repeated, and how soon again.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::StreamKey;

/// Share of what is sent that may be repeated, in percent: a tenth lost, with its repetitions lost
/// as well, is something that a call can survive.
const SHARE: usize = 40;
/// Bytes that may be repeated at once: a keyframe.
const BURST: usize = 128 * 1024;
/// Repetitions remembered.
const REMEMBERED: usize = 128;
/// A round trip that is longer than this does not delay a second repetition any further: the
/// picture would be too late.
const MAX_WAIT: Duration = Duration::from_millis(150);

/// Earned by sending, spent by repeating.
#[derive(Debug)]
pub(super) struct Credit {
    bytes: usize,
    /// What was repeated lately.
    recent: VecDeque<((StreamKey, u64), Instant)>,
}

impl Default for Credit {
    fn default() -> Self {
        Self { bytes: BURST, recent: VecDeque::new() }
    }
}

impl Credit {
    pub(super) fn earn(&mut self, bytes: usize) {
        self.bytes = (self.bytes + bytes * SHARE / 100).min(BURST);
    }

    /// Whether a packet may be repeated now: `wait` must have passed since it was repeated last,
    /// which may still be on its way.
    pub(super) fn take(
        &mut self,
        packet: (StreamKey, u64),
        bytes: usize,
        wait: Duration,
        now: Instant,
    ) -> bool {
        let wait = wait.min(MAX_WAIT);
        while self.recent.front().is_some_and(|(_, at)| now >= *at + MAX_WAIT) {
            self.recent.pop_front();
        }
        let too_soon =
            |(known, at): &((StreamKey, u64), Instant)| *known == packet && now < *at + wait;
        if self.bytes < bytes || self.recent.iter().any(too_soon) {
            return false;
        }
        self.bytes -= bytes;
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((packet, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_a_share_of_what_is_sent() {
        let now = Instant::now();
        let mut credit = Credit::default();
        for packet in 0..(BURST / 1_000) as u64 {
            assert!(credit.take((0, packet), 1_000, Duration::ZERO, now));
        }
        assert!(!credit.take((0, 9_999), 1_000, Duration::ZERO, now));
        credit.earn(2_500);
        assert!(credit.take((0, 9_999), 1_000, Duration::ZERO, now));
        assert!(!credit.take((0, 9_999), 1_000, Duration::ZERO, now));
    }

    #[test]
    fn a_repetition_is_given_a_round_trip() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let rtt = Duration::from_millis(40);
        let mut credit = Credit::default();
        assert!(credit.take((0, 7), 100, rtt, at(0)));
        assert!(!credit.take((0, 7), 100, rtt, at(39)));
        assert!(credit.take((1, 7), 100, rtt, at(39)));
        assert!(credit.take((0, 7), 100, rtt, at(40)));
        assert!(!credit.take((0, 7), 100, Duration::from_secs(9), at(180)));
        assert!(credit.take((0, 7), 100, Duration::from_secs(9), at(190)));
    }
}
