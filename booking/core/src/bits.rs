//! One day's ticks as bits, with room on either side for buffers.

use crate::{Minutes, Tick, TickRange, matter::BUFFER_MAX};

const WORDS: usize = 8;
/// 512: the 300 ticks of a day of 25 hours, and the longest buffer before and after.
pub(crate) const LEN: i64 = WORDS as i64 * 64;
/// How far a window begins before its day.
pub(crate) const MARGIN: i64 = BUFFER_MAX.ticks();

const _: () = assert!(300 + 2 * MARGIN <= LEN);

/// A set of ticks, counted from the beginning of a window that whoever uses it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bits([u64; WORDS]);

impl Bits {
    pub(crate) const ALL: Self = Self([u64::MAX; WORDS]);

    /// The part of `range` that lies in the window beginning at `base`.
    pub(crate) fn of(base: Tick, range: TickRange) -> Self {
        let mut bits = Self::default();
        bits.add(base, range);
        bits
    }

    pub(crate) fn add(&mut self, base: Tick, range: TickRange) {
        let from = range.start.0.saturating_sub(base.0).clamp(0, LEN) as usize;
        let to = range.end.0.saturating_sub(base.0).clamp(0, LEN) as usize;
        if from >= to {
            return;
        }
        let (first, last) = (from / 64, (to - 1) / 64);
        for word in first..=last {
            let low = if word == first { from % 64 } else { 0 };
            let high = if word == last { (to - 1) % 64 } else { 63 };
            self.0[word] |= (u64::MAX >> (63 - high)) & (u64::MAX << low);
        }
    }

    pub(crate) fn set(&mut self, base: Tick, tick: Tick) {
        self.add(base, TickRange { start: tick, end: tick.plus(1) });
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }

    pub(crate) fn has(self, base: Tick, tick: Tick) -> bool {
        let at = tick.0 - base.0;
        (0..LEN).contains(&at) && self.0[at as usize / 64] >> (at % 64) & 1 == 1
    }

    /// Whether all of `range` is in it, which must lie in the window.
    pub(crate) fn covers(self, base: Tick, range: TickRange) -> bool {
        let wanted = Self::of(base, range);
        wanted.and(self) == wanted && (range.start >= base && range.end <= base.plus(LEN))
    }

    /// Everything `n` ticks earlier.
    fn earlier(self, n: usize) -> Self {
        let (words, bits) = (n / 64, n % 64);
        Self(std::array::from_fn(|i| {
            let word = |i: usize| self.0.get(i).copied().unwrap_or(0);
            let low = word(i + words) >> bits;
            if bits == 0 { low } else { low | word(i + words + 1) << (64 - bits) }
        }))
    }

    /// Everything `n` ticks later.
    fn later(self, n: usize) -> Self {
        let (words, bits) = (n / 64, n % 64);
        Self(std::array::from_fn(|i| {
            let word = |back: usize| i.checked_sub(back).map_or(0, |i| self.0[i]);
            let high = word(words) << bits;
            if bits == 0 { high } else { high | word(words + 1) >> (64 - bits) }
        }))
    }

    /// The ticks from which on `n` are in the set.
    pub(crate) fn runs(self, n: i64) -> Self {
        let (mut runs, mut have) = (self, 1);
        while have < n {
            let more = have.min(n - have);
            runs = runs.and(runs.earlier(more as usize));
            have += more;
        }
        runs
    }

    /// The ticks at which a meeting of `length` can begin with its buffers in the set.
    pub(crate) fn room(self, before: Minutes, length: Minutes, after: Minutes) -> Self {
        let whole = before.ticks() + length.ticks() + after.ticks();
        self.runs(whole).later(before.ticks() as usize)
    }

    /// Positions in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let at = bits.trailing_zeros() as usize;
                (bits != 0).then(|| {
                    bits &= bits - 1;
                    word * 64 + at
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(ranges: &[(i64, i64)]) -> Bits {
        ranges.iter().fold(Bits::default(), |bits, &(from, to)| {
            bits.or(Bits::of(Tick(100), TickRange::new(Tick(100 + from), Tick(100 + to))))
        })
    }

    proptest! {
        #[test]
        fn a_set_is_a_set(
            ranges in proptest::collection::vec((-20i64..540, -20i64..540), 0..6),
            others in proptest::collection::vec((-20i64..540, -20i64..540), 0..6),
            n in 1i64..200, shift in 0usize..200,
        ) {
            let has = |ranges: &[(i64, i64)], at: i64| {
                (0..LEN).contains(&at) && ranges.iter().any(|&(from, to)| from <= at && at < to)
            };
            let (a, b) = (set(&ranges), set(&others));
            let list = |f: &dyn Fn(i64) -> bool| (0..LEN).filter(|&at| f(at)).map(|at| at as usize).collect::<Vec<_>>();
            let got = |bits: Bits| bits.iter().collect::<Vec<_>>();
            prop_assert_eq!(got(a), list(&|at| has(&ranges, at)));
            prop_assert_eq!(got(a.and(b)), list(&|at| has(&ranges, at) && has(&others, at)));
            prop_assert_eq!(got(a.without(b)), list(&|at| has(&ranges, at) && !has(&others, at)));
            prop_assert_eq!(got(a.runs(n)), list(&|at| (at..at + n).all(|at| has(&ranges, at))));
            prop_assert_eq!(got(a.earlier(shift)), list(&|at| has(&ranges, at + shift as i64)));
            prop_assert_eq!(got(a.later(shift)), list(&|at| has(&ranges, at - shift as i64)));
            let wanted = TickRange::new(Tick(100 + n), Tick(100 + n + shift as i64));
            prop_assert_eq!(a.covers(Tick(100), wanted), (n..n + shift as i64).all(|at| has(&ranges, at)));
        }
    }
}
