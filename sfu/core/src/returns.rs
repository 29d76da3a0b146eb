//! What subscribers send back: how it arrived, what to send again, when to begin anew.

use std::time::{Duration, Instant};

use szpon_media::{
    ExtSeq, Layer,
    rtcp::{self, Lost, Packet, ReportBlocks},
};

use crate::{
    addresses::SessionKey,
    core::{Core, Timer},
    outbox::Outbox,
    rooms::Room,
    session::Session,
    tracks::{TrackId, TrackKey},
};

/// Packets that one message may ask for: more are a demand for a keyframe in disguise.
const MAX_LOST: usize = 256;

/// RFC 3611, section 2.
const EXTENDED_REPORT: u8 = 207;

/// Whom a compound of reports is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reports {
    /// Not from the peer: to be forgotten.
    Foreign,
    /// Read, and of no use to str0m.
    Ours,
    /// str0m must see it as well, or instead.
    Shared,
}

/// RTP and RTCP share a port (RFC 5761, section 4; RFC 7983).
pub(crate) fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, 192..=223, ..])
}

impl Core {
    /// Takes in a protected compound of reports.
    pub(crate) fn take_reports(
        &mut self,
        now: Instant,
        key: SessionKey,
        datagram: &[u8],
    ) -> Reports {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        scratch.extend_from_slice(datagram);
        let reports = self.read_reports(now, key, &mut scratch);
        self.scratch = scratch;
        reports
    }

    fn read_reports(&mut self, now: Instant, key: SessionKey, compound: &mut [u8]) -> Reports {
        let session = &mut self.sessions[key];
        if !session.egress.is_secure() {
            return Reports::Shared;
        }
        let Some(len) = session.egress.open(compound) else {
            self.counters.datagrams_malformed += 1;
            return Reports::Foreign;
        };
        let mut shared = false;
        for packet in rtcp::parse(&compound[..len]).flatten() {
            match packet {
                Packet::TransportFeedback(feedback) => {
                    self.sessions[key].egress.estimator().on_feedback(&feedback, now);
                }
                Packet::ReceiverReport { blocks, .. } => self.read_blocks(now, key, blocks),
                Packet::SenderReport { blocks, .. } => {
                    self.read_blocks(now, key, blocks);
                    shared = true;
                }
                Packet::Nack { media, lost, .. } => {
                    self.counters.nacks_received += 1;
                    self.send_again(now, key, media.get(), lost);
                }
                Packet::Pli { media, .. } => self.wish_for_keyframe(now, key, media.get()),
                Packet::Fir { entries, .. } => {
                    for entry in entries {
                        self.wish_for_keyframe(now, key, entry.media.get());
                    }
                }
                Packet::Remb { bitrate, .. } => {
                    self.sessions[key].egress.estimator().on_remb(bitrate, now);
                }
                // str0m's statistics alone would have a use for it, and browsers append one to each
                // report of each slot.
                Packet::Other { packet_type: EXTENDED_REPORT, .. } => {}
                Packet::Sdes { .. } | Packet::Bye { .. } | Packet::Other { .. } => shared = true,
            }
        }
        // A keyframe wished for may have met a publisher's fault, and that publisher may be this.
        let Some(session) = self.sessions.get_mut(key) else { return Reports::Foreign };
        session.egress.estimated(now);
        if let Some(at) = session.egress.sooner(now) {
            self.timers.set_sooner(Timer::Egress(key), at);
        }
        let shared = shared && session.publishes;
        self.estimated(now, key);
        if shared { Reports::Shared } else { Reports::Ours }
    }

    /// The mean loss of all streams, and the shortest round trip.
    fn read_blocks(&mut self, now: Instant, key: SessionKey, blocks: ReportBlocks<'_>) {
        let session = &mut self.sessions[key];
        let ntp = session.egress.ntp(now);
        let (mut loss, mut count) = (0.0, 0_u16);
        let mut rtt: Option<Duration> = None;
        for block in blocks {
            if session.egress.stream_of(block.source.get()).is_none() {
                continue;
            }
            loss += block.loss();
            count += 1;
            rtt = match (rtt, block.round_trip(ntp)) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        if count > 0 {
            session.egress.on_report(loss / f32::from(count), rtt, now);
        }
    }

    fn wish_for_keyframe(&mut self, now: Instant, key: SessionKey, ssrc: u32) {
        let stream = self.sessions.get(key).and_then(|session| session.egress.stream_of(ssrc));
        if let Some(stream) = stream {
            self.counters.keyframes_wanted += 1;
            self.keyframe_wanted(now, key, stream);
        }
    }

    /// Sends packets again, out of what is kept of their source.
    fn send_again(&mut self, now: Instant, key: SessionKey, ssrc: u32, lost: Lost<'_>) {
        let Self { sessions, rooms, outbox, counters, .. } = self;
        let session = &mut sessions[key];
        if !session.is_up() {
            return;
        }
        let Some(key) = session.seat.as_ref().map(|seat| seat.room) else { return };
        let Some(room) = rooms.get(key) else { return };
        let mut missing = Vec::new();
        let repeated = repeat(session, room, ssrc, lost, now, outbox, &mut missing);
        counters.packets_repeated += repeated.unwrap_or(0);
        if !missing.is_empty() {
            self.ask_home(now, key, &missing);
        }
    }
}

/// Repeats what is kept; what is not, and another shard may have, goes to `missing`. How many were
/// sent; none if the SSRC is no slot's.
fn repeat(
    session: &mut Session,
    room: &Room,
    ssrc: u32,
    lost: Lost<'_>,
    now: Instant,
    outbox: &mut Outbox,
    missing: &mut Vec<(TrackKey, Layer, ExtSeq)>,
) -> Option<u64> {
    let mut repeated = 0;
    let Session { egress, seat, .. } = session;
    let stream = egress.stream_of(ssrc)?;
    let slot = seat.as_mut()?.video.iter_mut().find(|slot| slot.line.stream == stream)?;
    // What the slot has left for another layer or source is made up for by that one's keyframe, which
    // repetitions would delay; and so is what it is about to leave, where they have no room.
    let feed = slot.feed.as_ref().map(|feed| (feed.track.id, &feed.selector));
    let feed = feed.map(|(track, selector)| (track, selector.current(), selector.target()));
    let congested = egress.is_congested();
    let of_use = |(track, layer): (TrackId, Layer)| {
        feed.is_some_and(|(shown, current, target)| {
            let goes_on = target >= Some(layer) || (!congested && current == Some(layer));
            shown == track && goes_on && (current == Some(layer) || target == Some(layer))
        })
    };
    for seq in lost.take(MAX_LOST) {
        let Some((source, original)) = slot.origin(seq) else { continue };
        let Some((_, track)) = room.tracks.iter().find(|(_, track)| track.this.id == source.0)
        else {
            continue;
        };
        if track.video().is_some_and(|video| !video.stacked) && !of_use(source) {
            continue;
        }
        let kept = track.video().and_then(|video| video.kept(source.1)?.get(original, now));
        if kept.is_none() && !track.is_here() {
            missing.push((track.this.key, source.1, original));
        }
        let (Some(packet), Some(format)) = (kept, track.format) else { continue };
        let Some(Some(to)) = slot.formats.get(source.0, format.pt) else { continue };
        if let Some(write) = slot.again(seq, source, packet, to) {
            repeated += u64::from(egress.send_again(stream, &write, now, outbox));
        }
    }
    Some(repeated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rtcp_is_told_from_rtp_and_the_rest() {
        assert!(is_rtcp(&[0x80, 200, 0, 0]));
        assert!(is_rtcp(&[0x8f, 205]));
        assert!(!is_rtcp(&[0x80, 96 | 0x80, 0, 0]), "RTP with a marker");
        assert!(!is_rtcp(&[0x16, 0xfe]), "DTLS");
        assert!(!is_rtcp(&[0x80]));
        assert!(!is_rtcp(&[]));
    }
}
