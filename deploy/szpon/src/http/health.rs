//! `/healthz`: the process runs. `/readyz`: it can do its work and takes new work. `/metrics`.

use std::time::Duration;

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde::Serialize;
use szpon_kit::{db::Db, shutdown::ShutdownSignal, telemetry::Metrics};
use szpon_sfu::Node;
use tokio::time::timeout;

/// A database that takes longer counts as unreachable.
const PING_WITHIN: Duration = Duration::from_secs(2);

/// What readiness depends on.
#[derive(Clone)]
pub struct Ready {
    pub db: Db,
    pub node: Node,
    pub shutdown: ShutdownSignal,
}

/// What `/readyz` says; 200 when all is well and 503 otherwise.
#[derive(Debug, Serialize)]
struct Readiness {
    database: bool,
    media: bool,
    draining: bool,
}

pub fn routes(ready: Ready) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(readiness))
        .with_state(ready)
}

pub fn metrics(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(move || async move { metrics.respond() }))
}

async fn readiness(State(ready): State<Ready>) -> (StatusCode, Json<Readiness>) {
    let readiness = Readiness {
        database: matches!(timeout(PING_WITHIN, ready.db.ping()).await, Ok(Ok(()))),
        media: ready.node.alive(),
        draining: ready.shutdown.is_draining(),
    };
    let well = readiness.database && readiness.media && !readiness.draining;
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}
