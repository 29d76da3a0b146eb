//! What a synthetic browser sends.

use std::time::{Duration, Instant};

use rand::{RngExt, rngs::StdRng};

/// 25 frames per second.
pub const FRAME_INTERVAL: Duration = Duration::from_millis(40);
/// What the layers q, h and f of a camera need, in bits per second.
pub const LAYER_BITRATES: [u64; 3] = [150_000, 500_000, 1_500_000];
/// One Opus frame.
pub(crate) const AUDIO_INTERVAL: Duration = Duration::from_millis(20);
/// The same at 48 kHz.
pub(crate) const OPUS_TICKS: u32 = 960;

/// What a browser gives the layers at least, in bits per second; below that it turns them off, the
/// highest first (libwebrtc, `kSimulcastFormats` at 180, 360 and 720 lines).
const LEAST_BITRATES: [u64; 3] = [30_000, 150_000, 600_000];
/// In percent of that: what a layer needs to be turned on again (`kDefaultVideoHysteresis`).
const TURN_ON_PERCENT: u64 = 120;

/// A keyframe is so many times larger than another frame.
pub(crate) const KEYFRAME_FACTOR: usize = 4;
/// RTP payload of a full packet.
pub(crate) const FULL_PACKET: usize = 1_100;
/// VP8 in RTP (RFC 7741): with picture id, TL0PICIDX and TID.
const DESCRIPTOR: usize = 6;
/// Frame tag and, in a keyframe, start code and size (RFC 6386, section 9.1).
const FRAME_HEADER: usize = 10;
/// See [`Mark`].
pub(crate) const MARK: usize = 19;
/// Bit P of the frame tag: clear in a keyframe.
const INTERFRAME: u8 = 0x01;

/// What the payload of a packet looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodedAs {
    Vp8,
    Vp9,
    Av1,
}

/// At the end of each video payload: what a decoder would find out by decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Number of the client.
    pub(crate) sender: u32,
    pub(crate) coded_as: CodedAs,
    pub(crate) layer: u8,
    pub(crate) keyframe: bool,
    /// A VP8 frame that is no keyframe needs the one before.
    pub(crate) frame: u32,
    pub(crate) index: u16,
    pub(crate) count: u16,
}

impl Mark {
    pub(crate) fn write(self, payload: &mut Vec<u8>) {
        payload.extend(b"MARK");
        payload.extend(self.sender.to_be_bytes());
        payload.push(self.coded_as as u8);
        payload.push(self.layer);
        payload.push(u8::from(self.keyframe));
        payload.extend(self.frame.to_be_bytes());
        payload.extend(self.index.to_be_bytes());
        payload.extend(self.count.to_be_bytes());
    }

    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let mark = payload.last_chunk::<MARK>()?;
        let word =
            |at: usize| u32::from_be_bytes([mark[at], mark[at + 1], mark[at + 2], mark[at + 3]]);
        let half = |at: usize| u16::from_be_bytes([mark[at], mark[at + 1]]);
        (&mark[..4] == b"MARK").then(|| Self {
            sender: word(4),
            coded_as: match mark[8] {
                0 => CodedAs::Vp8,
                1 => CodedAs::Vp9,
                _ => CodedAs::Av1,
            },
            layer: mark[9],
            keyframe: mark[10] != 0,
            frame: word(11),
            index: half(15),
            count: half(17),
        })
    }
}

/// A packet to write to str0m.
#[derive(Debug)]
pub(crate) struct VideoPacket {
    pub(crate) seq_no: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) payload: Vec<u8>,
    /// For the header.
    pub(crate) descriptor: Option<Vec<u8>>,
}

/// One simulcast layer of a VP8 encoder.
#[derive(Debug)]
pub(crate) struct Vp8Layer {
    sender: u32,
    layer: u8,
    /// What it has, and what it takes if there is enough.
    bitrate: u64,
    target: u64,
    /// The node needs it; and there is bandwidth for it.
    needed: bool,
    fits: bool,
    /// The browser has turned it off by itself.
    held_back: bool,
    pub(crate) keyframe_wanted: bool,
    pub(crate) keyframes: u64,
    start: Instant,
    seq_no: u64,
    timestamp_offset: u32,
    picture_id: u16,
    tl0_pic_idx: u8,
    frame: u32,
}

impl Vp8Layer {
    pub(crate) fn new(
        sender: u32,
        layer: u8,
        bitrate: u64,
        start: Instant,
        rng: &mut StdRng,
    ) -> Self {
        Self {
            sender,
            layer,
            bitrate,
            target: bitrate,
            needed: true,
            fits: true,
            held_back: false,
            keyframe_wanted: true,
            keyframes: 0,
            start,
            // Each layer begins anywhere, as in browsers; some are near the wrap.
            seq_no: rng.random_range(0..65_536),
            timestamp_offset: rng.random_range(0..=u32::MAX),
            picture_id: rng.random_range(0..0x8000),
            tl0_pic_idx: rng.random_range(0..=u8::MAX),
            frame: 0,
        }
    }

    pub(crate) fn layer(&self) -> u8 {
        self.layer
    }

    pub(crate) fn is_active(&self) -> bool {
        self.needed && self.fits && !self.held_back
    }

    /// The node needs the layer, or not.
    pub(crate) fn set_needed(&mut self, needed: bool) {
        self.change(|layer| layer.needed = needed);
    }

    pub(crate) fn hold_back(&mut self, held_back: bool) {
        self.change(|layer| layer.held_back = held_back);
    }

    /// Takes of `available` bits per second what it can use, and leaves the rest.
    pub(crate) fn adapt(&mut self, available: &mut u64) {
        let least = LEAST_BITRATES[usize::from(self.layer)].min(self.target);
        let percent = if self.fits { 100 } else { TURN_ON_PERCENT };
        // The lowest layer goes on with however little.
        let fits = self.layer == 0 || *available >= least * percent / 100;
        self.change(|layer| layer.fits = fits);
        if self.is_active() {
            self.bitrate = self.target.min(*available).max(least);
            *available = available.saturating_sub(self.bitrate);
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.is_active();
        change(self);
        // An encoder that starts again starts with a keyframe.
        self.keyframe_wanted |= self.is_active() && !before;
    }

    /// The packets of the next frame.
    pub(crate) fn frame(&mut self, now: Instant) -> Vec<VideoPacket> {
        let keyframe = std::mem::take(&mut self.keyframe_wanted);
        self.keyframes += u64::from(keyframe);
        let mut bytes = (self.bitrate as f64 / 8.0 * FRAME_INTERVAL.as_secs_f64()) as usize;
        if keyframe {
            bytes *= KEYFRAME_FACTOR;
        }
        let count = bytes.div_ceil(FULL_PACKET).max(1);
        let size = (bytes / count).max(DESCRIPTOR + FRAME_HEADER + MARK);
        let elapsed = (now - self.start).as_secs_f64() * 90_000.0;
        let timestamp = self.timestamp_offset.wrapping_add(elapsed as u64 as u32);
        let packets = (0..count)
            .map(|index| {
                let mark = Mark {
                    sender: self.sender,
                    coded_as: CodedAs::Vp8,
                    layer: self.layer,
                    keyframe,
                    frame: self.frame,
                    index: index as u16,
                    count: count as u16,
                };
                let packet = VideoPacket {
                    seq_no: self.seq_no,
                    timestamp,
                    marker: index + 1 == count,
                    payload: self.payload(mark, size),
                    descriptor: None,
                };
                self.seq_no += 1;
                packet
            })
            .collect();
        self.frame += 1;
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        self.tl0_pic_idx = self.tl0_pic_idx.wrapping_add(1);
        packets
    }

    fn payload(&self, mark: Mark, size: usize) -> Vec<u8> {
        let first = mark.index == 0;
        let mut payload = Vec::with_capacity(size);
        // X, and S in the first packet of the frame; then I, L and T.
        payload.extend([if first { 0x90 } else { 0x80 }, 0xe0]);
        payload.extend((0x8000 | self.picture_id).to_be_bytes());
        payload.extend([self.tl0_pic_idx, 0x00]);
        if first {
            let (width, height): (u16, u16) =
                [(320, 180), (640, 360), (1_280, 720)][usize::from(self.layer)];
            payload.extend([if mark.keyframe { 0x10 } else { 0x10 | INTERFRAME }, 0, 0]);
            if mark.keyframe {
                payload.extend([0x9d, 0x01, 0x2a]);
                payload.extend(width.to_le_bytes());
                payload.extend(height.to_le_bytes());
            }
        }
        payload.resize(size - MARK, 0xaa);
        mark.write(&mut payload);
        payload
    }
}

/// A microphone.
#[derive(Debug)]
pub(crate) struct OpusSource {
    pub(crate) sender: u32,
    /// dBov as in RFC 6464, 0 loudest; 127 is silence.
    pub(crate) level: u8,
    pub(crate) enabled: bool,
    pub(crate) seq_no: u64,
    pub(crate) timestamp: u32,
    /// The frame before.
    former: Option<Vec<u8>>,
}

impl OpusSource {
    pub(crate) fn new(sender: u32, rng: &mut StdRng) -> Self {
        Self {
            sender,
            level: 127,
            enabled: true,
            seq_no: rng.random_range(0..65_536),
            timestamp: rng.random_range(0..=u32::MAX),
            former: None,
        }
    }

    /// Sequence number, timestamp and payload of the next frame. With `red`, the payload type of
    /// Opus, it is RED (RFC 2198, section 3) with one copy, as Chromium sends it.
    pub(crate) fn frame(&mut self, red: Option<u8>) -> (u64, u32, Vec<u8>) {
        let mut payload = vec![0x78; 40];
        payload.extend(b"MARK");
        payload.extend(self.sender.to_be_bytes());
        let former = self.former.replace(payload.clone());
        if let Some(opus) = red {
            let mut wrapped = Vec::new();
            if let Some(former) = &former {
                let (age, len) = (OPUS_TICKS, former.len() as u32);
                let header = u32::from(0x80 | opus) << 24 | age << 10 | len;
                wrapped.extend(header.to_be_bytes());
            }
            wrapped.push(opus);
            wrapped.extend(former.iter().flatten());
            wrapped.extend(payload);
            payload = wrapped;
        }
        let frame = (self.seq_no, self.timestamp, payload);
        self.seq_no += 1;
        self.timestamp = self.timestamp.wrapping_add(OPUS_TICKS);
        frame
    }

    pub(crate) fn sender_of(payload: &[u8]) -> Option<u32> {
        let mark = payload.last_chunk::<8>()?;
        (&mark[..4] == b"MARK").then(|| u32::from_be_bytes([mark[4], mark[5], mark[6], mark[7]]))
    }
}
