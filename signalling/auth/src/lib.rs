//! Tokens: the only place where bytes become claims.
//!
//! Pure: no clock, no I/O. `now` is an argument everywhere.
//!
//! * [`SigningKey`] and [`Signer`] belong to `signalling/server` alone; every other service holds a
//!   [`Verifier`] with the public [`KeySet`] that it got as a JWKS document (RFC 7517, RFC 8037).
//! * [`Verifier::verify`] gives [`Verified`] claims. Nothing else can make one, so a function that
//!   takes `Verified` need not ask where it came from.

mod key;
mod keyset;
mod sign;
mod verify;

pub use key::{KeyError, PublicKey, SigningKey};
pub use keyset::{JwksError, KeySet};
pub use sign::{Signed, Signer};
pub use szpon_protocol::claims::{Audience, Claims, MediaClaims, ParticipantClaims, Role, Subject};
pub use verify::{Verified, Verifier, VerifyError};

/// The longest a token may live, in seconds. A verifier refuses tokens made for longer.
pub const MAX_LIFETIME_SECS: i64 = 600;

/// How far a verifier's clock may be behind the signer's, in seconds.
pub const CLOCK_LEEWAY_SECS: i64 = 5;
