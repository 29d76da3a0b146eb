//! One str0m peer behind a wall: whatever goes wrong in there ends that peer and nothing else.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use str0m::{Input, Output, Reason, Rtc, RtcError};

/// A peer that must not be used any more.
#[derive(Debug)]
pub(crate) enum Fault {
    /// str0m panicked. Its state is not to be trusted.
    Panicked,
    /// str0m gave up: a failed handshake, a broken association.
    Failed(RtcError),
}

pub(crate) struct Peer {
    rtc: Rtc,
}

impl Peer {
    pub(crate) fn new(rtc: Rtc) -> Self {
        Self { rtc }
    }

    /// Runs `f` on the peer. Unwind safety: after a panic the caller drops the peer unseen.
    pub(crate) fn call<T>(&mut self, f: impl FnOnce(&mut Rtc) -> T) -> Result<T, Fault> {
        let rtc = &mut self.rtc;
        catch_unwind(AssertUnwindSafe(|| f(rtc))).map_err(|_| Fault::Panicked)
    }

    pub(crate) fn input(&mut self, input: Input<'_>) -> Result<(), Fault> {
        self.call(|rtc| rtc.handle_input(input))?.map_err(Fault::Failed)
    }

    pub(crate) fn tick(&mut self, now: Instant) -> Result<(), Fault> {
        self.input(Input::Timeout(now))
    }

    pub(crate) fn poll(&mut self) -> Result<Output, Fault> {
        // Written to where it is read: outputs are large, and each layer of results would copy them.
        let mut output = None;
        self.call(|rtc| output = Some(rtc.poll_output()))?;
        output.ok_or(Fault::Panicked)?.map_err(Fault::Failed)
    }

    /// Whether the last [`Output::Timeout`] was for the sake of ICE.
    pub(crate) fn waits_for_ice(&self) -> bool {
        self.rtc.last_timeout_reason() == Reason::Ice
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }
}
