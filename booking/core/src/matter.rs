//! The rules of a matter that decide when it can be booked.

use crate::{Forms, Minutes};

/// Longest buffer on either side.
pub const BUFFER_MAX: Minutes = Minutes::from_ticks(96);
/// Longest meeting.
pub const DURATION_MAX: Minutes = Minutes::from_ticks(144);

/// When a matter can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterRules {
    /// Length of the meeting; at most [`DURATION_MAX`].
    pub duration: Minutes,
    /// Distance of possible starts, counted from the beginning of the hours; mostly the duration.
    pub step: Minutes,
    /// Kept free of other meetings before and after; may lie outside the hours. At most
    /// [`BUFFER_MAX`].
    pub before: Minutes,
    pub after: Minutes,
    /// How long before its start a meeting can be booked at the latest, in minutes.
    pub notice_minutes: u32,
    /// How many days ahead one can book; 0 is today only.
    pub horizon_days: u16,
    /// How many meetings of this matter a day may have in the whole office. For a group matter:
    /// groups.
    pub daily_cap: Option<u32>,
    /// How many meetings, of any matter, an official may have on a day.
    pub official_daily_cap: Option<u32>,
    /// Seats of a meeting: 1, or more for a group.
    pub capacity: u32,
    pub forms: Forms,
    /// Whether the citizen may ask for one official.
    pub pick_official: bool,
}

impl MatterRules {
    pub fn is_group(&self) -> bool {
        self.capacity > 1
    }
}

/// What is wrong with a matter's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMatter {
    #[error("a meeting lasts from 5 to {} minutes", DURATION_MAX.get())]
    Duration,
    #[error("starts are at least 5 minutes apart")]
    Step,
    #[error("a buffer is at most {} minutes long", BUFFER_MAX.get())]
    Buffer,
    #[error("a meeting has at least one seat")]
    Capacity,
    #[error("a matter has at least one form")]
    Forms,
}

impl MatterRules {
    /// # Errors
    /// [`BadMatter`]: the first rule that can't be.
    pub fn check(&self) -> Result<(), BadMatter> {
        if self.duration == Minutes::ZERO || self.duration > DURATION_MAX {
            Err(BadMatter::Duration)
        } else if self.step == Minutes::ZERO {
            Err(BadMatter::Step)
        } else if self.before.max(self.after) > BUFFER_MAX {
            Err(BadMatter::Buffer)
        } else if self.capacity == 0 {
            Err(BadMatter::Capacity)
        } else if self.forms.is_empty() {
            Err(BadMatter::Forms)
        } else {
            Ok(())
        }
    }
}
