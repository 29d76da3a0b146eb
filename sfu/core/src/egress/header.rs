//! RTP headers, written from a template.

use arrayvec::ArrayVec;
use str0m::rtp::{Extension, ExtensionMap};
use szpon_media::{RtpTime, bandwidth::Micros};

/// Bytes of the fixed header (RFC 3550, section 5.1).
pub(super) const FIXED: usize = 12;
/// The largest template: every extension, and the longest id of an m-line.
const MAX: usize = FIXED + 4 + 4 + 3 + 2 + 17 + 3;
/// Ids of one-byte headers (RFC 8285, section 4.2).
const IDS: std::ops::RangeInclusive<u8> = 1..=14;

/// The header of a stream's packets but for what differs from packet to packet.
///
/// The header extension has one-byte elements (RFC 8285, section 4.2), those that the receiver
/// negotiated: absolute send time, transport-wide sequence number, audio level, id of the m-line.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    bytes: ArrayVec<u8, MAX>,
    /// Where the elements end, and how many there are; padding follows.
    end: usize,
    count: usize,
    /// Offsets of the elements' values.
    send_time: Option<usize>,
    transport_seq: Option<usize>,
    level: Option<usize>,
}

/// What differs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) payload_type: u8,
    pub(crate) marker: bool,
    /// The payload ends with padding that its last byte counts.
    pub(crate) padded: bool,
    pub(crate) seq: u16,
    pub(crate) time: RtpTime,
    /// Since any epoch.
    pub(crate) sent: Micros,
    pub(crate) transport_seq: u16,
    /// V bit and level (RFC 6464, section 3).
    pub(crate) level: Option<u8>,
}

impl Template {
    pub(crate) fn new(ssrc: u32, mid: &str, audio: bool, ids: &ExtensionMap) -> Self {
        let id_of = |extension| ids.id_of(extension).filter(|id| IDS.contains(id));
        let mut bytes = ArrayVec::new();
        bytes.extend([0; 8]);
        bytes.extend(ssrc.to_be_bytes());
        bytes.extend([0xbe, 0xde, 0, 0]);
        let end = bytes.len();
        let mut template =
            Self { bytes, end, count: 0, send_time: None, transport_seq: None, level: None };
        template.send_time = template.element(id_of(Extension::AbsoluteSendTime), &[0; 3]);
        template.transport_seq =
            template.element(id_of(Extension::TransportSequenceNumber), &[0; 2]);
        let level = id_of(Extension::AudioLevel).filter(|_| audio);
        template.level = template.element(level, &[0]);
        if (1..=16).contains(&mid.len()) {
            template.element(id_of(Extension::RtpMid), mid.as_bytes());
        }
        template.end = template.bytes.len();
        let mut words = template.bytes.len() - FIXED - 4;
        if words == 0 {
            // No extension at all.
            template.bytes.truncate(FIXED);
            template.end = FIXED;
            template.bytes[0] = 0x80;
            return template;
        }
        while !words.is_multiple_of(4) {
            template.bytes.push(0);
            words += 1;
        }
        template.bytes[0] = 0x90;
        template.bytes[FIXED + 3] = (words / 4) as u8;
        template
    }

    /// Adds an element, and says where its value is.
    fn element(&mut self, id: Option<u8>, value: &[u8]) -> Option<usize> {
        let id = id?;
        self.bytes.push(id << 4 | (value.len() - 1) as u8);
        let at = self.bytes.len();
        self.bytes.extend(value.iter().copied());
        self.count += 1;
        Some(at)
    }

    /// The elements without their padding.
    pub(super) fn elements(&self) -> &[u8] {
        self.bytes.get(FIXED + 4..self.end).unwrap_or_default()
    }

    /// How many elements there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Bytes of every header.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether packets carry a transport-wide sequence number.
    pub(crate) fn counts(&self) -> bool {
        self.transport_seq.is_some()
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>, fields: &Fields) {
        let start = out.len();
        out.extend_from_slice(&self.bytes);
        let header = &mut out[start..];
        header[0] |= u8::from(fields.padded) << 5;
        header[1] = u8::from(fields.marker) << 7 | fields.payload_type & 0x7f;
        header[2..4].copy_from_slice(&fields.seq.to_be_bytes());
        header[4..8].copy_from_slice(&fields.time.get().to_be_bytes());
        if let Some(at) = self.send_time {
            header[at..at + 3]
                .copy_from_slice(&send_time(fields.sent.get() as u64).to_be_bytes()[1..]);
        }
        if let Some(at) = self.transport_seq {
            header[at..at + 2].copy_from_slice(&fields.transport_seq.to_be_bytes());
        }
        if let Some(at) = self.level {
            match fields.level {
                Some(level) => header[at] = level,
                // Padding takes the element's place.
                None => header[at - 1..=at].fill(0),
            }
        }
    }
}

/// Seconds in 6.18 bits fixed point (the abs-send-time extension of libwebrtc).
fn send_time(micros: u64) -> u32 {
    /// After so long it begins anew.
    const TURN: u64 = 64_000_000;
    (((micros % TURN) << 18) / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        Fields {
            payload_type: 96,
            marker: true,
            padded: false,
            seq: 0x1234,
            time: RtpTime::new(0x0102_0304),
            sent: Micros::new(1_500_000),
            transport_seq: 0xabcd,
            level: None,
        }
    }

    fn map() -> ExtensionMap {
        let mut map = ExtensionMap::empty();
        map.set(1, Extension::AudioLevel);
        map.set(2, Extension::AbsoluteSendTime);
        map.set(3, Extension::TransportSequenceNumber);
        map.set(4, Extension::RtpMid);
        map
    }

    #[test]
    fn a_video_header() {
        let template = Template::new(0xcafe_babe, "12", false, &map());
        let mut out = vec![9];
        template.write(&mut out, &fields());
        assert_eq!(
            out,
            [
                9,
                0x90,
                0x80 | 96,
                0x12,
                0x34,
                1,
                2,
                3,
                4,
                0xca,
                0xfe,
                0xba,
                0xbe,
                0xbe,
                0xde,
                0,
                3,
                // 1.5 s.
                0x22,
                0x06,
                0x00,
                0x00,
                0x31,
                0xab,
                0xcd,
                0x41,
                b'1',
                b'2',
                0,
                0,
            ]
        );
        assert_eq!(template.len(), out.len() - 1);
        assert!(template.counts());
    }

    #[test]
    fn a_level_that_is_not_known_is_left_out() {
        let template = Template::new(1, "a", true, &map());
        let mut known = Vec::new();
        template.write(&mut known, &Fields { level: Some(0x87), ..fields() });
        assert_eq!(known[23..25], [0x10, 0x87]);
        let mut unknown = Vec::new();
        template.write(&mut unknown, &fields());
        assert_eq!(unknown[23..25], [0, 0]);
        assert_eq!(known.len(), unknown.len());
    }

    #[test]
    fn without_extensions_there_is_no_header_extension() {
        let template = Template::new(1, "a", true, &ExtensionMap::empty());
        let mut out = Vec::new();
        template.write(&mut out, &Fields { padded: true, ..fields() });
        assert_eq!((out.len(), out[0]), (12, 0xa0));
        assert!(!template.counts());
    }

    #[test]
    fn the_longest_name_fits() {
        let template = Template::new(1, "0123456789abcdef", true, &map());
        assert!(template.len().is_multiple_of(4));
    }

    #[test]
    fn send_time_wraps_after_64_seconds() {
        assert_eq!(send_time(64_000_000), 0);
        assert_eq!(send_time(65_000_000), 1 << 18);
        assert_eq!(send_time(63_999_999), 0x00ff_ffff);
        assert_eq!(send_time(u64::MAX), send_time(u64::MAX % 64_000_000));
    }
}
