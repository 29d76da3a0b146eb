//! What a synthetic publisher sends: frames of VP8 cut into packets, and Opus.

use std::{sync::Arc, time::Instant};

use str0m::{
    Rtc,
    media::{Mid, Pt},
    rtp::{ExtensionValues, RtpWrite},
};

/// 30 frames/s of four packets of 1,200 bytes: 1.15 Mbit/s.
pub const FRAMES_PER_SECOND: u32 = 30;
const PACKETS_PER_FRAME: u64 = 4;
const PACKET_BYTES: usize = 1200;
/// Video clock (RFC 7741, section 4.1) per frame.
const VIDEO_TICKS: u32 = 90_000 / FRAMES_PER_SECOND;
/// Opus: 20 ms at 48 kHz (RFC 7587, section 4.1).
const AUDIO_TICKS: u32 = 960;
const AUDIO_BYTES: usize = 80;

pub struct Video {
    pub mid: Mid,
    pub pt: Pt,
    seq: u64,
    frame: u32,
    pub keyframe_wanted: bool,
}

impl Video {
    pub fn new(mid: Mid, pt: Pt) -> Self {
        Self { mid, pt, seq: 1, frame: 0, keyframe_wanted: true }
    }

    /// Writes one frame. The payload descriptor is RFC 7741's with a 15-bit picture id and TL0PICIDX.
    pub fn write_frame(&mut self, rtc: &mut Rtc, now: Instant) {
        let key = std::mem::take(&mut self.keyframe_wanted);
        let picture = (self.frame & 0x7fff) as u16;
        for index in 0..PACKETS_PER_FRAME {
            let mut payload = vec![0x5a; PACKET_BYTES];
            payload[0] = 0x80 | if index == 0 { 0x10 } else { 0 };
            payload[1] = 0xc0;
            payload[2..4].copy_from_slice(&(picture | 0x8000).to_be_bytes());
            payload[4] = self.frame as u8;
            if index == 0 {
                payload[5] = if key { 0x10 } else { 0x11 };
                // RFC 6386, section 9.1: start code, then 640 × 360.
                payload[8..15].copy_from_slice(&[0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
            }
            let mut api = rtc.direct_api();
            let Some(stream) = api.stream_tx_by_mid(self.mid, None) else { return };
            let time = self.frame.wrapping_mul(VIDEO_TICKS);
            stream.write_rtp(
                RtpWrite::new(self.pt, self.seq.into(), time, now, Arc::<[u8]>::from(payload))
                    .marker(index + 1 == PACKETS_PER_FRAME)
                    .nackable(true),
            );
            self.seq += 1;
        }
        self.frame += 1;
    }
}

pub struct Audio {
    pub mid: Mid,
    pub pt: Pt,
    seq: u64,
}

impl Audio {
    pub fn new(mid: Mid, pt: Pt) -> Self {
        Self { mid, pt, seq: 1 }
    }

    /// Writes 20 ms of somebody who speaks (-30 dBov, RFC 6464).
    pub fn write_packet(&mut self, rtc: &mut Rtc, now: Instant) {
        let exts = ExtensionValues {
            audio_level: Some(-30),
            voice_activity: Some(true),
            ..Default::default()
        };
        let mut api = rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(self.mid, None) else { return };
        let time = (self.seq as u32).wrapping_mul(AUDIO_TICKS);
        stream.write_rtp(
            RtpWrite::new(self.pt, self.seq.into(), time, now, vec![0x78; AUDIO_BYTES])
                .ext_vals(exts),
        );
        self.seq += 1;
    }
}
