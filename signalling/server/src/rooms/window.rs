//! When guests may enter a room.

use szpon_protocol::Time;

const MINUTE_MS: i64 = 60_000;

/// From when until when guests may enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub opens_at: Time,
    pub ends_at: Time,
    pub closes_at: Time,
}

impl Window {
    /// How long before the start the waiting room opens: time to find one's camera.
    pub const OPENS_BEFORE_MS: i64 = 30 * MINUTE_MS;
    /// How long after the planned end links still lead in: meetings run late, and somebody comes
    /// back to one that did.
    pub const STAYS_OPEN_MS: i64 = 4 * 60 * MINUTE_MS;

    pub fn new(created_at: Time, starts_at: Time, duration_minutes: u16) -> Self {
        let ends_at = starts_at.plus_millis(i64::from(duration_minutes) * MINUTE_MS);
        // A room that begins at once is open at once, whatever the clocks of two machines say.
        let opens_at = starts_at.plus_millis(-Self::OPENS_BEFORE_MS);
        let opens_at = if starts_at <= created_at { opens_at.min(created_at) } else { opens_at };
        Self { opens_at, ends_at, closes_at: ends_at.plus_millis(Self::STAYS_OPEN_MS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_of_half_an_hour() {
        let start = Time::from_millis(1_800_000_000_000);
        let window = Window::new(start.plus_secs(-86_400), start, 30);
        assert_eq!(window.opens_at, start.plus_secs(-1800));
        assert_eq!(window.ends_at, start.plus_secs(1800));
        assert_eq!(window.closes_at, start.plus_secs(1800 + 4 * 3600));
    }

    #[test]
    fn a_meeting_now_is_open_now() {
        let now = Time::from_millis(1_800_000_000_000);
        assert!(Window::new(now, now, 30).opens_at <= now);
    }
}
