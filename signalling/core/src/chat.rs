//! Chat.

use szpon_protocol::{
    Code, MessageId, ParticipantId, Time,
    room::{ChatMessage, ToClient},
};

use crate::{Bucket, Change, Outcome, Room, room::CHAT_KEPT, text};

/// Ten messages at once, then one a second.
pub(crate) fn rate(now: Time) -> Bucket {
    Bucket::new(10, 1000, now)
}

impl Room {
    pub(crate) fn say(
        &mut self,
        me: ParticipantId,
        client_id: String,
        raw: &str,
        id: MessageId,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        if !text::is_client_id(&client_id) {
            return Err(Code::Invalid);
        }
        // A client that lost its socket before the echo sends again: it gets the echo, and nobody
        // else hears it twice.
        if let Some(said) = self.chat.iter().find(|m| m.from == me && m.client_id == client_id) {
            let message = said.clone();
            let to = self.people.get(&me).and_then(|p| p.socket).into_iter().collect();
            out.send(to, ToClient::Chat { message });
            return Ok(());
        }
        let text = text::chat(raw).map_err(|_| Code::Invalid)?;
        let present = self.people.get_mut(&me).ok_or(Code::Forbidden)?;
        if !present.chat_rate.take(now) {
            return Err(Code::RateLimited);
        }
        let from_name = present.seat.name.clone();
        let message = ChatMessage { id, from: me, from_name, text, at: now, client_id };
        self.chat.push_back(message.clone());
        if self.chat.len() > CHAT_KEPT {
            self.chat.pop_front();
        }
        out.changes.push(Change::Chat(message.clone()));
        out.send(self.in_sockets(), ToClient::Chat { message });
        Ok(())
    }
}
