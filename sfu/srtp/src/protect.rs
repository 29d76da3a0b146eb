//! Outgoing packets.

use crate::{
    MAX_RTCP_OVERHEAD,
    cipher::{self, Cipher, KeyError, RTCP_HEADER},
    header::RtpHeader,
    keys::{MasterKey, SrtpKeys},
};

/// Why a packet is not protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtectError {
    /// Not an RTP or RTCP packet.
    #[error("not an RTP or RTCP packet")]
    Malformed,
    /// The buffer has no room for the tag.
    #[error("no room for the authentication tag")]
    NoRoom,
    /// The cryptographic library refuses, which only a broken build does.
    #[error("the cryptographic library refuses to encrypt")]
    Crypto,
    /// All indices of the key are used up (RFC 3711, section 9.2).
    #[error("the key is used up")]
    Exhausted,
}

/// The last roll-over counter and sequence number of an RTP stream: 48 bits.
const MAX_RTP_INDEX: u64 = (1 << 48) - 1;
/// The last index of SRTCP: 31 bits.
const MAX_RTCP_INDEX: u32 = (1 << 31) - 1;

/// Protects what one side of a session sends.
pub struct Protector {
    rtp: Cipher,
    rtcp: Cipher,
    next_rtcp: u32,
}

impl Protector {
    /// For what this side sends.
    pub fn new(keys: &SrtpKeys) -> Result<Self, KeyError> {
        Self::with_master(&keys.local)
    }

    /// For the direction that `master` belongs to.
    pub fn with_master(master: &MasterKey) -> Result<Self, KeyError> {
        Ok(Self {
            rtp: Cipher::derive(master, cipher::RTP)?,
            rtcp: Cipher::derive(master, cipher::RTCP)?,
            next_rtcp: 0,
        })
    }

    /// Bytes that [`Self::protect_rtp`] adds.
    pub fn rtp_overhead(&self) -> usize {
        self.rtp.tag_len()
    }

    /// Protects the RTP packet in `buffer[..len]`, whose extended sequence number is `index` (the
    /// roll-over counter is what stands above its lower 16 bits; the lower bits are read from the
    /// packet). Returns the length of the protected packet. A receiver starts at counter 0: the
    /// first index of a stream must be below 65,536.
    ///
    /// No index of an SSRC may ever be used twice with a key, not even for the same packet.
    pub fn protect_rtp(
        &self,
        buffer: &mut [u8],
        len: usize,
        index: u64,
    ) -> Result<usize, ProtectError> {
        let packet = buffer.get(..len).ok_or(ProtectError::Malformed)?;
        let header = RtpHeader::parse(packet).ok_or(ProtectError::Malformed)?;
        self.seal(buffer, len, header, index)
    }

    fn seal(
        &self,
        buffer: &mut [u8],
        len: usize,
        header: RtpHeader,
        index: u64,
    ) -> Result<usize, ProtectError> {
        if index > MAX_RTP_INDEX {
            return Err(ProtectError::Exhausted);
        }
        let index = index & !0xffff | u64::from(header.seq);
        let total = len + self.rtp.tag_len();
        let packet = buffer.get_mut(..total).ok_or(ProtectError::NoRoom)?;
        self.rtp
            .seal_rtp(packet, header.len, header.ssrc, index)
            .map_err(|_| ProtectError::Crypto)?;
        Ok(total)
    }

    /// Protects the compound RTCP packet in `buffer[..len]`, and returns its length then: up to
    /// [`MAX_RTCP_OVERHEAD`] more.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, ProtectError> {
        let compound = buffer.get(..len).ok_or(ProtectError::Malformed)?;
        let ssrc = rtcp_ssrc(compound).ok_or(ProtectError::Malformed)?;
        if buffer.len() < len + MAX_RTCP_OVERHEAD {
            return Err(ProtectError::NoRoom);
        }
        if self.next_rtcp > MAX_RTCP_INDEX {
            return Err(ProtectError::Exhausted);
        }
        let index = self.next_rtcp;
        self.next_rtcp += 1;
        self.rtcp.seal_rtcp(buffer, len, ssrc, index).map_err(|_| ProtectError::Crypto)
    }
}

impl std::fmt::Debug for Protector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Protector").field("next_rtcp", &self.next_rtcp).finish_non_exhaustive()
    }
}

/// The sender of a compound's first packet. None for what is not RTCP.
pub(crate) fn rtcp_ssrc(compound: &[u8]) -> Option<u32> {
    let header = compound.first_chunk::<RTCP_HEADER>()?;
    (header[0] >> 6 == 2).then(|| u32::from_be_bytes([header[4], header[5], header[6], header[7]]))
}
