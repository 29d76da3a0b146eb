//! A meeting over real sockets: the whole service on loopback, and clients that nobody here wrote.

mod support;

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use serde_json::json;
use sqlx::Row;
use support::{App, Client, PUBLIC_URL, with_app};
use szpon_auth::{Audience, Subject};
use szpon_kit::{secrets::MasterKey, testing};
use szpon_protocol::{
    Code, OfficeId,
    bus::{NODE_COMMANDS, NODE_EVENTS, NodeCommand, NodeEvent},
    claims::Role,
    media::SourceSet,
    room::{
        LeaveReason, RoomRole, RoomSnapshot, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX, ToClient,
        ToRoom,
    },
    rooms::{Attendance, JoinGrant, NewLinkCreated, Room, RoomStatus},
};
use szpon_signalling::{MIGRATOR, rooms};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{HeaderValue, StatusCode, header},
        protocol::frame::coding::CloseCode,
    },
};

/// Longer than anything here takes; a test that waits for nothing fails after it.
const PATIENCE: Duration = Duration::from_secs(60);

const MIC: SourceSet = SourceSet { microphone: true, ..SourceSet::NONE };

/// The service on a port of its own.
struct Server {
    app: App,
    address: SocketAddr,
    work: JoinHandle<()>,
}

impl Server {
    async fn start(app: App) -> Self {
        // The kernel keeps little for a client that doesn't read; accepted sockets inherit this.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(16 * 1024).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let router = app.router.clone();
        let run = rooms::run(app.state.clone());
        let work = tokio::spawn(async move {
            let serve =
                axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>());
            tokio::join!(run, async { serve.await.unwrap() });
        });
        Self { app, address, work }
    }

    async fn try_open(&self, token: &str) -> Result<Socket, StatusCode> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        self.open_over(stream, token).await.map(Socket::new)
    }

    async fn open_over(&self, stream: TcpStream, token: &str) -> Result<Raw, StatusCode> {
        let url = format!("ws://{}/api/v1/room-socket", self.address);
        let mut request = url.into_client_request().unwrap();
        let offer = format!("{SUBPROTOCOL}, {TOKEN_SUBPROTOCOL_PREFIX}{token}");
        let offer = HeaderValue::from_str(&offer).unwrap();
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, offer);
        match client_async(request, stream).await {
            Ok((socket, response)) => {
                // The token is never echoed.
                assert_eq!(response.headers()[header::SEC_WEBSOCKET_PROTOCOL], SUBPROTOCOL);
                Ok(socket)
            }
            Err(Error::Http(response)) => Err(response.status()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn open(&self, token: &str) -> Socket {
        self.try_open(token).await.expect("the socket opens")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.work.abort();
    }
}

type Raw = WebSocketStream<TcpStream>;

/// A client that reads all the time, as browsers do, and so answers pings however slow the test is.
struct Socket {
    sink: SplitSink<Raw, Message>,
    frames: mpsc::UnboundedReceiver<Message>,
    reader: JoinHandle<()>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Socket {
    fn new(raw: Raw) -> Self {
        let (sink, mut stream) = raw.split();
        let (sender, frames) = mpsc::unbounded_channel();
        let reader = tokio::spawn(async move {
            while let Some(Ok(frame)) = stream.next().await {
                let ours = matches!(frame, Message::Ping(_) | Message::Pong(_));
                if !ours && sender.send(frame).is_err() {
                    break;
                }
            }
        });
        Self { sink, frames, reader }
    }

    async fn say(&mut self, message: ToRoom) {
        self.raw(serde_json::to_string(&message).unwrap()).await;
    }

    async fn raw(&mut self, text: String) {
        self.sink.send(Message::text(text)).await.unwrap();
    }

    async fn frame(&mut self) -> Option<Message> {
        let frame = tokio::time::timeout(PATIENCE, self.frames.recv()).await;
        frame.expect("the server says something")
    }

    /// The next message, whatever it is.
    async fn next(&mut self) -> ToClient {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("not a message: {other:?}"),
        }
    }

    /// The next message that is wanted; others are passed over.
    async fn hear<T>(&mut self, wanted: impl Fn(ToClient) -> Option<T>) -> T {
        loop {
            if let Some(heard) = wanted(self.next().await) {
                return heard;
            }
        }
    }

    async fn entered(&mut self) -> RoomSnapshot {
        self.hear(|m| if let ToClient::Entered { room, .. } = m { Some(room) } else { None }).await
    }

    async fn refused(&mut self) -> Code {
        self.hear(|m| if let ToClient::Refusal { code, .. } = m { Some(code) } else { None }).await
    }

    /// Everything up to here was handled and told.
    async fn settled(&mut self) -> Vec<ToClient> {
        self.say(ToRoom::Ping { nonce: 77 }).await;
        let mut heard = Vec::new();
        loop {
            match self.next().await {
                ToClient::Pong { nonce: 77 } => return heard,
                other => heard.push(other),
            }
        }
    }

    /// Reads on until the server closes; gives the code.
    async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.frame().await {
                Some(Message::Close(frame)) => return frame.map(|f| CloseCode::into(f.code)),
                Some(_) => {}
                None => return None,
            }
        }
    }
}

/// A room that begins now, with a host and a link.
struct Meeting {
    office: OfficeId,
    host: Client,
    room: Room,
    link: String,
}

async fn meeting(app: &App) -> Meeting {
    let office = app.office("Urząd").await;
    app.person(office, "anna", &[Role::Official]).await;
    let mut host = app.sign_in("anna").await;
    let body = json!({"title": "Sprawa", "duration_minutes": 30});
    let room: Room = host.post("/api/v1/rooms", body).await.expect(201).read();
    let path = format!("/api/v1/rooms/{}/links", room.id);
    let created: NewLinkCreated =
        host.post(&path, json!({"role": "participant"})).await.expect(201).read();
    let link = created.url.split_once('#').unwrap().1.to_owned();
    Meeting { office, host, room, link }
}

impl Meeting {
    async fn host_token(&mut self) -> JoinGrant {
        let path = format!("/api/v1/rooms/{}/join", self.room.id);
        self.host.call("POST", &path, None).await.expect(200).read()
    }

    async fn guest_token(&self, app: &App, name: &str) -> JoinGrant {
        let body = json!({"link": self.link, "name": name});
        app.stranger().post("/api/v1/links/redeem", body).await.expect(200).read()
    }

    async fn look(&mut self) -> Room {
        self.host.get(&format!("/api/v1/rooms/{}", self.room.id)).await.expect(200).read()
    }
}

#[tokio::test]
async fn a_citizen_and_an_official_meet() {
    with_app(async |app| {
        let server = Server::start(app).await;
        let mut commands = server.app.state.bus.subscribe(NODE_COMMANDS).await.unwrap();
        let mut meeting = meeting(&server.app).await;
        let guest_grant = meeting.guest_token(&server.app, "Jan Kowalski").await;
        let guest_id = guest_grant.participant;

        // The citizen waits, alone.
        let mut guest = server.open(&guest_grant.token).await;
        let first = guest.next().await;
        let alone = ToClient::Waiting { you: guest_id, place: 1, of: 1, host_present: false };
        assert_eq!(first, alone);
        assert_eq!(meeting.look().await.waiting_now, 1);
        assert_eq!(meeting.look().await.status, RoomStatus::Planned);

        // The official comes, sees who waits, writes to them and lets them in.
        let host_grant = meeting.host_token().await;
        let mut host = server.open(&host_grant.token).await;
        let seen = host.entered().await;
        assert_eq!(seen.waiting.len(), 1);
        assert_eq!((seen.waiting[0].name.as_str(), seen.waiting[0].guest), ("Jan Kowalski", true));
        assert_eq!(seen.office_name, "Urząd");
        guest
            .hear(|m| matches!(m, ToClient::Waiting { host_present: true, .. }).then_some(()))
            .await;
        host.say(ToRoom::WriteToWaiting { participant: None, text: "Chwileczkę".into() }).await;
        let note = guest
            .hear(|m| match m {
                ToClient::Note { text, from_name, .. } => Some((from_name, text)),
                _ => None,
            })
            .await;
        assert_eq!(note, ("anna".to_owned(), "Chwileczkę".to_owned()));
        host.say(ToRoom::Admit { participant: guest_id }).await;
        let room = guest.entered().await;
        assert_eq!(room.participants.len(), 2);
        assert!(room.waiting.is_empty());
        host.hear(|m| matches!(m, ToClient::Joined { .. }).then_some(())).await;
        let now = meeting.look().await;
        assert_eq!((now.status, now.participants_now, now.waiting_now), (RoomStatus::Live, 2, 0));

        // They write to each other; what was echoed is stored.
        guest.say(ToRoom::Chat { client_id: "c1".into(), text: "Dzień dobry".into() }).await;
        let chat = |m| if let ToClient::Chat { message } = m { Some(message) } else { None };
        let echo = guest.hear(chat).await;
        assert_eq!((echo.client_id.as_str(), echo.from), ("c1", guest_id));
        let mut conn = server.app.state.db.read().await.unwrap();
        let stored = sqlx::query("SELECT text FROM room_chat WHERE id = $1")
            .bind(echo.id.to_string())
            .fetch_one(&mut *conn)
            .await
            .unwrap();
        assert_eq!(stored.get::<String, _>("text"), "Dzień dobry");
        drop(conn);
        assert_eq!(host.hear(chat).await, echo);

        // The official mutes; the media node is told as well.
        guest.say(ToRoom::SetSources { sources: MIC }).await;
        host.hear(|m| match m {
            ToClient::Updated { participant } => participant.sources.microphone.then_some(()),
            _ => None,
        })
        .await;
        host.say(ToRoom::Mute { participant: guest_id }).await;
        let taken = guest
            .hear(|m| match m {
                ToClient::SourcesTaken { sources, .. } => Some(sources),
                _ => None,
            })
            .await;
        assert_eq!(taken, SourceSet::NONE);
        let allow =
            |sources| NodeCommand::Allow { room: meeting.room.id, participant: guest_id, sources };
        assert_eq!(commands.next_json::<NodeCommand>().await, Some(allow(MIC)));
        assert_eq!(commands.next_json::<NodeCommand>().await, Some(allow(SourceSet::NONE)));

        // And removes; the same link lets nobody else in.
        host.say(ToRoom::Remove { participant: guest_id, reason: "Dosyć".into() }).await;
        let reason = guest
            .hear(|m| if let ToClient::Removed { reason } = m { Some(reason) } else { None })
            .await;
        assert_eq!(reason, "Dosyć");
        assert_eq!(guest.closed().await, Some(4001));
        let body = json!({"link": meeting.link, "name": "Ktoś inny"});
        let answer = server.app.stranger().post("/api/v1/links/redeem", body).await.expect(403);
        assert_eq!(answer.code(), Code::Removed);
        let mut again = server.open(&guest_grant.token).await;
        assert!(matches!(again.next().await, ToClient::Removed { .. }));
        assert_eq!(again.closed().await, Some(4001));

        host.say(ToRoom::End).await;
        host.hear(|m| matches!(m, ToClient::Ended).then_some(())).await;
        assert_eq!(host.closed().await, Some(1000));
        assert_eq!(meeting.look().await.status, RoomStatus::Ended);

        let path = format!("/api/v1/rooms/{}/attendance", meeting.room.id);
        let attendance: Vec<Attendance> = meeting.host.get(&path).await.expect(200).read();
        assert_eq!(attendance.len(), 2);
        let guest = attendance.iter().find(|a| a.participant == guest_id).unwrap();
        assert!(guest.guest && guest.left_at.is_some());
        assert_eq!(guest.reason, Some(LeaveReason::Removed));
        let audited = server.app.audited(meeting.office).await;
        for action in ["participant_admitted", "participant_removed", "room_ended"] {
            assert!(audited.iter().any(|a| a == action), "{action}: {audited:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_restart_is_survived() {
    testing::for_each_database(&MIGRATOR, async |db| {
        let key = || MasterKey::from_base64(&"A".repeat(43).add_padding(), "test").unwrap();
        let app = App::open_with(db.clone(), key(), PUBLIC_URL).await;
        let server = Server::start(app).await;
        let mut meeting = meeting(&server.app).await;
        let host_grant = meeting.host_token().await;
        let inside = meeting.guest_token(&server.app, "Jan").await;
        let outside = meeting.guest_token(&server.app, "Olena").await;

        let mut host = server.open(&host_grant.token).await;
        host.entered().await;
        let mut jan = server.open(&inside.token).await;
        jan.next().await;
        host.say(ToRoom::Admit { participant: inside.participant }).await;
        jan.entered().await;
        let mut olena = server.open(&outside.token).await;
        olena.next().await;
        jan.say(ToRoom::Chat { client_id: "c1".into(), text: "Halo".into() }).await;
        jan.say(ToRoom::RaiseHand { raised: true }).await;
        jan.say(ToRoom::SetSources { sources: MIC }).await;
        let role = RoomRole::Interpreter;
        host.say(ToRoom::SetRole { participant: inside.participant, role }).await;
        host.say(ToRoom::Lock { locked: true }).await;
        jan.settled().await;
        host.settled().await;
        // As by kill -9: nothing is said, nothing is written.
        drop((host, jan, olena));
        drop(server);

        let app = App::open_with(db.clone(), key(), PUBLIC_URL).await;
        let server = Server::start(app).await;
        let mut jan = server.open(&inside.token).await;
        let room = jan.entered().await;
        assert!(room.locked);
        assert_eq!(room.chat.len(), 1);
        let me = room.participants.iter().find(|p| p.id == inside.participant).unwrap();
        assert_eq!((me.role, me.sources), (RoomRole::Interpreter, MIC));
        assert!(me.hand_raised_at.is_some() && me.connected);
        let other = room.participants.iter().find(|p| p.id == host_grant.participant).unwrap();
        assert!(!other.connected, "the host's place is kept");

        let mut olena = server.open(&outside.token).await;
        assert!(matches!(olena.next().await, ToClient::Waiting { host_present: false, .. }));
        let mut host = server.open(&host_grant.token).await;
        let room = host.entered().await;
        assert_eq!(room.waiting.len(), 1);
        // The message that the client sends again, not knowing whether it arrived, is there once.
        jan.say(ToRoom::Chat { client_id: "c1".into(), text: "Halo".into() }).await;
        let heard = jan.settled().await;
        assert!(heard.iter().any(|m| matches!(m, ToClient::Chat { .. })));
        let heard = host.settled().await;
        assert!(!heard.iter().any(|m| matches!(m, ToClient::Chat { .. })), "{heard:?}");
        assert_eq!(server.app.now(), support::start());
    })
    .await;
}

trait Padding {
    fn add_padding(self) -> Self;
}

impl Padding for String {
    /// 32 bytes are 43 characters and one sign of padding in base64.
    fn add_padding(mut self) -> Self {
        self.push('=');
        self
    }
}

#[tokio::test]
async fn a_killed_socket_keeps_the_place() {
    with_app(async |app| {
        let server = Server::start(app).await;
        let mut meeting = meeting(&server.app).await;
        let host_grant = meeting.host_token().await;
        let guest_grant = meeting.guest_token(&server.app, "Jan").await;
        let mut host = server.open(&host_grant.token).await;
        host.entered().await;
        let mut guest = server.open(&guest_grant.token).await;
        guest.next().await;
        // The newest token comes over the socket, right after the first message.
        let token = guest
            .hear(|m| if let ToClient::Token { token, .. } = m { Some(token) } else { None })
            .await;
        host.say(ToRoom::Admit { participant: guest_grant.participant }).await;
        guest.entered().await;

        drop(guest);
        let connected = |m| match m {
            ToClient::Updated { participant } => Some((participant.id, participant.connected)),
            ToClient::Left { .. } => panic!("the place is kept"),
            _ => None,
        };
        assert_eq!(host.hear(connected).await, (guest_grant.participant, false));
        let mut guest = server.open(&token).await;
        assert_eq!(guest.entered().await.participants.len(), 2);
        assert_eq!(host.hear(connected).await, (guest_grant.participant, true));

        // A second window takes over.
        let mut second = server.open(&token).await;
        second.entered().await;
        guest.hear(|m| matches!(m, ToClient::Replaced).then_some(())).await;
        assert_eq!(guest.closed().await, Some(4002));
        second.settled().await;
    })
    .await;
}

#[tokio::test]
async fn only_a_participant_token_opens_the_socket() {
    with_app(async |app| {
        let server = Server::start(app).await;
        let mut meeting = meeting(&server.app).await;
        let grant = meeting.host_token().await;
        let keys = &server.app.state.keys;
        let probe = keys.sign(Audience::Sfu, Subject::Probe, 60).unwrap().token;
        let service = Subject::Service { name: "collab".into() };
        let service = keys.sign(Audience::Signalling, service, 60).unwrap().token;
        let refused = async |token: &str| server.try_open(token).await.err().map(|s| s.as_u16());
        assert_eq!(refused("").await, Some(401));
        assert_eq!(refused("x.y.z").await, Some(401));
        assert_eq!(refused(&probe).await, Some(401));
        assert_eq!(refused(&service).await, Some(403));
        assert_eq!(refused(&grant.token).await, None);
        server.app.pass(601);
        assert_eq!(refused(&grant.token).await, Some(401), "ten minutes");

        let plain = server.app.stranger().get("/api/v1/room-socket").await;
        plain.expect(401);
    })
    .await;
}

#[tokio::test]
async fn nonsense_is_refused_and_too_much_of_it_ends() {
    with_app(async |app| {
        let server = Server::start(app).await;
        let mut meeting = meeting(&server.app).await;
        let grant = meeting.host_token().await;
        let mut host = server.open(&grant.token).await;
        host.entered().await;
        for nonsense in ["", "{", "{\"type\":\"nothing\"}", "[]", "{\"type\":\"chat\"}"] {
            host.raw(nonsense.into()).await;
            assert_eq!(host.refused().await, Code::Invalid, "{nonsense}");
        }
        // Faster than anybody clicks.
        for nonce in 0..70 {
            host.say(ToRoom::Ping { nonce }).await;
        }
        assert_eq!(host.refused().await, Code::RateLimited);
        server.app.pass(60);
        host.settled().await;
        host.sink.send(Message::binary(vec![1, 2, 3])).await.unwrap();
        assert_eq!(host.closed().await, Some(1003));

        let mut host = server.open(&grant.token).await;
        host.entered().await;
        let long = "x".repeat(17 * 1024);
        host.raw(format!("{{\"type\":\"chat\",\"client_id\":\"a\",\"text\":\"{long}\"}}")).await;
        host.closed().await;
        // None of this took the place away.
        let mut host = server.open(&grant.token).await;
        assert_eq!(host.entered().await.participants.len(), 1);

        for _ in 0..300 {
            if host.sink.send(Message::text("{")).await.is_err() {
                break;
            }
        }
        assert_eq!(host.closed().await, Some(1008));
    })
    .await;
}

#[tokio::test]
async fn going_down_is_announced() {
    with_app(async |app| {
        let server = Server::start(app).await;
        let mut meeting = meeting(&server.app).await;
        let grant = meeting.host_token().await;
        let mut host = server.open(&grant.token).await;
        host.entered().await;
        server.app.shutdown.drain();
        let after_ms = host
            .hear(|m| if let ToClient::Draining { after_ms } = m { Some(after_ms) } else { None })
            .await;
        assert!(after_ms > 0);
        assert_eq!(
            server.try_open(&grant.token).await.err(),
            Some(StatusCode::SERVICE_UNAVAILABLE)
        );
        host.settled().await;
        server.app.shutdown.stop();
        assert_eq!(host.closed().await, Some(1001));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_acknowledged() {
    with_app(async |app| {
        let server = Server::start(app).await;
        let mut meeting = meeting(&server.app).await;
        let grant = meeting.host_token().await;
        let mut host = server.open(&grant.token).await;
        host.entered().await;
        host.settled().await;
        server.app.state.db.close().await;
        host.say(ToRoom::Chat { client_id: "c1".into(), text: "Halo".into() }).await;
        loop {
            match host.frame().await {
                Some(Message::Close(frame)) => {
                    assert_eq!(frame.map(|f| CloseCode::into(f.code)), Some(1012));
                    break;
                }
                Some(Message::Text(text)) => assert!(!text.contains("Halo"), "{text}"),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_happens_over_rest_reaches_the_room() {
    with_app(async |app| {
        let server = Server::start(app).await;
        let mut meeting = meeting(&server.app).await;
        let path = format!("/api/v1/rooms/{}", meeting.room.id);
        let ola = server.app.person(meeting.office, "ola", &[Role::Official]).await;
        let admin = [Role::OfficeAdmin];
        server.app.person(meeting.office, "szefowa", &admin).await;
        let mut admin = server.app.sign_in("szefowa").await;
        let mut colleague = server.app.sign_in("ola").await;
        let body = json!({"person": ola, "language": "pl", "role": "participant"});
        meeting.host.post(&format!("{path}/invitees"), body).await.expect(201);
        let joined = colleague.call("POST", &format!("{path}/join"), None).await;
        let joined: JoinGrant = joined.expect(200).read();

        let host_grant = meeting.host_token().await;
        let guest_grant = meeting.guest_token(&server.app, "Jan").await;
        let mut host = server.open(&host_grant.token).await;
        host.entered().await;
        let mut ola_socket = server.open(&joined.token).await;
        ola_socket.entered().await;
        let mut guest = server.open(&guest_grant.token).await;
        guest.next().await;

        // The waiting room is switched off: whoever waits comes in.
        meeting.host.patch(&path, json!({"waiting_room": false})).await.expect(200);
        guest.entered().await;
        host.hear(|m| match m {
            ToClient::RoomUpdated { waiting_room, .. } => (!waiting_room).then_some(()),
            _ => None,
        })
        .await;

        // A deactivated colleague leaves at once, and their token opens nothing more.
        let person = format!("/api/v1/people/{ola}");
        admin.patch(&person, json!({"active": false})).await.expect(200);
        assert_eq!(ola_socket.closed().await, Some(4001));
        let mut again = server.open(&joined.token).await;
        assert!(matches!(again.next().await, ToClient::Removed { .. }));

        meeting.host.delete(&path).await.expect(204);
        guest.hear(|m| matches!(m, ToClient::Ended).then_some(())).await;
        assert_eq!(guest.closed().await, Some(1000));
        assert_eq!(meeting.look().await.status, RoomStatus::Cancelled);
    })
    .await;
}

#[tokio::test]
async fn media_nodes_are_kept_in_line() {
    with_app(async |app| {
        let server = Server::start(app).await;
        let mut meeting = meeting(&server.app).await;
        let room = meeting.room.id;
        let grant = meeting.host_token().await;
        let mut host = server.open(&grant.token).await;
        host.entered().await;
        host.say(ToRoom::GetMedia).await;
        let media =
            host.hear(|m| if let ToClient::Media { media } = m { Some(media) } else { None }).await;
        let verified = server
            .app
            .state
            .keys
            .verifier()
            .verify(&media.token, Audience::Sfu, server.app.now())
            .expect("a token for the node");
        let Subject::Media(claims) = &verified.subject else { panic!("media claims") };
        assert_eq!((claims.room, claims.participant), (room, grant.participant));

        let bus = &server.app.state.bus;
        let mut commands = bus.subscribe(NODE_COMMANDS).await.unwrap();
        let session = Default::default();
        let participant = grant.participant;
        let connected = NodeEvent::Connected { room, participant, session };
        bus.publish_json(NODE_EVENTS, &connected).await.unwrap();
        let sources = SourceSet::NONE;
        assert_eq!(
            commands.next_json::<NodeCommand>().await,
            Some(NodeCommand::Allow { room, participant, sources })
        );
        // A session in a room that nobody is in.
        let room = Default::default();
        let connected = NodeEvent::Connected { room, participant, session };
        bus.publish_json(NODE_EVENTS, &connected).await.unwrap();
        assert_eq!(
            commands.next_json::<NodeCommand>().await,
            Some(NodeCommand::Remove { room, participant })
        );
    })
    .await;
}

#[tokio::test]
async fn one_who_reads_nothing_holds_up_nobody() {
    with_app(async |app| {
        let server = Server::start(app).await;
        let mut meeting = meeting(&server.app).await;
        let host_grant = meeting.host_token().await;
        let guest_grant = meeting.guest_token(&server.app, "Jan").await;
        let mut host = server.open(&host_grant.token).await;
        host.entered().await;
        host.say(ToRoom::SetWaitingRoom { on: false }).await;
        host.settled().await;
        // Takes as little as possible unread.
        let narrow = TcpSocket::new_v4().unwrap();
        narrow.set_recv_buffer_size(4096).unwrap();
        let narrow = narrow.connect(server.address).await.unwrap();
        let guest = server.open_over(narrow, &guest_grant.token).await.unwrap();

        let text = "😀".repeat(2000);
        let mut said = 0;
        let mut noticed = false;
        while !noticed {
            assert!(said < 2000, "16 MB went somewhere");
            server.app.pass(10);
            for _ in 0..10 {
                said += 1;
                let client_id = format!("m{said}");
                host.say(ToRoom::Chat { client_id, text: text.clone() }).await;
            }
            noticed = host.settled().await.into_iter().any(|heard| match heard {
                ToClient::Updated { participant } => {
                    participant.id == guest_grant.participant && !participant.connected
                }
                _ => false,
            });
        }
        drop(guest);
        // Back again, everything is there.
        let mut guest = server.open(&guest_grant.token).await;
        let room = guest.entered().await;
        assert_eq!(room.chat.last().map(|m| m.client_id.clone()), Some(format!("m{said}")));
    })
    .await;
}
