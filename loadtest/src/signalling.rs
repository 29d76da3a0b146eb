//! The way into a room: sign-in, room, guest link, room socket, media grant.

use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, RequestBuilder, Response, header};
use serde::de::DeserializeOwned;
use szpon_protocol::{
    account::SignIn,
    media::{OpenSession, SessionAnswer, SourceSet},
    room::{MediaGrant, RoomRole, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX, ToClient, ToRoom},
    rooms::{JoinGrant, NewLink, NewLinkCreated, NewRoom, RedeemLink, Room},
};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

#[derive(Debug, thiserror::Error)]
pub enum SignallingError {
    #[error("request: {0}")]
    Http(#[from] reqwest::Error),
    #[error("{status}: {body}")]
    Refused { status: u16, body: String },
    #[error("room socket: {0}")]
    Socket(#[from] tokio_tungstenite::tungstenite::Error),
    #[error("the room socket said something unknown: {0}")]
    Unknown(#[from] serde_json::Error),
    #[error("the room socket closed before the room was entered")]
    Closed,
    #[error("the server set no session cookie")]
    NoCookie,
    #[error("a header could not be built from what the server sent")]
    Header,
}

/// An official who makes rooms.
pub struct Official {
    http: Client,
    base: String,
    cookie: String,
}

async fn answer<T: DeserializeOwned>(response: Response) -> Result<T, SignallingError> {
    let status = response.status();
    let body = response.text().await?;
    if !status.is_success() {
        return Err(SignallingError::Refused { status: status.as_u16(), body });
    }
    Ok(serde_json::from_str(&body)?)
}

impl Official {
    pub async fn sign_in(
        http: &Client,
        base: &str,
        email: &str,
        password: &str,
    ) -> Result<Self, SignallingError> {
        let body = SignIn { email: email.into(), password: password.into(), totp: None };
        let response = http
            .post(format!("{base}/api/v1/session"))
            .header(header::ORIGIN, base)
            .json(&body)
            .send()
            .await?;
        let cookie = response
            .headers()
            .get(header::SET_COOKIE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(str::to_owned);
        answer::<serde_json::Value>(response).await?;
        let cookie = cookie.ok_or(SignallingError::NoCookie)?;
        Ok(Self { http: http.clone(), base: base.into(), cookie })
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http
            .post(format!("{}{path}", self.base))
            .header(header::ORIGIN, &self.base)
            .header(header::COOKIE, &self.cookie)
    }

    /// A room that begins now and lets everyone with a link in, and the secret of such a link.
    pub async fn open_room(&self) -> Result<String, SignallingError> {
        let room = NewRoom {
            title: "Load test".into(),
            starts_at: None,
            duration_minutes: 60,
            waiting_room: false,
            description: String::new(),
            invitees: Vec::new(),
        };
        let room: Room = answer(self.post("/api/v1/rooms").json(&room).send().await?).await?;
        let link = NewLink { role: RoomRole::Participant, label: String::new(), expires_at: None };
        let path = format!("/api/v1/rooms/{}/links", room.id);
        let created: NewLinkCreated = answer(self.post(&path).json(&link).send().await?).await?;
        let (_, secret) = created.url.split_once('#').ok_or(SignallingError::Header)?;
        Ok(secret.to_owned())
    }
}

/// A guest in a room: the socket is held open until this is dropped.
pub struct Guest {
    pub grant: MediaGrant,
    pub you: szpon_protocol::ParticipantId,
    _socket: tokio::task::JoinHandle<()>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self._socket.abort();
    }
}

impl Guest {
    /// Redeems the link, opens the room's socket, and says what is switched on.
    pub async fn enter(
        http: &Client,
        base: &str,
        link: &str,
        name: &str,
        sources: SourceSet,
    ) -> Result<Self, SignallingError> {
        let body = RedeemLink { link: link.into(), name: name.into(), resume: None };
        let request = http.post(format!("{base}/api/v1/links/redeem")).header(header::ORIGIN, base);
        let grant: JoinGrant = answer(request.json(&body).send().await?).await?;

        let url = format!("{}/api/v1/room-socket", base.replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        let protocols = format!("{SUBPROTOCOL}, {TOKEN_SUBPROTOCOL_PREFIX}{}", grant.token);
        request.headers_mut().insert(
            header::SEC_WEBSOCKET_PROTOCOL,
            protocols.parse().map_err(|_| SignallingError::Header)?,
        );
        request
            .headers_mut()
            .insert(header::ORIGIN, base.parse().map_err(|_| SignallingError::Header)?);
        let (mut socket, _) = connect_async(request).await?;
        let (you, media) = loop {
            let Some(message) = socket.next().await else { return Err(SignallingError::Closed) };
            let Message::Text(text) = message? else { continue };
            if let ToClient::Entered { you, media, .. } = serde_json::from_str(&text)? {
                break (you, media);
            }
        };
        let switched_on = serde_json::to_string(&ToRoom::SetSources { sources })?;
        socket.send(Message::text(switched_on)).await?;
        let holder = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(std::time::Duration::from_secs(5));
            let mut nonce = 0;
            loop {
                tokio::select! {
                    message = socket.next() => match message {
                        Some(Ok(_)) => {}
                        _ => return,
                    },
                    _ = ticks.tick() => {
                        nonce += 1;
                        let Ok(text) = serde_json::to_string(&ToRoom::Ping { nonce }) else { return };
                        if socket.send(Message::text(text)).await.is_err() { return; }
                    }
                }
            }
        });
        Ok(Self { grant: media, you, _socket: holder })
    }
}

/// Sends the one offer to the media node; the answer's SDP comes back.
pub async fn open_session(
    http: &Client,
    base: &str,
    grant: &MediaGrant,
    offer: &OpenSession,
) -> Result<SessionAnswer, SignallingError> {
    let node =
        if grant.url.starts_with('/') { format!("{base}{}", grant.url) } else { grant.url.clone() };
    let request = http.post(format!("{node}/sessions")).bearer_auth(&grant.token);
    answer(request.json(offer).send().await?).await
}
