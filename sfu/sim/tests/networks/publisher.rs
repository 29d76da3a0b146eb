//! The publisher's line is the bad one: nobody can see more than what comes through it.

use szpon_sfu_sim::Condition;

use crate::support::{Bounds, check, millis};

#[test]
fn five_per_cent_lost() {
    check(&Condition::UP_LOSS_5, &Bounds { invented: 0.5, ..Bounds::CLEAN });
}

#[test]
fn ten_per_cent_lost() {
    // Target: no freeze. str0m, which receives at the node, asks five times for a packet.
    let bounds = Bounds {
        frozen: millis(2_400),
        longest: millis(1_500),
        frames: 22.0,
        invented: 1.5,
        ..Bounds::CLEAN
    };
    check(&Condition::UP_LOSS_10, &bounds);
}

#[test]
fn twenty_per_cent_lost() {
    // Target: 20 frames/s and two seconds of freezes. Not reached: each packet that str0m asked for
    // five times in vain costs a keyframe, whose packets are lost as often.
    let bounds = Bounds {
        recovers: millis(17_000),
        frozen: millis(19_000),
        longest: millis(5_500),
        layer: 0,
        frames: 2.5,
        invented: 5.0,
        changes_per_minute: 12.0,
    };
    check(&Condition::UP_LOSS_20, &bounds);
}

#[test]
fn five_per_cent_lost_in_bursts() {
    // Target: no freeze, and 2% of the sound: a browser sends one copy, and bursts take both.
    let bounds = Bounds {
        frozen: millis(1_000),
        longest: millis(1_000),
        frames: 23.5,
        invented: 3.0,
        ..Bounds::CLEAN
    };
    check(&Condition::UP_BURSTS_5, &bounds);
}

#[test]
fn far_and_unsteady() {
    // The largest layer cannot be mended over such a way: str0m looks back a hundred packets.
    let bounds = Bounds {
        recovers: millis(3_000),
        frozen: millis(500),
        longest: millis(500),
        layer: 1,
        frames: 23.0,
        invented: 1.0,
        ..Bounds::CLEAN
    };
    check(&Condition::UP_FAR, &bounds);
}

#[test]
fn four_hundred_kilobits() {
    let bounds = Bounds {
        recovers: millis(6_000),
        frozen: millis(500),
        longest: millis(500),
        layer: 0,
        frames: 20.0,
        invented: 1.3,
        changes_per_minute: 12.0,
    };
    check(&Condition::UP_400K, &bounds);
}

#[test]
fn narrow_far_and_lossy() {
    let bounds = Bounds {
        recovers: millis(6_000),
        frozen: millis(1_000),
        longest: millis(700),
        layer: 0,
        frames: 20.0,
        invented: 1.0,
        changes_per_minute: 12.0,
    };
    check(&Condition::UP_WEAK, &bounds);
}
