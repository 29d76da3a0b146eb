//! Divides a subscriber's bandwidth among the streams that it shows.
//!
//! Audio is taken off first and always flows. Then every picture gets its smallest layer, the most
//! important first; what is left raises them, the most important first again. A picture that
//! doesn't fit at its smallest layer gets fewer frames, and only then is paused: spatial layers go
//! before frame rate, since EN 301 549 (6.5.3) asks for 20 frames a second.
//!
//! Down is immediate. Up takes its time, or the layers flap: an upgrade needs more than it costs
//! ([`UP_MARGIN_PERCENT`]), it waits for [`UP_INTERVAL`] after a fall, pictures grow one after the
//! other (unless most of the bandwidth is unused), and after an upgrade that had to be taken back
//! the next waits longer, unless there is much more bandwidth than it failed with, or it takes much
//! less. A picture that was just asked for doesn't wait.
//!
//! Invariants: the video granted never costs more than the budget; with unchanged input the plan
//! stops changing.

use std::time::{Duration, Instant};

use arrayvec::ArrayVec;

use crate::{
    layer::{Layer, MAX_LAYERS},
    units::Bitrate,
};

/// Share of the estimate that is planned for; the rest is for retransmissions and RTCP.
const USABLE_PERCENT: u32 = 95;

/// An upgrade must leave this share of its cost free, so that a layer's own ups and downs don't
/// undo it.
pub const UP_MARGIN_PERCENT: u32 = 15;

/// Between a fall and an upgrade.
pub const UP_INTERVAL: Duration = Duration::from_secs(3);

/// Between two upgrades while none has failed, and between a fall and the return of pictures that it
/// paused: a bandwidth estimator notices within a second that a queue grows.
const FAST_UP_INTERVAL: Duration = Duration::from_secs(1);

/// The longest wait after upgrades that failed again and again.
const MAX_UP_INTERVAL: Duration = Duration::from_secs(30);

/// After so long without a failure the network is taken to be another one. Longer than the longest
/// wait, or that would end the waiting by itself.
const FORGET_FAILURES: Duration = Duration::from_secs(60);

/// Of what was sent when an upgrade failed: with so much bandwidth the network is another one as well;
/// and what takes less than so much of it is no repetition of what failed.
const OTHER_NETWORK_PERCENT: u32 = 150;
const HARMLESS_PERCENT: u32 = 80;

/// Of what was sent before an upgrade: if not even so much is left, it was the network that got worse,
/// and not the upgrade that failed.
const COLLAPSED_PERCENT: u32 = 50;

/// An upgrade that has to be taken back within this time has failed.
const TRIAL: Duration = Duration::from_secs(10);

/// Share of a layer's bitrate that its lower temporal layers need, as libwebrtc divides it
/// (`kLayerRateAllocation` in simulcast_rate_allocator): one row for two layers, one for three.
const TEMPORAL_PERCENT: [&[u32]; 2] = [&[60], &[40, 60]];

/// What a picture is on the subscriber's screen; the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    Screen,
    Pinned,
    Speaker,
    Other,
}

/// A picture that the subscriber shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish<K> {
    pub key: K,
    pub priority: Priority,
    /// The highest layer that the view has use for.
    pub max: Layer,
    /// What each layer costs, lowest first: measured, or expected if it is off now. None if the
    /// source has no such layer, or doesn't send it although it is asked to.
    pub layers: [Option<Bitrate>; MAX_LAYERS],
    /// Temporal layers inside each of them; 0 or 1 if its frames can't be thinned out.
    pub temporal_layers: u8,
}

/// What a picture gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant<K> {
    pub key: K,
    /// None: paused.
    pub layer: Option<Layer>,
    /// The highest temporal layer to forward; None for all.
    pub max_temporal: Option<u8>,
    pub cost: Bitrate,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<K> {
    /// In the order of the wishes.
    pub grants: Vec<Grant<K>>,
    /// Audio and granted video.
    pub used: Bitrate,
    /// What the estimator should probe for: with so much every wish is granted, and stays so. To stop
    /// short of it would be to stop for good, since the estimate doesn't grow by itself far beyond
    /// what is sent.
    pub desired: Bitrate,
}

impl<K> Default for Plan<K> {
    fn default() -> Self {
        Self { grants: Vec::new(), used: Bitrate::ZERO, desired: Bitrate::ZERO }
    }
}

/// One way to serve a picture.
#[derive(Debug, Clone, Copy)]
struct Step {
    layer: Layer,
    max_temporal: Option<u8>,
    cost: Bitrate,
}

/// The lowest layer thinned out twice, and each layer in full.
const MAX_STEPS: usize = MAX_LAYERS + 2;

/// A wish, while the plan is made. Positions: 0 is paused, `n` is `steps[n - 1]`.
#[derive(Debug, Clone)]
struct Candidate {
    steps: ArrayVec<Step, MAX_STEPS>,
    /// The lowest layer in full.
    base: usize,
    before: usize,
    /// Newly asked for, or asked for and never shown yet: needs no margin and no waiting.
    fresh: bool,
    /// It was granted something since it was asked for.
    shown: bool,
    cap: usize,
    granted: usize,
}

impl Candidate {
    fn cost(&self, position: usize) -> Bitrate {
        match position {
            0 => Bitrate::ZERO,
            n => self.steps.get(n - 1).map_or(Bitrate::ZERO, |step| step.cost),
        }
    }

    /// What must be free for `position`, beside its cost.
    fn margin(&self, position: usize) -> Bitrate {
        if position > self.before && !self.fresh {
            self.cost(position).percent(UP_MARGIN_PERCENT)
        } else {
            Bitrate::ZERO
        }
    }

    /// Takes the highest of `positions` for which there is room.
    fn take(
        &mut self,
        positions: std::ops::RangeInclusive<usize>,
        spent: &mut Bitrate,
        budget: Bitrate,
    ) {
        let others = spent.saturating_sub(self.cost(self.granted));
        for position in positions.rev() {
            let total = others + self.cost(position);
            if total + self.margin(position) <= budget {
                self.granted = position;
                *spent = total;
                return;
            }
        }
    }
}

#[derive(Debug, Clone)]
struct Memory<K> {
    key: K,
    layer: Option<Layer>,
    max_temporal: Option<u8>,
    priority: Priority,
    max: Layer,
    /// It was granted something since it was asked for.
    shown: bool,
}

/// Plans for one subscriber.
#[derive(Debug, Clone)]
pub struct Allocator<K> {
    memory: Vec<Memory<K>>,
    candidates: Vec<Candidate>,
    /// Indices of candidates, the most important first.
    order: Vec<usize>,
    plan: Plan<K>,
    /// When something grew last, and what all took before.
    last_up: Option<(Instant, Bitrate)>,
    last_change: Option<Instant>,
    last_fall: Option<Instant>,
    /// One for each level at which upgrades failed lately.
    failures: ArrayVec<Failure, MAX_LAYERS>,
}

/// An upgrade that failed. Those that take much less or much more have failures of their own: what the
/// smaller one has to wait for says nothing of the larger.
#[derive(Debug, Clone, Copy)]
struct Failure {
    at: Instant,
    /// What all took with it.
    taken: Bitrate,
    /// Until it is tried again.
    interval: Duration,
}

impl Failure {
    /// Whether this is another attempt at the same.
    fn is_repeated_by(&self, taken: Bitrate) -> bool {
        let (less, more) = (self.taken.min(taken), self.taken.max(taken));
        less >= more.percent(HARMLESS_PERCENT)
    }
}

impl<K> Default for Allocator<K> {
    fn default() -> Self {
        Self {
            memory: Vec::new(),
            candidates: Vec::new(),
            order: Vec::new(),
            plan: Plan::default(),
            last_up: None,
            last_change: None,
            last_fall: None,
            failures: ArrayVec::new(),
        }
    }
}

impl<K: Copy + Eq> Allocator<K> {
    pub fn new() -> Self {
        Self::default()
    }

    /// The latest plan.
    pub fn plan(&self) -> &Plan<K> {
        &self.plan
    }

    /// Makes a new plan: on every change of the view, the sources or the estimate, and a few times
    /// a second. `audio` is what the audio slots take. Keys must differ; wishes of equal priority
    /// are served in their order, which should not change without need.
    pub fn update(
        &mut self,
        estimate: Bitrate,
        audio: Bitrate,
        wishes: &[Wish<K>],
        now: Instant,
    ) -> &Plan<K> {
        let budget = estimate.percent(USABLE_PERCENT).saturating_sub(audio);
        self.candidates.clear();
        for wish in wishes {
            let candidate = candidate(wish, self.memory.iter().find(|known| known.key == wish.key));
            self.candidates.push(candidate);
        }
        self.order.clear();
        self.order.extend(0..wishes.len());
        self.order.sort_by_key(|index| wishes[*index].priority);

        // As if every upgrade were allowed now, then with those only that are.
        self.solve(budget);
        self.cap_upgrades(budget, now);
        self.solve(budget);
        self.remember(wishes, budget, now);
        self.write_plan(audio, wishes);
        &self.plan
    }

    fn solve(&mut self, budget: Bitrate) {
        let mut spent = Bitrate::ZERO;
        for candidate in &mut self.candidates {
            candidate.granted = 0;
        }
        for index in &self.order {
            let candidate = &mut self.candidates[*index];
            candidate.take(1..=candidate.base.min(candidate.cap), &mut spent, budget);
        }
        for index in &self.order {
            let candidate = &mut self.candidates[*index];
            if candidate.granted == candidate.base {
                candidate.take(candidate.base..=candidate.cap, &mut spent, budget);
            }
        }
    }

    /// Holds everything at its position but the upgrades whose time has come.
    fn cap_upgrades(&mut self, budget: Bitrate, now: Instant) {
        let passed = |since: Option<Instant>, time| {
            since.is_none_or(|since| now.saturating_duration_since(since) >= time)
        };
        self.failures.retain(|failure| {
            now.saturating_duration_since(failure.at) < FORGET_FAILURES
                && budget < failure.taken.percent(OTHER_NETWORK_PERCENT)
        });
        let total: Bitrate = self.candidates.iter().map(|c| c.cost(c.granted)).sum();
        // What takes much less than what failed lately is no repetition of it. The rest is not tried
        // again so soon.
        let harmless = |failure: &Failure| failure.taken.percent(HARMLESS_PERCENT);
        let least =
            |bounds: &mut dyn Iterator<Item = Bitrate>| bounds.min().unwrap_or(Bitrate::MAX);
        let safe = least(&mut self.failures.iter().map(harmless));
        let settled = passed(self.last_change, UP_INTERVAL);
        let waits = |failure: &&Failure| !settled || !passed(Some(failure.at), failure.interval);
        let bound = least(&mut self.failures.iter().filter(waits).map(harmless));
        let quick = passed(self.last_change, FAST_UP_INTERVAL);
        let plenty = quick && total + total <= budget && total <= safe;
        let mut turn = quick && passed(self.last_fall, UP_INTERVAL);
        let before: Bitrate = self.candidates.iter().map(|c| c.cost(c.before)).sum();

        // Pictures that are paused come back before others grow.
        for paused in [true, false] {
            for index in &self.order {
                let candidate = &mut self.candidates[*index];
                if (candidate.before == 0) != paused {
                    continue;
                }
                let rises = candidate.granted > candidate.before;
                if !rises || candidate.fresh || plenty {
                    continue;
                }
                // A dark picture is worse than a coarse one: all come back together, if small.
                let others = before.saturating_sub(candidate.cost(candidate.before));
                if paused && quick && others + candidate.cost(candidate.base) <= safe {
                    candidate.cap = candidate.cap.min(candidate.base);
                    continue;
                }
                let fits = |position: &usize| others + candidate.cost(*position) <= bound;
                let highest = (candidate.before + 1..=candidate.granted).rev().find(fits);
                match highest {
                    Some(highest) if std::mem::take(&mut turn) => {
                        candidate.cap = candidate.cap.min(highest);
                    }
                    _ => candidate.cap = candidate.before,
                }
            }
        }
        // What did not rise stays where it is, even if another's delay makes room.
        for candidate in &mut self.candidates {
            if candidate.granted <= candidate.before && !candidate.fresh {
                candidate.cap = candidate.cap.min(candidate.before);
            }
        }
    }

    fn note_failure(&mut self, taken: Bitrate, now: Instant) {
        let known = self.failures.iter().position(|failure| failure.is_repeated_by(taken));
        let before = known.map_or(UP_INTERVAL, |known| self.failures.remove(known).interval);
        if self.failures.is_full() {
            self.failures.remove(0);
        }
        let interval = (before * 2).min(MAX_UP_INTERVAL);
        self.failures.push(Failure { at: now, taken, interval });
    }

    fn remember(&mut self, wishes: &[Wish<K>], budget: Bitrate, now: Instant) {
        let mut up = false;
        let mut down = false;
        for candidate in &self.candidates {
            up |= candidate.granted > candidate.before && !candidate.fresh;
            down |= candidate.granted < candidate.before;
        }
        // A step down beside a step up only makes room for it.
        if down && !up {
            let failed = self.last_up.is_some_and(|(at, before)| {
                now.saturating_duration_since(at) < TRIAL
                    && budget >= before.percent(COLLAPSED_PERCENT)
            });
            if failed {
                self.note_failure(self.plan.used, now);
                self.last_up = None;
            }
        }
        if up {
            self.last_up = Some((now, self.plan.used));
        }
        if down && !up {
            self.last_fall = Some(now);
        }
        if up || down {
            self.last_change = Some(now);
        }
        self.memory.clear();
        for (wish, candidate) in wishes.iter().zip(&self.candidates) {
            let step = candidate.granted.checked_sub(1).and_then(|at| candidate.steps.get(at));
            self.memory.push(Memory {
                key: wish.key,
                layer: step.map(|step| step.layer),
                max_temporal: step.and_then(|step| step.max_temporal),
                priority: wish.priority,
                max: wish.max,
                shown: candidate.shown || candidate.granted > 0,
            });
        }
    }

    fn write_plan(&mut self, audio: Bitrate, wishes: &[Wish<K>]) {
        self.plan.grants.clear();
        for (memory, candidate) in self.memory.iter().zip(&self.candidates) {
            self.plan.grants.push(Grant {
                key: memory.key,
                layer: memory.layer,
                max_temporal: memory.max_temporal,
                cost: candidate.cost(candidate.granted),
            });
        }
        let video: Bitrate = self.plan.grants.iter().map(|grant| grant.cost).sum();
        self.plan.used = audio + video;
        self.plan.desired = self.desired(audio);
        debug_assert_eq!(wishes.len(), self.candidates.len());
    }

    /// The estimate from which on [`Self::solve`] grants everything: the last picture to grow needs its
    /// margin beside what all take.
    fn desired(&self, audio: Bitrate) -> Bitrate {
        let mut video = Bitrate::ZERO;
        let mut margin = Bitrate::ZERO;
        for candidate in &self.candidates {
            let top = candidate.cost(candidate.steps.len());
            video += top;
            if candidate.granted < candidate.steps.len() {
                margin = margin.max(top.percent(UP_MARGIN_PERCENT));
            }
        }
        let needed = audio + video + margin;
        // Rounded up: as the budget it must not fall short by a bit.
        Bitrate::bps((needed.as_bps() * 100).div_ceil(u64::from(USABLE_PERCENT)) + 1)
    }
}

fn candidate<K>(wish: &Wish<K>, known: Option<&Memory<K>>) -> Candidate {
    let mut steps = ArrayVec::<Step, MAX_STEPS>::new();
    let mut base = 0;
    let mut cost = Bitrate::ZERO;
    let available = |layer: &Layer| wish.layers[layer.index()].is_some();
    // If only layers above the view's wish exist, the lowest of them must do.
    let lowest = Layer::all().find(available);
    let top = lowest.map_or(wish.max, |lowest| lowest.max(wish.max));
    for layer in Layer::all().take_while(|layer| *layer <= top) {
        let Some(rate) = wish.layers[layer.index()] else { continue };
        if base == 0 {
            let thinned = usize::from(wish.temporal_layers).checked_sub(2);
            let shares = thinned.map_or(&[][..], |row| TEMPORAL_PERCENT[row.min(1)]);
            for (id, share) in shares.iter().enumerate() {
                let max_temporal = Some(id as u8);
                steps.push(Step { layer, max_temporal, cost: rate.percent(*share) });
            }
            base = steps.len() + 1;
        }
        // A higher layer that happens to cost less just now will not for long.
        cost = cost.max(rate);
        steps.push(Step { layer, max_temporal: None, cost });
    }
    let before = known.map_or(0, |known| position(&steps, known));
    let shown = known.is_some_and(|known| known.shown);
    let grown = known.is_some_and(|known| wish.max > known.max || wish.priority < known.priority);
    let cap = steps.len();
    Candidate { steps, base, before, fresh: !shown || grown, shown, cap, granted: 0 }
}

/// The highest step that is not above what was granted before.
fn position<K>(steps: &[Step], known: &Memory<K>) -> usize {
    let Some(layer) = known.layer else { return 0 };
    let rank = |layer: Layer, temporal: Option<u8>| (layer, temporal.unwrap_or(u8::MAX));
    let granted = rank(layer, known.max_temporal);
    let at = steps.iter().rposition(|step| rank(step.layer, step.max_temporal) <= granted);
    at.map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AUDIO: Bitrate = Bitrate::kbps(100);

    /// A camera with Chromium's usual bitrates.
    fn camera(key: u8, priority: Priority, max: u8) -> Wish<u8> {
        let layers = [150, 500, 1700].map(|kbps| Some(Bitrate::kbps(kbps)));
        Wish { key, priority, max: Layer::new(max).unwrap(), layers, temporal_layers: 3 }
    }

    fn layers(plan: &Plan<u8>) -> Vec<Option<u8>> {
        plan.grants.iter().map(|grant| grant.layer.map(Layer::get)).collect()
    }

    fn after(seconds: u64, start: Instant) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn with_plenty_everybody_gets_what_the_view_asks_for_at_once() {
        let mut allocator = Allocator::new();
        let wishes = [camera(1, Priority::Other, 0), camera(2, Priority::Speaker, 2)];
        let plan = allocator.update(Bitrate::kbps(10_000), AUDIO, &wishes, Instant::now());
        assert_eq!(layers(plan), [Some(0), Some(2)]);
        assert_eq!(plan.used, Bitrate::kbps(100 + 150 + 1700));
        let enough = plan.desired;
        assert!(enough > plan.used && enough < plan.used.percent(110), "nothing more to look for");
        let plan = allocator.update(enough, AUDIO, &wishes, Instant::now());
        assert_eq!(layers(plan), [Some(0), Some(2)], "and this keeps it");
    }

    #[test]
    fn the_most_important_grow_first_but_nobody_is_left_dark_for_it() {
        let mut allocator = Allocator::new();
        let wishes = [
            camera(1, Priority::Other, 2),
            camera(2, Priority::Speaker, 2),
            camera(3, Priority::Pinned, 2),
        ];
        let plan = allocator.update(Bitrate::kbps(1100), AUDIO, &wishes, Instant::now());
        assert_eq!(layers(plan), [Some(0), Some(0), Some(1)]);
        assert!(plan.desired > Bitrate::kbps(1100), "probes for the next layer");
    }

    #[test]
    fn frames_go_before_the_picture_and_the_least_important_picture_first() {
        let mut allocator = Allocator::new();
        let wishes = [camera(1, Priority::Other, 2), camera(2, Priority::Pinned, 2)];
        let plan = allocator.update(Bitrate::kbps(370), AUDIO, &wishes, Instant::now());
        assert_eq!(layers(plan), [Some(0), Some(0)]);
        assert_eq!(plan.grants[0].max_temporal, Some(1));
        assert_eq!(plan.grants[1].max_temporal, None);
        let plan = allocator.update(Bitrate::kbps(270), AUDIO, &wishes, Instant::now());
        assert_eq!(layers(plan), [None, Some(0)]);
        let plan = allocator.update(Bitrate::kbps(50), AUDIO, &wishes, Instant::now());
        assert_eq!(layers(plan), [None, None]);
        assert_eq!(plan.used, AUDIO, "audio always flows");
    }

    #[test]
    fn a_picture_that_was_never_shown_does_not_wait() {
        let t0 = Instant::now();
        let mut allocator = Allocator::new();
        let wishes: Vec<_> = (0..6).map(|key| camera(key, Priority::Other, 0)).collect();
        let mut shown = |kbps, millis| {
            let now = t0 + Duration::from_millis(millis);
            let plan = allocator.update(Bitrate::kbps(kbps), AUDIO, &wishes, now);
            layers(plan).iter().flatten().count()
        };
        // An estimator that has just begun to look.
        assert_eq!(shown(450, 0), 2);
        assert_eq!(shown(900, 200), 5);
        assert_eq!(shown(1500, 400), 6);
    }

    #[test]
    fn down_is_immediate_and_up_waits_and_needs_a_margin() {
        let t0 = Instant::now();
        let mut allocator = Allocator::new();
        let wishes = [camera(1, Priority::Other, 2)];
        let full = Bitrate::kbps(2500);
        let mut at = |estimate, seconds| {
            let plan = allocator.update(estimate, AUDIO, &wishes, after(seconds, t0));
            layers(plan)[0].unwrap()
        };
        assert_eq!(at(full, 0), 2);
        assert_eq!(at(Bitrate::kbps(900), 1), 1);
        assert_eq!(at(full, 2), 1, "not yet");
        // 1700 fits, but not with the margin.
        assert_eq!(at(Bitrate::kbps(1950), 5), 1);
        assert_eq!(at(full, 6), 2);
        assert_eq!(at(Bitrate::kbps(1950), 7), 2, "what is there stays without it");
    }

    #[test]
    fn an_upgrade_that_fails_waits_longer_the_next_time() {
        let t0 = Instant::now();
        let mut allocator = Allocator::new();
        let wishes = [camera(1, Priority::Other, 2)];
        let mut upgrades = Vec::new();
        let mut layer = 2;
        // The estimate is generous until the upper layer flows, then it collapses.
        for second in 0..200 {
            let estimate = if layer == 2 { Bitrate::kbps(900) } else { Bitrate::kbps(2500) };
            let plan = allocator.update(estimate, AUDIO, &wishes, after(second, t0));
            let now = layers(plan)[0].unwrap();
            if now > layer {
                upgrades.push(second);
            }
            layer = now;
        }
        let gaps: Vec<_> = upgrades.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.is_sorted(), "{gaps:?}");
        assert!(upgrades.len() <= 9, "{upgrades:?}");
        assert!(upgrades.len() >= 4, "it is still tried: {upgrades:?}");
    }

    #[test]
    fn failures_are_forgotten_on_a_network_with_much_more_room() {
        let t0 = Instant::now();
        let mut allocator = Allocator::new();
        let wishes = [camera(1, Priority::Other, 2)];
        let mut at = |kbps, seconds| {
            let plan = allocator.update(Bitrate::kbps(kbps), AUDIO, &wishes, after(seconds, t0));
            layers(plan)[0].unwrap()
        };
        assert_eq!(at(500, 0), 0);
        // The middle layer is tried twice, and fails.
        assert_eq!([at(900, 4), at(500, 6), at(900, 12), at(500, 14)], [1, 0, 1, 0]);
        assert_eq!(at(900, 20), 0, "it is not tried so soon again");
        assert_eq!(at(2_500, 21), 2);
    }

    #[test]
    fn a_small_failure_does_not_make_up_for_a_large_one() {
        let t0 = Instant::now();
        let mut allocator = Allocator::new();
        let wishes = [camera(1, Priority::Other, 2)];
        let mut at = |kbps, seconds| {
            let plan = allocator.update(Bitrate::kbps(kbps), AUDIO, &wishes, after(seconds, t0));
            layers(plan)[0].unwrap()
        };
        assert_eq!(at(900, 0), 1);
        // The largest layer fails twice, and then the middle one.
        assert_eq!([at(2_300, 4), at(900, 5), at(2_300, 12), at(900, 13)], [2, 1, 2, 1]);
        assert_eq!([at(400, 16), at(800, 20), at(400, 21)], [0, 1, 0]);
        assert_eq!(at(2_300, 24), 1, "the largest still waits for its twelve seconds");
        assert_eq!(at(2_300, 28), 2);
    }

    #[test]
    fn pinning_makes_room_at_once() {
        let t0 = Instant::now();
        let mut allocator = Allocator::new();
        let mut wishes = [camera(1, Priority::Other, 2), camera(2, Priority::Other, 2)];
        let estimate = Bitrate::kbps(2200);
        let plan = allocator.update(estimate, AUDIO, &wishes, t0);
        assert_eq!(layers(plan), [Some(2), Some(0)]);
        wishes[1].priority = Priority::Pinned;
        let plan = allocator.update(estimate, AUDIO, &wishes, t0);
        assert_eq!(layers(plan), [Some(0), Some(2)]);
    }

    #[test]
    fn room_that_waits_for_the_important_is_not_given_to_others() {
        let t0 = Instant::now();
        let mut allocator = Allocator::new();
        let wishes = [camera(1, Priority::Pinned, 2), camera(2, Priority::Other, 1)];
        let mut at = |kbps, seconds| {
            layers(allocator.update(Bitrate::kbps(kbps), AUDIO, &wishes, after(seconds, t0)))
        };
        assert_eq!(at(5000, 0), [Some(2), Some(1)]);
        assert_eq!(at(500, 1), [Some(0), Some(0)]);
        // There is room for one upgrade, and it is not yet time.
        assert_eq!(at(2450, 2), [Some(0), Some(0)]);
        assert_eq!(at(2450, 4), [Some(2), Some(0)]);
    }

    #[test]
    fn one_picture_after_another_comes_up_again() {
        let t0 = Instant::now();
        let mut allocator = Allocator::new();
        let wishes: Vec<_> = (0..4).map(|key| camera(key, Priority::Other, 1)).collect();
        let plan = allocator.update(Bitrate::kbps(800), AUDIO, &wishes, t0);
        assert_eq!(layers(plan), [Some(0); 4]);
        let mut grown = Vec::new();
        for tenth in 1..140 {
            let now = t0 + Duration::from_millis(tenth * 100);
            let plan = allocator.update(Bitrate::kbps(3000), AUDIO, &wishes, now);
            grown.push(layers(plan).iter().filter(|layer| **layer == Some(1)).count());
        }
        assert!(grown.is_sorted());
        assert_eq!(grown[0], 1, "nothing changed before: the first needn't wait");
        assert_eq!(grown[8], 1);
        assert_eq!(grown[12], 2);
        assert_eq!(*grown.last().unwrap(), 4);
    }

    #[test]
    fn a_source_that_lacks_the_small_layer_gets_its_smallest() {
        let mut allocator = Allocator::new();
        let mut wish = camera(1, Priority::Screen, 0);
        wish.layers = [None, Some(Bitrate::kbps(500)), Some(Bitrate::kbps(1700))];
        let wishes = [wish];
        let plan = allocator.update(Bitrate::kbps(5000), AUDIO, &wishes, Instant::now());
        assert_eq!(layers(plan), [Some(1)]);
        let plan = allocator.update(
            Bitrate::kbps(5000),
            AUDIO,
            &[Wish { layers: [None; MAX_LAYERS], ..wishes[0].clone() }],
            Instant::now(),
        );
        assert_eq!(layers(plan), [None]);
    }

    fn wish() -> impl Strategy<Value = Wish<u8>> {
        let rate = prop::option::weighted(0.8, (10..3000_u64).prop_map(Bitrate::kbps));
        (0..4_usize, 0..3_u8, [rate.clone(), rate.clone(), rate], 0..5_u8).prop_map(
            |(priority, max, layers, temporal_layers)| {
                let all = [Priority::Screen, Priority::Pinned, Priority::Speaker, Priority::Other];
                let max = Layer::new(max).unwrap();
                Wish { key: 0, priority: all[priority], max, layers, temporal_layers }
            },
        )
    }

    fn numbered(mut wishes: Vec<Wish<u8>>) -> Vec<Wish<u8>> {
        for (key, wish) in wishes.iter_mut().enumerate() {
            wish.key = key as u8;
        }
        wishes
    }

    proptest! {
        /// Whatever changes: the video granted fits, a grant is one of the layers that exist.
        #[test]
        fn the_budget_is_never_exceeded(
            rounds in prop::collection::vec(
                (0..20_000_u64, prop::collection::vec(wish(), 0..8), 0..5000_u64), 1..20)
        ) {
            let mut allocator = Allocator::new();
            let mut now = Instant::now();
            for (estimate, wishes, gap) in rounds {
                now += Duration::from_millis(gap);
                let wishes = numbered(wishes);
                let estimate = Bitrate::kbps(estimate);
                let plan = allocator.update(estimate, AUDIO, &wishes, now).clone();
                let video: Bitrate = plan.grants.iter().map(|grant| grant.cost).sum();
                prop_assert!(video <= estimate.saturating_sub(AUDIO));
                prop_assert_eq!(plan.used, AUDIO + video);
                prop_assert!(plan.desired >= plan.used);
                let mut later = allocator.clone();
                for second in 1..400 {
                    let enough = later.plan().desired;
                    later.update(enough, AUDIO, &wishes, now + Duration::from_secs(second));
                }
                let top = later.candidates.iter().all(|c| c.granted == c.steps.len());
                prop_assert!(top, "what is looked for is enough for everything");
                prop_assert_eq!(plan.grants.len(), wishes.len());
                for (grant, wish) in plan.grants.iter().zip(&wishes) {
                    prop_assert_eq!(grant.key, wish.key);
                    if let Some(layer) = grant.layer {
                        prop_assert!(wish.layers[layer.index()].is_some());
                        let lower = Layer::all().find(|l| wish.layers[l.index()].is_some());
                        prop_assert!(layer <= wish.max || Some(layer) == lower);
                    }
                }
            }
        }

        /// With unchanged input the plan settles within one upgrade for each step of each
        /// picture, and no picture goes to and fro.
        #[test]
        fn unchanged_input_never_flaps(
            estimate in 0..20_000_u64, before in 0..20_000_u64,
            wishes in prop::collection::vec(wish(), 1..8),
        ) {
            let wishes = numbered(wishes);
            let mut allocator = Allocator::new();
            let mut now = Instant::now();
            allocator.update(Bitrate::kbps(before), AUDIO, &wishes, now);
            let mut history: Vec<Vec<(Option<Layer>, Option<u8>)>> = Vec::new();
            for _ in 0..600 {
                now += Duration::from_millis(500);
                let plan = allocator.update(Bitrate::kbps(estimate), AUDIO, &wishes, now);
                history.push(plan.grants.iter().map(|g| (g.layer, g.max_temporal)).collect());
            }
            let last = history.last().unwrap();
            prop_assert!(history[480..].iter().all(|plan| plan == last), "still changing");
            for picture in 0..wishes.len() {
                let mut turns = 0;
                let mut rising = None;
                for pair in history.windows(2) {
                    let rank = |at: (Option<Layer>, Option<u8>)| (at.0, at.1.unwrap_or(u8::MAX));
                    let (a, b) = (rank(pair[0][picture]), rank(pair[1][picture]));
                    if a != b {
                        turns += u32::from(rising.is_some_and(|rising| rising != (b > a)));
                        rising = Some(b > a);
                    }
                }
                prop_assert!(turns <= 2, "picture {} turned {} times", picture, turns);
            }
        }
    }
}
