//! Session keys and the three transforms.

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    constant_time::verify_slices_are_equal,
    error::Unspecified,
    hmac,
    iv::FixedLength,
};

use crate::keys::{MasterKey, Profile};

/// The cryptographic library refuses a key, which only a broken build does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refuses the key")]
pub struct KeyError;

impl From<Unspecified> for KeyError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// Labels of key derivation (RFC 3711, section 4.3.2): encryption, authentication, salt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labels([u8; 3]);

pub(crate) const RTP: Labels = Labels([0, 1, 2]);
pub(crate) const RTCP: Labels = Labels([3, 4, 5]);

/// Encrypts and authenticates with one session key.
pub(crate) enum Cipher {
    /// RFC 7714.
    Gcm { key: LessSafeKey, salt: [u8; 12] },
    /// RFC 3711.
    CounterSha1(Box<CounterSha1>),
}

/// AES in counter mode, HMAC-SHA1 cut to 80 bits.
pub(crate) struct CounterSha1 {
    key: EncryptingKey,
    salt: [u8; 14],
    auth: hmac::Key,
}

impl Cipher {
    pub(crate) fn derive(master: &MasterKey, labels: Labels) -> Result<Self, KeyError> {
        let [encryption, authentication, salting] = labels.0;
        let mut key = [0; 32];
        let key = &mut key[..master.profile().key_len()];
        derive(master, encryption, key)?;
        let mut salt = [0; 14];
        let salt = &mut salt[..master.profile().salt_len()];
        derive(master, salting, salt)?;
        let mut auth = [0; 20];
        derive(master, authentication, &mut auth)?;
        Self::from_session_keys(master.profile(), key, salt, &auth)
    }

    /// `auth` is for the profile that is not authenticated encryption by itself.
    pub(crate) fn from_session_keys(
        profile: Profile,
        key: &[u8],
        salt: &[u8],
        auth: &[u8],
    ) -> Result<Self, KeyError> {
        let gcm = |algorithm| {
            Ok(Self::Gcm {
                key: LessSafeKey::new(UnboundKey::new(algorithm, key)?),
                salt: salt.try_into().map_err(|_| KeyError)?,
            })
        };
        match profile {
            Profile::AeadAes128Gcm => gcm(&AES_128_GCM),
            Profile::AeadAes256Gcm => gcm(&AES_256_GCM),
            Profile::Aes128CmSha1_80 => Ok(Self::CounterSha1(Box::new(CounterSha1 {
                key: EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, key)?)?,
                salt: salt.try_into().map_err(|_| KeyError)?,
                auth: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth),
            }))),
        }
    }

    pub(crate) fn tag_len(&self) -> usize {
        match self {
            Self::Gcm { .. } => Profile::AeadAes128Gcm.tag_len(),
            Self::CounterSha1(_) => Profile::Aes128CmSha1_80.tag_len(),
        }
    }

    /// Encrypts `packet` after its `header` bytes, and writes the tag into its last bytes.
    pub(crate) fn seal_rtp(
        &self,
        packet: &mut [u8],
        header: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), Unspecified> {
        let (body, tag) = packet.split_at_mut(packet.len() - self.tag_len());
        match self {
            Self::Gcm { key, salt } => {
                let (aad, text) = body.split_at_mut(header);
                let nonce = rtp_nonce(salt, ssrc, index);
                let sealed = key.seal_in_place_separate_tag(nonce, Aad::from(&*aad), text)?;
                tag.copy_from_slice(sealed.as_ref());
            }
            Self::CounterSha1(counter) => {
                let CounterSha1 { key, salt, auth } = &**counter;
                count(key, salt, ssrc, index, &mut body[header..])?;
                let sign = sign(auth, body, &roc(index));
                tag.copy_from_slice(&sign.as_ref()[..tag.len()]);
            }
        }
        Ok(())
    }

    /// Undoes [`Self::seal_rtp`]; `packet` is unspecified on failure.
    pub(crate) fn open_rtp(
        &self,
        packet: &mut [u8],
        header: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), Unspecified> {
        let (body, tag) = packet.split_at_mut(packet.len() - self.tag_len());
        match self {
            Self::Gcm { key, salt } => {
                let (aad, text) = body.split_at_mut(header);
                let nonce = rtp_nonce(salt, ssrc, index);
                key.open_in_place_separate_tag(nonce, Aad::from(&*aad), tag, text)?;
            }
            Self::CounterSha1(counter) => {
                let CounterSha1 { key, salt, auth } = &**counter;
                let sign = sign(auth, body, &roc(index));
                verify_slices_are_equal(&sign.as_ref()[..tag.len()], tag)?;
                count(key, salt, ssrc, index, &mut body[header..])?;
            }
        }
        Ok(())
    }

    /// Encrypts the compound in `packet[..len]` after its first header, and writes behind it what
    /// the profile wants there: tag and index in either order. Returns the length.
    pub(crate) fn seal_rtcp(
        &self,
        packet: &mut [u8],
        len: usize,
        ssrc: u32,
        index: u32,
    ) -> Result<usize, Unspecified> {
        let encrypted = (ENCRYPTED | index).to_be_bytes();
        let total = len + 4 + self.tag_len();
        match self {
            Self::Gcm { key, salt } => {
                let aad = rtcp_aad(packet, encrypted)?;
                let nonce = rtcp_nonce(salt, ssrc, index);
                let text = &mut packet[RTCP_HEADER..len];
                let sealed = key.seal_in_place_separate_tag(nonce, Aad::from(aad), text)?;
                packet[len..total - 4].copy_from_slice(sealed.as_ref());
                packet[total - 4..total].copy_from_slice(&encrypted);
            }
            Self::CounterSha1(counter) => {
                let CounterSha1 { key, salt, auth } = &**counter;
                count(key, salt, ssrc, u64::from(index), &mut packet[RTCP_HEADER..len])?;
                packet[len..len + 4].copy_from_slice(&encrypted);
                let sign = sign(auth, &packet[..len + 4], &[]);
                let tag = &mut packet[len + 4..total];
                tag.copy_from_slice(&sign.as_ref()[..tag.len()]);
            }
        }
        Ok(total)
    }

    /// Where the index of a protected compound of `total` bytes stands; it has four bytes.
    pub(crate) fn rtcp_index_at(&self, total: usize) -> Option<usize> {
        let tail = 4 + self.tag_len();
        let text = total.checked_sub(tail).filter(|text| *text >= RTCP_HEADER)?;
        Some(match self {
            Self::Gcm { .. } => text + self.tag_len(),
            Self::CounterSha1(_) => text,
        })
    }

    /// Undoes [`Self::seal_rtcp`]. `packet` is at least as long as [`Self::rtcp_index_at`] asks
    /// for, and unspecified on failure. Returns the length of the compound.
    pub(crate) fn open_rtcp(
        &self,
        packet: &mut [u8],
        ssrc: u32,
        index: u32,
    ) -> Result<usize, Unspecified> {
        let len = packet.len() - 4 - self.tag_len();
        match self {
            Self::Gcm { key, salt } => {
                let aad = rtcp_aad(packet, (ENCRYPTED | index).to_be_bytes())?;
                let nonce = rtcp_nonce(salt, ssrc, index);
                let (text, tail) = packet[RTCP_HEADER..].split_at_mut(len - RTCP_HEADER);
                let tag = &tail[..self.tag_len()];
                key.open_in_place_separate_tag(nonce, Aad::from(aad), tag, text)?;
            }
            Self::CounterSha1(counter) => {
                let CounterSha1 { key, salt, auth } = &**counter;
                let (signed, tag) = packet.split_at(len + 4);
                let sign = sign(auth, signed, &[]);
                verify_slices_are_equal(&sign.as_ref()[..tag.len()], tag)?;
                count(key, salt, ssrc, u64::from(index), &mut packet[RTCP_HEADER..len])?;
            }
        }
        Ok(len)
    }
}

/// Bytes of a compound that stay readable (RFC 3711, section 3.4).
pub(crate) const RTCP_HEADER: usize = 8;
/// The E flag before the 31 bits of the SRTCP index.
pub(crate) const ENCRYPTED: u32 = 1 << 31;

/// RFC 3711, section 4.3.3: the key stream of AES in counter mode.
fn derive(master: &MasterKey, label: u8, out: &mut [u8]) -> Result<(), KeyError> {
    let algorithm = match master.profile() {
        Profile::Aes128CmSha1_80 | Profile::AeadAes128Gcm => &AES_128,
        // RFC 6188.
        Profile::AeadAes256Gcm => &AES_256,
    };
    let key = EncryptingKey::ctr(UnboundCipherKey::new(algorithm, master.key())?)?;
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(&master.padded_salt());
    iv[7] ^= label;
    out.fill(0);
    key.less_safe_encrypt(out, EncryptionContext::Iv128(FixedLength::from(iv)))?;
    Ok(())
}

/// RFC 3711, section 4.1.1.
fn count(
    key: &EncryptingKey,
    salt: &[u8; 14],
    ssrc: u32,
    index: u64,
    text: &mut [u8],
) -> Result<(), Unspecified> {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(salt);
    for (byte, ssrc) in iv[4..8].iter_mut().zip(ssrc.to_be_bytes()) {
        *byte ^= ssrc;
    }
    for (byte, index) in iv[6..14].iter_mut().zip(index.to_be_bytes()) {
        *byte ^= index;
    }
    key.less_safe_encrypt(text, EncryptionContext::Iv128(FixedLength::from(iv)))?;
    Ok(())
}

fn sign(auth: &hmac::Key, packet: &[u8], roc: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(auth);
    context.update(packet);
    context.update(roc);
    context.sign()
}

/// The roll-over counter of an index.
fn roc(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// RFC 7714, section 8.1.
fn rtp_nonce(salt: &[u8; 12], ssrc: u32, index: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
    nonce[6..].copy_from_slice(&index.to_be_bytes()[2..]);
    salted(nonce, salt)
}

/// RFC 7714, section 9.1.
fn rtcp_nonce(salt: &[u8; 12], ssrc: u32, index: u32) -> Nonce {
    let mut nonce = [0; 12];
    nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
    nonce[8..].copy_from_slice(&index.to_be_bytes());
    salted(nonce, salt)
}

fn salted(mut nonce: [u8; 12], salt: &[u8; 12]) -> Nonce {
    for (byte, salt) in nonce.iter_mut().zip(salt) {
        *byte ^= salt;
    }
    Nonce::assume_unique_for_key(nonce)
}

/// RFC 7714, section 9.2: the first header and the word with the index.
fn rtcp_aad(packet: &[u8], index: [u8; 4]) -> Result<[u8; 12], Unspecified> {
    let header = packet.first_chunk::<RTCP_HEADER>().ok_or(Unspecified)?;
    let mut aad = [0; 12];
    aad[..RTCP_HEADER].copy_from_slice(header);
    aad[RTCP_HEADER..].copy_from_slice(&index);
    Ok(aad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    #[test]
    fn keys_are_derived_as_in_rfc_3711_appendix_b_3() {
        let master = MasterKey::new(
            Profile::Aes128CmSha1_80,
            &bytes("E1F97A0D3E018BE0D64FA32C06DE4139"),
            &bytes("0EC675AD498AFEEBB6960B3AABE6"),
        )
        .unwrap();
        for (label, expected) in [
            (0, "C61E7A93744F39EE10734AFE3FF7A087"),
            (2, "30CBBC08863D8C85D49DB34A9AE1"),
            (1, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"),
        ] {
            let expected = bytes(expected);
            let mut out = vec![0xff; expected.len()];
            derive(&master, label, &mut out).unwrap();
            assert_eq!(out, expected, "label {label}");
        }
    }

    #[test]
    fn counter_mode_is_that_of_rfc_3711_appendix_b_2() {
        let key = bytes("2B7E151628AED2A6ABF7158809CF4F3C");
        let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, &key).unwrap()).unwrap();
        let salt: [u8; 14] = bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
        let mut stream = [0; 48];
        count(&key, &salt, 0, 0, &mut stream).unwrap();
        assert_eq!(
            stream.to_vec(),
            bytes(
                "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB
                 41E95B3BB0A2E8DD477901E4FCA894C0"
            )
        );
    }

    /// RFC 7714, section 16, "Gallia est omnis divisa in partes tres".
    const RTP_HEADER: &str = "8040f17b 8041f8d3 5501a0b2";
    const RTP_TEXT: &str = "47616c6c696120657374206f6d6e697320646976697361
        20696e207061727465732074726573";
    const RTP_SEALED_128: &str = "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b
        36de3adf8833899d7f27beb16a9152cf765ee4390cce";
    const RTP_SEALED_256: &str = "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f
        1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13";
    const RTCP_PLAIN: &str = "81c8000d4d6172734e5450314e5450325254502000 00042a0000e9304c756e61
        deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
    const RTCP_SEALED_128: &str = "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32d
        c676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4";
    const RTCP_SEALED_256: &str = "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50
        a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4";

    fn gcm(profile: Profile) -> Cipher {
        let key: Vec<u8> = (0..profile.key_len() as u8).collect();
        Cipher::from_session_keys(profile, &key, &bytes("517569642070726f2071756f"), &[]).unwrap()
    }

    #[test]
    fn gcm_is_that_of_rfc_7714() {
        for (profile, rtp, rtcp) in [
            (Profile::AeadAes128Gcm, RTP_SEALED_128, RTCP_SEALED_128),
            (Profile::AeadAes256Gcm, RTP_SEALED_256, RTCP_SEALED_256),
        ] {
            let cipher = gcm(profile);
            let plain = [bytes(RTP_HEADER), bytes(RTP_TEXT)].concat();
            let mut packet = [&plain[..], &[0; 16]].concat();
            cipher.seal_rtp(&mut packet, 12, 0x5501_a0b2, 0xf17b).unwrap();
            assert_eq!(packet, [bytes(RTP_HEADER), bytes(rtp)].concat());
            cipher.open_rtp(&mut packet, 12, 0x5501_a0b2, 0xf17b).unwrap();
            assert_eq!(packet[..plain.len()], plain);

            let plain = bytes(RTCP_PLAIN);
            let mut packet = [&plain[..], &[0; 20]].concat();
            let len = cipher.seal_rtcp(&mut packet, plain.len(), 0x4d61_7273, 0x5d4).unwrap();
            assert_eq!(packet[..len], bytes(rtcp));
            assert_eq!(cipher.rtcp_index_at(len), Some(len - 4));
            let opened = cipher.open_rtcp(&mut packet[..len], 0x4d61_7273, 0x5d4).unwrap();
            assert_eq!(packet[..opened], plain);
        }
    }

    /// A packet of libsrtp's own validation, with the master key of RFC 3711, appendix B.3.
    #[test]
    fn counter_mode_with_sha1_is_that_of_others() {
        let master = MasterKey::new(
            Profile::Aes128CmSha1_80,
            &bytes("E1F97A0D3E018BE0D64FA32C06DE4139"),
            &bytes("0EC675AD498AFEEBB6960B3AABE6"),
        )
        .unwrap();
        let cipher = Cipher::derive(&master, RTP).unwrap();
        let mut packet = [bytes("800f1234decafbadcafebabe"), vec![0xab; 16], vec![0; 10]].concat();
        cipher.seal_rtp(&mut packet, 12, 0xcafe_babe, 0x1234).unwrap();
        assert_eq!(
            packet,
            bytes(
                "800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402
                 b78d6acc99ea179b8dbb"
            )
        );
    }
}
