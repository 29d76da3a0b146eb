//! What a room does in rhythm: who speaks, how well everyone is connected.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use szpon_media::speakers::Speakers;
use szpon_protocol::{
    ParticipantId,
    media::{AUDIO_SLOTS, FromNode, ParticipantQuality, Quality, Source, Speaker},
};

use crate::{
    core::{Core, Timer},
    rooms::{Room, RoomKey},
    spread::{News, Voices},
    tracks::{Body, Packet, Track, TrackRef},
};

/// While something flows: a syllable is noticed, and a slot that needs a keyframe asks for it.
const BUSY: Duration = Duration::from_millis(100);
/// While nothing flows.
const QUIET: Duration = Duration::from_secs(1);
/// While nobody publishes anything.
const EMPTY: Duration = QUALITY_INTERVAL;
/// See [`FromNode::Speakers`].
const SPEAKERS_INTERVAL: Duration = Duration::from_millis(200);
/// Levels alone are told less often.
const LEVELS_INTERVAL: Duration = Duration::from_millis(600);
/// A level that differs by so much is worth telling, in decibels.
const LEVEL_STEP: u8 = 6;
/// See [`FromNode::Quality`].
const QUALITY_INTERVAL: Duration = Duration::from_secs(2);

/// In a room with more people here than this, of those who come nobody is told how well those are connected
/// who only watch: all of it to all of them would be most of what a large audience is sent but for media.
const CROWD: usize = 64;

/// The rhythm of one room.
pub(crate) struct Pulse {
    pub(crate) speakers: Speakers<TrackRef>,
    /// What was decided of it, here or by another part of the room.
    pub(crate) voices: Voices,
    /// Tracks have come, gone, been let through or held back since slots were assigned.
    pub(crate) tracks_changed: bool,
    /// When bandwidth was last divided for everyone.
    pub(crate) allocated: Option<Instant>,
    told_speakers: Vec<Speaker>,
    told_speakers_at: Option<Instant>,
    /// What everybody was told. Who is in here is told of for as long as he stays.
    told_quality: BTreeMap<ParticipantId, Quality>,
    next_quality: Instant,
    /// What other parts of the room have said of their people since then.
    heard_quality: Vec<ParticipantQuality>,
}

impl Pulse {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            // One more than there are slots, since nobody hears themselves.
            speakers: Speakers::new(AUDIO_SLOTS + 1),
            voices: Voices::default(),
            tracks_changed: false,
            allocated: None,
            told_speakers: Vec::new(),
            told_speakers_at: None,
            told_quality: BTreeMap::new(),
            next_quality: now + QUALITY_INTERVAL,
            heard_quality: Vec::new(),
        }
    }

    /// A packet of an audio track. The sound of a screen does not speak: it has its slot anyway.
    pub(crate) fn on_audio(&mut self, track: &Track, packet: &Packet) {
        if let (Source::Microphone, Body::Audio { level: Some(level), .. }) =
            (track.source, &packet.body)
        {
            self.speakers.on_level(track.this, *level, packet.at);
        }
    }

    pub(crate) fn forget(&mut self, participant: ParticipantId) {
        self.told_quality.remove(&participant);
        self.heard_quality.retain(|told| told.participant != participant);
    }

    /// All that a newcomer must know of the others.
    pub(crate) fn quality_of_all(&self) -> Vec<ParticipantQuality> {
        self.quality_of(|_| true)
    }

    pub(crate) fn quality_of(
        &self,
        who: impl Fn(&ParticipantId) -> bool,
    ) -> Vec<ParticipantQuality> {
        let told = self.told_quality.iter().filter(|(participant, _)| who(participant));
        told.map(|(participant, quality)| ParticipantQuality {
            participant: *participant,
            quality: *quality,
        })
        .collect()
    }

    /// What another part of the room says of its people; told with the next of this one's.
    pub(crate) fn quality_elsewhere(&mut self, participants: Vec<ParticipantQuality>) {
        for told in participants {
            let before = self.told_quality.insert(told.participant, told.quality);
            if before != Some(told.quality) {
                self.heard_quality.retain(|former| former.participant != told.participant);
                self.heard_quality.push(told);
            }
        }
    }

    /// Notes who is heard. True if that is news.
    pub(crate) fn set_voices(&mut self, voices: Voices) -> bool {
        if voices == self.voices {
            return false;
        }
        // Slots and priorities follow the speakers.
        self.tracks_changed |= voices.top != self.voices.top;
        self.allocated = None;
        self.voices = voices;
        true
    }

    /// What the part that decides tells the others.
    pub(crate) fn voices_news(&self) -> News {
        News::Voices { voices: self.voices.clone(), speakers: self.told_speakers.clone() }
    }

    /// The part that decides has told its people who speaks; the message for those here.
    pub(crate) fn speakers_elsewhere(
        &mut self,
        now: Instant,
        speakers: Vec<Speaker>,
    ) -> Option<FromNode> {
        if speakers == self.told_speakers {
            return None;
        }
        self.told_speakers.clone_from(&speakers);
        self.told_speakers_at = Some(now);
        Some(FromNode::Speakers { speakers })
    }

    /// Who speaks, if it is time to say so.
    fn speakers_to_tell(&mut self, now: Instant, speaking: Vec<Speaker>) -> Option<Vec<Speaker>> {
        let since = |time| self.told_speakers_at.is_none_or(|at| now >= at + time);
        let same_people = self.told_speakers.len() == speaking.len()
            && speaking
                .iter()
                .zip(&self.told_speakers)
                .all(|(a, b)| a.participant == b.participant);
        let due = if same_people {
            let moved = speaking
                .iter()
                .zip(&self.told_speakers)
                .any(|(a, b)| a.level.abs_diff(b.level) >= LEVEL_STEP);
            moved && since(LEVELS_INTERVAL)
        } else {
            since(SPEAKERS_INTERVAL)
        };
        due.then(|| {
            self.told_speakers.clone_from(&speaking);
            self.told_speakers_at = Some(now);
            speaking
        })
    }
}

impl Core {
    /// Does what is due in a room, and plans when to do it again.
    pub(crate) fn tick_room(&mut self, now: Instant, room: RoomKey) {
        if self.rooms.get(room).is_none() {
            return;
        }
        self.tick_speakers(now, room);
        self.plan_room(now, room);
        self.tell_layers(now, room);
        self.request_keyframes(now, room);
        self.tick_quality(now, room);
        // A fault above may have ended the last session of the room.
        if let Some(state) = self.rooms.get(room) {
            let flows = state.tracks.iter().any(|(_, track)| !track.flowing(now).is_empty());
            let interval = match (flows, state.tracks.is_empty()) {
                (true, _) => BUSY,
                (false, false) => QUIET,
                (false, true) => EMPTY,
            };
            self.timers.set_sooner(Timer::Room(room), now + interval);
        }
    }

    fn tick_speakers(&mut self, now: Instant, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        // Also where others decide, since that may change.
        room.pulse.speakers.update(now);
        if !room.leads {
            return;
        }
        let voices = voices(room);
        let mut news = room.pulse.set_voices(voices);
        let speaking = speaking(room);
        let speakers = room.pulse.speakers_to_tell(now, speaking);
        news |= speakers.is_some();
        if news && !room.parts.is_empty() {
            let news = room.pulse.voices_news();
            self.tell_parts(key, news);
        }
        if let Some(speakers) = speakers {
            self.tell_room(key, &FromNode::Speakers { speakers });
        }
    }

    fn tick_quality(&mut self, now: Instant, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        if now < room.pulse.next_quality {
            return;
        }
        room.pulse.next_quality = now + QUALITY_INTERVAL;
        let crowded = room.members.len() > CROWD;
        let publishing = |(_, track): (_, &Track)| {
            (track.is_here() && !track.flowing(now).is_empty()).then_some(track.participant)
        };
        let publishers: BTreeSet<_> = room.tracks.iter().filter_map(publishing).collect();
        let mut changed = Vec::new();
        let mut own = Vec::new();
        for (participant, key) in &room.members {
            #[cfg(test)]
            self.trap.step(crate::trap::Place::Quality, *key);
            let Some(session) = self.sessions.get_mut(*key) else { continue };
            if session.connected.is_none() {
                continue;
            }
            let heard = session.heard;
            let loss = session.egress.loss().max(session.rates.rx_loss) as f32;
            let rtt = session.egress.rtt();
            let Some(seat) = &mut session.seat else { continue };
            seat.quality.on_heard(heard);
            seat.quality.on_report(loss, rtt);
            let quality = seat.quality.quality(now);
            let of = ParticipantQuality { participant: *participant, quality };
            let told = &mut room.pulse.told_quality;
            if !crowded || publishers.contains(participant) || told.contains_key(participant) {
                if told.insert(*participant, quality) != Some(quality) {
                    changed.push(of);
                }
            } else if seat.told_quality != Some(quality) {
                own.push((*key, of));
            }
            seat.told_quality = Some(quality);
        }
        let heard = std::mem::take(&mut room.pulse.heard_quality);
        if !changed.is_empty() && !room.parts.is_empty() {
            self.tell_parts(key, News::Quality { participants: changed.clone() });
        }
        changed.extend(heard);
        if !changed.is_empty() {
            self.tell_room(key, &FromNode::Quality { participants: changed });
        }
        for (session, of) in own {
            self.send(session, &FromNode::Quality { participants: vec![of] });
        }
    }

    pub(crate) fn tell_room(&mut self, key: RoomKey, message: &FromNode) {
        let Some(room) = self.rooms.get(key) else { return };
        let members: Vec<_> = room.members.values().copied().collect();
        for session in members {
            self.send(session, message);
        }
    }
}

fn voices(room: &Room) -> Voices {
    let speakers = &room.pulse.speakers;
    let who = |track: &TrackRef| Some(room.tracks.get(track.key)?.participant);
    Voices {
        top: speakers.top().iter().filter_map(who).collect(),
        dominant: speakers.dominant().as_ref().and_then(who),
    }
}

fn speaking(room: &Room) -> Vec<Speaker> {
    let speaking = room.pulse.speakers.speaking().into_iter();
    speaking
        .filter_map(|(track, level)| {
            let participant = room.tracks.get(track.key)?.participant;
            Some(Speaker { participant, level: level.minus_dbov() })
        })
        .collect()
}
