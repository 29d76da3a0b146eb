//! axum's extractors, answering with problem documents that name the refused field.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use szpon_protocol::{
    Code,
    problem::{FieldError, FieldReason},
};

use super::objects::Objects;
use crate::problem::Failure;

/// A JSON body, in and out.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let media_type = request.headers().get(header::CONTENT_TYPE);
        if !media_type.and_then(|value| value.to_str().ok()).is_some_and(is_json) {
            return Err(
                Failure::new(Code::UnsupportedMedia).with_detail("application/json, please")
            );
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            match rejection {
                BytesRejection::FailedToBufferBody(error)
                    if error.status() == StatusCode::PAYLOAD_TOO_LARGE =>
                {
                    Failure::new(Code::TooLarge)
                }
                // The client went away in the middle.
                _ => Failure::new(Code::Invalid).with_detail("the body is incomplete"),
            }
        })?;
        let mut deserializer = serde_json::Deserializer::from_slice(&body);
        let objects = Objects(&mut deserializer);
        let value = serde_path_to_error::deserialize(objects).map_err(|error| {
            let path = error.path().to_string();
            let error = error.into_inner();
            if error.is_data() {
                refused(&path, &error.to_string())
            } else {
                Failure::new(Code::Invalid).with_detail("the body is not JSON")
            }
        })?;
        deserializer
            .end()
            .map_err(|_| Failure::new(Code::Invalid).with_detail("the body is not JSON"))?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// `application/json`, with any parameters.
fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Parameters of the path.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        use axum::extract::path::ErrorKind;
        use axum::extract::rejection::PathRejection;

        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                let field = match error.kind() {
                    ErrorKind::ParseErrorAtKey { key, .. }
                    | ErrorKind::InvalidUtf8InPathParam { key }
                    | ErrorKind::DeserializeError { key, .. } => key.as_str(),
                    _ => "path",
                };
                Err(Failure::field(field, FieldReason::Malformed))
            }
            Err(error) => Err(Failure::internal(error)),
        }
    }
}

/// Parameters behind the question mark.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| {
                // axum's text is "Failed to deserialize query string: <field>: <reason>".
                let text = rejection.body_text();
                let text = text.split_once("string: ").map_or(text.as_str(), |(_, rest)| rest);
                match text.split_once(": ") {
                    Some((field, reason)) => refused(field, reason),
                    None => refused("", text),
                }
            })
    }
}

/// A failure for serde's message about the value at `path`.
fn refused(path: &str, message: &str) -> Failure {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let (field, reason) = if message.starts_with("missing field") {
        (join(path, quoted), FieldReason::Missing)
    } else if message.starts_with("unknown field") {
        // The path names the field already, except at places that have no name of their own.
        let named = path.rsplit('.').next() == Some(quoted);
        (if named { path.into() } else { join(path, quoted) }, FieldReason::Unknown)
    } else {
        (path.to_owned(), FieldReason::Malformed)
    };
    Failure::invalid(vec![FieldError { field, reason }])
}

/// `path.field`; at the root `path` is empty or a dot.
fn join(path: &str, field: &str) -> String {
    if path.is_empty() || path == "." { field.into() } else { format!("{path}.{field}") }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, extract::DefaultBodyLimit, routing::post};
    use serde::Deserialize;
    use szpon_protocol::{Problem, RoomId};
    use tower::ServiceExt;

    use super::*;
    use crate::http::service::read_json;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[allow(dead_code)]
        list: Vec<Inner>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code)]
        n: u8,
    }

    fn app() -> Router {
        Router::new()
            .route("/{room}", post(async |_: Path<RoomId>, _: Query<Inner>, _: Json<Outer>| "ok"))
            .layer(DefaultBodyLimit::max(100))
    }

    async fn call(uri: &str, media_type: &str, body: impl Into<Body>) -> Result<(), Problem> {
        let request =
            Request::post(uri).header("content-type", media_type).body(body.into()).unwrap();
        let response = app().oneshot(request).await.unwrap();
        if response.status() == 200 {
            return Ok(());
        }
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        Err(read_json(response).await)
    }

    async fn refusal(body: &str) -> (String, FieldReason) {
        let uri = format!("/{}?n=1", RoomId::new());
        let problem = call(&uri, "application/json", body.to_owned()).await.unwrap_err();
        assert_eq!((problem.status, problem.code), (422, Code::Invalid));
        let field = problem.fields.into_iter().next().unwrap();
        (field.field, field.reason)
    }

    #[tokio::test]
    async fn the_refused_field_is_named() {
        assert_eq!(refusal(r#"{}"#).await, ("list".into(), FieldReason::Missing));
        assert_eq!(refusal(r#"{"list":[{}]}"#).await, ("list[0].n".into(), FieldReason::Missing));
        assert_eq!(
            refusal(r#"{"list":[{"n":300}]}"#).await,
            ("list[0].n".into(), FieldReason::Malformed)
        );
        assert_eq!(
            refusal(r#"{"list":[{"n":1,"m":2}]}"#).await,
            ("list[0].m".into(), FieldReason::Unknown)
        );
        assert_eq!(refusal(r#"{"list":[],"x":2}"#).await, ("x".into(), FieldReason::Unknown));
    }

    #[tokio::test]
    async fn an_object_is_no_list_of_its_fields() {
        assert_eq!(refusal("[[]]").await, (".".into(), FieldReason::Malformed));
        assert_eq!(refusal(r#"{"list":[[1]]}"#).await, ("list[0]".into(), FieldReason::Malformed));
        let uri = format!("/{}?n=1", RoomId::new());
        call(&uri, "application/json", r#"{"list":[{"n":1}]}"#).await.unwrap();
    }

    #[tokio::test]
    async fn paths_and_queries_name_theirs() {
        let body = r#"{"list":[]}"#;
        let room = RoomId::new();
        call(&format!("/{room}?n=1"), "application/json; charset=utf-8", body).await.unwrap();
        let first = |problem: Problem| problem.fields.into_iter().next().unwrap();

        let bad_path = first(call("/7?n=1", "application/json", body).await.unwrap_err());
        assert_eq!(bad_path.reason, FieldReason::Malformed);
        let bad_query =
            first(call(&format!("/{room}?n=x"), "application/json", body).await.unwrap_err());
        assert_eq!((bad_query.field.as_str(), bad_query.reason), ("n", FieldReason::Malformed));
        let unknown =
            first(call(&format!("/{room}?n=1&m=2"), "application/json", body).await.unwrap_err());
        assert_eq!((unknown.field.as_str(), unknown.reason), ("m", FieldReason::Unknown));
        let missing = first(call(&format!("/{room}"), "application/json", body).await.unwrap_err());
        assert_eq!((missing.field.as_str(), missing.reason), ("n", FieldReason::Missing));
    }

    #[tokio::test]
    async fn bodies_that_cannot_be_taken() {
        let uri = format!("/{}?n=1", RoomId::new());
        let code = async |media_type: &str, body: String| {
            call(&uri, media_type, body).await.unwrap_err().code
        };
        assert_eq!(code("text/plain", "{}".into()).await, Code::UnsupportedMedia);
        assert_eq!(code("application/json", "x".repeat(101)).await, Code::TooLarge);
        assert_eq!(code("application/json", "{".into()).await, Code::Invalid);
        assert_eq!(code("application/json", "{\"list\":[]} x".into()).await, Code::Invalid);
    }
}
