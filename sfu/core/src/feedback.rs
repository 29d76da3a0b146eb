//! What publishers are asked for again, counted. str0m gives totals of each stream; the shard counts
//! growth.

use std::collections::HashMap;

use str0m::{
    media::{Mid, Rid},
    stats::MediaIngressStats,
};

use crate::stats::Counters;

/// Streams of one session as last reported.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    /// NACKs sent.
    ingress: HashMap<(Mid, Option<Rid>), u64>,
}

impl Feedback {
    /// A stream that we receive.
    pub(crate) fn received(&mut self, stats: &MediaIngressStats, counters: &mut Counters) {
        let former = self.ingress.entry((stats.mid, stats.rid)).or_default();
        // A total falls when a stream is made anew.
        counters.nacks_sent += stats.nacks.saturating_sub(*former);
        *former = stats.nacks;
    }
}
