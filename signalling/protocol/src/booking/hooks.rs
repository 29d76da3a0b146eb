//! What other systems are told.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{AppointmentId, PersonId, Time, WebhookId};

/// `GET /booking/v1/events?after=&limit=` → `Vec<AppointmentEvent>`, oldest first (office
/// administrator).
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Only events after this one of the office: the last one that was read. In this order an event is
    /// never put before one that was read already.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Uuid)]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub after: Option<uuid::Uuid>,
    /// 1 to 500.
    #[serde(default = "hundred")]
    #[param(minimum = 1, maximum = 500)]
    pub limit: u16,
}

fn hundred() -> u16 {
    100
}

/// Something that happened to an appointment. The same goes out as a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AppointmentEvent {
    /// The same in a webhook and here.
    #[schema(value_type = String, format = Uuid)]
    pub id: uuid::Uuid,
    pub at: Time,
    /// `held`, `confirmed`, `moved`, `cancelled`, `arrived`, …
    pub event: String,
    pub appointment: AppointmentId,
    /// The official who did it; none for the citizen and for the system.
    pub by: Option<PersonId>,
    /// State, version, matter, official, form, start and end; nothing personal of the citizen.
    pub data: serde_json::Value,
}

/// `POST /booking/v1/webhooks` → 201 [`NewWebhookCreated`] (office administrator).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// `https://…`
    pub url: String,
}

/// The secret is shown this once. Each call has the headers of Standard Webhooks: `webhook-id`,
/// `webhook-timestamp`, and `webhook-signature` with `v1,` and the base64 of HMAC-SHA-256 over
/// `id.timestamp.body`. A call that isn't answered with 2xx is tried again for a day, with the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewWebhookCreated {
    pub webhook: Webhook,
    /// `whsec_` and the base64 of the key.
    pub secret: String,
}

/// `GET /booking/v1/webhooks` → `Vec<Webhook>`; `DELETE …/{webhook}` (204).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    pub created_at: Time,
    /// Events that are not delivered yet.
    pub pending: u32,
    /// Events that were given up.
    pub failed: u32,
    /// What was wrong with the last attempt that failed.
    pub last_error: Option<String>,
}
