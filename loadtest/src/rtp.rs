//! RTP headers, read in place and written (RFC 3550, section 5.1; RFC 8285, section 4.2).

/// What the tester reads of a packet without decrypting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub marker: bool,
    pub padding: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Octets before the payload.
    pub len: usize,
    /// Where the one-byte header extensions are; empty if there are none.
    extensions: (usize, usize),
}

/// Whether a datagram on a multiplexed port is RTP or RTCP (RFC 7983, section 7).
pub fn is_media(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|octet| (128..192).contains(octet))
}

/// Whether what [`is_media`] is RTCP (RFC 5761, section 4).
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|octet| (192..224).contains(octet))
}

impl Header {
    pub fn read(packet: &[u8]) -> Option<Self> {
        let fixed = packet.first_chunk::<12>()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        let mut len = 12 + 4 * usize::from(fixed[0] & 0x0f);
        let mut extensions = (0, 0);
        if fixed[0] & 0x10 != 0 {
            let head = packet.get(len..)?.first_chunk::<4>()?;
            let end = len + 4 + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
            if head[..2] == [0xbe, 0xde] {
                extensions = (len + 4, end);
            }
            len = end;
        }
        if len > packet.len() {
            return None;
        }
        Some(Self {
            marker: fixed[1] & 0x80 != 0,
            padding: fixed[0] & 0x20 != 0,
            payload_type: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            len,
            extensions,
        })
    }

    /// The value of the header extension with this id, from the packet that this header is of.
    pub fn extension<'a>(&self, packet: &'a [u8], id: u8) -> Option<&'a [u8]> {
        let mut rest = packet.get(self.extensions.0..self.extensions.1)?;
        while let Some((&octet, after)) = rest.split_first() {
            // Padding between extensions; 15 ends them (RFC 8285, section 4.2).
            if octet == 0 {
                rest = after;
                continue;
            }
            let (found, len) = (octet >> 4, usize::from(octet & 0x0f) + 1);
            if found == 15 {
                return None;
            }
            let (value, after) = after.split_at_checked(len)?;
            if found == id {
                return Some(value);
            }
            rest = after;
        }
        None
    }
}

/// A header to write.
#[derive(Debug, Clone, Copy)]
pub struct NewHeader<'a> {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// One-byte extensions: ids of 1 to 14, values of 1 to 16 octets; others are left out.
    pub extensions: &'a [(u8, &'a [u8])],
}

impl NewHeader<'_> {
    /// Appends the header to `packet` and says how many octets it has.
    pub fn write(&self, packet: &mut Vec<u8>) -> usize {
        let start = packet.len();
        let fits = |id: u8, value: &[u8]| (1..=14).contains(&id) && (1..=16).contains(&value.len());
        let some = self.extensions.iter().any(|(id, value)| fits(*id, value));
        packet.push(if some { 0x90 } else { 0x80 });
        packet.push(u8::from(self.marker) << 7 | self.payload_type & 0x7f);
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        if some {
            packet.extend([0xbe, 0xde, 0, 0]);
            let first = packet.len();
            for (id, value) in self.extensions.iter().filter(|(id, value)| fits(*id, value)) {
                packet.push(id << 4 | (value.len() as u8 - 1));
                packet.extend_from_slice(value);
            }
            while !(packet.len() - first).is_multiple_of(4) {
                packet.push(0);
            }
            let words = ((packet.len() - first) / 4) as u16;
            packet[first - 2..first].copy_from_slice(&words.to_be_bytes());
        }
        packet.len() - start
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_header_comes_back(
            marker: bool,
            payload_type in 0u8..128,
            sequence: u16,
            timestamp: u32,
            ssrc: u32,
            values in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..17), 0..5),
        ) {
            let extensions: Vec<(u8, &[u8])> =
                values.iter().enumerate().map(|(n, value)| (n as u8 + 1, value.as_slice())).collect();
            let mut packet = Vec::new();
            let new = NewHeader { marker, payload_type, sequence, timestamp, ssrc, extensions: &extensions };
            let len = new.write(&mut packet);
            packet.extend([1, 2, 3]);
            let header = Header::read(&packet).unwrap();
            prop_assert_eq!(header.len, len);
            prop_assert_eq!(
                (header.marker, header.payload_type, header.sequence, header.timestamp, header.ssrc),
                (marker, payload_type, sequence, timestamp, ssrc)
            );
            for (id, value) in extensions {
                prop_assert_eq!(header.extension(&packet, id), Some(value));
            }
            prop_assert_eq!(header.extension(&packet, 14), None);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), id: u8) {
            if let Some(header) = Header::read(&bytes) {
                prop_assert!(header.len <= bytes.len());
                header.extension(&bytes, id);
            }
        }
    }
}
