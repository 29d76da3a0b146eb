//! What a decoder makes of a stream with several layers: pictures of which every frame can be
//! decoded by what the stream itself says, and which end with a marker bit.

use std::collections::VecDeque;

use szpon_media::{dependency::Reader, vp9};

use crate::{
    extension::Descriptor,
    publisher::{CodedAs, Mark},
    receiver::Packet,
};

/// Frames that later ones may refer to.
const REMEMBERED: usize = 128;

/// Number of a frame's picture or of the frame itself, and its spatial layer.
type FrameId = (u16, u8);

/// What a packet says of its frame, whatever the codec.
#[derive(Debug)]
struct Said {
    id: FrameId,
    spatial: u8,
    starts: bool,
    ends: bool,
    keyframe: bool,
    references: Vec<FrameId>,
    /// The highest spatial layer that the stream holds, if it says so.
    highest: Option<u8>,
}

/// The picture that is being put together.
#[derive(Debug, Default)]
struct Picture {
    timestamp: u32,
    frames: u8,
    highest: u8,
    keyframe: bool,
    /// Every frame of it can be decoded.
    whole: bool,
    ended: bool,
}

/// A picture that is complete.
#[derive(Debug)]
pub(crate) struct Complete {
    pub(crate) layer: u8,
    pub(crate) keyframe: bool,
    pub(crate) decodable: bool,
}

/// The decoder of one slot.
#[derive(Debug, Default)]
pub(crate) struct Layered {
    reader: Reader,
    decoded: VecDeque<FrameId>,
    picture: Option<Picture>,
    /// Packets of the frame that is being put together.
    packets: u16,
    newest: Option<u16>,
    /// The highest spatial layer that the stream said it holds.
    pub(crate) told: Option<u8>,
}

impl Layered {
    /// The next packet in order. What is wrong with it is put in words.
    pub(crate) fn take(
        &mut self,
        packet: &Packet,
        mark: Mark,
        wrong: &mut Vec<String>,
    ) -> Option<Complete> {
        let said = match self.read(packet, mark) {
            Ok(said) => said,
            Err(reason) => {
                wrong.push(format!("{reason} at {mark:?}"));
                return None;
            }
        };
        if (said.spatial, said.starts, said.ends)
            != (mark.layer, mark.index == 0, mark.index + 1 == mark.count)
        {
            wrong.push(format!("{said:?} says something else than {mark:?}"));
        }
        self.told = said.highest.or(self.told);
        let timestamp = packet.header.timestamp;
        if self.picture.as_ref().is_none_or(|picture| picture.timestamp != timestamp) {
            if let Some(picture) = &self.picture
                && picture.whole
                && !picture.ended
            {
                wrong.push(format!("a picture of {} frames without an end", picture.frames));
            }
            self.picture = Some(Picture { timestamp, whole: true, ..Picture::default() });
        }
        let picture = self.picture.as_mut()?;
        if said.starts {
            self.packets = 0;
        }
        if self.packets != mark.index {
            // The beginning of the frame was lost.
            picture.whole = false;
            return None;
        }
        self.packets += 1;
        if said.ends {
            if said.keyframe {
                self.decoded.clear();
                picture.keyframe = true;
            }
            let decodable = said.references.iter().all(|id| self.decoded.contains(id));
            if picture.ended {
                // A packet that came too late to be left out; nothing is shown of it.
                if decodable {
                    wrong.push(format!("a picture goes on after its end with {mark:?}"));
                }
                return None;
            }
            let step = self.newest.map(|newest| said.id.0.wrapping_sub(newest));
            if !said.keyframe && step.is_some_and(|step| step & 0x7fff > 0x4000) {
                wrong.push(format!("the frame numbers went back at {mark:?}"));
            }
            self.newest = Some(said.id.0);
            picture.frames += 1;
            picture.highest = picture.highest.max(said.spatial);
            picture.whole &= decodable;
            if decodable {
                if self.decoded.len() == REMEMBERED {
                    self.decoded.pop_front();
                }
                self.decoded.push_back(said.id);
            }
        }
        if !packet.header.marker {
            return None;
        }
        picture.ended = true;
        Some(Complete {
            layer: picture.highest,
            keyframe: picture.keyframe,
            decodable: picture.whole,
        })
    }

    /// Packets are missing for good.
    pub(crate) fn lose(&mut self) {
        self.packets = u16::MAX;
        if let Some(picture) = &mut self.picture {
            picture.whole = false;
        }
    }

    fn read(&mut self, packet: &Packet, mark: Mark) -> Result<Said, String> {
        match mark.coded_as {
            CodedAs::Vp8 => Err("a stream without layers".into()),
            CodedAs::Vp9 => read_vp9(&packet.payload),
            CodedAs::Av1 => {
                let descriptor: Option<&Descriptor> = packet.header.ext_vals.user_values.get();
                let Descriptor(bytes) = descriptor.ok_or("no descriptor")?;
                let read = self.reader.read(bytes).map_err(|error| error.to_string())?;
                let structure = read.structure();
                let active = structure.targets().iter().enumerate();
                let highest = active
                    .filter(|(target, _)| read.active >> target & 1 == 1)
                    .map(|(_, (spatial, _))| *spatial)
                    .max();
                let refer = |diff: &u16| (read.number.wrapping_sub(*diff), 0);
                Ok(Said {
                    id: (read.number, 0),
                    spatial: read.spatial,
                    starts: read.starts_frame,
                    ends: read.ends_frame,
                    keyframe: mark.keyframe && read.spatial == 0,
                    references: read.diffs.iter().map(refer).collect(),
                    highest,
                })
            }
        }
    }
}

fn read_vp9(payload: &[u8]) -> Result<Said, String> {
    let descriptor = vp9::Descriptor::parse(payload).map_err(|error| error.to_string())?;
    let picture = descriptor.picture_id.ok_or("no picture id")?.value;
    let spatial = descriptor.spatial_id.ok_or("no spatial layer")?;
    let mut references = Vec::new();
    if descriptor.inter_predicted {
        // Flexible mode, with one reference: right after the layers (RFC 9628, section 4.2).
        let diff = u16::from(payload.get(4).ok_or("no reference")? >> 1);
        references.push((picture.wrapping_sub(diff) & 0x7fff, spatial));
    }
    if descriptor.inter_layer {
        references.push((picture, spatial - 1));
    }
    Ok(Said {
        id: (picture, spatial),
        spatial,
        starts: descriptor.starts_frame,
        ends: descriptor.ends_frame,
        keyframe: !descriptor.inter_predicted && spatial == 0,
        references,
        highest: descriptor.layers.map(|layers| layers.count - 1),
    })
}
