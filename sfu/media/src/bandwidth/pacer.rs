//! When how much may go out.

use std::time::{Duration, Instant};

use super::{Probe, ProbeId};
use crate::units::Bitrate;

/// Of the estimate: the estimate holds for the average, and a frame should not wait as long as
/// until the next one (libwebrtc's value).
const PACE_PERCENT: u32 = 250;

/// While a queue stands on the way, what goes out is what the estimate says, so that it drains: that
/// takes about a second (the rate control holds back for that). A queue that stands for longer than
/// this is filled by others, and waiting for its end would be starving.
const DRAINS_WITHIN: Duration = Duration::from_secs(2);

/// Beside a queue of others; what was granted goes out in any case.
const BESIDE_PERCENT: u32 = 150;

/// What may go out at once after a pause, in time at the paced rate.
const BURST: Duration = Duration::from_millis(10);

/// Two full packets, so that small rates don't send packet by packet.
const MIN_BURST: f64 = 2_500.0;

/// As much as audio may overdraw: it is forgotten, rather than to silence video for longer.
const MAX_DEBT: Duration = Duration::from_millis(500);

/// A probe that isn't sent by then is given up: there was nothing to send it with.
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);

/// A token bucket with debt: something may go out while the bucket isn't empty, and what goes out
/// is taken from it, even if it is more than there was. Audio never waits; it is taken from the
/// bucket all the same, so that video makes room for it.
///
/// Plain arithmetic: a pacer costs nothing while nobody asks it.
#[derive(Debug, Clone)]
pub struct Pacer {
    /// Bytes in a second, more than zero.
    rate: f64,
    queue: Queue,
    /// What goes out whatever others do.
    granted: Bitrate,
    /// Bytes; negative in debt.
    level: f64,
    updated: Instant,
    probe: Option<Running>,
}

#[derive(Debug, Clone)]
struct Running {
    probe: Probe,
    /// When it was handed over; then when its first packet went out.
    started: Instant,
    bytes: usize,
    packets: usize,
}

/// What stands on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Queue {
    None,
    /// Ours, as far as is known.
    Drains,
    OfOthers,
}

impl Pacer {
    pub fn new(estimate: Bitrate, now: Instant) -> Self {
        let mut pacer = Self {
            rate: 1.0,
            queue: Queue::None,
            granted: Bitrate::ZERO,
            level: 0.0,
            updated: now,
            probe: None,
        };
        pacer.set_rate(estimate, now);
        pacer.level = pacer.burst();
        pacer
    }

    /// What is sent is paced at two and a half times `estimate`, and slower while
    /// [`Pacer::set_queue`] says so.
    pub fn set_rate(&mut self, estimate: Bitrate, now: Instant) {
        self.refill(now);
        let usual = estimate.percent(PACE_PERCENT);
        let rate = match self.queue {
            Queue::None => usual.max(self.granted),
            Queue::Drains => estimate,
            Queue::OfOthers => estimate.percent(BESIDE_PERCENT).max(self.granted),
        };
        self.rate = (rate.as_bps() as f64 / 8.0).max(1.0);
        self.level = self.level.min(self.burst());
    }

    /// A queue stands on the way for so long, or none does ([`super::Estimator::standing`]). Counts from
    /// the next [`Pacer::set_rate`].
    pub fn set_queue(&mut self, standing: Option<Duration>) {
        self.queue = match standing {
            None => Queue::None,
            Some(time) if time < DRAINS_WITHIN => Queue::Drains,
            Some(_) => Queue::OfOthers,
        };
    }

    /// What is planned to be sent, which a queue of others does not hold up.
    pub fn set_granted(&mut self, granted: Bitrate) {
        self.granted = granted;
    }

    /// Bytes that may go out now. While it isn't zero, a packet that is larger may go out too. A
    /// running probe goes by its own rate, whatever else was sent.
    pub fn budget(&mut self, now: Instant) -> usize {
        let due = self.probe_due(now);
        if self.probe.is_some() {
            return due;
        }
        self.refill(now);
        if self.level > 0.0 { (self.level as usize).max(1) } else { 0 }
    }

    /// When something that waits may go out: `now` if at once.
    pub fn next_send(&mut self, now: Instant) -> Instant {
        if self.budget(now) > 0 {
            return now;
        }
        if let Some(next) = self.next_probe(now) {
            return next;
        }
        // One byte more than the debt, and never so soon that the clock doesn't notice.
        let wait = Duration::try_from_secs_f64((1.0 - self.level) / self.rate);
        now + wait.unwrap_or(MAX_DEBT).clamp(Duration::from_micros(1), MAX_DEBT * 2)
    }

    /// Something went out: video, audio or padding, in a probe or not.
    pub fn on_sent(&mut self, bytes: usize, now: Instant) {
        self.refill(now);
        let floor = -self.rate * MAX_DEBT.as_secs_f64();
        self.level = (self.level - bytes as f64).max(floor);
        let Some(running) = &mut self.probe else { return };
        if running.packets == 0 {
            running.started = now;
        }
        running.bytes = running.bytes.saturating_add(bytes);
        running.packets += 1;
        if running.packets >= running.probe.packets && running.bytes >= running.probe.bytes {
            self.probe = None;
        }
    }

    /// Begins a probe; one that still runs is given up.
    pub fn start_probe(&mut self, probe: Probe, now: Instant) {
        self.probe = Some(Running { probe, started: now, bytes: 0, packets: 0 });
    }

    /// The probe that runs: every packet that goes out now belongs to it, and is told to
    /// [`super::Estimator::on_sent`] with this. To be asked before each packet.
    pub fn probe(&self) -> Option<ProbeId> {
        self.probe.as_ref().map(|running| running.probe.id)
    }

    /// Bytes that the running probe needs now beyond what went out, once no media waits:
    /// repetitions and padding. Zero without a probe.
    pub fn probe_due(&mut self, now: Instant) -> usize {
        let age = |running: &Running| now.saturating_duration_since(running.started);
        if self.probe.as_ref().is_some_and(|running| age(running) > PROBE_TIMEOUT) {
            self.probe = None;
        }
        let Some(running) = &self.probe else { return 0 };
        running.due(now).saturating_sub(running.bytes)
    }

    /// When the running probe needs its next packet: `now` if at once, `None` without a probe.
    pub fn next_probe(&self, now: Instant) -> Option<Instant> {
        let running = self.probe.as_ref()?;
        if running.due(now) > running.bytes {
            return Some(now);
        }
        let seconds = running.bytes as f64 * 8.0 / running.rate();
        let after = Duration::try_from_secs_f64(seconds).unwrap_or(PROBE_TIMEOUT);
        Some((running.started + after.min(PROBE_TIMEOUT)).max(now + Duration::from_micros(1)))
    }

    /// What the bucket holds at most.
    fn burst(&self) -> f64 {
        (self.rate * BURST.as_secs_f64()).max(MIN_BURST)
    }

    fn refill(&mut self, now: Instant) {
        // A batch of packets goes out at one moment, and to compare costs less than to subtract.
        if now > self.updated {
            let passed = now.saturating_duration_since(self.updated);
            self.level = (self.level + self.rate * passed.as_secs_f64()).min(self.burst());
            self.updated = now;
        }
    }
}

impl Running {
    fn rate(&self) -> f64 {
        (self.probe.rate.as_bps() as f64).max(1.0)
    }

    /// Bytes that should have gone out by now: its first packet at once, the rest at its rate.
    fn due(&self, now: Instant) -> usize {
        if self.packets == 0 {
            return 1;
        }
        let age = now.saturating_duration_since(self.started).as_secs_f64();
        // One byte more, so that a packet is due at the very moment when the last one is through.
        (age * self.rate() / 8.0) as usize + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ESTIMATE: Bitrate = Bitrate::kbps(1000);

    /// What goes out within `span` if packets of `size` bytes always wait.
    fn drain(pacer: &mut Pacer, mut now: Instant, span: Duration, size: usize) -> usize {
        let end = now + span;
        let mut bytes = 0;
        while now < end {
            let next = pacer.next_send(now);
            if next == now {
                pacer.on_sent(size, now);
                bytes += size;
            }
            now = next;
        }
        bytes
    }

    #[test]
    fn a_backlog_goes_out_at_the_paced_rate() {
        let t0 = Instant::now();
        let mut pacer = Pacer::new(ESTIMATE, t0);
        let bytes = drain(&mut pacer, t0, Duration::from_secs(1), 1200);
        let rate = 1_000_000 / 8 * 5 / 2;
        assert!((rate - 1200..rate + 6000).contains(&bytes), "{bytes}");
    }

    /// Bytes of a second that begins so long after a queue is there; estimate and grant in kbit/s.
    fn beside_a_queue(estimate: u64, granted: u64, after: Duration) -> usize {
        let t0 = Instant::now();
        let estimate = Bitrate::kbps(estimate);
        let mut pacer = Pacer::new(estimate, t0);
        pacer.set_granted(Bitrate::kbps(granted));
        pacer.set_queue(Some(after));
        pacer.set_rate(estimate, t0);
        drain(&mut pacer, t0, Duration::from_secs(1), 1200)
    }

    fn assert_near(bytes: usize, kbps: usize) {
        let rate = kbps * 1_000 / 8;
        assert!((rate - 1200..rate + 6000).contains(&bytes), "{bytes} bytes, {kbps} kbit/s");
    }

    #[test]
    fn a_queue_is_given_time_to_drain() {
        for (estimate, granted) in [(1_000, 900), (150, 250), (30, 250)] {
            let bytes = beside_a_queue(estimate, granted, Duration::ZERO);
            assert_near(bytes, estimate as usize);
        }
    }

    #[test]
    fn a_queue_that_does_not_drain_starves_nobody() {
        for (estimate, granted, paced) in [(1_000, 900, 1_500), (150, 250, 250), (60, 250, 250)] {
            assert_near(beside_a_queue(estimate, granted, DRAINS_WITHIN), paced);
        }
    }

    #[test]
    fn a_pause_saves_up_no_more_than_a_burst() {
        let t0 = Instant::now();
        let mut pacer = Pacer::new(ESTIMATE, t0);
        drain(&mut pacer, t0, Duration::from_secs(1), 1200);
        let later = t0 + Duration::from_secs(60);
        assert_eq!(pacer.budget(later), 3125);
        pacer.on_sent(60_000, later);
        assert_eq!(pacer.budget(later), 0);
        assert!(pacer.next_send(later) > later + Duration::from_millis(150));
    }

    #[test]
    fn audio_is_taken_from_what_video_may_send() {
        let t0 = Instant::now();
        let mut pacer = Pacer::new(Bitrate::kbps(30), t0);
        for _ in 0..10_000 {
            pacer.on_sent(100, t0);
        }
        let next = pacer.next_send(t0);
        assert!(next > t0 && next <= t0 + Duration::from_secs(1), "the debt has an end");
    }

    #[test]
    fn a_probe_goes_out_at_its_rate() {
        let t0 = Instant::now();
        let mut pacer = Pacer::new(ESTIMATE, t0);
        let id = ProbeId::new(1).unwrap();
        let probe = Probe { id, rate: Bitrate::kbps(4000), bytes: 10_000, packets: 5 };
        pacer.start_probe(probe, t0);
        let mut now = t0;
        let mut bytes = 0;
        while let Some(next) = pacer.next_probe(now) {
            assert_eq!(pacer.probe(), Some(id));
            now = next;
            while pacer.probe_due(now) > 0 {
                pacer.on_sent(250, now);
                bytes += 250;
            }
        }
        assert_eq!(bytes, 10_000);
        let took = now - t0;
        let due = Duration::from_secs_f64(9_750.0 * 8.0 / 4e6);
        assert!(took >= due && took < due + Duration::from_millis(1), "{took:?}");
    }

    #[test]
    fn a_probe_without_anything_to_send_ends() {
        let t0 = Instant::now();
        let mut pacer = Pacer::new(ESTIMATE, t0);
        let id = ProbeId::new(1).unwrap();
        pacer.start_probe(Probe { id, rate: ESTIMATE, bytes: 1000, packets: 5 }, t0);
        assert!(pacer.probe_due(t0) > 0);
        assert_eq!(pacer.probe_due(t0 + Duration::from_secs(1)), 0);
        assert_eq!((pacer.probe(), pacer.next_probe(t0)), (None, None));
    }
}
