//! Repetitions that come later than str0m takes them: it forgets what is a hundred packets behind the
//! newest, browsers do not.

use std::collections::HashMap;

use str0m::rtp::RtpHeader;
use szpon_sfu_srtp::{SrtpKeys, Unprotector};

use crate::{
    publisher::{CodedAs, Mark},
    receiver::Packet,
};

/// So far behind, str0m still takes a packet.
const TAKEN: u64 = 90;

/// The streams of one client that may be repeated.
#[derive(Default)]
pub(crate) struct Repeated {
    opener: Option<Unprotector>,
    /// By the SSRC of the repetitions: the newest number of the stream itself, and its header.
    newest: HashMap<u32, (u64, RtpHeader)>,
}

impl Repeated {
    pub(crate) fn secure(&mut self, keys: Option<&SrtpKeys>) {
        self.opener = keys.and_then(|keys| Unprotector::new(keys).ok());
    }

    pub(crate) fn on_packet(&mut self, rtx: u32, packet: &Packet) {
        let newest = self.newest.entry(rtx).or_insert_with(|| (0, packet.header.clone()));
        newest.0 = newest.0.max(packet.seq_no);
    }

    /// The packet that this datagram repeats, if str0m will not take it (RFC 4588, section 4). Not
    /// those of AV1, whose header says more than is read here.
    pub(crate) fn open(&mut self, datagram: &[u8]) -> Option<Packet> {
        let header = datagram.first_chunk::<12>()?;
        let ssrc = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        let (newest, stream) = self.newest.get(&ssrc)?;
        let mut copy = datagram.to_vec();
        let opened = self.opener.as_mut()?.unprotect_rtp(&mut copy).ok()?;
        let payload = copy.get(opened.header..opened.len)?;
        let (original, payload) = payload.split_first_chunk::<2>()?;
        let behind = (*newest as u16).wrapping_sub(u16::from_be_bytes(*original));
        Mark::read(payload).filter(|mark| mark.coded_as != CodedAs::Av1)?;
        if u64::from(behind) < TAKEN || behind > u16::MAX / 2 {
            return None;
        }
        let seq_no = newest.checked_sub(u64::from(behind))?;
        let mut packet = Packet { seq_no, header: stream.clone(), payload: payload.into() };
        packet.header.sequence_number = seq_no as u16;
        packet.header.timestamp = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        packet.header.marker = header[1] & 0x80 != 0;
        Some(packet)
    }
}
