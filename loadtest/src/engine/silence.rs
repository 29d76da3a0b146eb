//! What a browser sends about slots that nothing comes in at: libwebrtc has a receiver for each m-line
//! of the answer that names an SSRC, and each of them reports on its own, in a datagram of its own.

use std::time::{Duration, Instant};

use szpon_media::rtcp::{Ssrc, write};

/// libwebrtc, `kDefaultVideoReportInterval` and `kDefaultAudioReportInterval`.
const VIDEO_INTERVAL: Duration = Duration::from_secs(1);
const AUDIO_INTERVAL: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Slot {
    mid: String,
    interval: Duration,
    due: Instant,
}

/// The receivers of one participant.
#[derive(Debug)]
pub struct Receivers {
    slots: Vec<Slot>,
    rng: fastrand::Rng,
}

impl Receivers {
    /// From mid and "is video" of each slot.
    pub fn new(slots: impl Iterator<Item = (String, bool)>, seed: u64, now: Instant) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let slots = slots.map(|(mid, video)| {
            let interval = if video { VIDEO_INTERVAL } else { AUDIO_INTERVAL };
            Slot { mid, interval, due: now + varied(interval, &mut rng) }
        });
        Self { slots: slots.collect(), rng }
    }

    pub fn due(&self) -> Option<Instant> {
        self.slots.iter().map(|slot| slot.due).min()
    }

    /// The next slot whose report is due; none while nothing is.
    pub fn next(&mut self, now: Instant) -> Option<&str> {
        let slot = self.slots.iter_mut().find(|slot| slot.due <= now)?;
        slot.due = now + varied(slot.interval, &mut self.rng);
        Some(&slot.mid)
    }

    /// A report about nothing (RFC 3550, section 6.4.2).
    pub fn write(out: &mut Vec<u8>, ours: Ssrc) {
        write::receiver_report(out, ours, &[]);
    }
}

/// Half of it to one and a half times as long (RFC 3550, section 6.2).
fn varied(interval: Duration, rng: &mut fastrand::Rng) -> Duration {
    interval.mul_f64(0.5 + rng.f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slot_reports_at_its_own_pace() {
        let start = Instant::now();
        let slots = [("1".to_owned(), true), ("2".to_owned(), false)];
        let mut receivers = Receivers::new(slots.into_iter(), 7, start);
        let mut reports = [0, 0];
        let mut now = start;
        while let Some(due) = receivers.due().filter(|due| *due < start + Duration::from_secs(100))
        {
            assert!(due >= now);
            now = due;
            let slot: usize = receivers.next(now).unwrap().parse().unwrap();
            reports[slot - 1] += 1;
            assert!(receivers.next(now).is_none(), "one is due");
        }
        assert!((90..=110).contains(&reports[0]), "{reports:?}");
        assert!((17..=23).contains(&reports[1]), "{reports:?}");
    }

    #[test]
    fn a_report_about_nothing_is_eight_bytes() {
        let mut out = Vec::new();
        Receivers::write(&mut out, Ssrc::new(7));
        assert_eq!(out, [0x80, 201, 0, 1, 0, 0, 0, 7]);
    }
}
