//! One end of a room's WebSocket. What waits for the client goes out whenever the socket's task waits
//! for something, so that one task does for both directions.

use std::{pin::pin, time::Duration};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use super::live::outgoing::{Outgoing, Outlet, queue};

/// How long messages may take to get out to a client.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Why nothing more goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// A close frame was written: the client gets a moment to answer it.
    Closed,
    /// The client is gone, doesn't take what is written, or is too far behind.
    Lost,
}

/// What came first.
pub(super) enum Next<T> {
    Said(Message),
    Other(T),
}

pub(super) struct Wire {
    socket: WebSocket,
    outgoing: mpsc::Receiver<Outgoing>,
    outlet: Outlet,
    heard: Instant,
    spoke: Instant,
}

impl Wire {
    pub(super) fn new(socket: WebSocket) -> Self {
        let (outlet, outgoing) = queue();
        let now = Instant::now();
        Self { socket, outgoing, outlet, heard: now, spoke: now }
    }

    /// What others write to.
    pub(super) fn outlet(&self) -> &Outlet {
        &self.outlet
    }

    /// When the client last said anything.
    pub(super) fn heard(&self) -> Instant {
        self.heard
    }

    /// Since when one of the directions has been silent.
    pub(super) fn silent_since(&self) -> Instant {
        self.heard.min(self.spoke)
    }

    /// Writes what comes while `work` is waited for, and says what that came to.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ended> {
        let mut work = pin!(work);
        loop {
            let item = tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                item = self.outgoing.recv() => item,
                () = self.outlet.is_behind() => return Err(Ended::Lost),
            };
            self.write(item.ok_or(Ended::Lost)?).await?;
        }
    }

    /// Writes what comes until the client says something, or `other` is done.
    pub(super) async fn next<T>(
        &mut self,
        other: impl Future<Output = T>,
    ) -> Result<Next<T>, Ended> {
        let mut other = pin!(other);
        loop {
            let item = tokio::select! {
                biased;
                message = self.socket.next() => {
                    let Some(Ok(message)) = message else { return Err(Ended::Lost) };
                    self.heard = Instant::now();
                    return Ok(Next::Said(message));
                }
                done = &mut other => return Ok(Next::Other(done)),
                item = self.outgoing.recv() => item,
                () = self.outlet.is_behind() => return Err(Ended::Lost),
            };
            self.write(item.ok_or(Ended::Lost)?).await?;
        }
    }

    pub(super) async fn ping(&mut self) -> Result<(), Ended> {
        self.put(Message::Ping(Default::default())).await?;
        self.flush().await
    }

    /// Writes an answer of the socket itself, after all that waits.
    pub(super) async fn answer(&mut self, text: Utf8Bytes) -> Result<(), Ended> {
        self.put_waiting().await?;
        self.put(Message::Text(text)).await?;
        self.flush().await
    }

    async fn write(&mut self, first: Outgoing) -> Result<(), Ended> {
        self.put_item(first).await?;
        self.put_waiting().await?;
        self.flush().await
    }

    async fn put_waiting(&mut self) -> Result<(), Ended> {
        while let Ok(item) = self.outgoing.try_recv() {
            self.put_item(item).await?;
        }
        Ok(())
    }

    async fn put_item(&mut self, item: Outgoing) -> Result<(), Ended> {
        match item {
            Outgoing::Text(text) => self.put(Message::Text(text)).await,
            Outgoing::Close(code) => {
                let frame = CloseFrame { code, reason: "".into() };
                self.put(Message::Close(Some(frame))).await?;
                self.flush().await?;
                Err(Ended::Closed)
            }
        }
    }

    /// Reads away what is still under way after a close frame, which is written first if it waits:
    /// closing a TCP connection with unread bytes in it resets it, and the close frame might not arrive.
    pub(super) async fn farewell(&mut self, ended: Option<Ended>) {
        let mut ended = ended;
        while ended.is_none() {
            let Some(item) = self.outgoing.recv().await else { return };
            ended = self.write(item).await.err();
        }
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    /// Into the buffer, which is written when it is full.
    async fn put(&mut self, message: Message) -> Result<(), Ended> {
        let Self { socket, outlet, .. } = self;
        through(outlet, socket.feed(message)).await
    }

    async fn flush(&mut self) -> Result<(), Ended> {
        let Self { socket, outlet, .. } = self;
        through(outlet, socket.flush()).await?;
        self.spoke = Instant::now();
        Ok(())
    }
}

/// Waits until the client took something, unless that takes too long or too much waits behind it.
async fn through(
    outlet: &Outlet,
    write: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), Ended> {
    tokio::select! {
        biased;
        written = timeout(WRITE_TIMEOUT, write) => match written {
            Ok(Ok(())) => Ok(()),
            _ => Err(Ended::Lost),
        },
        () = outlet.is_behind() => Err(Ended::Lost),
    }
}
