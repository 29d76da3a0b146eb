//! Every schema of this crate as OpenAPI components: also those that travel on the WebSocket and
//! the data channel, which no path names. The web client's types come from here.

use utoipa::OpenApi;

use crate::{account, admin, claims, id, media, operator, problem, room, rooms};

#[derive(OpenApi)]
#[openapi(components(schemas(
    id::OfficeId, id::DepartmentId, id::PersonId, id::RoomId, id::ParticipantId, id::InviteeId,
    id::LinkId, id::SessionId, id::MessageId, id::MailId, crate::Time,
    problem::Problem, problem::Code, problem::FieldError, problem::FieldReason,
    claims::Audience, claims::Role,
    account::Language, account::SetupState, account::Setup, account::SignIn, account::Me,
    account::ChangeMe, account::ChangePassword, account::TotpEnrolment, account::TotpCode,
    account::Password, account::SessionInfo, account::AccountSecret, account::AccountLinkInfo,
    account::AccountLinkPurpose, account::SetPassword, account::RequestReset, account::NewToken,
    account::IssuedToken,
    admin::Office, admin::ChangeOffice, admin::Department, admin::NewDepartment, admin::Person,
    admin::PersonStatus, admin::InvitePerson, admin::ChangePerson, admin::AuditPage,
    admin::AuditEntry, admin::AuditAction,
    operator::NodeStats, operator::ShardStats, operator::RoomStats, operator::SessionStats,
    operator::MailSummary, operator::MailContent, operator::OutboxEntry,
    rooms::NewRoom, rooms::NewInvitee, rooms::ChangeRoom, rooms::RoomStatus, rooms::Room,
    rooms::When, rooms::Invitee, rooms::Delivery, rooms::NewLink, rooms::NewLinkCreated,
    rooms::Link, rooms::LinkSecret, rooms::LinkPreview, rooms::ProbeGrant, rooms::RedeemLink,
    rooms::JoinGrant, rooms::Attendance,
    media::Source, media::SourceSet, media::OpenSession, media::TrackPurpose, media::SlotMedia,
    media::SessionAnswer, media::RestartIce, media::ToNode, media::Tile, media::FromNode,
    media::SlotFeed, media::Speaker, media::ParticipantQuality, media::Quality,
    room::RoomRole, room::Participant, room::WaitingPerson, room::ChatMessage, room::Reaction,
    room::MediaGrant, room::RoomSnapshot, room::LeaveReason, room::ToRoom, room::ToClient,
)))]
pub struct Schemas;
