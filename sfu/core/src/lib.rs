//! One shard of the media server, without sockets and without a clock.
//!
//! A [`Core`] owns one str0m peer per session and the routing tables of its rooms. Bytes and the
//! current [`Instant`](std::time::Instant) go in, [`Output`] and datagrams come out:
//!
//! ```text
//! loop {
//!     match core.poll(now) {
//!         Output::Event(e)    => tell signalling,
//!         Output::Wait(until) => {
//!             core.take_outbox(&mut outbox), and send each of its datagrams;
//!             wait for a datagram, a request, or `until`
//!         }
//!     }
//! }
//! ```
//!
//! str0m does ICE, DTLS, SDP, the data channel, and takes in what a client publishes. What a client
//! receives is sent by the module `egress`.
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
mod egress;
mod error;
mod feedback;
mod forwarding;
mod io;
mod lifecycle;
mod negotiation;
mod outbox;
mod peer;
mod planning;
mod pulse;
mod returns;
mod rooms;
mod seats;
mod session;
mod slots;
mod sound;
mod stats;
mod timers;
mod tracks;

pub use config::{CoreConfig, Limits};
pub use core::{Core, OpenRequest, Viewing};
pub use credentials::shard_of_stun;
pub use error::{OpenError, RestartError};
pub use io::{CoreEvent, Datagram, Output, Transport};
pub use outbox::{Outbox, Transmit};
pub use stats::{CoreStats, Counters};
