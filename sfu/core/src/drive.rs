//! Datagrams in, str0m's outputs out.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use str0m::{
    Event, Input,
    net::{Protocol, Receive},
};
use szpon_protocol::media::{FromNode, ToNode};

use crate::{
    addresses::SessionKey,
    channel, consent,
    core::{Core, Timer},
    credentials::{is_authentic, local_ufrag, nominates},
    io::{CoreEvent, Datagram, Transport},
    outbox::Route,
    path::Claim,
    returns::{Reports, is_rtcp},
    session::{Link, MAX_ADDRESSES, MAX_DISCOVERED, Session},
    wall::Served,
};

/// A session that has more to send than this at one moment waits for its next turn.
const MAX_ROUNDS: usize = 512;
/// And its next turn comes no sooner than this, so that time goes on.
const MIN_WAIT: Duration = Duration::from_micros(100);
/// An ICE-lite agent makes no checks. It asks to be called each 3 s all the same, to forget paths by which
/// none have come for 15 s. What waits behind that, which can only be a message repeated for the third
/// time, comes later by as much.
const ICE_RESTS: Duration = Duration::from_secs(10);
/// RFC 8489, section 5: class success response, method Binding.
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];

impl Core {
    /// While more comes in than there is time for, reports are left unread: of a thousand viewers they are
    /// hundreds for each packet of the one whom all of them watch, and that packet must be found among them.
    /// What they ask for would only be more to do.
    pub fn set_behind(&mut self, behind: bool) {
        self.behind = behind;
    }

    /// Takes in a datagram. Outputs are to be polled afterwards; several datagrams may be taken in
    /// before that, which is cheaper.
    pub fn receive(&mut self, now: Instant, datagram: Datagram<'_>) {
        self.guarded(now, Served::Nobody, |core| core.take_in(now, datagram));
    }

    fn take_in(&mut self, now: Instant, datagram: Datagram<'_>) {
        let Datagram { transport, source, destination, payload } = datagram;
        self.counters.datagrams_received += 1;
        self.counters.bytes_received += payload.len() as u64;
        if self.behind && is_rtcp(payload) {
            self.counters.reports_skipped += 1;
            return;
        }
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
        self.served = Served::Session(key);
        #[cfg(test)]
        self.trap.step(crate::trap::Place::Datagram, key);
        let session = &mut self.sessions[key];
        session.received += payload.len() as u64;
        if !session.intake.datagram(&self.prices, now) {
            return self.sends_too_much(now, key);
        }
        let route = Route { transport, source: destination, destination: source };
        // RFC 7983: STUN begins with 0 to 3. Whoever makes no checks awaits no answers.
        if payload.first().is_some_and(|first| *first < 4) {
            let hmac = self.identity.crypto.sha1_hmac_provider;
            let password = &session.creds.pass;
            if ufrag.is_none() || !is_authentic(payload, password, hmac) {
                self.counters.datagrams_unknown += 1;
                return;
            }
            if self.answer_check(now, key, route, payload) {
                return;
            }
        }
        let session = &mut self.sessions[key];
        session.arriving = rtp_source(payload);
        let unknown = session.arriving.filter(|ssrc| !session.sources.contains(ssrc));
        if let Some(ssrc) = unknown
            && !self.admit_source(key, ssrc, payload)
        {
            return;
        }
        if is_rtcp(payload) {
            let Session { resting, egress, heard, .. } = &mut self.sessions[key];
            if resting.ignores(payload, egress.bytes(), *heard, now) {
                return;
            }
            match self.take_reports(now, key, payload) {
                Reports::Foreign => return,
                Reports::Ours => {
                    self.sessions[key].transport = transport;
                    return self.heard(now, key);
                }
                Reports::Shared => {}
            }
        }
        let Ok(receive) = Receive::new(transport.into(), source, destination, payload) else {
            self.counters.datagrams_malformed += 1;
            return;
        };
        let input = Input::Receive(now, receive);
        if ufrag.is_some() {
            let session = &self.sessions[key];
            let is_new = !session.addresses.contains(&(transport, source));
            if is_new && session.discovered == MAX_DISCOVERED {
                return self.sends_too_much(now, key);
            }
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
        let session = &mut self.sessions[key];
        let nominated = ufrag.is_some() && nominates(payload);
        session.path.claim(nominated.then_some(Claim { transport, remote: source }));
        // Checks by other paths keep those, not this one.
        if ufrag.is_some() && session.path.route() == Some(route) {
            session.consent.told(now);
        }
        let late = self.late_repetition(key, payload);
        match self.sessions[key].peer.input(input) {
            Ok(()) => self.pump(now, key),
            Err(fault) => return self.fail(now, key, fault),
        }
        if unknown.is_some() {
            self.match_repetitions(now, key);
        }
        if let Some(late) = late {
            self.take_late(now, key, late);
        }
    }

    /// Answers a check by the path that the session's client has nominated, if str0m has heard of that path
    /// lately. False if it is for str0m.
    fn answer_check(&mut self, now: Instant, key: SessionKey, route: Route, check: &[u8]) -> bool {
        let Session { path, consent, link, creds, .. } = &mut self.sessions[key];
        let known = *link == Link::Up && path.route() == Some(route) && consent.holds(now);
        if !known {
            return false;
        }
        let hmac = self.identity.crypto.sha1_hmac_provider;
        let Some(reply) = consent::answer(check, route.destination, &creds.pass, hmac) else {
            return false;
        };
        if nominates(check) {
            path.claim(Some(Claim { transport: route.transport, remote: route.destination }));
            path.answered(now, route);
        }
        let session = &mut self.sessions[key];
        session.sent += reply.len() as u64;
        session.transport = route.transport;
        self.outbox.push(route, &reply);
        self.heard(now, key);
        true
    }

    /// A stream of the peer that nothing was heard of before is authenticated here first: str0m notes
    /// whose it is by its header alone, and keeps every number that it has ever seen.
    fn admit_source(&mut self, key: SessionKey, ssrc: u32, packet: &[u8]) -> bool {
        let session = &mut self.sessions[key];
        self.scratch.clear();
        self.scratch.extend_from_slice(packet);
        if !session.egress.authentic(&mut self.scratch) {
            self.counters.datagrams_malformed += 1;
            return false;
        }
        if session.sources.try_push(ssrc).is_err() {
            self.counters.datagrams_over_limit += 1;
            return false;
        }
        true
    }

    /// Notes that something of a session was dropped for that.
    pub(crate) fn sends_too_much(&mut self, now: Instant, key: SessionKey) {
        self.counters.datagrams_over_limit += 1;
        let session = &mut self.sessions[key];
        if session.intake.worth_saying(now) {
            tracing::warn!(session = %session.id, "the session sends more than it may");
        }
    }

    /// Sends what waits for its time.
    pub(crate) fn send_waiting(&mut self, now: Instant, key: SessionKey) {
        #[cfg(test)]
        self.trap.step(crate::trap::Place::Waiting, key);
        let Some(session) = self.sessions.get_mut(key) else { return };
        self.counters.nacks_sent += session.egress.on_time(now, &mut self.outbox);
        if let Some(at) = session.egress.sooner(now) {
            self.timers.set_sooner(Timer::Egress(key), at.max(now + MIN_WAIT));
        }
        self.estimated(now, key);
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
        let session = &mut self.sessions[key];
        session.addresses.push(address);
        session.discovered += 1;
        if let Some(former) = self.addresses.bind(transport, remote, key) {
            self.sessions[former].addresses.retain(|other| *other != address);
        }
        self.emit(CoreEvent::Bound { transport, remote });
    }

    /// Lets the session's time pass and takes everything out of str0m.
    pub(crate) fn run(&mut self, now: Instant, key: SessionKey) {
        #[cfg(test)]
        self.trap.step(crate::trap::Place::Timer, key);
        if !self.check_link(now, key) {
            return;
        }
        let session = &mut self.sessions[key];
        if now < session.wake && !session.touched {
            // It was heard meanwhile, which is all that it was looked at for.
            return self.set_timer(key);
        }
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
                    let rests = session.link == Link::Up && session.peer.waits_for_ice();
                    let soonest = now + if rests { ICE_RESTS } else { MIN_WAIT };
                    session.wake = at.max(soonest);
                    break;
                }
                Ok(str0m::Output::Transmit(transmit)) => self.transmit(now, key, &transmit),
                Ok(str0m::Output::Event(event)) => self.on_event(now, key, event),
                Err(fault) => return self.fail(now, key, fault),
            }
        }
        let Some(session) = self.sessions.get(key) else { return };
        if !session.peer.is_alive() {
            return self.end(now, key, "closed by the peer");
        }
        self.set_timer(key);
    }

    /// When a session is to be looked at next.
    fn set_timer(&mut self, key: SessionKey) {
        let session = &self.sessions[key];
        let at = session.wake.min(self.link_deadline(session));
        self.timers.set(Timer::Session(key), at);
    }

    /// Takes a datagram of str0m. Its answers to connectivity checks go where it says, and show which
    /// of them were the client's; all else goes by the path that the client has nominated.
    pub(crate) fn transmit(
        &mut self,
        now: Instant,
        key: SessionKey,
        transmit: &str0m::net::Transmit,
    ) {
        let transport = match transmit.proto {
            Protocol::Udp => Transport::Udp,
            _ => Transport::Tcp,
        };
        let (source, destination) = (transmit.source, transmit.destination);
        let mut route = Route { transport, source, destination };
        let contents: &[u8] = &transmit.contents;
        let Some(session) = self.sessions.get_mut(key) else { return };
        // RFC 7983: STUN begins with 0 to 3.
        if contents.first().is_some_and(|first| *first > 3) {
            route = session.path.route().unwrap_or(route);
        } else if contents.starts_with(&BINDING_SUCCESS) && session.path.answered(now, route) {
            session.egress.set_route(route);
            tracing::debug!(session = %session.id, ?transport, "a path was nominated");
        }
        // Both would encrypt with the same nonces. str0m draws its own SSRC at random, and never
        // says which.
        let reporter = contents.get(4..8).and_then(|ssrc| ssrc.try_into().ok());
        let reporter = reporter.map(u32::from_be_bytes).filter(|_| is_rtcp(contents));
        if reporter.is_some_and(|ssrc| session.egress.reports_as(ssrc)) {
            return;
        }
        session.sent += contents.len() as u64;
        self.outbox.push(route, contents);
    }

    fn on_event(&mut self, now: Instant, key: SessionKey, event: Event) {
        match event {
            Event::Connected => self.connected(now, key),
            Event::ChannelOpen(id, _) => {
                self.sessions[key].channel_opened(id);
                self.touch(key);
            }
            Event::ChannelData(data) if self.sessions[key].is_channel(data.id) => {
                let in_time = self.sessions[key].intake.message(&self.prices, now);
                self.counters.messages_over_limit += u64::from(!in_time);
                match channel::parse(data.binary, &data.data) {
                    Some(ToNode::Ping { nonce }) if in_time => {
                        self.send(key, &FromNode::Pong { nonce });
                    }
                    Some(ToNode::Ping { .. }) => {}
                    Some(ToNode::View { tiles }) => self.view(now, key, tiles, in_time),
                    None => self.counters.messages_malformed += 1,
                }
            }
            Event::ChannelData(_) => self.counters.messages_malformed += 1,
            Event::PeerStats(stats) => self.sessions[key].rates.update(&stats),
            Event::RtpPacket(packet) => self.route(now, key, packet.into()),
            // ICE state says nothing that `heard` does not; `Closed` is followed by death.
            _ => {}
        }
    }
}

/// The source of an RTP packet (RFC 3550, section 5.1; RFC 7983).
fn rtp_source(datagram: &[u8]) -> Option<u32> {
    let header = datagram.first_chunk::<12>()?;
    let rtp = matches!(header[0], 128..=191) && !is_rtcp(datagram);
    rtp.then(|| u32::from_be_bytes([header[8], header[9], header[10], header[11]]))
}
