//! Accounts: set-up, sign-in, sessions, one's own settings, links by mail.

pub mod cookie;
mod links;
mod mails;
mod me;
pub mod password;
mod second_factor;
pub mod sessions;
pub mod setup;
mod sign_in;
pub mod store;
pub mod totp;

use std::time::Duration;

use axum_extra::extract::CookieJar;
use szpon_kit::{
    db::Conn,
    mail::local,
    problem::{Failure, Result},
    secrets::Secret,
    shutdown::{Phase, ShutdownSignal},
    transaction,
};
use szpon_protocol::{OfficeId, PersonId, SessionId, Time, account::Me};
use utoipa_axum::router::OpenApiRouter;

use crate::{AppState, Routes, directory, directory::PersonRecord};

pub use links::invite;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new().merge(sign_in::routes()).merge(me::routes()).merge(second_factor::routes())
}

pub(crate) fn public_routes() -> Routes {
    OpenApiRouter::new()
        .merge(setup::public_routes())
        .merge(sign_in::public_routes())
        .merge(links::public_routes())
}

/// What the client shows of the person.
fn me_of(person: PersonRecord, state: &AppState) -> Me {
    Me {
        id: person.id,
        office: person.office,
        office_name: person.office_name,
        department: person.department,
        department_name: person.department_name,
        name: person.name,
        email: person.email,
        roles: person.roles,
        language: person.language,
        totp_enabled: person.totp_enabled,
        local_mailbox: state.mail.local,
    }
}

async fn load_me(conn: &mut Conn, state: &AppState, office: OfficeId, id: PersonId) -> Result<Me> {
    let person = directory::store::person(conn, office, id).await?;
    // The account went away between two queries.
    Ok(me_of(person.ok_or_else(Failure::unauthenticated)?, state))
}

/// A session that doesn't exist yet. Made before the transaction that may run more than once.
struct NewSession {
    id: SessionId,
    secret: Secret,
    user_agent: String,
}

impl NewSession {
    fn new(headers: &axum::http::HeaderMap) -> Self {
        let agent = headers.get(axum::http::header::USER_AGENT);
        let agent = agent.and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            id: SessionId::new(),
            secret: Secret::generate(),
            // Enough to tell one's browsers apart.
            user_agent: agent.chars().take(200).collect(),
        }
    }

    async fn insert(
        &self,
        conn: &mut Conn,
        state: &AppState,
        person: PersonId,
        now: Time,
    ) -> Result<(), sqlx::Error> {
        let session = sessions::New {
            id: self.id,
            person,
            secret_hash: &self.secret.hash(),
            user_agent: &self.user_agent,
            expires_at: now.plus_millis(millis(state.settings.session_longest)),
        };
        sessions::insert(conn, &session, now).await
    }

    fn cookie(&self, state: &AppState) -> CookieJar {
        CookieJar::new().add(cookie::issue(&state.settings, &self.secret))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// How often expired things are cleared away.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// How long the local mailbox keeps mail.
const MAILBOX_DAYS: i64 = 30;

/// Clears away what has expired, until the shutdown is over.
pub(crate) async fn sweep(state: AppState, mut shutdown: ShutdownSignal) {
    loop {
        let now = state.clock.now();
        let swept = transaction!(state.db, |conn| {
            sessions::delete_expired(conn, now, state.settings.session_idle).await?;
            store::delete_expired_links(conn, now).await?;
            local::purge(conn, now.plus_secs(-MAILBOX_DAYS * 24 * 3600)).await
        });
        if let Err(error) = swept {
            tracing::error!(%error, "expired sessions and links were not cleared");
        }
        tokio::select! {
            () = shutdown.reached(Phase::Stopping) => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
    }
}
