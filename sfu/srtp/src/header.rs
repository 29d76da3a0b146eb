//! As much of an RTP header as protection needs (RFC 3550, section 5.1).

/// The parts of an RTP packet that make its nonce, and where its payload begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RtpHeader {
    pub(crate) ssrc: u32,
    pub(crate) seq: u16,
    /// Bytes before the payload: fixed header, contributing sources, extension.
    pub(crate) len: usize,
}

impl RtpHeader {
    /// None for what is not RTP of version 2 or ends inside its header.
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        let fixed = packet.first_chunk::<12>()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        let mut len = 12 + 4 * usize::from(fixed[0] & 0x0f);
        if fixed[0] & 0x10 != 0 {
            let extension = packet.get(len..)?.first_chunk::<4>()?;
            len += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
        }
        (len <= packet.len()).then(|| Self {
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            seq: u16::from_be_bytes([fixed[2], fixed[3]]),
            len,
        })
    }
}
