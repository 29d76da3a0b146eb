//! Numbers of any width, the highest bit first.

use super::ParseError;

/// Reads bits from the front of a buffer.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// Bits read.
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bits read so far.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// `f(n)` of the specification, for at most 32 bits.
    pub(super) fn bits(&mut self, count: u32) -> Result<u32, ParseError> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8).ok_or(ParseError::Short)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Ok(value)
    }

    pub(super) fn flag(&mut self) -> Result<bool, ParseError> {
        Ok(self.bits(1)? == 1)
    }

    /// `ns(n)`: a number below `count`, which is at least 1.
    pub(super) fn below(&mut self, count: u32) -> Result<u32, ParseError> {
        let width = u32::BITS - count.leading_zeros();
        let short = (1 << width) - count;
        let value = self.bits(width - 1)?;
        if value < short {
            return Ok(value);
        }
        Ok((value << 1) - short + self.bits(1)?)
    }
}

/// Appends bits to a buffer.
#[derive(Debug)]
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Bits of the last byte that are not taken yet.
    free: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, free: 0 }
    }

    pub(super) fn bits(&mut self, count: u32, value: u32) {
        for bit in (0..count).rev() {
            if self.free == 0 {
                self.out.push(0);
                self.free = 8;
            }
            self.free -= 1;
            if let Some(last) = self.out.last_mut() {
                *last |= ((value >> bit & 1) as u8) << self.free;
            }
        }
    }

    pub(super) fn flag(&mut self, value: bool) {
        self.bits(1, u32::from(value));
    }

    pub(super) fn below(&mut self, count: u32, value: u32) {
        let width = u32::BITS - count.leading_zeros();
        let short = (1 << width) - count;
        if value < short {
            self.bits(width - 1, value);
        } else {
            self.bits(width, value + short);
        }
    }

    /// Appends the bits of `bytes` in this range.
    pub(super) fn copy(&mut self, bytes: &[u8], range: std::ops::Range<usize>) {
        for at in range {
            let bit = bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
            self.flag(bit);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_specification_has_five_values_as_an_example() {
        let codes = [(0, 2, 0b00), (1, 2, 0b01), (2, 2, 0b10), (3, 3, 0b110), (4, 3, 0b111)];
        for (value, width, code) in codes {
            let (mut out, mut expected) = (Vec::new(), Vec::new());
            BitWriter::new(&mut out).below(5, value);
            BitWriter::new(&mut expected).bits(width, code);
            assert_eq!(out, expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            fields in prop::collection::vec((0..=32_u32, any::<u32>(), 1..200_u32), 0..40)
        ) {
            let mut out = Vec::new();
            let mut writer = BitWriter::new(&mut out);
            for (width, value, count) in &fields {
                writer.bits(*width, *value);
                writer.below(*count, value % count);
            }
            let mut reader = BitReader::new(&out);
            for (width, value, count) in &fields {
                let kept = if *width == 32 { *value } else { *value & ((1_u32 << *width) - 1) };
                prop_assert_eq!(reader.bits(*width).unwrap(), kept);
                prop_assert_eq!(reader.below(*count).unwrap(), value % count);
            }
            let mut copy = Vec::new();
            BitWriter::new(&mut copy).copy(&out, 0..reader.position());
            prop_assert_eq!(copy, out);
        }
    }
}
