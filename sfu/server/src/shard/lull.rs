//! A shard that carries no media lets what comes gather for a moment, instead of waking up for each
//! connectivity check, report and ping of people who are only there.

use std::time::{Duration, Instant};

/// Between two rounds of a shard that carries nothing. Somebody who begins to speak after a silence is
/// heard later by this at most, once; an answer to a ping may take as much longer.
const NAP: Duration = Duration::from_millis(20);
/// So long nothing was carried and nobody connected, before there are naps.
const QUIET_AFTER: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Lull {
    /// Packets of media that were carried so far.
    carried: u64,
    busy_at: Instant,
}

impl Lull {
    pub(super) fn new(now: Instant) -> Self {
        Self { carried: 0, busy_at: now }
    }

    /// A round is over. `carried`: packets of media so far; `connecting`: somebody's handshake is under
    /// way, each flight of which would wait.
    pub(super) fn note(&mut self, now: Instant, carried: u64, connecting: bool) {
        if connecting || self.carried != carried {
            self.carried = carried;
            self.busy_at = now;
        }
    }

    /// How long to sleep before the next round.
    pub(super) fn nap(&self, now: Instant) -> Option<Duration> {
        (now >= self.busy_at + QUIET_AFTER).then_some(NAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naps_are_for_those_who_carry_nothing() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut lull = Lull::new(start);
        assert_eq!(lull.nap(at(999)), None, "it has only begun");
        assert_eq!(lull.nap(at(1_000)), Some(NAP));
        lull.note(at(1_500), 1, false);
        assert_eq!(lull.nap(at(2_499)), None, "a packet was carried");
        lull.note(at(2_400), 1, false);
        assert_eq!(lull.nap(at(2_500)), Some(NAP), "and no other");
        lull.note(at(3_000), 1, true);
        assert_eq!(lull.nap(at(3_999)), None, "somebody connects");
        assert_eq!(lull.nap(at(4_000)), Some(NAP));
    }
}
