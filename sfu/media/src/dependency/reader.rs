//! The descriptors of one stream, each read with the structure that it goes by.

use std::sync::Arc;

use arrayvec::ArrayVec;

use super::{
    MAX_DIFFS, ParseError,
    descriptor::{Descriptor, Parsed},
    structure::{Indication, Structure},
};
use crate::layer::{Layer, LayerSet};

/// A frame this much older than the newest, or more, is not late: its sender counts anew.
const LATE: u16 = 1 << 9;

/// What a packet's descriptor says, complete.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// As it came.
    pub(super) bytes: Box<[u8]>,
    pub(super) structure: Arc<Structure>,
    pub(super) mask_at: u16,
    pub(super) mask_bits: u8,
    pub(super) len: u16,
    /// The first and the last packet of its frame.
    pub starts_frame: bool,
    pub ends_frame: bool,
    /// Brings a structure: the first packet of a keyframe.
    pub starts_keyframe: bool,
    pub number: u16,
    pub spatial: u8,
    pub temporal: u8,
    /// Distances to the frames that this one refers to.
    pub diffs: ArrayVec<u16, MAX_DIFFS>,
    /// Spatial layers that whoever can decode this frame can decode from here on, at every frame
    /// rate.
    pub switches: LayerSet,
    /// Decode targets that the sender serves, one bit each.
    pub active: u32,
}

impl Dependency {
    pub fn structure(&self) -> &Structure {
        &self.structure
    }
}

/// Reads the descriptors of one stream.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    current: Option<Current>,
}

#[derive(Debug, Clone)]
struct Current {
    structure: Arc<Structure>,
    /// The number of the frame that brought it.
    since: u16,
    active: u32,
    /// The number of the frame that said so.
    active_since: u16,
}

impl Reader {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn read(&mut self, bytes: &[u8]) -> Result<Dependency, ParseError> {
        let known = self.current.as_ref().map(|current| &*current.structure);
        let Parsed { mut descriptor, mask_at, len } = Descriptor::parse(bytes, known)?;
        let number = descriptor.frame_number;
        let starts_keyframe = descriptor.structure.is_some();
        let own = descriptor.structure.take().map(Arc::new);
        let said = descriptor.active_targets;
        let late = |since: u16| (1..LATE).contains(&since.wrapping_sub(number));
        let (structure, active) = match (own, &mut self.current) {
            (Some(own), current) => {
                let active = said.unwrap_or(own.all_targets());
                // A keyframe from before the one that holds now changes nothing.
                if current.as_ref().is_none_or(|current| !late(current.since)) {
                    *current = Some(Current {
                        structure: own.clone(),
                        since: number,
                        active,
                        active_since: number,
                    });
                }
                (own, active)
            }
            (None, Some(current)) => {
                if let Some(said) = said
                    && !late(current.active_since)
                {
                    (current.active, current.active_since) = (said, number);
                }
                (current.structure.clone(), said.unwrap_or(current.active))
            }
            (None, None) => return Err(ParseError::NoStructure),
        };
        let template =
            structure.template(descriptor.template_id).ok_or(ParseError::UnknownTemplate)?;
        let indications = descriptor.indications.as_ref().unwrap_or(&template.indications);
        let switches = Layer::all().filter(|layer| {
            structure
                .best_target(layer.get())
                .is_some_and(|best| indications.get(best) == Some(&Indication::Switch))
        });
        let diffs = match &descriptor.diffs {
            Some(diffs) => diffs.clone(),
            None => template.diffs.iter().map(|diff| u16::from(*diff)).collect(),
        };
        Ok(Dependency {
            bytes: bytes.into(),
            mask_at,
            mask_bits: said.map_or(0, |_| structure.targets().len() as u8),
            len,
            starts_frame: descriptor.starts_frame,
            ends_frame: descriptor.ends_frame,
            starts_keyframe,
            number,
            spatial: template.spatial,
            temporal: template.temporal,
            diffs,
            switches: switches.collect(),
            active,
            structure,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{
            descriptor::tests::{CAPTURED, descriptor, from_hex},
            structure::tests::l3t3,
        },
        *,
    };

    fn frame(template_id: u8, frame_number: u16) -> Descriptor {
        Descriptor {
            starts_frame: true,
            ends_frame: true,
            template_id,
            frame_number,
            structure: None,
            active_targets: None,
            indications: None,
            diffs: None,
            chain_diffs: None,
        }
    }

    fn read(reader: &mut Reader, descriptor: &Descriptor) -> Result<Dependency, ParseError> {
        let known = reader.current.as_ref().map(|current| current.structure.clone());
        let mut bytes = Vec::new();
        descriptor.write(known.as_deref(), &mut bytes);
        reader.read(&bytes)
    }

    fn keyframe(frame_number: u16) -> Descriptor {
        Descriptor { structure: Some(l3t3()), ..frame(1, frame_number) }
    }

    #[test]
    fn a_browsers_frames_have_layers_and_references() {
        let mut reader = Reader::new();
        let read: Vec<_> =
            CAPTURED.iter().map(|text| reader.read(&from_hex(text)).unwrap()).collect();
        assert!(read[0].starts_keyframe && read[0].switches == LayerSet::ALL);
        let layers: Vec<_> = read.iter().map(|one| (one.spatial, one.temporal)).collect();
        assert_eq!(layers, [(0, 0), (1, 0), (1, 0), (0, 2), (1, 2), (1, 2), (0, 1)]);
        assert_eq!(read[1].number, read[2].number);
        assert!(read[1].starts_frame && !read[1].ends_frame && read[2].ends_frame);
        assert_eq!(read[1].diffs[..], [1], "refers to the layer below");
        assert!(read.iter().skip(1).all(|one| one.active == 0b000_111_111));
    }

    #[test]
    fn a_full_rate_switch_is_told_from_what_is_only_required() {
        let mut reader = Reader::new();
        assert_eq!(read(&mut reader, &keyframe(100)).unwrap().switches, LayerSet::ALL);
        let base = read(&mut reader, &frame(2, 112)).unwrap();
        assert_eq!(base.switches, LayerSet::only(Layer::LOWEST));
        assert_eq!(base.diffs[..], [12]);
        let middle = read(&mut reader, &frame(7, 113)).unwrap();
        assert_eq!(middle.switches, LayerSet::from(Layer::new(1)));
        let upper_rate = read(&mut reader, &frame(4, 115)).unwrap();
        assert_eq!(upper_rate.switches, LayerSet::EMPTY);
    }

    #[test]
    fn what_is_active_holds_until_something_else_is_said() {
        let mut reader = Reader::new();
        assert_eq!(read(&mut reader, &keyframe(65_530)).unwrap().active, 0x1ff);
        let less = Descriptor { active_targets: Some(0x38), ..frame(2, 2) };
        assert_eq!(read(&mut reader, &less).unwrap().active, 0x38);
        assert_eq!(read(&mut reader, &frame(3, 5)).unwrap().active, 0x38);
        let late = Descriptor { active_targets: Some(0x1ff), ..frame(2, 65_533) };
        assert_eq!(read(&mut reader, &late).unwrap().active, 0x1ff);
        assert_eq!(read(&mut reader, &frame(3, 6)).unwrap().active, 0x38);
    }

    #[test]
    fn a_late_keyframe_does_not_bring_its_structure_back() {
        let mut reader = Reader::new();
        let reduced = Descriptor { active_targets: Some(0x7), ..keyframe(100) };
        read(&mut reader, &reduced).unwrap();
        read(&mut reader, &keyframe(60)).unwrap();
        assert_eq!(read(&mut reader, &frame(2, 103)).unwrap().active, 0x7);
        // From far away: the sender began anew.
        read(&mut reader, &keyframe(40_000)).unwrap();
        assert_eq!(read(&mut reader, &frame(2, 40_003)).unwrap().active, 0x1ff);
    }

    #[test]
    fn a_frame_of_another_structure_is_refused() {
        let mut reader = Reader::new();
        assert_eq!(read(&mut reader, &frame(1, 1)).unwrap_err(), ParseError::NoStructure);
        read(&mut reader, &keyframe(1)).unwrap();
        assert_eq!(read(&mut reader, &frame(40, 2)).unwrap_err(), ParseError::UnknownTemplate);
    }

    proptest! {
        #[test]
        fn whatever_is_read_stays_within_its_structure(
            packets in prop::collection::vec(descriptor(), 1..20)
        ) {
            let mut reader = Reader::new();
            for (descriptor, _) in packets {
                let mut bytes = Vec::new();
                let known = reader.current.as_ref().map(|current| current.structure.clone());
                descriptor.write(known.as_deref(), &mut bytes);
                if let Ok(read) = reader.read(&bytes) {
                    prop_assert_eq!(read.number, descriptor.frame_number);
                    prop_assert_eq!(read.active & !read.structure.all_targets(), 0);
                    prop_assert!(usize::from(read.spatial) < read.structure.spatial_layers());
                }
            }
        }
    }
}
