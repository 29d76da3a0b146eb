//! What lets a participant in: tokens for the room's socket and for the media node.

use szpon_auth::Signed;
use szpon_kit::problem::Result;
use szpon_protocol::{
    OfficeId, ParticipantId, RoomId, Time,
    claims::{Audience, MediaClaims, ParticipantClaims, StreamClaims, StreamDirection, Subject},
    media::SourceSet,
    room::MediaGrant,
    rooms::ProbeGrant,
};
use szpon_signalling_core::Seat;

use crate::{AppState, rooms::store::streams::StoredStream};

/// Where the media node is: on one machine it shares our address.
const MEDIA_URL: &str = "/media/v1";
/// Video slots of a session: a grid of four by four, and the node may serve fewer.
const VIDEO_SLOTS: u8 = 16;

/// How long a participant token opens the socket, in seconds. It is renewed over the socket.
const PARTICIPANT_LIFETIME_SECS: i64 = 600;
/// How long a media token opens a session, in seconds. A client asks for another when it needs it.
const MEDIA_LIFETIME_SECS: i64 = 300;
/// Long enough to read the page before the call and to try again a few times, in seconds.
const PROBE_LIFETIME_SECS: i64 = 600;

/// Opens the room's WebSocket.
pub fn participant(
    state: &AppState,
    office: OfficeId,
    room: RoomId,
    seat: &Seat,
) -> Result<Signed> {
    let claims = ParticipantClaims {
        office,
        room,
        participant: seat.id,
        person: seat.person,
        name: seat.name.clone(),
        role: seat.role,
    };
    let subject = Subject::Participant(claims);
    state.keys.sign(Audience::Signalling, subject, PARTICIPANT_LIFETIME_SECS)
}

/// Opens a media session.
pub fn media(
    state: &AppState,
    office: OfficeId,
    room: RoomId,
    participant: ParticipantId,
    publish: SourceSet,
) -> Result<MediaGrant> {
    let subject = Subject::Media(MediaClaims { office, room, participant, publish });
    let signed = state.keys.sign(Audience::Sfu, subject, MEDIA_LIFETIME_SECS)?;
    Ok(MediaGrant {
        url: MEDIA_URL.into(),
        token: signed.token,
        expires_at: signed.expires_at,
        publish,
        video_slots: VIDEO_SLOTS,
    })
}

/// Where a stream goes and what lets it in.
pub struct StreamGrant {
    pub url: String,
    pub token: String,
}

/// Opens media sessions by WHIP or WHEP until the stream expires.
pub fn stream(
    state: &AppState,
    office: OfficeId,
    room: RoomId,
    stream: &StoredStream,
    now: Time,
) -> Result<StreamGrant> {
    let (participant, direction) = (stream.id, stream.direction);
    let subject = Subject::Stream(StreamClaims { office, room, participant, direction });
    let lifetime_secs = stream.expires_at.since(now) / 1000;
    let signed = state.keys.sign(Audience::Sfu, subject, lifetime_secs)?;
    let endpoint = match direction {
        StreamDirection::Publish => "whip",
        StreamDirection::Watch => "whep",
    };
    // An encoder is no page of ours, so it needs the whole address.
    let url = format!("{}{MEDIA_URL}/{endpoint}", state.settings.public_url);
    Ok(StreamGrant { url, token: signed.token })
}

/// For a connection test before the call.
pub fn probe(state: &AppState) -> Result<ProbeGrant> {
    let signed = state.keys.sign(Audience::Sfu, Subject::Probe, PROBE_LIFETIME_SECS)?;
    Ok(ProbeGrant { url: MEDIA_URL.into(), token: signed.token })
}
