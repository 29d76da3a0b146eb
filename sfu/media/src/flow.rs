//! Which layers a publisher really sends. One for each published source, shared by all its
//! subscribers.

use std::time::{Duration, Instant};

use crate::layer::{Layer, LayerSet, MAX_LAYERS};

/// A layer without a packet for so long has stalled. A browser that is short of bandwidth or
/// processor time turns its upper layers off without a word; at 5 frames a second (the least that
/// a camera gives in the dark) this is five missing frames.
pub const STALL: Duration = Duration::from_secs(1);

/// When each layer was last heard.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flow {
    last: [Option<Instant>; MAX_LAYERS],
}

impl Flow {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn on_packet(&mut self, layer: Layer, now: Instant) {
        self.last[layer.index()] = Some(now);
    }

    /// Layers with a packet less than [`STALL`] ago.
    pub fn flowing(&self, now: Instant) -> LayerSet {
        self.fresh(now).map(|(layer, _)| layer).collect()
    }

    /// When the next layer will count as stalled, if nothing comes.
    pub fn next_stall(&self, now: Instant) -> Option<Instant> {
        self.fresh(now).map(|(_, last)| last + STALL).min()
    }

    fn fresh(&self, now: Instant) -> impl Iterator<Item = (Layer, Instant)> {
        Layer::all().filter_map(move |layer| {
            let last = self.last[layer.index()]?;
            (now.saturating_duration_since(last) < STALL).then_some((layer, last))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_flows_until_it_stalls() {
        let t0 = Instant::now();
        let mut flow = Flow::new();
        assert_eq!(flow.flowing(t0), LayerSet::EMPTY);
        flow.on_packet(Layer::HIGHEST, t0);
        flow.on_packet(Layer::LOWEST, t0 + STALL / 2);
        assert_eq!(flow.flowing(t0 + STALL / 2).to_array(), [true, false, true]);
        assert_eq!(flow.next_stall(t0), Some(t0 + STALL));
        assert_eq!(flow.flowing(t0 + STALL), LayerSet::only(Layer::LOWEST));
        assert_eq!(flow.flowing(t0 + STALL * 2), LayerSet::EMPTY);
        assert_eq!(flow.next_stall(t0 + STALL * 2), None);
    }
}
