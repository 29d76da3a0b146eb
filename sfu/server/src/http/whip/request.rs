//! What the requests of WHIP and WHEP carry: SDP, fragments of it, and preconditions.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, StatusCode, header, request::Parts},
};
use szpon_kit::problem::Failure;
use szpon_protocol::Code;

use crate::ice::Credentials;

pub const SDP: &str = "application/sdp";
/// RFC 8840, section 9.
pub const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// An offer; the client takes an answer.
#[derive(Debug)]
pub struct Offer(pub String);

impl<S: Send + Sync> FromRequest<S> for Offer {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        if !takes(request.headers(), SDP) {
            let detail = "the answer is application/sdp";
            return Err(Failure::new(Code::NotAcceptable).with_detail(detail));
        }
        text(request, state, SDP).await.map(Self)
    }
}

/// What a client says of its ICE. An ICE-lite node never checks candidates, so they are not read.
#[derive(Debug)]
pub struct Fragment(pub Credentials);

impl<S: Send + Sync> FromRequest<S> for Fragment {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let text = text(request, state, FRAGMENT).await?;
        // RFC 8840, section 9, wants both in every fragment.
        Credentials::find(&text).map(Self).ok_or_else(|| {
            Failure::new(Code::OfferInvalid).with_detail("the fragment has no ICE credentials")
        })
    }
}

/// Which ICE session a client means (RFC 9725, section 4.3.1; RFC 9110, section 13.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Whichever it is now: a restart.
    Any,
    /// One of these, without their quotes.
    Tags(Vec<String>),
}

impl IfMatch {
    pub fn matches(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|known| known == tag),
        }
    }

    fn read(headers: &HeaderMap) -> Result<Self, Failure> {
        let mut tags = Vec::new();
        let mut named = false;
        for value in headers.get_all(header::IF_MATCH) {
            named = true;
            let value = value.to_str().unwrap_or_default().trim();
            if value == "*" {
                return Ok(Self::Any);
            }
            // Weak tags (`W/"…"`) match nothing here, as the strong comparison wants it. Ours have
            // no comma in them.
            let strong = |tag: &str| {
                let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
                Some(inner.to_owned())
            };
            tags.extend(value.split(',').filter_map(strong));
        }
        if named { Ok(Self::Tags(tags)) } else { Err(Failure::new(Code::PreconditionRequired)) }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Self::read(&parts.headers)
    }
}

async fn text<S: Send + Sync>(
    request: Request,
    state: &S,
    media_type: &'static str,
) -> Result<String, Failure> {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !given.is_some_and(|given| essence(given).eq_ignore_ascii_case(media_type)) {
        let detail = format!("{media_type}, please");
        return Err(Failure::new(Code::UnsupportedMedia).with_detail(detail));
    }
    let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(error)
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE =>
        {
            Failure::new(Code::TooLarge)
        }
        // The client went away in the middle.
        _ => Failure::new(Code::Invalid).with_detail("the body is incomplete"),
    })?;
    String::from_utf8(body.into())
        .map_err(|_| Failure::new(Code::OfferInvalid).with_detail("the body is not UTF-8"))
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Whether `Accept` lets this type through (RFC 9110, section 12.5.1). Without the header all do.
fn takes(headers: &HeaderMap, media_type: &str) -> bool {
    let name: HeaderName = header::ACCEPT;
    if !headers.contains_key(&name) {
        return true;
    }
    let whole = media_type.split('/').next().unwrap_or_default();
    headers.get_all(&name).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|range| {
            let refused = range.split(';').skip(1).any(|parameter| {
                let quality = parameter.trim().strip_prefix("q=");
                quality.and_then(|q| q.parse::<f32>().ok()) == Some(0.0)
            });
            let range = essence(range);
            let fits = range == "*/*"
                || range.eq_ignore_ascii_case(media_type)
                || range.strip_suffix("/*").is_some_and(|kind| kind.eq_ignore_ascii_case(whole));
            fits && !refused
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn preconditions_are_read() {
        let read = |values: &[&str]| IfMatch::read(&headers(header::IF_MATCH, values));
        assert_eq!(read(&[]).unwrap_err().code(), Code::PreconditionRequired);
        assert_eq!(read(&["*"]).unwrap(), IfMatch::Any);
        let tags = read(&["\"a\", \"b\"", "W/\"c\", d"]).unwrap();
        assert!(tags.matches("a") && tags.matches("b"));
        assert!(!tags.matches("c") && !tags.matches("d"));
    }

    #[test]
    fn what_a_client_takes() {
        let sdp = |values: &[&str]| takes(&headers(header::ACCEPT, values), SDP);
        for good in ["application/sdp", "*/*", "application/*", "text/html, Application/SDP;q=0.5"]
        {
            assert!(sdp(&[good]), "{good}");
        }
        assert!(sdp(&[]));
        for bad in ["application/json", "application/sdp;q=0", "text/*", ""] {
            assert!(!sdp(&[bad]), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_survived(value in "[ -~]{0,60}") {
            let _ = IfMatch::read(&headers(header::IF_MATCH, &[&value]));
            takes(&headers(header::ACCEPT, &[&value]), SDP);
        }
    }
}
