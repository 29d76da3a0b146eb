//! Finding out whether more would go through: short bursts at a higher rate, and what they tell.

use std::{
    num::NonZeroU8,
    time::{Duration, Instant},
};

use super::Micros;
use crate::units::Bitrate;

/// How long a probe lasts: long enough to outweigh the jitter of single packets, short enough that
/// a link with half the rate holds its excess for no more than this time again.
const DURATION: Duration = Duration::from_millis(20);

/// Fewer say little: one of them may just have been late (libwebrtc's value).
const MIN_PACKETS: usize = 5;

/// Bytes of the smallest probe: packets that are smaller than a short repetition aren't handy.
const MIN_BYTES: usize = MIN_PACKETS * 200;

/// Between the end of a probe that found the limit and the next.
const INTERVAL: Duration = Duration::from_millis(2500);

/// The longest interval, after probes that promised what the link then did not hold.
const MAX_INTERVAL: Duration = Duration::from_secs(20);

/// A higher estimate that is taken back within this time came of a wrong promise.
const TRIAL: Duration = Duration::from_secs(4);

/// Of the estimate, the first and every later probe.
const FIRST_PERCENT: u32 = 300;
const STEP_PERCENT: u32 = 200;

/// Of what is wanted: a probe finds room for that and a little more, so that the estimate isn't
/// the limit afterwards.
const WANTED_PERCENT: u32 = 125;

/// Received so much slower than sent, the link was full (libwebrtc's value).
const FULL_PERCENT: u32 = 90;

/// Of the rate of a full link that is then used, so that its queue drains (libwebrtc's value).
const FULL_TARGET_PERCENT: u32 = 95;

/// Received so much faster than sent, the measurement is wrong: a queue elsewhere let go at once.
const MAX_COMPRESSION: u64 = 2;

/// Marks the packets of one probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProbeId(NonZeroU8);

impl ProbeId {
    /// Zero is none.
    pub fn new(value: u8) -> Option<Self> {
        NonZeroU8::new(value).map(Self)
    }

    pub const fn get(self) -> u8 {
        self.0.get()
    }

    fn following(self) -> Self {
        Self(self.0.checked_add(1).unwrap_or(NonZeroU8::MIN))
    }
}

/// A burst to be sent: `packets` or more, of `bytes` or more together, at `rate`. Media, packets
/// sent once more and padding all serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    pub id: ProbeId,
    pub rate: Bitrate,
    pub bytes: usize,
    pub packets: usize,
}
