//! Packets to subscribers, those that came together together.
//!
//! A frame comes in several packets, which are read from the socket at once. Each subscriber gets
//! all of them before the next one gets any: what is known of a subscriber is fetched into the
//! processor's cache once, and what goes to it is one run, for one system call.

use std::time::Instant;

use str0m::media::Mid;
use szpon_media::{Layer, layers::Verdict};

use crate::{
    core::{Core, Timer},
    egress::Egress,
    outbox::Outbox,
    peer::Fault,
    rooms::RoomKey,
    session::Session,
    slots::{Formats, Receiving, VideoSlot},
    sound::Wrapped,
    tracks::{Format, OVERTAKEN_FOR, Packet, Route, Track, TrackKind},
    wall::Served,
};

/// So many bytes in the outbox are sent before more is written, while they are still in the
/// processor's cache.
const SEND_AT: usize = 512 * 1024;

/// How far a delivery got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Done,
    /// The outbox is to be sent first.
    Full,
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
            let delivery = |core: &mut Self| core.deliver_waiting(now, most);
            match self.guarded(now, Served::Nobody, delivery) {
                Some(progress) => break progress,
                None => self.drop_first(),
            }
        };
        self.served = serves;
        progress
    }

    /// Forgets what waits of the first track, so that it cannot panic once more.
    fn drop_first(&mut self) {
        self.next_route = 0;
        let Some((room, this)) = self.undelivered.pop_front() else { return };
        let found = self.rooms.get_mut(room).and_then(|room| room.tracks.get_mut(this.key));
        if let Some(track) = found.filter(|track| track.this == this) {
            track.pending.clear();
        }
    }

    /// Forgets what waits in a room.
    pub(crate) fn drop_waiting(&mut self, key: RoomKey) {
        if self.undelivered.front().is_some_and(|(room, _)| *room == key) {
            self.next_route = 0;
        }
        self.undelivered.retain(|(room, _)| *room != key);
        let Some(room) = self.rooms.get_mut(key) else { return };
        for (_, track) in &mut room.tracks {
            track.pending.clear();
        }
    }

    fn deliver_waiting(&mut self, now: Instant, most: usize) -> Progress {
        while let Some(&(room_key, this)) = self.undelivered.front() {
            let found = self.rooms.get_mut(room_key).and_then(|room| room.tracks.get_mut(this.key));
            let Some(track) = found.filter(|track| track.this == this) else {
                self.undelivered.pop_front();
                self.next_route = 0;
                continue;
            };
            // Taken out while the subscribers are written to, and put back: no copy.
            let mut routes = std::mem::take(&mut track.routes);
            let mut pending = std::mem::take(&mut track.pending);
            let mut wrapped = Wrapped::new();
            let mut failed = Vec::new();
            let mut changed = false;
            let mut index = self.next_route;
            while index < routes.len() && self.outbox.bytes() < most {
                let route = &mut routes[index];
                index += 1;
                self.served = Served::Session(route.session);
                #[cfg(test)]
                self.trap.step(crate::trap::Place::Delivery, route.session);
                let Some(session) = self.sessions.get_mut(route.session) else { continue };
                if !session.is_up() {
                    continue;
                }
                let outbox = &mut self.outbox;
                match deliver(session, route, track, &pending, &mut wrapped, now, outbox) {
                    Ok(Delivered { packets: 0, .. }) => {}
                    Ok(delivered) => {
                        self.counters.packets_forwarded += delivered.packets;
                        changed |= delivered.switched;
                        if let Some(at) = session.egress.sooner(now) {
                            self.timers.set_sooner(Timer::Egress(route.session), at);
                        }
                    }
                    Err(fault) => failed.push((route.session, fault)),
                }
            }
            self.served = Served::Nobody;
            let done = index >= routes.len();
            track.routes = routes;
            if done {
                pending.clear();
                self.undelivered.pop_front();
            }
            track.pending = pending;
            self.next_route = if done { 0 } else { index };
            if changed {
                self.timers.set_sooner(Timer::Room(room_key), now);
            }
            for (key, fault) in failed {
                self.served = Served::Session(key);
                self.fail(now, key, fault);
            }
            if !done {
                return Progress::Full;
            }
        }
        Progress::Done
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
    pending: &[(Layer, Packet)],
    wrapped: &mut Wrapped,
    now: Instant,
    outbox: &mut Outbox,
) -> Result<Delivered, Fault> {
    let mut done = Delivered::default();
    if !pending.iter().any(|(stream, _)| route.watched.contains(*stream)) {
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
            for (_, packet) in pending {
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
    let mut hand_over = |slot: &mut VideoSlot, egress: &mut Egress, stream, packet| {
        let taken = slot.take(stream, video.stacked, packet, to);
        if let Some(held) = taken.held {
            let write = slot.let_go(&held, to);
            let sent = write.is_some_and(|write| egress.send(line, &write, now, outbox));
            done.packets += u64::from(sent);
        }
        if taken.verdict == Verdict::Switch {
            egress.skip_to_keyframe(line);
        }
        let sent = taken.write.is_some_and(|write| egress.send(line, &write, now, outbox));
        done.packets += u64::from(sent);
        taken.verdict
    };
    let mut switched = false;
    for (index, (stream, packet)) in pending.iter().enumerate() {
        if !route.watched.contains(*stream)
            || hand_over(slot, egress, *stream, packet) != Verdict::Switch
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
        let turn = |late: &Packet| later.iter().any(|(s, p)| (*s, p.seq) == (*stream, late.seq));
        let kept = video.kept(*stream).into_iter();
        let overtaken = kept.flat_map(|kept| kept.after(packet.seq, now)).map(|(_, late)| late);
        for late in overtaken.filter(|late| late.at + OVERTAKEN_FOR >= now && !turn(late)) {
            hand_over(slot, egress, *stream, late);
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
