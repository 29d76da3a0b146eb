//! Servers that participants can be played against, and how each is entered.

mod janus;
mod szpon;
mod whip;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs},
    time::Instant,
};

use szpon_protocol::{ParticipantId, media::Tile};

pub use janus::{Janus, JanusError};
pub use szpon::{Szpon, view};
pub use whip::{Whip, WhipError};

use crate::{
    engine::{Engine, EngineError, PeerId, PeerSetup},
    media::payload::Codec,
    scenario::{Group, Scenario},
    signalling::SignallingError,
};

/// Why somebody could not join.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error(transparent)]
    Signalling(#[from] SignallingError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Whip(#[from] WhipError),
    #[error(transparent)]
    Janus(#[from] JanusError),
}

/// A server and the way in.
pub enum Target {
    /// Ours: signalling, guest link, room socket, media session.
    Szpon(Szpon),
    /// Any server: WHIP (RFC 9725) to publish, WHEP (draft-ietf-wish-whep) to watch.
    Whip(Whip),
    /// Janus's videoroom by its HTTP API.
    Janus(Janus),
}

/// An open room.
#[derive(Debug, Clone)]
pub struct Room {
    /// A guest link's secret, or a name.
    key: String,
}

/// Somebody who is to join.
#[derive(Debug, Clone)]
pub struct Plan {
    pub group: Group,
    /// Its place among the scenario's groups.
    pub place: usize,
    /// Number among all participants of the run, also after leaving and coming back.
    pub number: u32,
    /// Codecs that are published in the room.
    pub codecs: Vec<Codec>,
    pub turn: (u32, u32),
    /// What others publish in the room, at most: cameras, and screens.
    pub cameras: usize,
    pub screens: usize,
}

/// Somebody in a room, until [`Target::leave`].
pub struct Member {
    pub peers: Vec<PeerId>,
    hold: Hold,
}

/// What keeps a member in.
enum Hold {
    Szpon(Box<szpon::Seat>),
    Whip(Vec<whip::Resource>),
    Janus(Vec<janus::Handle>),
}

impl Target {
    pub fn name(&self) -> &str {
        match self {
            Self::Szpon(_) => "SZPoN",
            Self::Whip(whip) => &whip.name,
            Self::Janus(_) => "Janus",
        }
    }

    /// Makes room number `number` of a run.
    pub async fn open_room(&self, number: u32) -> Result<Room, TargetError> {
        let key = match self {
            Self::Szpon(szpon) => szpon.open_room().await?,
            Self::Whip(whip) => whip.room_name(number),
            Self::Janus(janus) => janus.open_room(number).await?,
        };
        Ok(Room { key })
    }

    pub async fn join(
        &self,
        engine: &Engine,
        room: &Room,
        plan: &Plan,
    ) -> Result<Member, TargetError> {
        match self {
            Self::Szpon(szpon) => szpon.join(engine, &room.key, plan).await,
            Self::Whip(whip) => whip.join(engine, &room.key, plan).await,
            Self::Janus(janus) => janus.join(engine, &room.key, plan).await,
        }
    }

    /// The room has changed: watches what it did not yet, where each track is asked for apart.
    pub async fn follow(
        &self,
        engine: &Engine,
        room: &Room,
        plan: &Plan,
        member: &mut Member,
    ) -> Result<(), TargetError> {
        match self {
            Self::Janus(janus) => janus.follow(engine, &room.key, plan, member).await,
            Self::Szpon(_) | Self::Whip(_) => Ok(()),
        }
    }

    /// Goes on from another address: with new ICE credentials where the target knows how to ask for
    /// them, by a connectivity check alone elsewhere.
    pub async fn restart(&self, engine: &Engine, member: &Member) -> Result<(), TargetError> {
        if let (Self::Szpon(szpon), Hold::Szpon(seat), Some(peer)) =
            (self, &member.hold, member.peers.first())
        {
            return szpon.restart(engine, *peer, seat).await;
        }
        member.peers.iter().for_each(|peer| engine.change_address(*peer));
        Ok(())
    }

    pub async fn leave(&self, engine: &Engine, member: Member) {
        for peer in &member.peers {
            engine.leave(*peer);
        }
        match (self, member.hold) {
            (Self::Whip(whip), Hold::Whip(resources)) => whip.end(resources).await,
            (Self::Janus(janus), Hold::Janus(handles)) => janus.end(handles).await,
            // Dropping the guest closes its socket.
            _ => {}
        }
    }
}

impl Member {
    /// The pictures that others may ask for; none where the server decides who sees what.
    pub fn tiles(&self, plan: &Group) -> Vec<Tile> {
        match &self.hold {
            Hold::Szpon(seat) => szpon::tiles_of(seat.guest.you, plan),
            // Nobody is named so; it only says that there is somebody new.
            Hold::Janus(_) => szpon::tiles_of(ParticipantId::new(), plan),
            Hold::Whip(_) => Vec::new(),
        }
    }

    /// Shows these pictures from now on, if the target knows views.
    pub fn show(&self, engine: &Engine, tiles: &[Tile]) {
        if let (Hold::Szpon(_), Some(peer)) = (&self.hold, self.peers.first()) {
            szpon::show(engine, *peer, tiles);
        }
    }
}

impl Plan {
    /// Whether nobody in the room publishes.
    fn is_calm(&self) -> bool {
        self.cameras == 0 && self.screens == 0 && self.turn.1 == 0
    }

    /// Cameras and screens of others.
    fn others(&self) -> usize {
        let own =
            usize::from(self.group.camera.is_some()) + usize::from(self.group.screen.is_some());
        (self.cameras + self.screens).saturating_sub(own)
    }

    /// The peer connection of somebody with all that they do on one.
    fn setup(&self, local: IpAddr) -> PeerSetup {
        let watch = self.group.watch;
        PeerSetup {
            group: self.place,
            seed: u64::from(self.number).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            stream: self.number,
            microphone: self.group.microphone,
            camera: self.group.camera,
            screen: self.group.screen,
            audio_slots: 0,
            video_slots: watch.map_or(0, |watch| watch.tiles + self.screens),
            expects_video: watch.is_some() && self.others() > 0,
            channel: None,
            codecs: self.codecs.clone(),
            link: self.group.link.clone(),
            local,
            roams: self.group.move_seconds.is_some(),
            turn: self.turn,
        }
    }
}

/// Codecs published in a scenario.
pub fn codecs(scenario: &Scenario) -> Vec<Codec> {
    let videos = scenario.group.iter().flat_map(|group| [group.camera, group.screen]).flatten();
    let used: Vec<Codec> = videos.map(|video| video.codec).collect();
    let mut codecs = Codec::ALL.to_vec();
    codecs.retain(|codec| used.contains(codec));
    if codecs.is_empty() {
        codecs.push(Codec::Vp8);
    }
    codecs
}

/// The local address from which a server at this URL is reached; loopback if that can't be told.
fn local_address(url: &str) -> IpAddr {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    let with_port = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let route = || {
        let server = with_port.to_socket_addrs().ok()?.next()?;
        let any: SocketAddr = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" }.parse().ok()?;
        let probe = std::net::UdpSocket::bind(any).ok()?;
        // Nothing is sent: the system only looks up the route.
        probe.connect(server).ok()?;
        Some(probe.local_addr().ok()?.ip())
    };
    route().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// Makes an offer, has it answered by `post`, and gives the answer to the engine.
async fn negotiate<T, E>(
    engine: &Engine,
    setup: PeerSetup,
    post: impl AsyncFnOnce(&crate::engine::Offer) -> Result<(String, T), E>,
) -> Result<(PeerId, T), TargetError>
where
    TargetError: From<E>,
{
    let offer = engine.offer(setup).await?;
    let posted = Instant::now();
    let accepted = async {
        let (answer, rest) = post(&offer).await?;
        engine.accept(offer.peer, answer, posted).await?;
        Ok::<T, TargetError>(rest)
    };
    match accepted.await {
        Ok(rest) => Ok((offer.peer, rest)),
        Err(error) => {
            engine.leave(offer.peer);
            Err(error)
        }
    }
}
