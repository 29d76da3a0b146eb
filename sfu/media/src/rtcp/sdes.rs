//! Who the sources are (RFC 3550, 6.5).

use super::{Ssrc, reader::Reader};

/// Item types: the end of a chunk, and the canonical name (RFC 3550, 6.5.1).
const END: u8 = 0;
pub(super) const CNAME: u8 = 1;

/// The canonical names of an SDES packet: which sources belong together. Bytes, since nothing
/// makes sure that they are UTF-8.
#[derive(Debug, Clone)]
pub struct CanonicalNames<'a> {
    rest: Reader<'a>,
    chunks: usize,
}

impl<'a> CanonicalNames<'a> {
    /// `None` if a chunk is cut off.
    pub(super) fn parse(body: &'a [u8], chunks: usize) -> Option<Self> {
        let mut reader = Reader::new(body);
        for _ in 0..chunks {
            chunk(&mut reader)?;
        }
        Some(Self { rest: Reader::new(body), chunks })
    }
}

impl<'a> Iterator for CanonicalNames<'a> {
    type Item = (Ssrc, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while self.chunks > 0 {
            self.chunks -= 1;
            if let (source, Some(name)) = chunk(&mut self.rest)? {
                return Some((source, name));
            }
        }
        None
    }
}

/// One source and its name, if it has one. Chunks end with a zero and begin at whole words.
fn chunk<'a>(reader: &mut Reader<'a>) -> Option<(Ssrc, Option<&'a [u8]>)> {
    let source = reader.ssrc()?;
    let items = reader.rest().len();
    let mut name = None;
    loop {
        let kind = reader.u8()?;
        if kind == END {
            break;
        }
        let len = usize::from(reader.u8()?);
        let text = reader.take(len)?;
        if kind == CNAME {
            name = Some(text);
        }
    }
    let read = items - reader.rest().len();
    reader.take(read.next_multiple_of(4) - read)?;
    Some((source, name))
}
