//! Sound: who is heard, who speaks, and in which wrapping.

use std::time::Duration;

use szpon_protocol::{
    bus::NodeCommand,
    media::{Quality, SlotMedia, Source, SourceSet},
};
use szpon_sfu_sim::{ClientKey, ClientSetup, Path, World};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn microphone_only(world: &mut World, people: usize) -> Vec<ClientKey> {
    let room = world.room();
    (0..people)
        .map(|_| {
            let sources = SourceSet { microphone: true, ..SourceSet::NONE };
            world.join(ClientSetup { sources, video_slots: 0, ..ClientSetup::new(room) })
        })
        .collect()
}

#[test]
fn two_people_hear_each_other() {
    let mut world = World::new(1);
    let people = microphone_only(&mut world, 2);
    world.run_for(secs(1));
    world.client_mut(people[0]).speak(25);
    world.run_for(secs(2));
    let since = world.now - secs(1);
    assert_eq!(world.client(people[1]).heard_from(0, since), 50);
    assert_eq!(world.client(people[0]).heard_from(0, since), 0, "nobody hears themselves");
    // In a small room the silent are fed as well, so that no first syllable is lost.
    assert_eq!(world.client(people[0]).heard_from(1, since), 50);
    assert!(world.client(people[1]).jumps().is_empty(), "{:?}", world.client(people[1]).jumps());
    let speakers = &world.client(people[1]).inbox.speakers;
    assert_eq!(speakers.len(), 1);
    assert_eq!(speakers[0].participant, world.participant(people[0]));
    assert!((20..40).contains(&speakers[0].level), "{speakers:?}");
}

#[test]
fn what_nobody_hears_lets_the_shard_rest() {
    let mut world = World::new(31);
    let room = world.room();
    let sources = SourceSet { microphone: true, ..SourceSet::NONE };
    let alone = world.join(ClientSetup { sources, video_slots: 0, ..ClientSetup::new(room) });
    world.run_for(secs(2));
    assert!(world.client(alone).connected_at.is_some());
    assert!(world.core.counters().packets_received > 50);
    assert_eq!((world.core.carried(), world.core.handshakes()), (0, 0));
    world.join(ClientSetup { sources, video_slots: 0, ..ClientSetup::new(room) });
    world.run_for(secs(2));
    assert!(world.core.carried() > 50, "somebody hears it now");
}

#[test]
fn the_loudest_take_the_slots_without_a_jump() {
    let mut world = World::new(2);
    let people = microphone_only(&mut world, 8);
    world.run_for(secs(1));
    for round in 0..4 {
        // Three speak at a time, others than before.
        for (index, person) in people.iter().enumerate() {
            let speaks = index % 4 == round || index == (round + 5) % 8;
            world.client_mut(*person).speak(if speaks { 25 + index as u8 } else { 110 });
        }
        world.run_for(secs(4));
        let since = world.now - millis(500);
        for listener in &people {
            for (index, person) in people.iter().enumerate() {
                let speaks = index % 4 == round || index == (round + 5) % 8;
                if speaks && person != listener {
                    let heard = world.client(*listener).heard_from(*person as u32, since);
                    assert!(heard >= 20, "round {round}: {listener} heard {person} {heard} times");
                }
            }
        }
    }
    for person in &people {
        let client = world.client(*person);
        assert!(client.audio.len() <= 3);
        assert!(client.jumps().is_empty(), "{:?}", client.jumps());
        // Five times a second at most, with some of the first second.
        assert!(client.inbox.speakers_messages <= 17 * 5, "{}", client.inbox.speakers_messages);
    }
}

#[test]
fn a_new_voice_is_heard_soon() {
    let mut world = World::new(3);
    let people = microphone_only(&mut world, 8);
    for person in &people[..3] {
        world.client_mut(*person).speak(30);
    }
    world.run_for(secs(3));
    for person in &people[..3] {
        world.client_mut(*person).speak(115);
    }
    world.run_for(secs(3));
    world.client_mut(people[7]).speak(25);
    let since = world.now;
    let listener = people[4];
    assert!(world.run_until_true(secs(2), |w| w.client(listener).heard_from(7, since) > 0));
    assert!(world.now - since < millis(600), "{:?}", world.now - since);
}

#[test]
fn who_is_muted_by_moderation_is_not_heard() {
    let mut world = World::new(4);
    let people = microphone_only(&mut world, 3);
    let room = world.client(people[0]).setup.room;
    world.client_mut(people[0]).speak(20);
    world.run_for(secs(2));
    let participant = world.participant(people[0]);
    let sources = SourceSet { microphone: false, ..SourceSet::ALL };
    world.command(NodeCommand::Allow { room, participant, sources });
    world.run_for(millis(50));
    let since = world.now;
    world.run_for(secs(1));
    assert_eq!(world.client(people[1]).heard_from(0, since), 0);
    assert!(world.client(people[1]).inbox.speakers.is_empty());
    world.command(NodeCommand::Allow { room, participant, sources: SourceSet::ALL });
    world.run_for(secs(1));
    assert!(world.client(people[1]).heard_from(0, world.now - millis(500)) > 15);
    assert!(world.client(people[1]).jumps().is_empty(), "{:?}", world.client(people[1]).jumps());
}

#[test]
fn the_sound_of_a_screen_always_has_a_slot() {
    let mut world = World::new(5);
    let people = microphone_only(&mut world, 6);
    let room = world.client(people[0]).setup.room;
    for person in &people {
        world.client_mut(*person).speak(25);
    }
    let sources = SourceSet { screen: true, screen_audio: true, ..SourceSet::NONE };
    let sharer = world.join(ClientSetup { sources, ..ClientSetup::new(room) });
    world.client_mut(sharer).enable(Source::ScreenAudio, true);
    world.run_for(secs(4));
    let since = world.now - secs(1);
    for person in &people {
        assert_eq!(world.client(*person).heard_from(sharer as u32, since), 50);
        let named = world.client(*person).inbox.speakers.iter();
        assert!(named.clone().all(|s| s.participant != world.participant(sharer)));
    }
}

#[test]
fn red_goes_to_those_who_know_it() {
    let mut world = World::new(6);
    let room = world.room();
    let with = |red| ClientSetup { red, sends_red: red, video_slots: 0, ..ClientSetup::new(room) };
    let lossy = Path::GOOD.with_loss(0.05);
    let red = world.join(with(true));
    let also_red = world.join_over(with(true), Path::GOOD, lossy);
    let plain = world.join_over(with(false), Path::GOOD, lossy);
    for client in [red, also_red, plain] {
        world.client_mut(client).enable(Source::Camera, false);
        world.client_mut(client).speak(25);
    }
    world.run_for(secs(8));
    let types = |listener: ClientKey, speaker: ClientKey| {
        let client = world.client(listener);
        let feed = client.slot_of(world.participant(speaker), Source::Microphone).unwrap();
        let mid = client.slots(SlotMedia::Audio).into_iter().find(|m| feed.mid == *m.to_string());
        client.audio[&mid.unwrap()].payload_types.clone()
    };
    let red_pt = world.client(also_red).red_pt().unwrap();
    // Who loses packets gets copies, whether the publisher sends any or not.
    for speaker in [red, plain] {
        assert!(types(also_red, speaker).contains(&red_pt), "{:?}", types(also_red, speaker));
    }
    assert!(!types(plain, red).contains(&red_pt), "who does not know them gets none");
    for speaker in [also_red, plain] {
        assert!(!types(red, speaker).contains(&red_pt), "nor who loses nothing");
        assert_eq!(world.client(red).heard_from(speaker as u32, world.now - secs(1)), 50);
    }
    let odd = |client: ClientKey| {
        let client = world.client(client);
        client.jumps().iter().filter(|jump| !jump.starts_with("sequence")).count()
    };
    assert_eq!([red, also_red, plain].map(odd), [0; 3]);
}

#[test]
fn loss_and_silence_show_as_quality() {
    let mut world = World::new(7);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    let lossy = Path::GOOD.with_loss(0.2);
    let b = world.join_over(ClientSetup::new(room), lossy, lossy);
    world.view_cameras(b, &[a], 640, 360);
    world.run_for(secs(10));
    let quality = |world: &World, of: ClientKey, seen_by: ClientKey| {
        world.client(seen_by).inbox.quality[&world.participant(of)].quality
    };
    assert_eq!(quality(&world, a, a), Quality::Good);
    assert_eq!(quality(&world, b, a), Quality::Poor);
    world.set_awake(b, false);
    world.run_for(secs(6));
    assert_eq!(quality(&world, b, a), Quality::Lost);
    // Who comes later is told of everyone.
    let c = world.join(ClientSetup::viewer(room));
    world.run_for(secs(3));
    assert_eq!(quality(&world, b, c), Quality::Lost);
    assert_eq!(quality(&world, a, c), Quality::Good);
}

#[test]
fn of_a_crowd_each_hears_of_themselves_and_of_those_who_publish() {
    let mut world = World::new(24);
    let room = world.room();
    let publisher = world.join(ClientSetup::new(room));
    let viewers: Vec<_> = (0..80).map(|_| world.join(ClientSetup::viewer(room))).collect();
    let lossy = Path::GOOD.with_loss(0.2);
    let poor = world.join_over(ClientSetup::new(room), lossy, lossy);
    for source in [Source::Microphone, Source::Camera] {
        world.client_mut(poor).enable(source, false);
    }
    world.view_cameras(poor, &[publisher], 640, 360);
    world.run_for(secs(12));
    let told = |world: &World, of: ClientKey, whom: ClientKey| {
        let quality = &world.client(whom).inbox.quality;
        quality.get(&world.participant(of)).map(|told| told.quality)
    };
    let late = viewers[79];
    assert_eq!(told(&world, late, late), Some(Quality::Good));
    assert_eq!(told(&world, publisher, late), Some(Quality::Good));
    assert_eq!(told(&world, poor, poor), Some(Quality::Poor));
    assert_eq!(told(&world, poor, late), None, "who only watches is nobody else's concern");
    assert_eq!(told(&world, late, viewers[0]), None);
    let known = world.client(viewers[0]).inbox.quality.len();
    assert!(known < 70, "each is told of {known} others");

    world.client_mut(poor).enable(Source::Microphone, true);
    world.client_mut(poor).speak(25);
    world.run_for(secs(4));
    assert_eq!(told(&world, poor, late), Some(Quality::Poor), "they are heard now");
    assert_eq!(told(&world, poor, viewers[0]), Some(Quality::Poor));
}
