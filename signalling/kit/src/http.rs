//! HTTP: how a service is put together.
//!
//! ```ignore
//! let service = Service::new("signalling", "/api/v1", state, authenticator, &options)
//!     .protected(people::routes())       // 401 unless the authenticator knows the caller
//!     .public(sign_in::routes())         // stands on the list that `Built::public` gives
//!     .build();
//! ```
//!
//! A handler receives proofs, not a caller to ask: see [`Proof`] and [`extract_proof`](crate::extract_proof).

mod address;
mod auth;
mod extract;
mod limit;
mod objects;
mod origin;
mod service;
mod watch;

pub use address::{BadNetwork, ClientAddress, Network, TrustedProxies};
pub use auth::{Authenticate, Proof, TokenAuth, bearer, caller};
pub use extract::{Json, Path, Query};
pub use limit::{Limit, Limiter};
pub use service::{Built, Options, PublicRoute, Service};
