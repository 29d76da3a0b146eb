//! What the tester must know of an SDP answer (RFC 8866, RFC 8843, RFC 8285).

use std::collections::HashMap;

pub const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
pub const RID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
pub const REPAIRED_RID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
pub const AUDIO_LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
pub const TRANSPORT_WIDE_URI: &str =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
pub const ABS_SEND_TIME_URI: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

/// One media section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    pub mid: String,
    pub video: bool,
    /// Port 0: refused.
    pub refused: bool,
    /// Payload types in order of preference, with the codec's name in lower case.
    pub codecs: Vec<(u8, String)>,
    /// RTX payload type → the one that it repairs.
    pub repairs: HashMap<u8, u8>,
    /// Header extension URI → id.
    pub extensions: HashMap<String, u8>,
    /// Named SSRCs.
    pub ssrcs: Vec<u32>,
    /// Stream and its RTX stream.
    pub pairs: Vec<(u32, u32)>,
}

impl Section {
    pub fn extension(&self, uri: &str) -> Option<u8> {
        self.extensions.get(uri).copied()
    }

    /// The first payload type of a codec.
    pub fn payload_type(&self, codec: &str) -> Option<u8> {
        self.codecs.iter().find(|(_, name)| name == codec).map(|(pt, _)| *pt)
    }

    /// The RTX payload type that repairs `pt`.
    pub fn rtx_of(&self, pt: u8) -> Option<u8> {
        self.repairs.iter().find(|(_, repaired)| **repaired == pt).map(|(rtx, _)| *rtx)
    }
}

/// The audio and video sections of `sdp`. Lines that can't be read are passed over.
pub fn sections(sdp: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut inside = false;
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            let mut words = media.split(' ');
            let kind = words.next().unwrap_or_default();
            inside = matches!(kind, "audio" | "video");
            if inside {
                sections.push(Section {
                    video: kind == "video",
                    refused: words.next() == Some("0"),
                    // The list begins behind the protocol.
                    codecs: words
                        .skip(1)
                        .filter_map(|pt| Some((pt.parse().ok()?, String::new())))
                        .collect(),
                    ..Section::default()
                });
            }
            continue;
        }
        if !inside {
            continue;
        }
        if let Some(section) = sections.last_mut() {
            attribute(section, line);
        }
    }
    sections
}

fn attribute(section: &mut Section, line: &str) -> Option<()> {
    let line = line.strip_prefix("a=")?;
    let (name, value) = line.split_once(':')?;
    match name {
        "mid" => section.mid = value.trim().to_owned(),
        "rtpmap" => {
            let (pt, format) = value.split_once(' ')?;
            let pt: u8 = pt.parse().ok()?;
            let codec = format.split('/').next()?.to_ascii_lowercase();
            section.codecs.iter_mut().find(|(known, _)| *known == pt)?.1 = codec;
        }
        "fmtp" => {
            let (pt, parameters) = value.split_once(' ')?;
            let apt = parameters.split(';').find_map(|p| p.trim().strip_prefix("apt="))?;
            section.repairs.insert(pt.parse().ok()?, apt.parse().ok()?);
        }
        "extmap" => {
            let (id, uri) = value.split_once(' ')?;
            // "3/sendonly" carries a direction.
            let id = id.split('/').next()?.parse().ok()?;
            section.extensions.insert(uri.split(' ').next()?.to_owned(), id);
        }
        "ssrc" => {
            let ssrc = value.split(' ').next()?.parse().ok()?;
            if !section.ssrcs.contains(&ssrc) {
                section.ssrcs.push(ssrc);
            }
        }
        "ssrc-group" => {
            let mut words = value.split(' ');
            if words.next()? == "FID" {
                section.pairs.push((words.next()?.parse().ok()?, words.next()?.parse().ok()?));
            }
        }
        _ => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\na=group:BUNDLE 0 1 2\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n\
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:2\r\na=rtpmap:96 VP8/90000\r\n\
        a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=ssrc-group:FID 5 6\r\na=ssrc:5 cname:x\r\n\
        a=ssrc:6 cname:x\r\na=extmap:3/sendonly urn:ietf:params:rtp-hdrext:sdes:mid\r\n";

    #[test]
    fn an_answer_is_understood() {
        let sections = sections(ANSWER);
        assert_eq!(sections.len(), 2);
        let (audio, video) = (&sections[0], &sections[1]);
        assert_eq!((audio.mid.as_str(), audio.video, audio.refused), ("0", false, false));
        assert_eq!(audio.payload_type("opus"), Some(111));
        assert_eq!(audio.extension(AUDIO_LEVEL_URI), Some(1));
        assert_eq!((video.mid.as_str(), video.video, video.refused), ("2", true, true));
        assert_eq!(video.payload_type("vp8"), Some(96));
        assert_eq!(video.rtx_of(96), Some(97));
        assert_eq!(video.pairs, [(5, 6)]);
        assert_eq!(video.ssrcs, [5, 6]);
        assert_eq!(video.extension(MID_URI), Some(3));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(lines in prop::collection::vec("(m=video |a=[a-z-]{1,10}:)?[ -~]{0,30}", 0..20)) {
            sections(&lines.join("\r\n"));
        }
    }
}
