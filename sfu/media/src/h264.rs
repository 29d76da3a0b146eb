//! H.264 over RTP (RFC 6184): where keyframes begin.

const IDR_SLICE: u8 = 5;
const SEQUENCE_PARAMETER_SET: u8 = 7;
/// Aggregation and fragmentation units (RFC 6184, 5.2).
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const FU_B: u8 = 29;

const fn nal_type(octet: u8) -> u8 {
    octet & 0x1f
}

/// Whether a NAL unit belongs to the beginning of a keyframe. Browsers send the parameter sets
/// before every IDR picture; senders that don't still begin with the slice.
const fn begins(nal: u8) -> bool {
    matches!(nal, IDR_SLICE | SEQUENCE_PARAMETER_SET)
}

/// Whether `payload` begins a keyframe: it holds a sequence parameter set or the start of an IDR
/// slice. Several packets of one keyframe may answer true.
pub fn starts_keyframe(payload: &[u8]) -> bool {
    let Some((&first, rest)) = payload.split_first() else { return false };
    match nal_type(first) {
        STAP_A => {
            units(rest).any(|unit| unit.first().is_some_and(|octet| begins(nal_type(*octet))))
        }
        FU_A | FU_B => {
            let start = 0x80;
            rest.first().is_some_and(|octet| octet & start != 0 && begins(nal_type(*octet)))
        }
        single => begins(single),
    }
}

/// The NAL units of a STAP-A, after its header; ends at the first that is cut off.
fn units(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (size, after) = rest.split_first_chunk::<2>()?;
        let (unit, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*size)))?;
        rest = after;
        Some(unit)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn single_units() {
        assert!(starts_keyframe(&[0x67, 0x42]));
        assert!(starts_keyframe(&[0x65, 0x88]));
        assert!(!starts_keyframe(&[0x68, 0xce]), "a picture parameter set alone");
        assert!(!starts_keyframe(&[0x41, 0x9a]));
        assert!(!starts_keyframe(&[]));
    }

    #[test]
    fn aggregates_are_searched_to_the_end() {
        // As Chromium sends it: SPS and PPS in one packet.
        assert!(starts_keyframe(&[0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68]));
        assert!(starts_keyframe(&[0x78, 0, 1, 0x09, 0, 2, 0x65, 0x88]));
        assert!(!starts_keyframe(&[0x78, 0, 1, 0x09, 0, 2, 0x41, 0x88]));
        assert!(!starts_keyframe(&[0x78, 0, 9, 0x67]), "cut off");
    }

    #[test]
    fn fragments_count_at_their_start_only() {
        assert!(starts_keyframe(&[0x7c, 0x85, 0x88]));
        assert!(!starts_keyframe(&[0x7c, 0x05, 0x88]));
        assert!(!starts_keyframe(&[0x7c, 0x81, 0x88]));
        assert!(!starts_keyframe(&[0x7c]));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(payload in prop::collection::vec(any::<u8>(), 0..64)) {
            starts_keyframe(&payload);
        }
    }
}
