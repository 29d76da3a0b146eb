//! What a session shows that has no way to say so: a WHEP player has no data channel.

use szpon_protocol::{
    ParticipantId,
    media::{Source, Tile},
};

use crate::{rooms::Room, tracks::Track};

/// Who knows how large a picture is shown, if not the player: the largest layer, as far as
/// bandwidth allows.
const AS_LARGE_AS_IT_COMES: u16 = u16::MAX;

/// The view of a session of `own` with `slots` video slots: screens first, then the camera of
/// whoever speaks, then all others in the order in which they came.
pub(crate) fn default_view(room: &Room, own: ParticipantId, slots: usize) -> Vec<Tile> {
    if slots == 0 {
        return Vec::new();
    }
    let speaker = room.pulse.voices.dominant;
    let rank = |track: &Track| {
        let group = match track.source {
            Source::Screen => 0,
            _ if Some(track.participant) == speaker => 1,
            _ => 2,
        };
        // Numbers of tracks only grow.
        (group, track.this.id)
    };
    let mut shown: Vec<&Track> = room
        .tracks
        .iter()
        .map(|(_, track)| track)
        .filter(|track| track.is_video() && track.allowed && track.participant != own)
        .collect();
    shown.sort_by_key(|track| rank(track));
    shown.truncate(slots);
    let tile = |track: &Track| Tile {
        participant: track.participant,
        source: track.source,
        width: AS_LARGE_AS_IT_COMES,
        height: AS_LARGE_AS_IT_COMES,
        pinned: false,
    };
    shown.into_iter().map(tile).collect()
}
