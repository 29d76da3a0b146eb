//! What each packet says of itself at the end of its payload, encrypted like all the rest.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MAGIC: [u8; 4] = *b"SZlt";

/// Octets at the end of a payload.
pub const LEN: usize = 28;

/// Which packet this is, and when it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The published track.
    pub stream: u32,
    pub layer: u8,
    pub keyframe: bool,
    pub frame: u32,
    pub index: u16,
    /// Packets of the frame.
    pub count: u16,
    /// Since the Unix epoch: the clock of the kernel's receive timestamps.
    pub sent: Duration,
}

/// Now, since the Unix epoch.
pub fn clock() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Mark {
    pub fn to_bytes(self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&self.stream.to_be_bytes());
        bytes[8] = self.layer;
        bytes[9] = u8::from(self.keyframe);
        bytes[10..14].copy_from_slice(&self.frame.to_be_bytes());
        bytes[14..16].copy_from_slice(&self.index.to_be_bytes());
        bytes[16..18].copy_from_slice(&self.count.to_be_bytes());
        // Nanoseconds in 64 bits last until the year 2554.
        bytes[20..].copy_from_slice(&(self.sent.as_nanos() as u64).to_be_bytes());
        bytes
    }

    /// None if the payload was not made by this tester.
    pub fn read(payload: &[u8]) -> Option<Self> {
        let bytes = payload.last_chunk::<LEN>()?;
        let word = |at: usize| {
            u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let half = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        (bytes[..4] == MAGIC).then(|| Self {
            stream: word(4),
            layer: bytes[8],
            keyframe: bytes[9] != 0,
            frame: word(10),
            index: half(14),
            count: half(16),
            sent: Duration::from_nanos(u64::from(word(20)) << 32 | u64::from(word(24))),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_mark_comes_back(stream: u32, layer: u8, keyframe: bool, frame: u32, index: u16, count: u16, sent: u64) {
            let mark = Mark { stream, layer, keyframe, frame, index, count, sent: Duration::from_nanos(sent) };
            let payload = [&[1, 2, 3][..], &mark.to_bytes()].concat();
            prop_assert_eq!(Mark::read(&payload), Some(mark));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            Mark::read(&bytes);
        }
    }
}
