//! The parts of one process, put together, with all routes on one router and no socket for HTTP.

use std::{fs, io, os::unix::fs::DirBuilderExt, path::PathBuf, sync::Arc};

use axum::{Router, middleware::from_fn};
use szpon_auth::Audience;
use szpon_booking::{Booking, InProcess};
use szpon_kit::{
    bus::Bus,
    clock::Clock,
    db::{self, Db},
    http::{Options, PublicRoute, TokenAuth},
    secrets::{MasterKey, MasterKeyError},
    shutdown::{Shutdown, ShutdownSignal},
    telemetry::Metrics,
};
use szpon_sfu::{DevWhip, Node};
use szpon_signalling::{Parts, Signalling};
use thiserror::Error;
use utoipa::openapi::OpenApi;

use crate::{
    http::{docs, headers, health},
    openapi,
    settings::Settings,
};

/// File of the master key in the data folder.
const MASTER_KEY_FILE: &str = "master.key";
/// Origin of the key in error messages, when it comes from the settings.
const MASTER_KEY_SETTING: &str = "the setting master_key";

/// Why the process can't start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("the data folder {}: {source}", path.display())]
    DataDir { path: PathBuf, source: io::Error },
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    #[error(transparent)]
    Database(#[from] db::OpenError),
    #[error("signalling: {0}")]
    Signalling(#[from] szpon_signalling::StartError),
    #[error("booking: {0}")]
    Booking(#[from] szpon_booking::StartError),
    #[error("media: {0}")]
    Media(#[from] szpon_sfu::StartError),
}

/// Everything but the sockets of the web server.
pub struct App {
    pub signalling: Signalling,
    pub booking: Booking,
    pub node: Node,
    pub db: Db,
    pub shutdown: Shutdown,
    /// All routes, the web client included.
    pub router: Router,
    /// `/metrics` and health, for the second listener.
    pub telemetry: Router,
    pub openapi: Arc<OpenApi>,
    /// API routes that answer without credentials.
    pub public: Vec<PublicRoute>,
}

/// The database with its keys, for commands that need no more.
pub async fn open_signalling(
    settings: &Settings,
    bus: Bus,
    metrics: Metrics,
    shutdown: ShutdownSignal,
) -> Result<(Signalling, Db), StartError> {
    // What is in there is personal data.
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&settings.data_dir)
        .map_err(|source| StartError::DataDir { path: settings.data_dir.clone(), source })?;
    let master_key = master_key(settings)?;
    let db = Db::open(&settings.database_url).await?;
    let clock = Clock::system();
    let parts = Parts { db: db.clone(), bus, clock, metrics, master_key, shutdown };
    Ok((Signalling::open(settings.signalling.clone(), parts).await?, db))
}

/// The installation's key; made when there is none.
fn master_key(settings: &Settings) -> Result<MasterKey, MasterKeyError> {
    match &settings.master_key {
        Some(key) => MasterKey::from_base64(key, MASTER_KEY_SETTING),
        None => MasterKey::load_or_create(&settings.data_dir.join(MASTER_KEY_FILE)),
    }
}

/// The booking service beside signalling in the same process: one database, one outbox.
pub async fn open_booking(
    settings: &Settings,
    signalling: &Signalling,
    db: &Db,
    options: &Options,
    shutdown: ShutdownSignal,
) -> Result<Booking, StartError> {
    let state = signalling.state().clone();
    let parts = szpon_booking::Parts {
        db: db.clone(),
        clock: Clock::system(),
        master_key: master_key(settings)?,
        shutdown,
        mail: signalling.mail_waker(),
        verifier: signalling.verifier(),
        signalling: Box::new(InProcess {
            router: signalling.service(options).router,
            token: move || {
                let signed = state.keys.service_token("booking", Audience::Signalling);
                signed.map(|signed| signed.token)
            },
        }),
    };
    Ok(Booking::open(settings.booking.clone(), parts).await?)
}

impl App {
    /// Opens the database and the media sockets, and builds the routers.
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        Self::with_dev_whip(settings, None).await
    }

    /// As [`App::open`], with `dev` also with the routes of `--dev-whip`, which the OpenAPI document
    /// has nothing of.
    pub async fn with_dev_whip(
        settings: &Settings,
        dev: Option<DevWhip>,
    ) -> Result<Self, StartError> {
        let (shutdown, signal) = Shutdown::new();
        let (bus, metrics) = (Bus::in_process(), Metrics::new());
        let (signalling, db) =
            open_signalling(settings, bus.clone(), metrics.clone(), signal.clone()).await?;
        let node = Node::start(settings.sfu.clone(), bus, metrics.registry()).await?;

        let mut options = Options::new(metrics.clone());
        options.trusted_proxies = settings.trusted_proxies.clone();
        let booking = open_booking(settings, &signalling, &db, &options, signal.clone()).await?;
        let auth = TokenAuth::new(signalling.verifier(), Audience::Sfu, Clock::system());
        let services = [
            signalling.service(&options),
            booking.service(&options),
            szpon_sfu::service(node.clone(), auth.clone(), &options),
            szpon_sfu::whip_service(node.clone(), auth, &options),
        ];

        let https = settings.is_https();
        let ready = health::Ready { db: db.clone(), node: node.clone(), shutdown: signal };
        let mut router = Router::new();
        let mut public = Vec::new();
        let mut document = openapi::base();
        for service in services {
            router = router.merge(service.router);
            public.extend(service.public);
            document.merge(service.openapi);
        }
        if let Some(dev) = dev {
            router = router.merge(szpon_sfu::dev_whip_service(node.clone(), dev, &options).router);
        }
        let document = Arc::new(document);
        let router = router
            .merge(health::routes(ready.clone()))
            .merge(docs::routes(&document))
            .merge(szpon_web::router())
            .layer(from_fn(move |request, next| headers::add(https, request, next)));
        let telemetry = health::routes(ready).merge(health::metrics(metrics));
        Ok(Self {
            signalling,
            booking,
            node,
            db,
            shutdown,
            router,
            telemetry,
            openapi: document,
            public,
        })
    }
}
