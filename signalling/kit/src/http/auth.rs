//! Who calls, and what that proves.

use std::any::type_name;

use axum::http::{header, request::Parts};
use szpon_auth::{Audience, Verified, Verifier};

use crate::{
    clock::Clock,
    problem::{Failure, Result},
};

/// Finds out who calls. A service can't be built without one, and its protected routes are reached
/// only by callers it knows.
pub trait Authenticate: Send + Sync + 'static {
    /// What is known of a caller afterwards. Proofs are made from it.
    type Caller: Clone + Send + Sync + 'static;

    /// The caller, or a failure: usually [`Failure::unauthenticated`].
    fn authenticate(&self, parts: &Parts) -> impl Future<Output = Result<Self::Caller>> + Send;
}

/// The token of an `Authorization: Bearer` header (RFC 6750, section 2.1).
pub fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Knows callers by tokens for one audience. All that a service behind signalling needs.
#[derive(Clone)]
pub struct TokenAuth {
    verifier: Verifier,
    audience: Audience,
    clock: Clock,
}

impl TokenAuth {
    pub fn new(verifier: Verifier, audience: Audience, clock: Clock) -> Self {
        Self { verifier, audience, clock }
    }

    /// The claims of a token that came by another way than the header.
    pub fn verify(&self, token: &str) -> Result<Verified> {
        self.verifier.verify(token, self.audience, self.clock.now()).map_err(|reason| {
            tracing::debug!(%reason, "a token was refused");
            Failure::unauthenticated()
        })
    }
}

impl Authenticate for TokenAuth {
    type Caller = Verified;

    async fn authenticate(&self, parts: &Parts) -> Result<Verified> {
        self.verify(bearer(parts).ok_or_else(Failure::unauthenticated)?)
    }
}

/// A type that a handler receives and that stands for a permission: `Operator`, `OfficeAdmin`,
/// `MediaToken`. Its only maker is [`Proof::prove`], so its presence is the check.
///
/// ```ignore
/// pub struct Operator { pub person: PersonId }
///
/// impl Proof for Operator {
///     type Caller = Verified;
///     fn prove(caller: &Verified) -> Result<Self> {
///         match &caller.subject {
///             Subject::Person { person, roles, .. } if roles.contains(&Role::Operator) =>
///                 Ok(Self { person: *person }),
///             _ => Err(Failure::forbidden()),
///         }
///     }
/// }
/// szpon_kit::extract_proof!(Operator);
///
/// async fn drain(_: Operator) -> StatusCode { … }
/// ```
pub trait Proof: Sized {
    type Caller: Clone + Send + Sync + 'static;

    /// `Err(Failure::forbidden())` when the caller isn't that.
    fn prove(caller: &Self::Caller) -> Result<Self>;
}

/// The caller of a protected route. On a public route it is an internal error to ask.
pub fn caller<C: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<&C> {
    parts.extensions.get::<C>().ok_or_else(|| {
        Failure::internal(format!("a public route asked for a caller ({})", type_name::<C>()))
    })
}

/// Makes proofs extractors of axum. (A blanket implementation would collide with axum's own.)
#[macro_export]
macro_rules! extract_proof {
    ($($proof:ty),+ $(,)?) => {$(
        impl<S: Sync> ::axum::extract::FromRequestParts<S> for $proof {
            type Rejection = $crate::problem::Failure;

            async fn from_request_parts(
                parts: &mut ::axum::http::request::Parts,
                _: &S,
            ) -> Result<Self, Self::Rejection> {
                <$proof as $crate::http::Proof>::prove($crate::http::caller(parts)?)
            }
        }
    )+};
}
