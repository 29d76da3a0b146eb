//! Janus's videoroom plugin by the gateway's HTTP API (Janus 1.x: multistream).

use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};

use super::{Hold, Member, Plan, TargetError, local_address, negotiate};
use crate::engine::{Engine, PeerId, PeerSetup};

/// How long Janus may take for an event.
const WAIT: Duration = Duration::from_secs(15);
/// Janus forgets a session that is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

#[derive(Debug, thiserror::Error)]
pub enum JanusError {
    #[error("request: {0}")]
    Http(#[from] reqwest::Error),
    #[error("Janus refused: {0}")]
    Refused(String),
    #[error("Janus said nothing for {0:?}")]
    Silent(Duration),
}

/// A gateway.
pub struct Janus {
    http: Client,
    base: String,
    local: IpAddr,
    /// Feeds of each room, in the order in which they came.
    feeds: Mutex<Vec<(String, u64)>>,
    run: u32,
}

/// A plugin handle in a session of its own.
pub struct Handle {
    session: String,
    keeper: tokio::task::JoinHandle<()>,
    /// Of a publisher.
    feed: Option<(String, u64)>,
    /// The feed that a subscriber has.
    watches: Option<u64>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Janus {
    /// `base` is like `http://127.0.0.1:8088/janus`; `media`: from which address to send media, if
    /// not from the one that the API is reached from.
    pub fn new(base: &str, media: Option<IpAddr>) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        let local = media.unwrap_or_else(|| local_address(&base));
        let run = fastrand::u32(1_000..1_000_000);
        Self { http: Client::new(), base, local, feeds: Mutex::default(), run }
    }

    async fn post(&self, url: &str, mut body: Value) -> Result<Value, JanusError> {
        body["transaction"] = json!(format!("{:016x}", fastrand::u64(..)));
        let answer: Value = self.http.post(url).json(&body).send().await?.json().await?;
        match answer["janus"].as_str() {
            Some("error") => Err(JanusError::Refused(answer["error"].to_string())),
            _ => Ok(answer),
        }
    }

    async fn attach(&self) -> Result<(Handle, String), JanusError> {
        let id = |answer: &Value| {
            let id = answer["data"]["id"].as_u64();
            id.ok_or_else(|| JanusError::Refused(answer.to_string()))
        };
        let created = self.post(&self.base, json!({ "janus": "create" })).await?;
        let session = format!("{}/{}", self.base, id(&created)?);
        let attach = json!({ "janus": "attach", "plugin": "janus.plugin.videoroom" });
        let attached = self.post(&session, attach).await?;
        let handle = format!("{session}/{}", id(&attached)?);
        let (http, url) = (self.http.clone(), session.clone());
        let keeper = tokio::spawn(async move {
            loop {
                tokio::time::sleep(KEEP_ALIVE).await;
                let body = json!({ "janus": "keepalive", "transaction": "keepalive" });
                let _ = http.post(&url).json(&body).send().await;
            }
        });
        Ok((Handle { session, keeper, feed: None, watches: None }, handle))
    }

    /// Sends a message to the plugin and waits for its event, past those of other kinds.
    async fn ask(
        &self,
        handle: &Handle,
        url: &str,
        body: Value,
        jsep: Option<Value>,
    ) -> Result<Value, JanusError> {
        let mut message = json!({ "janus": "message", "body": body });
        if let Some(jsep) = jsep {
            message["jsep"] = jsep;
        }
        let answer = self.post(url, message).await?;
        if answer["janus"] == "success" {
            return plugin(answer);
        }
        let transaction = answer["transaction"].clone();
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < WAIT {
            let event = self.event(handle).await?;
            if event["janus"] == "event" && event["transaction"] == transaction {
                return plugin(event);
            }
        }
        Err(JanusError::Silent(WAIT))
    }

    /// A feed can be watched when its publisher's connection is up.
    async fn wait_for_media(&self, handle: &Handle) -> Result<(), JanusError> {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < WAIT {
            if self.event(handle).await?["janus"] == "webrtcup" {
                return Ok(());
            }
        }
        Err(JanusError::Silent(WAIT))
    }

    /// A long poll: it answers as soon as there is an event, or after 30 s.
    async fn event(&self, handle: &Handle) -> Result<Value, JanusError> {
        Ok(self.http.get(&handle.session).timeout(WAIT).send().await?.json().await?)
    }

    pub(super) async fn open_room(&self, number: u32) -> Result<String, JanusError> {
        let room = u64::from(self.run) * 1_000 + u64::from(number);
        let (handle, url) = self.attach().await?;
        let create = json!({
            "request": "create", "room": room, "publishers": 500, "bitrate": 0,
            "audiocodec": "opus", "videocodec": "vp8,vp9,h264,av1", "transport_wide_cc_ext": true,
        });
        self.ask(&handle, &url, create, None).await?;
        Ok(room.to_string())
    }

    pub(super) async fn join(
        &self,
        engine: &Engine,
        room: &str,
        plan: &Plan,
    ) -> Result<Member, TargetError> {
        let whole = plan.setup(self.local);
        let mut member = Member { peers: Vec::new(), hold: Hold::Janus(Vec::new()) };
        if plan.group.publishes() {
            let (peer, handle) = self.publish(engine, room, whole).await?;
            member.peers.push(peer);
            member.hold = Hold::Janus(vec![handle]);
        }
        self.follow(engine, room, plan, &mut member).await?;
        Ok(member)
    }

    async fn publish(
        &self,
        engine: &Engine,
        room: &str,
        whole: PeerSetup,
    ) -> Result<(PeerId, Handle), TargetError> {
        let setup = PeerSetup { video_slots: 0, audio_slots: 0, ..whole };
        let (mut handle, url) = self.attach().await?;
        let number: u64 = room.parse().unwrap_or_default();
        let join = json!({ "request": "join", "ptype": "publisher", "room": number });
        let joined = self.ask(&handle, &url, join, None).await?;
        let feed = joined["plugindata"]["data"]["id"].as_u64().unwrap_or_default();
        let (peer, ()) = negotiate(engine, setup, async |offer| {
            let publish = json!({ "request": "publish" });
            let jsep = json!({ "type": "offer", "sdp": offer.sdp });
            let answer = self.ask(&handle, &url, publish, Some(jsep)).await?;
            Ok::<_, JanusError>((sdp_of(&answer)?, ()))
        })
        .await?;
        if let Err(error) = self.wait_for_media(&handle).await {
            engine.leave(peer);
            return Err(error.into());
        }
        handle.feed = Some((room.to_owned(), feed));
        self.feeds().push((room.to_owned(), feed));
        Ok((peer, handle))
    }

    /// Subscribes to feeds of the room until so many are watched as the plan says, each by a peer
    /// connection of its own, which Janus offers.
    pub(super) async fn follow(
        &self,
        engine: &Engine,
        room: &str,
        plan: &Plan,
        member: &mut Member,
    ) -> Result<(), TargetError> {
        let Some(watch) = plan.group.watch else { return Ok(()) };
        let Hold::Janus(handles) = &mut member.hold else { return Ok(()) };
        loop {
            let known = |feed: u64| {
                handles.iter().any(|handle| {
                    handle.watches == Some(feed)
                        || handle.feed.as_ref().is_some_and(|(_, own)| *own == feed)
                })
            };
            let watched = handles.iter().filter(|handle| handle.watches.is_some()).count();
            let next = self.feeds().iter().find(|(r, f)| r == room && !known(*f)).map(|(_, f)| *f);
            let Some(feed) = next.filter(|_| watched < watch.tiles + plan.screens) else {
                return Ok(());
            };
            let (mut handle, url) = self.attach().await?;
            let posted = Instant::now();
            let number: u64 = room.parse().unwrap_or_default();
            let join = json!({
                "request": "join", "ptype": "subscriber", "room": number,
                "streams": [{ "feed": feed }],
            });
            let offered = self.ask(&handle, &url, join, None).await?;
            let setup = PeerSetup {
                microphone: None,
                camera: None,
                screen: None,
                video_slots: 1,
                ..plan.setup(self.local)
            };
            let (peer, answer) = engine.answer(setup, sdp_of(&offered)?, posted).await?;
            let jsep = json!({ "type": "answer", "sdp": answer });
            member.peers.push(peer);
            self.ask(&handle, &url, json!({ "request": "start" }), Some(jsep)).await?;
            handle.watches = Some(feed);
            handles.push(handle);
        }
    }

    fn feeds(&self) -> MutexGuard<'_, Vec<(String, u64)>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn end(&self, handles: Vec<Handle>) {
        for handle in handles {
            if let Some(feed) = &handle.feed {
                self.feeds().retain(|known| known != feed);
            }
            let _ = self.post(&handle.session, json!({ "janus": "destroy" })).await;
        }
    }
}

/// The answer of the plugin, unless it is an error.
fn plugin(answer: Value) -> Result<Value, JanusError> {
    match answer["plugindata"]["data"].get("error") {
        Some(error) => Err(JanusError::Refused(error.to_string())),
        None => Ok(answer),
    }
}

fn sdp_of(answer: &Value) -> Result<String, JanusError> {
    let sdp = answer["jsep"]["sdp"].as_str();
    sdp.map(str::to_owned).ok_or_else(|| JanusError::Refused(answer.to_string()))
}
