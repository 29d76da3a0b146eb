//! Loss, reordering and duplicates of one RTP stream, and what to ask for again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use szpon_media::units::{SeqNo, SeqUnwrapper};

/// A packet that has not come for so long is lost: no decoder waits longer.
pub const PATIENCE: Duration = Duration::from_secs(1);
/// Out of order is not lost yet.
const FIRST_NACK: Duration = Duration::from_millis(10);
/// Until the next request for the same packet.
const NEXT_NACK: Duration = Duration::from_millis(60);
const MOST_NACKS: u8 = 10;
/// A gap that is no loss but another beginning, in packets.
const JUMP: u64 = 2_000;

/// What a packet was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The next, or the first.
    InOrder,
    /// After so many that are missing now.
    Gap(u64),
    /// One that was missing.
    Late,
    Duplicate,
    /// Too far away to belong to what came before.
    Jump,
}

#[derive(Debug, Clone, Copy)]
struct Missing {
    since: Instant,
    nacks: u8,
    next_nack: Instant,
}

#[derive(Debug, Default)]
pub struct Sequence {
    unwrapper: SeqUnwrapper,
    highest: Option<u64>,
    missing: BTreeMap<u64, Missing>,
    /// Packets lost for good.
    pub lost: u64,
    pub received: u64,
}

impl Sequence {
    /// The extended number of a packet, and what it is.
    pub fn arrive(&mut self, number: u16, now: Instant) -> (u64, Arrival) {
        let before = self.highest;
        let extended = self.unwrapper.unwrap_seq(SeqNo::new(number)).get();
        self.highest = before.max(Some(extended));
        let Some(before) = before else {
            self.received += 1;
            return (extended, Arrival::InOrder);
        };
        let arrival = if extended > before {
            let gap = extended - before - 1;
            if gap >= JUMP {
                self.missing.clear();
                Arrival::Jump
            } else if gap == 0 {
                Arrival::InOrder
            } else {
                let missing = Missing { since: now, nacks: 0, next_nack: now + FIRST_NACK };
                self.missing.extend((before + 1..extended).map(|number| (number, missing)));
                Arrival::Gap(gap)
            }
        } else if self.missing.remove(&extended).is_some() {
            Arrival::Late
        } else {
            return (extended, Arrival::Duplicate);
        };
        self.received += 1;
        (extended, arrival)
    }

    /// A retransmission brought this packet (RFC 4588, section 4): its extended number if it was
    /// missing.
    pub fn repaired(&mut self, number: u16) -> Option<u64> {
        let highest = self.highest?;
        let step = i64::from(number.wrapping_sub(highest as u16) as i16);
        let extended = highest.saturating_add_signed(step);
        self.missing.remove(&extended)?;
        self.received += 1;
        Some(extended)
    }

    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// Gives up what is overdue: says how many packets, and the highest of them.
    pub fn give_up(&mut self, now: Instant) -> Option<(u64, u64)> {
        let mut overdue = 0;
        let mut highest = 0;
        self.missing.retain(|number, missing| {
            let keep = now < missing.since + PATIENCE;
            if !keep {
                overdue += 1;
                highest = *number;
            }
            keep
        });
        self.lost += overdue;
        (overdue > 0).then_some((overdue, highest))
    }

    /// Puts into `out` what is to be asked for now.
    pub fn nacks(&mut self, now: Instant, out: &mut Vec<u16>) {
        for (number, missing) in &mut self.missing {
            if now >= missing.next_nack && missing.nacks < MOST_NACKS {
                missing.nacks += 1;
                missing.next_nack = now + NEXT_NACK;
                out.push(*number as u16);
            }
        }
    }

    /// As receiver reports tell it: the highest number with the count of its turns above it.
    pub fn highest(&self) -> u32 {
        // The unwrapper begins one turn ahead.
        self.highest.map_or(0, |highest| (highest - (1 << 16)) as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_is_told_apart() {
        let now = Instant::now();
        let mut sequence = Sequence::default();
        let kinds: Vec<Arrival> = [65_534, 65_535, 2, 0, 0, 3, 30_000]
            .into_iter()
            .map(|number| sequence.arrive(number, now).1)
            .collect();
        use Arrival::*;
        assert_eq!(kinds, [InOrder, InOrder, Gap(2), Late, Duplicate, InOrder, Jump]);
    }

    #[test]
    fn what_is_missing_is_asked_for_and_then_given_up() {
        let now = Instant::now();
        let mut sequence = Sequence::default();
        sequence.arrive(10, now);
        sequence.arrive(13, now);
        let mut asked = Vec::new();
        sequence.nacks(now, &mut asked);
        assert!(asked.is_empty(), "it may only be late");
        sequence.nacks(now + FIRST_NACK, &mut asked);
        assert_eq!(asked, [11, 12]);
        assert_eq!(sequence.repaired(11), Some(11));
        assert_eq!(sequence.repaired(11), None);
        assert_eq!(sequence.give_up(now + PATIENCE), Some((1, 12)));
        assert_eq!((sequence.lost, sequence.received), (1, 3));
        assert!(sequence.is_whole());
    }

    proptest! {
        /// Whatever a network drops, repeats and swaps within a window, the counts are true.
        #[test]
        fn counts_are_true(
            start: u16,
            fates in prop::collection::vec((0u8..10, 0usize..8), 10..400),
        ) {
            let now = Instant::now();
            let mut order: Vec<(usize, u16)> = Vec::new();
            let (mut dropped, mut repeated) = (0u64, 0u64);
            let last = fates.len() - 1;
            for (n, (fate, delay)) in fates.iter().enumerate() {
                let number = start.wrapping_add(n as u16);
                // The ends must come and come in their place, or nobody knows of them.
                if n == 0 || n == last {
                    order.push((if n == 0 { 0 } else { n + 20 }, number));
                } else if *fate == 0 {
                    dropped += 1;
                } else {
                    order.push((n + delay, number));
                    if *fate == 1 {
                        repeated += 1;
                        order.push((n + delay, number));
                    }
                }
            }
            order.sort_by_key(|(at, _)| *at);
            let mut sequence = Sequence::default();
            let mut duplicates = 0;
            for (_, number) in order {
                if sequence.arrive(number, now).1 == Arrival::Duplicate {
                    duplicates += 1;
                }
            }
            sequence.give_up(now + PATIENCE);
            prop_assert_eq!(sequence.lost, dropped);
            prop_assert_eq!(duplicates, repeated);
            prop_assert_eq!(sequence.received, fates.len() as u64 - dropped);
        }
    }
}
