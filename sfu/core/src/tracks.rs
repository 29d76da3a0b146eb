//! What a participant publishes, as the room sees it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use str0m::{
    format::{Codec, PayloadParams},
    media::{Mid, Pt, Rid},
};
use szpon_media::{
    AudioLevel, Bitrate, ExtSeq, Layer, LayerSet, RtpTime,
    codec::{SpatialLayers, VideoCodec, VideoPacket},
    demand::Demand,
    dependency::{self, Dependency},
    flow::Flow,
    history::History,
    layer::MAX_LAYERS,
    pli::KeyframeRequests,
    rate::RateMeter,
    view::{LayerSizes, Size},
};
use szpon_protocol::{ParticipantId, media::Source};

use crate::{
    addresses::SessionKey,
    egress::{Part, StreamKey},
    pending::Pending,
    sound::AudioTrack,
    spread::{Address, Asked, Interest, ShardId},
};

/// Index of a track in its room.
pub(crate) type TrackKey = usize;

/// Never used again, so that a slot cannot take a new track for the one it was fed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TrackId(pub(crate) u64);

/// A track, from outside of its room's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TrackRef {
    pub(crate) id: TrackId,
    pub(crate) key: TrackKey,
}

/// Packets kept of each layer, to be sent once more to those who lost them: two seconds of
/// 5 Mbit/s.
const KEPT: usize = 1_024;
/// No decoder waits longer.
const KEPT_FOR: Duration = Duration::from_secs(2);
/// Packets of a keyframe may overtake its first one; no network reorders over a longer time.
pub(crate) const OVERTAKEN_FOR: Duration = Duration::from_millis(300);

/// What layers of a camera cost before they were measured, in kbit/s: what browsers give VP8 at
/// 180, 360 and 720 lines.
const EXPECTED: [u64; MAX_LAYERS] = [150, 500, 1_500];
/// The same for layers of one stream, each on top of those below.
const EXPECTED_STACKED: [u64; MAX_LAYERS] = [150, 350, 1_000];
/// What a source without layers costs before it was measured: mostly a screen, and most screens
/// stand still. Reckoned low, so that a share begins at once even where the estimate is still small;
/// the measure corrects it within a second.
const EXPECTED_SINGLE: Bitrate = Bitrate::kbps(300);
/// Costs are measured so often, and a new measure counts for one in so many: half of a change
/// shows after a second.
const MEASURE_INTERVAL: Duration = Duration::from_millis(200);
const SMOOTHING: u64 = 8;
/// What the highest layer measures before a keyframe has told.
pub(crate) const EXPECTED_SIZE: Size = Size::new(1_280, 720);
/// A layer that was asked for and has not come after so long will not.
const LAYER_PATIENCE: Duration = Duration::from_secs(3);

/// A layer whose losses cannot be mended is left out for so long, and then tried again.
const AVOIDED_FOR: Duration = Duration::from_secs(60);

/// How the packets of a track are coded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    /// As on the wire.
    pub(crate) pt: Pt,
    /// The payload is RED (RFC 2198) around `params`.
    pub(crate) red: bool,
    pub(crate) params: PayloadParams,
}

impl Format {
    pub(crate) fn video_codec(&self) -> Option<VideoCodec> {
        match self.params.spec().codec {
            Codec::Vp8 => Some(VideoCodec::Vp8),
            Codec::Vp9 => Some(VideoCodec::Vp9),
            Codec::H264 => Some(VideoCodec::H264),
            Codec::Av1 => Some(VideoCodec::Av1),
            _ => None,
        }
    }
}

/// A slot that the track feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) session: SessionKey,
    /// Index among the session's slots of this kind.
    pub(crate) slot: usize,
    /// The slot's stream in the session's egress.
    pub(crate) stream: StreamKey,
    /// Layers whose packets the slot must see; all of an audio track.
    pub(crate) watched: LayerSet,
}

impl Route {
    /// Routes of a track are in the order of this, which no two of them share.
    fn place(&self) -> (SessionKey, usize) {
        (self.session, self.slot)
    }
}

pub(crate) struct Track {
    pub(crate) this: TrackRef,
    pub(crate) origin: Origin,
    pub(crate) participant: ParticipantId,
    pub(crate) source: Source,
    /// Moderation and the participant's own switches let it through.
    pub(crate) allowed: bool,
    pub(crate) format: Option<Format>,
    pub(crate) flow: Flow,
    /// In the order of [`Route::place`].
    pub(crate) routes: Vec<Route>,
    /// Packets that wait to be delivered, as they came, and their streams.
    pub(crate) pending: Vec<Pending>,
    /// Other shards that the track is handed to.
    pub(crate) relays: Vec<RelayRoute>,
    pub(crate) kind: TrackKind,
}

/// Where packets come from.
pub(crate) enum Origin {
    /// An m-line of a session of this shard, which is the track's home.
    Here {
        session: SessionKey,
        mid: Mid,
    },
    Elsewhere(Mirror),
}

/// What stands here for a track of another shard.
#[derive(Debug)]
pub(crate) struct Mirror {
    pub(crate) shard: ShardId,
    /// The track's name there.
    pub(crate) home: TrackRef,
    /// What that shard was last told of this one's needs.
    pub(crate) told: Interest,
    pub(crate) asked: Asked,
}

/// Another shard that the track is handed to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RelayRoute {
    pub(crate) shard: ShardId,
    pub(crate) at: Address,
    /// By their streams: stacked layers go with the lowest one.
    pub(crate) layers: LayerSet,
}

/// Who needs layers of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subscriber {
    /// A video slot of a session.
    Slot(SessionKey, usize),
    /// All slots of another shard.
    Shard(ShardId),
}

pub(crate) enum TrackKind {
    Audio(Box<AudioTrack>),
    Video(Box<VideoTrack>),
}

pub(crate) struct VideoTrack {
    /// One for a source without layers.
    pub(crate) layers: usize,
    /// Its layers are in one stream (SVC), each on top of those below.
    pub(crate) stacked: bool,
    /// Packets of its layers have Dependency Descriptors.
    pub(crate) described: bool,
    rids: Rids,
    /// Read what the packets of each stream say of their frames.
    pub(crate) dependencies: [dependency::Reader; MAX_LAYERS],
    pub(crate) requests: KeyframeRequests,
    /// What its subscribers need.
    pub(crate) demand: Demand<Subscriber>,
    pub(crate) sizes: LayerSizes,
    /// Temporal layers seen; 0 if packets don't say.
    pub(crate) temporal_layers: u8,
    /// The newest packets of each stream that ever came, kept once for all its subscribers.
    kept: [Option<History<Packet>>; MAX_LAYERS],
    /// Where the keyframe of each stream begins that came last.
    keyframes: [Option<(ExtSeq, RtpTime)>; MAX_LAYERS],
    rates: [RateMeter; MAX_LAYERS],
    /// What each layer is reckoned to cost by itself: what is expected first, what is measured later.
    /// A keyframe alone must not make a layer look dear.
    costs: [Bitrate; MAX_LAYERS],
    measured_at: Option<Instant>,
    /// Since when the publisher has been asked for the layer.
    asked: [Option<Instant>; MAX_LAYERS],
    /// Until when the layer is not to be had, since its losses cannot be mended.
    avoided: [Option<Instant>; MAX_LAYERS],
}

/// Layers of one stream, each on top of those below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stack {
    pub(crate) layers: usize,
    /// Packets have Dependency Descriptors.
    pub(crate) described: bool,
}

/// How a source's streams are named.
#[derive(Debug, Clone, Copy)]
enum Rids {
    None,
    /// One stream has a name, which is known when it has come.
    One(Option<Rid>),
    /// One name for each layer.
    Many,
}

impl VideoTrack {
    /// `layers` is none for a source without RTP stream ids.
    pub(crate) fn new(layers: Option<usize>, now: Instant) -> Self {
        let rids = match layers {
            None => Rids::None,
            Some(0 | 1) => Rids::One(None),
            Some(_) => Rids::Many,
        };
        let layers = layers.map_or(1, |layers| layers.clamp(1, MAX_LAYERS));
        Self {
            layers,
            stacked: false,
            described: false,
            rids,
            dependencies: Default::default(),
            requests: KeyframeRequests::new(),
            demand: Demand::new(now),
            sizes: LayerSizes::default(),
            temporal_layers: 0,
            kept: [const { None }; MAX_LAYERS],
            keyframes: [None; MAX_LAYERS],
            rates: Default::default(),
            costs: if layers > 1 { EXPECTED.map(Bitrate::kbps) } else { [EXPECTED_SINGLE; 3] },
            measured_at: None,
            asked: [Some(now); MAX_LAYERS],
            avoided: [None; MAX_LAYERS],
        }
    }

    /// The layer's losses cannot be mended. The lowest must do all the same. True if that is new.
    pub(crate) fn avoid(&mut self, layer: Layer, now: Instant) -> bool {
        if layer == Layer::LOWEST {
            return false;
        }
        let new = !self.avoided(now).contains(layer);
        self.avoided[layer.index()] = Some(now + AVOIDED_FOR);
        new
    }

    /// Layers that are not to be had, since their losses cannot be mended.
    pub(crate) fn avoided(&self, now: Instant) -> LayerSet {
        let avoided = |layer: &Layer| self.avoided[layer.index()].is_some_and(|until| now < until);
        Layer::all().filter(avoided).fold(LayerSet::EMPTY, LayerSet::with)
    }

    /// Streams with RTP stream ids; none for a source without them.
    pub(crate) fn named_streams(&self) -> Option<usize> {
        match self.rids {
            Rids::None => None,
            Rids::One(_) => Some(1),
            Rids::Many => Some(self.layers),
        }
    }

    pub(crate) fn on_packet(&mut self, layer: Layer, bytes: usize, now: Instant) {
        self.rates[layer.index()].record(bytes, now);
    }

    /// Which of the source's streams has this RTP stream id; without layers there is one.
    pub(crate) fn stream_named(&mut self, rid: Option<Rid>) -> Option<Layer> {
        match (&mut self.rids, rid) {
            (Rids::Many, Some(rid)) => Layer::from_rid(&rid),
            (Rids::One(only), Some(_)) => {
                *only = rid;
                Some(Layer::LOWEST)
            }
            (_, _) => Some(Layer::LOWEST),
        }
    }

    /// The layers of the one stream, if it has any.
    pub(crate) fn stack(&self) -> Option<Stack> {
        self.stacked.then_some(Stack { layers: self.layers, described: self.described })
    }

    pub(crate) fn set_stack(&mut self, stack: Stack) {
        if !self.stacked {
            self.stacked = true;
            self.costs = EXPECTED_STACKED.map(Bitrate::kbps);
        }
        self.layers = stack.layers.clamp(1, MAX_LAYERS);
        self.described = stack.described;
    }

    /// Whether a stream that holds these has layers of its own. In a stream of simulcast that is one
    /// layer, whatever is in it.
    pub(crate) fn becomes_stacked(&self, found: &SpatialLayers) -> bool {
        self.stacked || (found.count > 1 && !matches!(self.rids, Rids::Many))
    }

    /// A keyframe says what its stream holds, and whether packets have Dependency Descriptors.
    pub(crate) fn on_layers(&mut self, found: &SpatialLayers, described: bool) {
        if !self.becomes_stacked(found) {
            return;
        }
        let there = usize::from(found.count).clamp(1, MAX_LAYERS);
        // What the publisher was told to leave out can be had again.
        let left_out = self.asked.iter().take(self.layers).skip(there);
        let layers = there + left_out.take_while(|asked| asked.is_none()).count();
        self.set_stack(Stack { layers, described });
        self.note_sizes(found);
    }

    /// Sizes of the layers of one stream, as a keyframe says them.
    pub(crate) fn note_sizes(&mut self, found: &SpatialLayers) {
        if !self.stacked {
            return;
        }
        for (index, size) in self.sizes.iter_mut().enumerate() {
            match found.sizes[index] {
                Some((width, height)) => *size = Some(Size::new(width, height)),
                None if index < self.layers => {}
                None => *size = None,
            }
        }
    }

    /// The layer of a packet of this stream.
    pub(crate) fn layer_of(&self, stream: Layer, packet: &VideoPacket) -> Layer {
        match packet.spatial {
            Some(spatial) if self.stacked => Layer::new(spatial.id).unwrap_or(Layer::HIGHEST),
            _ => stream,
        }
    }

    /// Keeps a packet for those who will miss it, or come too late for it.
    pub(crate) fn keep(&mut self, stream: Layer, packet: &Packet) {
        if matches!(&packet.body, Body::Video(video) if video.starts_keyframe) {
            let known = &mut self.keyframes[stream.index()];
            // More than one packet of a keyframe may look like its first.
            let first = known
                .is_none_or(|(seq, time)| time != packet.time || packet.seq.distance_from(seq) < 0);
            if first {
                *known = Some((packet.seq, packet.time));
            }
        }
        self.kept[stream.index()].get_or_insert_with(|| History::new(KEPT, KEPT_FOR)).push(
            packet.seq,
            packet.at,
            packet.clone(),
        );
    }

    pub(crate) fn kept(&self, stream: Layer) -> Option<&History<Packet>> {
        self.kept[stream.index()].as_ref()
    }

    /// What is kept from the first packet of the last keyframe on, in order.
    pub(crate) fn since_keyframe(
        &self,
        stream: Layer,
        now: Instant,
    ) -> Option<impl Iterator<Item = &Packet>> {
        let (first, _) = self.keyframes[stream.index()]?;
        let kept = self.kept(stream)?;
        let rest = kept.after(first, now).map(|(_, packet)| packet);
        Some(std::iter::once(kept.get(first, now)?).chain(rest))
    }

    /// The publisher has been told which layers to send.
    pub(crate) fn set_asked(&mut self, active: LayerSet, now: Instant) {
        for layer in Layer::all() {
            let asked = &mut self.asked[layer.index()];
            if active.contains(layer) {
                asked.get_or_insert(now);
            } else {
                *asked = None;
            }
        }
    }

    /// What each layer costs, or would cost, with those below if it needs them; none for a layer that
    /// is not there to be had. To be called at most every [`MEASURE_INTERVAL`] for a new measure.
    pub(crate) fn costs(
        &mut self,
        flowing: LayerSet,
        now: Instant,
    ) -> [Option<Bitrate>; MAX_LAYERS] {
        let measure = self.measured_at.is_none_or(|at| now >= at + MEASURE_INTERVAL);
        if measure {
            self.measured_at = Some(now);
        }
        let mut costs = [None; MAX_LAYERS];
        let mut below = Bitrate::ZERO;
        let avoided = self.avoided(now);
        for layer in Layer::all().take(self.layers) {
            let index = layer.index();
            let flows = flowing.contains(layer);
            if flows && measure {
                let newest = self.rates[index].bitrate(now).as_bps();
                let before = self.costs[index].as_bps();
                self.costs[index] = Bitrate::bps((before * (SMOOTHING - 1) + newest) / SMOOTHING);
            }
            if avoided.contains(layer) {
                continue;
            }
            let refused = self.asked[index].is_some_and(|since| now >= since + LAYER_PATIENCE);
            // Without simulcast there is nothing to refuse: the source is on or off.
            if flows || !refused || self.layers == 1 {
                let own = self.costs[index];
                below = if self.stacked { below + own } else { own };
                costs[index] = Some(below);
            }
        }
        costs
    }
}

impl Track {
    pub(crate) fn video(&self) -> Option<&VideoTrack> {
        match &self.kind {
            TrackKind::Video(video) => Some(video),
            TrackKind::Audio(_) => None,
        }
    }

    pub(crate) fn video_mut(&mut self) -> Option<&mut VideoTrack> {
        match &mut self.kind {
            TrackKind::Video(video) => Some(video),
            TrackKind::Audio(_) => None,
        }
    }

    pub(crate) fn is_video(&self) -> bool {
        matches!(self.kind, TrackKind::Video(_))
    }

    /// Whether the publisher is a session of this shard.
    pub(crate) fn is_here(&self) -> bool {
        matches!(self.origin, Origin::Here { .. })
    }

    pub(crate) fn mirror(&self) -> Option<&Mirror> {
        match &self.origin {
            Origin::Elsewhere(mirror) => Some(mirror),
            Origin::Here { .. } => None,
        }
    }

    /// Hands these layers to another shard from now on.
    pub(crate) fn relay_to(&mut self, shard: ShardId, at: Address, layers: LayerSet) {
        self.relays.retain(|relay| relay.shard != shard);
        if !layers.is_empty() {
            self.relays.push(RelayRoute { shard, at, layers });
        }
    }

    /// The track feeds one slot more.
    pub(crate) fn add_route(&mut self, route: Route) {
        let before = |other: &Route| other.place() < route.place();
        self.routes.insert(self.routes.partition_point(before), route);
    }

    /// Where the route to a session's slot is.
    pub(crate) fn route_to(&self, session: SessionKey, slot: usize) -> Option<usize> {
        self.routes.binary_search_by_key(&(session, slot), Route::place).ok()
    }

    /// Layers whose packets any slot here must see.
    pub(crate) fn watched(&self) -> LayerSet {
        self.routes.iter().fold(LayerSet::EMPTY, |all, route| all.union(route.watched))
    }

    /// Layers that come from the publisher and may be forwarded.
    pub(crate) fn flowing(&self, now: Instant) -> LayerSet {
        if self.allowed { self.flow.flowing(now) } else { LayerSet::EMPTY }
    }

    /// RTP stream id of a stream, as the publisher names it.
    pub(crate) fn rid_of(&self, layer: Layer) -> Option<Rid> {
        match self.video()?.rids {
            Rids::None => None,
            Rids::One(rid) => rid,
            Rids::Many => Some(Rid::from(szpon_protocol::media::SIMULCAST_RIDS[layer.index()])),
        }
    }
}

/// A packet on its way to the subscribers: parsed once, copied by reference.
#[derive(Clone)]
pub(crate) struct Packet {
    pub(crate) seq: ExtSeq,
    pub(crate) time: RtpTime,
    pub(crate) marker: bool,
    pub(crate) payload: Arc<[u8]>,
    pub(crate) at: Instant,
    /// What the header says of the frame.
    pub(crate) dependency: Option<Arc<Dependency>>,
    pub(crate) body: Body,
}

#[derive(Clone)]
pub(crate) enum Body {
    /// `part` of the payload is the frame itself.
    Audio {
        level: Option<AudioLevel>,
        voice: Option<bool>,
        part: Part,
    },
    Video(VideoPacket),
}
