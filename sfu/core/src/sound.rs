//! Sound from publishers to subscribers: taken apart once, with copies for those who lose packets.

use std::{sync::Arc, time::Instant};

use arrayvec::ArrayVec;
use szpon_media::{
    AudioLevel, Bitrate, ExtSeq, RtpTime,
    rate::RateMeter,
    redundancy::{Frame, Frames, MAX_COPIES},
};

use crate::{
    egress::Part,
    late::Rtp,
    session::Seat,
    tracks::{Body, Format, Packet},
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

/// How a subscriber wants a packet: the payload type of what is inside, and how many copies.
type Wanted = (u8, usize);

/// RED payloads made of the packets of one track; none inside if there is nothing to copy.
pub(crate) type Wrapped = ArrayVec<(ExtSeq, Wanted, Option<Arc<[u8]>>), 8>;

impl AudioTrack {
    /// Makes of a publisher's packet those that are to be forwarded: what was lost before and comes
    /// back in it, and its own. Nothing of one that cannot be understood.
    pub(crate) fn take_apart(
        &mut self,
        rtp: &Rtp,
        format: &Format,
        now: Instant,
    ) -> ArrayVec<Packet, { MAX_COPIES + 1 }> {
        let (seq, time) = (rtp.seq, RtpTime::new(rtp.header.timestamp));
        match self.frames.on_packet(seq, time, &rtp.payload, format.red) {
            Ok(frames) => frames.iter().map(|frame| packet(frame, rtp, now)).collect(),
            Err(_) => ArrayVec::new(),
        }
    }

    /// A packet that was taken apart, here or on its home shard.
    pub(crate) fn on_packet(&mut self, packet: &Packet) {
        let Body::Audio { part, .. } = &packet.body else { return };
        self.rate.record(part.range().len() + OVERHEAD, packet.at);
        let Packet { seq, time, payload, .. } = packet;
        self.frames.keep(Frame::new(*seq, *time, payload.clone(), part.range()));
    }

    /// The packet with copies of those before it, made once for all who want the same. None if
    /// there is nothing to copy.
    pub(crate) fn wrap<'w>(
        &self,
        wrapped: &'w mut Wrapped,
        packet: &Packet,
        wanted: Wanted,
    ) -> Option<&'w Arc<[u8]>> {
        let known = |(seq, made, _): &(ExtSeq, Wanted, _)| (*seq, *made) == (packet.seq, wanted);
        let at = match wrapped.iter().position(known) {
            Some(at) => at,
            None => {
                let Body::Audio { part, .. } = &packet.body else { return None };
                let (payload_type, copies) = wanted;
                let data = &packet.payload[part.range()];
                let made = self.frames.wrap(packet.time, data, copies, payload_type);
                if wrapped.is_full() {
                    wrapped.remove(0);
                }
                wrapped.push((packet.seq, wanted, made));
                wrapped.len() - 1
            }
        };
        wrapped[at].2.as_ref()
    }
}

fn packet(frame: &Frame, rtp: &Rtp, now: Instant) -> Packet {
    let (payload, part) = frame.part();
    let ext = &rtp.header.ext_vals;
    let part = Part::of(payload, part);
    Packet {
        seq: frame.seq,
        time: frame.time,
        marker: rtp.header.marker && frame.seq == rtp.seq,
        payload: payload.clone(),
        at: now,
        dependency: None,
        body: Body::Audio {
            level: ext.audio_level.map(AudioLevel::from_dbov),
            voice: ext.voice_activity,
            part,
        },
    }
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
