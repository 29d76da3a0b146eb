//! A synthetic browser.

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use rand::{RngExt, rngs::StdRng};
use str0m::{
    Candidate, Event, Input, Output, Rtc, RtcConfig, RtcError,
    bwe::{Bitrate, BweKind},
    change::{SdpAnswer, SdpPendingOffer},
    channel::ChannelId,
    format::Codec,
    media::{Direction, KeyframeRequestKind, MediaKind, Mid, Pt, Rid, Simulcast, SimulcastLayer},
    net::{Protocol, Receive, TcpType, Transmit},
    rtp::{ExtensionValues, RtpWrite},
};
use szpon_media::ExtSeq;
use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    media::{
        DATA_CHANNEL, FromNode, ParticipantQuality, SIMULCAST_RIDS, SlotFeed, SlotMedia, Source,
        SourceSet, Speaker, Tile, ToNode, TrackPurpose,
    },
};
use szpon_sfu_core::Transport;
use szpon_sfu_srtp::{KeySlot, SrtpKeys};

use crate::{
    extension::{self, Descriptor},
    publisher::{AUDIO_INTERVAL, FRAME_INTERVAL, LAYER_BITRATES, OpusSource, Vp8Layer},
    receiver::{AudioReceiver, Packet, VideoReceiver},
    repeated::Repeated,
    requests::Requests,
    svc::{SvcCodec, SvcEncoder, SvcMode},
};

/// What browsers start from.
const FIRST_ESTIMATE: Bitrate = Bitrate::kbps(300);
/// What libwebrtc's senders keep for repetitions: as much as is asked for goes out again, where str0m
/// gives up what exceeds 15% of all.
const KEPT: usize = 1_024;
const KEPT_FOR: Duration = Duration::from_secs(3);
/// Of the estimate, in bits per second: what sound with its headers takes.
const AUDIO_SHARE: u64 = 60_000;

/// What a client offers.
#[derive(Debug, Clone)]
pub struct ClientSetup {
    pub room: RoomId,
    pub participant: ParticipantId,
    /// The sources that the offer has m-lines for.
    pub sources: SourceSet,
    /// What the node is told that the participant may publish.
    pub allowed: SourceSet,
    pub audio_slots: usize,
    pub video_slots: usize,
    /// Three layers with rids, or one without.
    pub simulcast: bool,
    /// One stream of the camera with several layers, instead of that.
    pub svc: Option<SvcMode>,
    /// Offers the Dependency Descriptor.
    pub described: bool,
    /// RFC 2198 for Opus: it is offered, and received.
    pub red: bool,
    /// It is sent as well, with one copy, if it was agreed on.
    pub sends_red: bool,
    /// Estimates its bandwidth and gives layers up that don't fit, as browsers do.
    pub adapts: bool,
    /// Video codecs it can receive and send.
    pub codecs: Vec<Codec>,
    pub transport: Transport,
    /// Speaks with the node over a data channel. Without it the node chooses what it shows.
    pub channel: bool,
}

impl ClientSetup {
    /// Publishes microphone and camera, and can show nine pictures.
    pub fn new(room: RoomId) -> Self {
        Self {
            room,
            participant: ParticipantId::new(),
            sources: SourceSet { microphone: true, camera: true, ..SourceSet::NONE },
            allowed: SourceSet::ALL,
            audio_slots: 3,
            video_slots: 9,
            simulcast: true,
            svc: None,
            described: true,
            red: false,
            sends_red: false,
            adapts: false,
            codecs: vec![Codec::Vp8],
            transport: Transport::Udp,
            channel: true,
        }
    }

    /// Only watches and listens.
    pub fn viewer(room: RoomId) -> Self {
        Self { sources: SourceSet::NONE, ..Self::new(room) }
    }

    /// Knows nothing of our data channel, like a player by WHEP or an encoder by WHIP.
    pub fn without_channel(mut self) -> Self {
        self.channel = false;
        self
    }

    /// Sends the camera in one stream of this mode, and takes that codec.
    #[must_use]
    pub fn with_svc(mut self, mode: SvcMode) -> Self {
        let codec = match mode.codec {
            SvcCodec::Vp9 => Codec::Vp9,
            SvcCodec::Av1 => Codec::Av1,
        };
        self.codecs = vec![codec];
        self.simulcast = false;
        self.svc = Some(mode);
        self
    }

    /// Takes every codec.
    #[must_use]
    pub fn of_every_codec(mut self) -> Self {
        self.codecs = vec![Codec::Vp8, Codec::Vp9, Codec::Av1];
        self
    }

    pub fn with_screen(mut self) -> Self {
        self.sources.screen = true;
        self
    }
}

/// The newest of what the node said over the data channel.
#[derive(Debug, Default)]
pub struct Inbox {
    pub slots: Vec<SlotFeed>,
    pub speakers: Vec<Speaker>,
    pub layers: HashMap<Source, [bool; 3]>,
    pub quality: HashMap<ParticipantId, ParticipantQuality>,
    pub pongs: Vec<u32>,
    pub draining: Option<u32>,
    /// When slots or speakers were last said, and how often.
    pub slots_messages: u64,
    pub speakers_messages: u64,
    pub unreadable: u64,
}

#[derive(Debug)]
struct VideoPublication {
    source: Source,
    mid: Mid,
    layers: Vec<(Option<Rid>, Vp8Layer)>,
    /// Instead of `layers`.
    svc: Option<SvcEncoder>,
    next: Instant,
    /// False while the camera is off.
    enabled: bool,
}

#[derive(Debug)]
struct AudioPublication {
    source: Source,
    mid: Mid,
    opus: OpusSource,
    next: Instant,
}

/// One synthetic browser.
pub struct Client {
    /// Number of the client in its world, and in its packets.
    pub number: u32,
    pub setup: ClientSetup,
    pub session: SessionId,
    pub address: SocketAddr,
    pub inbox: Inbox,
    pub video: HashMap<Mid, VideoReceiver>,
    pub audio: HashMap<Mid, AudioReceiver>,
    /// False while the machine is asleep: it neither sends nor hears.
    pub awake: bool,
    /// Whether packets can overtake each other on the way here.
    pub ordered: bool,
    /// What the longest way to anybody's end and back takes without any queue.
    pub(crate) round_trip: Duration,
    /// To the node and back, as RTCP tells it.
    pub(crate) way: Option<Duration>,
    pub connected_at: Option<Instant>,
    pub closed: bool,
    rtc: Rtc,
    keys: KeySlot,
    pending: Option<SdpPendingOffer>,
    channel: Option<ChannelId>,
    requests: Requests,
    repeated: Repeated,
    /// Where the node was last sent to.
    node: Option<SocketAddr>,
    /// Messages from before the channel is open.
    unsent: Vec<Vec<u8>>,
    video_out: Vec<VideoPublication>,
    audio_out: Vec<AudioPublication>,
    slot_mids: Vec<(Mid, SlotMedia)>,
    /// Also the SSRC of repetitions, if there is one.
    mid_of_ssrc: HashMap<u32, (Mid, Option<u32>)>,
    offer: String,
    tracks: Vec<TrackPurpose>,
    pub(crate) wake: Instant,
}

impl Client {
    pub(crate) fn new(
        number: u32,
        setup: ClientSetup,
        address: SocketAddr,
        now: Instant,
        rng: &mut StdRng,
    ) -> Self {
        let crypto = std::sync::Arc::new(szpon_sfu_srtp::crypto_provider());
        let mut config =
            RtcConfig::new().set_crypto_provider(crypto).set_rtp_mode(true).clear_codecs();
        {
            let codecs = config.codec_config();
            codecs.enable_opus(true, setup.red);
            for codec in &setup.codecs {
                match codec {
                    Codec::Vp8 => codecs.enable_vp8(true),
                    Codec::Vp9 => codecs.enable_vp9(true),
                    Codec::H264 => codecs.enable_h264(true),
                    Codec::Av1 => codecs.enable_av1(true),
                    other => panic!("no such codec in this world: {other:?}"),
                }
            }
        }
        if setup.described {
            config = config.set_extension(12, extension::extension());
        }
        if setup.adapts {
            config = config.enable_bwe(Some(FIRST_ESTIMATE));
        }
        let (mut rtc, keys) = szpon_sfu_srtp::watch(|| config.build(now));
        // As a browser does: it wants to send all that it has.
        rtc.bwe().set_bitrate(Bitrate::ZERO, Bitrate::from(LAYER_BITRATES.iter().sum::<u64>()));
        rtc.add_local_candidate(candidate(setup.transport, address));

        let mut tracks = Vec::new();
        let mut video_out = Vec::new();
        let mut audio_out = Vec::new();
        let mut slot_mids = Vec::new();
        let mut changes = rtc.sdp_api();
        for source in [Source::Microphone, Source::Camera, Source::Screen, Source::ScreenAudio] {
            if !setup.sources.has(source) {
                continue;
            }
            let video = matches!(source, Source::Camera | Source::Screen);
            let layered = source == Source::Camera && setup.simulcast;
            let simulcast = layered.then(|| Simulcast {
                send: SIMULCAST_RIDS.iter().map(|rid| SimulcastLayer::new(rid)).collect(),
                recv: Vec::new(),
            });
            let kind = if video { MediaKind::Video } else { MediaKind::Audio };
            let mid = changes.add_media(kind, Direction::SendOnly, None, None, simulcast);
            tracks.push(TrackPurpose::Publish { mid: mid.to_string(), source });
            if video {
                let svc = setup.svc.filter(|_| source == Source::Camera);
                let svc = svc.map(|mode| SvcEncoder::new(number, mode, now, rng));
                let layers = if svc.is_some() {
                    Vec::new()
                } else if layered {
                    (0..3_u8)
                        .map(|layer| {
                            let bitrate = LAYER_BITRATES[usize::from(layer)];
                            let encoder = Vp8Layer::new(number, layer, bitrate, now, rng);
                            (Some(Rid::from(SIMULCAST_RIDS[usize::from(layer)])), encoder)
                        })
                        .collect()
                } else {
                    vec![(None, Vp8Layer::new(number, 0, LAYER_BITRATES[1], now, rng))]
                };
                let enabled = source == Source::Camera;
                video_out.push(VideoPublication { source, mid, layers, svc, next: now, enabled });
            } else {
                let mut opus = OpusSource::new(number, rng);
                opus.enabled = source == Source::Microphone;
                audio_out.push(AudioPublication { source, mid, opus, next: now });
            }
        }
        let slots = [
            (setup.audio_slots, SlotMedia::Audio, MediaKind::Audio),
            (setup.video_slots, SlotMedia::Video, MediaKind::Video),
        ];
        for (count, media, kind) in slots {
            for _ in 0..count {
                let mid = changes.add_media(kind, Direction::RecvOnly, None, None, None);
                tracks.push(TrackPurpose::Slot { mid: mid.to_string(), media });
                slot_mids.push((mid, media));
            }
        }
        let channel = setup.channel.then(|| changes.add_channel(DATA_CHANNEL.into()));
        let (offer, pending) = changes.apply().expect("there are changes");
        Self {
            number,
            session: SessionId::new(),
            address,
            inbox: Inbox::default(),
            video: HashMap::new(),
            audio: HashMap::new(),
            awake: true,
            ordered: true,
            round_trip: Duration::ZERO,
            way: None,
            connected_at: None,
            closed: false,
            rtc,
            keys: keys.unwrap_or_default(),
            requests: Requests::new(rng.random(), now),
            repeated: Repeated::default(),
            node: None,
            pending: Some(pending),
            channel,
            unsent: Vec::new(),
            video_out,
            audio_out,
            slot_mids,
            mid_of_ssrc: HashMap::new(),
            offer: offer.to_sdp_string(),
            tracks,
            wake: now,
            setup,
        }
    }

    /// The first offer, and the purposes of its m-lines.
    pub fn offer(&self) -> (&str, &[TrackPurpose]) {
        (&self.offer, &self.tracks)
    }

    pub(crate) fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).expect("the node answers with SDP");
        let pending = self.pending.take().expect("an answer comes after an offer");
        self.rtc.sdp_api().accept_answer(pending, answer).expect("the answer fits the offer");
    }

    /// Moves to another network: a new address, and an offer with new ICE credentials.
    pub(crate) fn restart_ice(&mut self, address: SocketAddr) -> String {
        self.address = address;
        let mut changes = self.rtc.sdp_api();
        changes.ice_restart(false);
        let (offer, pending) = changes.apply().expect("there are changes");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// After the answer to [`Client::restart_ice`].
    pub(crate) fn use_new_address(&mut self) {
        self.rtc.add_local_candidate(candidate(self.setup.transport, self.address));
    }

    /// Goes on from another interface, and checks the path from there with the credentials it has.
    pub(crate) fn move_to(&mut self, address: SocketAddr) {
        let gone = candidate(self.setup.transport, self.address);
        self.address = address;
        self.use_new_address();
        self.rtc.direct_api().invalidate_candidate(&gone);
    }

    pub fn is_connected(&self) -> bool {
        self.rtc.is_connected()
    }

    /// What it protects its packets with, for tests that send something of their own in its name.
    pub fn srtp_keys(&self) -> Option<&SrtpKeys> {
        self.keys.get()
    }

    /// Slots of this kind, in the order of the offer.
    pub fn slots(&self, media: SlotMedia) -> Vec<Mid> {
        self.slot_mids.iter().filter(|(_, m)| *m == media).map(|(mid, _)| *mid).collect()
    }

    /// What feeds the slot, as the node said.
    pub fn feed(&self, mid: Mid) -> Option<&SlotFeed> {
        self.inbox.slots.iter().find(|slot| slot.mid == *mid.to_string())
    }

    /// The slot that shows this source, as the node said.
    pub fn slot_of(&self, participant: ParticipantId, source: Source) -> Option<&SlotFeed> {
        self.inbox
            .slots
            .iter()
            .find(|slot| slot.participant == participant && slot.source == source)
    }

    /// The receiver of the slot that shows this source.
    pub fn shows(&self, participant: ParticipantId, source: Source) -> Option<&VideoReceiver> {
        let feed = self.slot_of(participant, source)?;
        self.video.get(&Mid::from(feed.mid.as_str()))
    }

    /// Jumps seen in any slot.
    pub fn jumps(&self) -> Vec<&String> {
        let video = self.video.values().flat_map(|receiver| &receiver.jumps);
        video.chain(self.audio.values().flat_map(|receiver| &receiver.jumps)).collect()
    }

    /// All pictures shown in any slot from `since` on.
    pub fn frames_since(&self, since: Instant) -> usize {
        self.video.values().map(|receiver| receiver.frames_since(since)).sum()
    }

    /// Audio packets from the client with this number, in any slot, from `since` on.
    pub fn heard_from(&self, number: u32, since: Instant) -> usize {
        self.audio.values().map(|receiver| receiver.heard_from(number, since)).sum()
    }

    /// Keyframes sent of a source's layer.
    pub fn keyframes_sent(&self, source: Source, layer: usize) -> u64 {
        self.video_out
            .iter()
            .filter(|publication| publication.source == source)
            .filter_map(|publication| publication.layers.get(layer))
            .map(|(_, encoder)| encoder.keyframes)
            .sum()
    }

    /// Keyframes sent of a camera in one stream with layers.
    pub fn svc_keyframes_sent(&self) -> u64 {
        self.video_out.iter().filter_map(|p| p.svc.as_ref()).map(|encoder| encoder.keyframes).sum()
    }

    /// Encodes only the lowest spatial layers of the camera from now on.
    pub fn set_svc_layers(&mut self, layers: u8) {
        for encoder in self.video_out.iter_mut().filter_map(|p| p.svc.as_mut()) {
            encoder.set_layers(layers);
        }
    }

    /// Encodes the camera in another mode from now on.
    pub fn set_svc_mode(&mut self, mode: SvcMode) {
        for encoder in self.video_out.iter_mut().filter_map(|p| p.svc.as_mut()) {
            encoder.set_mode(mode);
        }
    }

    /// Speaks at this level (dBov, 0 loudest, 127 silence).
    pub fn speak(&mut self, level: u8) {
        for publication in &mut self.audio_out {
            if publication.source == Source::Microphone {
                publication.opus.level = level;
            }
        }
    }

    /// Switches the sending of a source on or off at the client.
    pub fn enable(&mut self, source: Source, enabled: bool) {
        for publication in &mut self.video_out {
            if publication.source == source && publication.enabled != enabled {
                publication.enabled = enabled;
                for (_, encoder) in &mut publication.layers {
                    encoder.keyframe_wanted = true;
                }
                if let Some(encoder) = &mut publication.svc {
                    encoder.keyframe_wanted = true;
                }
            }
        }
        for publication in &mut self.audio_out {
            if publication.source == source {
                publication.opus.enabled = enabled;
            }
        }
    }

    /// Turns a layer off, or on again, without a word: what a browser does that is short of
    /// bandwidth or of processor time.
    pub fn hold_back(&mut self, source: Source, layer: usize, held_back: bool) {
        for publication in self.video_out.iter_mut().filter(|p| p.source == source) {
            if let Some((_, encoder)) = publication.layers.get_mut(layer) {
                encoder.hold_back(held_back);
            }
        }
    }

    pub(crate) fn say(&mut self, now: Instant, message: &ToNode) -> Vec<Transmit> {
        self.say_raw(now, serde_json::to_vec(message).expect("messages are JSON"))
    }

    pub(crate) fn say_raw(&mut self, now: Instant, message: Vec<u8>) -> Vec<Transmit> {
        self.unsent.push(message);
        self.run(now)
    }

    pub(crate) fn view(tiles: &[(ParticipantId, Source, u16, u16)]) -> ToNode {
        let tile =
            |(participant, source, width, height): &(ParticipantId, Source, u16, u16)| Tile {
                participant: *participant,
                source: *source,
                width: *width,
                height: *height,
                pinned: false,
            };
        ToNode::View { tiles: tiles.iter().map(tile).collect() }
    }

    /// Leaves properly: tells the node by DTLS.
    pub(crate) fn hang_up(&mut self, now: Instant) -> Vec<Transmit> {
        if self.rtc.close().is_err() {
            // Not connected yet: there is nobody to tell.
            return Vec::new();
        }
        self.tick(now)
    }

    pub(crate) fn receive(
        &mut self,
        now: Instant,
        source: SocketAddr,
        destination: SocketAddr,
        payload: &[u8],
    ) -> Vec<Transmit> {
        if destination != self.address {
            return Vec::new();
        }
        let proto = Protocol::from(self.setup.transport);
        let Ok(receive) = Receive::new(proto, source, destination, payload) else {
            return Vec::new();
        };
        if let Some(packet) = self.repeated.open(payload) {
            self.on_packet(now, packet);
        }
        self.input(Input::Receive(now, receive));
        self.drain(now)
    }

    /// Does all that is due.
    pub(crate) fn run(&mut self, now: Instant) -> Vec<Transmit> {
        self.flush();
        let mut out = self.tick(now);
        if self.is_connected() {
            out.extend(self.publish(now));
        }
        if let Some(contents) = self.requests.due(self.way, now) {
            out.extend(self.node.map(|destination| Transmit {
                proto: Protocol::from(self.setup.transport),
                source: self.address,
                destination,
                contents: contents.into(),
            }));
        }
        let stuck: Vec<Mid> = self
            .video
            .iter_mut()
            .filter_map(|(mid, receiver)| receiver.wants_keyframe(now).then_some(*mid))
            .collect();
        for mid in stuck {
            if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid, None) {
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
            out.extend(self.tick(now));
        }
        out
    }

    fn tick(&mut self, now: Instant) -> Vec<Transmit> {
        self.input(Input::Timeout(now));
        self.drain(now)
    }

    fn input(&mut self, input: Input<'_>) {
        match self.rtc.handle_input(input) {
            Ok(()) => {}
            Err(RtcError::Dtls(_) | RtcError::Sctp(_)) => self.closed = true,
            Err(error) => panic!("client {}: {error}", self.number),
        }
    }

    fn flush(&mut self) {
        let Some(channel) = self.channel else { return };
        while let Some(message) = self.unsent.first() {
            let Some(mut open) = self.rtc.channel(channel) else { return };
            if !open.write(false, message).unwrap_or(false) {
                return;
            }
            self.unsent.remove(0);
        }
    }

    fn drain(&mut self, now: Instant) -> Vec<Transmit> {
        let mut out = Vec::new();
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.plan(now, at);
                    return out;
                }
                Ok(Output::Transmit(transmit)) => {
                    self.node = Some(transmit.destination);
                    out.push(transmit);
                }
                Ok(Output::Event(event)) => self.on_event(now, event),
                Err(_) => {
                    self.closed = true;
                    self.wake = now + Duration::from_secs(3_600);
                    return out;
                }
            }
        }
    }

    fn plan(&mut self, now: Instant, rtc_at: Instant) {
        let mut wake = rtc_at;
        if self.is_connected() {
            let video = self.video_out.iter().filter(|p| p.enabled).map(|p| p.next);
            let audio = self.audio_out.iter().filter(|p| p.opus.enabled).map(|p| p.next);
            wake = video.chain(audio).chain(self.requests.next).fold(wake, Instant::min);
            if !self.video.is_empty() {
                wake = wake.min(now + Duration::from_millis(100));
            }
        }
        self.wake = wake;
    }

    fn publish(&mut self, now: Instant) -> Vec<Transmit> {
        let mut out = Vec::new();
        for index in 0..self.video_out.len() {
            let publication = &mut self.video_out[index];
            if !publication.enabled {
                publication.next = now;
                continue;
            }
            if now < publication.next {
                continue;
            }
            publication.next = now.max(publication.next) + FRAME_INTERVAL;
            let mid = publication.mid;
            let mut frames: Vec<_> = publication
                .layers
                .iter_mut()
                .filter(|(_, encoder)| encoder.is_active())
                .map(|(rid, encoder)| (*rid, encoder.frame(now)))
                .collect();
            if let Some(encoder) = publication.svc.as_mut().filter(|encoder| encoder.active) {
                frames.push((None, encoder.picture(now)));
            }
            let Some(pt) = self.payload_type(mid) else { continue };
            for (rid, packets) in frames {
                for packet in packets {
                    let mut ext_vals = ExtensionValues::default();
                    if let Some(descriptor) = packet.descriptor {
                        ext_vals.user_values.set(Descriptor(descriptor));
                    }
                    let mut api = self.rtc.direct_api();
                    let Some(stream) = api.stream_tx_by_mid(mid, rid) else { continue };
                    stream.write_rtp(
                        RtpWrite::new(
                            pt,
                            packet.seq_no.into(),
                            packet.timestamp,
                            now,
                            packet.payload,
                        )
                        .marker(packet.marker)
                        .nackable(true)
                        .ext_vals(ext_vals),
                    );
                    out.extend(self.tick(now));
                }
            }
        }
        for index in 0..self.audio_out.len() {
            let publication = &mut self.audio_out[index];
            if !publication.opus.enabled {
                publication.next = now;
                continue;
            }
            if now < publication.next {
                continue;
            }
            publication.next = now.max(publication.next) + AUDIO_INTERVAL;
            let mid = publication.mid;
            let level = publication.opus.level;
            let Some(opus) = self.payload_type(mid) else { continue };
            let red = self.red_payload_type(mid).filter(|_| self.setup.sends_red);
            let publication = &mut self.audio_out[index];
            let (seq_no, timestamp, payload) = publication.opus.frame(red.map(|_| *opus));
            let pt = red.unwrap_or(opus);
            let ext_vals = ExtensionValues {
                audio_level: Some(-i8::try_from(level.min(127)).unwrap_or(127)),
                voice_activity: Some(level < 60),
                ..ExtensionValues::default()
            };
            let mut api = self.rtc.direct_api();
            let Some(stream) = api.stream_tx_by_mid(mid, None) else { continue };
            stream.write_rtp(
                RtpWrite::new(pt, seq_no.into(), timestamp, now, payload).ext_vals(ext_vals),
            );
            out.extend(self.tick(now));
        }
        out
    }

    /// What the node chose first for this m-line.
    fn payload_type(&self, mid: Mid) -> Option<Pt> {
        self.rtc.media(mid)?.remote_pts().first().copied()
    }

    fn red_payload_type(&self, mid: Mid) -> Option<Pt> {
        let pt = self.payload_type(mid)?;
        self.rtc.codec_config().params().iter().find(|params| params.pt() == pt)?.red()
    }

    /// Payload type that this client gives to RED, if it was negotiated.
    pub fn red_pt(&self) -> Option<u8> {
        self.rtc.codec_config().params().iter().find_map(|params| params.red()).map(|pt| *pt)
    }

    fn on_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Connected => {
                self.connected_at.get_or_insert(now);
                self.requests.secure(self.keys.get());
                self.repeated.secure(self.keys.get());
                for publication in &self.video_out {
                    let rids: Vec<_> = publication.layers.iter().map(|(rid, _)| *rid).collect();
                    for rid in if rids.is_empty() { vec![None] } else { rids } {
                        let mut api = self.rtc.direct_api();
                        if let Some(stream) = api.stream_tx_by_mid(publication.mid, rid) {
                            stream.set_rtx_cache(KEPT, KEPT_FOR, None);
                        }
                    }
                }
                for publication in &mut self.video_out {
                    publication.next = now;
                }
                for publication in &mut self.audio_out {
                    publication.next = now;
                }
            }
            Event::ChannelOpen(..) => self.flush(),
            Event::ChannelData(data) => match serde_json::from_slice(&data.data) {
                Ok(message) => self.on_message(message),
                Err(_) => self.inbox.unreadable += 1,
            },
            Event::RtpPacket(packet) => self.on_packet(now, packet.into()),
            Event::KeyframeRequest(request) => {
                for publication in self.video_out.iter_mut().filter(|p| p.mid == request.mid) {
                    for (rid, encoder) in &mut publication.layers {
                        if request.rid.is_none() || *rid == request.rid {
                            encoder.keyframe_wanted = true;
                        }
                    }
                    if let Some(encoder) = &mut publication.svc {
                        encoder.keyframe_wanted = true;
                    }
                }
            }
            Event::EgressBitrateEstimate(BweKind::Twcc { estimate, .. }) => {
                self.adapt(estimate.as_u64());
            }
            Event::Closed => self.closed = true,
            _ => {}
        }
    }

    /// Divides the estimate among the layers, the lowest first, as libwebrtc does.
    fn adapt(&mut self, estimate: u64) {
        let mut available = estimate.saturating_sub(AUDIO_SHARE);
        for publication in self.video_out.iter_mut().filter(|p| p.enabled) {
            for (_, encoder) in &mut publication.layers {
                encoder.adapt(&mut available);
            }
        }
    }

    fn on_packet(&mut self, now: Instant, packet: Packet) {
        let ssrc = packet.header.ssrc;
        let (mid, rtx) = match self.mid_of_ssrc.get(&ssrc) {
            Some(known) => *known,
            None => {
                let mut api = self.rtc.direct_api();
                let Some(stream) = api.stream_rx(&ssrc) else { return };
                stream.suppress_nack(true);
                let known = (stream.mid(), stream.rtx().map(|rtx| *rtx));
                self.mid_of_ssrc.insert(*ssrc, known);
                known
            }
        };
        match self.slot_mids.iter().find(|(slot, _)| *slot == mid) {
            Some((_, SlotMedia::Video)) => {
                self.requests.on_packet(*ssrc, ExtSeq::new(packet.seq_no), now);
                if let Some(rtx) = rtx {
                    self.repeated.on_packet(rtx, &packet);
                }
                let receiver = self.video.entry(mid).or_default();
                receiver.round_trip = self.round_trip;
                receiver.receive(now, packet);
                if let Some(next) = receiver.next() {
                    self.requests.forget_before(*ssrc, ExtSeq::new(next));
                }
            }
            Some((_, SlotMedia::Audio)) => {
                let red = self.red_pt();
                self.audio.entry(mid).or_default().receive(now, &packet, self.ordered, red);
            }
            None => {}
        }
    }

    fn on_message(&mut self, message: FromNode) {
        match message {
            FromNode::Slots { slots } => {
                self.inbox.slots = slots;
                self.inbox.slots_messages += 1;
            }
            FromNode::Speakers { speakers } => {
                self.inbox.speakers = speakers;
                self.inbox.speakers_messages += 1;
            }
            FromNode::Layers { source, active } => {
                self.inbox.layers.insert(source, active);
                for publication in self.video_out.iter_mut().filter(|p| p.source == source) {
                    for (rid, encoder) in &mut publication.layers {
                        // A single stream has no layers to switch off.
                        if rid.is_some() {
                            encoder.set_needed(active[usize::from(encoder.layer())]);
                        }
                    }
                    if let Some(encoder) = &mut publication.svc {
                        let layers = active.iter().rposition(|active| *active);
                        encoder.set_active(layers.is_some());
                        if let Some(highest) = layers {
                            encoder.set_layers(highest as u8 + 1);
                        }
                    }
                }
            }
            FromNode::Quality { participants } => {
                for quality in participants {
                    self.inbox.quality.insert(quality.participant, quality);
                }
            }
            FromNode::Pong { nonce } => self.inbox.pongs.push(nonce),
            FromNode::Draining { after_ms } => self.inbox.draining = Some(after_ms),
        }
    }
}

fn candidate(transport: Transport, address: SocketAddr) -> Candidate {
    match transport {
        Transport::Udp => Candidate::host(address, "udp"),
        Transport::Tcp => Candidate::builder().tcp().host(address).tcptype(TcpType::Active).build(),
    }
    .expect("an address that is not special")
}
