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
const INTERVAL: Duration = Duration::from_millis(2000);

/// After a probe that perhaps only met with jitter, some times in a row.
const RETRY: Duration = Duration::from_millis(400);
const RETRIES: u32 = 3;
const DOUBTFUL_PERCENT: u32 = 85;

/// The longest interval, after probes that promised what the link then did not hold.
const MAX_INTERVAL: Duration = Duration::from_secs(10);

/// A probe that raised the estimate by a third or more, which was taken back within this time,
/// promised too much.
const PROMISE_PERCENT: u32 = 133;
const TRIAL: Duration = Duration::from_secs(4);

/// A probe of which nothing is heard by then is over.
const TIMEOUT: Duration = Duration::from_millis(1500);

/// While the delay rises.
const POSTPONED: Duration = Duration::from_millis(500);

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

/// What the receiver told of a probe's packets.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    /// Received and lost.
    packets: usize,
    bytes: usize,
    received: Option<Span>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    packets: usize,
    bytes: usize,
    first_sent: Micros,
    last_sent: Micros,
    last_sent_bytes: usize,
    first_arrived: Micros,
    last_arrived: Micros,
    first_arrived_bytes: usize,
}

impl Told {
    fn on_received(&mut self, bytes: usize, sent: Micros, arrived: Micros) {
        self.packets += 1;
        self.bytes += bytes;
        let span = self.received.get_or_insert(Span {
            packets: 0,
            bytes: 0,
            first_sent: sent,
            last_sent: sent,
            last_sent_bytes: bytes,
            first_arrived: arrived,
            last_arrived: arrived,
            first_arrived_bytes: bytes,
        });
        span.packets += 1;
        span.bytes += bytes;
        span.first_sent = span.first_sent.min(sent);
        if sent > span.last_sent {
            (span.last_sent, span.last_sent_bytes) = (sent, bytes);
        }
        if arrived < span.first_arrived {
            (span.first_arrived, span.first_arrived_bytes) = (arrived, bytes);
        }
        span.last_arrived = span.last_arrived.max(arrived);
    }

    fn on_lost(&mut self, bytes: usize) {
        self.packets += 1;
        self.bytes += bytes;
    }

    /// Four fifths, since the last may have gone astray.
    fn is_enough(&self, probe: &Probe) -> bool {
        self.packets * 5 >= probe.packets * 4 && self.bytes * 5 >= probe.bytes * 4
    }
}

impl Span {
    /// What went through, and whether the link was full. `None` if that can't be told.
    fn rate(&self) -> Option<(Bitrate, bool)> {
        if self.packets + 1 < MIN_PACKETS {
            return None;
        }
        let rate = |bytes: usize, from: Micros, to: Micros| {
            let time = to.after(from);
            // Each rate is that of the packets between the first and the last one, with one of
            // the two ends.
            (!time.is_zero()).then(|| Bitrate::from_bytes(bytes as u64, time))
        };
        let sent = rate(self.bytes - self.last_sent_bytes, self.first_sent, self.last_sent)?;
        let received =
            rate(self.bytes - self.first_arrived_bytes, self.first_arrived, self.last_arrived)?;
        if received.as_bps() / MAX_COMPRESSION > sent.as_bps() {
            return None;
        }
        let full = received < sent.percent(FULL_PERCENT);
        let rate = if full { received.percent(FULL_TARGET_PERCENT) } else { received.min(sent) };
        Some((rate, full))
    }
}

#[derive(Debug, Clone)]
struct Running {
    probe: Probe,
    taken: Instant,
    told: Told,
}

/// Decides when to probe and how high, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Prober {
    wanted: Bitrate,
    next: ProbeId,
    /// Not before.
    due: Instant,
    /// It was due, and the caller knows.
    noticed: bool,
    interval: Duration,
    /// Probes in a row that left a doubt.
    doubtful: u32,
    running: Option<Running>,
    /// What the last probe promised, and when.
    promise: Option<(Bitrate, Instant)>,
    /// Whether there was any feedback: without, there is no use in probing.
    answered: bool,
    first: bool,
}

impl Prober {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            wanted: Bitrate::ZERO,
            next: ProbeId(NonZeroU8::MIN),
            due: now,
            noticed: false,
            interval: INTERVAL,
            doubtful: 0,
            running: None,
            promise: None,
            answered: false,
            first: true,
        }
    }

    pub(super) fn set_wanted(&mut self, wanted: Bitrate) {
        self.wanted = wanted;
    }

    pub(super) fn limit_wanted(&mut self, max: Bitrate) {
        self.wanted = self.wanted.min(max);
    }

    /// Feedback comes: probes will be answered.
    pub(super) fn set_answered(&mut self) {
        self.answered = true;
    }

    /// When [`Prober::take`] has something to do.
    pub(super) fn deadline(&self, estimate: Bitrate) -> Option<Instant> {
        match &self.running {
            Some(running) => Some(running.taken + TIMEOUT),
            None => self.is_wanted(estimate).then_some(self.due).filter(|_| !self.noticed),
        }
    }

    /// Time went on. What is due now doesn't come up as a deadline again: the caller may have
    /// nothing to probe with.
    pub(super) fn poll(&mut self, estimate: Bitrate, now: Instant) {
        if let Some(running) = &self.running
            && now.saturating_duration_since(running.taken) >= TIMEOUT
        {
            self.running = None;
            self.postpone_until(now + self.interval);
        }
        self.noticed = self.running.is_none() && self.is_wanted(estimate) && now >= self.due;
    }

    /// A probe, if one is due.
    pub(super) fn take(&mut self, estimate: Bitrate, now: Instant) -> Option<Probe> {
        self.poll(estimate, now);
        if self.running.is_some() || !self.is_wanted(estimate) || now < self.due {
            return None;
        }
        let percent = if self.first { FIRST_PERCENT } else { STEP_PERCENT };
        self.first = false;
        let rate = self.wanted.percent(WANTED_PERCENT).min(estimate.percent(percent));
        let bytes = (rate.as_bps() as f64 / 8.0 * DURATION.as_secs_f64()) as usize;
        let probe =
            Probe { id: self.next, rate, bytes: bytes.max(MIN_BYTES), packets: MIN_PACKETS };
        self.next = self.next.following();
        self.running = Some(Running { probe, taken: now, told: Told::default() });
        Some(probe)
    }

    pub(super) fn on_received(&mut self, id: ProbeId, bytes: usize, sent: Micros, arrived: Micros) {
        if let Some(running) = self.running.as_mut().filter(|running| running.probe.id == id) {
            running.told.on_received(bytes, sent, arrived);
        }
    }

    pub(super) fn on_lost(&mut self, id: ProbeId, bytes: usize) {
        if let Some(running) = self.running.as_mut().filter(|running| running.probe.id == id) {
            running.told.on_lost(bytes);
        }
    }

    /// The higher estimate that the running probe justifies, once it is told. The next follows at
    /// once while the end isn't in sight.
    pub(super) fn result(&mut self, estimate: Bitrate, now: Instant) -> Option<Bitrate> {
        let running = self.running.take_if(|one| one.told.is_enough(&one.probe))?;
        self.due = now;
        self.noticed = false;
        if self.promise.is_some_and(|(_, at)| now.saturating_duration_since(at) >= TRIAL) {
            self.promise = None;
            self.interval = INTERVAL;
        }
        // Media may have gone out faster than asked for; that shows no more.
        let found = running.told.received.as_ref().and_then(Span::rate);
        let found = found.map(|(rate, full)| (rate.min(running.probe.rate), full));
        match found.filter(|(rate, _)| *rate > estimate) {
            Some((rate, false)) => {
                self.doubtful = 0;
                // A small step is no promise that could be broken.
                if rate > estimate.percent(PROMISE_PERCENT) {
                    self.promise = Some((rate, now));
                }
                Some(rate)
            }
            // A probe takes its share of a full queue from others as well, so that it gets through
            // at more than what is free: half of the way is believed, and the next probe tells.
            Some((rate, true)) => {
                self.pause(true, now);
                Some((estimate + rate).percent(50))
            }
            None => {
                // So much less than what is usual was jitter; about the same is the limit.
                let limit = estimate.percent(DOUBTFUL_PERCENT);
                self.pause(found.is_none_or(|(rate, _)| rate < limit), now);
                None
            }
        }
    }

    /// Until the next probe: not long after one that left a doubt, unless there were many.
    fn pause(&mut self, doubtful: bool, now: Instant) {
        self.doubtful = if doubtful && self.doubtful < RETRIES { self.doubtful + 1 } else { 0 };
        let pause = if self.doubtful > 0 { RETRY } else { self.interval };
        self.postpone_until(now + pause);
    }

    /// The link was too full: it is left alone for a while, and longer if the last probe promised
    /// too much.
    pub(super) fn on_congested(&mut self, to: Bitrate, now: Instant) {
        if let Some((promised, at)) = self.promise.take() {
            let broken =
                now.saturating_duration_since(at) < TRIAL && to.percent(PROMISE_PERCENT) < promised;
            self.interval = if broken { (self.interval * 2).min(MAX_INTERVAL) } else { INTERVAL };
        }
        self.postpone_until(now + self.interval);
    }

    /// The link isn't fit to be probed now.
    pub(super) fn postpone(&mut self, now: Instant) {
        self.postpone_until(now + POSTPONED);
    }

    fn postpone_until(&mut self, due: Instant) {
        if due > self.due {
            self.due = due;
            self.noticed = false;
        }
    }

    /// More than there is, and there is an answer to be had: without any feedback a second probe
    /// is of no use.
    fn is_wanted(&self, estimate: Bitrate) -> bool {
        self.wanted > estimate && (self.first || self.answered)
    }
}
