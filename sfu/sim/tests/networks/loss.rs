//! Packets get lost on the way to the viewer, and reports on the way back.

use szpon_sfu_sim::Condition;

use crate::support::{Bounds, check, millis};

#[test]
fn one_per_cent() {
    check(&Condition::LOSS_1, &Bounds { invented: 0.1, ..Bounds::CLEAN });
}

#[test]
fn five_per_cent() {
    check(&Condition::LOSS_5, &Bounds { invented: 0.5, ..Bounds::CLEAN });
}

#[test]
fn ten_per_cent() {
    let bounds = Bounds { recovers: millis(1_000), invented: 0.5, ..Bounds::CLEAN };
    check(&Condition::LOSS_10, &bounds);
}

#[test]
fn twenty_per_cent() {
    let bounds = Bounds {
        recovers: millis(3_000),
        frozen: millis(2_000),
        longest: millis(1_000),
        layer: 1,
        frames: 20.0,
        invented: 1.0,
        changes_per_minute: 12.0,
    };
    check(&Condition::LOSS_20, &bounds);
}

#[test]
fn one_per_cent_in_bursts() {
    check(&Condition::BURSTS_1, &Bounds { invented: 0.5, ..Bounds::CLEAN });
}

#[test]
fn five_per_cent_in_bursts() {
    check(&Condition::BURSTS_5, &Bounds { invented: 1.0, ..Bounds::CLEAN });
}

#[test]
fn ten_per_cent_in_bursts() {
    let bounds = Bounds { recovers: millis(1_000), invented: 1.0, ..Bounds::CLEAN };
    check(&Condition::BURSTS_10, &bounds);
}

#[test]
fn twenty_per_cent_in_bursts() {
    let bounds = Bounds {
        recovers: millis(3_000),
        frozen: millis(2_000),
        longest: millis(1_000),
        layer: 1,
        frames: 20.0,
        invented: 2.0,
        changes_per_minute: 12.0,
    };
    check(&Condition::BURSTS_20, &bounds);
}
