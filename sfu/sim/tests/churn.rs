//! Many people, in and out, and noise from strangers.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use szpon_protocol::{bus::NodeEvent, media::Source};
use szpon_sfu_core::Transport;
use szpon_sfu_sim::{ClientKey, ClientSetup, Path, World};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// People come and go at random for a while; then all leave.
fn churn(seed: u64, steps: usize) {
    let mut world = World::new(seed);
    let rooms = [world.room(), world.room(), world.room()];
    let mut present: Vec<ClientKey> = Vec::new();
    let mut ended = 0;
    for _ in 0..steps {
        match world.random_below(10) {
            0..=3 if present.len() < 8 => {
                let room = rooms[world.random_below(3)];
                let mut setup = ClientSetup::new(room);
                setup.video_slots = world.random_below(4);
                setup.simulcast = world.random_below(4) > 0;
                setup.red = world.random_below(2) == 0;
                if world.random_below(4) == 0 {
                    setup.sources.camera = false;
                }
                let lossy = world.random_below(3) == 0;
                let path = Path::GOOD.with_loss(if lossy { 0.05 } else { 0.0 });
                present.push(world.join_over(setup, path, path));
            }
            4 | 5 if !present.is_empty() => {
                let gone = present.swap_remove(world.random_below(present.len()));
                match world.random_below(3) {
                    0 => world.leave(gone),
                    1 => world.hang_up(gone),
                    _ => world.set_awake(gone, false),
                }
                ended += 1;
            }
            6 if !present.is_empty() => {
                let talker = present[world.random_below(present.len())];
                let level = world.random_below(128) as u8;
                world.client_mut(talker).speak(level);
            }
            7 if !present.is_empty() => {
                let moving = present[world.random_below(present.len())];
                if world.client(moving).is_connected() {
                    world.change_network(moving).unwrap();
                }
            }
            _ if !present.is_empty() => {
                let viewer = present[world.random_below(present.len())];
                let size = [(160, 90), (640, 360), (1_280, 720)][world.random_below(3)];
                let others = present.clone();
                world.view_cameras(viewer, &others, size.0, size.1);
            }
            _ => {}
        }
        let pause = 50 + world.random_below(700) as u64;
        world.run_for(millis(pause));
    }
    world.run_for(secs(5));
    for client in &present {
        let silent = world.events.iter().any(|(_, event)| {
            matches!(event, NodeEvent::Silent { session, .. }
                if *session == world.client(*client).session)
        });
        assert!(!silent, "seed {seed}: {client} was there all the time");
        world.leave(*client);
    }
    // Those who fell asleep are waited for.
    world.run_for(secs(40));
    assert_eq!(world.core.load(), (0, 0), "seed {seed}: sessions and rooms after {ended} left");
    assert_eq!(world.core.flows(), 0, "seed {seed}");
    assert!(world.bound.is_empty(), "seed {seed}: {:?}", world.bound);
    let counters = world.core.stats(world.now).counters;
    assert_eq!(counters.panics, 0, "seed {seed}");
    assert_eq!(counters.sessions_opened, counters.sessions_closed, "seed {seed}");
    let gone = world.events.iter().filter(|(_, event)| matches!(event, NodeEvent::Gone { .. }));
    assert_eq!(gone.count() as u64, counters.sessions_closed, "seed {seed}");
}

#[test]
fn people_come_and_go_and_nothing_is_left() {
    for seed in [1, 2, 3] {
        churn(seed, 60);
    }
}

#[test]
fn the_same_seed_brings_the_same_meeting() {
    let run = || {
        let mut world = World::new(42);
        let room = world.room();
        let a = world.join(ClientSetup::new(room));
        let path = Path::GOOD.with_loss(0.05);
        let b = world.join_over(ClientSetup::viewer(room), path, path);
        world.view_cameras(b, &[a], 640, 360);
        world.run_for(secs(5));
        let start: Instant = world.client(b).connected_at.unwrap();
        let receiver = world.client(b).video.values().next().unwrap();
        let shown: Vec<_> =
            receiver.shown.iter().map(|shown| (shown.at - start, shown.layer)).collect();
        (shown, world.client(b).inbox.slots_messages)
    };
    let first = run();
    assert!(first.0.len() > 50);
    assert_eq!(first, run());
}

#[test]
fn a_storm_of_garbage_disturbs_nobody() {
    let mut world = World::new(20);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    let b = world.join(ClientSetup::viewer(room));
    world.view_cameras(b, &[a], 640, 360);
    world.run_for(secs(3));
    let flows = world.core.flows();
    let since = world.now;
    let friend = world.client(a).address;
    for round in 0..400_u32 {
        for _ in 0..10 {
            let length = world.random_below(1_400);
            let mut noise = world.noise(length);
            // Every kind that the demultiplexer knows (RFC 7983), and none.
            let first = [0, 1, 20, 63, 128, 191, 255][world.random_below(7)];
            if let Some(byte) = noise.first_mut() {
                *byte = first;
            }
            let stranger = SocketAddr::from(([172, 16, (round >> 8) as u8, round as u8], 9));
            world.inject(Transport::Udp, stranger, &noise);
            world.inject(Transport::Tcp, stranger, &noise);
            // From the address of somebody who is here as well.
            world.inject(Transport::Udp, friend, &noise);
        }
        world.run_for(millis(10));
    }
    assert_eq!(world.core.flows(), flows, "strangers allocate nothing");
    assert_eq!(world.core.load(), (2, 1));
    assert!(world.client(b).frames_since(since) >= 95, "{}", world.client(b).frames_since(since));
    assert!(world.client(b).jumps().is_empty());
    let counters = world.core.stats(world.now).counters;
    assert!(counters.datagrams_unknown >= 8_000);
    assert_eq!((counters.panics, counters.faults), (0, 0));
}

#[test]
fn nonsense_on_the_data_channel_is_ignored() {
    let mut world = World::new(21);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    let b = world.join(ClientSetup::viewer(room));
    world.view_cameras(b, &[a], 640, 360);
    world.run_for(secs(2));
    let nonsense: [&[u8]; 5] = [
        b"hello",
        b"{\"type\":\"view\"}",
        b"{\"type\":\"view\",\"tiles\":[{\"participant\":\"x\"}]}",
        b"{\"type\":\"become_king\"}",
        &[b'['; 4_000],
    ];
    for message in nonsense {
        world.say_raw(b, message);
    }
    world.run_for(secs(2));
    assert!(world.client(b).frames_since(world.now - secs(1)) >= 22);
    assert_eq!(world.core.stats(world.now).counters.messages_malformed, 5);
}

#[test]
fn fifty_people_meet() {
    let mut world = World::new(30);
    let room = world.room();
    let people: Vec<_> = (0..50)
        .map(|index| {
            let setup = ClientSetup { video_slots: 9, ..ClientSetup::new(room) };
            let key = world.join(setup);
            // Cameras of the first nine are on; the others only listen and speak.
            world.client_mut(key).enable(Source::Camera, index < 9);
            world.run_for(millis(20));
            key
        })
        .collect();
    for person in &people {
        world.view_cameras(*person, &people[..9], 320, 180);
    }
    world.client_mut(people[40]).speak(25);
    world.client_mut(people[41]).speak(30);
    // Fifty estimators find out what their lines carry: most pictures come soon, all in the end.
    let pictures = |world: &World, person: ClientKey| {
        let since = world.now - secs(1);
        let slots = world.client(person).video.values();
        slots.filter(|slot| slot.frames_since(since) >= 20).count()
    };
    world.run_for(secs(5));
    let all: usize = people.iter().map(|person| pictures(&world, *person)).sum();
    assert!(all >= 350, "{all} of 441 pictures after five seconds");
    let expected = |person: ClientKey| if person < 9 { 8 } else { 9 };
    let complete = |world: &World| people.iter().all(|p| pictures(world, *p) == expected(*p));
    assert!(world.run_until_true(secs(10), complete), "{:?}", {
        people.iter().map(|person| pictures(&world, *person)).collect::<Vec<_>>()
    });
    for person in &people {
        let client = world.client(*person);
        if *person != people[40] {
            assert!(client.heard_from(40, world.now - secs(1)) >= 45, "client {person}");
        }
        assert!(client.jumps().is_empty(), "client {person}: {:?}", client.jumps());
    }
    assert_eq!(world.core.load(), (50, 1));
    for person in people {
        world.leave(person);
    }
    assert_eq!(world.core.load(), (0, 0));
}
