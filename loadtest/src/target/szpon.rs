//! Our own server, by its signalling.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Instant,
};

use reqwest::Client;
use szpon_protocol::{
    ParticipantId, SessionId,
    media::{
        AUDIO_SLOTS, DATA_CHANNEL, OpenSession, SlotMedia, Source, SourceSet, Tile, ToNode,
        TrackPurpose,
    },
};

use super::{Hold, Member, Plan, TargetError, local_address, negotiate};
use crate::{
    engine::{Engine, Line, PeerId},
    scenario::{Group, Watch},
    signalling::{Guest, Official, SignallingError},
};

/// So many guests enter from one address: the server counts attempts by network, as it should.
const GUESTS_PER_ADDRESS: u32 = 100;

/// A guest with a media session.
pub struct Seat {
    pub(super) guest: Guest,
    session: SessionId,
    http: Client,
}

/// A signed-in official who makes rooms.
pub struct Szpon {
    base: String,
    official: Official,
    local: IpAddr,
}

impl Szpon {
    pub async fn sign_in(base: &str, email: &str, password: &str) -> Result<Self, SignallingError> {
        let base = base.trim_end_matches('/').to_owned();
        let official = Official::sign_in(&Client::new(), &base, email, password).await?;
        let local = local_address(&base);
        Ok(Self { base, official, local })
    }

    pub(super) async fn open_room(&self) -> Result<String, SignallingError> {
        self.official.open_room().await
    }

    pub(super) async fn join(
        &self,
        engine: &Engine,
        link: &str,
        plan: &Plan,
    ) -> Result<Member, TargetError> {
        let http = self.client(plan.number)?;
        let name = format!("{} {}", plan.group.name, plan.number);
        let sources = SourceSet {
            microphone: plan.group.microphone.is_some(),
            camera: plan.group.camera.is_some(),
            screen: plan.group.screen.is_some(),
            screen_audio: false,
        };
        let guest = Guest::enter(&http, &self.base, link, &name, sources, plan.is_calm()).await?;
        let mut setup = plan.setup(self.local);
        setup.audio_slots = if plan.group.watch.is_some() { AUDIO_SLOTS } else { 0 };
        setup.channel = Some(DATA_CHANNEL);
        let post = async |offer: &crate::engine::Offer| {
            let tracks = offer.lines.iter().map(|(mid, line)| purpose(mid, *line)).collect();
            let open = OpenSession { sdp: offer.sdp.clone(), tracks };
            let answer = guest.open_session(&http, &self.base, &open).await?;
            Ok::<_, SignallingError>((answer.sdp, answer.session))
        };
        let (peer, session) = negotiate(engine, setup, post).await?;
        Ok(Member { peers: vec![peer], hold: Hold::Szpon(Box::new(Seat { guest, session, http })) })
    }

    /// Goes on from another address, with new ICE credentials.
    pub(super) async fn restart(
        &self,
        engine: &Engine,
        peer: PeerId,
        seat: &Seat,
    ) -> Result<(), TargetError> {
        let Seat { guest, session, http } = seat;
        let sdp = engine.restart(peer).await?;
        let posted = Instant::now();
        let answer = guest.restart_ice(http, &self.base, *session, sdp).await?;
        Ok(engine.accept(peer, answer.sdp, posted).await?)
    }

    /// On loopback, from one of its many addresses.
    fn client(&self, number: u32) -> Result<Client, SignallingError> {
        let mut builder = Client::builder();
        if self.local == IpAddr::V4(Ipv4Addr::LOCALHOST) {
            let [_, _, high, low] = (number / GUESTS_PER_ADDRESS + 2).to_be_bytes();
            builder = builder.local_address(IpAddr::V4(Ipv4Addr::new(127, 0, high, low)));
        }
        Ok(builder.build()?)
    }
}

fn purpose(mid: &str, line: Line) -> TrackPurpose {
    let mid = mid.to_owned();
    match line {
        Line::Microphone => TrackPurpose::Publish { mid, source: Source::Microphone },
        Line::Camera => TrackPurpose::Publish { mid, source: Source::Camera },
        Line::Screen => TrackPurpose::Publish { mid, source: Source::Screen },
        Line::AudioSlot => TrackPurpose::Slot { mid, media: SlotMedia::Audio },
        Line::VideoSlot => TrackPurpose::Slot { mid, media: SlotMedia::Video },
    }
}

/// What a participant publishes, as tiles of a size that each watcher still has to set.
pub(super) fn tiles_of(participant: ParticipantId, group: &Group) -> Vec<Tile> {
    let tile = |source| Tile { participant, source, width: 0, height: 0, pinned: false };
    let camera = group.camera.map(|_| tile(Source::Camera));
    camera.into_iter().chain(group.screen.map(|_| tile(Source::Screen))).collect()
}

pub(super) fn show(engine: &Engine, peer: PeerId, tiles: &[Tile]) {
    if let Ok(message) = serde_json::to_vec(&ToNode::View { tiles: tiles.to_vec() }) {
        engine.say(peer, message);
    }
}

/// The view of somebody who watches so: all screens, and some of the cameras from `rotation` on.
pub fn view(watch: Watch, others: &[Tile], rotation: usize) -> Vec<Tile> {
    let sized = |tile: &Tile, width, height| Tile { width, height, ..tile.clone() };
    let screens = others
        .iter()
        .filter(|tile| tile.source == Source::Screen)
        .map(|tile| sized(tile, watch.screen_width, watch.screen_height));
    let cameras: Vec<&Tile> = others.iter().filter(|tile| tile.source == Source::Camera).collect();
    let shown = watch.tiles.min(cameras.len());
    let first = rotation * watch.tiles;
    let cameras =
        (0..shown).map(|n| sized(cameras[(first + n) % cameras.len()], watch.width, watch.height));
    screens.chain(cameras).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_go_round() {
        let tile = |source| Tile {
            participant: ParticipantId::new(),
            source,
            width: 0,
            height: 0,
            pinned: false,
        };
        let mut others: Vec<Tile> = (0..5).map(|_| tile(Source::Camera)).collect();
        others.push(tile(Source::Screen));
        let watch = Watch { tiles: 2, ..Watch::default() };
        let first = view(watch, &others, 0);
        assert_eq!(first.len(), 3);
        assert_eq!((first[0].source, first[0].width), (Source::Screen, watch.screen_width));
        assert_eq!(first[1].participant, others[0].participant);
        let third = view(watch, &others, 2);
        assert_eq!(third[1].participant, others[4].participant);
        assert_eq!(third[2].participant, others[0].participant);
        assert!(view(watch, &[], 3).is_empty());
    }
}
