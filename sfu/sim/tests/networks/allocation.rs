//! What is shown when not everything fits, and when a publisher holds layers back.

use szpon_protocol::media::Source;
use szpon_sfu_sim::{Call, ClientSetup, Path, SvcCodec, SvcMode};

use crate::support::{SEEDS, millis, secs};

const HOME: Path = Path::GOOD.with_delay(std::time::Duration::from_millis(25));

/// Frames per second of screen and camera, and the camera's layer.
fn screen_beside_camera(seed: u64, rate: u64) -> (f64, f64, Option<u8>) {
    let with_screen = |setup: &mut ClientSetup| setup.sources.screen = true;
    let good = (Path::GOOD, Path::GOOD);
    let mut call = Call::with(seed, with_screen, good, good);
    let participant = call.world.participant(call.publisher);
    call.world.client_mut(call.publisher).enable(Source::Screen, true);
    let tiles =
        [(participant, Source::Screen, 1_280, 720), (participant, Source::Camera, 640, 360)];
    call.world.view(call.viewer, &tiles);
    call.run(3);
    call.worsen(HOME, HOME.with_rate(rate));
    call.run(12);
    let from = call.world.now;
    call.run(10);
    let shows = |source| call.world.client(call.viewer).shows(participant, source);
    let frames = |source| shows(source).map_or(0, |slot| slot.frames_since(from)) as f64 / 10.0;
    let layer = shows(Source::Camera).and_then(|slot| slot.usual_layer(from, call.world.now));
    (frames(Source::Screen), frames(Source::Camera), layer)
}

/// A shared screen of 500 kbit/s goes before the camera, and the camera takes what is left.
#[test]
fn a_screen_beside_a_camera_at_every_rate() {
    for seed in SEEDS {
        for (rate, screen, camera, layer) in [
            (400_000, 0.0, 15.0, Some(0)),
            (1_000_000, 20.0, 0.0, None),
            (1_500_000, 23.0, 23.0, Some(1)),
            (3_000_000, 24.0, 24.0, Some(1)),
        ] {
            let seen = screen_beside_camera(seed, rate);
            println!("seed {seed}, {rate}: {seen:?}");
            assert!(seen.0 >= screen, "seed {seed}, {rate}: {seen:?}");
            assert!(seen.1 >= camera && seen.2 >= layer, "seed {seed}, {rate}: {seen:?}");
        }
    }
}

#[test]
fn a_stalled_layer_gives_way_to_one_that_flows_and_comes_back() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        assert_eq!(call.picture().unwrap().layer(), Some(2));
        call.world.client_mut(call.publisher).hold_back(Source::Camera, 2, true);
        let next = call.recovers(0, 20, secs(6)).expect("another layer is shown");
        assert!(next <= millis(1_700), "seed {seed}: {next:?}");
        let felt = call.watch(6);
        assert_eq!(felt.layer, Some(1), "seed {seed}: {felt:?}");
        assert!(felt.frames_per_second >= 24.0, "seed {seed}: {felt:?}");
        call.world.client_mut(call.publisher).hold_back(Source::Camera, 2, false);
        let back = call.recovers(2, 20, secs(15)).expect("the largest layer comes back");
        println!("seed {seed}: next {next:?}, back {back:?}");
        assert!(back <= secs(5), "seed {seed}: {back:?}");
        let felt = call.watch(5);
        assert_eq!(felt.freezes.count, 0, "seed {seed}: {felt:?}");
    }
}

#[test]
fn layers_that_a_publisher_never_sends_are_not_waited_for() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        for layer in [1, 2] {
            call.world.client_mut(call.publisher).hold_back(Source::Camera, layer, true);
        }
        call.run(8);
        let felt = call.watch(8);
        assert_eq!(felt.layer, Some(0), "seed {seed}");
        assert!(felt.frames_per_second >= 24.0, "seed {seed}: {felt:?}");
        assert_eq!(felt.changes_per_minute, 0.0, "seed {seed}: {felt:?}");
        assert_eq!(felt.freezes.count, 0, "seed {seed}: {felt:?}");
    }
}

/// Layers in one stream give way to a narrow line without a keyframe, and to loss without a freeze.
#[test]
fn layers_of_one_stream_over_a_narrow_lossy_line() {
    for (seed, codec) in SEEDS.zip([SvcCodec::Vp9, SvcCodec::Av1]) {
        let mode = SvcMode { codec, spatial: 3, temporal: 3, key: false };
        let with_svc = |setup: &mut ClientSetup| *setup = setup.clone().with_svc(mode);
        let good = (Path::GOOD, Path::GOOD);
        let mut call = Call::with(seed, with_svc, good, good);
        call.run(3);
        assert_eq!(call.picture().unwrap().layer(), Some(2), "{codec:?}");
        call.worsen(HOME.with_loss(0.03), HOME.with_loss(0.03).with_rate(900_000));
        let fluent = call.recovers(0, 15, secs(10)).expect("the picture goes on");
        call.run(6);
        let felt = call.watch(15);
        println!("{codec:?}: fluent {fluent:?}, {felt:?}");
        assert!(fluent <= secs(3), "{codec:?}: {fluent:?}");
        assert_eq!(felt.layer, Some(1), "{codec:?}: {felt:?}");
        assert!(felt.frames_per_second >= 20.0, "{codec:?}: {felt:?}");
        assert!(felt.freezes.longest <= millis(500), "{codec:?}: {felt:?}");
        assert!(felt.changes_per_minute <= 12.0, "{codec:?}: {felt:?}");
        call.worsen(HOME, HOME);
        let back = call.recovers(2, 20, secs(20)).expect("the largest layer comes back");
        println!("{codec:?}: back {back:?}");
        assert!(back <= secs(8), "{codec:?}: {back:?}");
    }
}
