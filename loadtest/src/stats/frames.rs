//! Which frames a decoder could show, from sequence numbers and markers alone.
//!
//! A frame is whole when every packet up to its marker is there, and can be decoded when the frame
//! before it was, or when it is a keyframe. So only a receiver that waits for a keyframe must look
//! into payloads.

use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy)]
struct Piece {
    marker: bool,
    starts_keyframe: bool,
}

#[derive(Debug)]
pub struct Frames {
    next: Option<u64>,
    waiting: BTreeMap<u64, Piece>,
    /// Nothing can be decoded before a keyframe.
    broken: bool,
    /// The next packet begins a frame.
    at_start: bool,
    /// The frame that is being put together can be decoded.
    good: bool,
}

/// More than this behind a gap is not kept.
const MOST_WAITING: usize = 4_096;

impl Default for Frames {
    fn default() -> Self {
        Self { next: None, waiting: BTreeMap::new(), broken: true, at_start: true, good: false }
    }
}

impl Frames {
    /// Whether [`Frames::arrive`] must know if the next packet begins a keyframe.
    pub fn wants_payload(&self) -> bool {
        self.broken || !self.waiting.is_empty()
    }

    /// Whether a keyframe is needed.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// The next packet in order begins a frame, as far as is known.
    pub fn expects_start(&self) -> bool {
        self.at_start
    }

    /// Takes a packet by its extended number; says how many frames can be shown now.
    pub fn arrive(&mut self, number: u64, marker: bool, starts_keyframe: bool) -> u32 {
        let next = *self.next.get_or_insert(number);
        if number < next {
            return 0;
        }
        let piece = Piece { marker, starts_keyframe };
        if number == next && self.waiting.is_empty() {
            return u32::from(self.take(piece));
        }
        if self.waiting.len() >= MOST_WAITING {
            self.restart();
            return 0;
        }
        self.waiting.insert(number, piece);
        self.advance()
    }

    /// Packets up to `number` will not come.
    pub fn give_up(&mut self, number: u64) -> u32 {
        let Some(next) = self.next else { return 0 };
        if number < next {
            return 0;
        }
        let mut shown = 0;
        // What lies between may still hold a whole keyframe.
        loop {
            let next = self.next.unwrap_or(number);
            if next > number {
                break;
            }
            match self.waiting.remove(&next) {
                Some(piece) => shown += u32::from(self.take(piece)),
                None => {
                    self.next = Some(next + 1);
                    self.broken = true;
                    self.good = false;
                    self.at_start = false;
                }
            }
        }
        shown + self.advance()
    }

    /// Begins anew, after a jump.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    fn advance(&mut self) -> u32 {
        let mut shown = 0;
        while let Some(piece) = self.next.and_then(|next| self.waiting.remove(&next)) {
            shown += u32::from(self.take(piece));
        }
        shown
    }

    /// The next packet in order; true when it completes a frame that can be shown.
    fn take(&mut self, piece: Piece) -> bool {
        self.next = self.next.map(|next| next + 1);
        if self.at_start || piece.starts_keyframe && !self.good {
            self.good = !self.broken || piece.starts_keyframe;
        }
        self.at_start = piece.marker;
        if !piece.marker {
            return false;
        }
        let shown = std::mem::take(&mut self.good);
        if shown {
            self.broken = false;
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Packets 3n, 3n+1, 3n+2 are frame n; every tenth frame is a keyframe.
    fn give(frames: &mut Frames, number: u64) -> u32 {
        frames.arrive(number, number % 3 == 2, number.is_multiple_of(30))
    }

    #[test]
    fn all_is_shown_when_all_arrives() {
        let mut frames = Frames::default();
        let shown: u32 = (0..300).map(|number| give(&mut frames, number)).sum();
        assert_eq!(shown, 100);
        assert!(!frames.wants_payload());
    }

    #[test]
    fn nothing_is_shown_before_a_keyframe() {
        let mut frames = Frames::default();
        let shown: u32 = (7..60).map(|number| give(&mut frames, number)).sum();
        assert_eq!(shown, 10, "frames 10 to 19");
    }

    #[test]
    fn a_loss_waits_for_the_next_keyframe() {
        let mut frames = Frames::default();
        let mut shown: u32 = (0..45).filter(|n| *n != 16).map(|n| give(&mut frames, n)).sum();
        assert_eq!(shown, 5, "frame 5 waits for its packet");
        shown += frames.give_up(16);
        assert_eq!(shown, 10, "frames 10 to 14 begin with a keyframe");
    }

    #[test]
    fn a_late_packet_releases_what_waited() {
        let mut frames = Frames::default();
        let shown: u32 = (0..45).filter(|n| *n != 16).map(|n| give(&mut frames, n)).sum();
        assert_eq!(shown + give(&mut frames, 16), 15);
    }

    proptest! {
        #[test]
        fn order_makes_no_difference(swaps in prop::collection::vec(0usize..295, 0..40)) {
            let mut order: Vec<u64> = (0..300).collect();
            for at in swaps {
                // The first packet tells where the stream begins.
                order.swap(at.max(1), at.max(1) + 4);
            }
            let mut frames = Frames::default();
            let shown: u32 = order.into_iter().map(|number| give(&mut frames, number)).sum();
            prop_assert_eq!(shown, 100);
        }

        #[test]
        fn anything_goes(steps in prop::collection::vec((0u64..200, any::<bool>(), any::<bool>(), any::<bool>()), 0..300)) {
            let mut frames = Frames::default();
            for (number, marker, keyframe, lost) in steps {
                if lost { frames.give_up(number); } else { frames.arrive(number, marker, keyframe); }
            }
        }
    }
}
