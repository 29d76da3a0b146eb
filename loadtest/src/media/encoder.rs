//! Frames of one video layer, cut into packets as an encoder with rate control would.

use super::{
    mark::{self, Mark},
    payload::{self, Codec, Place},
};

/// RTP clock of video (RFC 7741, section 4.1, and the other codecs alike).
pub const VIDEO_CLOCK: u32 = 90_000;
/// A keyframe of a camera has about four times the octets of another frame.
const KEYFRAME_FACTOR: f64 = 4.0;
/// No frame is smaller, in octets.
const SMALLEST: usize = payload::LONGEST_HEAD + mark::LEN + 8;

/// What one encoding of a source is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerSpec {
    pub width: u16,
    pub height: u16,
    pub bits_per_second: u64,
    pub frames_per_second: u32,
    /// RTP payload octets of a full packet.
    pub packet_bytes: usize,
    /// 1 to 3 temporal layers (L1T1, L1T2, L1T3).
    pub temporal_layers: u8,
}

/// A packet before its header is written and it is encrypted.
#[derive(Debug, Clone)]
pub struct Packet {
    /// Extended sequence number.
    pub sequence: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub payload: Vec<u8>,
}

/// One simulcast layer, or the only one.
#[derive(Debug)]
pub struct Encoder {
    codec: Codec,
    spec: LayerSpec,
    stream: u32,
    layer: u8,
    /// Octets that the rate allows and that were not used yet; negative after a large frame.
    budget: f64,
    sequence: u64,
    frame: u32,
    picture: u16,
    tl0: u8,
    pub active: bool,
    pub keyframe_wanted: bool,
}

impl Encoder {
    /// Numbers begin at random, as in browsers.
    pub fn new(
        codec: Codec,
        spec: LayerSpec,
        stream: u32,
        layer: u8,
        rng: &mut fastrand::Rng,
    ) -> Self {
        Self {
            codec,
            spec,
            stream,
            layer,
            budget: 0.0,
            // Far enough below the wrap that SRTP's rollover counter can be guessed by all.
            sequence: rng.u64(1..32_768),
            frame: 0,
            picture: rng.u16(0..0x8000),
            tl0: rng.u8(..),
            active: true,
            keyframe_wanted: true,
        }
    }

    /// Switches the layer on or off; it goes on with a keyframe.
    pub fn set_active(&mut self, active: bool) {
        self.keyframe_wanted |= active && !self.active;
        self.active = active;
    }

    /// The packets of the next frame. `extra` octets come on top of the rate: what a change of
    /// the whole screen costs. The send time in the marks is left for [`stamp`].
    pub fn frame(&mut self, timestamp: u32, extra: usize, out: &mut impl FnMut(Packet)) {
        let keyframe = std::mem::take(&mut self.keyframe_wanted);
        let share =
            self.spec.bits_per_second as f64 / 8.0 / f64::from(self.spec.frames_per_second.max(1));
        // After silence a rate controller does not make up for it.
        self.budget = (self.budget + share).min(4.0 * share.max(self.spec.packet_bytes as f64));
        let wanted = if keyframe { share * KEYFRAME_FACTOR } else { self.budget.max(0.0) };
        let wanted = wanted as usize + extra;
        let full = self.spec.packet_bytes.max(SMALLEST);
        let (mut count, size) =
            if wanted < full { (1, wanted.max(SMALLEST)) } else { (wanted / full, full) };
        if keyframe && self.codec == Codec::H264 {
            // Parameter sets have a packet of their own.
            count = count.max(2);
        }
        // What was extra is not paid back.
        self.budget -= ((count * size) as f64 - extra as f64).max(0.0);
        self.budget = self.budget.max(-8.0 * share);

        let temporal = self.temporal(keyframe);
        if temporal == 0 {
            self.tl0 = self.tl0.wrapping_add(1);
        }
        for index in 0..count {
            let place = Place {
                keyframe,
                first: index == 0,
                last: index + 1 == count,
                width: self.spec.width,
                height: self.spec.height,
                picture: self.picture,
                temporal,
                tl0: self.tl0,
            };
            let mut body = Vec::with_capacity(size + payload::LONGEST_HEAD);
            payload::write_head(&mut body, self.codec, place);
            let head = body.len();
            body.resize(size, 0x5a);
            let mark = Mark {
                stream: self.stream,
                layer: self.layer,
                keyframe,
                frame: self.frame,
                index: index as u16,
                count: count as u16,
                sent: std::time::Duration::ZERO,
            };
            body[size - mark::LEN..].copy_from_slice(&mark.to_bytes());
            payload::finish(self.codec, place, head, &mut body);
            out(Packet { sequence: self.sequence, timestamp, marker: place.last, payload: body });
            self.sequence += 1;
        }
        self.frame = self.frame.wrapping_add(1);
        self.picture = (self.picture + 1) & 0x7fff;
    }

    /// L1T2: 0 1; L1T3: 0 2 1 2.
    fn temporal(&self, keyframe: bool) -> u8 {
        if keyframe {
            return 0;
        }
        match (self.spec.temporal_layers, self.frame % 4) {
            (2, 1 | 3) => 1,
            (3, 1 | 3) => 2,
            (3, 2) => 1,
            _ => 0,
        }
    }
}

/// Writes the send time into a payload's mark.
pub fn stamp(payload: &mut [u8], sent: std::time::Duration) {
    if let Some(at) = payload.len().checked_sub(8) {
        payload[at..].copy_from_slice(&(sent.as_nanos() as u64).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use szpon_media::codec::VideoPacket;

    use super::*;

    const SPEC: LayerSpec = LayerSpec {
        width: 1280,
        height: 720,
        bits_per_second: 1_200_000,
        frames_per_second: 30,
        packet_bytes: 1_200,
        temporal_layers: 1,
    };

    fn run(encoder: &mut Encoder, frames: u32) -> Vec<Vec<Packet>> {
        (0..frames)
            .map(|n| {
                let mut packets = Vec::new();
                encoder.frame(n * 3_000, 0, &mut |packet| packets.push(packet));
                packets
            })
            .collect()
    }

    #[test]
    fn the_rate_is_kept_in_full_packets() {
        let mut encoder = Encoder::new(Codec::Vp8, SPEC, 1, 0, &mut fastrand::Rng::with_seed(1));
        let frames = run(&mut encoder, 300);
        let octets: usize = frames.iter().flatten().map(|packet| packet.payload.len()).sum();
        let rate = octets as f64 * 8.0 / 10.0;
        assert!((1_150_000.0..1_250_000.0).contains(&rate), "{rate}");
        assert!(frames[30..].iter().flatten().all(|packet| packet.payload.len() == 1_200));
    }

    #[test]
    fn a_keyframe_comes_when_asked_for() {
        for codec in Codec::ALL {
            let mut encoder = Encoder::new(codec, SPEC, 1, 2, &mut fastrand::Rng::with_seed(2));
            for round in 0..3 {
                encoder.keyframe_wanted = true;
                for (n, frame) in run(&mut encoder, 5).iter().enumerate() {
                    let first = VideoPacket::parse(codec.reader(), &frame[0].payload);
                    assert_eq!(first.starts_keyframe, n == 0, "{codec:?} {round} {n}");
                    assert!(frame.last().unwrap().marker);
                    let mark = Mark::read(&frame[0].payload).unwrap();
                    assert_eq!((mark.keyframe, mark.layer), (n == 0, 2));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_layer_is_numbered_without_gaps(
            bits_per_second in 1_000u64..20_000_000,
            frames_per_second in 1u32..61,
            packet_bytes in 100usize..1_300,
            temporal_layers in 1u8..4,
            extra in 0usize..200_000,
        ) {
            let spec = LayerSpec { bits_per_second, frames_per_second, packet_bytes, temporal_layers, ..SPEC };
            for codec in Codec::ALL {
                let mut encoder = Encoder::new(codec, spec, 1, 0, &mut fastrand::Rng::with_seed(3));
                let mut next = None;
                for n in 0..5 {
                    encoder.frame(n, extra, &mut |mut packet| {
                        assert_eq!(packet.sequence, *next.get_or_insert(packet.sequence));
                        next = Some(packet.sequence + 1);
                        assert!(packet.payload.len() <= packet_bytes.max(SMALLEST));
                        stamp(&mut packet.payload, std::time::Duration::from_nanos(7));
                        let mark = Mark::read(&packet.payload).unwrap();
                        assert_eq!(mark.sent.as_nanos(), 7);
                        assert_eq!(mark.frame, n);
                    });
                }
            }
        }
    }
}
