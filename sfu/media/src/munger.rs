//! One continuous RTP stream for a slot, whatever feeds it.
//!
//! The receiver sees one SSRC. Sources and simulcast layers come and go behind it, each with
//! sequence numbers and timestamps of its own. [`Munger`] renumbers them:
//!
//! - A switch ([`Munger::switch`]) takes the next sequence number and a timestamp later than every
//!   one before, by the time that passed.
//! - Inside one source a lost packet leaves its number free: the receiver asks for it, and it
//!   still fits when it comes late, even after a switch.
//! - A packet that is left out on purpose ([`Munger::skip`]) leaves no gap.
//! - What a newcomer gets of the past ([`Munger::rejoin`]) takes hardly any time, so that it is on a
//!   level with the others once it has it.
//! - No outgoing number is more than [`WINDOW`] from the newest. A sender that starts its numbers
//!   anew would otherwise drive the receiver's roll-over counter (RFC 3711, 3.3.1) apart from
//!   ours, and nothing could be decrypted any more.

use std::time::{Duration, Instant};

use arrayvec::ArrayVec;

use crate::{
    runs::{Miss, Runs},
    units::{ClockRate, ExtSeq, RtpTime, SeqNo},
};

/// How far a packet may be from the newest: ten seconds at 400 packets a second, and an eighth of
/// what would confuse the receiver's roll-over counter.
pub const WINDOW: u64 = 4096;

/// So many refused packets of the current source in a row mean that its numbers started anew.
const RESTART_AFTER: u32 = 64;

/// Segments whose late packets are still wanted.
const MAX_SEGMENTS: usize = 8;

/// The past is played so many times as fast: half a second at once, and yet no two frames of 90 kHz
/// with the same timestamp at any frame rate.
const HASTE: i32 = 32;

/// Timestamps step by less than this at a switch, however long nothing was sent, so that the
/// receiver sees them grow (half of the wrap would be a step back).
const MAX_STEP_TICKS: u64 = 1 << 30;

/// Counts the switches of a slot. Later segments have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Segment(pub(crate) u32);

/// What a forwarded packet gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    pub seq: ExtSeq,
    pub time: RtpTime,
    /// Which stretch between two switches the packet belongs to; for rewriting picture ids.
    pub segment: Segment,
}

/// Why a packet is not forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The slot is fed by something else; only late packets of former sources pass.
    #[error("not from the source that feeds the slot")]
    NotCurrent,
    /// Older than the switch to its source, or left out before.
    #[error("before the switch point")]
    BeforeSwitch,
    /// More than [`WINDOW`] behind the newest.
    #[error("too old")]
    TooOld,
}

#[derive(Debug, Clone, Copy)]
struct Feed<S> {
    segment: u32,
    source: S,
    /// Added to incoming timestamps, wrapping.
    time_offset: u32,
    /// The newest packet when the slot began to be fed with what was past by then.
    rejoined: Option<Newest>,
}

/// The newest packet of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    pub seq: ExtSeq,
    pub time: RtpTime,
}

impl Newest {
    /// The incoming timestamp of a packet as it is to be seen: before this one time runs faster.
    fn hasten(self, seq: ExtSeq, time: RtpTime) -> RtpTime {
        match self.time.distance_from(time) {
            behind @ 1.. if seq.distance_from(self.seq) <= 0 => {
                RtpTime::new(self.time.get().wrapping_sub((behind / HASTE) as u32))
            }
            _ => time,
        }
    }
}

impl<S> Feed<S> {
    fn time(&self, seq: ExtSeq, time: RtpTime) -> RtpTime {
        let time = self.rejoined.map_or(time, |newest| newest.hasten(seq, time));
        time.plus(self.time_offset)
    }
}

/// How a segment begins.
#[derive(Debug, Clone, Copy)]
enum Begin {
    /// With the next number.
    Next,
    /// The same, in the past.
    Rejoin(Newest),
    /// One number stays free, to tell the receiver that something is missing.
    AfterHole,
}

/// Renumbers packets of changing sources `S` (an SSRC, or a track and layer) for one slot.
#[derive(Debug, Clone)]
pub struct Munger<S> {
    clock: ClockRate,
    runs: Runs,
    /// Oldest first; the last one is current.
    feeds: ArrayVec<Feed<S>, MAX_SEGMENTS>,
    next_segment: u32,
    /// The newest outgoing timestamp, and when the first packet with it came.
    newest_time: RtpTime,
    newest_time_at: Option<Instant>,
    refused_in_a_row: u32,
}

impl<S: Copy + Eq> Munger<S> {
    /// The first packet gets `first_seq` and `first_time`.
    pub fn new(clock: ClockRate, first_seq: SeqNo, first_time: RtpTime) -> Self {
        Self {
            clock,
            runs: Runs::new(u64::from(first_seq.get()), WINDOW),
            feeds: ArrayVec::new(),
            next_segment: 0,
            newest_time: first_time,
            newest_time_at: None,
            refused_in_a_row: 0,
        }
    }

    /// What feeds the slot.
    pub fn current(&self) -> Option<S> {
        self.feeds.last().map(|feed| feed.source)
    }

    /// The stretch that packets of [`Self::current`] belong to; for leaving out their picture ids.
    pub fn segment(&self) -> Option<Segment> {
        self.feeds.last().map(|feed| Segment(feed.segment))
    }

    /// The sequence number that comes after the newest.
    pub fn next_seq(&self) -> ExtSeq {
        ExtSeq::new(self.runs.next_out())
    }

    /// From this packet on the slot is fed by `source`: the first packet of a keyframe, or any
    /// packet of audio. Also after a pause of the same source, so that what was not sent leaves
    /// no gap.
    pub fn switch(&mut self, source: S, seq: ExtSeq, time: RtpTime, now: Instant) -> Outgoing {
        self.start(source, seq, time, now, Begin::Next)
    }

    /// The same with a packet of the past, behind which all those up to the `newest` follow at once:
    /// their timestamps are brought together, so that none of them looks early or late.
    pub fn rejoin(
        &mut self,
        source: S,
        seq: ExtSeq,
        time: RtpTime,
        newest: Newest,
        now: Instant,
    ) -> Outgoing {
        self.start(source, seq, time, now, Begin::Rejoin(newest))
    }

    /// A packet of the current source, or a late one of a former source.
    pub fn forward(
        &mut self,
        source: S,
        seq: ExtSeq,
        time: RtpTime,
        now: Instant,
    ) -> Result<Outgoing, Refused> {
        let mut refused = Refused::NotCurrent;
        let newest = self.feeds.len().wrapping_sub(1);
        for index in (0..self.feeds.len()).rev() {
            let feed = self.feeds[index];
            if feed.source != source {
                continue;
            }
            match self.runs.map(feed.segment, seq.get()) {
                Ok(out) => {
                    let out = Outgoing {
                        seq: ExtSeq::new(out),
                        time: feed.time(seq, time),
                        segment: Segment(feed.segment),
                    };
                    if index == newest {
                        self.refused_in_a_row = 0;
                        self.note_time(out.time, now);
                    }
                    return Ok(out);
                }
                Err(Miss::Jump) => return Ok(self.start(source, seq, time, now, Begin::AfterHole)),
                Err(Miss::TooOld) => refused = Refused::TooOld,
                Err(Miss::Outside) if index == newest => refused = Refused::BeforeSwitch,
                Err(Miss::Outside) => {}
            }
        }
        if refused != Refused::NotCurrent && self.current() == Some(source) {
            self.refused_in_a_row += 1;
            if self.refused_in_a_row >= RESTART_AFTER {
                return Ok(self.start(source, seq, time, now, Begin::AfterHole));
            }
        }
        Err(refused)
    }

    /// Leaves a packet of the current source out without a gap (padding, a dropped temporal
    /// layer). False if something newer was already sent: then its number is spent, and the packet
    /// is better forwarded.
    pub fn skip(&mut self, source: S, seq: ExtSeq) -> bool {
        match self.feeds.last() {
            Some(feed) if feed.source == source => self.runs.skip(feed.segment, seq.get()),
            _ => false,
        }
    }

    /// Where an outgoing packet came from, for answering a NACK. Also for packets that never came.
    pub fn origin(&self, out: SeqNo) -> Option<(S, ExtSeq)> {
        let out = self.next_seq().nearest(out);
        let (segment, seq) = self.runs.origin(out.get())?;
        let feed = self.feeds.iter().find(|feed| feed.segment == segment)?;
        Some((feed.source, ExtSeq::new(seq)))
    }

    fn start(
        &mut self,
        source: S,
        seq: ExtSeq,
        time: RtpTime,
        now: Instant,
        begin: Begin,
    ) -> Outgoing {
        let segment = self.next_segment;
        self.next_segment = self.next_segment.wrapping_add(1);
        self.refused_in_a_row = 0;

        let out_time = match self.newest_time_at {
            None => self.newest_time,
            Some(at) => {
                let elapsed: Duration = now.saturating_duration_since(at);
                let ticks = self.clock.ticks(elapsed).clamp(1, MAX_STEP_TICKS);
                self.newest_time.plus(ticks as u32)
            }
        };
        if self.feeds.is_full() {
            self.feeds.remove(0);
        }
        let (rejoined, hole) = match begin {
            Begin::Next => (None, 0),
            Begin::Rejoin(newest) => (Some(newest), 0),
            Begin::AfterHole => (None, 1),
        };
        let time = rejoined.map_or(time, |newest| newest.hasten(seq, time));
        let time_offset = out_time.get().wrapping_sub(time.get());
        self.feeds.push(Feed { segment, source, time_offset, rejoined });
        self.runs.begin(segment, seq.get(), hole);
        // A run that just began always has room for its first packet.
        let out = self.runs.map(segment, seq.get()).unwrap_or(self.runs.next_out());
        self.note_time(out_time, now);
        Outgoing { seq: ExtSeq::new(out), time: out_time, segment: Segment(segment) }
    }

    fn note_time(&mut self, time: RtpTime, now: Instant) {
        if self.newest_time_at.is_none() || time.is_newer_than(self.newest_time) {
            self.newest_time = time;
            self.newest_time_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::*;

    fn munger() -> Munger<char> {
        Munger::new(ClockRate::VIDEO, SeqNo::new(1), RtpTime::new(1000))
    }

    fn seq(n: u64) -> ExtSeq {
        ExtSeq::new(n)
    }

    fn time(n: u32) -> RtpTime {
        RtpTime::new(n)
    }

    #[test]
    fn a_switch_continues_numbers_and_time() {
        let t0 = Instant::now();
        let mut munger = munger();
        let first = munger.switch('a', seq(5000), time(77), t0);
        assert_eq!((first.seq, first.time), (seq(1), time(1000)));
        let next = munger.forward('a', seq(5001), time(77 + 3000), t0).unwrap();
        assert_eq!((next.seq, next.time), (seq(2), time(4000)));

        let later = t0 + Duration::from_millis(100);
        let switched = munger.switch('b', seq(9), time(u32::MAX), later);
        assert_eq!((switched.seq, switched.time), (seq(3), time(4000 + 9000)));
        assert!(switched.segment > next.segment);
        let after = munger.forward('b', seq(10), time(2999), later).unwrap();
        assert_eq!((after.seq, after.time), (seq(4), time(13_000 + 3000)));
    }

    #[test]
    fn time_grows_even_if_none_passed() {
        let t0 = Instant::now();
        let mut munger = munger();
        let first = munger.switch('a', seq(0), time(0), t0);
        let second = munger.switch('b', seq(0), time(0), t0);
        assert_eq!(second.time.distance_from(first.time), 1);
    }

    #[test]
    fn elapsed_time_counts_from_the_first_packet_of_the_newest_frame() {
        let t0 = Instant::now();
        let mut munger = munger();
        munger.switch('a', seq(0), time(0), t0);
        // The rest of the same frame comes over the next 20 ms.
        munger.forward('a', seq(1), time(0), t0 + Duration::from_millis(20)).unwrap();
        let switched = munger.switch('b', seq(0), time(0), t0 + Duration::from_millis(33));
        assert_eq!(switched.time, time(1000 + 2970));
    }

    #[test]
    fn packets_of_others_and_from_before_the_switch_are_refused() {
        let t0 = Instant::now();
        let mut munger = munger();
        assert_eq!(munger.forward('a', seq(1), time(0), t0), Err(Refused::NotCurrent));
        munger.switch('a', seq(10), time(0), t0);
        assert_eq!(munger.forward('a', seq(9), time(0), t0), Err(Refused::BeforeSwitch));
        assert_eq!(munger.forward('b', seq(1), time(0), t0), Err(Refused::NotCurrent));
    }

    #[test]
    fn a_late_packet_of_the_former_source_fills_its_gap() {
        let t0 = Instant::now();
        let mut munger = munger();
        munger.switch('a', seq(10), time(0), t0);
        munger.forward('a', seq(12), time(3000), t0).unwrap();
        munger.switch('b', seq(700), time(0), t0);
        let late = munger.forward('a', seq(11), time(0), t0).unwrap();
        assert_eq!((late.seq, late.time), (seq(2), time(1000)));
        // What comes after the switch has no place any more.
        assert_eq!(munger.forward('a', seq(13), time(6000), t0), Err(Refused::NotCurrent));
    }

    #[test]
    fn a_sender_that_jumps_far_ahead_goes_on_after_a_gap_of_one() {
        let t0 = Instant::now();
        let mut munger = munger();
        munger.switch('a', seq(10), time(0), t0);
        let jumped =
            munger.forward('a', seq(40_000), time(5), t0 + Duration::from_secs(1)).unwrap();
        assert_eq!(jumped.seq, seq(3));
        assert_eq!(jumped.time, time(1000 + 90_000));
    }

    #[test]
    fn a_sender_that_starts_anew_below_is_not_refused_for_ever() {
        let t0 = Instant::now();
        let mut munger = munger();
        munger.switch('a', seq(100_000), time(0), t0);
        let mut out = None;
        for n in 0..u64::from(RESTART_AFTER) {
            out = munger.forward('a', seq(500 + n), time(0), t0).ok();
        }
        assert_eq!(out.unwrap().seq, seq(3));
        assert!(munger.forward('a', seq(500 + u64::from(RESTART_AFTER)), time(0), t0).is_ok());
    }

    #[test]
    fn the_past_takes_hardly_any_time() {
        let t0 = Instant::now();
        let mut munger = munger();
        munger.switch('a', seq(10), time(0), t0);
        // Twelve frames of two packets, of which the last one is half here.
        let newest = Newest { seq: seq(122), time: time(u32::MAX - 5_000) };
        let at = |n: u64| time(newest.time.get().wrapping_sub((122 - n) as u32 / 2 * 3_000));
        let later = t0 + Duration::from_millis(40);
        let first = munger.rejoin('b', seq(100), at(100), newest, later);
        assert_eq!((first.seq, first.time), (seq(2), time(1_000 + 3_600)));
        let mut last = first.time;
        for n in (102..122).step_by(2) {
            let out = munger.forward('b', seq(n), at(n), later).unwrap();
            assert_eq!(munger.forward('b', seq(n + 1), at(n), later).unwrap().time, out.time);
            assert!((90..=96).contains(&out.time.distance_from(last)), "{n}");
            last = out.time;
        }
        let level = munger.forward('b', seq(122), newest.time, later).unwrap();
        assert_eq!(munger.forward('b', seq(123), newest.time, later).unwrap().time, level.time);
        let after = munger.forward('b', seq(124), newest.time.plus(3_000), later).unwrap();
        assert_eq!(after.time.distance_from(level.time), 3_000, "from here on as it comes");
        // However far time goes on.
        let far = munger.forward('b', seq(125), newest.time.plus(3 << 30), later).unwrap();
        assert_eq!(far.time, level.time.plus(3 << 30));
        // Repeated as it was.
        let again = munger.forward('b', seq(100), at(100), later).unwrap();
        assert_eq!(again, first);
    }

    #[test]
    fn numbers_lead_back_to_their_source_also_across_the_wrap() {
        let t0 = Instant::now();
        let mut munger = Munger::new(ClockRate::VIDEO, SeqNo::new(65_530), time(0));
        munger.switch('a', seq(20), time(0), t0);
        for n in 21..30 {
            munger.forward('a', seq(n), time(0), t0).unwrap();
        }
        munger.switch('b', seq(3), time(0), t0);
        assert_eq!(munger.origin(SeqNo::new(65_531)), Some(('a', seq(21))));
        assert_eq!(munger.origin(SeqNo::new(3)), Some(('a', seq(29))));
        assert_eq!(munger.origin(SeqNo::new(4)), Some(('b', seq(3))));
        assert_eq!(munger.origin(SeqNo::new(5)), None);
        assert_eq!(munger.origin(SeqNo::new(65_529)), None);
    }

    #[test]
    fn a_pause_of_hours_still_moves_time_forward() {
        let t0 = Instant::now();
        let mut munger = munger();
        let first = munger.switch('a', seq(0), time(0), t0);
        let second = munger.switch('a', seq(1), time(0), t0 + Duration::from_secs(86_400));
        assert!(second.time.is_newer_than(first.time));
    }

    /// What happens to one slot: packets of the current source in any order, switches, skips.
    #[derive(Debug, Clone)]
    enum Event {
        Packet { ahead: i64 },
        Late { source: u8, behind: u64 },
        Switch { source: u8 },
        Rejoin { source: u8, behind: u64 },
        Skip,
        Jump { by: i64 },
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            12 => (-20_i64..6).prop_map(|ahead| Event::Packet { ahead }),
            2 => (0..4_u8, 0..40_u64).prop_map(|(source, behind)| Event::Late { source, behind }),
            2 => (0..4_u8).prop_map(|source| Event::Switch { source }),
            1 => (0..4_u8, 0..40_u64).prop_map(|(source, behind)| Event::Rejoin { source, behind }),
            2 => Just(Event::Skip),
            1 => (-60_000_i64..60_000).prop_map(|by| Event::Jump { by }),
        ]
    }

    proptest! {
        /// Whatever comes: one outgoing number is never used for two packets, a switch takes the
        /// very next number, the newest number never jumps, time grows at switches, and every
        /// number leads back to its packet.
        #[test]
        fn the_outgoing_stream_is_continuous(
            first: u16, start: [u32; 4], events in prop::collection::vec(event(), 1..400)
        ) {
            let mut now = Instant::now();
            let mut munger = Munger::new(ClockRate::VIDEO, SeqNo::new(first), RtpTime::new(0));
            // The newest number that each source sent. The range includes what an unwrapper
            // places just below zero.
            let mut sent: Vec<u64> = start.iter().map(|s| u64::from(*s).wrapping_sub(50)).collect();
            let mut used: HashMap<u64, (u8, u64)> = HashMap::new();
            let mut skipped: HashSet<(u8, u64)> = HashSet::new();
            let mut newest_time: Option<RtpTime> = None;

            for event in events {
                now += Duration::from_millis(7);
                let current = munger.current();
                let before = munger.next_seq();
                let out = match event {
                    Event::Switch { source } => {
                        let s = &mut sent[usize::from(source)];
                        *s = s.wrapping_add(1);
                        let out = munger.switch(source, seq(*s), RtpTime::new(*s as u32), now);
                        prop_assert_eq!(out.seq, before);
                        if let Some(time) = newest_time {
                            prop_assert!(out.time.is_newer_than(time));
                        }
                        Some((source, *s, out))
                    }
                    Event::Rejoin { source, behind } => {
                        let s = sent[usize::from(source)];
                        let newest = Newest { seq: seq(s), time: RtpTime::new(s as u32) };
                        let n = s.wrapping_sub(behind);
                        let out =
                            munger.rejoin(source, seq(n), RtpTime::new(n as u32), newest, now);
                        prop_assert_eq!(out.seq, before);
                        if let Some(time) = newest_time {
                            prop_assert!(out.time.is_newer_than(time));
                        }
                        Some((source, n, out))
                    }
                    Event::Packet { ahead } => current.and_then(|source| {
                        let s = &mut sent[usize::from(source)];
                        let n = s.wrapping_add(ahead as u64);
                        if ahead > 0 { *s = n; }
                        if skipped.contains(&(source, n)) { return None; }
                        let out = munger.forward(source, seq(n), RtpTime::new(n as u32), now).ok()?;
                        Some((source, n, out))
                    }),
                    Event::Late { source, behind } => {
                        let n = sent[usize::from(source)].wrapping_sub(behind);
                        if skipped.contains(&(source, n)) { continue; }
                        let out = munger.forward(source, seq(n), RtpTime::new(n as u32), now).ok();
                        out.map(|out| (source, n, out))
                    }
                    Event::Skip => {
                        if let Some(source) = current {
                            let s = &mut sent[usize::from(source)];
                            *s = s.wrapping_add(1);
                            if munger.skip(source, seq(*s)) {
                                skipped.insert((source, *s));
                                prop_assert!(munger.next_seq() >= before);
                            }
                        }
                        None
                    }
                    Event::Jump { by } => {
                        if let Some(source) = current {
                            let s = &mut sent[usize::from(source)];
                            *s = s.wrapping_add(by as u64);
                        }
                        None
                    }
                };
                let Some((source, n, out)) = out else { continue };

                prop_assert!(munger.next_seq() >= before);
                prop_assert!(out.seq.distance_from(before).unsigned_abs() <= WINDOW);
                // A packet may go out twice (a duplicate) but a number stands for one packet.
                // After a restart of the numbers the same packet may get a second number.
                let owner = *used.entry(out.seq.get()).or_insert((source, n));
                prop_assert_eq!(owner, (source, n));
                prop_assert_eq!(munger.origin(out.seq.seq_no()), Some((source, seq(n))));
                if newest_time.is_none_or(|time| out.time.is_newer_than(time)) {
                    newest_time = Some(out.time);
                }
            }
        }
    }
}
