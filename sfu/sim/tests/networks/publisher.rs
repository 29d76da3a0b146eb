//! The publisher's line is the bad one: nobody can see more than what comes through it.

use szpon_sfu_sim::Condition;

use crate::support::{Bounds, check, millis};

#[test]
fn one_per_cent_lost() {
    check(&Condition::UP_LOSS_1, &Bounds { invented: 0.2, ..Bounds::CLEAN });
}

#[test]
fn five_per_cent_lost() {
    check(&Condition::UP_LOSS_5, &Bounds { invented: 0.6, ..Bounds::STEADY });
}

#[test]
fn ten_per_cent_lost() {
    let (frozen, longest) = (millis(400), millis(400));
    check(&Condition::UP_LOSS_10, &Bounds { frozen, longest, invented: 2.0, ..Bounds::STEADY });
}

#[test]
fn twenty_per_cent_lost() {
    // Target: no freeze, and 1% of the sound: a browser sends one copy, so that a frame is lost with
    // one in twenty-five.
    let bounds = Bounds {
        recovers: millis(1_000),
        frozen: millis(400),
        longest: millis(400),
        invented: 6.0,
        ..Bounds::STEADY
    };
    check(&Condition::UP_LOSS_20, &bounds);
}

#[test]
fn one_per_cent_lost_in_bursts() {
    check(&Condition::UP_BURSTS_1, &Bounds { invented: 1.5, ..Bounds::STEADY });
}

#[test]
fn five_per_cent_lost_in_bursts() {
    // Target: no freeze, and 2% of the sound: a browser sends one copy, and bursts take both.
    let (frozen, longest) = (millis(600), millis(500));
    let bounds = Bounds { frozen, longest, layer: 1, invented: 4.5, ..Bounds::STEADY };
    check(&Condition::UP_BURSTS_5, &bounds);
}

#[test]
fn ten_per_cent_lost_in_bursts() {
    // Targets: no freeze, and 2% of the sound.
    let bounds = Bounds {
        recovers: millis(1_500),
        frozen: millis(1_200),
        longest: millis(1_000),
        layer: 1,
        frames: 23.5,
        invented: 8.0,
        ..Bounds::STEADY
    };
    check(&Condition::UP_BURSTS_10, &bounds);
}

#[test]
fn twenty_per_cent_lost_in_bursts() {
    // Targets: two seconds of freezes, none longer than one, and 2% of the sound.
    let bounds = Bounds {
        recovers: millis(2_000),
        frozen: millis(2_000),
        longest: millis(1_200),
        layer: 1,
        frames: 22.0,
        invented: 15.0,
        ..Bounds::STEADY
    };
    check(&Condition::UP_BURSTS_20, &bounds);
}

#[test]
fn disorder() {
    check(&Condition::UP_DISORDER, &Bounds { invented: 0.5, ..Bounds::STEADY });
}

#[test]
fn far_and_unsteady() {
    // Target: no freeze. A repetition takes 630 ms, and a packet that is lost twice comes after two.
    let bounds = Bounds {
        recovers: millis(1_500),
        frozen: millis(1_000),
        longest: millis(650),
        frames: 24.0,
        invented: 0.5,
        ..Bounds::STEADY
    };
    check(&Condition::UP_FAR, &bounds);
}

#[test]
fn four_hundred_kilobits() {
    // Target: 1% of the sound, which waits for the picture in the browser's queue.
    let bounds = Bounds { recovers: millis(1_000), layer: 0, invented: 1.8, ..Bounds::STEADY };
    check(&Condition::UP_400K, &bounds);
}

#[test]
fn narrow_far_and_lossy() {
    let bounds = Bounds {
        recovers: millis(1_500),
        frozen: millis(400),
        longest: millis(400),
        layer: 0,
        frames: 23.5,
        invented: 1.0,
        ..Bounds::STEADY
    };
    check(&Condition::UP_WEAK, &bounds);
}
