//! Packets from publishers to subscribers.

use std::time::Instant;

use str0m::{
    bwe::BweKind,
    media::Mid,
    rtp::{RtpPacket, StreamPaused},
};
use szpon_protocol::{
    ParticipantId, RoomId,
    media::{SourceSet, Tile},
};

use crate::{addresses::SessionKey, core::Core, negotiation::Negotiated};

impl Core {
    pub(crate) fn join(
        &mut self,
        _now: Instant,
        _key: SessionKey,
        _room: RoomId,
        _participant: ParticipantId,
        _negotiated: Negotiated,
    ) {
    }

    pub(crate) fn leave(&mut self, _now: Instant, _key: SessionKey) {}

    pub(crate) fn link_changed(&mut self, _now: Instant, _key: SessionKey) {}

    pub(crate) fn allow(&mut self, _: Instant, _: RoomId, _: ParticipantId, _: SourceSet) {}

    pub(crate) fn tick_room(&mut self, _now: Instant, _room: RoomId) {}

    pub(crate) fn view(&mut self, _now: Instant, _key: SessionKey, _tiles: Vec<Tile>) {}

    pub(crate) fn route(&mut self, _now: Instant, _key: SessionKey, _packet: RtpPacket) {
        self.counters.packets_received += 1;
    }

    pub(crate) fn keyframe_wanted(&mut self, _now: Instant, _key: SessionKey, _mid: Mid) {}

    pub(crate) fn stream_paused(&mut self, _: Instant, _: SessionKey, _: &StreamPaused) {}

    pub(crate) fn estimated(&mut self, _: Instant, _: SessionKey, _: &BweKind) {}
}
