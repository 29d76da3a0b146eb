//! Caps on what one person, and one network, may hold: against those who trade in appointments.
//!
//! Identities and networks are compared by a key that is the same for all ways of writing one.
//! Callers store a keyed hash of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use szpon_protocol::Time;

/// Longest address (RFC 5321, section 4.5.3.1.3, without its angle brackets), in octets.
const EMAIL_MAX_OCTETS: usize = 254;

/// An e-mail address as the key of a person: lower case, without a tag after `+`, and without dots
/// where the provider is known to ignore them. `None` for what can't be an address.
///
/// Mail itself goes to the address as it was written.
pub fn identity(email: &str) -> Option<String> {
    let email = email.trim();
    let (local, domain) = email.rsplit_once('@')?;
    let domain = domain.trim_end_matches('.').to_lowercase();
    let local = local.to_lowercase();
    // A tag needs something before it: "+x@" is a name of its own.
    let base = match local.find('+') {
        Some(at) if at > 0 => &local[..at],
        _ => &local,
    };
    let fine = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    if email.len() > EMAIL_MAX_OCTETS || !fine(base) || !fine(&domain) {
        return None;
    }
    let (base, domain) = match &*domain {
        "gmail.com" | "googlemail.com" => (base.replace('.', ""), "gmail.com"),
        _ => (base.to_owned(), &*domain),
    };
    let key = format!("{base}@{domain}");
    // Lower case can be longer.
    (!base.is_empty() && key.len() <= EMAIL_MAX_OCTETS).then_some(key)
}

/// The network that an address belongs to, as one subscriber has it: an IPv4 address, or the /64 of
/// an IPv6 address (RFC 6177: a site has at least that). The subscriber behind one IPv4-mapped IPv6
/// address is the one of the IPv4 address.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Whether `address` is one of a network that a request may never be sent to on behalf of somebody
/// else: private, local, shared, documentation, multicast, or reserved (IANA special-purpose
/// registries, RFC 6890). IPv6 forms that carry an IPv4 address are judged by it.
pub fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_internal_v4(address),
        IpAddr::V6(address) => is_internal_v6(address),
    }
}

fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        // Carrier-grade NAT (RFC 6598).
        || a == 100 && (64..128).contains(&b)
        // IETF protocol assignments (RFC 6890), the old 6to4 relays (RFC 7526).
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || address.is_documentation()
        // Benchmarking (RFC 2544).
        || a == 198 && (b == 18 || b == 19)
        // Multicast, reserved, broadcast.
        || a >= 224
}

fn is_internal_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [a, b, c, _, _, _, g, h] = segments;
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        // IPv4-compatible, "::" and "::1" among them.
        [0, 0, 0, 0, 0, 0, ..] => true,
        // NAT64 (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_internal_v4(v4(g, h)),
        // Local NAT64 (RFC 8215), discard (RFC 6666), dummy prefix.
        [0x64, 0xff9b, 1, ..] | [0x100, 0, 0, ..] => true,
        // IETF protocol assignments, Teredo and ORCHID among them (RFC 2928).
        [0x2001, b, ..] if b < 0x200 => true,
        [0x2001, 0xdb8, ..] => true,
        // 6to4 (RFC 3056).
        [0x2002, ..] => is_internal_v4(v4(b, c)),
        // Documentation (RFC 9637).
        [0x3fff, b, ..] if b < 0x1000 => true,
        // Segment routing (RFC 9602).
        [0x5f00, ..] => true,
        // ISATAP (RFC 5214) inside of any prefix.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => is_internal_v4(v4(g, h)),
        // Unique local, link local, old site local, multicast.
        _ => a & 0xfe00 == 0xfc00 || a & 0xff80 == 0xfe80 || a >= 0xff00,
    }
}

/// How much one may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    pub count: u32,
    /// Within the last so many minutes; `0`: at any one time, for appointments still to come.
    pub period_minutes: u32,
}

/// The caps of an office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// Appointments that one e-mail address has.
    pub identity: Vec<Cap>,
    /// Holds that one network begins. Whole offices and mobile networks share an IPv4 address, so
    /// this is wider by far.
    pub network: Vec<Cap>,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            identity: vec![
                Cap { count: 3, period_minutes: 0 },
                Cap { count: 6, period_minutes: 7 * 24 * 60 },
            ],
            network: vec![
                Cap { count: 20, period_minutes: 60 },
                Cap { count: 60, period_minutes: 24 * 60 },
            ],
        }
    }
}

/// A cap is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} are allowed", cap.count)]
pub struct CapReached {
    pub cap: Cap,
    /// When one more will be allowed; `None` when that depends on what becomes of the others.
    pub until: Option<Time>,
}

/// Whether one more is allowed at `now`, after those made at `made` (in any order) of which `open`
/// are still to come.
///
/// # Errors
/// [`CapReached`]: the cap that ends last.
pub fn check(caps: &[Cap], made: &[Time], open: u32, now: Time) -> Result<(), CapReached> {
    let reached = |&cap: &Cap| {
        if cap.period_minutes == 0 {
            return (open >= cap.count).then_some(CapReached { cap, until: None });
        }
        let period_ms = i64::from(cap.period_minutes) * 60_000;
        let mut within: Vec<_> =
            made.iter().copied().filter(|at| now.since(*at) < period_ms).collect();
        within.sort_unstable();
        // One more is allowed once all but `count - 1` of them are older than the period.
        let surplus = (within.len() + 1).checked_sub(cap.count as usize)?;
        let last = surplus.checked_sub(1)?;
        let until = within.get(last).map(|at| at.plus_millis(period_ms));
        Some(CapReached { cap, until })
    };
    let longest = caps
        .iter()
        .filter_map(reached)
        .max_by_key(|reached| reached.until.map_or(i64::MAX, |until| until.millis()));
    longest.map_or(Ok(()), Err)
}

/// The longest period among `caps`, in milliseconds: how far back a caller has to look, and keep.
pub fn memory_ms(caps: &[Cap]) -> i64 {
    caps.iter().map(|cap| i64::from(cap.period_minutes) * 60_000).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_person_has_one_key() {
        for (written, key) in [
            ("Jan.Kowalski@Example.ORG", Some("jan.kowalski@example.org")),
            (" jan+urzad@example.org ", Some("jan@example.org")),
            ("J.a.n+x@GoogleMail.com.", Some("jan@gmail.com")),
            ("+x@example.org", Some("+x@example.org")),
            ("żółć@przykład.pl", Some("żółć@przykład.pl")),
            ("...@gmail.com", None),
            ("jan", None),
            ("@example.org", None),
            ("jan@", None),
            ("jan kowalski@example.org", None),
            ("a\r\nb@example.org", None),
        ] {
            assert_eq!(identity(written).as_deref(), key, "{written}");
        }
        assert_eq!(identity(&format!("{}@example.org", "a".repeat(250))), None);
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(email in "[a-zA-ZİΣ+.]{0,12}@[a-zA-ZİΣ.]{0,12}") {
            if let Some(key) = identity(&email) {
                prop_assert_eq!(identity(&key), Some(key));
            }
        }
    }

    #[test]
    fn a_subscriber_has_one_network() {
        let same = |a: &str, b: &str| network(a.parse().unwrap()) == network(b.parse().unwrap());
        assert!(same("2a02:a31f:1:2::1", "2a02:a31f:1:2:ffff::9"));
        assert!(!same("2a02:a31f:1:2::1", "2a02:a31f:1:3::1"));
        assert!(same("::ffff:203.0.113.9", "203.0.113.9"));
        assert!(!same("203.0.113.9", "203.0.113.10"));
    }

    #[test]
    fn nothing_internal_is_reached_by_any_way_of_writing_it() {
        for internal in [
            "127.0.0.1",
            "127.8.9.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
            "2a00:1:2:3:0:5efe:10.0.0.1",
        ] {
            assert!(is_internal(internal.parse().unwrap()), "{internal}");
        }
        for public in [
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a02:a31f::1",
            "64:ff9b::101:101",
            "2002:101:101::1",
            "::ffff:1.1.1.1",
            "2001:200::1",
        ] {
            assert!(!is_internal(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn caps_on_what_is_open_wait_for_no_time() {
        let caps = Caps::default().identity;
        let now = Time::from_millis(1_800_000_000_000);
        assert_eq!(check(&caps, &[], 2, now), Ok(()));
        let reached = check(&caps, &[], 3, now).unwrap_err();
        assert_eq!((reached.cap.period_minutes, reached.until), (0, None));
        assert_eq!(memory_ms(&caps), 7 * 86_400_000);
    }

    proptest! {
        /// At `until` and not a millisecond earlier.
        #[test]
        fn the_moment_that_is_told_is_the_first(
            count in 0u32..5, period in 1u32..50, ages in proptest::collection::vec(0i64..4_000_000, 0..8),
        ) {
            let now = Time::from_millis(1_800_000_000_000);
            let caps = [Cap { count, period_minutes: period }];
            let made: Vec<_> = ages.iter().map(|&age| now.plus_millis(-age)).collect();
            let recent = ages.iter().filter(|&&age| age < i64::from(period) * 60_000).count();
            match check(&caps, &made, 0, now) {
                Ok(()) => prop_assert!(recent < count as usize),
                Err(reached) => {
                    prop_assert!(recent >= count as usize);
                    match reached.until {
                        None => prop_assert_eq!(count, 0),
                        Some(until) => {
                            prop_assert!(until > now);
                            prop_assert_eq!(check(&caps, &made, 0, until), Ok(()));
                            prop_assert!(check(&caps, &made, 0, until.plus_millis(-1)).is_err());
                        }
                    }
                }
            }
        }
    }
}
