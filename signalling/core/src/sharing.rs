//! What people switch on: microphone, camera, screen; hands and reactions.

use szpon_protocol::{
    Code, ParticipantId, Time,
    bus::NodeCommand,
    media::SourceSet,
    room::{Reaction, ToClient},
};

use crate::{Bucket, Effect, Outcome, Room};

/// Five reactions at once, then one every half second.
pub(crate) fn reaction_rate(now: Time) -> Bucket {
    Bucket::new(5, 500, now)
}

impl Room {
    pub(crate) fn set_sources(
        &mut self,
        me: ParticipantId,
        mut sources: SourceSet,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        // The sound of a screen goes with its picture.
        sources.screen_audio &= sources.screen;
        let present = self.people.get(&me).ok_or(Code::Forbidden)?;
        let (moderates, by_name) = (present.moderates(), present.seat.name.clone());
        if present.seat.sources == sources {
            return Ok(());
        }
        if sources.screen && !present.seat.sources.screen {
            // One screen at a time. A moderator takes it over; so may anybody from one whose
            // connection is lost.
            let sharing = self
                .people
                .values()
                .find(|p| p.is_in() && p.seat.id != me && p.seat.sources.screen)
                .map(|p| (p.seat.id, p.is_connected()));
            if let Some((holder, connected)) = sharing {
                if connected && !moderates {
                    return Err(Code::Conflict);
                }
                self.take_sources(holder, SCREEN, &by_name, out);
            }
        }
        self.put_sources(me, sources, out);
        Ok(())
    }

    /// Switches off what is in `off`, and tells the participant who did.
    pub(crate) fn take_sources(
        &mut self,
        id: ParticipantId,
        off: SourceSet,
        by_name: &str,
        out: &mut Outcome,
    ) {
        let Some(present) = self.people.get(&id) else { return };
        let had = present.seat.sources;
        let sources = SourceSet {
            microphone: had.microphone && !off.microphone,
            camera: had.camera && !off.camera,
            screen: had.screen && !off.screen,
            screen_audio: had.screen_audio && !off.screen_audio,
        };
        if sources == had {
            return;
        }
        if let Some(socket) = present.socket {
            let by_name = by_name.to_owned();
            out.send(vec![socket], ToClient::SourcesTaken { by_name, sources });
        }
        self.put_sources(id, sources, out);
    }

    fn put_sources(&mut self, id: ParticipantId, sources: SourceSet, out: &mut Outcome) {
        let Some(present) = self.people.get_mut(&id) else { return };
        present.seat.sources = sources;
        let room = self.state.id;
        out.effects.push(Effect::Node(NodeCommand::Allow { room, participant: id, sources }));
        self.seat_changed(id, out);
    }

    pub(crate) fn raise_hand(
        &mut self,
        id: ParticipantId,
        raised: bool,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        let present = self.people.get_mut(&id).ok_or(Code::NotFound)?;
        // A hand that is up keeps its place in the order.
        if present.seat.hand_raised_at.is_some() == raised {
            return Ok(());
        }
        present.seat.hand_raised_at = raised.then_some(now);
        self.seat_changed(id, out);
        Ok(())
    }

    pub(crate) fn react(
        &mut self,
        me: ParticipantId,
        reaction: Reaction,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        let present = self.people.get_mut(&me).ok_or(Code::Forbidden)?;
        if !present.reaction_rate.take(now) {
            return Err(Code::RateLimited);
        }
        out.send(self.in_sockets(), ToClient::Reacted { participant: me, reaction });
        Ok(())
    }
}

/// A screen with its sound.
pub(crate) const SCREEN: SourceSet =
    SourceSet { screen: true, screen_audio: true, ..SourceSet::NONE };
