//! The browser client: built by `build.rs`, embedded, and served by [`router`].
//!
//! Files under `/assets/` carry a hash of their content in their name and never change; everything
//! else is asked for again each time. An address that no file has is the client's own page when a
//! person navigates there, and 404 when a program asks. A citizen's page comes with what can be seen of
//! it without its code (`shell`).

mod encoding;
mod serve;
mod shell;

use axum::{Router, http::HeaderName};
use rust_embed::Embed;

/// The content security policy of every page. The client has no inline script. Of inline styles
/// there are two that React Aria adds for touch screens, allowed by their hashes (a test of the
/// client compares them with the installed version).
///
/// `connect-src 'self'` covers WebSockets to the same host as well (CSP level 3, section 6.7.2.8).
pub const CONTENT_SECURITY_POLICY: &str = concat!(
    "default-src 'none'; ",
    "script-src 'self' 'wasm-unsafe-eval'; ",
    "style-src 'self' ",
    "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o=' ",
    "'sha256-gYiS/BvZvRcK27JIXTuwhZ3hs2+VJ1X+2gUlE+farlg='; ",
    "img-src 'self' data: blob:; ",
    "font-src 'self'; ",
    "connect-src 'self'; ",
    "media-src 'self' blob:; ",
    "worker-src 'self' blob:; ",
    "manifest-src 'self'; ",
    "base-uri 'none'; ",
    "form-action 'self'; ",
    "frame-ancestors 'none'",
);

/// What goes with every answer of the client, by header.
pub const SECURITY_HEADERS: [(HeaderName, &str); 5] = [
    (axum::http::header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (axum::http::header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // A guest's link holds a secret, if only behind `#`.
    (axum::http::header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), \
         fullscreen=(self), picture-in-picture=(self), autoplay=(self), geolocation=(), payment=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// The [`CONTENT_SECURITY_POLICY`] for media nodes at other origins, e.g. `https://node3.example`.
pub fn content_security_policy(other_origins: &[&str]) -> String {
    if other_origins.is_empty() {
        return CONTENT_SECURITY_POLICY.to_owned();
    }
    let wider = format!("connect-src 'self' {};", other_origins.join(" "));
    CONTENT_SECURITY_POLICY.replace("connect-src 'self';", &wider)
}

#[derive(Embed)]
#[folder = "$OUT_DIR/dist"]
struct Files;

/// Serves the client as the fallback of whatever it is merged into.
pub fn router() -> Router {
    Router::new().fallback(serve::serve)
}
