//! The sums of all participants.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::freezes::Frozen;

/// Largest value of the histograms: a minute in µs. Longer ones count as that.
const LONGEST: u64 = 60_000_000;

/// Durations in µs, with three significant digits.
#[derive(Debug, Clone)]
pub struct Durations(Histogram<u64>);

impl Default for Durations {
    fn default() -> Self {
        // These bounds are valid: low is at least 1 and high at least twice that.
        Self(Histogram::new_with_bounds(1, LONGEST, 3).unwrap_or_else(|_| unreachable!()))
    }
}

impl Durations {
    pub fn record(&mut self, duration: Duration) {
        self.0.saturating_record((duration.as_micros() as u64).clamp(1, LONGEST));
    }

    /// In milliseconds; none if nothing was recorded. `share` of 0.5 is the median.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.value_at_quantile(share) as f64 / 1_000.0)
    }

    pub fn max(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.max() as f64 / 1_000.0)
    }

    pub fn len(&self) -> u64 {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn add(&mut self, other: &Self) {
        // The same bounds: it always fits.
        let _ = self.0.add(&other.0);
    }
}

/// Everything counted since [`Totals::clear`].
#[derive(Debug, Clone, Default)]
pub struct Totals {
    pub sent_packets: u64,
    pub sent_bytes: u64,
    /// Media packets that arrived, each once, whether at first or repeated.
    pub delivered: u64,
    pub delivered_bytes: u64,
    pub audio: u64,
    pub video: u64,
    /// Datagrams of every kind.
    pub datagrams: u64,
    pub lost: u64,
    pub duplicates: u64,
    pub reordered: u64,
    /// Brought by a retransmission.
    pub repaired: u64,
    /// Packets without media: probes for bandwidth.
    pub padding: u64,
    /// Not authentic, or of no stream that was negotiated.
    pub unreadable: u64,
    /// Frames that a decoder could show.
    pub frames: u64,
    pub freezes: u64,
    pub frozen: Duration,
    pub longest_freeze: Duration,
    pub layer_changes: u64,
    pub source_changes: u64,
    pub nacks_sent: u64,
    pub plis_sent: u64,
    pub keyframe_requests: u64,
    pub keyframes_sent: u64,
    /// What the tester's own network model dropped.
    pub impaired: u64,
    /// Datagrams that the tester's own sockets could not send.
    pub unsent: u64,
    pub latency: Durations,
    pub variation: Durations,
    pub join: Durations,
    /// Offer posted → first frame that can be shown.
    pub first_frame: Durations,
}

impl Totals {
    pub fn add(&mut self, other: &Self) {
        self.sent_packets += other.sent_packets;
        self.sent_bytes += other.sent_bytes;
        self.delivered += other.delivered;
        self.delivered_bytes += other.delivered_bytes;
        self.audio += other.audio;
        self.video += other.video;
        self.datagrams += other.datagrams;
        self.lost += other.lost;
        self.duplicates += other.duplicates;
        self.reordered += other.reordered;
        self.repaired += other.repaired;
        self.padding += other.padding;
        self.unreadable += other.unreadable;
        self.frames += other.frames;
        self.freezes += other.freezes;
        self.frozen += other.frozen;
        self.longest_freeze = self.longest_freeze.max(other.longest_freeze);
        self.layer_changes += other.layer_changes;
        self.source_changes += other.source_changes;
        self.nacks_sent += other.nacks_sent;
        self.plis_sent += other.plis_sent;
        self.keyframe_requests += other.keyframe_requests;
        self.keyframes_sent += other.keyframes_sent;
        self.impaired += other.impaired;
        self.unsent += other.unsent;
        self.latency.add(&other.latency);
        self.variation.add(&other.variation);
        self.join.add(&other.join);
        self.first_frame.add(&other.first_frame);
    }

    pub fn froze(&mut self, frozen: Frozen) {
        self.freezes += u64::from(frozen.begins);
        self.frozen += frozen.more;
        self.longest_freeze = self.longest_freeze.max(frozen.whole);
    }

    /// Share of packets that were lost for good, 0 to 1.
    pub fn loss(&self) -> f64 {
        self.lost as f64 / (self.delivered + self.lost).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_in_milliseconds() {
        let mut durations = Durations::default();
        assert_eq!(durations.quantile(0.5), None);
        for n in 1..=1_000 {
            durations.record(Duration::from_millis(n));
        }
        let median = durations.quantile(0.5).unwrap();
        assert!((499.0..502.0).contains(&median), "{median}");
        assert!(durations.quantile(0.99).unwrap() >= 989.0);
        durations.record(Duration::from_secs(600));
        assert!(durations.max().unwrap() >= 59_990.0);
    }
}
