//! Asking a publisher for keyframes: one request for each layer and interval, whoever asks, until
//! the keyframe comes.

use std::time::{Duration, Instant};

use crate::layer::{Layer, MAX_LAYERS};

/// The least time between two requests for one layer. Keyframes are several times as large as
/// other frames: fifty subscribers must not cost the publisher fifty of them.
pub const INTERVAL: Duration = Duration::from_millis(500);

/// Nobody asked again for so long: whoever wanted the keyframe has gone.
pub const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, Default)]
struct LayerRequests {
    /// Somebody waits; since they last asked.
    wanted: Option<Instant>,
    sent: Option<Instant>,
}

impl LayerRequests {
    /// When the next request is due; a time in the past for at once.
    fn due(&self) -> Option<Instant> {
        let asked = self.wanted?;
        Some(self.sent.map_or(asked, |sent| sent + INTERVAL))
    }
}

/// Keyframe requests for one published source.
#[derive(Debug, Clone, Default)]
pub struct KeyframeRequests {
    layers: [LayerRequests; MAX_LAYERS],
}

impl KeyframeRequests {
    pub fn new() -> Self {
        Self::default()
    }

    /// Somebody needs a keyframe of `layer`.
    pub fn ask(&mut self, layer: Layer, now: Instant) {
        self.layers[layer.index()].wanted = Some(now);
    }

    /// A keyframe of `layer` began to arrive.
    pub fn on_keyframe(&mut self, layer: Layer) {
        self.layers[layer.index()].wanted = None;
    }

    /// Whether a request for a keyframe of `layer` would have to wait, as there was one lately.
    pub fn holds_back(&self, layer: Layer, now: Instant) -> bool {
        self.layers[layer.index()].sent.is_some_and(|sent| now < sent + INTERVAL)
    }

    /// A layer to send a request for now. Call until it says None.
    pub fn poll(&mut self, now: Instant) -> Option<Layer> {
        for layer in Layer::all() {
            let requests = &mut self.layers[layer.index()];
            if requests.wanted.is_some_and(|asked| now.saturating_duration_since(asked) >= PATIENCE)
            {
                requests.wanted = None;
            }
            if requests.due().is_some_and(|due| due <= now) {
                requests.sent = Some(now);
                return Some(layer);
            }
        }
        None
    }

    /// When to poll again, if nobody asks.
    pub fn next_poll(&self) -> Option<Instant> {
        self.layers.iter().filter_map(LayerRequests::due).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const Q: Layer = Layer::LOWEST;
    const F: Layer = Layer::HIGHEST;

    #[test]
    fn fifty_subscribers_cost_one_request() {
        let t0 = Instant::now();
        let mut requests = KeyframeRequests::new();
        assert_eq!(requests.next_poll(), None);
        for _ in 0..50 {
            requests.ask(F, t0);
        }
        assert_eq!(requests.poll(t0), Some(F));
        assert_eq!(requests.poll(t0), None);
        requests.ask(Q, t0);
        assert_eq!(requests.poll(t0), Some(Q), "another layer is another matter");
    }

    #[test]
    fn a_request_is_repeated_until_the_keyframe_comes() {
        let t0 = Instant::now();
        let mut requests = KeyframeRequests::new();
        requests.ask(Q, t0);
        assert_eq!(requests.poll(t0), Some(Q));
        assert_eq!(requests.next_poll(), Some(t0 + INTERVAL));
        assert_eq!(requests.poll(t0 + INTERVAL), Some(Q));
        requests.on_keyframe(Q);
        assert_eq!(requests.next_poll(), None);
        assert_eq!(requests.poll(t0 + INTERVAL * 2), None);
    }

    #[test]
    fn one_who_asks_after_the_keyframe_gets_another_after_the_interval() {
        let t0 = Instant::now();
        let mut requests = KeyframeRequests::new();
        requests.ask(Q, t0);
        requests.poll(t0);
        requests.on_keyframe(Q);
        requests.ask(Q, t0 + INTERVAL / 5);
        assert!(requests.holds_back(Q, t0 + INTERVAL / 5));
        assert_eq!(requests.poll(t0 + INTERVAL / 5), None);
        assert!(!requests.holds_back(Q, t0 + INTERVAL));
        assert_eq!(requests.poll(t0 + INTERVAL), Some(Q));
    }

    #[test]
    fn what_nobody_wants_any_more_is_given_up() {
        let t0 = Instant::now();
        let mut requests = KeyframeRequests::new();
        requests.ask(Q, t0);
        assert_eq!(requests.poll(t0), Some(Q));
        assert_eq!(requests.poll(t0 + PATIENCE), None);
        assert_eq!(requests.next_poll(), None);
    }

    proptest! {
        #[test]
        fn requests_are_spaced_and_nobody_who_asks_is_forgotten(
            asks in prop::collection::vec((1..300_u64, 0..3_u8, any::<bool>()), 1..200)
        ) {
            let mut now = Instant::now();
            let mut requests = KeyframeRequests::new();
            let mut sent: [Option<Instant>; MAX_LAYERS] = [None; MAX_LAYERS];
            for (gap, layer, keyframe) in asks {
                now += Duration::from_millis(gap);
                let layer = Layer::new(layer).unwrap();
                if keyframe { requests.on_keyframe(layer) } else { requests.ask(layer, now) }
                while let Some(layer) = requests.poll(now) {
                    if let Some(last) = sent[layer.index()] {
                        prop_assert!(now.duration_since(last) >= INTERVAL);
                    }
                    sent[layer.index()] = Some(now);
                }
                if !keyframe {
                    let soon = sent[layer.index()].is_some_and(|at| now.duration_since(at) < INTERVAL);
                    prop_assert!(soon, "answered within the interval");
                }
            }
        }
    }
}
