//! How many TCP connections there are, in all and from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts connections and refuses those over a limit. Clones share the count.
#[derive(Clone)]
pub struct Census(Arc<Inner>);

struct Inner {
    total: usize,
    per_address: usize,
    present: Mutex<Present>,
}

#[derive(Default)]
struct Present {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A counted connection; dropping it makes the place free again.
pub struct Place {
    census: Census,
    address: IpAddr,
}

impl Census {
    pub fn new(total: usize, per_address: usize) -> Self {
        Self(Arc::new(Inner { total, per_address, present: Mutex::default() }))
    }

    /// A place for a connection from `ip`, unless there are too many.
    pub fn enter(&self, ip: IpAddr) -> Option<Place> {
        let address = subscriber(ip);
        let mut present = self.0.present.lock().unwrap_or_else(PoisonError::into_inner);
        let here = present.by_address.get(&address).copied().unwrap_or(0);
        if present.total >= self.0.total || here >= self.0.per_address {
            return None;
        }
        present.total += 1;
        present.by_address.insert(address, here + 1);
        Some(Place { census: self.clone(), address })
    }

    #[cfg(test)]
    fn total(&self) -> usize {
        self.0.present.lock().unwrap_or_else(PoisonError::into_inner).total
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut present = self.census.0.present.lock().unwrap_or_else(PoisonError::into_inner);
        present.total -= 1;
        if let Some(here) = present.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                present.by_address.remove(&self.address);
            }
        }
    }
}

/// Who counts as one: an IPv4 address, or an IPv6 /64, which is what one subscriber gets.
fn subscriber(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & (u128::MAX << 64)).into()),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn limits_hold_and_places_come_free() {
        let census = Census::new(3, 2);
        let first = census.enter(ip("10.0.0.1")).unwrap();
        let _second = census.enter(ip("::ffff:10.0.0.1")).unwrap();
        assert!(census.enter(ip("10.0.0.1")).is_none());
        let _third = census.enter(ip("10.0.0.2")).unwrap();
        assert!(census.enter(ip("10.0.0.3")).is_none(), "the total is reached");
        drop(first);
        assert_eq!(census.total(), 2);
        assert!(census.enter(ip("10.0.0.1")).is_some());
    }

    #[test]
    fn an_ipv6_network_is_one_subscriber() {
        let census = Census::new(10, 1);
        let _place = census.enter(ip("2001:db8::1")).unwrap();
        assert!(census.enter(ip("2001:db8::ffff")).is_none());
        assert!(census.enter(ip("2001:db8:0:1::1")).is_some());
    }
}
