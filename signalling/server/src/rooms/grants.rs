//! What lets a participant in: tokens for the room's socket and for the media node.

use szpon_auth::Signed;
use szpon_kit::problem::Result;
use szpon_protocol::{
    OfficeId, ParticipantId, RoomId,
    claims::{Audience, MediaClaims, ParticipantClaims, Subject},
    media::SourceSet,
    room::MediaGrant,
    rooms::ProbeGrant,
};
use szpon_signalling_core::Seat;

use crate::AppState;

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

/// For a connection test before the call.
pub fn probe(state: &AppState) -> Result<ProbeGrant> {
    let signed = state.keys.sign(Audience::Sfu, Subject::Probe, PROBE_LIFETIME_SECS)?;
    Ok(ProbeGrant { url: MEDIA_URL.into(), token: signed.token })
}
