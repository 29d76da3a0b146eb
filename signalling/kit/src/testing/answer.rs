//! Calls of a router without a socket, and what it answered.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Router,
    body::{self, Body},
    extract::ConnectInfo,
    http::{HeaderMap, StatusCode, header, request},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use szpon_protocol::{Code, Problem};
use tower::ServiceExt;

/// Longest body of an answer, in bytes.
const BODY_MAX: usize = 8 << 20;

/// Sends a request, with a JSON body if there is one, as if it came from `address`.
pub async fn call(
    router: &Router,
    address: IpAddr,
    request: request::Builder,
    body: Option<Value>,
) -> Answer {
    let request = match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    let mut request = request.expect("the request is well-formed");
    let what = format!("{} {}", request.method(), request.uri());
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 50_000)));
    let Ok(response) = router.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = body::to_bytes(body, BODY_MAX).await.expect("the whole body arrives").to_vec();
    Answer { what, status: parts.status, headers: parts.headers, body }
}

/// What a router answered.
#[derive(Debug)]
pub struct Answer {
    /// Method and path of what was asked, for messages.
    what: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.what, self.text());
        self
    }

    #[track_caller]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.what, self.text()))
    }

    /// The body as JSON; null when it is empty.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { self.read() }
    }

    /// The code of a problem document.
    #[track_caller]
    pub fn code(&self) -> Code {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        assert_eq!(kind, Some("application/problem+json"), "{}: {}", self.what, self.text());
        let problem: Problem = self.read();
        assert_eq!(problem.status, self.status.as_u16());
        problem.code
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
