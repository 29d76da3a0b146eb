//! RFC 4571 framing, as ICE-TCP uses it (RFC 6544): each packet follows its length in 16 bits.

use bytes::{Buf, Bytes, BytesMut};
use thiserror::Error;

/// The longest packet taken from a stream, in bytes. Browsers keep RTP, DTLS and STUN within an
/// Ethernet frame (1,500); a longer length means that the peer speaks something else.
pub const MAX_PACKET: usize = 2_048;

/// Bytes in front of each packet.
const HEADER: usize = 2;

/// Why a stream can't be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FramingError {
    /// The length in a header is over [`MAX_PACKET`].
    #[error("a packet of {0} bytes was announced, more than {MAX_PACKET}")]
    TooLong(usize),
}

/// Packets out of a byte stream. It never holds more than one packet and what one read brought.
#[derive(Debug, Default)]
pub struct Deframer {
    pending: BytesMut,
}

impl Deframer {
    /// Where the next read goes.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.pending
    }

    /// The next whole packet, or none until more bytes are read. Empty packets, which RFC 4571
    /// allows and which carry nothing, are passed over.
    pub fn next_packet(&mut self) -> Result<Option<Bytes>, FramingError> {
        loop {
            let Some(header) = self.pending.first_chunk::<HEADER>() else { return Ok(None) };
            let length = usize::from(u16::from_be_bytes(*header));
            if length > MAX_PACKET {
                return Err(FramingError::TooLong(length));
            }
            if self.pending.len() < HEADER + length {
                return Ok(None);
            }
            self.pending.advance(HEADER);
            if length > 0 {
                return Ok(Some(self.pending.split_to(length).freeze()));
            }
        }
    }
}

/// Appends `packet` with its length to `stream`. A packet that no length can express (over 65,535
/// bytes, which no media path carries) is left out; false says so.
pub fn frame(packet: &[u8], stream: &mut Vec<u8>) -> bool {
    let Ok(length) = u16::try_from(packet.len()) else { return false };
    stream.extend_from_slice(&length.to_be_bytes());
    stream.extend_from_slice(packet);
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drain(deframer: &mut Deframer) -> Result<Vec<Bytes>, FramingError> {
        let mut packets = Vec::new();
        while let Some(packet) = deframer.next_packet()? {
            packets.push(packet);
        }
        Ok(packets)
    }

    proptest! {
        #[test]
        fn packets_survive_any_split(
            packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..=MAX_PACKET), 0..12),
            cuts in prop::collection::vec(1usize..700, 1..80),
        ) {
            let mut stream = Vec::new();
            for packet in &packets {
                prop_assert!(frame(packet, &mut stream));
            }
            let mut deframer = Deframer::default();
            let mut read = Vec::new();
            let mut cuts = cuts.iter().cycle();
            let mut rest = stream.as_slice();
            while !rest.is_empty() {
                let cut = (*cuts.next().unwrap()).min(rest.len());
                deframer.buffer().extend_from_slice(&rest[..cut]);
                rest = &rest[cut..];
                read.extend(drain(&mut deframer).unwrap());
            }
            prop_assert_eq!(read, packets);
            prop_assert!(deframer.pending.is_empty());
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3_000), 0..20),
        ) {
            let mut deframer = Deframer::default();
            for chunk in chunks {
                deframer.buffer().extend_from_slice(&chunk);
                match drain(&mut deframer) {
                    Ok(packets) => {
                        prop_assert!(packets.iter().all(|p| (1..=MAX_PACKET).contains(&p.len())));
                        prop_assert!(deframer.pending.len() < HEADER + MAX_PACKET);
                    }
                    Err(FramingError::TooLong(length)) => {
                        prop_assert!(length > MAX_PACKET);
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn empty_packets_are_passed_over() {
        let mut deframer = Deframer::default();
        deframer.buffer().extend_from_slice(&[0, 0, 0, 0, 0, 1, 7]);
        assert_eq!(drain(&mut deframer).unwrap(), [Bytes::from_static(&[7])]);
    }
}
