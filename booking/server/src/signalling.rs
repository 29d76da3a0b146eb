//! What this service asks of signalling: who works where, and rooms for appointments by video.

use std::{error::Error, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use serde::{Serialize, de::DeserializeOwned};
use szpon_kit::{BoxFuture, problem::Failure, shutdown::Phase, transaction};
use szpon_protocol::{
    OfficeId, RoomId,
    booking::service::{ServiceOffice, ServiceRoom, ServiceRoomState, ServiceRooms},
};
use tower::ServiceExt;

use crate::{
    AppState,
    schedule::{store, stranding},
};

/// How often the directory is read.
const READ_EVERY: Duration = Duration::from_secs(30);
/// Longest answer, in bytes.
const ANSWER_MAX: usize = 16 << 20;

/// Why signalling didn't do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// No token could be had.
    #[error("no token: {0}")]
    Token(#[source] Box<dyn Error + Send + Sync>),
    /// The answer is not what it should be.
    #[error("the answer can't be read: {0}")]
    Answer(#[source] Box<dyn Error + Send + Sync>),
    /// It refused.
    #[error("signalling answered {0}")]
    Status(u16),
}

/// The way to signalling: gives a request its token and takes it there.
pub trait Peer: Send + Sync + 'static {
    fn call(&self, request: Request<Body>)
    -> BoxFuture<'static, Result<(u16, Vec<u8>), PeerError>>;
}

/// Signalling in the same process: its router, and a source of service tokens.
pub struct InProcess<T> {
    pub router: Router,
    pub token: T,
}

impl<T, E> Peer for InProcess<T>
where
    T: Fn() -> Result<String, E> + Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    fn call(
        &self,
        mut request: Request<Body>,
    ) -> BoxFuture<'static, Result<(u16, Vec<u8>), PeerError>> {
        let (router, token) = (self.router.clone(), (self.token)());
        Box::pin(async move {
            let token = token.map_err(|error| PeerError::Token(error.into()))?;
            let value = format!("Bearer {token}")
                .try_into()
                .map_err(|error| PeerError::Token(Box::new(error)))?;
            request.headers_mut().insert(header::AUTHORIZATION, value);
            let response = match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let status = response.status().as_u16();
            let body = axum::body::to_bytes(response.into_body(), ANSWER_MAX)
                .await
                .map_err(|error| PeerError::Answer(error.into()))?;
            Ok((status, body.to_vec()))
        })
    }
}

/// Signalling's routes for services.
pub(crate) struct Signalling(Box<dyn Peer>);

impl Signalling {
    pub fn new(peer: Box<dyn Peer>) -> Self {
        Self(peer)
    }

    pub async fn offices(&self) -> Result<Vec<ServiceOffice>, PeerError> {
        self.ask::<(), _>(Method::GET, "/api/v1/service/offices", None).await
    }

    pub async fn put_room(
        &self,
        office: OfficeId,
        room: RoomId,
        wanted: &ServiceRoom,
    ) -> Result<ServiceRoomState, PeerError> {
        let path = format!("/api/v1/service/offices/{office}/rooms/{room}");
        self.ask(Method::PUT, &path, Some(wanted)).await
    }

    pub async fn presence(
        &self,
        office: OfficeId,
        rooms: Vec<RoomId>,
    ) -> Result<Vec<ServiceRoomState>, PeerError> {
        let path = format!("/api/v1/service/offices/{office}/rooms/presence");
        self.ask(Method::POST, &path, Some(&ServiceRooms { rooms })).await
    }

    async fn ask<B: Serialize, A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<A, PeerError> {
        let answer = |error: Box<dyn Error + Send + Sync>| PeerError::Answer(error);
        let request = Request::builder().method(method).uri(path);
        let request = match body {
            None => request.body(Body::empty()),
            Some(body) => {
                let body = serde_json::to_vec(body).map_err(|error| answer(error.into()))?;
                request.header(header::CONTENT_TYPE, "application/json").body(body.into())
            }
        };
        let request = request.map_err(|error| answer(error.into()))?;
        match self.0.call(request).await? {
            (200, body) => serde_json::from_slice(&body).map_err(|error| answer(error.into())),
            (status, _) => Err(PeerError::Status(status)),
        }
    }
}

/// Reads the directory from time to time, until the shutdown is over.
pub(crate) async fn keep_directory(state: AppState) {
    let mut stopping = state.shutdown.clone();
    loop {
        if let Err(error) = read_directory(&state).await {
            tracing::warn!(%error, "the directory of people was not read");
        }
        tokio::select! {
            () = stopping.reached(Phase::Stopping) => return,
            () = tokio::time::sleep(READ_EVERY) => {}
        }
    }
}

/// Why the directory was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoryError {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Brings officials up to date with signalling's directory.
pub(crate) async fn read_directory(state: &AppState) -> Result<(), DirectoryError> {
    let now = state.clock.now();
    for office in state.signalling.offices().await? {
        let known = store::directory(&mut *state.db.read().await?, office.id).await?;
        let wanted: Vec<_> = office.people.into_iter().filter(|person| person.official).collect();
        if !store::differs(&known, &wanted) {
            continue;
        }
        transaction!(state.db, |conn| {
            store::write_directory(conn, office.id, &wanted).await?;
            // Appointments of whoever left need somebody else.
            stranding::apply(conn, state, office.id, now).await
        })?;
    }
    Ok(())
}
