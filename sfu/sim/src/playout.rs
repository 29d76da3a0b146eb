//! When a frame is shown: a jitter buffer, and freezes as WebRTC's statistics count them.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// A frame is not held back for longer than this, however unsteady the way.
const MAX_DELAY: Duration = Duration::from_secs(1);
/// The delay falls by this share of itself in a second without late frames.
const DECAY: f64 = 0.05;
/// The least transit is forgotten after one to two of these: the way may have got longer.
const BASE_WINDOW: Duration = Duration::from_secs(10);

/// Shows frames evenly: each as long after its capture as the latest one needed lately, as
/// libwebrtc's timing does with its jitter and a round trip for repetitions.
#[derive(Debug, Default)]
pub(crate) struct Playout {
    /// First media time (in seconds) and its arrival: the zero of transits.
    zero: Option<(f64, Instant)>,
    /// Least transit, in seconds, of this window and of the one before.
    base: Option<(f64, f64)>,
    base_since: Option<Instant>,
    delay: f64,
    last: Option<Instant>,
}

impl Playout {
    /// When the frame that was captured at `media` seconds, and could be decoded `now`, is shown.
    pub(crate) fn show(&mut self, media: f64, now: Instant) -> Instant {
        let (zero, at) = *self.zero.get_or_insert((media, now));
        let transit = (now - at).as_secs_f64() - (media - zero);
        let (running, before) = self.base.unwrap_or((transit, transit));
        let since = *self.base_since.get_or_insert(now);
        self.base = Some(if now - since > BASE_WINDOW {
            self.base_since = Some(now);
            (transit, running)
        } else {
            (running.min(transit), before)
        });
        let base = self.base.map_or(transit, |(running, before)| running.min(before));
        let late = (transit - base).min(MAX_DELAY.as_secs_f64());
        let passed =
            self.last.map_or(0.0, |last| now.saturating_duration_since(last).as_secs_f64());
        self.delay = (self.delay * (1.0 - DECAY * passed.min(1.0))).max(late);
        let wait = (base + self.delay - transit).max(0.0);
        let shown = (now + Duration::from_secs_f64(wait)).max(self.last.unwrap_or(now));
        self.last = Some(shown);
        shown
    }
}

/// Frames whose mean interval a freeze is measured with.
const FREEZE_FRAMES: usize = 30;
const FREEZE_FACTOR: u32 = 3;
const FREEZE_EXTRA: Duration = Duration::from_millis(150);

/// What a viewer felt.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Freezes {
    pub count: usize,
    pub total: Duration,
    pub longest: Duration,
}

/// Freezes among moments at which frames were shown (webrtc-stats, `freezeCount`: an interval of
/// at least three times the mean of the last thirty, or 150 ms more than it). The time until `to`
/// counts as an interval too, so that a picture that never goes on is a freeze.
pub(crate) fn freezes(shown: impl Iterator<Item = Instant>, from: Instant, to: Instant) -> Freezes {
    let mut found = Freezes::default();
    let mut intervals: VecDeque<Duration> = VecDeque::new();
    let mut previous: Option<Instant> = None;
    let within = shown.take_while(|at| *at <= to);
    for at in within.chain(std::iter::once(to)) {
        let start = previous.replace(at).unwrap_or(from.min(at));
        let interval = at - start;
        let mean = match intervals.len() {
            0 => Duration::ZERO,
            n => intervals.iter().sum::<Duration>() / n as u32,
        };
        if at > from && interval >= (mean * FREEZE_FACTOR).max(mean + FREEZE_EXTRA) {
            let felt = at - start.max(from);
            found.count += 1;
            found.total += felt;
            found.longest = found.longest.max(felt);
        }
        if intervals.len() == FREEZE_FRAMES {
            intervals.pop_front();
        }
        intervals.push_back(interval);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn a_steady_picture_has_no_freeze_and_a_gap_is_one() {
        let start = Instant::now();
        let steady: Vec<_> = (0..100).map(|n| at(start, n * 40)).collect();
        let end = at(start, 4_000);
        assert_eq!(freezes(steady.iter().copied(), start, end), Freezes::default());
        let gap = steady.iter().copied().filter(|t| *t < at(start, 2_000) || *t > at(start, 2_300));
        let found = freezes(gap, start, end);
        assert_eq!(found.count, 1);
        assert_eq!(found.longest, Duration::from_millis(360));
    }

    #[test]
    fn a_picture_that_stops_is_frozen_to_the_end() {
        let start = Instant::now();
        let frames = (0..50).map(|n| at(start, n * 40));
        let found = freezes(frames, start, at(start, 5_000));
        assert_eq!((found.count, found.longest), (1, Duration::from_millis(3_040)));
        let nothing = freezes(std::iter::empty(), start, at(start, 5_000));
        assert_eq!(nothing.longest, Duration::from_secs(5));
    }

    #[test]
    fn jitter_is_smoothed_and_lateness_remembered() {
        let start = Instant::now();
        let mut playout = Playout::default();
        let mut shown = Vec::new();
        for frame in 0..200_u64 {
            // Every tenth frame comes 100 ms late.
            let late = if frame % 10 == 9 { 100 } else { 0 };
            let ready = at(start, frame * 40 + late).max(shown.last().copied().unwrap_or(start));
            shown.push(playout.show(frame as f64 * 0.04, ready));
        }
        let after_first = &shown[20..];
        let longest = after_first.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest < Duration::from_millis(60), "{longest:?}");
    }
}
