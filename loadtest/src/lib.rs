//! Synthetic participants over the real protocols: they publish, watch, come and go, and say what
//! it was like and what it cost the server.
//!
//! | job | module |
//! |---|---|
//! | what is to be played, and what must hold | [`scenario`] |
//! | the participants: one thread with all sockets | [`engine`] |
//! | what they send | [`media`] |
//! | what is counted | [`stats`] |
//! | wire formats beside str0m's | [`rtp`], [`rtcp`], [`srtp`], [`sdp`] |
//! | networks within the tester | [`line`] |
//! | servers and the way in | [`target`], [`signalling`] |
//! | a run from the first join to the report | [`run`] |
//! | table, JSON, HTML | [`report`] |
//! | what a server can't be faster than | [`limit`] |

pub mod engine;
pub mod keys;
pub mod limit;
pub mod line;
pub mod media;
pub mod perf;
pub mod pin;
pub mod process;
pub mod report;
pub mod rtcp;
pub mod rtp;
pub mod run;
pub mod scenario;
pub mod sdp;
pub mod server;
pub mod signalling;
pub mod srtp;
pub mod stats;
pub mod target;
