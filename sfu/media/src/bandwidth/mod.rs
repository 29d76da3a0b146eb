//! How much may be sent to one receiver, and when.
//!
//! Congestion control at the sender, in the spirit of Google Congestion Control
//! (draft-ietf-rmcat-gcc-02) and of what libwebrtc made of it. For each session:
//!
//! ```text
//!           bytes, time                               transport-wide feedback, reports, REMB
//! Pacer ◀── Estimator::on_sent ──▶ SeqNo              Estimator::on_feedback, …
//!   ▲                                                    │
//!   │ when may how much go out      SentPackets ─▶ sent and arrived ─▶ delay groups ─▶ overuse
//!   │                                                    │                              │
//!   └─── estimate, probe ◀── Estimator ◀── loss bound ◀──┴─▶ throughput, probe ─▶ rate control
//! ```
//!
//! What differs from a sender of one's own camera: a forwarding server seldom fills the link,
//! since layers come in steps and a quiet room has nothing to send. So a rate that was found once
//! is kept while less is sent; what is not known is found by probing, and only while somebody
//! wants more than the estimate ([`Estimator::set_wanted`]); and a delay that rises counts as
//! congestion only if a queue stands that no packet gets around, since a busy receiver or a radio
//! makes some packets late just as well.
//!
//! A session's part in it:
//!
//! 1. [`Estimator::on_sent`] for every packet with a transport-wide sequence number, in the order
//!    of sending: it returns the number.
//! 2. [`Estimator::on_feedback`] (and reports, REMB) as they come; then [`Pacer::set_rate`] with
//!    the new [`Estimator::estimate`].
//! 3. [`Estimator::poll`] at [`Estimator::next_deadline`]; none while nothing is sent or wanted.
//! 4. After each of them [`Estimator::take_probe`]; what it returns goes to
//!    [`Pacer::start_probe`], which then says how much padding or repetition is due.
//!
//! Bytes are counted as the caller counts them, best as UDP payload with everything in it; the
//! estimate is in the same bytes.

mod delay;
mod estimator;
mod loss;
mod meter;
mod micros;
mod overuse;
mod pacer;
mod probe;
mod queue;
mod rate_control;
mod sent;
mod trend;

pub use estimator::Estimator;
pub use micros::Micros;
pub use overuse::Usage;
pub use pacer::Pacer;
pub use probe::{Probe, ProbeId};
pub use sent::{Outcome, SentPackets};
