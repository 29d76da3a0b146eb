//! Looking for more bandwidth than is used.
//!
//! An estimate grows only as far as something is sent. A subscriber whose wishes do not fit would
//! stay where it is for ever, so from time to time str0m is told to send padding up to what the
//! next step needs, and to probe for all that is wished for. In between it is left alone: padding
//! is paid for by the subscriber.

use std::time::{Duration, Instant};

use szpon_media::Bitrate;

/// Of each period...
const PERIOD: Duration = Duration::from_secs(10);
/// ...so much is spent searching. str0m probes when the search begins.
const SEARCH: Duration = Duration::from_secs(4);
/// A difference of less is not worth telling, in percent.
const STEP: u64 = 5;

/// What str0m's estimator is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Goal {
    /// Filled up with padding.
    pub(crate) minimum: Bitrate,
    /// Probed for.
    pub(crate) desired: Bitrate,
}

/// What one subscriber's plan leaves to be wished for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// What is sent.
    pub(crate) used: Bitrate,
    /// What the next step takes; `used` if there is none.
    pub(crate) next: Bitrate,
    /// What everything takes.
    pub(crate) all: Bitrate,
}

#[derive(Debug, Default)]
pub(crate) struct Search {
    /// When the present turn of searching and resting began.
    start: Option<Instant>,
    hungry: bool,
    told: Goal,
}

impl Search {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// What to tell str0m, if it differs from what it was told.
    pub(crate) fn update(&mut self, need: Need, now: Instant) -> Option<Goal> {
        let goal = self.goal(need, now);
        let differs = |a: Bitrate, b: Bitrate| {
            a.as_bps().abs_diff(b.as_bps()).saturating_mul(100) > b.as_bps().saturating_mul(STEP)
        };
        let told = self.told;
        if !differs(goal.minimum, told.minimum) && !differs(goal.desired, told.desired) {
            return None;
        }
        self.told = goal;
        Some(goal)
    }

    fn goal(&mut self, need: Need, now: Instant) -> Goal {
        if need.next <= need.used {
            self.hungry = false;
            return Goal { minimum: Bitrate::ZERO, desired: need.used };
        }
        // Whoever was satisfied and wants more now need not wait for a turn.
        let began_to_want = !std::mem::replace(&mut self.hungry, true);
        let start = match self.start {
            Some(start) if !began_to_want || now < start + SEARCH => start,
            _ => now,
        };
        self.start = Some(start);
        let into = now.saturating_duration_since(start).as_millis() % PERIOD.as_millis();
        if into < SEARCH.as_millis() {
            Goal { minimum: need.next, desired: need.all.max(need.next) }
        } else {
            // Lower now, so that the next search is an increase again.
            Goal { minimum: Bitrate::ZERO, desired: need.used }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUNGRY: Need =
        Need { used: Bitrate::kbps(200), next: Bitrate::kbps(600), all: Bitrate::kbps(2_000) };

    #[test]
    fn the_satisfied_do_not_search() {
        let now = Instant::now();
        let mut search = Search::new();
        let need = Need { next: HUNGRY.used, ..HUNGRY };
        let goal = Goal { minimum: Bitrate::ZERO, desired: HUNGRY.used };
        assert_eq!(search.update(need, now), Some(goal));
        assert_eq!(search.update(need, now + Duration::from_secs(3)), None);
        let nearly = Need { used: Bitrate::kbps(204), next: Bitrate::kbps(204), ..need };
        assert_eq!(search.update(nearly, now), None);
    }

    #[test]
    fn the_hungry_search_in_turns() {
        let start = Instant::now();
        let mut search = Search::new();
        let searching = Goal { minimum: HUNGRY.next, desired: HUNGRY.all };
        let resting = Goal { minimum: Bitrate::ZERO, desired: HUNGRY.used };
        let mut told = Vec::new();
        for second in 0..22 {
            told.extend(search.update(HUNGRY, start + Duration::from_secs(second)));
        }
        assert_eq!(told, [searching, resting, searching, resting, searching]);
    }

    #[test]
    fn new_hunger_does_not_wait() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut search = Search::new();
        let satisfied = Need { next: HUNGRY.used, ..HUNGRY };
        search.update(HUNGRY, at(0));
        search.update(satisfied, at(5));
        let goal = search.update(HUNGRY, at(6));
        assert_eq!(goal.map(|goal| goal.minimum), Some(HUNGRY.next));
    }
}
