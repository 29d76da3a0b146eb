//! Repetitions from publishers that come later than str0m takes them.
//!
//! str0m takes no packet that is more than a hundred behind the newest (its `MAX_MISORDER`): at 1.5 Mbit/s
//! that is half a second, which over a long way is less than one repetition takes. Such a packet is opened
//! and put back into its stream here (RFC 4588, section 4), if it is still missing once str0m has had it.

use std::{sync::Arc, time::Instant};

use str0m::{
    media::Pt,
    rtp::{ExtensionValues, RtpHeader, RtpPacket, Ssrc},
};
use szpon_media::{ExtSeq, SeqNo, codec::VideoCodec};

use crate::{addresses::SessionKey, core::Core};

/// Fixed part of a header (RFC 3550, section 5.1).
const HEADER: usize = 12;
/// Bit P of the first octet: what repeats nothing and only fills.
const PADDED: u8 = 0x20;

/// A publisher's packet in the clear, in its own stream.
pub(crate) struct Rtp {
    pub(crate) seq: ExtSeq,
    pub(crate) header: RtpHeader,
    pub(crate) payload: Arc<[u8]>,
}

impl From<RtpPacket> for Rtp {
    fn from(packet: RtpPacket) -> Self {
        let RtpPacket { seq_no, header, payload, .. } = packet;
        Self { seq: ExtSeq::new(*seq_no), header, payload }
    }
}

/// How many packets behind the newest a repetition is of use: three seconds of the largest layer, after
/// which no decoder waits any longer; or what str0m takes.
pub(crate) fn reach(codec: Option<VideoCodec>) -> u64 {
    if is_opened(codec) { 512 } else { 100 }
}

/// What is needed of a header of AV1 is more than is read here.
fn is_opened(codec: Option<VideoCodec>) -> bool {
    codec.is_some_and(|codec| codec != VideoCodec::Av1)
}

impl Core {
    /// The packet that this datagram repeats, if it is missing and str0m may not take it. To be asked before
    /// str0m gets the datagram.
    pub(crate) fn late_repetition(&mut self, key: SessionKey, datagram: &[u8]) -> Option<Rtp> {
        let Self { sessions, rooms, scratch, .. } = self;
        let session = &mut sessions[key];
        let ssrc = session.egress.recovery().repeated_by(session.arriving?)?;
        scratch.clear();
        scratch.extend_from_slice(datagram);
        // Each one, so that the count of those that came stays right.
        let payload = session.egress.open_media(scratch)?;
        let header = datagram.first_chunk::<HEADER>()?;
        let (original, payload) = scratch.get(payload)?.split_first_chunk::<2>()?;
        let original = SeqNo::new(u16::from_be_bytes(*original));
        let seq = session.egress.recovery().far_behind(ssrc, original)?;
        let seat = session.seat.as_ref()?;
        let (_, track, _) = seat.streams.iter().find(|(known, ..)| **known == ssrc)?;
        let format = rooms.get(seat.room)?.tracks.get(*track)?.format?;
        let repeats = format.params.resend() == Some(Pt::from(header[1] & 0x7f));
        if !repeats || header[0] & PADDED != 0 || !is_opened(format.video_codec()) {
            return None;
        }
        let header = RtpHeader {
            version: 2,
            has_padding: false,
            has_extension: false,
            csrc_count: 0,
            marker: header[1] & 0x80 != 0,
            payload_type: format.pt,
            sequence_number: original.get(),
            timestamp: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            ssrc: Ssrc::from(ssrc),
            csrc: [0; 15],
            ext_vals: ExtensionValues::default(),
            header_len: HEADER,
        };
        Some(Rtp { seq, header, payload: payload.into() })
    }

    /// str0m has had the datagram: what it left is taken now.
    pub(crate) fn take_late(&mut self, now: Instant, key: SessionKey, rtp: Rtp) {
        let Some(session) = self.sessions.get_mut(key) else { return };
        if session.egress.recovery().lacks(*rtp.header.ssrc, rtp.seq) {
            self.route(now, key, rtp);
        }
    }

    /// A stream is new, or something that may be the repetitions of one: str0m knows which of which.
    pub(crate) fn match_repetitions(&mut self, now: Instant, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(key) else { return };
        let peer = &mut session.peer;
        let recovery = session.egress.recovery();
        let matched = recovery.unmatched().try_for_each(|(ssrc, repeats)| {
            *repeats = peer.call(|rtc| {
                let mut api = rtc.direct_api();
                let stream = api.stream_rx(&Ssrc::from(ssrc))?;
                stream.rtx().map(|rtx| *rtx)
            })?;
            Ok(())
        });
        if let Err(fault) = matched {
            self.fail(now, key, fault);
        }
    }
}
