//! When a slot becomes visible to citizens.
//!
//! Programs that trade in appointments wait for the second in which new ones appear. So slots
//! appear in waves, each slot at a moment of its own within its wave, and a slot that was given
//! back appears after a delay of its own. The moments follow from a secret: the same on every node
//! and after a restart, and unknown outside.

use aws_lc_rs::hmac;
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use szpon_protocol::Time;

use crate::{AppointmentId, MatterId, Tick, wall};

/// A part of the slots that appears together, spread over some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// Which part of all slots, in percent.
    pub percent: u8,
    /// The wave begins at midnight so many days before the slot's date.
    pub days_before: u16,
    /// How long the wave lasts, in minutes; at most [`SPREAD_MAX_MINUTES`].
    pub spread_minutes: u32,
}

/// Longest wave and longest delay: 30 days, in minutes.
pub const SPREAD_MAX_MINUTES: u32 = 30 * 24 * 60;

/// How an office releases its slots. By default all at once, as soon as the horizon reaches them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleasePolicy {
    /// Slots that are in no wave appear when the horizon reaches them.
    pub waves: Vec<Wave>,
    /// A slot that is given back appears after a random time between these, in minutes.
    pub freed_min_minutes: u32,
    pub freed_max_minutes: u32,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    #[error("the waves have more than 100 percent")]
    Percent,
    #[error("longer than {SPREAD_MAX_MINUTES} minutes")]
    Spread,
    #[error("the shortest delay is longer than the longest")]
    Delay,
}

impl ReleasePolicy {
    /// # Errors
    /// [`BadPolicy`]: the first thing that can't be.
    pub fn check(&self) -> Result<(), BadPolicy> {
        let percent: u32 = self.waves.iter().map(|wave| u32::from(wave.percent)).sum();
        let longest = self.waves.iter().map(|wave| wave.spread_minutes).max().unwrap_or(0);
        if percent > 100 {
            Err(BadPolicy::Percent)
        } else if longest.max(self.freed_max_minutes) > SPREAD_MAX_MINUTES {
            Err(BadPolicy::Spread)
        } else if self.freed_min_minutes > self.freed_max_minutes {
            Err(BadPolicy::Delay)
        } else {
            Ok(())
        }
    }
}

/// A policy with the office's secret.
#[derive(Debug, Clone)]
pub struct Release {
    policy: ReleasePolicy,
    key: hmac::Key,
}

impl Release {
    /// `secret` belongs to the office alone, or two offices' moments would tell of each other.
    pub fn new(policy: ReleasePolicy, secret: &[u8; 32]) -> Self {
        Self { policy, key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    /// When slot `start` on `date` appears; `None`: as soon as the horizon reaches it.
    pub fn opens_at(&self, matter: MatterId, date: Date, start: Tick) -> Option<Time> {
        if self.policy.waves.is_empty() {
            return None;
        }
        let (which, when) = self.draw(b"slot", matter.0.as_bytes(), start.0);
        let percent = scale(which, 100);
        let mut below = 0;
        let wave = self.policy.waves.iter().find(|wave| {
            below += u64::from(wave.percent);
            percent < below
        })?;
        let first = date.saturating_sub(i64::from(wave.days_before).days());
        let delay = scale(when, u64::from(wave.spread_minutes) * 60_000);
        Some(wall::start_of(first).plus_millis(delay as i64))
    }

    /// Until when a slot that `appointment` gave back at `freed_at` stays hidden.
    pub fn freed_until(&self, appointment: AppointmentId, freed_at: Time) -> Time {
        let (min, max) = (self.policy.freed_min_minutes, self.policy.freed_max_minutes);
        let (_, when) = self.draw(b"free", appointment.0.as_bytes(), freed_at.millis());
        let span = u64::from(max.saturating_sub(min)) * 60_000;
        freed_at.plus_millis(i64::from(min) * 60_000 + scale(when, span + 1) as i64)
    }

    /// How long a slot that was given back may stay hidden at most, in milliseconds: what freed
    /// longer ago needs no look.
    pub fn freed_max_ms(&self) -> i64 {
        i64::from(self.policy.freed_max_minutes) * 60_000
    }

    fn draw(&self, purpose: &[u8; 4], id: &[u8; 16], number: i64) -> (u64, u64) {
        let mut message = [0; 28];
        message[..4].copy_from_slice(purpose);
        message[4..20].copy_from_slice(id);
        message[20..].copy_from_slice(&number.to_be_bytes());
        let tag = hmac::sign(&self.key, &message);
        let word = |at: usize| {
            tag.as_ref()[at..at + 8].iter().fold(0, |word, &byte| word << 8 | u64::from(byte))
        };
        (word(0), word(8))
    }
}

/// A draw from 0 to below `n`, from 64 random bits; 0 when `n` is 0.
fn scale(random: u64, n: u64) -> u64 {
    ((u128::from(random) * u128::from(n)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;

    const MATTER: MatterId = MatterId(Uuid::from_u128(5));

    fn policy() -> ReleasePolicy {
        ReleasePolicy {
            waves: vec![
                Wave { percent: 60, days_before: 30, spread_minutes: 5 * 24 * 60 },
                Wave { percent: 30, days_before: 3, spread_minutes: 600 },
            ],
            freed_min_minutes: 5,
            freed_max_minutes: 180,
        }
    }

    #[test]
    fn shares_and_windows_hold() {
        let release = Release::new(policy(), &[7; 32]);
        let day = date(2026, 12, 10);
        let start = wall::start_of(day);
        let mut counts = [0; 3];
        for n in 0..10_000 {
            match release.opens_at(MATTER, day, Tick(n)).map(|at| start.since(at)) {
                None => counts[2] += 1,
                Some(ahead) if ahead > 4 * 86_400_000 => {
                    assert!((25 * 86_400_000..=30 * 86_400_000).contains(&ahead));
                    counts[0] += 1;
                }
                Some(ahead) => {
                    assert!((3 * 86_400_000 - 600 * 60_000..=3 * 86_400_000).contains(&ahead));
                    counts[1] += 1;
                }
            }
        }
        // Five standard deviations of a binomial distribution of 10,000.
        for (count, expected) in counts.into_iter().zip([6_000, 3_000, 1_000_i32]) {
            assert!((count - expected).abs() < 250, "{counts:?}");
        }
    }

    #[test]
    fn moments_are_the_same_again_and_another_secret_has_others() {
        let (one, same) = (Release::new(policy(), &[7; 32]), Release::new(policy(), &[7; 32]));
        let other = Release::new(policy(), &[8; 32]);
        let day = date(2026, 12, 10);
        let all = |release: &Release| -> Vec<_> {
            (0..200).map(|n| release.opens_at(MATTER, day, Tick(n))).collect()
        };
        assert_eq!(all(&one), all(&same));
        assert_ne!(all(&one), all(&other));
        let mut moments: Vec<_> = all(&one).into_iter().flatten().collect();
        let drawn = moments.len();
        moments.sort_unstable();
        moments.dedup();
        assert_eq!(moments.len(), drawn, "no two slots appear in the same millisecond");
    }

    #[test]
    fn what_is_given_back_appears_within_its_bounds() {
        let release = Release::new(policy(), &[7; 32]);
        let freed = Time::from_millis(1_800_000_000_000);
        for n in 0..1_000 {
            let delay = release.freed_until(AppointmentId(Uuid::from_u128(n)), freed).since(freed);
            assert!((5 * 60_000..=180 * 60_000).contains(&delay));
        }
        let at_once = Release::new(ReleasePolicy::default(), &[7; 32]);
        assert_eq!(at_once.freed_until(AppointmentId(Uuid::from_u128(1)), freed), freed);
        assert_eq!(at_once.opens_at(MATTER, date(2026, 12, 10), Tick(3)), None);
    }

    #[test]
    fn what_can_not_be_is_refused() {
        assert_eq!(policy().check(), Ok(()));
        let mut bad = policy();
        bad.waves[0].percent = 80;
        assert_eq!(bad.check(), Err(BadPolicy::Percent));
        bad = policy();
        bad.waves[1].spread_minutes = SPREAD_MAX_MINUTES + 1;
        assert_eq!(bad.check(), Err(BadPolicy::Spread));
        bad = policy();
        bad.freed_min_minutes = 200;
        assert_eq!(bad.check(), Err(BadPolicy::Delay));
        assert_eq!(serde_json::from_str::<ReleasePolicy>("{}").unwrap(), ReleasePolicy::default());
        assert!(serde_json::from_str::<ReleasePolicy>(r#"{"wave":[]}"#).is_err());
    }
}
