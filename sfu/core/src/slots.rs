//! A subscriber's slots: one outgoing stream each, fed by whatever is needed.

use std::sync::Arc;

use str0m::media::{Mid, Pt};
use szpon_media::{
    ClockRate, ExtSeq, Layer, RtpTime, SeqNo,
    codec::Descriptor,
    layers::{LayerSelector, Verdict},
    munger::{Munger, Outgoing},
    patch::Patch,
    temporal::TemporalFilter,
    vp8, vp9,
};

use crate::{
    egress::{Part, StreamKey, Write},
    tracks::{Body, Packet, TrackId, TrackRef},
};

/// The m-line of a slot.
pub(crate) struct Line {
    pub(crate) mid: Mid,
    /// The mid as the client wrote it.
    pub(crate) name: String,
    pub(crate) stream: StreamKey,
}

/// How the client receives what feeds a slot now, and what fed it before.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Formats([Option<(TrackId, Pt, Option<Receiving>)>; 2]);

impl Formats {
    /// None if it is not known; none inside if the client does not receive it.
    pub(crate) fn get(&self, track: TrackId, pt: Pt) -> Option<Option<Receiving>> {
        let mut known = self.0.iter().flatten();
        known.find(|(id, at, _)| (*id, *at) == (track, pt)).map(|(.., to)| *to)
    }

    pub(crate) fn set(&mut self, track: TrackId, pt: Pt, to: Option<Receiving>) {
        self.0 = [Some((track, pt, to)), self.0[0]];
    }
}

/// A video slot.
pub(crate) struct VideoSlot {
    pub(crate) line: Line,
    pub(crate) formats: Formats,
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
fn start(random: u32) -> (SeqNo, RtpTime) {
    (SeqNo::new((random & 0x7fff) as u16), RtpTime::new(random.rotate_left(13)))
}

impl VideoSlot {
    pub(crate) fn new(line: Line, random: u32) -> Self {
        let (seq, time) = start(random);
        Self {
            line,
            formats: Formats::default(),
            feed: None,
            munger: Munger::new(ClockRate::VIDEO, seq, time),
            vp8: vp8::Rewriter::new(),
            vp9: vp9::Rewriter::new(),
        }
    }

    /// What to send for a packet of the slot's feed, if anything.
    pub(crate) fn take<'p>(
        &mut self,
        layer: Layer,
        packet: &'p Packet,
        to: Receiving,
    ) -> (Verdict, Option<Write<'p>>) {
        let Some(feed) = &mut self.feed else { return (Verdict::Drop, None) };
        let Body::Video(video) = &packet.body else { return (Verdict::Drop, None) };
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
        (verdict, self.write(outgoing, packet, to))
    }

    /// What to send for a packet that came before the first packet of its keyframe.
    pub(crate) fn catch_up<'p>(
        &mut self,
        layer: Layer,
        packet: &'p Packet,
        to: Receiving,
    ) -> Option<Write<'p>> {
        let source = (self.feed.as_ref()?.track.id, layer);
        let outgoing = self.munger.forward(source, packet.seq, packet.time, packet.at).ok()?;
        self.write(outgoing, packet, to)
    }

    /// Which packet went out as `seq`.
    pub(crate) fn origin(&self, seq: SeqNo) -> Option<((TrackId, Layer), ExtSeq)> {
        self.munger.origin(seq)
    }

    /// The packet that went out as `seq` once more, as it was then.
    pub(crate) fn again<'p>(
        &mut self,
        seq: SeqNo,
        source: (TrackId, Layer),
        packet: &'p Packet,
        to: Receiving,
    ) -> Option<Write<'p>> {
        let outgoing = self.munger.forward(source, packet.seq, packet.time, packet.at).ok()?;
        if outgoing.seq.seq_no() != seq {
            return None;
        }
        self.write(outgoing, packet, to)
    }

    /// Drops a packet of a temporal layer without a trace. False if it is too late for that.
    fn leave_out(&mut self, source: (TrackId, Layer), packet: &Packet) -> bool {
        let Body::Video(video) = &packet.body else { return false };
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

    fn write<'p>(
        &mut self,
        outgoing: Outgoing,
        packet: &'p Packet,
        to: Receiving,
    ) -> Option<Write<'p>> {
        let Body::Video(video) = &packet.body else { return None };
        let patch = match &video.descriptor {
            Descriptor::Vp8(descriptor) => {
                descriptor.patch(&self.vp8.rewrite(outgoing.segment, descriptor)?)
            }
            Descriptor::Vp9(descriptor) => {
                descriptor.patch(&self.vp9.rewrite(outgoing.segment, descriptor)?)
            }
            Descriptor::None => Patch::default(),
        };
        Some(Write {
            payload_type: to.payload_type,
            rtx: to.rtx,
            seq: outgoing.seq,
            time: outgoing.time,
            marker: packet.marker,
            payload: &packet.payload,
            part: Part::whole(&packet.payload),
            patch,
            level: None,
        })
    }
}

/// An audio slot.
pub(crate) struct AudioSlot {
    pub(crate) line: Line,
    pub(crate) formats: Formats,
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
    pub(crate) fn new(line: Line, random: u32) -> Self {
        let (seq, time) = start(random);
        let munger = Munger::new(ClockRate::OPUS, seq, time);
        Self { line, formats: Formats::default(), feed: None, munger }
    }

    /// What to send for a packet of the slot's feed: the frame, or `red`, the payload type of RED
    /// and a payload made of the frame and of copies.
    pub(crate) fn take<'p>(
        &mut self,
        packet: &'p Packet,
        to: Receiving,
        red: Option<(u8, &'p Arc<[u8]>)>,
    ) -> Option<Write<'p>> {
        let Body::Audio { level, voice, part } = &packet.body else { return None };
        let feed = self.feed.as_mut()?;
        let outgoing = if std::mem::take(&mut feed.fresh) {
            self.munger.switch(feed.track.id, packet.seq, packet.time, packet.at)
        } else {
            self.munger.forward(feed.track.id, packet.seq, packet.time, packet.at).ok()?
        };
        let (payload_type, payload, part) = match red {
            Some((red, payload)) => (red, payload, Part::whole(payload)),
            None => (to.payload_type, &packet.payload, *part),
        };
        // V bit and level (RFC 6464, section 3).
        let level = level.map(|level| u8::from(*voice == Some(true)) << 7 | level.minus_dbov());
        Some(Write {
            payload_type,
            rtx: None,
            seq: outgoing.seq,
            time: outgoing.time,
            marker: packet.marker,
            payload,
            part,
            patch: Patch::default(),
            level,
        })
    }
}

/// How a subscriber receives a codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receiving {
    pub(crate) payload_type: u8,
    pub(crate) red: Option<u8>,
    /// Of repetitions (RFC 4588).
    pub(crate) rtx: Option<u8>,
}
