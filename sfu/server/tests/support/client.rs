//! A WebRTC client (str0m, full ICE) on one real socket.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use serde_json::Value;
use str0m::{
    Candidate, Event, Input, Output, Rtc, RtcConfig,
    change::{SdpAnswer, SdpPendingOffer},
    channel::ChannelId,
    format::Codec,
    media::{Direction, MediaKind, Mid},
    net::{Protocol, Receive, TcpType},
    rtp::{ExtensionValues, RtpPacket, RtpWrite},
};
use szpon_protocol::{
    SessionId,
    media::{DATA_CHANNEL, FromNode, OpenSession, SlotMedia, Source, ToNode, TrackPurpose},
};

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How long one read waits.
const TICK: Duration = Duration::from_millis(2);

enum Wire {
    Udp(UdpSocket),
    Tcp { stream: TcpStream, pending: Vec<u8> },
}

pub struct Client {
    rtc: Rtc,
    wire: Wire,
    local: SocketAddr,
    /// The node's address, where the peer is on a TCP connection.
    remote: SocketAddr,
    channel: Option<ChannelId>,
    microphone: Option<Mid>,
    pending: Option<SdpPendingOffer>,
    moved: Option<Candidate>,
    sent: u64,
    pub session: Option<SessionId>,
    pub connected: bool,
    pub open: bool,
    pub messages: Vec<FromNode>,
    pub packets: Vec<RtpPacket>,
    pub closed: bool,
}

/// What a client offers beside its data channel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    Probe,
    /// A microphone, one audio and one video slot.
    Participant,
    /// A microphone, and no data channel: WHIP.
    Encoder,
    /// One audio and one video slot, and no data channel: WHEP.
    Player,
}

impl Client {
    pub fn udp(node: SocketAddr, offer: Offer) -> (Self, OpenSession) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(TICK)).unwrap();
        let local = socket.local_addr().unwrap();
        let candidate = Candidate::host(local, "udp").unwrap();
        Self::new(Wire::Udp(socket), local, node, candidate, offer)
    }

    pub fn tcp(node: SocketAddr, offer: Offer) -> (Self, OpenSession) {
        let stream = TcpStream::connect(node).unwrap();
        stream.set_read_timeout(Some(TICK)).unwrap();
        stream.set_nodelay(true).unwrap();
        let local = stream.local_addr().unwrap();
        let candidate =
            Candidate::builder().tcp().host(local).tcptype(TcpType::Active).build().unwrap();
        Self::new(Wire::Tcp { stream, pending: Vec::new() }, local, node, candidate, offer)
    }

    fn new(
        wire: Wire,
        local: SocketAddr,
        remote: SocketAddr,
        candidate: Candidate,
        offer: Offer,
    ) -> (Self, OpenSession) {
        let mut rtc = RtcConfig::new().set_rtp_mode(true).build(Instant::now());
        rtc.add_local_candidate(candidate);
        let mut change = rtc.sdp_api();
        let outside = matches!(offer, Offer::Encoder | Offer::Player);
        let channel = (!outside).then(|| change.add_channel(DATA_CHANNEL.into()));
        let mut tracks = Vec::new();
        let mut microphone = None;
        if matches!(offer, Offer::Participant | Offer::Encoder) {
            let mid = change.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
            microphone = Some(mid);
            tracks.push(TrackPurpose::Publish { mid: mid.to_string(), source: Source::Microphone });
        }
        if matches!(offer, Offer::Participant | Offer::Player) {
            for (kind, media) in
                [(MediaKind::Audio, SlotMedia::Audio), (MediaKind::Video, SlotMedia::Video)]
            {
                let mid = change.add_media(kind, Direction::RecvOnly, None, None, None);
                tracks.push(TrackPurpose::Slot { mid: mid.to_string(), media });
            }
        }
        let (sdp, pending) = change.apply().unwrap();
        let client = Self {
            rtc,
            wire,
            local,
            remote,
            channel,
            microphone,
            pending: Some(pending),
            moved: None,
            sent: 0,
            session: None,
            connected: false,
            open: false,
            messages: Vec::new(),
            packets: Vec::new(),
            closed: false,
        };
        (client, OpenSession { sdp: sdp.to_sdp_string(), tracks })
    }

    /// Leaves the network for another one (UDP): a new socket, and an offer with new credentials.
    pub fn move_away(&mut self) -> String {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(TICK)).unwrap();
        self.local = socket.local_addr().unwrap();
        self.wire = Wire::Udp(socket);
        let mut change = self.rtc.sdp_api();
        change.ice_restart(false);
        let (sdp, pending) = change.apply().unwrap();
        self.pending = Some(pending);
        // str0m forgets the old ones when the answer comes.
        self.moved = Some(Candidate::host(self.local, "udp").unwrap());
        sdp.to_sdp_string()
    }

    pub fn accept(&mut self, answer: &Value) {
        self.session = Some(answer["session"].as_str().unwrap().parse().unwrap());
        self.accept_sdp(answer["sdp"].as_str().unwrap());
    }

    pub fn accept_sdp(&mut self, answer: &str) {
        let sdp = SdpAnswer::from_sdp_string(answer).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, sdp).unwrap();
        if let Some(candidate) = self.moved.take() {
            self.rtc.add_local_candidate(candidate);
        }
        self.drain();
    }

    pub fn send(&mut self, message: &ToNode) {
        let text = serde_json::to_string(message).unwrap();
        let mut channel = self.rtc.channel(self.channel.unwrap()).unwrap();
        assert!(channel.write(false, text.as_bytes()).unwrap());
        self.drain();
    }

    /// Twenty milliseconds of loud Opus whose payload says how many came before it.
    pub fn speak(&mut self) {
        let mid = self.microphone.unwrap();
        let codecs = self.rtc.codec_config();
        let pt = codecs.find(|p| p.spec().codec == Codec::Opus).unwrap().pt();
        let n = self.sent;
        self.sent += 1;
        let mut direct = self.rtc.direct_api();
        let stream = direct.stream_tx_by_mid(mid, None).unwrap();
        let loud = ExtensionValues {
            audio_level: Some(-10),
            voice_activity: Some(true),
            ..ExtensionValues::default()
        };
        let mut payload = vec![0xfc; 60];
        payload[52..].copy_from_slice(&n.to_be_bytes());
        let write = RtpWrite::new(
            pt,
            (1_000 + n).into(),
            (n * 960) as u32,
            Instant::now(),
            payload.as_slice(),
        );
        stream.write_rtp(write.ext_vals(loud));
        self.drain();
    }

    /// Takes what the socket has, or waits a moment for it, and lets time pass.
    pub fn step(&mut self) {
        match self.read() {
            Some(packet) => {
                let proto = match &self.wire {
                    Wire::Udp(_) => Protocol::Udp,
                    Wire::Tcp { .. } => Protocol::Tcp,
                };
                let (source, bytes) = packet;
                if let Ok(receive) = Receive::new(proto, source, self.local, &bytes) {
                    self.rtc.handle_input(Input::Receive(Instant::now(), receive)).unwrap();
                }
            }
            None => self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap(),
        }
        self.drain();
    }

    fn read(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        let mut buffer = [0; 4_096];
        match &mut self.wire {
            Wire::Udp(socket) => {
                let (length, from) = quiet(socket.recv_from(&mut buffer))?;
                Some((from, buffer[..length].to_vec()))
            }
            Wire::Tcp { stream, pending } => {
                let whole = |pending: &[u8]| {
                    let length = usize::from(u16::from_be_bytes(*pending.first_chunk()?));
                    (pending.len() >= 2 + length).then_some(length)
                };
                if whole(pending).is_none() {
                    let length = quiet(stream.read(&mut buffer))?;
                    self.closed |= length == 0;
                    pending.extend_from_slice(&buffer[..length]);
                }
                let length = whole(pending)?;
                let packet = pending.drain(..2 + length).skip(2).collect();
                Some((self.remote, packet))
            }
        }
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(out) => match &mut self.wire {
                    Wire::Udp(socket) => {
                        socket.send_to(&out.contents, out.destination).unwrap();
                    }
                    Wire::Tcp { stream, .. } => {
                        let mut framed = (out.contents.len() as u16).to_be_bytes().to_vec();
                        framed.extend_from_slice(&out.contents);
                        if stream.write_all(&framed).is_err() {
                            self.closed = true;
                        }
                    }
                },
                Output::Event(event) => match event {
                    Event::Connected => self.connected = true,
                    Event::ChannelOpen(..) => self.open = true,
                    Event::ChannelData(data) => {
                        self.messages.push(serde_json::from_slice(&data.data).unwrap());
                    }
                    Event::RtpPacket(packet) => self.packets.push(packet),
                    _ => {}
                },
            }
        }
    }
}

/// None when nothing came in time.
fn quiet<T>(result: std::io::Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
        // The node's socket is gone, or the connection is.
        Err(_) => None,
    }
}

/// Steps all clients until `done`; fails when it takes too long.
pub fn drive(clients: &mut [Client], what: &str, mut done: impl FnMut(&mut [Client]) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done(clients) {
        assert!(Instant::now() < deadline, "waited too long: {what}");
        for client in &mut *clients {
            client.step();
        }
    }
}

/// As [`drive`], beside the node's own tasks.
pub async fn drive_all(
    mut clients: Vec<Client>,
    what: &'static str,
    done: impl FnMut(&mut [Client]) -> bool + Send + 'static,
) -> Vec<Client> {
    tokio::task::spawn_blocking(move || {
        drive(&mut clients, what, done);
        clients
    })
    .await
    .unwrap()
}
