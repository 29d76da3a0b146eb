//! A small world around a room: a store that only learns what it is told, and clients that only
//! know what they were sent.

use std::collections::{BTreeMap, BTreeSet};

use szpon_protocol::{
    LinkId, MessageId, ParticipantId, PersonId, RoomId, Time,
    bus::NodeCommand,
    room::{ChatMessage, RoomRole, RoomSnapshot, ToClient, ToRoom},
};
use szpon_signalling_core::{
    CHAT_KEPT, Change, CloseReason, Effect, Input, Outcome, Room, RoomState, Seat, SocketId,
    Standing,
};
use uuid::Uuid;

pub const CAPACITY: usize = 5;

/// What a client shows.
#[derive(Debug, Clone, PartialEq)]
pub enum View {
    Nothing,
    Waiting { place: u32, of: u32, host_present: bool },
    In(Box<RoomSnapshot>),
    Out,
}

#[derive(Debug, Clone)]
pub struct Client {
    pub who: ParticipantId,
    pub view: View,
    pub heard: Vec<ToClient>,
    pub closed: Option<CloseReason>,
}

/// What was stored, and nothing else.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub seats: BTreeMap<ParticipantId, Seat>,
    pub chat: Vec<ChatMessage>,
    pub present: BTreeSet<ParticipantId>,
    pub room: Option<(bool, bool, Option<Time>, Option<Time>)>,
}

pub struct World {
    pub room: Room,
    pub now: Time,
    pub store: Store,
    pub clients: BTreeMap<SocketId, Client>,
    pub nodes: Vec<NodeCommand>,
    pub audit: usize,
    /// Who is in and has moderated since they came: the room's capacity did not count for them.
    pub moderated: BTreeSet<ParticipantId>,
    waiting_room: bool,
    next_socket: u64,
    next_message: u128,
}

pub fn participant(n: u8) -> ParticipantId {
    ParticipantId(Uuid::from_u128(0x1000 + u128::from(n)))
}

/// Participant 0 hosts, 1 is a colleague invited as co-host, 2 a colleague, 3 an interpreter by
/// link, the rest guests.
pub fn fresh_seat(n: u8, now: Time) -> Seat {
    let person = (n < 3).then(|| PersonId(Uuid::from_u128(0x2000 + u128::from(n))));
    let link = (n >= 3).then(|| LinkId(Uuid::from_u128(0x3000 + u128::from(n))));
    let role = match n {
        0 => RoomRole::Host,
        1 => RoomRole::CoHost,
        3 => RoomRole::Interpreter,
        _ => RoomRole::Participant,
    };
    Seat::new(participant(n), person, link, format!("Person {n}"), role, now)
}

impl World {
    pub fn new(waiting_room: bool) -> Self {
        let now = Time::from_millis(1_800_000_000_000);
        let room = Room::load(state(&Store::default(), waiting_room), now);
        Self {
            room,
            now,
            store: Store::default(),
            clients: BTreeMap::new(),
            nodes: Vec::new(),
            audit: 0,
            moderated: BTreeSet::new(),
            waiting_room,
            next_socket: 1,
            next_message: 1,
        }
    }

    pub fn open(&mut self, n: u8) -> SocketId {
        let socket = SocketId(self.next_socket);
        self.next_socket += 1;
        let who = participant(n);
        let seat = self.store.seats.get(&who).cloned().unwrap_or_else(|| fresh_seat(n, self.now));
        let name = seat.name.clone();
        let client = Client { who, view: View::Nothing, heard: Vec::new(), closed: None };
        self.clients.insert(socket, client);
        self.input(Input::Opened { socket, seat, name });
        socket
    }

    /// The network drops a socket.
    pub fn drop_socket(&mut self, socket: SocketId) {
        self.clients.remove(&socket);
        self.input(Input::Closed { socket });
    }

    pub fn say(&mut self, socket: SocketId, message: ToRoom) {
        let fresh = MessageId(Uuid::from_u128(self.next_message));
        self.next_message += 1;
        self.input(Input::Message { socket, message, fresh });
    }

    pub fn pass(&mut self, ms: i64) {
        let end = self.now.plus_millis(ms);
        while let Some(due) = self.room.wake_at().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.input(Input::Tick);
            assert!(
                self.room.wake_at().is_none_or(|next| next > self.now),
                "a tick leaves nothing due"
            );
        }
        self.now = end;
    }

    /// The process dies and another one starts from the store.
    pub fn restart(&mut self) {
        self.clients.clear();
        self.room = Room::load(state(&self.store, self.waiting_room), self.now);
    }

    pub fn input(&mut self, input: Input) {
        let outcome = self.room.handle(input, self.now);
        self.apply(outcome);
        let inside = |id: &ParticipantId| self.store.seats[id].standing == Standing::In;
        self.moderated.retain(inside);
        let moderators = self.store.seats.values().filter(|s| s.role.moderates());
        self.moderated.extend(moderators.map(|s| s.id).filter(inside));
    }

    fn apply(&mut self, outcome: Outcome) {
        for change in outcome.changes {
            self.store.learn(change);
        }
        self.audit += outcome.audit.len();
        for effect in outcome.effects {
            match effect {
                Effect::Send { to, message } => {
                    let unique: BTreeSet<_> = to.iter().collect();
                    assert_eq!(unique.len(), to.len(), "nobody is told twice: {message:?}");
                    for socket in to {
                        if let Some(client) = self.clients.get_mut(&socket) {
                            client.hear((*message).clone());
                        }
                    }
                }
                Effect::Enter { socket, you, room, .. } => {
                    if let Some(client) = self.clients.get_mut(&socket) {
                        assert_eq!(client.who, you);
                        assert_eq!(client.closed, None);
                        assert!(room.participants.iter().any(|p| p.id == you));
                        client.view = View::In(room);
                    }
                }
                Effect::Grant { socket, you, .. } => {
                    if let Some(client) = self.clients.get(&socket) {
                        assert_eq!(client.who, you);
                        assert!(matches!(client.view, View::In(_)), "media only inside");
                    }
                }
                Effect::Close { socket, reason } => {
                    if let Some(client) = self.clients.get_mut(&socket) {
                        assert_eq!(client.closed.replace(reason), None, "closed twice");
                    }
                }
                Effect::Node(command) => self.nodes.push(command),
            }
        }
    }
}

fn state(store: &Store, waiting_room: bool) -> RoomState {
    let (locked, waiting_room, started_at, ended_at) =
        store.room.unwrap_or((false, waiting_room, None, None));
    let newest = store.chat.len().saturating_sub(CHAT_KEPT);
    RoomState {
        id: RoomId(Uuid::from_u128(7)),
        title: "Pozwolenie".into(),
        office_name: "Urząd".into(),
        capacity: CAPACITY,
        locked,
        waiting_room,
        started_at,
        ended_at,
        seats: store
            .seats
            .values()
            .filter(|s| matches!(s.standing, Standing::In | Standing::Waiting))
            .cloned()
            .collect(),
        chat: store.chat[newest..].to_vec(),
    }
}

impl Store {
    fn learn(&mut self, change: Change) {
        match change {
            Change::Seat(seat) => {
                self.seats.insert(seat.id, seat);
            }
            Change::Room { locked, waiting_room, started_at, ended_at } => {
                self.room = Some((locked, waiting_room, started_at, ended_at));
            }
            Change::Chat(message) => self.chat.push(message),
            Change::Arrived { participant, .. } => {
                assert!(self.present.insert(participant), "one stay at a time");
            }
            Change::Departed { participant, .. } => {
                assert!(self.present.remove(&participant), "only a stay that began can end");
            }
        }
    }
}

impl Client {
    /// Applies a message as the web client does.
    fn hear(&mut self, message: ToClient) {
        assert_eq!(self.closed, None, "silence after closing: {message:?}");
        match (&mut self.view, &message) {
            (View::In(_), ToClient::Waiting { .. }) => panic!("nobody is sent back to wait"),
            (view, ToClient::Waiting { you, place, of, host_present }) => {
                assert_eq!(*you, self.who);
                *view = View::Waiting { place: *place, of: *of, host_present: *host_present };
            }
            (View::In(_), ToClient::Note { .. }) => panic!("notes are for those who wait"),
            (
                view,
                ToClient::Refused { .. }
                | ToClient::Removed { .. }
                | ToClient::Ended
                | ToClient::Replaced,
            ) => *view = View::Out,
            (View::In(room), ToClient::Joined { participant }) => {
                assert!(room.participants.iter().all(|p| p.id != participant.id), "joins once");
                room.participants.push(participant.clone());
            }
            (View::In(room), ToClient::Updated { participant }) => {
                let known = room.participants.iter_mut().find(|p| p.id == participant.id);
                *known.expect("updates are about those who are in") = participant.clone();
            }
            (View::In(room), ToClient::Left { participant, .. }) => {
                let before = room.participants.len();
                room.participants.retain(|p| p.id != *participant);
                assert_eq!(room.participants.len() + 1, before, "only one who is in can leave");
            }
            (View::In(room), ToClient::WaitingRoom { waiting }) => {
                room.waiting.clone_from(waiting);
            }
            (View::In(room), ToClient::Chat { message }) => {
                if room.chat.iter().all(|m| m.id != message.id) {
                    room.chat.push(message.clone());
                    if room.chat.len() > CHAT_KEPT {
                        room.chat.remove(0);
                    }
                }
            }
            (View::In(room), ToClient::RoomUpdated { locked, waiting_room }) => {
                room.locked = *locked;
                room.waiting_room = *waiting_room;
            }
            (View::In(_), ToClient::Reacted { .. } | ToClient::SourcesTaken { .. }) => {}
            (
                _,
                ToClient::Pong { .. }
                | ToClient::Refusal { .. }
                | ToClient::Draining { .. }
                | ToClient::Note { .. },
            ) => {}
            (view, message) => panic!("{message:?} reached somebody with {view:?}"),
        }
        self.heard.push(message);
    }
}
