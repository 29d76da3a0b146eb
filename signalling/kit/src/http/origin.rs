//! Requests that another site makes a browser send (CSRF) are refused: cookies alone prove who, not
//! that they meant it.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::problem::Failure;

/// Lets safe methods through, and others unless a browser says that another site sent them.
pub(super) async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || same_site(request.headers()) {
        next.run(request).await
    } else {
        Failure::forbidden().with_detail("sent by another site").into_response()
    }
}

/// `Sec-Fetch-Site` (every browser since 2023) decides; without it `Origin`, which browsers send
/// with every unsafe request, has to name our own host. A request with neither comes from no browser.
fn same_site(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let origin_host = origin.split_once("://").map(|(_, host)| host);
    // Behind a proxy that changes `Host`, the proxy says what it was.
    let host = text(header::HeaderName::from_static("x-forwarded-host")).or(text(header::HOST));
    origin_host.is_some() && origin_host == host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        same_site(&headers)
    }

    #[test]
    fn what_browsers_say_decides() {
        assert!(same(&[]));
        assert!(same(&[("sec-fetch-site", "same-origin")]));
        assert!(same(&[("sec-fetch-site", "none")]));
        assert!(!same(&[("sec-fetch-site", "cross-site")]));
        assert!(!same(&[("sec-fetch-site", "same-site")]));
        assert!(same(&[("origin", "https://a.example"), ("host", "a.example")]));
        assert!(!same(&[("origin", "https://b.example"), ("host", "a.example")]));
        assert!(!same(&[("origin", "null"), ("host", "a.example")]));
        assert!(!same(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://a.example"),
            ("host", "a.example"),
        ]));
    }
}
