//! What handlers share.

use std::{net::IpAddr, ops::Deref, sync::Arc, time::Duration};

use szpon_kit::{
    bus::Bus,
    clock::Clock,
    db::Db,
    http::{Limit, Limiter},
    mail::{Address, Waker},
    secrets::MasterKey,
    shutdown::ShutdownSignal,
    telemetry::Metrics,
};

use crate::{
    Parts, Settings, StartError,
    accounts::password::Passwords,
    keys::{Keys, KeysError},
    rooms::Rooms,
};

/// Cheap to clone; the parts are reached as fields (`state.db`, `state.keys`, …).
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

pub struct Inner {
    pub settings: Settings,
    pub db: Db,
    pub bus: Bus,
    pub clock: Clock,
    pub metrics: Metrics,
    pub master_key: MasterKey,
    pub keys: Keys,
    pub passwords: Passwords,
    pub limits: Limits,
    pub mail: MailOut,
    pub shutdown: ShutdownSignal,
    pub rooms: Rooms,
}

impl Deref for AppState {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl AppState {
    pub(crate) async fn new(
        settings: Settings,
        parts: Parts,
        waker: Waker,
    ) -> Result<Self, StartError> {
        let Parts { db, bus, clock, metrics, master_key, shutdown } = parts;
        let keys = Keys::open(&settings, &db, &master_key, clock.clone()).await?;
        let passwords =
            Passwords::new(settings.password_checks).map_err(|_| KeysError::NoRandomness)?;
        let limits = Limits::new(&clock);
        let mail =
            MailOut { from: settings.mail_from.clone(), local: settings.smtp.is_none(), waker };
        let rooms = Rooms::default();
        Ok(Self(Arc::new(Inner {
            settings,
            db,
            bus,
            clock,
            metrics,
            master_key,
            keys,
            passwords,
            limits,
            mail,
            shutdown,
            rooms,
        })))
    }
}

/// Outgoing mail.
#[derive(Debug, Clone)]
pub struct MailOut {
    /// The sender of everything.
    pub from: Address,
    /// Mail stays in the local mailbox.
    pub local: bool,
    waker: Waker,
}

impl MailOut {
    /// Call it after the transaction that put mail into the outbox, so that it goes out at once.
    pub fn wake(&self) {
        self.waker.wake();
    }

    /// Our address under another name, e.g. the office's.
    pub fn from_named(&self, name: &str) -> Address {
        Address::new(name, self.from.email.clone())
    }
}

/// Limits on attempts. Keys are [`ClientAddress::limit_key`](szpon_kit::http::ClientAddress::limit_key)
/// or what the attempt is against.
#[derive(Debug)]
pub struct Limits {
    /// Sign-ins from one network. An office with hundreds of clerks may sit behind one address.
    pub sign_in_network: Limiter<IpAddr>,
    /// Sign-ins to one account, by its address in lower case, known or not.
    pub sign_in_account: Limiter<String>,
    /// Secrets of account links and of set-up, tried from one network.
    pub account_secret: Limiter<IpAddr>,
    /// Mails with a reset link asked for from one network, …
    pub reset_network: Limiter<IpAddr>,
    /// … and for one address.
    pub reset_account: Limiter<String>,
    /// Checks of the password by someone who is signed in (change, second factor), by person.
    pub confirm_password: Limiter<szpon_protocol::PersonId>,
    /// Guest links tried from one network.
    pub guest_link: Limiter<IpAddr>,
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

impl Limits {
    fn new(clock: &Clock) -> Self {
        fn limiter<K: Clone + std::hash::Hash + Eq>(
            clock: &Clock,
            burst: u32,
            period: Duration,
        ) -> Limiter<K> {
            Limiter::new(Limit::new(burst, period), clock.clone())
        }
        Self {
            sign_in_network: limiter(clock, 100, secs(1)),
            sign_in_account: limiter(clock, 10, secs(30)),
            account_secret: limiter(clock, 30, secs(5)),
            reset_network: limiter(clock, 20, secs(30)),
            reset_account: limiter(clock, 3, secs(600)),
            confirm_password: limiter(clock, 10, secs(30)),
            guest_link: limiter(clock, 120, secs(1)),
        }
    }
}
