//! Who comes waits for a turn.
//!
//! A join costs as much as thousands of packets. A shard looks after its media once in a round, and opens at
//! most one session in it: the busier it is, the longer its rounds and the slower people come in, and those
//! who are in go on seeing and hearing. Without that, 1,500 who came within 15 seconds to one core that could
//! just serve them took its time from the media, whose losses then cost more still.

use std::time::Duration;

use szpon_sfu_core::OpenError;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Who waits longer is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// As many sessions are opened at a time as there are shards.
pub(crate) struct Turnstile(Semaphore);

impl Turnstile {
    pub(crate) fn new(shards: usize) -> Self {
        Self(Semaphore::new(shards.max(1)))
    }

    /// Waits for a turn, in the order of coming. It lasts as long as what is returned.
    pub(crate) async fn pass(&self) -> Result<SemaphorePermit<'_>, OpenError> {
        self.pass_within(PATIENCE).await
    }

    async fn pass_within(&self, patience: Duration) -> Result<SemaphorePermit<'_>, OpenError> {
        match timeout(patience, self.0.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            // Nobody closes it.
            Ok(Err(_)) | Err(_) => Err(OpenError::TooManyHandshakes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_after_the_other_and_not_for_ever() {
        let turnstile = Turnstile::new(1);
        let first = turnstile.pass().await.unwrap();
        let refused = turnstile.pass_within(Duration::ZERO).await;
        assert!(matches!(refused, Err(OpenError::TooManyHandshakes)));
        let (second, ()) = tokio::join!(turnstile.pass(), async { drop(first) });
        drop(second.unwrap());
        assert!(turnstile.pass_within(Duration::ZERO).await.is_ok());
    }
}
