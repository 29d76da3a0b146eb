//! What is heard of a voice: frames that came in time, by themselves or as a copy, and those that
//! a decoder has to invent.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// One Opus frame.
const FRAME: Duration = Duration::from_millis(20);
/// The least that a player holds back: two frames, as NetEQ does on a steady line.
const MIN_DELAY: Duration = Duration::from_millis(40);
const MAX_DELAY: Duration = Duration::from_secs(1);
/// Of the packets of the last two seconds, so many must have come in time (NetEQ's quantile).
const QUANTILE: f64 = 0.97;
const MEMORY: Duration = Duration::from_secs(2);

/// Frames of one continuous stream, by number.
#[derive(Debug, Default)]
pub(crate) struct Hearing {
    /// When a frame was there, whichever packet brought it; and the number of its packet's newest.
    frames: BTreeMap<u64, Instant>,
    /// Arrivals of packets: number of the newest frame in it, and when.
    packets: Vec<(u64, Instant)>,
    zero: Option<(u64, Instant)>,
}

impl Hearing {
    /// A frame came. `primary` for the newest of its packet.
    pub(crate) fn on_frame(&mut self, number: u64, primary: bool, now: Instant) {
        self.zero.get_or_insert((number, now));
        self.frames.entry(number).or_insert(now);
        if primary {
            self.packets.push((number, now));
        }
    }

    /// Microseconds from when the frame would have come without any delay, as far as is known.
    fn transit(&self, number: u64, at: Instant) -> i64 {
        let Some((zero, start)) = self.zero else { return 0 };
        let passed = (at - start).as_micros() as i64;
        passed - (number as i64 - zero as i64) * FRAME.as_micros() as i64
    }

    /// Frames that were due between `from` and `to`, and how many of them had to be invented since
    /// they were not there in time.
    pub(crate) fn invented(&self, from: Instant, to: Instant) -> (usize, usize) {
        let (mut due, mut missing) = (0, 0);
        let within = |at: &Instant| *at >= from && *at <= to;
        let heard: Vec<&(u64, Instant)> =
            self.packets.iter().filter(|(_, at)| within(at)).collect();
        let (Some(first), Some(last)) =
            (heard.iter().map(|(n, _)| *n).min(), heard.iter().map(|(n, _)| *n).max())
        else {
            let frames = (to - from).as_millis() / FRAME.as_millis();
            return (frames as usize, frames as usize);
        };
        for number in first..=last {
            due += 1;
            let Some(at) = self.frames.get(&number) else {
                missing += 1;
                continue;
            };
            let (base, delay) = self.playing(*at);
            missing += usize::from(self.transit(number, *at) > base + delay);
        }
        // What was due after the last packet never came.
        let silent = to.saturating_duration_since(self.frames[&last]);
        let tail = (silent.as_millis() / FRAME.as_millis()).saturating_sub(25) as usize;
        (due + tail, missing + tail)
    }

    /// The least transit and the delay of playing, in microseconds, as a player at `now` has them
    /// from the packets before.
    fn playing(&self, now: Instant) -> (i64, i64) {
        let end = self.packets.partition_point(|(_, at)| *at <= now);
        let recent = self.packets[..end].iter().rev().take_while(|(_, at)| *at + MEMORY >= now);
        let mut transits: Vec<i64> =
            recent.map(|(number, at)| self.transit(*number, *at)).collect();
        transits.sort_unstable();
        let Some(base) = transits.first().copied() else { return (0, 0) };
        let at = ((transits.len() - 1) as f64 * QUANTILE) as usize;
        let spread = transits[at] - base;
        let least = MIN_DELAY.as_micros() as i64;
        (base, (spread + least / 2).clamp(least, MAX_DELAY.as_micros() as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, number: u64) -> Instant {
        start + FRAME * number as u32
    }

    #[test]
    fn what_comes_in_a_copy_is_not_invented() {
        let start = Instant::now();
        let (mut plain, mut with_copies) = (Hearing::default(), Hearing::default());
        for number in 0..500_u64 {
            let lost = number % 10 == 5;
            if lost {
                continue;
            }
            plain.on_frame(number, true, at(start, number));
            with_copies.on_frame(number, true, at(start, number));
            with_copies.on_frame(number.saturating_sub(1), false, at(start, number));
        }
        let (from, to) = (at(start, 100), at(start, 400));
        let (due, missing) = plain.invented(from, to);
        assert!((290..=301).contains(&due), "{due}");
        assert!((29..=31).contains(&missing), "{missing}");
        assert_eq!(with_copies.invented(from, to).1, 0);
    }

    #[test]
    fn silence_is_invented() {
        let start = Instant::now();
        let hearing = Hearing::default();
        assert_eq!(hearing.invented(start, at(start, 50)), (50, 50));
    }
}
