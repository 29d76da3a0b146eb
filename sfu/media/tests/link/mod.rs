//! A sender, a bottleneck and a receiver on virtual time, seeded.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use szpon_media::{
    Bitrate, SeqNo,
    bandwidth::{Estimator, Pacer},
    rtcp::{self, ArrivalRecorder, Packet, Ssrc},
};

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to 1.
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[derive(Debug, Clone, Copy)]
pub enum Loss {
    Random(f64),
    /// Gilbert's model: chance for each packet that a burst begins, and that it ends.
    Burst {
        begin: f64,
        end: f64,
    },
}

/// What lies between.
#[derive(Debug, Clone)]
pub struct Path {
    /// From the second on, kbit/s.
    pub rates: Vec<(f64, f64)>,
    /// What else uses it, as packets of 1,200 bytes: from the second on, kbit/s.
    pub others: Vec<(f64, f64)>,
    /// One way, milliseconds.
    pub delay: f64,
    /// Added at random, up to so many milliseconds.
    pub jitter: f64,
    /// Packets may overtake each other.
    pub reorder: bool,
    /// Share of the time in which the receiver takes nothing: pauses of 5 to 80 ms, the short ones
    /// often and the long ones seldom (Pareto).
    pub stalls: f64,
    pub loss: Loss,
    /// What the queue holds, in milliseconds.
    pub queue: f64,
}

impl Path {
    pub fn new(kbps: f64) -> Self {
        Self {
            rates: vec![(0.0, kbps)],
            others: Vec::new(),
            delay: 25.0,
            jitter: 0.0,
            reorder: false,
            stalls: 0.0,
            loss: Loss::Random(0.0),
            queue: 1000.0,
        }
    }
}

/// What the sender has.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// Any rate, up to so many kbit/s.
    Elastic(f64),
    /// The highest of these kbit/s that the estimate allows.
    Layers(&'static [f64]),
    /// Always so many kbit/s, whatever the estimate, while so many are wanted.
    Constant(f64, f64),
}

/// Every 100 ms.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub second: f64,
    /// kbit/s.
    pub estimate: f64,
    /// Milliseconds of queue in the bottleneck.
    pub queue: f64,
    /// Delivered since the last sample, kbit/s.
    pub delivered: f64,
}

pub struct Run {
    pub samples: Vec<Sample>,
}

fn at(steps: &[(f64, f64)], second: f64) -> f64 {
    steps.iter().rev().find(|(from, _)| *from <= second).map_or(0.0, |(_, value)| *value)
}

/// Half a millisecond.
const STEP: f64 = 0.0005;
const FEEDBACK: f64 = 0.1;
const FRAME: f64 = 1.0 / 30.0;
const AUDIO: f64 = 0.02;
const AUDIO_BYTES: usize = 110;
const PACKET: usize = 1200;
const PADDING: usize = 250;

pub struct Simulation {
    path: Path,
    dice: Dice,
    in_burst: bool,
    /// When the bottleneck has sent all that it holds, seconds.
    free: f64,
    other_owed: f64,
    last_arrival: f64,
    /// Begin and end of the pause that is or comes next.
    stall: (f64, f64),
    /// By time of arrival: seconds, number, bytes.
    flying: Vec<(f64, SeqNo, usize)>,
    delivered: usize,
}

impl Simulation {
    /// When so many bytes are through that begin at `start`.
    fn service(&self, start: f64, bytes: usize) -> f64 {
        let mut bits = bytes as f64 * 8.0;
        let mut now = start;
        for (next, _) in self.path.rates.iter().filter(|(from, _)| *from > start) {
            let room = at(&self.path.rates, now) * 1000.0 * (next - now);
            if room >= bits {
                break;
            }
            bits -= room;
            now = *next;
        }
        now + bits / (at(&self.path.rates, now).max(1.0) * 1000.0)
    }

    fn backlog(&self, now: f64) -> f64 {
        (self.free - now).max(0.0) * 1000.0
    }

    /// When it leaves the queue; `None` if that is full.
    fn enqueue(&mut self, now: f64, bytes: usize) -> Option<f64> {
        if self.backlog(now) > self.path.queue {
            return None;
        }
        let start = self.free.max(now);
        self.free = self.service(start, bytes);
        Some(self.free)
    }

    fn lost(&mut self) -> bool {
        match self.path.loss {
            Loss::Random(chance) => self.dice.roll() < chance,
            Loss::Burst { begin, end } => {
                let turn = if self.in_burst { end } else { begin };
                self.in_burst ^= self.dice.roll() < turn;
                self.in_burst
            }
        }
    }

    fn send(&mut self, now: f64, seq: SeqNo, bytes: usize) {
        let lost = self.lost();
        let Some(leaves) = self.enqueue(now, bytes) else { return };
        if lost {
            return;
        }
        let jitter = self.dice.roll() * self.path.jitter;
        let mut arrives = leaves + (self.path.delay + jitter) / 1000.0;
        if !self.path.reorder {
            arrives = arrives.max(self.last_arrival);
        }
        arrives = self.stalled(arrives);
        self.last_arrival = arrives;
        self.flying.push((arrives, seq, bytes));
    }

    fn stalled(&mut self, arrives: f64) -> f64 {
        if self.path.stalls == 0.0 {
            return arrives;
        }
        while self.stall.1 < arrives {
            // The mean of this distribution, cut off at 80 ms, is about 12 ms.
            let length = (0.005 / self.dice.roll().max(1e-9).powf(1.0 / 1.2)).min(0.08);
            let pause = 0.012 / self.path.stalls * (1.0 - self.path.stalls);
            let begin = self.stall.1 - pause * self.dice.roll().max(1e-9).ln();
            self.stall = (begin, begin + length);
        }
        if arrives >= self.stall.0 { self.stall.1 } else { arrives }
    }

    fn others(&mut self, now: f64) {
        self.other_owed += at(&self.path.others, now) * 1000.0 / 8.0 * STEP;
        while self.other_owed >= PACKET as f64 {
            self.other_owed -= PACKET as f64;
            self.enqueue(now, PACKET);
        }
    }
}

/// Lets the estimator drive a sender over the path.
pub fn run(seed: u64, path: Path, source: Source, initial: Bitrate, seconds: f64) -> Run {
    let epoch = Instant::now();
    let time = |second: f64| epoch + Duration::from_secs_f64(second);
    let mut estimator = Estimator::new(initial, epoch);
    let mut pacer = Pacer::new(initial, epoch);
    let mut recorder = ArrivalRecorder::new(epoch);
    let mut link = Simulation {
        dice: Dice::new(seed),
        in_burst: false,
        free: 0.0,
        other_owed: 0.0,
        last_arrival: 0.0,
        stall: (0.0, 0.0),
        flying: Vec::new(),
        delivered: 0,
        path,
    };
    let wanted = match source {
        Source::Elastic(kbps) => kbps,
        Source::Layers(layers) => layers.iter().copied().fold(0.0, f64::max),
        Source::Constant(_, wanted) => wanted,
    };
    estimator.set_wanted(Bitrate::kbps(wanted as u64));
    let mut queue: VecDeque<usize> = VecDeque::new();
    let mut reports: VecDeque<(f64, Vec<u8>)> = VecDeque::new();
    let (mut frame, mut audio, mut report, mut sample) = (0.0, 0.0, 0.0, 0.0);
    let mut samples = Vec::new();
    let steps = (seconds / STEP) as u64;
    for step in 0..steps {
        let second = step as f64 * STEP;
        let now = time(second);
        // The receiver.
        link.flying.sort_by(|a, b| a.0.total_cmp(&b.0));
        let arrived = link.flying.partition_point(|(at, _, _)| *at <= second);
        for (at, seq, bytes) in link.flying.drain(..arrived) {
            recorder.on_packet(seq, time(at));
            link.delivered += bytes;
        }
        if second >= report {
            report += FEEDBACK;
            while recorder.is_pending() {
                let mut message = Vec::new();
                if !recorder.write(&mut message, Ssrc::new(1), Ssrc::new(2)) {
                    break;
                }
                // Feedback gets lost as well.
                if !matches!(link.path.loss, Loss::Random(chance) if link.dice.roll() < chance) {
                    reports.push_back((second + link.path.delay / 1000.0, message));
                }
            }
        }
        // The sender.
        while let Some((_, message)) = reports.pop_front_if(|(at, _)| *at <= second) {
            for packet in rtcp::parse(&message) {
                if let Packet::TransportFeedback(feedback) = packet.expect("our own") {
                    estimator.on_feedback(&feedback, now);
                }
            }
        }
        if estimator.next_deadline().is_some_and(|deadline| deadline <= now) {
            estimator.poll(now);
        }
        pacer.set_rate(estimator.estimate(), now);
        if let Some(probe) = estimator.take_probe(now) {
            pacer.start_probe(probe, now);
        }
        link.others(second);
        if second >= audio {
            audio += AUDIO;
            let probe = pacer.probe();
            let seq = estimator.on_sent(AUDIO_BYTES, probe, now);
            pacer.on_sent(AUDIO_BYTES, now);
            link.send(second, seq, AUDIO_BYTES);
        }
        if second >= frame {
            frame += FRAME;
            let audio_kbps = AUDIO_BYTES as f64 * 8.0 / AUDIO / 1000.0;
            let estimate = estimator.estimate().as_bps() as f64 / 1000.0;
            let kbps = match source {
                Source::Elastic(most) => estimate.min(most),
                Source::Layers(layers) => {
                    let fits = layers.iter().copied().filter(|layer| *layer <= estimate);
                    fits.fold(0.0, f64::max)
                }
                Source::Constant(kbps, _) => kbps,
            };
            // Frames differ in size by a third.
            let size = (0.67 + 0.66 * link.dice.roll()) * FRAME;
            let mut bytes = ((kbps - audio_kbps).max(0.0) * 1000.0 / 8.0 * size) as usize;
            while bytes > 0 {
                let packet = bytes.min(PACKET);
                queue.push_back(packet.max(60));
                bytes -= packet;
            }
        }
        while let Some(bytes) = queue.front().copied() {
            if pacer.budget(now) == 0 {
                break;
            }
            queue.pop_front();
            let seq = estimator.on_sent(bytes, pacer.probe(), now);
            pacer.on_sent(bytes, now);
            link.send(second, seq, bytes);
        }
        while pacer.probe_due(now) > 0 {
            let seq = estimator.on_sent(PADDING, pacer.probe(), now);
            pacer.on_sent(PADDING, now);
            link.send(second, seq, PADDING);
        }
        if second >= sample {
            sample += 0.1;
            samples.push(Sample {
                second,
                estimate: estimator.estimate().as_bps() as f64 / 1000.0,
                queue: link.backlog(second),
                delivered: std::mem::take(&mut link.delivered) as f64 * 8.0 / 100.0,
            });
        }
    }
    Run { samples }
}

impl Run {
    fn between(&self, from: f64, to: f64) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| (from..to).contains(&sample.second))
    }

    /// kbit/s that arrived.
    pub fn delivered(&self, from: f64, to: f64) -> f64 {
        let (sum, n) =
            self.between(from, to).fold((0.0, 0), |(sum, n), s| (sum + s.delivered, n + 1));
        sum / f64::from(n.max(1))
    }

    /// Smallest, mean and largest, kbit/s.
    pub fn estimate(&self, from: f64, to: f64) -> (f64, f64, f64) {
        let (mut least, mut most, mut sum, mut n) = (f64::MAX, 0.0_f64, 0.0, 0.0);
        for sample in self.between(from, to) {
            least = least.min(sample.estimate);
            most = most.max(sample.estimate);
            sum += sample.estimate;
            n += 1.0;
        }
        (least, sum / n, most)
    }

    /// Largest and mean queue, milliseconds.
    pub fn queue(&self, from: f64, to: f64) -> (f64, f64) {
        let (mut most, mut sum, mut n) = (0.0_f64, 0.0, 0.0);
        for sample in self.between(from, to) {
            most = most.max(sample.queue);
            sum += sample.queue;
            n += 1.0;
        }
        (most, sum / n)
    }

    /// The first second from `from` on when `holds` is true of the estimate.
    pub fn first(&self, from: f64, holds: impl Fn(f64) -> bool) -> Option<f64> {
        let all = self.between(from, f64::MAX);
        all.filter(|sample| holds(sample.estimate)).map(|sample| sample.second).next()
    }

    /// A line for each second, for `cargo test -- --nocapture`.
    pub fn print(&self, name: &str) {
        println!("{name}: second, estimate, delivered, queue ms");
        for sample in self.samples.iter().step_by(5) {
            println!(
                "{:>5.1} {:>6.0} {:>6.0} {:>5.0}",
                sample.second, sample.estimate, sample.delivered, sample.queue
            );
        }
    }
}
