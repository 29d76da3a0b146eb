//! The video codecs, and what forwarding must know of a packet of each.

use crate::{
    av1,
    dependency::Dependency,
    h264,
    layer::{Layer, LayerSet, MAX_LAYERS},
    temporal::UpSwitch,
    vp8, vp9,
};

/// A video codec that rooms carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    Vp8,
    Vp9,
    H264,
    Av1,
}

/// What forwarding must know of a packet; parsed once, whoever gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoPacket {
    /// A slot may switch to this layer here.
    pub starts_keyframe: bool,
    /// 0 is the base; None if the packet doesn't say.
    pub temporal_id: Option<u8>,
    pub up_switch: UpSwitch,
    /// The first packet of its frame, as far as the packet says so.
    pub starts_frame: bool,
    /// Width and height in pixels of the largest layer, where a keyframe says it.
    pub size: Option<(u16, u16)>,
    /// Its place among the layers of one stream; None if packets don't say.
    pub spatial: Option<Spatial>,
    pub descriptor: Descriptor,
}

/// The place of a packet among the spatial layers of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spatial {
    /// 0 is the smallest picture.
    pub id: u8,
    /// The last packet of its layer's frame.
    pub ends_frame: bool,
    /// Layers that can be shown from this frame on, if all is there that it refers to.
    pub switches: LayerSet,
    /// What the stream holds from here on, where a keyframe says it.
    pub layers: Option<SpatialLayers>,
}

/// The spatial layers of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpatialLayers {
    pub count: u8,
    /// Width and height in pixels, lowest first.
    pub sizes: [Option<(u16, u16)>; MAX_LAYERS],
}

impl SpatialLayers {
    /// Width and height of the largest layer that has them.
    fn largest(&self) -> Option<(u16, u16)> {
        self.sizes.iter().flatten().next_back().copied()
    }
}

/// The payload descriptor, of the codecs that have one that is rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Descriptor {
    Vp8(vp8::Descriptor),
    Vp9(vp9::Descriptor),
    /// Nothing to rewrite.
    None,
}

impl VideoPacket {
    /// A payload that is not what its codec demands is carried on as it is: the receiver decides.
    pub fn parse(codec: VideoCodec, payload: &[u8]) -> Self {
        let plain = |starts_keyframe| Self {
            starts_keyframe,
            temporal_id: None,
            up_switch: UpSwitch::No,
            starts_frame: starts_keyframe,
            size: None,
            spatial: None,
            descriptor: Descriptor::None,
        };
        match codec {
            VideoCodec::Vp8 => vp8::Descriptor::parse(payload).map_or(plain(false), |d| Self {
                starts_keyframe: d.starts_keyframe(payload),
                temporal_id: d.temporal_id,
                up_switch: if d.layer_sync { UpSwitch::Here } else { UpSwitch::No },
                starts_frame: d.starts_frame,
                size: d.keyframe_size(payload),
                spatial: None,
                descriptor: Descriptor::Vp8(d),
            }),
            VideoCodec::Vp9 => vp9::Descriptor::parse(payload).map_or(plain(false), |d| Self {
                starts_keyframe: d.starts_keyframe(),
                temporal_id: d.temporal_id,
                up_switch: if d.switching_up { UpSwitch::After } else { UpSwitch::No },
                starts_frame: d.starts_frame,
                size: d.layers.and_then(|layers| layers.largest()),
                spatial: d.spatial_id.map(|id| Spatial {
                    id,
                    ends_frame: d.ends_frame,
                    switches: d.switches(),
                    layers: d.layers,
                }),
                descriptor: Descriptor::Vp9(d),
            }),
            VideoCodec::H264 => plain(h264::starts_keyframe(payload)),
            VideoCodec::Av1 => plain(av1::starts_keyframe(payload)),
        }
    }

    /// A packet whose header says what its payload doesn't.
    pub fn described(dependency: &Dependency) -> Self {
        let layers = dependency.starts_keyframe.then(|| {
            let structure = dependency.structure();
            let mut sizes = [None; MAX_LAYERS];
            for (size, said) in sizes.iter_mut().zip(structure.resolutions()) {
                let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
                *size = Some((side(said.width), side(said.height)));
            }
            SpatialLayers { count: structure.spatial_layers() as u8, sizes }
        });
        let own = Layer::new(dependency.spatial);
        let switches_here = own.is_some_and(|own| dependency.switches.contains(own));
        Self {
            starts_keyframe: dependency.starts_keyframe,
            temporal_id: Some(dependency.temporal),
            up_switch: if switches_here { UpSwitch::After } else { UpSwitch::No },
            starts_frame: dependency.starts_frame,
            size: layers.and_then(|layers| layers.largest()),
            spatial: Some(Spatial {
                id: dependency.spatial,
                ends_frame: dependency.ends_frame,
                switches: dependency.switches,
                layers,
            }),
            descriptor: Descriptor::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [VideoCodec; 4] =
        [VideoCodec::Vp8, VideoCodec::Vp9, VideoCodec::H264, VideoCodec::Av1];

    #[test]
    fn each_codec_has_its_keyframes() {
        let keyframes: [&[u8]; 4] = [&[0x10, 0x00], &[0x08], &[0x67], &[0x18, 0x0a]];
        for (codec, payload) in ALL.into_iter().zip(keyframes) {
            assert!(VideoPacket::parse(codec, payload).starts_keyframe, "{codec:?}");
            assert!(!VideoPacket::parse(codec, &[]).starts_keyframe, "{codec:?}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(payload in prop::collection::vec(any::<u8>(), 0..64)) {
            for codec in ALL {
                VideoPacket::parse(codec, &payload);
            }
        }
    }
}
