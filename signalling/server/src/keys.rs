//! Signing keys and tokens. This service is the only one that signs.
//!
//! A new key is published before it signs, so that whoever fetches the key set from time to time
//! knows it by then, and an old one stays published until its last token is over.

mod routes;
mod schedule;
pub mod store;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use szpon_auth::{KeyError, KeySet, Signed, Signer, SigningKey, Verifier};
use szpon_kit::{
    clock::Clock,
    db::{Conn, Db},
    problem::{Failure, Result},
    secrets::{MasterKey, OpenError},
    shutdown::{Phase, ShutdownSignal},
    transaction,
};
use szpon_protocol::{
    Time,
    admin::AuditAction,
    claims::{Audience, Subject},
};

use crate::{AppState, Routes, Settings, audit};

pub(crate) fn routes() -> Routes {
    routes::routes()
}

pub(crate) fn public_routes() -> Routes {
    routes::public_routes()
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The database.
    #[error("the signing keys can't be read: {0}")]
    Query(#[from] sqlx::Error),
    /// The master key has changed since the key was written.
    #[error("a signing key can't be opened: {0}; is the master key the one it was made with?")]
    Sealed(#[from] OpenError),
    /// What was sealed is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system gives no randomness.
    #[error("no randomness")]
    NoRandomness,
}

impl szpon_kit::db::Transient for KeysError {
    fn database_error(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Query(error) => Some(error),
            _ => None,
        }
    }
}

/// The keys in force.
pub struct Keys {
    issuer: String,
    rotation: Duration,
    signer: RwLock<Arc<Signer>>,
    verifier: Verifier,
    clock: Clock,
}

impl Keys {
    /// Loads the keys, and makes the first one.
    pub(crate) async fn open(
        settings: &Settings,
        db: &Db,
        master: &MasterKey,
        clock: Clock,
    ) -> Result<Self, KeysError> {
        let issuer = settings.public_url.clone();
        let loaded = load(db, master, &issuer, settings.key_rotation, clock.now()).await?;
        Ok(Self {
            verifier: Verifier::new(issuer.as_str(), &loaded.set),
            issuer,
            rotation: settings.key_rotation,
            signer: RwLock::new(Arc::new(loaded.signer)),
            clock,
        })
    }

    /// Checks tokens. Clones share the key set.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// A token for `audience`, valid from now for at most
    /// [`MAX_LIFETIME_SECS`](szpon_auth::MAX_LIFETIME_SECS).
    pub fn sign(&self, audience: Audience, subject: Subject, lifetime_secs: i64) -> Result<Signed> {
        let signer = self.signer.read().unwrap_or_else(PoisonError::into_inner).clone();
        signer.sign(audience, subject, self.clock.now(), lifetime_secs).map_err(Failure::internal)
    }

    /// A token with which a service of this installation calls another one.
    pub fn service_token(&self, name: &str, audience: Audience) -> Result<Signed> {
        self.sign(audience, Subject::Service { name: name.into() }, szpon_auth::MAX_LIFETIME_SECS)
    }

    /// Does what is due now: makes the next key, takes it into use, forgets old ones.
    pub async fn refresh(&self, db: &Db, master: &MasterKey) -> Result<(), KeysError> {
        let loaded = load(db, master, &self.issuer, self.rotation, self.clock.now()).await?;
        self.verifier.replace(&loaded.set);
        *self.signer.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded.signer);
        Ok(())
    }
}

/// How often keys are looked at. Below the time between publishing and signing.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Keeps the keys fresh until the shutdown is over.
pub(crate) async fn rotate(state: AppState, mut shutdown: ShutdownSignal) {
    loop {
        tokio::select! {
            () = shutdown.reached(Phase::Stopping) => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        if let Err(error) = state.keys.refresh(&state.db, &state.master_key).await {
            tracing::error!(%error, "keys were not refreshed");
        }
    }
}

struct Loaded {
    signer: Signer,
    set: KeySet,
}

async fn load(
    db: &Db,
    master: &MasterKey,
    issuer: &str,
    rotation: Duration,
    now: Time,
) -> Result<Loaded, KeysError> {
    let mut stored = store::all(&mut *db.read().await?).await?;
    let plan = schedule::plan(&created(&stored), rotation, now);
    if plan.is_change() {
        stored = transaction!(db, |conn| { change(conn, master, rotation, now).await })?;
    }
    let plan = schedule::plan(&created(&stored), rotation, now);
    let set = KeySet::new(stored.iter().map(|key| key.public.clone()));
    // There is one: a plan without any key asks for a new one.
    let signing = plan.signs.and_then(|at| stored.get(at)).ok_or(KeysError::NoRandomness)?;
    let document = master.open(&sealing_context(signing.public.kid()), &signing.sealed)?;
    Ok(Loaded { signer: Signer::new(issuer, SigningKey::from_pkcs8(&document)?), set })
}

/// Looks again inside the transaction: another process may have done it.
async fn change(
    conn: &mut Conn,
    master: &MasterKey,
    rotation: Duration,
    now: Time,
) -> Result<Vec<store::StoredKey>, KeysError> {
    let stored = store::all(conn).await?;
    let plan = schedule::plan(&created(&stored), rotation, now);
    for key in stored.iter().take(plan.forget) {
        store::delete(conn, key.public.kid()).await?;
    }
    if plan.make {
        let key = SigningKey::generate()?;
        let sealed = master.seal(&sealing_context(key.public().kid()), key.pkcs8());
        store::insert(conn, key.public(), &sealed, now).await?;
        let event = audit::by_system(AuditAction::KeyRotated).on(key.public().kid());
        audit::record(conn, event, now).await?;
    }
    Ok(store::all(conn).await?)
}

fn created(keys: &[store::StoredKey]) -> Vec<Time> {
    keys.iter().map(|key| key.created_at).collect()
}

fn sealing_context(kid: &str) -> String {
    format!("signing-key:{kid}")
}
