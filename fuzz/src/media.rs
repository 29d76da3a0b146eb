//! Payloads, RTCP, and the numbers that a packet comes with.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use szpon_media::{
    ClockRate, ExtSeq, RtpTime, SeqNo,
    codec::{Descriptor, VideoCodec, VideoPacket},
    history::History,
    munger::{Munger, Refused},
    opus, red,
    redundancy::Frames,
    rtcp::{self, FirEntry, Packet, ReportBlock, Ssrc, write},
    vp8, vp9,
};

use crate::Input;

/// A video payload is read the same whatever surrounds it, a descriptor lies inside of it, and
/// rewriting changes the numbers that it should and nothing else.
pub fn video_payload(data: &[u8]) {
    let mut input = Input::new(data);
    let codec = match input.u8() % 4 {
        0 => VideoCodec::Vp8,
        1 => VideoCodec::Vp9,
        2 => VideoCodec::H264,
        _ => VideoCodec::Av1,
    };
    let mut vp8 = vp8::Rewriter::new();
    let mut vp9 = vp9::Rewriter::new();
    let mut munger: Munger<u8> = Munger::new(ClockRate::VIDEO, SeqNo::new(7), RtpTime::new(1));
    let now = Instant::now();
    let mut seq = 1_000;
    while !input.is_empty() {
        let (source, payload) = (input.u8() % 2, input.chunk());
        seq += 1;
        let packet = VideoPacket::parse(codec, payload);
        if packet.starts_keyframe {
            assert!(!payload.is_empty());
        }
        let (seq, time) = (ExtSeq::new(seq), RtpTime::new(seq as u32));
        let outgoing = if munger.current() == Some(source) {
            munger.forward(source, seq, time, now)
        } else {
            Ok(munger.switch(source, seq, time, now))
        };
        let Ok(outgoing) = outgoing else { continue };
        let (len, patch) = match &packet.descriptor {
            Descriptor::Vp8(descriptor) => {
                let Some(rewrite) = vp8.rewrite(outgoing.segment, descriptor) else { continue };
                (descriptor.len, descriptor.patch(&rewrite))
            }
            Descriptor::Vp9(descriptor) => {
                let Some(rewrite) = vp9.rewrite(outgoing.segment, descriptor) else { continue };
                (descriptor.len, descriptor.patch(&rewrite))
            }
            Descriptor::None => continue,
        };
        assert!(len <= payload.len(), "a descriptor of {len} in {}", payload.len());
        assert!(patch.bytes().all(|(at, _)| at < len), "a patch outside of the descriptor");
        let mut out = payload.to_vec();
        patch.apply(&mut out);
        let again = VideoPacket::parse(codec, &out);
        assert_eq!(again.starts_keyframe, packet.starts_keyframe);
        assert_eq!(again.temporal_id, packet.temporal_id);
        assert_eq!(again.starts_frame, packet.starts_frame);
        assert_eq!(again.size, packet.size);
        assert_eq!(out[len..], payload[len..]);
    }
}

/// RED is taken apart without a byte lost; Opus has a length of at most 120 ms times what its count
/// can say.
pub fn audio_payload(data: &[u8]) {
    if let Ok(parsed) = red::Red::parse(data) {
        let copies: usize = parsed.redundant.iter().map(|block| block.data.len()).sum();
        assert_eq!(4 * parsed.redundant.len() + 1 + copies + parsed.primary.len(), data.len());
        assert!(data.ends_with(parsed.primary));
        if parsed.redundant.iter().all(|block| block.payload_type == parsed.payload_type) {
            let copies = parsed.redundant.iter().map(|block| (block.age_ticks, block.data));
            assert_eq!(red::build(parsed.payload_type, copies, parsed.primary), data);
        }
    }
    let (mut frames, payload) = (Frames::default(), Arc::<[u8]>::from(data));
    for (number, seq) in [(0, 1), (1, 9), (2, 4)] {
        let time = RtpTime::new(number * 960);
        for frame in frames.on_packet(ExtSeq::new(seq), time, &payload, true).into_iter().flatten()
        {
            let (whole, part) = frame.part();
            assert!(part.end <= whole.len());
        }
        frames.wrap(time, data, 3, 111);
    }
    if let Some(duration) = opus::packet_duration(data) {
        assert!(duration <= Duration::from_millis(60) * 63);
        assert!(opus::frame_duration(data).is_some());
    }
    assert!(data.len() <= 2 || !opus::is_dtx(data));
}

/// What is read and written again is read as the same, and nothing is read twice or outside.
pub fn rtcp(data: &[u8]) {
    // Headers of four bytes, and an error at the end.
    assert!(rtcp::parse(data).count() <= data.len() / 4 + 1);
    for packet in rtcp::parse(data) {
        let Ok(packet) = packet else { continue };
        let mut out = Vec::new();
        match packet {
            Packet::SenderReport { sender, info, blocks } => {
                let blocks: Vec<ReportBlock> = blocks.collect();
                write::sender_report(&mut out, sender, &info, &blocks);
                let Packet::SenderReport { sender: s, info: i, blocks: b } = one(&out) else {
                    panic!("no sender report")
                };
                assert_eq!((s, i, b.collect::<Vec<_>>()), (sender, info, blocks));
            }
            Packet::ReceiverReport { sender, blocks } => {
                let blocks: Vec<ReportBlock> = blocks.collect();
                assert!(blocks.iter().all(|block| (0.0..1.0).contains(&block.loss())));
                write::receiver_report(&mut out, sender, &blocks);
                let Packet::ReceiverReport { sender: s, blocks: b } = one(&out) else {
                    panic!("no receiver report")
                };
                assert_eq!((s, b.collect::<Vec<_>>()), (sender, blocks));
            }
            Packet::Sdes { names } => {
                for (source, name) in names {
                    write::cname(&mut out, source, name);
                }
                if !out.is_empty() {
                    assert!(rtcp::parse(&out).all(|packet| packet.is_ok()));
                }
            }
            Packet::Bye { sources } => {
                let sources: Vec<Ssrc> = sources.collect();
                write::bye(&mut out, &sources);
                let Packet::Bye { sources: again } = one(&out) else { panic!("no goodbye") };
                assert_eq!(again.collect::<Vec<_>>(), sources);
            }
            Packet::Nack { sender, media, lost } => {
                let lost: Vec<SeqNo> = lost.collect();
                // Seventeen numbers in each four bytes.
                assert!(lost.len() <= data.len() / 4 * 17);
                let taken = write::nack(&mut out, sender, media, lost.iter().copied());
                if taken == lost.len() && taken > 0 {
                    let Packet::Nack { sender: s, media: m, lost: again } = one(&out) else {
                        panic!("no NACK")
                    };
                    assert_eq!((s, m), (sender, media));
                    let mut wanted: Vec<u16> = lost.iter().map(|seq| seq.get()).collect();
                    let mut got: Vec<u16> = again.map(|seq| seq.get()).collect();
                    for list in [&mut wanted, &mut got] {
                        list.sort_unstable();
                        list.dedup();
                    }
                    assert_eq!(got, wanted);
                }
            }
            Packet::Pli { sender, media } => {
                write::pli(&mut out, sender, media);
                let Packet::Pli { sender: s, media: m } = one(&out) else { panic!("no PLI") };
                assert_eq!((s, m), (sender, media));
            }
            Packet::Fir { sender, entries } => {
                let entries: Vec<FirEntry> = entries.collect();
                write::fir(&mut out, sender, &entries);
                let Packet::Fir { sender: s, entries: again } = one(&out) else { panic!("no FIR") };
                assert_eq!(s, sender);
                assert!(again.eq(entries.iter().copied()));
            }
            Packet::TransportFeedback(feedback) => {
                let statuses: Vec<_> = feedback.statuses().collect();
                assert_eq!(statuses.len(), usize::from(feedback.count));
                for (n, status) in statuses.iter().enumerate() {
                    assert_eq!(status.seq, feedback.base.plus(n as u16));
                }
            }
            Packet::Remb { sources, .. } => {
                assert!(sources.count() <= data.len() / 4);
            }
            Packet::Other { .. } => {}
        }
    }
}

fn one(bytes: &[u8]) -> Packet<'_> {
    let mut all = rtcp::parse(bytes);
    let packet = all.next().expect("what was written is there").expect("and can be read");
    assert!(all.next().is_none(), "and nothing else");
    packet
}

/// The outgoing stream never gives one number to two packets, and each number leads back.
pub fn renumbering(data: &[u8]) {
    let mut input = Input::new(data);
    let first = input.u16();
    let mut munger: Munger<u8> =
        Munger::new(ClockRate::VIDEO, SeqNo::new(first), RtpTime::new(input.u32()));
    let start = Instant::now();
    let mut now = start;
    let mut newest = [100_000_u64, 5_000_000_000];
    let mut given: HashMap<u64, (u8, u64)> = HashMap::new();
    while !input.is_empty() {
        let what = input.u8();
        let source = what & 1;
        let step = i64::from(input.u8() as i8) * if what & 8 != 0 { 300 } else { 1 };
        let seq = newest[usize::from(source)].saturating_add_signed(step);
        newest[usize::from(source)] = newest[usize::from(source)].max(seq);
        now += Duration::from_millis(u64::from(input.u8()));
        let time = RtpTime::new((seq as u32).wrapping_mul(3_000));
        let ext = ExtSeq::new(seq);
        if what & 6 == 2 {
            munger.skip(source, ext);
            continue;
        }
        let out = if what & 6 == 4 || munger.current().is_none() {
            Ok(munger.switch(source, ext, time, now))
        } else {
            munger.forward(source, ext, time, now)
        };
        let out = match out {
            Ok(out) => out,
            Err(Refused::NotCurrent) => {
                assert_ne!(munger.current(), Some(source));
                continue;
            }
            Err(_) => continue,
        };
        assert!(munger.next_seq().get() > out.seq.get());
        if let Some(former) = given.insert(out.seq.get(), (source, seq)) {
            assert_eq!(former, (source, seq), "one number for two packets");
        }
        if munger.next_seq().distance_from(out.seq) == 1 {
            assert_eq!(munger.origin(out.seq.seq_no()), Some((source, ext)));
        }
    }
}

/// A history gives back what was put in under this number, not too old, and nothing else.
pub fn history(data: &[u8]) {
    let mut input = Input::new(data);
    let capacity = usize::from(input.u8());
    let age = Duration::from_millis(500);
    let mut history = History::new(capacity, age);
    let mut now = Instant::now();
    let mut pushed: HashMap<u64, Instant> = HashMap::new();
    let mut newest = 1_u64 << 20;
    while !input.is_empty() {
        let what = input.u8();
        let step = i64::from(input.u16() as i16) * if what & 4 != 0 { 1 } else { 16 } / 16;
        let seq = newest.saturating_add_signed(step);
        now += Duration::from_millis(u64::from(what >> 3));
        if what & 1 == 0 {
            newest = seq;
            history.push(ExtSeq::new(seq), now, seq);
            pushed.insert(seq, now);
        } else if let Some(found) = history.get(ExtSeq::new(seq), now) {
            assert_eq!(*found, seq);
            assert!(now - pushed[&seq] <= age);
        }
        let listed: Vec<u64> =
            history.after(ExtSeq::new(seq), now).map(|(at, _)| at.get()).collect();
        assert!(listed.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(listed.len() <= capacity.max(1));
        assert!(listed.iter().all(|at| *at > seq));
        if let Some((found, packet)) = history.get_wire(SeqNo::new(seq as u16), now) {
            assert_eq!((found.get(), found.get() as u16), (*packet, seq as u16));
        }
        if what & 2 != 0 {
            history.expire(now);
        }
    }
}
