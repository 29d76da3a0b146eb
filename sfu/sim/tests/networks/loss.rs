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
    // Target: no freeze. str0m, which receives here, asks five times for a packet; browsers ten.
    let bounds = Bounds {
        frozen: millis(1_500),
        longest: millis(1_500),
        frames: 23.0,
        invented: 0.5,
        changes_per_minute: 3.0,
        ..Bounds::CLEAN
    };
    check(&Condition::LOSS_10, &bounds);
}

#[test]
fn twenty_per_cent() {
    // Target: two seconds of freezes, none longer than one, and 1% of the sound.
    let bounds = Bounds {
        recovers: millis(3_000),
        frozen: millis(4_000),
        longest: millis(1_500),
        layer: 1,
        frames: 20.0,
        invented: 2.5,
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
    // Target: no freeze, and 1% of the sound.
    let (frozen, longest) = (millis(300), millis(300));
    check(&Condition::BURSTS_5, &Bounds { frozen, longest, invented: 2.0, ..Bounds::CLEAN });
}

#[test]
fn ten_per_cent_in_bursts() {
    // Target: no freeze, and 1% of the sound.
    let bounds = Bounds {
        frozen: millis(2_100),
        longest: millis(1_100),
        frames: 22.0,
        invented: 3.0,
        ..Bounds::CLEAN
    };
    check(&Condition::BURSTS_10, &bounds);
}

#[test]
fn twenty_per_cent_in_bursts() {
    // Target: two seconds of freezes, none longer than one, and 2% of the sound.
    let bounds = Bounds {
        recovers: millis(3_000),
        frozen: millis(7_000),
        longest: millis(2_100),
        layer: 1,
        frames: 16.0,
        invented: 6.5,
        changes_per_minute: 12.0,
    };
    check(&Condition::BURSTS_20, &bounds);
}
