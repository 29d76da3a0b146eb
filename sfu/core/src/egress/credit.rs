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
const LOSSY: RangeInclusive<f32> = 0.04..=0.15;
/// A packet that is asked for again within this time: its repetition was lost as well.
const AGAIN: Duration = Duration::from_secs(1);

/// Packets that are asked for and those that are sent count half after so many of the latter.
const COUNTED: f32 = 512.0;
/// Of all packets: who asks for so many, and for so many times more than are lost, asks for what others have
/// merely overtaken, as browsers do.
const ASKED: f32 = 0.1;
const ASKED_PER_LOSS: f32 = 4.0;
/// A packet that is lost indeed among them is asked for again after a round trip. Over a longer way that is
/// too late.
const SHORT: Duration = Duration::from_millis(200);

/// Earned by sending, spent by repeating.
#[derive(Debug)]
pub(super) struct Credit {
    bytes: usize,
    /// What was asked for lately.
    recent: VecDeque<Answer>,
    /// Packets sent, and those that were asked for.
    sent: f32,
    asked: f32,
}

#[derive(Debug, Clone, Copy)]
struct Answer {
    packet: (StreamKey, u64),
    at: Instant,
    /// It was not repeated yet.
    put_off: bool,
}

impl Default for Credit {
    fn default() -> Self {
        Self { bytes: BURST, recent: VecDeque::new(), sent: 0.0, asked: 0.0 }
    }
}

impl Credit {
    pub(super) fn earn(&mut self, bytes: usize) {
        self.bytes = (self.bytes + bytes * SHARE / 100).min(BURST);
        self.sent += 1.0;
        if self.sent >= COUNTED {
            (self.sent, self.asked) = (self.sent / 2.0, self.asked / 2.0);
        }
    }

    /// Much more is asked for than is lost: packets overtake each other on their way.
    fn in_disorder(&self, loss: f32) -> bool {
        self.asked > self.sent.max(COUNTED / 2.0) * (ASKED + ASKED_PER_LOSS * loss)
    }

    /// How often a packet may be sent now: not at all until `wait`, a round trip, has passed since it was
    /// repeated last, which may still be on its way; nor where it is probably only late. Twice, if the last
    /// one was lost as well, or on a way that loses such a share of all packets; `loss` is none if nobody
    /// knows.
    pub(super) fn take(
        &mut self,
        packet: (StreamKey, u64),
        bytes: usize,
        wait: Duration,
        loss: Option<f32>,
        now: Instant,
    ) -> usize {
        while self.recent.front().is_some_and(|answer| now >= answer.at + AGAIN) {
            self.recent.pop_front();
        }
        let last = self.recent.iter().rev().find(|answer| answer.packet == packet).copied();
        let repeated = last.filter(|answer| !answer.put_off);
        if self.bytes < bytes || repeated.is_some_and(|last| now < last.at + wait.min(MAX_WAIT)) {
            return 0;
        }
        self.asked += f32::from(u8::from(last.is_none()));
        let put_off =
            last.is_none() && wait <= SHORT && loss.is_some_and(|loss| self.in_disorder(loss));
        let lossy = loss.is_some_and(|loss| LOSSY.contains(&loss)) && self.bytes >= BURST / 2;
        let twice = repeated.is_some() || lossy;
        let times = match twice && self.bytes >= bytes * 2 {
            _ if put_off => 0,
            true => 2,
            false => 1,
        };
        self.bytes -= bytes * times;
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(Answer { packet, at: now, put_off });
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
            assert_eq!(credit.take((0, packet), 1_000, Duration::ZERO, None, now), 1);
        }
        assert_eq!(credit.take((0, 9_998), 1_000, Duration::ZERO, None, now), 0);
        credit.earn(1_700);
        assert_eq!(credit.take((0, 9_999), 1_000, Duration::ZERO, None, now), 1);
        assert_eq!(credit.take((0, 9_997), 1_000, Duration::ZERO, None, now), 0);
    }

    #[test]
    fn a_repetition_is_given_a_round_trip_and_then_sent_twice() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let rtt = Duration::from_millis(40);
        let mut credit = Credit::default();
        assert_eq!(credit.take((0, 7), 100, rtt, None, at(0)), 1);
        assert_eq!(credit.take((0, 7), 100, rtt, None, at(39)), 0);
        assert_eq!(credit.take((1, 7), 100, rtt, None, at(39)), 1);
        assert_eq!(credit.take((0, 7), 100, rtt, None, at(40)), 2);
        assert_eq!(credit.take((0, 7), 100, Duration::from_secs(9), None, at(180)), 0);
        assert_eq!(credit.take((0, 7), 100, Duration::from_secs(9), None, at(190)), 2);
        assert_eq!(credit.take((0, 7), 100, rtt, None, at(1_190)), 1);
    }

    /// A thousand packets, one in `every` of which is asked for; what is sent of the last of them, if it is
    /// asked for once more.
    fn asked_for(every: u64, loss: f32, wait: Duration) -> [usize; 2] {
        let now = Instant::now();
        let mut credit = Credit::default();
        let mut times = [0; 2];
        for packet in 1..=1_000 {
            credit.earn(1_000);
            if packet % every == 0 {
                times =
                    [now, now + wait].map(|at| credit.take((0, packet), 100, wait, Some(loss), at));
            }
        }
        times
    }

    #[test]
    fn where_much_more_is_asked_for_than_is_lost_only_what_is_asked_for_again_is_sent() {
        let rtt = Duration::from_millis(50);
        assert_eq!(asked_for(2, 0.0, rtt), [0, 1]);
        assert_eq!(asked_for(2, 0.02, rtt), [0, 1]);
        assert_eq!(asked_for(5, 0.2, rtt), [1, 2], "as many are lost");
        assert_eq!(asked_for(20, 0.0, rtt), [1, 2], "so few do no harm");
        assert_eq!(
            asked_for(2, 0.0, Duration::from_millis(600)),
            [1, 2],
            "too late over a long way"
        );
    }

    #[test]
    fn on_a_lossy_way_two_go_at_once() {
        let now = Instant::now();
        let mut credit = Credit::default();
        let mut times =
            |packet, loss| credit.take((0, packet), 100, Duration::ZERO, Some(loss), now);
        assert_eq!([times(7, 0.02), times(8, 0.05), times(9, 0.2)], [1, 2, 1]);
    }
}
