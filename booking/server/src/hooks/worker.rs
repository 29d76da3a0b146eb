//! Calls the webhooks.

use std::time::Duration;

use szpon_kit::{
    mail::Backoff,
    problem::{Failure, Result},
    random,
    shutdown::Phase,
    transaction,
};
use szpon_protocol::Time;

use super::{
    address::{BadTarget, Target},
    routes::{context, sign},
    store::{self, Due},
};
use crate::AppState;

/// How often to look without being told.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Calls per round, made side by side.
const BATCH: i64 = 16;
/// Longest call.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A call that isn't settled by then was made by a process that died.
const LEASE_SECS: i64 = 30;

/// Works until the shutdown is over.
pub(crate) async fn run(state: AppState) {
    let mut stopping = state.shutdown.clone();
    loop {
        let more = match deliver(&state).await {
            Ok(made) => made > 0,
            Err(error) => {
                tracing::error!(%error, "webhooks were not called");
                false
            }
        };
        tokio::select! {
            () = stopping.reached(Phase::Stopping) => return,
            () = state.hooks_due.notified(), if !more => {}
            () = tokio::time::sleep(if more { Duration::ZERO } else { LOOK_EVERY }) => {}
        }
    }
}

/// Makes the calls that are due; gives how many.
pub async fn deliver(state: &AppState) -> Result<usize> {
    let now = state.clock.now();
    let due = store::due(&mut *state.db.read().await?, now, BATCH).await?;
    let tasks: Vec<_> = due
        .into_iter()
        .map(|due| {
            let state = state.clone();
            tokio::spawn(async move { one(&state, &due, now).await })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += usize::from(task.await.map_err(Failure::internal)??);
    }
    Ok(made)
}

async fn one(state: &AppState, due: &Due, now: Time) -> Result<bool> {
    let until = now.plus_secs(LEASE_SECS);
    if !transaction!(state.db, |conn| { store::take(conn, due, now, until).await })? {
        return Ok(false);
    }
    let outcome = call(state, due, now).await;
    let (settled, next, error) = match &outcome {
        Ok(()) => ("delivered", now, None),
        Err(error) => match Backoff::default().after(due.attempts + 1, random::jitter()) {
            Some(wait) => {
                let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                ("pending", now.plus_millis(wait), Some(error.to_string()))
            }
            None => ("failed", now, Some(error.to_string())),
        },
    };
    tracing::info!(webhook = %due.webhook, event = %due.event.id, settled, "webhook");
    transaction!(state.db, |conn| {
        store::settle(conn, due, settled, next, error.as_deref()).await
    })?;
    Ok(true)
}

/// Why a call wasn't taken.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error(transparent)]
    Target(#[from] BadTarget),
    #[error("no answer")]
    Http(#[from] reqwest::Error),
    #[error("answered {0}")]
    Status(u16),
    #[error("the key can't be opened")]
    Key(#[from] szpon_kit::secrets::OpenError),
    #[error("the event can't be written")]
    Body(#[from] serde_json::Error),
}

async fn call(state: &AppState, due: &Due, now: Time) -> std::result::Result<(), CallError> {
    let private = state.settings.webhooks_to_private_addresses;
    let target = Target::parse(&due.url, private)?;
    let addresses = target.resolve(private).await?;
    let key = state.master_key.open(&context(due.webhook), &due.secret)?;
    let body = serde_json::to_string(&due.event)?;
    let (id, timestamp) = (due.event.id.to_string(), now.epoch_secs());
    // Its own client for each call: it connects to the addresses that were checked and to no others,
    // and follows no redirects.
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(TIMEOUT)
        .resolve_to_addrs(&target.host, &addresses)
        .build()?;
    let response = client
        .post(&due.url)
        .header("content-type", "application/json")
        .header("user-agent", "SZPoN")
        .header("webhook-id", &id)
        .header("webhook-timestamp", timestamp.to_string())
        .header("webhook-signature", sign(&key, &id, timestamp, &body))
        .body(body)
        .send()
        .await?;
    match response.status() {
        status if status.is_success() => Ok(()),
        status => Err(CallError::Status(status.as_u16())),
    }
}
