//! Packets get lost on the way to the viewer, and reports on the way back.

use szpon_sfu_sim::Condition;

use crate::support::{Bounds, check, millis};

#[test]
fn one_per_cent() {
    check(&Condition::LOSS_1, &Bounds { invented: 0.1, ..Bounds::CLEAN });
}

#[test]
fn five_per_cent() {
    check(&Condition::LOSS_5, &Bounds { invented: 0.5, ..Bounds::STEADY });
}

#[test]
fn ten_per_cent() {
    let (frozen, longest) = (millis(300), millis(300));
    check(&Condition::LOSS_10, &Bounds { frozen, longest, invented: 1.0, ..Bounds::STEADY });
}

#[test]
fn twenty_per_cent() {
    // Target: 1% of the sound. Three copies are all that a packet has. The largest layer is given up for
    // packets that are sent twice.
    check(&Condition::LOSS_20, &Bounds { layer: 1, invented: 4.0, ..Bounds::STEADY });
}

#[test]
fn one_per_cent_in_bursts() {
    check(&Condition::BURSTS_1, &Bounds { invented: 0.6, ..Bounds::CLEAN });
}

#[test]
fn five_per_cent_in_bursts() {
    // Target: no freeze, and 1% of the sound: a burst takes a frame and its copies.
    let (frozen, longest) = (millis(400), millis(400));
    check(&Condition::BURSTS_5, &Bounds { frozen, longest, invented: 2.5, ..Bounds::STEADY });
}

#[test]
fn ten_per_cent_in_bursts() {
    // Target: no freeze, and 1% of the sound.
    let (frozen, longest) = (millis(600), millis(500));
    check(&Condition::BURSTS_10, &Bounds { frozen, longest, invented: 4.0, ..Bounds::STEADY });
}

#[test]
fn twenty_per_cent_in_bursts() {
    // Target: 2% of the sound, and a change of layer in five seconds at most.
    let bounds = Bounds {
        frozen: millis(1_500),
        longest: millis(1_200),
        layer: 1,
        frames: 23.0,
        invented: 8.0,
        changes_per_minute: 18.0,
        ..Bounds::STEADY
    };
    check(&Condition::BURSTS_20, &bounds);
}
