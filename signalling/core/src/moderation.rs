//! What moderators may do to others.

use szpon_protocol::{
    Code, ParticipantId, PersonId, Time,
    admin::AuditAction,
    media::SourceSet,
    room::{RoomRole, ToClient, ToRoom},
};

use crate::{
    AuditNote, Change, Note, Outcome, Room, Standing, room::Present, sharing::SCREEN, text,
};

/// How many notes are kept for somebody who waits, to tell them again after a reconnect.
const NOTES_KEPT: usize = 20;

/// Who does it: known to moderate.
struct Moderator {
    id: ParticipantId,
    person: Option<PersonId>,
    name: String,
    is_host: bool,
}

impl Room {
    pub(crate) fn moderate(
        &mut self,
        me: ParticipantId,
        message: ToRoom,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        let by = match self.people.get(&me) {
            Some(p) if p.moderates() => Moderator {
                id: me,
                person: p.seat.person,
                name: p.seat.name.clone(),
                is_host: p.seat.role == RoomRole::Host,
            },
            _ => return Err(Code::Forbidden),
        };
        match message {
            ToRoom::Admit { participant } => self.admit_by(&by, participant, now, out),
            ToRoom::AdmitAll => self.admit_all(&by, now, out),
            ToRoom::Refuse { participant, reason } => {
                self.refuse(&by, participant, &reason, now, out)
            }
            ToRoom::WriteToWaiting { participant, text } => {
                self.write_to_waiting(&by, participant, &text, now, out)
            }
            ToRoom::Mute { participant } => {
                let off = SourceSet { microphone: true, ..SourceSet::NONE };
                self.switch_off(&by, participant, off, out)
            }
            ToRoom::StopCamera { participant } => {
                let off = SourceSet { camera: true, ..SourceSet::NONE };
                self.switch_off(&by, participant, off, out)
            }
            ToRoom::StopShare { participant } => self.switch_off(&by, participant, SCREEN, out),
            ToRoom::MuteAll => {
                self.mute_all(&by, out);
                Ok(())
            }
            ToRoom::LowerHand { participant } => {
                self.in_room(participant)?;
                self.raise_hand(participant, false, now, out)
            }
            ToRoom::Remove { participant, reason } => {
                self.remove(&by, participant, &reason, now, out)
            }
            ToRoom::Lock { locked } => {
                if self.state.locked != locked {
                    self.state.locked = locked;
                    self.room_changed(out);
                }
                Ok(())
            }
            ToRoom::SetWaitingRoom { on } => {
                if self.state.waiting_room != on {
                    self.state.waiting_room = on;
                    self.room_changed(out);
                }
                Ok(())
            }
            ToRoom::SetRole { participant, role } => self.set_role(&by, participant, role, out),
            ToRoom::End => {
                out.note(AuditAction::RoomEnded, &by, by.id, None);
                self.end(now, out);
                Ok(())
            }
            // Whoever holds the socket answers it.
            ToRoom::Ping { .. }
            | ToRoom::SetSources { .. }
            | ToRoom::RaiseHand { .. }
            | ToRoom::React { .. }
            | ToRoom::Chat { .. }
            | ToRoom::GetMedia
            | ToRoom::Leave => Err(Code::Invalid),
        }
    }

    /// Somebody who is in, else: still waiting is a conflict, gone isn't found.
    fn in_room(&self, id: ParticipantId) -> Result<&Present, Code> {
        match self.people.get(&id) {
            Some(present) if present.is_in() => Ok(present),
            Some(_) => Err(Code::Conflict),
            None => Err(Code::NotFound),
        }
    }

    /// Only the host acts on the host.
    fn may_act_on(by: &Moderator, target: &Present) -> Result<(), Code> {
        if target.seat.role == RoomRole::Host && !by.is_host {
            return Err(Code::Forbidden);
        }
        Ok(())
    }

    fn admit_by(
        &mut self,
        by: &Moderator,
        id: ParticipantId,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        self.admit(id, now, out)?;
        out.note(AuditAction::ParticipantAdmitted, by, id, None);
        Ok(())
    }

    /// Lets in as many as there is room for, in order of arrival; says so when some stay outside.
    fn admit_all(&mut self, by: &Moderator, now: Time, out: &mut Outcome) -> Result<(), Code> {
        let mut result = Ok(());
        for person in self.waiting() {
            if let Err(code) = self.admit_by(by, person.id, now, out) {
                result = Err(code);
            }
        }
        result
    }

    fn refuse(
        &mut self,
        by: &Moderator,
        id: ParticipantId,
        reason: &str,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        let reason = text::reason(reason).map_err(|_| Code::Invalid)?;
        self.waiting_mut(id)?;
        out.note(AuditAction::ParticipantRefused, by, id, None);
        self.put_out(id, Standing::Refused, reason, now, out);
        Ok(())
    }

    fn write_to_waiting(
        &mut self,
        by: &Moderator,
        to: Option<ParticipantId>,
        raw: &str,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        let text = text::note(raw).map_err(|_| Code::Invalid)?;
        let ids = match to {
            Some(id) => {
                self.waiting_mut(id)?;
                vec![id]
            }
            None => self.waiting().into_iter().map(|p| p.id).collect(),
        };
        if ids.is_empty() {
            return Err(Code::NotFound);
        }
        let mut sockets = Vec::new();
        for id in ids {
            let present = self.waiting_mut(id)?;
            let notes = &mut present.seat.notes;
            if notes.len() >= NOTES_KEPT {
                notes.remove(0);
            }
            notes.push(Note { from_name: by.name.clone(), text: text.clone(), at: now });
            out.changes.push(Change::Seat(present.seat.clone()));
            sockets.extend(present.socket);
        }
        out.send(sockets, ToClient::Note { from_name: by.name.clone(), text, at: now });
        Ok(())
    }

    fn switch_off(
        &mut self,
        by: &Moderator,
        id: ParticipantId,
        off: SourceSet,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        Self::may_act_on(by, self.in_room(id)?)?;
        self.take_sources(id, off, &by.name, out);
        Ok(())
    }

    fn mute_all(&mut self, by: &Moderator, out: &mut Outcome) {
        let loud: Vec<_> = self
            .people
            .values()
            .filter(|p| p.is_in() && p.seat.role == RoomRole::Participant)
            .map(|p| p.seat.id)
            .collect();
        let off = SourceSet { microphone: true, ..SourceSet::NONE };
        for id in loud {
            self.take_sources(id, off, &by.name, out);
        }
    }

    /// Puts out one who is in, or one who waits: then for good, unlike a refusal.
    fn remove(
        &mut self,
        by: &Moderator,
        id: ParticipantId,
        reason: &str,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        let reason = text::reason(reason).map_err(|_| Code::Invalid)?;
        let target = self.people.get(&id).ok_or(Code::NotFound)?;
        if target.seat.role == RoomRole::Host || id == by.id {
            return Err(Code::Forbidden);
        }
        out.note(AuditAction::ParticipantRemoved, by, id, None);
        self.put_out(id, Standing::Removed, reason, now, out);
        Ok(())
    }

    fn set_role(
        &mut self,
        by: &Moderator,
        id: ParticipantId,
        role: RoomRole,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        if role == RoomRole::Host {
            return Err(Code::Invalid);
        }
        let target = self.people.get_mut(&id).ok_or(Code::NotFound)?;
        // A guest never moderates: whoever acts on others must have an account to answer for it.
        if target.seat.role == RoomRole::Host || (role.moderates() && target.seat.is_guest()) {
            return Err(Code::Forbidden);
        }
        if target.seat.role == role {
            return Ok(());
        }
        let moderated = target.moderates();
        target.seat.role = role;
        let moderates = target.moderates();
        let socket = target.socket;
        out.note(AuditAction::ParticipantRoleChanged, by, id, Some(role));
        self.seat_changed(id, out);
        if moderated != moderates
            && let Some(socket) = socket
        {
            let waiting = if moderates { self.waiting() } else { Vec::new() };
            out.send(vec![socket], ToClient::WaitingRoom { waiting });
        }
        Ok(())
    }
}

impl Outcome {
    fn note(
        &mut self,
        action: AuditAction,
        by: &Moderator,
        target: ParticipantId,
        role: Option<RoomRole>,
    ) {
        self.audit.push(AuditNote { action, actor: by.person, target, role });
    }
}
