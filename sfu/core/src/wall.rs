//! A panic ends whoever was served when it happened, and nobody else.
//!
//! str0m stands behind a wall of its own ([`Peer::call`](crate::peer::Peer)). This one stands around
//! our own code: each datagram, each timer and each request is one piece of work, and says on its way
//! whom it serves at the moment. If it panics, that session ends and is counted; if it was the room's
//! own work, the room ends. What the piece of work had half done in the room is put right from what
//! the sessions know of themselves; packets of the room that waited to be delivered are lost, as on a
//! bad line. Where no panic happens this costs the writing of one number.
//!
//! A room on several shards ends on this one only, if what another shard says of it panics: the others
//! are told, so nobody goes on with half of the news. A packet of another shard's publisher that
//! panics is lost.
//!
//! A panic while that is done goes through, and the owner of the shard begins with a new one.

#[cfg(test)]
mod tests;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use szpon_media::LayerSet;
use szpon_protocol::media::FromNode;

use crate::{
    addresses::SessionKey,
    core::{Core, Timer},
    rooms::RoomKey,
    session::{Purpose, Session},
    tracks::{Route, Track, TrackRef},
};

/// Whom a panic would end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    /// Nobody is known yet, or nobody is concerned.
    Nobody,
    Session(SessionKey),
    Room(RoomKey),
}

impl Core {
    /// Does a piece of work that may say by [`Core::served`] whom it serves. None if it panicked.
    ///
    /// Unwind safety: what is shared between sessions is put right afterwards, see [`Core::mend`];
    /// what belongs to the session that was served is dropped unseen.
    pub(crate) fn guarded<T>(
        &mut self,
        now: Instant,
        serves: Served,
        work: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        self.served = serves;
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(done) => Some(done),
            Err(_) => {
                self.contain(now);
                None
            }
        }
    }

    fn contain(&mut self, now: Instant) {
        let served = std::mem::replace(&mut self.served, Served::Nobody);
        self.counters.panics += 1;
        match served {
            Served::Nobody => tracing::error!("a panic in nobody's service"),
            Served::Session(key) => {
                let Some(session) = self.sessions.get(key) else { return };
                tracing::error!(session = %session.id, "a panic ends the session");
                let room = self.room_of(session);
                if let Some(room) = room {
                    self.drop_waiting(room);
                }
                self.remove(now, key, "panicked");
                if let Some(room) = room {
                    self.mend(now, room);
                }
            }
            Served::Room(key) => {
                let Some(room) = self.rooms.get(key) else { return };
                tracing::error!(room = %room.id, "a panic ends the room");
                let members: Vec<SessionKey> = room.members.values().copied().collect();
                self.drop_waiting(key);
                // The room goes with the last of them.
                for session in members {
                    if self.sessions.contains(session) {
                        self.remove(now, session, "panicked");
                    }
                }
            }
        }
    }

    fn room_of(&self, session: &Session) -> Option<RoomKey> {
        match session.purpose {
            Purpose::Participant { room, .. } => self.rooms.key_of(room),
            Purpose::Probe => None,
        }
    }

    /// Makes a room agree again with the sessions that are there, after one went in the middle of
    /// something. What it knows of other shards stays: that is changed only where the whole room is
    /// served.
    fn mend(&mut self, now: Instant, key: RoomKey) {
        let Self { rooms, sessions, timers, .. } = self;
        let Some(room) = rooms.get_mut(key) else { return };
        // They may have been taken out while they were written to.
        for (_, track) in &mut room.tracks {
            track.routes.clear();
        }
        let mut untold = Vec::new();
        for member in room.members.values() {
            let Some(seat) = sessions.get_mut(*member).and_then(|s| s.seat.as_mut()) else {
                continue;
            };
            let tracks = &mut room.tracks;
            for (index, slot) in seat.audio.iter_mut().enumerate() {
                slot.feed.take_if(|feed| !is_there(tracks.get(feed.track.key), feed.track));
                let Some(feed) = &slot.feed else { continue };
                let (stream, watched) = (slot.line.stream, LayerSet::ALL);
                let route = Route { session: *member, slot: index, stream, watched };
                tracks[feed.track.key].add_route(route);
            }
            for (index, slot) in seat.video.iter_mut().enumerate() {
                slot.feed.take_if(|feed| !is_there(tracks.get(feed.track.key), feed.track));
                let Some(feed) = &slot.feed else { continue };
                let (stream, watched) = (slot.line.stream, feed.selector.watched());
                let route = Route { session: *member, slot: index, stream, watched };
                tracks[feed.track.key].add_route(route);
            }
            // What was planned for it may not have been said.
            if seat.told.is_empty() {
                untold.push(*member);
            }
            seat.told.clear();
        }
        room.pulse.tracks_changed = true;
        timers.set(Timer::Room(key), now);
        for session in untold {
            self.send(session, &FromNode::Slots { slots: Vec::new() });
        }
    }
}

fn is_there(track: Option<&Track>, wanted: TrackRef) -> bool {
    track.is_some_and(|track| track.this == wanted)
}
