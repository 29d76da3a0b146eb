//! What one packet costs in the pure part of forwarding, in nanoseconds: parsed once when it
//! comes, then selected, renumbered and rewritten for each subscriber.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use szpon_media::{
    Bitrate, ClockRate, ExtSeq, Layer, LayerSet, RtpTime, SeqNo,
    bandwidth::{Estimator, Pacer},
    codec::{Descriptor, VideoCodec, VideoPacket},
    history::History,
    layers::{LayerSelector, Verdict},
    munger::Munger,
    rate::LayerMeter,
    rtcp::{self, ArrivalRecorder, Packet, Ssrc},
    vp8,
};

const PACKETS: u64 = 2_000_000;
const ROUNDS: usize = 5;

/// The best of some rounds, since the machine has other things to do.
fn measure(name: &str, mut round: impl FnMut()) {
    measure_part(name, || {
        let start = Instant::now();
        round();
        start.elapsed()
    });
}

/// For a round that says itself how much of its time counts.
fn measure_part(name: &str, round: impl FnMut() -> Duration) {
    let best = std::iter::repeat_with(round).take(ROUNDS).min().unwrap_or(Duration::ZERO);
    println!("{name:<28} {:>7.1} ns", best.as_nanos() as f64 / PACKETS as f64);
}

fn payload(picture: u16) -> [u8; 16] {
    let [high, low] = (picture | 0x8000).to_be_bytes();
    [0x90, 0xf0, high, low, 7, 0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

fn main() {
    let now = Instant::now();

    measure("parse VP8", || {
        for n in 0..PACKETS {
            black_box(VideoPacket::parse(VideoCodec::Vp8, black_box(&payload(n as u16))));
        }
    });

    measure("renumber", || {
        let mut munger = Munger::new(ClockRate::VIDEO, SeqNo::new(1), RtpTime::new(0));
        munger.switch(1_u32, ExtSeq::new(0), RtpTime::new(0), now);
        for n in 1..PACKETS {
            let out = munger.forward(1, ExtSeq::new(n), RtpTime::new(n as u32), now);
            black_box(out.ok());
        }
    });

    measure("select, renumber, rewrite", || {
        let mut selector = LayerSelector::new();
        selector.set_target(Some(Layer::LOWEST));
        selector.update(LayerSet::ALL, now);
        selector.on_packet(Layer::LOWEST, true);
        let mut munger = Munger::new(ClockRate::VIDEO, SeqNo::new(1), RtpTime::new(0));
        munger.switch(1_u32, ExtSeq::new(0), RtpTime::new(0), now);
        let mut rewriter = vp8::Rewriter::new();
        for n in 1..PACKETS {
            // Three packets a frame.
            let parsed = VideoPacket::parse(VideoCodec::Vp8, &payload((n / 3) as u16));
            if selector.on_packet(Layer::LOWEST, parsed.starts_keyframe) != Verdict::Forward {
                continue;
            }
            let out = munger.forward(1, ExtSeq::new(n), RtpTime::new(n as u32), now);
            if let (Ok(out), Descriptor::Vp8(descriptor)) = (out, parsed.descriptor)
                && let Some(rewrite) = rewriter.rewrite(out.segment, &descriptor)
            {
                black_box(descriptor.patch(&rewrite));
            }
        }
    });

    measure("remember", || {
        let mut history = History::new(1024, Duration::from_secs(3));
        for n in 0..PACKETS {
            history.push(ExtSeq::new(n), now, n);
        }
        black_box(history.get(ExtSeq::new(PACKETS - 1), now));
    });

    measure_part("send, be told, estimate", || {
        // 1,000 packets a second, told of ten times a second, after 50 ms.
        let mut estimator = Estimator::new(Bitrate::kbps(9_000), now);
        let mut recorder = ArrivalRecorder::new(now);
        let mut message = Vec::new();
        let mut spent = Duration::ZERO;
        for n in 0..PACKETS / 100 {
            let at = now + Duration::from_millis(n * 100);
            let start = Instant::now();
            let mut first = None;
            for k in 0..100 {
                let seq = estimator.on_sent(1200, None, at + Duration::from_millis(k));
                first.get_or_insert(seq);
            }
            spent += start.elapsed();
            for (k, seq) in (0..100).zip(first.into_iter().cycle()) {
                recorder.on_packet(seq.plus(k), at + Duration::from_millis(u64::from(k) + 50));
            }
            message.clear();
            recorder.write(&mut message, Ssrc::new(1), Ssrc::new(2));
            let start = Instant::now();
            for packet in rtcp::parse(&message) {
                if let Ok(Packet::TransportFeedback(feedback)) = packet {
                    estimator.on_feedback(&feedback, at + Duration::from_millis(200));
                }
            }
            spent += start.elapsed();
        }
        black_box(estimator.estimate());
        spent
    });

    measure("pace", || {
        let mut pacer = Pacer::new(Bitrate::kbps(9_000), now);
        for n in 0..PACKETS {
            let at = now + Duration::from_micros(n * 1000);
            black_box(pacer.budget(at));
            pacer.on_sent(1200, at);
        }
    });

    measure("measure", || {
        let mut meter = LayerMeter::new();
        for n in 0..PACKETS {
            meter.record(1200, now + Duration::from_micros(n * 10));
        }
        black_box(meter.total_bytes());
    });
}
