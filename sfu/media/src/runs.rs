//! A growing counter renumbered into another: the arithmetic behind [`crate::munger`] and picture
//! ids.
//!
//! Input comes in *segments* (one source feeding a slot for a while). Inside a segment the output
//! follows the input at a constant distance, so that a hole in the input stays a hole. The
//! distance changes where a segment begins and where an input is left out on purpose; each stretch
//! of constant distance is a *run*. Runs are remembered, so that late input still gets its number
//! and output leads back to input.

use std::collections::VecDeque;

/// Runs remembered: over eight seconds of leaving out every other frame of 30 a second.
const MAX_RUNS: usize = 128;

#[derive(Debug, Clone, Copy)]
struct Run {
    segment: u32,
    /// First input of the run.
    start: u64,
    /// One past the newest input. Equal to `start` while nothing came.
    end: u64,
    /// What is added to input, wrapping.
    offset: u64,
}

impl Run {
    fn holds(&self, input: u64) -> bool {
        input.wrapping_sub(self.start) < self.end.wrapping_sub(self.start)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Before the segment began, left out, or forgotten.
    Outside,
    /// Farther behind the newest output than the window.
    TooOld,
    /// Farther ahead than the window: the counter started anew, rather than lost so much.
    Jump,
}

#[derive(Debug, Clone)]
pub(crate) struct Runs {
    /// Oldest first.
    runs: VecDeque<Run>,
    next_out: u64,
    window: u64,
}

impl Runs {
    /// Output begins at `first_out`; nothing is ever mapped farther than `window` from the newest.
    pub(crate) fn new(first_out: u64, window: u64) -> Self {
        Self { runs: VecDeque::new(), next_out: first_out, window }
    }

    /// The output that comes after the newest.
    pub(crate) fn next_out(&self) -> u64 {
        self.next_out
    }

    /// Continues the output with `segment`, `hole` numbers later, at `first_in`.
    pub(crate) fn begin(&mut self, segment: u32, first_in: u64, hole: u64) {
        self.next_out = self.next_out.wrapping_add(hole);
        let offset = self.next_out.wrapping_sub(first_in);
        self.push(Run { segment, start: first_in, end: first_in, offset });
    }

    pub(crate) fn map(&mut self, segment: u32, input: u64) -> Result<u64, Miss> {
        if let Some(run) = self.runs.back_mut()
            && run.segment == segment
            && input.wrapping_sub(run.start) as i64 >= 0
        {
            let beyond = input.wrapping_sub(run.end) as i64;
            if beyond >= 0 {
                if beyond as u64 > self.window {
                    return Err(Miss::Jump);
                }
                run.end = input.wrapping_add(1);
                self.next_out = run.end.wrapping_add(run.offset);
            }
            let out = input.wrapping_add(run.offset);
            return self.recent(out);
        }
        let run = self.runs.iter().rev().find(|run| run.segment == segment && run.holds(input));
        let out = input.wrapping_add(run.ok_or(Miss::Outside)?.offset);
        self.recent(out)
    }

    /// Leaves `input` out, so that no hole tells of it. False if its number is already taken:
    /// something newer went out.
    pub(crate) fn skip(&mut self, segment: u32, input: u64) -> bool {
        let Some(run) = self.runs.back_mut() else { return false };
        if run.segment != segment {
            return false;
        }
        let beyond = input.wrapping_sub(run.end) as i64;
        if beyond < 0 {
            return false;
        }
        if beyond as u64 > self.window {
            return true;
        }
        // What is missing before the one left out may still come, and keeps its numbers.
        run.end = input;
        let after = input.wrapping_add(1);
        let offset = run.offset.wrapping_sub(1);
        if run.start == run.end {
            *run = Run { segment, start: after, end: after, offset };
        } else {
            self.push(Run { segment, start: after, end: after, offset });
        }
        self.next_out = after.wrapping_add(offset);
        true
    }

    /// The segment and input that went out as `out`. Numbers kept free for missing input count.
    pub(crate) fn origin(&self, out: u64) -> Option<(u32, u64)> {
        self.recent(out).ok()?;
        self.runs.iter().rev().find_map(|run| {
            let input = out.wrapping_sub(run.offset);
            run.holds(input).then_some((run.segment, input))
        })
    }

    fn recent(&self, out: u64) -> Result<u64, Miss> {
        match self.next_out.wrapping_sub(out) <= self.window {
            true => Ok(out),
            false => Err(Miss::TooOld),
        }
    }

    fn push(&mut self, run: Run) {
        if self.runs.len() == MAX_RUNS {
            self.runs.pop_front();
        }
        self.runs.push_back(run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_in_the_input_stays_a_hole_and_can_be_filled() {
        let mut runs = Runs::new(100, 50);
        runs.begin(0, 7, 0);
        assert_eq!(runs.map(0, 7), Ok(100));
        assert_eq!(runs.map(0, 10), Ok(103));
        assert_eq!(runs.map(0, 8), Ok(101));
        assert_eq!(runs.map(0, 6), Err(Miss::Outside));
        assert_eq!(runs.next_out(), 104);
    }

    #[test]
    fn what_is_left_out_leaves_no_hole() {
        let mut runs = Runs::new(0, 50);
        runs.begin(0, 10, 0);
        assert_eq!(runs.map(0, 10), Ok(0));
        assert!(runs.skip(0, 11));
        assert!(runs.skip(0, 12));
        assert_eq!(runs.map(0, 13), Ok(1));
        assert!(!runs.skip(0, 13));
        assert_eq!(runs.map(0, 11), Err(Miss::Outside));
        assert_eq!(runs.origin(1), Some((0, 13)));
    }

    #[test]
    fn what_is_missing_before_a_left_out_input_keeps_its_number() {
        let mut runs = Runs::new(0, 50);
        runs.begin(0, 10, 0);
        assert_eq!(runs.map(0, 10), Ok(0));
        assert!(runs.skip(0, 13));
        assert_eq!(runs.map(0, 14), Ok(3));
        assert_eq!(runs.map(0, 12), Ok(2));
        assert_eq!(runs.map(0, 11), Ok(1));
    }

    #[test]
    fn input_too_far_away_is_refused() {
        let mut runs = Runs::new(0, 50);
        runs.begin(0, 1000, 0);
        assert_eq!(runs.map(0, 1000), Ok(0));
        assert_eq!(runs.map(0, 1052), Err(Miss::Jump));
        assert_eq!(runs.map(0, 1051), Ok(51));
        assert_eq!(runs.map(0, 1000), Err(Miss::TooOld));
        assert_eq!(runs.origin(0), None);
        assert_eq!(runs.origin(52), None);
    }

    #[test]
    fn late_input_of_an_earlier_segment_finds_its_run() {
        let mut runs = Runs::new(0, 50);
        runs.begin(0, 10, 0);
        assert_eq!(runs.map(0, 12), Ok(2));
        runs.begin(1, 500, 0);
        assert_eq!(runs.map(1, 500), Ok(3));
        assert_eq!(runs.map(0, 11), Ok(1));
        assert_eq!(runs.map(0, 13), Err(Miss::Outside));
        assert_eq!(runs.origin(2), Some((0, 12)));
        assert_eq!(runs.origin(3), Some((1, 500)));
    }
}
