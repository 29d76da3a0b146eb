//! Deadlines in order, one for each owner. The cost is in what is due, not in how many wait.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    time::Instant,
};

#[derive(Debug)]
pub(crate) struct Timers<K> {
    order: BTreeSet<(Instant, K)>,
    deadlines: HashMap<K, Instant>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { order: BTreeSet::new(), deadlines: HashMap::new() }
    }
}

impl<K: Copy + Ord + Hash> Timers<K> {
    /// Sets the one deadline of `key`.
    pub(crate) fn set(&mut self, key: K, at: Instant) {
        match self.deadlines.insert(key, at) {
            Some(former) if former == at => return,
            Some(former) => {
                self.order.remove(&(former, key));
            }
            None => {}
        }
        self.order.insert((at, key));
    }

    /// Brings the deadline of `key` forward to `at` if it is later or unset.
    pub(crate) fn set_sooner(&mut self, key: K, at: Instant) {
        if self.deadlines.get(&key).is_none_or(|former| at < *former) {
            self.set(key, at);
        }
    }

    pub(crate) fn cancel(&mut self, key: K) {
        if let Some(at) = self.deadlines.remove(&key) {
            self.order.remove(&(at, key));
        }
    }

    /// The earliest deadline of all.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes one owner whose deadline has come. Its deadline is unset afterwards.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<K> {
        let (at, key) = *self.order.first()?;
        if at > now {
            return None;
        }
        self.order.remove(&(at, key));
        self.deadlines.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn due_owners_come_out_in_order_and_once() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut timers = Timers::default();
        timers.set('a', at(30));
        timers.set('b', at(10));
        timers.set('c', at(20));
        timers.set('c', at(40));
        timers.set_sooner('a', at(5));
        timers.set_sooner('b', at(50));
        assert_eq!(timers.next(), Some(at(5)));
        assert_eq!(timers.pop_due(at(10)), Some('a'));
        assert_eq!(timers.pop_due(at(10)), Some('b'));
        assert_eq!(timers.pop_due(at(10)), None);
        timers.cancel('c');
        assert_eq!(timers.next(), None);
    }
}
