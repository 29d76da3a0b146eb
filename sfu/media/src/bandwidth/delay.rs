//! How the delay varies from one burst of packets to the next (draft-ietf-rmcat-gcc-02, 5.2 to 5.4).

use super::Micros;

/// Packets sent within this time are one group: what a pacer sends at once says nothing of the
/// link while it queues behind itself (5.2).
const GROUP_MICROS: i64 = 5_000;

/// Packets that arrive so soon after each other, and closer than they were sent, were held up
/// together, as Wi-Fi does: one group as well (5.2), up to a length.
const BURST_MICROS: i64 = 5_000;
const MAX_BURST_MICROS: i64 = 100_000;

/// The clocks didn't run alike: one of them jumped, or the path changed.
const MAX_VARIATION_MICROS: i64 = 3_000_000;

/// After a pause so long the clocks have run apart by themselves: a new beginning.
const MAX_PAUSE_MICROS: i64 = 5_000_000;

/// Between the last packets of two groups in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Variation {
    pub(super) sent_micros: i64,
    pub(super) arrived_micros: i64,
    /// When the second group had arrived, on the receiver's clock.
    pub(super) at: Micros,
}

#[derive(Debug, Clone, Copy)]
struct Group {
    first_sent: Micros,
    last_sent: Micros,
    first_arrived: Micros,
    last_arrived: Micros,
}

impl Group {
    fn takes(&self, sent: Micros, arrived: Micros) -> bool {
        if sent - self.first_sent <= GROUP_MICROS {
            return true;
        }
        let gap = arrived - self.last_arrived;
        gap <= BURST_MICROS
            && gap < sent - self.last_sent
            && arrived - self.first_arrived < MAX_BURST_MICROS
    }
}

/// Puts packets together into groups, in the order of sending. Arrivals may be in disorder.
#[derive(Debug, Clone, Default)]
pub(super) struct DelayGroups {
    previous: Option<Group>,
    current: Option<Group>,
}

/// What a packet told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It belongs to a group that isn't complete.
    Wait,
    Vary(Variation),
    /// The clocks don't fit together any more; all before this is void.
    Restart,
}

impl DelayGroups {
    pub(super) fn on_received(&mut self, sent: Micros, arrived: Micros) -> Step {
        let fresh = Group {
            first_sent: sent,
            last_sent: sent,
            first_arrived: arrived,
            last_arrived: arrived,
        };
        let Some(current) = &mut self.current else {
            self.current = Some(fresh);
            return Step::Wait;
        };
        // Told of late: its group is over.
        if sent < current.first_sent {
            return Step::Wait;
        }
        if current.takes(sent, arrived) {
            current.last_sent = current.last_sent.max(sent);
            current.last_arrived = current.last_arrived.max(arrived);
            return Step::Wait;
        }
        let complete = *current;
        self.current = Some(fresh);
        let Some(previous) = self.previous.replace(complete) else { return Step::Wait };
        let variation = Variation {
            sent_micros: complete.last_sent - previous.last_sent,
            arrived_micros: complete.last_arrived - previous.last_arrived,
            at: complete.last_arrived,
        };
        let change = variation.arrived_micros.saturating_sub(variation.sent_micros);
        if change.saturating_abs() > MAX_VARIATION_MICROS
            || fresh.first_sent - complete.last_sent > MAX_PAUSE_MICROS
        {
            *self = Self { previous: None, current: Some(fresh) };
            return Step::Restart;
        }
        Step::Vary(variation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: i64) -> Micros {
        Micros::new(ms * 1000)
    }

    #[test]
    fn what_is_sent_at_once_is_one_group() {
        let mut groups = DelayGroups::default();
        for (sent, arrived) in [(0, 100), (4, 104), (30, 130), (33, 140), (60, 165)] {
            assert_eq!(
                groups.on_received(ms(sent), ms(arrived)),
                match sent {
                    60 => Step::Vary(Variation {
                        sent_micros: 29_000,
                        arrived_micros: 36_000,
                        at: ms(140)
                    }),
                    _ => Step::Wait,
                }
            );
        }
    }

    #[test]
    fn what_was_held_up_together_is_one_group() {
        let mut groups = DelayGroups::default();
        assert_eq!(groups.on_received(ms(0), ms(100)), Step::Wait);
        assert_eq!(groups.on_received(ms(20), ms(180)), Step::Wait);
        // Sent 20 ms apart, arrived together.
        assert_eq!(groups.on_received(ms(40), ms(181)), Step::Wait);
        assert_eq!(groups.on_received(ms(60), ms(182)), Step::Wait);
        let step = groups.on_received(ms(80), ms(200));
        let whole = Variation { sent_micros: 60_000, arrived_micros: 82_000, at: ms(182) };
        assert_eq!(step, Step::Vary(whole));
    }

    #[test]
    fn a_clock_that_jumps_starts_anew() {
        let mut groups = DelayGroups::default();
        groups.on_received(ms(0), ms(0));
        groups.on_received(ms(20), ms(9_000));
        assert_eq!(groups.on_received(ms(40), ms(9_020)), Step::Restart);
        assert_eq!(groups.on_received(ms(60), ms(9_040)), Step::Wait);
        assert!(matches!(groups.on_received(ms(80), ms(9_060)), Step::Vary(_)));
    }
}
