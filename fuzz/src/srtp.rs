//! Protected packets.

use szpon_sfu_srtp::{
    MAX_RTCP_OVERHEAD, MAX_RTP_OVERHEAD, MasterKey, Profile, Protector, Unprotector,
};

use crate::Input;

/// What nobody has sealed is refused; what was sealed comes out as it went in, once, and a changed
/// bit is noticed.
pub fn unprotect(data: &[u8]) {
    let mut input = Input::new(data);
    let profile = match input.u8() % 3 {
        0 => Profile::Aes128CmSha1_80,
        1 => Profile::AeadAes128Gcm,
        _ => Profile::AeadAes256Gcm,
    };
    let (key, salt) = (vec![7; profile.key_len()], vec![9; profile.salt_len()]);
    let master = MasterKey::new(profile, &key, &salt).expect("lengths are the profile's");
    let mut protector = Protector::with_master(&master).expect("keys are derived");
    let mut unprotector = Unprotector::with_master(&master).expect("keys are derived");
    let (bit, index) = (input.u16(), u64::from(input.u32()));
    let plain = input.rest();
    assert!(unprotector.unprotect_rtp(&mut plain.to_vec()).is_err());
    assert!(unprotector.unprotect_rtcp(&mut plain.to_vec()).is_err());

    let mut packet = plain.to_vec();
    packet.resize(plain.len() + MAX_RTP_OVERHEAD, 0);
    // The index that a receiver finds by itself (RFC 3711, section 3.3.1).
    let index =
        index & !0xffff | plain.get(2..4).map_or(0, |b| u64::from(b[0]) << 8 | u64::from(b[1]));
    if let Ok(len) = protector.protect_rtp(&mut packet, plain.len(), index & 0xffff) {
        packet.truncate(len);
        let mut changed = packet.clone();
        let bit = usize::from(bit) % (len * 8);
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(unprotector.unprotect_rtp(&mut changed).is_err(), "a changed bit passes");
        let mut opened = packet.clone();
        let header = unprotector.unprotect_rtp(&mut opened).expect("what was sealed opens");
        assert!(header.header <= header.len && header.len == plain.len());
        assert_eq!(&opened[..header.len], plain);
        assert!(unprotector.unprotect_rtp(&mut packet).is_err(), "a replay passes");
    }
    let mut report = plain.to_vec();
    report.resize(plain.len() + MAX_RTCP_OVERHEAD, 0);
    if let Ok(len) = protector.protect_rtcp(&mut report, plain.len()) {
        report.truncate(len);
        let mut opened = report.clone();
        let len = unprotector.unprotect_rtcp(&mut opened).expect("what was sealed opens");
        assert_eq!(&opened[..len], plain);
        assert!(unprotector.unprotect_rtcp(&mut report).is_err(), "a replay passes");
    }
}
