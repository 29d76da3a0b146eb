//! `/api/openapi.json`, and `/api/docs` to browse it. Nothing is loaded from elsewhere.

use std::sync::Arc;

use axum::routing::get;
use axum::{
    Router,
    body::Bytes,
    http::{HeaderName, HeaderValue, header},
};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Swagger UI sets styles from scripts and has its icons in the style sheet.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

pub fn routes(document: &Arc<OpenApi>) -> Router {
    // A document made of our own types can be written down.
    let json = Bytes::from(serde_json::to_vec(document.as_ref()).unwrap_or_default());
    let typed = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    let document = get(move || async move { (typed, json) });
    // Trying requests out from here would act as whoever is signed in.
    let config = Config::from("/api/openapi.json").supported_submit_methods([""; 0]);
    let pages = Router::from(SwaggerUi::new("/api/docs").config(config)).layer(
        SetResponseHeaderLayer::overriding(
            HeaderName::from_static("content-security-policy"),
            HeaderValue::from_static(DOCS_POLICY),
        ),
    );
    Router::new().route("/api/openapi.json", document).merge(pages)
}
