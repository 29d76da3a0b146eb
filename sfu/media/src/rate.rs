//! Bitrate and packet rate over a sliding window.

use std::time::{Duration, Instant};

use crate::units::Bitrate;

const BUCKET: Duration = Duration::from_millis(100);

/// Before so much was seen a rate says little; it is then taken over this time.
const MIN_SPAN: Duration = Duration::from_millis(200);

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    bytes: u64,
    packets: u64,
}

/// Measures one stream over so many tenths of a second. No allocation; time must not go back (if
/// it does, it stands still).
#[derive(Debug, Clone)]
pub struct RateMeter<const TENTHS: usize = 10> {
    buckets: [Bucket; TENTHS],
    /// Time of the first packet, and buckets since then.
    start: Option<(Instant, u64)>,
    total: Bucket,
}

/// What a simulcast layer costs: over three seconds, so that a keyframe or a gesture doesn't move
/// the allocator.
pub type LayerMeter = RateMeter<30>;

impl<const TENTHS: usize> Default for RateMeter<TENTHS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const TENTHS: usize> RateMeter<TENTHS> {
    /// What is measured.
    pub const WINDOW: Duration = Duration::from_millis(100 * TENTHS as u64);

    pub const fn new() -> Self {
        const { assert!(TENTHS >= 2, "a window shorter than the least span") };
        let empty = Bucket { bytes: 0, packets: 0 };
        Self { buckets: [empty; TENTHS], start: None, total: empty }
    }

    pub fn record(&mut self, bytes: usize, now: Instant) {
        self.advance(now);
        let index = match self.start {
            Some((_, tick)) => tick,
            None => {
                self.start = Some((now, 0));
                0
            }
        };
        for bucket in [&mut self.buckets[index as usize % TENTHS], &mut self.total] {
            bucket.bytes = bucket.bytes.saturating_add(bytes as u64);
            bucket.packets += 1;
        }
    }

    pub fn bitrate(&mut self, now: Instant) -> Bitrate {
        let (window, span) = self.window(now);
        Bitrate::from_bytes(window.bytes, span)
    }

    /// Packets per second.
    pub fn packet_rate(&mut self, now: Instant) -> f64 {
        let (window, span) = self.window(now);
        window.packets as f64 / span.as_secs_f64()
    }

    /// Since the beginning.
    pub fn total_bytes(&self) -> u64 {
        self.total.bytes
    }

    /// Since the beginning.
    pub fn total_packets(&self) -> u64 {
        self.total.packets
    }

    fn window(&mut self, now: Instant) -> (Bucket, Duration) {
        self.advance(now);
        let Some((start, tick)) = self.start else { return (Bucket::default(), MIN_SPAN) };
        let sum = self.buckets.iter().fold(Bucket::default(), |sum, bucket| Bucket {
            bytes: sum.bytes.saturating_add(bucket.bytes),
            packets: sum.packets + bucket.packets,
        });
        // The whole buckets before this one, and the part of this one that is over.
        let elapsed = now.saturating_duration_since(start);
        let into = elapsed.saturating_sub(bucket_time(tick)).min(BUCKET);
        let whole = tick.min(TENTHS as u64 - 1);
        (sum, (bucket_time(whole) + into).max(MIN_SPAN))
    }

    /// Empties the buckets that time has passed by.
    fn advance(&mut self, now: Instant) {
        let Some((start, tick)) = &mut self.start else { return };
        let elapsed = now.saturating_duration_since(*start).as_millis() / BUCKET.as_millis();
        let now_tick = u64::try_from(elapsed).unwrap_or(u64::MAX);
        let passed = now_tick.saturating_sub(*tick).min(TENTHS as u64);
        for step in 1..=passed {
            // From the newest back, so that a long silence doesn't need a long loop.
            let index = (now_tick - passed + step) as usize % TENTHS;
            self.buckets[index] = Bucket::default();
        }
        *tick = now_tick.max(*tick);
    }
}

fn bucket_time(buckets: u64) -> Duration {
    Duration::from_nanos(buckets.saturating_mul(BUCKET.as_nanos() as u64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Meter = RateMeter;

    #[test]
    fn a_steady_stream_has_its_rate() {
        let t0 = Instant::now();
        let mut meter = Meter::new();
        let mut now = t0;
        for _ in 0..300 {
            meter.record(1000, now);
            now += Duration::from_millis(10);
        }
        let rate = meter.bitrate(now).as_bps();
        assert!((760_000..=900_000).contains(&rate), "{rate}");
        assert!((95.0..=112.0).contains(&meter.packet_rate(now)));
        assert_eq!(meter.total_packets(), 300);
        assert_eq!(meter.total_bytes(), 300_000);
    }

    #[test]
    fn silence_empties_the_window() {
        let t0 = Instant::now();
        let mut meter = Meter::new();
        meter.record(1000, t0);
        assert!(meter.bitrate(t0) > Bitrate::ZERO);
        assert_eq!(meter.bitrate(t0 + Meter::WINDOW * 2), Bitrate::ZERO);
        assert_eq!(meter.bitrate(t0 + Duration::from_secs(100_000)), Bitrate::ZERO);
        assert_eq!(Meter::new().bitrate(t0), Bitrate::ZERO);
    }

    proptest! {
        /// Never more than what was recorded in the last window, never less than what was recorded
        /// in all of it but its oldest step.
        #[test]
        fn the_rate_lies_between_its_bounds(
            packets in prop::collection::vec((0..400_u64, 0..2000_usize), 1..200)
        ) {
            let t0 = Instant::now();
            let mut meter = Meter::new();
            let mut now = t0;
            let mut seen: Vec<(Instant, usize)> = Vec::new();
            for (gap, bytes) in packets {
                now += Duration::from_millis(gap);
                meter.record(bytes, now);
                seen.push((now, bytes));
                let within = |span: Duration| seen.iter()
                    .filter(|(at, _)| now.duration_since(*at) < span)
                    .map(|(_, bytes)| *bytes as u64).sum::<u64>();
                let rate = meter.bitrate(now);
                prop_assert!(rate <= Bitrate::from_bytes(within(Meter::WINDOW), MIN_SPAN));
                let least = within(Meter::WINDOW - BUCKET);
                prop_assert!(rate >= Bitrate::from_bytes(least, Meter::WINDOW));
            }
        }
    }
}
