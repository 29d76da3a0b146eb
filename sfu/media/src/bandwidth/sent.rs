//! What was sent, until the receiver has told what became of it.

use std::time::Instant;

use super::{Micros, ProbeId};
use crate::{
    rtcp::{ARRIVAL_TICK, Feedback, REFERENCE_TICKS},
    units::{ExtSeq, SeqNo, Unwrapper},
};

/// Enough for 2.5 s at 8 Mbit/s of full packets.
const MAX_PACKETS: usize = 2048;

/// As far as the ring grows before any feedback came: perhaps none ever will.
const MAX_WITHOUT_FEEDBACK: usize = 512;

const FIRST_PACKETS: usize = 64;

/// What became of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Received {
        seq: ExtSeq,
        bytes: usize,
        /// On the sender's clock.
        sent: Micros,
        /// On the receiver's clock.
        arrived: Micros,
        probe: Option<ProbeId>,
        /// It was told to be lost before: it only came late.
        was_lost: bool,
    },
    Lost {
        seq: ExtSeq,
        bytes: usize,
        sent: Micros,
        probe: Option<ProbeId>,
    },
}

/// The newest packets that were sent, by transport-wide sequence number, eight bytes each. Grows
/// while there are more in flight than it holds, up to 16 KiB; then the oldest are forgotten.
#[derive(Debug, Clone)]
pub struct SentPackets {
    epoch: Instant,
    /// A power of two, or nothing. Holds the numbers just before `next`.
    ring: Vec<Record>,
    next: ExtSeq,
    /// The newest that any feedback told of.
    newest_told: Option<ExtSeq>,
    reference: Unwrapper<24>,
}

impl SentPackets {
    pub fn new(now: Instant) -> Self {
        Self {
            epoch: now,
            ring: Vec::new(),
            // One turn in advance, so that what feedback speaks of never lies below zero.
            next: ExtSeq::new(1 << 16),
            newest_told: None,
            reference: Unwrapper::new(),
        }
    }

    /// Zero of the sender's clock.
    pub fn epoch(&self) -> Instant {
        self.epoch
    }

    /// Remembers a packet and returns its number. `at` is on the clock of [`SentPackets::epoch`].
    pub fn push(&mut self, bytes: usize, probe: Option<ProbeId>, at: Micros) -> ExtSeq {
        let seq = self.next;
        if self.slot(seq).is_none_or(|slot| self.ring[slot].state() == State::InFlight) {
            self.grow();
        }
        if let Some(slot) = self.slot(seq) {
            self.ring[slot] = Record::in_flight(at, bytes, probe);
        }
        self.next = seq.plus(1);
        seq
    }

    /// Packets that were sent since the newest that feedback told of.
    pub fn in_flight(&self) -> usize {
        let told = self.newest_told.map_or(ExtSeq::new(1 << 16), |newest| newest.plus(1));
        let packets = usize::try_from(self.next.distance_from(told)).unwrap_or(0);
        packets.min(self.ring.len())
    }

    /// Goes through what a message tells that was not known. Returns the newest packet that the
    /// message has received, with the time it was sent: what the round trip is measured with.
    /// What is forgotten, was never sent, or was told before is passed over.
    pub fn apply(
        &mut self,
        feedback: &Feedback<'_>,
        mut each: impl FnMut(Outcome),
    ) -> Option<Micros> {
        let reference = self.reference.unwrap(u64::from(feedback.reference));
        let reference = i64::try_from(reference).unwrap_or(0).saturating_mul(REFERENCE_TICKS);
        let tick = ARRIVAL_TICK.as_micros() as i64;
        let mut newest = None;
        let mut seq = self.extend(feedback.base);
        for status in feedback.statuses() {
            let this = seq;
            seq = seq.plus(1);
            let Some(slot) = self.held(this) else { continue };
            let record = &mut self.ring[slot];
            let known = record.state();
            let (sent, bytes, probe) = (record.sent(), record.bytes(), record.probe());
            match status.arrival {
                Some(arrival) if known != State::Received => {
                    record.set_state(State::Received);
                    newest = newest.max(Some(sent));
                    let arrived = Micros::new(reference.saturating_add(arrival) * tick);
                    let was_lost = known == State::Lost;
                    each(Outcome::Received { seq: this, bytes, sent, arrived, probe, was_lost });
                }
                None if known == State::InFlight => {
                    record.set_state(State::Lost);
                    each(Outcome::Lost { seq: this, bytes, sent, probe });
                }
                _ => {}
            }
            self.newest_told = self.newest_told.max(Some(this));
        }
        newest
    }

    /// Forgets all packets and frees their room; numbers go on.
    pub fn release(&mut self) {
        self.ring = Vec::new();
        self.newest_told = self.newest_told.map(|_| ExtSeq::new(self.next.get().wrapping_sub(1)));
    }

    /// The number nearest to the newest that was sent.
    fn extend(&self, seq: SeqNo) -> ExtSeq {
        self.next.nearest(seq)
    }

    fn slot(&self, seq: ExtSeq) -> Option<usize> {
        let mask = self.ring.len().checked_sub(1)?;
        Some(seq.get() as usize & mask)
    }

    /// Where a packet is that was sent and isn't forgotten.
    fn held(&self, seq: ExtSeq) -> Option<usize> {
        let age = u64::try_from(self.next.distance_from(seq)).ok()?;
        (1..=self.ring.len() as u64).contains(&age).then(|| self.slot(seq)).flatten()
    }

    fn grow(&mut self) {
        let max = if self.newest_told.is_some() { MAX_PACKETS } else { MAX_WITHOUT_FEEDBACK };
        let old = std::mem::take(&mut self.ring);
        if old.len() >= max {
            self.ring = old;
            return;
        }
        let len = (old.len() * 2).max(FIRST_PACKETS);
        let mut ring = Vec::with_capacity(len);
        ring.resize(len, Record::default());
        for age in 1..=old.len() as u64 {
            let seq = self.next.get().wrapping_sub(age) as usize;
            ring[seq & (len - 1)] = old[seq & (old.len() - 1)];
        }
        self.ring = ring;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Never sent, for a place that was not used yet.
    Empty,
    InFlight,
    Lost,
    Received,
}

/// One packet: 40 bits of microseconds since the epoch (12 days, then wrong by one turn: only for
/// a packet that is so old itself), 14 bits of size, 8 of the probe, 2 of the state.
#[derive(Debug, Clone, Copy, Default)]
struct Record(u64);

impl Record {
    const TIME_SHIFT: u32 = 24;
    const SIZE_SHIFT: u32 = 10;
    const PROBE_SHIFT: u32 = 2;
    const MAX_SIZE: u64 = (1 << 14) - 1;

    fn in_flight(at: Micros, bytes: usize, probe: Option<ProbeId>) -> Self {
        let size = (bytes as u64).min(Self::MAX_SIZE);
        let probe = probe.map_or(0, ProbeId::get);
        Self(
            (at.get() as u64) << Self::TIME_SHIFT
                | size << Self::SIZE_SHIFT
                | u64::from(probe) << Self::PROBE_SHIFT
                | State::InFlight as u64,
        )
    }

    fn sent(self) -> Micros {
        Micros::new((self.0 >> Self::TIME_SHIFT) as i64)
    }

    fn bytes(self) -> usize {
        (self.0 >> Self::SIZE_SHIFT & Self::MAX_SIZE) as usize
    }

    fn probe(self) -> Option<ProbeId> {
        ProbeId::new((self.0 >> Self::PROBE_SHIFT) as u8)
    }

    fn state(self) -> State {
        match self.0 & 3 {
            0 => State::Empty,
            1 => State::InFlight,
            2 => State::Lost,
            _ => State::Received,
        }
    }

    fn set_state(&mut self, state: State) {
        self.0 = self.0 & !3 | state as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rtcp::{self, ArrivalRecorder, Packet, Ssrc};

    fn tell(packets: &mut SentPackets, recorder: &mut ArrivalRecorder) -> Vec<Outcome> {
        let mut message = Vec::new();
        while recorder.write(&mut message, Ssrc::new(1), Ssrc::new(2)) {}
        let mut outcomes = Vec::new();
        for packet in rtcp::parse(&message) {
            if let Ok(Packet::TransportFeedback(feedback)) = packet {
                packets.apply(&feedback, |outcome| outcomes.push(outcome));
            }
        }
        outcomes
    }

    #[test]
    fn what_was_sent_comes_back_once() {
        let t0 = Instant::now();
        let at = |ms| t0 + Duration::from_millis(ms);
        let mut packets = SentPackets::new(t0);
        let probe = ProbeId::new(255);
        let seqs: Vec<_> =
            (0..3).map(|n| packets.push(1200, probe, Micros::since(t0, at(n)))).collect();
        assert_eq!(packets.in_flight(), 3);
        let mut recorder = ArrivalRecorder::new(t0);
        recorder.on_packet(seqs[0].seq_no(), at(100));
        recorder.on_packet(seqs[2].seq_no(), at(102));
        let received = |n: usize, arrived: i64, was_lost| Outcome::Received {
            seq: seqs[n],
            bytes: 1200,
            sent: Micros::new(n as i64 * 1000),
            arrived: Micros::new((1 << 24) * 64_000 + arrived * 1000),
            probe,
            was_lost,
        };
        let lost = Outcome::Lost { seq: seqs[1], bytes: 1200, sent: Micros::new(1000), probe };
        let outcomes = tell(&mut packets, &mut recorder);
        assert_eq!(outcomes, [received(0, 100, false), lost, received(2, 102, false)]);
        assert_eq!(packets.in_flight(), 0);
        recorder.on_packet(seqs[1].seq_no(), at(110));
        assert_eq!(tell(&mut packets, &mut recorder), [received(1, 110, true)]);
    }

    #[test]
    fn the_ring_grows_with_what_is_in_flight_and_no_further() {
        let t0 = Instant::now();
        let mut packets = SentPackets::new(t0);
        assert_eq!(packets.ring.capacity(), 0);
        let mut recorder = ArrivalRecorder::new(t0);
        for _ in 0..100 {
            let seqs: Vec<_> = (0..30).map(|_| packets.push(100, None, Micros::new(0))).collect();
            seqs.iter().for_each(|seq| recorder.on_packet(seq.seq_no(), t0));
            assert_eq!(tell(&mut packets, &mut recorder).len(), 30);
        }
        assert_eq!(packets.ring.len(), FIRST_PACKETS);
        let seqs: Vec<_> = (0..70_000).map(|_| packets.push(100, None, Micros::new(0))).collect();
        assert_eq!(packets.ring.len(), MAX_PACKETS);
        assert_eq!(packets.in_flight(), MAX_PACKETS);
        let mut recorder = ArrivalRecorder::new(t0);
        seqs[69_000..].iter().for_each(|seq| recorder.on_packet(seq.seq_no(), t0));
        assert_eq!(tell(&mut packets, &mut recorder).len(), 1000);
        packets.release();
        assert_eq!((packets.ring.capacity(), packets.in_flight()), (0, 0));
        let next = packets.push(100, None, Micros::new(0));
        assert_eq!(next.distance_from(seqs[69_999]), 1);
    }

    #[test]
    fn what_was_never_sent_is_passed_over() {
        let t0 = Instant::now();
        let mut packets = SentPackets::new(t0);
        let seq = packets.push(100, None, Micros::new(0));
        let mut recorder = ArrivalRecorder::new(t0);
        for ahead in [30_000, 0, 1, 65_535] {
            recorder.on_packet(seq.seq_no().plus(ahead), t0);
        }
        while recorder.is_pending() {
            assert!(tell(&mut packets, &mut recorder).len() <= 1);
        }
        assert!(packets.in_flight() <= 1);
    }

    #[test]
    fn a_session_that_sends_nothing_costs_little() {
        assert!(size_of::<SentPackets>() <= 128);
    }
}
