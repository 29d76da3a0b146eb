//! SRTP and SRTCP with the keys of a DTLS handshake (RFC 3711, RFC 5764, RFC 7714).
//!
//! The tester does this itself, beside str0m, so that it may count a packet without decrypting it.

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    error::Unspecified,
    hmac,
    iv::FixedLength,
};
use str0m::crypto::dtls::SrtpProfile;

/// Octets of an AES-GCM tag.
pub const GCM_TAG: usize = 16;
/// Octets of an HMAC-SHA1-80 tag.
const HMAC_TAG: usize = 10;
/// E flag and index behind an SRTCP packet.
const SRTCP_WORD: usize = 4;
const ENCRYPTED: u32 = 0x8000_0000;
/// RTCP octets that stay in the clear: header and the sender's SSRC.
const RTCP_CLEAR: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// A protection profile that this tester does not speak.
    #[error("the server chose an unknown SRTP profile")]
    Profile,
    /// Fewer octets of key than the profile needs.
    #[error("the handshake gave too little keying material")]
    Short,
    /// The cryptographic library refused a key or a buffer.
    #[error("the cipher failed")]
    Cipher,
}

impl From<Unspecified> for SrtpError {
    fn from(_: Unspecified) -> Self {
        Self::Cipher
    }
}

/// One direction's keys for RTP or RTCP.
#[derive(Debug)]
enum Suite {
    Gcm { key: Box<LessSafeKey>, salt: [u8; 12] },
    Cm { key: Box<EncryptingKey>, salt: [u8; 14], auth: Box<hmac::Key> },
}

/// Both kinds of packet of one direction.
#[derive(Debug)]
pub struct Context {
    rtp: Suite,
    rtcp: Suite,
    /// Of the last SRTCP packet sent.
    index: u32,
}

/// What the tester sends with, and what it receives with.
#[derive(Debug)]
pub struct Contexts {
    pub local: Context,
    pub remote: Context,
}

impl Contexts {
    /// From the exported keying material; `client` says whether we were the DTLS client.
    pub fn new(profile: SrtpProfile, material: &[u8], client: bool) -> Result<Self, SrtpError> {
        let (key, salt) = match profile {
            SrtpProfile::AES128_CM_SHA1_80 => (16, 14),
            SrtpProfile::AEAD_AES_128_GCM => (16, 12),
            SrtpProfile::AEAD_AES_256_GCM => (32, 12),
            _ => return Err(SrtpError::Profile),
        };
        // RFC 5764, section 4.2: client key, server key, client salt, server salt.
        let cut = |at: usize, len: usize| material.get(at..at + len).ok_or(SrtpError::Short);
        let gcm = profile != SrtpProfile::AES128_CM_SHA1_80;
        let by_client = Context::new(gcm, cut(0, key)?, cut(2 * key, salt)?)?;
        let by_server = Context::new(gcm, cut(key, key)?, cut(2 * key + salt, salt)?)?;
        let (local, remote) = if client { (by_client, by_server) } else { (by_server, by_client) };
        Ok(Self { local, remote })
    }
}

impl Context {
    fn new(gcm: bool, master: &[u8], salt: &[u8]) -> Result<Self, SrtpError> {
        // RFC 7714, section 11: a salt of 96 bits is padded with zeros on the right.
        let mut padded = [0; 14];
        padded[..salt.len()].copy_from_slice(salt);
        Ok(Self {
            rtp: Suite::new(gcm, master, padded, 0)?,
            rtcp: Suite::new(gcm, master, padded, 3)?,
            index: 0,
        })
    }

    /// Encrypts the packet in `packet`, whose header has `header` octets, and appends the tag.
    /// `index` is the extended sequence number.
    pub fn protect_rtp(
        &self,
        packet: &mut Vec<u8>,
        header: usize,
        index: u64,
    ) -> Result<(), SrtpError> {
        let ssrc = ssrc_of(packet, 8)?;
        match &self.rtp {
            Suite::Gcm { key, salt } => {
                let nonce = gcm_rtp_nonce(*salt, ssrc, index);
                let (aad, payload) = packet.split_at_mut_checked(header).ok_or(SrtpError::Short)?;
                let aad = Aad::from(&*aad);
                let tag = key.seal_in_place_separate_tag(nonce, aad, payload)?;
                packet.extend_from_slice(tag.as_ref());
            }
            Suite::Cm { key, salt, auth } => {
                let payload = packet.get_mut(header..).ok_or(SrtpError::Short)?;
                keystream(key, cm_iv(*salt, ssrc, index), payload)?;
                let tag = cm_tag(auth, packet, &((index >> 16) as u32).to_be_bytes());
                packet.extend_from_slice(&tag);
            }
        }
        Ok(())
    }

    /// Decrypts the payload of `packet` in place and gives it without the tag; none if the packet
    /// is not authentic.
    pub fn unprotect_rtp<'a>(
        &self,
        packet: &'a mut [u8],
        header: usize,
        index: u64,
    ) -> Option<&'a [u8]> {
        let ssrc = ssrc_of(packet, 8).ok()?;
        match &self.rtp {
            Suite::Gcm { key, salt } => {
                let nonce = gcm_rtp_nonce(*salt, ssrc, index);
                let (aad, payload) = packet.split_at_mut_checked(header)?;
                key.open_in_place(nonce, Aad::from(&*aad), payload).ok().map(|plain| &*plain)
            }
            Suite::Cm { key, salt, auth } => {
                let end = packet.len().checked_sub(HMAC_TAG)?;
                let (body, tag) = packet.split_at_mut_checked(end)?;
                if cm_tag(auth, body, &((index >> 16) as u32).to_be_bytes()) != *tag {
                    return None;
                }
                let payload = body.get_mut(header..)?;
                keystream(key, cm_iv(*salt, ssrc, index), payload).ok()?;
                Some(payload)
            }
        }
    }

    /// Encrypts a compound RTCP packet and appends index and tag.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        self.index = (self.index + 1) & !ENCRYPTED;
        let ssrc = ssrc_of(packet, 4)?;
        let word = (ENCRYPTED | self.index).to_be_bytes();
        match &self.rtcp {
            Suite::Gcm { key, salt } => {
                let nonce = gcm_rtcp_nonce(*salt, ssrc, self.index);
                let mut aad = [0; RTCP_CLEAR + SRTCP_WORD];
                aad[..RTCP_CLEAR].copy_from_slice(&packet[..RTCP_CLEAR]);
                aad[RTCP_CLEAR..].copy_from_slice(&word);
                let body = &mut packet[RTCP_CLEAR..];
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), body)?;
                packet.extend_from_slice(tag.as_ref());
                packet.extend_from_slice(&word);
            }
            Suite::Cm { key, salt, auth } => {
                let iv = cm_iv(*salt, ssrc, u64::from(self.index));
                keystream(key, iv, &mut packet[RTCP_CLEAR..])?;
                packet.extend_from_slice(&word);
                let tag = cm_tag(auth, packet, &[]);
                packet.extend_from_slice(&tag);
            }
        }
        Ok(())
    }

    /// Decrypts a compound RTCP packet in place; none if it is not authentic.
    pub fn unprotect_rtcp<'a>(&self, packet: &'a mut [u8]) -> Option<&'a [u8]> {
        let ssrc = ssrc_of(packet, 4).ok()?;
        match &self.rtcp {
            Suite::Gcm { key, salt } => {
                let end = packet.len().checked_sub(SRTCP_WORD)?;
                let (body, word) = packet.split_at_mut_checked(end)?;
                let word: [u8; SRTCP_WORD] = (&*word).try_into().ok()?;
                let index = u32::from_be_bytes(word);
                if index & ENCRYPTED == 0 {
                    return None;
                }
                let mut aad = [0; RTCP_CLEAR + SRTCP_WORD];
                aad[..RTCP_CLEAR].copy_from_slice(body.get(..RTCP_CLEAR)?);
                aad[RTCP_CLEAR..].copy_from_slice(&word);
                let nonce = gcm_rtcp_nonce(*salt, ssrc, index & !ENCRYPTED);
                let plain =
                    key.open_in_place(nonce, Aad::from(aad), body.get_mut(RTCP_CLEAR..)?).ok()?;
                let end = RTCP_CLEAR + plain.len();
                packet.get(..end)
            }
            Suite::Cm { key, salt, auth } => {
                let end = packet.len().checked_sub(HMAC_TAG)?;
                let (body, tag) = packet.split_at_mut_checked(end)?;
                if cm_tag(auth, body, &[]) != *tag {
                    return None;
                }
                let end = body.len().checked_sub(SRTCP_WORD)?;
                let (body, word) = body.split_at_mut_checked(end)?;
                let index = u32::from_be_bytes((&*word).try_into().ok()?) & !ENCRYPTED;
                let iv = cm_iv(*salt, ssrc, u64::from(index));
                keystream(key, iv, body.get_mut(RTCP_CLEAR..)?).ok()?;
                Some(body)
            }
        }
    }
}

impl Suite {
    /// Session keys with the labels from `first` on (RFC 3711, section 4.3.2).
    fn new(gcm: bool, master: &[u8], salt: [u8; 14], first: u8) -> Result<Self, SrtpError> {
        let mut key = vec![0; master.len()];
        derive(master, salt, first, &mut key)?;
        if gcm {
            let mut session_salt = [0; 12];
            derive(master, salt, first + 2, &mut session_salt)?;
            let algorithm = if master.len() == 32 { &AES_256_GCM } else { &AES_128_GCM };
            let key = Box::new(LessSafeKey::new(UnboundKey::new(algorithm, &key)?));
            return Ok(Self::Gcm { key, salt: session_salt });
        }
        let mut session_salt = [0; 14];
        derive(master, salt, first + 2, &mut session_salt)?;
        let mut auth = [0; 20];
        derive(master, salt, first + 1, &mut auth)?;
        let auth = Box::new(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &auth));
        Ok(Self::Cm { key: Box::new(counter_mode(&key)?), salt: session_salt, auth })
    }
}

fn counter_mode(key: &[u8]) -> Result<EncryptingKey, SrtpError> {
    let algorithm = if key.len() == 32 { &AES_256 } else { &AES_128 };
    Ok(EncryptingKey::ctr(UnboundCipherKey::new(algorithm, key)?)?)
}

/// The key derivation function is the keystream of counter mode (RFC 3711, section 4.3.3).
fn derive(master: &[u8], salt: [u8; 14], label: u8, out: &mut [u8]) -> Result<(), SrtpError> {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(&salt);
    iv[7] ^= label;
    out.fill(0);
    keystream(&counter_mode(master)?, iv, out)
}

fn keystream(key: &EncryptingKey, iv: [u8; 16], data: &mut [u8]) -> Result<(), SrtpError> {
    key.less_safe_encrypt(data, EncryptionContext::Iv128(FixedLength::from(iv)))?;
    Ok(())
}

fn cm_tag(auth: &hmac::Key, packet: &[u8], more: &[u8]) -> [u8; HMAC_TAG] {
    let mut context = hmac::Context::with_key(auth);
    context.update(packet);
    context.update(more);
    let mut tag = [0; HMAC_TAG];
    tag.copy_from_slice(&context.sign().as_ref()[..HMAC_TAG]);
    tag
}

/// RFC 3711, section 4.1.1.
fn cm_iv(salt: [u8; 14], ssrc: u32, index: u64) -> [u8; 16] {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(&salt);
    for (octet, other) in iv[4..8].iter_mut().zip(ssrc.to_be_bytes()) {
        *octet ^= other;
    }
    for (octet, other) in iv[8..14].iter_mut().zip(&index.to_be_bytes()[2..]) {
        *octet ^= other;
    }
    iv
}

/// RFC 7714, section 8.1.
pub fn gcm_rtp_nonce(salt: [u8; 12], ssrc: u32, index: u64) -> Nonce {
    let mut iv = salt;
    for (octet, other) in iv[2..6].iter_mut().zip(ssrc.to_be_bytes()) {
        *octet ^= other;
    }
    // Rollover counter and sequence number are the index's 48 bits.
    for (octet, other) in iv[6..12].iter_mut().zip(&index.to_be_bytes()[2..]) {
        *octet ^= other;
    }
    Nonce::assume_unique_for_key(iv)
}

/// RFC 7714, section 9.1.
fn gcm_rtcp_nonce(salt: [u8; 12], ssrc: u32, index: u32) -> Nonce {
    gcm_rtp_nonce(salt, ssrc, u64::from(index))
}

fn ssrc_of(packet: &[u8], at: usize) -> Result<u32, SrtpError> {
    let octets = packet.get(at..).and_then(|rest| rest.first_chunk::<4>());
    octets.map(|octets| u32::from_be_bytes(*octets)).ok_or(SrtpError::Short)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROFILES: [(SrtpProfile, usize); 3] = [
        (SrtpProfile::AES128_CM_SHA1_80, 60),
        (SrtpProfile::AEAD_AES_128_GCM, 56),
        (SrtpProfile::AEAD_AES_256_GCM, 88),
    ];

    fn pair(profile: SrtpProfile, len: usize) -> (Contexts, Contexts) {
        let material: Vec<u8> = (0..len).map(|n| n as u8).collect();
        let client = Contexts::new(profile, &material, true).unwrap();
        (client, Contexts::new(profile, &material, false).unwrap())
    }

    /// RFC 3711, appendix B.3.
    #[test]
    fn keys_are_derived_as_the_standard_says() {
        let master = [
            0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde,
            0x41, 0x39,
        ];
        let salt =
            [0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6];
        let mut key = [0; 16];
        derive(&master, salt, 0, &mut key).unwrap();
        assert_eq!(key[..4], [0xc6, 0x1e, 0x7a, 0x93]);
        let mut session_salt = [0; 14];
        derive(&master, salt, 2, &mut session_salt).unwrap();
        assert_eq!(session_salt[..4], [0x30, 0xcb, 0xbc, 0x08]);
        let mut auth = [0; 20];
        derive(&master, salt, 1, &mut auth).unwrap();
        assert_eq!(auth[..4], [0xce, 0xbe, 0x32, 0x1f]);
    }

    #[test]
    fn rtcp_comes_back() {
        for (profile, len) in PROFILES {
            let (mut client, server) = pair(profile, len);
            let plain: Vec<u8> = [&[0x81, 0xce, 0, 2][..], &[7; 8]].concat();
            let mut packet = plain.clone();
            client.local.protect_rtcp(&mut packet).unwrap();
            assert_ne!(packet[8..12], plain[8..12]);
            assert_eq!(server.remote.unprotect_rtcp(&mut packet.clone()).unwrap(), plain);
            let last = packet.len() - 1;
            packet[last] ^= 1;
            assert!(server.remote.unprotect_rtcp(&mut packet).is_none(), "{profile:?}");
        }
    }

    #[test]
    fn short_material_is_refused() {
        for (profile, len) in PROFILES {
            let material = vec![0; len - 1];
            assert!(matches!(Contexts::new(profile, &material, true), Err(SrtpError::Short)));
        }
    }

    proptest! {
        #[test]
        fn rtp_comes_back(
            payload in prop::collection::vec(any::<u8>(), 0..1300),
            index in 0u64..1 << 40,
            flip in any::<prop::sample::Index>(),
        ) {
            for (profile, len) in PROFILES {
                let (client, server) = pair(profile, len);
                let mut packet = vec![0x80, 96, (index >> 8) as u8, index as u8, 0, 0, 0, 1, 0, 0, 0, 9];
                packet.extend_from_slice(&payload);
                client.local.protect_rtp(&mut packet, 12, index).unwrap();
                let mut copy = packet.clone();
                let plain = server.remote.unprotect_rtp(&mut copy, 12, index);
                prop_assert_eq!(plain, Some(payload.as_slice()));
                let at = flip.index(packet.len());
                packet[at] ^= 0x10;
                prop_assert!(server.remote.unprotect_rtp(&mut packet, 12, index).is_none());
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), header in 0usize..64) {
            for (profile, len) in PROFILES {
                let (client, _) = pair(profile, len);
                let _ = client.remote.unprotect_rtp(&mut bytes.clone(), header, 1);
                let _ = client.remote.unprotect_rtcp(&mut bytes.clone());
            }
        }
    }
}
