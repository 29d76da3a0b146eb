//! Checking tokens.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind};
use szpon_protocol::{
    Time,
    claims::{Audience, Claims},
};

use crate::{CLOCK_LEEWAY_SECS, KeySet, max_lifetime_secs};

/// Longest token that is looked at, in bytes. Ours are below 1 KiB.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Why a token was refused. For the log; a caller over the network learns only that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum VerifyError {
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It begins in the future, by more than [`CLOCK_LEEWAY_SECS`].
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It was made to live longer than [`max_lifetime_secs`].
    #[error("the token lives too long")]
    LivesTooLong,
    /// It is for another service.
    #[error("the token is for another service")]
    WrongAudience,
    /// Another installation made it.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// It names no key of the set.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// The signature is not of the named key.
    #[error("the signature is wrong")]
    BadSignature,
    /// Another algorithm than EdDSA, `none` among them (RFC 8725, section 3.1).
    #[error("the algorithm is not EdDSA")]
    WrongAlgorithm,
    /// Not a compact JWS with our claims in it.
    #[error("the token is malformed")]
    Malformed,
}

/// Claims whose signature, issuer, audience and time were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified(Claims);

impl Verified {
    pub fn into_claims(self) -> Claims {
        self.0
    }

    pub fn expires_at(&self) -> Time {
        Time::from_millis(self.0.exp.saturating_mul(1000))
    }
}

impl Deref for Verified {
    type Target = Claims;
    fn deref(&self) -> &Claims {
        &self.0
    }
}

/// Checks tokens of one issuer. Clones share the key set, so that [`Verifier::replace`] reaches all.
#[derive(Clone)]
pub struct Verifier {
    issuer: Arc<str>,
    keys: Arc<RwLock<Keys>>,
    validation: Arc<Validation>,
}

#[derive(Default)]
struct Keys {
    set: KeySet,
    by_kid: HashMap<String, DecodingKey>,
}

impl Keys {
    fn new(set: &KeySet) -> Self {
        let by_kid = set
            .keys()
            .iter()
            .map(|key| (key.kid().to_owned(), DecodingKey::from_ed_der(key.bytes())))
            .collect();
        Self { set: set.clone(), by_kid }
    }
}

impl Verifier {
    pub fn new(issuer: impl Into<Arc<str>>, keys: &KeySet) -> Self {
        // Signature and algorithm only: times and audience are compared below, against `now`.
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        Self {
            issuer: issuer.into(),
            keys: Arc::new(RwLock::new(Keys::new(keys))),
            validation: Arc::new(validation),
        }
    }

    /// Puts another key set in force, in every clone.
    pub fn replace(&self, keys: &KeySet) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Keys::new(keys);
    }

    /// The key set in force.
    pub fn keys(&self) -> KeySet {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).set.clone()
    }

    /// The claims of `token`, if it is ours, for `audience`, and valid at `now`.
    pub fn verify(
        &self,
        token: &str,
        audience: Audience,
        now: Time,
    ) -> Result<Verified, VerifyError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(VerifyError::Malformed);
        }
        let kid = named_key(token)?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.by_kid.get(&kid).ok_or(VerifyError::UnknownKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => VerifyError::BadSignature,
                ErrorKind::InvalidAlgorithm => VerifyError::WrongAlgorithm,
                _ => VerifyError::Malformed,
            })?
            .claims;
        drop(keys);

        let now = now.epoch_secs();
        if claims.iss != *self.issuer {
            Err(VerifyError::WrongIssuer)
        } else if claims.aud != audience {
            Err(VerifyError::WrongAudience)
        } else if claims.exp <= now {
            Err(VerifyError::Expired)
        } else if claims.iat > now.saturating_add(CLOCK_LEEWAY_SECS) {
            Err(VerifyError::NotYetValid)
        } else if claims.exp.saturating_sub(claims.iat) > max_lifetime_secs(&claims.subject) {
            Err(VerifyError::LivesTooLong)
        } else {
            Ok(Verified(claims))
        }
    }
}

/// The `kid` of the header, once the header is known to ask for nothing but EdDSA.
fn named_key(token: &str) -> Result<String, VerifyError> {
    #[derive(serde::Deserialize)]
    struct Header {
        alg: String,
        kid: Option<String>,
        crit: Option<serde_json::Value>,
    }
    let (header, _) = token.split_once('.').ok_or(VerifyError::Malformed)?;
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).map_err(|_| VerifyError::Malformed)?;
    let header: Header = serde_json::from_slice(&header).map_err(|_| VerifyError::Malformed)?;
    if header.alg != "EdDSA" {
        return Err(VerifyError::WrongAlgorithm);
    }
    // We understand no extension, and one that is critical must be understood (RFC 7515, 4.1.11).
    if header.crit.is_some() {
        return Err(VerifyError::Malformed);
    }
    header.kid.ok_or(VerifyError::UnknownKey)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use szpon_protocol::{
        OfficeId, ParticipantId, PersonId, RoomId,
        claims::{Role, StreamClaims, StreamDirection, Subject},
    };

    use super::*;
    use crate::{MAX_LIFETIME_SECS, MAX_STREAM_LIFETIME_SECS, Signer, SigningKey};

    const ISSUER: &str = "https://office.example";

    fn now() -> Time {
        Time::from_millis(1_800_000_000_000)
    }

    fn signer() -> Signer {
        Signer::new(ISSUER, SigningKey::generate().unwrap())
    }

    fn verifier(signer: &Signer) -> Verifier {
        Verifier::new(ISSUER, &KeySet::new([signer.key().public().clone()]))
    }

    fn person() -> Subject {
        Subject::Person {
            person: PersonId::new(),
            office: OfficeId::new(),
            roles: vec![Role::Official, Role::Operator],
        }
    }

    /// A token with any header and claims, signed with the signer's key.
    fn forge(signer: &Signer, header: serde_json::Value, claims: serde_json::Value) -> String {
        let part = |value: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&claims));
        let pair = aws_lc_rs::signature::Ed25519KeyPair::from_pkcs8(signer.key().pkcs8()).unwrap();
        let signature = BASE64_URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn claims(signer: &Signer) -> serde_json::Value {
        let signed = signer.sign(Audience::Sfu, person(), now(), 60).unwrap();
        let claims = verifier(signer).verify(&signed.token, Audience::Sfu, now()).unwrap();
        serde_json::to_value(claims.into_claims()).unwrap()
    }

    fn header(signer: &Signer) -> serde_json::Value {
        serde_json::json!({"alg": "EdDSA", "typ": "JWT", "kid": signer.key().public().kid()})
    }

    #[test]
    fn a_signed_token_is_accepted_until_its_end() {
        let signer = signer();
        let verifier = verifier(&signer);
        let subject = person();
        let signed = signer.sign(Audience::Sfu, subject.clone(), now(), 60).unwrap();
        assert_eq!(signed.expires_at, now().plus_secs(60));

        let verified = verifier.verify(&signed.token, Audience::Sfu, now().plus_secs(59)).unwrap();
        assert_eq!(verified.subject, subject);
        assert_eq!(verified.jti, signed.id);
        assert_eq!(verified.expires_at(), signed.expires_at);
        assert_eq!(
            verifier.verify(&signed.token, Audience::Sfu, now().plus_secs(60)),
            Err(VerifyError::Expired)
        );
    }

    #[test]
    fn a_token_is_for_one_service_of_one_installation() {
        let signer = signer();
        let signed = signer.sign(Audience::Sfu, person(), now(), 60).unwrap();
        assert_eq!(
            verifier(&signer).verify(&signed.token, Audience::Signalling, now()),
            Err(VerifyError::WrongAudience)
        );
        let keys = KeySet::new([signer.key().public().clone()]);
        assert_eq!(
            Verifier::new("https://other.example", &keys).verify(
                &signed.token,
                Audience::Sfu,
                now()
            ),
            Err(VerifyError::WrongIssuer)
        );
    }

    #[test]
    fn keys_come_and_go_in_every_clone() {
        let (old, new) = (signer(), signer());
        let verifier = verifier(&old);
        let clone = verifier.clone();
        let of_old = old.sign(Audience::Sfu, person(), now(), 60).unwrap().token;
        let of_new = new.sign(Audience::Sfu, person(), now(), 60).unwrap().token;
        let check = |token: &str| clone.verify(token, Audience::Sfu, now()).map(|_| ());

        assert_eq!(check(&of_new), Err(VerifyError::UnknownKey));
        let both = KeySet::new([old.key().public().clone(), new.key().public().clone()]);
        verifier.replace(&both);
        assert_eq!((check(&of_old), check(&of_new)), (Ok(()), Ok(())));
        assert_eq!(clone.keys(), both);
        verifier.replace(&KeySet::new([new.key().public().clone()]));
        assert_eq!((check(&of_old), check(&of_new)), (Err(VerifyError::UnknownKey), Ok(())));
    }

    #[test]
    fn lifetimes_are_clamped_and_longer_ones_refused() {
        let signer = signer();
        let long = signer.sign(Audience::Sfu, person(), now(), 1_000_000).unwrap();
        assert_eq!(long.expires_at, now().plus_secs(MAX_LIFETIME_SECS));

        let mut claims = claims(&signer);
        claims["exp"] = (now().epoch_secs() + MAX_LIFETIME_SECS + 1).into();
        let token = forge(&signer, header(&signer), claims);
        assert_eq!(
            verifier(&signer).verify(&token, Audience::Sfu, now()),
            Err(VerifyError::LivesTooLong)
        );
    }

    #[test]
    fn a_stream_may_live_for_a_day_and_nothing_else_may() {
        let signer = signer();
        let subject = Subject::Stream(StreamClaims {
            office: OfficeId::new(),
            room: RoomId::new(),
            participant: ParticipantId::new(),
            direction: StreamDirection::Publish,
        });
        let long = signer.sign(Audience::Sfu, subject, now(), 1_000_000).unwrap();
        let end = now().plus_secs(MAX_STREAM_LIFETIME_SECS);
        assert_eq!(long.expires_at, end);
        let verify = |at| verifier(&signer).verify(&long.token, Audience::Sfu, at).map(|_| ());
        assert_eq!(verify(end.plus_secs(-1)), Ok(()));
        assert_eq!(verify(end), Err(VerifyError::Expired));
        let short = signer.sign(Audience::Sfu, Subject::Probe, now(), 1_000_000).unwrap();
        assert_eq!(short.expires_at, now().plus_secs(MAX_LIFETIME_SECS));
    }

    #[test]
    fn a_token_from_the_future_waits() {
        let signer = signer();
        let signed = signer.sign(Audience::Sfu, person(), now().plus_secs(30), 60).unwrap();
        let verify = |at| verifier(&signer).verify(&signed.token, Audience::Sfu, at).map(|_| ());
        assert_eq!(verify(now()), Err(VerifyError::NotYetValid));
        assert_eq!(verify(now().plus_secs(30 - CLOCK_LEEWAY_SECS)), Ok(()));
    }

    #[test]
    fn other_algorithms_are_refused() {
        let signer = signer();
        for alg in ["none", "HS256", "ES256", "RS256", "eddsa", ""] {
            let mut header = header(&signer);
            header["alg"] = alg.into();
            let token = forge(&signer, header, claims(&signer));
            assert_eq!(
                verifier(&signer).verify(&token, Audience::Sfu, now()),
                Err(VerifyError::WrongAlgorithm),
                "{alg}"
            );
        }
    }

    #[test]
    fn headers_must_name_a_key_and_nothing_critical() {
        let signer = signer();
        let check = |header| {
            let token = forge(&signer, header, claims(&signer));
            verifier(&signer).verify(&token, Audience::Sfu, now()).map(|_| ())
        };
        assert_eq!(check(header(&signer)), Ok(()));
        assert_eq!(check(serde_json::json!({"alg": "EdDSA"})), Err(VerifyError::UnknownKey));
        let mut critical = header(&signer);
        critical["crit"] = serde_json::json!(["b64"]);
        assert_eq!(check(critical), Err(VerifyError::Malformed));
    }

    #[test]
    fn another_key_under_a_known_name_is_refused() {
        let (signer, other) = (signer(), signer());
        let token = forge(&other, header(&signer), claims(&signer));
        assert_eq!(
            verifier(&signer).verify(&token, Audience::Sfu, now()),
            Err(VerifyError::BadSignature)
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(token: String) {
            let signer = signer();
            prop_assert!(verifier(&signer).verify(&token, Audience::Sfu, now()).is_err());
        }

        #[test]
        fn arbitrary_parts_never_panic(header: Vec<u8>, claims: Vec<u8>, signature: Vec<u8>) {
            let encode = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
            let token =
                format!("{}.{}.{}", encode(&header), encode(&claims), encode(&signature));
            let signer = signer();
            prop_assert!(verifier(&signer).verify(&token, Audience::Sfu, now()).is_err());
        }
    }

    #[test]
    fn a_change_of_any_byte_is_noticed() {
        let signer = signer();
        let verifier = verifier(&signer);
        let token = signer.sign(Audience::Sfu, person(), now(), 60).unwrap().token;
        for at in 0..token.len() {
            for replacement in [b'A', b'B', b'-', b'_', b'.', b'=', b' '] {
                let mut bytes = token.clone().into_bytes();
                if std::mem::replace(&mut bytes[at], replacement) == replacement {
                    continue;
                }
                let changed = String::from_utf8(bytes).unwrap();
                assert!(verifier.verify(&changed, Audience::Sfu, now()).is_err(), "byte {at}");
            }
        }
        assert!(verifier.verify(&format!("{token}A"), Audience::Sfu, now()).is_err());
        assert!(verifier.verify(&token, Audience::Sfu, now()).is_ok());
    }
}
