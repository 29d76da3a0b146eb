use std::net::SocketAddr;

use str0m::rtp::{Extension, ExtensionMap};
use szpon_media::rtcp::{self, Packet};
use szpon_sfu_srtp::{Profile, SrtpKeys};

use super::*;
use crate::io::Transport;

const VIDEO: u32 = 0x1111;
const REPEATED: u32 = 0x2222;
const AUDIO: u32 = 0x3333;

fn keys(is_client: bool) -> SrtpKeys {
    let profile = Profile::AeadAes128Gcm;
    let material: Vec<u8> = (0..2 * (profile.key_len() + profile.salt_len()) as u8).collect();
    SrtpKeys::from_material(profile, &material, is_client).unwrap()
}

/// A sending side with a stream of video, 0, and one of audio, 1, and its receiver.
fn pair(estimate: Bitrate, now: Instant) -> (Egress, Unprotector) {
    let mut egress = Egress::new(keys(false).into(), estimate, now);
    let mut extensions = ExtensionMap::empty();
    extensions.set(3, Extension::TransportSequenceNumber);
    for (audio, ssrc, rtx) in [(false, VIDEO, Some(REPEATED)), (true, AUDIO, None)] {
        let (mid, cname) = ("v".into(), "name".to_owned());
        let extensions = extensions.clone();
        let rtx_type = rtx.map(|_| 97);
        egress.add_stream(
            StreamSetup { mid, audio, ssrc, rtx, rtx_type, extensions, dependency: None, cname },
            7,
        );
    }
    let address = SocketAddr::from(([192, 0, 2, 1], 1));
    let route = Route { transport: Transport::Udp, source: address, destination: address };
    egress.set_route(route);
    egress.secure().unwrap();
    (egress, Unprotector::new(&keys(true)).unwrap())
}

fn write(seq: u64, payload: &Arc<[u8]>) -> Write<'_> {
    Write {
        payload_type: 96,
        rtx: Some(97),
        seq: ExtSeq::new(seq),
        time: RtpTime::new(90 * seq as u32),
        marker: true,
        padding: 0,
        payload,
        part: Part::whole(payload),
        patch: Patch::default(),
        dependency: None,
        level: None,
    }
}

#[derive(Debug, PartialEq)]
struct Received {
    ssrc: u32,
    index: u64,
    payload_type: u8,
    transport_seq: u16,
    payload: Vec<u8>,
}

fn receive(outbox: &mut Outbox, unprotector: &mut Unprotector) -> Vec<Received> {
    let mut received = Vec::new();
    for datagram in outbox.runs().flat_map(|run| run.datagrams()) {
        let mut packet = datagram.to_vec();
        if crate::returns::is_rtcp(&packet) {
            continue;
        }
        let opened = unprotector.unprotect_rtp(&mut packet).unwrap();
        received.push(Received {
            ssrc: opened.ssrc,
            index: opened.index,
            payload_type: packet[1] & 0x7f,
            // The only element of the header extension.
            transport_seq: u16::from_be_bytes([packet[17], packet[18]]),
            payload: packet[opened.header..opened.len].to_vec(),
        });
    }
    outbox.clear();
    received
}

#[test]
fn a_packet_is_sent_once_and_repeated_under_another_number() {
    let now = Instant::now();
    let (mut egress, mut unprotector) = pair(Bitrate::kbps(5_000), now);
    let mut outbox = Outbox::default();
    let payload: Arc<[u8]> = Arc::from([1, 2, 3]);
    assert!(!egress.send_again(0, &write(65_536, &payload), now, &mut outbox), "never sent");
    for (seq, expected) in [(65_535, true), (65_536, true), (65_536, false)] {
        assert_eq!(egress.send(0, &write(seq, &payload), now, &mut outbox), expected, "{seq}");
    }
    assert!(egress.send_again(0, &write(65_536, &payload), now, &mut outbox));
    let received = receive(&mut outbox, &mut unprotector);
    let main = |index, transport_seq| Received {
        ssrc: VIDEO,
        index,
        payload_type: 96,
        transport_seq,
        payload: vec![1, 2, 3],
    };
    let first = received[0].transport_seq;
    let again = Received {
        ssrc: REPEATED,
        index: 7,
        payload_type: 97,
        transport_seq: first.wrapping_add(2),
        // The original number comes first (RFC 4588, section 4).
        payload: vec![0, 0, 1, 2, 3],
    };
    assert_eq!(received, [main(65_535, first), main(65_536, first.wrapping_add(1)), again]);
}

#[test]
fn a_burst_on_a_thin_line_waits_and_sound_does_not() {
    let start = Instant::now();
    let (mut egress, mut unprotector) = pair(Bitrate::kbps(300), start);
    let mut outbox = Outbox::default();
    let payload: Arc<[u8]> = Arc::from([9; 1_000]);
    for seq in 0..20 {
        assert!(egress.send(0, &write(seq, &payload), start, &mut outbox));
    }
    assert!(egress.send(1, &write(0, &payload), start, &mut outbox));
    let at_once = receive(&mut outbox, &mut unprotector);
    assert!(at_once.len() < 6);
    assert_eq!(at_once.last().map(|packet| packet.ssrc), Some(AUDIO));
    let mut seen = at_once.len() - 1;
    let mut now = start;
    while seen < 20 {
        now = egress.sooner(now).expect("something waits").max(now);
        assert!(now < start + Duration::from_secs(1), "two and a half times 300 kbit/s");
        egress.on_time(now, &mut outbox);
        for packet in receive(&mut outbox, &mut unprotector) {
            if packet.ssrc == VIDEO {
                assert_eq!(packet.index, seen as u64);
                seen += 1;
            }
        }
    }
    assert!(now > start + Duration::from_millis(150));
}

#[test]
fn reports_say_what_was_sent() {
    let start = Instant::now();
    let (mut egress, mut unprotector) = pair(Bitrate::kbps(5_000), start);
    let mut outbox = Outbox::default();
    let payload: Arc<[u8]> = Arc::from([9; 100]);
    egress.send(0, &write(1, &payload), start, &mut outbox);
    egress.send(0, &write(2, &payload), start, &mut outbox);
    outbox.clear();
    let now = start + REPORT_INTERVAL;
    egress.on_time(now, &mut outbox);
    let is_report = |datagram: &&[u8]| crate::returns::is_rtcp(datagram);
    let report = outbox.runs().flat_map(|run| run.datagrams()).find(is_report);
    let mut report = report.expect("a report is due").to_vec();
    let len = unprotector.unprotect_rtcp(&mut report).unwrap();
    let packets: Vec<_> = rtcp::parse(&report[..len]).map(Result::unwrap).collect();
    let [Packet::SenderReport { sender, info, .. }, Packet::Sdes { .. }] = &packets[..] else {
        panic!("a report and a name: {packets:?}");
    };
    assert_eq!((sender.get(), info.packets, info.octets), (VIDEO, 2, 200));
    assert_eq!(info.rtp, RtpTime::new(180 + 90_000));
    outbox.clear();
    egress.on_time(now + REPORT_INTERVAL, &mut outbox);
    let reports = outbox.runs().flat_map(|run| run.datagrams()).filter(is_report);
    assert_eq!(reports.count(), 0, "nothing new");
}

#[test]
fn nothing_is_sent_before_the_handshake() {
    let now = Instant::now();
    let mut egress = Egress::new(KeySlot::default(), Bitrate::kbps(300), now);
    assert!(egress.secure().is_err());
    assert!(!egress.is_secure());
    let payload: Arc<[u8]> = Arc::from([1]);
    assert!(!egress.send(0, &write(1, &payload), now, &mut Outbox::default()));
    assert_eq!(egress.sooner(now), None);
    assert_eq!(egress.open(&mut [0x80, 200, 0, 0]), None);
}

#[test]
fn padding_makes_one_run_of_packets_that_differ_a_little() {
    let now = Instant::now();
    let (mut egress, mut unprotector) = pair(Bitrate::kbps(5_000), now);
    let mut outbox = Outbox::default();
    let sizes = [(999, 1), (999, 1), (1_000, 0), (400, 0)];
    for (n, (len, padding)) in sizes.into_iter().enumerate() {
        let payload: Arc<[u8]> = vec![7; len].into();
        let write = Write { padding, ..write(n as u64, &payload) };
        assert!(egress.send(0, &write, now, &mut outbox));
    }
    assert_eq!(outbox.runs().count(), 1);
    let datagrams = outbox.runs().flat_map(|run| run.datagrams());
    for (datagram, (len, padding)) in datagrams.zip(sizes) {
        let mut packet = datagram.to_vec();
        let opened = unprotector.unprotect_rtp(&mut packet).unwrap();
        let payload = &packet[opened.header..opened.len];
        assert_eq!(payload[..len], vec![7; len]);
        assert_eq!(payload[len..], vec![1; padding.into()]);
        assert_eq!(packet[0] & 0x20 != 0, padding > 0, "the P bit");
    }
}

#[test]
fn packets_of_pictures_are_sent_twice_where_that_was_decided() {
    let start = Instant::now();
    // So little that most of them wait for the pacer.
    let (mut egress, mut unprotector) = pair(Bitrate::kbps(300), start);
    egress.set_doubled(true);
    let mut outbox = Outbox::default();
    let payload: Arc<[u8]> = Arc::from([9; 1_000]);
    for seq in 0..8 {
        assert!(egress.send(0, &write(seq, &payload), start, &mut outbox));
    }
    assert!(egress.send(1, &write(0, &payload), start, &mut outbox));
    let mut received = receive(&mut outbox, &mut unprotector);
    let mut now = start;
    while now < start + Duration::from_secs(1) {
        now += Duration::from_millis(5);
        egress.on_time(now, &mut outbox);
        received.extend(receive(&mut outbox, &mut unprotector));
    }
    let of = |ssrc: u32| received.iter().filter(move |packet| packet.ssrc == ssrc);
    assert!(of(VIDEO).map(|packet| packet.index).eq(0..8));
    // RFC 4588, section 4: the number comes first. What is padding has none.
    let repeats = of(REPEATED).filter(|packet| packet.payload.len() == 2 + payload.len());
    assert!(repeats.map(|packet| u64::from(packet.payload[1])).eq(0..8));
    assert_eq!(of(AUDIO).count(), 1);
}
