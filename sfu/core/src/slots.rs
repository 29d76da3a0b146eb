//! A subscriber's slots: one outgoing stream each, fed by whatever is needed.

use std::sync::Arc;

use str0m::{
    media::{Mid, Pt},
    rtp::{ExtensionValues, RtpWrite, SeqNo, Ssrc},
};
use szpon_media::{
    ClockRate, ExtSeq, Layer, RtpTime,
    codec::Descriptor,
    layers::{LayerSelector, Verdict},
    munger::{Munger, Outgoing},
    red,
    temporal::TemporalFilter,
    vp8, vp9,
};

use crate::tracks::{Body, Format, Packet, TrackId, TrackRef};

/// The stream behind a slot, of one m-line.
pub(crate) struct Stream {
    pub(crate) mid: Mid,
    /// The mid as the client wrote it.
    pub(crate) name: String,
    pub(crate) ssrc: Ssrc,
}

/// A video slot.
pub(crate) struct VideoSlot {
    pub(crate) stream: Stream,
    pub(crate) feed: Option<VideoFeed>,
    munger: Munger<(TrackId, Layer)>,
    vp8: vp8::Rewriter,
    vp9: vp9::Rewriter,
}

/// What feeds a video slot.
pub(crate) struct VideoFeed {
    pub(crate) track: TrackRef,
    pub(crate) selector: LayerSelector,
    pub(crate) temporal: TemporalFilter,
}

impl VideoFeed {
    pub(crate) fn new(track: TrackRef) -> Self {
        Self { track, selector: LayerSelector::new(), temporal: TemporalFilter::new() }
    }
}

/// A stream begins anywhere in the lower half (RFC 3550, section 5.1, wants it unpredictable),
/// and below 65,536 so that the receiver's roll-over counter starts at zero with ours.
fn start(random: u32) -> (szpon_media::SeqNo, RtpTime) {
    (szpon_media::SeqNo::new((random & 0x7fff) as u16), RtpTime::new(random.rotate_left(13)))
}

impl VideoSlot {
    pub(crate) fn new(stream: Stream, random: u32) -> Self {
        let (seq, time) = start(random);
        Self {
            stream,
            feed: None,
            munger: Munger::new(ClockRate::VIDEO, seq, time),
            vp8: vp8::Rewriter::new(),
            vp9: vp9::Rewriter::new(),
        }
    }

    /// What to send for a packet of the slot's feed, if anything. `pt` is the subscriber's payload
    /// type for the packet's codec.
    pub(crate) fn take(
        &mut self,
        layer: Layer,
        packet: &Packet,
        pt: Pt,
    ) -> (Verdict, Option<RtpWrite>) {
        let Some(feed) = &mut self.feed else { return (Verdict::Drop, None) };
        let Body::Video { video, .. } = &packet.body else { return (Verdict::Drop, None) };
        let source = (feed.track.id, layer);
        let verdict = feed.selector.on_packet(layer, video.starts_keyframe);
        let outgoing = match verdict {
            Verdict::Drop => return (verdict, None),
            Verdict::Switch => {
                feed.temporal.restart();
                self.munger.switch(source, packet.seq, packet.time, packet.at)
            }
            Verdict::Forward => {
                let passes =
                    feed.temporal.passes(video.temporal_id, video.up_switch, video.starts_frame);
                if !passes && self.leave_out(source, packet) {
                    return (verdict, None);
                }
                match self.munger.forward(source, packet.seq, packet.time, packet.at) {
                    Ok(outgoing) => outgoing,
                    Err(_) => return (verdict, None),
                }
            }
        };
        (verdict, self.write(outgoing, packet, pt))
    }

    /// What to send for a packet that came before the first packet of its keyframe.
    pub(crate) fn catch_up(&mut self, layer: Layer, packet: &Packet, pt: Pt) -> Option<RtpWrite> {
        let source = (self.feed.as_ref()?.track.id, layer);
        let outgoing = self.munger.forward(source, packet.seq, packet.time, packet.at).ok()?;
        self.write(outgoing, packet, pt)
    }

    /// Drops a packet of a temporal layer without a trace. False if it is too late for that.
    fn leave_out(&mut self, source: (TrackId, Layer), packet: &Packet) -> bool {
        let Body::Video { video, .. } = &packet.body else { return false };
        if !self.munger.skip(source, packet.seq) {
            return false;
        }
        if let Some(segment) = self.munger.segment() {
            match &video.descriptor {
                Descriptor::Vp8(descriptor) => {
                    self.vp8.skip(segment, descriptor);
                }
                Descriptor::Vp9(descriptor) => {
                    self.vp9.skip(segment, descriptor);
                }
                Descriptor::None => {}
            }
        }
        true
    }

    fn write(&mut self, outgoing: Outgoing, packet: &Packet, pt: Pt) -> Option<RtpWrite> {
        let Body::Video { video, vp8 } = &packet.body else { return None };
        let new = |payload: Arc<[u8]>| {
            RtpWrite::new(pt, seq(outgoing.seq), outgoing.time.get(), packet.at, payload)
                .marker(packet.marker)
                .nackable(true)
        };
        match &video.descriptor {
            Descriptor::Vp8(descriptor) => {
                let rewrite = self.vp8.rewrite(outgoing.segment, descriptor)?;
                let write = new(packet.payload.clone());
                let Some(parsed) = vp8 else { return Some(write) };
                let mut patch = parsed.patch();
                if let Some(id) = rewrite.picture_id {
                    patch = patch.picture_id(id);
                }
                if let Some(index) = rewrite.tl0_pic_idx {
                    patch = patch.tl0_pic_idx(index);
                }
                if let Some(index) = rewrite.key_idx {
                    patch = patch.key_idx(index);
                }
                // str0m copies the payload once, into the packet, and patches it there.
                Some(match patch.build() {
                    Ok(patch) => write.vp8_patch(patch),
                    Err(_) => write,
                })
            }
            Descriptor::Vp9(descriptor) => {
                let rewrite = self.vp9.rewrite(outgoing.segment, descriptor)?;
                let patch = descriptor.patch(&rewrite);
                if patch.is_empty() {
                    return Some(new(packet.payload.clone()));
                }
                let mut payload = packet.payload.to_vec();
                patch.apply(&mut payload);
                Some(new(payload.into()))
            }
            Descriptor::None => Some(new(packet.payload.clone())),
        }
    }
}

/// An audio slot.
pub(crate) struct AudioSlot {
    pub(crate) stream: Stream,
    pub(crate) feed: Option<AudioFeed>,
    munger: Munger<TrackId>,
}

/// What feeds an audio slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AudioFeed {
    pub(crate) track: TrackRef,
    /// Nothing of it was sent since it was put here.
    fresh: bool,
}

impl AudioFeed {
    pub(crate) fn new(track: TrackRef) -> Self {
        Self { track, fresh: true }
    }

    /// After a time in which nothing was sent: the missing packets leave no gap.
    pub(crate) fn restart(&mut self) {
        self.fresh = true;
    }
}

impl AudioSlot {
    pub(crate) fn new(stream: Stream, random: u32) -> Self {
        let (seq, time) = start(random);
        Self { stream, feed: None, munger: Munger::new(ClockRate::OPUS, seq, time) }
    }

    /// What to send for a packet of the slot's feed.
    pub(crate) fn take(
        &mut self,
        packet: &Packet,
        format: &Format,
        to: Receiving,
    ) -> Option<RtpWrite> {
        let Body::Audio { level, voice } = &packet.body else { return None };
        let feed = self.feed.as_mut()?;
        let outgoing = if std::mem::take(&mut feed.fresh) {
            self.munger.switch(feed.track.id, packet.seq, packet.time, packet.at)
        } else {
            self.munger.forward(feed.track.id, packet.seq, packet.time, packet.at).ok()?
        };
        let (pt, payload) = match (format.red, to.red) {
            (false, _) => (to.pt, packet.payload.clone()),
            // The blocks inside name the payload type of Opus, which must mean the same to both.
            (true, Some(red)) if to.pt == format.params.pt() => (red, packet.payload.clone()),
            (true, _) => (to.pt, red::primary(&packet.payload).ok()?.1.into()),
        };
        let ext_vals = ExtensionValues {
            audio_level: level.map(|level| -(level.minus_dbov() as i8)),
            voice_activity: *voice,
            ..ExtensionValues::default()
        };
        Some(
            RtpWrite::new(pt, seq(outgoing.seq), outgoing.time.get(), packet.at, payload)
                .marker(packet.marker)
                .ext_vals(ext_vals),
        )
    }
}

/// How a subscriber receives a codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receiving {
    pub(crate) pt: Pt,
    pub(crate) red: Option<Pt>,
}

fn seq(seq: ExtSeq) -> SeqNo {
    seq.get().into()
}
