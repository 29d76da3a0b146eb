//! What must hold, and whether it did.

use serde::{Deserialize, Serialize};

/// What a run came to, as far as thresholds ask. None: it was not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measured {
    pub connected_percent: f64,
    pub seeing_percent: f64,
    pub loss_percent: f64,
    pub latency_p50_ms: Option<f64>,
    pub latency_p99_ms: Option<f64>,
    pub latency_p999_ms: Option<f64>,
    pub join_p50_ms: Option<f64>,
    pub join_p99_ms: Option<f64>,
    pub first_frame_p99_ms: Option<f64>,
    pub frozen_percent: f64,
    pub longest_freeze_ms: f64,
    pub frames_per_second: Option<f64>,
    pub layer_changes_per_minute: f64,
    pub server_us_per_packet: Option<f64>,
    pub server_cpu_percent: Option<f64>,
    pub memory_kib_per_participant: Option<f64>,
    pub memory_growth_mib_per_hour: Option<f64>,
}

/// Bounds; a key that is left out decides nothing.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Peer connections that are up at the end, at least.
    pub connected_percent: Option<f64>,
    /// Of those who watch, those who have seen a picture, at least.
    pub seeing_percent: Option<f64>,
    /// Packets that never came.
    pub loss_percent: Option<f64>,
    /// One way, from the publisher to the subscriber.
    pub latency_p50_ms: Option<f64>,
    pub latency_p99_ms: Option<f64>,
    pub latency_p999_ms: Option<f64>,
    /// Offer posted → first media packet.
    pub join_p50_ms: Option<f64>,
    pub join_p99_ms: Option<f64>,
    /// Offer posted → first frame that can be shown.
    pub first_frame_p99_ms: Option<f64>,
    /// Time in which a picture stood still, as a share of all watching time.
    pub frozen_percent: Option<f64>,
    pub longest_freeze_ms: Option<f64>,
    /// At least so many frames of each watched picture.
    pub frames_per_second: Option<f64>,
    /// Of one watched picture.
    pub layer_changes_per_minute: Option<f64>,
    /// CPU time of the server's process for each delivered packet.
    pub server_us_per_packet: Option<f64>,
    /// CPU time of the server's process; 100 is one core.
    pub server_cpu_percent: Option<f64>,
    /// Growth since before anybody joined.
    pub memory_kib_per_participant: Option<f64>,
    /// Growth while it is measured, after the first third.
    pub memory_growth_mib_per_hour: Option<f64>,
}

/// One bound and what was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The threshold, behind the group if it is one's own.
    pub name: String,
    pub bound: f64,
    pub at_least: bool,
    /// None: not measured.
    pub measured: Option<f64>,
    /// What was not measured breaks the threshold. Not so for the cost of a server whose process
    /// is elsewhere.
    pub required: bool,
}

impl Check {
    pub fn is_broken(&self) -> bool {
        match self.measured {
            None => self.required,
            Some(measured) if self.at_least => measured < self.bound,
            Some(measured) => measured > self.bound,
        }
    }

    /// In one word or two.
    pub fn verdict(&self) -> &'static str {
        match self.measured {
            _ if self.is_broken() => "BROKEN",
            None => "not measured",
            Some(_) => "kept",
        }
    }
}

impl Thresholds {
    pub fn is_empty(&self) -> bool {
        self.checks(None, &Measured::default()).is_empty()
    }

    pub(super) fn fault(&self) -> Option<String> {
        let checks = self.checks(None, &Measured::default());
        let wrong = checks.iter().find(|check| !check.bound.is_finite() || check.bound < 0.0)?;
        Some(format!("`{}` is a number from 0 on", wrong.name))
    }

    /// Whether any is about the server's process as a whole.
    pub(super) fn asks_for_cost(&self) -> bool {
        self.checks(None, &Measured::default()).iter().any(|check| !check.required)
    }

    /// `group`: whose thresholds these are, if not everybody's.
    pub fn checks(&self, group: Option<&str>, measured: &Measured) -> Vec<Check> {
        let check = |name: &str, bound: Option<f64>, measured, at_least, required| {
            let name = group.map_or(name.to_owned(), |group| format!("{group}: {name}"));
            bound.map(|bound| Check { name, bound, at_least, measured, required })
        };
        let most = |name, bound, measured| check(name, bound, measured, false, true);
        let least = |name, bound, measured| check(name, bound, measured, true, true);
        let cost = |name, bound, measured| check(name, bound, measured, false, false);
        let m = measured;
        [
            least("connected_percent", self.connected_percent, Some(m.connected_percent)),
            least("seeing_percent", self.seeing_percent, Some(m.seeing_percent)),
            most("loss_percent", self.loss_percent, Some(m.loss_percent)),
            most("latency_p50_ms", self.latency_p50_ms, m.latency_p50_ms),
            most("latency_p99_ms", self.latency_p99_ms, m.latency_p99_ms),
            most("latency_p999_ms", self.latency_p999_ms, m.latency_p999_ms),
            most("join_p50_ms", self.join_p50_ms, m.join_p50_ms),
            most("join_p99_ms", self.join_p99_ms, m.join_p99_ms),
            most("first_frame_p99_ms", self.first_frame_p99_ms, m.first_frame_p99_ms),
            most("frozen_percent", self.frozen_percent, Some(m.frozen_percent)),
            most("longest_freeze_ms", self.longest_freeze_ms, Some(m.longest_freeze_ms)),
            least("frames_per_second", self.frames_per_second, m.frames_per_second),
            most(
                "layer_changes_per_minute",
                self.layer_changes_per_minute,
                Some(m.layer_changes_per_minute),
            ),
            cost("server_us_per_packet", self.server_us_per_packet, m.server_us_per_packet),
            cost("server_cpu_percent", self.server_cpu_percent, m.server_cpu_percent),
            cost(
                "memory_kib_per_participant",
                self.memory_kib_per_participant,
                m.memory_kib_per_participant,
            ),
            cost(
                "memory_growth_mib_per_hour",
                self.memory_growth_mib_per_hour,
                m.memory_growth_mib_per_hour,
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

    fn broken(thresholds: Thresholds, measured: Measured) -> Vec<String> {
        let checks = thresholds.checks(None, &measured);
        checks.into_iter().filter(Check::is_broken).map(|check| check.name).collect()
    }

    #[test]
    fn bounds_work_both_ways() {
        let thresholds = Thresholds {
            loss_percent: Some(1.0),
            frames_per_second: Some(15.0),
            ..Thresholds::default()
        };
        let measured = |loss_percent, frames| Measured {
            loss_percent,
            frames_per_second: Some(frames),
            ..Measured::default()
        };
        assert!(broken(thresholds, measured(0.5, 30.0)).is_empty());
        assert_eq!(broken(thresholds, measured(1.5, 14.0)), ["loss_percent", "frames_per_second"]);
    }

    #[test]
    fn nothing_at_all_keeps_no_bound_but_the_cost_of_a_server_elsewhere() {
        let thresholds = Thresholds {
            latency_p99_ms: Some(5.0),
            server_us_per_packet: Some(3.0),
            ..Thresholds::default()
        };
        assert_eq!(broken(thresholds, Measured::default()), ["latency_p99_ms"]);
        let checks = thresholds.checks(Some("far"), &Measured::default());
        assert_eq!(checks[0].name, "far: latency_p99_ms");
        assert_eq!(checks[1].verdict(), "not measured");
    }
}
