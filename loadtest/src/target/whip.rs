//! Any server with WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep).

use std::net::IpAddr;

use reqwest::{Client, StatusCode, Url, header};

use super::{Hold, Member, Plan, TargetError, local_address, negotiate};
use crate::{
    engine::{Engine, PeerId, PeerSetup},
    scenario::Watch,
};

#[derive(Debug, thiserror::Error)]
pub enum WhipError {
    #[error("request: {0}")]
    Http(#[from] reqwest::Error),
    #[error("{url} answered {status}: {body}")]
    Refused { url: String, status: u16, body: String },
    #[error("`{0}` is no address")]
    Address(String),
}

/// Endpoints, with `{room}` where the room's name goes.
pub struct Whip {
    pub(super) name: String,
    http: Client,
    publish: String,
    watch: String,
    token: Option<String>,
    local: IpAddr,
    /// Names of rooms begin with this, so that runs do not meet.
    run: String,
}

/// A session to be deleted.
pub struct Resource(Url);

impl Whip {
    pub fn new(name: String, publish: &str, watch: &str, token: Option<String>) -> Self {
        let local = local_address(publish);
        let (publish, watch) = (publish.to_owned(), watch.to_owned());
        let run = format!("load{:08x}", fastrand::u32(..));
        Self { name, http: Client::new(), publish, watch, token, local, run }
    }

    pub(super) fn room_name(&self, number: u32) -> String {
        format!("{}-{number}", self.run)
    }

    pub(super) async fn join(
        &self,
        engine: &Engine,
        room: &str,
        plan: &Plan,
    ) -> Result<Member, TargetError> {
        let mut peers = Vec::new();
        let mut resources = Vec::new();
        let whole = plan.setup(self.local);
        let nothing = PeerSetup {
            microphone: None,
            camera: None,
            screen: None,
            audio_slots: 0,
            video_slots: 0,
            ..whole.clone()
        };
        let mut open = Vec::new();
        if whole.microphone.is_some() || whole.camera.is_some() {
            let (microphone, camera) = (whole.microphone, whole.camera);
            open.push((&self.publish, PeerSetup { microphone, camera, ..nothing.clone() }));
        }
        if whole.screen.is_some() {
            open.push((&self.publish, PeerSetup { screen: whole.screen, ..nothing.clone() }));
        }
        if let Some(Watch { tiles, .. }) = plan.group.watch {
            let others = plan.cameras - usize::from(whole.camera.is_some()).min(plan.cameras);
            let video_slots = tiles.min(others) + plan.screens;
            open.push((&self.watch, PeerSetup { audio_slots: 1, video_slots, ..nothing }));
        }
        for (endpoint, setup) in open {
            match self.open(engine, endpoint, room, setup).await {
                Ok((peer, resource)) => {
                    peers.push(peer);
                    resources.extend(resource);
                }
                Err(error) => {
                    peers.into_iter().for_each(|peer| engine.leave(peer));
                    self.end(resources).await;
                    return Err(error);
                }
            }
        }
        Ok(Member { peers, hold: Hold::Whip(resources) })
    }

    async fn open(
        &self,
        engine: &Engine,
        endpoint: &str,
        room: &str,
        setup: PeerSetup,
    ) -> Result<(PeerId, Option<Resource>), TargetError> {
        let url = endpoint.replace("{room}", room);
        let base = Url::parse(&url).map_err(|_| WhipError::Address(url.clone()))?;
        negotiate(engine, setup, async |offer| {
            let mut request = self
                .http
                .post(base.clone())
                .header(header::CONTENT_TYPE, "application/sdp")
                .body(offer.sdp.clone());
            if let Some(token) = &self.token {
                request = request.bearer_auth(token);
            }
            let response = request.send().await?;
            let status = response.status();
            let location = response.headers().get(header::LOCATION).cloned();
            let body = response.text().await?;
            if status != StatusCode::CREATED {
                return Err(WhipError::Refused { url: url.clone(), status: status.as_u16(), body });
            }
            // Relative to what was asked for (RFC 9725, section 4.2).
            let resource =
                location.and_then(|location| base.join(location.to_str().ok()?).ok()).map(Resource);
            Ok((body, resource))
        })
        .await
    }

    pub(super) async fn end(&self, resources: Vec<Resource>) {
        for Resource(url) in resources {
            let mut request = self.http.delete(url);
            if let Some(token) = &self.token {
                request = request.bearer_auth(token);
            }
            // The server may have ended it already.
            let _ = request.send().await;
        }
    }
}
