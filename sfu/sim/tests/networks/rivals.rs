//! Others use the same bottleneck.

use std::time::Duration;

use szpon_sfu_sim::{Call, ClientSetup};

use crate::support::{SEED, secs};

const RATE: u64 = 2_000_000;
/// What home routers have.
const QUEUE: Duration = Duration::from_millis(200);

#[test]
fn a_download_leaves_the_call_its_picture_and_its_sound() {
    for seed in SEED {
        let mut call = Call::new(seed);
        let wire = call.world.bottleneck(RATE, QUEUE);
        call.world.share_down(call.viewer, wire);
        call.run(5);
        let rival = call.world.rival(wire, Duration::from_millis(40));
        let fluent = call.recovers(0, 15, secs(10));
        call.run(5);
        let before = call.world.rival_bytes(rival);
        let felt = call.watch(20);
        let theirs = (call.world.rival_bytes(rival) - before) as f64 * 8.0 / 20.0 / RATE as f64;
        println!("seed {seed}: fluent {fluent:?}, {felt:?}, rival {theirs:.2}");
        assert!(fluent.is_some_and(|time| time <= secs(4)), "seed {seed}: {fluent:?}");
        assert!(felt.frames_per_second >= 15.0, "seed {seed}: {felt:?}");
        assert!(felt.freezes.longest <= secs(1), "seed {seed}: {felt:?}");
        assert!(felt.invented <= 0.02, "seed {seed}: {felt:?}");
        assert!(felt.changes_per_minute <= 12.0, "seed {seed}: {felt:?}");
        // We are no tyrants either.
        assert!(theirs >= 0.3, "seed {seed}: the download has {theirs}");

        call.world.stop_rival(rival);
        let back = call.recovers(2, 20, secs(20));
        println!("seed {seed}: back {back:?}");
        assert!(back.is_some_and(|time| time <= secs(8)), "seed {seed}: {back:?}");
    }
}

#[test]
fn two_calls_share_fairly() {
    for seed in SEED {
        let mut call = Call::new(seed);
        let room = call.world.client(call.viewer).setup.room;
        let other = call.world.join(ClientSetup { red: true, ..ClientSetup::viewer(room) });
        call.world.view_cameras(other, &[call.publisher], 1_280, 720);
        let wire = call.world.bottleneck(RATE, QUEUE);
        call.world.share_down(call.viewer, wire);
        call.world.share_down(other, wire);
        call.run(12);
        let from = call.world.now;
        let felt = call.watch(20);
        let receiver = call.world.client(other).video.values().next().unwrap();
        let theirs = receiver.freezes(from, call.world.now);
        let layers = (felt.layer, receiver.usual_layer(from, call.world.now));
        println!("seed {seed}: {felt:?}, other {theirs:?}, {layers:?}");
        // 2 Mbit/s hold the middle layer twice, or the largest once beside the smallest.
        assert!(layers.0 >= Some(1) && layers.1 >= Some(1), "seed {seed}: {layers:?}");
        // Targets: half a second of freezes, 0.5% of the sound, and twelve changes a minute.
        for freezes in [felt.freezes, theirs] {
            assert!(freezes.total <= Duration::from_millis(2_500), "seed {seed}: {freezes:?}");
        }
        let frames = receiver.frames_since(from) as f64 / 20.0;
        assert!(felt.frames_per_second >= 23.0 && frames >= 20.0, "seed {seed}: {frames}");
        assert!(felt.invented <= 0.04, "seed {seed}: {felt:?}");
        assert!(felt.changes_per_minute <= 18.0, "seed {seed}: {felt:?}");
    }
}
