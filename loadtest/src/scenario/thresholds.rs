//! What must hold, and whether it did.

use serde::{Deserialize, Serialize};

/// What a run came to, as far as thresholds ask. None: it was not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measured {
    pub connected_percent: f64,
    pub seeing_percent: f64,
    pub loss_percent: f64,
    pub latency_p99_ms: Option<f64>,
    pub latency_p999_ms: Option<f64>,
    pub join_p50_ms: Option<f64>,
    pub join_p99_ms: Option<f64>,
    /// Time in which a picture stood still, as a share of all watching time.
    pub frozen_percent: f64,
    pub frames_per_second: Option<f64>,
    /// Of one watched picture.
    pub layer_changes_per_minute: f64,
    pub server_us_per_packet: Option<f64>,
    pub memory_kib_per_participant: Option<f64>,
}

/// Bounds; a key that is left out decides nothing.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Peer connections that are up at the end.
    pub connected_percent: Option<f64>,
    /// Of those who watch, those who have seen a picture.
    pub seeing_percent: Option<f64>,
    pub loss_percent: Option<f64>,
    pub latency_p99_ms: Option<f64>,
    pub latency_p999_ms: Option<f64>,
    pub join_p50_ms: Option<f64>,
    pub join_p99_ms: Option<f64>,
    pub frozen_percent: Option<f64>,
    /// At least so many frames of each watched picture.
    pub frames_per_second: Option<f64>,
    pub layer_changes_per_minute: Option<f64>,
    pub server_us_per_packet: Option<f64>,
    pub memory_kib_per_participant: Option<f64>,
}

/// One bound and what was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub bound: f64,
    pub at_least: bool,
    /// None: not measured, and so neither kept nor broken.
    pub measured: Option<f64>,
}

impl Check {
    pub fn is_broken(&self) -> bool {
        match self.measured {
            None => false,
            Some(measured) if self.at_least => measured < self.bound,
            Some(measured) => measured > self.bound,
        }
    }
}

impl Thresholds {
    pub fn is_empty(&self) -> bool {
        self.checks(&Measured::default()).is_empty()
    }

    pub fn checks(&self, measured: &Measured) -> Vec<Check> {
        let most = |name, bound: Option<f64>, measured| {
            bound.map(|bound| Check { name, bound, at_least: false, measured })
        };
        let least = |name, bound: Option<f64>, measured| {
            bound.map(|bound| Check { name, bound, at_least: true, measured })
        };
        let m = measured;
        [
            least("connected_percent", self.connected_percent, Some(m.connected_percent)),
            least("seeing_percent", self.seeing_percent, Some(m.seeing_percent)),
            most("loss_percent", self.loss_percent, Some(m.loss_percent)),
            most("latency_p99_ms", self.latency_p99_ms, m.latency_p99_ms),
            most("latency_p999_ms", self.latency_p999_ms, m.latency_p999_ms),
            most("join_p50_ms", self.join_p50_ms, m.join_p50_ms),
            most("join_p99_ms", self.join_p99_ms, m.join_p99_ms),
            most("frozen_percent", self.frozen_percent, Some(m.frozen_percent)),
            least("frames_per_second", self.frames_per_second, m.frames_per_second),
            most(
                "layer_changes_per_minute",
                self.layer_changes_per_minute,
                Some(m.layer_changes_per_minute),
            ),
            most("server_us_per_packet", self.server_us_per_packet, m.server_us_per_packet),
            most(
                "memory_kib_per_participant",
                self.memory_kib_per_participant,
                m.memory_kib_per_participant,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_work_both_ways() {
        let thresholds = Thresholds {
            loss_percent: Some(1.0),
            frames_per_second: Some(15.0),
            join_p50_ms: Some(20.0),
            ..Thresholds::default()
        };
        let broken = |loss, frames| {
            let measured = Measured {
                loss_percent: loss,
                frames_per_second: Some(frames),
                ..Measured::default()
            };
            let checks = thresholds.checks(&measured);
            checks
                .iter()
                .filter(|check| check.is_broken())
                .map(|check| check.name)
                .collect::<Vec<_>>()
        };
        assert!(broken(0.5, 30.0).is_empty(), "what was not measured is not broken");
        assert_eq!(broken(1.5, 14.0), ["loss_percent", "frames_per_second"]);
    }
}
