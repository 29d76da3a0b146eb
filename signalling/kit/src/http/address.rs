//! Where a request comes from, seen through proxies that are trusted and no others.

use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

/// A network in CIDR notation; a single address is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Not `address` or `address/prefix`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a network like 10.0.0.0/8")]
pub struct BadNetwork(String);

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let bad = || BadNetwork(text.into());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(text) => text.parse().ok().filter(|p| *p <= longest).ok_or_else(bad)?,
        };
        Ok(Self { address, prefix })
    }
}

impl Network {
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                masked(self.address, self.prefix) == masked(address, self.prefix)
            }
            _ => false,
        }
    }
}

/// `address` with all bits after `prefix` cleared.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

/// Whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    pub fn new(networks: impl IntoIterator<Item = Network>) -> Self {
        Self(networks.into_iter().collect())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The nearest address that no trusted proxy vouches to be a proxy itself. What stands further
    /// left in the header anyone could have written.
    pub(super) fn client(&self, parts: &Parts) -> ClientAddress {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip().to_canonical());
        let mut client = peer;
        let hops = parts.headers.get_all("x-forwarded-for");
        let hops: Vec<&str> = hops.iter().filter_map(|value| value.to_str().ok()).collect();
        for hop in hops.iter().rev().flat_map(|value| value.rsplit(',')) {
            if !self.trusts(client) {
                break;
            }
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
        }
        ClientAddress(client)
    }
}

/// Where the request comes from. An extractor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What limits count by: the address for IPv4; for IPv6 the /64, which one customer has whole.
    pub fn limit_key(self) -> IpAddr {
        masked(self.0, if self.0.is_ipv4() { 32 } else { 64 })
    }

    /// What the audit log keeps: /24 or /48, enough to tell an office from the rest of the world.
    pub fn shortened(self) -> String {
        let prefix = if self.0.is_ipv4() { 24 } else { 48 };
        format!("{}/{prefix}", masked(self.0, prefix))
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // The service builder put it there; outside of one there are no proxies to trust.
        let known = parts.extensions.get().copied();
        Ok(known.unwrap_or_else(|| TrustedProxies::default().client(parts)))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use proptest::prelude::*;

    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut request = Request::builder();
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let peer: SocketAddr = peer.parse().unwrap();
        parts.extensions.insert(ConnectInfo(peer));
        let proxies = TrustedProxies::new(trusted.iter().map(|network| network.parse().unwrap()));
        proxies.client(&parts).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("9.9.9.9:1", &["1.1.1.1"], &[]), "9.9.9.9");
        assert_eq!(client("10.0.0.1:1", &["1.1.1.1"], &["10.0.0.0/8"]), "1.1.1.1");
        assert_eq!(client("10.0.0.1:1", &["6.6.6.6, 1.1.1.1"], &["10.0.0.0/8"]), "1.1.1.1");
        assert_eq!(
            client("10.0.0.1:1", &["6.6.6.6, 1.1.1.1", "10.2.0.1"], &["10.0.0.0/8"]),
            "1.1.1.1"
        );
        assert_eq!(client("10.0.0.1:1", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1:1", &[], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(client("[::ffff:10.0.0.1]:1", &["::1"], &["10.0.0.1"]), "::1");
    }

    #[test]
    fn addresses_are_shortened_for_the_audit_log() {
        let shorten = |text: &str| ClientAddress(text.parse().unwrap()).shortened();
        assert_eq!(shorten("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(shorten("2001:db8:1:2:3::4"), "2001:db8:1::/48");
        let key = |text: &str| ClientAddress(text.parse().unwrap()).limit_key().to_string();
        assert_eq!(key("192.0.2.77"), "192.0.2.77");
        assert_eq!(key("2001:db8:1:2:3::4"), "2001:db8:1:2::");
    }

    #[test]
    fn networks_are_parsed_strictly() {
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8", "10.0.0.0/-1", "a/8"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("1.2.3.4".parse().unwrap()) && !all.contains("::1".parse().unwrap()));
        let all: Network = "::/0".parse().unwrap();
        assert!(all.contains("ff::1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn arbitrary_networks_never_panic(text: String, address: IpAddr) {
            if let Ok(network) = text.parse::<Network>() {
                network.contains(address);
            }
        }

        #[test]
        fn a_network_contains_its_own_address(address: IpAddr, prefix in 0u8..=32) {
            let network: Network = format!("{address}/{prefix}").parse().unwrap();
            prop_assert!(network.contains(address));
        }
    }
}
