//! One direction of the way between a client and the node.

use std::time::{Duration, Instant};

use rand::{RngExt, rngs::StdRng};

/// How a direction behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Path {
    /// Share of datagrams lost, 0 to 1.
    pub loss: f64,
    pub delay: Duration,
    /// Up to so much is added to the delay of each datagram.
    pub jitter: Duration,
    /// Whether a jittered datagram may be overtaken.
    pub reorder: bool,
    /// Capacity in bits per second; none is endless.
    pub rate: Option<u64>,
    /// A datagram that would wait longer than this for capacity is dropped.
    pub queue: Duration,
}

impl Path {
    /// A good line: 10 ms, nothing lost.
    pub const GOOD: Self = Self {
        loss: 0.0,
        delay: Duration::from_millis(10),
        jitter: Duration::ZERO,
        reorder: false,
        rate: None,
        queue: Duration::from_millis(300),
    };

    pub fn with_loss(self, loss: f64) -> Self {
        Self { loss, ..self }
    }

    pub fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    pub fn with_reordering(self, jitter: Duration) -> Self {
        Self { jitter, reorder: true, ..self }
    }

    pub fn with_rate(self, bits_per_second: u64) -> Self {
        Self { rate: Some(bits_per_second), ..self }
    }
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) path: Path,
    /// When the last datagram has left the queue.
    idle_at: Instant,
    last_arrival: Instant,
}

/// IP and UDP headers count against the capacity.
const OVERHEAD: usize = 28;

impl Link {
    pub(crate) fn new(path: Path, now: Instant) -> Self {
        Self { path, idle_at: now, last_arrival: now }
    }

    /// When a datagram sent now arrives; none when it does not.
    pub(crate) fn send(&mut self, now: Instant, bytes: usize, rng: &mut StdRng) -> Option<Instant> {
        if self.path.loss > 0.0 && rng.random_bool(self.path.loss) {
            return None;
        }
        let mut sent = now;
        if let Some(rate) = self.path.rate {
            let start = self.idle_at.max(now);
            if start - now > self.path.queue {
                return None;
            }
            let bits = ((bytes + OVERHEAD) * 8) as f64;
            self.idle_at = start + Duration::from_secs_f64(bits / rate as f64);
            sent = self.idle_at;
        }
        let mut arrival = sent + self.path.delay;
        if !self.path.jitter.is_zero() {
            arrival += self.path.jitter.mul_f64(rng.random_range(0.0..1.0));
        }
        if !self.path.reorder {
            arrival = arrival.max(self.last_arrival);
            self.last_arrival = arrival;
        }
        Some(arrival)
    }
}
