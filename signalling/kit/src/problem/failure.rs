//! The error type of every handler.

use std::{error::Error, fmt};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use szpon_protocol::{
    Code, Problem,
    problem::{FieldError, FieldReason},
};

use crate::db::{Transient, is_conflict};

/// When to ask again after a conflict between transactions, in seconds.
const BUSY_SECS: u32 = 1;

/// What a handler gives instead of an answer. Becomes a problem document; the cause of an internal
/// error goes to the log and not to the caller.
#[derive(Debug)]
pub struct Failure {
    code: Code,
    detail: Option<String>,
    fields: Vec<FieldError>,
    retry_after: Option<u32>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, fields: Vec::new(), retry_after: None, cause: None }
    }

    /// Something went wrong here.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(Code::Internal) }
    }

    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    pub fn forbidden() -> Self {
        Self::new(Code::Forbidden)
    }

    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated)
    }

    pub fn conflict() -> Self {
        Self::new(Code::Conflict)
    }

    /// One refused field.
    pub fn field(field: &str, reason: FieldReason) -> Self {
        Self::invalid(vec![FieldError { field: field.into(), reason }])
    }

    pub fn invalid(fields: Vec<FieldError>) -> Self {
        Self { fields, ..Self::new(Code::Invalid) }
    }

    /// `secs` is rounded up to at least one second.
    pub fn rate_limited(retry_after: std::time::Duration) -> Self {
        let secs = retry_after.as_secs_f64().ceil().clamp(1.0, f64::from(u32::MAX));
        // In range after the clamp.
        Self { retry_after: Some(secs as u32), ..Self::new(Code::RateLimited) }
    }

    /// A sentence in English for developers. No personal data.
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn with_retry_after(mut self, secs: u32) -> Self {
        self.retry_after = Some(secs);
        self
    }

    pub fn code(&self) -> Code {
        self.code
    }

    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }

    /// The document that goes out.
    pub fn into_problem(self) -> Problem {
        Problem {
            kind: format!("urn:szpon:problem:{}", name_of(self.code)),
            title: title_of(self.code).into(),
            status: status_of(self.code).as_u16(),
            code: self.code,
            detail: self.detail,
            fields: self.fields,
            retry_after: self.retry_after,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(title_of(self.code))
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl From<sqlx::Error> for Failure {
    /// Constraints that a client can break are mapped where they are known; what arrives here is ours.
    /// A conflict is nobody's mistake: whoever sees it in spite of all retries may ask again.
    fn from(error: sqlx::Error) -> Self {
        if is_conflict(&error) {
            let cause = Some(error.into());
            return Self { cause, ..Self::new(Code::Busy).with_retry_after(BUSY_SECS) };
        }
        Self::internal(error)
    }
}

impl Transient for Failure {
    fn database_error(&self) -> Option<&sqlx::Error> {
        self.cause.as_deref()?.downcast_ref()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Some(cause) = &self.cause {
            let causes = std::iter::successors(cause.source(), |error| (*error).source());
            let chain = causes.fold(cause.to_string(), |text, error| format!("{text}: {error}"));
            tracing::error!(cause = chain, "a request failed");
        }
        let status = status_of(self.code);
        let retry_after = self.retry_after;
        let body = serde_json::to_vec(&self.into_problem()).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(secs) = retry_after {
            headers.insert(header::RETRY_AFTER, secs.into());
        }
        // RFC 9110, section 15.5.2 wants a challenge with every 401.
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The HTTP status that goes with a code.
pub fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Invalid
        | Code::PasswordWeak
        | Code::OfferInvalid
        | Code::CodeInvalid
        | Code::ProofInvalid
        | Code::InterpreterTooSoon => StatusCode::UNPROCESSABLE_ENTITY,
        Code::NotFound | Code::LinkInvalid | Code::CheckInInvalid => StatusCode::NOT_FOUND,
        Code::Unauthenticated | Code::BadCredentials | Code::TotpRequired | Code::TotpInvalid => {
            StatusCode::UNAUTHORIZED
        }
        Code::Forbidden | Code::LinkTooEarly | Code::Removed | Code::CutOffPassed => {
            StatusCode::FORBIDDEN
        }
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Conflict
        | Code::SetupDone
        | Code::RoomFull
        | Code::SlotTaken
        | Code::TooManyAppointments => StatusCode::CONFLICT,
        Code::LinkExpired | Code::TokenExpired | Code::RoomEnded | Code::HoldExpired => {
            StatusCode::GONE
        }
        Code::RoomLocked => StatusCode::LOCKED,
        Code::NodeFull | Code::Draining | Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Code::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Code::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
    }
}

/// The code as it stands on the wire.
fn name_of(code: Code) -> String {
    serde_json::to_value(code)
        .ok()
        .and_then(|name| name.as_str().map(Into::into))
        .unwrap_or_default()
}

fn title_of(code: Code) -> &'static str {
    match code {
        Code::Internal => "Something went wrong on the server",
        Code::Invalid => "The request is not what this route takes",
        Code::NotFound => "There is no such thing here",
        Code::Unauthenticated => "No valid credentials",
        Code::Forbidden => "Not allowed with these credentials",
        Code::BadCredentials => "E-mail or password is wrong",
        Code::TotpRequired => "A one-time code is needed as well",
        Code::TotpInvalid => "The one-time code is wrong or was used",
        Code::RateLimited => "Too many attempts",
        Code::Conflict => "The state does not allow this",
        Code::LinkInvalid => "The link is not valid",
        Code::LinkTooEarly => "The link is not valid yet",
        Code::LinkExpired => "The link is not valid any more",
        Code::TokenExpired => "The link was used or is too old",
        Code::RoomEnded => "The room has ended",
        Code::RoomLocked => "The room is locked",
        Code::RoomFull => "The room is full",
        Code::Removed => "Removed from the room",
        Code::OfferInvalid => "The offer can't be answered",
        Code::NodeFull => "The media node is full",
        Code::Draining => "The server is going down",
        Code::Busy => "Too many want the same at this moment",
        Code::PasswordWeak => "The password is too weak",
        Code::TooLarge => "The body is too large",
        Code::MethodNotAllowed => "The method is not offered here",
        Code::UnsupportedMedia => "The content type is not taken",
        Code::NotAcceptable => "The client takes no answer of this kind",
        Code::PreconditionFailed => "It has changed meanwhile",
        Code::PreconditionRequired => "If-Match is missing",
        Code::SetupDone => "Set-up was done before",
        Code::SlotTaken => "The slot is taken",
        Code::HoldExpired => "The slot is not kept any more",
        Code::CutOffPassed => "Too late to change the appointment",
        Code::CodeInvalid => "The code is wrong or too old",
        Code::ProofInvalid => "The proof of work is not valid",
        Code::TooManyAppointments => "Too many open appointments",
        Code::InterpreterTooSoon => "Too soon for an interpreter",
        Code::CheckInInvalid => "No appointment to check in for",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_stays_inside() {
        let failure = Failure::internal("the password of the database is 123");
        let response = failure.into_response();
        assert_eq!(response.status(), 500);
        let failure = Failure::from(sqlx::Error::RowNotFound);
        assert!(matches!(failure.database_error(), Some(sqlx::Error::RowNotFound)));
        let problem = failure.into_problem();
        assert_eq!(problem.kind, "urn:szpon:problem:internal");
        assert_eq!(problem.detail, None);
    }

    #[test]
    fn limits_say_when_to_come_back() {
        let response =
            Failure::rate_limited(std::time::Duration::from_millis(1500)).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "2");
    }
}
