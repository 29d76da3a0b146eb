//! Opus packets made by the encoder, each with room for a mark in Opus's own padding.

use super::mark;

/// RTP clock of Opus, whatever the audio (RFC 7587, section 4.1).
pub const AUDIO_CLOCK: u32 = 48_000;
/// RTP ticks of 20 ms.
pub const FRAME_TICKS: u32 = 960;
/// Octets that one encoded packet may have before padding.
const LONGEST: usize = 400;

#[derive(Debug, thiserror::Error)]
#[error("the Opus encoder failed: {0}")]
pub struct OpusError(#[from] opus::Error);

/// Two seconds of somebody humming a scale, in packets of 20 ms, to be played in a loop.
pub fn hum() -> Result<Vec<Vec<u8>>, OpusError> {
    let mut encoder =
        opus::Encoder::new(AUDIO_CLOCK, opus::Channels::Mono, opus::Application::Voip)?;
    encoder.set_bitrate(opus::Bitrate::Bits(32_000))?;
    let mut rng = fastrand::Rng::with_seed(440);
    let mut phase = 0.0f32;
    let mut packets = Vec::with_capacity(100);
    for packet in 0..100 {
        let pitch = 110.0 * 2.0f32.powf((packet / 10) as f32 / 12.0);
        let sound: Vec<f32> = (0..FRAME_TICKS)
            .map(|_| {
                phase = (phase + pitch / AUDIO_CLOCK as f32).fract();
                // A voice has overtones and breath.
                let voice: f32 = (1..6)
                    .map(|n| (phase * n as f32 * std::f32::consts::TAU).sin() / n as f32)
                    .sum();
                0.12 * voice + 0.01 * (rng.f32() - 0.5)
            })
            .collect();
        packets.push(encoder.encode_vec_float(&sound, LONGEST)?);
    }
    Ok(packets)
}

/// The same packet with `mark::LEN` octets of padding at its end, which decoders pass over
/// (RFC 6716, section 3.2.5). None if it has more than one frame.
pub fn padded(packet: &[u8]) -> Option<Vec<u8>> {
    let (toc, frame) = packet.split_first()?;
    if toc & 0x03 != 0 {
        return None;
    }
    // Code 3, one frame, constant size, with padding.
    let mut out = vec![toc | 0x03, 0x40 | 1, mark::LEN as u8];
    out.extend_from_slice(frame);
    out.resize(out.len() + mark::LEN, 0);
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn packets_last_twenty_milliseconds_and_can_be_decoded() {
        let mut decoder = opus::Decoder::new(AUDIO_CLOCK, opus::Channels::Mono).unwrap();
        for packet in hum().unwrap() {
            let mut padded = padded(&packet).unwrap();
            let length = padded.len();
            padded[length - 28..].copy_from_slice(&[0xff; 28]);
            assert_eq!(
                szpon_media::opus::packet_duration(&padded),
                Some(Duration::from_millis(20))
            );
            let mut sound = [0.0; 5_760];
            assert_eq!(decoder.decode_float(&padded, &mut sound, false).unwrap(), 960);
        }
    }

    #[test]
    fn several_frames_are_refused() {
        assert_eq!(padded(&[0x79, 1, 2]), None);
        assert_eq!(padded(&[]), None);
    }
}
