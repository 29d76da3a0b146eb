//! What is known of a person: shown to them, and forgotten on time or when they ask.

mod routes;
pub mod store;

use szpon_kit::{problem::Result, transaction};

use crate::{AppState, office::store as offices};

pub(crate) use routes::routes;

/// Appointments per round.
const BATCH: i64 = 500;

/// Forgets whose appointment is longer ago than the office keeps data. Gives how many.
pub async fn retain(state: &AppState) -> Result<u64> {
    let now = state.clock.now();
    let mut forgotten = 0;
    for (office, profile) in offices::all(&mut *state.db.read().await?).await? {
        let before = now.plus_secs(-86_400 * i64::from(profile.retention_days));
        loop {
            let some = store::any_before(&mut *state.db.read().await?, office, before).await?;
            if !some {
                break;
            }
            forgotten += transaction!(state.db, |conn| {
                store::forget_before(conn, office, before, now, BATCH).await
            })?;
        }
    }
    Ok(forgotten)
}
