//! Packets of one track that came together and wait to be delivered together.

use szpon_media::Layer;

use crate::tracks::Packet;

/// Octets by which a packet is lengthened at most.
const MOST: usize = 8;

/// A packet that waits.
pub(crate) struct Pending {
    pub(crate) stream: Layer,
    pub(crate) packet: Packet,
    /// Octets that make it as long as the frame's next packets.
    pub(crate) padding: u8,
}

/// Adds a packet behind the others.
///
/// libwebrtc cuts a frame into packets of nearly one length, of which the last ones are an octet
/// longer. One system call sends what is of one length and a shorter end (UDP_SEGMENT): an octet of
/// padding in the first ones spares a call for each frame and subscriber.
pub(crate) fn push(pending: &mut Vec<Pending>, stream: Layer, packet: Packet) {
    // With a descriptor headers differ in length as well.
    if packet.dependency.is_none() {
        let before = pending.iter_mut().rev().filter(|before| before.stream == stream);
        for before in before.take_while(|before| before.packet.time == packet.time) {
            let shorter = packet.payload.len().saturating_sub(before.packet.payload.len());
            if !(1..=MOST).contains(&shorter) {
                break;
            }
            before.padding = shorter as u8;
        }
    }
    pending.push(Pending { stream, packet, padding: 0 });
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Instant};

    use szpon_media::{
        ExtSeq, RtpTime,
        codec::{VideoCodec, VideoPacket},
    };

    use super::*;
    use crate::tracks::Body;

    fn paddings(packets: &[(u8, u32, usize)]) -> Vec<u8> {
        let mut pending = Vec::new();
        for (n, (layer, time, len)) in packets.iter().enumerate() {
            let payload: Arc<[u8]> = vec![0; *len].into();
            let body = Body::Video(VideoPacket::parse(VideoCodec::H264, &payload));
            let packet = Packet {
                seq: ExtSeq::new(n as u64),
                time: RtpTime::new(*time),
                marker: false,
                payload,
                at: Instant::now(),
                dependency: None,
                body,
            };
            push(&mut pending, Layer::new(*layer).unwrap(), packet);
        }
        pending.iter().map(|waiting| waiting.padding).collect()
    }

    #[test]
    fn the_packets_of_a_frame_become_equally_long() {
        let frame = [(0, 1, 1_000), (0, 1, 1_000), (0, 1, 1_001), (0, 1, 1_001)];
        assert_eq!(paddings(&frame), [1, 1, 0, 0]);
    }

    #[test]
    fn others_do_not() {
        // A much longer one, another layer, another frame, a shorter end.
        let packets =
            [(0, 1, 900), (0, 1, 1_000), (1, 1, 1_003), (0, 2, 1_002), (0, 2, 1_002), (0, 2, 9)];
        assert_eq!(paddings(&packets), [0; 6]);
        let between = [(0, 1, 1_000), (1, 7, 500), (0, 1, 1_002)];
        assert_eq!(paddings(&between), [2, 0, 0]);
    }
}
