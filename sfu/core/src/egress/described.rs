//! Headers with a Dependency Descriptor: one more element than the template has, of any length.

use std::sync::Arc;

use szpon_media::dependency::{Dependency, Rewrite};

use super::header::{FIXED, Fields, Template};

/// Bytes before the first element: profile and length (RFC 8285, section 4.1.2).
const PREFIX: usize = 4;
/// The longest value of a one-byte element, and the highest id (section 4.2).
const ONE_BYTE_LEN: usize = 16;
const ONE_BYTE_ID: u8 = 14;
/// The profile of two-byte elements (section 4.3), application bits clear.
const TWO_BYTES: [u8; 2] = [0x10, 0x00];
const ONE_BYTE: [u8; 2] = [0xbe, 0xde];

/// Under which id, what, and with which differences.
pub(super) type Described<'a> = (u8, (&'a Arc<Dependency>, Rewrite));

impl Template {
    /// Bytes of a header, with a descriptor or without.
    pub(super) fn header_len(&self, described: Option<Described<'_>>) -> usize {
        match described {
            None => self.len(),
            Some((id, (dependency, rewrite))) => self.len_with(id, dependency, &rewrite),
        }
    }

    pub(super) fn write_header(
        &self,
        out: &mut Vec<u8>,
        fields: &Fields,
        described: Option<Described<'_>>,
    ) {
        match described {
            None => self.write(out, fields),
            Some((id, (dependency, rewrite))) => {
                self.write_with(id, dependency, &rewrite, out, fields);
            }
        }
    }

    /// Bytes of a header with this descriptor.
    fn len_with(&self, id: u8, dependency: &Dependency, rewrite: &Rewrite) -> usize {
        let len = dependency.written(rewrite);
        let elements = match fits_one_byte(id, len) {
            true => self.elements().len() + 1 + len,
            false => self.elements().len() + self.count() + 2 + len,
        };
        FIXED + PREFIX + elements.next_multiple_of(4)
    }

    /// Writes a header with this descriptor: with one-byte elements if they can hold it, else with
    /// two-byte elements, all of them.
    fn write_with(
        &self,
        id: u8,
        dependency: &Dependency,
        rewrite: &Rewrite,
        out: &mut Vec<u8>,
        fields: &Fields,
    ) {
        let start = out.len();
        self.write(out, fields);
        let one_byte = fits_one_byte(id, dependency.written(rewrite));
        // Without the padding; the values of the elements are in place.
        let elements = start + FIXED + PREFIX..start + FIXED + PREFIX + self.elements().len();
        if elements.is_empty() {
            // The template has no header extension.
            out[start] |= 0x10;
            out.truncate(start + FIXED);
            out.extend([0; PREFIX]);
        } else {
            out.truncate(elements.end);
        }
        if one_byte {
            out.push(id << 4 | (dependency.written(rewrite) - 1) as u8);
        } else {
            widen(out, elements.start);
            out.extend([id, dependency.written(rewrite) as u8]);
        }
        dependency.write(rewrite, out);
        let padded = (out.len() - elements.start).next_multiple_of(4);
        out.resize(elements.start + padded, 0);
        let prefix = &mut out[elements.start - PREFIX..elements.start];
        prefix[..2].copy_from_slice(if one_byte { &ONE_BYTE } else { &TWO_BYTES });
        prefix[2..].copy_from_slice(&((padded / 4) as u16).to_be_bytes());
    }
}

fn fits_one_byte(id: u8, len: usize) -> bool {
    (1..=ONE_BYTE_LEN).contains(&len) && id <= ONE_BYTE_ID
}

/// Makes the one-byte elements from `start` on two-byte elements.
fn widen(out: &mut Vec<u8>, start: usize) {
    let mut at = start;
    while at < out.len() {
        if out[at] == 0 {
            // Padding in the place of an element.
            at += 1;
            continue;
        }
        let (id, len) = (out[at] >> 4, (out[at] & 0x0f) + 1);
        out[at] = id;
        out.insert(at + 1, len);
        at += 2 + usize::from(len);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use str0m::rtp::{Extension, ExtensionMap};
    use szpon_media::{
        RtpTime,
        bandwidth::Micros,
        dependency::{Descriptor, Reader, Structure, Template as Frames},
    };

    use super::*;

    const ID: u8 = 12;

    fn fields() -> Fields {
        Fields {
            payload_type: 45,
            marker: true,
            padded: false,
            seq: 7,
            time: RtpTime::new(9),
            sent: Micros::new(1_500_000),
            transport_seq: 0xabcd,
            level: None,
        }
    }

    fn template(extended: bool) -> Template {
        let mut map = ExtensionMap::empty();
        if extended {
            map.set(2, Extension::AbsoluteSendTime);
            map.set(3, Extension::TransportSequenceNumber);
            map.set(4, Extension::RtpMid);
        }
        Template::new(0xcafe_babe, "12", false, &map)
    }

    /// A keyframe whose structure has so many templates, and a frame after it.
    fn descriptors(templates: usize) -> [Dependency; 2] {
        let kind = |_| Frames {
            spatial: 0,
            temporal: 0,
            indications: [szpon_media::dependency::Indication::Switch].into_iter().collect(),
            diffs: [1].into_iter().collect(),
            chain_diffs: [].into_iter().collect(),
        };
        let structure = Structure::new(
            0,
            (0..templates).map(kind).collect(),
            0,
            [].into_iter().collect(),
            [].into_iter().collect(),
        )
        .unwrap();
        let mut reader = Reader::new();
        let mut bytes = Vec::new();
        let mut frame = Descriptor {
            starts_frame: true,
            ends_frame: true,
            template_id: 0,
            frame_number: 1,
            structure: Some(structure),
            active_targets: None,
            indications: None,
            diffs: None,
            chain_diffs: None,
        };
        frame.write(None, &mut bytes);
        let first = reader.read(&bytes).unwrap();
        (frame.structure, frame.frame_number) = (None, 2);
        bytes.clear();
        frame.write(Some(first.structure()), &mut bytes);
        [first, reader.read(&bytes).unwrap()]
    }

    fn written(template: &Template, id: u8, dependency: &Dependency) -> Vec<u8> {
        let rewrite = Rewrite { frame_number: 0x0a0b, active_targets: None };
        let mut out = vec![0xee];
        template.write_with(id, dependency, &rewrite, &mut out, &fields());
        out.remove(0);
        assert_eq!(out.len(), template.len_with(id, dependency, &rewrite));
        out
    }

    #[test]
    fn a_short_descriptor_is_one_more_element() {
        let [_, frame] = descriptors(1);
        let mut expected = Vec::new();
        template(true).write(&mut expected, &fields());
        // Its padding gives way, and what follows is padded anew.
        let padding = expected.split_off(26);
        assert_eq!(padding, [0, 0]);
        expected.extend([ID << 4 | 2, 0xc0, 0x0a, 0x0b, 0, 0]);
        expected[15] = 4;
        assert_eq!(written(&template(true), ID, &frame), expected);
    }

    #[test]
    fn a_structure_takes_two_byte_elements() {
        let [keyframe, _] = descriptors(20);
        let out = written(&template(true), ID, &keyframe);
        assert_eq!(out[0], 0x90);
        assert_eq!(out[12..14], TWO_BYTES);
        assert_eq!(usize::from(out[15]) * 4, out.len() - 16);
        assert_eq!(out[16..21], [2, 3, 0x06, 0x00, 0x00]);
        assert_eq!(out[21..25], [3, 2, 0xab, 0xcd]);
        assert_eq!(out[25..29], [4, 2, b'1', b'2']);
        assert_eq!(out[29], ID);
        assert_eq!(out[31..34], [0xc0, 0x0a, 0x0b]);
    }

    #[test]
    fn a_template_without_extensions_gets_one() {
        let [_, frame] = descriptors(1);
        let out = written(&template(false), ID, &frame);
        assert_eq!(out[0], 0x90);
        assert_eq!(out[12..], [0xbe, 0xde, 0, 1, ID << 4 | 2, 0xc0, 0x0a, 0x0b]);
    }

    #[test]
    fn an_id_beyond_one_byte_elements_widens_them() {
        let [_, frame] = descriptors(1);
        let out = written(&template(true), 15, &frame);
        assert_eq!(out[12..14], TWO_BYTES);
    }

    proptest! {
        /// Whatever the structure, the elements read back.
        #[test]
        fn elements_read_back(templates in 1..64_usize, id in 1..=16_u8, extended: bool) {
            for dependency in descriptors(templates) {
                let out = written(&template(extended), id, &dependency);
                let wide = out[12..14] == TWO_BYTES;
                let mut rest = &out[16..];
                let mut found = Vec::new();
                while let Some((&first, after)) = rest.split_first() {
                    rest = after;
                    if first == 0 { continue; }
                    let (id, len) = if wide {
                        let (len, after) = rest.split_first().unwrap();
                        rest = after;
                        (first, usize::from(*len))
                    } else {
                        (first >> 4, usize::from(first & 15) + 1)
                    };
                    found.push((id, &rest[..len]));
                    rest = &rest[len..];
                }
                let (last, value) = found.pop().unwrap();
                prop_assert_eq!(last, id);
                prop_assert_eq!(&value[1..3], &[0x0a, 0x0b][..]);
                prop_assert_eq!(found.len(), if extended { 3 } else { 0 });
            }
        }
    }
}
