//! How far packets overtake each other, and so how long to wait for one before it is asked for.
//!
//! Where packets take ways of different lengths, nearly all that seem lost are only late. Asking for
//! each of them at once would make the publisher send most of its stream twice. TCP lets a packet be
//! overtaken for a while before it is lost (RACK, RFC 8985, section 6.2); here it is as long as those
//! took lately that came by themselves after all.

use std::time::{Duration, Instant};

/// How much later packets came than was noticed that they were overtaken, in steps.
const STEP: Duration = Duration::from_millis(5);
/// As far as anybody waits: a picture is late by so much more if its packet is lost indeed.
const STEPS: usize = 20;
/// What was learned counts half after so long.
const HALF_LIFE: Duration = Duration::from_secs(3);
/// So many must have been overtaken lately that a way is in disorder.
const ENOUGH: f32 = 6.0;
/// Of all packets that were noticed to be missing, so many may be asked for although they come by
/// themselves.
const NEEDLESS: f32 = 0.05;

/// What became of the packets that were overtaken by others: a histogram that forgets.
#[derive(Debug, Clone, Default)]
pub(super) struct Disorder {
    /// Came by themselves, by how late; beyond the last step in the last.
    late: [f32; STEPS],
    /// Did not come by themselves.
    lost: f32,
    faded: Option<Instant>,
}

impl Disorder {
    /// A packet came by itself, so long after it was noticed to be missing.
    pub(super) fn on_late(&mut self, by: Duration, now: Instant) {
        self.fade(now);
        let step = (by.as_micros() / STEP.as_micros()) as usize;
        self.late[step.min(STEPS - 1)] += 1.0;
    }

    /// A packet did not come by itself.
    pub(super) fn on_lost(&mut self, now: Instant) {
        self.fade(now);
        self.lost += 1.0;
    }

    /// How long to wait for a packet that is missing: not at all on a way that keeps its order.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        self.fade(now);
        let late: f32 = self.late.iter().sum();
        if late < ENOUGH {
            return Duration::ZERO;
        }
        let mut needless = late;
        let allowed = (late + self.lost) * NEEDLESS;
        let steps = self.late.iter().take_while(|count| {
            let waits = needless > allowed;
            needless -= **count;
            waits
        });
        STEP * steps.count() as u32
    }

    fn fade(&mut self, now: Instant) {
        let faded = *self.faded.get_or_insert(now);
        let passed = now.saturating_duration_since(faded);
        if passed < HALF_LIFE {
            return;
        }
        self.faded = Some(now);
        let share = 0.5_f32.powf(passed.as_secs_f32() / HALF_LIFE.as_secs_f32());
        self.late.iter_mut().for_each(|count| *count *= share);
        self.lost *= share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn an_orderly_way_is_not_waited_for() {
        let (mut disorder, now) = (Disorder::default(), Instant::now());
        assert_eq!(disorder.wait(now), Duration::ZERO);
        for _ in 0..100 {
            disorder.on_lost(now);
        }
        // A few that were overtaken, among many that were lost, change nothing.
        for _ in 0..5 {
            disorder.on_late(ms(40), now);
        }
        assert_eq!(disorder.wait(now), Duration::ZERO);
    }

    #[test]
    fn the_wait_follows_those_that_came_by_themselves() {
        let (mut disorder, now) = (Disorder::default(), Instant::now());
        for late in 0..60 {
            disorder.on_late(ms(late), now);
        }
        assert_eq!(disorder.wait(now), ms(60));
        disorder.on_late(ms(500), now);
        assert_eq!(disorder.wait(now), ms(60), "one that is very late is not waited for");
        // Where half of them never come, the others are worth half as much.
        for _ in 0..60 {
            disorder.on_lost(now);
        }
        assert_eq!(disorder.wait(now), ms(55));
    }

    #[test]
    fn nobody_is_waited_for_without_end() {
        let (mut disorder, now) = (Disorder::default(), Instant::now());
        for _ in 0..100 {
            disorder.on_late(ms(900), now);
        }
        assert_eq!(disorder.wait(now), STEP * STEPS as u32);
    }

    #[test]
    fn disorder_is_forgotten_once_it_is_over() {
        let (mut disorder, start) = (Disorder::default(), Instant::now());
        for late in 0..60 {
            disorder.on_late(ms(late), start);
        }
        assert!(disorder.wait(start + HALF_LIFE) > Duration::ZERO);
        assert_eq!(disorder.wait(start + HALF_LIFE * 4), Duration::ZERO);
    }
}
