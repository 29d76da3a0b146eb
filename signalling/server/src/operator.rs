//! For operators: outgoing mail and the local mailbox. Media numbers come from the nodes themselves.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use szpon_kit::{
    http::{Json, Path},
    mail::{local, outbox},
    problem::{Failure, Result},
    transaction,
};
use szpon_protocol::{
    MailId,
    admin::AuditAction,
    operator::{MailContent, MailSummary, OutboxEntry},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{AppState, Routes, audit, caller::Operator};

/// Longest list, in mails.
const LIST_LIMIT: i64 = 200;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_mailbox))
        .routes(routes!(read_mail))
        .routes(routes!(read_raw_mail))
        .routes(routes!(list_outbox))
        .routes(routes!(retry_mail))
}

/// With SMTP there is no mailbox, whatever was in it before.
fn require_mailbox(state: &AppState) -> Result<()> {
    if state.mail.local { Ok(()) } else { Err(Failure::not_found()) }
}

/// Mail in the local mailbox, newest first.
#[utoipa::path(
    get, path = "/api/v1/operator/mailbox", tag = "operation",
    responses((status = 200, body = Vec<MailSummary>))
)]
async fn list_mailbox(
    State(state): State<AppState>,
    _: Operator,
) -> Result<Json<Vec<MailSummary>>> {
    require_mailbox(&state)?;
    Ok(Json(local::list(&mut *state.db.read().await?, LIST_LIMIT).await?))
}

/// One mail.
#[utoipa::path(
    get, path = "/api/v1/operator/mailbox/{mail}", tag = "operation",
    params(("mail" = MailId, Path)), responses((status = 200, body = MailContent))
)]
async fn read_mail(
    State(state): State<AppState>,
    _: Operator,
    Path(id): Path<MailId>,
) -> Result<Json<MailContent>> {
    require_mailbox(&state)?;
    let mail = local::find(&mut *state.db.read().await?, id).await?;
    Ok(Json(mail.ok_or_else(Failure::not_found)?))
}

/// The message as it would have gone out (RFC 5322).
#[utoipa::path(
    get, path = "/api/v1/operator/mailbox/{mail}/raw", tag = "operation",
    params(("mail" = MailId, Path)),
    responses((status = 200, body = String, content_type = "message/rfc822"))
)]
async fn read_raw_mail(
    State(state): State<AppState>,
    _: Operator,
    Path(id): Path<MailId>,
) -> Result<impl IntoResponse> {
    require_mailbox(&state)?;
    let raw = local::raw(&mut *state.db.read().await?, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "message/rfc822"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"message.eml\""),
    ];
    Ok((headers, raw.ok_or_else(Failure::not_found)?))
}

/// Mail that isn't sent: pending and failed, newest first.
#[utoipa::path(
    get, path = "/api/v1/operator/outbox", tag = "operation",
    responses((status = 200, body = Vec<OutboxEntry>))
)]
async fn list_outbox(State(state): State<AppState>, _: Operator) -> Result<Json<Vec<OutboxEntry>>> {
    Ok(Json(outbox::list(&mut *state.db.read().await?, LIST_LIMIT).await?))
}

/// Tries a mail again now.
#[utoipa::path(
    post, path = "/api/v1/operator/outbox/{mail}/retry", tag = "operation",
    params(("mail" = MailId, Path)), responses((status = 204))
)]
async fn retry_mail(
    State(state): State<AppState>,
    Operator(staff): Operator,
    Path(id): Path<MailId>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        if !outbox::retry(conn, id, now).await? {
            return Err(Failure::not_found());
        }
        audit::record(conn, audit::by(&staff, AuditAction::MailRetried).on(id), now).await?;
        Ok::<_, Failure>(())
    })?;
    state.mail.wake();
    Ok(StatusCode::NO_CONTENT)
}
