//! An encoder that puts several spatial and temporal layers into one stream.

use std::time::Instant;

use rand::{RngExt, rngs::StdRng};
use szpon_media::dependency::{Descriptor, Indication, Resolution, Structure, Template};

use crate::publisher::{
    CodedAs, FRAME_INTERVAL, FULL_PACKET, KEYFRAME_FACTOR, MARK, Mark, VideoPacket,
};

/// What each spatial layer needs by itself, in bits per second.
pub const SPATIAL_BITRATES: [u64; 3] = [150_000, 350_000, 1_000_000];
/// Width and height of each spatial layer.
const SIZES: [(u16, u16); 3] = [(320, 180), (640, 360), (1_280, 720)];
/// Payload descriptors are shorter.
const DESCRIPTOR: usize = 24;
/// The structure's template ids begin here, and anew when the structure changes.
const FIRST_TEMPLATE: u8 = 1;
/// After a change the active decode targets are said in so many pictures.
const SAID_FOR: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SvcCodec {
    /// With its payload descriptor, in flexible mode.
    Vp9,
    /// With the Dependency Descriptor.
    Av1,
}

/// A scalability mode, as browsers name them (W3C WebRTC-SVC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SvcMode {
    pub codec: SvcCodec,
    /// 1 to 3.
    pub spatial: u8,
    /// 1 to 3.
    pub temporal: u8,
    /// Layers build on those below in keyframes only (`_KEY`).
    pub key: bool,
}

impl SvcMode {
    pub const fn new(codec: SvcCodec, spatial: u8, temporal: u8) -> Self {
        Self { codec, spatial, temporal, key: false }
    }

    /// The mode with `_KEY` at its end.
    #[must_use]
    pub const fn key(mut self) -> Self {
        self.key = true;
        self
    }
}

/// A layer of a picture that later ones may refer to.
#[derive(Debug, Clone, Copy)]
struct Coded {
    number: u16,
    picture: u16,
}

/// The encoder.
#[derive(Debug)]
pub(crate) struct SvcEncoder {
    sender: u32,
    mode: SvcMode,
    /// Spatial layers that are encoded now.
    layers: u8,
    /// Nothing is encoded while nobody wants it.
    pub(crate) active: bool,
    pub(crate) keyframe_wanted: bool,
    pub(crate) keyframes: u64,
    start: Instant,
    seq_no: u64,
    timestamp_offset: u32,
    /// Of the next frame, and of the next picture.
    number: u16,
    picture: u16,
    /// Pictures since the last keyframe.
    since_keyframe: u32,
    /// What the next frame of a spatial and temporal layer may refer to.
    newest: [[Option<Coded>; 3]; 3],
    structure: Structure,
    /// Pictures in which the active decode targets are still said.
    say_active: u32,
}

impl SvcEncoder {
    pub(crate) fn new(sender: u32, mode: SvcMode, start: Instant, rng: &mut StdRng) -> Self {
        Self {
            sender,
            mode,
            layers: mode.spatial,
            active: true,
            keyframe_wanted: true,
            keyframes: 0,
            start,
            seq_no: rng.random_range(0..65_536),
            timestamp_offset: rng.random_range(0..=u32::MAX),
            number: rng.random_range(0..=u16::MAX),
            picture: rng.random_range(0..0x8000),
            since_keyframe: 0,
            newest: [[None; 3]; 3],
            structure: structure(mode, FIRST_TEMPLATE),
            say_active: 0,
        }
    }

    /// Encodes the lowest `layers` from the next picture on, as browsers do when bandwidth or
    /// processor time get short.
    pub(crate) fn set_layers(&mut self, layers: u8) {
        let layers = layers.clamp(1, self.mode.spatial);
        // What builds on the layer below in keyframes only can begin with one only.
        self.keyframe_wanted |= self.mode.key && layers > self.layers;
        if layers != self.layers {
            self.say_active = SAID_FOR;
        }
        self.layers = layers;
    }

    /// Another structure, with a keyframe.
    pub(crate) fn set_mode(&mut self, mode: SvcMode) {
        let next = FIRST_TEMPLATE + 32;
        let is_next = self.structure.template(next).is_some();
        self.structure = structure(mode, if is_next { FIRST_TEMPLATE } else { next });
        self.mode = mode;
        self.layers = mode.spatial;
        self.say_active = 0;
        self.keyframe_wanted = true;
    }

    pub(crate) fn set_active(&mut self, active: bool) {
        self.keyframe_wanted |= active && !self.active;
        self.active = active;
    }

    /// The packets of the next picture.
    pub(crate) fn picture(&mut self, now: Instant) -> Vec<VideoPacket> {
        let keyframe = std::mem::take(&mut self.keyframe_wanted);
        if keyframe {
            self.keyframes += 1;
            self.since_keyframe = 0;
            self.newest = [[None; 3]; 3];
        }
        let temporal = self.temporal();
        let elapsed = (now - self.start).as_secs_f64() * 90_000.0;
        let timestamp = self.timestamp_offset.wrapping_add(elapsed as u64 as u32);
        let mut packets = Vec::new();
        let mut below = None;
        for spatial in 0..self.layers {
            let frame = Frame {
                keyframe,
                spatial,
                temporal,
                before: self.newest[usize::from(spatial)][usize::from(reference_of(temporal))],
                below: below.filter(|_| keyframe || !self.mode.key),
            };
            below = Some(self.frame(timestamp, frame, &mut packets));
        }
        // A layer that is off now has nothing to refer to when it is on again.
        for spatial in self.layers..3 {
            self.newest[usize::from(spatial)] = [None; 3];
        }
        if let Some(last) = packets.last_mut() {
            last.marker = true;
        }
        self.picture = (self.picture + 1) & 0x7fff;
        self.since_keyframe += 1;
        self.say_active = self.say_active.saturating_sub(1);
        packets
    }

    fn temporal(&self) -> u8 {
        match self.mode.temporal {
            1 => 0,
            2 => [0, 1][self.since_keyframe as usize % 2],
            _ => [0, 2, 1, 2][self.since_keyframe as usize % 4],
        }
    }

    /// One layer of a picture.
    fn frame(&mut self, timestamp: u32, frame: Frame, packets: &mut Vec<VideoPacket>) -> Coded {
        let Frame { keyframe, spatial, temporal, .. } = frame;
        let rate = SPATIAL_BITRATES[usize::from(spatial)] as f64;
        let mut bytes = (rate / 8.0 * FRAME_INTERVAL.as_secs_f64()) as usize;
        if keyframe {
            bytes *= KEYFRAME_FACTOR;
        }
        let count = bytes.div_ceil(FULL_PACKET).max(1);
        let size = (bytes / count).max(DESCRIPTOR + MARK);
        for index in 0..count {
            let (first, last) = (index == 0, index + 1 == count);
            let mark = Mark {
                sender: self.sender,
                coded_as: match self.mode.codec {
                    SvcCodec::Vp9 => CodedAs::Vp9,
                    SvcCodec::Av1 => CodedAs::Av1,
                },
                layer: spatial,
                keyframe,
                frame: u32::from(self.number),
                index: index as u16,
                count: count as u16,
            };
            let (mut payload, descriptor) = match self.mode.codec {
                SvcCodec::Vp9 => (self.vp9(frame, first, last), None),
                SvcCodec::Av1 => {
                    // Aggregation header, and an OBU of no known kind.
                    (vec![0x10, 0x78], Some(self.descriptor(frame, first, last)))
                }
            };
            payload.resize(size - MARK, 0xaa);
            mark.write(&mut payload);
            packets.push(VideoPacket {
                seq_no: self.seq_no,
                timestamp,
                marker: false,
                payload,
                descriptor,
            });
            self.seq_no += 1;
        }
        let coded = Coded { number: self.number, picture: self.picture };
        self.number = self.number.wrapping_add(1);
        for higher in temporal..3 {
            self.newest[usize::from(spatial)][usize::from(higher)] = Some(coded);
        }
        coded
    }

    /// The payload descriptor (RFC 9628, section 4.2).
    fn vp9(&self, frame: Frame, first: bool, last: bool) -> Vec<u8> {
        let Frame { keyframe, spatial, temporal, before, below } = frame;
        let structure = keyframe && first && spatial == 0;
        // I, P, L, F, B, E, V, Z.
        let flags = [true, before.is_some(), true, true, first, last, structure, false];
        let mut payload = vec![flags.iter().fold(0, |byte, flag| byte << 1 | u8::from(*flag))];
        payload.extend((0x8000 | self.picture).to_be_bytes());
        payload.push(temporal << 5 | u8::from(temporal == 0) << 4 | spatial << 1);
        if below.is_some()
            && let Some(layers) = payload.last_mut()
        {
            *layers |= 0x01;
        }
        if let Some(before) = before {
            payload.push((self.picture.wrapping_sub(before.picture) as u8 & 0x7f) << 1);
        }
        if structure {
            payload.push((self.layers - 1) << 5 | 0x10);
            for (width, height) in &SIZES[..usize::from(self.layers)] {
                payload.extend(width.to_be_bytes());
                payload.extend(height.to_be_bytes());
            }
        }
        payload
    }

    fn descriptor(&self, frame: Frame, first: bool, last: bool) -> Vec<u8> {
        let Frame { keyframe, spatial, temporal, before, below } = frame;
        // A layer that begins is as in a keyframe.
        let begins = before.is_none();
        let kind = kinds(self.mode)
            .iter()
            .position(|kind| *kind == (spatial, temporal, begins))
            .expect("a kind for each frame");
        let id_offset = if self.structure.template(FIRST_TEMPLATE).is_some() {
            FIRST_TEMPLATE
        } else {
            FIRST_TEMPLATE + 32
        };
        let template_id = id_offset + kind as u8;
        let diffs: Vec<u16> = [before, below]
            .into_iter()
            .flatten()
            .map(|reference| self.number.wrapping_sub(reference.number))
            .collect();
        let template = self.structure.template(template_id).expect("a template for each kind");
        let usual = template.diffs.iter().map(|diff| u16::from(*diff)).eq(diffs.iter().copied());
        let structure = (keyframe && first && spatial == 0).then(|| self.structure.clone());
        let reduced = self.layers < self.mode.spatial;
        let say = first && (self.say_active > 0 || (structure.is_some() && reduced));
        let descriptor = Descriptor {
            starts_frame: first,
            ends_frame: last,
            template_id,
            frame_number: self.number,
            structure,
            active_targets: say.then(|| self.structure.targets_up_to(self.layers - 1, u8::MAX)),
            indications: None,
            diffs: (!usual).then(|| diffs.into_iter().collect()),
            chain_diffs: None,
        };
        let mut bytes = Vec::new();
        descriptor.write(Some(&self.structure), &mut bytes);
        bytes
    }
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    keyframe: bool,
    spatial: u8,
    temporal: u8,
    /// The frame of the same layer that it builds on.
    before: Option<Coded>,
    /// The layer below in the same picture, if it builds on that.
    below: Option<Coded>,
}

/// The temporal layer whose newest frame a frame of this one builds on.
fn reference_of(temporal: u8) -> u8 {
    temporal.saturating_sub(1)
}

/// Spatial and temporal layer of each kind of frame, and whether its layer begins with it.
fn kinds(mode: SvcMode) -> Vec<(u8, u8, bool)> {
    let mut kinds = Vec::new();
    for spatial in 0..mode.spatial {
        for temporal in 0..mode.temporal {
            kinds.extend([(spatial, temporal, true), (spatial, temporal, false)]);
        }
    }
    kinds
}

/// Decode targets with all temporal layers first, of the highest spatial layer first.
fn structure(mode: SvcMode, id_offset: u8) -> Structure {
    let targets: Vec<(u8, u8)> = (0..mode.spatial)
        .rev()
        .flat_map(|spatial| (0..mode.temporal).rev().map(move |temporal| (spatial, temporal)))
        .collect();
    let interval = u16::from(mode.spatial) * [1, 2, 4][usize::from(mode.temporal) - 1];
    let templates = kinds(mode)
        .into_iter()
        .map(|(spatial, temporal, begins)| {
            let before = (!begins).then_some((interval >> temporal) as u8);
            let below = (spatial > 0 && (begins || !mode.key)).then_some(1);
            Template {
                spatial,
                temporal,
                indications: targets
                    .iter()
                    .map(|target| indication(mode, (spatial, temporal, begins), *target))
                    .collect(),
                diffs: [before, below].into_iter().flatten().collect(),
                chain_diffs: [].into_iter().collect(),
            }
        })
        .collect();
    let sizes = SIZES[..usize::from(mode.spatial)].iter();
    Structure::new(
        id_offset,
        templates,
        0,
        [].into_iter().collect(),
        sizes.map(|(w, h)| Resolution { width: (*w).into(), height: (*h).into() }).collect(),
    )
    .expect("the parts fit together")
}

/// What a kind of frame is to a decode target, as libwebrtc has it.
fn indication(mode: SvcMode, kind: (u8, u8, bool), target: (u8, u8)) -> Indication {
    let (spatial, temporal, begins) = kind;
    if target.0 < spatial || target.1 < temporal {
        Indication::NotPresent
    } else if target.0 == spatial {
        if temporal > 0 && target.1 == temporal {
            Indication::Discardable
        } else {
            Indication::Switch
        }
    } else if begins {
        Indication::Switch
    } else if mode.key {
        Indication::NotPresent
    } else {
        Indication::Required
    }
}
