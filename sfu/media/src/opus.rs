//! Opus over RTP (RFC 7587): telling silence from sound without decoding.

use std::time::Duration;

/// Whether `payload` carries no sound. With DTX an encoder sends a TOC octet and at most one more,
/// every 400 ms (RFC 6716, 3.1 and 3.2.1: frames of zero or one octet are "not transmitted").
pub fn is_dtx(payload: &[u8]) -> bool {
    payload.len() <= 2
}

/// How long one frame is, from the TOC octet (RFC 6716, table 2). None for an empty payload.
pub fn frame_duration(payload: &[u8]) -> Option<Duration> {
    let config = payload.first()? >> 3;
    let micros = match config {
        // SILK only.
        0..=11 => [10_000, 20_000, 40_000, 60_000][usize::from(config & 3)],
        // Hybrid.
        12..=15 => [10_000, 20_000][usize::from(config & 1)],
        // CELT only.
        _ => [2500, 5000, 10_000, 20_000][usize::from(config & 3)],
    };
    Some(Duration::from_micros(micros))
}

/// How long the whole packet is: 1 to 48 frames (RFC 6716, 3.2). None if it is cut off.
pub fn packet_duration(payload: &[u8]) -> Option<Duration> {
    let frames = match payload.first()? & 0x03 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(payload.get(1)? & 0x3f),
    };
    Some(frame_duration(payload)? * frames)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frames_of_browsers_last_twenty_milliseconds() {
        // 0x78: CELT fullband 20 ms mono; 0x0b: SILK with a count of two.
        assert_eq!(packet_duration(&[0x78, 1, 2, 3]), Some(Duration::from_millis(20)));
        assert_eq!(packet_duration(&[0x0b, 2, 0]), Some(Duration::from_millis(40)));
        assert_eq!(packet_duration(&[0x0b]), None);
        assert_eq!(packet_duration(&[]), None);
    }

    #[test]
    fn dtx_is_short() {
        assert!(is_dtx(&[0x78]));
        assert!(is_dtx(&[0x78, 0]));
        assert!(!is_dtx(&[0x78, 0, 0]));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(payload in prop::collection::vec(any::<u8>(), 0..8)) {
            packet_duration(&payload);
        }
    }
}
