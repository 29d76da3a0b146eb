//! What is seen of every request: an id, a span for its log lines, its duration as a metric.
//! Paths appear as templates only, since addresses carry ids and queries.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};
use prometheus::HistogramVec;
use tracing::Instrument;
use uuid::Uuid;

use super::{Options, TrustedProxies};

#[derive(Clone)]
pub(super) struct Watch(Arc<Inner>);

struct Inner {
    service: &'static str,
    proxies: TrustedProxies,
    duration: HistogramVec,
}

impl Watch {
    pub(super) fn new(service: &'static str, options: &Options) -> Self {
        let duration = options.metrics.http_durations();
        Self(Arc::new(Inner { service, proxies: options.trusted_proxies.clone(), duration }))
    }
}

pub(super) async fn watch(
    State(Watch(watch)): State<Watch>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = known_method(request.method().as_str());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none".to_owned(), |path| path.as_str().to_owned());
    let id = Uuid::now_v7().to_string();
    let span = tracing::info_span!("request", id, method, route);

    let (mut parts, body) = request.into_parts();
    let address = watch.proxies.client(&parts);
    parts.extensions.insert(address);
    let mut response = next.run(Request::from_parts(parts, body)).instrument(span.clone()).await;

    let elapsed = started.elapsed();
    let status = response.status();
    watch
        .duration
        .with_label_values(&[watch.service, method, &route, status.as_str()])
        .observe(elapsed.as_secs_f64());
    span.in_scope(|| {
        tracing::debug!(status = status.as_u16(), ms = elapsed.as_millis() as u64, "answered");
    });
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// Clients may invent methods; a label may not have any number of values.
fn known_method(method: &str) -> &'static str {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}
