//! Which source feeds which slot of a subscriber.
//!
//! A source that stays shown stays in its slot: moving it would cost a keyframe and a blink. Only
//! what is gone leaves, and only what is new enters.

use std::collections::VecDeque;

/// A slot has another source from now on, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<K> {
    pub slot: usize,
    pub source: Option<K>,
}

#[derive(Debug, Clone, Copy)]
struct Slot<K> {
    source: Option<K>,
    /// What fed it last; it finds its decoder as it left it.
    former: Option<K>,
}

/// The slots of one kind (audio or video) of one subscriber, fed by sources `K`.
#[derive(Debug, Clone)]
pub struct Slots<K> {
    slots: Vec<Slot<K>>,
}

impl<K: Copy + Eq> Slots<K> {
    /// `count` empty slots.
    pub fn new(count: usize) -> Self {
        Self { slots: vec![Slot { source: None, former: None }; count] }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub fn source(&self, slot: usize) -> Option<K> {
        self.slots.get(slot)?.source
    }

    pub fn slot_of(&self, source: K) -> Option<usize> {
        self.slots.iter().position(|slot| slot.source == Some(source))
    }

    /// Slots with their sources; empty ones are left out.
    pub fn feeds(&self) -> impl Iterator<Item = (usize, K)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| Some((index, slot.source?)))
    }

    /// Feeds the slots with `wanted`, the most important first; what has no slot left goes without.
    /// Says what changed: emptied slots first.
    pub fn assign(&mut self, wanted: impl IntoIterator<Item = K>) -> Vec<Change<K>> {
        let mut chosen: Vec<K> = Vec::with_capacity(self.slots.len());
        for source in wanted {
            if chosen.len() == self.slots.len() {
                break;
            }
            if !chosen.contains(&source) {
                chosen.push(source);
            }
        }
        let before: Vec<_> = self.slots.iter().map(|slot| slot.source).collect();
        for slot in &mut self.slots {
            if let Some(source) = slot.source
                && !chosen.contains(&source)
            {
                *slot = Slot { source: None, former: Some(source) };
            }
        }
        chosen.retain(|source| self.slot_of(*source).is_none());
        // Those who find their former slot free go first, so that nobody else takes it.
        chosen.retain(|source| {
            let same = |slot: &&mut Slot<K>| slot.source.is_none() && slot.former == Some(*source);
            let free = self.slots.iter_mut().find(same);
            free.map(|slot| slot.source = Some(*source)).is_none()
        });
        let mut new = chosen.into_iter();
        for slot in self.slots.iter_mut().filter(|slot| slot.source.is_none()) {
            slot.source = new.next();
        }

        let now = self.slots.iter().map(|slot| slot.source);
        let mut changes: Vec<_> = now
            .enumerate()
            .filter(|(slot, source)| before[*slot] != *source)
            .map(|(slot, source)| Change { slot, source })
            .collect();
        changes.sort_by_key(|change| change.source.is_some());
        changes
    }
}

/// The audio slots of one subscriber: the loudest, and whoever was heard last.
#[derive(Debug, Clone)]
pub struct AudioSlots<K> {
    slots: Slots<K>,
    /// Sources in the slots, the one that was loud most recently first.
    recent: VecDeque<K>,
}

impl<K: Copy + Eq> AudioSlots<K> {
    pub fn new(count: usize) -> Self {
        Self { slots: Slots::new(count), recent: VecDeque::with_capacity(count * 2) }
    }

    pub fn slots(&self) -> &Slots<K> {
        &self.slots
    }

    /// `loud` is who must be heard, the most important first: a shared screen's sound, then
    /// [`crate::speakers::Speakers::top`]; `present` is every audio source there is, in an order
    /// that doesn't change. Neither names the subscriber's own.
    ///
    /// Slots that the loud don't fill keep their former sources, or take any: in a small room
    /// everybody is fed all the time, and no first syllable is lost.
    pub fn update(
        &mut self,
        loud: impl IntoIterator<Item = K>,
        present: impl IntoIterator<Item = K> + Clone,
    ) -> Vec<Change<K>> {
        let count = self.slots.len();
        let mut wanted: Vec<K> = Vec::with_capacity(count * 2);
        for source in loud.into_iter().take(count) {
            if !wanted.contains(&source) {
                wanted.push(source);
            }
        }
        for source in wanted.iter().rev() {
            self.recent.retain(|other| other != source);
            self.recent.push_front(*source);
        }
        let here: Vec<K> = present.into_iter().collect();
        wanted.retain(|source| here.contains(source));
        self.recent.retain(|source| here.contains(source));
        self.recent.truncate(count * 2);
        wanted.extend(self.recent.iter().filter(|source| self.slots.slot_of(**source).is_some()));
        let held: Vec<K> = self.slots.feeds().map(|(_, source)| source).collect();
        wanted.extend(held.into_iter().filter(|source| here.contains(source)));
        wanted.extend(here);
        self.slots.assign(wanted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sources(slots: &Slots<char>) -> Vec<Option<char>> {
        (0..slots.len()).map(|slot| slots.source(slot)).collect()
    }

    #[test]
    fn who_stays_keeps_the_slot() {
        let mut slots = Slots::new(3);
        let changes = slots.assign(['a', 'b', 'c']);
        assert_eq!(changes.len(), 3);
        assert_eq!(slots.assign(['c', 'a', 'b']), [], "the order of a view moves nobody");
        let changes = slots.assign(['d', 'c', 'a']);
        assert_eq!(changes, [Change { slot: 1, source: Some('d') }]);
        assert_eq!(sources(&slots), [Some('a'), Some('d'), Some('c')]);
    }

    #[test]
    fn who_returns_finds_the_former_slot() {
        let mut slots = Slots::new(3);
        slots.assign(['a', 'b', 'c']);
        let gone = Change { slot: 1, source: None };
        assert_eq!(slots.assign(['a']), [gone, Change { slot: 2, source: None }]);
        slots.assign(['a', 'x', 'c']);
        assert_eq!(sources(&slots), [Some('a'), Some('x'), Some('c')]);
        assert_eq!(slots.slot_of('c'), Some(2));
    }

    #[test]
    fn the_least_important_goes_without() {
        let mut slots = Slots::new(2);
        slots.assign(['a', 'a', 'b', 'c']);
        assert_eq!(sources(&slots), [Some('a'), Some('b')]);
        assert!(Slots::<char>::new(0).assign(['a']).is_empty());
    }

    #[test]
    fn in_a_small_room_everybody_is_heard() {
        let mut audio = AudioSlots::new(3);
        audio.update([], ['a', 'b']);
        assert_eq!(sources(audio.slots()), [Some('a'), Some('b'), None]);
        assert_eq!(audio.update(['b'], ['a', 'b']), []);
    }

    #[test]
    fn the_one_silent_for_longest_gives_way() {
        let everybody = ['a', 'b', 'c', 'd', 'e'];
        let mut audio = AudioSlots::new(3);
        audio.update(['c'], everybody);
        audio.update(['b'], everybody);
        audio.update(['a'], everybody);
        assert_eq!(audio.update(['d'], everybody).len(), 1);
        assert_eq!(audio.slots().slot_of('c'), None, "spoke first, longest ago");
        assert_eq!(audio.update([], everybody), [], "silence changes nothing");
        audio.update(['e', 'd', 'b'], everybody);
        assert_eq!(audio.slots().slot_of('a'), None);
    }

    #[test]
    fn who_left_is_not_kept() {
        let mut audio = AudioSlots::new(2);
        audio.update(['a', 'b'], ['a', 'b']);
        audio.update(['a', 'b'], ['b']);
        assert_eq!(sources(audio.slots()), [None, Some('b')]);
    }

    proptest! {
        #[test]
        fn assignment_is_stable_and_complete(
            count in 0..6_usize,
            views in prop::collection::vec(prop::collection::vec(0..10_u8, 0..12), 1..40),
        ) {
            let mut slots = Slots::new(count);
            let mut mirror = vec![None; count];
            for view in views {
                let before = mirror.clone();
                for change in slots.assign(view.iter().copied()) {
                    prop_assert_ne!(mirror[change.slot], change.source);
                    mirror[change.slot] = change.source;
                }
                let mut chosen: Vec<u8> = Vec::new();
                for source in view {
                    if chosen.len() < count && !chosen.contains(&source) { chosen.push(source); }
                }
                for slot in 0..count {
                    prop_assert_eq!(slots.source(slot), mirror[slot]);
                    if let Some(source) = before[slot] && chosen.contains(&source) {
                        prop_assert_eq!(mirror[slot], Some(source), "moved");
                    }
                }
                let mut fed: Vec<u8> = slots.feeds().map(|(_, source)| source).collect();
                fed.sort_unstable();
                chosen.sort_unstable();
                prop_assert_eq!(fed, chosen);
            }
        }

        #[test]
        fn the_loud_are_always_heard_and_no_slot_is_idle(
            rounds in prop::collection::vec(
                (prop::collection::vec(0..8_u8, 0..4), prop::collection::vec(0..8_u8, 0..8)), 1..40)
        ) {
            let mut audio = AudioSlots::new(3);
            for (loud, mut present) in rounds {
                present.sort_unstable();
                present.dedup();
                audio.update(loud.iter().copied(), present.iter().copied());
                for source in loud.iter().take(3).filter(|source| present.contains(source)) {
                    prop_assert!(audio.slots().slot_of(*source).is_some());
                }
                prop_assert_eq!(audio.slots().feeds().count(), present.len().min(3));
                for (_, source) in audio.slots().feeds() {
                    prop_assert!(present.contains(&source));
                }
            }
        }
    }
}
