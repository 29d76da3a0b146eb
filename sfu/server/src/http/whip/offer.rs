//! What the media sections of an outside client's offer are for. Our own client says so; an encoder
//! or a player that speaks WHIP or WHEP says it by their kind, direction and order.

use szpon_protocol::media::{SIMULCAST_RIDS, SlotMedia, Source, TrackPurpose};

/// Which way media goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// WHIP: from the client.
    Publish,
    /// WHEP: to the client.
    Watch,
}

/// Why an offer has no place in a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// Not SDP, or SDP without media.
    #[error("the offer has no media section")]
    NoMedia,
    /// RFC 9725, section 4.2, and draft-ietf-wish-whep ask for one direction.
    #[error("media section {0} has the wrong direction: sendonly for WHIP, recvonly for WHEP")]
    Direction(usize),
    /// An m-line that can't be told from the others (RFC 8843, section 9.1).
    #[error("media section {0} has no a=mid")]
    NoMid(usize),
    /// A third audio or video track.
    #[error("media section {0} is one too many: a participant has two audio and two video tracks")]
    TooMany(usize),
    /// RTP stream ids that we don't know the order of.
    #[error(
        "media section {0} names its simulcast layers otherwise than q, h, f from the smallest"
    )]
    Layers(usize),
    /// Neither audio nor video nor a data channel.
    #[error("media section {0} is neither audio nor video")]
    Kind(usize),
}

/// The purposes of an offer's media sections.
///
/// Publishing: audio is the microphone, a second one the sound of the screen; video is the camera,
/// a second one the screen. Watching: every section is a slot. Data channels and sections that the
/// client has switched off are left alone.
pub fn purposes(direction: Direction, sdp: &str) -> Result<Vec<TrackPurpose>, OfferError> {
    let (session, sections) = split(sdp);
    if sections.is_empty() {
        return Err(OfferError::NoMedia);
    }
    let default = direction_of(session).unwrap_or("sendrecv");
    let mut tracks = Vec::new();
    let (mut audio, mut video) = (0, 0);
    for (index, section) in sections.into_iter().enumerate() {
        let media = match section.kind {
            "audio" => SlotMedia::Audio,
            "video" => SlotMedia::Video,
            "application" => continue,
            _ => return Err(OfferError::Kind(index)),
        };
        let said = direction_of(section.lines).unwrap_or(default);
        if said == "inactive" {
            continue;
        }
        let wanted = match direction {
            Direction::Publish => "sendonly",
            Direction::Watch => "recvonly",
        };
        if said != wanted {
            return Err(OfferError::Direction(index));
        }
        let mid = value(section.lines, "a=mid:").ok_or(OfferError::NoMid(index))?.to_owned();
        if direction == Direction::Watch {
            tracks.push(TrackPurpose::Slot { mid, media });
            continue;
        }
        if !knows_layers(section.lines) {
            return Err(OfferError::Layers(index));
        }
        let (count, sources) = match media {
            SlotMedia::Audio => (&mut audio, [Source::Microphone, Source::ScreenAudio]),
            SlotMedia::Video => (&mut video, [Source::Camera, Source::Screen]),
        };
        let source = *sources.get(*count).ok_or(OfferError::TooMany(index))?;
        *count += 1;
        tracks.push(TrackPurpose::Publish { mid, source });
    }
    if tracks.is_empty() { Err(OfferError::NoMedia) } else { Ok(tracks) }
}

struct Section<'a> {
    kind: &'a str,
    lines: &'a str,
}

/// The session part and the media sections.
fn split(sdp: &str) -> (&str, Vec<Section<'_>>) {
    let mut starts: Vec<usize> = Vec::new();
    if sdp.starts_with("m=") {
        starts.push(0);
    }
    starts.extend(sdp.match_indices("\nm=").map(|(at, _)| at + 1));
    let session = &sdp[..starts.first().copied().unwrap_or(sdp.len())];
    let ends = starts.iter().skip(1).copied().chain([sdp.len()]);
    let sections = starts.iter().zip(ends).map(|(from, to)| {
        let lines = &sdp[*from..to];
        let kind = lines[2..].split([' ', '\r', '\n']).next().unwrap_or_default();
        Section { kind, lines }
    });
    (session, sections.collect())
}

fn direction_of(lines: &str) -> Option<&str> {
    let attributes = lines.lines().filter_map(|line| line.strip_prefix("a="));
    attributes
        .map(str::trim_end)
        .find(|name| matches!(*name, "sendonly" | "recvonly" | "sendrecv" | "inactive"))
}

fn value<'a>(lines: &'a str, name: &str) -> Option<&'a str> {
    lines.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_end)
}

/// Whether the layers of a section (RFC 8853) are ours, in any order, with none left out below
/// another.
fn knows_layers(lines: &str) -> bool {
    let Some(simulcast) = value(lines, "a=simulcast:") else { return true };
    let Some(sent) = simulcast.split(' ').skip_while(|word| *word != "send").nth(1) else {
        return false;
    };
    let mut rids: Vec<&str> = sent.split(';').map(|rid| rid.trim_start_matches('~')).collect();
    rids.sort_by_key(|rid| SIMULCAST_RIDS.iter().position(|known| known == rid));
    rids.len() <= SIMULCAST_RIDS.len() && rids == SIMULCAST_RIDS[..rids.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sdp(sections: &[(&str, &str)]) -> String {
        let mut sdp = String::from("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n");
        for (index, (kind, more)) in sections.iter().enumerate() {
            sdp += &format!("m={kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:{index}\r\n{more}\r\n");
        }
        sdp
    }

    fn published(sections: &[(&str, &str)]) -> Result<Vec<(String, Source)>, OfferError> {
        let tracks = purposes(Direction::Publish, &sdp(sections))?;
        Ok(tracks
            .into_iter()
            .map(|track| match track {
                TrackPurpose::Publish { mid, source } => (mid, source),
                TrackPurpose::Slot { .. } => panic!("a slot in WHIP"),
            })
            .collect())
    }

    #[test]
    fn an_encoder_publishes_by_order() {
        let send = "a=sendonly";
        let all = [("audio", send), ("video", send), ("video", send), ("audio", send)];
        let expected = [
            ("0", Source::Microphone),
            ("1", Source::Camera),
            ("2", Source::Screen),
            ("3", Source::ScreenAudio),
        ];
        let expected = expected.map(|(mid, source)| (mid.to_owned(), source));
        assert_eq!(published(&all).unwrap(), expected);
        assert_eq!(published(&[all[1]]).unwrap(), [("0".to_owned(), Source::Camera)]);
        let three = [("video", send), ("video", send), ("video", send)];
        assert_eq!(published(&three), Err(OfferError::TooMany(2)));
    }

    #[test]
    fn a_player_has_slots() {
        let sections =
            [("audio", "a=recvonly"), ("video", "a=recvonly"), ("application", "a=sctp-port:5000")];
        let slots = purposes(Direction::Watch, &sdp(&sections)).unwrap();
        let slot = |mid: &str, media| TrackPurpose::Slot { mid: mid.into(), media };
        assert_eq!(slots, [slot("0", SlotMedia::Audio), slot("1", SlotMedia::Video)]);
    }

    #[test]
    fn directions_must_fit() {
        assert_eq!(published(&[("audio", "a=recvonly")]), Err(OfferError::Direction(0)));
        assert_eq!(published(&[("audio", "a=sendrecv")]), Err(OfferError::Direction(0)));
        assert_eq!(published(&[("audio", "")]), Err(OfferError::Direction(0)));
        let both = [("audio", "a=inactive"), ("video", "a=sendonly")];
        assert_eq!(published(&both).unwrap(), [("1".to_owned(), Source::Camera)]);
        assert_eq!(published(&both[..1]), Err(OfferError::NoMedia));
        // A direction of the whole session holds where a section has none (RFC 8866, section 6.7).
        let whole = format!("v=0\r\na=sendonly\r\n{}", "m=audio 9 x 0\r\na=mid:0\r\n");
        assert_eq!(purposes(Direction::Publish, &whole).unwrap().len(), 1);
    }

    #[test]
    fn layers_must_be_ours() {
        let with = |rids: &str| format!("a=sendonly\r\na=simulcast:send {rids}");
        for good in ["q;h;f", "f;h;q", "q", "q;h", "~q;h"] {
            assert!(published(&[("video", &with(good))]).is_ok(), "{good}");
        }
        for bad in ["a;b;c", "h;f", "q;h;f;x", "q;q", ""] {
            assert_eq!(published(&[("video", &with(bad))]), Err(OfferError::Layers(0)), "{bad}");
        }
    }

    #[test]
    fn what_is_no_offer_is_refused() {
        assert_eq!(published(&[]), Err(OfferError::NoMedia));
        assert_eq!(published(&[("text", "a=sendonly")]), Err(OfferError::Kind(0)));
        let no_mid = "v=0\r\nm=audio 9 x 0\r\na=sendonly\r\n";
        assert_eq!(purposes(Direction::Publish, no_mid), Err(OfferError::NoMid(0)));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(
            text in "(v=0|m=(audio|video|application)?[ -~]{0,12}|a=(mid|simulcast):[ -~]{0,12}|a=(send|recv)only|\\PC{0,12}|\r?\n){0,30}"
        ) {
            for direction in [Direction::Publish, Direction::Watch] {
                let _ = purposes(direction, &text);
            }
        }
    }
}
