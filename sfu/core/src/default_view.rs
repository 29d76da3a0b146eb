//! What a session shows that has no way to say so: a WHEP player has no data channel, and that of a
//! client is late when the network loses its first packet, which SCTP repeats after three seconds, and
//! then after nine (RFC 9260, section 16).

use std::time::Duration;

use szpon_media::view::Size;
use szpon_protocol::{
    ParticipantId,
    media::{Source, Tile},
};

use crate::{rooms::Room, tracks::Track};

/// Who knows how large a picture is shown, if not the player: the largest layer, as far as
/// bandwidth allows.
pub(crate) const AS_LARGE_AS_IT_COMES: Size = Size::new(u16::MAX, u16::MAX);
/// For a client that will say what it shows, and shows something until then.
pub(crate) const FOR_THE_MEANTIME: Size = Size::new(640, 360);
/// After the handshake of DTLS: longer than the two round trips that a data channel takes over a way
/// of 300 ms, shorter than until SCTP repeats a lost packet.
pub(crate) const VIEW_PATIENCE: Duration = Duration::from_millis(1_500);

/// The view of a session of `own` with `slots` video slots, each picture of that size: screens first, then the camera of
/// whoever speaks, then all others in the order in which they came.
pub(crate) fn default_view(room: &Room, own: ParticipantId, slots: usize, size: Size) -> Vec<Tile> {
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
        width: size.width,
        height: size.height,
        pinned: false,
    };
    shown.into_iter().map(tile).collect()
}
