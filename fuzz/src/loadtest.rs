//! What the load tester reads of another server.

use szpon_loadtest::{rtp, sdp};

use crate::{Input, input::text};

/// Headers and extensions lie inside of their packet, a written header is read as it was, and an
/// answer has no more sections than it has lines for them.
pub fn tester(data: &[u8]) {
    if let Some(header) = rtp::Header::read(data) {
        assert!(header.len <= data.len());
        for id in 0..16 {
            if let Some(value) = header.extension(data, id) {
                assert!((1..=16).contains(&value.len()));
            }
        }
    }
    let _ = (rtp::is_media(data), rtp::is_rtcp(data));
    let answer = text(data);
    assert!(sdp::sections(&answer).len() <= answer.matches("m=").count());

    let mut input = Input::new(data);
    let (marker, payload_type) = (input.u8() & 1 == 1, input.u8() & 0x7f);
    let (sequence, timestamp, ssrc) = (input.u16(), input.u32(), input.u32());
    let (id, value) = (input.u8(), input.chunk());
    let extensions = [(id, value)];
    let new =
        rtp::NewHeader { marker, payload_type, sequence, timestamp, ssrc, extensions: &extensions };
    let mut written = Vec::new();
    let len = new.write(&mut written);
    let header = rtp::Header::read(&written).expect("what was written can be read");
    assert_eq!((header.len, header.ssrc, header.sequence), (len, ssrc, sequence));
    let fits = (1..=14).contains(&id) && (1..=16).contains(&value.len());
    assert_eq!(header.extension(&written, id), fits.then_some(value));
}
