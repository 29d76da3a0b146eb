//! The one offer and the one answer of a session.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use str0m::{
    Candidate, IceCreds, Rtc, RtcConfig,
    change::SdpOffer,
    config::{CryptoProvider, DtlsCert},
    media::{Direction, MediaKind, Mid, Rids},
    net::TcpType,
    rtp::{Extension, ExtensionMap},
};
use szpon_protocol::media::{
    AUDIO_SLOTS, MAX_VIDEO_SLOTS, SlotMedia, Source, SourceSet, TrackPurpose,
};

use szpon_sfu_srtp::KeySlot;

use crate::{
    config::CoreConfig,
    dependency,
    egress::StreamSetup,
    error::OpenError,
    peer::{Fault, Peer},
};

/// How often str0m reports the numbers of a peer.
pub(crate) const STATS_INTERVAL: Duration = Duration::from_secs(1);
/// The most that a data channel message of a client may hold. A view of 25 tiles has 4 KiB.
pub(crate) const MAX_MESSAGE: u32 = 16 * 1024;
/// What waits for a slow data channel at most, in bytes; a slot list of a full view has 4 KiB.
const MAX_BUFFERED: usize = 256 * 1024;
/// What does not change from session to session.
pub(crate) struct Identity {
    pub(crate) crypto: Arc<CryptoProvider>,
    /// One certificate for all: making a key for each costs more than a handshake.
    pub(crate) certificate: DtlsCert,
}

/// What the offer holds, in our terms.
#[derive(Debug)]
pub(crate) struct Negotiated {
    pub(crate) answer: String,
    pub(crate) publications: Vec<Publication>,
    pub(crate) slots: Vec<SlotLine>,
    /// The offer has a data channel.
    pub(crate) has_channel: bool,
}

/// An m-line that the client publishes on.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) mid: Mid,
    pub(crate) source: Source,
    /// Simulcast layers; none without RTP stream ids.
    pub(crate) layers: Option<usize>,
}

/// An m-line that the node feeds.
#[derive(Debug)]
pub(crate) struct SlotLine {
    /// The mid as the client wrote it.
    pub(crate) name: String,
    pub(crate) media: SlotMedia,
    pub(crate) stream: StreamSetup,
}

/// A peer, and where its keys will be.
pub(crate) struct NewPeer {
    pub(crate) peer: Peer,
    pub(crate) keys: KeySlot,
}

/// What a later offer must bring again, and its answer says again.
#[derive(Debug)]
pub(crate) struct Offered {
    /// Media sections.
    pub(crate) sections: usize,
    /// SSRCs of the slots, and of their repetitions.
    pub(crate) streams: Vec<(Mid, u32, Option<u32>)>,
}

/// A peer that answers, before its offer is known. What it `publishes` is measured.
pub(crate) fn new_peer(
    config: &CoreConfig,
    identity: &Identity,
    creds: IceCreds,
    publishes: bool,
    now: Instant,
) -> Result<NewPeer, Fault> {
    let mut rtc_config = RtcConfig::new()
        .set_crypto_provider(identity.crypto.clone())
        .set_dtls_cert(identity.certificate.clone())
        .set_local_ice_credentials(creds)
        .set_ice_lite(true)
        .set_rtp_mode(true)
        .set_stats_interval(publishes.then_some(STATS_INTERVAL))
        .set_sctp_max_message_size(MAX_MESSAGE)
        .set_sctp_max_buffered_amount(MAX_BUFFERED)
        .set_extension_map(extensions())
        .clear_codecs();
    let codecs = rtc_config.codec_config();
    codecs.enable_opus(true, true);
    // In the order in which a publisher that can do all of them chooses.
    codecs.enable_vp8(true);
    codecs.enable_vp9(true);
    // Constrained baseline, then baseline, each with and without fragmentation (RFC 6184,
    // packetization-mode): what every browser decodes. The payload types are our proposal; the
    // offer's replace them.
    codecs.add_h264(108.into(), Some(109.into()), true, 0x42e01f);
    codecs.add_h264(124.into(), Some(120.into()), false, 0x42e01f);
    codecs.add_h264(127.into(), Some(121.into()), true, 0x42001f);
    codecs.add_h264(125.into(), Some(107.into()), false, 0x42001f);
    codecs.enable_av1(true);

    let build = || szpon_sfu_srtp::watch(|| rtc_config.build(now));
    let (rtc, keys) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(build))
        .map_err(|_| Fault::Panicked)?;
    let mut peer = Peer::new(rtc);
    peer.call(|rtc| add_candidates(rtc, config))?;
    // Without a slot for keys the session ends when it is connected.
    Ok(NewPeer { peer, keys: keys.unwrap_or_default() })
}

fn add_candidates(rtc: &mut Rtc, config: &CoreConfig) {
    for addr in &config.udp {
        if let Ok(candidate) = Candidate::host(*addr, "udp") {
            rtc.add_local_candidate(candidate);
        }
    }
    for addr in &config.tcp {
        // RFC 6544: the node only accepts connections.
        if let Ok(candidate) =
            Candidate::builder().tcp().host(*addr).tcptype(TcpType::Passive).build()
        {
            rtc.add_local_candidate(candidate);
        }
    }
}

/// Video orientation is left out on purpose: without it a publisher turns its pictures itself, and
/// a subscriber needs no extension to see them upright.
fn extensions() -> ExtensionMap {
    let mut map = ExtensionMap::empty();
    map.set(1, Extension::AudioLevel);
    map.set(2, Extension::AbsoluteSendTime);
    map.set(3, Extension::TransportSequenceNumber);
    map.set(4, Extension::RtpMid);
    map.set(10, Extension::RtpStreamId);
    map.set(11, Extension::RepairedRtpStreamId);
    map.set(12, dependency::extension());
    map
}

/// Answers a session's offer and checks it against the purposes of its media sections.
pub(crate) fn answer(
    peer: &mut Peer,
    config: &CoreConfig,
    sdp: &str,
    tracks: &[TrackPurpose],
    publish: SourceSet,
) -> Result<Negotiated, OpenError> {
    check_size(config, sdp)?;
    check_purposes(tracks)?;
    let answer = accept(peer, sdp).map_err(OpenError::BadOffer)?;
    let mixed = allows_mixed(sdp);
    let mut publications = Vec::new();
    let mut slots = Vec::new();
    for track in tracks {
        let (name, direction, kind) = match track {
            TrackPurpose::Publish { mid, source } => {
                (mid, Direction::RecvOnly, kind_of_source(*source))
            }
            TrackPurpose::Slot { mid, media } => (mid, Direction::SendOnly, kind_of_slot(*media)),
        };
        let mid = Mid::from(name.as_str());
        let found = peer
            .call(|rtc| rtc.media(mid).map(|media| (media.direction(), media.kind())))
            .map_err(cannot)?;
        let Some((found_direction, found_kind)) = found else {
            return Err(OpenError::UnknownMid(name.clone()));
        };
        if found_direction != direction {
            return Err(OpenError::WrongDirection(name.clone()));
        }
        if found_kind != kind {
            return Err(OpenError::WrongKind(name.clone()));
        }
        match track {
            // What the participant may not publish is negotiated all the same, and then ignored:
            // a client need not know its rights before it offers.
            TrackPurpose::Publish { source, .. } if publish.has(*source) => {
                let layers = peer.call(|rtc| layers_of(rtc, mid)).map_err(cannot)?;
                publications.push(Publication { mid, source: *source, layers });
            }
            TrackPurpose::Publish { .. } => {}
            TrackPurpose::Slot { media, .. } => {
                let stream = peer.call(|rtc| take_stream(rtc, mid, mixed)).map_err(cannot)?;
                let Some(stream) = stream else {
                    return Err(OpenError::WrongDirection(name.clone()));
                };
                slots.push(SlotLine { name: name.clone(), media: *media, stream });
            }
        }
    }
    Ok(Negotiated { answer, publications, slots, has_channel: has_data_channel(sdp) })
}

fn cannot(_: Fault) -> OpenError {
    OpenError::BadOffer("it cannot be processed".into())
}

/// Takes the outgoing stream of a slot from str0m: what its answer announces is sent by us, and two
/// senders must not have one SSRC.
fn take_stream(rtc: &mut Rtc, mid: Mid, mixed: bool) -> Option<StreamSetup> {
    let (ssrc, rtx) = remove_stream(rtc, mid)?;
    let media = rtc.media(mid)?;
    let mut codecs = rtc.codec_config().params().iter();
    let rtx_type = codecs
        .find(|params| params.resend().is_some() && media.remote_pts().contains(&params.pt()))
        .and_then(|params| params.resend());
    // A descriptor may be longer than one-byte elements can be.
    let dependency = media.remote_extmap().id_of(dependency::extension()).filter(|_| mixed);
    Some(StreamSetup {
        mid,
        audio: media.kind().is_audio(),
        ssrc,
        rtx,
        rtx_type: rtx_type.map(|pt| *pt),
        extensions: media.remote_extmap().clone(),
        dependency,
        cname: media.cname().to_owned(),
    })
}

/// SSRCs of the stream that str0m had for the m-line, and of its repetitions.
fn remove_stream(rtc: &mut Rtc, mid: Mid) -> Option<(u32, Option<u32>)> {
    let mut api = rtc.direct_api();
    let stream = api.stream_tx_by_mid(mid, None)?;
    let (ssrc, rtx) = (stream.ssrc(), stream.rtx());
    api.remove_stream_tx(ssrc);
    Some((*ssrc, rtx.map(|rtx| *rtx)))
}

/// Simulcast layers of a published m-line.
fn layers_of(rtc: &Rtc, mid: Mid) -> Option<usize> {
    match rtc.media(mid)?.rids_rx() {
        Rids::Specific(rids) => Some(rids.len()),
        _ => None,
    }
}

/// Answers the offer of a connection test: a data channel and nothing else.
pub(crate) fn answer_probe(
    peer: &mut Peer,
    config: &CoreConfig,
    sdp: &str,
) -> Result<String, OpenError> {
    check_size(config, sdp)?;
    let answer = accept(peer, sdp).map_err(OpenError::BadOffer)?;
    if !has_data_channel(sdp) {
        return Err(OpenError::NoDataChannel);
    }
    Ok(answer)
}

/// Answers an offer with new ICE credentials; the answer will carry `creds`.
///
/// str0m invents credentials of its own when the peer's have changed, which would not name our
/// shard, so they are exchanged for ours in its state and in its answer.
pub(crate) fn answer_restart(
    peer: &mut Peer,
    config: &CoreConfig,
    sdp: &str,
    creds: &IceCreds,
    offered: &Offered,
) -> Result<Restarted, String> {
    check_size(config, sdp).map_err(|error| error.to_string())?;
    if media_sections(sdp) != offered.sections {
        return Err("the media sections have changed".into());
    }
    let local = |peer: &mut Peer| {
        peer.call(|rtc| rtc.direct_api().local_ice_credentials()).map_err(|_| "a fault".to_owned())
    };
    let before = local(peer)?;
    let mut answer = accept(peer, sdp)?;
    for (mid, ssrc, rtx) in &offered.streams {
        let made = peer.call(|rtc| remove_stream(rtc, *mid)).map_err(|_| "a fault".to_owned())?;
        if let Some((other, other_rtx)) = made {
            answer = rename_source(&answer, other, *ssrc);
            if let (Some(other), Some(rtx)) = (other_rtx, *rtx) {
                answer = rename_source(&answer, other, rtx);
            }
        }
    }
    let invented = local(peer)?;
    if invented == before {
        return Ok(Restarted { answer, changed: false });
    }
    let ours = creds.clone();
    peer.call(|rtc| rtc.direct_api().set_local_ice_credentials(ours))
        .map_err(|_| "a fault".to_owned())?;
    let answer = answer.replace(&invented.ufrag, &creds.ufrag).replace(&invented.pass, &creds.pass);
    Ok(Restarted { answer, changed: true })
}

/// Says `to` wherever the lines of an SDP about sources (RFC 5576) say `from`.
fn rename_source(sdp: &str, from: u32, to: u32) -> String {
    let (from, to) = (from.to_string(), to.to_string());
    let mut renamed = String::with_capacity(sdp.len());
    for line in sdp.split_inclusive('\n') {
        if !line.starts_with("a=ssrc:") && !line.starts_with("a=ssrc-group:") {
            renamed.push_str(line);
            continue;
        }
        for word in line.split_inclusive([' ', ':', '\r', '\n']) {
            let number = word.trim_end_matches([' ', ':', '\r', '\n']);
            if number == from {
                renamed.push_str(&to);
                renamed.push_str(&word[number.len()..]);
            } else {
                renamed.push_str(word);
            }
        }
    }
    renamed
}

pub(crate) struct Restarted {
    pub(crate) answer: String,
    /// False when the offer repeats the credentials that we know.
    pub(crate) changed: bool,
}

pub(crate) fn media_sections(sdp: &str) -> usize {
    sdp.lines().filter(|line| line.starts_with("m=")).count()
}

/// Whether the client takes one-byte and two-byte header extensions in one stream (RFC 8285,
/// section 6).
fn allows_mixed(sdp: &str) -> bool {
    sdp.lines().any(|line| line == "a=extmap-allow-mixed")
}

fn has_data_channel(sdp: &str) -> bool {
    sdp.lines().any(|line| line.starts_with("m=application "))
}

fn accept(peer: &mut Peer, sdp: &str) -> Result<String, String> {
    let accepted = peer.call(|rtc| {
        let offer = SdpOffer::from_sdp_string(sdp).map_err(|error| error.to_string())?;
        rtc.sdp_api().accept_offer(offer).map_err(|error| error.to_string())
    });
    match accepted {
        Ok(answer) => answer.map(|answer| answer.to_sdp_string()),
        Err(_) => Err("it cannot be processed".into()),
    }
}

fn check_size(config: &CoreConfig, sdp: &str) -> Result<(), OpenError> {
    if sdp.len() > config.limits.sdp_bytes || media_sections(sdp) > config.limits.tracks {
        return Err(OpenError::OfferTooLarge);
    }
    Ok(())
}

fn check_purposes(tracks: &[TrackPurpose]) -> Result<(), OpenError> {
    let mut mids = HashSet::new();
    let mut sources = HashSet::new();
    let (mut audio, mut video) = (0, 0);
    for track in tracks {
        let (TrackPurpose::Publish { mid, .. } | TrackPurpose::Slot { mid, .. }) = track;
        // str0m keeps 16 characters and replaces all others by an underscore.
        let plain = (1..=16).contains(&mid.len()) && mid.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plain {
            return Err(OpenError::BadMid(mid.chars().take(32).collect()));
        }
        if !mids.insert(mid) {
            return Err(OpenError::DuplicateMid(mid.clone()));
        }
        match track {
            TrackPurpose::Publish { source, .. } => {
                if !sources.insert(*source) {
                    return Err(OpenError::DuplicateSource);
                }
            }
            TrackPurpose::Slot { media: SlotMedia::Audio, .. } => audio += 1,
            TrackPurpose::Slot { media: SlotMedia::Video, .. } => video += 1,
        }
    }
    if audio > AUDIO_SLOTS {
        return Err(OpenError::TooManyAudioSlots);
    }
    if video > MAX_VIDEO_SLOTS {
        return Err(OpenError::TooManyVideoSlots);
    }
    Ok(())
}

pub(crate) fn kind_of_source(source: Source) -> MediaKind {
    match source {
        Source::Microphone | Source::ScreenAudio => MediaKind::Audio,
        Source::Camera | Source::Screen => MediaKind::Video,
    }
}

fn kind_of_slot(media: SlotMedia) -> MediaKind {
    match media {
        SlotMedia::Audio => MediaKind::Audio,
        SlotMedia::Video => MediaKind::Video,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_renamed_and_nothing_else() {
        let sdp = "a=rtpmap:111 opus/48000/2\r\na=ssrc-group:FID 111 222\r\n\
            a=ssrc:111 cname:x\r\na=ssrc:1111 cname:111x\r\na=ssrc:222 cname:x\r\n";
        assert_eq!(
            rename_source(sdp, 111, 7),
            "a=rtpmap:111 opus/48000/2\r\na=ssrc-group:FID 7 222\r\n\
             a=ssrc:7 cname:x\r\na=ssrc:1111 cname:111x\r\na=ssrc:222 cname:x\r\n"
        );
    }
}
