//! Where a service reads the time. Pure code takes it as an argument instead.

#[cfg(feature = "testing")]
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use szpon_protocol::Time;

/// The system's clock, or in tests one that is set by hand (`Clock::manual`).
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System {
        start: Instant,
    },
    #[cfg(feature = "testing")]
    Manual {
        start: Time,
        now: Arc<AtomicI64>,
    },
}

impl Clock {
    pub fn system() -> Self {
        Self(Source::System { start: Instant::now() })
    }

    /// A clock that stands still at `start` until [`ManualClock::advance`] moves it.
    #[cfg(feature = "testing")]
    pub fn manual(start: Time) -> (Self, ManualClock) {
        let now = Arc::new(AtomicI64::new(start.millis()));
        (Self(Source::Manual { start, now: now.clone() }), ManualClock(now))
    }

    /// Calendar time.
    pub fn now(&self) -> Time {
        match &self.0 {
            Source::System { .. } => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            #[cfg(feature = "testing")]
            Source::Manual { now, .. } => Time::from_millis(now.load(Ordering::SeqCst)),
        }
    }

    /// Time since this clock was made. Never goes back, unlike calendar time.
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System { start } => start.elapsed(),
            #[cfg(feature = "testing")]
            Source::Manual { start, .. } => {
                Duration::from_millis(u64::try_from(self.now().since(*start)).unwrap_or(0))
            }
        }
    }
}

/// Moves the clock that was made with it.
#[cfg(feature = "testing")]
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

#[cfg(feature = "testing")]
impl ManualClock {
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn advance_secs(&self, secs: u64) {
        self.advance(Duration::from_secs(secs));
    }
}
