//! What a datagram costs the shard that nobody should have sent, beside one that is welcome: time,
//! and instructions where `perf` may count them.
//!
//! `cargo run --release -p szpon-fuzz --example hostile`

use std::{
    hint::black_box,
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use szpon_fuzz::meeting::{Meeting, is_media, is_rtcp};
use szpon_sfu::fuzzing::{Deframer, frame};
use szpon_sfu_core::{Core, Datagram, Limits, Outbox, Output, Transport};
use szpon_sfu_sim::World;

/// Datagrams of one measurement.
const COUNT: usize = 40_000;
const ROUNDS: usize = 5;
/// As a shard reads them.
const BATCH: usize = 50;
/// Between two batches.
const GAP: Duration = Duration::from_millis(5);

const KINDS: [(&str, Prepare); 17] = [
    ("RTP, carried to one", good_rtp),
    ("connectivity check", good_stun),
    ("receiver report", good_report),
    ("TCP: 1,100 octets, framed", framed),
    ("garbage from a stranger", |_, _| stranger(vec![0xff; 1_100])),
    ("RTP from a stranger", |meeting, _| stranger(rtp_of(meeting))),
    ("RTCP from a stranger", |_, _| stranger([&[0x80, 201, 0, 7][..], &[9; 60]].concat())),
    ("DTLS from a stranger", |_, _| stranger(dtls(0))),
    ("STUN for nobody", |meeting, _| {
        let mut stun = stun_of(meeting);
        let colon = stun.iter().position(|octet| *octet == b':').expect("USERNAME has two parts");
        stun[colon - 1] ^= 1;
        stranger(stun)
    }),
    ("STUN, wrong integrity", |meeting, _| {
        let mut stun = stun_of(meeting);
        let end = stun.len();
        stun[end - 20] ^= 1;
        stranger(stun)
    }),
    ("RTP, wrong tag", |meeting, n| {
        let mut packet = good_rtp(meeting, n).1;
        *packet.last_mut().expect("it has a tag") ^= 1;
        member(meeting, packet)
    }),
    ("RTP, replayed", |meeting, _| {
        let packet = rtp_of(meeting);
        member(meeting, packet)
    }),
    ("RTP, of no known stream", |meeting, n| {
        let mut packet = rtp_of(meeting);
        packet[8..12].copy_from_slice(&(n as u32).to_be_bytes());
        member(meeting, packet)
    }),
    ("RTCP, wrong key", |meeting, n| {
        let mut packet = good_report(meeting, n).1;
        *packet.last_mut().expect("it has an index") ^= 1;
        member(meeting, packet)
    }),
    ("DTLS garbage", |meeting, n| member(meeting, dtls(n))),
    ("beyond the rate", good_rtp),
    ("TCP: 1,100 octets, garbage", |meeting, _| {
        let (source, _) = member(meeting, Vec::new());
        (source, vec![0xff; 1_100])
    }),
];

/// One datagram, and where it comes from.
type Sent = (SocketAddr, Vec<u8>);
type Prepare = fn(&mut Meeting, usize) -> Sent;

fn main() {
    let mut args = std::env::args().skip(1);
    // For `perf` to count: everything, or the preparation alone.
    if let (Some(kind), Some(all)) = (args.next(), args.next()) {
        let kind = kind.parse().unwrap_or(0);
        run(kind, COUNT, all == "all");
        return;
    }
    println!("{:<30} {:>8} {:>14}", "", "µs", "instructions");
    for (kind, (name, _)) in KINDS.iter().enumerate() {
        let best = (0..ROUNDS).map(|_| run(kind, COUNT, true)).min().unwrap_or_default();
        let micros = best.as_secs_f64() * 1e6 / COUNT as f64;
        let instructions = instructions(kind).map_or("–".into(), |count| count.to_string());
        println!("{name:<30} {micros:>8.3} {instructions:>14}");
    }
}

fn run(kind: usize, count: usize, all: bool) -> Duration {
    let (name, prepare) = KINDS[kind];
    let limits = if name == "beyond the rate" {
        Limits { packets_per_second: 100, ..Limits::default() }
    } else {
        let (packets_per_second, bits_per_second) = (100_000_000, 1_000_000_000_000);
        Limits { packets_per_second, bits_per_second, ..Limits::default() }
    };
    let mut meeting = Meeting::with_limits(1, limits);
    let sent: Vec<Sent> = (0..count).map(|n| prepare(&mut meeting, n)).collect();
    if !all {
        return Duration::ZERO;
    }
    if name.starts_with("TCP") {
        return deframe(&sent);
    }
    let World { core, now, .. } = &mut meeting.world;
    let before = core.counters().packets_forwarded;
    let took = receive(core, *now, &sent);
    let carried = core.counters().packets_forwarded - before;
    assert_eq!(carried >= count as u64 * 9 / 10, name.contains("carried"), "{name}: {carried}");
    took
}

fn receive(core: &mut Core, mut now: Instant, sent: &[Sent]) -> Duration {
    let mut outbox = Outbox::default();
    let start = Instant::now();
    for batch in sent.chunks(BATCH) {
        for (source, payload) in batch {
            let (transport, destination) = (Transport::Udp, World::NODE);
            core.receive(now, Datagram { transport, source: *source, destination, payload });
        }
        loop {
            match core.poll(now) {
                Output::Send => core.take_outbox(&mut outbox),
                Output::Wait(_) => break,
                _ => {}
            }
        }
        core.take_outbox(&mut outbox);
        now += GAP;
    }
    start.elapsed()
}

/// The packets out of a stream; a stream that can't be read is given up, as its connection is.
fn deframe(sent: &[Sent]) -> Duration {
    let mut deframer = Deframer::default();
    let start = Instant::now();
    for (_, part) in sent {
        deframer.buffer().extend_from_slice(part);
        loop {
            match deframer.next_packet() {
                Ok(Some(packet)) => drop(black_box(packet)),
                Ok(None) => break,
                Err(_) => {
                    deframer = Deframer::default();
                    break;
                }
            }
        }
    }
    start.elapsed()
}

/// Instructions of one datagram: all of a run, less its preparation.
fn instructions(kind: usize) -> Option<i64> {
    let count = |what: &str| -> Option<i64> {
        let output = Command::new("perf")
            .args(["stat", "-x", ",", "-e", "instructions:u", "--"])
            .arg(std::env::current_exe().ok()?)
            .args([&kind.to_string(), what])
            .stdout(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text.lines().find(|line| line.contains("instructions"))?;
        line.split(',').next()?.trim().parse().ok()
    };
    Some((count("all")? - count("preparation")?) / COUNT as i64)
}

fn stranger(payload: Vec<u8>) -> Sent {
    (SocketAddr::from(([203, 0, 113, 9], 4_000)), payload)
}

fn member(meeting: &Meeting, payload: Vec<u8>) -> Sent {
    (meeting.address(), payload)
}

fn good_rtp(meeting: &mut Meeting, _: usize) -> Sent {
    let streams = meeting.streams.iter().enumerate();
    let sound = streams.min_by_key(|(_, packet)| packet.len()).map_or(0, |(stream, _)| stream);
    let packet = meeting.seal_rtp(sound, 1, &[0xfc; 1_100]).expect("it can be sealed");
    member(meeting, packet)
}

fn good_report(meeting: &mut Meeting, _: usize) -> Sent {
    let plain = [0x80, 201, 0, 1, 0, 0, 0, 1];
    let packet = meeting.seal_rtcp(&plain).expect("it can be sealed");
    member(meeting, packet)
}

fn good_stun(meeting: &mut Meeting, _: usize) -> Sent {
    let stun = stun_of(meeting);
    member(meeting, stun)
}

fn framed(meeting: &mut Meeting, _: usize) -> Sent {
    let mut stream = Vec::new();
    frame(&[7; 1_100], &mut stream);
    member(meeting, stream)
}

/// A check that the member has sent.
fn stun_of(meeting: &Meeting) -> Vec<u8> {
    let mut heard = meeting.heard.iter().rev();
    let stun = heard.find(|heard| heard.payload.starts_with(&[0, 1]));
    stun.expect("checks go on").payload.clone()
}

/// A packet that the member has sent.
fn rtp_of(meeting: &Meeting) -> Vec<u8> {
    let mut heard = meeting.heard.iter().rev();
    let rtp = heard.find(|heard| is_media(&heard.payload) && !is_rtcp(&heard.payload));
    rtp.expect("it speaks").payload.clone()
}

/// A record of application data that nobody has encrypted (RFC 6347, section 4.1).
fn dtls(n: usize) -> Vec<u8> {
    let mut record = vec![23, 0xfe, 0xfd, 0, 1];
    record.extend(&(n as u64 + 1_000).to_be_bytes()[2..]);
    record.extend([0, 200]);
    record.extend([0x5a; 200]);
    record
}
