//! Sessions without our data channel: the node chooses what they show.

use std::time::Duration;

use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    media::{SlotMedia, Source, SourceSet},
};
use szpon_sfu_core::{OpenError, OpenRequest, Viewing};
use szpon_sfu_sim::{ClientKey, ClientSetup, Path, World};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// An encoder: microphone and camera, nothing to receive, no data channel.
fn encoder(room: RoomId) -> ClientSetup {
    ClientSetup { audio_slots: 0, video_slots: 0, ..ClientSetup::new(room) }.without_channel()
}

/// A player with so many video slots.
fn player(room: RoomId, video_slots: usize) -> ClientSetup {
    ClientSetup { video_slots, audio_slots: 1, ..ClientSetup::viewer(room) }.without_channel()
}

/// Whose picture the player's slot showed last.
fn shown(world: &World, player: ClientKey, slot: usize) -> Option<u32> {
    let client = world.client(player);
    let mid = client.slots(SlotMedia::Video)[slot];
    client.video.get(&mid)?.shown.last().map(|shown| shown.sender)
}

fn layer(world: &World, player: ClientKey) -> Option<u8> {
    let client = world.client(player);
    client.video.get(&client.slots(SlotMedia::Video)[0])?.layer()
}

#[test]
fn a_player_gets_the_largest_layer_and_the_sound() {
    let mut world = World::new(1);
    let room = world.room();
    let publisher = world.join(encoder(room));
    let viewer = world.join(player(room, 1));
    world.run_for(secs(6));
    let client = world.client(viewer);
    assert_eq!(shown(&world, viewer, 0), Some(publisher as u32));
    assert_eq!(layer(&world, viewer), Some(2));
    assert!(client.frames_since(world.now - secs(2)) >= 45);
    assert!(client.heard_from(publisher as u32, world.now - secs(1)) >= 49);
    assert!(client.jumps().is_empty(), "{:?}", client.jumps());
    // Nobody is told anything where nobody could hear it.
    assert_eq!(world.core.counters().messages_dropped, 0);
}

#[test]
fn the_layer_follows_the_line() {
    let mut world = World::new(2);
    let room = world.room();
    let _publisher = world.join(encoder(room));
    let viewer = world.join(player(room, 1));
    world.run_for(secs(6));
    assert_eq!(layer(&world, viewer), Some(2));
    world.set_down(viewer, Path::GOOD.with_rate(700_000));
    assert!(world.run_until_true(secs(8), |world| layer(world, viewer).is_some_and(|l| l < 2)));
    world.set_down(viewer, Path::GOOD);
    assert!(world.run_until_true(secs(25), |world| layer(world, viewer) == Some(2)));
}

#[test]
fn cameras_come_in_their_order_and_the_speaker_takes_the_only_slot() {
    let mut world = World::new(3);
    let room = world.room();
    let people: Vec<_> = (0..3).map(|_| world.join(ClientSetup::new(room))).collect();
    for person in &people {
        world.client_mut(*person).speak(127);
    }
    let one = world.join(player(room, 1));
    let all = world.join(player(room, 3));
    world.run_for(secs(4));
    assert_eq!(shown(&world, one, 0), Some(people[0] as u32));
    for (slot, person) in people.iter().enumerate() {
        assert_eq!(shown(&world, all, slot), Some(*person as u32));
    }
    world.client_mut(people[2]).speak(20);
    world.run_for(secs(4));
    assert_eq!(shown(&world, one, 0), Some(people[2] as u32), "the speaker is shown");
    for (slot, person) in people.iter().enumerate() {
        assert_eq!(shown(&world, all, slot), Some(*person as u32), "nothing moves without need");
    }
    assert!(world.client(all).jumps().is_empty());
}

#[test]
fn a_screen_goes_before_cameras() {
    let mut world = World::new(4);
    let room = world.room();
    let camera = world.join(encoder(room));
    let viewer = world.join(player(room, 1));
    world.run_for(secs(3));
    assert_eq!(shown(&world, viewer, 0), Some(camera as u32));
    let sources = SourceSet { screen: true, ..SourceSet::NONE };
    let sharing = world.join(ClientSetup { sources, ..encoder(room) });
    world.client_mut(sharing).enable(Source::Screen, true);
    world.run_for(secs(3));
    assert_eq!(shown(&world, viewer, 0), Some(sharing as u32));
    world.leave(sharing);
    world.run_for(secs(3));
    assert_eq!(shown(&world, viewer, 0), Some(camera as u32), "and back");
}

#[test]
fn our_own_client_must_have_its_channel() {
    let mut world = World::new(5);
    let room = world.room();
    let client = world.join(player(room, 1));
    let (sdp, tracks) = world.client(client).offer();
    let request = OpenRequest {
        room,
        participant: ParticipantId::new(),
        session: SessionId::new(),
        publish: SourceSet::ALL,
        sdp: sdp.to_owned(),
        tracks: tracks.to_vec(),
        viewing: Viewing::Client,
    };
    let now = world.now;
    assert_eq!(world.core.open(now, request), Err(OpenError::NoDataChannel));
}

#[test]
fn a_source_without_layers_comes_back_when_the_line_does() {
    let mut world = World::new(6);
    let room = world.room();
    let publisher = world.join(ClientSetup { simulcast: false, ..encoder(room) });
    let viewer = world.join(player(room, 1));
    world.run_for(secs(4));
    assert_eq!(shown(&world, viewer, 0), Some(publisher as u32));
    world.set_down(viewer, Path::GOOD.with_rate(150_000));
    world.run_for(secs(10));
    world.set_down(viewer, Path::GOOD);
    let back = world.now;
    assert!(
        world.run_until_true(secs(15), |world| world.client(viewer).frames_since(back) > 50),
        "{} frames",
        world.client(viewer).frames_since(back)
    );
}

#[test]
fn a_source_without_layers_comes_when_the_line_was_bad_at_first() {
    let mut world = World::new(7);
    let room = world.room();
    let viewer = world.join(player(room, 1));
    world.set_down(viewer, Path::GOOD.with_rate(60_000));
    let sources = SourceSet { microphone: true, ..SourceSet::NONE };
    world.join(ClientSetup { sources, ..encoder(room) });
    world.run_for(secs(10));
    world.join(ClientSetup { simulcast: false, ..encoder(room) });
    world.run_for(secs(2));
    world.set_down(viewer, Path::GOOD);
    let back = world.now;
    assert!(
        world.run_until_true(secs(15), |world| world.client(viewer).frames_since(back) > 50),
        "{} frames",
        world.client(viewer).frames_since(back)
    );
}

/// SCTP repeats its first packet after three seconds, and a lost answer after nine.
#[test]
fn a_client_whose_channel_is_late_sees_something_until_then() {
    let mut world = World::new(8);
    let room = world.room();
    let publisher = world.join(ClientSetup::new(room));
    world.run_for(secs(2));
    let viewer = world.join(ClientSetup::viewer(room));
    world.set_channel(viewer, false);
    world.view_cameras(viewer, &[publisher], 1_280, 720);
    world.run_for(secs(5));
    assert_eq!(world.client(viewer).inbox.slots_messages, 0, "the channel is not open");
    assert_eq!(shown(&world, viewer, 0), Some(publisher as u32));
    assert_eq!(layer(&world, viewer), Some(1), "of a middle size, whatever it would like");
    assert!(world.client(viewer).frames_since(world.now - secs(2)) >= 45);

    world.set_channel(viewer, true);
    let told = |world: &World| world.client(viewer).inbox.slots_messages > 0;
    assert!(world.run_until_true(secs(15), told), "it opens after all");
    assert!(world.run_until_true(secs(5), |world| layer(world, viewer) == Some(2)));
    world.view_cameras(viewer, &[], 0, 0);
    world.run_for(secs(2));
    assert_eq!(world.client(viewer).frames_since(world.now - secs(1)), 0, "its own view counts");
}

/// Who can say what it shows, and says nothing, shows nothing.
#[test]
fn a_client_that_wants_to_see_nobody_is_shown_nobody() {
    let mut world = World::new(9);
    let room = world.room();
    let _publisher = world.join(ClientSetup::new(room));
    let viewer = world.join(ClientSetup::viewer(room));
    world.run_for(secs(6));
    assert_eq!(world.client(viewer).frames_since(world.now - secs(6)), 0);
}
