//! Packets that were lost between shards, as far as anybody misses them.
//!
//! A subscriber asks its shard for what it lost. If the shard never had the packet either, it asks the
//! track's home; the packet then comes late, for everybody there who misses it.

use std::time::{Duration, Instant};

use szpon_media::{ExtSeq, Layer};

use super::{
    Message, News,
    message::{RelayPacket, ShardId},
};
use crate::{
    core::Core,
    rooms::RoomKey,
    tracks::{Origin, TrackKey, TrackRef},
};

/// Subscribers that miss the same packet ask within this time of each other.
const TOGETHER: Duration = Duration::from_millis(50);
/// Packets of one track asked for within that time at most.
const MAX_ASKED: usize = 64;

/// What the home was asked for lately.
#[derive(Debug, Default)]
pub(crate) struct Asked(Vec<(Layer, ExtSeq, Instant)>);

impl Asked {
    /// Whether to ask for a packet now.
    fn note(&mut self, layer: Layer, seq: ExtSeq, now: Instant) -> bool {
        self.0.retain(|(.., at)| now.saturating_duration_since(*at) < TOGETHER);
        let known = self.0.iter().any(|asked| (asked.0, asked.1) == (layer, seq));
        if known || self.0.len() == MAX_ASKED {
            return false;
        }
        self.0.push((layer, seq, now));
        true
    }
}

impl Core {
    /// Subscribers miss packets that this shard does not have.
    pub(crate) fn ask_home(
        &mut self,
        now: Instant,
        key: RoomKey,
        missing: &[(TrackKey, Layer, ExtSeq)],
    ) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        let id = room.id;
        let mut ask: Vec<(ShardId, TrackRef, Layer, Vec<ExtSeq>)> = Vec::new();
        for (track, layer, seq) in missing {
            let track = room.tracks.get_mut(*track);
            let Some(Origin::Elsewhere(mirror)) = track.map(|track| &mut track.origin) else {
                continue;
            };
            if !mirror.asked.note(*layer, *seq, now) {
                continue;
            }
            match ask.iter_mut().find(|one| (one.1, one.2) == (mirror.home, *layer)) {
                Some((.., seqs)) => seqs.push(*seq),
                None => ask.push((mirror.shard, mirror.home, *layer, vec![*seq])),
            }
        }
        for (shard, track, layer, seqs) in ask {
            self.tell(shard, Message::Room(id, News::Missing { track, layer, seqs }));
        }
    }

    /// Another shard misses packets of a track of this one.
    pub(super) fn send_missing(
        &mut self,
        now: Instant,
        key: RoomKey,
        to: ShardId,
        track: TrackRef,
        layer: Layer,
        seqs: &[ExtSeq],
    ) {
        let Self { rooms, peers, counters, .. } = self;
        let track = rooms
            .get(key)
            .and_then(|room| room.tracks.get(track.key))
            .filter(|found| found.this == track && found.allowed);
        let Some(track) = track else { return };
        let relay = track.relays.iter().find(|relay| relay.shard == to);
        let kept = track.video().and_then(|video| video.kept(layer));
        let (Some(relay), Some(kept), Some(format)) = (relay, kept, track.format) else { return };
        for packet in seqs.iter().filter_map(|seq| kept.get(*seq, now)) {
            let (at, payload_type, packet) = (relay.at, *format.pt, packet.clone());
            peers.packets.push((to, RelayPacket { to: at, layer, payload_type, packet }));
            counters.packets_relayed += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_who_miss_a_packet_ask_once() {
        let t0 = Instant::now();
        let (layer, seq) = (Layer::LOWEST, ExtSeq::new);
        let mut asked = Asked::default();
        assert!(asked.note(layer, seq(7), t0));
        assert!(!asked.note(layer, seq(7), t0 + TOGETHER / 2));
        assert!(asked.note(Layer::HIGHEST, seq(7), t0 + TOGETHER / 2));
        assert!(asked.note(layer, seq(7), t0 + TOGETHER), "that one was lost as well");
        for n in 0..200 {
            asked.note(layer, seq(n), t0 + TOGETHER);
        }
        assert_eq!(asked.0.len(), MAX_ASKED);
    }
}
