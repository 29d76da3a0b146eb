use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::units::{RtpTime, SeqNo};

const US: Ssrc = Ssrc::new(0x0102_0304);
const THEM: Ssrc = Ssrc::new(0xfffe_fdfc);

fn one(bytes: &[u8]) -> Packet<'_> {
    let mut all = parse(bytes);
    let packet = all.next().expect("a packet").expect("a good one");
    assert!(all.next().is_none(), "only one");
    packet
}

fn arrivals(feedback: &Feedback<'_>) -> Vec<(u16, Option<i64>)> {
    feedback.statuses().map(|status| (status.seq.get(), status.arrival)).collect()
}

#[test]
fn an_empty_datagram_has_no_packet() {
    assert!(parse(&[]).next().is_none());
}

#[test]
fn a_wrong_header_ends_the_datagram() {
    let mut bytes = Vec::new();
    write::pli(&mut bytes, US, THEM);
    bytes.extend([0x40, 206, 0, 2]);
    let all: Vec<_> = parse(&bytes).collect();
    assert!(matches!(all[..], [Ok(Packet::Pli { .. }), Err(RtcpError::Version(1))]));
    assert_eq!(parse(&[0x80, 200, 0]).next().unwrap().unwrap_err(), RtcpError::ShortHeader);
    assert_eq!(parse(&[0x80, 200, 0, 1, 0]).next().unwrap().unwrap_err(), RtcpError::ShortPacket);
}

#[test]
fn a_wrong_body_concerns_its_packet_alone() {
    // A report of one block without it.
    let mut bytes = vec![0x81, 201, 0, 1, 1, 2, 3, 4];
    write::pli(&mut bytes, US, THEM);
    let all: Vec<_> = parse(&bytes).collect();
    let short = RtcpError::ShortBody { packet_type: 201 };
    assert!(matches!(all[..], [Err(error), Ok(Packet::Pli { .. })] if error == short));
}

#[test]
fn padding_is_left_out() {
    let mut nack =
        vec![0xa1, 205, 0, 4, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc, 0, 9, 0, 1, 0, 0, 0, 4];
    match one(&nack) {
        Packet::Nack { sender: US, media: THEM, lost } => {
            assert_eq!(lost.map(SeqNo::get).collect::<Vec<_>>(), [9, 10]);
        }
        other => panic!("{other:?}"),
    }
    for wrong in [0, 17, 255] {
        *nack.last_mut().unwrap() = wrong;
        assert_eq!(parse(&nack).next().unwrap().unwrap_err(), RtcpError::Padding);
    }
}

#[test]
fn extended_reports_and_unknown_feedback_are_passed_over() {
    // Receiver reference time (RFC 3611, 4.4).
    let xr = [0x80, 207, 0, 4, 1, 2, 3, 4, 4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8];
    assert!(matches!(one(&xr), Packet::Other { packet_type: 207, format: 0 }));
    // Application layer feedback that is no REMB.
    let app = [0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, b'G', b'O', b'O', b'G'];
    assert!(matches!(one(&app), Packet::Other { packet_type: 206, format: 15 }));
}

#[test]
fn remb_as_browsers_send_it() {
    let remb = [
        0x8f, 206, 0, 6, 1, 2, 3, 4, 0, 0, 0, 0, b'R', b'E', b'M', b'B', 2, 0x16, 0xa3, 0x38, 0, 0,
        0, 7, 0, 0, 0, 8,
    ];
    match one(&remb) {
        Packet::Remb { sender: US, bitrate, sources } => {
            // Exponent 5, mantissa 0x2a338.
            assert_eq!(bitrate, Bitrate::bps(0x2_a338 << 5));
            assert_eq!(sources.map(Ssrc::get).collect::<Vec<_>>(), [7, 8]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn round_trips_come_from_reports() {
    let sent = NtpTime::new(0xe000_1234_8000_0000);
    let mut block = ReportBlock {
        source: THEM,
        fraction_lost: 64,
        cumulative_lost: -3,
        highest_sequence: 70_000,
        jitter: 90,
        last_sender_report: sent.compact(),
        delay_since: 65_536 / 4,
    };
    let now = NtpTime::new(sent.get() + (3 << 31));
    assert_eq!(block.round_trip(now), Some(Duration::from_millis(1250)));
    assert_eq!(block.loss(), 0.25);
    assert_eq!(block.round_trip(sent), None, "the delay is longer than it may be");
    block.last_sender_report = 0;
    assert_eq!(block.round_trip(now), None);
}

#[test]
fn canonical_names_are_found_among_other_items() {
    let mut bytes = Vec::new();
    write::cname(&mut bytes, US, b"office@szpon");
    // A chunk with a tool and no name, put behind the first.
    bytes.extend([0xff, 0xfe, 0xfd, 0xfc, 6, 2, b'a', b'b', 0, 0, 0, 0]);
    bytes[0] += 1;
    bytes[3] += 3;
    match one(&bytes) {
        Packet::Sdes { names } => {
            assert_eq!(names.collect::<Vec<_>>(), [(US, &b"office@szpon"[..])]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_kinds_of_chunks_are_understood() {
    // Twelve packets: a run of two, a vector of two bits for seven, and one of one bit whose end
    // lies beyond them.
    let bytes = [
        0x8f,
        205,
        0,
        8,
        1,
        2,
        3,
        4,
        0xff,
        0xfe,
        0xfd,
        0xfc, // header, sources
        0xff,
        0xff,
        0,
        12,
        0,
        0,
        9,
        77, // base, count, reference, number
        0x20,
        2, // run: two small
        0b1101_0010,
        0b0000_0001, // two bits: 1 0 2 0 0 0 1
        0b1010_1000,
        0, // one bit: 1 0 1, the rest unused
        4,
        8, // run
        16,
        0xff,
        0xf0,
        1, // vector of two bits: small 16, large -16, small 1
        2,
        3, // vector of one bit
        0,
        0,
    ];
    let Packet::TransportFeedback(feedback) = one(&bytes) else { panic!("not feedback") };
    assert_eq!((feedback.sender, feedback.media, feedback.number), (US, THEM, 77));
    assert_eq!(feedback.reference, 9);
    assert_eq!(
        arrivals(&feedback),
        [
            (65_535, Some(4)),
            (0, Some(12)),
            (1, Some(28)),
            (2, None),
            (3, Some(12)),
            (4, None),
            (5, None),
            (6, None),
            (7, Some(13)),
            (8, Some(15)),
            (9, None),
            (10, Some(18)),
        ]
    );
}

#[test]
fn feedback_that_lies_is_refused() {
    let body = |count: u8, chunk: [u8; 2], deltas: [u8; 2]| {
        let [a, b] = chunk;
        let [c, d] = deltas;
        vec![0x8f, 205, 0, 5, 1, 2, 3, 4, 0, 0, 0, 0, 0, 1, 0, count, 0, 0, 9, 1, a, b, c, d]
    };
    let read = |bytes: &[u8]| parse(bytes).next().unwrap().map(|_| ());
    assert_eq!(read(&body(2, [0x20, 2], [1, 1])), Ok(()));
    let short = Err(RtcpError::ShortBody { packet_type: 205 });
    assert_eq!(read(&body(3, [0x20, 3], [1, 1])), short);
    assert_eq!(read(&body(2, [0x40, 2], [1, 1])), short);
    assert_eq!(read(&body(9, [0x20, 0], [0, 0])), short, "runs of nothing");
    assert_eq!(read(&body(2, [0x60, 2], [1, 1])), Err(RtcpError::ReservedSymbol));
}

#[test]
fn a_recorder_tells_of_each_packet_once() {
    let epoch = Instant::now();
    let at = |ms| epoch + Duration::from_millis(ms);
    let mut recorder = ArrivalRecorder::new(epoch);
    let mut bytes = Vec::new();
    assert!(!recorder.write(&mut bytes, US, THEM));
    for (seq, ms) in [(65_534, 1000), (65_535, 1001), (1, 1200), (1, 1300)] {
        recorder.on_packet(SeqNo::new(seq), at(ms));
    }
    assert!(recorder.write(&mut bytes, US, THEM));
    assert!(!recorder.is_pending() && !recorder.write(&mut bytes, US, THEM));
    let Packet::TransportFeedback(feedback) = one(&bytes) else { panic!("not feedback") };
    // The reference is 960 ms.
    assert_eq!(feedback.reference, 15);
    assert_eq!(
        arrivals(&feedback),
        [(65_534, Some(160)), (65_535, Some(164)), (0, None), (1, Some(960))]
    );
    // A late one is told of with what came after it.
    recorder.on_packet(SeqNo::new(0), at(1400));
    bytes.clear();
    assert!(recorder.write(&mut bytes, US, THEM));
    let Packet::TransportFeedback(feedback) = one(&bytes) else { panic!("not feedback") };
    assert_eq!(feedback.number, 1);
    assert_eq!(arrivals(&feedback).len(), 2);
    assert!(!recorder.is_pending());
}

#[test]
fn a_pause_splits_the_message() {
    let epoch = Instant::now();
    let mut recorder = ArrivalRecorder::new(epoch);
    recorder.on_packet(SeqNo::new(1), epoch);
    recorder.on_packet(SeqNo::new(2), epoch + Duration::from_secs(20));
    let mut bytes = Vec::new();
    while recorder.write(&mut bytes, US, THEM) {}
    assert_eq!(parse(&bytes).filter(Result::is_ok).count(), 2);
}

fn report_block() -> impl Strategy<Value = ReportBlock> {
    (any::<[u32; 5]>(), any::<u8>(), -(1 << 23)..1 << 23).prop_map(
        |(words, fraction_lost, lost)| ReportBlock {
            source: Ssrc::new(words[0]),
            fraction_lost,
            cumulative_lost: lost,
            highest_sequence: words[1],
            jitter: words[2],
            last_sender_report: words[3],
            delay_since: words[4],
        },
    )
}

/// Looks at everything there is.
fn consume(packet: Packet<'_>) -> usize {
    match packet {
        Packet::SenderReport { blocks, .. } | Packet::ReceiverReport { blocks, .. } => blocks
            .inspect(|block| {
                block.round_trip(NtpTime::new(1 << 40));
            })
            .count(),
        Packet::Sdes { names } => names.count(),
        Packet::Bye { sources } | Packet::Remb { sources, .. } => sources.count(),
        Packet::Nack { lost, .. } => lost.count(),
        Packet::Fir { entries, .. } => entries.count(),
        Packet::TransportFeedback(feedback) => {
            let statuses = feedback.statuses().count();
            assert_eq!(statuses, usize::from(feedback.count));
            statuses
        }
        Packet::Pli { .. } | Packet::Other { .. } => 0,
    }
}

/// A datagram of known packet types with rubbish in them.
fn likely() -> impl Strategy<Value = Vec<u8>> {
    let packet = (0..64_u8, 199..208_u8, prop::collection::vec(any::<u8>(), 0..60));
    prop::collection::vec(packet, 0..4).prop_map(|packets| {
        let mut bytes = Vec::new();
        for (format, packet_type, body) in packets {
            write::packet(&mut bytes, format & 0x3f, packet_type, |out| out.extend(body));
        }
        bytes
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for packet in parse(&bytes).flatten() {
            consume(packet);
        }
    }

    #[test]
    fn well_framed_rubbish_never_panics(bytes in likely(), cut in any::<prop::sample::Index>()) {
        for packet in parse(&bytes).flatten() {
            consume(packet);
        }
        for packet in parse(&bytes[..cut.index(bytes.len() + 1)]).flatten() {
            consume(packet);
        }
    }

    #[test]
    fn reports_come_out_as_they_went_in(
        blocks in prop::collection::vec(report_block(), 0..=MAX_COUNT),
        ntp: u64, rtp: u32, packets: u32, octets: u32, cut in any::<prop::sample::Index>(),
    ) {
        let info = SenderInfo { ntp: NtpTime::new(ntp), rtp: RtpTime::new(rtp), packets, octets };
        let mut bytes = Vec::new();
        write::sender_report(&mut bytes, US, &info, &blocks);
        match one(&bytes) {
            Packet::SenderReport { sender: US, info: seen, blocks: read } => {
                prop_assert_eq!(seen, info);
                prop_assert_eq!(read.collect::<Vec<_>>(), blocks.clone());
            }
            other => prop_assert!(false, "{:?}", other),
        }
        let short = &bytes[..cut.index(bytes.len())];
        prop_assert!(parse(short).all(|packet| packet.is_err()));
        bytes.clear();
        write::receiver_report(&mut bytes, US, &blocks);
        match one(&bytes) {
            Packet::ReceiverReport { sender: US, blocks: read } => {
                prop_assert_eq!(read.collect::<Vec<_>>(), blocks);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn nacks_come_out_as_they_went_in(
        start: u16, steps in prop::collection::vec(1..40_u16, 1..300),
    ) {
        let mut seq = SeqNo::new(start);
        let lost: Vec<_> = steps.iter().map(|step| { seq = seq.plus(*step); seq }).collect();
        let mut bytes = Vec::new();
        let taken = write::nack(&mut bytes, US, THEM, lost.iter().copied());
        prop_assert!(taken == lost.len() || taken >= 250);
        match one(&bytes) {
            Packet::Nack { sender: US, media: THEM, lost: read } => {
                prop_assert_eq!(read.collect::<Vec<_>>(), &lost[..taken]);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn the_rest_comes_out_as_it_went_in(
        sources in prop::collection::vec(any::<u32>(), 0..=MAX_COUNT),
        name in prop::collection::vec(any::<u8>(), 0..255),
        number: u8,
    ) {
        let sources: Vec<_> = sources.into_iter().map(Ssrc::new).collect();
        let entries: Vec<_> = sources.iter().map(|media| FirEntry { media: *media, number }).collect();
        let mut bytes = Vec::new();
        write::cname(&mut bytes, US, &name);
        write::fir(&mut bytes, US, &entries);
        write::pli(&mut bytes, US, THEM);
        write::bye(&mut bytes, &sources);
        let all: Vec<_> = parse(&bytes).map(|packet| packet.expect("a good one")).collect();
        match &all[..] {
            [
                Packet::Sdes { names },
                Packet::Fir { sender: US, entries: read },
                Packet::Pli { sender: US, media: THEM },
                Packet::Bye { sources: gone },
            ] => {
                prop_assert_eq!(names.clone().collect::<Vec<_>>(), [(US, &name[..])]);
                prop_assert_eq!(read.clone().collect::<Vec<_>>(), entries);
                prop_assert_eq!(gone.clone().collect::<Vec<_>>(), sources);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// Whatever arrives in whatever order: what the messages tell is when it came.
    #[test]
    fn recorded_arrivals_come_out_as_they_went_in(
        start: u16,
        steps in prop::collection::vec((-5_i64..8, 0..90_000_u64), 1..280),
    ) {
        let epoch = Instant::now();
        let mut recorder = ArrivalRecorder::new(epoch);
        let mut came = std::collections::HashMap::new();
        let (mut newest, mut micros) = (i64::from(start), 0);
        for (ahead, wait) in steps {
            micros += wait;
            let seq = (newest + ahead) as u16;
            newest = newest.max(newest + ahead);
            recorder.on_packet(SeqNo::new(seq), epoch + Duration::from_micros(micros));
            came.entry(seq).or_insert(micros / 250);
        }
        let mut bytes = Vec::new();
        while recorder.write(&mut bytes, US, THEM) {
            prop_assert!(bytes.len() < 1200 * 300);
        }
        let mut told = std::collections::HashMap::new();
        for packet in parse(&bytes) {
            let Packet::TransportFeedback(feedback) = packet.expect("a good one") else {
                panic!("not feedback")
            };
            for status in feedback.statuses() {
                if let Some(arrival) = status.arrival {
                    let ticks = i64::from(feedback.reference) * REFERENCE_TICKS + arrival;
                    told.insert(status.seq.get(), ticks as u64);
                }
            }
        }
        prop_assert_eq!(told, came);
    }
}
