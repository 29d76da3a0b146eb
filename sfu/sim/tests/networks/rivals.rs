//! Others use the same bottleneck.

use std::time::{Duration, Instant};

use szpon_sfu_sim::{Call, ClientKey, ClientSetup, Freezes};

use crate::support::{SEEDS, millis, secs};

const RATE: u64 = 2_000_000;
/// What home routers have.
const QUEUE: Duration = Duration::from_millis(200);
const WATCHED: u64 = 30;

/// What one of two viewers got.
#[derive(Debug)]
struct Got {
    /// Of the wire, 0 to 1.
    share: f64,
    frames: f64,
    freezes: Freezes,
    changes_per_minute: f64,
}

fn bytes(call: &Call, viewer: ClientKey) -> u64 {
    call.world.client(viewer).video.values().map(|slot| slot.bytes).sum()
}

fn got(call: &Call, viewer: ClientKey, from: Instant, before: u64) -> Got {
    let to = call.world.now;
    let seconds = (to - from).as_secs_f64();
    let slot = call.world.client(viewer).video.values().next().expect("a camera is shown");
    Got {
        share: (bytes(call, viewer) - before) as f64 * 8.0 / seconds / RATE as f64,
        frames: slot.frames_since(from) as f64 / seconds,
        freezes: slot.freezes(from, to),
        changes_per_minute: slot.layer_changes(from, to) as f64 * 60.0 / seconds,
    }
}

/// The call keeps its smallest picture and its sound.
#[test]
fn a_download_does_not_starve_the_call() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        let wire = call.world.bottleneck(RATE, QUEUE);
        call.world.share_down(call.viewer, wire);
        call.run(5);
        let rival = call.world.rival(wire, Duration::from_millis(40));
        let fluent = call.recovers(0, 15, secs(10));
        call.run(5);
        let (before, ours, from) =
            (call.world.rival_bytes(rival), bytes(&call, call.viewer), call.world.now);
        let felt = call.watch(WATCHED);
        let got = got(&call, call.viewer, from, ours);
        let theirs = (call.world.rival_bytes(rival) - before) as f64 * 8.0;
        let theirs = theirs / WATCHED as f64 / RATE as f64;
        println!("seed {seed}: fluent {fluent:?}, {got:?}, {felt:?}, rival {theirs:.2}");
        assert!(fluent.is_some_and(|time| time <= secs(4)), "seed {seed}: {fluent:?}");
        assert!(got.frames >= 20.0, "seed {seed}: {got:?}");
        assert!(got.freezes.longest <= secs(1), "seed {seed}: {got:?}");
        assert!(felt.invented <= 0.05, "seed {seed}: {felt:?}");
        assert!(got.changes_per_minute <= 12.0, "seed {seed}: {got:?}");
        // Target: half of the wire for each. A drop-tail queue that is always full leaves those who
        // pace the less, and the middle layer takes a leap that the estimate seldom makes.
        // Measured: 7 to 11%.
        assert!(got.share >= 0.07, "seed {seed}: {got:?}");
        assert!(theirs >= 0.3, "seed {seed}: the download has {theirs}");

        call.world.stop_rival(rival);
        let back = call.recovers(2, 20, secs(20));
        println!("seed {seed}: back {back:?}");
        assert!(back.is_some_and(|time| time <= secs(8)), "seed {seed}: {back:?}");
    }
}

#[test]
fn two_calls_leave_each_other_a_share() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        let room = call.world.client(call.viewer).setup.room;
        let other = call.world.join(ClientSetup { red: true, ..ClientSetup::viewer(room) });
        call.world.view_cameras(other, &[call.publisher], 1_280, 720);
        let wire = call.world.bottleneck(RATE, QUEUE);
        call.world.share_down(call.viewer, wire);
        call.world.share_down(other, wire);
        call.run(12);
        let viewers = [call.viewer, other];
        // While they find out about each other, and then.
        for changes in [24.0, 12.0] {
            let before = viewers.map(|viewer| bytes(&call, viewer));
            let from = call.world.now;
            let felt = call.watch(WATCHED);
            for (viewer, before) in viewers.into_iter().zip(before) {
                let got = got(&call, viewer, from, before);
                println!("seed {seed}: {got:?}, {felt:?}");
                // Target: half of the wire for each. Whoever tries the largest layer makes the other's
                // estimate fall, which then takes eight seconds to come back. Measured: 12 to 30%.
                assert!(got.share >= 0.12, "seed {seed}: {got:?}");
                assert!(got.frames >= 20.0, "seed {seed}: {got:?}");
                assert!(got.freezes.longest <= millis(1_000), "seed {seed}: {got:?}");
                assert!(got.changes_per_minute <= changes, "seed {seed}: {got:?}");
            }
            assert!(felt.invented <= 0.04, "seed {seed}: {felt:?}");
        }
    }
}
