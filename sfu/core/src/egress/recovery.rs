//! What a publisher's packets lost on their way here, asked for by us and not by str0m, which asks five
//! times for a packet, each time after 105 ms unless the peer tells the round trip, and then lets the
//! picture break.

use std::time::{Duration, Instant};

use szpon_media::{
    ExtSeq, SeqNo,
    missing::{Came, Limits, Missing, Way},
    rtcp::{Ssrc, write},
};
use szpon_sfu_srtp::MAX_RTCP_OVERHEAD;

use super::Egress;
use crate::outbox::Outbox;

/// Requests for one packet (libwebrtc's `kMaxNackRetries`).
const TRIES: u8 = 100;
/// So many behind the newest, str0m takes a packet for certain (see [`late`](crate::late)).
const NEAR: i64 = 64;
/// Streams of one session: three layers, a screen, and some that were there before.
const MAX_STREAMS: usize = 8;
/// So many packets out of reach within this time: the way is too long for the stream's rate, and it
/// will go on so.
const HOPELESS: u32 = 3;
const WITHIN: Duration = Duration::from_secs(10);

/// The incoming streams of one session.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    /// Our own SSRC.
    pub(super) reporter: u32,
    streams: Vec<Incoming>,
    way: Way,
    due: Option<Instant>,
}

#[derive(Debug)]
struct Incoming {
    ssrc: u32,
    /// Of its repetitions.
    repeats: Option<u32>,
    missing: Missing,
    /// Since when, and how many were given up.
    hopeless: Option<(Instant, u32)>,
}

/// What a packet means for its stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Noticed {
    /// Something is to be asked for, and nothing was before.
    pub(crate) asks: bool,
    /// Packets are given up again and again before they can be had.
    pub(crate) hopeless: bool,
}

impl Recovery {
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// From now on what this stream loses is asked for, until it is `reach` packets behind the newest; its
    /// first packet has come.
    pub(crate) fn watch(&mut self, ssrc: u32, first: ExtSeq, reach: u64) {
        if self.streams.len() == MAX_STREAMS {
            self.streams.remove(0);
        }
        let mut missing = Missing::new(Limits { reach, tries: TRIES });
        missing.begin(first);
        self.streams.push(Incoming { ssrc, repeats: None, missing, hopeless: None });
    }

    /// Streams whose repetitions are not known yet.
    pub(crate) fn unmatched(&mut self) -> impl Iterator<Item = (u32, &mut Option<u32>)> {
        let unmatched = self.streams.iter_mut().filter(|stream| stream.repeats.is_none());
        unmatched.map(|stream| (stream.ssrc, &mut stream.repeats))
    }

    /// The stream that has its repetitions with this SSRC.
    pub(crate) fn repeated_by(&self, ssrc: u32) -> Option<u32> {
        let stream = self.streams.iter().find(|stream| stream.repeats == Some(ssrc))?;
        Some(stream.ssrc)
    }

    /// A packet of the stream by its number, if it is missing and far behind the newest.
    pub(crate) fn far_behind(&self, ssrc: u32, seq: SeqNo) -> Option<ExtSeq> {
        let missing = &self.streams.iter().find(|stream| stream.ssrc == ssrc)?.missing;
        let newest = missing.newest()?;
        let seq = newest.nearest(seq);
        (newest.distance_from(seq) > NEAR && missing.lacks(seq)).then_some(seq)
    }

    /// The packet has not come.
    pub(crate) fn lacks(&self, ssrc: u32, seq: ExtSeq) -> bool {
        self.streams.iter().any(|stream| stream.ssrc == ssrc && stream.missing.lacks(seq))
    }

    /// A packet came. None if its stream is not watched.
    pub(crate) fn on_packet(
        &mut self,
        ssrc: u32,
        seq: ExtSeq,
        came: Came,
        now: Instant,
    ) -> Option<Noticed> {
        let stream = self.streams.iter_mut().find(|stream| stream.ssrc == ssrc)?;
        let given_up = stream.missing.on_packet(seq, came, &mut self.way, now);
        let mut noticed = Noticed::default();
        if given_up > 0 {
            let (since, before) = stream
                .hopeless
                .filter(|(since, _)| now.saturating_duration_since(*since) < WITHIN)
                .unwrap_or((now, 0));
            let count = before.saturating_add(given_up as u32);
            stream.hopeless = Some((since, count));
            noticed.hopeless = count >= HOPELESS;
        }
        if let Some(due) = stream.missing.due()
            && self.due.is_none_or(|known| due < known)
        {
            self.due = Some(due);
            noticed.asks = true;
        }
        Some(noticed)
    }
}

impl Egress {
    /// Asks for what is missing and due. Returns how many messages that took.
    pub(super) fn ask_again(&mut self, now: Instant, outbox: &mut Outbox) -> u64 {
        let measured = self.rtt().unwrap_or_default();
        let Self { recovery, secure: Some(secure), route: Some(route), .. } = self else {
            return 0;
        };
        let (mut asked, mut sent) = (0, 0);
        let Recovery { reporter, streams, way, due } = recovery;
        let patience = way.patience().max(measured);
        for Incoming { ssrc, missing, .. } in &mut *streams {
            if missing.due().is_none_or(|due| due > now) {
                continue;
            }
            outbox.append(*route, |bytes| {
                let start = bytes.len();
                let (sender, media) = (Ssrc::new(*reporter), Ssrc::new(*ssrc));
                // The receiver report that a compound must begin with (RFC 3550, section 6.1).
                write::receiver_report(bytes, sender, &[]);
                let taken = write::nack(bytes, sender, media, missing.ask(patience, now));
                if taken == 0 {
                    return bytes.truncate(start);
                }
                let len = bytes.len() - start;
                bytes.resize(bytes.len() + MAX_RTCP_OVERHEAD, 0);
                let total = secure.protector.protect_rtcp(&mut bytes[start..], len).unwrap_or(0);
                bytes.truncate(start + total);
                (asked, sent) = (asked + 1, sent + total);
            });
        }
        *due = streams.iter().filter_map(|stream| stream.missing.due()).min();
        self.bytes += sent as u64;
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_watched_is_asked_for() {
        let (mut recovery, now) = (Recovery::default(), Instant::now());
        assert_eq!(recovery.on_packet(7, ExtSeq::new(1), Came::Itself, now), None);
        recovery.watch(7, ExtSeq::new(1), 100);
        let mut noticed = |seq| recovery.on_packet(7, ExtSeq::new(seq), Came::Itself, now).unwrap();
        assert!(!noticed(2).asks);
        assert!(noticed(4).asks);
        assert!(!noticed(6).asks, "it is known already that something is to be asked for");
        assert_eq!(recovery.due(), Some(now));
    }

    #[test]
    fn a_stream_that_is_too_fast_for_its_way_is_given_up() {
        let (mut recovery, t0) = (Recovery::default(), Instant::now());
        recovery.watch(7, ExtSeq::new(1), 100);
        let mut hopeless = Vec::new();
        for seq in (2..1_000).filter(|seq| seq % 150 != 0) {
            // A hundred packets in a second and a half.
            let now = t0 + Duration::from_millis(seq * 15);
            if recovery.on_packet(7, ExtSeq::new(seq), Came::Itself, now).unwrap().hopeless {
                hopeless.push(seq);
            }
        }
        assert_eq!(hopeless, [551, 701, 851]);
    }
}
