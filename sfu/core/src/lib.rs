//! One shard of the media server, without sockets and without a clock.
//!
//! A [`Core`] owns one str0m peer per session and the routing tables of its rooms. Bytes and the
//! current [`Instant`](std::time::Instant) go in, [`Output`] and datagrams come out:
//!
//! ```text
//! loop {
//!     match core.poll(now) {
//!         Output::Event(e)    => tell signalling,
//!         Output::Send        => core.take_outbox(&mut outbox), and send its runs,
//!         Output::Wait(until) => {
//!             core.take_outbox(&mut outbox), and send its runs;
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
//! Where a room is larger than a shard, several `Core`s hold a part of it each, and their owner carries
//! what they say from one to the other (see the module `spread`):
//!
//! ```text
//! Output::Relay { to, message } => other(to).relay(now, this, message)
//! core.take_relayed(…)          => other(to).relay_packet(now, packet)   for each of them
//! ```
//!
//! A fault of one peer ends the session of that peer and nothing else, and so does a panic of ours
//! while that peer is served (module `wall`).

mod addresses;
mod channel;
mod config;
mod consent;
mod core;
mod credentials;
mod default_view;
mod delivery;
mod dependency;
mod doubled;
mod drive;
mod egress;
mod error;
mod forwarding;
mod intake;
mod io;
mod late;
mod lifecycle;
mod negotiation;
mod opening;
mod outbox;
mod path;
mod peer;
mod pending;
mod planning;
mod prefetch;
mod pulse;
mod resting;
mod returns;
mod rooms;
mod seats;
mod session;
mod slots;
mod sound;
mod spread;
mod stats;
mod timers;
mod tracks;
#[cfg(test)]
mod trap;
mod wall;

/// Parsers that are nobody's interface, for the fuzz targets.
#[doc(hidden)]
pub mod fuzzing {
    use szpon_protocol::media::ToNode;

    /// A data channel message.
    pub fn parse_message(binary: bool, data: &[u8]) -> Option<ToNode> {
        crate::channel::parse(binary, data)
    }

    /// The user fragment of a STUN binding request, and whether it nominates.
    pub fn stun(datagram: &[u8]) -> (Option<&str>, bool) {
        (crate::credentials::local_ufrag(datagram), crate::credentials::nominates(datagram))
    }

    /// Whether somebody has sent it who knows the password.
    pub fn is_authentic_stun(datagram: &[u8], password: &str) -> bool {
        let hmac = szpon_sfu_srtp::crypto_provider().sha1_hmac_provider;
        crate::credentials::is_authentic(datagram, password, hmac)
    }
}

pub use config::{CoreConfig, Limits};
pub use core::{Core, OpenRequest, Viewing};
pub use credentials::Stamp;
pub use error::{OpenError, RestartError};
pub use io::{CoreEvent, Datagram, Output, Transport};
pub use outbox::{Outbox, Run};
pub use spread::{Relay, RelayPacket, ShardId};
pub use stats::{CoreStats, Counters, Spread};
