//! What a browser sends about slots that nothing comes in at: libwebrtc has a receiver for each m-line
//! of the answer that names an SSRC, and each of them reports on its own, in a datagram of its own. Our
//! client leaves the SSRCs of video slots out (web/src/rtc/media/sdp.ts): nothing is reported on there
//! before something has come.

use std::time::{Duration, Instant};

use szpon_media::rtcp::{Ssrc, write};

/// libwebrtc, `kDefaultAudioReportInterval`.
const INTERVAL: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Slot {
    mid: String,
    due: Instant,
}

/// The receivers of sound of one participant.
#[derive(Debug)]
pub struct Receivers {
    slots: Vec<Slot>,
    rng: fastrand::Rng,
}

impl Receivers {
    /// From the mid of each slot.
    pub fn new(slots: impl Iterator<Item = String>, seed: u64, now: Instant) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let slots = slots.map(|mid| Slot { mid, due: now + varied(&mut rng) });
        Self { slots: slots.collect(), rng }
    }

    pub fn due(&self) -> Option<Instant> {
        self.slots.iter().map(|slot| slot.due).min()
    }

    /// The next slot whose report is due; none while nothing is.
    pub fn next(&mut self, now: Instant) -> Option<&str> {
        let slot = self.slots.iter_mut().find(|slot| slot.due <= now)?;
        slot.due = now + varied(&mut self.rng);
        Some(&slot.mid)
    }

    /// A report about nothing (RFC 3550, section 6.4.2).
    pub fn write(out: &mut Vec<u8>, ours: Ssrc) {
        write::receiver_report(out, ours, &[]);
    }
}

/// Half of it to one and a half times as long (RFC 3550, section 6.2).
fn varied(rng: &mut fastrand::Rng) -> Duration {
    INTERVAL.mul_f64(0.5 + rng.f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slot_reports_at_its_own_pace() {
        let start = Instant::now();
        let slots = ["1", "2"].map(str::to_owned);
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
        assert!(reports.iter().all(|count| (17..=23).contains(count)), "{reports:?}");
    }

    #[test]
    fn a_report_about_nothing_is_eight_bytes() {
        let mut out = Vec::new();
        Receivers::write(&mut out, Ssrc::new(7));
        assert_eq!(out, [0x80, 201, 0, 1, 0, 0, 0, 7]);
    }
}
