//! A meeting goes on, whatever strangers and one of its own members throw at the node.

use std::{net::SocketAddr, time::Duration};

use szpon_protocol::{SessionId, media::Source};
use szpon_sfu_core::{OpenError, Transport};
use szpon_sfu_sim::{ClientKey, ClientSetup, World};
use szpon_sfu_srtp::{MAX_RTCP_OVERHEAD, MAX_RTP_OVERHEAD, Protector, Unprotector};

/// How long it lasts; and how often in this time something comes, many at once.
const FLOOD: Duration = Duration::from_secs(4);
const EVERY: Duration = Duration::from_millis(5);
/// At once: 20,000 datagrams a second.
const AT_ONCE: usize = 100;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Three who see and hear each other, and one more who will misbehave.
fn meeting(seed: u64) -> (World, Vec<ClientKey>, ClientKey) {
    let mut world = World::new(seed);
    let room = world.room();
    let people: Vec<ClientKey> = (0..3)
        .map(|_| world.join(ClientSetup { video_slots: 3, ..ClientSetup::new(room) }))
        .collect();
    let bad = world.join(ClientSetup { video_slots: 3, ..ClientSetup::new(room) });
    for person in &people {
        world.view_cameras(*person, &people, 640, 360);
    }
    world.client_mut(people[0]).speak(25);
    world.run_for(secs(5));
    (world, people, bad)
}

/// Pictures shown and audio packets heard by each of the good ones, while `flood` happens.
fn what_they_get(
    seed: u64,
    mut flood: impl FnMut(&mut World, ClientKey),
) -> (World, Vec<(usize, usize)>) {
    let (mut world, people, bad) = meeting(seed);
    let since = world.now;
    while world.now < since + FLOOD {
        flood(&mut world, bad);
        world.run_for(EVERY);
    }
    let got = people.iter().map(|person| {
        let client = world.client(*person);
        let heard = people.iter().map(|other| client.heard_from(*other as u32, since)).sum();
        (client.frames_since(since), heard)
    });
    let got = got.collect();
    for person in &people {
        assert!(world.client(*person).jumps().is_empty(), "{:?}", world.client(*person).jumps());
    }
    (world, got)
}

fn stun(username: &str) -> Vec<u8> {
    let mut attributes = vec![0, 6];
    attributes.extend((username.len() as u16).to_be_bytes());
    attributes.extend(username.as_bytes());
    attributes.resize(attributes.len().next_multiple_of(4), 0);
    // MESSAGE-INTEGRITY (RFC 8489, section 14.5) of nothing.
    attributes.extend([0, 8, 0, 20]);
    attributes.extend([0x5a; 20]);
    let mut message = vec![0, 1];
    message.extend((attributes.len() as u16).to_be_bytes());
    message.extend([0x21, 0x12, 0xa4, 0x42]);
    message.extend([7; 12]);
    message.extend(attributes);
    message
}

#[test]
fn strangers_disturb_nobody() {
    let (_, quiet) = what_they_get(1, |_, _| {});
    assert!(quiet.iter().all(|(frames, heard)| *frames > 2 * 18 * 4 && *heard > 2 * 48 * 4));
    let mut number = 0_u32;
    let (world, flooded) = what_they_get(1, |world, bad| {
        let member = world.client(bad).address;
        for _ in 0..AT_ONCE {
            number += 1;
            let [_, b, c, d] = number.to_be_bytes();
            let stranger = SocketAddr::from(([198, 18, c, d], 1_024 + u16::from(b)));
            let [high, low] = (number as u16).to_be_bytes();
            let datagram = match number % 6 {
                0 => stun(&format!("0003{number:012}:x")),
                1 => vec![0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4],
                2 => [&[0x80, 96, high, low, 0, 0, 0, 1, 0, 0, 0, 5][..], &[7; 1_100]].concat(),
                3 => [&[0x80, 200, 0, 6][..], &[9; 40]].concat(),
                4 => vec![0xff; 300],
                _ => Vec::new(),
            };
            // Some in the name of a member, without its keys.
            let source = if number.is_multiple_of(4) { member } else { stranger };
            world.inject(Transport::Udp, source, &datagram);
        }
    });
    assert_eq!(flooded, quiet, "frames and audio of each");
    let counters = world.core.counters();
    assert!(counters.datagrams_unknown > 50_000, "{counters:?}");
    assert_eq!(counters.sessions_closed, 0);
    assert_eq!(world.bound.len(), 4, "nobody has taken an address");
}

#[test]
fn a_member_disturbs_nobody_else() {
    let (_, quiet) = what_they_get(2, |_, _| {});
    let mut index = 40_000;
    let mut protector = None;
    let (world, flooded) = what_they_get(2, |world, bad| {
        let address = world.client(bad).address;
        let protector = protector.get_or_insert_with(|| {
            Protector::new(world.client(bad).srtp_keys().expect("it is connected")).unwrap()
        });
        for n in 0..AT_ONCE as u32 {
            index += 1;
            // Streams that it never had; reports that ask for everything, of everybody's.
            let ssrc = 0x5000_0000 + index as u32;
            let [a, b, c, d] = ssrc.to_be_bytes();
            let [high, low] = (index as u16).to_be_bytes();
            let mut packet = match n % 4 {
                0 => vec![0x80, 96, high, low, 0, 0, 0, 1, a, b, c, d, 1, 2, 3],
                // PLI and NACK (RFC 4585, section 6) for any stream.
                1 => vec![0x81, 206, 0, 2, 0, 0, 0, 1, a, b, c, d],
                2 => vec![0x81, 205, 0, 3, 0, 0, 0, 1, a, b, c, d, high, low, 0xff, 0xff],
                _ => vec![0x16, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, high, low, 0, 4, 1, 2, 3, 4],
            };
            let len = packet.len();
            packet.resize(len + MAX_RTP_OVERHEAD.max(MAX_RTCP_OVERHEAD), 0);
            let len = match n % 4 {
                0 => protector.protect_rtp(&mut packet, len, index).unwrap(),
                1 | 2 => protector.protect_rtcp(&mut packet, len).unwrap(),
                _ => len,
            };
            packet.truncate(len);
            world.inject(Transport::Udp, address, &packet);
        }
        // Two hundred views a second, each another one.
        let own = world.participant(bad);
        let other = world.participant(0);
        let who = if index % 200 == 0 { own } else { other };
        world.view(bad, &[(who, Source::Camera, (index % 640) as u16, 360)]);
    });
    assert_eq!(flooded, quiet, "frames and audio of each");
    let counters = world.core.counters();
    // Streams that nobody has heard of before, beyond those that a peer may have.
    let streams = counters.datagrams_over_limit + counters.datagrams_malformed;
    assert!(streams > 15_000, "{counters:?}");
    assert!(counters.messages_over_limit > 300, "{counters:?}");
    assert_eq!(counters.panics, 0);
    // Keyframes are asked for as often as somebody really needs one.
    assert!(counters.keyframe_requests < 40, "{counters:?}");
}

/// One who has its keys, or has overheard a check of its, comes from everywhere.
#[test]
fn a_member_has_so_many_addresses_and_no_more() {
    let (mut world, people, bad) = meeting(4);
    world.listen();
    world.run_for(secs(6));
    let address = world.client(bad).address;
    let heard = world.heard();
    let own = heard.iter().rev().filter(|heard| heard.source == address);
    let check = own.map(|heard| &heard.payload).find(|payload| payload.starts_with(&[0, 1]));
    let check = check.expect("checks go on").clone();
    let (flows, since) = (world.core.flows(), world.now);
    for n in 0..2_000_u16 {
        let source = SocketAddr::from(([203, 0, 113, 1], 1_024 + n));
        world.inject(Transport::Udp, source, &check);
    }
    let after = world.core.counters();
    assert!(world.core.flows() < flows + 16);
    assert!((1_700..1_800).contains(&after.datagrams_over_limit), "{after:?}");
    world.run_for(secs(2));
    assert!(world.client(people[1]).heard_from(people[0] as u32, since) >= 99);
    // A new start of ICE gives new room.
    world.change_network(bad).unwrap();
    world.run_for(secs(2));
    assert!(world.client(bad).heard_from(people[0] as u32, world.now - secs(1)) >= 49);
}

#[test]
fn handshakes_are_bounded_and_given_up() {
    let mut world = World::with_config(5, |config| config.limits.handshakes = 3);
    let room = world.room();
    let somebody = world.join(ClientSetup::viewer(room));
    world.run_for(secs(2));
    let sdp = world.client(somebody).offer().0.to_owned();
    let open = |world: &mut World| world.core.open_probe(world.now, SessionId::new(), &sdp);
    for _ in 0..3 {
        open(&mut world).unwrap();
    }
    assert_eq!(open(&mut world), Err(OpenError::TooManyHandshakes));
    world.run_for(secs(29));
    assert_eq!(open(&mut world), Err(OpenError::TooManyHandshakes));
    world.run_for(secs(2));
    assert_eq!(world.core.load(), (1, 1), "who has never come is forgotten");
    open(&mut world).unwrap();
}

/// Real packets of one of its streams, twenty times as many as it may.
#[test]
fn a_publisher_is_held_to_its_rate() {
    let (mut world, people, bad) = meeting(3);
    world.view_cameras(people[0], &[bad], 640, 360);
    world.listen();
    world.run_for(secs(1));
    let (mut protector, mut plain, mut index) = newest_packet(&mut world, bad);
    let address = world.client(bad).address;
    let before = world.core.counters();
    for _ in 0..secs(4).as_millis() / EVERY.as_millis() {
        for _ in 0..400 {
            index += 1;
            plain[2..4].copy_from_slice(&(index as u16).to_be_bytes());
            let packet = seal(&mut protector, &plain, index);
            world.inject(Transport::Udp, address, &packet);
        }
        world.run_for(EVERY);
    }
    let after = world.core.counters();
    // 80,000 in a second: 20,000 are looked at, and 5,000 are carried, with one second's burst.
    let taken = after.packets_received - before.packets_received;
    assert!((80_000..106_000).contains(&taken), "{taken}");
    let carried = after.packets_forwarded - before.packets_forwarded;
    assert!(carried < 5 * 6_000 * 3, "{carried}");
    assert!(after.datagrams_over_limit - before.datagrams_over_limit > 250_000);
    assert!(world.core.has_session(world.client(bad).session));
}

fn newest_packet(world: &mut World, of: ClientKey) -> (Protector, Vec<u8>, u64) {
    let address = world.client(of).address;
    let heard = world.heard();
    let keys = world.client(of).srtp_keys().unwrap();
    let mut opener = Unprotector::with_master(&keys.local).unwrap();
    let own = heard.iter().rev().filter(|heard| heard.source == address);
    let (plain, index) = own
        .filter(|heard| heard.payload[0] >= 128 && !(192..224).contains(&heard.payload[1]))
        .find_map(|heard| {
            let mut plain = heard.payload.clone();
            let opened = opener.unprotect_rtp(&mut plain).ok()?;
            plain.truncate(opened.len);
            Some((plain, opened.index))
        })
        .unwrap();
    (Protector::new(keys).unwrap(), plain, index)
}

fn seal(protector: &mut Protector, plain: &[u8], index: u64) -> Vec<u8> {
    let mut packet = plain.to_vec();
    packet.resize(plain.len() + MAX_RTP_OVERHEAD, 0);
    let len = protector.protect_rtp(&mut packet, plain.len(), index).unwrap();
    packet.truncate(len);
    packet
}

#[test]
fn a_shard_that_is_behind_reads_no_reports_and_forwards_pictures() {
    let mut world = World::new(97);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    let b = world.join(ClientSetup::viewer(room));
    world.view_cameras(b, &[a], 320, 180);
    world.run_for(secs(3));
    assert_eq!(world.core.counters().reports_skipped, 0);
    let since = world.now;
    world.core.set_behind(true);
    world.run_for(secs(2));
    let skipped = world.core.counters().reports_skipped;
    assert!(skipped > 10, "{skipped}");
    assert!(world.client(b).frames_since(since) > 40);
    world.core.set_behind(false);
    world.run_for(secs(2));
    assert_eq!(world.core.counters().reports_skipped, skipped);
}
