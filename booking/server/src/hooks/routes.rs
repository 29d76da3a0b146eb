//! Subscribing, and reading the log.

use aws_lc_rs::hmac;
use axum::{extract::State, http::StatusCode};
use base64::{Engine, prelude::BASE64_STANDARD};
use szpon_kit::{
    http::{Json, Path, Query},
    problem::{Failure, Fields, Result},
    random, transaction,
};
use szpon_protocol::{
    WebhookId,
    booking::{AppointmentEvent, EventQuery, NewWebhook, NewWebhookCreated, Webhook},
    problem::FieldReason,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{address::Target, store};
use crate::{
    AppState, Routes,
    caller::{EventReader, OfficeAdmin},
};

/// Webhooks of one office.
const WEBHOOKS_MAX: usize = 20;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(events))
        .routes(routes!(list, create))
        .routes(routes!(delete))
}

/// What happened to the office's appointments, in an order in which nothing is ever put before what was
/// read already.
#[utoipa::path(
    get, path = "/booking/v1/events", operation_id = "booking_events", tag = "booking",
    params(EventQuery), responses((status = 200, body = Vec<AppointmentEvent>))
)]
async fn events(
    State(state): State<AppState>,
    EventReader(office): EventReader,
    Query(query): Query<EventQuery>,
) -> Result<Json<Vec<AppointmentEvent>>> {
    let mut fields = Fields::new();
    let limit = fields.range("limit", query.limit, 1..=500);
    fields.finish()?;
    if store::any_unnumbered(&mut *state.db.read().await?, office).await? {
        transaction!(state.db, |conn| { store::number_events(conn, office).await })?;
    }
    let mut conn = state.db.read().await?;
    let after = match query.after {
        Some(event) => store::number_of(&mut conn, office, event)
            .await?
            .ok_or_else(|| Failure::field("after", FieldReason::Unknown))?,
        None => 0,
    };
    Ok(Json(store::events(&mut conn, office, after, limit.into()).await?))
}

/// Who is told of events.
#[utoipa::path(
    get, path = "/booking/v1/webhooks", operation_id = "booking_list_webhooks", tag = "booking",
    responses((status = 200, body = Vec<Webhook>))
)]
async fn list(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
) -> Result<Json<Vec<Webhook>>> {
    Ok(Json(store::list(&mut *state.db.read().await?, staff.office).await?))
}

/// Has a URL called for each event from now on.
#[utoipa::path(
    post, path = "/booking/v1/webhooks", operation_id = "booking_create_webhook", tag = "booking",
    request_body = NewWebhook, responses((status = 201, body = NewWebhookCreated))
)]
async fn create(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(new): Json<NewWebhook>,
) -> Result<(StatusCode, Json<NewWebhookCreated>)> {
    let mut fields = Fields::new();
    let url = fields.line("url", &new.url, 1..=2000);
    if Target::parse(&url, state.settings.webhooks_to_private_addresses).is_err() {
        fields.refuse("url", FieldReason::Malformed);
    }
    fields.finish()?;
    let (id, key, now) = (WebhookId::new(), random::bytes::<32>(), state.clock.now());
    let sealed = state.master_key.seal(&context(id), &key);
    transaction!(state.db, |conn| {
        if store::list(conn, staff.office).await?.len() >= WEBHOOKS_MAX {
            return Err(Failure::conflict().with_detail("the office has as many as it may"));
        }
        store::insert(conn, staff.office, id, &url, &sealed, now).await?;
        Ok::<_, Failure>(())
    })?;
    let webhook = Webhook { id, url, created_at: now, pending: 0, failed: 0, last_error: None };
    let secret = format!("whsec_{}", BASE64_STANDARD.encode(key));
    Ok((StatusCode::CREATED, Json(NewWebhookCreated { webhook, secret })))
}

/// Ends a subscription; what has not been told yet is not told any more.
#[utoipa::path(
    delete, path = "/booking/v1/webhooks/{webhook}", operation_id = "booking_delete_webhook",
    tag = "booking", params(("webhook" = WebhookId, Path)), responses((status = 204))
)]
async fn delete(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<WebhookId>,
) -> Result<StatusCode> {
    let known = transaction!(state.db, |conn| { store::delete(conn, staff.office, id).await })?;
    if known { Ok(StatusCode::NO_CONTENT) } else { Err(Failure::not_found()) }
}

/// What binds a sealed key to its webhook.
pub(super) fn context(id: WebhookId) -> String {
    format!("booking-webhook:{id}")
}

/// The signature of Standard Webhooks over a call.
pub(super) fn sign(key: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_signature_is_the_one_of_the_specification() {
        let key = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(
            sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
