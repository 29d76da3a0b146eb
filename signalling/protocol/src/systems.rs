//! REST: other systems of the administration that call services for an office.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    SystemId, Time,
    claims::{Audience, Scope},
};

/// `POST /api/v1/systems` → 201 [`NewSystemCreated`] (office administrator).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSystem {
    /// 1 to 120 characters.
    pub name: String,
    pub scopes: Vec<Scope>,
}

/// The secret is shown this once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewSystemCreated {
    pub system: System,
    pub secret: String,
}

/// `GET /api/v1/systems` → `Vec<System>`; `DELETE …/{system}` (204): it gets no more tokens.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct System {
    pub id: SystemId,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
}

/// `POST /api/v1/systems/token` (public, with the secret) → 201
/// [`IssuedToken`](crate::account::IssuedToken).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemTokenRequest {
    pub secret: String,
    pub audience: Audience,
}
