//! What a browser asks for again: as libwebrtc's `NackRequester` does.
//!
//! It asks for a gap at once, also where packets overtake each other: it has a histogram to wait by, but
//! takes every packet for a repetition, so that the histogram stays empty.

use std::time::{Duration, Instant};

use szpon_media::{
    ExtSeq,
    missing::{Came, Limits, Missing, Way},
    rtcp::{Ssrc, write},
};
use szpon_sfu_srtp::{MAX_RTCP_OVERHEAD, Protector, SrtpKeys};

/// libwebrtc's `kMaxNackPackets` and `kMaxNackRetries`.
const LIMITS: Limits = Limits { reach: 1_000, tries: 100 };
/// It looks so often (`kUpdateInterval`).
const TICK: Duration = Duration::from_millis(20);
/// Until it knows the round trip (`kDefaultRtt`).
const FIRST_ROUND: Duration = Duration::from_millis(100);

/// Requests of one client.
pub(crate) struct Requests {
    reporter: u32,
    /// Zero of its ticks.
    start: Instant,
    protector: Option<Protector>,
    streams: Vec<(u32, Missing)>,
    way: Way,
    pub(crate) next: Option<Instant>,
}

impl Requests {
    pub(crate) fn new(reporter: u32, now: Instant) -> Self {
        Self {
            reporter,
            start: now,
            protector: None,
            streams: Vec::new(),
            way: Way::default(),
            next: None,
        }
    }

    pub(crate) fn secure(&mut self, keys: Option<&SrtpKeys>) {
        self.protector = keys.and_then(|keys| Protector::new(keys).ok());
    }

    pub(crate) fn on_packet(&mut self, ssrc: u32, seq: ExtSeq, now: Instant) {
        let at = self.streams.iter().position(|(known, _)| *known == ssrc).unwrap_or_else(|| {
            self.streams.push((ssrc, Missing::new(LIMITS)));
            self.streams.len() - 1
        });
        let missing = &mut self.streams[at].1;
        missing.on_packet(seq, Came::Repeated, &mut self.way, now);
        if let Some(due) = missing.due() {
            self.next = Some(self.next.map_or(due, |next| next.min(due)));
        }
    }

    /// What came before this packet of the stream was decoded, or will never be.
    pub(crate) fn forget_before(&mut self, ssrc: u32, seq: ExtSeq) {
        if let Some((_, missing)) = self.streams.iter_mut().find(|(known, _)| *known == ssrc) {
            missing.forget_before(seq);
        }
    }

    /// The first tick that is not before this.
    fn tick(&self, at: Instant) -> Instant {
        let ticks = (at - self.start).as_nanos().div_ceil(TICK.as_nanos());
        self.start + TICK * ticks as u32
    }

    /// A protected compound to send now, if there is one. What was asked for is asked for again after a
    /// `round_trip`, as RTCP tells it.
    pub(crate) fn due(&mut self, round_trip: Option<Duration>, now: Instant) -> Option<Vec<u8>> {
        if self.next.is_none_or(|next| now < next) {
            return None;
        }
        let patience = round_trip.unwrap_or(FIRST_ROUND);
        let mut compound = Vec::new();
        write::receiver_report(&mut compound, Ssrc::new(self.reporter), &[]);
        let empty = compound.len();
        for (ssrc, missing) in &mut self.streams {
            let lost = missing.ask(patience, now);
            write::nack(&mut compound, Ssrc::new(self.reporter), Ssrc::new(*ssrc), lost);
        }
        let due = self.streams.iter().filter_map(|(_, missing)| missing.due()).min();
        self.next = due.map(|due| self.tick(due));
        let protector = self.protector.as_mut().filter(|_| compound.len() > empty)?;
        let len = compound.len();
        compound.resize(len + MAX_RTCP_OVERHEAD, 0);
        let total = protector.protect_rtcp(&mut compound, len).ok()?;
        compound.truncate(total);
        Some(compound)
    }
}
