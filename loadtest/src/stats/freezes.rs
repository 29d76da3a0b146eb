//! Freezes as WebRTC's statistics define them (webrtc-stats, `freezeCount`): an interval between
//! two shown frames of at least three times the average, and at least the average plus 150 ms.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Frames that the average is taken of.
const FRAMES: usize = 30;
const MARGIN: Duration = Duration::from_millis(150);

#[derive(Debug, Default)]
pub struct Freezes {
    last: Option<Instant>,
    intervals: VecDeque<Duration>,
    sum: Duration,
    /// As much of the freeze that goes on as was told already.
    told: Duration,
}

/// A freeze, or what came to it since it was told of last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    /// It was not told of before.
    pub begins: bool,
    /// Since it was told of last.
    pub more: Duration,
    /// Since it began.
    pub whole: Duration,
}

impl Freezes {
    /// A frame is shown; says how the picture stood still if that was a freeze.
    pub fn shown(&mut self, now: Instant) -> Option<Frozen> {
        let frozen = self.standing(now);
        let interval = now.saturating_duration_since(self.last.replace(now)?);
        self.told = Duration::ZERO;
        self.intervals.push_back(interval);
        self.sum += interval;
        if self.intervals.len() > FRAMES {
            self.sum -= self.intervals.pop_front().unwrap_or_default();
        }
        frozen
    }

    /// How the picture stands still already, if that is a freeze.
    pub fn standing(&mut self, now: Instant) -> Option<Frozen> {
        let whole = now.saturating_duration_since(self.last?);
        if !self.is_freeze(whole) {
            return None;
        }
        let before = std::mem::replace(&mut self.told, whole);
        let more = whole.saturating_sub(before);
        Some(Frozen { begins: before.is_zero(), more, whole })
    }

    /// Nothing is meant to be shown from now on.
    pub fn pause(&mut self) {
        *self = Self::default();
    }

    fn is_freeze(&self, interval: Duration) -> bool {
        if self.intervals.is_empty() {
            return false;
        }
        let average = self.sum / self.intervals.len() as u32;
        interval >= (3 * average).max(average + MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_frames_do_not_freeze() {
        let start = Instant::now();
        for rate in [1, 5, 30, 60] {
            let mut freezes = Freezes::default();
            let interval = Duration::from_secs(1) / rate;
            assert!((0..200).all(|n| freezes.shown(start + interval * n).is_none()), "{rate}");
        }
    }

    #[test]
    fn a_gap_is_one_freeze() {
        let start = Instant::now();
        let mut freezes = Freezes::default();
        let frame = Duration::from_millis(33);
        let mut found = Vec::new();
        for n in 0..200 {
            let pause = if n >= 100 { Duration::from_millis(200) } else { Duration::ZERO };
            found.extend(freezes.shown(start + frame * n + pause));
        }
        let gap = Duration::from_millis(233);
        assert_eq!(found, [Frozen { begins: true, more: gap, whole: gap }]);
        assert_eq!(freezes.standing(start + frame * 199 + Duration::from_millis(210)), None);
        let ms = |ms| Duration::from_millis(ms);
        let end = start + frame * 199 + ms(200);
        let long = Frozen { begins: true, more: ms(400), whole: ms(400) };
        assert_eq!(freezes.standing(end + ms(400)), Some(long));
        let longer = Frozen { begins: false, more: ms(250), whole: ms(650) };
        assert_eq!(freezes.shown(end + ms(650)), Some(longer));
    }

    #[test]
    fn a_pause_is_no_freeze() {
        let start = Instant::now();
        let mut freezes = Freezes::default();
        for n in 0..50 {
            freezes.shown(start + Duration::from_millis(33) * n);
        }
        freezes.pause();
        assert_eq!(freezes.shown(start + Duration::from_secs(30)), None);
    }
}
