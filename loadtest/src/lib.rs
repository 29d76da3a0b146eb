//! Synthetic participants over the real protocols: they publish, watch, come and go, and say what
//! it was like and what it cost the server.
//!
//! | job | module |
//! |---|---|
//! | what is to be played, and what must hold | [`scenario`] |
//! | the participants: one thread with all sockets | [`engine`] |
//! | what they send | [`media`] |
//! | what is counted | [`stats`] |
//! | wire formats beside str0m's and `sfu/`'s | [`rtp`], [`sdp`] |
//! | networks within the tester | [`line`] |
//! | servers and the way in | [`server`], [`target`], [`signalling`] |
//! | a run from the first join to the report | [`run`] |
//! | table, JSON, HTML | [`report`], [`machine`] |
//! | what a server can't be faster than | [`limit`] |

pub mod engine;
pub mod limit;
pub mod line;
pub mod machine;
pub mod media;
pub mod perf;
pub mod pin;
pub mod process;
pub mod report;
pub mod rtp;
pub mod run;
pub mod scenario;
pub mod sdp;
pub mod server;
pub mod signalling;
pub mod stats;
pub mod target;
