//! AV1 over RTP (RTP Payload Format For AV1, v1.0.0): where keyframes begin.

/// OBU type of a sequence header (AV1 specification, 6.2.2).
const SEQUENCE_HEADER: u8 = 1;

/// Whether `payload` begins a keyframe: the aggregation header says that a coded video sequence
/// starts here (N, section 4.4), or a sequence header comes first.
pub fn starts_keyframe(payload: &[u8]) -> bool {
    let Some((&aggregation, rest)) = payload.split_first() else { return false };
    let (z, n) = (0x80, 0x08);
    // The first element continues the one in the packet before: nothing begins here.
    if aggregation & z != 0 {
        return false;
    }
    aggregation & n != 0 || first_obu(aggregation, rest) == Some(SEQUENCE_HEADER)
}

/// The type of the first OBU.
fn first_obu(aggregation: u8, rest: &[u8]) -> Option<u8> {
    // W: the number of elements; the last one has no length. 0 means that all have one.
    let elements = aggregation >> 4 & 0x03;
    let rest = if elements == 1 { rest } else { skip_leb128(rest)? };
    rest.first().map(|header| header >> 3 & 0x0f)
}

/// What comes after a number in LEB128 (AV1 specification, 4.10.5), of at most eight octets.
fn skip_leb128(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().take(8).position(|octet| octet & 0x80 == 0)?;
    bytes.get(end + 1..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_aggregation_header_tells() {
        assert!(starts_keyframe(&[0x18, 0x0a]));
        assert!(!starts_keyframe(&[0x10, 0x32]));
        assert!(!starts_keyframe(&[0x98, 0x0a]), "a continued element begins nothing");
        assert!(!starts_keyframe(&[]));
    }

    #[test]
    fn a_sequence_header_tells_too() {
        let header = SEQUENCE_HEADER << 3;
        assert!(starts_keyframe(&[0x10, header]));
        // With a length before it, of one and of two octets.
        assert!(starts_keyframe(&[0x20, 0x0b, header]));
        assert!(starts_keyframe(&[0x00, 0x8b, 0x01, header]));
        assert!(!starts_keyframe(&[0x20, 0xff]));
        assert!(!starts_keyframe(&[0x20, 0x0b]));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(payload in prop::collection::vec(any::<u8>(), 0..32)) {
            starts_keyframe(&payload);
        }
    }
}
