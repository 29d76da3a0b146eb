//! The life of a session: heard, silent, gone.

use std::time::Instant;

use rand::RngExt;
use szpon_protocol::{SessionId, bus::NodeEvent, media::FromNode};

use crate::{
    addresses::SessionKey,
    core::{Core, Timer},
    io::CoreEvent,
    peer::Fault,
    session::{Link, Purpose, Session},
};

impl Core {
    pub(crate) fn insert(&mut self, now: Instant, mut session: Session) -> SessionKey {
        session.egress.set_reporter(self.rng.random());
        let (id, ufrag) = (session.id, session.creds.ufrag.clone());
        let key = self.sessions.insert(session);
        self.by_id.insert(id, key);
        self.by_ufrag.insert(ufrag, key);
        self.counters.sessions_opened += 1;
        self.handshakes += 1;
        self.timers.set(Timer::Session(key), now);
        self.touch(key);
        key
    }

    /// Marks a session to be polled before the shard waits again.
    pub(crate) fn touch(&mut self, key: SessionKey) {
        if let Some(session) = self.sessions.get_mut(key)
            && !session.touched
        {
            session.touched = true;
            self.touched.push_back(key);
        }
    }

    /// Queues a data channel message.
    pub(crate) fn send(&mut self, key: SessionKey, message: &FromNode) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.send(message, &mut self.counters);
            self.touch(key);
        }
    }

    /// Something came from the peer.
    pub(crate) fn heard(&mut self, now: Instant, key: SessionKey) {
        let session = &mut self.sessions[key];
        session.heard = now;
        if session.link != Link::Silent {
            return;
        }
        session.link = Link::Up;
        if let Purpose::Participant { room, participant } = session.purpose {
            let session = session.id;
            tracing::info!(%room, %participant, %session, "session resumed");
            self.emit_node(NodeEvent::Resumed { room, participant, session });
            self.link_changed(now, key);
        }
    }

    /// ICE and DTLS are up.
    pub(crate) fn connected(&mut self, now: Instant, key: SessionKey) {
        let session = &mut self.sessions[key];
        session.heard = now;
        session.connected.get_or_insert(now);
        if session.link != Link::Connecting {
            return;
        }
        if let Err(error) = session.egress.secure() {
            tracing::error!(session = %session.id, %error, "no keys after the handshake");
            return self.end(now, key, "no keys");
        }
        session.link = Link::Up;
        self.handshakes -= 1;
        let id = session.id;
        match session.purpose {
            Purpose::Participant { room, participant } => {
                tracing::info!(%room, %participant, session = %id, "session connected");
                self.emit_node(NodeEvent::Connected { room, participant, session: id });
                self.link_changed(now, key);
            }
            Purpose::Probe => self.emit(CoreEvent::ProbeConnected { session: id }),
        }
    }

    /// Acts on how long the peer has not been heard. False when the session is over.
    pub(crate) fn check_link(&mut self, now: Instant, key: SessionKey) -> bool {
        let session = &mut self.sessions[key];
        match session.link {
            Link::Connecting if now >= session.opened + self.config.connect_within => {
                self.end(now, key, "never connected");
                return false;
            }
            Link::Up if now >= session.heard + self.config.silent_after => {
                session.link = Link::Silent;
                if let Purpose::Participant { room, participant } = session.purpose {
                    let session = session.id;
                    tracing::info!(%room, %participant, %session, "session silent");
                    self.emit_node(NodeEvent::Silent { room, participant, session });
                    self.link_changed(now, key);
                }
            }
            Link::Silent if now >= session.heard + self.config.gone_after => {
                self.end(now, key, "gone");
                return false;
            }
            Link::Connecting | Link::Up | Link::Silent => {}
        }
        true
    }

    /// When [`Core::check_link`] has something to do next.
    pub(crate) fn link_deadline(&self, session: &Session) -> Instant {
        match session.link {
            Link::Connecting => session.opened + self.config.connect_within,
            Link::Up => session.heard + self.config.silent_after,
            Link::Silent => session.heard + self.config.gone_after,
        }
    }

    /// A peer that cannot go on.
    pub(crate) fn fail(&mut self, now: Instant, key: SessionKey, fault: Fault) {
        // One peer may fail twice in one go: with each of its tracks.
        let Some(session) = self.sessions.get(key) else { return };
        match fault {
            Fault::Panicked => {
                self.counters.panics += 1;
                tracing::error!(session = %session.id, "the peer panicked");
                self.remove(now, key, "panicked");
            }
            Fault::Failed(error) => {
                self.counters.faults += 1;
                tracing::info!(session = %session.id, %error, "the peer failed");
                self.remove(now, key, "failed");
            }
        }
    }

    /// Ends a session, with a goodbye to its peer.
    pub(crate) fn end(&mut self, now: Instant, key: SessionKey, reason: &'static str) {
        self.say_goodbye(now, key);
        self.remove(now, key, reason);
    }

    fn say_goodbye(&mut self, now: Instant, key: SessionKey) {
        let peer = &mut self.sessions[key].peer;
        // A fault on the way out changes nothing.
        let Ok(Ok(())) = peer.call(str0m::Rtc::close) else { return };
        let _ = peer.tick(now);
        while let Ok(output) = self.sessions[key].peer.poll() {
            match output {
                str0m::Output::Transmit(transmit) => self.transmit(now, key, &transmit),
                str0m::Output::Event(_) => {}
                str0m::Output::Timeout(_) => break,
            }
        }
    }

    pub(crate) fn remove(&mut self, now: Instant, key: SessionKey, reason: &'static str) {
        // What waits goes out to those who are there now. That may find a fault in this one too.
        self.deliver_all(now);
        if !self.sessions.contains(key) {
            return;
        }
        self.leave(now, key);
        let session = self.sessions.remove(key);
        self.doubled.note(key, false);
        if session.link == Link::Connecting {
            self.handshakes -= 1;
        }
        self.by_id.remove(&session.id);
        self.by_ufrag.remove(&session.creds.ufrag);
        self.timers.cancel(Timer::Session(key));
        self.timers.cancel(Timer::Egress(key));
        for (transport, remote) in session.addresses {
            if self.addresses.release(transport, remote, key) {
                self.emit(CoreEvent::Released { transport, remote });
            }
        }
        self.counters.sessions_closed += 1;
        self.tell_gone(session.id, session.purpose, reason);
    }

    fn tell_gone(&mut self, session: SessionId, purpose: Purpose, reason: &'static str) {
        match purpose {
            Purpose::Participant { room, participant } => {
                tracing::info!(%room, %participant, %session, reason, "session over");
                self.emit_node(NodeEvent::Gone { room, participant, session });
            }
            Purpose::Probe => self.emit(CoreEvent::ProbeGone { session }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CoreConfig, Output};
    use std::net::SocketAddr;
    use str0m::RtcConfig;

    fn offer(now: Instant) -> String {
        let mut rtc = RtcConfig::new().build(now);
        let mut changes = rtc.sdp_api();
        changes.add_channel("szpon".into());
        let (offer, _) = changes.apply().expect("a channel is a change");
        offer.to_sdp_string()
    }

    #[test]
    fn a_panic_in_one_peer_ends_that_session_alone() {
        let now = Instant::now();
        let node = SocketAddr::from(([192, 0, 2, 1], 40_000));
        let mut core = Core::new(CoreConfig::new(0, vec![node], vec![], [7; 32]));
        let sessions = [SessionId::new(), SessionId::new()];
        for session in sessions {
            core.open_probe(now, session, &offer(now)).unwrap();
        }
        let key = core.by_id[&sessions[0]];
        let fault = core.sessions[key].peer.call(|_| -> () { panic!("on purpose") }).unwrap_err();
        assert!(matches!(fault, Fault::Panicked));
        core.fail(now, key, fault);

        assert!(!core.has_session(sessions[0]));
        assert!(core.has_session(sessions[1]));
        assert_eq!(core.stats(now).counters.panics, 1);
        let mut gone = Vec::new();
        loop {
            match core.poll(now) {
                Output::Event(CoreEvent::ProbeGone { session }) => gone.push(session),
                Output::Wait(_) => break,
                _ => {}
            }
        }
        assert_eq!(gone, [sessions[0]]);
    }
}
