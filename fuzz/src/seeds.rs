//! The corpus: one small, well-formed input of each kind for each target, from which a fuzzer finds
//! its way. Written by `cargo run -p szpon-fuzz --example seeds`.

use std::time::{Duration, Instant};

use str0m::format::Codec;
use szpon_auth::{Signer, SigningKey};
use szpon_booking_core::code::AppointmentCode;
use szpon_media::{
    RtpTime, SeqNo,
    rtcp::{ArrivalRecorder, FirEntry, NtpTime, ReportBlock, SenderInfo, Ssrc, write},
};
use szpon_protocol::{
    ParticipantId, RoomId,
    claims::{Audience, MediaClaims, Subject},
    media::{Source, SourceSet, Tile, ToNode},
};
use szpon_sfu_sim::{ClientSetup, World};

use crate::{
    booking,
    meeting::{Meeting, is_media},
};

/// One input for one target.
pub struct Seed {
    pub target: &'static str,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// All of them.
pub fn all() -> Vec<Seed> {
    let mut seeds = Seeds(Vec::new());
    seeds.media();
    seeds.packets();
    seeds.meetings();
    seeds.sdp();
    seeds.signalling();
    seeds.booking();
    seeds.0
}

struct Seeds(Vec<Seed>);

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut out = (bytes.len() as u16).to_be_bytes().to_vec();
    out.extend_from_slice(bytes);
    out
}

/// Payloads of one source, then of another, then of the first again.
fn payloads(codec: u8, key: &[u8], delta: &[u8]) -> Vec<u8> {
    let mut out = vec![codec];
    for (source, payload) in [(0, key), (0, delta), (1, key), (1, delta), (0, key)] {
        out.push(source);
        out.extend(chunk(payload));
    }
    out
}

impl Seeds {
    fn add(&mut self, target: &'static str, name: &str, bytes: impl Into<Vec<u8>>) {
        self.0.push(Seed { target, name: name.to_owned(), bytes: bytes.into() });
    }

    fn media(&mut self) {
        // As Chromium sends it: wide picture id, TL0PICIDX, TID and KEYIDX.
        let vp8 = |picture: u8, keyframe: bool| {
            let mut payload = vec![0x90, 0xf0, 0x80, picture, 7, 0x41, u8::from(!keyframe)];
            payload.extend([0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
            payload
        };
        self.add("video_payload", "vp8", payloads(0, &vp8(1, true), &vp8(2, false)));
        self.add("video_payload", "vp8-plain", payloads(0, &[0x10, 0, 1, 2], &[0x10, 1, 1, 2]));
        // Non-flexible mode with a scalability structure, then a picture that depends on it.
        let structure =
            [0xae, 0x81, 0x02, 0x35, 7, 0x38, 1, 64, 0, 180, 2, 128, 1, 104, 2, 4, 1, 0, 0xff];
        let inter = [0xe8, 0x81, 0x03, 0, 8, 0xaa];
        self.add("video_payload", "vp9", payloads(1, &structure, &inter));
        self.add("video_payload", "vp9-flexible", payloads(1, &[0x98, 1, 2], &[0xd8, 2, 3, 2, 9]));
        self.add(
            "video_payload",
            "h264",
            payloads(2, &[0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68], &[0x41]),
        );
        self.add("video_payload", "h264-fragment", payloads(2, &[0x7c, 0x85, 1], &[0x7c, 0x05, 1]));
        self.add("video_payload", "av1", payloads(3, &[0x18, 0x0a, 1], &[0x10, 0x32, 1]));
        self.add("audio_payload", "red", [0x80 | 111, 0x0f, 0, 3, 111, 1, 2, 3, 9, 8]);
        self.add("audio_payload", "opus", [0x78, 1, 2, 3]);
        self.add("audio_payload", "opus-counted", [0x0b, 2, 0, 1]);
        self.add(
            "renumbering",
            "switches",
            (0..120_u8).map(|n| n.wrapping_mul(29)).collect::<Vec<_>>(),
        );
        self.add("history", "pushes", (0..120_u8).map(|n| n.wrapping_mul(37)).collect::<Vec<_>>());
        for profile in 0..3 {
            let mut bytes =
                vec![profile, 0, 90, 0, 0, 0, 9, 0x90, 96, 0, 9, 0, 0, 0, 1, 0, 0, 0, 5];
            bytes.extend([0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0, 1, 2, 3, 4]);
            self.add("unprotect", &format!("rtp-{profile}"), bytes);
            let mut bytes = vec![profile, 0, 90, 0, 0, 0, 0];
            bytes.extend(pli());
            self.add("unprotect", &format!("rtcp-{profile}"), bytes);
        }
    }

    fn packets(&mut self) {
        for (name, bytes) in reports() {
            self.add("rtcp", name, bytes.clone());
            self.add("tester", name, bytes);
        }
        let rtp =
            [0x90, 0xe0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 5, 0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0, 1, 2, 3];
        self.add("tester", "rtp", rtp);
        let ping = stun("0003abcdefghijkl:peer", false);
        self.add("stun", "request", ping.clone());
        self.add("stun", "nomination", stun("0003abcdefghijkl:peer", true));
        let mut stream = vec![3];
        for packet in [&ping[..], &rtp[..], &[]] {
            stream.extend(chunk(packet));
        }
        self.add("framing", "packets", stream);
        self.add("framing", "too-long", [5, 0, 1, 9, 0xff, 0xff, 1, 2, 3]);
        let tile = Tile {
            participant: ParticipantId(uuid()),
            source: Source::Camera,
            width: 640,
            height: 360,
            pinned: true,
        };
        let json = |message: &ToNode| serde_json::to_vec(message).unwrap_or_default();
        self.add("channel_message", "ping", json(&ToNode::Ping { nonce: 7 }));
        self.add("channel_message", "view", json(&ToNode::View { tiles: vec![tile.clone(); 3] }));
    }

    /// What a member's machine really sends, and what it could send.
    fn meetings(&mut self) {
        let meeting = Meeting::new(1);
        let mut kinds = [false; 3];
        for heard in &meeting.heard {
            // STUN, DTLS, media (RFC 7983, section 7).
            let kind = match heard.payload.first() {
                Some(0..=3) => 0,
                Some(20..=63) => 1,
                _ => 2,
            };
            if std::mem::replace(&mut kinds[kind], true) {
                continue;
            }
            let mut payload = heard.payload.clone();
            // So that a check that is not authentic stays so.
            let end = payload.len();
            payload[end - 16..].fill(0xa5);
            let name = ["stun", "dtls", "srtp"][kind];
            for (who, from) in [("stranger", 0), ("member", 5)] {
                let mut bytes = vec![from];
                bytes.extend(chunk(&payload));
                self.add("strangers", &format!("{name}-{who}"), bytes);
            }
        }
        // Unencrypted alerts: close_notify, and a fatal one (RFC 5246, section 7.2).
        for (name, alert) in [("close", [1, 0]), ("fatal", [2, 40])] {
            let mut record = vec![21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2];
            record.extend(alert);
            let mut bytes = vec![5];
            bytes.extend(chunk(&record));
            self.add("strangers", &format!("alert-{name}"), bytes);
        }
        for (stream, plain) in meeting.streams.iter().enumerate() {
            assert!(is_media(plain));
            let mut bytes = vec![1, stream as u8, 1];
            bytes.extend(chunk(&[0x10, 0, 1, 2, 3]));
            bytes.push(0x0f);
            self.add("member", &format!("stream-{stream}"), bytes);
            let mut bytes = vec![3, 0xff, 0xf0];
            bytes.extend(chunk(plain));
            self.add("member", &format!("packet-{stream}"), bytes);
        }
        for (name, report) in reports() {
            let mut bytes = vec![4];
            bytes.extend(chunk(&report));
            bytes.push(0x17);
            self.add("member", name, bytes);
        }
        for (name, message) in [
            ("ping", &br#"{"type":"ping","nonce":1}"#[..]),
            ("view", br#"{"type":"view","tiles":[]}"#),
        ] {
            let mut bytes = vec![6];
            bytes.extend(chunk(message));
            bytes.push(0x3f);
            self.add("member", name, bytes);
        }
    }

    fn sdp(&mut self) {
        let mut world = World::new(3);
        let room = world.room();
        let setups = [
            ("publisher", ClientSetup { video_slots: 1, ..ClientSetup::new(room) }),
            ("viewer", ClientSetup { video_slots: 2, ..ClientSetup::viewer(room) }),
            ("screen", ClientSetup { video_slots: 0, ..ClientSetup::new(room) }.with_screen()),
            (
                "codecs",
                ClientSetup {
                    codecs: vec![Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1],
                    red: true,
                    video_slots: 1,
                    audio_slots: 1,
                    ..ClientSetup::new(room)
                },
            ),
            (
                "no-channel",
                ClientSetup { video_slots: 1, ..ClientSetup::new(room) }.without_channel(),
            ),
        ];
        for (name, setup) in setups {
            let channel = setup.channel;
            let setup = ClientSetup { participant: ParticipantId::new(), ..setup };
            let client = world.join(setup);
            let offer = world.client(client).offer().0.to_owned();
            let mut bytes = vec![if channel { 16 } else { 0 } | 6];
            bytes.extend(offer.as_bytes());
            self.add("offer", name, bytes);
            let mut bytes = vec![1];
            bytes.extend(offer.as_bytes());
            self.add("offer", &format!("probe-{name}"), bytes);
            self.add("whip_offer", name, offer.as_bytes());
            self.add("tester", name, offer.as_bytes());
        }
        let fragment = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
            m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n\
            a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host\r\na=end-of-candidates\r\n";
        self.add("ice_fragment", "fragment", fragment);
        self.add(
            "ice_fragment",
            "exchange",
            format!("v=0\r\n{fragment}\0v=0\r\na=ice-lite\r\n{fragment}"),
        );
    }

    fn signalling(&mut self) {
        for (name, message) in [
            ("chat", r#"{"type":"chat","client_id":"a-1","text":"Dzień dobry"}"#),
            ("hand", r#"{"type":"raise_hand","raised":true}"#),
            ("admit", r#"{"type":"admit","participant":"01890a5d-ac96-774b-bcce-b302099a8057"}"#),
        ] {
            self.add("room_message", name, message);
        }
        let signer = SigningKey::generate().map(|key| Signer::new("http://fuzz.invalid", key));
        if let Ok(signer) = signer {
            let claims = MediaClaims {
                office: szpon_protocol::OfficeId(uuid()),
                room: RoomId(uuid()),
                participant: ParticipantId(uuid()),
                publish: SourceSet::ALL,
            };
            let now = szpon_protocol::Time::from_millis(1_800_000_000_000);
            if let Ok(signed) = signer.sign(Audience::Sfu, Subject::Media(claims), now, 300) {
                self.add("token", "signed", signed.token);
            }
            let keys = szpon_auth::KeySet::new([signer.key().public().clone()]);
            self.add("token", "keys", keys.to_jwks().to_string());
        }
        self.add("token", "secret", "A".repeat(43));
        self.add("text", "name", "Żaneta  Kowalska-Nowak");
        self.add("text", "message", "first line\r\nsecond\tline \u{202e}");
        self.add("address", "network", "2001:db8::/32");
        self.add("address", "mail", "Jan Kowalski <jan@urzad.example>");
        let pieces: Vec<u8> = ["Narada, ważna; \\", "a\r\nEND:VEVENT", "Żółć \"x\"", "b:c;d"]
            .iter()
            .flat_map(|piece| chunk(piece.as_bytes()))
            .collect();
        self.add("calendar", "entry", pieces);
    }

    fn booking(&mut self) {
        let code = AppointmentCode::from_random(1_800_000_000_000).to_string();
        self.add("booking_text", "code", code);
        self.add("booking_text", "subject", format!("seat:{}:3", uuid()));
        self.add("booking_text", "mail", "Jan.Kowalski+urzad@gmail.com");
        let work = serde_json::to_vec(&booking::solution()).expect("it can be written");
        self.add("proof_of_work", "solution", work);
    }
}

fn uuid() -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057)
}

fn pli() -> Vec<u8> {
    let mut out = Vec::new();
    write::pli(&mut out, Ssrc::new(1), Ssrc::new(2));
    out
}

/// Every kind of report that is known here, and all of them in one.
fn reports() -> Vec<(&'static str, Vec<u8>)> {
    let (us, them) = (Ssrc::new(1), Ssrc::new(0xfffe_fdfc));
    let block = ReportBlock {
        source: them,
        fraction_lost: 64,
        cumulative_lost: -3,
        highest_sequence: 70_000,
        jitter: 90,
        last_sender_report: 5,
        delay_since: 16_384,
    };
    let info =
        SenderInfo { ntp: NtpTime::new(1 << 40), rtp: RtpTime::new(9), packets: 3, octets: 90 };
    let mut all = Vec::new();
    let mut add = |name, write: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        all.push((name, out));
    };
    add("sender-report", &|out| write::sender_report(out, us, &info, &[block]));
    add("receiver-report", &|out| write::receiver_report(out, us, &[block, block]));
    add("name", &|out| write::cname(out, us, b"office@szpon"));
    add("bye", &|out| write::bye(out, &[us, them]));
    add("nack", &|out| {
        write::nack(out, us, them, [5, 6, 9, 40].map(SeqNo::new));
    });
    add("pli", &|out| write::pli(out, us, them));
    add("fir", &|out| write::fir(out, us, &[FirEntry { media: them, number: 3 }]));
    add("remb", &|out| {
        // draft-alvestrand-rmcat-remb-03, section 2.2.
        out.extend([0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B']);
        out.extend([1, 0x16, 0xa3, 0x38, 0, 0, 0, 7]);
    });
    add("transport-feedback", &|out| {
        let start = Instant::now();
        let mut recorder = ArrivalRecorder::new(start);
        for seq in [3, 4, 6, 7, 20] {
            recorder.on_packet(SeqNo::new(seq), start + Duration::from_millis(u64::from(seq)));
        }
        recorder.write(out, us, them);
    });
    let compound = all.iter().flat_map(|(_, out)| out.clone()).collect();
    all.push(("compound", compound));
    all
}

/// A binding request (RFC 8489, section 5) without integrity.
fn stun(username: &str, nominates: bool) -> Vec<u8> {
    let mut attributes = vec![0, 0x24, 0, 4, 1, 2, 3, 4, 0, 6];
    attributes.extend(chunk(username.as_bytes()));
    attributes.resize(attributes.len().next_multiple_of(4), 0);
    if nominates {
        attributes.extend([0, 0x25, 0, 0]);
    }
    let mut message = vec![0, 1];
    message.extend((attributes.len() as u16).to_be_bytes());
    message.extend([0x21, 0x12, 0xa4, 0x42]);
    message.extend([7; 12]);
    message.extend(attributes);
    message
}
