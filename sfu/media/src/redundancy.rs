//! Sound that survives loss: the newest frames of a voice, out of which a packet with copies of
//! earlier ones is made for whoever loses packets (RFC 2198), and lost ones are found again in the
//! copies that a publisher sent.
//!
//! A publisher's copies protect its own way to the node. On the way to each subscriber it depends
//! on that subscriber's loss how many copies are worth their bandwidth, so packets are taken apart
//! on arrival ([`Frames`]) and put together again for everyone who needs copies ([`Copies`]).

use std::{
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use arrayvec::ArrayVec;

use crate::{
    opus,
    red::{self, ParseError, Red},
    units::{ExtSeq, RtpTime},
};

/// The most copies in a packet: with 20% lost at random, 0.16% are lost four times in a row.
pub const MAX_COPIES: usize = 3;

/// Frames kept: the newest and those it may carry.
const KEPT: usize = MAX_COPIES + 1;

/// An older frame is of no use any more: its turn is over.
const MAX_AGE_TICKS: i32 = 48_000 / 10;

/// A jump of so many packets is another beginning.
const MAX_JUMP: u64 = 64;

/// A frame of sound, and where it is in the packet that brought it.
#[derive(Debug, Clone)]
pub struct Frame {
    pub seq: ExtSeq,
    pub time: RtpTime,
    payload: Arc<[u8]>,
    part: Range<usize>,
}

impl Frame {
    /// `part` of the payload is the frame.
    pub fn new(seq: ExtSeq, time: RtpTime, payload: Arc<[u8]>, part: Range<usize>) -> Self {
        Self { seq, time, payload, part }
    }

    /// The packet's payload, and the part of it that is the frame.
    pub fn part(&self) -> (&Arc<[u8]>, Range<usize>) {
        (&self.payload, self.part.clone())
    }

    fn data(&self) -> &[u8] {
        &self.payload[self.part.clone()]
    }
}

/// The newest frames of one source.
#[derive(Debug, Default)]
pub struct Frames {
    /// In the order of sequence numbers.
    kept: ArrayVec<Frame, KEPT>,
    newest: Option<(ExtSeq, RtpTime)>,
}

impl Frames {
    /// Takes a packet apart, and says what is to be forwarded for it: frames that were lost before
    /// and are in it as copies, then its own. `is_red` says whether the payload is RED.
    pub fn on_packet(
        &mut self,
        seq: ExtSeq,
        time: RtpTime,
        payload: &Arc<[u8]>,
        is_red: bool,
    ) -> Result<ArrayVec<Frame, KEPT>, ParseError> {
        if self
            .newest
            .is_some_and(|(newest, _)| seq.distance_from(newest).unsigned_abs() > MAX_JUMP)
        {
            *self = Self::default();
        }
        let frame = |seq, time, part| Frame { seq, time, payload: payload.clone(), part };
        let mut frames = ArrayVec::new();
        let mut own = 0..payload.len();
        if is_red {
            let red = Red::parse(payload)?;
            own.start = payload.len() - red.primary.len();
            self.find_lost(seq, time, &red, own.start, |seq, time, part| {
                // As many as a packet has room for; more were lost for good.
                let _ = frames.try_push(frame(seq, time, part));
            });
        }
        if frames.is_full() {
            frames.remove(0);
        }
        frames.push(frame(seq, time, own));
        for frame in &frames {
            self.keep(frame.clone());
        }
        if self.newest.is_none_or(|(newest, _)| seq.distance_from(newest) > 0) {
            self.newest = Some((seq, time));
        }
        Ok(frames)
    }

    /// Copies of frames between the newest packet and this one. The numbers of the lost ones are
    /// reckoned from the time: as long as every packet is as long as the next, which is so but at
    /// the edges of silence.
    fn find_lost(
        &self,
        seq: ExtSeq,
        time: RtpTime,
        red: &Red<'_>,
        end: usize,
        mut found: impl FnMut(ExtSeq, RtpTime, Range<usize>),
    ) {
        let Some((newest, newest_time)) = self.newest else { return };
        let steps = seq.distance_from(newest);
        let ticks = time.distance_from(newest_time);
        if steps < 2 || ticks <= 0 || i64::from(ticks) % steps != 0 {
            return;
        }
        let step = i64::from(ticks) / steps;
        let lengths: usize = red.redundant.iter().map(|copy| copy.data.len()).sum();
        let mut start = end - lengths;
        for copy in &red.redundant {
            let part = start..start + copy.data.len();
            start = part.end;
            let age = i64::from(copy.age_ticks);
            let back = age / step;
            if age % step == 0 && (1..steps).contains(&back) && !copy.data.is_empty() {
                let seq = ExtSeq::new(seq.get().wrapping_sub(back as u64));
                found(seq, time.plus(u32::from(copy.age_ticks).wrapping_neg()), part);
            }
        }
    }

    /// Keeps a frame for copies; one that is known already is no second one.
    pub fn keep(&mut self, frame: Frame) {
        let after = |kept: &Frame| frame.seq.distance_from(kept.seq);
        if self.kept.iter().any(|kept| after(kept) == 0) {
            return;
        }
        let at = self.kept.iter().rposition(|kept| after(kept) > 0).map_or(0, |at| at + 1);
        if self.kept.is_full() {
            if at == 0 {
                return;
            }
            self.kept.remove(0);
            self.kept.insert(at - 1, frame);
        } else {
            self.kept.insert(at, frame);
        }
    }

    /// A RED payload with the frame `data`, whose turn is `time`, and up to `copies` of those before
    /// it. Their payload type is `payload_type`. None if there is nothing worth a copy.
    pub fn wrap(
        &self,
        time: RtpTime,
        data: &[u8],
        copies: usize,
        payload_type: u8,
    ) -> Option<Arc<[u8]>> {
        let before = |kept: &&Frame| {
            let age = time.distance_from(kept.time);
            (1..=MAX_AGE_TICKS).contains(&age)
                && kept.part.len() <= red::MAX_COPY
                && !opus::is_dtx(kept.data())
        };
        let mut chosen: ArrayVec<&Frame, MAX_COPIES> =
            self.kept.iter().rev().filter(before).take(copies.min(MAX_COPIES)).collect();
        if chosen.is_empty() || opus::is_dtx(data) {
            return None;
        }
        chosen.reverse();
        let blocks = chosen.iter().map(|kept| {
            let age = time.distance_from(kept.time) as u16;
            (age, kept.data())
        });
        Some(red::build(payload_type, blocks, data).into())
    }
}

/// The share lost from which on there are so many copies: more than chance asks for, since losses
/// come in bursts.
const FROM: [f32; MAX_COPIES] = [0.003, 0.015, 0.06];
/// In relation to that: copies are given up when the loss has been lower for [`CALM`].
const UNTIL: f32 = 0.5;
const CALM: Duration = Duration::from_secs(10);

/// How many copies a subscriber's packets carry: more at once, fewer after a while.
#[derive(Debug, Clone, Copy, Default)]
pub struct Copies {
    count: usize,
    calm_since: Option<Instant>,
}

impl Copies {
    pub fn count(self) -> usize {
        self.count
    }

    /// `loss` is the share of packets lost lately, `most` what there is bandwidth for.
    pub fn update(&mut self, loss: f32, most: usize, now: Instant) -> usize {
        let needed = FROM.iter().filter(|from| loss >= **from).count();
        let kept = FROM.iter().filter(|from| loss >= **from * UNTIL).count();
        if needed >= self.count || kept >= self.count {
            self.calm_since = None;
            self.count = self.count.max(needed);
        } else {
            let since = *self.calm_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= CALM {
                self.calm_since = Some(now);
                self.count -= 1;
            }
        }
        self.count = self.count.min(most).min(MAX_COPIES);
        self.count
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPUS: u8 = 111;

    fn seq(n: u64) -> ExtSeq {
        ExtSeq::new(70_000 + n)
    }

    fn time(n: u64) -> RtpTime {
        RtpTime::new((n as u32).wrapping_mul(960).wrapping_sub(5_000))
    }

    fn voice(n: u64) -> Vec<u8> {
        vec![n as u8; 20 + n as usize % 5]
    }

    /// A packet with copies of these frames.
    fn packet(n: u64, copies: &[u64]) -> Arc<[u8]> {
        let copies: Vec<(u16, Vec<u8>)> =
            copies.iter().map(|copy| (((n - copy) * 960) as u16, voice(*copy))).collect();
        let blocks = copies.iter().map(|(age, data)| (*age, &data[..]));
        red::build(OPUS, blocks, &voice(n)).into()
    }

    fn numbers(frames: &[Frame]) -> Vec<u64> {
        frames.iter().map(|frame| frame.seq.get() - 70_000).collect()
    }

    #[test]
    fn what_was_lost_is_found_in_the_next_packet() {
        let mut frames = Frames::default();
        let mut take = |n, copies: &[u64]| {
            frames.on_packet(seq(n), time(n), &packet(n, copies), true).unwrap()
        };
        assert_eq!(numbers(&take(10, &[9])), [10], "nothing is known to be lost");
        assert_eq!(numbers(&take(11, &[10])), [11]);
        let found = take(13, &[12]);
        assert_eq!(numbers(&found), [12, 13]);
        assert_eq!(found[0].data(), voice(12));
        assert_eq!(found[0].time, time(12));
        let found = take(17, &[15, 16]);
        assert_eq!(numbers(&found), [15, 16, 17]);
        assert_eq!(numbers(&take(14, &[])), [14], "late, and not lost at all");
        assert_eq!(numbers(&take(18, &[17])), [18]);
    }

    #[test]
    fn copies_are_made_of_what_came_however_it_came() {
        let mut frames = Frames::default();
        for n in [1, 2, 4] {
            frames.on_packet(seq(n), time(n), &packet(n, &[n - 1]), true).unwrap();
        }
        frames.on_packet(seq(5), time(5), &voice(5).into(), false).unwrap();
        let wrap = |copies| frames.wrap(time(5), &voice(5), copies, OPUS);
        assert_eq!(wrap(3).unwrap(), packet(5, &[2, 3, 4]));
        assert_eq!(wrap(1).unwrap(), packet(5, &[4]));
        assert_eq!(wrap(0), None);
    }

    #[test]
    fn silence_and_what_is_too_old_are_not_copied() {
        let mut frames = Frames::default();
        frames.on_packet(seq(1), time(1), &vec![0x78].into(), false).unwrap();
        frames.on_packet(seq(2), time(2), &voice(2).into(), false).unwrap();
        assert_eq!(frames.wrap(time(2), &voice(2), 3, OPUS), None);
        assert_eq!(frames.wrap(time(30), &voice(3), 3, OPUS), None);
        assert_eq!(frames.wrap(time(3), &[0x78], 3, OPUS), None);
    }

    #[test]
    fn copies_come_with_loss_and_go_after_a_calm() {
        let t0 = Instant::now();
        let at = |secs| t0 + Duration::from_secs(secs);
        let mut copies = Copies::default();
        assert_eq!(copies.update(0.0, 3, at(0)), 0);
        assert_eq!(copies.update(0.01, 3, at(1)), 1);
        assert_eq!(copies.update(0.2, 3, at(2)), 3);
        assert_eq!(copies.update(0.2, 1, at(2)), 1, "there is no bandwidth for more");
        assert_eq!(copies.update(0.025, 3, at(3)), 2);
        assert_eq!(copies.update(0.0, 3, at(4)), 2);
        assert_eq!(copies.update(0.0, 3, at(13)), 2);
        assert_eq!(copies.update(0.0, 3, at(14)), 1);
        assert_eq!(copies.update(0.0, 3, at(24)), 0);
    }

    proptest! {
        /// Whatever comes, in whatever order: no panic, and what is wrapped can be taken apart.
        #[test]
        fn arbitrary_packets_never_panic(
            packets in prop::collection::vec(
                (0..300_u64, any::<u32>(), prop::collection::vec(any::<u8>(), 0..40), any::<bool>(),
                 0..5_usize),
                1..40),
        ) {
            let mut frames = Frames::default();
            for (number, ticks, payload, is_red, copies) in packets {
                let payload: Arc<[u8]> = payload.into();
                let taken =
                    frames.on_packet(seq(number), RtpTime::new(ticks), &payload, is_red);
                let Ok(taken) = taken else { continue };
                let newest = taken.last().unwrap();
                if let Some(wrapped) = frames.wrap(newest.time, newest.data(), copies, OPUS) {
                    let red = Red::parse(&wrapped).unwrap();
                    prop_assert_eq!(red.primary, newest.data());
                    prop_assert!(red.redundant.len() <= copies);
                }
            }
        }

        /// With every packet carrying two copies, no loss of up to two in a row is felt.
        #[test]
        fn short_losses_are_made_good(lost in prop::collection::vec(any::<bool>(), 3..200)) {
            let mut frames = Frames::default();
            let mut known = Vec::new();
            let mut in_a_row = 0;
            for (n, lost) in lost.iter().enumerate() {
                let n = n as u64 + 2;
                if *lost && in_a_row < 2 && n > 2 {
                    in_a_row += 1;
                    continue;
                }
                in_a_row = 0;
                let payload = packet(n, &[n - 2, n - 1]);
                known.extend(numbers(&frames.on_packet(seq(n), time(n), &payload, true).unwrap()));
            }
            let all: Vec<u64> = (2..=*known.last().unwrap()).collect();
            prop_assert_eq!(known, all);
        }
    }
}
