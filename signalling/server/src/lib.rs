//! The authority: offices and their people, sign-in, tokens, rooms, audit, outgoing mail.
//!
//! ```ignore
//! let signalling = Signalling::open(settings, parts).await?;   // migrates, loads or makes keys
//! let built = signalling.service(&options);                    // router, OpenAPI, public list
//! let verifier = signalling.verifier();                        // for services in this process
//! let work = signalling.run();                                 // mail, key rotation, rooms
//! ```
//!
//! How the modules use the common parts:
//! * A handler takes `State(state): State<AppState>` and a proof of its caller
//!   ([`caller::Staff`], [`caller::OfficeAdmin`], [`caller::Operator`], [`caller::Participant`]) and
//!   gives `szpon_kit::problem::Result<…>`.
//! * SQL stands in `store` modules only; functions take `&mut Conn` and the office, so that another
//!   office's ids are simply not found.
//! * What changes anything runs in `transaction!(state.db, |conn| { … })` together with
//!   [`audit::record`] and `outbox::enqueue`; after it, `state.mail.wake()`.
//! * Tokens are made by [`keys::Keys::sign`].

pub mod accounts;
pub mod admin;
pub mod audit;
pub mod caller;
pub mod demo;
pub mod directory;
pub mod keys;
pub mod operator;
pub mod rooms;
mod service;
pub mod settings;
mod state;
mod systems;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use szpon_auth::Verifier;
use szpon_kit::{
    bus::Bus,
    clock::Clock,
    db::{self, Db},
    http::{Built, Options, Service},
    mail::{Transport, Waker, Worker, local::LocalMailbox},
    secrets::MasterKey,
    shutdown::ShutdownSignal,
    telemetry::Metrics,
};
use utoipa_axum::router::OpenApiRouter;

use szpon_kit::db::row;

pub use settings::{MailSection, Settings, SettingsError, SignallingSection};
pub use state::{AppState, Limits, MailOut};

/// The schema of this service.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// What the service stands on; the composition root makes it.
#[derive(Debug)]
pub struct Parts {
    pub db: Db,
    pub bus: Bus,
    pub clock: Clock,
    pub metrics: Metrics,
    pub master_key: MasterKey,
    pub shutdown: ShutdownSignal,
}

/// Why the service can't begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The schema.
    #[error(transparent)]
    Database(#[from] db::OpenError),
    /// A query.
    #[error("the database: {0}")]
    Query(#[from] sqlx::Error),
    /// The signing keys.
    #[error(transparent)]
    Keys(#[from] keys::KeysError),
    /// Mail can't go out as set.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Something that a handler would have answered 500 for.
    #[error(transparent)]
    Failure(#[from] szpon_kit::problem::Failure),
}

/// The service.
pub struct Signalling {
    state: AppState,
    worker: Worker,
}

impl Signalling {
    /// Brings the schema up to date and gets everything ready. No socket is opened.
    pub async fn open(settings: Settings, parts: Parts) -> Result<Self, StartError> {
        let transport: Arc<dyn Transport> = match settings.smtp_transport()? {
            Some(smtp) => Arc::new(smtp),
            None => Arc::new(LocalMailbox::new(parts.db.clone())),
        };
        Self::open_with_transport(settings, parts, transport).await
    }

    /// [`Self::open`] with another way out for mail. For tests.
    pub async fn open_with_transport(
        settings: Settings,
        parts: Parts,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        parts.db.migrate(&MIGRATOR).await?;
        audit::protect(&parts.db).await?;
        let worker = Worker::new(parts.db.clone(), transport, parts.clock.clone(), &parts.metrics);
        let state = AppState::new(settings, parts, worker.waker()).await?;
        Ok(Self { state, worker })
    }

    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Checks tokens of this installation; shares its key set with this service.
    pub fn verifier(&self) -> Verifier {
        self.state.keys.verifier().clone()
    }

    /// Wakes the worker that empties the outbox, for services that share the database.
    pub fn mail_waker(&self) -> Waker {
        self.worker.waker()
    }

    /// The router with all routes. See [`app`].
    pub fn service(&self, options: &Options) -> Built {
        app(self.state.clone(), options)
    }

    /// On a machine without any person yet: the address that makes the first administrator, with a
    /// new one-time secret. Earlier ones stop working.
    pub async fn setup_link(&self) -> Result<Option<String>, StartError> {
        Ok(accounts::setup::new_link(&self.state).await?)
    }

    /// Background work, until the shutdown reaches its last phase.
    pub async fn run(self) {
        let shutdown = self.state.shutdown.clone();
        tokio::join!(
            self.worker.run(shutdown.clone()),
            keys::rotate(self.state.clone(), shutdown.clone()),
            accounts::sweep(self.state.clone(), shutdown),
            rooms::run(self.state),
        );
    }
}

/// Every route of this service on one router, without a socket.
pub fn app(state: AppState, options: &Options) -> Built {
    let authenticator = caller::Authenticator::new(state.clone());
    Service::new("signalling", "/api/v1", state, authenticator, options)
        .with_cookies()
        .protected(accounts::routes())
        .protected(admin::routes())
        .protected(audit::routes())
        .protected(keys::routes())
        .protected(operator::routes())
        .protected(rooms::routes())
        .protected(service::routes())
        .protected(systems::routes())
        .public(accounts::public_routes())
        .public(keys::public_routes())
        .public(rooms::public_routes())
        .public(systems::public_routes())
        .build()
}

/// A router of this service's state.
type Routes = OpenApiRouter<AppState>;
