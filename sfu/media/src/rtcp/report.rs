//! Sender and receiver reports (RFC 3550, 6.4).

use std::time::Duration;

use super::{Ssrc, reader::Reader};
use crate::units::RtpTime;

/// Bytes of a report block.
const BLOCK: usize = 24;

/// Wall-clock time in 2⁻³² seconds since 1900 (RFC 3550, 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct NtpTime(u64);

impl NtpTime {
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    pub const fn get(self) -> u64 {
        self.0
    }

    /// The middle 32 bits, in 1/65,536 seconds: how reports refer to a time.
    pub const fn compact(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// What a sender says of its stream at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    /// The sender's clock.
    pub ntp: NtpTime,
    /// The same moment on the stream's clock.
    pub rtp: RtpTime,
    /// Packets sent since the beginning, modulo 2³².
    pub packets: u32,
    /// Bytes of payload sent since the beginning, modulo 2³².
    pub octets: u32,
}

/// What a receiver says of one stream (RFC 3550, 6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    pub source: Ssrc,
    /// Since the report before, in 1/256.
    pub fraction_lost: u8,
    /// Since the beginning; negative if there were duplicates. 24 bits on the wire.
    pub cumulative_lost: i32,
    /// The newest sequence number with the count of its turns above it.
    pub highest_sequence: u32,
    /// In RTP ticks.
    pub jitter: u32,
    /// [`NtpTime::compact`] of the last sender report; zero if there was none.
    pub last_sender_report: u32,
    /// Since that report came, in 1/65,536 seconds.
    pub delay_since: u32,
}

impl ReportBlock {
    /// From the sender report to this block and back, without the receiver's own delay (RFC 3550,
    /// 6.4.1, figure 2). `None` if the receiver had no report, or its figures can't be.
    pub fn round_trip(&self, now: NtpTime) -> Option<Duration> {
        /// Longer than any path: the subtraction went below zero.
        const MAX_COMPACT: u32 = 60 << 16;
        if self.last_sender_report == 0 {
            return None;
        }
        let since_report = now.compact().wrapping_sub(self.last_sender_report);
        let compact = since_report.wrapping_sub(self.delay_since);
        (compact <= MAX_COMPACT)
            .then(|| Duration::from_nanos((u64::from(compact) * 1_000_000_000) >> 16))
    }

    /// Share of packets lost since the report before, from 0 to 1.
    pub fn loss(&self) -> f32 {
        f32::from(self.fraction_lost) / 256.0
    }

    fn read(bytes: &[u8; BLOCK]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let source = reader.ssrc()?;
        let fraction_lost = reader.u8()?;
        // Sign-extended from 24 bits.
        let cumulative_lost = (reader.u24()? << 8) as i32 >> 8;
        Some(Self {
            source,
            fraction_lost,
            cumulative_lost,
            highest_sequence: reader.u32()?,
            jitter: reader.u32()?,
            last_sender_report: reader.u32()?,
            delay_since: reader.u32()?,
        })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        const LIMIT: i32 = 1 << 23;
        let lost = self.cumulative_lost.clamp(-LIMIT, LIMIT - 1) as u32 & 0x00ff_ffff;
        out.extend(self.source.get().to_be_bytes());
        out.extend((u32::from(self.fraction_lost) << 24 | lost).to_be_bytes());
        out.extend(self.highest_sequence.to_be_bytes());
        out.extend(self.jitter.to_be_bytes());
        out.extend(self.last_sender_report.to_be_bytes());
        out.extend(self.delay_since.to_be_bytes());
    }
}

/// The blocks of one report.
#[derive(Debug, Clone)]
pub struct ReportBlocks<'a> {
    rest: &'a [u8],
}

impl<'a> ReportBlocks<'a> {
    pub(super) fn parse(reader: &mut Reader<'a>, count: usize) -> Option<Self> {
        // What follows the blocks are extensions of a profile (RFC 3550, 6.4.3).
        Some(Self { rest: reader.take(count * BLOCK)? })
    }
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        ReportBlock::read(block)
    }
}
