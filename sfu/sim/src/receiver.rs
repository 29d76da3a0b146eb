//! What a synthetic browser makes of what it receives.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use str0m::rtp::{RtpHeader, RtpPacket};
use szpon_media::{red::Red, units::Unwrapper};

use crate::{
    hearing::Hearing,
    layered::Layered,
    playout::{Freezes, Playout, freezes},
    publisher::{CodedAs, Mark, OPUS_TICKS, OpusSource},
};

/// A decoder gives a missing packet up after so long and asks for a keyframe; on a long way after
/// so many round trips, since each repetition takes one.
const PATIENCE: Duration = Duration::from_millis(600);
const PATIENCE_ROUNDS: u32 = 6;
const MOST_PATIENCE: Duration = Duration::from_secs(3);
/// libwebrtc repeats a keyframe request after about so long.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// A packet that came, first or again.
#[derive(Debug)]
pub(crate) struct Packet {
    /// Extended.
    pub(crate) seq_no: u64,
    pub(crate) header: RtpHeader,
    pub(crate) payload: Arc<[u8]>,
}

impl From<RtpPacket> for Packet {
    fn from(packet: RtpPacket) -> Self {
        let RtpPacket { seq_no, header, payload, .. } = packet;
        Self { seq_no: *seq_no, header, payload }
    }
}

/// A picture that a decoder would have shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// When it was decoded.
    pub at: Instant,
    /// When it was on the screen: evenly, behind a jitter buffer.
    pub displayed: Instant,
    /// Number of the client that sent it.
    pub sender: u32,
    /// Simulcast or spatial layer, 0 to 2.
    pub layer: u8,
    pub keyframe: bool,
}

/// The packets of a first keyframe need their time.
const FIRST_FRAME: Duration = Duration::from_millis(200);

/// The last frame in decoding order.
#[derive(Debug, Clone, Copy)]
struct Last {
    at: Instant,
    timestamp: u32,
    /// Picture id and TL0PICIDX, in VP8.
    numbers: Option<(u16, u8)>,
}

/// A video slot: jitter buffer, decoder, and a critic.
#[derive(Debug, Default)]
pub struct VideoReceiver {
    /// Every frame shown, in order.
    pub shown: Vec<Shown>,
    /// Jumps of sequence numbers, timestamps or picture ids, in words.
    pub jumps: Vec<String>,
    /// Keyframes this receiver had to ask for.
    pub asked: u64,
    /// Packets that never came.
    pub lost: u64,
    pub packets: u64,
    /// Of payload.
    pub bytes: u64,
    buffer: BTreeMap<u64, (Instant, Packet)>,
    /// Where the newest keyframe begins, and its packets.
    keyframe: Option<(u64, u16)>,
    next: Option<u64>,
    /// Packets of the frame that is being put together.
    frame: Vec<Mark>,
    last: Option<Last>,
    /// (sender, layer, frame) that a following frame may refer to.
    reference: Option<(u32, u8, u32)>,
    layered: Layered,
    asked_at: Option<Instant>,
    /// Since when nothing can be decoded.
    dark_since: Option<Instant>,
    playout: Playout,
    clock: Unwrapper<32>,
    /// To the publisher's end and back.
    pub(crate) round_trip: Duration,
}

impl VideoReceiver {
    pub(crate) fn receive(&mut self, now: Instant, packet: Packet) {
        self.packets += 1;
        self.bytes += packet.payload.len() as u64;
        let seq = packet.seq_no;
        match self.next {
            None => self.next = Some(seq - first_of_frame(&packet)),
            Some(next) if seq < next => {
                // A late or reordered packet of what was given up, or before the first.
                return;
            }
            Some(_) => {}
        }
        if let Some(mark) = Mark::read(&packet.payload)
            && mark.keyframe
            && (mark.coded_as == CodedAs::Vp8 || mark.layer == 0)
        {
            let start = seq.saturating_sub(u64::from(mark.index));
            self.keyframe = self.keyframe.max(Some((start, mark.count)));
        }
        self.buffer.insert(seq, (now, packet));
        self.advance(now);
    }

    /// Lets time pass. True when a keyframe is to be requested.
    pub(crate) fn wants_keyframe(&mut self, now: Instant) -> bool {
        self.advance(now);
        if self.next.is_none() || self.reference.is_some() {
            self.dark_since = None;
            return false;
        }
        let since = *self.dark_since.get_or_insert(now);
        if now < since + FIRST_FRAME || self.asked_at.is_some_and(|at| now < at + ASK_AGAIN) {
            return false;
        }
        self.asked_at = Some(now);
        self.asked += 1;
        true
    }

    fn advance(&mut self, now: Instant) {
        while let (Some(next), Some((&first, &(came, _)))) =
            (self.next, self.buffer.first_key_value())
        {
            if first != next {
                if self.skip_to_keyframe() {
                    continue;
                }
                let patience = PATIENCE.max(self.round_trip * PATIENCE_ROUNDS).min(MOST_PATIENCE);
                if now < came + patience {
                    return;
                }
                self.lost += first - next;
                self.next = Some(first);
                self.frame.clear();
                self.reference = None;
                self.layered.lose();
                continue;
            }
            let Some((_, packet)) = self.buffer.remove(&first) else { return };
            self.next = Some(next + 1);
            self.take(now, &packet);
        }
    }

    /// Past what is missing, if a whole keyframe is there: nobody waits for what comes before it.
    fn skip_to_keyframe(&mut self) -> bool {
        let (Some((start, count)), Some(next)) = (self.keyframe, self.next) else { return false };
        let here = |seq: &u64| self.buffer.contains_key(seq);
        if start <= next || !(start..start + u64::from(count)).all(|seq| here(&seq)) {
            return false;
        }
        let late = self.buffer.split_off(&start);
        self.lost += start - next - self.buffer.len() as u64;
        self.buffer = late;
        self.next = Some(start);
        self.frame.clear();
        self.reference = None;
        self.layered.lose();
        true
    }

    fn take(&mut self, now: Instant, packet: &Packet) {
        let Some(mark) = Mark::read(&packet.payload) else {
            self.jumps.push("a packet that no client sent".into());
            return;
        };
        if mark.coded_as != CodedAs::Vp8 {
            return self.take_layered(now, packet, mark);
        }
        if mark.index == 0 {
            self.frame.clear();
            self.judge(now, packet, mark);
        } else if let (Some(last), Some(first)) = (self.last, self.frame.first())
            && (last.timestamp != packet.header.timestamp
                || (first.sender, first.layer, first.frame)
                    != (mark.sender, mark.layer, mark.frame))
        {
            self.jumps.push(format!("frame {first:?} goes on with {mark:?}"));
        }
        if usize::from(mark.index) != self.frame.len() {
            // The beginning of this frame was lost.
            return;
        }
        self.frame.push(mark);
        if self.frame.len() == usize::from(mark.count) {
            if !packet.header.marker {
                self.jumps.push(format!("no marker at the end of {mark:?}"));
            }
            self.decode(now, mark, packet.header.timestamp);
        }
    }

    fn take_layered(&mut self, now: Instant, packet: &Packet, mark: Mark) {
        let timestamp = packet.header.timestamp;
        if let Some(last) = self.last
            && self.reference.is_some()
            && last.timestamp != timestamp
        {
            self.judge_time(now, last, timestamp, mark);
        }
        self.last = Some(Last { at: now, timestamp, numbers: None });
        let Some(picture) = self.layered.take(packet, mark, &mut self.jumps) else { return };
        if !picture.decodable {
            if self.reference.take().is_some() {
                self.jumps.push(format!("{mark:?} ends a picture that can't be decoded"));
            }
            return;
        }
        self.asked_at = None;
        self.reference = Some((mark.sender, picture.layer, mark.frame));
        let Mark { sender, .. } = mark;
        let (layer, keyframe) = (picture.layer, picture.keyframe);
        self.show(now, timestamp, Shown { at: now, displayed: now, sender, layer, keyframe });
    }

    /// A frame later in time has a later timestamp, and not by much more than the time that has
    /// passed.
    fn judge_time(&mut self, now: Instant, last: Last, timestamp: u32, mark: Mark) {
        let step = timestamp.wrapping_sub(last.timestamp);
        let allowed = ((now - last.at).as_secs_f64() + 1.0) * 90_000.0;
        if step == 0 || f64::from(step) > allowed {
            self.jumps.push(format!("timestamp {} to {timestamp} at {mark:?}", last.timestamp));
        }
    }

    fn judge(&mut self, now: Instant, packet: &Packet, mark: Mark) {
        let payload = &packet.payload;
        let picture_id = u16::from_be_bytes([payload[2] & 0x7f, payload[3]]);
        let tl0_pic_idx = payload[4];
        let timestamp = packet.header.timestamp;
        if let Some(last) = self.last
            && self.reference.is_some()
        {
            self.judge_time(now, last, timestamp, mark);
            if let Some((last_id, last_tl0)) = last.numbers {
                if picture_id != (last_id + 1) & 0x7fff {
                    self.jumps.push(format!("picture id {last_id} to {picture_id} at {mark:?}"));
                }
                if tl0_pic_idx != last_tl0.wrapping_add(1) {
                    self.jumps.push(format!("TL0PICIDX {last_tl0} to {tl0_pic_idx} at {mark:?}"));
                }
            }
        }
        let numbers = Some((picture_id, tl0_pic_idx));
        self.last = Some(Last { at: now, timestamp, numbers });
    }

    fn decode(&mut self, now: Instant, mark: Mark, timestamp: u32) {
        let Mark { sender, layer, keyframe, frame, .. } = mark;
        let usable = keyframe
            || self
                .reference
                .is_some_and(|reference| reference == (sender, layer, frame.wrapping_sub(1)));
        if !usable {
            if self.reference.take().is_some() {
                self.jumps.push(format!("{mark:?} refers to a frame that was not sent"));
            }
            return;
        }
        self.asked_at = None;
        self.reference = Some((sender, layer, frame));
        self.show(now, timestamp, Shown { at: now, displayed: now, sender, layer, keyframe });
    }

    fn show(&mut self, now: Instant, timestamp: u32, shown: Shown) {
        let media = self.clock.unwrap(u64::from(timestamp)) as f64 / 90_000.0;
        self.shown.push(Shown { displayed: self.playout.show(media, now), ..shown });
    }

    /// The packet that is decoded next.
    pub(crate) fn next(&self) -> Option<u64> {
        self.next
    }

    /// Frames shown from `since` on.
    pub fn frames_since(&self, since: Instant) -> usize {
        self.shown.iter().filter(|shown| shown.at >= since).count()
    }

    /// The layer of the last frame shown.
    pub fn layer(&self) -> Option<u8> {
        self.shown.last().map(|shown| shown.layer)
    }

    /// The highest spatial layer that the stream itself says it holds for this receiver.
    pub fn told(&self) -> Option<u8> {
        self.layered.told
    }

    /// Freezes between `from` and `to` as a browser's statistics count them.
    pub fn freezes(&self, from: Instant, to: Instant) -> Freezes {
        freezes(self.shown.iter().map(|shown| shown.displayed), from, to)
    }

    /// The layer that most frames between `from` and `to` had.
    pub fn usual_layer(&self, from: Instant, to: Instant) -> Option<u8> {
        let mut frames = [0_usize; 3];
        for shown in self.shown.iter().filter(|shown| shown.at >= from && shown.at <= to) {
            frames[usize::from(shown.layer)] += 1;
        }
        let most = (0..3_u8).max_by_key(|layer| frames[usize::from(*layer)])?;
        (frames[usize::from(most)] > 0).then_some(most)
    }

    /// Changes of the layer shown between `from` and `to`.
    pub fn layer_changes(&self, from: Instant, to: Instant) -> usize {
        let shown = |pair: &&[Shown]| pair[1].at >= from && pair[1].at <= to;
        let pairs = self.shown.windows(2).filter(shown);
        pairs.filter(|pair| pair[0].layer != pair[1].layer).count()
    }

    /// The longest time without a new picture between `from` and `to`, both ends included.
    pub fn longest_freeze(&self, from: Instant, to: Instant) -> Duration {
        let mut longest = Duration::ZERO;
        let mut previous = from;
        for shown in self.shown.iter().filter(|shown| shown.at >= from && shown.at <= to) {
            longest = longest.max(shown.at - previous);
            previous = shown.at;
        }
        longest.max(to - previous)
    }
}

/// How far the packet is from the beginning of its keyframe: those before it may still come.
fn first_of_frame(packet: &Packet) -> u64 {
    let mark = Mark::read(&packet.payload).filter(|mark| mark.keyframe);
    mark.map_or(0, |mark| u64::from(mark.index))
}

/// An audio slot.
#[derive(Debug, Default)]
pub struct AudioReceiver {
    /// When a packet came, and from whom.
    pub heard: Vec<(Instant, u32)>,
    /// Payload types seen.
    pub payload_types: Vec<u8>,
    /// Jumps of sequence numbers or timestamps, in words.
    pub jumps: Vec<String>,
    last: Option<(Instant, u64, u32)>,
    hearing: Hearing,
    clock: Unwrapper<32>,
}

impl AudioReceiver {
    /// `red` is the payload type of RFC 2198, if there is one.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        packet: &Packet,
        ordered: bool,
        red: Option<u8>,
    ) {
        let Some(sender) = OpusSource::sender_of(&packet.payload) else {
            self.jumps.push("a packet that no client sent".into());
            return;
        };
        let pt = *packet.header.payload_type;
        if !self.payload_types.contains(&pt) {
            self.payload_types.push(pt);
        }
        let (seq, timestamp) = (packet.seq_no, packet.header.timestamp);
        if let Some((at, last_seq, last_timestamp)) = self.last
            && ordered
        {
            if seq != last_seq + 1 {
                self.jumps.push(format!("sequence number {last_seq} to {seq}"));
            }
            let step = timestamp.wrapping_sub(last_timestamp);
            let allowed = ((now - at).as_secs_f64() + 1.0) * 48_000.0;
            if step == 0 || f64::from(step) > allowed {
                self.jumps.push(format!("timestamp {last_timestamp} to {timestamp}"));
            }
        }
        self.last = Some((now, seq, timestamp));
        self.heard.push((now, sender));
        self.listen(now, packet, red == Some(pt));
    }

    fn listen(&mut self, now: Instant, packet: &Packet, is_red: bool) {
        let ticks = self.clock.unwrap(u64::from(packet.header.timestamp));
        let number = |ticks: u64| ticks / u64::from(OPUS_TICKS);
        self.hearing.on_frame(number(ticks), true, now);
        if !is_red {
            return;
        }
        match Red::parse(&packet.payload) {
            Ok(red) => {
                for copy in &red.redundant {
                    if OpusSource::sender_of(copy.data).is_none() {
                        self.jumps.push("a copy of what no client sent".into());
                    }
                    let ticks = ticks - u64::from(copy.age_ticks);
                    self.hearing.on_frame(number(ticks), false, now);
                }
            }
            Err(error) => self.jumps.push(error.to_string()),
        }
    }

    /// Frames that were due between `from` and `to`, and how many of them a decoder had to invent:
    /// neither they nor a copy came in time.
    pub fn invented(&self, from: Instant, to: Instant) -> (usize, usize) {
        self.hearing.invented(from, to)
    }

    /// Packets heard from `sender` from `since` on.
    pub fn heard_from(&self, sender: u32, since: Instant) -> usize {
        self.heard.iter().filter(|(at, who)| *at >= since && *who == sender).count()
    }
}
