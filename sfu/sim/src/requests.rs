//! What a browser asks for again: as libwebrtc's receivers do, which are more patient than str0m's.

use std::time::{Duration, Instant};

use szpon_media::{
    ExtSeq,
    missing::{Limits, Missing, RoundTrip},
    rtcp::{Ssrc, write},
};
use szpon_sfu_srtp::{MAX_RTCP_OVERHEAD, Protector, SrtpKeys};

/// libwebrtc's `kMaxNackRetries` and `kMaxNackPackets`.
const LIMITS: Limits = Limits { reach: 1_000, tries: 10 };
/// It looks so often (`kUpdateInterval`).
const TICK: Duration = Duration::from_millis(20);

/// Requests of one client.
pub(crate) struct Requests {
    reporter: u32,
    protector: Option<Protector>,
    streams: Vec<(u32, Missing)>,
    round: RoundTrip,
    pub(crate) next: Option<Instant>,
}

impl Requests {
    pub(crate) fn new(reporter: u32) -> Self {
        Self {
            reporter,
            protector: None,
            streams: Vec::new(),
            round: RoundTrip::default(),
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
        missing.on_packet(seq, &mut self.round, now);
        if let Some(due) = missing.due() {
            self.next = Some(self.next.map_or(due, |next| next.min(due)));
        }
    }

    /// A protected compound to send now, if there is one. An answer takes a `round_trip` by RTCP at least,
    /// if that is known: a packet that is merely late looks like a quick one.
    pub(crate) fn due(&mut self, round_trip: Duration, now: Instant) -> Option<Vec<u8>> {
        if self.next.is_none_or(|next| now < next) {
            return None;
        }
        let patience = self.round.patience().max(round_trip);
        let mut compound = Vec::new();
        write::receiver_report(&mut compound, Ssrc::new(self.reporter), &[]);
        let empty = compound.len();
        for (ssrc, missing) in &mut self.streams {
            let lost = missing.ask(patience, now);
            write::nack(&mut compound, Ssrc::new(self.reporter), Ssrc::new(*ssrc), lost);
        }
        let due = self.streams.iter().filter_map(|(_, missing)| missing.due()).min();
        self.next = due.map(|due| due.max(now + TICK));
        let protector = self.protector.as_mut().filter(|_| compound.len() > empty)?;
        let len = compound.len();
        compound.resize(len + MAX_RTCP_OVERHEAD, 0);
        let total = protector.protect_rtcp(&mut compound, len).ok()?;
        compound.truncate(total);
        Some(compound)
    }
}
