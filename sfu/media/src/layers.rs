//! Which layer a slot gets, and when it switches.
//!
//! The allocator and the view set a *target*. The *goal* is the best layer that flows on the way
//! there. The *current* layer is what the subscriber gets; it changes only at a keyframe, and goes
//! on until then. As long as the goal is not reached a keyframe is asked for, again and again.
//! A goal whose keyframe doesn't come is passed over for another layer, so that a slot with any
//! usable layer never stays dark.
//!
//! Layers of simulcast are *apart*: one stream each. Spatial layers of one stream are *stacked*:
//! whoever gets one gets those below it as well, goes down with any picture, and up where the stream
//! allows it ([`crate::spatial`]); a keyframe is always asked of the one stream.

use std::time::{Duration, Instant};

use crate::layer::{Layer, LayerSet};

/// Between two requests for the same keyframe: a keyframe needs a round trip and the encoder's
/// time; over a bad network that is half a second.
pub const REQUEST_INTERVAL: Duration = Duration::from_millis(500);

/// Requests get rarer, up to this interval, while the subscriber sees another layer meanwhile.
const MAX_REQUEST_INTERVAL: Duration = Duration::from_secs(4);

/// So many requests without an answer, with nothing to show, and another layer is tried.
const GIVE_UP_AFTER: u32 = 4;

/// What to do with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Forward it as part of the current layer.
    Forward,
    /// The first packet of a keyframe of another layer, or after a pause: forward it as the first
    /// of a new segment ([`crate::munger::Munger::switch`]).
    Switch,
    Drop,
}

/// The layer of one slot, for one source. A new source gets a new selector.
#[derive(Debug, Clone, Default)]
pub struct LayerSelector {
    stacked: bool,
    target: Option<Layer>,
    goal: Option<Layer>,
    current: Option<Layer>,
    current_flows: bool,
    /// Layers whose keyframe never came.
    passed_over: LayerSet,
    /// Requests for the goal that had no answer.
    requests: u32,
    last_request: Option<Instant>,
}

impl LayerSelector {
    /// Paused until a target is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The source's layers are in one stream. Once they are, they stay so.
    pub fn set_stacked(&mut self) {
        self.stacked = true;
    }

    /// The highest layer that the subscriber may get; None pauses at once. Call
    /// [`Self::update`] afterwards.
    pub fn set_target(&mut self, target: Option<Layer>) {
        if target == self.target {
            return;
        }
        self.target = target;
        self.passed_over = LayerSet::EMPTY;
        if target.is_none() {
            self.goal = None;
            self.current = None;
            self.current_flows = false;
            self.requests = 0;
        }
    }

    pub fn target(&self) -> Option<Layer> {
        self.target
    }

    /// What the subscriber gets now.
    pub fn current(&self) -> Option<Layer> {
        self.current
    }

    /// What the subscriber sees now, if these layers flow.
    pub fn shown(&self, flowing: LayerSet) -> Option<Layer> {
        let current = self.current?;
        match self.stacked {
            true => flowing.intersection(LayerSet::up_to(current)).highest(),
            false => self.current.filter(|current| flowing.contains(*current)),
        }
    }

    /// Layers that the subscriber needs from the publisher (for dynacast): the target, and what is
    /// used until it comes.
    pub fn needed(&self) -> LayerSet {
        let needed = LayerSet::from(self.target)
            .union(LayerSet::from(self.goal))
            .union(LayerSet::from(self.current));
        match needed.highest() {
            Some(highest) if self.stacked => LayerSet::up_to(highest),
            _ => needed,
        }
    }

    /// Streams whose packets must be shown to [`Self::on_packet`]; of the others it drops all.
    /// Stacked layers are all in the lowest one.
    pub fn watched(&self) -> LayerSet {
        let Some(goal) = self.goal else { return LayerSet::EMPTY };
        if self.stacked {
            return LayerSet::only(Layer::LOWEST);
        }
        let others = [self.current, self.target].into_iter().flatten();
        let highest = others.fold(goal, Layer::max);
        // Short of the target a keyframe of any layer may be of use, also of one that didn't flow
        // a moment ago.
        let settled = self.current_flows && self.current == self.target;
        if settled && self.current == Some(goal) {
            LayerSet::only(goal)
        } else {
            LayerSet::up_to(highest)
        }
    }

    /// The stream that a receiver's own request for a keyframe (PLI, FIR) means.
    pub fn keyframe_layer(&self) -> Option<Layer> {
        self.current.or(self.goal).map(|layer| self.stream_of(layer))
    }

    fn stream_of(&self, layer: Layer) -> Layer {
        if self.stacked { Layer::LOWEST } else { layer }
    }

    /// Looks at what flows ([`crate::flow::Flow`]) and says which stream to ask for a keyframe, if
    /// any. To be called after a change, and at [`Self::next_update`].
    pub fn update(&mut self, flowing: LayerSet, now: Instant) -> Option<Layer> {
        let target = self.target?;
        self.current_flows = self.current.is_some_and(|current| match self.stacked {
            true => !flowing.intersection(LayerSet::up_to(current)).is_empty(),
            false => flowing.contains(current),
        });
        let mut goal = self.choose(target, flowing);
        // One stream has one keyframe: another layer would wait for the same.
        let exhausted = !self.stacked && self.requests >= GIVE_UP_AFTER;
        if self.goal == Some(goal) && !self.current_flows && exhausted {
            self.passed_over = self.passed_over.with(goal);
            goal = self.choose(target, flowing);
            self.requests = 0;
        }
        if self.goal != Some(goal) {
            self.goal = Some(goal);
            self.requests = 0;
            self.last_request = None;
        }
        // While a publisher sends nothing at all (a paused track) there is nobody to ask.
        let reached = self.is_at(goal) && (self.current_flows || flowing.is_empty());
        if reached || self.last_request.is_some_and(|last| now < last + self.interval()) {
            return None;
        }
        self.last_request = Some(now);
        self.requests = self.requests.saturating_add(1);
        Some(self.stream_of(goal))
    }

    /// Whether nothing but time is needed to show `goal`: the way down of stacked layers is free.
    fn is_at(&self, goal: Layer) -> bool {
        match self.stacked {
            true => self.current >= Some(goal),
            false => self.current == Some(goal),
        }
    }

    /// When [`Self::update`] has something to do, if nothing else happens.
    pub fn next_update(&self) -> Option<Instant> {
        let settled = self.goal.is_some_and(|goal| self.is_at(goal)) && self.current_flows;
        match self.last_request {
            Some(last) if !settled => Some(last + self.interval()),
            _ => None,
        }
    }

    /// What to do with a packet of `layer`; `starts_keyframe` as the codec's parser says.
    pub fn on_packet(&mut self, layer: Layer, starts_keyframe: bool) -> Verdict {
        let Some(goal) = self.goal else { return Verdict::Drop };
        if starts_keyframe && self.is_step(layer, goal) {
            self.current = Some(layer);
            self.current_flows = true;
            self.passed_over = self.passed_over.without(layer);
            // A layer that was passed over, or didn't flow a moment ago, may come by itself.
            let goal = if self.target >= Some(layer) { goal.max(layer) } else { goal };
            self.goal = Some(goal);
            if layer == goal {
                self.requests = 0;
            }
            return Verdict::Switch;
        }
        if self.current == Some(layer) { Verdict::Forward } else { Verdict::Drop }
    }

    /// A picture of a stream with stacked layers begins: which layer of it is shown, if any.
    /// `joins` are the layers that can be shown from this picture on, whatever was shown before.
    /// Anything but a drop belongs to the current layer as it is afterwards.
    pub fn on_picture(&mut self, starts_keyframe: bool, joins: LayerSet) -> Verdict {
        let (Some(target), Some(goal)) = (self.target, self.goal) else { return Verdict::Drop };
        let before = self.current;
        if before.is_none() && !starts_keyframe {
            return Verdict::Drop;
        }
        let joined = joins.intersection(LayerSet::up_to(target)).highest();
        let kept = before.map_or(Layer::LOWEST, |before| before.min(goal));
        self.climb(joined.map_or(kept, |joined| joined.max(kept)));
        if before.is_none() { Verdict::Switch } else { Verdict::Forward }
    }

    /// The highest layer that may be shown.
    pub fn allowed(&self) -> Option<Layer> {
        self.goal.and(self.target)
    }

    /// Shows `layer` of a stream with stacked layers from here on.
    pub fn climb(&mut self, layer: Layer) {
        self.current = Some(layer);
        self.current_flows = true;
        self.goal = self.goal.max(Some(layer));
        if self.goal == Some(layer) {
            self.requests = 0;
        }
    }

    /// Whether showing `layer` is better than what is shown now. A keyframe that somebody else
    /// asked for, or that a layer begins with, is welcome on the way.
    fn is_step(&self, layer: Layer, goal: Layer) -> bool {
        let highest = self.target.map_or(goal, |target| target.max(goal));
        match self.current {
            Some(current) if current == layer => false,
            Some(current) if self.current_flows && goal < current => {
                goal <= layer && layer < current
            }
            Some(current) if self.current_flows => current < layer && layer <= highest,
            // Nothing to see now: anything that is allowed helps.
            _ => layer <= highest,
        }
    }

    /// The highest layer up to the target that flows and wasn't passed over. If none does: the
    /// lowest above, since some picture is better than none (the allocator will pause it if it
    /// doesn't fit). If nothing flows: the target itself, which the publisher may be about to send.
    fn choose(&mut self, target: Layer, flowing: LayerSet) -> Layer {
        if flowing.difference(self.passed_over).is_empty() {
            self.passed_over = LayerSet::EMPTY;
        }
        let usable = flowing.difference(self.passed_over);
        let allowed = usable.intersection(LayerSet::up_to(target));
        allowed.highest().or(usable.lowest()).unwrap_or(target)
    }

    fn interval(&self) -> Duration {
        if !self.current_flows {
            return REQUEST_INTERVAL;
        }
        let doublings = self.requests.saturating_sub(GIVE_UP_AFTER).min(3);
        (REQUEST_INTERVAL * (1 << doublings)).min(MAX_REQUEST_INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const Q: Layer = Layer::LOWEST;
    const F: Layer = Layer::HIGHEST;

    fn h() -> Layer {
        Layer::new(1).unwrap()
    }

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// A selector that shows `current`, with all layers flowing.
    fn showing(current: Layer, now: Instant) -> LayerSelector {
        let mut selector = LayerSelector::new();
        selector.set_target(Some(current));
        assert_eq!(selector.update(LayerSet::ALL, now), Some(current));
        assert_eq!(selector.on_packet(current, true), Verdict::Switch);
        assert_eq!(selector.update(LayerSet::ALL, now), None);
        selector
    }

    #[test]
    fn starts_at_a_keyframe_only() {
        let t0 = Instant::now();
        let mut selector = LayerSelector::new();
        assert_eq!(selector.on_packet(Q, true), Verdict::Drop);
        selector.set_target(Some(Q));
        assert_eq!(selector.update(LayerSet::ALL, t0), Some(Q));
        assert_eq!(selector.on_packet(Q, false), Verdict::Drop);
        assert_eq!(selector.on_packet(Q, true), Verdict::Switch);
        assert_eq!(selector.on_packet(Q, false), Verdict::Forward);
        assert_eq!(selector.on_packet(Q, true), Verdict::Forward, "the next keyframe is no switch");
    }

    #[test]
    fn the_old_layer_goes_on_until_the_keyframe_of_the_new() {
        let t0 = Instant::now();
        let mut selector = showing(Q, t0);
        selector.set_target(Some(F));
        assert_eq!(selector.update(LayerSet::ALL, t0), Some(F));
        assert_eq!(selector.on_packet(F, false), Verdict::Drop);
        assert_eq!(selector.on_packet(Q, false), Verdict::Forward);
        assert_eq!(selector.on_packet(F, true), Verdict::Switch);
        assert_eq!(selector.on_packet(Q, false), Verdict::Drop);
        assert_eq!(selector.update(LayerSet::ALL, t0), None);
        assert_eq!(selector.next_update(), None);
        assert_eq!(selector.watched(), LayerSet::only(F));
    }

    #[test]
    fn a_layer_that_begins_with_its_keyframe_is_not_asked_for_another() {
        let t0 = Instant::now();
        let mut selector = showing(Q, t0);
        selector.set_target(Some(F));
        // The publisher was told to send the upper layers, and doesn't yet.
        assert_eq!(selector.update(LayerSet::only(Q), t0), None);
        assert!(selector.watched().contains(F));
        assert_eq!(selector.on_packet(F, true), Verdict::Switch);
        assert_eq!(selector.update(LayerSet::only(Q).with(F), t0), None);
        assert_eq!(selector.current(), Some(F));
    }

    #[test]
    fn on_the_way_down_a_layer_between_is_taken() {
        let t0 = Instant::now();
        let mut selector = showing(F, t0);
        selector.set_target(Some(Q));
        assert_eq!(selector.update(LayerSet::ALL, t0), Some(Q));
        assert!(selector.watched().contains(h()));
        assert_eq!(selector.on_packet(h(), true), Verdict::Switch);
        assert_eq!(selector.on_packet(F, true), Verdict::Drop);
        assert_eq!(selector.on_packet(Q, true), Verdict::Switch);
    }

    #[test]
    fn a_keyframe_on_the_way_is_taken() {
        let t0 = Instant::now();
        let mut selector = showing(Q, t0);
        selector.set_target(Some(F));
        selector.update(LayerSet::ALL, t0);
        assert!(selector.watched().contains(h()));
        assert_eq!(selector.on_packet(h(), true), Verdict::Switch);
        assert_eq!(selector.on_packet(Q, true), Verdict::Drop, "not back");
        assert_eq!(selector.on_packet(F, true), Verdict::Switch);
    }

    #[test]
    fn a_lost_keyframe_is_asked_for_again() {
        let t0 = Instant::now();
        let mut selector = LayerSelector::new();
        selector.set_target(Some(F));
        assert_eq!(selector.update(LayerSet::ALL, t0), Some(F));
        assert_eq!(selector.update(LayerSet::ALL, t0 + ms(499)), None);
        assert_eq!(selector.next_update(), Some(t0 + ms(500)));
        assert_eq!(selector.update(LayerSet::ALL, t0 + ms(500)), Some(F));
    }

    #[test]
    fn a_layer_that_never_answers_is_passed_over() {
        let t0 = Instant::now();
        let mut selector = LayerSelector::new();
        selector.set_target(Some(F));
        let asked: Vec<_> =
            (0..13).filter_map(|n| selector.update(LayerSet::ALL, t0 + ms(n * 500))).collect();
        assert_eq!(asked[..4], [F; 4]);
        assert_eq!(asked[4..8], [h(); 4]);
        assert_eq!(asked[8..12], [Q; 4]);
        assert_eq!(asked[12], F, "and from the top again");
    }

    #[test]
    fn a_stalled_layer_falls_to_one_that_flows_and_comes_back() {
        let t0 = Instant::now();
        let mut selector = showing(F, t0);
        let lower = LayerSet::only(Q).with(h());
        assert_eq!(selector.update(lower, t0 + ms(1000)), Some(h()));
        assert_eq!(selector.on_packet(Q, true), Verdict::Switch, "anything is better than nothing");
        assert_eq!(selector.on_packet(h(), true), Verdict::Switch);
        assert_eq!(selector.update(lower, t0 + ms(1001)), None);
        assert!(selector.needed().contains(F), "the publisher is still told to send it");
        assert_eq!(selector.update(LayerSet::ALL, t0 + ms(5000)), Some(F));
        assert_eq!(selector.on_packet(F, true), Verdict::Switch);
    }

    #[test]
    fn a_source_of_higher_layers_only_is_shown_all_the_same() {
        let t0 = Instant::now();
        let mut selector = LayerSelector::new();
        selector.set_target(Some(Q));
        assert_eq!(selector.update(LayerSet::only(F), t0), Some(F));
        assert_eq!(selector.on_packet(F, true), Verdict::Switch);
    }

    #[test]
    fn a_pause_is_immediate_and_ends_at_a_keyframe() {
        let t0 = Instant::now();
        let mut selector = showing(Q, t0);
        selector.set_target(None);
        assert_eq!(selector.on_packet(Q, true), Verdict::Drop);
        assert!(selector.needed().is_empty() && selector.watched().is_empty());
        selector.set_target(Some(Q));
        assert_eq!(selector.update(LayerSet::ALL, t0), Some(Q));
        assert_eq!(selector.on_packet(Q, false), Verdict::Drop);
        assert_eq!(selector.on_packet(Q, true), Verdict::Switch);
    }

    #[test]
    fn nothing_is_asked_of_a_publisher_that_pauses() {
        let t0 = Instant::now();
        let mut selector = showing(Q, t0);
        assert_eq!(selector.update(LayerSet::EMPTY, t0 + ms(2000)), None);
    }

    /// A selector of stacked layers that shows `current`, with all layers flowing.
    fn stacked(current: Layer, now: Instant) -> LayerSelector {
        let mut selector = LayerSelector::new();
        selector.set_stacked();
        selector.set_target(Some(current));
        assert_eq!(selector.update(LayerSet::ALL, now), Some(Q), "the one stream is asked");
        assert_eq!(selector.on_picture(true, LayerSet::ALL), Verdict::Switch);
        assert_eq!(selector.current(), Some(current));
        assert_eq!(selector.update(LayerSet::ALL, now), None);
        selector
    }

    #[test]
    fn stacked_layers_go_down_with_any_picture_and_up_where_it_is_possible() {
        let t0 = Instant::now();
        let mut selector = stacked(F, t0);
        selector.set_target(Some(Q));
        assert_eq!(selector.update(LayerSet::ALL, t0), None, "nothing needs to be asked for");
        assert_eq!(selector.on_picture(false, LayerSet::EMPTY), Verdict::Forward);
        assert_eq!(selector.current(), Some(Q));

        selector.set_target(Some(F));
        assert_eq!(selector.update(LayerSet::ALL, t0), Some(Q));
        assert_eq!(selector.on_picture(false, LayerSet::EMPTY), Verdict::Forward);
        assert_eq!(selector.current(), Some(Q));
        assert_eq!(selector.on_picture(false, LayerSet::up_to(h())), Verdict::Forward);
        assert_eq!(selector.current(), Some(h()));
        assert_eq!(selector.on_picture(true, LayerSet::ALL), Verdict::Forward, "no new segment");
        assert_eq!(selector.current(), Some(F));
        assert_eq!(selector.update(LayerSet::ALL, t0), None);
    }

    #[test]
    fn stacked_layers_need_all_below_and_watch_one_stream() {
        let t0 = Instant::now();
        let mut selector = stacked(h(), t0);
        assert_eq!(selector.needed(), LayerSet::up_to(h()));
        assert_eq!(selector.watched(), LayerSet::only(Q));
        assert_eq!(selector.keyframe_layer(), Some(Q));
        selector.set_target(None);
        assert_eq!(selector.on_picture(true, LayerSet::ALL), Verdict::Drop);
        assert!(selector.watched().is_empty());
    }

    #[test]
    fn a_stacked_layer_that_stops_is_no_stall_for_those_below() {
        let t0 = Instant::now();
        let mut selector = stacked(F, t0);
        let lower = LayerSet::up_to(h());
        assert_eq!(selector.update(lower, t0 + ms(1_000)), None);
        assert_eq!(selector.on_picture(false, LayerSet::EMPTY), Verdict::Forward);
        assert_eq!(selector.current(), Some(h()));
        assert_eq!(selector.update(LayerSet::ALL, t0 + ms(2_000)), Some(Q), "it is back");
        assert_eq!(selector.needed(), LayerSet::ALL);
    }

    #[derive(Debug, Clone)]
    enum Event {
        Target(Option<u8>),
        Flowing(u8),
        Packet { layer: u8, keyframe: bool },
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            prop::option::of(0..3_u8).prop_map(Event::Target),
            (0..8_u8).prop_map(Event::Flowing),
            (0..3_u8, any::<bool>())
                .prop_map(|(layer, keyframe)| Event::Packet { layer, keyframe }),
        ]
    }

    fn set(bits: u8) -> LayerSet {
        Layer::all().filter(|layer| bits & (1 << layer.get()) != 0).collect()
    }

    proptest! {
        /// After anything, once the network behaves (all layers flow, keyframes come for what was
        /// asked), the selector reaches its target and falls quiet.
        #[test]
        fn it_is_never_stuck(events in prop::collection::vec(event(), 0..100), target in 0..3_u8) {
            let mut now = Instant::now();
            let mut selector = LayerSelector::new();
            let mut flowing = LayerSet::ALL;
            for event in events {
                now += ms(130);
                match event {
                    Event::Target(target) => selector.set_target(target.and_then(Layer::new)),
                    Event::Flowing(bits) => flowing = set(bits),
                    Event::Packet { layer, keyframe } => {
                        let layer = Layer::new(layer).unwrap();
                        let (before, watched) = (selector.current(), selector.watched());
                        let verdict = selector.on_packet(layer, keyframe);
                        if !watched.contains(layer) {
                            prop_assert_eq!(verdict, Verdict::Drop);
                        }
                        match verdict {
                            Verdict::Switch => prop_assert!(keyframe),
                            _ => prop_assert_eq!(selector.current(), before),
                        }
                    }
                }
                if let Some(layer) = selector.update(flowing, now) {
                    prop_assert!(selector.watched().contains(layer));
                }
            }
            let target = Layer::new(target).unwrap();
            selector.set_target(Some(target));
            // Reached within the longest interval and one request for each layer passed over.
            for _ in 0..100 {
                now += ms(100);
                if let Some(asked) = selector.update(LayerSet::ALL, now) {
                    selector.on_packet(asked, true);
                }
            }
            prop_assert_eq!(selector.current(), Some(target));
            prop_assert_eq!(selector.update(LayerSet::ALL, now), None);
        }

        /// The same for stacked layers, whose keyframes hold all of them.
        #[test]
        fn stacked_layers_are_never_stuck_either(
            events in prop::collection::vec(event(), 0..100), target in 0..3_u8
        ) {
            let mut now = Instant::now();
            let mut selector = LayerSelector::new();
            selector.set_stacked();
            let mut flowing = LayerSet::ALL;
            for event in events {
                now += ms(130);
                match event {
                    Event::Target(target) => selector.set_target(target.and_then(Layer::new)),
                    Event::Flowing(bits) => flowing = set(bits),
                    Event::Packet { layer, keyframe } => {
                        let before = selector.current();
                        let joins = if keyframe { set(layer * 2 + 1) } else { LayerSet::EMPTY };
                        match selector.on_picture(keyframe, joins) {
                            Verdict::Drop => prop_assert_eq!(selector.current(), before),
                            verdict => {
                                prop_assert_eq!(verdict == Verdict::Switch, before.is_none());
                                let unasked = selector.current() > before.max(Some(Layer::LOWEST));
                                prop_assert!(!unasked || keyframe);
                                prop_assert!(selector.current() <= selector.target().max(before));
                            }
                        }
                    }
                }
                if let Some(stream) = selector.update(flowing, now) {
                    prop_assert!(selector.watched().contains(stream));
                }
            }
            let target = Layer::new(target).unwrap();
            selector.set_target(Some(target));
            for _ in 0..100 {
                now += ms(100);
                let asked = selector.update(LayerSet::ALL, now).is_some();
                let joins = if asked { LayerSet::ALL } else { LayerSet::EMPTY };
                selector.on_picture(asked, joins);
            }
            prop_assert_eq!(selector.current(), Some(target));
            prop_assert_eq!(selector.update(LayerSet::ALL, now), None);
        }
    }
}
