//! The public key set as a JWKS document (RFC 7517, section 5; RFC 8037 for Ed25519).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::PublicKey;

/// Why a JWKS document was refused as a whole.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// Not JSON, or without the `keys` array.
    #[error("not a JWKS document: {0}")]
    Malformed(#[from] serde_json::Error),
    /// An Ed25519 key whose `x` isn't 32 bytes of base64url.
    #[error("the key {kid:?} has a bad `x`")]
    BadKey { kid: Option<String> },
}

/// Public keys, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

impl KeySet {
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// Reads a JWKS document. Keys of other types and for other uses are passed over, as RFC 7517,
    /// section 5 asks; a key is known by its thumbprint, whatever `kid` the document gives it.
    pub fn from_jwks(document: &[u8]) -> Result<Self, JwksError> {
        let set: Jwks = serde_json::from_slice(document)?;
        let ours = set.keys.into_iter().filter(|key| {
            key.kty == "OKP"
                && key.crv.as_deref() == Some("Ed25519")
                && key.usage.as_deref().is_none_or(|usage| usage == "sig")
        });
        let keys = ours
            .map(|jwk| {
                let x = jwk.x.as_deref().and_then(|x| BASE64_URL_SAFE_NO_PAD.decode(x).ok());
                match x.and_then(|x| x.try_into().ok()) {
                    Some(x) => Ok(PublicKey::new(x)),
                    None => Err(JwksError::BadKey { kid: jwk.kid }),
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// The document for `/.well-known/jwks.json`.
    pub fn to_jwks(&self) -> serde_json::Value {
        let keys = self.keys.iter().map(|key| Jwk {
            kty: "OKP".into(),
            crv: Some("Ed25519".into()),
            x: Some(key.x()),
            kid: Some(key.kid().into()),
            usage: Some("sig".into()),
            alg: Some("EdDSA".into()),
        });
        // Strings only, which always serialize.
        serde_json::json!(Jwks { keys: keys.collect() })
    }
}

#[derive(Serialize, Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SigningKey;

    #[test]
    fn a_set_survives_the_wire() {
        let keys = [SigningKey::generate().unwrap(), SigningKey::generate().unwrap()];
        let set = KeySet::new(keys.iter().map(|key| key.public().clone()));
        let document = serde_json::to_vec(&set.to_jwks()).unwrap();
        assert_eq!(KeySet::from_jwks(&document).unwrap(), set);
    }

    #[test]
    fn other_keys_are_passed_over() {
        let document = br#"{"keys":[
            {"kty":"RSA","n":"AQAB","e":"AQAB"},
            {"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
            {"kty":"OKP","crv":"Ed25519","use":"enc","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
            {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        let set = KeySet::from_jwks(document).unwrap();
        assert_eq!(set.keys().len(), 1);
        assert_eq!(set.keys()[0].kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_short_key_is_refused() {
        let document = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}"#;
        assert!(matches!(KeySet::from_jwks(document), Err(JwksError::BadKey { .. })));
    }

    proptest! {
        #[test]
        fn arbitrary_documents_never_panic(document: Vec<u8>) {
            let _ = KeySet::from_jwks(&document);
        }
    }
}
