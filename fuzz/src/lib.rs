//! Every parser of bytes from outside, as a function that takes any bytes and panics if something
//! does not hold that must.
//!
//! | who feeds it | where |
//! |---|---|
//! | the tests, from `corpus/` and `found/` | `tests/corpus.rs`, in `make test` |
//! | libFuzzer, for as long as one likes | `fuzzer/`, by `make fuzz` |
//!
//! `corpus/` is made by `cargo run -p szpon-fuzz --example seeds`; `found/` keeps every input that
//! once broke something. Both have one folder for each target.

mod booking;
mod input;
mod loadtest;
mod media;
pub mod meeting;
pub mod seeds;
mod server;
mod shard;
mod signalling;
mod srtp;

pub use input::Input;

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 22] = [
    ("video_payload", media::video_payload),
    ("audio_payload", media::audio_payload),
    ("rtcp", media::rtcp),
    ("renumbering", media::renumbering),
    ("history", media::history),
    ("unprotect", srtp::unprotect),
    ("stun", shard::stun),
    ("channel_message", shard::channel_message),
    ("offer", shard::offer),
    ("strangers", shard::strangers),
    ("member", shard::member),
    ("framing", server::framing),
    ("whip_offer", server::whip_offer),
    ("ice_fragment", server::ice_fragment),
    ("room_message", signalling::room_message),
    ("token", signalling::token),
    ("text", signalling::people_text),
    ("address", signalling::address),
    ("calendar", signalling::calendar),
    ("booking_text", booking::booking_text),
    ("proof_of_work", booking::proof_of_work),
    ("tester", loadtest::tester),
];

/// The target of this name.
pub fn target(name: &str) -> Option<fn(&[u8])> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}
