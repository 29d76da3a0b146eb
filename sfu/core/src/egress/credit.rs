//! How much may be repeated, and how soon again.

use std::{
    collections::VecDeque,
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use super::StreamKey;

/// Share of what is sent that may be repeated, in percent: a fifth lost, with its repetitions lost
/// as well, is something that a call can survive.
const SHARE: usize = 60;
/// Bytes that may be repeated at once: a keyframe.
const BURST: usize = 128 * 1024;
/// Repetitions remembered.
const REMEMBERED: usize = 128;
/// A round trip that is longer than this does not delay a second repetition any further: the
/// picture would be too late.
const MAX_WAIT: Duration = Duration::from_millis(150);
/// Where such a share of all packets is lost, a repetition has company from the first time on: each round
/// trip that it takes longer is felt, and twice so little is not much. Where more is lost, the credit is
/// needed for what is asked for again.
const LOSSY: RangeInclusive<f64> = 0.04..=0.15;
/// A packet that is asked for again within this time: its repetition was lost as well.
const AGAIN: Duration = Duration::from_secs(1);

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

    /// How often a packet may be sent now: not at all until `wait` has passed since it was repeated
    /// last, which may still be on its way. Twice, if that was lost as well, or on a way that loses this
    /// share of all packets.
    pub(super) fn take(
        &mut self,
        packet: (StreamKey, u64),
        bytes: usize,
        wait: Duration,
        loss: f64,
        now: Instant,
    ) -> usize {
        let wait = wait.min(MAX_WAIT);
        while self.recent.front().is_some_and(|(_, at)| now >= *at + AGAIN) {
            self.recent.pop_front();
        }
        let last = self.recent.iter().rev().find(|(known, _)| *known == packet);
        if self.bytes < bytes || last.is_some_and(|(_, at)| now < *at + wait) {
            return 0;
        }
        let lossy = LOSSY.contains(&loss) && self.bytes >= BURST / 2;
        let twice = last.is_some() || lossy;
        let times = if twice && self.bytes >= bytes * 2 { 2 } else { 1 };
        self.bytes -= bytes * times;
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((packet, now));
        times
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
            assert_eq!(credit.take((0, packet), 1_000, Duration::ZERO, 0.0, now), 1);
        }
        assert_eq!(credit.take((0, 9_998), 1_000, Duration::ZERO, 0.0, now), 0);
        credit.earn(1_700);
        assert_eq!(credit.take((0, 9_999), 1_000, Duration::ZERO, 0.0, now), 1);
        assert_eq!(credit.take((0, 9_997), 1_000, Duration::ZERO, 0.0, now), 0);
    }

    #[test]
    fn a_repetition_is_given_a_round_trip_and_then_sent_twice() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let rtt = Duration::from_millis(40);
        let mut credit = Credit::default();
        assert_eq!(credit.take((0, 7), 100, rtt, 0.0, at(0)), 1);
        assert_eq!(credit.take((0, 7), 100, rtt, 0.0, at(39)), 0);
        assert_eq!(credit.take((1, 7), 100, rtt, 0.0, at(39)), 1);
        assert_eq!(credit.take((0, 7), 100, rtt, 0.0, at(40)), 2);
        assert_eq!(credit.take((0, 7), 100, Duration::from_secs(9), 0.0, at(180)), 0);
        assert_eq!(credit.take((0, 7), 100, Duration::from_secs(9), 0.0, at(190)), 2);
        assert_eq!(credit.take((0, 7), 100, rtt, 0.0, at(1_190)), 1);
    }

    #[test]
    fn on_a_lossy_way_two_go_at_once() {
        let now = Instant::now();
        let mut credit = Credit::default();
        let mut times = |packet, loss| credit.take((0, packet), 100, Duration::ZERO, loss, now);
        assert_eq!([times(7, 0.02), times(8, 0.05), times(9, 0.2)], [1, 2, 1]);
    }
}
