//! Sound from publishers to subscribers: taken apart once, with copies for those who lose packets.

use std::{sync::Arc, time::Instant};

use arrayvec::ArrayVec;
use str0m::rtp::RtpPacket;
use szpon_media::{
    AudioLevel, Bitrate, ExtSeq, RtpTime,
    rate::RateMeter,
    redundancy::{Frame, Frames, MAX_COPIES},
};

use crate::{
    core::{Core, Timer},
    egress::Part,
    forwarding::receiving,
    rooms::RoomKey,
    session::Seat,
    tracks::{Body, Format, Packet, TrackKey, TrackKind},
};

/// Headers of IP, UDP, RTP with extensions, and SRTP's tag: for sound as much as the sound itself.
const OVERHEAD: usize = 28 + 12 + 20 + 10;
/// Of what sound takes, a copy: it has no headers of its own.
const COPY_PERCENT: u32 = 60;
/// Of the estimate, what sound may take with its copies.
const MOST_PERCENT: u32 = 30;

/// What a room keeps of a voice.
#[derive(Debug, Default)]
pub(crate) struct AudioTrack {
    /// Without copies.
    pub(crate) rate: RateMeter,
    frames: Frames,
}

/// RED payloads made of one packet, by payload type and number of copies; none inside if there is
/// nothing to copy.
type Wrapped = ArrayVec<((u8, usize), Option<Arc<[u8]>>), 8>;

impl Core {
    /// Takes a publisher's sound to everybody who hears it.
    pub(crate) fn route_sound(
        &mut self,
        now: Instant,
        room_key: RoomKey,
        track_key: TrackKey,
        rtp: &RtpPacket,
        format: &Format,
    ) {
        let Some(room) = self.rooms.get_mut(room_key) else { return };
        let Some(track) = room.tracks.get_mut(track_key) else { return };
        let TrackKind::Audio(audio) = &mut track.kind else { return };
        let (seq, time) = (ExtSeq::new(*rtp.seq_no), RtpTime::new(rtp.header.timestamp));
        let Ok(frames) = audio.frames.on_packet(seq, time, &rtp.payload, format.red) else {
            return;
        };
        let packets: ArrayVec<Packet, { MAX_COPIES + 1 }> =
            frames.iter().map(|frame| packet(frame, rtp, now)).collect();
        let Some(newest) = packets.last() else { return };
        audio.rate.record(frames.last().map_or(0, |own| own.part().1.len()) + OVERHEAD, now);
        self.counters.sound_recovered += packets.len() as u64 - 1;
        room.pulse.on_audio(track, newest);
        let routes = std::mem::take(&mut track.routes);
        let mut failed = Vec::new();
        let mut wrapped = Wrapped::new();
        for route in &routes {
            let Some(session) = self.sessions.get_mut(route.session) else { continue };
            if !session.is_up() {
                continue;
            }
            let to = match receiving(session, route.slot, track, format) {
                Ok(Some(to)) => to,
                Ok(None) => continue,
                Err(fault) => {
                    failed.push((route.session, fault));
                    continue;
                }
            };
            let Some(seat) = session.seat.as_mut() else { continue };
            let copies = seat.copies.count();
            let Some(slot) = seat.audio.get_mut(route.slot) else { continue };
            let stream = slot.line.stream;
            let mut sent = 0;
            for lost in &packets[..packets.len() - 1] {
                let write = slot.take(lost, to, None);
                sent += u64::from(write.is_some_and(|write| {
                    session.egress.send(stream, &write, now, &mut self.outbox)
                }));
            }
            let red = to.red.filter(|_| copies > 0).and_then(|red| {
                let TrackKind::Audio(audio) = &track.kind else { return None };
                let payload = wrap(&mut wrapped, audio, newest, (to.payload_type, copies))?;
                Some((red, payload))
            });
            let write = slot.take(newest, to, red);
            sent +=
                u64::from(write.is_some_and(|write| {
                    session.egress.send(stream, &write, now, &mut self.outbox)
                }));
            self.counters.packets_forwarded += sent;
            if sent > 0
                && let Some(at) = session.egress.sooner(now)
            {
                self.timers.set_sooner(Timer::Egress(route.session), at);
            }
        }
        track.routes = routes;
        for (key, fault) in failed {
            self.fail(now, key, fault);
        }
    }
}

fn packet(frame: &Frame, rtp: &RtpPacket, now: Instant) -> Packet {
    let (payload, part) = frame.part();
    let ext = &rtp.header.ext_vals;
    let part = Part::of(payload, part);
    Packet {
        seq: frame.seq,
        time: frame.time,
        marker: rtp.header.marker && frame.seq == ExtSeq::new(*rtp.seq_no),
        payload: payload.clone(),
        at: now,
        body: Body::Audio {
            level: ext.audio_level.map(AudioLevel::from_dbov),
            voice: ext.voice_activity,
            part,
        },
    }
}

/// The packet with its copies, made once for all who want the same.
fn wrap<'w>(
    wrapped: &'w mut Wrapped,
    audio: &AudioTrack,
    packet: &Packet,
    wanted: (u8, usize),
) -> Option<&'w Arc<[u8]>> {
    let at = match wrapped.iter().position(|(made, _)| *made == wanted) {
        Some(at) => at,
        None => {
            let Body::Audio { part, .. } = &packet.body else { return None };
            let (payload_type, copies) = wanted;
            let data = &packet.payload[part.range()];
            let made = audio.frames.wrap(packet.time, data, copies, payload_type);
            if wrapped.is_full() {
                wrapped.remove(0);
            }
            wrapped.push((wanted, made));
            wrapped.len() - 1
        }
    };
    wrapped[at].1.as_ref()
}

impl Seat {
    /// Decides on copies by the share of packets lost and by what there is bandwidth for. Returns
    /// what sound takes with them, which without is `audio`.
    pub(crate) fn plan_copies(
        &mut self,
        loss: f32,
        estimate: Bitrate,
        audio: Bitrate,
        now: Instant,
    ) -> Bitrate {
        let knows_red = self.receiving.iter().any(|(_, to)| to.is_some_and(|to| to.red.is_some()));
        let cost = |copies: usize| audio + audio.percent(COPY_PERCENT * copies as u32);
        let most = estimate.percent(MOST_PERCENT);
        let most = (0..=MAX_COPIES).rev().find(|copies| cost(*copies) <= most).unwrap_or(0);
        cost(self.copies.update(loss, if knows_red { most } else { 0 }, now))
    }
}
