//! A few bytes to replace in a payload that many subscribers share.
//!
//! The payload itself stays as it came; each subscriber's copy on the wire differs in these bytes
//! only, and never in length.

use arrayvec::ArrayVec;

/// Two octets of picture id, TL0PICIDX, and the octet with KEYIDX (RFC 7741, 4.2).
const MAX_BYTES: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patch {
    bytes: ArrayVec<(u8, u8), MAX_BYTES>,
}

impl Patch {
    /// Offset and new value of each byte.
    pub fn bytes(&self) -> impl Iterator<Item = (usize, u8)> {
        self.bytes.iter().map(|(offset, byte)| (usize::from(*offset), *byte))
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Changes `payload` in place. A payload that is shorter than the one which the patch was made
    /// for keeps its bytes.
    pub fn apply(&self, payload: &mut [u8]) {
        for (offset, byte) in self.bytes() {
            if let Some(place) = payload.get_mut(offset) {
                *place = byte;
            }
        }
    }

    pub(crate) fn set(&mut self, offset: u8, byte: u8) {
        // Descriptors never have more than `MAX_BYTES` bytes to replace.
        let full = self.bytes.try_push((offset, byte));
        debug_assert!(full.is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_payload_is_left_alone() {
        let mut patch = Patch::default();
        patch.set(1, 9);
        patch.set(7, 9);
        let mut payload = [0; 4];
        patch.apply(&mut payload);
        assert_eq!(payload, [0, 9, 0, 0]);
    }
}
