//! What this shard makes of what the others say.

use std::time::Instant;

use szpon_protocol::{ParticipantId, RoomId, SessionId};

use super::{
    Address, Interest, Message, News, Relay, Voices,
    message::{RelayPacket, ShardId},
};
use crate::{
    core::{Core, Timer},
    rooms::{Member, RoomKey},
    tracks::{Subscriber, Track, TrackRef},
    wall::Served,
};

impl Core {
    /// Takes in what another shard says. What it said before must have been taken in before.
    pub fn relay(&mut self, now: Instant, from: ShardId, message: Relay) {
        match message.0 {
            Message::Hello { epoch } => {
                self.forget_shard(now, from);
                self.tell(from, Message::Welcome { epoch });
                let rooms: Vec<RoomId> = self.rooms.iter().map(|(_, room)| room.id).collect();
                for room in rooms {
                    self.tell(from, Message::Room(room, News::Opened));
                }
            }
            Message::Welcome { epoch } if epoch == self.peers.epoch => {
                self.peers.set_welcomed(from);
            }
            Message::Room(room, news) if self.peers.welcomed(from) => {
                let serves = self.rooms.key_of(room).map_or(Served::Nobody, Served::Room);
                self.guarded(now, serves, |core| core.hear(now, from, room, news));
            }
            // To a core that was here before.
            Message::Welcome { .. } | Message::Room(..) => {}
        }
    }

    /// Takes in a packet of another shard's publisher.
    pub fn relay_packet(&mut self, now: Instant, relayed: RelayPacket) {
        self.guarded(now, Served::Nobody, |core| core.take_packet(now, relayed));
    }

    fn take_packet(&mut self, now: Instant, relayed: RelayPacket) {
        let RelayPacket { to: Address { room, track }, stream, payload_type, mut packet } = relayed;
        let found = self.rooms.get(room).and_then(|room| room.tracks.get(track.key));
        let allowed = |found: &&Track| found.this == track && found.allowed;
        let Some(found) = found.filter(allowed) else { return };
        let Some(format) = found.format.filter(|format| *format.pt == payload_type) else { return };
        self.counters.packets_mirrored += 1;
        packet.at = now;
        self.forward(now, room, track.key, stream, packet, &format);
    }

    fn hear(&mut self, now: Instant, from: ShardId, room: RoomId, news: News) {
        // What waits goes out as it was understood when it came.
        self.deliver_all(now);
        let key = self.rooms.key_of(room);
        match news {
            News::Opened => {
                self.peers.opened(room, from);
                if let Some(key) = key {
                    self.meet(now, from, key);
                }
                return;
            }
            News::Closed => {
                self.peers.closed(room, from);
                if let Some(key) = key {
                    self.part(now, from, key);
                }
                return;
            }
            _ => {}
        }
        let Some(key) = key else { return };
        #[cfg(test)]
        for member in self.rooms.sessions_of(room) {
            self.trap.step(crate::trap::Place::News, member);
        }
        match news {
            News::Opened | News::Closed => {}
            News::Joined { participant, session } => {
                self.joined_elsewhere(now, key, participant, Member { shard: from, session });
            }
            News::Left { participant, session } => {
                self.left_elsewhere(now, key, participant, Member { shard: from, session });
            }
            News::Published(publication) => self.mirror(now, key, from, publication),
            News::Coded { track, format } => {
                if let Some(mirror) = self.mirror_of(key, from, track) {
                    mirror.format = Some(format);
                }
            }
            News::Stacked { track, stack } => self.mirror_stacked(now, key, from, track, stack),
            News::Allowed { track, allowed } => self.mirror_allowed(now, key, from, track, allowed),
            News::Avoided { track, layers } => self.mirror_avoided(now, key, from, track, layers),
            News::Wanted { track, at, interest } => {
                self.wanted_elsewhere(now, key, from, track, at, interest);
            }
            News::Keyframe { track, stream } => {
                if self.own_track(key, track).is_some() {
                    self.ask_for_keyframe(now, key, track.key, stream);
                }
            }
            News::Missing { track, stream, seqs } => {
                self.send_missing(now, key, from, track, stream, &seqs);
            }
            News::Voices { voices, speakers } => self.follow(now, key, voices, speakers),
            News::Quality { participants } => {
                if let Some(room) = self.rooms.get_mut(key) {
                    room.pulse.quality_elsewhere(participants);
                }
            }
        }
    }

    /// Another shard has come to a room that this one holds.
    fn meet(&mut self, now: Instant, shard: ShardId, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        if !room.parts.contains(&shard) {
            room.parts.push(shard);
        }
        self.tell_everything(now, shard, key);
    }

    /// Another shard holds nothing of the room any more.
    fn part(&mut self, now: Instant, shard: ShardId, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        room.parts.retain(|other| *other != shard);
        let gone: Vec<ParticipantId> = room
            .elsewhere
            .iter()
            .filter(|(_, member)| member.shard == shard)
            .map(|(participant, _)| *participant)
            .collect();
        for participant in gone {
            room.elsewhere.remove(&participant);
            room.pulse.forget(participant);
        }
        for (_, track) in &mut room.tracks {
            track.relays.retain(|relay| relay.shard != shard);
            if let Some(video) = track.video_mut() {
                video.demand.remove(Subscriber::Shard(shard), now);
            }
        }
        self.drop_mirrors(now, key, |mirror, _| mirror.shard == shard);
        self.choose_lead(key);
        self.timers.set_sooner(Timer::Room(key), now);
    }

    /// Another shard has lost everything.
    fn forget_shard(&mut self, now: Instant, shard: ShardId) {
        self.peers.forget(shard);
        let rooms: Vec<RoomKey> = self
            .rooms
            .iter()
            .filter(|(_, room)| room.parts.contains(&shard))
            .map(|(key, _)| key)
            .collect();
        for room in rooms {
            self.part(now, shard, room);
        }
    }

    /// Somebody is on another shard. Of two sessions of one participant the younger stays, wherever
    /// they are; ids of sessions are in the order of their making.
    fn joined_elsewhere(
        &mut self,
        now: Instant,
        key: RoomKey,
        participant: ParticipantId,
        member: Member,
    ) {
        let Some(room) = self.rooms.get(key) else { return };
        if let Some(own) = room.members.get(&participant).copied() {
            if self.sessions[own].id > member.session {
                // The other shard is told of it, and ends its own.
                return;
            }
            self.end(now, own, "replaced");
        }
        // That may have been the last one here.
        let Some(room) = self.rooms.get_mut(key) else { return };
        match room.elsewhere.get(&participant).copied() {
            Some(known) if known.session > member.session => return,
            Some(known) if known.shard != member.shard => {
                self.drop_mirrors(now, key, |mirror, of| {
                    mirror.shard == known.shard && of == participant
                });
            }
            _ => {}
        }
        if let Some(room) = self.rooms.get_mut(key) {
            room.elsewhere.insert(participant, member);
        }
        self.choose_lead(key);
    }

    fn left_elsewhere(
        &mut self,
        now: Instant,
        key: RoomKey,
        participant: ParticipantId,
        member: Member,
    ) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        if room.elsewhere.get(&participant) != Some(&member) {
            return;
        }
        room.elsewhere.remove(&participant);
        room.pulse.forget(participant);
        self.drop_mirrors(now, key, |mirror, of| mirror.shard == member.shard && of == participant);
        self.choose_lead(key);
    }

    /// A session that comes takes the place of one elsewhere. False if that one is younger.
    pub(crate) fn replace_elsewhere(
        &mut self,
        now: Instant,
        key: RoomKey,
        participant: ParticipantId,
        session: SessionId,
    ) -> bool {
        let Some(room) = self.rooms.get_mut(key) else { return true };
        let Some(known) = room.elsewhere.get(&participant).copied() else { return true };
        if known.session > session {
            return false;
        }
        room.elsewhere.remove(&participant);
        self.drop_mirrors(now, key, |mirror, of| mirror.shard == known.shard && of == participant);
        true
    }

    /// Another shard says what its subscribers need of a track of this one.
    fn wanted_elsewhere(
        &mut self,
        now: Instant,
        key: RoomKey,
        from: ShardId,
        track: TrackRef,
        at: Address,
        interest: Interest,
    ) {
        let Some(track) = self.own_track(key, track) else { return };
        track.relay_to(from, at, interest.watched);
        if let Some(video) = track.video_mut() {
            video.demand.set(Subscriber::Shard(from), interest.needed, now);
        }
        self.timers.set_sooner(Timer::Room(key), now);
    }

    fn own_track(&mut self, key: RoomKey, track: TrackRef) -> Option<&mut Track> {
        let found = self.rooms.get_mut(key)?.tracks.get_mut(track.key)?;
        (found.this == track && found.is_here()).then_some(found)
    }

    /// The part of the room that decides has decided.
    fn follow(
        &mut self,
        now: Instant,
        key: RoomKey,
        voices: Voices,
        speakers: Vec<szpon_protocol::media::Speaker>,
    ) {
        let Some(room) = self.rooms.get_mut(key).filter(|room| !room.leads) else { return };
        if room.pulse.set_voices(voices) {
            self.timers.set_sooner(Timer::Room(key), now);
        }
        if let Some(message) = room.pulse.speakers_elsewhere(now, speakers) {
            self.tell_room(key, &message);
        }
    }

    /// Notes which part of a room decides for all.
    pub(crate) fn choose_lead(&mut self, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        let elsewhere = room.elsewhere.values().map(|member| member.session).min();
        room.leads = elsewhere.is_none_or(|oldest| {
            let own = room.members.values().filter_map(|session| self.sessions.get(*session));
            own.map(|session| session.id).min().is_some_and(|own| own < oldest)
        });
    }
}
