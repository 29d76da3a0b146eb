//! Going down in order: first people are told, then work is finished, then the process ends.

use tokio::sync::watch;

/// How far the shutdown is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Running,
    /// No new work is taken (`/readyz` answers 503); clients are told to come back later.
    Draining,
    /// Workers and sockets end now.
    Stopping,
}

/// Held by the composition root, which moves the phase forward.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Sender<Phase>);

/// Held by everything that must know. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ShutdownSignal(watch::Receiver<Phase>);

impl Shutdown {
    pub fn new() -> (Self, ShutdownSignal) {
        let (sender, receiver) = watch::channel(Phase::Running);
        (Self(sender), ShutdownSignal(receiver))
    }

    pub fn drain(&self) {
        self.advance(Phase::Draining);
    }

    pub fn stop(&self) {
        self.advance(Phase::Stopping);
    }

    /// Phases never go back.
    fn advance(&self, to: Phase) {
        self.0.send_if_modified(|phase| {
            let forward = to > *phase;
            *phase = to.max(*phase);
            forward
        });
    }
}

impl ShutdownSignal {
    pub fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    pub fn is_draining(&self) -> bool {
        self.phase() >= Phase::Draining
    }

    /// Waits until the phase is `phase` or a later one. Also ends when the process forgot its
    /// [`Shutdown`], since then nobody will ever say so.
    pub async fn reached(&mut self, phase: Phase) {
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn phases_only_go_forward() {
        let (shutdown, mut signal) = Shutdown::new();
        assert_eq!(signal.phase(), Phase::Running);
        shutdown.stop();
        shutdown.drain();
        assert_eq!(signal.phase(), Phase::Stopping);
        signal.reached(Phase::Draining).await;
        assert!(signal.is_draining());
    }
}
