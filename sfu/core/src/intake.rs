//! How much one session may send to us.
//!
//! What a publisher sends is multiplied by its subscribers, so its media is bounded, in packets and in
//! bits, as soon as it is known to be its own. What goes beyond is dropped as a full line would drop
//! it, and the sender's congestion control answers to that. What only bears its address may be
//! somebody else's, and must not take its place; of that so much is looked at as costs little.

use std::time::{Duration, Instant};

use crate::config::Limits;

/// Datagrams that are looked at, for each packet of media that may be sent: so many times more must
/// somebody else send in a session's name before its own are lost among them.
const LOOKED_AT: u64 = 4;
/// How far a session may run ahead of its rate: a keyframe of every layer, a burst after a gap.
const BURST: Duration = Duration::from_secs(1);
/// A session that goes on sending too much is spoken of so often in the log.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// A rate as a bucket that empties with time (the generic cell rate algorithm, ITU-T I.371, annex
/// A): one number says when what was let through will have been paid for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Meter {
    /// Nanoseconds since the session's begin.
    paid_at: u64,
}

impl Meter {
    /// Lets something through that takes `cost` nanoseconds at the full rate, or refuses it.
    fn take(&mut self, cost: u64, now: u64, burst: u64) -> bool {
        let paid_at = self.paid_at.max(now) + cost;
        let fits = paid_at <= now + burst + cost;
        if fits {
            self.paid_at = paid_at;
        }
        fits
    }
}

/// Costs at the rates of [`Limits`], worked out once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prices {
    /// Nanoseconds.
    datagram: u64,
    /// Nanoseconds.
    packet: u64,
    /// Picoseconds.
    byte: u64,
    /// Nanoseconds.
    message: u64,
}

impl Prices {
    pub(crate) fn new(limits: &Limits) -> Self {
        let price = |unit: u64, rate: u64| unit / rate.max(1);
        Self {
            datagram: price(1_000_000_000, LOOKED_AT * u64::from(limits.packets_per_second)),
            packet: price(1_000_000_000, limits.packets_per_second.into()),
            byte: price(8_000_000_000_000, limits.bits_per_second),
            message: price(1_000_000_000, limits.messages_per_second.into()),
        }
    }
}

/// What a session has sent lately.
#[derive(Debug)]
pub(crate) struct Intake {
    began: Instant,
    datagrams: Meter,
    packets: Meter,
    bytes: Meter,
    messages: Meter,
    /// When the log was told last.
    said: Option<Instant>,
}

impl Intake {
    pub(crate) fn new(now: Instant) -> Self {
        let none = Meter::default();
        Self { began: now, datagrams: none, packets: none, bytes: none, messages: none, said: None }
    }

    /// Lets a datagram be looked at, or refuses it.
    pub(crate) fn datagram(&mut self, prices: &Prices, now: Instant) -> bool {
        let now = self.nanos(now);
        self.datagrams.take(prices.datagram, now, BURST.as_nanos() as u64)
    }

    /// Lets an authentic packet of media through, or refuses it.
    pub(crate) fn media(&mut self, bytes: usize, prices: &Prices, now: Instant) -> bool {
        let (now, burst) = (self.nanos(now), BURST.as_nanos() as u64);
        self.packets.take(prices.packet, now, burst)
            && self.bytes.take(bytes as u64 * prices.byte / 1_000, now, burst)
    }

    /// The same for a message of the data channel.
    pub(crate) fn message(&mut self, prices: &Prices, now: Instant) -> bool {
        let now = self.nanos(now);
        self.messages.take(prices.message, now, BURST.as_nanos() as u64)
    }

    /// Whether a refusal is worth a line in the log.
    pub(crate) fn worth_saying(&mut self, now: Instant) -> bool {
        let worth = self.said.is_none_or(|at| now >= at + SAY_EVERY);
        if worth {
            self.said = Some(now);
        }
        worth
    }

    /// 584 years fit.
    fn nanos(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.began).as_nanos() as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prices(packets: u32, bits: u64) -> Prices {
        let limits = Limits {
            packets_per_second: packets,
            bits_per_second: bits,
            messages_per_second: 10,
            ..Limits::default()
        };
        Prices::new(&limits)
    }

    #[test]
    fn the_log_is_told_now_and_then() {
        let start = Instant::now();
        let mut intake = Intake::new(start);
        assert!(intake.worth_saying(start));
        assert!(!intake.worth_saying(start + Duration::from_secs(9)));
        assert!(intake.worth_saying(start + Duration::from_secs(10)));
    }

    #[test]
    fn more_is_looked_at_than_let_through() {
        let start = Instant::now();
        let prices = prices(100, 1_000_000);
        let mut intake = Intake::new(start);
        let looked_at = (0..1_000).filter(|_| intake.datagram(&prices, start)).count();
        assert!((400..=401).contains(&looked_at), "{looked_at}");
        let let_through = (0..1_000).filter(|_| intake.media(100, &prices, start)).count();
        assert!((100..=101).contains(&let_through), "{let_through}");
    }

    #[test]
    fn messages_have_a_rate_of_their_own() {
        let start = Instant::now();
        let prices = prices(1, 1);
        let mut intake = Intake::new(start);
        let taken = (0..100).filter(|_| intake.message(&prices, start)).count();
        assert!((10..=11).contains(&taken), "{taken}");
        assert!(intake.message(&prices, start + Duration::from_millis(200)));
    }

    proptest! {
        /// Over any time, no more passes than the rate and one burst; and whoever keeps below the
        /// rate is never refused.
        #[test]
        fn the_rate_holds(
            steps in prop::collection::vec((0_u64..3_000, 1_usize..1_500), 1..400),
            packets in 100_u32..5_000,
            kilobits in 100_u64..50_000,
        ) {
            let start = Instant::now();
            let prices = prices(packets, kilobits * 1_000);
            let mut intake = Intake::new(start);
            let (mut count, mut bytes, mut micros) = (0_u64, 0_u64, 0_u64);
            for (gap, len) in steps {
                micros += gap;
                if intake.media(len, &prices, start + Duration::from_micros(micros)) {
                    count += 1;
                    bytes += len as u64;
                }
                let secs = micros as f64 / 1e6 + BURST.as_secs_f64();
                // Prices are rounded down, by less than a thousandth here, and the last one may
                // reach over the brim.
                prop_assert!(count as f64 <= f64::from(packets) * secs * 1.001 + 1.0);
                let bits = (bytes * 8) as f64;
                prop_assert!(bits <= kilobits as f64 * 1e3 * secs * 1.001 + 12_000.0);
            }
        }

        #[test]
        fn an_even_stream_at_the_rate_passes(packets in 10_u32..5_000, len in 1_usize..1_500) {
            let start = Instant::now();
            let prices = prices(packets, u64::from(packets) * len as u64 * 8);
            let mut intake = Intake::new(start);
            for n in 0..2_000_u64 {
                let at = start + Duration::from_nanos(n * 1_000_000_000 / u64::from(packets));
                prop_assert!(intake.media(len, &prices, at));
            }
        }
    }
}
