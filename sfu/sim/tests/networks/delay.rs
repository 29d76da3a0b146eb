//! The way is long, or unsteady, or both.

use szpon_sfu_sim::Condition;

use crate::support::{Bounds, check, secs};

#[test]
fn three_hundred_milliseconds() {
    check(&Condition::FAR, &Bounds::CLEAN);
}

#[test]
fn jitter() {
    check(&Condition::JITTER, &Bounds { invented: 0.5, ..Bounds::STEADY });
}

#[test]
fn disorder() {
    check(&Condition::DISORDER, &Bounds { invented: 0.5, ..Bounds::STEADY });
}

#[test]
fn far_and_unsteady() {
    // Target: no freeze. A packet that is lost twice comes after two seconds.
    let bounds = Bounds {
        recovers: secs(3),
        frozen: secs(2),
        longest: secs(1),
        layer: 1,
        frames: 22.0,
        invented: 0.5,
        ..Bounds::STEADY
    };
    check(&Condition::FAR_UNSTEADY, &bounds);
}
