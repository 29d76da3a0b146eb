//! What the media server reads beside the shard: TCP framing, and the bodies of WHIP.

use szpon_protocol::media::TrackPurpose;
use szpon_sfu::fuzzing::{
    Credentials, Deframer, Direction, IceSession, MAX_PACKET, fragment, frame, purposes,
};

use crate::{Input, input::text};

/// However a stream is cut, the same packets come out, none too long; and what was framed is among
/// them.
pub fn framing(data: &[u8]) {
    let mut input = Input::new(data);
    let cut = usize::from(input.u8()) + 1;
    let stream = input.rest();
    let whole = packets(stream, stream.len().max(1));
    assert_eq!(packets(stream, cut), whole);
    let (packets_read, ended) = whole;
    assert!(packets_read.iter().all(|packet| (1..=MAX_PACKET).contains(&packet.len())));
    let mut again = Vec::new();
    for packet in &packets_read {
        assert!(frame(packet, &mut again));
    }
    assert!(again.len() <= stream.len());
    assert_eq!(packets(&again, cut), (packets_read, false));
    // Only a length beyond the longest packet ends a stream.
    if ended {
        assert!(
            stream
                .windows(2)
                .any(|pair| u16::from_be_bytes([pair[0], pair[1]]) as usize > MAX_PACKET)
        );
    }
}

fn packets(stream: &[u8], cut: usize) -> (Vec<Vec<u8>>, bool) {
    let mut deframer = Deframer::default();
    let mut packets = Vec::new();
    for part in stream.chunks(cut) {
        deframer.buffer().extend_from_slice(part);
        loop {
            match deframer.next_packet() {
                Ok(Some(packet)) => packets.push(packet.to_vec()),
                Ok(None) => break,
                Err(_) => return (packets, true),
            }
        }
    }
    (packets, false)
}

/// What an outside client's offer is for: no more than a participant has, by names that stand in it.
pub fn whip_offer(data: &[u8]) {
    let sdp = text(data);
    for direction in [Direction::Publish, Direction::Watch] {
        let Ok(tracks) = purposes(direction, &sdp) else { continue };
        assert!(!tracks.is_empty());
        assert!(tracks.len() <= sdp.matches("m=").count());
        for track in &tracks {
            let (TrackPurpose::Publish { mid, .. } | TrackPurpose::Slot { mid, .. }) = track;
            assert!(sdp.contains(&format!("a=mid:{mid}")));
            assert_eq!(
                matches!(track, TrackPurpose::Publish { .. }),
                direction == Direction::Publish
            );
        }
        if direction == Direction::Publish {
            let sources: std::collections::HashSet<_> = tracks
                .iter()
                .map(|track| match track {
                    TrackPurpose::Publish { source, .. } => *source,
                    TrackPurpose::Slot { .. } => unreachable!(),
                })
                .collect();
            assert_eq!(sources.len(), tracks.len(), "a source twice");
        }
    }
}

/// ICE credentials are found whole or not at all, and exchanged everywhere.
pub fn ice_fragment(data: &[u8]) {
    let text = text(data);
    let (offer, answer) = text.split_once('\0').unwrap_or((&text, &text));
    for part in [offer, answer] {
        if let Some(found) = Credentials::find(part) {
            assert!(
                (4..=256).contains(&found.ufrag.len()) && (22..=256).contains(&found.pwd.len())
            );
            assert!(part.contains(&format!("a=ice-ufrag:{}", found.ufrag)));
        }
        if let Some(fragment) = fragment(part) {
            assert_eq!(Credentials::find(&fragment), Credentials::find(part));
        }
    }
    let Some(ice) = IceSession::new(offer, answer) else { return };
    let new = Credentials { ufrag: "Next".into(), pwd: "N".repeat(24) };
    let again = ice.offer_with(&new);
    assert_eq!(Credentials::find(&again), Some(new.clone()));
    assert!(again.lines().all(|line| !line.starts_with("a=candidate:")));
    assert!(ice.restarted(new, answer).is_some());
}
