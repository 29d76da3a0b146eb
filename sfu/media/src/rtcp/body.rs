//! Bodies of packets, by type; `None` if one is cut off.

use super::{
    FirEntries, Lost, NtpTime, Packet, ReportBlocks, SenderInfo, Sources, Ssrc, reader::Reader,
    remb,
};
use crate::units::RtpTime;

impl<'a> Reader<'a> {
    pub(super) fn ssrc(&mut self) -> Option<Ssrc> {
        self.u32().map(Ssrc::new)
    }

    pub(super) fn sender_report(&mut self, count: usize) -> Option<Packet<'a>> {
        let sender = self.ssrc()?;
        let info = SenderInfo {
            ntp: NtpTime::new(self.u64()?),
            rtp: RtpTime::new(self.u32()?),
            packets: self.u32()?,
            octets: self.u32()?,
        };
        Some(Packet::SenderReport { sender, info, blocks: ReportBlocks::parse(self, count)? })
    }

    pub(super) fn receiver_report(&mut self, count: usize) -> Option<Packet<'a>> {
        let sender = self.ssrc()?;
        Some(Packet::ReceiverReport { sender, blocks: ReportBlocks::parse(self, count)? })
    }

    pub(super) fn nack(&mut self) -> Option<Packet<'a>> {
        let (sender, media) = (self.ssrc()?, self.ssrc()?);
        Some(Packet::Nack { sender, media, lost: Lost::new(self.rest()) })
    }

    pub(super) fn pli(&mut self) -> Option<Packet<'a>> {
        Some(Packet::Pli { sender: self.ssrc()?, media: self.ssrc()? })
    }

    /// The media source of the header means nothing here (RFC 5104, 4.3.1.2).
    pub(super) fn fir(&mut self) -> Option<Packet<'a>> {
        let (sender, _) = (self.ssrc()?, self.ssrc()?);
        Some(Packet::Fir { sender, entries: FirEntries::new(self.rest()) })
    }

    pub(super) fn remb(&mut self) -> Option<Packet<'a>> {
        let sender = self.ssrc()?;
        self.take(remb::NAME_END - 4)?;
        let count = usize::from(self.u8()?);
        let bitrate = remb::decode(self.u24()?);
        let sources = Sources::new(self.take(count * 4)?);
        Some(Packet::Remb { sender, bitrate, sources })
    }
}
