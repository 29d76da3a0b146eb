//! Packets to subscribers, those that came together together.
//!
//! A frame comes in several packets, which are read from the socket at once, and while a busy shard
//! works, sound and other pictures of the room come as well. Each subscriber gets all of them before
//! the next one gets any: what is known of a subscriber is fetched into the processor's cache once, and
//! what goes to it is one run, for one system call. The more a shard has to do, the more that saves.

use std::{collections::VecDeque, mem::take, time::Instant};

use slab::Slab;
use str0m::media::Mid;
use szpon_media::layers::Verdict;

use crate::{
    addresses::SessionKey,
    core::{Core, Timer},
    egress::{Egress, Write},
    outbox::Outbox,
    peer::Fault,
    pending::Pending,
    rooms::{Room, RoomKey},
    session::Session,
    slots::{Formats, Receiving, VideoSlot},
    sound::Wrapped,
    tracks::{Format, OVERTAKEN_FOR, Packet, Route, Track, TrackKey, TrackKind},
    wall::Served,
};

/// So many bytes in the outbox are sent before more is written, while they are still in the
/// processor's second cache, and the first subscribers need not wait for the last ones.
const SEND_AT: usize = 128 * 1024;

/// How far a delivery got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Done,
    /// The outbox is to be sent first.
    Full,
}

/// What waits to be delivered.
#[derive(Default)]
pub(crate) struct Undelivered {
    /// Rooms with tracks that wait, the first one first.
    rooms: VecDeque<RoomKey>,
    /// Sessions below have got all of the first room.
    next: SessionKey,
    /// Tracks of the room that is delivered, taken out of it; between deliveries only their room in
    /// memory.
    batches: Vec<Batch>,
}

impl Undelivered {
    /// A track of the room waits, and none did before.
    pub(crate) fn add(&mut self, room: RoomKey) {
        self.rooms.push_back(room);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }

    fn remove(&mut self, room: RoomKey) {
        if self.rooms.front() == Some(&room) {
            self.next = 0;
        }
        self.rooms.retain(|other| *other != room);
    }
}

/// What waits of one track, and for whom.
struct Batch {
    track: TrackKey,
    is_video: bool,
    /// Taken out of the track while the subscribers are written to, and put back: no copy.
    pending: Vec<Pending>,
    routes: Vec<Route>,
    /// The next of the routes.
    at: usize,
    wrapped: Wrapped,
}

impl Batch {
    fn take(key: TrackKey, track: &mut Track, from: SessionKey) -> Self {
        let (pending, routes) = (take(&mut track.pending), take(&mut track.routes));
        let at = routes.partition_point(|route| route.session < from);
        let is_video = track.is_video();
        Self { track: key, is_video, pending, routes, at, wrapped: Wrapped::new() }
    }

    fn put_back(self, track: &mut Track) {
        (track.pending, track.routes) = (self.pending, self.routes);
    }

    fn next(&self) -> Option<SessionKey> {
        self.routes.get(self.at).map(|route| route.session)
    }
}

impl Core {
    /// Delivers all that waits, however much it is: before anything changes of who gets what.
    pub(crate) fn deliver_all(&mut self, now: Instant) {
        self.deliver(now, usize::MAX);
    }

    /// Delivers what waits, as much as the outbox should hold.
    pub(crate) fn deliver_some(&mut self, now: Instant) -> Progress {
        self.deliver(now, SEND_AT)
    }

    /// A wall of its own: a panic ends the subscriber that was written to, and whatever waited for
    /// the delivery goes on.
    fn deliver(&mut self, now: Instant, most: usize) -> Progress {
        if self.undelivered.is_empty() {
            return Progress::Done;
        }
        let serves = self.served;
        let progress = loop {
            let first = self.undelivered.rooms.front().copied();
            let delivery = |core: &mut Self| core.deliver_waiting(now, most);
            match (self.guarded(now, Served::Nobody, delivery), first) {
                (Some(progress), _) => break progress,
                // So that it cannot panic once more.
                (None, Some(room)) => self.drop_waiting(room),
                (None, None) => break Progress::Done,
            }
        };
        self.served = serves;
        progress
    }

    /// Forgets what waits in a room.
    pub(crate) fn drop_waiting(&mut self, key: RoomKey) {
        self.undelivered.remove(key);
        let Some(room) = self.rooms.get_mut(key) else { return };
        room.waiting.clear();
        for (_, track) in &mut room.tracks {
            track.pending.clear();
        }
    }

    /// Tracks with packets that wait.
    #[cfg(test)]
    pub(crate) fn waiting_tracks(&self) -> usize {
        self.rooms.iter().map(|(_, room)| room.waiting.len()).sum()
    }

    fn deliver_waiting(&mut self, now: Instant, most: usize) -> Progress {
        while let Some(room) = self.undelivered.rooms.front().copied() {
            if self.deliver_room(now, room, most) == Progress::Full {
                return Progress::Full;
            }
            self.undelivered.remove(room);
        }
        Progress::Done
    }

    fn deliver_room(&mut self, now: Instant, key: RoomKey, most: usize) -> Progress {
        let Some(room) = self.rooms.get_mut(key) else { return Progress::Done };
        let mut batches = take(&mut self.undelivered.batches);
        take_out(room, self.undelivered.next, &mut batches);
        let mut failed = Vec::new();
        let mut changed = false;
        while self.outbox.bytes() < most
            && let Some(subscriber) = batches.iter().filter_map(Batch::next).min()
        {
            fetch(&self.sessions, &batches, subscriber);
            self.undelivered.next = subscriber + 1;
            self.served = Served::Session(subscriber);
            #[cfg(test)]
            self.trap.step(crate::trap::Place::Delivery, subscriber);
            let mut session = self.sessions.get_mut(subscriber).filter(|session| session.is_up());
            let mut packets = 0;
            for batch in &mut batches {
                while let Some(route) =
                    batch.routes.get_mut(batch.at).filter(|route| route.session == subscriber)
                {
                    batch.at += 1;
                    let (Some(session), Some(track)) = (&mut session, room.tracks.get(batch.track))
                    else {
                        continue;
                    };
                    let Batch { pending, wrapped, .. } = batch;
                    let outbox = &mut self.outbox;
                    match deliver(session, route, track, pending, wrapped, now, outbox) {
                        Ok(delivered) => {
                            packets += delivered.packets;
                            changed |= delivered.switched;
                        }
                        Err(fault) => failed.push((subscriber, fault)),
                    }
                }
            }
            self.counters.packets_forwarded += packets;
            if packets > 0
                && let Some(session) = session
                && let Some(at) = session.egress.sooner_by_sending(now)
            {
                self.timers.set_sooner(Timer::Egress(subscriber), at);
            }
        }
        self.served = Served::Nobody;
        let done = batches.iter().all(|batch| batch.next().is_none());
        put_back(room, &mut batches, done);
        self.undelivered.batches = batches;
        if changed {
            self.timers.set_sooner(Timer::Room(key), now);
        }
        for (key, fault) in failed {
            self.served = Served::Session(key);
            self.fail(now, key, fault);
        }
        if done { Progress::Done } else { Progress::Full }
    }
}

/// Takes what waits out of a room's tracks: pictures first, since a short packet of sound can end a run
/// of long ones, and not the other way round.
fn take_out(room: &mut Room, from: SessionKey, batches: &mut Vec<Batch>) {
    for is_video in [true, false] {
        for this in &room.waiting {
            let found = room.tracks.get_mut(this.key).filter(|track| track.this == *this);
            if let Some(track) = found.filter(|track| track.is_video() == is_video) {
                batches.push(Batch::take(this.key, track, from));
            }
        }
    }
}

fn put_back(room: &mut Room, batches: &mut Vec<Batch>, done: bool) {
    for mut batch in batches.drain(..) {
        if done {
            batch.pending.clear();
        }
        if let Some(track) = room.tracks.get_mut(batch.track) {
            batch.put_back(track);
        }
    }
    if done {
        room.waiting.clear();
    }
}

/// Fetches what those after `subscriber` need into the processor's cache, of each in three steps, since
/// one thing says where the next is.
fn fetch(sessions: &Slab<Session>, batches: &[Batch], subscriber: SessionKey) {
    for batch in batches.iter().filter(|batch| batch.next() == Some(subscriber)) {
        let ahead = |steps: usize| {
            let route = batch.routes.get(batch.at + steps)?;
            Some((sessions.get(route.session)?, route))
        };
        if let Some((session, _)) = ahead(3) {
            session.fetch();
        }
        if let Some((session, route)) = ahead(2) {
            session.fetch_seat(route.stream);
        }
        if let Some((session, route)) = ahead(1) {
            session.fetch_slot(route.slot, batch.is_video);
        }
    }
}

/// What packets did at one subscriber.
#[derive(Default)]
pub(crate) struct Delivered {
    pub(crate) packets: u64,
    /// The slot shows another layer or source now.
    pub(crate) switched: bool,
}

/// Gives one subscriber those of the packets that it gets.
pub(crate) fn deliver(
    session: &mut Session,
    route: &mut Route,
    track: &Track,
    pending: &[Pending],
    wrapped: &mut Wrapped,
    now: Instant,
    outbox: &mut Outbox,
) -> Result<Delivered, Fault> {
    let mut done = Delivered::default();
    if !pending.iter().any(|waiting| route.watched.contains(waiting.stream)) {
        return Ok(done);
    }
    let Some(format) = &track.format else { return Ok(done) };
    let Some(to) = receiving(session, route.slot, track, format)? else { return Ok(done) };
    let Session { seat, egress, .. } = session;
    let Some(seat) = seat else { return Ok(done) };
    let video = match &track.kind {
        TrackKind::Video(video) => video,
        TrackKind::Audio(audio) => {
            let copies = seat.copies.count();
            let slot = &mut seat.audio[route.slot];
            let stream = slot.line.stream;
            for Pending { packet, .. } in pending {
                let red = to.red.filter(|_| copies > 0).and_then(|red| {
                    Some((red, audio.wrap(wrapped, packet, (to.payload_type, copies))?))
                });
                let write = slot.take(packet, to, red);
                let sent = write.is_some_and(|write| egress.send(stream, &write, now, outbox));
                done.packets += u64::from(sent);
            }
            return Ok(done);
        }
    };
    let slot = &mut seat.video[route.slot];
    let line = slot.line.stream;
    let shown = |slot: &VideoSlot| slot.feed.as_ref().and_then(|feed| feed.selector.current());
    let before = shown(slot);
    let mut hand_over = |slot: &mut VideoSlot, egress: &mut Egress, stream, packet, padding| {
        let taken = slot.take(stream, video.stacked, packet, to);
        if let Some(held) = taken.held {
            let write = slot.let_go(&held, to);
            let sent = write.is_some_and(|write| egress.send(line, &write, now, outbox));
            done.packets += u64::from(sent);
        }
        if taken.verdict == Verdict::Switch {
            egress.skip_to_keyframe(line);
        }
        let write = taken.write.map(|write| Write { padding, ..write });
        let sent = write.is_some_and(|write| egress.send(line, &write, now, outbox));
        done.packets += u64::from(sent);
        taken.verdict
    };
    let mut switched = false;
    for (index, Pending { stream, packet, padding }) in pending.iter().enumerate() {
        if !route.watched.contains(*stream)
            || hand_over(slot, egress, *stream, packet, *padding) != Verdict::Switch
        {
            continue;
        }
        switched = true;
        egress.note_rtx(line, to.rtx);
        if let Some(feed) = &slot.feed {
            route.watched = feed.selector.watched();
        }
        // The rest of the keyframe may have overtaken its first packet. What came after it has its
        // turn below.
        let later = &pending[index + 1..];
        let turn =
            |late: &Packet| later.iter().any(|p| (p.stream, p.packet.seq) == (*stream, late.seq));
        let kept = video.kept(*stream).into_iter();
        let overtaken = kept.flat_map(|kept| kept.after(packet.seq, now)).map(|(_, late)| late);
        for late in overtaken.filter(|late| late.at + OVERTAKEN_FOR >= now && !turn(late)) {
            hand_over(slot, egress, *stream, late, 0);
        }
    }
    done.switched = switched || shown(slot) != before;
    Ok(done)
}

/// How a slot's client receives the track; none if it does not.
fn receiving(
    session: &mut Session,
    slot: usize,
    track: &Track,
    format: &Format,
) -> Result<Option<Receiving>, Fault> {
    fn place(session: &mut Session, slot: usize, video: bool) -> Option<(&mut Formats, Mid)> {
        let seat = session.seat.as_mut()?;
        Some(match video {
            true => {
                let slot = seat.video.get_mut(slot)?;
                (&mut slot.formats, slot.line.mid)
            }
            false => {
                let slot = seat.audio.get_mut(slot)?;
                (&mut slot.formats, slot.line.mid)
            }
        })
    }
    let Some((formats, mid)) = place(session, slot, track.is_video()) else { return Ok(None) };
    if let Some(known) = formats.get(track.this.id, format.pt) {
        return Ok(known);
    }
    let to = session.receiving(mid, format.params)?;
    if let Some((formats, _)) = place(session, slot, track.is_video()) {
        formats.set(track.this.id, format.pt, to);
    }
    Ok(to)
}
