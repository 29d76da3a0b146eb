//! Whether packets stand in a queue, or only some came late.
//!
//! The trend of the delay alone mistakes jitter for congestion: a radio or a busy receiver that
//! lets packets go in clumps makes some of them late, but never all. A queue makes all of them
//! late, the luckiest too. So what counts is the least delay of a short while, above the least of
//! a long one.

use super::Micros;

/// A short while: some packets even of audio alone.
const WINDOW_MICROS: i64 = 80_000;

/// A long while, after which the least delay is forgotten between once and twice later. Clocks that
/// run apart by 200 parts in a million differ by 4 ms then: less than matters.
const BASE_MICROS: i64 = 10_000_000;

/// A queue that counts, if it stays for two windows in a row: at least this; and more by half than
/// what is usual on a path whose luckiest packets are late as well, up to a limit.
const STANDING_MICROS: i64 = 25_000;
const MAX_STANDING_MICROS: i64 = 90_000;

/// A queue that counts at once, in relation to one that counts if it stays.
const LONG: i64 = 4;

/// Windows in a row with a queue; a long one counts as two.
const ENOUGH: u32 = 2;

/// Windows that make up what is usual: ten seconds.
const USUAL_WINDOWS: i64 = 128;

#[derive(Debug, Clone, Copy)]
struct Window {
    number: i64,
    least: i64,
}

/// Delays are differences of two clocks: their zero means nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct StandingQueue {
    window: Option<Window>,
    /// Least delay of the running long while and of the one before.
    base: Option<(i64, i64)>,
    base_since: Micros,
    windows: u32,
    above: i64,
    /// Mean of `above`, and windows in it.
    usual: i64,
    count: i64,
}

impl StandingQueue {
    /// A queue stands, or stood at the last look.
    pub(super) fn stands(&self) -> bool {
        self.windows >= ENOUGH
    }

    /// Microseconds of queue that no packet got around, at the last look.
    pub(super) fn micros(&self) -> i64 {
        self.above
    }

    pub(super) fn on_received(&mut self, sent: Micros, arrived: Micros) {
        let delay = arrived - sent;
        let number = arrived.get() / WINDOW_MICROS;
        match &mut self.window {
            Some(window) if window.number >= number => window.least = window.least.min(delay),
            window => {
                if let Some(complete) = window.replace(Window { number, least: delay }) {
                    self.close(complete, arrived);
                }
            }
        }
    }

    fn close(&mut self, window: Window, now: Micros) {
        let (running, before) = self.base.unwrap_or((window.least, window.least));
        self.base = Some(if now - self.base_since > BASE_MICROS {
            self.base_since = now;
            (window.least, running)
        } else {
            (running.min(window.least), before)
        });
        let base = self.base.map_or(window.least, |(running, before)| running.min(before));
        self.above = window.least.saturating_sub(base);
        let standing = (self.usual * 3 / 2).clamp(STANDING_MICROS, MAX_STANDING_MICROS);
        self.windows = if self.above >= standing * LONG {
            self.windows.saturating_add(2)
        } else if self.above >= standing {
            self.windows.saturating_add(1)
        } else {
            0
        };
        self.count = (self.count + 1).min(USUAL_WINDOWS);
        let unusual = self.above.min(MAX_STANDING_MICROS) - self.usual;
        self.usual += unusual / self.count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet every 20 ms for `ms`, each with the delay that `delay` gives by its time.
    fn feed(queue: &mut StandingQueue, from: i64, ms: i64, delay: impl Fn(i64) -> i64) {
        let mut newest = 0;
        for sent in (from..from + ms).step_by(20) {
            newest = newest.max(sent + delay(sent));
            queue.on_received(Micros::new(sent * 1000), Micros::new(newest * 1000));
        }
    }

    #[test]
    fn a_stall_is_no_queue() {
        let mut queue = StandingQueue::default();
        // 80 ms in every half second nothing arrives, and then all at once.
        feed(&mut queue, 0, 10_000, |sent| 50 + (80 - sent % 500).max(0));
        assert!(!queue.stands());
    }

    #[test]
    fn a_queue_stands_until_it_is_gone() {
        let mut queue = StandingQueue::default();
        feed(&mut queue, 0, 2_000, |_| 50);
        feed(&mut queue, 2_000, 400, |_| 90);
        assert!(queue.stands());
        assert_eq!(queue.micros(), 40_000);
        feed(&mut queue, 2_400, 400, |_| 60);
        assert!(!queue.stands());
    }

    #[test]
    fn a_longer_way_is_the_new_measure_after_a_while() {
        let mut queue = StandingQueue::default();
        feed(&mut queue, 0, 15_000, |_| 50);
        feed(&mut queue, 15_000, 30_000, |_| 250);
        assert!(!queue.stands());
    }
}
