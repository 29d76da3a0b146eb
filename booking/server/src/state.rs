//! What handlers share.

use std::{net::IpAddr, ops::Deref, sync::Arc, time::Duration};

use szpon_auth::Verifier;
use szpon_kit::{
    clock::Clock,
    db::Db,
    http::{Limit, Limiter},
    mail::{Address, Waker},
    secrets::MasterKey,
    shutdown::ShutdownSignal,
};
use tokio::sync::Notify;

use crate::{
    Parts, Settings, StartError, keys::Keys, schedule::cache::Schedules, signalling::Signalling,
};

/// Cheap to clone; the parts are reached as fields (`state.db`, `state.clock`, …).
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

pub struct Inner {
    pub settings: Settings,
    pub db: Db,
    pub clock: Clock,
    pub master_key: MasterKey,
    pub(crate) keys: Keys,
    pub verifier: Verifier,
    pub(crate) signalling: Signalling,
    pub limits: Limits,
    pub(crate) schedules: Schedules,
    pub shutdown: ShutdownSignal,
    mail: Waker,
    /// Rooms have to be made or changed.
    pub(crate) rooms_due: Notify,
    /// Webhooks have to be called.
    pub(crate) hooks_due: Notify,
}

impl Deref for AppState {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl AppState {
    pub(crate) async fn new(settings: Settings, parts: Parts) -> Result<Self, StartError> {
        let keys = Keys::open(&parts.db, &parts.master_key).await?;
        Ok(Self(Arc::new(Inner {
            keys,
            signalling: Signalling::new(parts.signalling),
            limits: Limits::new(&parts.clock),
            schedules: Schedules::default(),
            settings,
            db: parts.db,
            clock: parts.clock,
            master_key: parts.master_key,
            verifier: parts.verifier,
            shutdown: parts.shutdown,
            mail: parts.mail,
            rooms_due: Notify::new(),
            hooks_due: Notify::new(),
        })))
    }
}

impl Inner {
    /// Call it after the transaction that changed an appointment: mail goes out, and rooms are made,
    /// at once.
    pub fn changed(&self) {
        self.mail.wake();
        self.rooms_due.notify_one();
        self.hooks_due.notify_one();
    }

    /// Mail was put into the outbox.
    pub fn wake_mail(&self) {
        self.mail.wake();
    }

    /// Our address under an office's name.
    pub fn sender_named(&self, name: &str) -> Address {
        Address::new(name, self.settings.mail_from.email.clone())
    }
}

/// Limits on attempts. Keys are
/// [`ClientAddress::limit_key`](szpon_kit::http::ClientAddress::limit_key).
#[derive(Debug)]
pub struct Limits {
    /// Searching and looking for slots. A town hall's library may sit behind one address.
    pub read: Limiter<IpAddr>,
    /// Challenges, holds and what follows them.
    pub book: Limiter<IpAddr>,
    /// Mails with codes asked for from one network, …
    pub code_network: Limiter<IpAddr>,
    /// … and for one address.
    pub code_address: Limiter<String>,
    /// Codes tried at the kiosk.
    pub kiosk: Limiter<IpAddr>,
}

impl Limits {
    fn new(clock: &Clock) -> Self {
        fn limiter<K: Clone + std::hash::Hash + Eq>(
            clock: &Clock,
            burst: u32,
            period_ms: u64,
        ) -> Limiter<K> {
            Limiter::new(Limit::new(burst, Duration::from_millis(period_ms)), clock.clone())
        }
        Self {
            read: limiter(clock, 600, 100),
            book: limiter(clock, 300, 500),
            code_network: limiter(clock, 60, 10_000),
            code_address: limiter(clock, 5, 120_000),
            kiosk: limiter(clock, 60, 2_000),
        }
    }
}
