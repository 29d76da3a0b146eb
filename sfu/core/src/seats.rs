//! Participants take their seats in a room, and leave them.

use std::time::Instant;

use rand::RngExt;
use szpon_media::{
    Bitrate,
    allocator::Allocator,
    doubling::Doubling,
    flow::Flow,
    quality::QualityMeter,
    redundancy::Copies,
    slots::{AudioSlots, Slots},
};
use szpon_protocol::{
    ParticipantId, RoomId,
    media::{FromNode, MAX_VIDEO_SLOTS, SlotMedia, SourceSet, Tile},
};

use crate::{
    addresses::SessionKey,
    core::{Core, Timer, Viewing},
    negotiation::{Negotiated, kind_of_source},
    rooms::RoomKey,
    session::{Purpose, Seat},
    slots::{AudioSlot, Line, VideoSlot},
    spread::News,
    tracks::{Origin, Subscriber, Track, TrackKey, TrackKind, TrackRef, VideoTrack},
};

impl Core {
    pub(crate) fn join(
        &mut self,
        now: Instant,
        key: SessionKey,
        room_id: RoomId,
        participant: ParticipantId,
        negotiated: Negotiated,
        viewing: Viewing,
    ) {
        let new = self.rooms.key_of(room_id).is_none();
        let parts = self.peers.with(room_id);
        let room_key = self.rooms.enter(now, room_id, participant, key, parts);
        if new {
            self.tell_all(room_id, &News::Opened);
        }
        let mask = self.rooms.mask(room_id, participant);
        let mut seat = Seat {
            room: room_key,
            tracks: arrayvec::ArrayVec::new(),
            streams: Vec::new(),
            audio: Vec::new(),
            audio_plan: AudioSlots::new(0),
            video: Vec::new(),
            video_plan: Slots::new(0),
            view: Vec::new(),
            viewing,
            stands_in: false,
            view_changed: true,
            allocator: Allocator::new(),
            planned_for: Bitrate::ZERO,
            quality: QualityMeter::new(now),
            told_quality: None,
            told: Vec::new(),
            receiving: Vec::new(),
            copies: Copies::default(),
            doubling: Doubling::default(),
        };
        for line in negotiated.slots {
            let session = &mut self.sessions[key];
            session.offered.streams.push((line.stream.mid, line.stream.ssrc, line.stream.rtx));
            let (mid, described) = (line.stream.mid, line.stream.dependency.is_some());
            let stream = session.egress.add_stream(line.stream, self.rng.random());
            let to = Line { mid, name: line.name, stream, described };
            let random = self.rng.random();
            match line.media {
                SlotMedia::Audio => seat.audio.push(AudioSlot::new(to, random)),
                SlotMedia::Video => seat.video.push(VideoSlot::new(to, random)),
            }
        }
        seat.audio_plan = AudioSlots::new(seat.audio.len());
        seat.video_plan = Slots::new(seat.video.len());
        for publication in negotiated.publications {
            let id = self.rooms.new_track_id();
            let Some(room) = self.rooms.get_mut(room_key) else { return };
            let kind = if kind_of_source(publication.source).is_audio() {
                TrackKind::Audio(Box::default())
            } else {
                TrackKind::Video(Box::new(VideoTrack::new(publication.layers, now)))
            };
            let entry = room.tracks.vacant_entry();
            let track = entry.key();
            entry.insert(Track {
                this: TrackRef { id, key: track },
                origin: Origin::Here { session: key, mid: publication.mid },
                participant,
                source: publication.source,
                allowed: mask.has(publication.source),
                format: None,
                flow: Flow::new(),
                routes: Vec::new(),
                pending: Vec::new(),
                relays: Vec::new(),
                kind,
            });
            // One of each source at most.
            seat.tracks.push((publication.mid, track));
        }
        let Some(room) = self.rooms.get_mut(room_key) else { return };
        room.pulse.tracks_changed = true;
        let participants = room.pulse.quality_of_all();
        self.sessions[key].seat = Some(Box::new(seat));
        if !participants.is_empty() {
            self.send(key, &FromNode::Quality { participants });
        }
        self.timers.set_sooner(Timer::Room(room_key), now);
    }

    /// Lets the other parts of the room know of a session that has joined. Of two sessions of one
    /// participant the younger stays, wherever they are.
    pub(crate) fn take_seat(
        &mut self,
        now: Instant,
        key: SessionKey,
        room: RoomId,
        participant: ParticipantId,
    ) {
        let Some(room) = self.rooms.key_of(room) else { return };
        let stays = self.replace_elsewhere(now, room, participant, self.sessions[key].id);
        self.choose_lead(room);
        self.tell_joined(room, participant);
        if !stays {
            self.end(now, key, "replaced");
        }
    }

    /// Takes everything of a session out of its room.
    pub(crate) fn leave(&mut self, now: Instant, key: SessionKey) {
        let session = &mut self.sessions[key];
        // After a panic it may be gone, or not be there yet, so the room is asked for all else.
        let slots = session.seat.take().map_or(MAX_VIDEO_SLOTS, |seat| seat.video.len());
        let Purpose::Participant { room: room_id, participant } = session.purpose else { return };
        let id = session.id;
        let Some(room_key) = self.rooms.key_of(room_id) else { return };
        let Some(room) = self.rooms.get(room_key) else { return };
        if room.members.get(&participant) != Some(&key) {
            return;
        }
        let own =
            |track: &Track| matches!(track.origin, Origin::Here { session, .. } if session == key);
        let published: Vec<TrackKey> =
            room.tracks.iter().filter(|(_, track)| own(track)).map(|(track, _)| track).collect();
        self.drop_tracks(room_key, &published);
        let Some(room) = self.rooms.get_mut(room_key) else { return };
        for (_, track) in &mut room.tracks {
            track.routes.retain(|route| route.session != key);
            if let Some(video) = track.video_mut() {
                for slot in 0..slots {
                    video.demand.remove(Subscriber::Slot(key, slot), now);
                }
            }
        }
        room.pulse.forget(participant);
        self.tell_parts(room_key, News::Left { participant, session: id });
        if self.rooms.exit(room_key, participant) {
            self.timers.cancel(Timer::Room(room_key));
            self.tell_all(room_id, &News::Closed);
        } else {
            self.choose_lead(room_key);
            self.timers.set_sooner(Timer::Room(room_key), now);
        }
    }

    /// Takes tracks out of a room, and out of every slot that they feed.
    pub(crate) fn drop_tracks(&mut self, room: RoomKey, gone: &[TrackKey]) {
        let Some(room) = self.rooms.get_mut(room) else { return };
        let mut orphans = Vec::new();
        for track in gone {
            let track = room.tracks.remove(*track);
            room.pulse.speakers.remove(track.this);
            orphans.extend(track.routes.iter().map(|route| (route.session, track.this)));
        }
        room.pulse.tracks_changed = true;
        // Feeds of what is gone end now; the plans follow in the next tick.
        for (subscriber, gone) in orphans {
            let Some(seat) = self.sessions.get_mut(subscriber).and_then(|s| s.seat.as_mut()) else {
                continue;
            };
            for slot in &mut seat.video {
                slot.feed.take_if(|feed| feed.track == gone);
            }
            for slot in &mut seat.audio {
                slot.feed.take_if(|feed| feed.track == gone);
            }
        }
    }

    /// A session is up, silent or heard again.
    pub(crate) fn link_changed(&mut self, now: Instant, key: SessionKey) {
        let Some(seat) = &mut self.sessions[key].seat else { return };
        seat.view_changed = true;
        for feed in seat.audio.iter_mut().filter_map(|slot| slot.feed.as_mut()) {
            feed.restart();
        }
        let room = seat.room;
        self.timers.set_sooner(Timer::Room(room), now);
    }

    /// Lets through only `sources` of a participant, from the next packet on.
    pub(crate) fn allow(
        &mut self,
        now: Instant,
        room_id: RoomId,
        participant: ParticipantId,
        sources: SourceSet,
    ) {
        self.deliver_all(now);
        self.rooms.set_mask(now, room_id, participant, sources);
        let Some(key) = self.rooms.session_of(room_id, participant) else { return };
        let Some(seat) = &self.sessions[key].seat else { return };
        let (room_key, published) = (seat.room, seat.tracks.clone());
        let Some(room) = self.rooms.get_mut(room_key) else { return };
        let mut news = Vec::new();
        for (_, track) in published {
            let Some(track) = room.tracks.get_mut(track) else { continue };
            let allowed = sources.has(track.source);
            if track.allowed == allowed {
                continue;
            }
            track.allowed = allowed;
            news.push(News::Allowed { track: track.this, allowed });
            room.pulse.tracks_changed = true;
            if !allowed {
                room.pulse.speakers.remove(track.this);
            }
        }
        self.timers.set_sooner(Timer::Room(room_key), now);
        for news in news {
            self.tell_parts(room_key, news);
        }
    }

    /// The client says what it shows.
    /// It is shown at once, or, if the client says so too often, when the room is next looked at.
    pub(crate) fn view(&mut self, now: Instant, key: SessionKey, tiles: Vec<Tile>, at_once: bool) {
        let Some(seat) = self.sessions.get_mut(key).and_then(|s| s.seat.as_mut()) else { return };
        if seat.view == tiles && seat.viewing == Viewing::Client && !seat.stands_in {
            return;
        }
        seat.view = tiles;
        seat.viewing = Viewing::Client;
        seat.stands_in = false;
        seat.view_changed = true;
        if at_once {
            let room = seat.room;
            self.timers.set_sooner(Timer::Room(room), now);
        }
    }

    /// What the way to a client can carry may have changed.
    pub(crate) fn estimated(&mut self, now: Instant, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(key) else { return };
        let estimate = session.egress.estimate();
        let Some(seat) = &mut session.seat else { return };
        // Down is immediate; up waits for the next tick.
        let less = seat.allocator.plan().used > estimate && estimate < seat.planned_for;
        if less && !seat.view_changed {
            seat.view_changed = true;
            let room = seat.room;
            self.timers.set_sooner(Timer::Room(room), now);
        }
    }
}
