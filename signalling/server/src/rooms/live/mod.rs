//! Rooms that somebody uses: one task each, which alone changes what the room is.

mod actor;
pub mod outgoing;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use szpon_protocol::{
    ParticipantId, RoomId,
    bus::{NODE_COMMANDS, NodeCommand, NodeEvent},
    room::ToRoom,
};
use szpon_signalling_core::{Input, SocketId};
use tokio::sync::{mpsc, oneshot};

use crate::{AppState, rooms::store::streams};
use outgoing::Outlet;

/// What the task of a room is asked to do.
pub(super) enum Command {
    /// A socket was opened with a valid token.
    Open {
        socket: SocketId,
        participant: ParticipantId,
        name: String,
        outlet: Outlet,
    },
    Message {
        socket: SocketId,
        message: ToRoom,
    },
    /// Give the socket a new token.
    Renew {
        socket: SocketId,
    },
    Input(Input),
}

/// A command, and who waits for it to be done.
pub(super) struct Job {
    command: Command,
    done: Option<oneshot::Sender<()>>,
}

/// How many are in a live room and how many wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Occupancy {
    pub participants: u32,
    pub waiting: u32,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    participants: AtomicU32,
    waiting: AtomicU32,
}

impl Counts {
    pub(super) fn set(&self, participants: usize, waiting: usize) {
        self.participants.store(u32::try_from(participants).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.waiting.store(u32::try_from(waiting).unwrap_or(u32::MAX), Ordering::Relaxed);
    }
}

struct Entry {
    /// Tells one task of a room from a later one.
    generation: u64,
    jobs: mpsc::UnboundedSender<Job>,
    counts: Arc<Counts>,
}

/// All live rooms of this process. Clones share them.
#[derive(Clone, Default)]
pub struct Live(Arc<Registry>);

#[derive(Default)]
struct Registry {
    rooms: Mutex<HashMap<RoomId, Entry>>,
    sockets: AtomicU64,
    generations: AtomicU64,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("rooms", &self.ids().len()).finish()
    }
}

impl Live {
    pub(super) fn new_socket(&self) -> SocketId {
        SocketId(self.0.sockets.fetch_add(1, Ordering::Relaxed))
    }

    fn ids(&self) -> Vec<RoomId> {
        let rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.keys().copied().collect()
    }

    /// Has a room loaded, so that those who were in it when the server went down and don't come
    /// back are noticed.
    pub fn wake(&self, state: &AppState, room: RoomId) {
        self.send(state, room, Command::Input(Input::Tick), None);
    }

    /// How many are in the room; nobody when it isn't live.
    pub fn occupancy(&self, room: RoomId) -> Occupancy {
        let rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.get(&room).map_or(Occupancy::default(), |entry| Occupancy {
            participants: entry.counts.participants.load(Ordering::Relaxed),
            waiting: entry.counts.waiting.load(Ordering::Relaxed),
        })
    }

    /// Has the room's task take `command`, and waits until it did: one who sends faster than the
    /// room works is held up here instead of in a queue. False when the room could not take it.
    pub(super) async fn call(&self, state: &AppState, room: RoomId, command: Command) -> bool {
        let (done, waiting) = oneshot::channel();
        self.send(state, room, command, Some(done));
        waiting.await.is_ok()
    }

    /// As [`Self::call`], but only when the room is live; for news that a stored room has no use for.
    pub(super) async fn tell(&self, room: RoomId, input: Input) {
        let (done, waiting) = oneshot::channel();
        let job = Job { command: Command::Input(input), done: Some(done) };
        if self.is_live_and_takes(room, job) {
            let _ = waiting.await;
        }
    }

    fn is_live_and_takes(&self, room: RoomId, job: Job) -> bool {
        let rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.get(&room).is_some_and(|entry| entry.jobs.send(job).is_ok())
    }

    fn send(
        &self,
        state: &AppState,
        room: RoomId,
        command: Command,
        done: Option<oneshot::Sender<()>>,
    ) {
        let job = Job { command, done };
        let mut rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match rooms.get(&room) {
            Some(entry) => match entry.jobs.send(job) {
                Ok(()) => return,
                // The task ended on an error; another one starts from what is stored.
                Err(mpsc::error::SendError(job)) => job,
            },
            None => job,
        };
        let generation = self.0.generations.fetch_add(1, Ordering::Relaxed);
        let (jobs, receiver) = mpsc::unbounded_channel();
        let counts = Arc::new(Counts::default());
        let _ = jobs.send(job);
        rooms.insert(room, Entry { generation, jobs, counts: counts.clone() });
        tokio::spawn(actor::run(state.clone(), room, generation, receiver, counts));
    }

    /// Puts a room away unless somebody sent it something in the meantime. Senders hold the same
    /// lock, so nothing gets lost between the look and the removal.
    pub(super) fn retire(
        &self,
        room: RoomId,
        generation: u64,
        jobs: &mpsc::UnboundedReceiver<Job>,
    ) -> bool {
        let mut rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if !jobs.is_empty() {
            return false;
        }
        if rooms.get(&room).is_some_and(|entry| entry.generation == generation) {
            rooms.remove(&room);
        }
        true
    }

    /// Tells everyone in every room that the server goes down.
    pub async fn drain(&self, after_ms: u32) {
        self.tell_all(&Input::Drain { after_ms }).await;
    }

    /// Something concerns every live room.
    pub(super) async fn tell_all(&self, input: &Input) {
        for room in self.ids() {
            self.tell(room, input.clone()).await;
        }
    }

    /// A media node reports.
    pub(super) async fn node_event(&self, state: &AppState, event: NodeEvent) {
        let (NodeEvent::Connected { room, participant, .. }
        | NodeEvent::Silent { room, participant, .. }
        | NodeEvent::Resumed { room, participant, .. }
        | NodeEvent::Gone { room, participant, .. }) = event;
        let connected = matches!(event, NodeEvent::Connected { .. });
        let (done, waiting) = oneshot::channel();
        let input = Input::Node(event.clone());
        let job = Job { command: Command::Input(input), done: Some(done) };
        if self.is_live_and_takes(room, job) {
            let _ = waiting.await;
        } else if connected && is_stream(state, room, participant).await {
            // An encoder that is there before anybody else.
            let command = Command::Input(Input::Node(event));
            self.call(state, room, command).await;
        } else if connected {
            // A session was being set up while the last one left.
            command(state, &NodeCommand::Remove { room, participant }).await;
        }
    }
}

/// Whether the participant is a stream that was not revoked.
async fn is_stream(state: &AppState, room: RoomId, participant: ParticipantId) -> bool {
    let found = async {
        let mut conn = state.db.read().await?;
        streams::open(&mut conn, room, participant).await
    };
    match found.await {
        Ok(found) => found.is_some(),
        Err(error) => {
            tracing::error!(%error, "the streams can't be read");
            false
        }
    }
}

pub(super) async fn command(state: &AppState, command: &NodeCommand) {
    if let Err(error) = state.bus.publish_json(NODE_COMMANDS, command).await {
        tracing::error!(%error, "a command did not reach the media nodes");
    }
}
