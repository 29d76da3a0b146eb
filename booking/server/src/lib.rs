//! Booking: what offices offer, what is free, and appointments from the hold to the end.
//!
//! ```ignore
//! let booking = Booking::open(settings, parts).await?;   // migrates
//! let built = booking.service(&options);                 // router, OpenAPI, public list
//! let work = booking.run();                              // directory, rooms, reminders, expiry
//! ```
//!
//! * The rules are in `szpon-booking-core`; this crate carries them out.
//! * A handler receives a proof of its caller ([`caller::Staff`], [`caller::OfficeAdmin`]); citizens
//!   show the secret of their appointment in the body.
//! * SQL stands in `store` modules only, and every query has the office in it, unless it starts from
//!   a secret.
//! * What changes an appointment runs in one `transaction!` with its claims, its event and its mail.
//!   That nothing is booked twice is the primary key of `booking_claim`.

pub mod appointments;
mod audit;
pub mod caller;
pub mod demo;
pub mod hooks;
mod keys;
mod mails;
pub mod matters;
pub mod office;
pub mod privacy;
pub mod schedule;
pub mod settings;
mod signalling;
mod slots;
mod state;
pub mod waiting;

use sqlx::migrate::Migrator;
use szpon_auth::{Audience, Verifier};
use szpon_kit::{
    clock::Clock,
    db::{self, Db},
    http::{Built, Options, Service, TokenAuth},
    mail::Waker,
    secrets::{MasterKey, OpenError},
    shutdown::ShutdownSignal,
};
use utoipa_axum::router::OpenApiRouter;

pub use settings::{BookingSection, REFERENCE, Settings, SettingsError};
pub use signalling::{InProcess, Peer, PeerError};
pub use state::AppState;

/// The schema of this service. Its migrations are counted in a table of their own, so that several
/// services may share a database.
pub fn migrator() -> Migrator {
    let mut migrator = sqlx::migrate!();
    migrator.dangerous_set_table_name("booking_migrations");
    migrator
}

/// What the service stands on; the composition root makes it.
pub struct Parts {
    pub db: Db,
    pub clock: Clock,
    pub master_key: MasterKey,
    pub shutdown: ShutdownSignal,
    /// Of the worker that empties the outbox of this database.
    pub mail: Waker,
    /// Checks tokens that signalling signed.
    pub verifier: Verifier,
    /// The way to signalling.
    pub signalling: Box<dyn Peer>,
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
    /// The master key has changed since this service's keys were written.
    #[error(
        "the keys of booking can't be opened: {0}; is the master key the one they were made with?"
    )]
    Sealed(#[from] OpenError),
}

impl szpon_kit::db::Transient for StartError {
    fn database_error(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Query(error) => Some(error),
            Self::Database(_) | Self::Sealed(_) => None,
        }
    }
}

/// The service.
pub struct Booking {
    state: AppState,
}

impl Booking {
    /// Brings the schema up to date and gets everything ready. No socket is opened.
    pub async fn open(settings: Settings, parts: Parts) -> Result<Self, StartError> {
        parts.db.migrate(&migrator()).await?;
        Ok(Self { state: AppState::new(settings, parts).await? })
    }

    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// The router with all routes. See [`app`].
    pub fn service(&self, options: &Options) -> Built {
        app(self.state.clone(), options)
    }

    /// Background work, until the shutdown reaches its last phase.
    pub async fn run(self) {
        tokio::join!(
            signalling::keep_directory(self.state.clone()),
            appointments::jobs::run(self.state.clone()),
            hooks::worker::run(self.state),
        );
    }
}

/// Every route of this service on one router, without a socket.
pub fn app(state: AppState, options: &Options) -> Built {
    let authenticator =
        TokenAuth::new(state.verifier.clone(), Audience::Booking, state.clock.clone());
    Service::new("booking", "/booking/v1", state, authenticator, options)
        .protected(office::routes())
        .protected(matters::routes())
        .protected(schedule::routes())
        .protected(slots::routes())
        .protected(appointments::routes())
        .protected(hooks::routes())
        .protected(privacy::routes())
        .protected(waiting::routes())
        .protected(audit::routes())
        .public(office::public_routes())
        .public(matters::public_routes())
        .public(slots::public_routes())
        .public(appointments::public_routes())
        .public(waiting::public_routes())
        .build()
}

/// A router of this service's state.
type Routes = OpenApiRouter<AppState>;
