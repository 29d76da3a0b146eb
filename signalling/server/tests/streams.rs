//! Streams of a room: addresses for encoders and players from outside, and their presence.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{App, Client, PUBLIC_URL, with_app};
use szpon_auth::{Audience, Subject};
use szpon_kit::bus::Subscription;
use szpon_protocol::{
    Code, OfficeId, ParticipantId, RoomId,
    bus::{NODE_COMMANDS, NODE_EVENTS, NodeCommand, NodeEvent},
    claims::{Role, StreamDirection},
    media::SourceSet,
    rooms::{NewStreamCreated, Room, Stream},
};
use szpon_signalling::rooms;
use tokio::task::JoinHandle;

const MIC_AND_CAMERA: SourceSet = SourceSet { microphone: true, camera: true, ..SourceSet::NONE };

struct Scene {
    app: App,
    office: OfficeId,
    host: Client,
    commands: Subscription,
    work: JoinHandle<()>,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl Scene {
    async fn new(app: App) -> Self {
        let office = app.office("Urząd Gminy").await;
        app.person(office, "anna", &[Role::Official]).await;
        let host = app.sign_in("anna").await;
        let commands = app.state.bus.subscribe(NODE_COMMANDS).await.unwrap();
        let work = tokio::spawn(rooms::run(app.state.clone()));
        Self { app, office, host, commands, work }
    }

    async fn room(&mut self) -> RoomId {
        let body = json!({ "title": "Szkolenie", "duration_minutes": 60 });
        self.host.post("/api/v1/rooms", body).await.expect(201).read::<Room>().id
    }

    async fn stream(&mut self, room: RoomId, body: Value) -> NewStreamCreated {
        self.host.post(&format!("/api/v1/rooms/{room}/streams"), body).await.expect(201).read()
    }

    /// A node says that a session is up, and signalling answers to that.
    async fn connected(&mut self, room: RoomId, participant: ParticipantId) -> NodeCommand {
        let event = NodeEvent::Connected { room, participant, session: Default::default() };
        for _ in 0..100 {
            // Signalling may not listen yet.
            self.app.state.bus.publish_json(NODE_EVENTS, &event).await.unwrap();
            let answer = self.commands.next_json::<NodeCommand>();
            if let Ok(answer) = tokio::time::timeout(Duration::from_millis(300), answer).await {
                return answer.expect("a command");
            }
        }
        panic!("signalling says nothing");
    }

    async fn present(&mut self, room: RoomId) -> u32 {
        let path = format!("/api/v1/rooms/{room}");
        self.host.get(&path).await.expect(200).read::<Room>().participants_now
    }
}

#[tokio::test]
async fn an_official_gives_an_address_out() {
    with_app(async |app| {
        let mut scene = Scene::new(app).await;
        let room = scene.room().await;
        let body = json!({ "direction": "publish", "name": "Kamera na sali" });
        let made = scene.stream(room, body).await;
        assert_eq!(made.url, format!("{PUBLIC_URL}/media/v1/whip"));
        // An hour of meeting and four more that links lead in.
        assert_eq!(made.stream.expires_at, scene.app.now().plus_secs(5 * 3600));
        let verifier = scene.app.state.keys.verifier();
        let late = made.stream.expires_at.plus_secs(-1);
        let verified = verifier.verify(&made.token, Audience::Sfu, late).unwrap();
        let Subject::Stream(claims) = &verified.subject else { panic!("a stream's claims") };
        assert_eq!((claims.room, claims.participant), (room, made.stream.id));
        assert_eq!((claims.office, claims.direction), (scene.office, StreamDirection::Publish));

        let watch = scene.stream(room, json!({ "direction": "watch", "name": "Hol" })).await;
        assert_eq!(watch.url, format!("{PUBLIC_URL}/media/v1/whep"));
        let path = format!("/api/v1/rooms/{room}/streams");
        let listed: Vec<Stream> = scene.host.get(&path).await.expect(200).read();
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|stream| stream.revoked_at.is_none()));

        for bad in [
            json!({ "direction": "watch", "name": "" }),
            json!({ "direction": "both", "name": "X" }),
            json!({ "direction": "watch", "name": "X", "screen": true }),
        ] {
            assert_eq!(scene.host.post(&path, bad).await.expect(422).code(), Code::Invalid);
        }
        let audited = scene.app.audited(scene.office).await;
        assert_eq!(audited.iter().filter(|a| *a == "stream_created").count(), 2);
    })
    .await;
}

#[tokio::test]
async fn only_those_who_moderate_do_and_not_days_ahead() {
    with_app(async |app| {
        let mut scene = Scene::new(app).await;
        let room = scene.room().await;
        scene.app.person(scene.office, "piotr", &[Role::Official]).await;
        let path = format!("/api/v1/rooms/{room}/streams");
        let body = json!({ "direction": "publish", "name": "X" });
        let mut colleague = scene.app.sign_in("piotr").await;
        colleague.post(&path, body.clone()).await.expect(404);

        let starts_at = scene.app.now().plus_secs(3 * 86_400);
        let later = json!({ "title": "Później", "starts_at": starts_at, "duration_minutes": 60 });
        let later: Room = scene.host.post("/api/v1/rooms", later).await.expect(201).read();
        let later = format!("/api/v1/rooms/{}/streams", later.id);
        let early = scene.host.post(&later, body.clone()).await.expect(403);
        assert_eq!(early.code(), Code::LinkTooEarly);

        scene.host.delete(&format!("/api/v1/rooms/{room}")).await.expect(204);
        assert_eq!(scene.host.post(&path, body).await.expect(410).code(), Code::RoomEnded);
    })
    .await;
}

#[tokio::test]
async fn a_stream_is_in_the_room_while_it_is_connected() {
    with_app(async |app| {
        let mut scene = Scene::new(app).await;
        let room = scene.room().await;
        let made = scene.stream(room, json!({ "direction": "publish", "name": "Kamera" })).await;
        let participant = made.stream.id;
        assert_eq!(scene.present(room).await, 0);
        assert_eq!(
            scene.connected(room, participant).await,
            NodeCommand::Allow { room, participant, sources: MIC_AND_CAMERA }
        );
        assert_eq!(scene.present(room).await, 1);

        let path = format!("/api/v1/rooms/{room}/streams/{participant}");
        scene.host.delete(&path).await.expect(204);
        scene.host.delete(&path).await.expect(204);
        assert_eq!(scene.present(room).await, 0);
        let mut heard = Vec::new();
        while heard.len() < 2 {
            heard.extend(scene.commands.next_json::<NodeCommand>().await);
        }
        let sources = SourceSet::NONE;
        assert!(heard.contains(&NodeCommand::Allow { room, participant, sources }), "{heard:?}");
        assert!(heard.contains(&NodeCommand::Remove { room, participant }), "{heard:?}");
        let audited = scene.app.audited(scene.office).await;
        assert_eq!(audited.iter().filter(|a| *a == "stream_revoked").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_stream_is_put_out_at_once() {
    with_app(async |app| {
        let mut scene = Scene::new(app).await;
        let room = scene.room().await;
        let made = scene.stream(room, json!({ "direction": "watch", "name": "Hol" })).await;
        let participant = made.stream.id;
        let path = format!("/api/v1/rooms/{room}/streams/{participant}");
        scene.host.delete(&path).await.expect(204);
        for _ in 0..2 {
            scene.commands.next_json::<NodeCommand>().await.unwrap();
        }
        let told = scene.connected(room, participant).await;
        assert_eq!(told, NodeCommand::Remove { room, participant });
        assert_eq!(scene.present(room).await, 0);
    })
    .await;
}
