//! The descriptor of one packet (A.8.2, `dependency_descriptor`).

use arrayvec::ArrayVec;

use super::{
    MAX_DIFFS, MAX_TARGETS, ParseError,
    bits::{BitReader, BitWriter},
    structure::{Indication, Structure},
};

/// Octets of the fields that every descriptor has.
pub(super) const MANDATORY: usize = 3;
/// Where the flags of the extended fields are, in bits.
pub(super) const FLAGS_AT: usize = MANDATORY * 8;
pub(super) const FLAGS: usize = 5;

/// What a packet says of its frame. What it doesn't say is as in the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// The first packet of its frame.
    pub starts_frame: bool,
    /// The last packet of its frame; more frames of the same picture may follow.
    pub ends_frame: bool,
    pub template_id: u8,
    /// Counts frames in decoding order.
    pub frame_number: u16,
    /// From here on; in the first packet of a keyframe.
    pub structure: Option<Structure>,
    /// The decode targets that can be decoded from here on, one bit each.
    pub active_targets: Option<u32>,
    pub indications: Option<ArrayVec<Indication, MAX_TARGETS>>,
    /// Distances to the frames that this one refers to: 1 to 4,096.
    pub diffs: Option<ArrayVec<u16, MAX_DIFFS>>,
    pub chain_diffs: Option<ArrayVec<u8, MAX_TARGETS>>,
}

/// A descriptor, and where in its octets things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    pub descriptor: Descriptor,
    /// Where the active decode targets are, or would be, in bits.
    pub(super) mask_at: u16,
    /// Bits up to the padding.
    pub(super) len: u16,
}

impl Descriptor {
    /// `known` is the structure of the packets before, which is needed unless this one has its own.
    pub fn parse(bytes: &[u8], known: Option<&Structure>) -> Result<Parsed, ParseError> {
        let mut bits = BitReader::new(bytes);
        let mut descriptor = Self {
            starts_frame: bits.flag()?,
            ends_frame: bits.flag()?,
            template_id: bits.bits(6)? as u8,
            frame_number: bits.bits(16)? as u16,
            structure: None,
            active_targets: None,
            indications: None,
            diffs: None,
            chain_diffs: None,
        };
        if bytes.len() <= MANDATORY {
            let mask_at = (FLAGS_AT + FLAGS) as u16;
            return Ok(Parsed { descriptor, mask_at, len: FLAGS_AT as u16 });
        }
        let [has_structure, has_mask, has_indications, has_diffs, has_chain_diffs] =
            [bits.flag()?, bits.flag()?, bits.flag()?, bits.flag()?, bits.flag()?];
        if has_structure {
            descriptor.structure = Some(Structure::read(&mut bits)?);
        }
        let structure = descriptor.structure.as_ref().or(known).ok_or(ParseError::NoStructure)?;
        let targets = structure.targets().len();
        let mask_at = bits.position() as u16;
        if has_mask {
            descriptor.active_targets = Some(bits.bits(targets as u32)?);
        }
        if has_indications {
            let all = (0..targets).map(|_| Indication::read(&mut bits));
            descriptor.indications = Some(all.collect::<Result<_, _>>()?);
        }
        if has_diffs {
            let mut diffs = ArrayVec::new();
            loop {
                let size = bits.bits(2)?;
                if size == 0 {
                    break;
                }
                let diff = bits.bits(4 * size)? as u16 + 1;
                diffs.try_push(diff).map_err(|_| ParseError::TooLarge)?;
            }
            descriptor.diffs = Some(diffs);
        }
        if has_chain_diffs {
            let all = (0..structure.chains()).map(|_| bits.bits(8).map(|diff| diff as u8));
            descriptor.chain_diffs = Some(all.collect::<Result<_, _>>()?);
        }
        Ok(Parsed { descriptor, mask_at, len: bits.position() as u16 })
    }

    /// Appends the descriptor. `known` is the structure of the packets before, if this one has none;
    /// what belongs to decode targets and chains must have as many entries as that says.
    pub fn write(&self, known: Option<&Structure>, out: &mut Vec<u8>) {
        let mut bits = BitWriter::new(out);
        bits.flag(self.starts_frame);
        bits.flag(self.ends_frame);
        bits.bits(6, self.template_id.into());
        bits.bits(16, self.frame_number.into());
        let flags = [
            self.structure.is_some(),
            self.active_targets.is_some(),
            self.indications.is_some(),
            self.diffs.is_some(),
            self.chain_diffs.is_some(),
        ];
        if flags == [false; 5] {
            return;
        }
        for flag in flags {
            bits.flag(flag);
        }
        if let Some(structure) = &self.structure {
            structure.write(&mut bits);
        }
        let targets = self.structure.as_ref().or(known).map_or(0, |known| known.targets().len());
        if let Some(mask) = self.active_targets {
            bits.bits(targets as u32, mask);
        }
        for indication in self.indications.iter().flatten() {
            indication.write(&mut bits);
        }
        if let Some(diffs) = &self.diffs {
            for diff in diffs {
                // The smallest size that holds it, in steps of four bits.
                let size = match diff - 1 {
                    0..0x10 => 1,
                    0x10..0x100 => 2,
                    _ => 3,
                };
                bits.bits(2, size);
                bits.bits(4 * size, u32::from(diff - 1));
            }
            bits.bits(2, 0);
        }
        for diff in self.chain_diffs.iter().flatten() {
            bits.bits(8, (*diff).into());
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::{
        super::structure::tests::{any_indication, l3t3, structure},
        *,
    };

    /// What a browser sent (three spatial, three temporal layers): a keyframe whose uppermost layer
    /// is off, and frames after it.
    pub(in super::super) const CAPTURED: [&str; 7] = [
        "c1017280081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d9549\
         26e082b04a0941b820ac1282503157f974000ca864330e222222eca8655304224230eca877530077004200ef00\
         8601df010d",
        "86017340fc",
        "46017340fc",
        "c3017540fc",
        "88017640fc",
        "48017640fc",
        "c2017840fc",
    ];

    pub(in super::super) fn from_hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        let value = |digit: u8| (digit as char).to_digit(16).unwrap() as u8;
        digits.chunks(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
    }

    #[test]
    fn a_browsers_keyframe_is_read_and_written_back() {
        let bytes = from_hex(CAPTURED[0]);
        let parsed = Descriptor::parse(&bytes, None).unwrap();
        let descriptor = parsed.descriptor;
        assert!(descriptor.starts_frame && descriptor.ends_frame);
        assert_eq!((descriptor.template_id, descriptor.frame_number), (1, 0x172));
        let structure = descriptor.structure.as_ref().unwrap();
        assert_eq!(structure.targets().len(), 9);
        assert_eq!(structure.spatial_layers(), 3);
        assert_eq!(structure.chains(), 3);
        let sizes = structure.resolutions();
        assert_eq!((sizes[2].width, sizes[2].height), (480, 270));
        let mut out = Vec::new();
        descriptor.write(None, &mut out);
        assert_eq!(out, bytes);
    }

    #[test]
    fn a_browsers_delta_frames_say_which_targets_are_active() {
        let first = Descriptor::parse(&from_hex(CAPTURED[0]), None).unwrap().descriptor;
        let structure = first.structure.unwrap();
        let mut layers = Vec::new();
        for text in &CAPTURED[1..] {
            let bytes = from_hex(text);
            let parsed = Descriptor::parse(&bytes, Some(&structure)).unwrap();
            assert_eq!(parsed.descriptor.active_targets, Some(0b000_111_111));
            let template = structure.template(parsed.descriptor.template_id).unwrap();
            layers.push((template.spatial, template.temporal));
            let mut out = Vec::new();
            parsed.descriptor.write(Some(&structure), &mut out);
            assert_eq!(out, bytes);
        }
        assert_eq!(layers, [(1, 0), (1, 0), (0, 2), (1, 2), (1, 2), (0, 1)]);
    }

    #[test]
    fn a_short_descriptor_needs_no_structure_but_a_long_one_does() {
        let parsed = Descriptor::parse(&[0xc1, 0x00, 0x07], None).unwrap();
        assert_eq!(parsed.descriptor.frame_number, 7);
        assert_eq!(
            Descriptor::parse(&[0xc1, 0x00, 0x07, 0x40], None),
            Err(ParseError::NoStructure)
        );
        assert_eq!(Descriptor::parse(&[0xc1, 0x00], None), Err(ParseError::Short));
        assert_eq!(
            Descriptor::parse(&[0xc1, 0x00, 0x07, 0x40], Some(&l3t3())),
            Err(ParseError::Short)
        );
    }

    prop_compose! {
        /// A descriptor with a structure of its own or not, and the structure that it goes by.
        pub(in super::super) fn descriptor()(structure in structure())(
            custom in (
                prop::option::of(prop::collection::vec(any_indication(), structure.targets().len())),
                prop::option::of(prop::collection::vec(1..=4_096_u16, 0..=MAX_DIFFS)),
                prop::option::of(prop::collection::vec(any::<u8>(), structure.chains())),
            ),
            (starts_frame, ends_frame, attached) in any::<(bool, bool, bool)>(),
            template_id in 0..64_u8,
            frame_number in any::<u16>(),
            mask in prop::option::of(any::<u32>()),
            structure in Just(structure),
        ) -> (Descriptor, Structure) {
            let descriptor = Descriptor {
                starts_frame,
                ends_frame,
                template_id,
                frame_number,
                structure: attached.then(|| structure.clone()),
                active_targets: mask.map(|mask| mask & structure.all_targets()),
                indications: custom.0.map(|all| all.into_iter().collect()),
                diffs: custom.1.map(|all| all.into_iter().collect()),
                chain_diffs: custom.2.map(|all| all.into_iter().collect()),
            };
            (descriptor, structure)
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read((descriptor, structure) in descriptor()) {
            let mut out = Vec::new();
            descriptor.write(Some(&structure), &mut out);
            let parsed = Descriptor::parse(&out, Some(&structure)).unwrap();
            prop_assert_eq!(parsed.descriptor, descriptor);
            prop_assert_eq!(usize::from(parsed.len).div_ceil(8), out.len());
        }

        #[test]
        fn arbitrary_bytes_never_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300), known in prop::option::of(structure())
        ) {
            if let Ok(parsed) = Descriptor::parse(&bytes, known.as_ref()) {
                prop_assert!(usize::from(parsed.len) <= bytes.len() * 8);
            }
        }

        /// A keyframe's descriptor with a few bits turned over.
        #[test]
        fn damaged_structures_never_panic(
            flips in prop::collection::vec((0..95_usize, 0..8_u32), 1..6), cut in 0..96_usize
        ) {
            let mut bytes = from_hex(CAPTURED[0]);
            for (at, bit) in flips {
                bytes[at] ^= 1 << bit;
            }
            bytes.truncate(cut);
            let _ = Descriptor::parse(&bytes, None);
        }
    }
}
