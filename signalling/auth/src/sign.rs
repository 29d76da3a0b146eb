//! Making tokens.

use jsonwebtoken::{Algorithm, Header};
use szpon_protocol::{
    ApiToken, Time,
    claims::{Audience, Claims, Subject},
};

use crate::{KeyError, SigningKey, max_lifetime_secs};

/// A token and what the caller may say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub token: String,
    pub id: ApiToken,
    pub expires_at: Time,
}

/// Signs tokens with one key in the name of one issuer.
#[derive(Debug)]
pub struct Signer {
    issuer: String,
    key: SigningKey,
}

impl Signer {
    /// `issuer` is the public URL of the installation; verifiers compare it.
    pub fn new(issuer: impl Into<String>, key: SigningKey) -> Self {
        Self { issuer: issuer.into(), key }
    }

    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Signs a token that is valid from `now` for `lifetime_secs` seconds, clamped to
    /// 1..=[`max_lifetime_secs`].
    pub fn sign(
        &self,
        audience: Audience,
        subject: Subject,
        now: Time,
        lifetime_secs: i64,
    ) -> Result<Signed, KeyError> {
        let issued = now.epoch_secs();
        let expires = issued + lifetime_secs.clamp(1, max_lifetime_secs(&subject));
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: audience,
            iat: issued,
            exp: expires,
            jti: ApiToken::new(),
            subject,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key.public().kid().into());
        let token = jsonwebtoken::encode(&header, &claims, self.key.encoding())
            .map_err(|_| KeyError::NotEd25519)?;
        Ok(Signed { token, id: claims.jti, expires_at: Time::from_millis(expires * 1000) })
    }
}
