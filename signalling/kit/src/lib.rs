//! What every service of SZPoN needs, and nothing that only one of them needs: no domain types.
//!
//! | module | gives |
//! |---|---|
//! | [`problem`] | [`Failure`](problem::Failure): errors as problem+json; checked fields |
//! | [`http`] | the service builder that demands an authenticator; extractors; limits per network |
//! | [`db`] | one database, SQLite or PostgreSQL; transactions that are tried again |
//! | [`mail`] | messages, the outbox, SMTP and the local mailbox |
//! | [`bus`] | messages between services |
//! | [`config`] | settings from file, environment and flags; unknown keys are refused |
//! | [`telemetry`] | logs and metrics |
//! | [`secrets`] | link secrets and encryption at rest |
//! | [`clock`], [`shutdown`] | time and the end of it |
//!
//! This list is closed. What a second service happens to need as well is copied or gets its own crate.

pub mod bus;
pub mod clock;
pub mod config;
pub mod db;
pub mod http;
pub mod mail;
pub mod problem;
pub mod random;
pub mod secrets;
pub mod shutdown;
pub mod telemetry;

#[cfg(feature = "testing")]
pub mod testing;

/// A future that owns its place in memory; what object-safe async traits return.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
