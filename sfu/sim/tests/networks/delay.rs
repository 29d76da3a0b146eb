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
    // Target: the largest layer.
    let bounds =
        Bounds { recovers: secs(3), layer: 1, frames: 23.5, invented: 0.5, ..Bounds::STEADY };
    check(&Condition::FAR_UNSTEADY, &bounds);
}
