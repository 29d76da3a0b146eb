//! The listeners of the web server, with or without TLS.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use axum::Router;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use crate::settings::TlsFiles;

/// A connection must send its first request within this time.
const FIRST_REQUEST_WITHIN: Duration = Duration::from_secs(15);

/// Why a listener can't be had.
#[derive(Debug, Error)]
pub enum ListenError {
    /// The address is taken, or isn't this machine's.
    #[error("{setting} {address}: {source}")]
    Bind { setting: &'static str, address: SocketAddr, source: io::Error },
    /// The files can't be read, or don't fit each other.
    #[error("the TLS certificate or key: {0}")]
    Tls(#[source] io::Error),
}

/// A bound listener.
pub struct Listener {
    socket: TcpListener,
    tls: Option<RustlsConfig>,
    pub handle: Handle<SocketAddr>,
}

impl Listener {
    /// Binds; `setting` names the address in errors.
    pub async fn bind(
        setting: &'static str,
        address: SocketAddr,
        tls: Option<&TlsFiles>,
    ) -> Result<Self, ListenError> {
        let bound = TcpListener::bind(address).and_then(|socket| {
            socket.set_nonblocking(true)?;
            Ok(socket)
        });
        let socket = bound.map_err(|source| ListenError::Bind { setting, address, source })?;
        let tls = match tls {
            Some(files) => {
                let config = RustlsConfig::from_pem_file(&files.cert, &files.key)
                    .await
                    .map_err(ListenError::Tls)?;
                tokio::spawn(reload_on_hangup(config.clone(), files.clone()));
                Some(config)
            }
            None => None,
        };
        Ok(Self { socket, tls, handle: Handle::new() })
    }

    /// Serves until the handle says stop.
    pub async fn serve(self, router: Router) -> io::Result<()> {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        match self.tls {
            Some(tls) => {
                axum_server::from_tcp_rustls(self.socket, tls)?
                    .handle(self.handle)
                    .first_request_timeout(FIRST_REQUEST_WITHIN)
                    .serve(service)
                    .await
            }
            None => {
                axum_server::from_tcp(self.socket)?
                    .handle(self.handle)
                    .first_request_timeout(FIRST_REQUEST_WITHIN)
                    .serve(service)
                    .await
            }
        }
    }
}

/// Certificates are renewed every few weeks; that must not end calls.
async fn reload_on_hangup(config: RustlsConfig, files: TlsFiles) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    while hangup.recv().await.is_some() {
        match config.reload_from_pem_file(&files.cert, &files.key).await {
            Ok(()) => info!("the TLS certificate was read again"),
            Err(error) => warn!(%error, "the TLS certificate can't be read; the old one stays"),
        }
    }
}
