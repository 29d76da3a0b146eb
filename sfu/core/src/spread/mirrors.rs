//! Tracks whose publishers are on other shards.

use std::time::Instant;

use szpon_media::{LayerSet, flow::Flow};
use szpon_protocol::ParticipantId;

use super::{Address, Asked, Interest, Message, News, Publication, message::ShardId};
use crate::{
    core::{Core, Timer},
    negotiation::kind_of_source,
    rooms::RoomKey,
    tracks::{Mirror, Origin, Stack, Track, TrackKey, TrackKind, TrackRef, VideoTrack},
};

impl Core {
    /// A track is published on another shard.
    pub(super) fn mirror(
        &mut self,
        now: Instant,
        key: RoomKey,
        from: ShardId,
        publication: Publication,
    ) {
        let Publication { track: home, participant, source, streams, stack, allowed, format } =
            publication;
        // Of a session that was replaced meanwhile.
        let Some(room) = self.rooms.get(key) else { return };
        if room.elsewhere.get(&participant).is_none_or(|member| member.shard != from) {
            return;
        }
        if let Some(known) = self.mirror_of(key, from, home) {
            known.format = format;
            if let Some((video, stack)) = known.video_mut().zip(stack) {
                video.set_stack(stack);
            }
            return self.mirror_allowed(now, key, from, home, allowed);
        }
        let id = self.rooms.new_track_id();
        let audio = kind_of_source(source).is_audio();
        let interest = if audio { Interest::ALL } else { Interest::NONE };
        let kind = match audio {
            true => TrackKind::Audio(Box::default()),
            false => {
                let mut video = VideoTrack::new(streams, now);
                if let Some(stack) = stack {
                    video.set_stack(stack);
                }
                // Nobody here has asked for anything yet, so nothing was refused.
                video.set_asked(interest.needed, now);
                TrackKind::Video(Box::new(video))
            }
        };
        let Some(room) = self.rooms.get_mut(key) else { return };
        let entry = room.tracks.vacant_entry();
        let this = TrackRef { id, key: entry.key() };
        entry.insert(Track {
            this,
            origin: Origin::Elsewhere(Mirror {
                shard: from,
                home,
                told: interest,
                asked: Asked::default(),
            }),
            participant,
            source,
            allowed,
            format,
            flow: Flow::new(),
            routes: Vec::new(),
            pending: Vec::new(),
            relays: Vec::new(),
            kind,
        });
        room.pulse.tracks_changed = true;
        let id = room.id;
        self.timers.set_sooner(Timer::Room(key), now);
        // Every part of a room must know who is loud.
        if audio {
            let at = Address { room: key, track: this };
            let news = News::Wanted { track: home, at, interest };
            self.tell(from, Message::Room(id, news));
        }
    }

    pub(super) fn mirror_of(
        &mut self,
        key: RoomKey,
        from: ShardId,
        home: TrackRef,
    ) -> Option<&mut Track> {
        let room = self.rooms.get_mut(key)?;
        let is = |track: &Track| {
            track.mirror().is_some_and(|mirror| (mirror.shard, mirror.home) == (from, home))
        };
        room.tracks.iter_mut().map(|(_, track)| track).find(|track| is(track))
    }

    /// The home of a track has found layers in its one stream.
    pub(super) fn mirror_stacked(
        &mut self,
        now: Instant,
        key: RoomKey,
        from: ShardId,
        home: TrackRef,
        stack: Stack,
    ) {
        let Some(video) = self.mirror_of(key, from, home).and_then(Track::video_mut) else {
            return;
        };
        video.set_stack(stack);
        self.timers.set_sooner(Timer::Room(key), now);
    }

    pub(super) fn mirror_allowed(
        &mut self,
        now: Instant,
        key: RoomKey,
        from: ShardId,
        home: TrackRef,
        allowed: bool,
    ) {
        let Some(track) = self.mirror_of(key, from, home) else { return };
        if track.allowed == allowed {
            return;
        }
        track.allowed = allowed;
        let this = track.this;
        let Some(room) = self.rooms.get_mut(key) else { return };
        room.pulse.tracks_changed = true;
        if !allowed {
            room.pulse.speakers.remove(this);
        }
        self.timers.set_sooner(Timer::Room(key), now);
    }

    /// The home of a track cannot mend what layers of it lose.
    pub(super) fn mirror_avoided(
        &mut self,
        now: Instant,
        key: RoomKey,
        from: ShardId,
        home: TrackRef,
        layers: LayerSet,
    ) {
        let Some(video) = self.mirror_of(key, from, home).and_then(Track::video_mut) else {
            return;
        };
        for layer in layers.iter() {
            video.avoid(layer, now);
        }
        self.timers.set_sooner(Timer::Room(key), now);
    }

    /// Takes the mirrors out that `gone` says are.
    pub(super) fn drop_mirrors(
        &mut self,
        now: Instant,
        key: RoomKey,
        gone: impl Fn(&Mirror, ParticipantId) -> bool,
    ) {
        let Some(room) = self.rooms.get(key) else { return };
        let is = |track: &Track| track.mirror().is_some_and(|m| gone(m, track.participant));
        let tracks: Vec<TrackKey> =
            room.tracks.iter().filter(|(_, track)| is(track)).map(|(key, _)| key).collect();
        if !tracks.is_empty() {
            self.drop_tracks(key, &tracks);
            self.timers.set_sooner(Timer::Room(key), now);
        }
    }
}
