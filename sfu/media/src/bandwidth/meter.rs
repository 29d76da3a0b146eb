//! Bitrate over the last half second, on a clock of microseconds.

use super::Micros;
use crate::units::Bitrate;

/// 32 ms: some feedback's worth, and a shift instead of a division.
const BUCKET_SHIFT: u32 = 15;
const BUCKET_MICROS: i64 = 1 << BUCKET_SHIFT;
const BUCKETS: usize = 16;

/// Bytes by time in 16 buckets of 32 ms. Takes a little disorder; no allocation.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    buckets: [u32; BUCKETS],
    /// Number of the bucket of the first packet, and of the newest.
    range: Option<(i64, i64)>,
    newest: Micros,
}

impl Meter {
    /// The longest window.
    pub(super) const WINDOW: u32 = BUCKETS as u32;
    /// About 200 ms.
    pub(super) const SHORT: u32 = 6;

    pub(super) const fn new() -> Self {
        Self { buckets: [0; BUCKETS], range: None, newest: Micros::new(0) }
    }

    pub(super) fn record(&mut self, at: Micros, bytes: usize) {
        let bucket = at.get() >> BUCKET_SHIFT;
        self.advance(at);
        let Some((first, newest)) = &mut self.range else { return };
        if *newest - bucket >= BUCKETS as i64 {
            return;
        }
        *first = bucket.min(*first);
        let count = &mut self.buckets[(bucket & (BUCKETS as i64 - 1)) as usize];
        *count = count.saturating_add(bytes as u32);
    }

    /// Time goes on to `at` without a packet. A jump back by more than the window starts anew.
    pub(super) fn advance(&mut self, at: Micros) {
        let bucket = at.get() >> BUCKET_SHIFT;
        let restart = self
            .range
            .is_none_or(|(_, newest)| newest.saturating_sub(bucket) >= 2 * BUCKETS as i64);
        if restart {
            *self = Self { range: Some((bucket, bucket)), newest: at, ..Self::new() };
            return;
        }
        self.newest = self.newest.max(at);
        if let Some((first, newest)) = &mut self.range
            && bucket > *newest
        {
            let passed = (bucket - *newest).min(BUCKETS as i64);
            for step in 0..passed {
                self.buckets[((bucket - step) & (BUCKETS as i64 - 1)) as usize] = 0;
            }
            *newest = bucket;
            *first = (*first).max(bucket - BUCKETS as i64);
        }
    }

    /// Over the last `buckets` whole ones and the one that is running. `None` while there was less
    /// than half of that.
    pub(super) fn rate(&self, buckets: u32) -> Option<Bitrate> {
        let (first, newest) = self.range?;
        let wanted = i64::from(buckets.clamp(1, Self::WINDOW - 1));
        let whole = wanted.min(newest - first);
        if whole * 2 < wanted {
            return None;
        }
        let bytes: u64 = (0..=whole)
            .map(|age| u64::from(self.buckets[((newest - age) & (BUCKETS as i64 - 1)) as usize]))
            .sum();
        let into = self.newest.get() & (BUCKET_MICROS - 1);
        let micros = (whole * BUCKET_MICROS + into).max(1);
        Some(Bitrate::bps(bytes.saturating_mul(8_000_000) / micros as u64))
    }
}
