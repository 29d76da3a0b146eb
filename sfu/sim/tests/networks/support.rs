//! A condition's bounds, and how they are checked.

use std::time::Duration;

use szpon_sfu_sim::{Condition, Felt};

/// More would take longer and find little: `examples/networks.rs` tries as many as it is told to.
pub const SEEDS: std::ops::Range<u64> = 1..3;

pub fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The worst that a viewer may feel in the twenty seconds that are watched.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// From the beginning of the condition until the picture is fluent again.
    pub recovers: Duration,
    /// All freezes together, and the longest.
    pub frozen: Duration,
    pub longest: Duration,
    /// The layer that is shown for most of the time, at least.
    pub layer: u8,
    pub frames: f64,
    /// Percent of the sound.
    pub invented: f64,
    pub changes_per_minute: f64,
}

impl Bounds {
    /// Nobody feels anything.
    pub const CLEAN: Self = Self {
        recovers: Duration::from_millis(500),
        frozen: Duration::ZERO,
        longest: Duration::ZERO,
        layer: 2,
        frames: 24.0,
        invented: 0.1,
        changes_per_minute: 0.0,
    };

    /// Nobody feels anything but that the picture is at times a smaller one.
    pub const STEADY: Self = Self { changes_per_minute: 12.0, ..Self::CLEAN };

    pub fn check(&self, name: &str, felt: &Felt) {
        let Felt { freezes, layer, frames_per_second, invented, changes_per_minute, .. } = *felt;
        assert!(freezes.total <= self.frozen, "{name}: {freezes:?}");
        assert!(freezes.longest <= self.longest, "{name}: {freezes:?}");
        assert!(layer >= Some(self.layer), "{name}: layer {layer:?}");
        assert!(frames_per_second >= self.frames, "{name}: {frames_per_second} frames/s");
        assert!(invented * 100.0 <= self.invented, "{name}: {invented} invented");
        assert!(
            changes_per_minute <= self.changes_per_minute,
            "{name}: {changes_per_minute} changes a minute"
        );
    }
}

/// Runs a condition with each seed and compares what is felt with the bounds.
pub fn check(condition: &Condition, bounds: &Bounds) {
    for seed in SEEDS {
        let name = format!("{}, seed {seed}", condition.name);
        let (call, recovered, felt) = condition.run(seed);
        println!("{name}: recovered {recovered:?}, {felt:?}");
        assert!(recovered.is_some_and(|time| time <= bounds.recovers), "{name}: {recovered:?}");
        bounds.check(&name, &felt);
        let jumps = &call.picture().expect("the picture is there").jumps;
        assert!(jumps.is_empty(), "{name}: {jumps:?}");
    }
}
