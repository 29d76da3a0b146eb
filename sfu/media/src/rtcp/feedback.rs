//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1): which
//! packets came, and when.

use std::time::Duration;

use super::{RtcpError, Ssrc, TRANSPORT_FEEDBACK, reader::Reader};
use crate::units::SeqNo;

/// What arrival times are counted in.
pub const ARRIVAL_TICK: Duration = Duration::from_micros(250);

/// Ticks in one unit of the reference time: 64 ms.
pub const REFERENCE_TICKS: i64 = 256;

/// A status of two bits.
pub(super) const LOST: u8 = 0;
pub(super) const SMALL: u8 = 1;
pub(super) const LARGE: u8 = 2;

/// One message of transport-wide feedback. Its body was checked: going through the statuses
/// can't fail.
#[derive(Debug, Clone, Copy)]
pub struct Feedback<'a> {
    pub sender: Ssrc,
    pub media: Ssrc,
    /// The first packet that it tells of.
    pub base: SeqNo,
    /// Packets that it tells of, from `base` on.
    pub count: u16,
    /// In 64 ms of the receiver's clock; 24 bits that wrap.
    pub reference: u32,
    /// Counts messages, to tell whether one was lost.
    pub number: u8,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

/// What became of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub seq: SeqNo,
    /// [`ARRIVAL_TICK`]s after the message's reference time, perhaps negative; `None` if the
    /// packet has not come.
    pub arrival: Option<i64>,
}

impl<'a> Feedback<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, RtcpError> {
        let short = RtcpError::ShortBody { packet_type: TRANSPORT_FEEDBACK };
        let mut feedback = Self::header(body).ok_or(short)?;
        // How far the chunks reach is told by the count alone, how far the deltas do by the chunks.
        let mut symbols = Symbols::new(feedback.chunks, feedback.count);
        let mut deltas = 0;
        while symbols.left > 0 {
            deltas += match symbols.next().ok_or(short)? {
                LOST => 0,
                SMALL => 1,
                LARGE => 2,
                _ => return Err(RtcpError::ReservedSymbol),
            };
        }
        let chunks = feedback.chunks.len() - symbols.rest.len();
        feedback.deltas = symbols.rest.get(..deltas).ok_or(short)?;
        feedback.chunks = &feedback.chunks[..chunks];
        Ok(feedback)
    }

    fn header(body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        Some(Self {
            sender: reader.ssrc()?,
            media: reader.ssrc()?,
            base: SeqNo::new(reader.u16()?),
            count: reader.u16()?,
            reference: reader.u24()?,
            number: reader.u8()?,
            chunks: reader.rest(),
            deltas: &[],
        })
    }

    /// The packets in order.
    pub fn statuses(&self) -> Statuses<'a> {
        Statuses {
            symbols: Symbols::new(self.chunks, self.count),
            deltas: Reader::new(self.deltas),
            seq: self.base,
            arrival: 0,
        }
    }
}

/// See [`Feedback::statuses`].
#[derive(Debug, Clone)]
pub struct Statuses<'a> {
    symbols: Symbols<'a>,
    deltas: Reader<'a>,
    seq: SeqNo,
    arrival: i64,
}

impl Iterator for Statuses<'_> {
    type Item = Status;

    fn next(&mut self) -> Option<Status> {
        let symbol = self.symbols.next()?;
        let seq = self.seq;
        self.seq = seq.plus(1);
        let delta = match symbol {
            SMALL => i64::from(self.deltas.u8()?),
            LARGE => i64::from(self.deltas.u16()? as i16),
            _ => return Some(Status { seq, arrival: None }),
        };
        self.arrival += delta;
        Some(Status { seq, arrival: Some(self.arrival) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(usize::from(self.symbols.left)))
    }
}

/// Symbols out of chunks (3.1.2 to 3.1.4): runs of one symbol, and vectors of one or two bits.
#[derive(Debug, Clone)]
struct Symbols<'a> {
    rest: &'a [u8],
    /// Still to come in the message.
    left: u16,
    chunk: Chunk,
}

#[derive(Debug, Clone, Copy)]
enum Chunk {
    Run {
        symbol: u8,
        left: u16,
    },
    /// Aligned to the upper end of `bits`.
    Vector {
        bits: u16,
        width: u8,
        left: u8,
    },
}

impl<'a> Symbols<'a> {
    const fn new(chunks: &'a [u8], count: u16) -> Self {
        Self { rest: chunks, left: count, chunk: Chunk::Run { symbol: LOST, left: 0 } }
    }
}

impl Chunk {
    fn parse(chunk: u16) -> Self {
        match chunk >> 14 {
            0b10 => Self::Vector { bits: chunk << 2, width: 1, left: 14 },
            0b11 => Self::Vector { bits: chunk << 2, width: 2, left: 7 },
            _ => Self::Run { symbol: (chunk >> 13) as u8 & 3, left: chunk & 0x1fff },
        }
    }

    fn next(&mut self) -> Option<u8> {
        match self {
            Self::Run { symbol, left } => {
                *left = left.checked_sub(1)?;
                Some(*symbol)
            }
            Self::Vector { bits, width, left } => {
                *left = left.checked_sub(1)?;
                let symbol = *bits >> (16 - *width);
                *bits <<= *width;
                Some(symbol as u8)
            }
        }
    }
}

impl Iterator for Symbols<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.left == 0 {
            return None;
        }
        loop {
            if let Some(symbol) = self.chunk.next() {
                self.left -= 1;
                return Some(symbol);
            }
            let (chunk, rest) = self.rest.split_first_chunk()?;
            self.rest = rest;
            self.chunk = Chunk::parse(u16::from_be_bytes(*chunk));
        }
    }
}
