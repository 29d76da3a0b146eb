//! How long an answer takes.
//!
//! Which of several requests is answered nobody can say (Karn's problem): on a way that is longer than what
//! is believed each packet is asked for again and again before its answer can be here, and from answers to
//! single requests nothing would ever be learned. TCP asks later and later then (RFC 6298, section 5.5); a
//! picture has no time for that. So an answer that is too quick for the last request counts as one to the
//! first: too long rather than too short, until a packet that was asked for once says it better.

use std::time::{Duration, Instant};

/// Until a request was answered (libwebrtc's value).
const FIRST_ROUND: Duration = Duration::from_millis(100);
/// A repetition that took longer says nothing of the way.
const LONGEST_ROUND: Duration = Duration::from_secs(2);
/// Beside the round trip: the other side sends its answers in ticks.
const LEAST_MARGIN: Duration = Duration::from_millis(5);

/// The requests for one packet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) first: Instant,
    pub(super) last: Instant,
    pub(super) times: u8,
}

/// How long an answer takes (RFC 6298, section 2).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RoundTrip {
    /// Mean and mean deviation.
    known: Option<(Duration, Duration)>,
    /// Only from packets that were asked for several times.
    roughly: bool,
}

impl RoundTrip {
    /// A packet came again that had been asked for.
    pub(super) fn on_answer(&mut self, asked: &Asked, now: Instant) {
        let took = now.saturating_duration_since(asked.first);
        let since_last = now.saturating_duration_since(asked.last);
        let certain = asked.times == 1;
        let quick = self.known.is_none_or(|(mean, _)| since_last < mean / 2);
        if took > LONGEST_ROUND || !(certain || quick) {
            return;
        }
        let before = self.known.filter(|_| !(certain && self.roughly));
        self.roughly = !certain && (self.roughly || before.is_none());
        self.known = Some(match before {
            None => (took, took / 2),
            Some((mean, deviation)) => {
                ((mean * 7 + took) / 8, (deviation * 3 + mean.abs_diff(took)) / 4)
            }
        });
    }

    /// When to ask again. On a way whose delay varies, repetitions come when they come: a little
    /// too soon is cheaper than a picture that stands still.
    pub(super) fn patience(&self) -> Duration {
        let (mean, deviation) = self.known.unwrap_or((FIRST_ROUND, Duration::ZERO));
        mean + deviation.max(LEAST_MARGIN)
    }
}
