//! A subscriber's slots: one outgoing stream each, fed by whatever is needed.

use std::sync::Arc;

use str0m::media::{Mid, Pt};
use szpon_media::{
    ClockRate, ExtSeq, Layer, RtpTime, SeqNo,
    codec::{Descriptor, Spatial, VideoPacket},
    dependency::{Dependency, FrameNumbers, Rewrite},
    layers::{LayerSelector, Verdict},
    munger::{Munger, Newest, Outgoing, Segment},
    patch::Patch,
    spatial::{Part as Piece, SpatialFilter},
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
    /// The client takes the Dependency Descriptor.
    pub(crate) described: bool,
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
    frames: FrameNumbers,
    held: Option<Held>,
    /// See [`VideoSlot::rejoin`].
    rejoins: Option<Newest>,
}

/// A packet that has its number, and waits to see whether it ends its picture.
pub(crate) struct Held {
    track: TrackId,
    outgoing: Outgoing,
    packet: Packet,
}

/// What a packet did at a slot.
pub(crate) struct Taken<'p> {
    pub(crate) verdict: Verdict,
    /// A packet that was held back until now, to be sent first.
    pub(crate) held: Option<Held>,
    /// What to send for the packet itself.
    pub(crate) write: Option<Write<'p>>,
}

/// What feeds a video slot.
pub(crate) struct VideoFeed {
    pub(crate) track: TrackRef,
    pub(crate) selector: LayerSelector,
    pub(crate) temporal: TemporalFilter,
    /// For a track whose layers are in one stream.
    spatial: SpatialFilter,
    /// The client was told that it gets less than the sender sends; it is told so from then on.
    reduced: bool,
}

impl VideoFeed {
    pub(crate) fn new(track: TrackRef) -> Self {
        Self {
            track,
            selector: LayerSelector::new(),
            temporal: TemporalFilter::new(),
            spatial: SpatialFilter::new(),
            reduced: false,
        }
    }

    fn select(
        &mut self,
        stream: Layer,
        stacked: bool,
        packet: &Packet,
        video: &VideoPacket,
    ) -> Verdict {
        if !stacked {
            return self.selector.on_packet(stream, video.starts_keyframe);
        }
        self.selector.set_stacked();
        self.spatial.on_packet(&mut self.selector, piece(packet, video))
    }

    /// Whether the packet ends its picture for this client, although it doesn't for others.
    fn ends_picture(&self, packet: &Packet, spatial: &Spatial) -> bool {
        self.spatial.ends_picture(packet.time, spatial)
    }

    /// The decode targets that the client is to be told of with this packet.
    fn active_targets(&mut self, packet: &Packet, dependency: &Dependency) -> Option<u32> {
        let highest = self.spatial.cut_at(packet.time).map_or(u8::MAX, Layer::get);
        let rate = self.temporal.max().unwrap_or(u8::MAX);
        let active = dependency.active_up_to(highest, rate);
        self.reduced |= active != dependency.active;
        (self.reduced && dependency.starts_frame).then_some(active)
    }
}

/// What the choice of a spatial layer needs of a packet.
fn piece<'p>(packet: &'p Packet, video: &'p VideoPacket) -> Piece<'p> {
    Piece {
        time: packet.time,
        starts_keyframe: video.starts_keyframe,
        starts_frame: video.starts_frame,
        spatial: video.spatial.as_ref(),
        frame: packet.dependency.as_ref().map(|frame| (frame.number, &frame.diffs[..])),
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
            frames: FrameNumbers::new(),
            held: None,
            rejoins: None,
        }
    }

    /// What the slot is given next is past, up to the `newest` packet; none when it is not any more.
    pub(crate) fn rejoin(&mut self, newest: Option<Newest>) {
        self.rejoins = newest;
    }

    /// What to send for a packet of the slot's feed, if anything. `stacked` says that its stream
    /// holds several layers.
    pub(crate) fn take<'p>(
        &mut self,
        stream: Layer,
        stacked: bool,
        packet: &'p Packet,
        to: Receiving,
    ) -> Taken<'p> {
        let mut taken = Taken { verdict: Verdict::Drop, held: None, write: None };
        let Some(feed) = &mut self.feed else { return taken };
        let Body::Video(video) = &packet.body else { return taken };
        let source = (feed.track.id, stream);
        taken.verdict = feed.select(stream, stacked, packet, video);
        if self.held.is_some() {
            taken.held = self.held.take().filter(|held| held.track == source.0);
        }
        let thinned = taken.verdict == Verdict::Forward
            && !feed.temporal.passes(video.temporal_id, video.up_switch, video.starts_frame);
        let outgoing = match taken.verdict {
            Verdict::Switch => {
                feed.temporal.restart();
                let Packet { seq, time, at, .. } = *packet;
                Some(match self.rejoins {
                    Some(newest) => self.munger.rejoin(source, seq, time, newest, at),
                    None => self.munger.switch(source, seq, time, at),
                })
            }
            Verdict::Forward if !thinned => {
                self.munger.forward(source, packet.seq, packet.time, packet.at).ok()
            }
            // Simulcast has other streams with numbers of their own.
            Verdict::Drop if !stacked || feed.selector.current().is_none() => None,
            Verdict::Drop | Verdict::Forward => {
                if !self.leave_out(source, packet) {
                    // What can't be left out without a hole any more is better sent.
                    let late = self.munger.forward(source, packet.seq, packet.time, packet.at);
                    taken.write = self.write(late.ok(), source.0, packet, to);
                }
                return taken;
            }
        };
        if stacked && let (Some(feed), Some(outgoing)) = (&mut self.feed, outgoing) {
            let piece = piece(packet, video);
            feed.spatial.note(&piece);
            if feed.spatial.waits(&feed.selector, &piece, packet.marker) {
                self.held = Some(Held { track: source.0, outgoing, packet: packet.clone() });
                return taken;
            }
        }
        taken.write = self.write(outgoing, source.0, packet, to);
        taken
    }

    /// What to send for a packet that was held back.
    pub(crate) fn let_go<'h>(&mut self, held: &'h Held, to: Receiving) -> Option<Write<'h>> {
        self.write(Some(held.outgoing), held.track, &held.packet, to)
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
        self.write(Some(outgoing), source.0, packet, to)
    }

    /// Drops a packet of a layer without a trace. False if it is too late for that.
    fn leave_out(&mut self, source: (TrackId, Layer), packet: &Packet) -> bool {
        let Body::Video(video) = &packet.body else { return false };
        if !self.munger.skip(source, packet.seq) {
            return false;
        }
        // The other codecs count frames for the sake of references: they keep their numbers.
        if let (Some(segment), Descriptor::Vp8(descriptor)) =
            (self.munger.segment(), &video.descriptor)
        {
            self.vp8.skip(segment, descriptor);
        }
        true
    }

    fn write<'p>(
        &mut self,
        outgoing: Option<Outgoing>,
        track: TrackId,
        packet: &'p Packet,
        to: Receiving,
    ) -> Option<Write<'p>> {
        let outgoing = outgoing?;
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
        let dependency = match &packet.dependency {
            None => None,
            Some(frame) => Some((frame, self.describe(outgoing.segment, track, packet, frame)?)),
        };
        let ends = video.spatial.is_some_and(|spatial| {
            let feed = self.feed.as_ref().filter(|feed| feed.track.id == track);
            feed.is_some_and(|feed| feed.ends_picture(packet, &spatial))
        });
        Some(Write {
            payload_type: to.payload_type,
            rtx: to.rtx,
            seq: outgoing.seq,
            time: outgoing.time,
            marker: packet.marker || ends,
            padding: 0,
            payload: &packet.payload,
            part: Part::whole(&packet.payload),
            patch,
            dependency,
            level: None,
        })
    }

    fn describe(
        &mut self,
        segment: Segment,
        track: TrackId,
        packet: &Packet,
        frame: &Dependency,
    ) -> Option<Rewrite> {
        let frame_number = self.frames.rewrite(segment, frame.number)?;
        let feed = self.feed.as_mut().filter(|feed| feed.track.id == track);
        let active_targets = feed.and_then(|feed| feed.active_targets(packet, frame));
        Some(Rewrite { frame_number, active_targets })
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
            padding: 0,
            payload,
            part,
            patch: Patch::default(),
            dependency: None,
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
