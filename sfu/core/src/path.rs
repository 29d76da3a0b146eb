//! Where a session's datagrams go: the path that its client nominated last.
//!
//! The ICE agent of str0m keeps the pair that it has for as long as no better one comes, and a client
//! that moved to another network, or behind another port of its address translator, nominates one
//! that is just as good. An ICE-lite agent makes no checks of its own (RFC 8445, section 2.5): the
//! client alone knows which path works.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{io::Transport, outbox::Route};

/// TCP is for networks that carry no UDP. A client that nominates every path at once (RFC 5245, section
/// 8.1.1.2) means UDP, until it nominated that no more for so long; browsers repeat it each 2.5 s.
const STAYS: Duration = Duration::from_secs(3);

#[derive(Debug, Default)]
pub(crate) struct Path {
    chosen: Option<Chosen>,
    /// Nominated by a check whose integrity is being looked at.
    claimed: Option<Claim>,
}

#[derive(Debug)]
struct Chosen {
    route: Route,
    /// When it was nominated last.
    at: Instant,
}

/// A connectivity check that nominates the path it came by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) transport: Transport,
    /// Where it came from.
    pub(crate) remote: SocketAddr,
}

impl Path {
    /// The next answer to a check settles whether this is the client's word.
    pub(crate) fn claim(&mut self, claim: Option<Claim>) {
        self.claimed = claim;
    }

    /// A check was found to be the client's and is answered by this route. Whether that changes where
    /// datagrams go.
    pub(crate) fn answered(&mut self, now: Instant, route: Route) -> bool {
        let Some(claim) = self.claimed.take() else { return false };
        if (claim.transport, claim.remote) != (route.transport, route.destination) {
            return false;
        }
        let stays = self.chosen.as_ref().is_some_and(|chosen| {
            let (from, to) = (chosen.route.transport, route.transport);
            (from, to) == (Transport::Udp, Transport::Tcp) && now < chosen.at + STAYS
        });
        if stays {
            return false;
        }
        let chosen = Chosen { route, at: now };
        self.chosen.replace(chosen).is_none_or(|former| former.route != route)
    }

    pub(crate) fn route(&self) -> Option<Route> {
        self.chosen.as_ref().map(|chosen| chosen.route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(transport: Transport, port: u16) -> Route {
        let address = |port| SocketAddr::from(([192, 0, 2, 1], port));
        Route { transport, source: address(1), destination: address(port) }
    }

    fn nominate(path: &mut Path, now: Instant, route: Route) -> bool {
        let Route { transport, destination: remote, .. } = route;
        path.claim(Some(Claim { transport, remote }));
        path.answered(now, route)
    }

    #[test]
    fn the_last_nomination_counts() {
        let (mut path, now) = (Path::default(), Instant::now());
        let (home, abroad) = (route(Transport::Udp, 7), route(Transport::Udp, 8));
        assert!(nominate(&mut path, now, home));
        assert!(!nominate(&mut path, now, home), "it is there already");
        assert!(nominate(&mut path, now, abroad));
        assert_eq!(path.route(), Some(abroad));
    }

    #[test]
    fn tcp_waits_until_udp_is_silent() {
        let (mut path, now) = (Path::default(), Instant::now());
        let (udp, tcp) = (route(Transport::Udp, 7), route(Transport::Tcp, 8));
        nominate(&mut path, now, udp);
        assert!(!nominate(&mut path, now + STAYS / 2, tcp));
        assert!(nominate(&mut path, now + STAYS, tcp));
        assert_eq!(path.route(), Some(tcp));
        assert!(nominate(&mut path, now + STAYS, udp), "UDP need not wait");
    }

    #[test]
    fn what_was_not_claimed_or_not_answered_changes_nothing() {
        let (mut path, now) = (Path::default(), Instant::now());
        let (home, abroad) = (route(Transport::Udp, 7), route(Transport::Udp, 8));
        nominate(&mut path, now, home);
        assert!(!path.answered(now, abroad), "a check that nominates nothing");
        let claim = Claim { transport: Transport::Udp, remote: abroad.destination };
        path.claim(Some(claim));
        path.claim(None);
        assert!(!path.answered(now, abroad), "its integrity was not proved in its time");
        path.claim(Some(claim));
        assert!(!path.answered(now, home), "another was answered");
        assert_eq!(path.route(), Some(home));
    }
}
