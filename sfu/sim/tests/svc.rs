//! Layers in one stream: cut for each subscriber, joined only where the stream allows it.

use std::time::Duration;

use str0m::media::Mid;
use szpon_protocol::{RoomId, media::Source};
use szpon_sfu_sim::{ClientKey, ClientSetup, Path, SvcCodec, SvcMode, World};

const VP9: SvcMode = SvcMode::new(SvcCodec::Vp9, 3, 3);
const AV1: SvcMode = SvcMode::new(SvcCodec::Av1, 3, 3);
const MODES: [SvcMode; 4] = [VP9, VP9.key(), AV1, AV1.key()];

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn layer_of(world: &World, viewer: ClientKey, publisher: ClientKey) -> Option<u8> {
    let participant = world.participant(publisher);
    world.client(viewer).slot_of(participant, Source::Camera)?.layer
}

/// The layer of the last picture that the viewer has shown.
fn shown(world: &World, viewer: ClientKey, publisher: ClientKey) -> Option<u8> {
    let participant = world.participant(publisher);
    world.client(viewer).shows(participant, Source::Camera)?.layer()
}

fn freeze(world: &World, viewer: ClientKey, publisher: ClientKey, time: Duration) -> Duration {
    let participant = world.participant(publisher);
    let receiver = world.client(viewer).shows(participant, Source::Camera).unwrap();
    receiver.longest_freeze(world.now - time, world.now)
}

/// No client saw a jump, or had to ask for a keyframe.
fn assert_smooth(world: &World, clients: &[ClientKey], mode: SvcMode) {
    for client in clients {
        let jumps = world.client(*client).jumps();
        assert!(jumps.is_empty(), "{mode:?}, client {client}: {jumps:?}");
        for receiver in world.client(*client).video.values() {
            assert_eq!(receiver.asked, 0, "{mode:?}, client {client}");
        }
    }
}

/// No jump in any picture; over a line that drops packets nothing can be said of sound.
fn assert_whole(world: &World, clients: &[ClientKey], mode: SvcMode) {
    for client in clients {
        for receiver in world.client(*client).video.values() {
            assert!(receiver.jumps.is_empty(), "{mode:?}, {client}: {:?}", receiver.jumps);
        }
    }
}

/// What the descriptor of AV1 says is what comes.
fn assert_told(world: &World, viewer: ClientKey, publisher: ClientKey, mode: SvcMode) {
    if mode.codec == SvcCodec::Av1 {
        let participant = world.participant(publisher);
        let receiver = world.client(viewer).shows(participant, Source::Camera).unwrap();
        assert_eq!(receiver.told(), receiver.layer(), "{mode:?}");
    }
}

/// The viewer shows the layer, is told so, and nothing stood still in the time before.
fn assert_shows(
    world: &World,
    (viewer, publisher): (ClientKey, ClientKey),
    layer: u8,
    mode: SvcMode,
    time: Duration,
) {
    assert_eq!(shown(world, viewer, publisher), Some(layer), "{mode:?}");
    assert_eq!(layer_of(world, viewer, publisher), Some(layer), "{mode:?}");
    assert_told(world, viewer, publisher, mode);
    let freeze = freeze(world, viewer, publisher, time);
    assert!(freeze < millis(200), "{mode:?}, layer {layer}: {freeze:?}");
}

/// A publisher in this mode and a viewer of its camera at this size, up for some seconds.
fn pair(seed: u64, mode: SvcMode, width: u16, height: u16) -> (World, ClientKey, ClientKey) {
    let mut world = World::new(seed);
    let room = world.room();
    let a = world.join(ClientSetup::new(room).with_svc(mode));
    let b = world.join(ClientSetup::viewer(room).of_every_codec());
    world.view_cameras(b, &[a], width, height);
    world.run_for(secs(6));
    (world, a, b)
}

#[test]
fn three_subscribers_get_three_layers_of_one_stream() {
    for (seed, mode) in (500..).zip(MODES) {
        let mut world = World::new(seed);
        let room = world.room();
        let a = world.join(ClientSetup::new(room).with_svc(mode));
        let rates = [320_000, 900_000, 5_000_000];
        let viewers = rates.map(|rate| {
            let setup = ClientSetup::viewer(room).of_every_codec();
            world.join_over(setup, Path::GOOD, Path::GOOD.with_rate(rate))
        });
        for viewer in viewers {
            world.view_cameras(viewer, &[a], 1_280, 720);
        }
        world.run_for(secs(25));
        for (layer, viewer) in (0..).zip(viewers) {
            assert_shows(&world, (viewer, a), layer, mode, secs(5));
            let frames = world.client(viewer).frames_since(world.now - secs(5));
            assert!(frames >= 115, "{mode:?}, layer {layer}: {frames} frames in five seconds");
        }
        assert_whole(&world, &viewers, mode);
        // Somebody needs each of them.
        let told = world.client(a).inbox.layers.get(&Source::Camera);
        assert!(told.is_none_or(|active| *active == [true; 3]), "{mode:?}: {told:?}");
    }
}

#[test]
fn the_layer_follows_the_size_of_the_tile_down_at_once_and_up_again() {
    for (seed, mode) in (510..).zip(MODES) {
        let (mut world, a, b) = pair(seed, mode, 1_280, 720);
        assert_eq!(shown(&world, b, a), Some(2), "{mode:?}");
        for (width, height, layer) in [(320, 180, 0), (640, 360, 1), (320, 180, 0), (1_280, 720, 2)]
        {
            let before = layer_of(&world, b, a);
            let keyframes = world.client(a).svc_keyframes_sent();
            world.view_cameras(b, &[a], width, height);
            if before > Some(layer) {
                world.run_for(millis(300));
                assert_eq!(shown(&world, b, a), Some(layer), "{mode:?}");
                assert_eq!(world.client(a).svc_keyframes_sent(), keyframes, "{mode:?}");
            }
            world.run_for(secs(2));
            assert_shows(&world, (b, a), layer, mode, secs(2));
        }
        assert_smooth(&world, &[b], mode);
    }
}

#[test]
fn the_layer_follows_the_bandwidth_down_and_up() {
    for (seed, mode) in (520..).zip(MODES) {
        let (mut world, a, b) = pair(seed, mode, 1_280, 720);
        world.set_down(b, Path::GOOD.with_rate(700_000));
        assert!(world.run_until_true(secs(6), |world| {
            layer_of(world, b, a).is_some_and(|layer| layer < 2)
        }));
        world.run_for(secs(10));
        let frames = world.client(b).frames_since(world.now - secs(4));
        assert!(frames >= 80, "{mode:?}: {frames} frames in four seconds at 700 kbit/s");
        world.set_down(b, Path::GOOD);
        assert!(
            world.run_until_true(secs(30), |world| layer_of(world, b, a) == Some(2)),
            "{mode:?}: {:?}",
            layer_of(&world, b, a)
        );
        world.run_for(secs(2));
        assert_eq!(shown(&world, b, a), Some(2), "{mode:?}");
        assert!(world.client(b).frames_since(world.now - secs(1)) >= 22, "{mode:?}");
        assert_told(&world, b, a, mode);
    }
}

#[test]
fn lost_packets_come_again() {
    for (seed, mode) in (530..).zip(MODES) {
        for (up, down, width, height) in [(0.05, 0.0, 640, 360), (0.0, 0.05, 1_280, 720)] {
            let mut world = World::new(seed);
            let room = world.room();
            let line = Path::GOOD.with_delay(millis(25));
            let sends = ClientSetup::new(room).with_svc(mode);
            let a = world.join_over(sends, line.with_loss(up), line);
            let takes = ClientSetup::viewer(room).of_every_codec();
            let b = world.join_over(takes, line, line.with_loss(down));
            world.view_cameras(b, &[a], width, height);
            world.run_for(secs(4));
            let since = world.now;
            world.run_for(secs(10));
            let participant = world.participant(a);
            let receiver = world.client(b).shows(participant, Source::Camera).unwrap();
            let frames = receiver.frames_since(since);
            assert!(frames > 235, "{mode:?}: {frames} of 250 frames with {up} and {down} lost");
            let freeze = receiver.longest_freeze(since, world.now);
            assert!(freeze < secs(1), "{mode:?}: {freeze:?}");
            assert!(receiver.jumps.is_empty(), "{mode:?}: {:?}", receiver.jumps);
        }
    }
}

#[test]
fn reordering_changes_nothing() {
    for (seed, mode) in (540..).zip(MODES) {
        let mut world = World::new(seed);
        let room = world.room();
        let jumpy = Path::GOOD.with_reordering(millis(12));
        let a = world.join_over(ClientSetup::new(room).with_svc(mode), jumpy, jumpy);
        let b = world.join_over(ClientSetup::viewer(room).of_every_codec(), jumpy, jumpy);
        for (width, height) in [(640, 360), (320, 180), (1_280, 720), (640, 360)] {
            world.view_cameras(b, &[a], width, height);
            world.run_for(secs(5));
            let frames = world.client(b).frames_since(world.now - secs(1));
            assert!(frames >= 22, "{mode:?}: {frames} at {width}");
        }
    }
}

#[test]
fn a_layer_that_needs_a_keyframe_waits_for_it() {
    for (seed, mode) in (550..).zip([VP9.key(), AV1.key()]) {
        let (mut world, a, b) = pair(seed, mode, 320, 180);
        assert_eq!(shown(&world, b, a), Some(0), "{mode:?}");
        // Nobody needs the others, and they were switched off. Somebody else needs them now.
        let room = world.client(a).setup.room;
        let c = world.join(ClientSetup::viewer(room).of_every_codec());
        world.view_cameras(c, &[a], 1_280, 720);
        world.run_for(secs(5));
        let keyframes = world.client(a).svc_keyframes_sent();
        // The keyframe is asked for, and is late: until it comes nothing changes.
        world.set_up(a, Path::GOOD.with_delay(millis(400)));
        let since = world.now;
        world.view_cameras(b, &[a], 1_280, 720);
        assert!(world.run_until_true(secs(3), |world| shown(world, b, a) == Some(2)), "{mode:?}");
        let participant = world.participant(a);
        let receiver = world.client(b).shows(participant, Source::Camera).unwrap();
        let first = receiver.shown.iter().find(|one| one.at > since && one.layer == 2).unwrap();
        assert!(first.keyframe, "{mode:?}");
        let keyframes = world.client(a).svc_keyframes_sent() - keyframes;
        assert!((1..=2).contains(&keyframes), "{mode:?}: {keyframes} keyframes");
        assert!(freeze(&world, b, a, world.now - since) < millis(600), "{mode:?}");
        assert_smooth(&world, &[b, c], mode);
    }
}

#[test]
fn layers_that_nobody_needs_are_switched_off_and_on_again() {
    for (seed, mode) in (560..).zip(MODES) {
        let (mut world, a, b) = pair(seed, mode, 320, 180);
        assert_eq!(world.client(a).inbox.layers[&Source::Camera], [true, false, false]);
        world.view_cameras(b, &[a], 640, 360);
        assert!(world.run_until_true(secs(3), |world| shown(world, b, a) == Some(1)), "{mode:?}");
        world.run_for(secs(6));
        assert_eq!(world.client(a).inbox.layers[&Source::Camera], [true, true, false]);
        world.view_cameras(b, &[a], 1_280, 720);
        assert!(world.run_until_true(secs(3), |world| shown(world, b, a) == Some(2)), "{mode:?}");
        assert_eq!(world.client(a).inbox.layers[&Source::Camera], [true, true, true]);
        assert_smooth(&world, &[b], mode);
    }
}

#[test]
fn a_publisher_that_drops_its_top_layer_is_followed_down_and_up() {
    for (seed, mode) in (570..).zip(MODES) {
        // An encoder that nobody tells which layers are needed.
        let mut world = World::new(seed);
        let room = world.room();
        let a = world.join(ClientSetup::new(room).with_svc(mode).without_channel());
        let b = world.join(ClientSetup::viewer(room).of_every_codec());
        world.view_cameras(b, &[a], 1_280, 720);
        world.run_for(secs(6));
        assert_eq!(shown(&world, b, a), Some(2), "{mode:?}");
        world.client_mut(a).set_svc_layers(2);
        world.run_for(secs(8));
        assert_eq!(shown(&world, b, a), Some(1), "{mode:?}");
        assert_eq!(layer_of(&world, b, a), Some(1), "{mode:?}");
        assert_told(&world, b, a, mode);
        let dropped = freeze(&world, b, a, secs(8));
        assert!(dropped < millis(200), "{mode:?}: {dropped:?}");
        world.client_mut(a).set_svc_layers(3);
        assert!(world.run_until_true(secs(8), |world| shown(world, b, a) == Some(2)), "{mode:?}");
        assert!(freeze(&world, b, a, secs(2)) < millis(200), "{mode:?}");
        assert_smooth(&world, &[b], mode);
    }
}

#[test]
fn a_structure_changes_in_the_middle() {
    for (seed, mode) in (580..).zip(MODES) {
        let (mut world, a, b) = pair(seed, mode, 1_280, 720);
        let smaller = SvcMode { spatial: 2, temporal: 1, ..mode };
        let single = SvcMode { spatial: 1, temporal: 3, ..mode };
        for (next, layer) in [(smaller, 1), (single, 0), (mode, 2)] {
            world.client_mut(a).set_svc_mode(next);
            world.run_for(secs(6));
            assert_shows(&world, (b, a), layer, next, secs(6));
        }
        assert_smooth(&world, &[b], mode);
    }
}

#[test]
fn a_slot_switches_between_simulcast_and_layers_in_one_stream() {
    for (seed, mode) in (590..).zip(MODES) {
        let mut world = World::new(seed);
        let room = world.room();
        let simulcast = world.join(ClientSetup::new(room));
        let svc = world.join(ClientSetup::new(room).with_svc(mode));
        let viewer = world
            .join(ClientSetup { video_slots: 1, ..ClientSetup::viewer(room).of_every_codec() });
        for round in 0..8 {
            let publisher = [simulcast, svc][round % 2];
            let (width, height, layer) = [(640, 360, 1), (1_280, 720, 2)][round / 2 % 2];
            world.view_cameras(viewer, &[publisher], width, height);
            let since = world.now;
            world.run_for(secs(2));
            let receiver = world.client(viewer).video.values().next().unwrap();
            let frames =
                receiver.shown.iter().filter(|s| s.at > since && s.sender == publisher as u32);
            assert!(frames.count() > 25, "{mode:?}, round {round}");
            assert_eq!(receiver.layer(), Some(layer), "{mode:?}, round {round}");
        }
        assert_eq!(world.client(viewer).video.len(), 1);
        assert_smooth(&world, &[viewer], mode);
    }
}

#[test]
fn who_does_not_take_the_descriptor_gets_the_smallest_layer_of_av1() {
    for (seed, mode) in (600..).zip([AV1, AV1.key()]) {
        let mut world = World::new(seed);
        let room = world.room();
        let a = world.join(ClientSetup::new(room).with_svc(mode));
        let plain = ClientSetup { described: false, ..ClientSetup::viewer(room).of_every_codec() };
        let b = world.join(plain);
        world.view_cameras(b, &[a], 1_280, 720);
        world.run_for(secs(6));
        assert_eq!(layer_of(&world, b, a), Some(0), "{mode:?}");
        let slot = world.client(b).slot_of(world.participant(a), Source::Camera).unwrap();
        let packets = world.client(b).video[&Mid::from(slot.mid.as_str())].packets;
        assert!(packets > 100, "{mode:?}: {packets}");
    }
}

#[test]
fn frames_are_thinned_out_when_the_smallest_layer_does_not_fit() {
    for (seed, mode) in (610..).zip(MODES) {
        let mut world = World::new(seed);
        let room = world.room();
        let publishers: Vec<_> =
            (0..3).map(|_| world.join(ClientSetup::new(room).with_svc(mode))).collect();
        let viewer = ClientSetup::viewer(room).of_every_codec();
        let b = world.join_over(viewer, Path::GOOD, Path::GOOD.with_rate(330_000));
        world.view_cameras(b, &publishers, 320, 180);
        world.run_for(secs(20));
        let frames = world.client(b).frames_since(world.now - secs(5));
        // Of 375 that three cameras send.
        assert!((90..340).contains(&frames), "{mode:?}: {frames}");
        assert_whole(&world, &[b], mode);
    }
}

#[test]
fn encoders_and_players_of_others_are_served_too() {
    for (seed, mode) in (620..).zip(MODES) {
        let mut world = World::new(seed);
        let room = world.room();
        let a = world.join(ClientSetup::new(room).with_svc(mode).without_channel());
        let takes = ClientSetup { video_slots: 1, ..ClientSetup::viewer(room).of_every_codec() };
        let b = world.join_over(takes.without_channel(), Path::GOOD, Path::GOOD.with_rate(900_000));
        world.run_for(secs(15));
        assert!(world.client(b).frames_since(world.now - secs(4)) >= 90, "{mode:?}");
        let receiver = world.client(b).video.values().next().unwrap();
        assert_eq!(receiver.layer(), Some(1), "{mode:?}");
        assert!(world.client(a).is_connected());
        assert_smooth(&world, &[b], mode);
    }
}

/// Publishers on the first of two shards, as far from their viewers as can be in one node.
fn elsewhere(seed: u64, modes: &[SvcMode]) -> (World, RoomId, Vec<ClientKey>) {
    let mut world = World::of_shards(seed, 2, |_| {});
    let room = world.room();
    let publishers =
        modes.iter().map(|mode| world.join_on(0, ClientSetup::new(room).with_svc(*mode))).collect();
    (world, room, publishers)
}

#[test]
fn subscribers_on_another_shard_get_three_layers_of_one_stream() {
    for (seed, modes) in (630..).zip([[VP9, AV1], [VP9.key(), AV1.key()]]) {
        let (mut world, room, publishers) = elsewhere(seed, &modes);
        let rates = [320_000, 900_000, 5_000_000];
        let mut viewers = Vec::new();
        for publisher in &publishers {
            viewers.push(rates.map(|rate| {
                let setup = ClientSetup::viewer(room).of_every_codec();
                let down = Path::GOOD.with_rate(rate);
                let viewer = world.try_join_on(1, setup, Path::GOOD, down).unwrap();
                world.view_cameras(viewer, &[*publisher], 1_280, 720);
                viewer
            }));
        }
        world.run_for(secs(25));
        for ((mode, a), viewers) in modes.into_iter().zip(publishers).zip(viewers) {
            for (layer, viewer) in (0..).zip(viewers) {
                assert_shows(&world, (viewer, a), layer, mode, secs(5));
                let frames = world.client(viewer).frames_since(world.now - secs(5));
                assert!(frames >= 115, "{mode:?}, layer {layer}: {frames} frames in five seconds");
            }
            assert_whole(&world, &viewers, mode);
        }
        let spread = world.shard(1).spread();
        assert_eq!((spread.mirrors, spread.members_elsewhere), (4, 2), "a camera and sound each");
    }
}

#[test]
fn who_looks_late_on_another_shard_gets_what_was_switched_off() {
    for (seed, mode) in (640..).zip(MODES) {
        let (mut world, room, publishers) = elsewhere(seed, &[mode]);
        let a = publishers[0];
        let home = world.join(ClientSetup::viewer(room).of_every_codec());
        world.view_cameras(home, &[a], 320, 180);
        world.run_for(secs(6));
        assert_eq!(world.client(a).inbox.layers[&Source::Camera], [true, false, false]);
        // The keyframe that it asks for has one layer; that there are more it knows from the home.
        let b = world.join_on(1, ClientSetup::viewer(room).of_every_codec());
        for (width, height, layer) in [(320, 180, 0), (1_280, 720, 2), (640, 360, 1)] {
            world.view_cameras(b, &[a], width, height);
            let reached = world.run_until_true(secs(5), |world| shown(world, b, a) == Some(layer));
            assert!(reached, "{mode:?}, {width}: {:?}", shown(&world, b, a));
            world.run_for(secs(6));
            assert_told(&world, b, a, mode);
            let freeze = freeze(&world, b, a, secs(5));
            assert!(freeze < millis(200), "{mode:?}, layer {layer}: {freeze:?}");
        }
        assert_eq!(shown(&world, home, a), Some(0), "{mode:?}");
        assert_eq!(world.client(a).inbox.layers[&Source::Camera], [true, true, false]);
        assert_smooth(&world, &[home, b], mode);
    }
}

#[test]
fn packets_lost_between_shards_come_again() {
    for (seed, mode) in (650..).zip(MODES) {
        let (mut world, room, publishers) = elsewhere(seed, &[mode]);
        let a = publishers[0];
        let b = world.join_on(1, ClientSetup::viewer(room).of_every_codec());
        world.client_mut(b).ordered = false;
        world.relay_loss = 0.02;
        world.view_cameras(b, &[a], 640, 360);
        world.run_for(secs(4));
        let since = world.now;
        world.run_for(secs(10));
        let receiver = world.client(b).shows(world.participant(a), Source::Camera).unwrap();
        let frames = receiver.frames_since(since);
        assert!(frames > 235, "{mode:?}: {frames} of 250 frames");
        assert!(receiver.longest_freeze(since, world.now) < secs(1), "{mode:?}");
        assert_eq!(receiver.layer(), Some(1), "{mode:?}");
        assert!(receiver.jumps.is_empty(), "{mode:?}: {:?}", receiver.jumps);
    }
}

#[test]
fn who_does_not_take_the_descriptor_gets_the_smallest_layer_on_another_shard_too() {
    let (mut world, room, publishers) = elsewhere(660, &[AV1]);
    let plain = ClientSetup { described: false, ..ClientSetup::viewer(room).of_every_codec() };
    world.run_for(secs(2));
    let b = world.join_on(1, plain);
    world.view_cameras(b, &publishers, 1_280, 720);
    for _ in 0..60 {
        world.run_for(millis(100));
        let layer = layer_of(&world, b, publishers[0]);
        assert!(layer.is_none_or(|layer| layer == 0), "{layer:?}");
    }
    let slot = world.client(b).slot_of(world.participant(publishers[0]), Source::Camera).unwrap();
    assert_eq!(slot.layer, Some(0));
    let packets = world.client(b).video[&Mid::from(slot.mid.as_str())].packets;
    assert!(packets > 100, "{packets}");
}
