//! Continuous picture ids and layer indices across switches; shared by VP8 and VP9.
//!
//! libwebrtc finds the references of a frame by these numbers: after a switch they must go on, or
//! the frames wait for others that never come.

use arrayvec::ArrayVec;

use crate::{
    munger::Segment,
    runs::{Miss, Runs},
    units::Unwrapper,
};

/// Segments whose late packets still get the right ids.
const MAX_SEGMENTS: usize = 4;

/// Picture ids farther apart than this are a new beginning: 34 s at 30 frames a second, and far
/// less than half of the 15 bits.
const WINDOW: u64 = 1024;

/// A picture id as in a payload descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureId {
    pub value: u16,
    /// 15 bits rather than 7.
    pub wide: bool,
    /// Of its first octet in the payload.
    pub(crate) offset: u8,
}

impl PictureId {
    const fn mask(self) -> u16 {
        if self.wide { 0x7fff } else { 0x7f }
    }
}

/// An octet of a payload descriptor, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Octet {
    pub value: u8,
    pub(crate) offset: u8,
}

/// Numbers of one packet, coming in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ids {
    pub(crate) picture: Option<PictureId>,
    pub(crate) tl0: Option<u8>,
    pub(crate) key: Option<u8>,
}

/// Numbers of one packet, going out. Each is there if the descriptor has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewrite {
    pub picture_id: Option<u16>,
    pub tl0_pic_idx: Option<u8>,
    /// VP8 only; five bits.
    pub key_idx: Option<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Unwrap {
    Narrow(Unwrapper<7>),
    Wide(Unwrapper<15>),
}

impl Unwrap {
    fn unwrap(&mut self, id: PictureId) -> u64 {
        if id.wide && matches!(self, Self::Narrow(_)) {
            *self = Self::Wide(Unwrapper::new());
        } else if !id.wide && matches!(self, Self::Wide(_)) {
            *self = Self::Narrow(Unwrapper::new());
        }
        match self {
            Self::Narrow(unwrapper) => unwrapper.unwrap(u64::from(id.value)),
            Self::Wide(unwrapper) => unwrapper.unwrap(u64::from(id.value)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Part {
    segment: u32,
    unwrap: Unwrap,
    picture_begun: bool,
    tl0_offset: Option<u8>,
    key_offset: Option<u8>,
}

/// Keeps the numbers of one outgoing stream continuous.
#[derive(Debug, Clone, Default)]
pub(crate) struct Continuity {
    /// None until the first picture id. The first source keeps its own numbers, so that a slot
    /// that never switches needs no rewriting.
    pictures: Option<Runs>,
    /// Oldest first.
    parts: ArrayVec<Part, MAX_SEGMENTS>,
    newest_tl0: Option<u8>,
    newest_key: Option<u8>,
}

impl Continuity {
    /// None if the packet has no place: it is from before its segment's first picture, belongs to a
    /// forgotten segment, or to a picture that was left out.
    pub(crate) fn rewrite(&mut self, segment: Segment, ids: Ids) -> Option<Rewrite> {
        let index = self.part(segment)?;
        let picture_id = match ids.picture {
            Some(id) => Some(self.picture(index, id)?),
            None => None,
        };
        let part = &mut self.parts[index];
        let tl0_pic_idx = ids.tl0.map(|tl0| {
            let newest = &mut self.newest_tl0;
            let offset = *part
                .tl0_offset
                .get_or_insert_with(|| newest.map_or(0, |n| n.wrapping_add(1).wrapping_sub(tl0)));
            let out = tl0.wrapping_add(offset);
            if newest.is_none_or(|newest| out.wrapping_sub(newest) as i8 > 0) {
                *newest = Some(out);
            }
            out
        });
        let key_idx = ids.key.map(|key| {
            let newest = &mut self.newest_key;
            let offset = *part
                .key_offset
                .get_or_insert_with(|| newest.map_or(0, |n| n.wrapping_add(1).wrapping_sub(key)));
            let out = key.wrapping_add(offset) & 0x1f;
            // Five bits: more than half a turn ahead is behind.
            if newest.is_none_or(|newest| (1..16).contains(&(out.wrapping_sub(newest) & 0x1f))) {
                *newest = Some(out);
            }
            out
        });
        Some(Rewrite { picture_id, tl0_pic_idx, key_idx })
    }

    /// Leaves a whole picture out, so that no missing id tells of it. Called for each packet of it.
    /// False if a packet of this or a later picture already went out.
    pub(crate) fn skip(&mut self, segment: Segment, picture: Option<PictureId>) -> bool {
        let Some(id) = picture else { return true };
        let Some(index) = self.part(segment) else { return false };
        let part = &mut self.parts[index];
        if !part.picture_begun {
            return true;
        }
        let input = part.unwrap.unwrap(id);
        let segment = part.segment;
        let Some(runs) = &mut self.pictures else { return true };
        // The second packet of a picture that is left out finds it left out.
        runs.skip(segment, input) || runs.map(segment, input) == Err(Miss::Outside)
    }

    fn part(&mut self, segment: Segment) -> Option<usize> {
        let known = self.parts.iter().rposition(|part| part.segment == segment.0);
        if known.is_some() {
            return known;
        }
        if self.parts.last().is_some_and(|newest| newest.segment > segment.0) {
            return None;
        }
        if self.parts.is_full() {
            self.parts.remove(0);
        }
        self.parts.push(Part {
            segment: segment.0,
            unwrap: Unwrap::Wide(Unwrapper::new()),
            picture_begun: false,
            tl0_offset: None,
            key_offset: None,
        });
        Some(self.parts.len() - 1)
    }

    fn picture(&mut self, index: usize, id: PictureId) -> Option<u16> {
        let part = &mut self.parts[index];
        let input = part.unwrap.unwrap(id);
        let runs = self.pictures.get_or_insert_with(|| Runs::new(input, WINDOW));
        if !part.picture_begun {
            part.picture_begun = true;
            runs.begin(part.segment, input, 0);
        }
        let out = match runs.map(part.segment, input) {
            Ok(out) => out,
            Err(Miss::Jump) => {
                // The encoder started anew. One id stays free: something is missing.
                runs.begin(part.segment, input, 1);
                runs.map(part.segment, input).ok()?
            }
            Err(Miss::Outside | Miss::TooOld) => return None,
        };
        Some(out as u16 & id.mask())
    }
}
