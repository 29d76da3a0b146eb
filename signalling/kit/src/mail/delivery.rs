//! The worker that empties the outbox.
//!
//! A mail is claimed before it is sent and settled afterwards, so two workers never have the same
//! one. The claim is short and renewed while the delivery lasts: a worker that dies in between
//! holds its mail up for seconds. The mail then goes out again under the same Message-ID, since
//! losing it would be worse.

use std::{sync::Arc, time::Duration};

use prometheus::{IntCounterVec, IntGaugeVec};
use szpon_protocol::{MailId, Time};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    DeliveryError, Transport,
    outbox::{self, Claimed, Outcome},
};
use crate::{
    clock::Clock,
    db::Db,
    random,
    shutdown::{Phase, ShutdownSignal},
    telemetry::Metrics,
    transaction,
};

/// When to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second attempt; doubled before each further one.
    pub first: Duration,
    /// Longest wait.
    pub longest: Duration,
    /// A mail has failed after so many attempts.
    pub attempts: u32,
}

impl Default for Backoff {
    /// 30 s doubled up to 6 h: fourteen attempts within about a day, which outlasts an evening
    /// without anyone at the mail server.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(30),
            longest: Duration::from_secs(6 * 3600),
            attempts: 14,
        }
    }
}

impl Backoff {
    /// The wait after attempt `attempt` (from 1), spread by ±20% so that many mails that failed
    /// together don't come back together. `jitter` is any number. None: no further attempt.
    pub fn after(&self, attempt: u32, jitter: u16) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
        let spread = 0.8 + 0.4 * f64::from(jitter) / f64::from(u16::MAX);
        Some(doubled.min(self.longest).mul_f64(spread))
    }
}

/// How long a claim holds, and so how long a mail waits for a worker that died.
const LEASE: Duration = Duration::from_secs(15);
/// How often a claim is renewed during a delivery. Two renewals may be lost.
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// Mails per round.
const BATCH: i64 = 20;
/// How often to look without being told.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often sent mail is forgotten.
const PURGE_EVERY: Duration = Duration::from_secs(3600);
/// Sent mail is kept so long, for "what became of it".
const KEEP_DAYS: i64 = 30;

/// Tells the worker that there is new mail, so that it goes out at once.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<Notify>);

impl Waker {
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ran {
    pub sent: u32,
    pub retried: u32,
    pub failed: u32,
}

pub struct Worker {
    db: Db,
    transport: Arc<dyn Transport>,
    backoff: Backoff,
    clock: Clock,
    waker: Waker,
    attempts: IntCounterVec,
    waiting: IntGaugeVec,
}

impl Worker {
    pub fn new(db: Db, transport: Arc<dyn Transport>, clock: Clock, metrics: &Metrics) -> Self {
        Self {
            db,
            transport,
            backoff: Backoff::default(),
            clock,
            waker: Waker::default(),
            attempts: metrics.counter_vec(
                "szpon_mail_attempts_total",
                "Attempts to deliver a mail, by result",
                &["result"],
            ),
            waiting: metrics.gauge_vec(
                "szpon_mail_outbox",
                "Mails that are not delivered, by state",
                &["state"],
            ),
        }
    }

    #[must_use]
    pub fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Works until the shutdown reaches [`Phase::Stopping`]. A delivery in progress is finished.
    pub async fn run(self, mut shutdown: ShutdownSignal) {
        let mut purge_at = self.clock.monotonic();
        loop {
            match self.run_once(self.clock.now()).await {
                // More may be due than one batch.
                Ok(ran) if ran != Ran::default() && shutdown.phase() < Phase::Stopping => continue,
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "the outbox can't be read"),
            }
            if self.clock.monotonic() >= purge_at {
                purge_at = self.clock.monotonic() + PURGE_EVERY;
                if let Err(error) = self.purge(self.clock.now()).await {
                    tracing::error!(%error, "old mail was not forgotten");
                }
            }
            tokio::select! {
                () = shutdown.reached(Phase::Stopping) => return,
                () = self.waker.0.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Delivers what is due at `now`, up to one batch.
    pub async fn run_once(&self, now: Time) -> Result<Ran, sqlx::Error> {
        let due = outbox::due(&mut *self.db.read().await?, now, BATCH).await?;
        let mut ran = Ran::default();
        for id in due {
            let claim = Uuid::now_v7().to_string();
            let claimed = transaction!(self.db, |conn| {
                outbox::claim(conn, id, &claim, now, LEASE).await
            })?;
            if let Some(mail) = claimed {
                self.deliver(&mail, &claim, now, &mut ran).await?;
            }
        }
        let (pending, failed) = outbox::counts(&mut *self.db.read().await?).await?;
        self.waiting.with_label_values(&["pending"]).set(pending);
        self.waiting.with_label_values(&["failed"]).set(failed);
        Ok(ran)
    }

    async fn deliver(
        &self,
        mail: &Claimed,
        claim: &str,
        now: Time,
        ran: &mut Ran,
    ) -> Result<(), sqlx::Error> {
        let delivery = self.transport.deliver(mail.id, &mail.message, now);
        let result = self.holding(mail.id, claim, delivery).await;
        let error = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let again = match &result {
            Err(DeliveryError::Transient(_)) => self.backoff.after(mail.attempt, random::jitter()),
            _ => None,
        };
        let (outcome, label) = match (&result, again) {
            (Ok(()), _) => (Outcome::Sent, "sent"),
            (Err(_), Some(wait)) => {
                let ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                (Outcome::Again { at: now.plus_millis(ms), error: &error }, "retried")
            }
            (Err(_), None) => (Outcome::Failed { error: &error }, "failed"),
        };
        match outcome {
            Outcome::Sent => ran.sent += 1,
            Outcome::Again { .. } => ran.retried += 1,
            Outcome::Failed { .. } => ran.failed += 1,
        }
        self.attempts.with_label_values(&[label]).inc();
        // The error's text may name the receiver; it stays in the database.
        tracing::info!(mail = %mail.id, attempt = mail.attempt, result = label, "mail");
        transaction!(self.db, |conn| { outbox::settle(conn, mail.id, claim, outcome, now).await })
    }

    /// Waits for `delivery`, and keeps the claim on the mail as long.
    async fn holding<T>(&self, id: MailId, claim: &str, delivery: impl Future<Output = T>) -> T {
        let mut delivery = std::pin::pin!(delivery);
        loop {
            tokio::select! {
                result = &mut delivery => return result,
                () = tokio::time::sleep(RENEW_EVERY) => {}
            }
            let now = self.clock.now();
            let renewed =
                transaction!(self.db, |conn| { outbox::renew(conn, id, claim, now, LEASE).await });
            if let Err(error) = renewed {
                tracing::error!(mail = %id, %error, "the claim on a mail was not renewed");
            }
        }
    }

    /// Forgets mail that was sent long ago.
    pub async fn purge(&self, now: Time) -> Result<(), sqlx::Error> {
        let before = now.plus_secs(-KEEP_DAYS * 24 * 3600);
        let purged = transaction!(self.db, |conn| { outbox::purge(conn, before).await })?;
        if purged > 0 {
            tracing::debug!(purged, "old mail was forgotten");
        }
        Ok(())
    }
}
