//! Redundant audio (RFC 2198): the newest frame with copies of earlier ones before it.

use arrayvec::ArrayVec;

/// Blocks in one packet. Browsers send at most the newest two earlier frames; Opus with more would
/// not fit a packet.
const MAX_BLOCKS: usize = 16;

/// The longest copy: its header counts its octets in ten bits.
pub const MAX_COPY: usize = (1 << 10) - 1;

/// Why a payload is not RED.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Ends inside the headers or before the end of a block.
    #[error("the RED payload is cut off")]
    Short,
    /// More blocks than anybody sends.
    #[error("the RED payload has more than {MAX_BLOCKS} redundant blocks")]
    TooManyBlocks,
}

/// A copy of an earlier frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redundant<'a> {
    /// RTP payload type.
    pub payload_type: u8,
    /// RTP ticks that the frame is older than the packet; 14 bits.
    pub age_ticks: u16,
    pub data: &'a [u8],
}

/// A RED payload, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Red<'a> {
    /// Oldest first, as in the packet.
    pub redundant: ArrayVec<Redundant<'a>, MAX_BLOCKS>,
    /// RTP payload type of the newest frame.
    pub payload_type: u8,
    /// The newest frame: what a receiver without RED gets.
    pub primary: &'a [u8],
}

impl<'a> Red<'a> {
    pub fn parse(payload: &'a [u8]) -> Result<Self, ParseError> {
        let mut headers = ArrayVec::<(u8, u16, usize), MAX_BLOCKS>::new();
        let mut rest = payload;
        let payload_type = loop {
            let (&first, after) = rest.split_first().ok_or(ParseError::Short)?;
            if first & 0x80 == 0 {
                rest = after;
                break first & 0x7f;
            }
            let (header, after) = rest.split_first_chunk::<4>().ok_or(ParseError::Short)?;
            rest = after;
            let age = u16::from(header[1]) << 6 | u16::from(header[2]) >> 2;
            let len = usize::from(header[2] & 0x03) << 8 | usize::from(header[3]);
            headers.try_push((first & 0x7f, age, len)).map_err(|_| ParseError::TooManyBlocks)?;
        };
        let mut redundant = ArrayVec::new();
        for (payload_type, age_ticks, len) in headers {
            let (data, after) = rest.split_at_checked(len).ok_or(ParseError::Short)?;
            rest = after;
            redundant.push(Redundant { payload_type, age_ticks, data });
        }
        Ok(Self { redundant, payload_type, primary: rest })
    }
}

/// A RED payload of frames of one payload type: copies, oldest first, each with the ticks that it is
/// older than the newest (14 bits), and the newest. Copies are not longer than [`MAX_COPY`].
pub fn build<'a>(
    payload_type: u8,
    copies: impl Iterator<Item = (u16, &'a [u8])> + Clone,
    newest: &[u8],
) -> Vec<u8> {
    let payload_type = payload_type & 0x7f;
    let copied: usize = copies.clone().map(|(_, data)| 4 + data.len()).sum();
    let mut payload = Vec::with_capacity(copied + 1 + newest.len());
    for (age, data) in copies.clone() {
        let (age, len) = (u32::from(age) & 0x3fff, data.len().min(MAX_COPY) as u32);
        payload.extend((u32::from(0x80 | payload_type) << 24 | age << 10 | len).to_be_bytes());
    }
    payload.push(payload_type);
    for (_, data) in copies {
        payload.extend_from_slice(&data[..data.len().min(MAX_COPY)]);
    }
    payload.extend_from_slice(newest);
    payload
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_newest_frame_comes_last() {
        // As Chromium sends it: one copy, 960 ticks older, of three octets; then the frame.
        let payload = [0x80 | 111, 0x0f, 0x00, 3, 111, 1, 2, 3, 9, 8];
        let red = Red::parse(&payload).unwrap();
        assert_eq!(red.redundant.len(), 1);
        assert_eq!(red.redundant[0].age_ticks, 960);
        assert_eq!(red.redundant[0].data, [1, 2, 3]);
        assert_eq!((red.payload_type, red.primary), (111, &[9, 8][..]));
    }

    #[test]
    fn a_packet_without_copies() {
        assert_eq!(Red::parse(&[111, 5, 6]).unwrap().primary, [5, 6]);
        assert_eq!(Red::parse(&[]), Err(ParseError::Short));
        assert_eq!(Red::parse(&[0x80 | 111, 0, 0]), Err(ParseError::Short));
        assert_eq!(Red::parse(&[0x80 | 111, 0, 0, 4, 111, 1]), Err(ParseError::Short));
        assert_eq!(Red::parse(&[0xff; 200]), Err(ParseError::TooManyBlocks));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(payload in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(red) = Red::parse(&payload) {
                let data = red.redundant.iter().map(|block| block.data.len()).sum::<usize>();
                let headers = 4 * red.redundant.len() + 1;
                prop_assert_eq!(headers + data + red.primary.len(), payload.len());
            }
        }

        #[test]
        fn what_is_put_in_comes_out(
            blocks in prop::collection::vec(
                (0..1_u16 << 14, prop::collection::vec(any::<u8>(), 0..200)), 0..4),
            payload_type in 0..128_u8,
            newest in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let copies = blocks.iter().map(|(age, data)| (*age, &data[..]));
            let payload = build(payload_type, copies, &newest);
            let red = Red::parse(&payload).unwrap();
            prop_assert_eq!(red.payload_type, payload_type);
            prop_assert_eq!(red.primary, &newest[..]);
            prop_assert_eq!(red.redundant.len(), blocks.len());
            for (seen, (age, data)) in red.redundant.iter().zip(&blocks) {
                prop_assert_eq!(seen.payload_type, payload_type);
                prop_assert_eq!(seen.age_ticks, *age);
                prop_assert_eq!(seen.data, &data[..]);
            }
        }
    }
}
