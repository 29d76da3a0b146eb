//! What lies between a participant and the server.

use serde::{Deserialize, Serialize};

/// Both directions of a participant's network.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// From the server.
    #[serde(default)]
    pub down: Leg,
    /// To the server.
    #[serde(default)]
    pub up: Leg,
    /// Changes while it is measured; what a step doesn't name stays as it was.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// One direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    #[serde(default)]
    pub loss_percent: f64,
    /// Mean length of a burst of losses, in packets; 0 and 1 mean losses at random.
    #[serde(default)]
    pub burst_packets: f64,
    #[serde(default)]
    pub delay_ms: f64,
    /// Up to so much on top of the delay.
    #[serde(default)]
    pub jitter_ms: f64,
    /// Packets may overtake each other within the jitter.
    #[serde(default)]
    pub reorder: bool,
    /// Any rate without.
    #[serde(default)]
    pub kbps: Option<u32>,
    /// What waits for the rate at most; the rest is dropped. 300 ms without.
    #[serde(default)]
    pub queue_ms: Option<f64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Since the measurement began.
    pub at_seconds: f64,
    #[serde(default)]
    pub down: Option<Leg>,
    #[serde(default)]
    pub up: Option<Leg>,
}

impl Link {
    pub(super) fn fault(&self) -> Option<String> {
        let steps = self.steps.iter().flat_map(|step| [step.down, step.up]).flatten();
        [self.down, self.up].into_iter().chain(steps).find_map(|leg| leg.fault())
    }
}

impl Leg {
    /// Whether packets pass as they are.
    pub fn is_clear(&self) -> bool {
        self.loss_percent == 0.0
            && self.delay_ms == 0.0
            && self.jitter_ms == 0.0
            && self.kbps.is_none()
    }

    fn fault(&self) -> Option<String> {
        let within = |value: f64, most: f64| (0.0..=most).contains(&value);
        if !within(self.loss_percent, 100.0) {
            return Some("`loss_percent` is 0 to 100".into());
        }
        if !within(self.burst_packets, 1_000.0) {
            return Some("`burst_packets` is 0 to 1000".into());
        }
        if !within(self.delay_ms, 10_000.0) || !within(self.jitter_ms, 10_000.0) {
            return Some("delay and jitter are 0 to 10000 ms".into());
        }
        if self.kbps == Some(0) || self.queue_ms.is_some_and(|queue| !within(queue, 10_000.0)) {
            return Some("`kbps` is at least 1, `queue_ms` 0 to 10000".into());
        }
        None
    }
}
