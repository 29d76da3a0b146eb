//! The first picture of a newcomer, out of what is kept.
//!
//! A keyframe is several times as large as other frames, and everybody who watches gets it, so that a
//! publisher is asked for one every half second at most. Whoever comes in between does not wait for the
//! next: the slot gets the last one and all that came since, and is then on a level with the others. A
//! hundred people who come within a second cost the publisher two or three keyframes so.

use std::time::{Duration, Instant};

use szpon_media::{Bitrate, Layer, LayerSet, munger::Newest, pli};

use crate::{
    delivery::deliver,
    outbox::Outbox,
    peer::Fault,
    pending::{self, Pending},
    session::Session,
    slots::VideoSlot,
    sound::Wrapped,
    tracks::{Packet, Route, Track, VideoTrack},
};

/// An older keyframe is not gone back to: a new one can be asked for at once.
const OLDEST: Duration = pli::INTERVAL;
/// What follows the keyframe takes no more than what is estimated to go through in this time; paced, it
/// is through in less than half of it.
const CATCHES_UP: Duration = Duration::from_millis(500);
/// On a way that loses more than this, a new keyframe is through sooner than many packets that all are
/// needed.
const MOST_LOSS: f64 = 0.02;
/// Half of what may wait for the pacer.
const MOST_PACKETS: usize = 256;

/// What a slot shows from now on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opened {
    pub(crate) stream: Layer,
    pub(crate) packets: u64,
}

/// Gives a slot that shows nothing yet the past of the track's `stream`, or else of a lower one that is
/// better than nothing. It shows nothing still if there is no keyframe that it could begin with, or too
/// much has come since.
pub(crate) fn open(
    session: &mut Session,
    route: &mut Route,
    track: &Track,
    stream: Layer,
    now: Instant,
    outbox: &mut Outbox,
) -> Result<Option<Opened>, Fault> {
    // Whoever may ask gets a keyframe that is new.
    let Some(video) = track.video().filter(|video| video.requests.holds_back(stream, now)) else {
        return Ok(None);
    };
    let dark = slot(session, route).is_some_and(|slot| is_dark(slot, track));
    if !dark || session.egress.is_congested() || session.egress.loss() > MOST_LOSS {
        return Ok(None);
    }
    let room = session.egress.estimate();
    let streams = LayerSet::up_to(stream).intersection(track.flowing(now));
    let mut found = streams.iter().rev().filter_map(|stream| past(video, stream, room, now));
    let Some(Past { stream, packets, newest }) = found.next() else { return Ok(None) };
    if let Some(slot) = slot(session, route) {
        slot.rejoin(Some(newest));
    }
    let done = deliver(session, route, track, &packets, &mut Wrapped::new(), now, outbox);
    if let Some(slot) = slot(session, route) {
        slot.rejoin(None);
    }
    let delivered = done?;
    Ok(delivered.switched.then_some(Opened { stream, packets: delivered.packets }))
}

fn slot<'s>(session: &'s mut Session, route: &Route) -> Option<&'s mut VideoSlot> {
    session.seat.as_mut()?.video.get_mut(route.slot)
}

fn is_dark(slot: &VideoSlot, track: &Track) -> bool {
    let feed = slot.feed.as_ref().filter(|feed| feed.track == track.this);
    feed.is_some_and(|feed| feed.selector.current().is_none())
}

/// The packets since the newest keyframe of a stream, as if they came now, and the last of them.
struct Past {
    stream: Layer,
    packets: Vec<Pending>,
    newest: Newest,
}

/// None if a packet is missing, or they are too old or too many for a way with this much room.
fn past(video: &VideoTrack, stream: Layer, room: Bitrate, now: Instant) -> Option<Past> {
    let mut kept = video.since_keyframe(stream, now)?.peekable();
    let first = *kept.peek()?;
    if now.saturating_duration_since(first.at) > OLDEST {
        return None;
    }
    let (begin, keyframe) = (first.seq, first.time);
    let most = (room.as_bps() as f64 / 8.0 * CATCHES_UP.as_secs_f64()) as usize;
    let mut newest = Newest { seq: begin, time: keyframe };
    let (mut packets, mut bytes) = (Vec::new(), 0);
    for packet in kept {
        bytes += if packet.time == keyframe { 0 } else { packet.payload.len() };
        let in_order = packet.seq == begin.plus(packets.len() as u64);
        if !in_order || bytes > most || packets.len() == MOST_PACKETS {
            return None;
        }
        newest = Newest { seq: packet.seq, time: packet.time };
        pending::push(&mut packets, stream, Packet { at: now, ..packet.clone() });
    }
    Some(Past { stream, packets, newest })
}

#[cfg(test)]
mod tests {
    use szpon_media::{
        ExtSeq, RtpTime,
        codec::{VideoCodec, VideoPacket},
    };

    use super::*;
    use crate::tracks::Body;

    const RATE: Bitrate = Bitrate::kbps(1_000);

    /// Frames of two packets of 1,000 bytes, 33 ms apart; the first is a keyframe.
    fn frames(count: u64, begin: Instant, except: impl Fn(u64) -> bool) -> VideoTrack {
        let mut video = VideoTrack::new(None, begin);
        for seq in (0..count * 2).filter(|seq| !except(*seq)) {
            let frame = seq / 2;
            let plain = VideoPacket::parse(VideoCodec::Vp8, &[0; 4]);
            let packet = Packet {
                seq: ExtSeq::new(1_000 + seq),
                time: RtpTime::new(frame as u32 * 3_000),
                marker: seq % 2 == 1,
                payload: vec![0; 1_000].into(),
                at: begin + Duration::from_millis(frame * 33),
                dependency: None,
                body: Body::Video(VideoPacket { starts_keyframe: seq == 0, ..plain }),
            };
            video.keep(Layer::LOWEST, &packet);
        }
        video
    }

    fn found(video: &VideoTrack, begin: Instant, after: u64) -> Option<Past> {
        past(video, Layer::LOWEST, RATE, begin + Duration::from_millis(after))
    }

    #[test]
    fn a_young_keyframe_and_all_after_it_are_gone_back_to() {
        let begin = Instant::now();
        let video = frames(10, begin, |_| false);
        let past = found(&video, begin, 320).unwrap();
        let numbers: Vec<u64> = past.packets.iter().map(|past| past.packet.seq.get()).collect();
        assert_eq!(numbers, (1_000..1_020).collect::<Vec<_>>());
        assert_eq!(past.newest, Newest { seq: ExtSeq::new(1_019), time: RtpTime::new(27_000) });
        let now = begin + Duration::from_millis(320);
        assert!(past.packets.iter().all(|past| past.packet.at == now), "they come now");
    }

    #[test]
    fn an_old_one_is_not_nor_one_with_a_hole_behind_it() {
        let begin = Instant::now();
        assert!(found(&frames(10, begin, |_| false), begin, 501).is_none());
        assert!(found(&frames(10, begin, |seq| seq == 7), begin, 320).is_none());
        assert!(found(&frames(10, begin, |seq| seq == 0), begin, 320).is_none());
    }

    #[test]
    fn too_much_is_not_sent_after_the_keyframe() {
        let begin = Instant::now();
        // Half a second of the rate is 62,500 bytes.
        let video = frames(15, begin, |_| false);
        assert!(found(&video, begin, 490).is_some());
        let slow = Bitrate::kbps(440);
        let now = begin + Duration::from_millis(490);
        assert!(past(&video, Layer::LOWEST, slow, now).is_none());
    }
}
