//! Two people in a meeting, one of whom can't be trusted.

use std::{net::SocketAddr, time::Duration};

use szpon_protocol::SessionId;
use szpon_sfu_core::{Limits, Transport};
use szpon_sfu_sim::{ClientKey, ClientSetup, Heard, World};
use szpon_sfu_srtp::{MAX_RTCP_OVERHEAD, MAX_RTP_OVERHEAD, Protector, Unprotector};

/// A meeting that goes on, with all that it takes to speak in the name of one of its members.
pub struct Meeting {
    pub world: World,
    pub good: ClientKey,
    pub bad: ClientKey,
    /// What the bad one has really sent, a second of it.
    pub heard: Vec<Heard>,
    protector: Protector,
    /// RTP packets in the clear, the newest of each of its streams.
    pub streams: Vec<Vec<u8>>,
    /// Extended sequence numbers that were used last.
    index: Vec<u64>,
}

impl Meeting {
    /// # Panics
    ///
    /// When they can't meet.
    pub fn new(seed: u64) -> Self {
        Self::with_limits(seed, Limits::default())
    }

    /// As [`Meeting::new`], on a shard with other limits.
    ///
    /// # Panics
    ///
    /// When they can't meet.
    pub fn with_limits(seed: u64, limits: Limits) -> Self {
        let mut world = World::with_config(seed, |config| config.limits = limits.clone());
        let room = world.room();
        let setup = ClientSetup { video_slots: 1, ..ClientSetup::new(room) };
        let good = world.join(setup.clone());
        let bad =
            world.join(ClientSetup { participant: szpon_protocol::ParticipantId::new(), ..setup });
        world.view_cameras(good, &[bad], 640, 360);
        world.view_cameras(bad, &[good], 640, 360);
        world.listen();
        world.run_for(Duration::from_millis(1_200));
        let address = world.client(bad).address;
        let heard: Vec<Heard> =
            world.heard().into_iter().filter(|heard| heard.source == address).collect();
        let keys = world.client(bad).srtp_keys().expect("they are connected").clone();
        let mut opener = Unprotector::with_master(&keys.local).expect("keys are derived");
        let mut streams: Vec<(u32, Vec<u8>, u64)> = Vec::new();
        for packet in &heard {
            let mut plain = packet.payload.clone();
            if !is_media(&plain) || is_rtcp(&plain) {
                continue;
            }
            let Ok(opened) = opener.unprotect_rtp(&mut plain) else { continue };
            plain.truncate(opened.len);
            match streams.iter_mut().find(|(ssrc, ..)| *ssrc == opened.ssrc) {
                Some((_, newest, index)) if opened.index > *index => {
                    (*newest, *index) = (plain, opened.index);
                }
                Some(_) => {}
                None => streams.push((opened.ssrc, plain, opened.index)),
            }
        }
        assert!(streams.len() >= 2, "it sends sound and pictures");
        let index = streams.iter().map(|(.., index)| *index).collect();
        let streams = streams.into_iter().map(|(_, plain, _)| plain).collect();
        let protector = Protector::new(&keys).expect("keys are derived");
        Self { world, good, bad, heard, protector, streams, index }
    }

    pub fn address(&self) -> SocketAddr {
        self.world.client(self.bad).address
    }

    pub fn session(&self, client: ClientKey) -> SessionId {
        self.world.client(client).session
    }

    /// Something arrives from the bad one's address.
    pub fn send_raw(&mut self, datagram: &[u8]) {
        let address = self.address();
        self.world.inject(Transport::Udp, address, datagram);
    }

    /// A protected packet of one of the bad one's streams, so far ahead of the last one.
    pub fn seal_rtp(&mut self, stream: usize, ahead: u64, payload: &[u8]) -> Option<Vec<u8>> {
        let stream = stream % self.streams.len();
        self.index[stream] += ahead;
        let index = self.index[stream];
        let mut plain = self.streams[stream].clone();
        plain.truncate(header_len(&plain)?);
        plain[0] &= !0x20;
        plain[2..4].copy_from_slice(&(index as u16).to_be_bytes());
        plain.extend_from_slice(payload);
        self.seal_plain(&plain, index)
    }

    /// Protects any RTP packet with the bad one's keys.
    pub fn seal_plain(&self, plain: &[u8], index: u64) -> Option<Vec<u8>> {
        let mut packet = plain.to_vec();
        packet.resize(plain.len() + MAX_RTP_OVERHEAD, 0);
        let len = self.protector.protect_rtp(&mut packet, plain.len(), index).ok()?;
        packet.truncate(len);
        Some(packet)
    }

    /// Protects a compound of reports with the bad one's keys.
    pub fn seal_rtcp(&mut self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut packet = plain.to_vec();
        packet.resize(plain.len() + MAX_RTCP_OVERHEAD, 0);
        let len = self.protector.protect_rtcp(&mut packet, plain.len()).ok()?;
        packet.truncate(len);
        Some(packet)
    }
}

/// RFC 7983, section 7.
pub fn is_media(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| (128..192).contains(first))
}

/// RFC 5761, section 4.
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|kind| (192..224).contains(kind))
}

/// Bytes before the payload (RFC 3550, section 5.1).
fn header_len(packet: &[u8]) -> Option<usize> {
    let mut len = 12 + 4 * usize::from(packet.first()? & 0x0f);
    if packet.first()? & 0x10 != 0 {
        let words = packet.get(len + 2..len + 4)?;
        len += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    (len <= packet.len()).then_some(len)
}
