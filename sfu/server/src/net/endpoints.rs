//! Which local addresses the node binds, and under which addresses clients find them.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use thiserror::Error;

/// One local address with the addresses announced for it.
///
/// Every address has a socket of its own rather than one wildcard socket for all: an answer then
/// leaves from the address that the question came to, as ICE demands (RFC 8445, section 7.3.1.1),
/// with no control message on each packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub bind: SocketAddr,
    /// Never empty. The first one stands for the endpoint wherever one address is needed.
    pub announced: Vec<SocketAddr>,
}

impl Endpoint {
    /// The address by which the core knows this endpoint.
    pub fn name(&self) -> SocketAddr {
        self.announced[0]
    }
}

/// Why no endpoints came of the settings.
#[derive(Debug, Error)]
pub enum EndpointError {
    /// The operating system didn't say which addresses it has.
    #[error("the network interfaces can't be listed: {0}")]
    Interfaces(#[source] io::Error),
    /// The announced address has no local address of its family that could stand for it.
    #[error("`announce` names {0}, but `listen` has no address of that family")]
    NoLocal(IpAddr),
    /// There is nothing to bind.
    #[error("no usable network address was found")]
    Nothing,
}

/// Endpoints for `listen` on this machine as its interfaces are now.
pub fn endpoints(listen: SocketAddr, announce: &[IpAddr]) -> Result<Vec<Endpoint>, EndpointError> {
    let interfaces: Vec<IpAddr> = if listen.ip().is_unspecified() {
        if_addrs::get_if_addrs()
            .map_err(EndpointError::Interfaces)?
            .iter()
            .map(if_addrs::Interface::ip)
            .collect()
    } else {
        Vec::new()
    };
    resolve(listen, announce, &interfaces)
}

fn resolve(
    listen: SocketAddr,
    announce: &[IpAddr],
    interfaces: &[IpAddr],
) -> Result<Vec<Endpoint>, EndpointError> {
    let mut local: Vec<IpAddr> = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => {
            interfaces.iter().copied().filter(IpAddr::is_ipv4).collect()
        }
        IpAddr::V6(ip) if ip.is_unspecified() => interfaces.to_vec(),
        ip => vec![ip],
    };
    local.retain(usable);
    // Real networks first: a client tries candidates in the order of their priority.
    local.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6(), *ip));
    local.dedup();

    let port = listen.port();
    let mut endpoints: Vec<Endpoint> = Vec::new();
    let mut add = |bind: IpAddr, announced: IpAddr| {
        let (bind, announced) = (SocketAddr::new(bind, port), SocketAddr::new(announced, port));
        match endpoints.iter_mut().find(|e| e.bind == bind) {
            Some(known) if known.announced.contains(&announced) => {}
            Some(known) => known.announced.push(announced),
            None => endpoints.push(Endpoint { bind, announced: vec![announced] }),
        }
    };
    if announce.is_empty() {
        for &ip in &local {
            add(ip, ip);
        }
    }
    for &ip in announce {
        let bind = local
            .iter()
            .find(|&&l| l == ip)
            // Not ours: the address of a NAT in front of us, which maps it to the main local one.
            .or_else(|| local.iter().find(|l| l.is_ipv4() == ip.is_ipv4()))
            .ok_or(EndpointError::NoLocal(ip))?;
        add(*bind, ip);
    }
    if endpoints.is_empty() { Err(EndpointError::Nothing) } else { Ok(endpoints) }
}

/// Link-local addresses need a zone that SDP can't carry.
fn usable(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_link_local() && !ip.is_multicast() && !ip.is_unspecified(),
        IpAddr::V6(ip) => !ip.is_unicast_link_local() && !ip.is_multicast() && !ip.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(list: &[&str]) -> Vec<IpAddr> {
        list.iter().map(|ip| ip.parse().unwrap()).collect()
    }

    fn run(listen: &str, announce: &[&str], interfaces: &[&str]) -> Vec<(String, Vec<String>)> {
        resolve(listen.parse().unwrap(), &ips(announce), &ips(interfaces))
            .unwrap()
            .into_iter()
            .map(|e| {
                let announced = e.announced.iter().map(|a| a.to_string()).collect();
                (e.bind.to_string(), announced)
            })
            .collect()
    }

    #[test]
    fn every_interface_of_the_family_is_announced() {
        let interfaces = ["127.0.0.1", "10.0.0.5", "::1", "fe80::1", "2001:db8::5"];
        assert_eq!(
            run("0.0.0.0:40000", &[], &interfaces),
            [
                ("10.0.0.5:40000".into(), vec!["10.0.0.5:40000".to_owned()]),
                ("127.0.0.1:40000".into(), vec!["127.0.0.1:40000".to_owned()]),
            ]
        );
        let both: Vec<_> = run("[::]:40000", &[], &interfaces).into_iter().map(|e| e.0).collect();
        assert_eq!(
            both,
            ["10.0.0.5:40000", "[2001:db8::5]:40000", "127.0.0.1:40000", "[::1]:40000"]
        );
    }

    #[test]
    fn a_nat_address_stands_for_the_main_local_one() {
        assert_eq!(
            run("0.0.0.0:40000", &["203.0.113.9", "10.0.0.5"], &["127.0.0.1", "10.0.0.5"]),
            [(
                "10.0.0.5:40000".into(),
                vec!["203.0.113.9:40000".to_owned(), "10.0.0.5:40000".to_owned()]
            )]
        );
    }

    #[test]
    fn an_announced_address_needs_a_local_one_of_its_family() {
        let listen = "10.0.0.5:40000".parse().unwrap();
        let refused = resolve(listen, &ips(&["2001:db8::1"]), &[]);
        assert!(matches!(refused, Err(EndpointError::NoLocal(_))));
        let none = resolve("0.0.0.0:40000".parse().unwrap(), &[], &ips(&["fe80::1"]));
        assert!(matches!(none, Err(EndpointError::Nothing)));
    }
}
