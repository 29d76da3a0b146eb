//! VP8 over RTP (RFC 7741): the payload descriptor, keyframes, and continuous picture ids.

pub use crate::picture::{Octet, PictureId, Rewrite};
use crate::{
    munger::Segment,
    patch::Patch,
    picture::{Continuity, Ids},
};

/// Why a payload is not VP8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Ends inside the payload descriptor.
    #[error("the VP8 payload descriptor is cut off")]
    Short,
}

/// The payload descriptor (RFC 7741, 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    /// S and PID 0: the first packet of a frame.
    pub starts_frame: bool,
    /// N: no other frame depends on this one.
    pub discardable: bool,
    pub picture_id: Option<PictureId>,
    pub tl0_pic_idx: Option<Octet>,
    /// TID: 0 is the base.
    pub temporal_id: Option<u8>,
    /// Y: depends on the base layer only, so that a receiver may go up to this layer here.
    pub layer_sync: bool,
    /// The octet that holds TID, Y and, in its lower five bits, KEYIDX.
    key_idx: Option<Octet>,
    /// Octets before the VP8 payload header.
    pub len: usize,
}

impl Descriptor {
    pub fn parse(payload: &[u8]) -> Result<Self, ParseError> {
        let mut at = 0;
        let mut next = || {
            let octet = payload.get(at).copied().ok_or(ParseError::Short)?;
            at += 1;
            // The longest descriptor has six octets.
            Ok(Octet { value: octet, offset: (at - 1) as u8 })
        };
        let first = next()?.value;
        let mut descriptor = Self {
            starts_frame: first & 0x10 != 0 && first & 0x07 == 0,
            discardable: first & 0x20 != 0,
            picture_id: None,
            tl0_pic_idx: None,
            temporal_id: None,
            layer_sync: false,
            key_idx: None,
            len: 0,
        };
        if first & 0x80 != 0 {
            let extension = next()?.value;
            let (i, l, t, k) = (0x80, 0x40, 0x20, 0x10);
            if extension & i != 0 {
                let high = next()?;
                let wide = high.value & 0x80 != 0;
                let mut value = u16::from(high.value & 0x7f);
                if wide {
                    value = value << 8 | u16::from(next()?.value);
                }
                descriptor.picture_id = Some(PictureId { value, wide, offset: high.offset });
            }
            if extension & l != 0 {
                descriptor.tl0_pic_idx = Some(next()?);
            }
            if extension & (t | k) != 0 {
                let octet = next()?;
                if extension & t != 0 {
                    descriptor.temporal_id = Some(octet.value >> 6);
                    descriptor.layer_sync = octet.value & 0x20 != 0;
                }
                if extension & k != 0 {
                    descriptor.key_idx = Some(octet);
                }
            }
        }
        descriptor.len = at;
        Ok(descriptor)
    }

    /// KEYIDX: counts keyframes, five bits.
    pub fn key_idx(&self) -> Option<u8> {
        self.key_idx.map(|octet| octet.value & 0x1f)
    }

    /// Whether `payload`, which this descriptor came from, begins a keyframe (P bit, RFC 7741, 4.3).
    pub fn starts_keyframe(&self, payload: &[u8]) -> bool {
        self.starts_frame && payload.get(self.len).is_some_and(|octet| octet & 0x01 == 0)
    }

    /// Width and height in pixels, from a payload that begins a keyframe (RFC 6386, 9.1).
    pub fn keyframe_size(&self, payload: &[u8]) -> Option<(u16, u16)> {
        if !self.starts_keyframe(payload) {
            return None;
        }
        let header = payload.get(self.len..)?.first_chunk::<10>()?;
        if header[3..6] != [0x9d, 0x01, 0x2a] {
            return None;
        }
        // The upper two bits of each are a scale for display.
        let size = |low, high| u16::from_le_bytes([low, high]) & 0x3fff;
        Some((size(header[6], header[7]), size(header[8], header[9])))
    }

    /// The bytes to replace in this descriptor's payload; empty if nothing changes. Fields that
    /// the descriptor lacks are not made up.
    pub fn patch(&self, rewrite: &Rewrite) -> Patch {
        let mut patch = Patch::default();
        if let (Some(id), Some(value)) = (self.picture_id, rewrite.picture_id)
            && id.value != value
        {
            if id.wide {
                patch.set(id.offset, 0x80 | (value >> 8) as u8);
                patch.set(id.offset + 1, value as u8);
            } else {
                patch.set(id.offset, value as u8 & 0x7f);
            }
        }
        if let (Some(octet), Some(value)) = (self.tl0_pic_idx, rewrite.tl0_pic_idx)
            && octet.value != value
        {
            patch.set(octet.offset, value);
        }
        if let (Some(octet), Some(value)) = (self.key_idx, rewrite.key_idx) {
            let value = octet.value & 0xe0 | value & 0x1f;
            if octet.value != value {
                patch.set(octet.offset, value);
            }
        }
        patch
    }

    fn ids(&self) -> Ids {
        Ids {
            picture: self.picture_id,
            tl0: self.tl0_pic_idx.map(|octet| octet.value),
            key: self.key_idx(),
        }
    }
}

/// Keeps picture ids, TL0PICIDX and KEYIDX continuous in one slot.
#[derive(Debug, Clone, Default)]
pub struct Rewriter(Continuity);

impl Rewriter {
    pub fn new() -> Self {
        Self::default()
    }

    /// The numbers for a packet that [`crate::munger::Munger`] forwards in `segment`. None if the
    /// packet has no place in the stream any more; then it must not be sent.
    pub fn rewrite(&mut self, segment: Segment, descriptor: &Descriptor) -> Option<Rewrite> {
        self.0.rewrite(segment, descriptor.ids())
    }

    /// Leaves a whole frame out, e.g. of a temporal layer; to be called for each of its packets.
    /// False if a packet of this or a later frame already went out: then it is better forwarded.
    pub fn skip(&mut self, segment: Segment, descriptor: &Descriptor) -> bool {
        self.0.skip(segment, descriptor.picture_id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As Chromium sends them: wide picture id, TL0PICIDX, TID, KEYIDX.
    fn packet(picture: u16, tl0: u8, tid: u8, key: u8, keyframe: bool) -> Vec<u8> {
        let mut payload = vec![0x90, 0xf0, 0x80 | (picture >> 8) as u8, picture as u8, tl0];
        payload.push(tid << 6 | key & 0x1f);
        payload.push(u8::from(!keyframe));
        payload.extend([0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
        payload
    }

    #[test]
    fn every_field_is_read() {
        let payload = packet(0x1234, 7, 2, 9, true);
        let descriptor = Descriptor::parse(&payload).unwrap();
        assert!(descriptor.starts_frame);
        assert_eq!(descriptor.picture_id.unwrap().value, 0x1234);
        assert_eq!(descriptor.tl0_pic_idx.unwrap().value, 7);
        assert_eq!(descriptor.temporal_id, Some(2));
        assert_eq!(descriptor.key_idx(), Some(9));
        assert_eq!(descriptor.len, 6);
        assert!(descriptor.starts_keyframe(&payload));
        assert_eq!(descriptor.keyframe_size(&payload), Some((640, 360)));
    }

    #[test]
    fn the_shortest_descriptor_has_one_octet() {
        let payload = [0x10, 0x00];
        let descriptor = Descriptor::parse(&payload).unwrap();
        assert_eq!((descriptor.len, descriptor.picture_id), (1, None));
        assert!(descriptor.starts_keyframe(&payload));
        assert!(!descriptor.starts_keyframe(&payload[..1]));
        assert_eq!(descriptor.keyframe_size(&payload), None);
        // Not the first partition, and not the start of one.
        assert!(!Descriptor::parse(&[0x11, 0x00]).unwrap().starts_keyframe(&[0x11, 0x00]));
        assert!(!Descriptor::parse(&[0x00, 0x00]).unwrap().starts_keyframe(&[0x00, 0x00]));
        assert_eq!(Descriptor::parse(&[]), Err(ParseError::Short));
        assert_eq!(Descriptor::parse(&[0x80, 0x80, 0x80]), Err(ParseError::Short));
    }

    fn sent(rewriter: &mut Rewriter, segment: u32, payload: &[u8]) -> Option<Descriptor> {
        let descriptor = Descriptor::parse(payload).unwrap();
        let rewrite = rewriter.rewrite(Segment(segment), &descriptor)?;
        let mut out = payload.to_vec();
        descriptor.patch(&rewrite).apply(&mut out);
        let seen = Descriptor::parse(&out).unwrap();
        // The round trip: what was asked for is what is read, and nothing else changed.
        assert_eq!(seen.picture_id.map(|id| id.value), rewrite.picture_id);
        assert_eq!(seen.tl0_pic_idx.map(|octet| octet.value), rewrite.tl0_pic_idx);
        assert_eq!(seen.key_idx(), rewrite.key_idx);
        assert_eq!(seen.temporal_id, descriptor.temporal_id);
        assert_eq!(seen.layer_sync, descriptor.layer_sync);
        assert_eq!(seen.len, descriptor.len);
        assert_eq!(out[seen.len..], payload[seen.len..]);
        Some(seen)
    }

    fn numbers(seen: Descriptor) -> (u16, u8, u8) {
        (seen.picture_id.unwrap().value, seen.tl0_pic_idx.unwrap().value, seen.key_idx().unwrap())
    }

    #[test]
    fn a_switch_continues_every_number_and_the_first_source_keeps_its_own() {
        let mut rewriter = Rewriter::new();
        let first = packet(0x7fff, 255, 0, 31, true);
        let descriptor = Descriptor::parse(&first).unwrap();
        let rewrite = rewriter.rewrite(Segment(0), &descriptor).unwrap();
        assert!(descriptor.patch(&rewrite).is_empty());

        let seen = sent(&mut rewriter, 1, &packet(300, 12, 0, 4, true)).unwrap();
        assert_eq!(numbers(seen), (0, 0, 0));
        let seen = sent(&mut rewriter, 1, &packet(302, 13, 0, 4, false)).unwrap();
        assert_eq!(numbers(seen), (2, 1, 0));
        // A late packet of the first source still has its number, one from before doesn't.
        let seen = sent(&mut rewriter, 0, &packet(0x7fff, 255, 0, 31, false)).unwrap();
        assert_eq!(numbers(seen), (0x7fff, 255, 31));
        assert!(sent(&mut rewriter, 1, &packet(299, 11, 0, 4, false)).is_none());
    }

    #[test]
    fn frames_left_out_leave_no_hole_in_the_picture_ids() {
        let mut rewriter = Rewriter::new();
        let ids: Vec<_> = (10..20)
            .filter_map(|picture| {
                let payload = packet(picture, 1, (picture % 2) as u8, 1, false);
                if picture % 2 == 1 {
                    let descriptor = Descriptor::parse(&payload).unwrap();
                    // Two packets each.
                    assert!(rewriter.skip(Segment(0), &descriptor));
                    assert!(rewriter.skip(Segment(0), &descriptor));
                    return None;
                }
                Some(numbers(sent(&mut rewriter, 0, &payload)?).0)
            })
            .collect();
        assert_eq!(ids, [10, 11, 12, 13, 14]);
    }

    #[test]
    fn a_frame_that_partly_went_out_is_not_left_out() {
        let mut rewriter = Rewriter::new();
        let payload = packet(10, 1, 1, 1, false);
        sent(&mut rewriter, 0, &payload).unwrap();
        assert!(!rewriter.skip(Segment(0), &Descriptor::parse(&payload).unwrap()));
    }

    #[test]
    fn narrow_picture_ids_stay_narrow() {
        let mut rewriter = Rewriter::new();
        let narrow = |picture: u8| vec![0x90, 0x80, picture & 0x7f, 0x00, 0x00];
        sent(&mut rewriter, 0, &narrow(127)).unwrap();
        let seen = sent(&mut rewriter, 1, &narrow(50)).unwrap();
        assert_eq!(seen.picture_id.unwrap().value, 0);
        assert!(!seen.picture_id.unwrap().wide);
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_stays_inside(payload in prop::collection::vec(any::<u8>(), 0..16)) {
            if let Ok(descriptor) = Descriptor::parse(&payload) {
                prop_assert!(descriptor.len <= payload.len());
                descriptor.starts_keyframe(&payload);
                descriptor.keyframe_size(&payload);
                let rewrite = Rewrite {
                    picture_id: Some(u16::MAX), tl0_pic_idx: Some(255), key_idx: Some(255),
                };
                for (offset, _) in descriptor.patch(&rewrite).bytes() {
                    prop_assert!(offset < descriptor.len);
                }
            }
        }

        /// Arbitrary payloads through a rewriter: what is asked for is what is read back.
        #[test]
        fn any_rewrite_reads_back(
            payloads in prop::collection::vec(
                (0..6_u32, prop::collection::vec(any::<u8>(), 8..12)), 1..60)
        ) {
            let mut rewriter = Rewriter::new();
            for (segment, payload) in payloads {
                sent(&mut rewriter, segment, &payload);
            }
        }

        /// Frames with losses and reordering, several switches: each switch takes the next
        /// picture id, TL0PICIDX and KEYIDX; inside a segment distances are kept.
        #[test]
        fn numbers_are_continuous_at_every_switch(
            segments in prop::collection::vec(
                (any::<u16>(), any::<u8>(), any::<u8>(), prop::collection::vec(0..4_u16, 1..40)),
                1..12)
        ) {
            let mut rewriter = Rewriter::new();
            let mut newest: Option<(u16, u8, u8)> = None;
            for (segment, (picture, tl0, key, steps)) in segments.into_iter().enumerate() {
                let mut at = 0_u16;
                for (index, step) in steps.into_iter().enumerate() {
                    if index > 0 { at += step; }
                    let payload = packet(
                        picture.wrapping_add(at) & 0x7fff, tl0.wrapping_add(at as u8), 0, key & 0x1f,
                        index == 0,
                    );
                    let seen = numbers(sent(&mut rewriter, segment as u32, &payload).unwrap());
                    if let Some(last) = newest {
                        let expected = if index == 0 { 1 } else { step };
                        prop_assert_eq!(seen.0, last.0.wrapping_add(expected) & 0x7fff);
                        prop_assert_eq!(seen.1, last.1.wrapping_add(expected as u8));
                        let turned = u8::from(index == 0);
                        prop_assert_eq!(seen.2, last.2.wrapping_add(turned) & 0x1f);
                    }
                    newest = Some(seen);
                }
            }
        }
    }
}
