//! What receivers ask for: packets again (RFC 4585, 6.2.1), and keyframes (RFC 5104, 4.3.1).

use super::Ssrc;
use crate::units::SeqNo;

/// The sequence numbers of a NACK, each pair's own first. Every pair of four bytes names up to 17.
#[derive(Debug, Clone)]
pub struct Lost<'a> {
    rest: &'a [u8],
    /// The pair's first number and the bits of those after it that are still to be told.
    pair: SeqNo,
    mask: u16,
}

impl<'a> Lost<'a> {
    pub(super) const fn new(pairs: &'a [u8]) -> Self {
        Self { rest: pairs, pair: SeqNo::new(0), mask: 0 }
    }
}

impl Iterator for Lost<'_> {
    type Item = SeqNo;

    fn next(&mut self) -> Option<SeqNo> {
        if self.mask != 0 {
            let bit = self.mask.trailing_zeros() as u16;
            self.mask &= self.mask - 1;
            return Some(self.pair.plus(bit + 1));
        }
        let (&[a, b, c, d], rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        self.pair = SeqNo::new(u16::from_be_bytes([a, b]));
        self.mask = u16::from_be_bytes([c, d]);
        Some(self.pair)
    }
}

/// A demand for a keyframe of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirEntry {
    pub media: Ssrc,
    /// Counts demands; the same number again is a repetition.
    pub number: u8,
}

/// The entries of a FIR.
#[derive(Debug, Clone)]
pub struct FirEntries<'a> {
    rest: &'a [u8],
}

impl<'a> FirEntries<'a> {
    pub(super) const fn new(entries: &'a [u8]) -> Self {
        Self { rest: entries }
    }
}

impl Iterator for FirEntries<'_> {
    type Item = FirEntry;

    fn next(&mut self) -> Option<FirEntry> {
        let (&[a, b, c, d, number, _, _, _], rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(FirEntry { media: Ssrc::new(u32::from_be_bytes([a, b, c, d])), number })
    }
}
