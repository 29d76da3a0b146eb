//! Sessions: they open, connect, fall silent, move to another network, and go.

use std::time::Duration;

use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    bus::{NodeCommand, NodeEvent},
    media::{SlotMedia, Source, SourceSet, ToNode, TrackPurpose},
};
use szpon_sfu_core::{OpenError, OpenRequest, RestartError, Transport, Viewing};
use szpon_sfu_sim::{ClientKey, ClientSetup, Path, World};

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// What became of a client's session, as signalling heard it.
fn story(world: &World, key: ClientKey) -> Vec<&'static str> {
    let session = world.client(key).session;
    world
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            NodeEvent::Connected { session: s, .. } if *s == session => Some("connected"),
            NodeEvent::Silent { session: s, .. } if *s == session => Some("silent"),
            NodeEvent::Resumed { session: s, .. } if *s == session => Some("resumed"),
            NodeEvent::Gone { session: s, .. } if *s == session => Some("gone"),
            _ => None,
        })
        .collect()
}

fn assert_empty(world: &World) {
    assert_eq!(world.core.load(), (0, 0), "sessions and rooms");
    assert_eq!(world.core.flows(), 0, "flows");
    assert!(world.bound.is_empty(), "flows that were announced: {:?}", world.bound);
}

#[test]
fn a_session_connects_answers_pings_and_ends() {
    let mut world = World::new(1);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    world.say(a, &ToNode::Ping { nonce: 77 });
    world.run_for(secs(2));
    assert!(world.client(a).is_connected());
    assert_eq!(world.client(a).inbox.pongs, [77]);
    assert_eq!(world.core.load(), (1, 1));
    let stats = world.core.stats(world.now);
    assert_eq!(stats.rooms.len(), 1);
    assert_eq!(stats.rooms[0].shards, [3]);
    assert_eq!(stats.rooms[0].sessions[0].transport, "udp");
    assert!(stats.rooms[0].sessions[0].rx_bits_per_second > 1_000_000, "{stats:?}");
    world.leave(a);
    assert_eq!(story(&world, a), ["connected", "gone"]);
    assert_empty(&world);
}

#[test]
fn a_client_that_hangs_up_is_gone_at_once() {
    let mut world = World::new(2);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    world.run_for(secs(1));
    world.hang_up(a);
    world.run_for(secs(1));
    assert_eq!(story(&world, a), ["connected", "gone"]);
    assert_empty(&world);
}

#[test]
fn tcp_carries_a_session() {
    let mut world = World::new(3);
    let room = world.room();
    let setup = ClientSetup { transport: Transport::Tcp, ..ClientSetup::new(room) };
    let a = world.join(setup);
    world.run_for(secs(3));
    assert!(world.client(a).is_connected());
    let stats = world.core.stats(world.now);
    assert_eq!(stats.rooms[0].sessions[0].transport, "tcp");
    // The connection breaks: the flow is forgotten, the session waits for another.
    let address = world.client(a).address;
    world.core.disconnected(Transport::Tcp, address);
    assert_eq!(world.core.flows(), 0);
    world.run_for(Duration::from_millis(1));
    assert_eq!(world.core.load().0, 1);
}

#[test]
fn silence_is_noticed_forgiven_and_in_the_end_final() {
    let mut world = World::new(4);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    world.run_for(secs(1));
    world.set_awake(a, false);
    world.run_for(secs(4));
    assert_eq!(story(&world, a), ["connected"]);
    world.run_for(secs(3));
    assert_eq!(story(&world, a), ["connected", "silent"]);
    world.set_awake(a, true);
    world.run_for(secs(2));
    assert_eq!(story(&world, a), ["connected", "silent", "resumed"]);
    world.set_awake(a, false);
    world.run_for(secs(31));
    assert_eq!(story(&world, a), ["connected", "silent", "resumed", "silent", "gone"]);
    assert_empty(&world);
}

#[test]
fn who_only_listens_to_silence_stays() {
    let mut world = World::new(23);
    let room = world.room();
    let [a, b] = [0; 2].map(|_| world.join(ClientSetup::viewer(room)));
    // Most checks are answered without str0m, which forgets a path that it hears nothing of for 15 s.
    for minute in 1..=3 {
        world.run_for(secs(60));
        world.say(a, &ToNode::Ping { nonce: minute });
        world.run_for(secs(1));
        assert_eq!(world.client(a).inbox.pongs.last(), Some(&minute));
        assert!(world.client(a).is_connected());
    }
    // Checks with new credentials are new to it.
    world.change_network(b).unwrap();
    world.run_for(secs(30));
    assert!(world.client(b).is_connected());
    world.say(b, &ToNode::Ping { nonce: 4 });
    world.run_for(secs(1));
    assert_eq!(world.client(b).inbox.pongs, [4]);
    assert_eq!(story(&world, a), ["connected"]);
    assert_eq!(story(&world, b), ["connected"]);
}

#[test]
fn who_never_connects_goes() {
    let mut world = World::new(5);
    let room = world.room();
    let dead = Path::GOOD.with_loss(1.0);
    let a = world.try_join(ClientSetup::new(room), dead, dead).unwrap();
    world.run_for(secs(29));
    assert_eq!(world.core.load(), (1, 1));
    world.run_for(secs(2));
    assert_eq!(story(&world, a), ["gone"]);
    assert_empty(&world);
}

#[test]
fn another_network_keeps_the_session() {
    let mut world = World::new(6);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    let b = world.join(ClientSetup::viewer(room));
    world.view_cameras(b, &[a], 1_280, 720);
    world.run_for(secs(4));
    for moving in [a, b, a] {
        world.change_network(moving).unwrap();
        world.run_for(secs(4));
        let since = world.now - secs(2);
        assert!(world.client(b).frames_since(since) > 40, "client {moving} moved");
        assert!(world.client(moving).is_connected());
    }
    assert_eq!(story(&world, a), ["connected"]);
    assert_eq!(story(&world, b), ["connected"]);
    // Sound that was sent to an address of before is lost, which is no jump of the node's making.
    let jumps: Vec<_> = world.client(b).video.values().flat_map(|slot| &slot.jumps).collect();
    assert!(jumps.is_empty(), "{jumps:?}");
    // A flow of each is enough; the old ones may stay until the session ends.
    world.leave(a);
    world.leave(b);
    assert_empty(&world);
}

/// Calls in which one after the other moves, without an ICE restart, and media goes on both ways.
fn moves_without_a_restart(seed: u64, transport: Transport, change: fn(&mut World, ClientKey)) {
    let mut world = World::new(seed);
    let room = world.room();
    let setup = |setup| ClientSetup { transport, ..setup };
    let a = world.join(setup(ClientSetup::new(room)));
    let b = world.join(setup(ClientSetup::viewer(room)));
    world.view_cameras(b, &[a], 1_280, 720);
    world.run_for(secs(4));
    for moving in [a, b, a, b] {
        change(&mut world, moving);
        let left = world.now;
        // A translator's change shows with the next check of the path.
        let flows = |world: &World| {
            world.now > left + secs(1) && world.client(b).frames_since(world.now - secs(1)) > 20
        };
        assert!(world.run_until_true(secs(6), flows), "client {moving} moved");
        // The data channel is str0m's own and must have moved as well. What was lost on the way is
        // sent again after 1, 3 and 7 s (RFC 9260, section 6.3).
        let pongs = world.client(moving).inbox.pongs.len();
        world.say(moving, &ToNode::Ping { nonce: 7 });
        let answered = |world: &World| world.client(moving).inbox.pongs.len() > pongs;
        let at_most = left + secs(8) - world.now;
        assert!(world.run_until_true(at_most, answered), "client {moving} moved");
    }
    assert_eq!(story(&world, a), ["connected"]);
    assert_eq!(story(&world, b), ["connected"]);
    world.leave(a);
    world.leave(b);
    assert_empty(&world);
}

#[test]
fn another_network_needs_no_restart() {
    moves_without_a_restart(21, Transport::Udp, World::move_network);
}

#[test]
fn another_port_of_the_address_translator_needs_no_restart() {
    moves_without_a_restart(22, Transport::Udp, World::translate);
}

#[test]
fn a_restart_that_changes_more_is_refused() {
    let mut world = World::new(7);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    world.run_for(secs(1));
    let session = world.client(a).session;
    let now = world.now;
    let refused = world.core.restart_ice(now, session, "v=0\r\n");
    assert!(matches!(refused, Err(RestartError::BadOffer(_))), "{refused:?}");
    let refused = world.core.restart_ice(now, SessionId::new(), "v=0\r\n");
    assert_eq!(refused, Err(RestartError::UnknownSession));
}

#[test]
fn a_second_session_of_a_participant_replaces_the_first() {
    let mut world = World::new(8);
    let room = world.room();
    let setup = ClientSetup::new(room);
    let first = world.join(setup.clone());
    world.run_for(secs(1));
    let second = world.join(setup);
    world.run_for(secs(1));
    assert_eq!(story(&world, first), ["connected", "gone"]);
    assert_eq!(story(&world, second), ["connected"]);
    assert_eq!(world.core.load(), (1, 1));
}

#[test]
fn signalling_removes_people_and_rooms() {
    let mut world = World::new(9);
    let (room, other) = (world.room(), world.room());
    let a = world.join(ClientSetup::new(room));
    let b = world.join(ClientSetup::new(room));
    let c = world.join(ClientSetup::new(room));
    let d = world.join(ClientSetup::new(other));
    world.run_for(secs(1));
    let participant = world.participant(a);
    world.command(NodeCommand::Remove { room, participant });
    assert_eq!(story(&world, a), ["connected", "gone"]);
    world.command(NodeCommand::Close { room });
    assert_eq!(story(&world, b), ["connected", "gone"]);
    assert_eq!(story(&world, c), ["connected", "gone"]);
    assert_eq!(story(&world, d), ["connected"]);
    world.run_for(secs(1));
    // The goodbye of DTLS tells the clients.
    assert!(world.client(b).closed);
    assert!(!world.client(d).closed);
    assert_eq!(world.core.load(), (1, 1));
}

#[test]
fn limits_refuse_clearly() {
    let mut world = World::with_config(10, |config| {
        config.limits.sessions = 4;
        config.limits.rooms = 2;
        config.limits.sessions_per_room = 2;
    });
    let rooms = [world.room(), world.room(), world.room()];
    let join = |world: &mut World, room| {
        world.try_join(ClientSetup::viewer(room), Path::GOOD, Path::GOOD).err()
    };
    assert_eq!(join(&mut world, rooms[0]), None);
    assert_eq!(join(&mut world, rooms[0]), None);
    assert_eq!(join(&mut world, rooms[0]), Some(OpenError::RoomFull));
    assert_eq!(join(&mut world, rooms[1]), None);
    assert_eq!(join(&mut world, rooms[2]), Some(OpenError::TooManyRooms));
    assert_eq!(join(&mut world, rooms[1]), None);
    assert_eq!(join(&mut world, rooms[1]), Some(OpenError::TooManySessions));
    assert_eq!(world.core.stats(world.now).counters.sessions_refused, 3);
    // Nothing of the refused is left.
    assert_eq!(world.core.load(), (4, 2));
}

#[test]
fn draining_tells_everyone_and_lets_nobody_in() {
    let mut world = World::new(11);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    world.run_for(secs(1));
    world.core.drain(Duration::from_millis(1_500));
    world.run_for(secs(1));
    assert_eq!(world.client(a).inbox.draining, Some(1_500));
    assert!(world.client(a).is_connected());
    let refused = world.try_join(ClientSetup::new(room), Path::GOOD, Path::GOOD);
    assert_eq!(refused.err(), Some(OpenError::Draining));
}

/// An offer of the world's own making, to be damaged.
fn offer(world: &mut World, room: RoomId) -> OpenRequest {
    let a = world.join(ClientSetup::new(room));
    let (sdp, tracks) = world.client(a).offer();
    let (sdp, tracks) = (sdp.to_owned(), tracks.to_vec());
    world.leave(a);
    OpenRequest {
        room,
        participant: ParticipantId::new(),
        session: SessionId::new(),
        publish: SourceSet::ALL,
        sdp,
        tracks,
        viewing: Viewing::Client,
    }
}

#[test]
fn offers_are_checked_against_their_purposes() {
    let mut world = World::new(12);
    let room = world.room();
    let good = offer(&mut world, room);
    let now = world.now;
    let publish = good.tracks[0].clone();
    let TrackPurpose::Publish { mid: publish_mid, .. } = publish.clone() else { unreachable!() };
    let slot_mid = good
        .tracks
        .iter()
        .find_map(|track| match track {
            TrackPurpose::Slot { mid, media: SlotMedia::Video } => Some(mid.clone()),
            _ => None,
        })
        .unwrap();
    let slot = |mid: &str, media| TrackPurpose::Slot { mid: mid.into(), media };
    let video = SlotMedia::Video;
    let refusals = [
        (slot("nope", video), OpenError::UnknownMid("nope".into())),
        (slot("n/pe", video), OpenError::BadMid("n/pe".into())),
        (slot("", video), OpenError::BadMid(String::new())),
        (slot(&publish_mid, video), OpenError::DuplicateMid(publish_mid.clone())),
        (
            TrackPurpose::Publish { mid: "x".into(), source: Source::Microphone },
            OpenError::DuplicateSource,
        ),
    ];
    for (extra, error) in refusals {
        let mut bad = good.clone();
        bad.tracks.push(extra);
        assert_eq!(world.core.open(now, bad), Err(error));
    }
    let mut bad = good.clone();
    bad.tracks = vec![slot(&publish_mid, SlotMedia::Audio)];
    assert_eq!(world.core.open(now, bad), Err(OpenError::WrongDirection(publish_mid)));
    let mut bad = good.clone();
    bad.tracks = vec![slot(&slot_mid, SlotMedia::Audio)];
    assert_eq!(world.core.open(now, bad), Err(OpenError::WrongKind(slot_mid)));
    let mut bad = good.clone();
    bad.tracks = (0..4).map(|n| slot(&format!("a{n}"), SlotMedia::Audio)).collect();
    assert_eq!(world.core.open(now, bad), Err(OpenError::TooManyAudioSlots));
    let mut bad = good.clone();
    bad.tracks = (0..26).map(|n| slot(&format!("v{n}"), video)).collect();
    assert_eq!(world.core.open(now, bad), Err(OpenError::TooManyVideoSlots));
    let mut bad = good.clone();
    bad.sdp = "hello".into();
    assert!(matches!(world.core.open(now, bad), Err(OpenError::BadOffer(_))));
    let mut bad = good.clone();
    bad.sdp = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n".repeat(100);
    assert_eq!(world.core.open(now, bad), Err(OpenError::OfferTooLarge));
    let mut bad = good.clone();
    bad.sdp = good.sdp.split("m=application").next().unwrap().to_owned();
    let refused = world.core.open(now, bad);
    assert!(
        matches!(refused, Err(OpenError::NoDataChannel | OpenError::BadOffer(_))),
        "{refused:?}"
    );
    assert_eq!(world.core.load(), (0, 0));
    assert!(world.core.open(now, good.clone()).is_ok());
    assert_eq!(world.core.open(now, good), Err(OpenError::DuplicateSession));
}

#[test]
fn damaged_offers_never_bring_the_shard_down() {
    let mut world = World::new(13);
    let room = world.room();
    let good = offer(&mut world, room);
    let now = world.now;
    for _ in 0..300 {
        let mut bad = good.clone();
        let mut lines: Vec<&str> = good.sdp.lines().collect();
        match world.random_below(3) {
            0 => {
                lines.remove(world.random_below(lines.len()));
            }
            1 => {
                let (from, to) = (world.random_below(lines.len()), world.random_below(lines.len()));
                lines.swap(from, to);
            }
            _ => {
                let at = world.random_below(lines.len());
                lines[at] = &lines[at][..world.random_below(lines[at].len() + 1)];
            }
        }
        bad.sdp = lines.join("\r\n") + "\r\n";
        bad.session = SessionId::new();
        let session = bad.session;
        if world.core.open(now, bad).is_ok() {
            world.core.close(now, session);
        }
    }
    assert_eq!(world.core.load(), (0, 0));
}
