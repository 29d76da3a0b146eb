//! The tracks that a participant publishes.

use std::{
    collections::VecDeque,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use szpon_media::{
    rtcp::{NtpTime, SenderInfo, Ssrc, write},
    units::{RtpTime, SeqNo},
};
use szpon_sfu_srtp::{MAX_RTP_OVERHEAD, Protector};

use crate::{
    media::{
        encoder::{Encoder, Packet, VIDEO_CLOCK, stamp},
        mark::{self, Mark, clock},
        opus,
    },
    rtp::NewHeader,
    scenario::{Microphone, Speaks, Video},
    sdp::{self, Section},
    stats::totals::Totals,
};

/// Packets kept for NACKs, of each layer.
const HISTORY: usize = 512;
/// A burst leaves in portions, as a browser's pacer sends it.
const PORTION: usize = 10;
const PORTION_INTERVAL: Duration = Duration::from_millis(4);
/// How long somebody speaks who speaks in turn.
const TURN: Duration = Duration::from_secs(3);
const OPUS_INTERVAL: Duration = Duration::from_millis(20);
/// Opus repeats its comfort noise after so many silent frames (400 ms).
const DTX_FRAMES: u64 = 20;
/// dBov of somebody who speaks, and of silence (RFC 6464).
const SPEAKING: u8 = 30;
const SILENT: u8 = 127;
/// From 1900 to 1970, in seconds: NTP's epoch and Unix's.
const NTP_OFFSET: u64 = 2_208_988_800;

/// Header extension ids and payload types that were agreed.
#[derive(Debug, Clone)]
struct Agreed {
    mid: String,
    payload_type: u8,
    rtx_type: Option<u8>,
    mid_id: Option<u8>,
    rid_id: Option<u8>,
    repaired_rid_id: Option<u8>,
    level_id: Option<u8>,
    transport_wide_id: Option<u8>,
    send_time_id: Option<u8>,
}

/// One encoding on its own SSRC.
#[derive(Debug)]
struct Encoding {
    rid: Option<&'static str>,
    ssrc: u32,
    rtx: Option<u32>,
    rtx_sequence: u64,
    encoder: Option<Encoder>,
    history: VecDeque<Packet>,
    packets: u32,
    octets: u32,
    timestamp: u32,
}

/// SSRCs of one encoding, as the offer named them.
#[derive(Debug, Clone, Copy)]
pub struct Ssrcs {
    pub rid: Option<&'static str>,
    pub main: u32,
    pub rtx: Option<u32>,
}

enum Content {
    Video { video: Video, next_burst: Option<Instant>, interval: Duration },
    Audio { microphone: Microphone, frame: u64, sequence: u64, sounds: Arc<Vec<Vec<u8>>> },
}

/// One published m-line.
pub struct Track {
    agreed: Agreed,
    encodings: Vec<Encoding>,
    content: Content,
    stream: u32,
    offset: u32,
    next: Instant,
    waiting: VecDeque<(usize, Packet)>,
    next_portion: Instant,
    turn: (u32, u32),
}

/// What sending needs of the peer.
pub struct Sink<'a> {
    pub keys: &'a Protector,
    /// Each datagram is put together here.
    pub scratch: &'a mut Vec<u8>,
    pub transport_wide: &'a mut u16,
    pub totals: &'a mut Totals,
    /// Gets each finished datagram.
    pub send: &'a mut dyn FnMut(&[u8], &mut Totals),
}

impl Agreed {
    /// None if the server refused the section or the codec.
    fn new(section: &Section, codec: &str) -> Option<Self> {
        if section.refused {
            return None;
        }
        let payload_type = section.payload_type(codec)?;
        Some(Self {
            mid: section.mid.clone(),
            payload_type,
            rtx_type: section.rtx_of(payload_type),
            mid_id: section.extension(sdp::MID_URI),
            rid_id: section.extension(sdp::RID_URI),
            repaired_rid_id: section.extension(sdp::REPAIRED_RID_URI),
            level_id: section.extension(sdp::AUDIO_LEVEL_URI),
            transport_wide_id: section.extension(sdp::TRANSPORT_WIDE_URI),
            send_time_id: section.extension(sdp::ABS_SEND_TIME_URI),
        })
    }
}

impl Track {
    pub fn video(
        video: Video,
        section: &Section,
        ssrcs: &[Ssrcs],
        stream: u32,
        now: Instant,
        rng: &mut fastrand::Rng,
    ) -> Option<Self> {
        let agreed = Agreed::new(section, video.codec.name())?;
        let encodings = ssrcs
            .iter()
            .zip(video.layers())
            .enumerate()
            .map(|(layer, (ssrcs, spec))| {
                let encoder = Encoder::new(video.codec, spec, stream, layer as u8, rng);
                Encoding::new(*ssrcs, Some(encoder))
            })
            .collect();
        let interval = Duration::from_secs(1) / video.frames_per_second.max(1);
        let next_burst = video.burst_seconds.map(|_| now);
        let content = Content::Video { video, next_burst, interval };
        // Cameras are not in step.
        let next = now + interval.mul_f64(rng.f64());
        Some(Self::new(agreed, encodings, content, stream, next, rng))
    }

    pub fn audio(
        microphone: Microphone,
        section: &Section,
        ssrcs: Ssrcs,
        stream: u32,
        turn: (u32, u32),
        now: Instant,
        rng: &mut fastrand::Rng,
    ) -> Option<Self> {
        let agreed = Agreed::new(section, "opus")?;
        let sounds = sounds();
        let sequence = rng.u64(1..32_768);
        let content = Content::Audio { microphone, frame: 0, sequence, sounds };
        let next = now + OPUS_INTERVAL.mul_f64(rng.f64());
        let mut track =
            Self::new(agreed, vec![Encoding::new(ssrcs, None)], content, stream, next, rng);
        track.turn = turn;
        Some(track)
    }

    fn new(
        agreed: Agreed,
        encodings: Vec<Encoding>,
        content: Content,
        stream: u32,
        next: Instant,
        rng: &mut fastrand::Rng,
    ) -> Self {
        let offset = rng.u32(..);
        let waiting = VecDeque::new();
        Self {
            agreed,
            encodings,
            content,
            stream,
            offset,
            next,
            waiting,
            next_portion: next,
            turn: (0, 1),
        }
    }

    /// When [`Track::run`] has something to do.
    pub fn due(&self) -> Instant {
        if self.waiting.is_empty() { self.next } else { self.next.min(self.next_portion) }
    }

    /// Makes and sends what is due. `began` is when the peer began: the RTP clock's origin.
    pub fn run(&mut self, now: Instant, began: Instant, sink: &mut Sink<'_>) {
        if now >= self.next {
            match &self.content {
                Content::Video { .. } => {
                    sink.totals.keyframes_sent += self.video_frame(now, began);
                }
                Content::Audio { .. } => self.audio_frame(now, began, sink),
            }
        }
        if !self.waiting.is_empty() && now >= self.next_portion {
            for _ in 0..PORTION {
                let Some((index, packet)) = self.waiting.pop_front() else { break };
                self.send(index, packet, sink);
            }
            self.next_portion = now + PORTION_INTERVAL;
        }
    }

    /// Says how many keyframes it made.
    fn video_frame(&mut self, now: Instant, began: Instant) -> u64 {
        let Content::Video { video, next_burst, interval } = &mut self.content else { return 0 };
        let mut extra = 0;
        if let (Some(at), Some(seconds)) = (*next_burst, video.burst_seconds)
            && now >= at
        {
            extra = video.burst_bytes;
            *next_burst = Some(now + Duration::from_secs_f64(seconds));
        }
        // Frames that were missed are not made up for.
        self.next = (self.next + *interval).max(now);
        let ticks = (now - began).as_nanos() * u128::from(VIDEO_CLOCK) / 1_000_000_000;
        let timestamp = self.offset.wrapping_add(ticks as u32);
        let waiting = &mut self.waiting;
        let mut keyframes = 0;
        for (index, encoding) in self.encodings.iter_mut().enumerate() {
            encoding.timestamp = timestamp;
            if let Some(encoder) = encoding.encoder.as_mut().filter(|encoder| encoder.active) {
                keyframes += u64::from(encoder.keyframe_wanted);
                encoder.frame(timestamp, extra, &mut |packet| waiting.push_back((index, packet)));
            }
        }
        // A connection that is too slow for its camera loses its oldest packets first.
        let excess = self.waiting.len().saturating_sub(2_000);
        self.waiting.drain(..excess);
        keyframes
    }

    fn audio_frame(&mut self, now: Instant, began: Instant, sink: &mut Sink<'_>) {
        let speaks = self.speaks(now, began);
        let Content::Audio { microphone, frame, sequence, sounds } = &mut self.content else {
            return;
        };
        self.next = (self.next + OPUS_INTERVAL).max(now);
        let this = *frame;
        *frame += 1;
        if !speaks && microphone.dtx && !this.is_multiple_of(DTX_FRAMES) {
            return;
        }
        let payload = if !speaks && microphone.dtx {
            // Comfort noise: a TOC octet and one more.
            vec![0x08, 0x00]
        } else {
            let Some(sound) = sounds.get(this as usize % sounds.len().max(1)) else { return };
            let mut payload = sound.clone();
            let mark = Mark {
                stream: self.stream,
                layer: 0,
                keyframe: false,
                frame: this as u32,
                index: 0,
                count: 1,
                sent: Duration::ZERO,
            };
            let at = payload.len() - mark::LEN;
            payload[at..].copy_from_slice(&mark.to_bytes());
            payload
        };
        let timestamp = self.offset.wrapping_add((this as u32).wrapping_mul(opus::FRAME_TICKS));
        let packet = Packet { sequence: *sequence, timestamp, marker: false, payload };
        *sequence += 1;
        if let Some(encoding) = self.encodings.first_mut() {
            encoding.timestamp = timestamp;
        }
        let level = if speaks { 0x80 | SPEAKING } else { SILENT };
        self.send_with_level(0, packet, Some(level), sink);
    }

    fn speaks(&self, now: Instant, began: Instant) -> bool {
        let Content::Audio { microphone, .. } = &self.content else { return false };
        match microphone.speaks {
            Speaks::Always => true,
            Speaks::Never => false,
            Speaks::InTurn => {
                let turn = (now - began).as_secs() / TURN.as_secs();
                turn % u64::from(self.turn.1.max(1)) == u64::from(self.turn.0)
            }
        }
    }

    fn send(&mut self, index: usize, packet: Packet, sink: &mut Sink<'_>) {
        self.send_with_level(index, packet, None, sink);
    }

    fn send_with_level(
        &mut self,
        index: usize,
        mut packet: Packet,
        level: Option<u8>,
        sink: &mut Sink<'_>,
    ) {
        let Some(encoding) = self.encodings.get_mut(index) else { return };
        stamp_mark(&mut packet.payload);
        let rid = encoding.rid.and_then(|rid| Some((self.agreed.rid_id?, rid)));
        let header = Header {
            payload_type: self.agreed.payload_type,
            sequence: packet.sequence,
            ssrc: encoding.ssrc,
            rid,
            level,
        };
        encoding.packets = encoding.packets.wrapping_add(1);
        encoding.octets = encoding.octets.wrapping_add(packet.payload.len() as u32);
        transmit(&self.agreed, header, &packet, &[], sink);
        if encoding.rtx.is_some() {
            if encoding.history.len() == HISTORY {
                encoding.history.pop_front();
            }
            encoding.history.push_back(packet);
        }
    }

    /// Repeats a packet (RFC 4588).
    pub fn repeat(&mut self, stream: Ssrc, number: SeqNo, sink: &mut Sink<'_>) {
        let agreed = &self.agreed;
        let ssrc = stream.get();
        let Some(encoding) = self.encodings.iter_mut().find(|encoding| encoding.ssrc == ssrc)
        else {
            return;
        };
        let (Some(rtx), Some(payload_type)) = (encoding.rtx, agreed.rtx_type) else { return };
        let Some(packet) =
            encoding.history.iter().find(|packet| packet.sequence as u16 == number.get())
        else {
            return;
        };
        encoding.rtx_sequence += 1;
        let rid = encoding.rid.and_then(|rid| Some((agreed.repaired_rid_id?, rid)));
        let header =
            Header { payload_type, sequence: encoding.rtx_sequence, ssrc: rtx, rid, level: None };
        transmit(agreed, header, packet, &number.get().to_be_bytes(), sink);
    }

    /// True when the stream is one of this track's.
    pub fn keyframe(&mut self, stream: Ssrc) -> bool {
        let ssrc = stream.get();
        let encoding = self.encodings.iter_mut().find(|encoding| encoding.ssrc == ssrc);
        let Some(encoder) = encoding.and_then(|encoding| encoding.encoder.as_mut()) else {
            return false;
        };
        encoder.keyframe_wanted = true;
        true
    }

    /// Which simulcast layers anybody needs.
    pub fn set_layers(&mut self, active: [bool; 3]) {
        // A single stream has no layers to switch off.
        if self.encodings.len() < 2 {
            return;
        }
        for (encoding, active) in self.encodings.iter_mut().zip(active) {
            if let Some(encoder) = &mut encoding.encoder {
                encoder.set_active(active);
            }
        }
    }

    /// Appends sender reports of what was sent.
    pub fn report(&self, out: &mut Vec<u8>) {
        let now = clock();
        let fraction = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
        let ntp = (now.as_secs() + NTP_OFFSET) << 32 | fraction;
        for encoding in self.encodings.iter().filter(|encoding| encoding.packets > 0) {
            let info = SenderInfo {
                ntp: NtpTime::new(ntp),
                rtp: RtpTime::new(encoding.timestamp),
                packets: encoding.packets,
                octets: encoding.octets,
            };
            write::sender_report(out, Ssrc::new(encoding.ssrc), &info, &[]);
        }
    }

    pub fn mid(&self) -> &str {
        &self.agreed.mid
    }
}

impl Encoding {
    fn new(ssrcs: Ssrcs, encoder: Option<Encoder>) -> Self {
        Self {
            rid: ssrcs.rid,
            ssrc: ssrcs.main,
            rtx: ssrcs.rtx,
            rtx_sequence: 0,
            encoder,
            history: VecDeque::new(),
            packets: 0,
            octets: 0,
            timestamp: 0,
        }
    }
}

/// What differs between a first sending and a repetition.
struct Header {
    payload_type: u8,
    sequence: u64,
    ssrc: u32,
    rid: Option<(u8, &'static str)>,
    level: Option<u8>,
}

fn transmit(agreed: &Agreed, header: Header, packet: &Packet, prefix: &[u8], sink: &mut Sink<'_>) {
    let number = sink.transport_wide.to_be_bytes();
    *sink.transport_wide = sink.transport_wide.wrapping_add(1);
    let send_time = send_time();
    let level = header.level.unwrap_or_default();
    let mut extensions: [(u8, &[u8]); 5] = [(0, &[]); 5];
    if let Some(id) = agreed.mid_id {
        extensions[0] = (id, agreed.mid.as_bytes());
    }
    if let Some((id, rid)) = header.rid {
        extensions[1] = (id, rid.as_bytes());
    }
    if let (Some(id), Some(_)) = (agreed.level_id, header.level) {
        extensions[2] = (id, std::slice::from_ref(&level));
    }
    if let Some(id) = agreed.transport_wide_id {
        extensions[3] = (id, &number);
    }
    if let Some(id) = agreed.send_time_id {
        extensions[4] = (id, &send_time);
    }
    let datagram = &mut *sink.scratch;
    datagram.clear();
    let new = NewHeader {
        marker: packet.marker,
        payload_type: header.payload_type,
        sequence: header.sequence as u16,
        timestamp: packet.timestamp,
        ssrc: header.ssrc,
        extensions: &extensions,
    };
    new.write(datagram);
    datagram.extend_from_slice(prefix);
    datagram.extend_from_slice(&packet.payload);
    let plain = datagram.len();
    datagram.resize(plain + MAX_RTP_OVERHEAD, 0);
    if let Ok(len) = sink.keys.protect_rtp(datagram, plain, header.sequence) {
        sink.totals.sent_packets += 1;
        sink.totals.sent_bytes += len as u64;
        (sink.send)(&datagram[..len], sink.totals);
    }
}

/// Seconds modulo 64 in 6.18 bits (abs-send-time).
fn send_time() -> [u8; 3] {
    let now = clock();
    let fraction = (u64::from(now.subsec_nanos()) << 18) / 1_000_000_000;
    let value = (now.as_secs() % 64) << 18 | fraction;
    [(value >> 16) as u8, (value >> 8) as u8, value as u8]
}

fn stamp_mark(payload: &mut [u8]) {
    if payload.len() >= mark::LEN {
        stamp(payload, clock());
    }
}

/// Made once; the encoder is not what is measured.
fn sounds() -> Arc<Vec<Vec<u8>>> {
    static SOUNDS: OnceLock<Arc<Vec<Vec<u8>>>> = OnceLock::new();
    let made = || {
        let packets = opus::hum().unwrap_or_default();
        Arc::new(packets.iter().filter_map(|packet| opus::padded(packet)).collect())
    };
    SOUNDS.get_or_init(made).clone()
}
