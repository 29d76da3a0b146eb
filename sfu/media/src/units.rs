//! Units: a bare integer never says whether it wraps, or what it counts.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign},
    time::Duration,
};

/// An RTP sequence number as on the wire (RFC 3550, 5.1): 16 bits that wrap. Not ordered:
/// compare with [`SeqNo::distance_from`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeqNo(u16);

impl SeqNo {
    pub const fn new(value: u16) -> Self {
        Self(value)
    }

    pub const fn get(self) -> u16 {
        self.0
    }

    /// The number `n` packets later.
    #[must_use]
    pub const fn plus(self, n: u16) -> Self {
        Self(self.0.wrapping_add(n))
    }

    /// How far this is ahead of `other` on the shorter way round; negative if it is behind.
    pub const fn distance_from(self, other: Self) -> i16 {
        self.0.wrapping_sub(other.0) as i16
    }

    pub const fn is_newer_than(self, other: Self) -> bool {
        self.distance_from(other) > 0
    }
}

/// A sequence number with its roll-over counter: 64 bits that count on.
///
/// Arithmetic wraps, so that numbers which an unwrapper placed just before zero still compare
/// rightly by [`ExtSeq::distance_from`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExtSeq(u64);

impl ExtSeq {
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    pub const fn get(self) -> u64 {
        self.0
    }

    /// The lower 16 bits: what goes on the wire.
    pub const fn seq_no(self) -> SeqNo {
        SeqNo(self.0 as u16)
    }

    #[must_use]
    pub const fn plus(self, n: u64) -> Self {
        Self(self.0.wrapping_add(n))
    }

    /// How far this is ahead of `other`; negative if it is behind.
    pub const fn distance_from(self, other: Self) -> i64 {
        self.0.wrapping_sub(other.0) as i64
    }

    /// The extended number with the lower bits of `seq` that is nearest to this one.
    #[must_use]
    pub const fn nearest(self, seq: SeqNo) -> Self {
        let ahead = seq.distance_from(self.seq_no());
        Self(self.0.wrapping_add(ahead as i64 as u64))
    }
}

/// Gives counters of `BITS` bits their missing upper bits, by nearness to the newest one seen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwrapper<const BITS: u32> {
    newest: Option<u64>,
}

/// For sequence numbers.
pub type SeqUnwrapper = Unwrapper<16>;

impl<const BITS: u32> Unwrapper<BITS> {
    pub const fn new() -> Self {
        Self { newest: None }
    }

    /// The first value gets one whole turn in advance, so that values from just before it don't
    /// fall below zero.
    pub fn unwrap(&mut self, value: u64) -> u64 {
        const { assert!(BITS > 1 && BITS < 63, "counter width") };
        let turn = 1_u64 << BITS;
        let value = value & (turn - 1);
        let Some(newest) = self.newest else {
            self.newest = Some(turn + value);
            return turn + value;
        };
        let ahead = value.wrapping_sub(newest) & (turn - 1);
        let full = if ahead < turn / 2 {
            newest.wrapping_add(ahead)
        } else {
            newest.wrapping_sub(turn - ahead)
        };
        if full.wrapping_sub(newest) as i64 > 0 {
            self.newest = Some(full);
        }
        full
    }
}

impl SeqUnwrapper {
    pub fn unwrap_seq(&mut self, seq: SeqNo) -> ExtSeq {
        ExtSeq(self.unwrap(u64::from(seq.get())))
    }
}

/// An RTP timestamp: 32 bits that wrap, in ticks of the stream's [`ClockRate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RtpTime(u32);

impl RtpTime {
    pub const fn new(ticks: u32) -> Self {
        Self(ticks)
    }

    pub const fn get(self) -> u32 {
        self.0
    }

    #[must_use]
    pub const fn plus(self, ticks: u32) -> Self {
        Self(self.0.wrapping_add(ticks))
    }

    /// Ticks that this is ahead of `other`; negative if it is behind.
    pub const fn distance_from(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0) as i32
    }

    pub const fn is_newer_than(self, other: Self) -> bool {
        self.distance_from(other) > 0
    }
}

/// RTP ticks in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClockRate(u32);

impl ClockRate {
    /// All video payload formats used here (RFC 7741, 9628, 6184 and AV1's).
    pub const VIDEO: Self = Self(90_000);
    /// Opus, at every sampling rate (RFC 7587, 4.1).
    pub const OPUS: Self = Self(48_000);

    pub const fn new(hz: u32) -> Self {
        Self(hz)
    }

    pub const fn hz(self) -> u32 {
        self.0
    }

    /// Whole ticks in `time`, saturating.
    pub fn ticks(self, time: Duration) -> u64 {
        let ticks = time.as_nanos().saturating_mul(u128::from(self.0)) / 1_000_000_000;
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    /// The time that `ticks` take; zero for a clock that stands still.
    pub fn duration(self, ticks: u32) -> Duration {
        match self.0 {
            0 => Duration::ZERO,
            hz => {
                Duration::from_nanos(u64::from(ticks).saturating_mul(1_000_000_000) / u64::from(hz))
            }
        }
    }
}

/// Bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Bitrate(u64);

impl Bitrate {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(u64::MAX);

    pub const fn bps(bits_per_second: u64) -> Self {
        Self(bits_per_second)
    }

    pub const fn kbps(kilobits_per_second: u64) -> Self {
        Self(kilobits_per_second.saturating_mul(1000))
    }

    pub const fn as_bps(self) -> u64 {
        self.0
    }

    /// `bytes` in `time`; zero if no time passed.
    pub fn from_bytes(bytes: u64, time: Duration) -> Self {
        let nanos = time.as_nanos();
        if nanos == 0 {
            return Self::ZERO;
        }
        let bits = u128::from(bytes) * 8 * 1_000_000_000 / nanos;
        Self(u64::try_from(bits).unwrap_or(u64::MAX))
    }

    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `percent` hundredths of this, rounded up, saturating.
    #[must_use]
    pub fn percent(self, percent: u32) -> Self {
        let scaled = (u128::from(self.0) * u128::from(percent)).div_ceil(100);
        Self(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
}

impl Add for Bitrate {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Bitrate {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Bitrate {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Bitrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bps if bps >= 10_000 => write!(f, "{} kbit/s", bps / 1000),
            bps => write!(f, "{bps} bit/s"),
        }
    }
}

/// Loudness of one audio packet as in RFC 6464: −dBov, from 0 (as loud as can be) to 127 (silence).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AudioLevel(u8);

impl AudioLevel {
    pub const SILENCE: Self = Self(127);

    /// Quieter than silence is silence.
    pub const fn new(minus_dbov: u8) -> Self {
        Self(if minus_dbov > 127 { 127 } else { minus_dbov })
    }

    /// From a level in dBov (0 to −127), as str0m reports it.
    pub const fn from_dbov(dbov: i8) -> Self {
        Self::new(dbov.unsigned_abs())
    }

    /// As on the wire: 0 is the loudest.
    pub const fn minus_dbov(self) -> u8 {
        self.0
    }

    /// Decibels above silence: grows with loudness.
    pub const fn loudness(self) -> u8 {
        127 - self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sequence_numbers_compare_across_the_wrap() {
        assert!(SeqNo::new(2).is_newer_than(SeqNo::new(65_530)));
        assert_eq!(SeqNo::new(65_530).distance_from(SeqNo::new(2)), -8);
        assert_eq!(SeqNo::new(65_535).plus(2), SeqNo::new(1));
    }

    #[test]
    fn the_nearest_extended_number_may_lie_in_the_turn_before() {
        let newest = ExtSeq::new(65_536 + 3);
        assert_eq!(newest.nearest(SeqNo::new(65_535)), ExtSeq::new(65_535));
        assert_eq!(newest.nearest(SeqNo::new(5)), ExtSeq::new(65_541));
    }

    #[test]
    fn a_number_from_before_the_first_one_unwraps_without_underflow() {
        let mut unwrapper = SeqUnwrapper::new();
        let first = unwrapper.unwrap_seq(SeqNo::new(0));
        let before = unwrapper.unwrap_seq(SeqNo::new(65_535));
        assert_eq!(before.distance_from(first), -1);
        assert!(before < first);
    }

    #[test]
    fn ticks_and_durations_agree() {
        assert_eq!(ClockRate::VIDEO.ticks(Duration::from_millis(10)), 900);
        assert_eq!(ClockRate::OPUS.duration(960), Duration::from_millis(20));
        assert_eq!(ClockRate::new(0).duration(960), Duration::ZERO);
        assert_eq!(ClockRate::VIDEO.ticks(Duration::MAX), u64::MAX);
    }

    #[test]
    fn bitrates_come_from_bytes_and_time_and_saturate() {
        let rate = Bitrate::from_bytes(125_000, Duration::from_secs(1));
        assert_eq!(rate, Bitrate::kbps(1000));
        assert_eq!(Bitrate::from_bytes(1, Duration::ZERO), Bitrate::ZERO);
        assert_eq!(Bitrate::MAX + rate, Bitrate::MAX);
        assert_eq!(Bitrate::MAX.percent(200), Bitrate::MAX);
        assert_eq!(Bitrate::bps(101).percent(50), Bitrate::bps(51));
    }

    #[test]
    fn levels_clamp_and_turn_into_loudness() {
        assert_eq!(AudioLevel::new(200), AudioLevel::SILENCE);
        assert_eq!(AudioLevel::from_dbov(-30).minus_dbov(), 30);
        assert_eq!(AudioLevel::new(30).loudness(), 97);
    }

    proptest! {
        #[test]
        fn unwrapping_follows_any_walk_of_short_steps(
            start: u16, steps in prop::collection::vec(-3000_i64..3000, 1..200)
        ) {
            let mut unwrapper = SeqUnwrapper::new();
            let mut truth = i64::from(start) + 65_536 * 20;
            let origin = unwrapper.unwrap_seq(SeqNo::new(truth as u16));
            let start = truth;
            let mut newest = truth;
            for step in steps {
                // A step is taken from the newest one: that is what "late" means.
                truth = newest + step;
                let seen = unwrapper.unwrap_seq(SeqNo::new(truth as u16));
                prop_assert_eq!(seen.distance_from(origin), truth - start);
                newest = newest.max(truth);
            }
        }
    }
}
