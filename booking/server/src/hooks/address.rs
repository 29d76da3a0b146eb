//! Where a webhook may go: not into the server's own network, whatever name it has there.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use reqwest::Url;
use szpon_booking_core::limits::is_internal;

/// How long a name may take to be found.
const LOOKUP: Duration = Duration::from_secs(5);

/// A URL that can't be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// Not `https://host[:port]/…` without a user.
    #[error("not an https address")]
    Url,
    /// The name leads to no address.
    #[error("the name is not known")]
    Unknown,
    /// The name leads into a private network.
    #[error("the address is private")]
    Private,
}

/// Host and port of a URL that may be called, as far as the text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub host: String,
    pub port: u16,
}

impl Target {
    /// `private`: http and addresses of private networks are allowed.
    pub fn parse(url: &str, private: bool) -> Result<Self, BadTarget> {
        // The client's own parser: another may read `https://2130706433/` as a name, where the client
        // sees 127.0.0.1 and asks nobody for its address.
        let url: Url = url.parse().map_err(|_| BadTarget::Url)?;
        let allowed = url.scheme() == "https" || private && url.scheme() == "http";
        if !allowed || !url.username().is_empty() || url.password().is_some() {
            return Err(BadTarget::Url);
        }
        let host = url.host_str().ok_or(BadTarget::Url)?.trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().ok_or(BadTarget::Url)?;
        match host.parse::<IpAddr>() {
            Ok(address) if !private && is_internal(address) => Err(BadTarget::Private),
            _ => Ok(Self { host, port }),
        }
    }

    /// The addresses behind the name at this moment. All must be allowed: which one is called is not
    /// ours to say, and the caller connects to these and no others.
    pub async fn resolve(&self, private: bool) -> Result<Vec<SocketAddr>, BadTarget> {
        let lookup = tokio::net::lookup_host((self.host.as_str(), self.port));
        let found = tokio::time::timeout(LOOKUP, lookup).await.map_err(|_| BadTarget::Unknown)?;
        let addresses: Vec<SocketAddr> = found.map_err(|_| BadTarget::Unknown)?.collect();
        if addresses.is_empty() {
            Err(BadTarget::Unknown)
        } else if !private && addresses.iter().any(|address| is_internal(address.ip())) {
            Err(BadTarget::Private)
        } else {
            Ok(addresses)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_to_somewhere_else() {
        let parse = |url| Target::parse(url, false);
        assert_eq!(
            parse("https://hooks.example:8443/x"),
            Ok(Target { host: "hooks.example".into(), port: 8443 })
        );
        for bad in ["http://hooks.example/", "ftp://x", "hooks.example", "https://u@h/", ""] {
            assert_eq!(parse(bad), Err(BadTarget::Url), "{bad}");
        }
        for private in [
            "https://127.0.0.1/",
            "https://[::1]:1/",
            "https://10.0.0.1",
            "https://169.254.169.254/",
            // Other ways to write 127.0.0.1 (WHATWG URL, section 3.5).
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
        ] {
            assert_eq!(parse(private), Err(BadTarget::Private), "{private}");
        }
        assert!(Target::parse("http://127.0.0.1:9/", true).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused() {
        let target = Target::parse("https://localhost/", false).unwrap();
        assert_eq!(target.resolve(false).await, Err(BadTarget::Private));
        assert!(target.resolve(true).await.is_ok());
    }
}
