//! VP9 over RTP (RFC 9628): the payload descriptor, keyframes, and continuous picture ids.

pub use crate::picture::{Octet, PictureId, Rewrite};
use crate::{
    codec::SpatialLayers,
    layer::{Layer, LayerSet, MAX_LAYERS},
    munger::Segment,
    patch::Patch,
    picture::{Continuity, Ids},
};

/// Most reference indices of a picture in flexible mode (RFC 9628, 4.2).
const MAX_P_DIFF: usize = 3;

/// Why a payload is not VP9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Ends inside the payload descriptor.
    #[error("the VP9 payload descriptor is cut off")]
    Short,
    /// More references than a picture can have.
    #[error("the VP9 payload descriptor names more than three references")]
    TooManyReferences,
}

/// The payload descriptor (RFC 9628, 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    pub picture_id: Option<PictureId>,
    /// P: the picture depends on earlier ones.
    pub inter_predicted: bool,
    /// B: the first packet of a layer frame.
    pub starts_frame: bool,
    /// E: the last packet of a layer frame.
    pub ends_frame: bool,
    /// Z: no higher spatial layer depends on this layer frame.
    pub not_for_upper_layers: bool,
    /// TID.
    pub temporal_id: Option<u8>,
    /// U: from here on a receiver may go up to this temporal layer.
    pub switching_up: bool,
    /// SID.
    pub spatial_id: Option<u8>,
    /// D: depends on the next lower spatial layer of the same picture.
    pub inter_layer: bool,
    pub tl0_pic_idx: Option<Octet>,
    /// What the scalability structure says of the spatial layers.
    pub layers: Option<SpatialLayers>,
    /// Octets before the VP9 frame.
    pub len: usize,
}

impl Descriptor {
    pub fn parse(payload: &[u8]) -> Result<Self, ParseError> {
        let mut at = 0;
        let mut next = || {
            let octet = payload.get(at).copied().ok_or(ParseError::Short)?;
            at += 1;
            Ok::<_, ParseError>(octet)
        };
        let first = next()?;
        let has = |bit: u8| first & bit != 0;
        let (i, p, l, f, b, e, v, z) = (0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01);
        let mut descriptor = Self {
            picture_id: None,
            inter_predicted: has(p),
            starts_frame: has(b),
            ends_frame: has(e),
            not_for_upper_layers: has(z),
            temporal_id: None,
            switching_up: false,
            spatial_id: None,
            inter_layer: false,
            tl0_pic_idx: None,
            layers: None,
            len: 0,
        };
        // Offsets up to here are fixed: the picture id comes second.
        let mut offset = 1;
        if has(i) {
            let high = next()?;
            let wide = high & 0x80 != 0;
            let mut value = u16::from(high & 0x7f);
            if wide {
                value = value << 8 | u16::from(next()?);
            }
            descriptor.picture_id = Some(PictureId { value, wide, offset });
            offset += 1 + u8::from(wide);
        }
        if has(l) {
            let octet = next()?;
            offset += 1;
            descriptor.temporal_id = Some(octet >> 5);
            descriptor.switching_up = octet & 0x10 != 0;
            descriptor.spatial_id = Some(octet >> 1 & 0x07);
            descriptor.inter_layer = octet & 0x01 != 0;
            if !has(f) {
                descriptor.tl0_pic_idx = Some(Octet { value: next()?, offset });
            }
        }
        if has(f) && has(p) {
            let mut references = 0;
            loop {
                let octet = next()?;
                references += 1;
                if octet & 0x01 == 0 {
                    break;
                }
                if references == MAX_P_DIFF {
                    return Err(ParseError::TooManyReferences);
                }
            }
        }
        if has(v) {
            let structure = next()?;
            let highest = usize::from(structure >> 5);
            let mut layers = SpatialLayers { count: highest as u8 + 1, sizes: [None; MAX_LAYERS] };
            if structure & 0x10 != 0 {
                for layer in 0..=highest {
                    let width = u16::from_be_bytes([next()?, next()?]);
                    let height = u16::from_be_bytes([next()?, next()?]);
                    if let Some(size) = layers.sizes.get_mut(layer) {
                        *size = Some((width, height));
                    }
                }
            }
            descriptor.layers = Some(layers);
            if structure & 0x08 != 0 {
                for _ in 0..next()? {
                    let references = next()? >> 2 & 0x03;
                    for _ in 0..references {
                        next()?;
                    }
                }
            }
        }
        descriptor.len = at;
        Ok(descriptor)
    }

    /// Whether this begins a keyframe: a picture that depends on nothing, from its lowest spatial
    /// layer on.
    pub fn starts_keyframe(&self) -> bool {
        self.starts_frame && !self.inter_predicted && self.spatial_id.unwrap_or(0) == 0
    }

    /// Spatial layers that can be shown from this packet on: its own, if the frame builds on nothing
    /// but the layer below, and all of them if it is the lowest.
    pub fn switches(&self) -> LayerSet {
        match self.spatial_id.unwrap_or(0) {
            _ if !self.starts_frame || self.inter_predicted => LayerSet::EMPTY,
            0 => LayerSet::ALL,
            id => LayerSet::from(Layer::new(id)),
        }
    }

    /// The bytes to replace in this descriptor's payload; empty if nothing changes.
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
        patch
    }

    fn ids(&self) -> Ids {
        let tl0 = self.tl0_pic_idx.map(|octet| octet.value);
        Ids { picture: self.picture_id, tl0, key: None }
    }
}

/// Keeps picture ids and TL0PICIDX continuous in one slot. Pictures that are left out leave holes:
/// references are distances between picture ids, or follow from the id's place in a pattern.
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
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Non-flexible mode with layer indices: I P L B bits, wide picture id.
    fn packet(picture: u16, tl0: u8, inter: bool) -> Vec<u8> {
        let first = 0x80 | u8::from(inter) << 6 | 0x20 | 0x08;
        vec![first, 0x80 | (picture >> 8) as u8, picture as u8, 0x00, tl0, 0xaa, 0xbb]
    }

    #[test]
    fn every_field_is_read() {
        // I L B E V, wide picture id, T=1 U=1 S=2 D=1, TL0PICIDX, and a structure of two sizes and
        // a group of two pictures, one with a reference.
        let payload = [
            0xae, 0x81, 0x02, 0x35, 0x07, 0x38, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, 2,
            0x04, 0x01, 0x00, 0xff,
        ];
        let descriptor = Descriptor::parse(&payload).unwrap();
        assert_eq!(descriptor.picture_id.unwrap().value, 0x0102);
        assert_eq!(descriptor.temporal_id, Some(1));
        assert_eq!(descriptor.spatial_id, Some(2));
        assert!(descriptor.switching_up && descriptor.inter_layer);
        assert!(descriptor.starts_frame && descriptor.ends_frame && !descriptor.inter_predicted);
        assert_eq!(descriptor.tl0_pic_idx.unwrap().value, 7);
        let layers = descriptor.layers.unwrap();
        assert_eq!((layers.count, layers.sizes), (2, [Some((320, 180)), Some((640, 360)), None]));
        assert_eq!(descriptor.len, payload.len() - 1);
        assert!(!descriptor.starts_keyframe(), "an upper layer doesn't begin a picture");
    }

    #[test]
    fn keyframes_begin_with_the_lowest_layer() {
        assert!(Descriptor::parse(&packet(1, 1, false)).unwrap().starts_keyframe());
        assert!(!Descriptor::parse(&packet(1, 1, true)).unwrap().starts_keyframe());
        // Without layer indices; not the start of a frame.
        assert!(Descriptor::parse(&[0x08]).unwrap().starts_keyframe());
        assert!(!Descriptor::parse(&[0x04]).unwrap().starts_keyframe());
    }

    #[test]
    fn a_layer_can_be_joined_where_it_builds_on_the_layer_below_alone() {
        // I L B, narrow picture id, S, TL0PICIDX; with P or without.
        let switches = |first: u8, spatial: u8| {
            Descriptor::parse(&[first, 1, spatial << 1, 0, 0xaa]).unwrap().switches()
        };
        assert_eq!(switches(0xa8, 0), LayerSet::ALL);
        assert_eq!(switches(0xa8, 2), LayerSet::only(Layer::HIGHEST));
        assert_eq!(switches(0xa8, 5), LayerSet::EMPTY);
        assert_eq!(switches(0xe8, 2), LayerSet::EMPTY, "predicted from pictures before");
        assert_eq!(switches(0xa0, 2), LayerSet::EMPTY, "not its first packet");
    }

    #[test]
    fn flexible_mode_has_up_to_three_references() {
        let three = [0x50, 0x03, 0x05, 0x06, 0xff];
        assert_eq!(Descriptor::parse(&three).unwrap().len, 4);
        let four = [0x50, 0x03, 0x05, 0x07, 0x02];
        assert_eq!(Descriptor::parse(&four), Err(ParseError::TooManyReferences));
        assert_eq!(Descriptor::parse(&three[..3]), Err(ParseError::Short));
    }

    fn sent(rewriter: &mut Rewriter, segment: u32, payload: &[u8]) -> Option<Descriptor> {
        let descriptor = Descriptor::parse(payload).ok()?;
        let rewrite = rewriter.rewrite(Segment(segment), &descriptor)?;
        let mut out = payload.to_vec();
        descriptor.patch(&rewrite).apply(&mut out);
        let seen = Descriptor::parse(&out).unwrap();
        assert_eq!(seen.picture_id.map(|id| id.value), rewrite.picture_id);
        assert_eq!(seen.tl0_pic_idx.map(|octet| octet.value), rewrite.tl0_pic_idx);
        assert_eq!(seen.len, descriptor.len);
        assert_eq!(seen.spatial_id, descriptor.spatial_id);
        assert_eq!(out[seen.len..], payload[seen.len..]);
        Some(seen)
    }

    #[test]
    fn a_switch_continues_the_numbers() {
        let mut rewriter = Rewriter::new();
        sent(&mut rewriter, 0, &packet(0x7ffe, 9, false)).unwrap();
        sent(&mut rewriter, 0, &packet(0x7fff, 10, true)).unwrap();
        let seen = sent(&mut rewriter, 1, &packet(77, 200, false)).unwrap();
        assert_eq!(seen.picture_id.unwrap().value, 0);
        assert_eq!(seen.tl0_pic_idx.unwrap().value, 11);
        // The other spatial layers of the same picture.
        let seen = sent(&mut rewriter, 1, &packet(77, 200, false)).unwrap();
        assert_eq!(seen.picture_id.unwrap().value, 0);
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_stays_inside(
            payload in prop::collection::vec(any::<u8>(), 0..64)
        ) {
            if let Ok(descriptor) = Descriptor::parse(&payload) {
                prop_assert!(descriptor.len <= payload.len());
                let rewrite = Rewrite { picture_id: Some(3), tl0_pic_idx: Some(1), key_idx: None };
                for (offset, _) in descriptor.patch(&rewrite).bytes() {
                    prop_assert!(offset < descriptor.len);
                }
            }
        }

        #[test]
        fn any_rewrite_reads_back(
            payloads in prop::collection::vec(
                (0..6_u32, prop::collection::vec(any::<u8>(), 1..24)), 1..60)
        ) {
            let mut rewriter = Rewriter::new();
            for (segment, payload) in payloads {
                sent(&mut rewriter, segment, &payload);
            }
        }
    }
}
