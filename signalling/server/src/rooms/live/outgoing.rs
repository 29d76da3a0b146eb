//! What waits to go out to one client.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use szpon_protocol::room::ToClient;
use szpon_signalling_core::CloseReason;
use tokio::sync::{Notify, mpsc};

/// How many messages may wait for one client. A client that is further behind than this is closed;
/// it comes back and starts from a snapshot.
const QUEUE: usize = 256;

/// WebSocket close codes (RFC 6455, section 7.4; 4000 and above are ours).
pub mod close {
    /// The participant left, or the meeting is over.
    pub const NORMAL: u16 = 1000;
    /// The server goes down: open again.
    pub const GOING_AWAY: u16 = 1001;
    /// Something that isn't text.
    pub const UNSUPPORTED: u16 = 1003;
    /// Too many messages, or too much of nothing.
    pub const POLICY: u16 = 1008;
    /// The server lost the room's state and reads it anew: open again.
    pub const RESTART: u16 = 1012;
    /// Refused or removed: don't open again.
    pub const REMOVED: u16 = 4001;
    /// Another socket of the same participant took over: don't open again.
    pub const REPLACED: u16 = 4002;
    /// Too many wait: try again later.
    pub const FULL: u16 = 4003;
    /// Too slow, or silent for too long: open again.
    pub const BEHIND: u16 = 4004;
}

/// The close code for the room's reason.
pub fn close_code(reason: CloseReason) -> u16 {
    match reason {
        CloseReason::Left | CloseReason::Ended => close::NORMAL,
        CloseReason::Removed => close::REMOVED,
        CloseReason::Replaced => close::REPLACED,
        CloseReason::Full => close::FULL,
    }
}

/// One thing to write to a socket.
#[derive(Debug, Clone)]
pub enum Outgoing {
    Text(Utf8Bytes),
    Close(u16),
}

/// The room's end of a socket.
#[derive(Debug, Clone)]
pub struct Outlet {
    queue: mpsc::Sender<Outgoing>,
    behind: Arc<Notify>,
}

/// The client can't keep up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind;

/// Both ends of a new queue.
pub fn queue() -> (Outlet, mpsc::Receiver<Outgoing>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Outlet { queue: sender, behind: Arc::default() }, receiver)
}

impl Outlet {
    pub fn send(&self, text: Utf8Bytes) -> Result<(), Behind> {
        self.push(Outgoing::Text(text))
    }

    pub fn close(&self, code: u16) -> Result<(), Behind> {
        self.push(Outgoing::Close(code))
    }

    fn push(&self, item: Outgoing) -> Result<(), Behind> {
        match self.queue.try_send(item) {
            // Closed: the socket is gone, which its own task reports.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.behind.notify_one();
                Err(Behind)
            }
        }
    }

    /// Waits until something didn't fit into the queue.
    pub async fn is_behind(&self) {
        self.behind.notified().await;
    }
}

/// A message as it goes out; written once, however many receive it.
pub fn encode(message: &ToClient) -> Utf8Bytes {
    match serde_json::to_string(message) {
        Ok(text) => text.into(),
        Err(error) => {
            // Plain structures with string keys: this has no way to fail.
            tracing::error!(%error, "a message can't be written");
            Utf8Bytes::from_static(
                "{\"type\":\"refusal\",\"code\":\"internal\",\"client_id\":null}",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_queue_has_an_end() {
        let (outlet, mut outgoing) = queue();
        for _ in 0..QUEUE {
            assert_eq!(outlet.send("x".into()), Ok(()));
        }
        assert_eq!(outlet.send("x".into()), Err(Behind));
        outlet.is_behind().await;
        assert!(matches!(outgoing.recv().await, Some(Outgoing::Text(_))));
        assert_eq!(outlet.close(close::BEHIND), Ok(()));
        drop(outgoing);
        assert_eq!(outlet.send("x".into()), Ok(()), "a closed socket is no news here");
    }
}
