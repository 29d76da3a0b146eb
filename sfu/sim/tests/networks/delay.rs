//! The way is long, or unsteady, or both.

use szpon_sfu_sim::Condition;

use crate::support::{Bounds, check, millis};

#[test]
fn three_hundred_milliseconds() {
    check(&Condition::FAR, &Bounds::CLEAN);
}

#[test]
fn jitter() {
    check(&Condition::JITTER, &Bounds { invented: 0.5, ..Bounds::CLEAN });
}

#[test]
fn disorder() {
    check(&Condition::DISORDER, &Bounds { invented: 0.5, ..Bounds::CLEAN });
}

#[test]
fn far_and_unsteady() {
    let bounds = Bounds {
        recovers: millis(3_000),
        frozen: millis(1_000),
        longest: millis(1_000),
        frames: 22.0,
        invented: 1.0,
        ..Bounds::CLEAN
    };
    check(&Condition::FAR_UNSTEADY, &bounds);
}
