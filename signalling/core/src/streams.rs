//! Encoders and players from outside (WHIP, WHEP): participants without a socket. Their media
//! session is their presence.

use szpon_protocol::{ParticipantId, Time, bus::NodeCommand, media::SourceSet, room::ToClient};

use crate::{Effect, Outcome, Room, Seat, Standing, room::Present};

impl Room {
    /// A stream's media session is up. It waits for nobody: a moderator made it, for this room.
    pub(crate) fn stream_up(
        &mut self,
        stored: Seat,
        sources: SourceSet,
        now: Time,
        out: &mut Outcome,
    ) {
        let (room, participant) = (self.state.id, stored.id);
        let known = self.people.contains_key(&participant);
        let welcome = stored.is_stream()
            && !self.has_ended()
            && stored.standing != Standing::Removed
            && (known || self.has_room_for(&stored));
        if !welcome {
            out.effects.push(Effect::Node(NodeCommand::Remove { room, participant }));
            return;
        }
        if known {
            self.stream_returned(participant, out);
        } else {
            let seat = Seat { standing: Standing::Waiting, since: now, sources, ..stored };
            let mut present = Present::new(seat, now);
            present.streaming = true;
            self.people.insert(participant, present);
            self.come_in(participant, now, out);
        }
        let sources = self.people.get(&participant).map_or(sources, |p| p.seat.sources);
        out.effects.push(Effect::Node(NodeCommand::Allow { room, participant, sources }));
    }

    /// A stream whose place was kept is back.
    pub(crate) fn stream_returned(&mut self, id: ParticipantId, out: &mut Outcome) {
        let Some(present) = self.people.get_mut(&id).filter(|p| p.seat.is_stream()) else { return };
        present.deadline = None;
        if !std::mem::replace(&mut present.streaming, true) {
            let participant = present.seat.participant(true);
            out.send(self.in_sockets(), ToClient::Updated { participant });
        }
    }

    /// A stream's media session is over. Encoders come back by themselves, so its place is kept as
    /// long as anybody's.
    pub(crate) fn stream_down(&mut self, id: ParticipantId, now: Time, out: &mut Outcome) {
        let Some(present) = self.people.get_mut(&id).filter(|p| p.seat.is_stream()) else { return };
        present.streaming = false;
        present.deadline = Some(now.plus_millis(present.grace_ms()));
        let participant = present.seat.participant(false);
        out.send(self.in_sockets(), ToClient::Updated { participant });
    }
}
