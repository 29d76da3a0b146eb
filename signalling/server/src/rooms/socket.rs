//! The room's WebSocket: one connection between a client and the task of its room.

use std::{pin::pin, time::Duration};

use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use szpon_kit::{problem::Failure, shutdown::Phase};
use szpon_protocol::{
    Code, RoomId,
    claims::ParticipantClaims,
    room::{SUBPROTOCOL, ToClient, ToRoom},
};
use szpon_signalling_core::{Bucket, Input, SocketId};
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    live::{
        Command,
        outgoing::{close, encode},
    },
    wire::{Ended, Next, Wire},
};
use crate::{AppState, caller::Participant};

/// Longest message from a client, in bytes: four times the longest chat message in the longest
/// UTF-8, with room for what is around it.
const MESSAGE_MAX_BYTES: usize = 16 * 1024;
/// Kept for each direction of a socket, and filled before the kernel is asked again. The library's own
/// 128 KiB would be half of what a participant costs.
const BUFFER_BYTES: usize = 4 * 1024;
/// The server pings when one direction was silent for so long. Proxies commonly end a connection that
/// is silent for 60 s. Our client speaks more often than that, unless its tab sleeps.
const PING_AFTER: Duration = Duration::from_secs(25);
/// A client that answered no ping for so long is gone.
const SILENT_AFTER: Duration = Duration::from_secs(40);
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

/// How a conversation ended; none while a close frame waits to be written.
type Over = Option<Ended>;

async fn serve(socket: WebSocket, state: AppState, claims: ParticipantClaims) {
    let (room, participant) = (claims.room, claims.participant);
    let mut wire = Wire::new(socket);
    let socket = state.rooms.live.new_socket();
    tracing::info!(room = %room, participant = %participant, "a socket is open");

    let outlet = wire.outlet().clone();
    let command = Command::Open { socket, participant, name: claims.name, outlet };
    let connection = Connection { state, room, socket };
    let ended = match wire.during(connection.call(command)).await {
        Ok(true) => connection.serve(&mut wire).await,
        Ok(false) => close_with(&wire, close::RESTART),
        Err(ended) => Some(ended),
    };
    if ended != Some(Ended::Lost) {
        let _ = timeout(CLOSE_TIMEOUT, wire.farewell(ended)).await;
    }
    connection.state.rooms.live.tell(room, Input::Closed { socket }).await;
    tracing::info!(room = %room, participant = %participant, "a socket is closed");
}

struct Connection {
    state: AppState,
    room: RoomId,
    socket: SocketId,
}

impl Connection {
    async fn call(&self, command: Command) -> bool {
        self.state.rooms.live.call(&self.state, self.room, command).await
    }

    /// Talks with the client until that is over.
    async fn serve(&self, wire: &mut Wire) -> Over {
        // Waited for as long as the socket is open, not made anew for each message.
        let mut shutdown = self.state.shutdown.clone();
        let mut stopping = pin!(shutdown.reached(Phase::Stopping));
        // The first one at once: the token that opened this socket may be about to expire.
        let mut renew_at = Instant::now();
        let mut pinged = renew_at;
        let mut due = pin!(sleep_until(renew_at));
        let mut talk = Talk::new(self);
        loop {
            let other = async {
                tokio::select! {
                    () = &mut stopping => Turn::Stopping,
                    () = &mut due => Turn::Due,
                }
            };
            let message = match wire.next(other).await {
                Ok(Next::Said(message)) => message,
                Ok(Next::Other(Turn::Stopping)) => return close_with(wire, close::GOING_AWAY),
                Ok(Next::Other(Turn::Due)) => {
                    let now = Instant::now();
                    if now >= wire.heard() + SILENT_AFTER {
                        return close_with(wire, close::BEHIND);
                    }
                    if now >= renew_at {
                        renew_at = now + RENEW_EVERY;
                        let renew = Command::Renew { socket: self.socket };
                        match wire.during(self.call(renew)).await {
                            Ok(true) => {}
                            Ok(false) => return None,
                            Err(ended) => return Some(ended),
                        }
                    }
                    if now >= wire.silent_since().max(pinged) + PING_AFTER {
                        pinged = now;
                        if let Err(ended) = wire.ping().await {
                            return Some(ended);
                        }
                    }
                    let ping_at = wire.silent_since().max(pinged) + PING_AFTER;
                    let silent_at = wire.heard() + SILENT_AFTER;
                    due.as_mut().reset(renew_at.min(ping_at).min(silent_at));
                    continue;
                }
                Err(ended) => return Some(ended),
            };
            let over = match message {
                Message::Text(text) => talk.said(wire, &text).await,
                Message::Ping(_) | Message::Pong(_) => None,
                Message::Close(_) => Some(Some(Ended::Closed)),
                Message::Binary(_) => Some(close_with(wire, close::UNSUPPORTED)),
            };
            if let Some(over) = over {
                return over;
            }
        }
    }
}

enum Turn {
    Stopping,
    /// It is time to renew the token, to ping, or to give up.
    Due,
}

/// What a client says, and how much it may say.
struct Talk<'a> {
    connection: &'a Connection,
    rate: Bucket,
    strikes: u32,
}

impl<'a> Talk<'a> {
    fn new(connection: &'a Connection) -> Self {
        let rate = Bucket::new(RATE.0, RATE.1, connection.state.clock.now());
        Self { connection, rate, strikes: 0 }
    }

    /// Does what the client asks. None while that goes on.
    async fn said(&mut self, wire: &mut Wire, text: &str) -> Option<Over> {
        let parsed = if self.rate.take(self.connection.state.clock.now()) {
            serde_json::from_str::<ToRoom>(text).map_err(|_| Code::Invalid)
        } else {
            Err(Code::RateLimited)
        };
        let answer = match parsed {
            // The room has no part in it, and most of what a silent client says is this.
            Ok(ToRoom::Ping { nonce }) => ToClient::Pong { nonce },
            Ok(message) => {
                let command = Command::Message { socket: self.connection.socket, message };
                return match wire.during(self.connection.call(command)).await {
                    Ok(true) => None,
                    Ok(false) => Some(None),
                    Err(ended) => Some(Some(ended)),
                };
            }
            Err(code) => {
                self.strikes += 1;
                if self.strikes > STRIKES {
                    return Some(close_with(wire, close::POLICY));
                }
                ToClient::Refusal { code, client_id: None }
            }
        };
        wire.answer(encode(&answer)).await.err().map(Some)
    }
}

/// Has the socket closed behind all that waits for it.
fn close_with(wire: &Wire, code: u16) -> Over {
    // Where nothing more fits in, the client is lost anyway.
    wire.outlet().close(code).err().map(|_| Ended::Lost)
}
