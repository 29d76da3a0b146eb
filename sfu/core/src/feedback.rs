//! What publishers are asked for again, counted. str0m gives totals of each stream; the shard counts
//! growth.

use std::{collections::HashMap, time::Instant};

use str0m::{
    media::{Mid, Rid},
    stats::MediaIngressStats,
};

use crate::stats::Counters;

/// What str0m keeps of a stream's numbers for repetitions (`MAX_MISORDER`): a packet that comes again
/// when the stream is further than this is not taken.
const REACH: f64 = 100.0;
/// Fewer losses are a keyframe now and then.
const HARMLESS: f32 = 0.002;

/// Streams of one session as last reported.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    ingress: HashMap<(Mid, Option<Rid>), Totals>,
}

#[derive(Debug, Clone, Copy)]
struct Totals {
    nacks: u64,
    packets: u64,
    at: Instant,
}

impl Feedback {
    /// A stream that we receive. Whether its losses are beyond repair: a repetition takes a round
    /// trip, and the stream is too far by then.
    pub(crate) fn received(&mut self, stats: &MediaIngressStats, counters: &mut Counters) -> bool {
        let MediaIngressStats { nacks, packets, timestamp: at, .. } = *stats;
        let now = Totals { nacks, packets, at };
        let former = self.ingress.insert((stats.mid, stats.rid), now);
        // A total falls when a stream is made anew.
        let former = former.filter(|former| former.packets <= packets);
        let Totals { nacks: before, packets: fewer, at: then } =
            former.unwrap_or(Totals { nacks: 0, packets, at });
        counters.nacks_sent += nacks.saturating_sub(before);
        let seconds = at.saturating_duration_since(then).as_secs_f64();
        let lost = stats.loss.is_some_and(|loss| loss > HARMLESS);
        let round = stats.rtt.map_or(0.0, |rtt| rtt.as_secs_f64());
        lost && seconds > 0.0 && (packets - fewer) as f64 / seconds * round > REACH
    }
}
