//! The shard: its sessions, its rooms, and what it is asked for.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use slab::Slab;
use szpon_media::Bitrate;
use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    bus::{NodeCommand, NodeEvent},
    media::{FromNode, SourceSet, TrackPurpose},
    operator::{RoomStats, SessionStats},
};

use crate::{
    addresses::{Addresses, SessionKey},
    config::CoreConfig,
    delivery::{Progress, Undelivered},
    doubled::Doubled,
    error::{OpenError, RestartError},
    intake::Prices,
    io::{CoreEvent, Output},
    negotiation::{self, Identity},
    outbox::Outbox,
    rooms::{RoomKey, Rooms},
    session::{Purpose, Session},
    spread::Peers,
    stats::{CoreStats, Counters, Spread},
    timers::Timers,
    wall::Served,
};

/// How long to wait when nothing at all is planned.
const IDLE: Duration = Duration::from_secs(60);

/// A request to open a session. Who asks, and what for, was verified by the caller.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    pub room: RoomId,
    pub participant: ParticipantId,
    /// Chosen by the caller; unique.
    pub session: SessionId,
    /// What the participant may publish; anything else in the offer is answered and ignored.
    pub publish: SourceSet,
    /// The SDP offer.
    pub sdp: String,
    /// The purpose of each m-line.
    pub tracks: Vec<TrackPurpose>,
    pub viewing: Viewing,
}

/// Who says what a session shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewing {
    /// The client, over the data channel that its offer must have.
    Client,
    /// The node: screens, then whoever speaks, then the others, until the client says something
    /// else. For clients that don't know our data channel (WHIP, WHEP).
    Automatic,
}

/// Whose deadline a timer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    Session(SessionKey),
    /// What the session sends and str0m knows nothing of.
    Egress(SessionKey),
    Room(RoomKey),
}

/// One shard.
pub struct Core {
    pub(crate) config: CoreConfig,
    pub(crate) identity: Identity,
    pub(crate) rng: StdRng,
    pub(crate) sessions: Slab<Session>,
    pub(crate) by_id: HashMap<SessionId, SessionKey>,
    pub(crate) by_ufrag: HashMap<String, SessionKey>,
    pub(crate) addresses: Addresses,
    pub(crate) rooms: Rooms,
    pub(crate) peers: Peers,
    /// Sessions that something was written to since str0m was last polled.
    pub(crate) touched: VecDeque<SessionKey>,
    pub(crate) undelivered: Undelivered,
    pub(crate) timers: Timers<Timer>,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) outbox: Outbox,
    /// For opening RTCP.
    pub(crate) scratch: Vec<u8>,
    pub(crate) counters: Counters,
    /// Packets of pictures that came from publishers.
    pub(crate) pictures: u64,
    /// What datagrams cost their sender.
    pub(crate) prices: Prices,
    pub(crate) doubled: Doubled,
    /// See [`Self::set_behind`].
    pub(crate) behind: bool,
    /// See [`Self::set_late`].
    late: Duration,
    /// Sessions whose ICE and DTLS are not up yet.
    pub(crate) handshakes: usize,
    /// Whom a panic would end now.
    pub(crate) served: Served,
    draining: bool,
    #[cfg(test)]
    pub(crate) trap: crate::trap::Trap,
}

impl Core {
    /// A shard with nobody on it. Makes one DTLS certificate.
    ///
    /// # Panics
    ///
    /// When the crypto library cannot make a certificate, which only a broken build does.
    pub fn new(config: CoreConfig) -> Self {
        let crypto = Arc::new(szpon_sfu_srtp::crypto_provider());
        let certificate =
            crypto.dtls_provider.generate_certificate().expect("the provider makes certificates");
        let mut rng = StdRng::from_seed(config.seed);
        let mut core = Self {
            identity: Identity { crypto, certificate },
            prices: Prices::new(&config.limits),
            // Packets for a track of this shard's former life must not find one of this.
            rooms: Rooms::new(u64::from(rng.random::<u32>()) << 32),
            peers: Peers::new(&config.peers, rng.random()),
            rng,
            config,
            sessions: Slab::new(),
            by_id: HashMap::new(),
            by_ufrag: HashMap::new(),
            addresses: Addresses::default(),
            touched: VecDeque::new(),
            undelivered: Undelivered::default(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            outbox: Outbox::default(),
            scratch: Vec::new(),
            counters: Counters::default(),
            pictures: 0,
            doubled: Doubled::default(),
            behind: false,
            late: Duration::ZERO,
            handshakes: 0,
            served: Served::Nobody,
            draining: false,
            #[cfg(test)]
            trap: crate::trap::Trap::default(),
        };
        core.say_hello();
        core
    }

    /// Opens a session and returns the SDP answer. An older session of the same participant in the
    /// same room ends.
    pub fn open(&mut self, now: Instant, request: OpenRequest) -> Result<String, OpenError> {
        let result = self
            .guarded(now, Served::Nobody, |core| core.try_open(now, request))
            .unwrap_or_else(cannot);
        if let Err(error) = &result {
            self.counters.sessions_refused += 1;
            tracing::info!(%error, "session refused");
        }
        result
    }

    fn try_open(&mut self, now: Instant, request: OpenRequest) -> Result<String, OpenError> {
        let OpenRequest { room, participant, session, publish, sdp, tracks, viewing } = request;
        let former = self.rooms.session_of(room, participant);
        self.check_room_for(session, former.is_some())?;
        let returns = former.is_some() || self.rooms.is_elsewhere(room, participant);
        self.check_limits_of(room, returns)?;
        let creds = self.config.stamp.credentials(self.config.shard, &mut self.rng);
        let publishes = tracks.iter().any(|track| matches!(track, TrackPurpose::Publish { .. }));
        let mut new =
            negotiation::new_peer(&self.config, &self.identity, creds.clone(), publishes, now)
                .map_err(|_| OpenError::BadOffer("it cannot be processed".into()))?;
        let peer = &mut new.peer;
        let negotiated = negotiation::answer(peer, &self.config, &sdp, &tracks, publish)?;
        if viewing == Viewing::Client && !negotiated.has_channel {
            return Err(OpenError::NoDataChannel);
        }
        if let Some(former) = former {
            self.served = Served::Session(former);
            self.end(now, former, "replaced");
            self.served = Served::Nobody;
        }
        let answer = negotiated.answer.clone();
        let purpose = Purpose::Participant { room, participant };
        let sections = negotiation::media_sections(&sdp);
        let initial = Bitrate::bps(self.config.initial_bitrate);
        let mut new = Session::new(session, purpose, new, creds, sections, initial, now);
        new.publishes = publishes;
        new.can_hear = negotiated.has_channel;
        let key = self.insert(now, new);
        self.served = Served::Session(key);
        #[cfg(test)]
        self.trap.step(crate::trap::Place::Open, key);
        self.join(now, key, room, participant, negotiated, viewing);
        self.take_seat(now, key, room, participant);
        tracing::info!(%room, %participant, %session, "session opened");
        Ok(answer)
    }

    /// Opens a session for a connection test: a data channel that answers pings. Returns the SDP
    /// answer.
    pub fn open_probe(
        &mut self,
        now: Instant,
        session: SessionId,
        sdp: &str,
    ) -> Result<String, OpenError> {
        let result = self
            .guarded(now, Served::Nobody, |core| core.try_open_probe(now, session, sdp))
            .unwrap_or_else(cannot);
        if result.is_err() {
            self.counters.sessions_refused += 1;
        }
        result
    }

    fn try_open_probe(
        &mut self,
        now: Instant,
        session: SessionId,
        sdp: &str,
    ) -> Result<String, OpenError> {
        self.check_room_for(session, false)?;
        let creds = self.config.stamp.credentials(self.config.shard, &mut self.rng);
        let mut new =
            negotiation::new_peer(&self.config, &self.identity, creds.clone(), false, now)
                .map_err(|_| OpenError::BadOffer("it cannot be processed".into()))?;
        let answer = negotiation::answer_probe(&mut new.peer, &self.config, sdp)?;
        let sections = negotiation::media_sections(sdp);
        let initial = Bitrate::bps(self.config.initial_bitrate);
        let purpose = Purpose::Probe;
        self.insert(now, Session::new(session, purpose, new, creds, sections, initial, now));
        Ok(answer)
    }

    fn check_room_for(&self, session: SessionId, replaces: bool) -> Result<(), OpenError> {
        if self.draining {
            return Err(OpenError::Draining);
        }
        if self.by_id.contains_key(&session) {
            return Err(OpenError::DuplicateSession);
        }
        if self.sessions.len() >= self.config.limits.sessions && !replaces {
            return Err(OpenError::TooManySessions);
        }
        if self.handshakes >= self.config.limits.handshakes {
            return Err(OpenError::TooManyHandshakes);
        }
        Ok(())
    }

    fn check_limits_of(&self, room: RoomId, replaces: bool) -> Result<(), OpenError> {
        match self.rooms.occupants(room) {
            0 if self.rooms.len() >= self.config.limits.rooms => Err(OpenError::TooManyRooms),
            n if n >= self.config.limits.sessions_per_room && !replaces => Err(OpenError::RoomFull),
            _ => Ok(()),
        }
    }

    /// Accepts an offer with new ICE credentials: the peer has changed its network. Media continues
    /// to the old address until the new one is chosen. Returns the SDP answer.
    pub fn restart_ice(
        &mut self,
        now: Instant,
        session: SessionId,
        sdp: &str,
    ) -> Result<String, RestartError> {
        let key = *self.by_id.get(&session).ok_or(RestartError::UnknownSession)?;
        self.guarded(now, Served::Session(key), |core| core.try_restart(now, key, sdp))
            .unwrap_or_else(|| Err(RestartError::BadOffer("it cannot be processed".into())))
    }

    fn try_restart(
        &mut self,
        now: Instant,
        key: SessionKey,
        sdp: &str,
    ) -> Result<String, RestartError> {
        let creds = self.config.stamp.credentials(self.config.shard, &mut self.rng);
        let state = &mut self.sessions[key];
        let restarted =
            negotiation::answer_restart(&mut state.peer, &self.config, sdp, &creds, &state.offered)
                .map_err(RestartError::BadOffer)?;
        if restarted.changed {
            self.by_ufrag.remove(&state.creds.ufrag);
            state.discovered = 0;
            state.consent.restart();
            self.by_ufrag.insert(creds.ufrag.clone(), key);
            state.creds = creds;
            self.counters.ice_restarts += 1;
            tracing::info!(session = %state.id, "ICE restarted");
        }
        // The peer has shown over HTTP that it lives.
        self.heard(now, key);
        self.touch(key);
        Ok(restarted.answer)
    }

    /// Ends a session at its client's wish. False when there is none.
    pub fn close(&mut self, now: Instant, session: SessionId) -> bool {
        let Some(&key) = self.by_id.get(&session) else { return false };
        self.guarded(now, Served::Session(key), |core| core.end(now, key, "closed"));
        true
    }

    /// Whether the session is open here.
    pub fn has_session(&self, session: SessionId) -> bool {
        self.by_id.contains_key(&session)
    }

    /// Who holds the session; none for a connection test or an unknown session.
    pub fn participant_of(&self, session: SessionId) -> Option<(RoomId, ParticipantId)> {
        match self.sessions[*self.by_id.get(&session)?].purpose {
            Purpose::Participant { room, participant } => Some((room, participant)),
            Purpose::Probe => None,
        }
    }

    /// Does what signalling says.
    pub fn command(&mut self, now: Instant, command: NodeCommand) {
        match command {
            NodeCommand::Remove { room, participant } => {
                if let Some(key) = self.rooms.session_of(room, participant) {
                    self.guarded(now, Served::Session(key), |core| core.end(now, key, "removed"));
                }
            }
            NodeCommand::Allow { room, participant, sources } => {
                let key = self.rooms.session_of(room, participant);
                let serves = key.map_or(Served::Nobody, Served::Session);
                self.guarded(now, serves, |core| core.allow(now, room, participant, sources));
            }
            NodeCommand::Close { room } => {
                for key in self.rooms.sessions_of(room) {
                    let end = |core: &mut Self| core.end(now, key, "room closed");
                    self.guarded(now, Served::Session(key), end);
                }
                self.rooms.forget(room);
            }
        }
    }

    /// Tells everyone to come back after `after`, and opens no session any more. Sessions go on
    /// until the owner of the shard stops.
    pub fn drain(&mut self, after: Duration) {
        self.draining = true;
        let after_ms = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
        let keys: Vec<SessionKey> = self.sessions.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.send(key, &FromNode::Draining { after_ms });
        }
    }

    /// Exchanges what is to be sent for an outbox that was sent, whose datagrams are forgotten.
    /// To be called when [`Core::poll`] says [`Output::Wait`] or [`Output::Send`].
    pub fn take_outbox(&mut self, sent: &mut Outbox) {
        self.counters.datagrams_sent += self.outbox.len() as u64;
        self.counters.bytes_sent += self.outbox.bytes() as u64;
        sent.clear();
        std::mem::swap(&mut self.outbox, sent);
    }

    /// How much later it is by now than what [`Self::poll`] is told. A frame for a thousand viewers takes tens
    /// of milliseconds to send, each time others, which the estimators of those who get it last would take for
    /// a delay on the way.
    pub fn set_late(&mut self, late: Duration) {
        self.late = late;
    }

    /// What is to be done next. Call until it says [`Output::Wait`].
    pub fn poll(&mut self, now: Instant) -> Output {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            if self.deliver_some(now + self.late) == Progress::Full {
                return Output::Send;
            }
            if let Some(key) = self.touched.pop_front() {
                if self.sessions.get(key).is_some_and(|session| session.touched) {
                    self.guarded(now, Served::Session(key), |core| core.run(now, key));
                }
                continue;
            }
            match self.timers.pop_due(now) {
                Some(Timer::Session(key)) => {
                    self.guarded(now, Served::Session(key), |core| core.run(now, key));
                }
                Some(Timer::Egress(key)) => {
                    self.guarded(now, Served::Session(key), |core| core.send_waiting(now, key));
                }
                Some(Timer::Room(room)) => {
                    self.guarded(now, Served::Room(room), |core| core.tick_room(now, room));
                }
                None => return Output::Wait(self.timers.next().unwrap_or(now + IDLE)),
            }
        }
    }

    /// What the shard holds and has done. Costs time in proportion to the sessions.
    pub fn stats(&self, now: Instant) -> CoreStats {
        let mut rooms: HashMap<RoomId, Vec<SessionStats>> = HashMap::new();
        for (_, session) in &self.sessions {
            let Purpose::Participant { room, participant } = session.purpose else { continue };
            let connected_seconds =
                session.connected.map_or(0, |at| now.saturating_duration_since(at).as_secs());
            rooms.entry(room).or_default().push(SessionStats {
                session: session.id,
                participant,
                transport: session.transport.name().to_owned(),
                connected_seconds,
                rx_bits_per_second: session.rates.rx_bits_per_second,
                tx_bits_per_second: session.rates.tx_bits_per_second,
                estimate_bits_per_second: Some(session.egress.estimate().as_bps()),
                tx_loss: session.egress.loss(),
                rx_loss: session.rates.rx_loss,
                rtt_ms: session.egress.rtt().map(|rtt| rtt.as_secs_f64() * 1e3),
            });
        }
        let mut rooms: Vec<RoomStats> = rooms
            .into_iter()
            .map(|(room, sessions)| RoomStats {
                room,
                shards: vec![self.config.shard.into()],
                sessions,
            })
            .collect();
        rooms.sort_by_key(|room| room.room);
        CoreStats { sessions: self.sessions.len() as u32, rooms, counters: self.counters }
    }

    /// What the shard has done since start; cheap.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Packets of media since start whose time matters: of pictures, and of sound that somebody hears.
    /// Muted microphones go on sending silence.
    pub fn carried(&self) -> u64 {
        let Counters { packets_forwarded, packets_relayed, .. } = self.counters;
        self.pictures + packets_forwarded + packets_relayed
    }

    /// Sessions whose ICE and DTLS are not up yet.
    pub fn handshakes(&self) -> usize {
        self.handshakes
    }

    /// Sessions and rooms held now; cheap.
    pub fn load(&self) -> (usize, usize) {
        (self.sessions.len(), self.rooms.len())
    }

    /// What the shard holds of rooms that others hold as well.
    pub fn spread(&self) -> Spread {
        let mut spread =
            Spread { rooms_elsewhere: self.peers.rooms_elsewhere(), ..Spread::default() };
        for (_, room) in self.rooms.iter() {
            spread.rooms += usize::from(!room.parts.is_empty());
            spread.members_elsewhere += room.elsewhere.len();
            for (_, track) in &room.tracks {
                spread.mirrors += usize::from(!track.is_here());
                spread.relays += track.relays.len();
            }
        }
        spread
    }

    /// Flows (transport and address of a peer) that are bound to a session now.
    pub fn flows(&self) -> usize {
        self.addresses.len()
    }

    pub(crate) fn emit(&mut self, event: CoreEvent) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn emit_node(&mut self, event: NodeEvent) {
        self.emit(CoreEvent::Node(event));
    }
}

/// What a client hears when its request met a panic.
fn cannot<T>() -> Result<T, OpenError> {
    Err(OpenError::BadOffer("it cannot be processed".into()))
}
