//! SRTP and SRTCP (RFC 3711, RFC 7714) in place, without an allocation for a packet.
//!
//! str0m does the handshake. A session that is built inside [`watch`] with the provider of
//! [`crypto_provider`] leaves its keys in a [`KeySlot`]; a [`Protector`] and an [`Unprotector`] made
//! of them stand beside str0m's own.
//!
//! Two senders with the same keys must never share an SSRC: with AES-GCM, a nonce that is used
//! twice gives the authentication key away (RFC 7714, section 12.1). Whoever sends beside str0m
//! uses SSRCs that str0m does not, and no index of an SSRC twice.

mod capture;
mod cipher;
mod header;
mod keys;
mod protect;
mod unprotect;
mod window;

pub use capture::{KeySlot, crypto_provider, watch};
pub use cipher::KeyError;
pub use keys::{MasterKey, Profile, SrtpKeys};
pub use protect::{ProtectError, Protector};
pub use unprotect::{OpenedRtp, Refused, Unprotector};
pub use window::IndexWindow;

/// The most that protection adds to an RTP packet, in bytes.
pub const MAX_RTP_OVERHEAD: usize = 16;
/// The most that protection adds to a compound RTCP packet, in bytes: tag and index.
pub const MAX_RTCP_OVERHEAD: usize = MAX_RTP_OVERHEAD + 4;
