//! The estimate: what is measured, put together.

use std::time::{Duration, Instant};

use super::{
    Micros, Outcome, Probe, ProbeId, SentPackets, Usage,
    delay::DelayGroups,
    loss::LossBound,
    meter::Meter,
    overuse::OveruseDetector,
    probe::Prober,
    rate_control::{Measured, RateControl},
};
use crate::{
    rtcp::Feedback,
    units::{Bitrate, ExtSeq, SeqNo},
};

/// Audio with its headers needs about this.
const MIN: Bitrate = Bitrate::kbps(30);

/// More than a subscriber can watch.
const DEFAULT_MAX: Bitrate = Bitrate::kbps(50_000);

/// Estimates the bandwidth to one receiver. See the module for how it is used.
#[derive(Debug, Clone)]
pub struct Estimator {
    max: Bitrate,
}

impl Estimator {
    /// `initial` holds until the first probe or feedback says more.
    pub fn new(initial: Bitrate, now: Instant) -> Self {}

    /// No more than this is ever estimated; 50 Mbit/s unless told otherwise.
    pub fn set_max(&mut self, max: Bitrate) {}

    /// What would be sent if there were no limit. While it is more than the estimate, probes look
    /// for it; nothing else makes them.
    pub fn set_wanted(&mut self, wanted: Bitrate, now: Instant) {}

    /// A packet goes out now. Returns its transport-wide sequence number, to be written into its
    /// header: numbers must reach the network in this order. `probe` is [`super::Pacer::probe`].
    pub fn on_sent(&mut self, bytes: usize, probe: Option<ProbeId>, now: Instant) -> SeqNo {}

    /// Transport-wide feedback came.
    pub fn on_feedback(&mut self, feedback: &Feedback<'_>, now: Instant) {}

    /// A receiver report came: the share of packets lost (0 to 1, of the stream with the most
    /// packets or the mean of all) and the round trip, if its block tells. The loss counts only
    /// for receivers that send no transport-wide feedback.
    pub fn on_receiver_report(&mut self, loss: f32, rtt: Option<Duration>, now: Instant) {}

    /// The receiver's own estimate came. It counts only for receivers that send no transport-wide
    /// feedback.
    pub fn on_remb(&mut self, bitrate: Bitrate, now: Instant) {}

    /// Time went on. To be called at [`Estimator::next_deadline`]; more often does no harm.
    pub fn poll(&mut self, now: Instant) {}

    /// When [`Estimator::poll`] and [`Estimator::take_probe`] have something to do; `None` while
    /// nothing is in flight and nothing more is wanted.
    pub fn next_deadline(&self) -> Option<Instant> {}

    /// What may be sent, audio, repetitions and padding included.
    pub fn estimate(&self) -> Bitrate {}

    /// A probe that is to be sent now, once.
    pub fn take_probe(&mut self, now: Instant) -> Option<Probe> {}

    /// From sending a packet to the feedback about it, smoothed; `None` before the first.
    pub fn rtt(&self) -> Option<Duration> {}

    /// Share of packets lost lately, from 0 to 1.
    pub fn loss(&self) -> f32 {}

    /// What the delay says of the link at the moment.
    pub fn usage(&self) -> Usage {}
}
