//! Errors on the wire: RFC 9457 problem documents with a stable code.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Stable error codes. A client decides by these, never by a text; the web client has a sentence in
/// each language for every one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Something went wrong here; the log has the cause.
    Internal,
    /// The body, query or path is not what the route takes; `fields` says where.
    Invalid,
    /// No such thing, or it belongs to another office.
    NotFound,
    /// No valid credentials came with the request.
    Unauthenticated,
    /// Credentials are valid, but not for this.
    Forbidden,
    /// E-mail or password is wrong (which one is not said).
    BadCredentials,
    /// The password was right; a one-time code is needed as well.
    TotpRequired,
    /// The one-time code is wrong or was used already.
    TotpInvalid,
    /// Too many attempts; `retry_after` says when to come back.
    RateLimited,
    /// The state has changed meanwhile, or the thing exists already.
    Conflict,
    /// The guest link is unknown, was revoked, or the meeting is long over.
    LinkInvalid,
    /// The guest link is right, but not valid yet; `detail` names the time.
    LinkTooEarly,
    /// The link's time window is over.
    LinkExpired,
    /// The set-up, invitation or reset link was used already or is too old.
    TokenExpired,
    /// The room has ended or was cancelled.
    RoomEnded,
    /// The room is locked; only a moderator can let people in.
    RoomLocked,
    /// The room has as many people as it may.
    RoomFull,
    /// The participant was removed or refused.
    Removed,
    /// The SDP offer can't be answered.
    OfferInvalid,
    /// The media node takes no more sessions now.
    NodeFull,
    /// The server is shutting down; try again shortly.
    Draining,
    /// The password is too short or too common.
    PasswordWeak,
    /// The body is larger than the route takes.
    TooLarge,
    /// The method isn't offered on this path.
    MethodNotAllowed,
    /// The content type isn't one the route takes.
    UnsupportedMedia,
    /// The client takes none of the content types that the route gives.
    NotAcceptable,
    /// The thing has changed since the `ETag` that the request names.
    PreconditionFailed,
    /// The request must say with `If-Match` which version it means.
    PreconditionRequired,
    /// Set-up was done before.
    SetupDone,
    /// Somebody else has the slot, or it is no slot any more.
    SlotTaken,
    /// The slot was kept until `expires_at` and is not any more.
    HoldExpired,
    /// It is too late to move or cancel the appointment oneself.
    CutOffPassed,
    /// The code from the mail is wrong or too old.
    CodeInvalid,
    /// The proof of work is missing, wrong, too old or was used.
    ProofInvalid,
    /// This address has as many open appointments as it may.
    TooManyAppointments,
    /// A sign-language interpreter needs three working days.
    InterpreterTooSoon,
    /// The code is of no appointment that one can check in for now.
    CheckInInvalid,
    /// Too many want the same at this moment; nothing was done, and `retry_after` says when to ask again.
    Busy,
}

/// An RFC 9457 problem document, sent as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:szpon:problem:<code>`
    #[serde(rename = "type")]
    pub kind: String,
    /// A short English title for developers; people get the client's own sentence for `code`.
    pub title: String,
    pub status: u16,
    pub code: Code,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Fields that were refused, by name (dotted path).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// Seconds after which a retry makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// Why one field was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    pub field: String,
    pub reason: FieldReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldReason {
    Missing,
    TooShort,
    TooLong,
    Malformed,
    OutOfRange,
    Unknown,
    Taken,
}
