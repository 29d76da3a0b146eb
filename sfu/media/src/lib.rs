//! The pure, small and hard parts of forwarding media: no sockets, no clock, no str0m.
//!
//! Time is always an argument ([`std::time::Instant`]); nothing here reads a clock, waits, or
//! allocates per packet. Keys of sources and subscribers are type parameters, so that the
//! routing table in the core decides what they are.
//!
//! | job | module |
//! |---|---|
//! | units: sequence numbers, RTP time, bitrates, loudness | [`units`] |
//! | names of layers and sets of them | [`layer`] |
//! | one continuous RTP stream out of many, and back again for NACK | [`munger`] |
//! | payload descriptors and keyframes | [`vp8`], [`vp9`], [`h264`], [`av1`], by codec in [`codec`] |
//! | frames, layers and references of AV1, from a header extension | [`dependency`] |
//! | audio payloads | [`opus`], [`red`] |
//! | copies of sound against loss | [`redundancy`] |
//! | bytes to replace in a shared payload | [`patch`] |
//! | which layers a publisher really sends | [`flow`] |
//! | which layer fits a picture of a given size | [`view`] |
//! | which layer a subscriber's slot gets, and when it switches | [`layers`] |
//! | thinning out frames by temporal layer | [`temporal`] |
//! | cutting pictures at a spatial layer of one stream | [`spatial`] |
//! | dividing a subscriber's bandwidth | [`allocator`] |
//! | which source feeds which slot | [`slots`] |
//! | who speaks | [`speakers`] |
//! | which layers anybody needs (dynacast) | [`demand`] |
//! | asking publishers for keyframes | [`pli`] |
//! | recent packets, to answer NACK | [`history`] |
//! | what did not come, to ask for by NACK | [`missing`] |
//! | bitrates and packet rates | [`rate`] |
//! | RTCP: parsed without a copy, written into a buffer | [`rtcp`] |
//! | bandwidth of a link, probes, pacing | [`bandwidth`] |
//! | connection quality in plain words | [`quality`] |
//!
//! What must hold, whatever comes in (each is a property test beside its module):
//!
//! 1. A parser never panics and never reads or patches outside its payload.
//! 2. The outgoing stream of a slot is continuous: a switch takes the next sequence number, a
//!    later timestamp and the next picture id; a loss inside one source stays a gap, so that the
//!    receiver can ask for it; no jump is as large as half the sequence number space.
//! 3. A switch happens at a keyframe only, or where one stream lets a spatial layer be joined; whoever
//!    waits for that asks again until it comes.
//! 4. Video never gets more than the budget, and unchanged input ends in an unchanged plan.

pub mod allocator;
pub mod av1;
pub mod bandwidth;
pub mod codec;
pub mod demand;
pub mod dependency;
pub mod doubling;
pub mod flow;
pub mod h264;
pub mod history;
pub mod layer;
pub mod layers;
pub mod missing;
pub mod munger;
pub mod opus;
pub mod patch;
mod picture;
pub mod pli;
pub mod quality;
pub mod rate;
pub mod red;
pub mod redundancy;
pub mod rtcp;
mod runs;
pub mod slots;
pub mod spatial;
pub mod speakers;
pub mod temporal;
pub mod units;
pub mod view;
pub mod vp8;
pub mod vp9;

pub use layer::{Layer, LayerSet};
pub use units::{AudioLevel, Bitrate, ClockRate, ExtSeq, RtpTime, SeqNo};
