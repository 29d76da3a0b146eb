//! Beside str0m: two of its sessions shake hands, and their keys serve us as well as them.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use str0m::{
    Candidate, Event, Input, Output, Rtc, RtcConfig,
    media::{Direction, KeyframeRequestKind, MediaKind},
    net::{Protocol, Receive},
    rtp::{RtpPacket, RtpWrite, Ssrc},
};
use szpon_sfu_srtp::{KeySlot, MAX_RTCP_OVERHEAD, MAX_RTP_OVERHEAD, Protector, Unprotector};

struct Side {
    rtc: Rtc,
    keys: KeySlot,
    addr: SocketAddr,
    connected: bool,
    packets: Vec<RtpPacket>,
    keyframes_wanted: usize,
    /// What it would have sent, RTP and RTCP only.
    media: Vec<Vec<u8>>,
}

impl Side {
    fn new(now: Instant, port: u16) -> Self {
        let config = RtcConfig::new()
            .set_crypto_provider(Arc::new(szpon_sfu_srtp::crypto_provider()))
            .set_rtp_mode(true);
        let (mut rtc, keys) = szpon_sfu_srtp::watch(|| config.build(now));
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        rtc.add_local_candidate(Candidate::host(addr, "udp").unwrap());
        Self {
            rtc,
            keys: keys.expect("a session has DTLS"),
            addr,
            connected: false,
            packets: Vec::new(),
            keyframes_wanted: 0,
            media: Vec::new(),
        }
    }

    fn drain(&mut self) -> Vec<(SocketAddr, SocketAddr, Vec<u8>)> {
        let mut sent = Vec::new();
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return sent,
                Output::Transmit(t) => {
                    // RFC 7983: 128 to 191 is RTP and RTCP.
                    if (128..192).contains(&t.contents[0]) {
                        self.media.push(t.contents.to_vec());
                    }
                    sent.push((t.source, t.destination, t.contents.to_vec()));
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(packet)) => self.packets.push(packet),
                Output::Event(Event::KeyframeRequest(_)) => self.keyframes_wanted += 1,
                Output::Event(_) => {}
            }
        }
    }

    fn receive(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        let receive = Receive::new(Protocol::Udp, from, self.addr, datagram).unwrap();
        self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
    }
}

fn exchange(now: &mut Instant, a: &mut Side, b: &mut Side, rounds: usize) {
    for _ in 0..rounds {
        carry(*now, a, b);
        carry(*now, b, a);
        *now += Duration::from_millis(10);
    }
}

fn carry(now: Instant, from: &mut Side, to: &mut Side) {
    from.rtc.handle_input(Input::Timeout(now)).unwrap();
    for (source, _, datagram) in from.drain() {
        to.receive(now, source, &datagram);
        to.rtc.handle_input(Input::Timeout(now)).unwrap();
    }
}

#[test]
fn keys_are_the_sessions_own() {
    let mut now = Instant::now();
    let mut sender = Side::new(now, 5_000);
    let mut receiver = Side::new(now, 5_001);
    let mut changes = sender.rtc.sdp_api();
    let mid = changes.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
    let (offer, pending) = changes.apply().unwrap();
    let answer = receiver.rtc.sdp_api().accept_offer(offer).unwrap();
    sender.rtc.sdp_api().accept_answer(pending, answer).unwrap();
    assert!(sender.keys.get().is_none());
    exchange(&mut now, &mut sender, &mut receiver, 100);
    assert!(sender.connected && receiver.connected);

    let (slot, mirrored_slot) = (sender.keys.clone(), receiver.keys.clone());
    let (keys, mirrored) = (slot.get().unwrap(), mirrored_slot.get().unwrap());
    assert_eq!(keys.local, mirrored.remote);
    assert_eq!(keys.remote, mirrored.local);
    assert_ne!(keys.local, keys.remote);

    // What we protect, str0m opens, across the wrap of the sequence number. The SSRC is not the
    // one that its own stream has.
    let pt = sender.rtc.media(mid).unwrap().remote_pts()[0];
    let ours = 0x1234_5678_u32;
    receiver.rtc.direct_api().expect_stream_rx(Ssrc::from(ours), None, mid, None);
    let mut protector = Protector::new(keys).unwrap();
    let indices = [65_534_u64, 65_535, 65_537, 65_536, 65_538];
    for index in indices {
        let mut packet = vec![0x80, *pt];
        packet.extend((index as u16).to_be_bytes());
        packet.extend([0, 0, 0, 1]);
        packet.extend(ours.to_be_bytes());
        packet.extend([index as u8; 1_000]);
        let len = packet.len();
        packet.resize(len + MAX_RTP_OVERHEAD, 0);
        let len = protector.protect_rtp(&mut packet, len, index).unwrap();
        receiver.receive(now, sender.addr, &packet[..len]);
        receiver.drain();
    }
    let received: Vec<_> = receiver.packets.iter().map(|packet| *packet.seq_no).collect();
    assert_eq!(received, indices);
    assert!(receiver.packets.iter().all(|p| p.payload.iter().all(|b| *b == *p.seq_no as u8)));

    // And its requests for a keyframe are ours to read.
    receiver.media.clear();
    receiver
        .rtc
        .direct_api()
        .stream_rx(&Ssrc::from(ours))
        .unwrap()
        .request_keyframe(KeyframeRequestKind::Pli);
    receiver.rtc.handle_input(Input::Timeout(now)).unwrap();
    receiver.drain();
    let mut unprotector = Unprotector::new(keys).unwrap();
    let mut plis = 0;
    for datagram in &mut receiver.media {
        let len = unprotector.unprotect_rtcp(datagram).unwrap();
        let mut compound = &datagram[..len];
        while let Some(header) = compound.first_chunk::<4>() {
            // RFC 4585, 6.3.1: payload-specific feedback, format 1.
            plis += usize::from(header[1] == 206 && header[0] & 0x1f == 1);
            let words = usize::from(u16::from_be_bytes([header[2], header[3]]));
            compound = &compound[4 + 4 * words..];
        }
    }
    assert_eq!(plis, 1);

    // The other way about: str0m's packets open here, and our reports there.
    sender.media.clear();
    let mut api = sender.rtc.direct_api();
    let stream = api.stream_tx_by_mid(mid, None).unwrap();
    stream.write_rtp(RtpWrite::new(pt, 7.into(), 1, now, vec![42; 500]));
    let its = stream.ssrc();
    exchange(&mut now, &mut sender, &mut receiver, 20);
    let mut unprotector = Unprotector::new(mirrored).unwrap();
    let opened: Vec<_> = sender
        .media
        .iter_mut()
        .filter_map(|datagram| {
            let opened = unprotector.unprotect_rtp(datagram).ok()?;
            Some((opened, datagram[opened.header..opened.len].to_vec()))
        })
        .filter(|(opened, _)| opened.ssrc == *its)
        .collect();
    assert_eq!(opened.len(), 1);
    assert_eq!((opened[0].0.index, &opened[0].1[..]), (7, &[42; 500][..]));

    let mut protector_back = Protector::new(mirrored).unwrap();
    let mut pli = vec![0x81, 206, 0, 2];
    pli.extend(ours.to_be_bytes());
    pli.extend((*its).to_be_bytes());
    let len = pli.len();
    pli.resize(len + MAX_RTCP_OVERHEAD, 0);
    let len = protector_back.protect_rtcp(&mut pli, len).unwrap();
    let from = receiver.addr;
    sender.receive(now, from, &pli[..len]);
    sender.drain();
    assert_eq!(sender.keyframes_wanted, 1);
    // No index of the streams above was spent on this: reports count for themselves.
    assert!(protector.protect_rtcp(&mut pli, 12).is_ok());
}
