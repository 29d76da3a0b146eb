//! Datagrams in, str0m's outputs out.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use str0m::{Event, Input, net::Receive};
use szpon_protocol::media::{FromNode, ToNode};

use crate::{
    addresses::SessionKey,
    channel,
    core::{Core, Timer},
    credentials::local_ufrag,
    io::{CoreEvent, Datagram, Transport},
    lifecycle::push_transmit,
    session::MAX_ADDRESSES,
};

/// A session that has more to send than this at one moment waits for its next turn.
const MAX_ROUNDS: usize = 512;
/// And its next turn comes no sooner than this, so that time goes on.
const MIN_WAIT: Duration = Duration::from_micros(100);

impl Core {
    /// Takes in a datagram. Outputs are to be polled afterwards; several datagrams may be taken in
    /// before that, which is cheaper.
    pub fn receive(&mut self, now: Instant, datagram: Datagram<'_>) {
        let Datagram { transport, source, destination, payload } = datagram;
        self.counters.datagrams_received += 1;
        self.counters.bytes_received += payload.len() as u64;
        // A connectivity check says by its user fragment whom it is for; all else by its address.
        let ufrag = local_ufrag(payload);
        let owner = match ufrag {
            Some(ufrag) => self.by_ufrag.get(ufrag).copied(),
            None => self.addresses.owner(transport, source),
        };
        let Some(key) = owner else {
            self.counters.datagrams_unknown += 1;
            return;
        };
        let Ok(receive) = Receive::new(transport.into(), source, destination, payload) else {
            self.counters.datagrams_malformed += 1;
            return;
        };
        let input = Input::Receive(now, receive);
        if ufrag.is_some() {
            match self.sessions[key].peer.call(|rtc| rtc.accepts(&input)) {
                Ok(true) => self.bind(key, transport, source),
                Ok(false) => {
                    self.counters.datagrams_unknown += 1;
                    return;
                }
                Err(fault) => return self.fail(now, key, fault),
            }
        }
        self.sessions[key].transport = transport;
        self.heard(now, key);
        match self.sessions[key].peer.input(input) {
            Ok(()) => self.pump(now, key),
            Err(fault) => self.fail(now, key, fault),
        }
    }

    /// The peer's end of a TCP connection is gone.
    pub fn disconnected(&mut self, transport: Transport, remote: SocketAddr) {
        if let Some(key) = self.addresses.owner(transport, remote) {
            self.addresses.release(transport, remote, key);
            self.sessions[key].addresses.retain(|address| *address != (transport, remote));
        }
    }

    fn bind(&mut self, key: SessionKey, transport: Transport, remote: SocketAddr) {
        let address = (transport, remote);
        let session = &mut self.sessions[key];
        if session.addresses.contains(&address) {
            return;
        }
        if session.addresses.len() == MAX_ADDRESSES {
            let (transport, remote) = session.addresses.remove(0);
            self.addresses.release(transport, remote, key);
            self.emit(CoreEvent::Released { transport, remote });
        }
        self.sessions[key].addresses.push(address);
        if let Some(former) = self.addresses.bind(transport, remote, key) {
            self.sessions[former].addresses.retain(|other| *other != address);
        }
        self.emit(CoreEvent::Bound { transport, remote });
    }

    /// Lets the session's time pass and takes everything out of str0m.
    pub(crate) fn run(&mut self, now: Instant, key: SessionKey) {
        if !self.check_link(now, key) {
            return;
        }
        let session = &mut self.sessions[key];
        session.touched = false;
        let ran = session.flush().and_then(|()| session.peer.tick(now));
        match ran {
            Ok(()) => self.pump(now, key),
            Err(fault) => self.fail(now, key, fault),
        }
    }

    fn pump(&mut self, now: Instant, key: SessionKey) {
        let mut rounds = 0;
        loop {
            // What an event led to may have ended the session.
            let Some(session) = self.sessions.get_mut(key) else { return };
            match session.peer.poll() {
                // str0m's pacer lets one packet out for each call.
                Ok(str0m::Output::Timeout(at)) if at <= now && rounds < MAX_ROUNDS => {
                    rounds += 1;
                    if let Err(fault) = session.peer.tick(now) {
                        return self.fail(now, key, fault);
                    }
                }
                Ok(str0m::Output::Timeout(at)) => {
                    session.wake = at.max(now + MIN_WAIT);
                    break;
                }
                Ok(str0m::Output::Transmit(transmit)) => push_transmit(&mut self.outputs, transmit),
                Ok(str0m::Output::Event(event)) => self.on_event(now, key, event),
                Err(fault) => return self.fail(now, key, fault),
            }
        }
        let Some(session) = self.sessions.get(key) else { return };
        if !session.peer.is_alive() {
            return self.end(now, key, "closed by the peer");
        }
        let at = session.wake.min(self.link_deadline(session));
        self.timers.set(Timer::Session(key), at);
    }

    fn on_event(&mut self, now: Instant, key: SessionKey, event: Event) {
        match event {
            Event::Connected => self.connected(now, key),
            Event::ChannelOpen(id, _) => {
                self.sessions[key].channel_opened(id);
                self.touch(key);
            }
            Event::ChannelData(data) if self.sessions[key].is_channel(data.id) => {
                match channel::parse(data.binary, &data.data) {
                    Some(ToNode::Ping { nonce }) => self.send(key, &FromNode::Pong { nonce }),
                    Some(ToNode::View { tiles }) => self.view(now, key, tiles),
                    None => self.counters.messages_malformed += 1,
                }
            }
            Event::ChannelData(_) => self.counters.messages_malformed += 1,
            Event::PeerStats(stats) => self.measured(now, key, &stats),
            Event::RtpPacket(packet) => self.route(now, key, packet),
            Event::KeyframeRequest(request) => self.keyframe_wanted(now, key, request.mid),
            Event::MediaEgressStats(stats) => {
                let session = &mut self.sessions[key];
                session.rates.update_rtt(stats.rtt);
                session.feedback.sent(&stats, &mut self.counters);
            }
            Event::MediaIngressStats(stats) => {
                self.sessions[key].feedback.received(&stats, &mut self.counters);
            }
            Event::EgressBitrateEstimate(estimate) => self.estimated(now, key, &estimate),
            // ICE state says nothing that `heard` does not; `Closed` is followed by death.
            _ => {}
        }
    }
}
