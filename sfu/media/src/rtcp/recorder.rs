//! The receiving side of transport-wide feedback: remembers arrivals and reports them.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    ARRIVAL_TICK, REFERENCE_TICKS, Ssrc, TRANSPORT_FEEDBACK, TRANSPORT_WIDE,
    feedback::{LARGE, LOST, SMALL},
    write::{packet, put_ssrc},
};
use crate::{
    bandwidth::Micros,
    units::{ExtSeq, SeqNo, SeqUnwrapper},
};

/// How long a receiver may wait between two messages: often enough that the sender's estimate
/// follows, rarely enough that the messages take few per cent of the bandwidth (libwebrtc's range
/// is 50 to 250 ms).
pub const FEEDBACK_INTERVAL: Duration = Duration::from_millis(100);

/// Packets in one message: all their chunks and deltas fit a datagram.
const MAX_STATUSES: usize = 400;

/// Packets between the oldest and the newest one that are told of. A jump beyond begins anew.
const MAX_SPAN: usize = 2048;

/// Reported packets that are still remembered, so that a late one between them is told of
/// together with its neighbours.
const REACH_BACK: u64 = 128;

/// Packets that the very first one may have overtaken.
const REORDERED: usize = 32;

/// A run that is shorter takes no less room than two vectors of two-bit symbols.
const MIN_RUN: usize = 14;

/// Symbols in a vector of two-bit symbols.
const VECTOR: usize = 7;

/// Records when packets arrive, by transport-wide sequence number, and writes the feedback
/// messages. Grows to the packets between two reports and allocates no more then.
#[derive(Debug, Clone)]
pub struct ArrivalRecorder {
    /// Zero of the clock that the messages speak of.
    epoch: Instant,
    unwrapper: SeqUnwrapper,
    /// Number of the first of `arrivals`.
    base: ExtSeq,
    /// Ticks since the epoch, of the packets from `base` on.
    arrivals: VecDeque<Option<i64>>,
    /// The first that no message has told of yet, or the oldest that came after that.
    next: ExtSeq,
    messages: u8,
    symbols: Vec<u8>,
    deltas: Vec<u8>,
}

impl ArrivalRecorder {
    /// `epoch` is any moment before the first packet.
    pub fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            unwrapper: SeqUnwrapper::new(),
            base: ExtSeq::new(0),
            arrivals: VecDeque::new(),
            next: ExtSeq::new(0),
            messages: 0,
            symbols: Vec::new(),
            deltas: Vec::new(),
        }
    }

    /// A packet with this transport-wide number came. A repetition keeps its first time.
    pub fn on_packet(&mut self, seq: SeqNo, at: Instant) {
        let seq = self.unwrapper.unwrap_seq(seq);
        let ticks = Micros::since(self.epoch, at).get() / ARRIVAL_TICK.as_micros() as i64;
        let offset = seq.distance_from(self.base);
        let too_far = usize::try_from(offset).is_ok_and(|offset| offset >= MAX_SPAN);
        if self.arrivals.is_empty() || too_far {
            self.arrivals.clear();
            self.arrivals.resize(REORDERED, None);
            self.base = ExtSeq::new(seq.get().wrapping_sub(REORDERED as u64));
            self.next = seq;
        }
        // One from before all that is remembered was told of as lost long ago.
        let Ok(offset) = usize::try_from(seq.distance_from(self.base)) else { return };
        // Usually one: `resize` would cost more than all the rest.
        while self.arrivals.len() <= offset {
            self.arrivals.push_back(None);
        }
        let place = &mut self.arrivals[offset];
        if place.is_none() {
            *place = Some(ticks);
            self.next = self.next.min(seq);
        }
    }

    /// Whether there is something to tell.
    pub fn is_pending(&self) -> bool {
        self.next.distance_from(self.end()) < 0
    }

    /// Appends one message about the packets since the last one. Returns whether it wrote one;
    /// calls go on until there is nothing more to tell. `media` is any source of the transport.
    pub fn write(&mut self, out: &mut Vec<u8>, sender: Ssrc, media: Ssrc) -> bool {
        // A message begins with a packet that came.
        let Some((first, reference)) = self.first() else { return false };
        self.next = first;
        self.collect(reference * REFERENCE_TICKS);
        let number = self.messages;
        self.messages = self.messages.wrapping_add(1);
        packet(out, TRANSPORT_WIDE, TRANSPORT_FEEDBACK, |out| {
            put_ssrc(out, sender);
            put_ssrc(out, media);
            out.extend(first.seq_no().get().to_be_bytes());
            out.extend((self.symbols.len() as u16).to_be_bytes());
            let [_, reference @ ..] = (reference as u32).to_be_bytes();
            out.extend(reference);
            out.push(number);
            put_chunks(out, &self.symbols);
            out.extend(&self.deltas);
        });
        self.next = first.plus(self.symbols.len() as u64);
        self.forget();
        true
    }

    /// The first packet to tell of, and the reference time before its arrival.
    fn first(&self) -> Option<(ExtSeq, i64)> {
        let skipped = usize::try_from(self.next.distance_from(self.base)).ok()?;
        let rest = self.arrivals.range(skipped.min(self.arrivals.len())..);
        let (ahead, ticks) = rest.enumerate().find_map(|(n, ticks)| Some((n, (*ticks)?)))?;
        Some((self.next.plus(ahead as u64), ticks.div_euclid(REFERENCE_TICKS)))
    }

    /// Symbols and deltas of the packets from `next` on, as far as one message reaches: a delta
    /// must fit sixteen bits.
    fn collect(&mut self, reference: i64) {
        self.symbols.clear();
        self.deltas.clear();
        let mut last = reference;
        let skipped = usize::try_from(self.next.distance_from(self.base)).unwrap_or(0);
        for arrival in self.arrivals.range(skipped..).take(MAX_STATUSES) {
            let Some(ticks) = *arrival else {
                self.symbols.push(LOST);
                continue;
            };
            let delta = ticks - last;
            if let Ok(small) = u8::try_from(delta) {
                self.symbols.push(SMALL);
                self.deltas.push(small);
            } else if let Ok(large) = i16::try_from(delta) {
                self.symbols.push(LARGE);
                self.deltas.extend(large.to_be_bytes());
            } else {
                break;
            }
            last = ticks;
        }
    }

    /// Lets go of what was told of, but for a few before the newest.
    fn forget(&mut self) {
        let told = u64::try_from(self.next.distance_from(self.base)).unwrap_or(0);
        let gone = told.saturating_sub(REACH_BACK).min(self.arrivals.len() as u64);
        self.arrivals.drain(..gone as usize);
        self.base = self.base.plus(gone);
    }

    fn end(&self) -> ExtSeq {
        self.base.plus(self.arrivals.len() as u64)
    }
}

/// Runs where many are alike, vectors of two bits elsewhere.
fn put_chunks(out: &mut Vec<u8>, mut symbols: &[u8]) {
    const MAX_RUN: usize = 0x1fff;
    while let Some(&first) = symbols.first() {
        let run = symbols.iter().take(MAX_RUN).take_while(|symbol| **symbol == first).count();
        let taken = if run >= MIN_RUN || run == symbols.len() {
            out.extend((u16::from(first) << 13 | run as u16).to_be_bytes());
            run
        } else {
            let vector = &symbols[..symbols.len().min(VECTOR)];
            let bits = vector.iter().enumerate().fold(0b11 << 14, |bits, (n, symbol)| {
                bits | u16::from(*symbol) << (2 * (VECTOR - 1 - n))
            });
            out.extend(bits.to_be_bytes());
            vector.len()
        };
        symbols = &symbols[taken..];
    }
}
