//! A subscriber's copy of a descriptor: other frame numbers, and fewer decode targets.

use arrayvec::ArrayVec;

use super::{
    bits::BitWriter,
    descriptor::{FLAGS, FLAGS_AT},
    reader::Dependency,
};
use crate::munger::Segment;

/// Segments whose late packets still get the right numbers.
const MAX_SEGMENTS: usize = 4;

/// What differs from the descriptor that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrite {
    pub frame_number: u16,
    /// Said in this packet, whatever it said before; None leaves it as it is.
    pub active_targets: Option<u32>,
}

impl Dependency {
    /// The decode targets that are there for a subscriber of these layers: of what the sender serves.
    pub fn active_up_to(&self, spatial: u8, temporal: u8) -> u32 {
        self.active & self.structure.targets_up_to(spatial, temporal)
    }

    /// Octets that [`Self::write`] will append.
    pub fn written(&self, rewrite: &Rewrite) -> usize {
        match rewrite.active_targets {
            None => self.bytes.len(),
            Some(_) => {
                let end = usize::from(self.len.max(self.mask_at));
                let grown = self.structure.targets().len() - usize::from(self.mask_bits);
                (end + grown).div_ceil(8)
            }
        }
    }

    pub fn write(&self, rewrite: &Rewrite, out: &mut Vec<u8>) {
        let start = out.len();
        match rewrite.active_targets {
            None => out.extend_from_slice(&self.bytes),
            Some(mask) => self.write_with(mask, out),
        }
        if let Some(number) = out.get_mut(start + 1..start + 3) {
            number.copy_from_slice(&rewrite.frame_number.to_be_bytes());
        }
    }

    /// As it came, with other active decode targets.
    fn write_with(&self, mask: u32, out: &mut Vec<u8>) {
        let (mask_at, len) = (usize::from(self.mask_at), usize::from(self.len));
        let mut bits = BitWriter::new(out);
        // A descriptor without extended fields reads as if all its flags were clear.
        let structure_flag = FLAGS_AT..FLAGS_AT + 1;
        let other_flags = FLAGS_AT + 2..FLAGS_AT + FLAGS;
        bits.copy(&self.bytes, 0..structure_flag.end);
        bits.flag(true);
        bits.copy(&self.bytes, other_flags.start..mask_at);
        bits.bits(self.structure.targets().len() as u32, mask);
        bits.copy(&self.bytes, mask_at + usize::from(self.mask_bits)..len);
    }
}

/// Keeps frame numbers growing through switches of source. Inside a source they keep their
/// distances, also over frames that are left out: references are distances.
#[derive(Debug, Clone, Default)]
pub struct FrameNumbers {
    /// Segments, oldest first, and what is added to their numbers.
    offsets: ArrayVec<(Segment, u16), MAX_SEGMENTS>,
    newest: Option<u16>,
}

impl FrameNumbers {
    pub fn new() -> Self {
        Self::default()
    }

    /// The number for a frame that [`crate::munger::Munger`] forwards in `segment`. None if the
    /// segment is forgotten.
    pub fn rewrite(&mut self, segment: Segment, number: u16) -> Option<u16> {
        let known = self.offsets.iter().rev().find(|(known, _)| *known == segment);
        let offset = match known {
            Some((_, offset)) => *offset,
            None => {
                if self.offsets.last().is_some_and(|(newest, _)| *newest > segment) {
                    return None;
                }
                let next = self.newest.map_or(number, |newest| newest.wrapping_add(1));
                let offset = next.wrapping_sub(number);
                if self.offsets.is_full() {
                    self.offsets.remove(0);
                }
                self.offsets.push((segment, offset));
                offset
            }
        };
        let out = number.wrapping_add(offset);
        if self.newest.is_none_or(|newest| out.wrapping_sub(newest) as i16 > 0) {
            self.newest = Some(out);
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{
            Reader,
            descriptor::{
                Descriptor,
                tests::{CAPTURED, descriptor, from_hex},
            },
        },
        *,
    };

    fn written(dependency: &Dependency, rewrite: &Rewrite) -> Vec<u8> {
        // Among other bytes.
        let mut out = vec![9, 9];
        dependency.write(rewrite, &mut out);
        out.drain(..2);
        assert_eq!(out.len(), dependency.written(rewrite));
        out
    }

    #[test]
    fn a_browsers_descriptors_get_other_targets() {
        let mut reader = Reader::new();
        for text in CAPTURED {
            let dependency = reader.read(&from_hex(text)).unwrap();
            let only_base = dependency.active_up_to(0, 7);
            assert_eq!(only_base, 0b000_000_111);
            let rewrite = Rewrite { frame_number: 5, active_targets: Some(only_base) };
            let out = written(&dependency, &rewrite);
            let seen = Descriptor::parse(&out, Some(dependency.structure())).unwrap().descriptor;
            assert_eq!((seen.frame_number, seen.active_targets), (5, Some(only_base)));
        }
    }

    #[test]
    fn a_short_descriptor_grows() {
        let mut reader = Reader::new();
        reader.read(&from_hex(CAPTURED[0])).unwrap();
        let dependency = reader.read(&from_hex("860173")).unwrap();
        let plain = Rewrite { frame_number: 0x0204, active_targets: None };
        assert_eq!(written(&dependency, &plain), from_hex("860204"));
        let limited = Rewrite { frame_number: 0x0173, active_targets: Some(0b000_111_111) };
        assert_eq!(written(&dependency, &limited), from_hex("86017340fc"), "as the browser has it");
    }

    #[test]
    fn numbers_go_on_at_a_switch_and_keep_their_distances() {
        let mut numbers = FrameNumbers::new();
        assert_eq!(numbers.rewrite(Segment(0), 65_535), Some(65_535));
        assert_eq!(numbers.rewrite(Segment(1), 700), Some(0));
        assert_eq!(numbers.rewrite(Segment(1), 706), Some(6));
        assert_eq!(numbers.rewrite(Segment(0), 65_534), Some(65_534), "late");
        assert_eq!(numbers.rewrite(Segment(2), 9), Some(7));
        for segment in 3..7 {
            numbers.rewrite(Segment(segment), 9).unwrap();
        }
        assert_eq!(numbers.rewrite(Segment(0), 65_534), None, "forgotten");
    }

    proptest! {
        /// Whatever a descriptor holds, only what was asked for changes.
        #[test]
        fn nothing_else_changes(
            (mut sent, structure) in descriptor(),
            frame_number: u16,
            mask in prop::option::of(any::<u32>()),
        ) {
            sent.structure = Some(structure.clone());
            sent.template_id = structure_template(&structure);
            let mask = mask.map(|mask| mask & structure.all_targets());
            for attached in [true, false] {
                let mut reader = Reader::new();
                let mut bytes = Vec::new();
                sent.write(None, &mut bytes);
                let mut dependency = reader.read(&bytes).unwrap();
                let mut expected = sent.clone();
                if !attached {
                    expected.structure = None;
                    bytes.clear();
                    expected.write(Some(&structure), &mut bytes);
                    dependency = reader.read(&bytes).unwrap();
                }
                let rewrite = Rewrite { frame_number, active_targets: mask };
                let out = written(&dependency, &rewrite);
                expected.frame_number = frame_number;
                expected.active_targets = mask.or(sent.active_targets);
                let seen = Descriptor::parse(&out, Some(&structure)).unwrap().descriptor;
                prop_assert_eq!(seen, expected);
            }
        }
    }

    /// Id of the structure's first template.
    fn structure_template(structure: &super::super::Structure) -> u8 {
        (0..64)
            .find(|id| {
                structure.template(*id).is_some()
                    && structure.template(id.wrapping_sub(1) & 0x3f).is_none()
            })
            .unwrap_or(0)
    }
}
