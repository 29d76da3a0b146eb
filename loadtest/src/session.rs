//! One peer connection of a synthetic participant on a UDP socket of its own.

use std::{
    cell::RefCell,
    io,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use reqwest::Client;
use str0m::{
    Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcError,
    change::SdpAnswer,
    channel::ChannelId,
    format::Codec,
    media::{Direction, MediaKind, Mid, Pt},
    net::{Protocol, Receive},
};
use szpon_protocol::{
    media::{
        AUDIO_SLOTS, DATA_CHANNEL, OpenSession, SlotMedia, Source, Tile, ToNode, TrackPurpose,
    },
    room::MediaGrant,
};
use tokio::net::UdpSocket;

use crate::{
    publisher::{Audio, FRAMES_PER_SECOND, Video},
    signalling::{self, SignallingError},
};

/// What has arrived so far; shared with whoever reports.
#[derive(Debug, Default)]
pub struct Counts {
    pub connected: bool,
    pub audio_packets: u64,
    pub video_packets: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("signalling: {0}")]
    Signalling(#[from] SignallingError),
    #[error("WebRTC: {0}")]
    Rtc(#[from] RtcError),
    #[error("socket: {0}")]
    Io(#[from] io::Error),
    #[error("the answer can't be read: {0}")]
    Answer(String),
}

pub struct Session {
    rtc: Rtc,
    socket: UdpSocket,
    local: SocketAddr,
    channel: Option<ChannelId>,
    view: Vec<Tile>,
    publish: Option<(Mid, Mid)>,
    slots: Vec<(Mid, SlotMedia)>,
    counts: Rc<RefCell<Counts>>,
}

impl Session {
    /// Offers microphone and camera when `publishes`, and always the slots.
    pub async fn open(
        http: &Client,
        base: &str,
        grant: &MediaGrant,
        publishes: bool,
        view: Vec<Tile>,
        counts: Rc<RefCell<Counts>>,
    ) -> Result<Self, SessionError> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        let local = socket.local_addr()?;
        let mut rtc = Rtc::builder()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(Instant::now());
        rtc.add_local_candidate(
            Candidate::host(local, "udp").map_err(|e| SessionError::Answer(e.to_string()))?,
        );

        let mut api = rtc.sdp_api();
        let mut tracks = Vec::new();
        let mut slots = Vec::new();
        let publish = publishes.then(|| {
            let audio = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
            let video = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
            tracks
                .push(TrackPurpose::Publish { mid: audio.to_string(), source: Source::Microphone });
            tracks.push(TrackPurpose::Publish { mid: video.to_string(), source: Source::Camera });
            (audio, video)
        });
        let kinds = std::iter::repeat_n((MediaKind::Audio, SlotMedia::Audio), AUDIO_SLOTS)
            .chain([(MediaKind::Video, SlotMedia::Video)]);
        for (kind, media) in kinds {
            let mid = api.add_media(kind, Direction::RecvOnly, None, None, None);
            tracks.push(TrackPurpose::Slot { mid: mid.to_string(), media });
            slots.push((mid, media));
        }
        api.add_channel(DATA_CHANNEL.to_owned());
        let Some((offer, pending)) = api.apply() else {
            return Err(SessionError::Answer("nothing to offer".into()));
        };
        let offer = OpenSession { sdp: offer.to_sdp_string(), tracks };
        let answer = signalling::open_session(http, base, grant, &offer).await?;
        let answer = SdpAnswer::from_sdp_string(&answer.sdp)
            .map_err(|e| SessionError::Answer(e.to_string()))?;
        rtc.sdp_api().accept_answer(pending, answer)?;
        Ok(Self { rtc, socket, local, channel: None, view, publish, slots, counts })
    }

    fn payload_type(&self, mid: Mid, codec: Codec) -> Option<Pt> {
        let pts = self.rtc.media(mid)?.remote_pts();
        let params = self.rtc.codec_config().params();
        params.iter().find(|p| p.spec().codec == codec && pts.contains(&p.pt())).map(|p| p.pt())
    }

    /// Runs until the connection is lost or the task is dropped.
    pub async fn run(mut self) -> Result<(), SessionError> {
        let mut buffer = vec![0; 2000];
        let mut video = None;
        let mut audio = None;
        let mut frames = tokio::time::interval(Duration::from_secs(1) / FRAMES_PER_SECOND);
        let mut opus = tokio::time::interval(Duration::from_millis(20));
        loop {
            let deadline = loop {
                match self.rtc.poll_output()? {
                    Output::Timeout(at) => break at,
                    Output::Transmit(out) => {
                        // A full socket buffer loses the packet, as a network would.
                        let _ = self.socket.try_send_to(&out.contents, out.destination);
                    }
                    Output::Event(event) => {
                        if let Event::KeyframeRequest(_) = event
                            && let Some(video) = &mut video
                        {
                            let video: &mut Video = video;
                            video.keyframe_wanted = true;
                        }
                        if !self.on_event(event) {
                            return Ok(());
                        }
                    }
                }
            };
            if let Some((mic, camera)) = self.publish
                && video.is_none()
                && self.counts.borrow().connected
            {
                video = self.payload_type(camera, Codec::Vp8).map(|pt| Video::new(camera, pt));
                audio = self.payload_type(mic, Codec::Opus).map(|pt| Audio::new(mic, pt));
            }
            let sleep = tokio::time::sleep_until(deadline.into());
            tokio::select! {
                read = self.socket.recv_from(&mut buffer) => {
                    let (size, source) = read?;
                    // What is no datagram of WebRTC is none of ours.
                    if let Ok(receive) = Receive::new(Protocol::Udp, source, self.local, &buffer[..size]) {
                        self.rtc.handle_input(Input::Receive(Instant::now(), receive))?;
                    }
                }
                () = sleep => self.rtc.handle_input(Input::Timeout(Instant::now()))?,
                _ = frames.tick(), if video.is_some() => {
                    let now = Instant::now();
                    if let Some(video) = &mut video { video.write_frame(&mut self.rtc, now); }
                    self.rtc.handle_input(Input::Timeout(now))?;
                }
                _ = opus.tick(), if audio.is_some() => {
                    let now = Instant::now();
                    if let Some(audio) = &mut audio { audio.write_packet(&mut self.rtc, now); }
                    self.rtc.handle_input(Input::Timeout(now))?;
                }
            }
        }
    }

    /// False when the session is over.
    fn on_event(&mut self, event: Event) -> bool {
        match event {
            Event::Connected => self.counts.borrow_mut().connected = true,
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => return false,
            Event::ChannelOpen(id, _) => {
                self.channel = Some(id);
                self.send(&ToNode::View { tiles: self.view.clone() });
            }
            Event::RtpPacket(packet) => {
                let mid =
                    self.rtc.direct_api().stream_rx(&packet.header.ssrc).map(|stream| stream.mid());
                let media = self.slots.iter().find(|(slot, _)| Some(*slot) == mid);
                let mut counts = self.counts.borrow_mut();
                match media {
                    Some((_, SlotMedia::Audio)) => counts.audio_packets += 1,
                    Some((_, SlotMedia::Video)) => counts.video_packets += 1,
                    None => {}
                }
            }
            _ => {}
        }
        true
    }

    fn send(&mut self, message: &ToNode) {
        let Ok(text) = serde_json::to_vec(message) else { return };
        if let Some(mut channel) = self.channel.and_then(|id| self.rtc.channel(id)) {
            // A full buffer is the node's to drain; the view is not repeated.
            let _ = channel.write(false, &text);
        }
    }
}
