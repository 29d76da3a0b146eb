//! Writers. Each appends one packet to the caller's buffer, so that calls in a row make a compound;
//! a buffer that is used again costs no allocation.

use super::{
    FIR, FirEntry, GOODBYE, MAX_COUNT, NACK, PAYLOAD_FEEDBACK, PLI, RECEIVER_REPORT, ReportBlock,
    SENDER_REPORT, SOURCE_DESCRIPTION, SenderInfo, Ssrc, TRANSPORT_FEEDBACK, sdes::CNAME,
};
use crate::units::SeqNo;

/// Numbers that one pair of a NACK reaches beyond its first (RFC 4585, 6.2.1).
const NACK_REACH: u16 = 16;

/// Pairs in one NACK, so that it fits a datagram with others.
const MAX_PAIRS: usize = 250;

/// A sender report (RFC 3550, 6.4.1). Of more than [`MAX_COUNT`] blocks the first are taken.
pub fn sender_report(out: &mut Vec<u8>, sender: Ssrc, info: &SenderInfo, blocks: &[ReportBlock]) {
    let blocks = &blocks[..blocks.len().min(MAX_COUNT)];
    packet(out, blocks.len() as u8, SENDER_REPORT, |out| {
        put_ssrc(out, sender);
        out.extend(info.ntp.get().to_be_bytes());
        out.extend(info.rtp.get().to_be_bytes());
        out.extend(info.packets.to_be_bytes());
        out.extend(info.octets.to_be_bytes());
        blocks.iter().for_each(|block| block.write(out));
    });
}

/// A receiver report (RFC 3550, 6.4.2). Of more than [`MAX_COUNT`] blocks the first are taken.
pub fn receiver_report(out: &mut Vec<u8>, sender: Ssrc, blocks: &[ReportBlock]) {
    let blocks = &blocks[..blocks.len().min(MAX_COUNT)];
    packet(out, blocks.len() as u8, RECEIVER_REPORT, |out| {
        put_ssrc(out, sender);
        blocks.iter().for_each(|block| block.write(out));
    });
}

/// The canonical name of one source (RFC 3550, 6.5.1), cut after 255 bytes.
pub fn cname(out: &mut Vec<u8>, source: Ssrc, name: &[u8]) {
    let name = &name[..name.len().min(255)];
    packet(out, 1, SOURCE_DESCRIPTION, |out| {
        put_ssrc(out, source);
        let items = out.len();
        out.extend([CNAME, name.len() as u8]);
        out.extend(name);
        // At least one zero ends the chunk, and it fills whole words.
        let padded = (out.len() - items + 1).next_multiple_of(4);
        out.resize(items + padded, 0);
    });
}

/// The end of sources (RFC 3550, 6.6). Of more than [`MAX_COUNT`] the first are taken.
pub fn bye(out: &mut Vec<u8>, sources: &[Ssrc]) {
    let sources = &sources[..sources.len().min(MAX_COUNT)];
    packet(out, sources.len() as u8, GOODBYE, |out| {
        sources.iter().for_each(|source| put_ssrc(out, *source));
    });
}

/// Asks for packets again (RFC 4585, 6.2.1). Numbers in order are packed best. Returns how many
/// were taken: all, unless they don't fit one packet; writes nothing if there are none.
pub fn nack(
    out: &mut Vec<u8>,
    sender: Ssrc,
    media: Ssrc,
    lost: impl IntoIterator<Item = SeqNo>,
) -> usize {
    let mut lost = lost.into_iter();
    let Some(first) = lost.next() else { return 0 };
    let (mut pair, mut mask) = (first, 0_u16);
    let (mut taken, mut pairs) = (1, 1);
    packet(out, NACK, TRANSPORT_FEEDBACK, |out| {
        put_ssrc(out, sender);
        put_ssrc(out, media);
        for seq in lost {
            match seq.get().wrapping_sub(pair.get()) {
                0 => {}
                ahead @ 1..=NACK_REACH => mask |= 1 << (ahead - 1),
                _ if pairs == MAX_PAIRS => break,
                _ => {
                    put_pair(out, pair, mask);
                    (pair, mask) = (seq, 0);
                    pairs += 1;
                }
            }
            taken += 1;
        }
        put_pair(out, pair, mask);
    });
    taken
}

/// Asks for a keyframe (RFC 4585, 6.3.1).
pub fn pli(out: &mut Vec<u8>, sender: Ssrc, media: Ssrc) {
    packet(out, PLI, PAYLOAD_FEEDBACK, |out| {
        put_ssrc(out, sender);
        put_ssrc(out, media);
    });
}

/// Demands keyframes (RFC 5104, 4.3.1).
pub fn fir(out: &mut Vec<u8>, sender: Ssrc, entries: &[FirEntry]) {
    packet(out, FIR, PAYLOAD_FEEDBACK, |out| {
        put_ssrc(out, sender);
        // Not used, and zero (4.3.1.2).
        put_ssrc(out, Ssrc::new(0));
        for entry in entries {
            put_ssrc(out, entry.media);
            out.extend([entry.number, 0, 0, 0]);
        }
    });
}

/// Header, `body`, and zeros up to whole words (the body must not depend on them).
pub(super) fn packet(
    out: &mut Vec<u8>,
    format: u8,
    packet_type: u8,
    body: impl FnOnce(&mut Vec<u8>),
) {
    let start = out.len();
    out.extend([0x80 | format, packet_type, 0, 0]);
    body(out);
    let len = out.len() - start;
    out.resize(start + len.next_multiple_of(4), 0);
    let words = u16::try_from((out.len() - start) / 4 - 1).unwrap_or(u16::MAX);
    out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

pub(super) fn put_ssrc(out: &mut Vec<u8>, ssrc: Ssrc) {
    out.extend(ssrc.get().to_be_bytes());
}

fn put_pair(out: &mut Vec<u8>, pair: SeqNo, mask: u16) {
    out.extend(pair.get().to_be_bytes());
    out.extend(mask.to_be_bytes());
}
