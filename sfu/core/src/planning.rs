//! Who gets what: slots, layers and bandwidth of every subscriber of a room.

use std::time::{Duration, Instant};

use slab::Slab;
use szpon_media::{
    Bitrate, Layer, LayerSet,
    allocator::{Priority, Wish},
    view::{Size, fitting_layer},
};
use szpon_protocol::{
    ParticipantId,
    media::{FromNode, SlotFeed, SlotMedia, Source, Tile},
};

use crate::{
    addresses::SessionKey,
    core::{Core, Timer, Viewing},
    default_view::{AS_LARGE_AS_IT_COMES, FOR_THE_MEANTIME, default_view},
    opening::open,
    rooms::{Room, RoomKey},
    session::{Feed, Seat},
    slots::{AudioFeed, VideoFeed},
    spread::{Address, Interest, Message, News},
    tracks::{EXPECTED_SIZE, Origin, Route, Subscriber, Track, TrackKind, TrackRef, VideoTrack},
    wall::Served,
};

/// How often bandwidth is divided anew when nothing has changed but the bitrates.
const ALLOCATION_INTERVAL: Duration = Duration::from_millis(200);
/// So much is planned for video however low the estimate falls: the smallest layer of one picture.
/// An estimator that takes random loss for congestion must not leave a call dark; if the line is
/// really that thin, the pacer holds the picture back, and sound goes first.
const VIDEO_FLOOR: Bitrate = Bitrate::kbps(200);
/// Of what is granted, what goes out: with headers and some repetitions.
const GRANTED_PERCENT: u32 = 110;
/// What the first estimate, which is a guess, is worth for one picture without a smaller layer: the way
/// shows by the picture itself whether it carries that. Probes would take a round trip and two reports
/// first. No more than the pacer lets out.
const GUESS_PERCENT: u32 = 250;
impl Core {
    /// Assigns slots, divides bandwidth, chooses layers, and says what has changed.
    pub(crate) fn plan_room(&mut self, now: Instant, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        let tracks_changed = std::mem::take(&mut room.pulse.tracks_changed);
        let due = room.pulse.allocated.is_none_or(|at| now >= at + ALLOCATION_INTERVAL);
        // Where nothing is published there is nothing to divide.
        let allocate = (due && !room.tracks.is_empty()) || tracks_changed;
        if allocate {
            room.pulse.allocated = Some(now);
        }
        let members: Vec<(ParticipantId, SessionKey)> =
            room.members.iter().map(|(participant, session)| (*participant, *session)).collect();
        let mut asks: Vec<(TrackRef, Layer)> = Vec::new();
        let mut needs: Vec<Need> = Vec::new();
        let mut failed = Vec::new();
        let mut told = Vec::new();
        let mut newest = Vec::new();
        let sessions = self.sessions.len();
        for (participant, session_key) in &members {
            self.served = Served::Session(*session_key);
            let Some(session) = self.sessions.get_mut(*session_key) else { continue };
            session.measure(now);
            let up = session.is_up();
            let Some(mut seat) = session.seat.take() else { continue };
            #[cfg(test)]
            self.trap.step(crate::trap::Place::Plan, *session_key);
            let mut changed = std::mem::take(&mut seat.view_changed) || tracks_changed;
            seat.stands_in |= session.awaits_view(now);
            let size = match (seat.viewing, seat.stands_in) {
                (Viewing::Automatic, _) => Some(AS_LARGE_AS_IT_COMES),
                (Viewing::Client, true) => Some(FOR_THE_MEANTIME),
                (Viewing::Client, false) => None,
            };
            if let Some(size) = size.filter(|_| changed || allocate) {
                let view = default_view(room, *participant, seat.video.len(), size);
                changed |= view != seat.view;
                seat.view = view;
            }
            if changed {
                assign_audio(room, *session_key, *participant, &mut seat);
                assign_video(room, *session_key, *participant, &mut seat, now);
            }
            if changed || allocate {
                let way = Way {
                    up,
                    estimate: session.egress.estimate(),
                    guessed: session.is_new(now) && !session.egress.is_congested(),
                    loss: session.egress.loss() as f32,
                    lossy: session.egress.told_loss().filter(|_| {
                        !session.egress.is_congested()
                            && self.doubled.allows(*session_key, sessions)
                    }),
                };
                seat.planned_for = way.estimate;
                let wanted = divide(room, &mut seat, way, now);
                session.egress.estimator().set_wanted(wanted);
                self.doubled.note(*session_key, seat.doubling.is_on());
                session.egress.set_doubled(seat.doubling.is_on());
                session.egress.set_granted(seat.allocator.plan().used.percent(GRANTED_PERCENT));
                for slot in &seat.video {
                    let shown = slot.feed.as_ref().and_then(|feed| feed.selector.target());
                    if shown.is_none() {
                        session.egress.give_up(slot.line.stream);
                    }
                }
                if let Some(at) = session.egress.sooner(now) {
                    self.timers.set_sooner(Timer::Egress(*session_key), at);
                }
            }
            needs.clear();
            choose_layers(&mut room.tracks, *session_key, &mut seat, now, &mut needs);
            session.seat = Some(seat);
            for Need { route, track: of, stream } in &needs {
                let Some(track) = room.tracks.get_mut(of.key) else { continue };
                let mut there = track.routes[*route];
                let opened = open(session, &mut there, track, *stream, now, &mut self.outbox);
                track.routes[*route] = there;
                let shown = match opened {
                    Ok(opened) => opened,
                    Err(fault) => {
                        failed.push((*session_key, fault));
                        break;
                    }
                };
                self.counters.packets_forwarded += shown.map_or(0, |shown| shown.packets);
                if shown.is_none_or(|shown| shown.stream != *stream) {
                    asks.push((*of, *stream));
                }
            }
            if !needs.is_empty()
                && let Some(at) = session.egress.sooner(now)
            {
                self.timers.set_sooner(Timer::Egress(*session_key), at);
            }
            let Some(seat) = &mut session.seat else { continue };
            feeds(room, seat, now, &mut newest);
            if newest != seat.told {
                seat.told.clone_from(&newest);
                told.push((*session_key, describe(room, seat)));
            }
        }
        self.served = Served::Room(key);
        for (track, layer) in asks {
            if let Some(video) = room.tracks.get_mut(track.key).and_then(Track::video_mut) {
                video.requests.ask(layer, now);
            }
        }
        for (session, slots) in told {
            self.send(session, &FromNode::Slots { slots });
        }
        for (session, fault) in failed {
            self.served = Served::Session(session);
            self.fail(now, session, fault);
            self.served = Served::Room(key);
        }
    }

    /// Tells publishers which layers anybody needs, and other shards which of theirs anybody here.
    pub(crate) fn tell_layers(&mut self, now: Instant, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        let mut messages = Vec::new();
        let mut wanted = Vec::new();
        for (_, track) in &mut room.tracks {
            let (this, source, watched) = (track.this, track.source, track.watched());
            let Track { origin, kind: TrackKind::Video(video), .. } = track else { continue };
            match origin {
                Origin::Here { session, .. } => {
                    let Some(active) = video.demand.poll(now) else { continue };
                    video.set_asked(active, now);
                    let active = active.to_array();
                    messages.push((*session, FromNode::Layers { source, active }));
                }
                // Its home waits before it tells the publisher to switch a layer off.
                Origin::Elsewhere(mirror) => {
                    let needed = video.demand.needed();
                    let interest = Interest { needed, watched: watched.union(needed) };
                    if mirror.told == interest {
                        continue;
                    }
                    mirror.told = interest;
                    video.set_asked(needed, now);
                    let at = Address { room: key, track: this };
                    let news = News::Wanted { track: mirror.home, at, interest };
                    wanted.push((mirror.shard, Message::Room(room.id, news)));
                }
            }
        }
        for (owner, message) in messages {
            self.send(owner, &message);
        }
        for (shard, message) in wanted {
            self.tell(shard, message);
        }
    }
}

/// Feeds a subscriber's audio slots: the sound of screens, then the loudest, then whoever is there.
fn assign_audio(room: &mut Room, key: SessionKey, own: ParticipantId, seat: &mut Seat) {
    let others = |track: &&Track| !track.is_video() && track.allowed && track.participant != own;
    let present: Vec<TrackRef> = {
        let mut present: Vec<&Track> =
            room.tracks.iter().map(|(_, track)| track).filter(others).collect();
        present.sort_by_key(|track| track.this);
        present.iter().map(|track| track.this).collect()
    };
    let is_screen = |track: &TrackRef| {
        room.tracks.get(track.key).is_some_and(|track| track.source == Source::ScreenAudio)
    };
    let mut loud: Vec<TrackRef> = present.iter().copied().filter(is_screen).collect();
    let top = room.pulse.voices.top.iter();
    let top = top.filter_map(|who| room.track_of(*who, Source::Microphone));
    loud.extend(top.map(|key| room.tracks[key].this).filter(|track| present.contains(track)));
    for change in seat.audio_plan.update(loud, present) {
        let slot = &mut seat.audio[change.slot];
        if let Some(feed) = slot.feed.take() {
            remove_route(&mut room.tracks, feed.track, key, change.slot);
        }
        let Some(track) = change.source else { continue };
        slot.feed = Some(AudioFeed::new(track));
        let (stream, watched) = (slot.line.stream, LayerSet::ALL);
        let route = Route { session: key, slot: change.slot, stream, watched };
        add_route(&mut room.tracks, track, route);
    }
}

/// Feeds a subscriber's video slots with what its view shows.
fn assign_video(
    room: &mut Room,
    key: SessionKey,
    own: ParticipantId,
    seat: &mut Seat,
    now: Instant,
) {
    let mut tiles: Vec<&Tile> = seat.view.iter().collect();
    // The order of importance, for when there are more pictures than slots.
    tiles.sort_by_key(|tile| (tile.source != Source::Screen, !tile.pinned));
    let wanted: Vec<TrackRef> = tiles
        .iter()
        .filter(|tile| tile.participant != own)
        .filter_map(|tile| {
            let track = &room.tracks[room.track_of(tile.participant, tile.source)?];
            (track.allowed && track.is_video()).then_some(track.this)
        })
        .collect();
    for change in seat.video_plan.assign(wanted) {
        let slot = &mut seat.video[change.slot];
        if let Some(feed) = slot.feed.take() {
            remove_route(&mut room.tracks, feed.track, key, change.slot);
            if let Some(video) = video_of(&mut room.tracks, feed.track) {
                video.demand.remove(Subscriber::Slot(key, change.slot), now);
            }
        }
        let Some(track) = change.source else { continue };
        slot.feed = Some(VideoFeed::new(track));
        let (stream, watched) = (slot.line.stream, LayerSet::EMPTY);
        let route = Route { session: key, slot: change.slot, stream, watched };
        add_route(&mut room.tracks, track, route);
    }
}

fn add_route(tracks: &mut Slab<Track>, track: TrackRef, route: Route) {
    if let Some(track) = tracks.get_mut(track.key).filter(|found| found.this == track) {
        track.add_route(route);
    }
}

fn remove_route(tracks: &mut Slab<Track>, track: TrackRef, session: SessionKey, slot: usize) {
    if let Some(track) = tracks.get_mut(track.key).filter(|found| found.this == track)
        && let Some(at) = track.route_to(session, slot)
    {
        track.routes.remove(at);
    }
}

fn video_of(tracks: &mut Slab<Track>, track: TrackRef) -> Option<&mut VideoTrack> {
    tracks.get_mut(track.key).filter(|found| found.this == track)?.video_mut()
}

/// What is known of the way to a subscriber.
#[derive(Debug, Clone, Copy)]
struct Way {
    up: bool,
    estimate: Bitrate,
    /// The estimate has had no time to be more than a guess, and nothing speaks against it.
    guessed: bool,
    /// Share of packets lost, from 0 to 1.
    loss: f32,
    /// The same; none unless every packet is told of, and neither a full queue loses them nor this machine.
    lossy: Option<f32>,
}

/// Divides a subscriber's bandwidth and sets the targets of its slots.
/// Returns how much bandwidth it is worth to look for.
fn divide(room: &mut Room, seat: &mut Seat, way: Way, now: Instant) -> Bitrate {
    let Way { up, estimate, guessed, loss, lossy } = way;
    let speaker = room.pulse.voices.dominant;
    let mut wishes = Vec::with_capacity(seat.video.len());
    if up {
        for slot in &seat.video {
            let Some(feed) = &slot.feed else { continue };
            let Some(track) = room.tracks.get_mut(feed.track.key) else { continue };
            let tile = seat
                .view
                .iter()
                .find(|tile| tile.participant == track.participant && tile.source == track.source);
            let Some(tile) = tile else { continue };
            wishes.push(wish(track, tile, slot.line.described, speaker, now));
        }
    }
    let audio: Bitrate = seat
        .audio
        .iter()
        .filter_map(|slot| match &mut room.tracks.get_mut(slot.feed?.track.key)?.kind {
            TrackKind::Audio(audio) => Some(audio.rate.bitrate(now)),
            TrackKind::Video(_) => None,
        })
        .sum();
    let audio = seat.plan_copies(loss, estimate, audio, now);
    let first = wishes.iter().min_by_key(|wish| wish.priority).filter(|_| guessed);
    let smallest = first.and_then(|wish| wish.layers.into_iter().flatten().next());
    let needed = smallest.map_or(Bitrate::ZERO, |cost| (audio + cost).percent(GRANTED_PERCENT));
    let guess = needed.min(estimate.percent(GUESS_PERCENT));
    let estimate = estimate.max(audio + VIDEO_FLOOR).max(guess);
    seat.doubling.update(lossy, estimate.saturating_sub(audio), &mut wishes);
    let plan = seat.allocator.update(estimate, audio, &wishes, now);
    for feed in seat.video.iter_mut().filter_map(|slot| slot.feed.as_mut()) {
        let grant = plan.grants.iter().find(|grant| grant.key == feed.track);
        feed.selector.set_target(grant.and_then(|grant| grant.layer));
        feed.temporal.set_max(grant.and_then(|grant| grant.max_temporal));
    }
    plan.desired
}

fn wish(
    track: &mut Track,
    tile: &Tile,
    described: bool,
    speaker: Option<ParticipantId>,
    now: Instant,
) -> Wish<TrackRef> {
    let priority = match track.source {
        Source::Screen => Priority::Screen,
        _ if tile.pinned => Priority::Pinned,
        _ if speaker == Some(track.participant) => Priority::Speaker,
        _ => Priority::Other,
    };
    let flowing = track.flowing(now);
    let key = track.this;
    let Some(video) = track.video_mut() else {
        return Wish { key, priority, max: Layer::LOWEST, layers: [None; 3], temporal_layers: 0 };
    };
    let size = Size::new(tile.width, tile.height);
    let mut max = fitting_layer(size, &video.sizes, video.layers, EXPECTED_SIZE);
    let mut layers = video.costs(flowing, now);
    if video.stacked && video.described && !described {
        // Without the descriptor a client can't tell these layers apart, and shows nothing.
        max = Layer::LOWEST;
        layers[1..].fill(None);
    }
    Wish { key, priority, max, layers, temporal_layers: video.temporal_layers }
}

/// A keyframe that a slot needs.
struct Need {
    /// The slot, as the index of its route.
    route: usize,
    track: TrackRef,
    stream: Layer,
}

/// Steers every slot to its target, and notes whose keyframe it needs for that.
fn choose_layers(
    tracks: &mut Slab<Track>,
    key: SessionKey,
    seat: &mut Seat,
    now: Instant,
    needs: &mut Vec<Need>,
) {
    for (index, slot) in seat.video.iter_mut().enumerate() {
        let Some(feed) = &mut slot.feed else { continue };
        let Some(track) = tracks.get_mut(feed.track.key).filter(|t| t.this == feed.track) else {
            continue;
        };
        if track.video().is_some_and(|video| video.stacked) {
            feed.selector.set_stacked();
        }
        let needed = feed.selector.update(track.flowing(now), now);
        let watched = feed.selector.watched();
        if let Some(at) = track.route_to(key, index) {
            track.routes[at].watched = watched;
            needs.extend(needed.map(|stream| Need { route: at, track: feed.track, stream }));
        }
        if let Some(video) = track.video_mut() {
            video.demand.set(Subscriber::Slot(key, index), feed.selector.needed(), now);
        }
    }
}

/// What feeds each slot now.
fn feeds(room: &Room, seat: &Seat, now: Instant, feeds: &mut Vec<Feed>) {
    feeds.clear();
    for (slot, state) in seat.audio.iter().enumerate() {
        let Some(feed) = &state.feed else { continue };
        feeds.push(Feed { media: SlotMedia::Audio, slot, track: feed.track, layer: None });
    }
    for (slot, state) in seat.video.iter().enumerate() {
        let Some(feed) = &state.feed else { continue };
        let Some(track) = room.tracks.get(feed.track.key) else { continue };
        let layer = feed.selector.shown(track.flowing(now));
        feeds.push(Feed { media: SlotMedia::Video, slot, track: feed.track, layer });
    }
}

/// What feeds each slot, as the client is told.
fn describe(room: &Room, seat: &Seat) -> Vec<SlotFeed> {
    let slots = seat.told.iter().filter_map(|feed| {
        let track = room.tracks.get(feed.track.key)?;
        let line = match feed.media {
            SlotMedia::Audio => &seat.audio.get(feed.slot)?.line,
            SlotMedia::Video => &seat.video.get(feed.slot)?.line,
        };
        Some(SlotFeed {
            mid: line.name.clone(),
            participant: track.participant,
            source: track.source,
            layer: feed.layer.map(Layer::get),
        })
    });
    slots.collect()
}
