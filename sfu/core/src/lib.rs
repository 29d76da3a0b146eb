//! One shard of the media server, without sockets and without a clock.
//!
//! A [`Core`] owns one str0m peer per session and the routing tables of its rooms. Bytes and the
//! current [`Instant`](std::time::Instant) go in, [`Output`] comes out:
//!
//! ```text
//! loop {
//!     match core.poll(now) {
//!         Output::Transmit(t) => send it from t.source to t.destination,
//!         Output::Event(e)    => tell signalling,
//!         Output::Wait(until) => wait for a datagram, a request, or `until`,
//!     }
//! }
//! ```
//!
//! Everything between two sessions happens inside one `Core`, so nothing here is locked or shared.
//! A room lives on one shard. A fault of one peer ends the session of that peer and nothing else.

mod addresses;
mod channel;
mod config;
mod core;
mod credentials;
mod default_view;
mod drive;
mod error;
mod feedback;
mod forwarding;
mod io;
mod lifecycle;
mod negotiation;
mod peer;
mod planning;
mod pulse;
mod rooms;
mod search;
mod seats;
mod session;
mod slots;
mod stats;
mod timers;
mod tracks;

pub use config::{CoreConfig, Limits};
pub use core::{Core, OpenRequest, Viewing};
pub use credentials::shard_of_stun;
pub use error::{OpenError, RestartError};
pub use io::{CoreEvent, Datagram, Output, Transmit, Transport};
pub use stats::{CoreStats, Counters};
