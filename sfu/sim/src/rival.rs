//! Somebody else's download through the same bottleneck.

use std::time::{Duration, Instant};

/// A full Ethernet frame's payload, IP and UDP headers taken off as the wire adds them again.
pub(crate) const SEGMENT: usize = 1_472;

/// A greedy flow with TCP's congestion avoidance (RFC 5681): it grows until the queue overflows,
/// then halves. It always has something to send.
#[derive(Debug)]
pub(crate) struct Rival {
    /// Round trip without any queue.
    pub(crate) rtt: Duration,
    /// In segments.
    window: f64,
    threshold: f64,
    in_flight: u64,
    /// Losses of what was sent before belong to the last halving.
    recovering_until: Instant,
    pub(crate) delivered: u64,
    pub(crate) stopped: bool,
}

/// What became of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) sent: Instant,
    pub(crate) lost: bool,
}

impl Rival {
    pub(crate) fn new(rtt: Duration, now: Instant) -> Self {
        Self {
            rtt,
            // RFC 6928.
            window: 10.0,
            threshold: f64::INFINITY,
            in_flight: 0,
            recovering_until: now,
            delivered: 0,
            stopped: false,
        }
    }

    /// Takes a segment to send, if the window lets it out.
    pub(crate) fn take(&mut self) -> bool {
        let sends = !self.stopped && (self.in_flight as f64) < self.window;
        self.in_flight += u64::from(sends);
        sends
    }

    pub(crate) fn on_acknowledged(&mut self, segment: Acknowledged, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if !segment.lost {
            self.delivered += SEGMENT as u64;
            self.window += if self.window < self.threshold { 1.0 } else { 1.0 / self.window };
        } else if segment.sent >= self.recovering_until {
            self.threshold = (self.window / 2.0).max(2.0);
            self.window = self.threshold;
            self.recovering_until = now;
        }
    }
}
