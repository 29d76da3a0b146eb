//! The room's state, and the way every input takes through it.

use std::collections::{BTreeMap, HashMap, VecDeque};

use szpon_protocol::{
    Code, MessageId, ParticipantId, RoomId, Time,
    bus::{NodeCommand, NodeEvent},
    media::SourceSet,
    room::{ChatMessage, LeaveReason, RoomSnapshot, ToClient, ToRoom, WaitingPerson},
};

use crate::{
    Access, Bucket, Change, CloseReason, Effect, Input, Outcome, Seat, SocketId, Standing, chat,
    sharing,
};

/// How long the place of somebody in the room is kept without a socket, in milliseconds. Long
/// enough for a change of network and a page reload.
pub const RECONNECT_GRACE_MS: i64 = 30_000;
/// The same for the waiting room, in milliseconds: phones suspend a page that only waits.
pub const WAITING_GRACE_MS: i64 = 60_000;
/// How many chat messages a snapshot carries.
pub const CHAT_KEPT: usize = 200;
/// How many may wait at once. Bounds what a leaked link can cost.
pub const WAITING_MAX: usize = 200;

/// A room as it is stored, to start or resume from.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomState {
    pub id: RoomId,
    pub title: String,
    pub office_name: String,
    /// How many may be in at once. Moderators always may.
    pub capacity: usize,
    pub locked: bool,
    pub waiting_room: bool,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// Those who wait or are in; others are brought by [`Input::Opened`].
    pub seats: Vec<Seat>,
    /// The newest messages, oldest first.
    pub chat: Vec<ChatMessage>,
}

/// One who waits or is in.
#[derive(Debug, Clone)]
pub(crate) struct Present {
    pub(crate) seat: Seat,
    pub(crate) socket: Option<SocketId>,
    /// A stream's media session is up; it has no socket.
    pub(crate) streaming: bool,
    /// When the place is given up, while there is no socket.
    pub(crate) deadline: Option<Time>,
    /// The place, the length of the queue and the host's presence as last told.
    pub(crate) told: Option<(u32, u32, bool)>,
    pub(crate) chat_rate: Bucket,
    pub(crate) reaction_rate: Bucket,
}

impl Present {
    pub(crate) fn new(seat: Seat, now: Time) -> Self {
        Self {
            seat,
            socket: None,
            streaming: false,
            deadline: None,
            told: None,
            chat_rate: chat::rate(now),
            reaction_rate: sharing::reaction_rate(now),
        }
    }

    pub(crate) fn is_in(&self) -> bool {
        self.seat.standing == Standing::In
    }

    /// As others are told.
    pub(crate) fn is_connected(&self) -> bool {
        self.socket.is_some() || self.streaming
    }

    pub(crate) fn waits(&self) -> bool {
        self.seat.standing == Standing::Waiting
    }

    /// Sees the waiting room and may act on others.
    pub(crate) fn moderates(&self) -> bool {
        self.is_in() && self.seat.role.moderates()
    }

    pub(crate) fn grace_ms(&self) -> i64 {
        if self.is_in() { RECONNECT_GRACE_MS } else { WAITING_GRACE_MS }
    }
}

/// A room while somebody uses it.
#[derive(Debug, Clone)]
pub struct Room {
    pub(crate) state: RoomState,
    pub(crate) people: BTreeMap<ParticipantId, Present>,
    pub(crate) sockets: HashMap<SocketId, ParticipantId>,
    pub(crate) chat: VecDeque<ChatMessage>,
    /// The waiting room as moderators know it.
    announced: Vec<WaitingPerson>,
}

impl Room {
    /// Starts or resumes a room. Everyone who was in or waiting gets the usual time to come back,
    /// counted from now: they could not know that the server was away.
    pub fn load(mut state: RoomState, now: Time) -> Self {
        let mut people = BTreeMap::new();
        for seat in std::mem::take(&mut state.seats) {
            if matches!(seat.standing, Standing::In | Standing::Waiting) {
                let mut present = Present::new(seat, now);
                present.deadline = Some(now.plus_millis(present.grace_ms()));
                people.insert(present.seat.id, present);
            }
        }
        let mut chat = VecDeque::from(std::mem::take(&mut state.chat));
        while chat.len() > CHAT_KEPT {
            chat.pop_front();
        }
        let mut room = Self { state, people, sockets: HashMap::new(), chat, announced: Vec::new() };
        room.announced = room.waiting();
        room
    }

    pub fn id(&self) -> RoomId {
        self.state.id
    }

    /// How many are in, counting those whose connection is lost at the moment.
    pub fn participants_now(&self) -> usize {
        self.people.values().filter(|p| p.is_in()).count()
    }

    /// How many wait.
    pub fn waiting_now(&self) -> usize {
        self.people.values().filter(|p| p.waits()).count()
    }

    pub fn has_ended(&self) -> bool {
        self.state.ended_at.is_some()
    }

    /// Nobody is here, waits, or may come back within the grace: the room can be put away.
    pub fn is_idle(&self) -> bool {
        self.people.is_empty() && self.sockets.is_empty()
    }

    /// Whether the room holds a current place for this participant.
    pub fn knows(&self, participant: ParticipantId) -> bool {
        self.people.contains_key(&participant)
    }

    /// The current place of the participant behind a socket.
    pub fn seat_of(&self, socket: SocketId) -> Option<&Seat> {
        self.at(socket).map(|present| &present.seat)
    }

    /// When to come back with [`Input::Tick`].
    pub fn wake_at(&self) -> Option<Time> {
        self.people.values().filter_map(|p| p.deadline).min()
    }

    /// Takes one input. Never fails: what isn't allowed is answered to whoever asked.
    pub fn handle(&mut self, input: Input, now: Time) -> Outcome {
        let mut out = Outcome::default();
        match input {
            Input::Opened { socket, seat, name } => self.opened(socket, seat, name, now, &mut out),
            Input::Closed { socket } => self.closed(socket, now, &mut out),
            Input::Message { socket, message, fresh } => {
                let mark = match &message {
                    ToRoom::Chat { client_id, .. } => Some(client_id.clone()),
                    _ => None,
                };
                if let Err(code) = self.message(socket, message, fresh, now, &mut out) {
                    // A mark that is itself refused isn't repeated: it may be of any length.
                    let client_id = mark.filter(|id| crate::text::is_client_id(id));
                    out.send(vec![socket], ToClient::Refusal { code, client_id });
                }
            }
            Input::Node(event) => self.node_event(event, now, &mut out),
            Input::Streams { seat, sources } => self.stream_up(seat, sources, now, &mut out),
            Input::Tick => self.tick(now, &mut out),
            Input::Changed { title, waiting_room } => {
                self.state.title = title;
                if let Some(on) = waiting_room
                    && self.state.waiting_room != on
                {
                    self.state.waiting_room = on;
                    self.room_changed(&mut out);
                }
            }
            Input::Cancelled => self.end(now, &mut out),
            Input::Withdrawn { access, also_in } => {
                let theirs: Vec<_> = self
                    .people
                    .values()
                    .filter(|p| match access {
                        Access::Person(person) => p.seat.person == Some(person),
                        Access::Link(link) => p.seat.link == Some(link),
                        Access::Stream(stream) => p.seat.is_stream() && p.seat.id == stream,
                    })
                    .filter(|p| also_in || p.waits())
                    .map(|p| p.seat.id)
                    .collect();
                // Not `Removed`, which is for good: access may be given again, and until then the
                // way in is closed by itself.
                for id in theirs {
                    self.put_out(id, Standing::Left, String::new(), now, &mut out);
                }
            }
            Input::Drain { after_ms } => {
                let everyone = self.people.values().filter_map(|p| p.socket).collect();
                out.send(everyone, ToClient::Draining { after_ms });
            }
        }
        self.settle(now, &mut out);
        out
    }

    fn message(
        &mut self,
        socket: SocketId,
        message: ToRoom,
        fresh: MessageId,
        now: Time,
        out: &mut Outcome,
    ) -> Result<(), Code> {
        // A socket that was closed by the room may still deliver what was under way.
        let Some(&me) = self.sockets.get(&socket) else { return Ok(()) };
        if message == ToRoom::Leave {
            self.leave(me, LeaveReason::Left, now, out);
            return Ok(());
        }
        if !self.people.get(&me).is_some_and(Present::is_in) {
            return Err(Code::Forbidden);
        }
        match message {
            ToRoom::SetSources { sources } => self.set_sources(me, sources, out),
            ToRoom::RaiseHand { raised } => self.raise_hand(me, raised, now, out),
            ToRoom::React { reaction } => self.react(me, reaction, now, out),
            ToRoom::Chat { client_id, text } => self.say(me, client_id, &text, fresh, now, out),
            ToRoom::GetMedia => {
                out.effects.push(Effect::Grant { socket, you: me, publish: SourceSet::ALL });
                Ok(())
            }
            other => self.moderate(me, other, now, out),
        }
    }

    fn node_event(&mut self, event: NodeEvent, now: Time, out: &mut Outcome) {
        let (room, participant) = match event {
            NodeEvent::Connected { room, participant, .. } => (room, participant),
            NodeEvent::Gone { participant, .. } => return self.stream_down(participant, now, out),
            NodeEvent::Silent { .. } | NodeEvent::Resumed { .. } => return,
        };
        if room != self.state.id {
            return;
        }
        self.stream_returned(participant, out);
        // A node that was restarted has forgotten what it was told; and a session that was being
        // set up while its participant went must not stay.
        let command = match self.people.get(&participant) {
            Some(p) if p.is_in() => {
                NodeCommand::Allow { room, participant, sources: p.seat.sources }
            }
            _ => NodeCommand::Remove { room, participant },
        };
        out.effects.push(Effect::Node(command));
    }

    fn tick(&mut self, now: Time, out: &mut Outcome) {
        let due: Vec<_> = self
            .people
            .values()
            .filter(|p| p.deadline.is_some_and(|d| d <= now))
            .map(|p| p.seat.id)
            .collect();
        for id in due {
            self.leave(id, LeaveReason::Lost, now, out);
        }
    }

    /// Ends the meeting for everybody.
    pub(crate) fn end(&mut self, now: Time, out: &mut Outcome) {
        if self.has_ended() {
            return;
        }
        self.state.ended_at = Some(now);
        self.store_room(out);
        let everyone: Vec<_> = self.people.values().filter_map(|p| p.socket).collect();
        out.send(everyone.clone(), ToClient::Ended);
        for (id, mut present) in std::mem::take(&mut self.people) {
            if present.is_in() {
                out.changes.push(Change::Departed {
                    participant: id,
                    at: now,
                    reason: LeaveReason::Left,
                });
            }
            present.seat.standing = Standing::Left;
            present.seat.since = now;
            present.seat.sources = SourceSet::NONE;
            present.seat.hand_raised_at = None;
            out.changes.push(Change::Seat(present.seat));
        }
        for socket in everyone {
            self.sockets.remove(&socket);
            out.effects.push(Effect::Close { socket, reason: CloseReason::Ended });
        }
        out.effects.push(Effect::Node(NodeCommand::Close { room: self.state.id }));
    }

    /// Brings everything derived up to date after an input: who may come in now, what those who
    /// wait and the moderators should know.
    fn settle(&mut self, now: Time, out: &mut Outcome) {
        self.let_in_who_need_not_wait(now, out);
        let waiting = self.waiting();
        let of = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        let host_present = self.people.values().any(|p| p.moderates() && p.socket.is_some());
        for (place, person) in (1u32..).zip(&waiting) {
            let Some(present) = self.people.get_mut(&person.id) else { continue };
            let news = Some((place, of, host_present));
            if let Some(socket) = present.socket
                && present.told != news
            {
                present.told = news;
                let you = person.id;
                out.send(vec![socket], ToClient::Waiting { you, place, of, host_present });
            }
        }
        if waiting != self.announced {
            out.send(self.moderator_sockets(), ToClient::WaitingRoom { waiting: waiting.clone() });
            self.announced = waiting;
        }
    }

    /// The room as one who is in sees it.
    pub fn snapshot(&self, viewer: ParticipantId) -> RoomSnapshot {
        let moderates = self.people.get(&viewer).is_some_and(Present::moderates);
        let mut participants: Vec<_> = self
            .people
            .values()
            .filter(|p| p.is_in())
            .map(|p| p.seat.participant(p.is_connected()))
            .collect();
        participants.sort_by_key(|p| (p.joined_at, p.id));
        RoomSnapshot {
            id: self.state.id,
            title: self.state.title.clone(),
            office_name: self.state.office_name.clone(),
            locked: self.state.locked,
            waiting_room: self.state.waiting_room,
            participants,
            waiting: if moderates { self.waiting() } else { Vec::new() },
            chat: self.chat.iter().cloned().collect(),
            started_at: self.state.started_at.unwrap_or_default(),
        }
    }

    /// Those who wait, in order of arrival.
    pub(crate) fn waiting(&self) -> Vec<WaitingPerson> {
        let mut waiting: Vec<_> = self
            .people
            .values()
            .filter(|p| p.waits())
            .map(|p| p.seat.waiting_person(p.socket.is_some()))
            .collect();
        waiting.sort_by_key(|p| (p.since, p.id));
        waiting
    }

    pub(crate) fn at(&self, socket: SocketId) -> Option<&Present> {
        self.people.get(self.sockets.get(&socket)?)
    }

    /// Sockets of everybody who is in.
    pub(crate) fn in_sockets(&self) -> Vec<SocketId> {
        self.people.values().filter(|p| p.is_in()).filter_map(|p| p.socket).collect()
    }

    /// Sockets of everybody who is in except one.
    pub(crate) fn other_sockets(&self, except: ParticipantId) -> Vec<SocketId> {
        self.people
            .values()
            .filter(|p| p.is_in() && p.seat.id != except)
            .filter_map(|p| p.socket)
            .collect()
    }

    fn moderator_sockets(&self) -> Vec<SocketId> {
        self.people.values().filter(|p| p.moderates()).filter_map(|p| p.socket).collect()
    }

    /// Stores the place of somebody in the room and tells everybody in it.
    pub(crate) fn seat_changed(&self, id: ParticipantId, out: &mut Outcome) {
        let Some(present) = self.people.get(&id) else { return };
        out.changes.push(Change::Seat(present.seat.clone()));
        if present.is_in() {
            let participant = present.seat.participant(present.is_connected());
            out.send(self.in_sockets(), ToClient::Updated { participant });
        }
    }

    /// Stores the room's own state and tells everybody in it.
    pub(crate) fn room_changed(&self, out: &mut Outcome) {
        self.store_room(out);
        let RoomState { locked, waiting_room, .. } = self.state;
        out.send(self.in_sockets(), ToClient::RoomUpdated { locked, waiting_room });
    }

    pub(crate) fn store_room(&self, out: &mut Outcome) {
        let RoomState { locked, waiting_room, started_at, ended_at, .. } = self.state;
        out.changes.push(Change::Room { locked, waiting_room, started_at, ended_at });
    }
}

impl Outcome {
    pub(crate) fn send(&mut self, to: Vec<SocketId>, message: ToClient) {
        if !to.is_empty() {
            self.effects.push(Effect::Send { to, message: Box::new(message) });
        }
    }
}
