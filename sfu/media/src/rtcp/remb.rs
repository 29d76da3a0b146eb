//! The receiver's estimate of the bandwidth (draft-alvestrand-rmcat-remb-03), and lists of sources.

use super::Ssrc;
use crate::units::Bitrate;

/// Where the name ends in the body: two sources stand before it.
pub(super) const NAME_END: usize = 12;

pub(super) fn is_remb(body: &[u8]) -> bool {
    body.get(8..NAME_END) == Some(b"REMB")
}

/// Six bits of exponent, eighteen of mantissa; saturates.
pub(super) fn decode(bits: u32) -> Bitrate {
    let exponent = bits >> 18 & 0x3f;
    let mantissa = u128::from(bits & 0x3_ffff);
    Bitrate::bps(u64::try_from(mantissa << exponent).unwrap_or(u64::MAX))
}

/// A list of sources.
#[derive(Debug, Clone)]
pub struct Sources<'a> {
    rest: &'a [u8],
}

impl<'a> Sources<'a> {
    pub(super) const fn new(list: &'a [u8]) -> Self {
        Self { rest: list }
    }
}

impl Iterator for Sources<'_> {
    type Item = Ssrc;

    fn next(&mut self) -> Option<Ssrc> {
        let (source, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(Ssrc::new(u32::from_be_bytes(*source)))
    }
}
