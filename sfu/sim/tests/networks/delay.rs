//! The way is long, or unsteady, or both.

use szpon_sfu_sim::Condition;

use crate::support::{Bounds, check, millis};

#[test]
fn three_hundred_milliseconds() {
    check(&Condition::FAR, &Bounds::CLEAN);
}

#[test]
fn jitter() {
    let bounds = Bounds { invented: 0.5, changes_per_minute: 3.0, ..Bounds::CLEAN };
    check(&Condition::JITTER, &bounds);
}

#[test]
fn disorder() {
    let bounds = Bounds { invented: 0.5, changes_per_minute: 3.0, ..Bounds::CLEAN };
    check(&Condition::DISORDER, &bounds);
}

#[test]
fn far_and_unsteady() {
    // Target: the largest layer.
    let bounds = Bounds {
        recovers: millis(3_000),
        frozen: millis(300),
        longest: millis(300),
        layer: 1,
        frames: 24.0,
        invented: 1.0,
        ..Bounds::CLEAN
    };
    check(&Condition::FAR_UNSTEADY, &bounds);
}
