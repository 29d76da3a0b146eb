//! The way into a room: sign-in, room, guest link, room socket, media grant.

use std::{cell::RefCell, rc::Rc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, RequestBuilder, Response, header};
use serde::de::DeserializeOwned;
use szpon_protocol::{
    SessionId,
    account::SignIn,
    media::{OpenSession, RestartIce, SessionAnswer, SourceSet},
    room::{MediaGrant, RoomRole, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX, ToClient, ToRoom},
    rooms::{JoinGrant, NewLink, NewLinkCreated, NewRoom, RedeemLink, Room},
};
use tokio::{
    net::TcpStream,
    time::{Instant, interval, interval_at},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

/// As the browser client (web/src/rtc/room-socket.ts), while somebody is seen or heard and while nobody is.
const PING: Duration = Duration::from_secs(2);
const CALM_PING: Duration = Duration::from_secs(20);
/// A media grant lives for five minutes.
const RENEWAL: Duration = Duration::from_secs(240);
/// How the message with a new grant begins.
const GRANT: &str = "{\"type\":\"media\"";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

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
    /// The newest one.
    grant: Rc<RefCell<MediaGrant>>,
    pub you: szpon_protocol::ParticipantId,
    _socket: tokio::task::JoinHandle<()>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self._socket.abort();
    }
}

impl Guest {
    /// Redeems the link, opens the room's socket, and says what is switched on. `calm`: nobody will be seen or
    /// heard in the room.
    pub async fn enter(
        http: &Client,
        base: &str,
        link: &str,
        name: &str,
        sources: SourceSet,
        calm: bool,
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
        let grant = Rc::new(RefCell::new(media));
        let holder = tokio::task::spawn_local(hold(socket, grant.clone(), calm));
        Ok(Self { grant, you, _socket: holder })
    }

    /// Sends the one offer to the media node.
    pub async fn open_session(
        &self,
        http: &Client,
        base: &str,
        offer: &OpenSession,
    ) -> Result<SessionAnswer, SignallingError> {
        let (node, token) = self.node(base);
        let request = http.post(format!("{node}/sessions")).bearer_auth(token);
        answer(request.json(offer).send().await?).await
    }

    /// Sends an offer with new ICE credentials.
    pub async fn restart_ice(
        &self,
        http: &Client,
        base: &str,
        session: SessionId,
        sdp: String,
    ) -> Result<SessionAnswer, SignallingError> {
        let (node, token) = self.node(base);
        let request = http.patch(format!("{node}/sessions/{session}")).bearer_auth(token);
        answer(request.json(&RestartIce { sdp }).send().await?).await
    }

    /// Where the media node's API is, and the token for it.
    fn node(&self, base: &str) -> (String, String) {
        let MediaGrant { url, token, .. } = &*self.grant.borrow();
        let node = if url.starts_with('/') { format!("{base}{url}") } else { url.clone() };
        (node, token.clone())
    }
}

/// Keeps the socket open and the grant fresh, as a browser does.
async fn hold(mut socket: Socket, grant: Rc<RefCell<MediaGrant>>, calm: bool) {
    let mut pings = interval(if calm { CALM_PING } else { PING });
    let mut renewals = interval_at(Instant::now() + RENEWAL, RENEWAL);
    let mut nonce = 0;
    loop {
        let said = tokio::select! {
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                // What else is told of the room is not looked at: parsing it would cost as much as
                // the media of a small room.
                if let Message::Text(text) = message
                    && text.starts_with(GRANT)
                    && let Ok(ToClient::Media { media }) = serde_json::from_str(&text)
                {
                    *grant.borrow_mut() = media;
                }
                continue;
            }
            _ = pings.tick() => {
                nonce += 1;
                ToRoom::Ping { nonce }
            }
            _ = renewals.tick() => ToRoom::GetMedia,
        };
        let Ok(text) = serde_json::to_string(&said) else { return };
        if socket.send(Message::text(text)).await.is_err() {
            return;
        }
    }
}
