//! Players and encoders that are pages of other sites (CORS, Fetch standard). A bearer token proves
//! who calls and no cookie counts here, so any site may ask.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::request::{FRAGMENT, SDP};

const METHODS: HeaderValue = HeaderValue::from_static("POST, PATCH, DELETE, OPTIONS");
const TAKEN: HeaderValue = HeaderValue::from_static("Authorization, Content-Type, If-Match");
const SHOWN: HeaderValue =
    HeaderValue::from_static("Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After");
/// A browser asks again after so many seconds; no browser keeps it longer than a day.
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");

/// Lets every site read every answer, refusals included.
pub async fn allow(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let refused_type = response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
    if method == Method::OPTIONS {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, TAKEN);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    // RFC 9110, section 15.5.16, and RFC 5789, section 2.2: a 415 says what would be taken.
    if refused_type && method == Method::PATCH {
        headers.insert("accept-patch", HeaderValue::from_static(FRAGMENT));
    } else if refused_type {
        headers.insert("accept-post", HeaderValue::from_static(SDP));
    }
    response
}
