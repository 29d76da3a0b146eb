//! Which reminder is due.

use jiff::ToSpan;
use szpon_protocol::Time;

use crate::wall::warsaw;

/// Leads from this length on, in minutes, are whole days and hours on the clock's face: a day
/// before a meeting at ten is ten o'clock, also over a clock change.
const DAY_MINUTES: u32 = 24 * 60;

/// When a reminder `lead_minutes` before `start` is sent.
pub fn moment(start: Time, lead_minutes: u32) -> Time {
    let days = i64::from(lead_minutes / DAY_MINUTES);
    let rest = i64::from(lead_minutes % DAY_MINUTES) * 60_000;
    let start = start.timestamp().to_zoned(warsaw().clone());
    start
        .checked_sub(days.days())
        .map_or(Time::default(), |day| Time::from(day.timestamp()).plus_millis(-rest))
}

/// The reminder that is due at `now`, as its lead, of an appointment at `start`; `leads` are the
/// office's.
///
/// `known_since` is when the citizen was last told of the time (confirmation or move): reminders
/// whose moment came before it are needless. `sent` is the shortest lead sent since then. Of
/// several that have become due, only the last is sent.
pub fn due(
    start: Time,
    leads: &[u32],
    known_since: Time,
    sent: Option<u32>,
    now: Time,
) -> Option<u32> {
    if now >= start {
        return None;
    }
    leads
        .iter()
        .copied()
        .filter(|&lead| {
            let moment = moment(start, lead);
            known_since < moment && moment <= now
        })
        .min()
        .filter(|&lead| sent.is_none_or(|sent| lead < sent))
}

/// When to look at the appointment again: the next moment after `now`.
pub fn next_moment(start: Time, leads: &[u32], now: Time) -> Option<Time> {
    leads.iter().map(|&lead| moment(start, lead)).filter(|&moment| moment > now).min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEADS: [u32; 2] = [1440, 60];

    fn at(text: &str) -> Time {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    #[test]
    fn a_day_is_a_day_on_the_clock() {
        // 10:00 on the Monday after each change; and 10:00 on the Sunday itself.
        assert_eq!(moment(at("2026-10-25T09:00:00Z"), 1440), at("2026-10-24T08:00:00Z"));
        assert_eq!(moment(at("2027-03-28T08:00:00Z"), 1440), at("2027-03-27T09:00:00Z"));
        // An hour is an hour.
        assert_eq!(moment(at("2026-10-25T01:30:00Z"), 60), at("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn each_is_sent_once_and_none_in_vain() {
        let start = at("2026-12-10T09:00:00Z");
        let early = at("2026-12-01T09:00:00Z");
        let due = |known, sent, now| due(start, &LEADS, at(known), sent, at(now));
        let known = "2026-12-01T09:00:00Z";
        assert_eq!(due(known, None, "2026-12-09T08:59:59.999Z"), None);
        assert_eq!(due(known, None, "2026-12-09T09:00:00Z"), Some(1440));
        assert_eq!(due(known, Some(1440), "2026-12-09T09:00:01Z"), None);
        assert_eq!(due(known, Some(1440), "2026-12-10T08:00:00Z"), Some(60));
        assert_eq!(due(known, Some(60), "2026-12-10T08:00:01Z"), None);
        // After a long silence, only the last.
        assert_eq!(due(known, None, "2026-12-10T08:30:00Z"), Some(60));
        assert_eq!(due(known, None, "2026-12-10T09:00:00Z"), None);
        // Booked or moved within the day, within the hour.
        assert_eq!(due("2026-12-09T12:00:00Z", None, "2026-12-09T12:00:01Z"), None);
        assert_eq!(due("2026-12-10T08:00:00Z", None, "2026-12-10T08:30:00Z"), None);
        assert_eq!(next_moment(start, &LEADS, early), Some(at("2026-12-09T09:00:00Z")));
        assert_eq!(next_moment(start, &LEADS, at("2026-12-10T08:00:00Z")), None);
    }

    proptest! {
        /// Whenever the job looks, nothing is sent twice or out of order.
        #[test]
        fn leads_only_get_shorter(mut looks in proptest::collection::vec(0i64..200_000, 0..30), known in 0i64..200_000) {
            looks.sort_unstable();
            let origin = at("2026-12-08T00:00:00Z");
            let start = origin.plus_secs(180_000);
            let known = origin.plus_secs(known);
            let (mut sent, mut count) = (None, 0);
            for look in looks {
                if let Some(lead) = due(start, &LEADS, known, sent, origin.plus_secs(look)) {
                    prop_assert!(sent.is_none_or(|sent| lead < sent));
                    prop_assert!(moment(start, lead) > known);
                    sent = Some(lead);
                    count += 1;
                }
            }
            prop_assert!(count <= LEADS.len());
        }
    }
}
