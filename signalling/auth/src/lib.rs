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
pub use szpon_protocol::claims::{
    Audience, Claims, MediaClaims, ParticipantClaims, Role, StreamClaims, StreamDirection, Subject,
};
pub use verify::{Verified, Verifier, VerifyError};

/// The longest a token may live, in seconds. A verifier refuses tokens made for longer.
pub const MAX_LIFETIME_SECS: i64 = 600;

/// The same for a stream's token, which nobody renews: it stands in the settings of an encoder.
/// Signalling ends the session of one that was revoked.
pub const MAX_STREAM_LIFETIME_SECS: i64 = 24 * 3600;

/// The longest that a token for this subject may live, in seconds.
pub fn max_lifetime_secs(subject: &Subject) -> i64 {
    match subject {
        Subject::Stream(_) => MAX_STREAM_LIFETIME_SECS,
        Subject::Person { .. }
        | Subject::Participant(_)
        | Subject::Media(_)
        | Subject::Probe
        | Subject::System { .. }
        | Subject::Service { .. } => MAX_LIFETIME_SECS,
    }
}

/// How far a verifier's clock may be behind the signer's, in seconds.
pub const CLOCK_LEEWAY_SECS: i64 = 5;
