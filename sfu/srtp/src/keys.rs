//! What a DTLS-SRTP handshake agrees on (RFC 5764, section 4.2).

use std::fmt;

use str0m::crypto::dtls::SrtpProfile;

/// A protection profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764).
    Aes128CmSha1_80,
    /// SRTP_AEAD_AES_128_GCM (RFC 7714).
    AeadAes128Gcm,
    /// SRTP_AEAD_AES_256_GCM (RFC 7714).
    AeadAes256Gcm,
}

impl Profile {
    /// None for a profile that is not known here.
    pub fn from_dtls(profile: SrtpProfile) -> Option<Self> {
        match profile {
            SrtpProfile::AES128_CM_SHA1_80 => Some(Self::Aes128CmSha1_80),
            SrtpProfile::AEAD_AES_128_GCM => Some(Self::AeadAes128Gcm),
            SrtpProfile::AEAD_AES_256_GCM => Some(Self::AeadAes256Gcm),
            _ => None,
        }
    }

    /// Bytes of the master key.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128CmSha1_80 | Self::AeadAes128Gcm => 16,
            Self::AeadAes256Gcm => 32,
        }
    }

    /// Bytes of the master salt.
    pub const fn salt_len(self) -> usize {
        match self {
            Self::Aes128CmSha1_80 => 14,
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => 12,
        }
    }

    /// Bytes of the authentication tag.
    pub const fn tag_len(self) -> usize {
        match self {
            Self::Aes128CmSha1_80 => 10,
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => 16,
        }
    }
}

/// Master key and salt of one direction.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    key: [u8; 32],
    salt: [u8; 14],
    profile: Profile,
}

impl MasterKey {
    /// None if a length is not the profile's.
    pub fn new(profile: Profile, key: &[u8], salt: &[u8]) -> Option<Self> {
        if key.len() != profile.key_len() || salt.len() != profile.salt_len() {
            return None;
        }
        let mut new = Self { key: [0; 32], salt: [0; 14], profile };
        new.key[..key.len()].copy_from_slice(key);
        new.salt[..salt.len()].copy_from_slice(salt);
        Some(new)
    }

    pub fn profile(&self) -> Profile {
        self.profile
    }

    pub(crate) fn key(&self) -> &[u8] {
        &self.key[..self.profile.key_len()]
    }

    /// 112 bits; a shorter salt is padded with zeros on the right (RFC 7714, section 11).
    pub(crate) fn padded_salt(&self) -> [u8; 14] {
        self.salt
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// The keys of both directions of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SrtpKeys {
    /// Of what this side sends.
    pub local: MasterKey,
    /// Of what the other side sends.
    pub remote: MasterKey,
}

impl SrtpKeys {
    /// Splits exported keying material: client key, server key, client salt, server salt
    /// (RFC 5764, section 4.2). None if its length is not the profile's.
    pub fn from_material(profile: Profile, material: &[u8], is_client: bool) -> Option<Self> {
        let (key, salt) = (profile.key_len(), profile.salt_len());
        if material.len() != 2 * (key + salt) {
            return None;
        }
        let (keys, salts) = material.split_at(2 * key);
        let client = MasterKey::new(profile, &keys[..key], &salts[..salt])?;
        let server = MasterKey::new(profile, &keys[key..], &salts[salt..])?;
        Some(match is_client {
            true => Self { local: client, remote: server },
            false => Self { local: server, remote: client },
        })
    }
}
