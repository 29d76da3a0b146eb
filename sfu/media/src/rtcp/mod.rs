//! RTCP: a parser of compound packets that borrows what it reads, and writers into the caller's
//! buffer.
//!
//! Known are the reports, SDES and BYE of RFC 3550, the feedback of RFC 4585 (NACK, PLI) and
//! RFC 5104 (FIR), REMB (draft-alvestrand-rmcat-remb-03) and transport-wide feedback
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01). Everything else is passed over as
//! [`Packet::Other`]. Padding is left out, wherever it stands.
//!
//! Parsing allocates nothing and panics on nothing: a packet whose body is wrong is an error and
//! the next one is still read; after a wrong header the rest of the datagram has no meaning and
//! the iterator ends.

mod body;
mod feedback;
mod nack;
mod reader;
mod recorder;
mod remb;
mod report;
mod sdes;
#[cfg(test)]
mod tests;
pub mod write;

pub use feedback::{ARRIVAL_TICK, Feedback, REFERENCE_TICKS, Status, Statuses};
pub use nack::{FirEntries, FirEntry, Lost};
pub use recorder::{ArrivalRecorder, FEEDBACK_INTERVAL};
pub use remb::Sources;
pub use report::{NtpTime, ReportBlock, ReportBlocks, SenderInfo};
pub use sdes::CanonicalNames;

use reader::Reader;

use crate::units::Bitrate;

/// Packet types (RFC 3550, 12.1; RFC 4585, 6.1).
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;

/// Formats of transport-layer feedback: the first from RFC 4585, 6.2.1.
const NACK: u8 = 1;
const TRANSPORT_WIDE: u8 = 15;

/// Formats of payload-specific feedback (RFC 4585, 6.3; RFC 5104, 4.3.1).
const PLI: u8 = 1;
const FIR: u8 = 4;
const APPLICATION: u8 = 15;

/// The most reports, sources or chunks that one packet can count: five bits.
pub const MAX_COUNT: usize = 31;

/// Synchronisation source: who sends a stream (RFC 3550, 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Ssrc(u32);

impl Ssrc {
    pub const fn new(value: u32) -> Self {
        Self(value)
    }

    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Why a packet of a datagram can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    /// Fewer bytes than a header has. Ends the datagram.
    #[error("the RTCP header is cut off")]
    ShortHeader,
    /// Not version 2 of RTP: no RTCP at all. Ends the datagram.
    #[error("RTP version {0} instead of 2")]
    Version(u8),
    /// The header claims more than the datagram has. Ends the datagram.
    #[error("the RTCP packet is longer than its datagram")]
    ShortPacket,
    /// Says that it is padded, by nothing or by more than it has.
    #[error("wrong padding")]
    Padding,
    /// The body ends before what its header or its own counts announce.
    #[error("the body of RTCP packet type {packet_type} is cut off")]
    ShortBody { packet_type: u8 },
    /// Transport-wide feedback with the reserved symbol, whose meaning nobody knows.
    #[error("reserved symbol in transport-wide feedback")]
    ReservedSymbol,
}

/// One packet of a compound.
#[derive(Debug, Clone)]
pub enum Packet<'a> {
    /// RFC 3550, 6.4.1.
    SenderReport { sender: Ssrc, info: SenderInfo, blocks: ReportBlocks<'a> },
    /// RFC 3550, 6.4.2.
    ReceiverReport { sender: Ssrc, blocks: ReportBlocks<'a> },
    /// RFC 3550, 6.5; only the canonical names.
    Sdes { names: CanonicalNames<'a> },
    /// RFC 3550, 6.6; the reason is left out.
    Bye { sources: Sources<'a> },
    /// Packets asked for again (RFC 4585, 6.2.1).
    Nack { sender: Ssrc, media: Ssrc, lost: Lost<'a> },
    /// A keyframe is asked for (RFC 4585, 6.3.1).
    Pli { sender: Ssrc, media: Ssrc },
    /// A keyframe is demanded (RFC 5104, 4.3.1). The streams are in the entries.
    Fir { sender: Ssrc, entries: FirEntries<'a> },
    /// The receiver's own estimate of the bandwidth, over all of `sources`.
    Remb { sender: Ssrc, bitrate: Bitrate, sources: Sources<'a> },
    /// When packets arrived, by their transport-wide sequence numbers.
    TransportFeedback(Feedback<'a>),
    /// Anything else: extended reports, APP, feedback without use here.
    Other {
        packet_type: u8,
        /// Count or feedback format: the five bits of the header.
        format: u8,
    },
}

/// Goes through the packets of a datagram.
pub fn parse(compound: &[u8]) -> Packets<'_> {
    Packets { rest: compound }
}

/// See [`parse`].
#[derive(Debug, Clone)]
pub struct Packets<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, RtcpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match Frame::split(self.rest) {
            Ok((frame, rest)) => {
                self.rest = rest;
                Some(frame.and_then(Frame::packet))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

impl std::iter::FusedIterator for Packets<'_> {}

/// One packet by its header (RFC 3550, 6.4.1), without its padding.
#[derive(Debug, Clone, Copy)]
struct Frame<'a> {
    format: u8,
    packet_type: u8,
    body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The outer error is one of framing, the inner one concerns this packet alone.
    fn split(datagram: &'a [u8]) -> Result<(Result<Self, RtcpError>, &'a [u8]), RtcpError> {
        let (header, rest) = datagram.split_first_chunk::<4>().ok_or(RtcpError::ShortHeader)?;
        let [first, packet_type, high, low] = *header;
        let version = first >> 6;
        if version != 2 {
            return Err(RtcpError::Version(version));
        }
        // In words of four bytes, without the header's own.
        let len = usize::from(u16::from_be_bytes([high, low])) * 4;
        let (body, rest) = rest.split_at_checked(len).ok_or(RtcpError::ShortPacket)?;
        let padded = first & 0x20 != 0;
        let frame = unpadded(body, padded)
            .map(|body| Frame { format: first & 0x1f, packet_type, body })
            .ok_or(RtcpError::Padding);
        Ok((frame, rest))
    }

    fn packet(self) -> Result<Packet<'a>, RtcpError> {
        let short = RtcpError::ShortBody { packet_type: self.packet_type };
        let mut body = Reader::new(self.body);
        let count = usize::from(self.format);
        let parsed = match (self.packet_type, self.format) {
            (SENDER_REPORT, _) => body.sender_report(count),
            (RECEIVER_REPORT, _) => body.receiver_report(count),
            (SOURCE_DESCRIPTION, _) => {
                CanonicalNames::parse(self.body, count).map(|names| Packet::Sdes { names })
            }
            (GOODBYE, _) => {
                body.take(count * 4).map(|list| Packet::Bye { sources: Sources::new(list) })
            }
            (TRANSPORT_FEEDBACK, NACK) => body.nack(),
            (TRANSPORT_FEEDBACK, TRANSPORT_WIDE) => {
                return Ok(Packet::TransportFeedback(Feedback::parse(self.body)?));
            }
            (PAYLOAD_FEEDBACK, PLI) => body.pli(),
            (PAYLOAD_FEEDBACK, FIR) => body.fir(),
            (PAYLOAD_FEEDBACK, APPLICATION) if remb::is_remb(self.body) => body.remb(),
            (packet_type, format) => Some(Packet::Other { packet_type, format }),
        };
        parsed.ok_or(short)
    }
}

/// Without the padding that the last byte counts, itself included (RFC 3550, 6.4.1).
fn unpadded(body: &[u8], padded: bool) -> Option<&[u8]> {
    if !padded {
        return Some(body);
    }
    match usize::from(*body.last()?) {
        0 => None,
        padding => Some(&body[..body.len().checked_sub(padding)?]),
    }
}
