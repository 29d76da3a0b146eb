//! The way down has a limit, and the limit changes.

use szpon_sfu_sim::{Call, Condition, Path};

use crate::support::{Bounds, SEEDS, check, millis, secs};

const HOME: Path = Path::GOOD.with_delay(std::time::Duration::from_millis(25));

#[test]
fn three_hundred_kilobits_carry_the_smallest_layer() {
    // Target: 1% of the sound. A packet waits for a picture and a probe that went out before it.
    let bounds = Bounds { recovers: millis(2_000), layer: 0, invented: 2.0, ..Bounds::CLEAN };
    check(&Condition::RATE_300K, &bounds);
}

#[test]
fn one_megabit_carries_the_middle_layer() {
    let bounds = Bounds { recovers: millis(1_500), layer: 1, invented: 1.0, ..Bounds::CLEAN };
    check(&Condition::RATE_1M, &bounds);
}

#[test]
fn one_megabit_with_loss_carries_the_middle_layer() {
    // Target: 1% of the sound.
    let bounds = Bounds { recovers: millis(3_500), layer: 1, invented: 3.0, ..Bounds::STEADY };
    check(&Condition::RATE_1M_LOSSY, &bounds);
}

#[test]
fn three_megabits_carry_everything() {
    check(&Condition::RATE_3M, &Bounds { invented: 0.5, ..Bounds::CLEAN });
}

#[test]
fn a_step_down_and_up_again() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        call.worsen(HOME, HOME.with_rate(3_000_000));
        call.run(5);
        assert_eq!(call.picture().unwrap().layer(), Some(2), "seed {seed}");

        call.worsen(HOME, HOME.with_rate(300_000));
        let fluent = call.recovers(0, 15, secs(10)).expect("the picture goes on");
        call.run(3);
        let low = call.watch(15);
        println!("seed {seed}: fluent after {fluent:?}, {low:?}");
        assert!(fluent <= secs(2), "seed {seed}: {fluent:?}");
        assert_eq!(low.layer, Some(0), "spatial layers go first");
        assert!(low.frames_per_second >= 24.0, "seed {seed}: {low:?}");
        assert_eq!(low.freezes.count, 0, "seed {seed}: {low:?}");
        assert!(low.changes_per_minute == 0.0, "seed {seed}: {low:?}");
        // Target: nothing. A packet waits for a picture and a probe that went out before it.
        assert!(low.invented <= 0.025, "seed {seed}: {low:?}");

        call.worsen(HOME, HOME.with_rate(3_000_000));
        let back = call.recovers(2, 20, secs(30)).expect("the largest layer comes back");
        println!("seed {seed}: back after {back:?}");
        assert!(back <= secs(5), "seed {seed}: {back:?}");
    }
}

/// Four cameras, six Mbit/s together, of which the layers make 2.65 of 3 Mbit/s.
#[test]
fn what_is_there_is_used_soon_after_a_step_up() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        call.add_publishers(3, 1_280, 720);
        call.worsen(HOME, HOME.with_rate(3_000_000));
        call.run(10);
        let before = call.watch(5);
        call.worsen(HOME, HOME.with_rate(300_000));
        call.run(15);
        call.worsen(HOME, HOME.with_rate(3_000_000));
        call.run(5);
        let after = call.watch(5);
        println!("seed {seed}: before {:?}, after {:?}", before.used, after.used);
        // Whoever fills the line to the last layer has to give one up from time to time.
        assert!(before.used >= Some(0.7), "seed {seed}: {before:?}");
        assert!(after.used >= Some(0.8), "seed {seed}: {after:?}");
    }
}
