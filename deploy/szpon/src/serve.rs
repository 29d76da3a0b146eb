//! `szpon serve`: everything, until a signal ends it in good order.

use std::{
    io, process,
    time::{Duration, Instant},
};

use szpon_sfu::{DevWhip, NotLoopback};
use thiserror::Error;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
    time::timeout,
};
use tracing::{error, info, warn};

use crate::{
    admin,
    app::{App, StartError},
    cli::ServeArgs,
    http::listen::{ListenError, Listener},
    settings::Settings,
};

/// Clients come back after this time, when a restarted server should answer again.
const COME_BACK_AFTER: Duration = Duration::from_millis(1_500);
/// Time for the farewell to reach people before sockets close.
const FAREWELL: Duration = Duration::from_millis(700);
/// Requests that are being answered may take so long.
const REQUESTS_WITHIN: Duration = Duration::from_secs(3);
/// Background work, like mail that is being handed over, may take so long.
const WORK_WITHIN: Duration = Duration::from_secs(5);
/// What a shell reports of a program ended by SIGINT.
const INTERRUPTED: i32 = 130;

/// Why serving ended other than by a signal.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("the first steps: {0}")]
    Admin(#[from] admin::AdminError),
    #[error(transparent)]
    DevWhip(#[from] NotLoopback),
    #[error("signals can't be heard: {0}")]
    Signals(#[source] io::Error),
    #[error("the web server ended: {0}")]
    Http(#[source] io::Error),
}

pub async fn serve(settings: Settings, args: ServeArgs) -> Result<(), ServeError> {
    let dev = args.dev_whip.then(|| DevWhip::new(settings.listen)).transpose()?;
    let mut signals = Signals::new().map_err(ServeError::Signals)?;
    // Bound first: a second start on the same machine fails before it touches anything.
    let http = Listener::bind("http.listen", settings.listen, settings.tls.as_ref()).await?;
    let telemetry = Listener::bind("telemetry.listen", settings.telemetry.listen, None).await?;
    let app = App::with_dev_whip(&settings, dev).await?;
    greet(&settings, &app, &args).await?;

    let App { signalling, booking, node, db, shutdown, router, telemetry: numbers, .. } = app;
    let handles = [http.handle.clone(), telemetry.handle.clone()];
    let work = tokio::spawn(async { tokio::join!(signalling.run(), booking.run()) });
    let mut http = tokio::spawn(http.serve(router));
    let telemetry = tokio::spawn(telemetry.serve(numbers));

    tokio::select! {
        name = signals.next() => info!(signal = name, "draining; once more ends at once"),
        ended = &mut http => {
            shutdown.stop();
            node.stop().await;
            return match ended {
                Ok(Err(error)) => Err(ServeError::Http(error)),
                Ok(Ok(())) | Err(_) => Err(ServeError::Http(io::ErrorKind::Interrupted.into())),
            };
        }
    }
    tokio::spawn(async move {
        let name = signals.next().await;
        warn!(signal = name, "ending at once");
        process::exit(INTERRUPTED);
    });

    let began = Instant::now();
    shutdown.drain();
    node.drain(COME_BACK_AFTER);
    tokio::time::sleep(FAREWELL).await;
    handles[0].graceful_shutdown(Some(REQUESTS_WITHIN));
    join("the web server", REQUESTS_WITHIN + FAREWELL, http).await;
    shutdown.stop();
    join("background work", WORK_WITHIN, work).await;
    node.stop().await;
    handles[1].shutdown();
    join("telemetry", FAREWELL, telemetry).await;
    db.close().await;
    info!(ms = began.elapsed().as_millis() as u64, "ended");
    Ok(())
}

/// Tells the person at the terminal where to go.
async fn greet(settings: &Settings, app: &App, args: &ServeArgs) -> Result<(), ServeError> {
    println!("SZPoN {} at {}", env!("CARGO_PKG_VERSION"), settings.public_url);
    if !settings.is_secure_context() {
        warn!(
            public_url = settings.public_url,
            "browsers give camera and microphone to https pages only"
        );
    }
    if args.dev_whip {
        warn!(
            "--dev-whip: whoever reaches this web server publishes and watches without an account"
        );
        println!(
            "FOR TESTS ONLY (--dev-whip): {0}/whip/ROOM and {0}/whep/ROOM are open to everybody",
            settings.public_url
        );
    }
    if args.demo {
        admin::fill(&app.signalling, &app.booking, args.password.demo_password.as_deref()).await?;
    } else if let Some(link) = app.signalling.setup_link().await.map_err(StartError::from)? {
        println!("Nobody can sign in yet. Make the first administrator: {link}");
    }
    Ok(())
}

async fn join<T>(what: &str, within: Duration, task: JoinHandle<T>) {
    let abort = task.abort_handle();
    match timeout(within, task).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => error!(what, %error, "ended badly"),
        Err(_) => {
            abort.abort();
            warn!(what, "did not end in time");
        }
    }
}

/// What ends a service: Ctrl-C, or whoever runs it.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
