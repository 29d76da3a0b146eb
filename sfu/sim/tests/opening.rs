//! The first picture of newcomers: at once where a keyframe is young, and otherwise a round trip to the
//! publisher later.

use std::time::Duration;

use szpon_protocol::{RoomId, media::Source};
use szpon_sfu_sim::{
    ClientKey, ClientSetup, FRAME_INTERVAL, Path, SvcCodec, SvcMode, VideoReceiver, World,
};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A publisher that somebody has watched for a while.
fn stage(seed: u64, change: impl FnOnce(ClientSetup) -> ClientSetup) -> (World, RoomId, ClientKey) {
    set(World::new(seed), change)
}

fn set(
    mut world: World,
    change: impl FnOnce(ClientSetup) -> ClientSetup,
) -> (World, RoomId, ClientKey) {
    let room = world.room();
    let publisher = world.join(change(ClientSetup::new(room)));
    let first = world.join(player(room));
    world.run_for(secs(10));
    assert!(world.client(first).frames_since(world.now - secs(1)) >= 22);
    (world, room, publisher)
}

/// One slot, and whatever comes, as large as it comes.
fn player(room: RoomId) -> ClientSetup {
    let setup = ClientSetup { video_slots: 1, audio_slots: 1, ..ClientSetup::viewer(room) };
    setup.of_every_codec().without_channel()
}

fn receiver(world: &World, viewer: ClientKey) -> &VideoReceiver {
    world.client(viewer).video.values().next().expect("something came")
}

/// From the end of the handshake to the first picture.
fn waited(world: &World, viewer: ClientKey) -> Duration {
    let connected = world.client(viewer).connected_at.expect("the viewer is connected");
    let first = receiver(world, viewer).shown.first().expect("something was shown");
    first.at.saturating_duration_since(connected)
}

/// So many join over this line, one after the other.
fn join_all(
    world: &mut World,
    room: RoomId,
    count: u32,
    every: Duration,
    down: Path,
) -> Vec<ClientKey> {
    let start = world.now;
    let viewers = (0..count)
        .map(|number| {
            world.run_until(start + every * number);
            world.join_over(player(room), Path::GOOD, down)
        })
        .collect();
    world.run_for(secs(3));
    viewers
}

/// All of them see the picture fluently, and none saw a jump.
fn assert_fluent(world: &World, viewers: &[ClientKey]) {
    for viewer in viewers {
        let receiver = receiver(world, *viewer);
        assert!(receiver.frames_since(world.now - secs(1)) >= 23, "viewer {viewer}");
        assert!(receiver.jumps.is_empty(), "viewer {viewer}: {:?}", receiver.jumps);
    }
}

#[test]
fn whoever_comes_alone_waits_for_a_round_trip_and_the_encoder() {
    // The camera takes 500 kbit/s, and a way is guessed to carry so much at first.
    for guess in [1_000_000, 400_000] {
        let world = World::with_config(1, |config| config.initial_bitrate = guess);
        let (mut world, room, publisher) =
            set(world, |setup| ClientSetup { simulcast: false, ..setup });
        let before = world.client(publisher).keyframes_sent(Source::Camera, 0);
        let viewers = join_all(&mut world, room, 1, Duration::ZERO, Path::GOOD);
        // To the publisher and back, its next frame, to the viewer, and the packets of a keyframe
        // apart.
        let expected = millis(20) + FRAME_INTERVAL + millis(10) + millis(50);
        let waited = waited(&world, viewers[0]);
        println!("{guess} bit/s: {waited:?}");
        assert!(waited <= expected, "{guess} bit/s: {waited:?}");
        assert_eq!(world.client(publisher).keyframes_sent(Source::Camera, 0) - before, 1);
        assert_fluent(&world, &viewers);
    }
}

#[test]
fn of_fifty_in_half_a_second_most_wait_for_nothing() {
    for simulcast in [false, true] {
        let (mut world, room, publisher) = stage(2, |setup| ClientSetup { simulcast, ..setup });
        let requests = world.core.counters().keyframe_requests;
        let sent = |world: &World| -> u64 {
            let layers = 0..if simulcast { 3 } else { 1 };
            layers.map(|layer| world.client(publisher).keyframes_sent(Source::Camera, layer)).sum()
        };
        let before = sent(&world);
        let viewers = join_all(&mut world, room, 50, millis(10), Path::GOOD);
        let mut waits: Vec<Duration> = viewers.iter().map(|v| waited(&world, *v)).collect();
        waits.sort();
        let requests = world.core.counters().keyframe_requests - requests;
        let keyframes = sent(&world) - before;
        println!("{requests} requests, {keyframes} keyframes, {waits:?}");
        assert!(waits[25] <= millis(60), "{waits:?}");
        assert!(waits[49] <= millis(250), "{waits:?}");
        // For the layer that the first estimate has room for, and for the one that it has soon.
        assert!(requests <= if simulcast { 6 } else { 4 }, "{requests} requests");
        assert_fluent(&world, &viewers);
    }
}

#[test]
fn what_is_lost_of_the_past_comes_again() {
    for seed in 3..6 {
        let (mut world, room, _) = stage(seed, |setup| ClientSetup { simulcast: false, ..setup });
        let bad = Path::GOOD.with_loss(0.05);
        let viewers = join_all(&mut world, room, 20, millis(20), bad);
        for viewer in viewers {
            // The handshake has losses and patience of its own.
            let Some(receiver) = world.client(viewer).video.values().next() else { continue };
            assert!(receiver.jumps.is_empty(), "viewer {viewer}: {:?}", receiver.jumps);
            assert!(receiver.asked <= 1, "viewer {viewer} asked {} times", receiver.asked);
        }
    }
}

#[test]
fn layers_in_one_stream_begin_in_the_past_as_well() {
    for codec in [SvcCodec::Vp9, SvcCodec::Av1] {
        let mode = SvcMode::new(codec, 3, 3);
        let (mut world, room, publisher) = stage(7, |setup| setup.with_svc(mode));
        let before = world.client(publisher).svc_keyframes_sent();
        let viewers = join_all(&mut world, room, 20, millis(20), Path::GOOD);
        let mut waits: Vec<Duration> = viewers.iter().map(|v| waited(&world, *v)).collect();
        waits.sort();
        println!("{waits:?}");
        assert!(waits[10] <= millis(60), "{waits:?}");
        let keyframes = world.client(publisher).svc_keyframes_sent() - before;
        assert!(keyframes <= 2, "{keyframes} keyframes");
        assert_fluent(&world, &viewers);
    }
}

#[test]
fn whoever_looks_away_for_a_moment_goes_on_without_a_jump() {
    let (mut world, room, publisher) = stage(8, |setup| setup);
    let viewer = world.join(ClientSetup { video_slots: 1, ..ClientSetup::viewer(room) });
    world.view_cameras(viewer, &[publisher], 640, 360);
    world.run_for(secs(4));
    for _ in 0..5 {
        let before = world.client(publisher).keyframes_sent(Source::Camera, 1);
        for _ in 0..3 {
            world.view(viewer, &[]);
            world.run_for(millis(60));
            world.view_cameras(viewer, &[publisher], 640, 360);
            world.run_for(millis(100));
        }
        let keyframes = world.client(publisher).keyframes_sent(Source::Camera, 1) - before;
        assert!(keyframes <= 1, "{keyframes} keyframes for three looks");
        world.run_for(secs(3));
        assert_fluent(&world, &[viewer]);
    }
}
