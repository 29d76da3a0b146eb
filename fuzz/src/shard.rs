//! A shard, fed by those who may speak to it and those who may not.

use std::{
    net::SocketAddr,
    sync::LazyLock,
    time::{Duration, Instant},
};

use str0m::change::SdpAnswer;
use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    media::{MAX_VIDEO_SLOTS, SlotMedia, Source, SourceSet, ToNode, TrackPurpose},
};
use szpon_sfu_core::{
    Core, CoreConfig, OpenError, OpenRequest, Output, RestartError, Stamp, Transport, Viewing,
    fuzzing,
};
use szpon_sfu_sim::World;

use crate::{Input, input::text, meeting::Meeting};

/// A user fragment lies inside of its datagram, and names a shard only in the form that we write.
pub fn stun(data: &[u8]) {
    assert!(!fuzzing::is_authentic_stun(data, "a password that nobody knows"));
    let (ufrag, _) = fuzzing::stun(data);
    if let Some(ufrag) = ufrag {
        assert!(!ufrag.contains(':'));
        assert!(
            data.windows(ufrag.len().max(1)).any(|part| part == ufrag.as_bytes())
                || ufrag.is_empty()
        );
    }
    if let Some(shard) = Stamp::new([7; 16]).shard_of(data) {
        assert!(
            ufrag.is_some_and(
                |ufrag| ufrag.len() == 16 && ufrag.starts_with(&format!("{shard:04x}"))
            )
        );
    }
}

/// A message that is taken is within its bounds, and is read the same when it is written again.
pub fn channel_message(data: &[u8]) {
    assert_eq!(fuzzing::parse_message(true, data), None);
    let Some(message) = fuzzing::parse_message(false, data) else { return };
    if let ToNode::View { tiles } = &message {
        assert!(tiles.len() <= MAX_VIDEO_SLOTS);
    }
    let written = serde_json::to_vec(&message).expect("a message can be written");
    assert_eq!(fuzzing::parse_message(false, &written), Some(message));
}

static CONFIG: LazyLock<CoreConfig> = LazyLock::new(|| {
    let node = SocketAddr::from(([192, 0, 2, 1], 40_000));
    CoreConfig::new(0, vec![node], vec![node], [7; 32])
});

/// An offer is answered with SDP or refused with a reason, and leaves nothing behind.
pub fn offer(data: &[u8]) {
    let mut input = Input::new(data);
    let flags = input.u8();
    let sdp = text(input.rest()).into_owned();
    let now = Instant::now();
    let mut core = Core::new(CONFIG.clone());
    let has = |bit: u8| flags & bit != 0;
    let (room, session) = (RoomId::new(), SessionId::new());
    let answer = if has(1) {
        core.open_probe(now, session, &sdp)
    } else {
        let request = OpenRequest {
            room,
            participant: ParticipantId::new(),
            session,
            publish: SourceSet {
                microphone: has(2),
                camera: has(4),
                screen: true,
                screen_audio: true,
            },
            tracks: tracks(&sdp, has(8)),
            sdp: sdp.clone(),
            viewing: if has(16) { Viewing::Client } else { Viewing::Automatic },
        };
        core.open(now, request)
    };
    match answer {
        Ok(answer) => {
            assert!(SdpAnswer::from_sdp_string(&answer).is_ok(), "{answer}");
            assert_eq!(sections(&answer), sections(&sdp));
            let again = core.restart_ice(now, session, &sdp);
            assert_ne!(again, Err(RestartError::UnknownSession));
            while !matches!(core.poll(now + Duration::from_secs(1)), Output::Wait(_)) {}
            assert!(core.close(now, session));
        }
        Err(OpenError::BadOffer(why)) => assert_ne!(why, "it cannot be processed", "a panic"),
        Err(_) => {}
    }
    while !matches!(core.poll(now), Output::Wait(_)) {}
    assert_eq!(core.load(), (0, 0));
    assert_eq!(core.counters().panics, 0);
}

fn sections(sdp: &str) -> usize {
    sdp.lines().filter(|line| line.starts_with("m=")).count()
}

/// Purposes for the media sections that the offer seems to have.
fn tracks(sdp: &str, wrong: bool) -> Vec<TrackPurpose> {
    let mut sources =
        [Source::Microphone, Source::Camera, Source::Screen, Source::ScreenAudio].into_iter();
    let mut tracks = Vec::new();
    for section in sdp.split("\nm=").skip(1) {
        let line = |name: &str| section.lines().find_map(|line| line.strip_prefix(name));
        let Some(mid) = line("a=mid:") else { continue };
        let (mid, video) = (mid.trim_end().to_owned(), section.starts_with("video"));
        let sends = line("a=sendonly").is_some() != wrong;
        if section.starts_with("application") {
            continue;
        }
        if !sends {
            let media = if video { SlotMedia::Video } else { SlotMedia::Audio };
            tracks.push(TrackPurpose::Slot { mid, media });
        } else if let Some(source) =
            sources.find(|source| video == matches!(source, Source::Camera | Source::Screen))
        {
            tracks.push(TrackPurpose::Publish { mid, source });
        }
    }
    tracks
}

/// Whatever comes from strangers, or in the name of a member but without its keys, ends no session
/// and is answered with nothing to the stranger.
pub fn strangers(data: &[u8]) {
    let mut input = Input::new(data);
    let mut meeting = Meeting::new(1);
    let stranger = SocketAddr::from(([203, 0, 113, 9], 4_000));
    let bound = meeting.world.bound.clone();
    // Half a minute of a meeting would say no more than a second of it.
    let mut turns = 50;
    while !input.is_empty() {
        let (what, datagram) = (input.u8(), input.chunk());
        let transport = if what & 2 == 0 { Transport::Udp } else { Transport::Tcp };
        let source = if what & 1 == 0 { stranger } else { meeting.address() };
        meeting.world.inject(transport, source, datagram);
        if what & 4 != 0 && turns > 0 {
            turns -= 1;
            meeting.world.run_for(Duration::from_millis(20));
        }
    }
    meeting.world.run_for(Duration::from_millis(100));
    assert_eq!(meeting.world.bound, bound, "a stranger has taken an address");
    for client in [meeting.good, meeting.bad] {
        assert!(meeting.world.core.has_session(meeting.session(client)), "a session has ended");
    }
    assert_eq!(meeting.world.core.counters().panics, 0);
}

/// Whatever a member does with its keys, it ends no session but its own.
pub fn member(data: &[u8]) {
    let mut input = Input::new(data);
    let mut meeting = Meeting::new(2);
    while !input.is_empty() {
        let what = input.u8();
        match what % 8 {
            0 => {
                let datagram = input.chunk();
                meeting.send_raw(datagram);
            }
            1 | 2 => {
                let (stream, ahead, payload) =
                    (usize::from(input.u8()), u64::from(input.u8()), input.chunk());
                if let Some(packet) = meeting.seal_rtp(stream, ahead, payload) {
                    meeting.send_raw(&packet);
                }
            }
            3 => {
                let (index, plain) = (u64::from(input.u16()), input.chunk());
                if let Some(packet) = meeting.seal_plain(plain, index) {
                    meeting.send_raw(&packet);
                }
            }
            4 | 5 => {
                let plain = input.chunk();
                if let Some(packet) = meeting.seal_rtcp(plain) {
                    meeting.send_raw(&packet);
                }
            }
            6 => {
                let message = input.chunk();
                let bad = meeting.bad;
                meeting.world.say_raw(bad, message);
            }
            _ => meeting.world.run_for(Duration::from_millis(u64::from(what >> 3) * 10)),
        }
    }
    meeting.world.run_for(Duration::from_millis(200));
    end(&mut meeting);
}

fn end(meeting: &mut Meeting) {
    let (good, bad) = (meeting.session(meeting.good), meeting.session(meeting.bad));
    let world: &mut World = &mut meeting.world;
    assert_eq!(world.core.counters().panics, 0);
    assert!(world.core.close(world.now, good), "the good one's session has ended");
    world.core.close(world.now, bad);
    world.run_for(Duration::from_millis(1));
    assert_eq!(world.core.load(), (0, 0));
    assert_eq!(world.core.flows(), 0);
}
