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

/// A client that nominates every path at once (RFC 5245, section 8.1.1.2) means the best of them. A worse
/// one takes over when the better was not nominated for so long; browsers repeat it each 2.5 s.
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
    priority: u32,
    /// When it was nominated last.
    at: Instant,
}

/// A connectivity check that nominates the path it came by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) transport: Transport,
    /// Where it came from.
    pub(crate) remote: SocketAddr,
    /// Of the candidate that the client checks from (RFC 8445, section 7.1.1).
    pub(crate) priority: u32,
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
        let chosen = Chosen { route, priority: claim.priority, at: now };
        let stays = self.chosen.as_ref().is_some_and(|best| {
            best.route != route && claim.priority < best.priority && now < best.at + STAYS
        });
        if stays {
            return false;
        }
        self.chosen.replace(chosen).is_none_or(|former| former.route != route)
    }

    /// ICE begins anew, or the connection is gone: whatever is nominated next is better.
    pub(crate) fn yields(&mut self) {
        if let Some(chosen) = &mut self.chosen {
            chosen.priority = 0;
        }
    }

    pub(crate) fn leads_to(&self, transport: Transport, remote: SocketAddr) -> bool {
        self.route()
            .is_some_and(|route| (route.transport, route.destination) == (transport, remote))
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

    fn nominate(path: &mut Path, now: Instant, route: Route, priority: u32) -> bool {
        let Route { transport, destination: remote, .. } = route;
        path.claim(Some(Claim { transport, remote, priority }));
        path.answered(now, route)
    }

    #[test]
    fn an_equal_path_takes_over_at_once() {
        let (mut path, now) = (Path::default(), Instant::now());
        let (home, abroad) = (route(Transport::Udp, 7), route(Transport::Udp, 8));
        assert!(nominate(&mut path, now, home, 100));
        assert!(!nominate(&mut path, now, home, 100), "it is there already");
        assert!(nominate(&mut path, now, abroad, 100));
        assert_eq!(path.route(), Some(abroad));
    }

    #[test]
    fn a_worse_path_waits_until_the_better_is_silent() {
        let (mut path, now) = (Path::default(), Instant::now());
        let (udp, tcp) = (route(Transport::Udp, 7), route(Transport::Tcp, 8));
        nominate(&mut path, now, udp, 100);
        assert!(!nominate(&mut path, now + STAYS / 2, tcp, 50));
        assert!(nominate(&mut path, now + STAYS, tcp, 50));
        assert_eq!(path.route(), Some(tcp));
        assert!(nominate(&mut path, now + STAYS, udp, 100), "a better one need not wait");
    }

    #[test]
    fn a_restart_forgets_which_was_better() {
        let (mut path, now) = (Path::default(), Instant::now());
        let (udp, tcp) = (route(Transport::Udp, 7), route(Transport::Tcp, 8));
        nominate(&mut path, now, udp, 100);
        path.yields();
        assert_eq!(path.route(), Some(udp));
        assert!(nominate(&mut path, now, tcp, 50));
    }

    #[test]
    fn what_was_not_claimed_or_not_answered_changes_nothing() {
        let (mut path, now) = (Path::default(), Instant::now());
        let (home, abroad) = (route(Transport::Udp, 7), route(Transport::Udp, 8));
        nominate(&mut path, now, home, 100);
        assert!(!path.answered(now, abroad), "a check that nominates nothing");
        let claim = Claim { transport: Transport::Udp, remote: abroad.destination, priority: 100 };
        path.claim(Some(claim));
        path.claim(None);
        assert!(!path.answered(now, abroad), "its integrity was not proved in its time");
        path.claim(Some(claim));
        assert!(!path.answered(now, home), "another was answered");
        assert_eq!(path.route(), Some(home));
    }
}
