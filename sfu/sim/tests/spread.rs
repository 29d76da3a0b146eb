//! One room on several shards.

use std::time::Duration;

use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    bus::{NodeCommand, NodeEvent},
    media::{Quality, SlotMedia, Source, SourceSet},
};
use szpon_sfu_core::{OpenError, Spread};
use szpon_sfu_sim::{ClientKey, ClientSetup, Path, World};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn node(seed: u64, shards: usize) -> (World, RoomId) {
    let mut world = World::of_shards(seed, shards, |_| {});
    let room = world.room();
    (world, room)
}

/// A publisher on the first shard, a viewer on the second.
fn pair(seed: u64) -> (World, RoomId, ClientKey, ClientKey) {
    let (mut world, room) = node(seed, 2);
    let a = world.join_on(0, ClientSetup::new(room));
    let b = world.join_on(1, ClientSetup::viewer(room));
    world.view_cameras(b, &[a], 1_280, 720);
    (world, room, a, b)
}

fn frames(world: &World, viewer: ClientKey, of: ClientKey, time: Duration) -> usize {
    let shown = world.client(viewer).shows(world.participant(of), Source::Camera);
    shown.map_or(0, |receiver| receiver.frames_since(world.now - time))
}

fn layer(world: &World, viewer: ClientKey, of: ClientKey) -> Option<u8> {
    let feed = world.client(viewer).slot_of(world.participant(of), Source::Camera)?;
    feed.layer
}

fn gone(world: &World, session: SessionId) -> usize {
    let is =
        |event: &NodeEvent| matches!(event, NodeEvent::Gone { session: s, .. } if *s == session);
    world.events.iter().filter(|(_, event)| is(event)).count()
}

fn assert_empty(world: &World) {
    for shard in world.shards() {
        assert_eq!(shard.load(), (0, 0), "sessions and rooms");
        assert_eq!(shard.flows(), 0);
        assert_eq!(shard.spread(), Spread::default());
    }
    assert!(world.bound.is_empty(), "{:?}", world.bound);
}

#[test]
fn people_on_different_shards_see_and_hear_each_other() {
    let (mut world, room) = node(100, 3);
    let people: Vec<_> = (0..6).map(|n| world.join_on(n % 3, ClientSetup::new(room))).collect();
    for person in &people {
        world.view_cameras(*person, &people, 320, 180);
        world.client_mut(*person).speak(30);
    }
    world.run_for(secs(8));
    for viewer in &people {
        for other in people.iter().filter(|other| *other != viewer) {
            let seen = frames(&world, *viewer, *other, secs(1));
            assert!(seen >= 24, "{viewer} sees {seen} frames of {other}");
        }
        let since = world.now - secs(1);
        let heard =
            people.iter().map(|other| world.client(*viewer).heard_from(*other as u32, since));
        let heard = heard.filter(|packets| *packets >= 45).count();
        assert_eq!(heard, 3, "{viewer} hears as many as there are slots");
        assert!(world.client(*viewer).jumps().is_empty(), "{:?}", world.client(*viewer).jumps());
    }
    for (key, shard) in world.shards().enumerate() {
        let spread = shard.spread();
        // Camera and microphone of four; sound goes everywhere, and so does every camera here.
        let expected =
            Spread { rooms: 1, rooms_elsewhere: 1, members_elsewhere: 4, mirrors: 8, relays: 8 };
        assert_eq!(spread, expected, "shard {key}");
    }
    for person in people {
        world.leave(person);
    }
    world.run_for(secs(1));
    assert_empty(&world);
}

#[test]
fn one_room_on_one_shard_tells_the_others_nothing_but_that() {
    let (mut world, room) = node(101, 2);
    let a = world.join(ClientSetup::new(room));
    let b = world.join(ClientSetup::new(room));
    world.view_cameras(a, &[b], 640, 360);
    world.run_for(secs(3));
    assert_eq!(world.shard(0).spread(), Spread::default());
    assert_eq!(world.shard(1).spread(), Spread { rooms_elsewhere: 1, ..Spread::default() });
    assert_eq!(world.shard(0).counters().packets_relayed, 0);
    world.leave(a);
    world.leave(b);
    world.run_for(millis(1));
    assert_empty(&world);
}

#[test]
fn a_packet_goes_once_to_another_shard_however_many_watch_there() {
    let (mut world, room) = node(102, 2);
    let a = world.join(ClientSetup::new(room));
    world.client_mut(a).speak(30);
    for _ in 0..8 {
        let viewer = world.join_on(1, ClientSetup::viewer(room));
        world.view_cameras(viewer, &[a], 1_280, 720);
    }
    world.run_for(secs(12));
    let before: Vec<_> = world.shards().map(|shard| shard.counters()).collect();
    world.run_for(secs(4));
    let after: Vec<_> = world.shards().map(|shard| shard.counters()).collect();
    let relayed = after[0].packets_relayed - before[0].packets_relayed;
    let mirrored = after[1].packets_mirrored - before[1].packets_mirrored;
    let forwarded = after[1].packets_forwarded - before[1].packets_forwarded;
    assert_eq!(after[0].packets_forwarded, 0, "nobody watches at home");
    assert!(relayed.abs_diff(mirrored) <= 10, "{relayed} {mirrored}");
    // Once settled nothing but the layer that all of them see goes over, and the sound.
    let share = forwarded as f64 / mirrored as f64;
    assert!((7.8..=8.0).contains(&share), "{forwarded} of {mirrored}");
}

#[test]
fn layers_follow_the_view_on_another_shard() {
    let (mut world, _, a, b) = pair(103);
    let at = |world: &World| layer(world, b, a);
    assert!(world.run_until_true(secs(15), |world| at(world) == Some(2)), "{:?}", at(&world));
    for (width, height, expected) in [(160, 90, 0), (640, 360, 1), (1_280, 720, 2)] {
        world.view_cameras(b, &[a], width, height);
        let reached = world.run_until_true(secs(5), |world| at(world) == Some(expected));
        assert!(reached, "{width}: {:?}", at(&world));
        let since = world.now;
        world.run_for(secs(2));
        let receiver = world.client(b).shows(world.participant(a), Source::Camera).unwrap();
        assert!(receiver.frames_since(since) >= 48, "{width}");
        assert!(receiver.longest_freeze(since, world.now) < millis(200));
    }
    assert!(world.client(b).jumps().is_empty());
}

#[test]
fn who_looks_late_on_another_shard_sees_at_once() {
    let (mut world, room) = node(118, 2);
    let a = world.join(ClientSetup::new(room));
    let b = world.join_on(1, ClientSetup::viewer(room));
    // Long enough for every layer to be switched off, and to be given up.
    world.run_for(secs(12));
    assert_eq!(world.shard(1).spread().mirrors, 2);
    world.view_cameras(b, &[a], 640, 360);
    assert!(world.run_until_true(secs(1), |world| layer(world, b, a).is_some()));
    assert!(world.run_until_true(secs(5), |world| layer(world, b, a) == Some(1)));
}

#[test]
fn layers_that_nobody_needs_on_any_shard_go_off_and_come_back() {
    let (mut world, room, a, b) = pair(104);
    let c = world.join(ClientSetup::viewer(room));
    world.view_cameras(c, &[a], 160, 90);
    world.view_cameras(b, &[a], 640, 360);
    let told = |world: &World| world.client(a).inbox.layers.get(&Source::Camera).copied();
    world.run_for(secs(10));
    assert_eq!(told(&world), Some([true, true, false]));
    world.view_cameras(b, &[], 0, 0);
    world.run_for(secs(6));
    assert_eq!(told(&world), Some([true, false, false]));
    world.leave(c);
    world.run_for(secs(6));
    assert_eq!(told(&world), Some([false, false, false]));
    world.view_cameras(b, &[a], 1_280, 720);
    assert!(world.run_until_true(secs(5), |world| layer(world, b, a) == Some(2)));
    world.run_for(secs(6));
    assert_eq!(told(&world), Some([true, false, true]));
}

#[test]
fn a_storm_of_joins_on_all_shards_costs_the_publisher_few_keyframes() {
    let (mut world, room) = node(105, 3);
    let a = world.join(ClientSetup::new(room));
    world.run_for(secs(2));
    let before: u64 =
        (0..3).map(|layer| world.client(a).keyframes_sent(Source::Camera, layer)).sum();
    let viewers: Vec<_> = (0..60)
        .map(|n| {
            let viewer = world.join_on(n % 3, ClientSetup::viewer(room));
            world.view_cameras(viewer, &[a], 640, 360);
            world.run_for(millis(16));
            viewer
        })
        .collect();
    world.run_for(secs(2));
    for viewer in viewers {
        assert!(frames(&world, viewer, a, secs(1)) >= 24, "{viewer}");
    }
    let after: u64 =
        (0..3).map(|layer| world.client(a).keyframes_sent(Source::Camera, layer)).sum();
    // One for each layer and half second at most, while it lasts.
    assert!(after - before <= 18, "{}", after - before);
    let wanted: u64 = world.shards().map(|shard| shard.counters().keyframe_requests).sum();
    assert_eq!(wanted, world.shard(0).counters().keyframe_requests, "only the home asks");
}

#[test]
fn what_is_lost_is_repeated_by_the_shard_of_whoever_lost_it() {
    let (mut world, _, a, b) = pair(106);
    world.view_cameras(b, &[a], 640, 360);
    world.run_for(secs(4));
    world.set_down(b, Path::GOOD.with_loss(0.05));
    world.client_mut(b).ordered = false;
    let (since, keyframes) = (world.now, world.client(a).keyframes_sent(Source::Camera, 1));
    world.run_for(secs(10));
    let receiver = world.client(b).shows(world.participant(a), Source::Camera).unwrap();
    let frames = receiver.frames_since(since);
    assert!(frames >= 240, "{frames} of 250");
    assert!(world.client(a).keyframes_sent(Source::Camera, 1) - keyframes <= 2);
    assert_eq!(world.shard(0).counters().nacks_received, 0);
    assert!(world.shard(1).counters().nacks_received >= 20);
}

/// What the largest layer loses on the publisher's way cannot be had again in time.
#[test]
fn a_layer_that_cannot_be_mended_is_avoided_on_every_shard() {
    let (mut world, room, a, b) = pair(113);
    let here = world.join_on(0, ClientSetup::viewer(room));
    world.view_cameras(here, &[a], 1_280, 720);
    world.run_for(secs(6));
    assert_eq!([here, b].map(|viewer| layer(&world, viewer, a)), [Some(2); 2]);
    let endless = Path::GOOD.with_delay(millis(1_700));
    world.set_up(a, endless.with_loss(0.03));
    world.set_down(a, endless);
    world.run_for(secs(15));
    let late = world.join_on(1, ClientSetup::viewer(room));
    world.view_cameras(late, &[a], 1_280, 720);
    world.run_for(secs(5));
    let shown = [here, b, late].map(|viewer| layer(&world, viewer, a));
    assert!(shown.iter().all(|layer| *layer <= Some(1)), "{shown:?}");
    assert_eq!(world.client(a).inbox.layers[&Source::Camera], [true, true, false]);
}

#[test]
fn moderation_reaches_every_shard() {
    let (mut world, room, a, b) = pair(107);
    let d = world.join_on(1, ClientSetup::new(room));
    world.client_mut(a).speak(30);
    world.run_for(secs(4));
    let participant = world.participant(a);
    let allow = |sources| NodeCommand::Allow { room, participant, sources };
    world.command(allow(SourceSet { microphone: true, ..SourceSet::NONE }));
    world.run_for(millis(300));
    let since = world.now;
    world.run_for(secs(1));
    assert!(world.client(b).slot_of(participant, Source::Camera).is_none());
    assert_eq!(world.client(b).frames_since(since), 0);
    assert!(world.client(b).heard_from(a as u32, since) >= 45);
    world.command(allow(SourceSet { camera: true, ..SourceSet::NONE }));
    world.run_for(secs(1));
    let since = world.now;
    world.run_for(secs(1));
    assert_eq!(world.client(b).heard_from(a as u32, since), 0);
    assert!(frames(&world, b, a, secs(1)) >= 24);
    assert!(world.client(d).inbox.speakers.is_empty(), "who is muted does not speak");
    // The mask holds for a session on another shard.
    let setup = ClientSetup { participant, ..ClientSetup::new(room) };
    let again = world.join_on(1, setup);
    world.client_mut(again).speak(20);
    world.run_for(secs(3));
    let since = world.now;
    world.run_for(secs(1));
    assert_eq!(world.client(b).heard_from(again as u32, since), 0);
    assert!(frames(&world, b, again, secs(1)) >= 24);
    // Removal and the end of the room.
    world.command(NodeCommand::Remove { room, participant });
    world.run_for(millis(500));
    assert_eq!(gone(&world, world.client(again).session), 1);
    assert!(world.client(b).slot_of(participant, Source::Camera).is_none());
    world.command(NodeCommand::Close { room });
    world.run_for(secs(1));
    assert_empty(&world);
}

#[test]
fn everybody_is_told_of_the_same_speakers() {
    let (mut world, room) = node(108, 3);
    let people: Vec<_> = (0..9).map(|n| world.join_on(n % 3, ClientSetup::new(room))).collect();
    let told = |world: &World, person: ClientKey| -> Vec<ParticipantId> {
        world.client(person).inbox.speakers.iter().map(|speaker| speaker.participant).collect()
    };
    world.run_for(secs(1));
    for speakers in [vec![4, 2], vec![8], vec![0, 4, 5], vec![]] {
        for (rank, speaker) in speakers.iter().enumerate() {
            world.client_mut(people[*speaker]).speak(20 + 8 * rank as u8);
        }
        world.run_for(secs(3));
        let expected: Vec<_> = speakers.iter().map(|n| world.participant(people[*n])).collect();
        for person in &people {
            assert_eq!(told(&world, *person), expected, "{person}");
        }
        for speaker in &speakers {
            let since = world.now - secs(1);
            for person in people.iter().filter(|person| **person != people[*speaker]) {
                let heard = world.client(*person).heard_from(people[*speaker] as u32, since);
                assert!(heard >= 45, "{person} hears {heard} of {speaker}");
            }
            world.client_mut(people[*speaker]).speak(127);
        }
        world.run_for(secs(3));
    }
    // Whoever decided it goes; another shard goes on.
    for shard_of_first in [0, 3, 6] {
        world.leave(people[shard_of_first]);
    }
    world.client_mut(people[5]).speak(25);
    world.run_for(secs(3));
    for person in [1, 2, 4, 5, 7, 8] {
        assert_eq!(told(&world, people[person]), [world.participant(people[5])], "{person}");
    }
}

#[test]
fn how_well_somebody_is_connected_is_told_on_all_shards() {
    let (mut world, room) = node(109, 2);
    let a = world.join_on(0, ClientSetup::new(room));
    let b = world.join_on(1, ClientSetup::new(room));
    world.view_cameras(a, &[b], 640, 360);
    world.run_for(secs(5));
    world.set_awake(a, false);
    world.run_for(secs(7));
    let quality = |world: &World, of| world.client(b).inbox.quality.get(&of).map(|q| q.quality);
    assert_eq!(quality(&world, world.participant(a)), Some(Quality::Lost));
    // And to those who come later.
    let c = world.join_on(1, ClientSetup::viewer(room));
    world.run_for(secs(1));
    let told = world.client(c).inbox.quality.get(&world.participant(a)).map(|q| q.quality);
    assert_eq!(told, Some(Quality::Lost));
}

#[test]
fn a_player_shows_screens_and_speakers_of_other_shards() {
    let (mut world, room) = node(110, 2);
    let people: Vec<_> = (0..4).map(|n| world.join_on(n % 2, ClientSetup::new(room))).collect();
    let player = ClientSetup { video_slots: 1, ..ClientSetup::viewer(room) }.without_channel();
    let player = world.join_on(1, player);
    world.client_mut(people[0]).speak(20);
    world.run_for(secs(5));
    let shown = |world: &World| {
        let mid = world.client(player).slots(SlotMedia::Video)[0];
        world.client(player).video.get(&mid).and_then(|receiver| receiver.shown.last().copied())
    };
    assert_eq!(shown(&world).map(|shown| shown.sender), Some(people[0] as u32));
    let lecturer = world.join_on(0, ClientSetup::new(room).with_screen());
    world.client_mut(lecturer).enable(Source::Screen, true);
    world.run_for(secs(5));
    assert_eq!(shown(&world).map(|shown| shown.sender), Some(lecturer as u32));
}

#[test]
fn a_session_elsewhere_takes_the_place_of_the_former_one() {
    let (mut world, room, a, b) = pair(111);
    world.run_for(secs(3));
    let participant = world.participant(a);
    let again = world.join_on(1, ClientSetup { participant, ..ClientSetup::new(room) });
    world.run_for(secs(3));
    assert_eq!(gone(&world, world.client(a).session), 1);
    assert_eq!(gone(&world, world.client(again).session), 0);
    assert!(frames(&world, b, again, secs(1)) >= 24);
    assert_eq!(world.shard(0).load(), (0, 0));
    // And back.
    let third = world.join_on(0, ClientSetup { participant, ..ClientSetup::new(room) });
    world.run_for(secs(3));
    assert_eq!(gone(&world, world.client(again).session), 1);
    assert!(frames(&world, b, third, secs(1)) >= 24);
    world.leave(b);
    world.leave(third);
    world.run_for(secs(1));
    assert_empty(&world);
}

#[test]
fn of_sessions_that_come_at_the_same_time_the_youngest_stays() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let (mut world, room) = node(112, 3);
        world.relay_delay = millis(40);
        let viewer = world.join_on(1, ClientSetup::viewer(room));
        world.run_for(millis(500));
        let participant = ParticipantId::new();
        let setup = ClientSetup { participant, ..ClientSetup::new(room) };
        let sessions: Vec<_> =
            order.iter().map(|shard| world.join_on(*shard, setup.clone())).collect();
        world.view_cameras(viewer, &sessions[..1], 640, 360);
        world.run_for(secs(4));
        let gone: Vec<_> =
            sessions.iter().map(|key| gone(&world, world.client(*key).session)).collect();
        assert_eq!(gone, [1, 1, 0], "{order:?}");
        assert!(frames(&world, viewer, sessions[2], secs(1)) >= 24, "{order:?}");
        let members: usize = world.shards().map(|shard| shard.load().0).sum();
        assert_eq!(members, 2);
    }
}

#[test]
fn a_shard_that_begins_anew_leaves_no_ghosts() {
    let (mut world, room) = node(113, 3);
    let people: Vec<_> = (0..6).map(|n| world.join_on(n % 3, ClientSetup::new(room))).collect();
    for person in &people {
        world.view_cameras(*person, &people, 320, 180);
        world.client_mut(*person).speak(30);
    }
    world.run_for(secs(3));
    world.restart(1);
    world.run_for(millis(200));
    assert_eq!(world.shard(1).load(), (0, 0));
    for shard in [0, 2] {
        let spread = world.shard(shard).spread();
        assert_eq!((spread.members_elsewhere, spread.mirrors, spread.relays), (2, 4, 4));
    }
    for person in [0, 2, 3, 5] {
        for ghost in [1, 4] {
            let client = world.client(people[person]);
            let of = world.participant(people[ghost]);
            assert!(client.slot_of(of, Source::Camera).is_none(), "{person} sees {ghost}");
            assert!(client.slot_of(of, Source::Microphone).is_none(), "{person} hears {ghost}");
        }
    }
    // They come again, to the same shard and to another.
    let back: Vec<_> = [(1, 1), (4, 2)]
        .into_iter()
        .map(|(person, shard)| {
            let participant = world.participant(people[person]);
            world.join_on(shard, ClientSetup { participant, ..ClientSetup::new(room) })
        })
        .collect();
    world.view_cameras(back[0], &people, 320, 180);
    world.run_for(secs(5));
    for person in [0, 2, 3, 5] {
        for returned in &back {
            assert!(frames(&world, people[person], *returned, secs(1)) >= 24, "{person}");
        }
        assert!(frames(&world, back[0], people[person], secs(1)) >= 24, "{person}");
        assert!(world.client(people[person]).jumps().is_empty());
    }
    for person in [people[0], people[2], people[3], people[5], back[0], back[1]] {
        world.leave(person);
    }
    world.run_for(secs(1));
    for shard in world.shards() {
        assert_eq!((shard.load(), shard.spread()), ((0, 0), Spread::default()));
    }
}

#[test]
fn shards_that_begin_anew_one_after_another_find_each_other() {
    let (mut world, room) = node(114, 3);
    for round in 0..6 {
        world.restart(round % 3);
        // Within the time that a message takes as well.
        world.run_for(Duration::from_micros(20 * round as u64));
        world.restart((round + 1) % 3);
        let a = world.join_on(round % 3, ClientSetup::new(room));
        let b = world.join_on((round + 1) % 3, ClientSetup::new(room));
        world.view_cameras(b, &[a], 320, 180);
        world.run_for(secs(4));
        assert!(frames(&world, b, a, secs(1)) >= 24, "round {round}");
        world.leave(a);
        world.leave(b);
        world.run_for(millis(10));
        for shard in world.shards() {
            assert_eq!((shard.load(), shard.spread()), ((0, 0), Spread::default()));
        }
    }
}

#[test]
fn media_lost_between_shards_is_missed_for_a_moment_only() {
    let (mut world, _, a, b) = pair(115);
    world.view_cameras(b, &[a], 640, 360);
    world.client_mut(a).speak(30);
    world.run_for(secs(3));
    world.relay_loss = 0.01;
    world.client_mut(b).ordered = false;
    let (since, keyframes) = (world.now, world.client(a).keyframes_sent(Source::Camera, 1));
    world.run_for(secs(10));
    let receiver = world.client(b).shows(world.participant(a), Source::Camera).unwrap();
    let (frames, freeze) =
        (receiver.frames_since(since), receiver.longest_freeze(since, world.now));
    assert!(frames >= 230, "{frames} of 250");
    assert!(freeze <= millis(400), "{freeze:?}");
    // What was lost came from the home, and nobody had to begin anew.
    assert!(world.client(a).keyframes_sent(Source::Camera, 1) - keyframes <= 1);
    assert!(world.client(b).heard_from(a as u32, since) >= 480);
    // A second in which nothing comes through at all.
    world.relay_loss = 1.0;
    world.run_for(secs(2));
    world.relay_loss = 0.0;
    world.run_for(secs(2));
    let since = world.now;
    world.run_for(secs(1));
    let receiver = world.client(b).shows(world.participant(a), Source::Camera).unwrap();
    assert!(receiver.frames_since(since) >= 24);
}

#[test]
fn the_limit_of_a_room_counts_all_of_it() {
    let mut world = World::of_shards(116, 2, |config| config.limits.sessions_per_room = 3);
    let room = world.room();
    let a = world.join_on(0, ClientSetup::new(room));
    world.join_on(1, ClientSetup::new(room));
    world.join_on(1, ClientSetup::new(room));
    world.run_for(millis(1));
    for shard in 0..2 {
        let refused = world.try_join_on(shard, ClientSetup::new(room), Path::GOOD, Path::GOOD);
        assert_eq!(refused, Err(OpenError::RoomFull));
    }
    // Who comes back takes their own place.
    let participant = world.participant(a);
    world.join_on(1, ClientSetup { participant, ..ClientSetup::new(room) });
    world.run_for(secs(1));
    assert_eq!((world.shard(0).load().0, world.shard(1).load().0), (0, 3));
}

/// People come and go on all shards, and shards begin anew; then all leave.
fn churn(seed: u64, steps: usize) {
    let shards = 3;
    let mut world = World::of_shards(seed, shards, |_| {});
    world.relay_delay = Duration::from_micros(world.random_below(30_000) as u64);
    world.relay_loss = [0.0, 0.0, 0.02][world.random_below(3)];
    let rooms = [world.room(), world.room()];
    let mut participants: Vec<ParticipantId> = Vec::new();
    for _ in 0..steps {
        let present: Vec<ClientKey> = (0..participants.len())
            .filter(|key| !world.client(*key).closed && world.client(*key).awake)
            .collect();
        match world.random_below(12) {
            0..=4 if present.len() < 9 => {
                let room = rooms[world.random_below(2)];
                let mut setup = ClientSetup::new(room);
                setup.video_slots = world.random_below(4);
                setup.simulcast = world.random_below(4) > 0;
                // Sometimes the same as before, wherever they are.
                if !present.is_empty() && world.random_below(3) == 0 {
                    let former = present[world.random_below(present.len())];
                    setup.room = world.client(former).setup.room;
                    setup.participant = world.participant(former);
                }
                participants.push(setup.participant);
                let shard = world.random_below(shards);
                world.join_on(shard, setup);
            }
            5 | 6 if !present.is_empty() => {
                let leaving = present[world.random_below(present.len())];
                match world.random_below(3) {
                    0 => world.leave(leaving),
                    1 => world.hang_up(leaving),
                    _ => world.set_awake(leaving, false),
                }
            }
            7 if !present.is_empty() => {
                let talker = present[world.random_below(present.len())];
                let level = world.random_below(128) as u8;
                world.client_mut(talker).speak(level);
            }
            8 if !present.is_empty() => {
                let muted = present[world.random_below(present.len())];
                let (room, participant) =
                    (world.client(muted).setup.room, world.participant(muted));
                let sources = [SourceSet::ALL, SourceSet::NONE][world.random_below(2)];
                world.command(NodeCommand::Allow { room, participant, sources });
            }
            9 if world.random_below(4) == 0 => {
                let shard = world.random_below(shards);
                world.restart(shard);
                world.bound.clear();
            }
            10 if world.random_below(6) == 0 => {
                let room = rooms[world.random_below(2)];
                world.command(NodeCommand::Close { room });
            }
            _ if !present.is_empty() => {
                let viewer = present[world.random_below(present.len())];
                let size = [(160, 90), (640, 360), (1_280, 720)][world.random_below(3)];
                world.view_cameras(viewer, &present, size.0, size.1);
            }
            _ => {}
        }
        let pause = world.random_below(500) as u64;
        world.run_for(millis(pause));
    }
    world.run_for(secs(2));
    // Every part of a room knows of the same people.
    for shard in world.shards() {
        let (_, rooms) = shard.load();
        let spread = shard.spread();
        assert!(spread.rooms <= rooms, "seed {seed}");
        let elsewhere: usize =
            world.shards().filter(|other| !std::ptr::eq(*other, shard)).map(|s| s.load().0).sum();
        assert!(spread.members_elsewhere <= elsewhere, "seed {seed}: {spread:?} of {elsewhere}");
        assert!(spread.mirrors <= 2 * spread.members_elsewhere, "seed {seed}: {spread:?}");
    }
    for key in 0..participants.len() {
        world.leave(key);
    }
    // Those who fell asleep are waited for.
    world.run_for(secs(40));
    for (key, shard) in world.shards().enumerate() {
        assert_eq!(shard.load(), (0, 0), "seed {seed}, shard {key}");
        assert_eq!(shard.flows(), 0, "seed {seed}, shard {key}");
        assert_eq!(shard.spread(), Spread::default(), "seed {seed}, shard {key}");
        let counters = shard.counters();
        assert_eq!((counters.panics, counters.faults), (0, 0), "seed {seed}, shard {key}");
    }
}

#[test]
fn people_come_and_go_on_all_shards_and_nothing_is_left() {
    for seed in 200..206 {
        churn(seed, 60);
    }
}

#[test]
fn the_same_seed_brings_the_same_meeting() {
    let run = || {
        let (mut world, _, a, b) = pair(117);
        world.relay_loss = 0.01;
        world.run_for(secs(5));
        let start = world.client(b).connected_at.unwrap();
        let receiver = world.client(b).shows(world.participant(a), Source::Camera).unwrap();
        receiver.shown.iter().map(|shown| (shown.at - start, shown.layer)).collect::<Vec<_>>()
    };
    let first = run();
    assert!(first.len() > 50);
    assert_eq!(first, run());
}
