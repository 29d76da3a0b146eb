//! One synthetic participant's peer connection.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use str0m::{
    Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig,
    change::{SdpAnswer, SdpOffer, SdpPendingOffer},
    channel::ChannelId,
    media::{Direction, MediaKind, Mid, Rid, Simulcast, SimulcastLayer},
    net::{Protocol, Receive},
};
use szpon_media::rtcp::{self, Packet, Ssrc};
use szpon_protocol::media::{FromNode, SIMULCAST_RIDS, Source, ToNode};
use szpon_sfu_srtp::{
    KeySlot, MAX_RTCP_OVERHEAD, Profile, Protector, SrtpKeys, Unprotector, crypto_provider, watch,
};

use super::{
    EngineError, Line, PeerSetup,
    inbound::{Inbound, Times},
    outbound::{Sink, Ssrcs, Track},
    silence::Receivers,
    socket::Port,
};
use crate::{
    line,
    media::{mark::clock, payload::Codec},
    rtp, sdp,
    stats::totals::Totals,
};

/// As libwebrtc at its usual rates.
const FEEDBACK_INTERVAL: Duration = Duration::from_millis(100);
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// How often missing packets and keyframes are thought of, while something is missing.
const ASK_INTERVAL: Duration = Duration::from_millis(20);
/// How often when nothing is.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);
/// Between pings over the data channel, while somebody is seen or heard and while nobody is
/// (web/src/rtc/media/media-link.ts).
const BEAT: Duration = Duration::from_millis(1_500);
const CALM_BEAT: Duration = Duration::from_secs(30);
/// Between connectivity checks of a path that is in doubt (libwebrtc, `WEAK_PING_INTERVAL`).
const DOUBTFUL_CHECKS: Duration = Duration::from_millis(480);
/// Streams of one publisher: microphone, camera, screen.
const STREAMS: u32 = 4;
/// RTCP's own SSRC where nothing is published.
const NOBODY: Ssrc = Ssrc::new(1);
const FAR: Duration = Duration::from_secs(3_600);

/// A datagram on its way through the tester's own network model.
struct Underway {
    out: Instant,
    /// Keeps the order of equal times.
    number: u64,
    /// The server.
    remote: SocketAddr,
    kernel: Duration,
    datagram: Vec<u8>,
}

impl PartialEq for Underway {
    fn eq(&self, other: &Self) -> bool {
        (self.out, self.number) == (other.out, other.number)
    }
}
impl Eq for Underway {}
impl PartialOrd for Underway {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Underway {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.out, self.number).cmp(&(other.out, other.number))
    }
}

/// The network model before the socket.
struct Way {
    up: line::Line,
    waiting: BinaryHeap<Reverse<Underway>>,
    number: u64,
}

impl Way {
    fn send(
        &mut self,
        port: &Port,
        now: Instant,
        datagram: &[u8],
        to: SocketAddr,
        totals: &mut Totals,
    ) {
        if self.up.is_clear() && self.waiting.is_empty() {
            transmit(port, datagram, to, totals);
            return;
        }
        match self.up.pass(now, datagram.len()) {
            None => totals.impaired += 1,
            Some(out) => {
                self.number += 1;
                let kernel = Duration::ZERO;
                let number = self.number;
                let datagram = datagram.to_vec();
                let underway = Underway { out, number, remote: to, kernel, datagram };
                self.waiting.push(Reverse(underway));
            }
        }
    }

    fn run(&mut self, port: &Port, now: Instant, totals: &mut Totals) {
        while self.waiting.peek().is_some_and(|first| first.0.out <= now) {
            let Some(Reverse(first)) = self.waiting.pop() else { return };
            transmit(port, &first.datagram, first.remote, totals);
        }
    }
}

/// Connectivity checks go to every address that a server names, also where no way leads; media
/// goes where one was found.
fn transmit(port: &Port, datagram: &[u8], to: SocketAddr, totals: &mut Totals) {
    let sent = port.send(datagram, to);
    totals.unsent += u64::from(!sent && rtp::is_media(datagram));
}

/// The keys of the handshake, in use.
struct Keys {
    profile: Profile,
    outgoing: Protector,
    incoming: Unprotector,
}

impl Keys {
    /// None if the cryptographic library refuses them.
    fn new(keys: &SrtpKeys) -> Option<Self> {
        Some(Self {
            profile: keys.local.profile(),
            outgoing: Protector::new(keys).ok()?,
            incoming: Unprotector::new(keys).ok()?,
        })
    }
}

pub struct Peer {
    pub serial: u64,
    setup: PeerSetup,
    rtc: Rtc,
    way: Way,
    down: line::Line,
    arriving: BinaryHeap<Reverse<Underway>>,
    pending: Option<SdpPendingOffer>,
    lines: Vec<(Mid, Line)>,
    inbound: Option<Inbound>,
    tracks: Vec<Track>,
    handshake: Option<KeySlot>,
    keys: Option<Keys>,
    /// Datagrams are put together here.
    scratch: Vec<u8>,
    /// The server's end of the chosen pair: where DTLS goes.
    remote: Option<SocketAddr>,
    channel: Option<ChannelId>,
    unsent: VecDeque<Vec<u8>>,
    nonce: u32,
    /// The server said that some slot is fed.
    fed: bool,
    last_beat: Instant,
    /// Those that nothing has come in at among them.
    receivers: Option<Receivers>,
    transport_wide: u16,
    began: Instant,
    /// The same moment on the kernel's clock.
    began_clock: Duration,
    posted: Option<Instant>,
    joined: bool,
    saw: bool,
    connected: bool,
    pub closed: bool,
    /// When str0m wants to be called, and whether that has no time to lose.
    next_rtc: Instant,
    urgent: bool,
    next_ask: Instant,
    next_feedback: Instant,
    next_report: Instant,
}

impl Peer {
    /// Offers and answers nothing yet.
    pub fn new(
        setup: PeerSetup,
        serial: u64,
        port: &Port,
        now: Instant,
    ) -> Result<Self, EngineError> {
        let mut config = RtcConfig::new()
            .set_crypto_provider(Arc::new(crypto_provider()))
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false);
        if setup.roams {
            config.set_max_stun_rto(DOUBTFUL_CHECKS);
        }
        for codec in &setup.codecs {
            config = match codec {
                Codec::Vp8 => config.enable_vp8(true),
                Codec::Vp9 => config.enable_vp9(true),
                Codec::H264 => config.enable_h264(true),
                Codec::Av1 => config.enable_av1(true),
            };
        }
        let (mut rtc, handshake) = watch(|| config.build(now));
        rtc.add_local_candidate(candidate(port.local())?);
        let up = line::Line::new(setup.link.up, setup.seed ^ 1);
        let down = line::Line::new(setup.link.down, setup.seed ^ 2);
        Ok(Self {
            serial,
            rtc,
            way: Way { up, waiting: BinaryHeap::new(), number: 0 },
            down,
            arriving: BinaryHeap::new(),
            pending: None,
            lines: Vec::new(),
            inbound: None,
            tracks: Vec::new(),
            handshake,
            keys: None,
            scratch: Vec::new(),
            remote: None,
            channel: None,
            unsent: VecDeque::new(),
            nonce: 0,
            fed: false,
            last_beat: now,
            receivers: None,
            transport_wide: setup.seed as u16,
            began: now,
            began_clock: clock(),
            posted: None,
            joined: false,
            saw: false,
            connected: false,
            closed: false,
            next_rtc: now + FAR,
            urgent: true,
            next_ask: now + FAR,
            next_feedback: now + FAR,
            next_report: now + FAR,
            setup,
        })
    }

    /// The one offer, with an m-line for everything in the setup.
    pub fn offer(&mut self) -> Result<String, EngineError> {
        let setup = &self.setup;
        let layered =
            |video: Option<crate::scenario::Video>| video.is_some_and(|video| video.simulcast);
        let sources = [
            (setup.microphone.is_some(), Line::Microphone, MediaKind::Audio, false),
            (setup.camera.is_some(), Line::Camera, MediaKind::Video, layered(setup.camera)),
            (setup.screen.is_some(), Line::Screen, MediaKind::Video, layered(setup.screen)),
        ];
        let slots = [
            (setup.audio_slots, Line::AudioSlot, MediaKind::Audio),
            (setup.video_slots, Line::VideoSlot, MediaKind::Video),
        ];
        let mut lines = Vec::new();
        let mut changes = self.rtc.sdp_api();
        for (_, line, kind, layered) in sources.into_iter().filter(|(wanted, ..)| *wanted) {
            let simulcast = layered.then(|| Simulcast {
                send: SIMULCAST_RIDS.iter().map(|rid| SimulcastLayer::new(rid)).collect(),
                recv: Vec::new(),
            });
            lines.push((changes.add_media(kind, Direction::SendOnly, None, None, simulcast), line));
        }
        for (count, line, kind) in slots {
            for _ in 0..count {
                lines.push((changes.add_media(kind, Direction::RecvOnly, None, None, None), line));
            }
        }
        if let Some(label) = setup.channel {
            changes.add_channel(label.to_owned());
        }
        let Some((offer, pending)) = changes.apply() else {
            return Err(EngineError::Answer("there is nothing to offer".into()));
        };
        self.pending = Some(pending);
        self.lines = lines;
        Ok(offer.to_sdp_string())
    }

    /// Answers a server that makes the offer; only to watch.
    pub fn answer(
        &mut self,
        port: &Port,
        offer: &str,
        posted: Instant,
        now: Instant,
        totals: &mut Totals,
    ) -> Result<String, EngineError> {
        let parsed = SdpOffer::from_sdp_string(offer)
            .map_err(|error| EngineError::Answer(error.to_string()))?;
        let answer = self.rtc.sdp_api().accept_offer(parsed)?;
        self.posted = Some(posted);
        self.inbound = Some(Inbound::new(sdp::sections(offer), self.began));
        self.rtc.handle_input(Input::Timeout(now))?;
        self.drain(port, now, totals);
        Ok(answer.to_sdp_string())
    }

    pub fn lines(&self) -> Vec<(String, Line)> {
        self.lines.iter().map(|(mid, line)| (mid.to_string(), *line)).collect()
    }

    pub fn accept(
        &mut self,
        port: &Port,
        answer: &str,
        posted: Instant,
        now: Instant,
        totals: &mut Totals,
    ) -> Result<(), EngineError> {
        let Some(pending) = self.pending.take() else {
            return Err(EngineError::Answer("it answers nothing".into()));
        };
        let parsed = SdpAnswer::from_sdp_string(answer)
            .map_err(|error| EngineError::Answer(error.to_string()))?;
        self.rtc.sdp_api().accept_answer(pending, parsed)?;
        // A restart of ICE changes nothing else.
        if self.inbound.is_none() {
            self.posted = Some(posted);
            let sections = sdp::sections(answer);
            self.make_tracks(&sections, now)?;
            self.inbound = Some(Inbound::new(sections, self.began));
        }
        self.rtc.handle_input(Input::Timeout(now))?;
        self.drain(port, now, totals);
        Ok(())
    }

    fn make_tracks(&mut self, sections: &[sdp::Section], now: Instant) -> Result<(), EngineError> {
        let mut rng = fastrand::Rng::with_seed(self.setup.seed);
        let first = self.setup.stream * STREAMS;
        for (mid, line) in self.lines.clone() {
            let name = mid.to_string();
            let Some(section) = sections.iter().find(|section| section.mid == name) else {
                continue;
            };
            let (video, stream) = match line {
                Line::Microphone => (None, first),
                Line::Camera => (self.setup.camera, first + 1),
                Line::Screen => (self.setup.screen, first + 2),
                Line::AudioSlot | Line::VideoSlot => continue,
            };
            let layered = video.is_some_and(|video| video.simulcast);
            let rids: Vec<Option<&'static str>> =
                if layered { SIMULCAST_RIDS.map(Some).to_vec() } else { vec![None] };
            let mut ssrcs = Vec::new();
            for rid in rids {
                let mut api = self.rtc.direct_api();
                let Some(tx) = api.stream_tx_by_mid(mid, rid.map(Rid::from)) else { continue };
                ssrcs.push(Ssrcs { rid, main: *tx.ssrc(), rtx: tx.rtx().map(|ssrc| *ssrc) });
            }
            let Some(main) = ssrcs.first().copied() else { continue };
            let track = match (video, self.setup.microphone) {
                (Some(video), _) => Track::video(video, section, &ssrcs, stream, now, &mut rng),
                (None, Some(microphone)) => {
                    let turn = self.setup.turn;
                    Track::audio(microphone, section, main, stream, turn, now, &mut rng)
                }
                (None, None) => None,
            };
            match track {
                Some(track) => self.tracks.push(track),
                None => {
                    return Err(EngineError::Answer(format!("{line:?} was refused by the server")));
                }
            }
        }
        Ok(())
    }

    /// A datagram has come out of the socket; `kernel` is the kernel's time of it. True when there may
    /// be something to do sooner than [`Peer::due`] said before.
    pub fn receive(
        &mut self,
        port: &Port,
        from: SocketAddr,
        kernel: Option<Duration>,
        datagram: &mut [u8],
        now: Instant,
        totals: &mut Totals,
    ) -> bool {
        let kernel = kernel.unwrap_or_else(clock);
        if self.down.is_clear() && self.arriving.is_empty() {
            return self.deliver(port, from, kernel, datagram, now, totals);
        }
        match self.down.pass(now, datagram.len()) {
            None => totals.impaired += 1,
            Some(out) => {
                self.way.number += 1;
                let number = self.way.number;
                let kernel = kernel + (out - now);
                let datagram = datagram.to_vec();
                self.arriving.push(Reverse(Underway {
                    out,
                    number,
                    remote: from,
                    kernel,
                    datagram,
                }));
            }
        }
        true
    }

    fn deliver(
        &mut self,
        port: &Port,
        from: SocketAddr,
        kernel: Duration,
        datagram: &mut [u8],
        now: Instant,
        totals: &mut Totals,
    ) -> bool {
        totals.datagrams += 1;
        if !rtp::is_media(datagram) {
            // What is no datagram of WebRTC is none of ours.
            if let Ok(receive) = Receive::new(Protocol::Udp, from, port.local(), datagram) {
                match self.rtc.handle_input(Input::Receive(now, receive)) {
                    Ok(()) => self.drain(port, now, totals),
                    Err(_) => self.closed = true,
                }
            }
            return true;
        }
        let (Some(keys), Some(inbound)) = (&mut self.keys, &mut self.inbound) else {
            // Media may overtake the last flight of the handshake.
            totals.unreadable += 1;
            return false;
        };
        if rtp::is_rtcp(datagram) {
            match keys.incoming.unprotect_rtcp(datagram) {
                Ok(len) => {
                    for packet in rtcp::parse(&datagram[..len]).flatten() {
                        self.hear(port, packet, now, totals);
                    }
                }
                Err(_) => totals.unreadable += 1,
            }
            return true;
        }
        let times = Times { now, kernel, since: kernel.saturating_sub(self.began_clock) };
        let asks = inbound.take(datagram, times, &mut keys.incoming, totals);
        if asks {
            self.next_ask = self.next_ask.min(now + ASK_INTERVAL / 2);
        }
        if !self.saw {
            self.time_joining(now, totals);
        }
        asks
    }

    fn time_joining(&mut self, now: Instant, totals: &mut Totals) {
        let (Some(inbound), Some(posted)) = (&self.inbound, self.posted) else { return };
        if inbound.first_packet && !self.joined {
            self.joined = true;
            totals.join.record(now.saturating_duration_since(posted));
        }
        if inbound.first_frame {
            self.saw = true;
            totals.first_frame.record(now.saturating_duration_since(posted));
        }
    }

    fn hear(&mut self, port: &Port, packet: Packet<'_>, now: Instant, totals: &mut Totals) {
        match packet {
            Packet::SenderReport { sender, info, .. } => {
                if let Some(inbound) = &mut self.inbound {
                    inbound.sender_report(sender.get(), info.ntp.compact(), now);
                }
            }
            Packet::Pli { media, .. } => self.keyframe_wanted(media, totals),
            Packet::Fir { entries, .. } => {
                entries.for_each(|entry| self.keyframe_wanted(entry.media, totals));
            }
            Packet::Nack { media, lost, .. } => {
                self.send_media(port, now, totals, |tracks, sink| {
                    for number in lost {
                        let repeat = |track: &mut Track| track.repeat(media, number, sink);
                        tracks.iter_mut().for_each(repeat);
                    }
                });
            }
            _ => {}
        }
    }

    fn keyframe_wanted(&mut self, stream: Ssrc, totals: &mut Totals) {
        totals.keyframe_requests += 1;
        // At most one of them has this stream.
        let _ = self.tracks.iter_mut().any(|track| track.keyframe(stream));
    }

    /// Lends the tracks what they need to send.
    fn send_media(
        &mut self,
        port: &Port,
        now: Instant,
        totals: &mut Totals,
        work: impl FnOnce(&mut [Track], &mut Sink<'_>),
    ) {
        let (Some(keys), Some(remote)) = (&self.keys, self.remote) else { return };
        let way = &mut self.way;
        let mut send =
            |datagram: &[u8], totals: &mut Totals| way.send(port, now, datagram, remote, totals);
        let mut sink = Sink {
            keys: &keys.outgoing,
            scratch: &mut self.scratch,
            transport_wide: &mut self.transport_wide,
            totals,
            send: &mut send,
        };
        work(&mut self.tracks, &mut sink);
    }

    /// Encrypts and sends RTCP; nothing if there is none.
    fn send_rtcp(&mut self, port: &Port, packet: &mut Vec<u8>, now: Instant, totals: &mut Totals) {
        let (Some(keys), Some(remote)) = (&mut self.keys, self.remote) else { return };
        let plain = packet.len();
        if plain == 0 {
            return;
        }
        packet.resize(plain + MAX_RTCP_OVERHEAD, 0);
        if let Ok(len) = keys.outgoing.protect_rtcp(packet, plain) {
            self.way.send(port, now, &packet[..len], remote, totals);
        }
    }

    /// Does all that is due and says when to come again.
    pub fn run(&mut self, port: &Port, now: Instant, totals: &mut Totals) -> Instant {
        while self.arriving.peek().is_some_and(|first| first.0.out <= now) {
            let Some(Reverse(mut first)) = self.arriving.pop() else { break };
            self.deliver(port, first.remote, first.kernel, &mut first.datagram, now, totals);
        }
        self.way.run(port, now, totals);
        if now >= self.next_rtc {
            if self.rtc.handle_input(Input::Timeout(now)).is_err() {
                self.closed = true;
            }
            self.drain(port, now, totals);
        }
        if self.connected {
            let began = self.began;
            if self.tracks.iter().any(|track| track.due() <= now) {
                self.send_media(port, now, totals, |tracks, sink| {
                    tracks.iter_mut().for_each(|track| track.run(now, began, sink));
                });
            }
            self.control(port, now, totals);
            self.report_on_nothing(port, now, totals);
            self.beat(port, now, totals);
        }
        self.due(now)
    }

    fn control(&mut self, port: &Port, now: Instant, totals: &mut Totals) {
        let Some(inbound) = &mut self.inbound else { return };
        let mut packet = std::mem::take(&mut self.scratch);
        packet.clear();
        // What is due soon goes along with it, in the same datagram.
        let feedback = now >= self.next_feedback;
        if feedback || now >= self.next_ask {
            let more = inbound.ask(&mut packet, NOBODY, now, totals);
            self.next_ask = now + if more { ASK_INTERVAL } else { LOOK_INTERVAL };
        }
        if feedback {
            inbound.feedback(&mut packet, NOBODY);
            self.next_feedback = now + FEEDBACK_INTERVAL;
        }
        if now >= self.next_report || feedback && now + FEEDBACK_INTERVAL / 2 >= self.next_report {
            inbound.report(&mut packet, NOBODY, now);
            self.tracks.iter().for_each(|track| track.report(&mut packet));
            self.next_report = now + REPORT_INTERVAL;
        }
        self.send_rtcp(port, &mut packet, now, totals);
        self.scratch = packet;
    }

    /// Each slot reports on its own, though nothing has come in there.
    fn report_on_nothing(&mut self, port: &Port, now: Instant, totals: &mut Totals) {
        let Some(mut receivers) = self.receivers.take() else { return };
        while let Some(mid) = receivers.next(now) {
            // The others are in the report of `control`.
            if self.inbound.as_ref().is_some_and(|inbound| inbound.receives(mid)) {
                continue;
            }
            let mut packet = std::mem::take(&mut self.scratch);
            packet.clear();
            Receivers::write(&mut packet, NOBODY);
            self.send_rtcp(port, &mut packet, now, totals);
            self.scratch = packet;
        }
        self.receivers = Some(receivers);
    }

    /// Asks the node whether it is there, as the browser client does.
    fn beat(&mut self, port: &Port, now: Instant, totals: &mut Totals) {
        if now < self.next_beat(now) {
            return;
        }
        self.last_beat = now;
        self.nonce = self.nonce.wrapping_add(1);
        if let Ok(ping) = serde_json::to_vec(&ToNode::Ping { nonce: self.nonce }) {
            self.say(port, ping, now, totals);
        }
    }

    fn next_beat(&self, now: Instant) -> Instant {
        match (self.channel, self.fed) {
            (None, _) => now + FAR,
            (Some(_), true) => self.last_beat + BEAT,
            (Some(_), false) => self.last_beat + CALM_BEAT,
        }
    }

    /// When [`Peer::run`] has something to do.
    pub fn due(&self, now: Instant) -> Instant {
        if self.closed {
            return now + FAR;
        }
        let mut due = match self.urgent {
            true => self.next_rtc,
            // Goes along with the next feedback, or is late by less than the time between two.
            false => self.next_rtc.max(self.next_feedback),
        };
        let first = |heap: &BinaryHeap<Reverse<Underway>>| heap.peek().map(|first| first.0.out);
        due = [first(&self.arriving), first(&self.way.waiting)]
            .into_iter()
            .flatten()
            .fold(due, Instant::min);
        if self.connected {
            due = due.min(self.next_ask).min(self.next_feedback).min(self.next_report);
            due = due.min(self.next_beat(now));
            due = self.receivers.as_ref().and_then(Receivers::due).map_or(due, |at| due.min(at));
            due = self.tracks.iter().map(Track::due).fold(due, Instant::min);
        }
        due
    }

    fn drain(&mut self, port: &Port, now: Instant, totals: &mut Totals) {
        loop {
            let output = self.rtc.poll_output();
            if self.keys.is_none()
                && let Some(agreed) = self.handshake.as_ref().and_then(KeySlot::get)
            {
                self.keys = Keys::new(agreed);
                self.closed |= self.keys.is_none();
            }
            match output {
                Ok(Output::Timeout(at)) => {
                    self.next_rtc = at;
                    let settled = self.connected && self.pending.is_none() && !self.setup.roams;
                    self.urgent = !settled || at <= now;
                    return;
                }
                Ok(Output::Transmit(out)) => {
                    let first = out.contents.first().copied().unwrap_or_default();
                    // str0m knows nothing of the media that goes beside it: what it would report
                    // is not true.
                    if (128..192).contains(&first) {
                        continue;
                    }
                    // DTLS goes where media goes (RFC 7983, section 7).
                    if (20..64).contains(&first) {
                        self.remote = Some(out.destination);
                    }
                    self.way.send(port, now, &out.contents, out.destination, totals);
                }
                Ok(Output::Event(event)) => self.on_event(event, now),
                Err(_) => {
                    self.closed = true;
                    return;
                }
            }
        }
    }

    fn on_event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Connected => {
                self.connected = true;
                // Feedback of many participants is not in step.
                let phase = FEEDBACK_INTERVAL.mul_f64((self.setup.seed % 97) as f64 / 97.0);
                self.next_feedback = now + phase;
                self.next_report = now + REPORT_INTERVAL / 2 + phase;
                self.next_ask = now + phase;
                let audio = self.lines.iter().filter(|(_, line)| *line == Line::AudioSlot);
                let slots = audio.map(|(mid, _)| mid.to_string());
                self.receivers = Some(Receivers::new(slots, self.setup.seed ^ 3, now));
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) | Event::Closed => {
                self.closed = true;
            }
            Event::ChannelOpen(id, _) => {
                self.channel = Some(id);
                self.last_beat = now;
                self.flush();
            }
            Event::ChannelData(data) => {
                if let Ok(message) = serde_json::from_slice(&data.data) {
                    self.on_message(message);
                }
            }
            _ => {}
        }
    }

    fn on_message(&mut self, message: FromNode) {
        match message {
            FromNode::Layers { source, active } => {
                let wanted = match source {
                    Source::Camera => Line::Camera,
                    Source::Screen => Line::Screen,
                    Source::Microphone | Source::ScreenAudio => return,
                };
                let mid = self.lines.iter().find(|(_, line)| *line == wanted);
                let Some(mid) = mid.map(|(mid, _)| mid.to_string()) else { return };
                for track in self.tracks.iter_mut().filter(|track| track.mid() == mid) {
                    track.set_layers(active);
                }
            }
            FromNode::Slots { slots } => {
                self.fed = !slots.is_empty();
                let Some(inbound) = &mut self.inbound else { return };
                for (mid, _) in self.lines.iter().filter(|(_, line)| *line == Line::VideoSlot) {
                    let name = mid.to_string();
                    let fed = slots.iter().any(|slot| slot.mid == name && slot.layer.is_some());
                    if !fed {
                        inbound.pause(&name);
                    }
                }
            }
            FromNode::Speakers { .. }
            | FromNode::Quality { .. }
            | FromNode::Pong { .. }
            | FromNode::Draining { .. } => {}
        }
    }

    /// Sends over the data channel, now or when it opens.
    pub fn say(&mut self, port: &Port, message: Vec<u8>, now: Instant, totals: &mut Totals) {
        self.unsent.push_back(message);
        self.flush();
        if self.rtc.handle_input(Input::Timeout(now)).is_ok() {
            self.drain(port, now, totals);
        }
    }

    fn flush(&mut self) {
        let Some(channel) = self.channel else { return };
        while let Some(message) = self.unsent.front() {
            let Some(mut open) = self.rtc.channel(channel) else { return };
            // A full buffer is tried again with the next message.
            if !open.write(false, message).unwrap_or(false) {
                return;
            }
            self.unsent.pop_front();
        }
    }

    pub fn set_link(
        &mut self,
        down: Option<crate::scenario::Leg>,
        up: Option<crate::scenario::Leg>,
    ) {
        if let Some(leg) = down {
            self.down.set(leg);
        }
        if let Some(leg) = up {
            self.way.up.set(leg);
        }
    }

    /// Goes on from another socket, as a telephone that leaves the wireless network. The server
    /// learns of it by a connectivity check from the new address.
    pub fn change_address(
        &mut self,
        old: &Port,
        new: &Port,
        now: Instant,
        totals: &mut Totals,
    ) -> Result<(), EngineError> {
        let gone = candidate(old.local())?;
        self.rtc.add_local_candidate(candidate(new.local())?);
        self.rtc.direct_api().invalidate_candidate(&gone);
        self.rtc.handle_input(Input::Timeout(now))?;
        self.drain(new, now, totals);
        Ok(())
    }

    /// An offer that differs from the first by its ICE credentials alone.
    pub fn restart(&mut self) -> Result<String, EngineError> {
        let mut changes = self.rtc.sdp_api();
        changes.ice_restart(true);
        let Some((offer, pending)) = changes.apply() else {
            return Err(EngineError::Answer("there is nothing to restart".into()));
        };
        self.pending = Some(pending);
        Ok(offer.to_sdp_string())
    }

    /// Says good-bye by DTLS.
    pub fn leave(&mut self, port: &Port, now: Instant, totals: &mut Totals) {
        if self.rtc.close().is_ok() && self.rtc.handle_input(Input::Timeout(now)).is_ok() {
            self.drain(port, now, totals);
        }
        self.look(now, totals);
    }

    /// Counts what nothing that arrives would tell: pictures that stand still.
    pub fn look(&mut self, now: Instant, totals: &mut Totals) {
        if let Some(inbound) = &mut self.inbound {
            inbound.look(now, totals);
        }
    }

    pub fn is_connected(&self) -> bool {
        self.connected && !self.closed
    }

    pub fn watches(&self) -> bool {
        self.setup.video_slots > 0 && self.setup.expects_video
    }

    pub fn sees(&self) -> bool {
        self.saw
    }

    pub fn pictures(&self, now: Instant) -> usize {
        self.inbound.as_ref().map_or(0, |inbound| inbound.pictures(now))
    }

    /// The SRTP profile that the server chose.
    pub fn profile(&self) -> Option<Profile> {
        self.keys.as_ref().map(|keys| keys.profile)
    }

    pub fn group(&self) -> usize {
        self.setup.group
    }

    pub fn local_ip(&self) -> std::net::IpAddr {
        self.setup.local
    }
}

fn candidate(address: SocketAddr) -> Result<Candidate, EngineError> {
    Candidate::host(address, "udp").map_err(|error| EngineError::Answer(error.to_string()))
}
