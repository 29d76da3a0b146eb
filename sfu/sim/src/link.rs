//! One direction of the way between a client and the node.

use std::time::{Duration, Instant};

use rand::{RngExt, rngs::StdRng};

/// Which datagrams are lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// Each with this chance, 0 to 1.
    Random(f64),
    /// In bursts (Gilbert's model): this share of all, so many in a row in the mean.
    Bursts { share: f64, length: f64 },
}

impl Loss {
    pub const NONE: Self = Self::Random(0.0);
}

/// How a direction behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Path {
    pub loss: Loss,
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
        loss: Loss::NONE,
        delay: Duration::from_millis(10),
        jitter: Duration::ZERO,
        reorder: false,
        rate: None,
        queue: Duration::from_millis(300),
    };

    pub const fn with_loss(self, loss: f64) -> Self {
        Self { loss: Loss::Random(loss), ..self }
    }

    pub const fn with_bursts(self, share: f64, length: f64) -> Self {
        Self { loss: Loss::Bursts { share, length }, ..self }
    }

    pub const fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Late, but in order.
    pub const fn with_jitter(self, jitter: Duration) -> Self {
        Self { jitter, reorder: false, ..self }
    }

    pub const fn with_reordering(self, jitter: Duration) -> Self {
        Self { jitter, reorder: true, ..self }
    }

    /// The same way, on which nothing is lost or later than the rest.
    pub const fn steady(self) -> Self {
        Self { loss: Loss::NONE, jitter: Duration::ZERO, reorder: false, ..self }
    }

    pub const fn with_rate(self, bits_per_second: u64) -> Self {
        Self { rate: Some(bits_per_second), ..self }
    }
}

/// IP and UDP headers count against the capacity.
const OVERHEAD: usize = 28;

/// A wire with a queue before it that drops what finds it full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wire {
    /// When the last datagram has left the queue.
    idle_at: Instant,
    /// Bytes carried, headers included.
    pub(crate) carried: u64,
}

impl Wire {
    pub(crate) fn new(now: Instant) -> Self {
        Self { idle_at: now, carried: 0 }
    }

    /// When a datagram sent now is through; none when the queue is full.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        bytes: usize,
        rate: u64,
        queue: Duration,
    ) -> Option<Instant> {
        let start = self.idle_at.max(now);
        if start - now > queue {
            return None;
        }
        let bytes = bytes + OVERHEAD;
        self.carried += bytes as u64;
        self.idle_at = start + Duration::from_secs_f64((bytes * 8) as f64 / rate as f64);
        Some(self.idle_at)
    }
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) path: Path,
    pub(crate) wire: Wire,
    in_burst: bool,
    last_arrival: Instant,
    /// How long datagrams take lately, smoothed as round trips are (RFC 6298).
    pub(crate) transit: Option<Duration>,
}

impl Link {
    pub(crate) fn new(path: Path, now: Instant) -> Self {
        Self { path, wire: Wire::new(now), in_burst: false, last_arrival: now, transit: None }
    }

    /// When a datagram sent now arrives; none when it does not. Through `shared`, if the direction
    /// has its bottleneck together with others.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        bytes: usize,
        shared: Option<&mut Bottleneck>,
        rng: &mut StdRng,
    ) -> Option<Instant> {
        if self.loses(rng) {
            return None;
        }
        let sent = match (shared, self.path.rate) {
            (Some(shared), _) => shared.send(now, bytes)?,
            (None, Some(rate)) => self.wire.send(now, bytes, rate, self.path.queue)?,
            (None, None) => now,
        };
        let mut arrival = sent + self.path.delay;
        if !self.path.jitter.is_zero() {
            arrival += self.path.jitter.mul_f64(rng.random_range(0.0..1.0));
        }
        if !self.path.reorder {
            arrival = arrival.max(self.last_arrival);
            self.last_arrival = arrival;
        }
        let took = arrival - now;
        self.transit = Some(self.transit.map_or(took, |transit| (transit * 7 + took) / 8));
        Some(arrival)
    }

    fn loses(&mut self, rng: &mut StdRng) -> bool {
        match self.path.loss {
            Loss::Random(share) => share > 0.0 && rng.random_bool(share),
            Loss::Bursts { share, length } => {
                let end = 1.0 / length;
                let turn = if self.in_burst { end } else { share * end / (1.0 - share) };
                self.in_burst ^= rng.random_bool(turn);
                self.in_burst
            }
        }
    }
}

/// A wire that several directions share.
#[derive(Debug)]
pub(crate) struct Bottleneck {
    pub(crate) rate: u64,
    pub(crate) queue: Duration,
    pub(crate) wire: Wire,
}

impl Bottleneck {
    pub(crate) fn send(&mut self, now: Instant, bytes: usize) -> Option<Instant> {
        self.wire.send(now, bytes, self.rate, self.queue)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn bursts_have_their_share_and_their_length() {
        let now = Instant::now();
        let mut rng = StdRng::seed_from_u64(1);
        let mut link = Link::new(Path::GOOD.with_bursts(0.1, 4.0), now);
        let fates: Vec<bool> =
            (0..100_000).map(|_| link.send(now, 100, None, &mut rng).is_none()).collect();
        let lost = fates.iter().filter(|lost| **lost).count();
        let bursts = fates.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        assert!((9_000..11_000).contains(&lost), "{lost}");
        let length = lost as f64 / bursts as f64;
        assert!((3.7..4.3).contains(&length), "{length}");
    }

    #[test]
    fn a_wire_carries_its_rate_and_drops_the_rest() {
        let start = Instant::now();
        let mut wire = Wire::new(start);
        let mut through = 0;
        for ms in 0..1_000 {
            let now = start + Duration::from_millis(ms);
            let sent = wire.send(now, 972, 1_000_000, Duration::from_millis(100));
            through += usize::from(sent.is_some());
        }
        // A second of 1 Mbit/s and a full queue, in datagrams of 8,000 bits.
        assert!((135..=140).contains(&through), "{through}");
    }
}
