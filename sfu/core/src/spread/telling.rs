//! What this shard tells the others.

use std::time::Instant;

use szpon_media::LayerSet;
use szpon_protocol::RoomId;

use super::{
    Message, News, Publication, Relay,
    message::{RelayPacket, ShardId},
};
use crate::{
    core::Core,
    io::Output,
    rooms::{Room, RoomKey},
    tracks::{Track, VideoTrack},
};

impl Core {
    /// Packets for other shards, exchanged for those that were handed over, which are forgotten. To
    /// be called when [`Core::poll`] says [`Output::Wait`], after each [`Output::Relay`] before it
    /// was handed over.
    pub fn take_relayed(&mut self, handed_over: &mut Vec<(ShardId, RelayPacket)>) {
        handed_over.clear();
        std::mem::swap(&mut self.peers.packets, handed_over);
    }

    /// Says that this shard has begun.
    pub(crate) fn say_hello(&mut self) {
        let message = Message::Hello { epoch: self.peers.epoch };
        let peers: Vec<ShardId> = self.peers.all().collect();
        for to in peers {
            self.tell(to, message.clone());
        }
    }

    pub(crate) fn tell(&mut self, to: ShardId, message: Message) {
        self.outputs.push_back(Output::Relay { to, message: Relay(message) });
    }

    /// Tells the shards that hold a part of the room.
    pub(crate) fn tell_parts(&mut self, room: RoomKey, news: News) {
        let Some(room) = self.rooms.get(room) else { return };
        for to in &room.parts {
            let message = Relay(Message::Room(room.id, news.clone()));
            self.outputs.push_back(Output::Relay { to: *to, message });
        }
    }

    /// Tells every shard that a room has begun or ended here.
    pub(crate) fn tell_all(&mut self, room: RoomId, news: &News) {
        let peers: Vec<ShardId> = self.peers.all().collect();
        for to in peers {
            self.tell(to, Message::Room(room, news.clone()));
        }
    }

    /// Tells a shard that has come to a room all that there is of it here.
    pub(crate) fn tell_everything(&mut self, now: Instant, to: ShardId, key: RoomKey) {
        let Some(room) = self.rooms.get(key) else { return };
        let mut news = Vec::new();
        for (participant, session) in &room.members {
            let Some(session) = self.sessions.get(*session) else { continue };
            news.push(News::Joined { participant: *participant, session: session.id });
        }
        let own = room.tracks.iter().filter(|(_, track)| track.is_here());
        for (_, track) in own {
            news.push(News::Published(publication(track)));
            let layers = track.video().map_or(LayerSet::EMPTY, |video| video.avoided(now));
            if !layers.is_empty() {
                news.push(News::Avoided { track: track.this, layers });
            }
        }
        let participants =
            room.pulse.quality_of(|participant| room.members.contains_key(participant));
        if !participants.is_empty() {
            news.push(News::Quality { participants });
        }
        if room.leads {
            news.push(room.pulse.voices_news());
        }
        let id = room.id;
        for news in news {
            self.tell(to, Message::Room(id, news));
        }
    }

    /// Tells the other parts of a room of a session that has joined it.
    pub(crate) fn tell_joined(&mut self, key: RoomKey, participant: szpon_protocol::ParticipantId) {
        let Some(room) = self.rooms.get(key).filter(|room| !room.parts.is_empty()) else { return };
        let Some(session) = room.members.get(&participant) else { return };
        let mut news = vec![News::Joined { participant, session: self.sessions[*session].id }];
        news.extend(published(room, participant).map(News::Published));
        for news in news {
            self.tell_parts(key, news);
        }
    }
}

fn published(
    room: &Room,
    participant: szpon_protocol::ParticipantId,
) -> impl Iterator<Item = Publication> {
    let own = move |track: &&Track| track.is_here() && track.participant == participant;
    room.tracks.iter().map(|(_, track)| track).filter(own).map(publication)
}

fn publication(track: &Track) -> Publication {
    Publication {
        track: track.this,
        participant: track.participant,
        source: track.source,
        streams: track.video().and_then(VideoTrack::named_streams),
        stack: track.video().and_then(VideoTrack::stack),
        allowed: track.allowed,
        format: track.format,
    }
}
