//! Which layers of a published source anybody needs (dynacast): the publisher is told to stop the
//! others. On is immediate; off waits, since people page and resize to and fro.
//!
//! The lowest layer stays on beside any other. A browser that is short of bandwidth gives up layers
//! from the top, but never the last one that is on: that it makes slower, 6 frames a second and
//! less. With the lowest one on it has something to fall to, and so has a subscriber, at once.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::layer::{Layer, LayerSet, MAX_LAYERS};

/// A layer that nobody needs stays on for so long: turning it on again costs a keyframe and half a
/// second of a coarse picture.
pub const OFF_DELAY: Duration = Duration::from_secs(4);

/// The needs of all subscribers `S` of one published source.
#[derive(Debug, Clone)]
pub struct Demand<S> {
    needs: BTreeMap<S, LayerSet>,
    /// Subscribers that need each layer.
    counts: [usize; MAX_LAYERS],
    /// Since when nobody needs a layer that is on; the lowest is needed by whoever needs any.
    idle: [Option<Instant>; MAX_LAYERS],
    active: LayerSet,
    /// What the publisher was told.
    told: LayerSet,
}

impl<S: Copy + Ord> Demand<S> {
    /// A new source sends all its layers; those that nobody asks for soon go off.
    pub fn new(now: Instant) -> Self {
        Self {
            needs: BTreeMap::new(),
            counts: [0; MAX_LAYERS],
            idle: [Some(now); MAX_LAYERS],
            active: LayerSet::ALL,
            told: LayerSet::ALL,
        }
    }

    /// All that one subscriber needs from now on; nothing at all if it left.
    pub fn set(&mut self, subscriber: S, layers: LayerSet, now: Instant) {
        let unused = self.needs.is_empty();
        let before = if layers.is_empty() {
            self.needs.remove(&subscriber)
        } else {
            self.needs.insert(subscriber, layers)
        }
        .unwrap_or_default();
        for layer in layers.difference(before).iter() {
            self.counts[layer.index()] += 1;
            self.switch_on(layer);
        }
        for layer in before.difference(layers).iter() {
            self.counts[layer.index()] -= 1;
            if self.counts[layer.index()] == 0 && layer != Layer::LOWEST {
                self.idle[layer.index()] = Some(now);
            }
        }
        match (unused, self.needs.is_empty()) {
            (true, false) => self.switch_on(Layer::LOWEST),
            (false, true) => self.idle[Layer::LOWEST.index()] = Some(now),
            _ => {}
        }
    }

    fn switch_on(&mut self, layer: Layer) {
        self.idle[layer.index()] = None;
        self.active = self.active.with(layer);
    }

    pub fn remove(&mut self, subscriber: S, now: Instant) {
        self.set(subscriber, LayerSet::EMPTY, now);
    }

    /// What the publisher has to be told now, if it changed.
    pub fn poll(&mut self, now: Instant) -> Option<LayerSet> {
        for layer in Layer::all() {
            let idle = &mut self.idle[layer.index()];
            if idle.is_some_and(|since| now.saturating_duration_since(since) >= OFF_DELAY) {
                *idle = None;
                self.active = self.active.without(layer);
            }
        }
        (self.told != self.active).then(|| {
            self.told = self.active;
            self.active
        })
    }

    /// When to poll again, if nobody's needs change.
    pub fn next_poll(&self) -> Option<Instant> {
        self.idle.iter().flatten().map(|since| *since + OFF_DELAY).min()
    }

    /// Layers that are on, or about to be.
    pub fn active(&self) -> LayerSet {
        self.active
    }

    /// Layers that somebody needs now.
    pub fn needed(&self) -> LayerSet {
        Layer::all().filter(|layer| self.counts[layer.index()] > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const Q: LayerSet = LayerSet::only(Layer::LOWEST);
    const F: LayerSet = LayerSet::only(Layer::HIGHEST);

    #[test]
    fn what_nobody_needs_goes_off_after_a_while() {
        let t0 = Instant::now();
        let mut demand = Demand::new(t0);
        demand.set('a', Q, t0);
        demand.set('b', Q.union(F), t0);
        assert_eq!(demand.poll(t0), None, "all are on at the start");
        assert_eq!(demand.next_poll(), Some(t0 + OFF_DELAY));
        assert_eq!(demand.poll(t0 + OFF_DELAY), Some(Q.union(F)));
        demand.remove('b', t0 + OFF_DELAY);
        assert_eq!(demand.poll(t0 + OFF_DELAY), None);
        assert_eq!(demand.poll(t0 + OFF_DELAY * 2), Some(Q));
        assert_eq!(demand.next_poll(), None);
    }

    #[test]
    fn what_somebody_needs_goes_on_at_once() {
        let t0 = Instant::now();
        let mut demand = Demand::new(t0);
        assert_eq!(demand.poll(t0 + OFF_DELAY), Some(LayerSet::EMPTY));
        demand.set('a', F, t0 + OFF_DELAY);
        assert_eq!(demand.poll(t0 + OFF_DELAY), Some(Q.union(F)));
    }

    #[test]
    fn the_lowest_stays_on_beside_any_other() {
        let t0 = Instant::now();
        let mut demand = Demand::new(t0);
        demand.set('a', Q.union(F), t0);
        demand.set('a', F, t0 + OFF_DELAY);
        assert_eq!(demand.needed(), F);
        assert_eq!(demand.poll(t0 + OFF_DELAY * 3), Some(Q.union(F)));
        assert_eq!(demand.next_poll(), None);
        demand.remove('a', t0 + OFF_DELAY * 3);
        assert_eq!(demand.poll(t0 + OFF_DELAY * 4), Some(LayerSet::EMPTY));
    }

    #[test]
    fn a_need_that_returns_in_time_is_never_noticed() {
        let t0 = Instant::now();
        let mut demand = Demand::new(t0);
        demand.set('a', LayerSet::ALL, t0);
        demand.set('a', Q, t0 + OFF_DELAY);
        demand.set('a', LayerSet::ALL, t0 + OFF_DELAY + OFF_DELAY / 2);
        assert_eq!(demand.poll(t0 + OFF_DELAY * 3), None);
    }

    fn on_for(needed: LayerSet) -> LayerSet {
        if needed.is_empty() { needed } else { needed.union(Q) }
    }

    proptest! {
        #[test]
        fn what_is_needed_is_on_and_the_rest_goes_off_in_time(
            steps in prop::collection::vec((0..5_u8, 0..8_u8, 0..3000_u64), 1..200)
        ) {
            let mut now = Instant::now();
            let mut demand = Demand::new(now);
            let mut needs = [LayerSet::EMPTY; 5];
            let mut told = LayerSet::ALL;
            for (subscriber, bits, gap) in steps {
                now += Duration::from_millis(gap);
                let layers: LayerSet =
                    Layer::all().filter(|layer| bits & 1 << layer.get() != 0).collect();
                needs[usize::from(subscriber)] = layers;
                demand.set(subscriber, layers, now);
                if let Some(news) = demand.poll(now) {
                    prop_assert_ne!(news, told);
                    told = news;
                }
                let union = needs.iter().fold(LayerSet::EMPTY, |all, one| all.union(*one));
                prop_assert_eq!(demand.needed(), union);
                prop_assert!(on_for(union).difference(told).is_empty());
            }
            let news = demand.poll(now + OFF_DELAY).unwrap_or(told);
            prop_assert_eq!(news, on_for(demand.needed()));
        }
    }
}
