//! RTP payloads of each video codec: real payload descriptors and keyframe headers before filling
//! that no decoder is asked to decode.

use serde::{Deserialize, Serialize};
use szpon_media::codec::VideoCodec;

/// A video codec by its usual name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    #[default]
    Vp8,
    Vp9,
    H264,
    Av1,
}

impl Codec {
    pub const ALL: [Self; 4] = [Self::Vp8, Self::Vp9, Self::H264, Self::Av1];

    /// The encoding name in SDP, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
            Self::H264 => "h264",
            Self::Av1 => "av1",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }

    /// For the readers of `szpon-media`.
    pub fn reader(self) -> VideoCodec {
        match self {
            Self::Vp8 => VideoCodec::Vp8,
            Self::Vp9 => VideoCodec::Vp9,
            Self::H264 => VideoCodec::H264,
            Self::Av1 => VideoCodec::Av1,
        }
    }
}

/// Where in its frame and stream a packet stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub keyframe: bool,
    pub first: bool,
    pub last: bool,
    pub width: u16,
    pub height: u16,
    /// Counts frames of the layer, from any beginning.
    pub picture: u16,
    pub temporal: u8,
    /// Counts frames of temporal layer 0.
    pub tl0: u8,
}

/// The longest head that any codec needs.
pub const LONGEST_HEAD: usize = 40;

/// Appends the octets that come before the coded picture.
pub fn write_head(out: &mut Vec<u8>, codec: Codec, place: Place) {
    match codec {
        Codec::Vp8 => vp8(out, place),
        Codec::Vp9 => vp9(out, place),
        Codec::H264 => h264(out, place),
        Codec::Av1 => av1(out, place),
    }
}

/// RFC 7741, section 4.2, with a 15-bit picture id, TL0PICIDX and TID; RFC 6386, section 9.1.
fn vp8(out: &mut Vec<u8>, place: Place) {
    // X, N for frames that no other needs, S at the beginning of the frame; then I, L and T.
    let discardable = place.temporal > 0;
    out.push(0x80 | u8::from(discardable) << 5 | u8::from(place.first) << 4);
    out.push(0xe0);
    out.extend((0x8000 | place.picture & 0x7fff).to_be_bytes());
    // Y: a frame of an upper temporal layer refers to the base layer alone.
    out.extend([place.tl0, place.temporal << 6 | u8::from(discardable) << 5]);
    if !place.first {
        return;
    }
    // Frame tag: shown, version 0, a first partition of 200 octets; bit 0 is set in interframes.
    let tag = 1u32 << 4 | u32::from(!place.keyframe) | 200 << 5;
    out.extend(&tag.to_le_bytes()[..3]);
    if place.keyframe {
        out.extend([0x9d, 0x01, 0x2a]);
        out.extend(place.width.to_le_bytes());
        out.extend(place.height.to_le_bytes());
    }
}

/// RFC 9628, section 4.2, non-flexible mode, one spatial layer; the structure comes with keyframes.
fn vp9(out: &mut Vec<u8>, place: Place) {
    let structure = place.keyframe && place.first;
    // I, P, L, B, E, V.
    out.push(
        0x80 | u8::from(!place.keyframe) << 6
            | 0x20
            | u8::from(place.first) << 3
            | u8::from(place.last) << 2
            | u8::from(structure) << 1,
    );
    out.extend((0x8000 | place.picture & 0x7fff).to_be_bytes());
    // TID, U; TL0PICIDX.
    out.extend([place.temporal << 5 | 0x10, place.tl0]);
    if structure {
        // N_S 0, Y: one spatial layer and its size.
        out.push(0x10);
        out.extend(place.width.to_be_bytes());
        out.extend(place.height.to_be_bytes());
    }
}

/// RFC 6184: parameter sets in a STAP-A before the first slice of a keyframe, slices as FU-A.
fn h264(out: &mut Vec<u8>, place: Place) {
    let slice = if place.keyframe { 5 } else { 1 };
    if place.first && place.keyframe {
        // Constrained baseline 3.1. As the STAP-A fills its packet, the slice's first fragment is
        // the next one; NRI 3.
        let sets: [&[u8]; 2] = [&[0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x68], &[0x68, 0xce, 0x3c, 0x80]];
        out.push(0x78);
        for set in sets {
            out.extend((set.len() as u16).to_be_bytes());
            out.extend_from_slice(set);
        }
        // The rest of the packet is a slice of its own size, which the caller fills.
        return;
    }
    out.push(0x60 | 28);
    out.push(u8::from(place.first) << 7 | u8::from(place.last) << 6 | slice);
}

/// RTP Payload Format For AV1, section 4.4: one OBU element per packet, N with new sequences.
fn av1(out: &mut Vec<u8>, place: Place) {
    let begins = place.first && place.keyframe;
    // Z: goes on from the last packet; Y: goes on in the next; W 1 or 2 elements.
    let elements = if begins { 2 } else { 1 };
    out.push(
        u8::from(!place.first) << 7
            | u8::from(!place.last) << 6
            | elements << 4
            | u8::from(begins) << 3,
    );
    if begins {
        // A sequence header OBU of ten octets, with its length before it.
        out.extend([11, 1 << 3]);
        out.extend([0x00, 0x00, 0x00, 0x24, 0xc4, 0xff, 0xdf, 0x30, 0x08, 0x40]);
    }
    if place.first {
        // Frame OBU (type 6).
        out.push(6 << 3);
    }
}

/// Puts a size where the codec needs one that depends on the whole payload: the last NAL unit of
/// a STAP-A. `payload` is complete.
pub fn finish(codec: Codec, place: Place, head: usize, payload: &mut [u8]) {
    if codec == Codec::H264 && place.first && place.keyframe {
        // A SEI (type 6, user data) fills the packet behind the parameter sets.
        let rest = payload.len() - head;
        if rest >= 3 {
            let size = (rest - 2) as u16;
            payload[head..head + 2].copy_from_slice(&size.to_be_bytes());
            payload[head + 2] = 0x06;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use szpon_media::codec::VideoPacket;

    use super::*;

    fn place(keyframe: bool, first: bool) -> Place {
        Place {
            keyframe,
            first,
            last: false,
            width: 640,
            height: 360,
            picture: 77,
            temporal: 0,
            tl0: 5,
        }
    }

    fn payload(codec: Codec, place: Place, len: usize) -> Vec<u8> {
        let mut payload = Vec::new();
        write_head(&mut payload, codec, place);
        let head = payload.len();
        assert!(head <= LONGEST_HEAD);
        payload.resize(len.max(head), 0xaa);
        finish(codec, place, head, &mut payload);
        payload
    }

    #[test]
    fn every_reader_finds_the_keyframes() {
        for codec in Codec::ALL {
            for (keyframe, first) in [(true, true), (true, false), (false, true), (false, false)] {
                let payload = payload(codec, place(keyframe, first), 1_000);
                let parsed = VideoPacket::parse(codec.reader(), &payload);
                assert_eq!(
                    parsed.starts_keyframe,
                    keyframe && first,
                    "{codec:?} {keyframe} {first}"
                );
            }
        }
    }

    #[test]
    fn sizes_stand_in_keyframes() {
        for codec in [Codec::Vp8, Codec::Vp9] {
            let parsed =
                VideoPacket::parse(codec.reader(), &payload(codec, place(true, true), 1_000));
            assert_eq!(parsed.size, Some((640, 360)), "{codec:?}");
            assert!(parsed.starts_frame);
        }
    }

    #[test]
    fn a_stap_is_whole() {
        let payload = payload(Codec::H264, place(true, true), 1_000);
        let mut rest = &payload[1..];
        let mut kinds = Vec::new();
        while !rest.is_empty() {
            let size = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            kinds.push(rest[2] & 0x1f);
            rest = &rest[2 + size..];
        }
        assert_eq!(kinds, [7, 8, 6]);
    }

    proptest! {
        #[test]
        fn numbers_are_read_back(picture in 0u16..0x8000, tl0: u8, temporal in 0u8..3) {
            let place = Place { picture, tl0, temporal, ..place(false, true) };
            let vp8 = szpon_media::vp8::Descriptor::parse(&payload(Codec::Vp8, place, 100)).unwrap();
            prop_assert_eq!(vp8.picture_id.unwrap().value, picture);
            prop_assert_eq!(vp8.tl0_pic_idx.unwrap().value, tl0);
            prop_assert_eq!(vp8.temporal_id, Some(temporal));
            let vp9 = szpon_media::vp9::Descriptor::parse(&payload(Codec::Vp9, place, 100)).unwrap();
            prop_assert_eq!(vp9.picture_id.unwrap().value, picture);
            prop_assert_eq!(vp9.tl0_pic_idx.unwrap().value, tl0);
            prop_assert_eq!(vp9.temporal_id, Some(temporal));
        }
    }
}
