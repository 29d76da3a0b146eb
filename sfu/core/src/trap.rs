//! Panics on purpose, to see what they end.

use crate::addresses::SessionKey;

/// Where work is done for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Datagram,
    Delivery,
    Timer,
    Waiting,
    Plan,
    Quality,
    Open,
    News,
}

/// Snaps once, when this is done for the session.
#[derive(Debug, Default)]
pub(crate) struct Trap(pub(crate) Option<(Place, SessionKey)>);

impl Trap {
    pub(crate) fn step(&mut self, place: Place, key: SessionKey) {
        if self.0 == Some((place, key)) {
            self.0 = None;
            panic!("on purpose: {place:?}");
        }
    }
}
