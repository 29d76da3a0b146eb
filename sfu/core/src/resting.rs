//! Reports about nothing. A browser reports for each of its slots every second, in a datagram of its
//! own, also when nothing was ever sent there; with a dozen slots that is most of what a silent
//! participant sends.

use std::time::{Duration, Instant};

/// What was sent before this is reported on, asked for again or given up by now: longer than packets
/// are kept for repetition.
const RESTS_AFTER: Duration = Duration::from_secs(5);
/// One report is opened so often all the same: what is authentic shows that the client lives.
const LISTENS_EVERY: Duration = Duration::from_secs(1);

/// Whether anything was sent to a client lately.
#[derive(Debug)]
pub(crate) struct Resting {
    sent: u64,
    since: Instant,
}

impl Resting {
    pub(crate) fn new(now: Instant) -> Self {
        Self { sent: 0, since: now }
    }

    /// Whether a datagram of the client need not even be decrypted. `sent`: bytes of media so far;
    /// `heard`: when the client was last heard for sure.
    pub(crate) fn ignores(
        &mut self,
        datagram: &[u8],
        sent: u64,
        heard: Instant,
        now: Instant,
    ) -> bool {
        if self.sent != sent {
            *self = Self { sent, since: now };
        }
        is_empty_report(datagram) && now >= self.since + RESTS_AFTER && now < heard + LISTENS_EVERY
    }
}

/// Whether a protected compound begins with a receiver report without blocks (RFC 3550, section
/// 6.4.2): the first eight bytes stay in the clear (RFC 3711, section 3.4). A request that follows
/// one comes from a stream that has got nothing.
fn is_empty_report(datagram: &[u8]) -> bool {
    datagram.starts_with(&[0x80, 201, 0, 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 7];
    const ABOUT_SOMETHING: [u8; 8] = [0x81, 201, 0, 7, 0, 0, 0, 7];

    #[test]
    fn reports_about_nothing_are_left_alone_between_two_signs_of_life() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut resting = Resting::new(start);
        assert!(
            !resting.ignores(&EMPTY, 0, at(4_900), at(4_999)),
            "it may be about the last packets"
        );
        assert!(resting.ignores(&EMPTY, 0, at(4_900), at(5_000)));
        assert!(
            !resting.ignores(&EMPTY, 0, at(4_900), at(5_900)),
            "nothing was heard for a second"
        );
        assert!(!resting.ignores(&ABOUT_SOMETHING, 0, at(5_900), at(5_901)));
        assert!(!resting.ignores(&[0x80, 200, 0, 6], 0, at(5_900), at(5_901)), "of a sender");
        assert!(!resting.ignores(&[0x80], 0, at(5_900), at(5_901)));
    }

    #[test]
    fn once_something_is_sent_everything_is_read() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut resting = Resting::new(start);
        assert!(resting.ignores(&EMPTY, 0, at(6_000), at(6_000)));
        assert!(!resting.ignores(&EMPTY, 1_200, at(6_100), at(6_100)));
        assert!(!resting.ignores(&EMPTY, 1_200, at(11_000), at(11_099)));
        assert!(resting.ignores(&EMPTY, 1_200, at(11_000), at(11_100)));
    }
}
