//! The room's WebSocket: one connection between a client and the task of its room.

use std::{pin::pin, time::Duration};

use axum::{
    extract::{
        State,
        ws::{
            CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection,
        },
    },
    response::Response,
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use szpon_kit::{problem::Failure, shutdown::Phase};
use szpon_protocol::{
    Code, RoomId,
    claims::ParticipantClaims,
    room::{SUBPROTOCOL, ToClient, ToRoom},
};
use szpon_signalling_core::{Bucket, Input, SocketId};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, interval_at, sleep_until, timeout},
};

use super::live::{
    Command,
    outgoing::{Outgoing, Outlet, close, encode, queue},
};
use crate::{AppState, caller::Participant};

/// Longest message from a client, in bytes: four times the longest chat message in the longest
/// UTF-8, with room for what is around it.
const MESSAGE_MAX_BYTES: usize = 16 * 1024;
/// Kept for each direction of a socket, and filled before the kernel is asked again. The library's own
/// 128 KiB would be half of what a participant costs.
const BUFFER_BYTES: usize = 4 * 1024;
/// How often the server pings. Proxies commonly end a connection that is silent for 60 s.
const PING_EVERY: Duration = Duration::from_secs(15);
/// A client that answered no ping for so long is gone.
const SILENT_AFTER: Duration = Duration::from_secs(40);
/// How long one message may take to get out to a client.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client gets to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How often the token is renewed over the socket; it lives for ten minutes.
const RENEW_EVERY: Duration = Duration::from_secs(240);
/// Messages at once, and milliseconds for one more.
const RATE: (u32, u32) = (60, 50);
/// A client that goes on after so many refusals isn't ours.
const STRIKES: u32 = 200;

/// The room's WebSocket. Offer the subprotocols `szpon.room.v1` and `bearer.<participant token>`.
/// The messages are the schemas `ToRoom` and `ToClient`.
#[utoipa::path(
    get,
    path = "/api/v1/room-socket",
    operation_id = "open_room_socket",
    tag = "rooms",
    responses((status = 101, description = "The connection is a WebSocket from now on")),
)]
pub async fn open(
    State(state): State<AppState>,
    Participant(claims): Participant,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> szpon_kit::problem::Result<Response> {
    if state.shutdown.is_draining() {
        return Err(Failure::new(Code::Draining).with_retry_after(2));
    }
    let upgrade =
        upgrade.map_err(|_| Failure::new(Code::Invalid).with_detail("not a WebSocket"))?;
    Ok(upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(MESSAGE_MAX_BYTES)
        .max_frame_size(MESSAGE_MAX_BYTES)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .on_upgrade(move |socket| serve(socket, state, claims)))
}

async fn serve(socket: WebSocket, state: AppState, claims: ParticipantClaims) {
    let (room, participant) = (claims.room, claims.participant);
    let (sink, stream) = socket.split();
    let (outlet, outgoing) = queue();
    let mut writer = tokio::spawn(write(sink, outgoing));
    let socket = state.rooms.live.new_socket();
    tracing::info!(room = %room, participant = %participant, "a socket is open");

    let command = Command::Open { socket, participant, name: claims.name, outlet: outlet.clone() };
    let live = state.rooms.live.clone();
    if live.call(&state, room, command).await {
        Connection { state, room, socket, outlet }.read(stream, &mut writer).await;
        live.tell(room, Input::Closed { socket }).await;
    } else {
        let _ = outlet.close(close::RESTART);
        let _ = timeout(CLOSE_TIMEOUT, &mut writer).await;
    }
    writer.abort();
    tracing::info!(room = %room, participant = %participant, "a socket is closed");
}

struct Connection {
    state: AppState,
    room: RoomId,
    socket: SocketId,
    outlet: Outlet,
}

impl Connection {
    async fn call(&self, command: Command) -> bool {
        self.state.rooms.live.call(&self.state, self.room, command).await
    }

    async fn read(&self, mut stream: SplitStream<WebSocket>, writer: &mut JoinHandle<()>) {
        // Each is waited for as long as the socket is open, not made anew for each message.
        let mut shutdown = self.state.shutdown.clone();
        let mut stopping = pin!(shutdown.reached(Phase::Stopping));
        let mut behind = pin!(self.outlet.is_behind());
        let mut heard = Instant::now();
        let mut silence = pin!(sleep_until(heard + SILENT_AFTER));
        let mut rate = Bucket::new(RATE.0, RATE.1, self.state.clock.now());
        let mut strikes = 0;
        // The first one at once: the token that opened this socket may be about to expire.
        let mut renew = interval(RENEW_EVERY);
        renew.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let message = tokio::select! {
                message = stream.next() => message,
                _ = renew.tick() => {
                    if !self.call(Command::Renew { socket: self.socket }).await {
                        break;
                    }
                    continue;
                }
                () = &mut silence => {
                    if heard.elapsed() < SILENT_AFTER {
                        silence.as_mut().reset(heard + SILENT_AFTER);
                        continue;
                    }
                    let _ = self.outlet.close(close::BEHIND);
                    break;
                }
                () = &mut behind => {
                    // Nothing more fits into the queue, a close neither.
                    writer.abort();
                    return;
                }
                () = &mut stopping => {
                    let _ = self.outlet.close(close::GOING_AWAY);
                    break;
                }
                // The room closed the socket, or the client doesn't take what is written.
                _ = &mut *writer => break,
            };
            let Some(Ok(message)) = message else { return };
            heard = Instant::now();
            let text = match message {
                Message::Text(text) => text,
                Message::Ping(_) | Message::Pong(_) => continue,
                Message::Close(_) => return,
                Message::Binary(_) => {
                    let _ = self.outlet.close(close::UNSUPPORTED);
                    break;
                }
            };
            let parsed = if rate.take(self.state.clock.now()) {
                serde_json::from_str::<ToRoom>(&text).map_err(|_| Code::Invalid)
            } else {
                Err(Code::RateLimited)
            };
            match parsed {
                // The room has no part in it, and most of what a silent client says is this.
                Ok(ToRoom::Ping { nonce }) => {
                    let _ = self.outlet.send(encode(&ToClient::Pong { nonce }));
                }
                Ok(message) => {
                    let command = Command::Message { socket: self.socket, message };
                    if !self.call(command).await {
                        break;
                    }
                }
                Err(code) => {
                    strikes += 1;
                    if strikes > STRIKES {
                        let _ = self.outlet.close(close::POLICY);
                        break;
                    }
                    let _ = self.outlet.send(encode(&ToClient::Refusal { code, client_id: None }));
                }
            }
        }
        // What is under way is read away: closing a TCP connection with unread bytes in it resets
        // it, and the close frame might not arrive.
        let farewell = async {
            if !writer.is_finished() {
                let _ = (&mut *writer).await;
            }
            while let Some(Ok(_)) = stream.next().await {}
        };
        let _ = timeout(CLOSE_TIMEOUT, farewell).await;
    }
}

/// Writes what comes, and pings. Ends with a close frame, or when the client takes nothing more.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut outgoing: mpsc::Receiver<Outgoing>) {
    let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (message, last) = tokio::select! {
            item = outgoing.recv() => match item {
                Some(Outgoing::Text(text)) => (Message::Text(text), false),
                Some(Outgoing::Close(code)) => {
                    (Message::Close(Some(CloseFrame { code, reason: "".into() })), true)
                }
                None => return,
            },
            _ = ping.tick() => (Message::Ping(Default::default()), false),
        };
        match timeout(WRITE_TIMEOUT, sink.send(message)).await {
            Ok(Ok(())) if !last => {}
            _ => return,
        }
    }
}
