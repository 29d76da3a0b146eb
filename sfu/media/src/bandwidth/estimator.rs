//! The estimate: what is measured, put together.

use std::time::{Duration, Instant};

use super::{
    Micros, Outcome, Probe, ProbeId, SentPackets, Usage,
    delay::{DelayGroups, Step},
    loss::{Load, LossBound},
    meter::Meter,
    overuse::OveruseDetector,
    probe::Prober,
    queue::StandingQueue,
    rate_control::{Measured, RateControl},
};
use crate::{
    rtcp::Feedback,
    units::{Bitrate, SeqNo},
};

/// Audio with its headers needs about this; with less there is no call.
const MIN: Bitrate = Bitrate::kbps(30);

/// More than a subscriber can watch.
const DEFAULT_MAX: Bitrate = Bitrate::kbps(50_000);

/// Of the estimate: who sends less doesn't learn from it what the link carries (libwebrtc's
/// detector of application-limited regions has 65%).
const LIMITED_PERCENT: u32 = 70;

/// Before the first feedback.
const DEFAULT_RTT: Duration = Duration::from_millis(100);

/// A packet that is told of later says nothing of the path.
const MAX_RTT: Duration = Duration::from_secs(10);

/// Packets are in flight and nothing is heard: longer than any usual interval of feedback
/// (libwebrtc's are up to 250 ms), beside two round trips.
const SILENCE: Duration = Duration::from_millis(800);

/// While the silence lasts, the estimate falls by a fifth with each such step.
const SILENCE_STEP: Duration = Duration::from_millis(500);
const SILENCE_SHARE: f64 = 0.8;

/// A queue that was not seen for so long is gone.
const GONE: Duration = Duration::from_secs(1);

/// A packet that was the last before a pause may be lost without anybody knowing: silence counts
/// only while packets go out at least so often.
const TALKING: Duration = Duration::from_millis(400);

/// So long after a silence the estimate may turn out to have been right before it: the receiver
/// had been busy, and all packets came.
const REHABILITATION: Duration = Duration::from_secs(2);

/// After so long without a packet, what was sent is forgotten and its room freed.
const RELEASE: Duration = Duration::from_secs(10);

/// Without transport-wide feedback: the loss that raises and that lowers the estimate, and by how
/// much (draft-ietf-rmcat-gcc-02, 6).
const REPORT_LOW: f64 = 0.02;
const REPORT_HIGH: f64 = 0.1;
const REPORT_RAISE: f64 = 1.05;

/// Estimates the bandwidth to one receiver. See the module for how it is used.
#[derive(Debug, Clone)]
pub struct Estimator {
    max: Bitrate,
    packets: SentPackets,
    /// Bytes by the time of sending, and by that of arrival.
    sent: Meter,
    received: Meter,
    groups: DelayGroups,
    overuse: OveruseDetector,
    queue: StandingQueue,
    control: RateControl,
    losses: LossBound,
    prober: Prober,
    usage: Usage,
    rtt: Option<Duration>,
    /// The last transport-wide feedback with something new in it.
    told: Option<Instant>,
    last_sent: Option<Instant>,
    /// While packets are in flight and there was feedback before: when to worry.
    worry: Option<Instant>,
    /// The rate before a silence lowered it, in bit/s, and the last time it did.
    silenced: Option<(f64, Instant)>,
    /// Since when a queue stands, and when it was last seen.
    stood: Option<(Micros, Micros)>,
}

impl Estimator {
    /// `initial` holds until the first probe or feedback says more.
    pub fn new(initial: Bitrate, now: Instant) -> Self {
        let initial = initial.clamp(MIN, DEFAULT_MAX);
        Self {
            max: DEFAULT_MAX,
            packets: SentPackets::new(now),
            sent: Meter::new(),
            received: Meter::new(),
            groups: DelayGroups::default(),
            overuse: OveruseDetector::new(),
            queue: StandingQueue::default(),
            control: RateControl::new(initial.as_bps() as f64),
            losses: LossBound::new(),
            prober: Prober::new(now),
            usage: Usage::Normal,
            rtt: None,
            told: None,
            last_sent: None,
            worry: None,
            silenced: None,
            stood: None,
        }
    }

    /// No more than this is ever estimated: 50 Mbit/s unless told otherwise, and at least
    /// 30 kbit/s.
    pub fn set_max(&mut self, max: Bitrate) {
        self.max = max.max(MIN);
        self.prober.limit_wanted(self.max);
    }

    /// What would be sent if there were no limit. While it is more than the estimate, probes look
    /// for it; nothing else makes them.
    pub fn set_wanted(&mut self, wanted: Bitrate) {
        self.prober.set_wanted(wanted.min(self.max));
    }

    /// A packet goes out now. Returns its transport-wide sequence number, to be written into its
    /// header: packets must reach the network in this order. `probe` is [`super::Pacer::probe`].
    pub fn on_sent(&mut self, bytes: usize, probe: Option<ProbeId>, now: Instant) -> SeqNo {
        let at = Micros::since(self.packets.epoch(), now);
        let seq = self.packets.push(bytes, probe, at);
        self.sent.record(at, bytes);
        self.last_sent = Some(now);
        if self.worry.is_none() && self.told.is_some() {
            self.worry = Some(now + self.patience());
        }
        seq.seq_no()
    }

    /// Transport-wide feedback came.
    pub fn on_feedback(&mut self, feedback: &Feedback<'_>, now: Instant) {
        let (mut over, mut lost) = (false, false);
        let Self { packets, received, groups, overuse, queue, losses, prober, .. } = self;
        let newest = packets.apply(feedback, |outcome| match outcome {
            Outcome::Received { bytes, sent, arrived, probe, was_lost, .. } => {
                received.record(arrived, bytes);
                queue.on_received(sent, arrived);
                losses.on_received(sent, was_lost);
                match probe {
                    // A probe queues behind itself on purpose.
                    Some(probe) => prober.on_received(probe, bytes, sent, arrived),
                    None => match groups.on_received(sent, arrived) {
                        Step::Wait => {}
                        Step::Vary(variation) => over |= overuse.update(variation) == Usage::Over,
                        Step::Restart => {
                            *overuse = OveruseDetector::new();
                            *queue = StandingQueue::default();
                            *received = Meter::new();
                        }
                    },
                }
            }
            Outcome::Lost { bytes, sent, probe, .. } => {
                lost = true;
                losses.on_lost(sent);
                if let Some(probe) = probe {
                    prober.on_lost(probe, bytes);
                }
            }
        });
        let Some(newest) = newest else { return };
        self.told = Some(now);
        self.prober.set_answered();
        let patience = now + self.patience();
        self.worry = (self.packets.in_flight() > 0).then_some(patience);
        self.measure_rtt(newest, now);
        // Without a queue, what comes earlier or later is jitter.
        let usage = match self.queue.stands() {
            true if over => Usage::Over,
            true => self.overuse.usage(),
            false => Usage::Normal,
        };
        self.usage = usage;
        let at = Micros::since(self.packets.epoch(), now);
        self.stood = match (self.queue.stands(), self.stood) {
            (true, stood) => Some((stood.map_or(at, |(since, _)| since), at)),
            (false, stood) => stood.filter(|(_, seen)| at.after(*seen) < GONE),
        };
        self.rehabilitate(lost, now);
        self.decide(usage, now);
    }

    /// A receiver report came: the share of packets lost (0 to 1; the mean of the streams, or that
    /// of the largest) and the round trip, if its block tells it. The loss counts only for
    /// receivers that send no transport-wide feedback.
    pub fn on_receiver_report(&mut self, loss: f32, rtt: Option<Duration>, now: Instant) {
        if let Some(rtt) = rtt {
            self.smooth_rtt(rtt);
        }
        if self.told.is_some() {
            return;
        }
        // What is not a number is no loss.
        let loss = if loss.is_nan() { 0.0 } else { f64::from(loss.clamp(0.0, 1.0)) };
        let rate = self.control.rate();
        let sent = self.sent_rate(now);
        if loss > REPORT_HIGH {
            self.control.set(rate * (1.0 - loss / 2.0), now);
        } else if loss < REPORT_LOW && sent > rate / 2.0 {
            self.control.set(rate * REPORT_RAISE, now);
        }
        self.limit();
    }

    /// The receiver's own estimate came. It counts only for receivers that send no transport-wide
    /// feedback.
    pub fn on_remb(&mut self, bitrate: Bitrate, now: Instant) {
        if self.told.is_none() {
            self.control.set(bitrate.as_bps() as f64, now);
            self.limit();
        }
    }

    /// Time went on. To be called at [`Estimator::next_deadline`]; more often does no harm.
    pub fn poll(&mut self, now: Instant) {
        self.prober.poll(self.estimate(), now);
        if let Some(worry) = self.worry.filter(|worry| now >= *worry) {
            let talks = self.last_sent.is_some_and(|at| at + TALKING > worry);
            self.worry = talks.then_some(now + SILENCE_STEP);
            if talks {
                let rate = self.control.rate();
                let (before, _) = self.silenced.unwrap_or((rate, now));
                self.silenced = Some((before, now));
                self.control.set(rate * SILENCE_SHARE, now);
                self.limit();
            }
        }
        if self.release_at().is_some_and(|at| now >= at) {
            self.packets.release();
            self.queue = StandingQueue::default();
            self.control.on_idle();
            self.worry = None;
            self.last_sent = None;
        }
    }

    /// When [`Estimator::poll`] or [`Estimator::take_probe`] has something to do; `None` once
    /// nothing was sent for a while and nothing more is wanted.
    pub fn next_deadline(&self) -> Option<Instant> {
        [self.worry, self.prober.deadline(self.estimate()), self.release_at()]
            .into_iter()
            .flatten()
            .min()
    }

    /// What may be sent, audio, repetitions and padding included.
    pub fn estimate(&self) -> Bitrate {
        let control = self.control.rate();
        let rate = self.losses.bound().map_or(control, |bound| bound.min(control));
        Bitrate::bps((rate * self.control.share()) as u64).clamp(MIN, self.max)
    }

    /// A probe that is to be sent now, told once. It goes to [`super::Pacer::start_probe`]. The
    /// caller asks while it has something to send: media, or a stream to pad.
    pub fn take_probe(&mut self, now: Instant) -> Option<Probe> {
        if self.queue.stands() {
            self.prober.postpone(now);
        }
        self.prober.take(self.estimate(), now)
    }

    /// From sending a packet to the feedback about it, smoothed; `None` before the first.
    pub fn rtt(&self) -> Option<Duration> {
        self.rtt
    }

    /// Share of packets lost lately, from 0 to 1.
    pub fn loss(&self) -> f32 {
        self.losses.recent() as f32
    }

    /// The same, if the receiver tells of every packet.
    pub fn told_loss(&self) -> Option<f32> {
        self.told.map(|_| self.loss())
    }

    /// What the delay says of the link at the moment.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// A queue stands on the way that no packet gets around.
    pub fn is_congested(&self) -> bool {
        self.queue.stands()
    }

    /// How long a queue has stood on the way; none if none does.
    pub fn standing(&self) -> Option<Duration> {
        self.queue.stands().then(|| self.stood())
    }

    /// How long packets stand in a queue on their way, as far as none got around it.
    pub fn queue(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.queue.micros()).unwrap_or(0))
    }

    /// Takes a fall in silence back, once it shows that neither packets were lost nor a queue stands.
    fn rehabilitate(&mut self, lost: bool, now: Instant) {
        let Some((before, at)) = self.silenced else { return };
        if lost || now.saturating_duration_since(at) > REHABILITATION {
            self.silenced = None;
        } else if !self.queue.stands() {
            self.silenced = None;
            self.control.set(before.max(self.control.rate()), now);
        }
    }

    /// How long a queue has stood.
    fn stood(&self) -> Duration {
        self.stood.map_or(Duration::ZERO, |(since, seen)| seen.after(since))
    }

    fn decide(&mut self, usage: Usage, now: Instant) {
        let estimate = self.estimate();
        let found = self.prober.result(estimate, now);
        if let Some(rate) = found
            && usage != Usage::Over
        {
            let rate = rate.min(self.max).as_bps() as f64;
            // What delay and loss allowed each by itself may already have been more.
            self.control.set(self.control.rate().max(rate), now);
            self.losses.lift(rate);
            return;
        }
        let sent = self.sent_rate(now);
        let estimated = estimate.as_bps() as f64;
        let limited = sent * 100.0 < estimated * f64::from(LIMITED_PERCENT);
        let rtt = self.rtt.unwrap_or(DEFAULT_RTT);
        let rate = |buckets| self.received.rate(buckets).map(|rate| rate.as_bps() as f64);
        let measured = Measured {
            usage,
            received: rate(Meter::WINDOW),
            received_lately: rate(Meter::SHORT),
            limited,
            queue: if self.queue.stands() { self.queue() } else { Duration::ZERO },
            rtt,
        };
        let congested = self.control.update(&measured, now);
        self.limit();
        let load = Load { allowed: self.control.rate(), sent, limited };
        // What a full queue drops belongs to the delay that it makes.
        let lossy = !congested && self.losses.update(&load, now);
        if congested {
            self.prober.on_congested(self.estimate(), now);
        }
        if congested || lossy {
            self.losses.restart(Micros::since(self.packets.epoch(), now));
            self.prober.postpone(now);
        }
    }

    fn limit(&mut self) {
        self.control.limit(MIN.as_bps() as f64, self.max.as_bps() as f64);
    }

    /// In bit/s, over the last half second.
    fn sent_rate(&mut self, now: Instant) -> f64 {
        self.sent.advance(Micros::since(self.packets.epoch(), now));
        self.sent.rate(Meter::WINDOW).map_or(0.0, |rate| rate.as_bps() as f64)
    }

    fn measure_rtt(&mut self, sent: Micros, now: Instant) {
        let rtt = Micros::since(self.packets.epoch(), now).after(sent);
        if rtt <= MAX_RTT {
            self.smooth_rtt(rtt);
        }
    }

    /// By an eighth (RFC 6298, 2.3).
    fn smooth_rtt(&mut self, rtt: Duration) {
        let rtt = rtt.min(MAX_RTT);
        self.rtt = Some(self.rtt.map_or(rtt, |smoothed| (smoothed * 7 + rtt) / 8));
    }

    fn patience(&self) -> Duration {
        SILENCE + self.rtt.unwrap_or(DEFAULT_RTT) * 2
    }

    fn release_at(&self) -> Option<Instant> {
        self.last_sent.map(|at| at + RELEASE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        bandwidth::Pacer,
        rtcp::{self, ArrivalRecorder, Packet, Ssrc},
    };

    const INITIAL: Bitrate = Bitrate::kbps(300);

    fn tell(estimator: &mut Estimator, recorder: &mut ArrivalRecorder, now: Instant) {
        let mut message = Vec::new();
        while recorder.write(&mut message, Ssrc::new(1), Ssrc::new(2)) {}
        for packet in rtcp::parse(&message) {
            if let Ok(Packet::TransportFeedback(feedback)) = packet {
                estimator.on_feedback(&feedback, now);
            }
        }
    }

    #[test]
    fn an_idle_session_has_nothing_to_do() {
        let t0 = Instant::now();
        let mut estimator = Estimator::new(INITIAL, t0);
        assert_eq!(estimator.next_deadline(), None);
        let mut recorder = ArrivalRecorder::new(t0);
        let seq = estimator.on_sent(1000, None, t0);
        recorder.on_packet(seq, t0 + Duration::from_millis(10));
        tell(&mut estimator, &mut recorder, t0 + Duration::from_millis(50));
        assert_eq!(estimator.rtt(), Some(Duration::from_millis(50)));
        let mut wakes = 0;
        while let Some(deadline) = estimator.next_deadline() {
            estimator.poll(deadline);
            assert_eq!(estimator.take_probe(deadline), None);
            wakes += 1;
            assert!(wakes < 3);
        }
        assert_eq!(estimator.estimate(), INITIAL);
    }

    #[test]
    fn a_caller_that_has_nothing_to_probe_with_is_not_asked_again_and_again() {
        let t0 = Instant::now();
        let mut estimator = Estimator::new(INITIAL, t0);
        estimator.set_wanted(Bitrate::kbps(1000));
        let deadline = estimator.next_deadline().expect("a probe is due");
        estimator.poll(deadline);
        assert_eq!(estimator.next_deadline(), None);
        estimator.set_wanted(Bitrate::ZERO);
        estimator.poll(t0);
        estimator.set_wanted(Bitrate::kbps(1000));
        assert!(estimator.next_deadline().is_some(), "wanted anew");
        let probe = estimator.take_probe(t0 + Duration::from_secs(1)).expect("still is");
        assert_eq!(probe.rate, Bitrate::kbps(900));
    }

    #[test]
    fn a_receiver_that_is_never_heard_of_gets_one_probe() {
        let t0 = Instant::now();
        let mut estimator = Estimator::new(INITIAL, t0);
        estimator.set_wanted(Bitrate::kbps(1000));
        let mut probes = 0;
        for ms in (0..60_000).step_by(20) {
            let now = t0 + Duration::from_millis(ms);
            estimator.on_sent(1000, None, now);
            estimator.poll(now);
            probes += usize::from(estimator.take_probe(now).is_some());
        }
        assert_eq!(probes, 1);
        assert_eq!(estimator.estimate(), INITIAL);
    }

    #[test]
    fn without_feedback_reports_and_remb_serve() {
        let t0 = Instant::now();
        let mut estimator = Estimator::new(INITIAL, t0);
        estimator.on_receiver_report(0.5, None, t0);
        assert_eq!(estimator.estimate(), INITIAL.percent(75));
        estimator.on_remb(Bitrate::kbps(800), t0);
        assert_eq!(estimator.estimate(), Bitrate::kbps(800));
        estimator.on_remb(Bitrate::ZERO, t0);
        assert_eq!(estimator.estimate(), MIN);
    }

    /// An estimator whose one packet was received, and its time.
    fn talking() -> (Estimator, ArrivalRecorder, Instant) {
        let t0 = Instant::now();
        let mut estimator = Estimator::new(INITIAL, t0);
        let mut recorder = ArrivalRecorder::new(t0);
        let seq = estimator.on_sent(1000, None, t0);
        recorder.on_packet(seq, t0);
        tell(&mut estimator, &mut recorder, t0);
        (estimator, recorder, t0)
    }

    #[test]
    fn silence_lowers_the_estimate_while_packets_go_out() {
        let (mut estimator, mut recorder, t0) = talking();
        let mut now = t0;
        let mut sent = Vec::new();
        while now < t0 + Duration::from_secs(4) {
            now += Duration::from_millis(20);
            sent.push(estimator.on_sent(100, None, now));
            estimator.poll(now);
        }
        assert!(estimator.estimate() < INITIAL.percent(40));
        // They all came at once: nothing was wrong with the link.
        for seq in sent {
            recorder.on_packet(seq, now);
        }
        tell(&mut estimator, &mut recorder, now);
        assert_eq!(estimator.estimate(), INITIAL);
    }

    #[test]
    fn a_last_packet_that_is_lost_means_nothing() {
        let (mut estimator, _, t0) = talking();
        estimator.on_sent(1000, None, t0);
        let mut wakes = 0;
        while let Some(deadline) = estimator.next_deadline() {
            estimator.poll(deadline);
            wakes += 1;
            assert!(wakes < 4);
        }
        assert_eq!(estimator.estimate(), INITIAL);
    }

    #[test]
    fn a_session_costs_little() {
        assert!(size_of::<Estimator>() + size_of::<Pacer>() <= 1536);
    }

    #[derive(Debug, Clone)]
    enum Act {
        Send(u16, bool),
        Arrive { back: u16, micros: u32 },
        Report,
        Repeat,
        Bytes(Vec<u8>),
        Loss(f32),
        Remb(u64),
        Want(u64),
        Wait(u32),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => (any::<u16>(), any::<bool>()).prop_map(|(bytes, probe)| Act::Send(bytes, probe)),
            4 => (any::<u16>(), any::<u32>())
                .prop_map(|(back, micros)| Act::Arrive { back: back % 40, micros }),
            2 => Just(Act::Report),
            1 => Just(Act::Repeat),
            1 => prop::collection::vec(any::<u8>(), 20).prop_map(Act::Bytes),
            1 => any::<f32>().prop_map(Act::Loss),
            1 => any::<u64>().prop_map(Act::Remb),
            1 => any::<u64>().prop_map(Act::Want),
            4 => (0..200_000_u32).prop_map(Act::Wait),
            1 => any::<u32>().prop_map(Act::Wait),
        ]
    }

    proptest! {
        /// Feedback that is late, twice there, in disorder or invented: the estimate stays within
        /// its bounds, and there is an end to the deadlines.
        #[test]
        fn absurd_feedback_does_no_harm(acts in prop::collection::vec(act(), 1..400)) {
            let t0 = Instant::now();
            let mut now = t0;
            let mut estimator = Estimator::new(INITIAL, now);
            estimator.set_max(Bitrate::kbps(8000));
            let mut pacer = Pacer::new(INITIAL, now);
            let mut recorder = ArrivalRecorder::new(now);
            let mut newest = SeqNo::new(0);
            let mut last = Vec::new();
            for act in acts {
                match act {
                    Act::Send(bytes, probe) => {
                        let probe = probe.then(|| pacer.probe()).flatten();
                        newest = estimator.on_sent(usize::from(bytes), probe, now);
                        pacer.on_sent(usize::from(bytes), now);
                    }
                    Act::Arrive { back, micros } => {
                        let seq = SeqNo::new(newest.get().wrapping_sub(back));
                        recorder.on_packet(seq, now + Duration::from_micros(u64::from(micros)));
                    }
                    Act::Report => {
                        last.clear();
                        while recorder.write(&mut last, Ssrc::new(1), Ssrc::new(2)) {}
                    }
                    Act::Repeat => {}
                    Act::Bytes(body) => {
                        last.clear();
                        last.extend([0x8f, 205, 0, 5]);
                        last.extend(&body);
                    }
                    Act::Loss(loss) => {
                        estimator.on_receiver_report(loss, Some(Duration::MAX), now);
                    }
                    Act::Remb(bps) => estimator.on_remb(Bitrate::bps(bps), now),
                    Act::Want(bps) => estimator.set_wanted(Bitrate::bps(bps)),
                    Act::Wait(micros) => now += Duration::from_micros(u64::from(micros)),
                }
                for packet in rtcp::parse(&last) {
                    if let Ok(Packet::TransportFeedback(feedback)) = packet {
                        estimator.on_feedback(&feedback, now);
                    }
                }
                estimator.poll(now);
                if let Some(probe) = estimator.take_probe(now) {
                    prop_assert!(probe.bytes > 0 && probe.packets > 0);
                    pacer.start_probe(probe, now);
                }
                pacer.set_rate(estimator.estimate(), now);
                prop_assert!(pacer.next_send(now) >= now);
                prop_assert!(pacer.next_probe(now).is_none_or(|at| at >= now));
                pacer.probe_due(now);
                prop_assert!((MIN..=Bitrate::kbps(8000)).contains(&estimator.estimate()));
            }
            let mut wakes = 0;
            while let Some(deadline) = estimator.next_deadline() {
                estimator.poll(deadline.max(now));
                estimator.take_probe(deadline.max(now));
                wakes += 1;
                // Probes go on while more is wanted.
                estimator.set_wanted(Bitrate::ZERO);
                prop_assert!(wakes < 100);
            }
        }
    }
}
