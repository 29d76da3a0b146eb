//! Coming and going: sockets, the waiting room, admission, and places that are kept.

use szpon_protocol::{
    Code, ParticipantId, Time,
    bus::NodeCommand,
    media::SourceSet,
    room::{LeaveReason, ToClient},
};

use crate::{
    Change, CloseReason, Effect, Outcome, Room, Seat, SocketId, Standing,
    room::{Present, WAITING_MAX},
};

impl Room {
    pub(crate) fn opened(
        &mut self,
        socket: SocketId,
        stored: Seat,
        name: String,
        now: Time,
        out: &mut Outcome,
    ) {
        let me = stored.id;
        if self.sockets.contains_key(&socket) {
            return;
        }
        if self.has_ended() {
            return turn_away(socket, ToClient::Ended, CloseReason::Ended, out);
        }
        if !self.people.contains_key(&me) {
            match stored.standing {
                Standing::Refused => {
                    let told = ToClient::Refused { reason: stored.reason };
                    return turn_away(socket, told, CloseReason::Removed, out);
                }
                Standing::Removed => {
                    let told = ToClient::Removed { reason: stored.reason };
                    return turn_away(socket, told, CloseReason::Removed, out);
                }
                Standing::Expected | Standing::Waiting | Standing::In | Standing::Left => {}
            }
            if self.waiting_now() >= WAITING_MAX && !stored.role.moderates() {
                let told = ToClient::Refusal { code: Code::RoomFull, client_id: None };
                return turn_away(socket, told, CloseReason::Full, out);
            }
            // Everybody waits at first; `settle` lets in at once who need not.
            let mut seat = Seat { standing: Standing::Waiting, since: now, ..stored };
            seat.name = name;
            seat.sources = SourceSet::NONE;
            seat.hand_raised_at = None;
            seat.notes.clear();
            let mut present = Present::new(seat, now);
            present.socket = Some(socket);
            out.changes.push(Change::Seat(present.seat.clone()));
            self.people.insert(me, present);
            self.sockets.insert(socket, me);
            return;
        }
        self.returned(me, socket, name, out);
    }

    /// Somebody whose place was kept, or who opens a second window.
    fn returned(&mut self, me: ParticipantId, socket: SocketId, name: String, out: &mut Outcome) {
        let Some(present) = self.people.get_mut(&me) else { return };
        let former = present.socket.replace(socket);
        present.deadline = None;
        present.told = None;
        let renamed = present.seat.is_guest() && present.seat.name != name;
        if renamed {
            present.seat.name = name;
        }
        let was_away = former.is_none();
        let is_in = present.is_in();
        let notes = present.seat.notes.clone();
        self.sockets.insert(socket, me);
        if let Some(former) = former {
            self.sockets.remove(&former);
            out.send(vec![former], ToClient::Replaced);
            out.effects.push(Effect::Close { socket: former, reason: CloseReason::Replaced });
        }
        if renamed && let Some(present) = self.people.get(&me) {
            out.changes.push(Change::Seat(present.seat.clone()));
        }
        if is_in {
            self.enter(me, out);
            if (was_away || renamed)
                && let Some(present) = self.people.get(&me)
            {
                let participant = present.seat.participant(true);
                out.send(self.other_sockets(me), ToClient::Updated { participant });
            }
        } else {
            for note in notes {
                let crate::Note { from_name, text, at } = note;
                out.send(vec![socket], ToClient::Note { from_name, text, at });
            }
        }
    }

    pub(crate) fn closed(&mut self, socket: SocketId, now: Time, out: &mut Outcome) {
        let Some(me) = self.sockets.remove(&socket) else { return };
        let Some(present) = self.people.get_mut(&me) else { return };
        if present.socket != Some(socket) {
            return;
        }
        present.socket = None;
        present.deadline = Some(now.plus_millis(present.grace_ms()));
        if present.is_in() {
            let participant = present.seat.participant(false);
            out.send(self.in_sockets(), ToClient::Updated { participant });
        }
    }

    /// Lets in, in order of arrival, everybody who waits without having to.
    pub(crate) fn let_in_who_need_not_wait(&mut self, now: Time, out: &mut Outcome) {
        for person in self.waiting() {
            let Some(present) = self.people.get(&person.id) else { continue };
            if present.socket.is_some()
                && !self.must_wait(&present.seat)
                && self.has_room_for(&present.seat)
            {
                self.come_in(person.id, now, out);
            }
        }
    }

    fn must_wait(&self, seat: &Seat) -> bool {
        if seat.role.moderates() || !seat.is_guest() {
            return false;
        }
        self.state.locked || (self.state.waiting_room && !seat.admitted)
    }

    pub(crate) fn has_room_for(&self, seat: &Seat) -> bool {
        seat.role.moderates() || self.participants_now() < self.state.capacity
    }

    /// A moderator lets somebody in.
    pub(crate) fn admit(
        &mut self,
        id: ParticipantId,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        let present = self.waiting_mut(id)?;
        let seat = present.seat.clone();
        if !self.has_room_for(&seat) {
            return Err(Code::RoomFull);
        }
        self.come_in(id, now, out);
        Ok(())
    }

    /// One who waits. Somebody in the room is a conflict (another moderator was quicker), anybody
    /// else isn't found (they went meanwhile).
    pub(crate) fn waiting_mut(&mut self, id: ParticipantId) -> Result<&mut Present, Code> {
        match self.people.get_mut(&id) {
            Some(present) if present.waits() => Ok(present),
            Some(_) => Err(Code::Conflict),
            None => Err(Code::NotFound),
        }
    }

    pub(crate) fn come_in(&mut self, id: ParticipantId, now: Time, out: &mut Outcome) {
        let first = self.state.started_at.is_none();
        if first {
            self.state.started_at = Some(now);
            self.store_room(out);
        }
        let Some(present) = self.people.get_mut(&id) else { return };
        present.seat.standing = Standing::In;
        present.seat.admitted = true;
        present.seat.since = now;
        present.seat.notes.clear();
        if !present.is_connected() {
            present.deadline = Some(now.plus_millis(present.grace_ms()));
        }
        out.changes.push(Change::Seat(present.seat.clone()));
        out.changes.push(Change::Arrived { participant: id, at: now });
        let participant = present.seat.participant(present.is_connected());
        out.send(self.other_sockets(id), ToClient::Joined { participant });
        self.enter(id, out);
    }

    /// The whole room to one who is in it.
    fn enter(&self, id: ParticipantId, out: &mut Outcome) {
        if let Some(socket) = self.people.get(&id).and_then(|p| p.socket) {
            out.effects.push(Effect::Enter {
                socket,
                you: id,
                room: Box::new(self.snapshot(id)),
                publish: SourceSet::ALL,
            });
        }
    }

    /// Goes by themselves, or did not come back in time.
    pub(crate) fn leave(
        &mut self,
        id: ParticipantId,
        reason: LeaveReason,
        now: Time,
        out: &mut Outcome,
    ) {
        self.depart(id, Standing::Left, reason, String::new(), now, out);
    }

    /// Is refused, removed, or has lost the right to be here, and is told so.
    pub(crate) fn put_out(
        &mut self,
        id: ParticipantId,
        standing: Standing,
        reason: String,
        now: Time,
        out: &mut Outcome,
    ) {
        let Some(present) = self.people.get(&id) else { return };
        if let Some(socket) = present.socket {
            let reason = reason.clone();
            let told = match standing {
                Standing::Refused => ToClient::Refused { reason },
                _ => ToClient::Removed { reason },
            };
            out.send(vec![socket], told);
        }
        self.depart(id, standing, LeaveReason::Removed, reason, now, out);
    }

    fn depart(
        &mut self,
        id: ParticipantId,
        standing: Standing,
        why: LeaveReason,
        reason: String,
        now: Time,
        out: &mut Outcome,
    ) {
        let Some(mut present) = self.people.remove(&id) else { return };
        if let Some(socket) = present.socket.take() {
            self.sockets.remove(&socket);
            let reason = match why {
                LeaveReason::Left | LeaveReason::Lost => CloseReason::Left,
                LeaveReason::Removed => CloseReason::Removed,
            };
            out.effects.push(Effect::Close { socket, reason });
        }
        let was_in = present.is_in();
        present.seat.standing = standing;
        present.seat.since = now;
        present.seat.sources = SourceSet::NONE;
        present.seat.hand_raised_at = None;
        present.seat.reason = reason;
        out.changes.push(Change::Seat(present.seat));
        if was_in {
            out.changes.push(Change::Departed { participant: id, at: now, reason: why });
            out.send(self.in_sockets(), ToClient::Left { participant: id, reason: why });
            let room = self.state.id;
            out.effects.push(Effect::Node(NodeCommand::Remove { room, participant: id }));
        }
    }
}

fn turn_away(socket: SocketId, told: ToClient, reason: CloseReason, out: &mut Outcome) {
    out.send(vec![socket], told);
    out.effects.push(Effect::Close { socket, reason });
}
