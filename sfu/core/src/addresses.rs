//! Which session listens at which address of a peer.

use std::{collections::HashMap, net::SocketAddr};

use crate::io::Transport;

/// Index of a session in its shard. Not stable: only valid while the session lives.
pub(crate) type SessionKey = usize;

/// A flow is added only for an authenticated ICE check, so a stranger allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    flows: HashMap<(Transport, SocketAddr), SessionKey>,
}

impl Addresses {
    pub(crate) fn owner(&self, transport: Transport, remote: SocketAddr) -> Option<SessionKey> {
        self.flows.get(&(transport, remote)).copied()
    }

    /// Returns who had the address before, when that is another session: network address
    /// translators reuse ports.
    pub(crate) fn bind(
        &mut self,
        transport: Transport,
        remote: SocketAddr,
        owner: SessionKey,
    ) -> Option<SessionKey> {
        self.flows.insert((transport, remote), owner).filter(|former| *former != owner)
    }

    /// Forgets the address if `owner` still has it.
    pub(crate) fn release(
        &mut self,
        transport: Transport,
        remote: SocketAddr,
        owner: SessionKey,
    ) -> bool {
        let owns = self.owner(transport, remote) == Some(owner);
        if owns {
            self.flows.remove(&(transport, remote));
        }
        owns
    }

    pub(crate) fn len(&self) -> usize {
        self.flows.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_the_last_who_bound_it() {
        let at = |port| SocketAddr::from(([10, 0, 0, 1], port));
        let mut addresses = Addresses::default();
        assert_eq!(addresses.bind(Transport::Udp, at(1), 7), None);
        assert_eq!(addresses.bind(Transport::Udp, at(1), 7), None);
        assert_eq!(addresses.owner(Transport::Tcp, at(1)), None);
        assert_eq!(addresses.bind(Transport::Udp, at(1), 8), Some(7));
        assert!(!addresses.release(Transport::Udp, at(1), 7), "it is another's now");
        assert_eq!(addresses.owner(Transport::Udp, at(1)), Some(8));
        assert!(addresses.release(Transport::Udp, at(1), 8));
        assert_eq!(addresses.len(), 0);
    }
}
