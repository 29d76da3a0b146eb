//! Incoming packets.

use crate::{
    cipher::{self, Cipher, ENCRYPTED, KeyError},
    header::RtpHeader,
    keys::{MasterKey, SrtpKeys},
    protect::rtcp_ssrc,
    window::IndexWindow,
};

/// Why a packet is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not an RTP or RTCP packet, or cut off.
    #[error("not an RTP or RTCP packet")]
    Malformed,
    /// Not protected with this key, or changed on the way.
    #[error("authentication failed")]
    Forged,
    /// Seen before, or too old to know.
    #[error("replayed")]
    Replayed,
    /// Readable by anybody, which WebRTC never is.
    #[error("not encrypted")]
    Unencrypted,
    /// More streams than a session may have.
    #[error("too many streams")]
    TooManyStreams,
}

/// An RTP packet in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenedRtp {
    /// Where the payload begins in the packet.
    pub header: usize,
    /// Length of the packet without its tag.
    pub len: usize,
    pub ssrc: u32,
    /// Extended sequence number.
    pub index: u64,
}

/// Streams that a peer may have at once: what it takes to keep many slots, their RTX and a few
/// that came and went.
const MAX_STREAMS: usize = 256;

/// Wide enough for what a burst reorders (RFC 3711, section 3.3.2, wants 64 at least).
type ReplayWindow = IndexWindow<16>;

/// Opens what the other side of a session sends. Keeps a replay window for each SSRC that had
/// an authentic packet.
pub struct Unprotector {
    rtp: Cipher,
    rtcp: Cipher,
    rtp_streams: Vec<(u32, ReplayWindow)>,
    rtcp_streams: Vec<(u32, ReplayWindow)>,
}

impl Unprotector {
    /// For what the other side sends.
    pub fn new(keys: &SrtpKeys) -> Result<Self, KeyError> {
        Self::with_master(&keys.remote)
    }

    /// For the direction that `master` belongs to.
    pub fn with_master(master: &MasterKey) -> Result<Self, KeyError> {
        Ok(Self {
            rtp: Cipher::derive(master, cipher::RTP)?,
            rtcp: Cipher::derive(master, cipher::RTCP)?,
            rtp_streams: Vec::new(),
            rtcp_streams: Vec::new(),
        })
    }

    /// Opens an RTP packet in place; `packet` is unspecified if that fails.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<OpenedRtp, Refused> {
        let header = RtpHeader::parse(packet).ok_or(Refused::Malformed)?;
        let len = packet.len().checked_sub(self.rtp.tag_len()).ok_or(Refused::Malformed)?;
        if len < header.len {
            return Err(Refused::Malformed);
        }
        let place = place_of(&self.rtp_streams, header.ssrc)?;
        let window = place.map(|place| &self.rtp_streams[place].1);
        let index = extend(header.seq, window.and_then(ReplayWindow::newest));
        if window.is_some_and(|window| window.has(index)) {
            return Err(Refused::Replayed);
        }
        self.rtp.open_rtp(packet, header.len, header.ssrc, index).map_err(|_| Refused::Forged)?;
        record(&mut self.rtp_streams, place, header.ssrc, index);
        Ok(OpenedRtp { header: header.len, len, ssrc: header.ssrc, index })
    }

    /// Opens a compound RTCP packet in place, and returns its length. `packet` is unspecified if
    /// that fails.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let ssrc = rtcp_ssrc(packet).ok_or(Refused::Malformed)?;
        let at = self.rtcp.rtcp_index_at(packet.len()).ok_or(Refused::Malformed)?;
        let word = packet[at..].first_chunk::<4>().ok_or(Refused::Malformed)?;
        let word = u32::from_be_bytes(*word);
        if word & ENCRYPTED == 0 {
            return Err(Refused::Unencrypted);
        }
        let index = word & !ENCRYPTED;
        let place = place_of(&self.rtcp_streams, ssrc)?;
        if place.is_some_and(|place| self.rtcp_streams[place].1.has(u64::from(index))) {
            return Err(Refused::Replayed);
        }
        let len = self.rtcp.open_rtcp(packet, ssrc, index).map_err(|_| Refused::Forged)?;
        record(&mut self.rtcp_streams, place, ssrc, u64::from(index));
        Ok(len)
    }
}

impl std::fmt::Debug for Unprotector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unprotector")
            .field("rtp_streams", &self.rtp_streams.len())
            .field("rtcp_streams", &self.rtcp_streams.len())
            .finish_non_exhaustive()
    }
}

/// Where the window of `ssrc` is; none for a stream that is new.
fn place_of(streams: &[(u32, ReplayWindow)], ssrc: u32) -> Result<Option<usize>, Refused> {
    match streams.iter().position(|(known, _)| *known == ssrc) {
        // Forgetting one instead would let its packets in again.
        None if streams.len() >= MAX_STREAMS => Err(Refused::TooManyStreams),
        place => Ok(place),
    }
}

fn record(streams: &mut Vec<(u32, ReplayWindow)>, place: Option<usize>, ssrc: u32, index: u64) {
    let place = place.unwrap_or_else(|| {
        streams.push((ssrc, ReplayWindow::default()));
        streams.len() - 1
    });
    streams[place].1.record(index);
}

/// The index that is nearest to the newest (RFC 3711, section 3.3.1 and appendix A).
fn extend(seq: u16, newest: Option<u64>) -> u64 {
    const CYCLE: u64 = 1 << 16;
    let Some(newest) = newest else { return u64::from(seq) };
    let same = newest & !(CYCLE - 1) | u64::from(seq);
    if same > newest + CYCLE / 2 && same >= CYCLE {
        same - CYCLE
    } else if same + CYCLE / 2 < newest {
        same + CYCLE
    } else {
        same
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{MAX_RTCP_OVERHEAD, MAX_RTP_OVERHEAD, Profile, Protector};

    const PROFILES: [Profile; 3] =
        [Profile::Aes128CmSha1_80, Profile::AeadAes128Gcm, Profile::AeadAes256Gcm];

    fn pair(profile: Profile) -> (Protector, Unprotector) {
        let master =
            MasterKey::new(profile, &vec![7; profile.key_len()], &vec![9; profile.salt_len()])
                .unwrap();
        (Protector::with_master(&master).unwrap(), Unprotector::with_master(&master).unwrap())
    }

    fn rtp(ssrc: u32, seq: u16, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x90, 96];
        packet.extend(seq.to_be_bytes());
        packet.extend([0, 0, 0, 1]);
        packet.extend(ssrc.to_be_bytes());
        packet.extend([0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0]);
        packet.extend(payload);
        packet
    }

    fn protect(protector: &Protector, mut packet: Vec<u8>, index: u64) -> Vec<u8> {
        let len = packet.len();
        packet.resize(len + MAX_RTP_OVERHEAD, 0);
        let len = protector.protect_rtp(&mut packet, len, index).unwrap();
        packet.truncate(len);
        packet
    }

    #[test]
    fn streams_go_through_the_wrap_and_each_packet_passes_once() {
        for profile in PROFILES {
            let (protector, mut unprotector) = pair(profile);
            for index in [65_530_u64, 65_534, 65_537, 65_535, 65_536, 90_000, 122_000, 131_073] {
                let plain = rtp(5, index as u16, b"hello");
                let sealed = protect(&protector, plain.clone(), index);
                assert_eq!(sealed.len(), plain.len() + protector.rtp_overhead());
                let opened = unprotector.unprotect_rtp(&mut sealed.clone());
                assert_eq!(opened.map(|opened| opened.index), Ok(index), "{profile:?}");
                let again = unprotector.unprotect_rtp(&mut sealed.clone());
                assert_eq!(again, Err(Refused::Replayed));
            }
        }
    }

    #[test]
    fn what_is_opened_is_what_was_sealed() {
        for profile in PROFILES {
            let (mut protector, mut unprotector) = pair(profile);
            let plain = rtp(5, 1, &[3; 1_000]);
            let mut packet = protect(&protector, plain.clone(), 1);
            let opened = unprotector.unprotect_rtp(&mut packet).unwrap();
            assert_eq!(packet[..opened.len], plain);
            assert_eq!(opened.header, 20);

            let report = [0x80, 201, 0, 1, 0, 0, 0, 5, 0x81, 206, 0, 2, 0, 0, 0, 5, 0, 0, 0, 9];
            for _ in 0..3 {
                let mut packet = report.to_vec();
                packet.resize(report.len() + MAX_RTCP_OVERHEAD, 0);
                let len = protector.protect_rtcp(&mut packet, report.len()).unwrap();
                packet.truncate(len);
                let replay = packet.clone();
                let len = unprotector.unprotect_rtcp(&mut packet).unwrap();
                assert_eq!(packet[..len], report);
                assert_eq!(unprotector.unprotect_rtcp(&mut replay.clone()), Err(Refused::Replayed));
            }
        }
    }

    #[test]
    fn too_many_streams_are_refused() {
        let (protector, mut unprotector) = pair(Profile::AeadAes128Gcm);
        for ssrc in 0..=MAX_STREAMS as u32 {
            let opened = unprotector.unprotect_rtp(&mut protect(&protector, rtp(ssrc, 1, b"x"), 1));
            assert_eq!(opened.is_ok(), ssrc < MAX_STREAMS as u32);
        }
    }

    #[test]
    fn a_buffer_without_room_is_refused() {
        let (mut protector, _) = pair(Profile::AeadAes128Gcm);
        let mut packet = rtp(1, 1, b"x");
        let len = packet.len();
        assert_eq!(protector.protect_rtp(&mut packet, len, 1), Err(ProtectErr::NoRoom));
        assert_eq!(protector.protect_rtp(&mut packet, len + 1, 1), Err(ProtectErr::Malformed));
        let mut report = [0x80, 201, 0, 1, 0, 0, 0, 5];
        assert_eq!(protector.protect_rtcp(&mut report, 8), Err(ProtectErr::NoRoom));
        assert_eq!(
            protector.protect_rtp(&mut rtp(1, 1, &[0; 40]), 30, 1 << 48),
            Err(ProtectErr::Exhausted)
        );
    }

    use crate::ProtectError as ProtectErr;

    proptest! {
        #[test]
        fn rubbish_is_refused(rubbish in prop::collection::vec(any::<u8>(), 0..200)) {
            for profile in PROFILES {
                let (_, mut unprotector) = pair(profile);
                prop_assert!(unprotector.unprotect_rtp(&mut rubbish.clone()).is_err());
                prop_assert!(unprotector.unprotect_rtcp(&mut rubbish.clone()).is_err());
                prop_assert!(unprotector.rtp_streams.is_empty());
            }
        }

        #[test]
        fn a_changed_or_cut_packet_is_refused(
            payload in prop::collection::vec(any::<u8>(), 0..100),
            bit in any::<prop::sample::Index>(),
            cut in any::<prop::sample::Index>(),
        ) {
            for profile in PROFILES {
                let (protector, mut unprotector) = pair(profile);
                let sealed = protect(&protector, rtp(5, 9, &payload), 9);
                let mut changed = sealed.clone();
                let bit = bit.index(changed.len() * 8);
                changed[bit / 8] ^= 1 << (bit % 8);
                prop_assert!(unprotector.unprotect_rtp(&mut changed).is_err());
                let mut short = sealed[..cut.index(sealed.len())].to_vec();
                prop_assert!(unprotector.unprotect_rtp(&mut short).is_err());
                prop_assert!(unprotector.unprotect_rtp(&mut sealed.clone()).is_ok());
            }
        }

        #[test]
        fn whatever_is_sealed_opens(
            ssrc in any::<u32>(),
            seq in any::<u16>(),
            payload in prop::collection::vec(any::<u8>(), 0..1_300),
        ) {
            for profile in PROFILES {
                let (protector, mut unprotector) = pair(profile);
                let plain = rtp(ssrc, seq, &payload);
                let mut packet = protect(&protector, plain.clone(), u64::from(seq));
                let opened = unprotector.unprotect_rtp(&mut packet).unwrap();
                prop_assert_eq!(&packet[..opened.len], &plain[..]);
            }
        }
    }
}
