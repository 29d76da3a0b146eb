//! One request for a file or a page.

use std::{borrow::Cow, fmt::Write};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use crate::{Files, SECURITY_HEADERS, encoding::Encoding, shell};

/// One year, which RFC 9111 calls practically forever.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// May be stored, but is checked by its ETag each time.
const CHECKED: &str = "no-cache";
/// The page that names all others: a stored one would ask for files of a former version.
const NEVER: &str = "no-store";

/// Addresses of programs: an unknown one is never the client's page, whatever the browser accepts.
const PROGRAMS: [&str; 5] = ["/api/", "/media/", "/.well-known/", "/assets/", "/metrics"];

/// RFC 9457, as every service here answers.
const NOT_FOUND: &str =
    r#"{"type":"urn:szpon:problem:not_found","title":"Not found","status":404,"code":"not_found"}"#;

pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let mut response = answer(&method, &uri, &headers);
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn answer(method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return not_found();
    }
    let path = uri.path();
    let name = path.trim_start_matches('/');
    // A compressed copy isn't a file of its own, `index.html` and the shells have the addresses of
    // pages only, and the build's manifest is for the size report.
    let hidden = matches!(name, "index.html" | "manifest.json")
        || name.starts_with("shells/")
        || Encoding::ALL.iter().any(|encoding| name.ends_with(encoding.suffix()));
    if !hidden && let Some(file) = Files::get(name) {
        let caching = if name.starts_with("assets/") { FOREVER } else { CHECKED };
        return file_response(name, &file, caching, headers);
    }
    if is_page(path, headers) {
        let page = shell::file(path, header_text(headers, header::ACCEPT_LANGUAGE));
        if let Some(file) = Files::get(&page) {
            let mut response = file_response(&page, &file, NEVER, headers);
            let vary = HeaderValue::from_static("accept-encoding, accept-language");
            response.headers_mut().insert(header::VARY, vary);
            return response;
        }
    }
    not_found()
}

/// A person follows a link or types an address: their browser asks for HTML.
fn is_page(path: &str, headers: &HeaderMap) -> bool {
    let program = PROGRAMS.iter().any(|prefix| path.starts_with(prefix));
    let html = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    html && !program
}

fn file_response(
    name: &str,
    file: &rust_embed::EmbeddedFile,
    caching: &'static str,
    headers: &HeaderMap,
) -> Response {
    let accepted = header_text(headers, header::ACCEPT_ENCODING);
    let compressed =
        Encoding::ALL.into_iter().filter(|one| one.accepted(accepted)).find_map(|one| {
            let copy = Files::get(&format!("{name}{}", one.suffix()))?;
            Some((one, copy.data))
        });
    let tag = entity_tag(&file.metadata.sha256_hash(), compressed.as_ref().map(|(one, _)| *one));

    let mut response = if matches(header_text(headers, header::IF_NONE_MATCH), &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let data = compressed.as_ref().map_or_else(|| file.data.clone(), |(_, data)| data.clone());
        let mut response = Response::new(match data {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        });
        let out = response.headers_mut();
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
        if let Some((encoding, _)) = compressed {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.token()));
        }
        response
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, value);
    }
    response
}

/// Strong, so each encoding has its own (RFC 9110, section 8.8.3.3).
fn entity_tag(sha256: &[u8; 32], encoding: Option<Encoding>) -> String {
    let mut tag = String::from("\"");
    // Half of the hash is plenty to tell two versions of a file apart.
    for byte in &sha256[..16] {
        // Writing to a String can't fail.
        let _ = write!(tag, "{byte:02x}");
    }
    if let Some(encoding) = encoding {
        tag.push('-');
        tag.push_str(encoding.token());
    }
    tag.push('"');
    tag
}

/// `If-None-Match` compares weakly: a `W/` that a proxy put in front doesn't count.
fn matches(if_none_match: &str, tag: &str) -> bool {
    if_none_match
        .split(',')
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn not_found() -> Response {
    (
        StatusCode::NOT_FOUND,
        [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, NEVER)],
        NOT_FOUND,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::Request};
    use szpon_protocol::{Code, problem::Problem};
    use tower::ServiceExt;

    use super::*;

    const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

    async fn get(
        path: &str,
        headers: &[(header::HeaderName, &str)],
    ) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = crate::router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    fn script() -> String {
        // What is small is not worth compressing.
        let large = |name: &str| Files::get(name).is_some_and(|file| file.data.len() > 10_000);
        Files::iter()
            .find(|name| name.starts_with("assets/") && name.ends_with(".js") && large(name))
            .expect("the build has a large script")
            .into_owned()
    }

    #[tokio::test]
    async fn a_person_gets_the_page_at_any_address() {
        for path in ["/", "/j", "/rooms/0198", "/index.html", "/no/such.page"] {
            let (status, headers, body) = get(path, &[(header::ACCEPT, HTML)]).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert_eq!(headers[header::CACHE_CONTROL], "no-store");
            assert_eq!(headers[header::CONTENT_SECURITY_POLICY], crate::CONTENT_SECURITY_POLICY);
            assert!(String::from_utf8_lossy(&body).contains("<div id=\"root\">"), "{path}");
        }
    }

    #[tokio::test]
    async fn a_program_gets_404_as_a_problem() {
        for (path, accept) in [
            ("/rooms", "application/json"),
            ("/api/v1/nothing", HTML),
            ("/media/v1/nothing", HTML),
            ("/assets/index-gone.js", "*/*"),
            ("/manifest.json", "*/*"),
            ("/shells/index.json", "*/*"),
        ] {
            let (status, headers, body) = get(path, &[(header::ACCEPT, accept)]).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
            let problem: Problem = serde_json::from_slice(&body).unwrap();
            assert_eq!((problem.code, problem.status), (Code::NotFound, 404));
        }
    }

    #[tokio::test]
    async fn no_page_has_inline_code() {
        for path in ["/", "/j", "/booking", "/booking/0198/0199/times", "/booking/appointment"] {
            let (_, _, body) = get(path, &[(header::ACCEPT, HTML)]).await;
            let page = String::from_utf8(body).unwrap();
            // What stands before the first is no script.
            let mut scripts = page.split("<script").skip(1).map(|rest| rest.split('>').next());
            assert!(scripts.clone().count() > 0, "{path}");
            assert!(scripts.all(|tag| tag.is_some_and(|tag| tag.contains(" src="))), "{path}");
            assert!(!page.contains("<style") && !page.contains("style=\""), "{path}");
        }
    }

    #[tokio::test]
    async fn a_citizens_page_has_its_heading_before_its_code() {
        for (language, heading) in
            [("pl", "Umów wizytę w urzędzie"), ("en-GB,en;q=0.9", "Book an appointment")]
        {
            let headers = [(header::ACCEPT, HTML), (header::ACCEPT_LANGUAGE, language)];
            let (_, headers, body) = get("/booking", &headers).await;
            assert!(headers[header::VARY].to_str().unwrap().contains("accept-language"));
            let page = String::from_utf8(body).unwrap();
            assert!(page.contains(&format!("<html lang=\"{}\"", &language[..2])));
            assert!(page.contains(heading), "{language}");
        }
    }

    #[tokio::test]
    async fn hashed_files_are_kept_forever_and_compressed() {
        let path = format!("/{}", script());
        let (_, plain, body) = get(&path, &[]).await;
        assert_eq!(plain[header::CACHE_CONTROL], FOREVER);
        assert_eq!(plain[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert!(!plain.contains_key(header::CONTENT_ENCODING));
        let (_, gzip, smaller) = get(&path, &[(header::ACCEPT_ENCODING, "gzip, deflate")]).await;
        assert_eq!(gzip[header::CONTENT_ENCODING], "gzip");
        let (_, brotli, smallest) = get(&path, &[(header::ACCEPT_ENCODING, "gzip, br")]).await;
        assert_eq!(brotli[header::CONTENT_ENCODING], "br");
        assert!(smallest.len() < smaller.len() && smaller.len() < body.len());
        assert_ne!(gzip[header::ETAG], brotli[header::ETAG]);
        assert_eq!(gzip[header::VARY], "accept-encoding");
        assert_eq!(get(&format!("{path}.br"), &[]).await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn an_unchanged_file_is_not_sent_again() {
        let (_, headers, _) = get("/favicon.svg", &[]).await;
        assert_eq!(headers[header::CACHE_CONTROL], CHECKED);
        let tag = headers[header::ETAG].to_str().unwrap().to_owned();
        let weak = format!("\"other\", W/{tag}");
        let (status, headers, body) = get("/favicon.svg", &[(header::IF_NONE_MATCH, &weak)]).await;
        assert_eq!(status, StatusCode::NOT_MODIFIED);
        assert!(body.is_empty());
        assert_eq!(headers[header::ETAG], tag.as_str());
    }

    #[tokio::test]
    async fn only_reading_is_offered() {
        let request = Request::post("/rooms").body(Body::empty()).unwrap();
        let response = crate::router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn other_nodes_may_be_connected_to() {
        let policy = crate::content_security_policy(&["https://node3.example"]);
        assert!(policy.contains("connect-src 'self' https://node3.example;"));
        assert_eq!(crate::content_security_policy(&[]), crate::CONTENT_SECURITY_POLICY);
    }
}
