//! What receivers report back, counted. str0m gives totals of each stream; the shard counts growth.

use std::collections::HashMap;

use str0m::{
    media::{Mid, Rid},
    stats::{MediaEgressStats, MediaIngressStats},
};

use crate::stats::Counters;

/// Streams of one session as last reported.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    /// NACKs and keyframe requests received.
    egress: HashMap<(Mid, Option<Rid>), (u64, u64)>,
    /// NACKs sent.
    ingress: HashMap<(Mid, Option<Rid>), u64>,
}

impl Feedback {
    /// A stream that we send.
    pub(crate) fn sent(&mut self, stats: &MediaEgressStats, counters: &mut Counters) {
        let former = self.egress.entry((stats.mid, stats.rid)).or_default();
        let now = (stats.nacks, stats.plis + stats.firs);
        // A total falls when a stream is made anew.
        counters.nacks_received += now.0.saturating_sub(former.0);
        counters.keyframes_wanted += now.1.saturating_sub(former.1);
        *former = now;
    }

    /// A stream that we receive.
    pub(crate) fn received(&mut self, stats: &MediaIngressStats, counters: &mut Counters) {
        let former = self.ingress.entry((stats.mid, stats.rid)).or_default();
        counters.nacks_sent += stats.nacks.saturating_sub(*former);
        *former = stats.nacks;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn growth_is_counted_once() {
        let stats = |nacks, plis| MediaEgressStats {
            mid: "0".into(),
            rid: None,
            bytes: 0,
            packets: 0,
            firs: 1,
            plis,
            nacks,
            rtt: None,
            loss: None,
            timestamp: Instant::now(),
            remote: None,
        };
        let (mut feedback, mut counters) = (Feedback::default(), Counters::default());
        for (nacks, plis) in [(3, 0), (3, 0), (5, 2), (1, 0), (2, 0)] {
            feedback.sent(&stats(nacks, plis), &mut counters);
        }
        assert_eq!(counters.nacks_received, 6, "3, then 2 more, then a new stream's 1");
        assert_eq!(counters.keyframes_wanted, 3);
    }
}
