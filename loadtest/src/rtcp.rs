//! The RTCP that a browser exchanges with a server: reports (RFC 3550), NACK and PLI (RFC 4585),
//! FIR (RFC 5104), and transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use std::time::Duration;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const NACK: u8 = 1;
const TRANSPORT_WIDE: u8 = 15;
const PLI: u8 = 1;
const FIR: u8 = 4;

/// What a server asks of us, or tells us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming {
    SenderReport {
        ssrc: u32,
        ntp_middle: u32,
    },
    /// PLI or FIR for one of our streams.
    KeyframeWanted {
        ssrc: u32,
    },
    Nack {
        ssrc: u32,
        first: u16,
        following: u16,
    },
}

impl Incoming {
    /// Sequence numbers that a NACK names.
    pub fn lost(first: u16, following: u16) -> impl Iterator<Item = u16> {
        let others = (0..16).filter(move |bit| following >> bit & 1 == 1);
        std::iter::once(first).chain(others.map(move |bit| first.wrapping_add(bit + 1)))
    }
}

/// Reads a compound packet and stops at what is cut off.
pub fn read(mut packet: &[u8], mut each: impl FnMut(Incoming)) {
    let word = |bytes: &[u8], at: usize| {
        let octets = bytes.get(at..)?.first_chunk::<4>()?;
        Some(u32::from_be_bytes(*octets))
    };
    while let Some(head) = packet.first_chunk::<4>() {
        let len = 4 + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
        let Some((this, rest)) = packet.split_at_checked(len) else { return };
        let (format, kind) = (this[0] & 0x1f, this[1]);
        match (kind, format) {
            (SENDER_REPORT, _) => {
                if let (Some(ssrc), Some(high), Some(low)) =
                    (word(this, 4), word(this, 8), word(this, 12))
                {
                    each(Incoming::SenderReport { ssrc, ntp_middle: high << 16 | low >> 16 });
                }
            }
            (PAYLOAD_FEEDBACK, PLI) => {
                if let Some(ssrc) = word(this, 8) {
                    each(Incoming::KeyframeWanted { ssrc });
                }
            }
            (PAYLOAD_FEEDBACK, FIR) => {
                for entry in this.get(12..).unwrap_or_default().chunks_exact(8) {
                    if let Some(ssrc) = word(entry, 0) {
                        each(Incoming::KeyframeWanted { ssrc });
                    }
                }
            }
            (TRANSPORT_FEEDBACK, NACK) => {
                let Some(ssrc) = word(this, 8) else { return };
                for entry in this.get(12..).unwrap_or_default().chunks_exact(4) {
                    let first = u16::from_be_bytes([entry[0], entry[1]]);
                    let following = u16::from_be_bytes([entry[2], entry[3]]);
                    each(Incoming::Nack { ssrc, first, following });
                }
            }
            _ => {}
        }
        packet = rest;
    }
}

/// One block of a receiver report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Block {
    pub ssrc: u32,
    /// Share lost since the last report, in 1/256.
    pub fraction_lost: u8,
    pub lost: u32,
    pub highest: u32,
    /// In units of the stream's clock.
    pub jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time, and what passed since.
    pub last_report: u32,
    pub since_last_report: Duration,
}

/// Appends a sender report without blocks.
pub fn write_sender_report(
    out: &mut Vec<u8>,
    ssrc: u32,
    ntp: u64,
    timestamp: u32,
    packets: u32,
    octets: u32,
) {
    out.extend([0x80, SENDER_REPORT, 0, 6]);
    out.extend(ssrc.to_be_bytes());
    out.extend(ntp.to_be_bytes());
    for word in [timestamp, packets, octets] {
        out.extend(word.to_be_bytes());
    }
}

/// Appends a receiver report of at most 31 blocks.
pub fn write_receiver_report(out: &mut Vec<u8>, ssrc: u32, blocks: &[Block]) {
    let blocks = &blocks[..blocks.len().min(31)];
    out.extend([0x80 | blocks.len() as u8, RECEIVER_REPORT]);
    out.extend((1 + 6 * blocks.len() as u16).to_be_bytes());
    out.extend(ssrc.to_be_bytes());
    for block in blocks {
        out.extend(block.ssrc.to_be_bytes());
        out.extend((u32::from(block.fraction_lost) << 24 | block.lost & 0xff_ffff).to_be_bytes());
        out.extend(block.highest.to_be_bytes());
        out.extend(block.jitter.to_be_bytes());
        out.extend(block.last_report.to_be_bytes());
        // In 1/65,536 s.
        let delay = (block.since_last_report.as_micros() as u64 * 65_536 / 1_000_000) as u32;
        out.extend(delay.to_be_bytes());
    }
}

pub fn write_pli(out: &mut Vec<u8>, ours: u32, theirs: u32) {
    out.extend([0x80 | PLI, PAYLOAD_FEEDBACK, 0, 2]);
    out.extend(ours.to_be_bytes());
    out.extend(theirs.to_be_bytes());
}

/// Appends a NACK for `lost`, which is in order and not empty.
pub fn write_nack(out: &mut Vec<u8>, ours: u32, theirs: u32, lost: &[u16]) {
    let start = out.len();
    out.extend([0x80 | NACK, TRANSPORT_FEEDBACK, 0, 0]);
    out.extend(ours.to_be_bytes());
    out.extend(theirs.to_be_bytes());
    let mut lost = lost.iter().copied().peekable();
    while let Some(first) = lost.next() {
        let mut following = 0u16;
        while let Some(next) = lost.peek() {
            let distance = next.wrapping_sub(first);
            if !(1..=16).contains(&distance) {
                break;
            }
            following |= 1 << (distance - 1);
            lost.next();
        }
        out.extend(first.to_be_bytes());
        out.extend(following.to_be_bytes());
    }
    set_length(out, start);
}

fn set_length(out: &mut [u8], start: usize) {
    let words = ((out.len() - start) / 4 - 1) as u16;
    out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

/// Arrival times by transport-wide sequence number, until they are reported.
#[derive(Debug, Default)]
pub struct Feedback {
    extender: crate::rtp::Extender,
    /// Sequence number and arrival time since the peer began; in order of arrival.
    arrived: Vec<(u64, Duration)>,
    /// The first number that was not reported yet.
    next: Option<u64>,
    count: u8,
}

/// One tick of a delta, in µs.
const DELTA: i64 = 250;
/// One tick of the reference time, in µs.
const REFERENCE: i64 = 64_000;
/// Packets in one message; keeps it within an Ethernet frame.
const PACKETS: u64 = 400;

impl Feedback {
    pub fn arrive(&mut self, sequence: u16, at: Duration) {
        self.arrived.push((self.extender.extend(sequence), at));
    }

    /// Appends what has arrived since the last time, in as many packets as it needs.
    pub fn write(&mut self, out: &mut Vec<u8>, ours: u32, theirs: u32) {
        let mut arrived = std::mem::take(&mut self.arrived);
        arrived.sort_unstable();
        arrived.dedup_by_key(|(sequence, _)| *sequence);
        let floor = self.next.unwrap_or(0);
        // What comes after its turn was reported as lost; the sender has moved on.
        let mut rest = &arrived[arrived.partition_point(|(sequence, _)| *sequence < floor)..];
        while let Some(&(first, _)) = rest.first() {
            let mut base = self.next.unwrap_or(first);
            // A jump that no message can describe.
            if first - base >= PACKETS {
                base = first;
            }
            let within = rest.partition_point(|(sequence, _)| sequence - base < PACKETS);
            let (now, later) = rest.split_at(within);
            rest = later;
            write_feedback(out, ours, theirs, self.count, base, now);
            self.count = self.count.wrapping_add(1);
            self.next = now.last().map(|(sequence, _)| sequence + 1);
        }
        arrived.clear();
        self.arrived = arrived;
    }
}

fn write_feedback(
    out: &mut Vec<u8>,
    ours: u32,
    theirs: u32,
    count: u8,
    base: u64,
    arrived: &[(u64, Duration)],
) {
    let (Some(first), Some(last)) = (arrived.first(), arrived.last()) else { return };
    let total = (last.0 - base + 1) as u16;
    let micros = |at: Duration| at.as_micros() as i64;
    let reference = micros(first.1) / REFERENCE;
    let start = out.len();
    out.extend([0x80 | TRANSPORT_WIDE, TRANSPORT_FEEDBACK, 0, 0]);
    out.extend(ours.to_be_bytes());
    out.extend(theirs.to_be_bytes());
    out.extend((base as u16).to_be_bytes());
    out.extend(total.to_be_bytes());
    out.extend(((reference as u32) << 8 | u32::from(count)).to_be_bytes());

    // Symbols: 0 not received, 1 small delta, 2 large or negative delta.
    let mut symbols = vec![0u8; usize::from(total)];
    let mut deltas = Vec::with_capacity(arrived.len() * 2);
    let mut clock = reference * REFERENCE / DELTA;
    for (sequence, at) in arrived {
        let tick = micros(*at) / DELTA;
        let delta = tick - clock;
        clock = tick;
        let symbol = &mut symbols[(sequence - base) as usize];
        match u8::try_from(delta) {
            Ok(small) => {
                *symbol = 1;
                deltas.push(small);
            }
            Err(_) => {
                *symbol = 2;
                let clamped = delta.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
                deltas.extend(clamped.to_be_bytes());
            }
        }
    }
    let mut rest = symbols.as_slice();
    while let Some(&symbol) = rest.first() {
        let run = rest.iter().take_while(|other| **other == symbol).count().min(8191);
        if run >= 7 || run == rest.len() {
            out.extend((u16::from(symbol) << 13 | run as u16).to_be_bytes());
            rest = &rest[run..];
        } else {
            let (now, later) = rest.split_at(rest.len().min(7));
            let vector = now
                .iter()
                .enumerate()
                .fold(0xc000u16, |word, (n, symbol)| word | u16::from(*symbol) << (12 - 2 * n));
            out.extend(vector.to_be_bytes());
            rest = later;
        }
    }
    out.extend(deltas);
    while !(out.len() - start).is_multiple_of(4) {
        out.push(0);
    }
    set_length(out, start);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(packet: &[u8]) -> Vec<Incoming> {
        let mut found = Vec::new();
        read(packet, |incoming| found.push(incoming));
        found
    }

    #[test]
    fn requests_come_back() {
        let mut packet = Vec::new();
        write_sender_report(&mut packet, 7, 0x1234_5678_9abc_def0, 1, 2, 3);
        write_pli(&mut packet, 1, 9);
        write_nack(&mut packet, 1, 9, &[65_534, 65_535, 3, 100]);
        let found = all(&packet);
        assert_eq!(found[0], Incoming::SenderReport { ssrc: 7, ntp_middle: 0x5678_9abc });
        assert_eq!(found[1], Incoming::KeyframeWanted { ssrc: 9 });
        let lost: Vec<u16> = found[2..]
            .iter()
            .flat_map(|incoming| match incoming {
                Incoming::Nack { ssrc: 9, first, following } => {
                    Incoming::lost(*first, *following).collect::<Vec<_>>()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(lost, [65_534, 65_535, 3, 100]);
    }

    #[test]
    fn a_receiver_report_has_its_length() {
        let mut packet = Vec::new();
        write_receiver_report(&mut packet, 1, &[Block::default(), Block::default()]);
        assert_eq!(packet.len(), 4 * (1 + usize::from(u16::from_be_bytes([packet[2], packet[3]]))));
        assert_eq!(packet[0], 0x82);
    }

    /// What a sender makes of the feedback: number and arrival in µs.
    fn decode(mut packet: &[u8]) -> Vec<(u16, i64)> {
        let mut found = Vec::new();
        while packet.len() >= 20 {
            let len = 4 + 4 * usize::from(u16::from_be_bytes([packet[2], packet[3]]));
            let (this, rest) = packet.split_at(len);
            packet = rest;
            let half = |at: usize| u16::from_be_bytes([this[at], this[at + 1]]);
            let (base, total) = (half(12), usize::from(half(14)));
            let reference = i64::from(u32::from_be_bytes([0, this[16], this[17], this[18]]));
            let mut symbols = Vec::new();
            let mut at = 20;
            while symbols.len() < total {
                let chunk = half(at);
                at += 2;
                if chunk & 0x8000 == 0 {
                    symbols.extend(vec![chunk >> 13; usize::from(chunk & 0x1fff)]);
                } else {
                    assert_ne!(chunk & 0x4000, 0, "two-bit symbols only");
                    symbols.extend((0..7).map(|n| chunk >> (12 - 2 * n) & 3));
                }
            }
            let mut clock = reference * REFERENCE;
            for (n, symbol) in symbols.into_iter().take(total).enumerate() {
                let delta = match symbol {
                    0 => continue,
                    1 => {
                        at += 1;
                        i64::from(this[at - 1])
                    }
                    _ => {
                        at += 2;
                        i64::from(half(at - 2) as i16)
                    }
                };
                clock += delta * DELTA;
                found.push((base.wrapping_add(n as u16), clock));
            }
        }
        found
    }

    proptest! {
        #[test]
        fn feedback_says_what_arrived(
            start: u16,
            steps in prop::collection::vec((1u16..30, 0u64..200_000), 1..120),
        ) {
            let mut feedback = Feedback::default();
            let (mut sequence, mut at) = (start, 5_000_000u64);
            let mut expected = Vec::new();
            let mut out = Vec::new();
            for (n, (step, wait)) in steps.into_iter().enumerate() {
                feedback.arrive(sequence, Duration::from_micros(at));
                expected.push((sequence, at as i64));
                sequence = sequence.wrapping_add(step);
                at += wait;
                if n % 17 == 16 {
                    feedback.write(&mut out, 1, 2);
                }
            }
            feedback.write(&mut out, 1, 2);
            let found = decode(&out);
            prop_assert_eq!(found.len(), expected.len());
            for (found, expected) in found.into_iter().zip(expected) {
                prop_assert_eq!(found.0, expected.0);
                prop_assert!((found.1 - expected.1).abs() < 2 * DELTA);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..128)) {
            read(&bytes, |_| {});
        }
    }
}
