//! The task of one room: takes jobs one after the other, stores what follows, then tells people.

use std::{collections::HashMap, sync::Arc, time::Duration};

use szpon_kit::transaction;
use szpon_protocol::{
    MessageId, OfficeId, ParticipantId, RoomId,
    admin::AuditAction,
    bus::NodeEvent,
    media::SourceSet,
    room::{MediaGrant, ToClient},
};
use szpon_signalling_core::{
    AuditNote, CloseReason, Effect, Input, Outcome, Room, RoomState, SocketId,
};
use tokio::sync::mpsc;

use super::{
    Command, Counts, Job, command,
    outgoing::{Outlet, close, close_code, encode},
};
use crate::{
    AppState, audit, directory,
    rooms::{
        grants,
        store::{meetings, places, streams},
    },
};

/// Why a room's task gives up. Its sockets are closed, and the next one who comes starts it anew
/// from what is stored: memory that the store doesn't agree with is worse than none.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// Nobody can have a token for it; a job came for an id that never existed.
    #[error("there is no such room")]
    Unknown,
}

pub(super) async fn run(
    state: AppState,
    id: RoomId,
    generation: u64,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    counts: Arc<Counts>,
) {
    let mut actor = match Actor::load(state.clone(), id, counts).await {
        Ok(actor) => actor,
        Err(error) => {
            tracing::error!(room = %id, %error, "a room can't be loaded");
            // Dropping the jobs tells whoever waits for them.
            jobs.close();
            state.rooms.live.retire(id, generation, &jobs);
            return;
        }
    };
    tracing::info!(room = %id, "a room is live");
    loop {
        let job = tokio::select! {
            job = jobs.recv() => job,
            () = actor.due() => Some(Job { command: Command::Input(Input::Tick), done: None }),
        };
        let Some(Job { command, done }) = job else { break };
        if let Err(error) = actor.take(command).await {
            tracing::error!(room = %id, %error, "a room starts anew");
            actor.give_up();
            jobs.close();
            state.rooms.live.retire(id, generation, &jobs);
            return;
        }
        if let Some(done) = done {
            let _ = done.send(());
        }
        if actor.room.is_idle() && state.rooms.live.retire(id, generation, &jobs) {
            break;
        }
    }
    tracing::info!(room = %id, "a room is put away");
}

struct Actor {
    state: AppState,
    room: Room,
    office: OfficeId,
    outlets: HashMap<SocketId, Outlet>,
    counts: Arc<Counts>,
}

impl Actor {
    async fn load(app: AppState, id: RoomId, counts: Arc<Counts>) -> Result<Self, Broken> {
        let mut conn = app.db.read().await?;
        let meeting = meetings::find(&mut conn, id).await?.ok_or(Broken::Unknown)?;
        let office = directory::store::office(&mut conn, meeting.office).await?;
        let state = RoomState {
            id,
            title: meeting.title,
            office_name: office.map(|office| office.name).unwrap_or_default(),
            capacity: app.settings.room_people,
            locked: meeting.locked,
            waiting_room: meeting.waiting_room,
            started_at: meeting.started_at,
            ended_at: meeting.ended_at.or(meeting.cancelled_at),
            seats: places::present(&mut conn, id).await?,
            chat: places::chat(&mut conn, id).await?,
        };
        drop(conn);
        let room = Room::load(state, app.clock.now());
        counts.set(room.participants_now(), room.waiting_now());
        Ok(Self { state: app, room, office: meeting.office, outlets: HashMap::new(), counts })
    }

    /// Until the room wants to be woken; for ever when it doesn't.
    async fn due(&self) {
        match self.room.wake_at() {
            Some(at) => {
                let ms = u64::try_from(at.since(self.state.clock.now())).unwrap_or(0);
                tokio::time::sleep(Duration::from_millis(ms)).await;
            }
            None => std::future::pending().await,
        }
    }

    async fn take(&mut self, command: Command) -> Result<(), Broken> {
        match command {
            Command::Open { socket, participant, name, outlet } => {
                self.open(socket, participant, name, outlet).await
            }
            Command::Message { socket, message } => {
                self.input(Input::Message { socket, message, fresh: MessageId::new() }).await
            }
            Command::Renew { socket } => {
                self.renew(socket);
                Ok(())
            }
            Command::Input(Input::Node(event)) => self.node_event(event).await,
            Command::Input(input) => {
                if let Input::Closed { socket } = &input {
                    self.outlets.remove(socket);
                }
                self.input(input).await
            }
        }
    }

    async fn open(
        &mut self,
        socket: SocketId,
        participant: ParticipantId,
        name: String,
        outlet: Outlet,
    ) -> Result<(), Broken> {
        let mut conn = self.state.db.read().await?;
        let place = places::find(&mut conn, self.room.id(), participant).await?;
        drop(conn);
        let Some(place) = place else {
            // The token is ours, but the place was erased since.
            let _ = outlet.close(close::REMOVED);
            return Ok(());
        };
        // Whoever is here stays; whoever comes anew finds the way in closed.
        if place.withdrawn && !self.room.knows(participant) {
            let told = ToClient::Removed { reason: place.seat.reason };
            let _ = outlet.send(encode(&told));
            let _ = outlet.close(close_code(CloseReason::Removed));
            return Ok(());
        }
        self.outlets.insert(socket, outlet);
        self.input(Input::Opened { socket, seat: place.seat, name }).await
    }

    /// A media node reports. Of a newcomer without a socket the room can't tell whether it is a
    /// stream, so its place is brought along.
    async fn node_event(&mut self, event: NodeEvent) -> Result<(), Broken> {
        if let NodeEvent::Connected { room, participant, .. } = event
            && room == self.room.id()
            && !self.room.knows(participant)
        {
            let mut conn = self.state.db.read().await?;
            let found = streams::open(&mut conn, room, participant).await?;
            drop(conn);
            if let Some((stream, seat)) = found {
                return self.input(Input::Streams { seat, sources: stream.sources }).await;
            }
        }
        self.input(Input::Node(event)).await
    }

    /// Handles an input: first stores, then acts. Sockets that can't keep up are closed, which is
    /// an input again.
    async fn input(&mut self, input: Input) -> Result<(), Broken> {
        let mut next = vec![input];
        while let Some(input) = next.pop() {
            let now = self.state.clock.now();
            let outcome = self.room.handle(input, now);
            self.store(&outcome).await?;
            self.counts.set(self.room.participants_now(), self.room.waiting_now());
            for socket in self.act(outcome.effects).await {
                self.outlets.remove(&socket);
                next.push(Input::Closed { socket });
            }
        }
        Ok(())
    }

    async fn store(&self, outcome: &Outcome) -> Result<(), Broken> {
        if outcome.changes.is_empty() && outcome.audit.is_empty() {
            return Ok(());
        }
        let (id, office, now) = (self.room.id(), self.office, self.state.clock.now());
        transaction!(self.state.db, |conn| {
            places::apply(conn, id, &outcome.changes, now).await?;
            for note in &outcome.audit {
                audit::record(conn, event(note, office, id), now).await?;
            }
            Ok::<_, sqlx::Error>(())
        })?;
        Ok(())
    }

    /// Carries the effects out; gives the sockets that are too far behind.
    async fn act(&mut self, effects: Vec<Effect>) -> Vec<SocketId> {
        let mut behind = Vec::new();
        for effect in effects {
            match effect {
                Effect::Send { to, message } => {
                    let text = encode(&message);
                    for socket in to {
                        if let Some(outlet) = self.outlets.get(&socket)
                            && outlet.send(text.clone()).is_err()
                        {
                            behind.push(socket);
                        }
                    }
                }
                Effect::Enter { socket, you, room, publish } => {
                    let Some(media) = self.grant(you, publish) else { continue };
                    let told = ToClient::Entered { you, room: *room, media };
                    self.send(socket, &told, &mut behind);
                }
                Effect::Grant { socket, you, publish } => {
                    let Some(media) = self.grant(you, publish) else { continue };
                    self.send(socket, &ToClient::Media { media }, &mut behind);
                }
                Effect::Close { socket, reason } => {
                    if let Some(outlet) = self.outlets.remove(&socket) {
                        let _ = outlet.close(close_code(reason));
                    }
                }
                Effect::Node(order) => command(&self.state, &order).await,
            }
        }
        behind.sort_unstable();
        behind.dedup();
        behind
    }

    fn send(&self, socket: SocketId, message: &ToClient, behind: &mut Vec<SocketId>) {
        if let Some(outlet) = self.outlets.get(&socket)
            && outlet.send(encode(message)).is_err()
        {
            behind.push(socket);
        }
    }

    fn grant(&self, participant: ParticipantId, publish: SourceSet) -> Option<MediaGrant> {
        let (office, room) = (self.office, self.room.id());
        match grants::media(&self.state, office, room, participant, publish) {
            Ok(grant) => Some(grant),
            Err(error) => {
                tracing::error!(room = %room, %error, "a media token can't be signed");
                None
            }
        }
    }

    /// The newest token for opening this socket again.
    fn renew(&self, socket: SocketId) {
        let Some(seat) = self.room.seat_of(socket) else { return };
        let (office, room) = (self.office, self.room.id());
        match grants::participant(&self.state, office, room, seat) {
            Ok(signed) => {
                let told = ToClient::Token { token: signed.token, expires_at: signed.expires_at };
                // One that is too far behind for this is noticed at the next message.
                self.send(socket, &told, &mut Vec::new());
            }
            Err(error) => tracing::error!(room = %room, %error, "a token can't be signed"),
        }
    }

    fn give_up(&mut self) {
        for (_, outlet) in self.outlets.drain() {
            let _ = outlet.close(close::RESTART);
        }
        self.counts.set(0, 0);
    }
}

/// A privileged act in the room, for the office's log.
fn event(note: &AuditNote, office: OfficeId, room: RoomId) -> audit::Event {
    let mut details = serde_json::Map::new();
    details.insert("room".into(), room.to_string().into());
    if let Some(role) = note.role {
        details.insert("role".into(), serde_json::json!(role));
    }
    let event = audit::by_system(note.action).in_office(office).with(details.into());
    // The end of a meeting is about the room, everything else about a participant.
    let event = match note.action {
        AuditAction::RoomEnded => event.on(room),
        _ => event.on(note.target),
    };
    match note.actor {
        Some(person) => event.actor(person),
        None => event,
    }
}
