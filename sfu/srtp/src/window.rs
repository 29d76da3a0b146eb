//! Which of the newest indices were seen (RFC 3711, section 3.3.2).

/// Remembers the `64 * WORDS` newest indices of a stream. What is older counts as seen.
#[derive(Debug, Clone)]
pub struct IndexWindow<const WORDS: usize> {
    bits: [u64; WORDS],
    /// One past the newest; 0 while there is none.
    end: u64,
}

impl<const WORDS: usize> Default for IndexWindow<WORDS> {
    fn default() -> Self {
        Self { bits: [0; WORDS], end: 0 }
    }
}

impl<const WORDS: usize> IndexWindow<WORDS> {
    const REACH: u64 = 64 * WORDS as u64;

    /// The newest index.
    pub fn newest(&self) -> Option<u64> {
        self.end.checked_sub(1)
    }

    /// Whether `index` was recorded, or is too old to know.
    pub fn has(&self, index: u64) -> bool {
        if index >= self.end {
            return false;
        }
        self.end - index > Self::REACH || self.bits[Self::word(index)] & Self::bit(index) != 0
    }

    /// Records `index`. False if it was there already, or is too old to know.
    pub fn record(&mut self, index: u64) -> bool {
        if self.has(index) {
            return false;
        }
        if index >= self.end {
            if index - self.end >= Self::REACH {
                self.bits = [0; WORDS];
            } else {
                for skipped in self.end..index {
                    self.bits[Self::word(skipped)] &= !Self::bit(skipped);
                }
            }
            self.end = index + 1;
        }
        self.bits[Self::word(index)] |= Self::bit(index);
        true
    }

    fn word(index: u64) -> usize {
        (index / 64 % WORDS as u64) as usize
    }

    fn bit(index: u64) -> u64 {
        1 << (index % 64)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_index_passes_once() {
        let mut window = IndexWindow::<2>::default();
        assert_eq!(window.newest(), None);
        for index in [5, 3, 200, 100, 4] {
            assert_eq!(window.record(index), index != 4, "128 behind 200 is too old");
            assert!(!window.record(index));
        }
        assert_eq!(window.newest(), Some(200));
        assert!(!window.has(150));
    }

    proptest! {
        #[test]
        fn like_a_set_inside_of_the_window(steps in prop::collection::vec(-200_i64..300, 1..300)) {
            let mut window = IndexWindow::<4>::default();
            let mut seen = HashSet::new();
            let mut newest = 1_000_i64;
            let mut any = false;
            for step in steps {
                let index = (newest + step).max(0);
                let old = any && newest - index >= 256;
                prop_assert_eq!(window.record(index as u64), !old && seen.insert(index));
                newest = if any { newest.max(index) } else { index };
                any = true;
                prop_assert_eq!(window.newest(), Some(newest as u64));
            }
        }
    }
}
