//! Whether the machine has room for one more session, so that the want of memory or of file handles
//! is met at the door and not in the middle of a call.
//!
//! What is free is read at most once a second. A session takes its memory only little by little, so
//! those that were let in lately count in full on top of what was read.

mod machine;

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

pub use machine::raise_file_limit;
use thiserror::Error;

/// What a session grows to: str0m's state and histories, slots, and its share of a source's history.
/// Measured by `make figures`, and rounded up.
const SESSION_BYTES: u64 = 512 << 10;
/// A session over ICE-TCP has one connection for each address it tries; most end at once.
const SESSION_FILES: u64 = 2;
/// How old a reading may be.
const FRESH: Duration = Duration::from_secs(1);
/// After this time what a session takes shows in what is read.
const GROWN: Duration = Duration::from_secs(10);

/// What the machine has left; none where it can't be known, which stops nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Free {
    /// Bytes.
    pub memory: Option<u64>,
    /// File handles of this process.
    pub files: Option<u64>,
}

/// What must stay free whoever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserve {
    /// Bytes.
    pub memory: u64,
    pub files: u64,
}

/// What there is too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Short {
    #[error("the machine has too little memory left")]
    Memory,
    #[error("the process has too few file handles left")]
    Files,
}

/// Lets sessions in as long as there is room.
pub struct Headroom {
    reserve: Reserve,
    read: fn() -> Free,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    free: Free,
    read_at: Option<Instant>,
    /// Sessions let in between one reading and the next.
    young: VecDeque<(Instant, u64)>,
}

impl Headroom {
    pub fn of_machine(reserve: Reserve) -> Self {
        Self::with(reserve, machine::free)
    }

    fn with(reserve: Reserve, read: fn() -> Free) -> Self {
        Self { reserve, read, state: Mutex::default() }
    }

    /// Counts one session in, or says what is missing for it.
    pub fn admit(&self, now: Instant) -> Result<(), Short> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.read_at.is_none_or(|at| now >= at + FRESH) {
            state.free = (self.read)();
            state.read_at = Some(now);
            while state.young.pop_front_if(|(at, _)| now >= *at + GROWN).is_some() {}
        }
        let young = state.young.iter().map(|(_, count)| count).sum::<u64>() + 1;
        let lacks = |free: Option<u64>, reserve: u64, each: u64| {
            free.is_some_and(|free| free < reserve.saturating_add(young * each))
        };
        if lacks(state.free.memory, self.reserve.memory, SESSION_BYTES) {
            return Err(Short::Memory);
        }
        if lacks(state.free.files, self.reserve.files, SESSION_FILES) {
            return Err(Short::Files);
        }
        let read_at = state.read_at.unwrap_or(now);
        match state.young.back_mut().filter(|(at, _)| *at == read_at) {
            Some((_, count)) => *count += 1,
            None => state.young.push_back((read_at, 1)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const RESERVE: Reserve = Reserve { memory: 100 << 20, files: 50 };

    #[test]
    fn what_cannot_be_known_stops_nobody() {
        let headroom = Headroom::with(RESERVE, Free::default);
        assert!((0..10_000).all(|_| headroom.admit(Instant::now()).is_ok()));
    }

    #[test]
    fn who_was_let_in_counts_before_it_shows() {
        let read = || Free { memory: Some(101 << 20), files: Some(1_000) };
        let headroom = Headroom::with(RESERVE, read);
        let start = Instant::now();
        assert_eq!(headroom.admit(start), Ok(()));
        assert_eq!(headroom.admit(start + FRESH / 2), Ok(()));
        assert_eq!(headroom.admit(start + FRESH / 2), Err(Short::Memory));
        // The next readings don't show it yet; later ones would.
        assert_eq!(headroom.admit(start + FRESH * 2), Err(Short::Memory));
        assert_eq!(headroom.admit(start + GROWN), Ok(()));
    }

    #[test]
    fn file_handles_run_out_as_well() {
        let read = || Free { memory: None, files: Some(54) };
        let headroom = Headroom::with(RESERVE, read);
        let start = Instant::now();
        assert_eq!(headroom.admit(start), Ok(()));
        assert_eq!(headroom.admit(start), Ok(()));
        assert_eq!(headroom.admit(start), Err(Short::Files));
    }

    #[test]
    fn the_machine_is_asked_once_a_second() {
        static READINGS: AtomicU64 = AtomicU64::new(0);
        let read = || {
            READINGS.fetch_add(1, Ordering::Relaxed);
            Free { memory: Some(0), files: None }
        };
        let headroom = Headroom::with(RESERVE, read);
        let start = Instant::now();
        for millis in 0..2_500 {
            assert!(headroom.admit(start + Duration::from_millis(millis)).is_err());
        }
        assert_eq!(READINGS.load(Ordering::Relaxed), 3);
    }
}
