//! REST: set-up, sign-in, one's own account, service tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    DepartmentId, OfficeId, PersonId, SessionId, Time,
    claims::{Audience, Role},
};

/// Languages of the interface and of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Pl,
    En,
    Uk,
}

/// `GET /api/v1/setup` (public) → [`SetupState`].
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SetupState {
    /// True while there is no administrator yet.
    pub needed: bool,
}

/// `POST /api/v1/setup` (public, with the one-time secret from the first start) → 201 [`Me`] and a
/// session cookie. Makes the first office and its first administrator, who is also operator.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    pub secret: String,
    pub office_name: String,
    pub name: String,
    pub email: String,
    pub password: String,
    pub language: Language,
}

/// `POST /api/v1/session` (public) → 200 [`Me`] and a session cookie.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub email: String,
    pub password: String,
    /// Six digits, when the account has a second factor.
    #[serde(default)]
    pub totp: Option<String>,
}

/// `GET /api/v1/me`. `DELETE /api/v1/session` signs out (204).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    pub id: PersonId,
    pub office: OfficeId,
    pub office_name: String,
    pub department: Option<DepartmentId>,
    pub department_name: Option<String>,
    pub name: String,
    pub email: String,
    pub roles: Vec<Role>,
    pub language: Language,
    pub totp_enabled: bool,
    /// Mail goes to the local mailbox, so an operator may open it in the browser.
    pub local_mailbox: bool,
}

/// `PATCH /api/v1/me` → 200 [`Me`].
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub language: Option<Language>,
}

/// `POST /api/v1/me/password` → 204; ends every other session.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    pub current: String,
    pub new: String,
}

/// `POST /api/v1/me/totp` (with [`Password`]) → 200: a new secret that isn't in force yet.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TotpEnrolment {
    /// Base32, to type by hand.
    pub secret: String,
    /// `otpauth://…`, to show as a QR code.
    pub uri: String,
}

/// `POST /api/v1/me/totp/confirm` → 204: puts the secret in force.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    pub code: String,
}

/// `DELETE /api/v1/me/totp` → 204, and `POST /api/v1/me/totp`: the password once more.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Password {
    pub password: String,
}

/// `GET /api/v1/me/sessions` → `Vec<SessionInfo>`; `DELETE …/{session}` ends one (204);
/// `DELETE /api/v1/me/sessions` ends all others (204).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionInfo {
    pub id: SessionId,
    pub current: bool,
    pub created_at: Time,
    pub last_seen_at: Time,
    /// As the browser says of itself, shortened.
    pub user_agent: String,
}

/// `POST /api/v1/account/lookup` (public): what an invitation or reset link stands for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountSecret {
    pub secret: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AccountLinkInfo {
    pub purpose: AccountLinkPurpose,
    pub email: String,
    pub name: String,
    pub office_name: String,
    pub language: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountLinkPurpose {
    Invitation,
    PasswordReset,
}

/// `POST /api/v1/account/password` (public, with the secret from the mail) → 200 [`Me`] and a
/// session cookie. Accepts an invitation or resets a password.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    pub secret: String,
    pub password: String,
}

/// `POST /api/v1/account/reset` (public) → 202 always, whether the address is known or not.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestReset {
    pub email: String,
}

/// `POST /api/v1/tokens` → 201: a token for another service, for the caller.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    pub audience: Audience,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IssuedToken {
    pub token: String,
    pub expires_at: Time,
}
