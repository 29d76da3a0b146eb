//! Who gets packets of pictures twice ([`szpon_media::doubling`]), and how many may.
//!
//! Where many lose many packets, the way of each is not the reason: this machine has no time left, or its own
//! line is full. Sending more would make that worse, and what is lost then would be a reason to send still
//! more.

use std::collections::BTreeSet;

use crate::addresses::SessionKey;

/// So many sessions in any case, or one in so many.
const FEW: usize = 8;
const ONE_IN: usize = 16;

/// The sessions of a shard that get packets twice.
#[derive(Debug, Default)]
pub(crate) struct Doubled(BTreeSet<SessionKey>);

impl Doubled {
    /// Whether this session, of so many, may go on or begin.
    pub(crate) fn allows(&self, key: SessionKey, sessions: usize) -> bool {
        self.0.contains(&key) || self.0.len() < FEW.max(sessions / ONE_IN)
    }

    pub(crate) fn note(&mut self, key: SessionKey, doubled: bool) {
        if doubled {
            self.0.insert(key);
        } else {
            self.0.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_may_and_the_many_may_not() {
        let mut doubled = Doubled::default();
        for key in 0..FEW {
            assert!(doubled.allows(key, 20));
            doubled.note(key, true);
            doubled.note(key, true);
        }
        assert!(!doubled.allows(FEW, 20));
        assert!(doubled.allows(3, 20), "it goes on");
        assert!(doubled.allows(FEW, ONE_IN * (FEW + 1)), "of more, more may");
        doubled.note(3, false);
        assert!(doubled.allows(FEW, 20), "a place came free");
    }
}
