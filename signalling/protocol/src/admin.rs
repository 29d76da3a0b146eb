//! REST: the office, its departments and people, and the audit log.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{DepartmentId, OfficeId, PersonId, Time, account::Language, claims::Role};

/// `GET /api/v1/office` (staff); `PATCH` with [`ChangeOffice`] (office administrator).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Office {
    pub id: OfficeId,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeOffice {
    pub name: String,
}

/// `GET /api/v1/departments` (staff); `POST` / `PATCH …/{department}` with [`NewDepartment`],
/// `DELETE …/{department}` (office administrator; 409 while people are in it).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Department {
    pub id: DepartmentId,
    pub name: String,
    pub people: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDepartment {
    /// 1 to 120 characters, one of its kind in the office.
    pub name: String,
}

/// `GET /api/v1/people?query=` (staff: name, department and e-mail of active colleagues; an office
/// administrator sees everyone and their state).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub email: String,
    pub department: Option<DepartmentId>,
    pub roles: Vec<Role>,
    pub language: Language,
    pub status: PersonStatus,
    pub totp_enabled: bool,
    pub last_seen_at: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonStatus {
    /// Invited, has no password yet.
    Invited,
    Active,
    Deactivated,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleQuery {
    /// Part of a name or e-mail address.
    #[serde(default)]
    pub query: String,
}

/// `POST /api/v1/people` → 201 [`Person`]; sends the invitation.
/// `POST /api/v1/people/{person}/invite` sends it again (204).
/// `DELETE /api/v1/people/{person}/sessions` signs the person out everywhere (204).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitePerson {
    pub name: String,
    pub email: String,
    #[serde(default)]
    pub department: Option<DepartmentId>,
    pub roles: Vec<Role>,
    pub language: Language,
}

/// `PATCH /api/v1/people/{person}` → 200 [`Person`]. `active: false` ends every session.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePerson {
    #[serde(default)]
    pub name: Option<String>,
    /// A person stays where they are when this is left out; `clear_department` takes them out.
    #[serde(default)]
    pub department: Option<DepartmentId>,
    #[serde(default)]
    pub clear_department: bool,
    #[serde(default)]
    pub roles: Option<Vec<Role>>,
    #[serde(default)]
    pub active: Option<bool>,
}

/// `GET /api/v1/audit?before=&limit=&action=` (office administrator), newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// Pass as `before` for the next page; none at the end.
    pub next: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Grows with time within the installation.
    pub seq: i64,
    pub at: Time,
    /// None: the system itself, or someone unknown (a failed sign-in).
    pub actor: Option<PersonId>,
    pub actor_name: Option<String>,
    pub action: AuditAction,
    /// The id of what was acted on.
    pub target: Option<String>,
    /// Plain facts, e.g. changed roles; never secrets.
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
    /// The caller's network, shortened to /24 or /48.
    pub network: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    #[serde(default)]
    pub before: Option<i64>,
    /// 1 to 200; 50 unless told.
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub action: Option<AuditAction>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    OfficeCreated,
    OfficeChanged,
    DepartmentCreated,
    DepartmentChanged,
    DepartmentDeleted,
    PersonInvited,
    PersonActivated,
    PersonChanged,
    PersonDeactivated,
    PersonReactivated,
    SignedIn,
    SignInFailed,
    SignedOut,
    SessionRevoked,
    PasswordChanged,
    PasswordResetRequested,
    TotpEnabled,
    TotpDisabled,
    RoomCreated,
    RoomChanged,
    RoomCancelled,
    RoomEnded,
    InviteeAdded,
    InviteeRemoved,
    LinkCreated,
    LinkRevoked,
    StreamCreated,
    StreamRevoked,
    ParticipantAdmitted,
    ParticipantRefused,
    ParticipantRemoved,
    ParticipantRoleChanged,
    KeyRotated,
    MailRetried,
    SystemAdded,
    SystemRevoked,
}
