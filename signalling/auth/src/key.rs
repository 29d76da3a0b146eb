//! Ed25519 key pairs and public keys, named by their RFC 7638 thumbprint.

use std::fmt;

use aws_lc_rs::{
    digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;

/// Why a key can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no PKCS#8 document with an Ed25519 key (RFC 8410).
    #[error("not an Ed25519 private key in PKCS#8")]
    NotEd25519,
    /// The system gave no randomness.
    #[error("no randomness for a new key")]
    NoRandomness,
}

/// The private half. Only `signalling/server` has one.
pub struct SigningKey {
    pkcs8: Vec<u8>,
    public: PublicKey,
    encoding: EncodingKey,
}

impl SigningKey {
    pub fn generate() -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::NoRandomness)?;
        let document = pair.to_pkcs8().map_err(|_| KeyError::NotEd25519)?;
        Self::from_pkcs8(document.as_ref())
    }

    /// Reads what [`Self::pkcs8`] gave.
    pub fn from_pkcs8(document: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(document).map_err(|_| KeyError::NotEd25519)?;
        let public: [u8; 32] =
            pair.public_key().as_ref().try_into().map_err(|_| KeyError::NotEd25519)?;
        Ok(Self {
            pkcs8: document.to_vec(),
            public: PublicKey::new(public),
            encoding: EncodingKey::from_ed_der(document),
        })
    }

    /// The key itself, to be stored encrypted.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }
}

impl fmt::Debug for SigningKey {
    /// Names the key and keeps it secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

/// The public half, which anyone may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kid: String,
    x: [u8; 32],
}

impl PublicKey {
    /// `x` is the encoded point of RFC 8032.
    pub fn new(x: [u8; 32]) -> Self {
        Self { kid: thumbprint(&x), x }
    }

    /// The name of the key in token headers: its JWK thumbprint (RFC 7638, with SHA-256).
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.x
    }

    /// The `x` member of its JWK.
    pub fn x(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.x)
    }
}

/// RFC 7638, section 3.2, with the members that RFC 8037, section 2 requires.
fn thumbprint(x: &[u8; 32]) -> String {
    let x = BASE64_URL_SAFE_NO_PAD.encode(x);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprint_of_rfc_8037_appendix_a3() {
        let x = BASE64_URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!(PublicKey::new(x).kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_stored_key_is_the_same_key() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pkcs8(key.pkcs8()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_ne!(SigningKey::generate().unwrap().public(), key.public());
    }

    #[test]
    fn other_bytes_are_no_key() {
        assert_eq!(SigningKey::from_pkcs8(b"nothing").unwrap_err(), KeyError::NotEd25519);
        assert_eq!(SigningKey::from_pkcs8(&[]).unwrap_err(), KeyError::NotEd25519);
    }

    #[test]
    fn debug_output_hides_the_key() {
        let key = SigningKey::generate().unwrap();
        let text = format!("{key:?}");
        assert!(text.contains(key.public().kid()) && !text.contains("pkcs8"), "{text}");
    }
}
