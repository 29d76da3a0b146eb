//! REST for operators: media, outgoing mail, the local mailbox.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{MailId, ParticipantId, RoomId, SessionId, Time, rooms::Delivery};

/// `GET /media/v1/stats` (token: audience `sfu`, operator).
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct NodeStats {
    pub node: String,
    pub version: String,
    pub uptime_seconds: u64,
    pub draining: bool,
    pub shards: Vec<ShardStats>,
    pub rooms: Vec<RoomStats>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ShardStats {
    pub index: u32,
    pub sessions: u32,
    pub rooms: u32,
    /// Share of one core used in the last second, 0 to 1.
    pub cpu: f64,
    pub rx_bits_per_second: u64,
    pub tx_bits_per_second: u64,
    pub rx_packets_per_second: u64,
    pub tx_packets_per_second: u64,
    /// Packets that a full socket buffer refused, since start.
    pub tx_dropped: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RoomStats {
    pub room: RoomId,
    /// Those that hold somebody of it; most rooms are on one.
    pub shards: Vec<u32>,
    pub sessions: Vec<SessionStats>,
}

/// No names here: an operator sees load, not people.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionStats {
    pub session: SessionId,
    pub participant: ParticipantId,
    /// `udp` or `tcp`.
    pub transport: String,
    pub connected_seconds: u64,
    pub rx_bits_per_second: u64,
    pub tx_bits_per_second: u64,
    /// What the estimator believes the way to this participant can carry.
    pub estimate_bits_per_second: Option<u64>,
    /// 0 to 1, from this participant's receiver reports.
    pub tx_loss: f64,
    /// 0 to 1, of what this participant sends.
    pub rx_loss: f64,
    pub rtt_ms: Option<f64>,
}

/// `GET /api/v1/operator/mailbox` (only while mail goes to the local mailbox), newest first, at most 200.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MailSummary {
    pub id: MailId,
    pub to: String,
    pub subject: String,
    pub at: Time,
}

/// `GET /api/v1/operator/mailbox/{mail}`; `GET …/{mail}/raw` is the message itself (`message/rfc822`).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MailContent {
    pub id: MailId,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub at: Time,
    pub text: String,
    pub calendar: Option<String>,
}

/// `GET /api/v1/operator/outbox`: not yet sent and failed mail, newest first, at most 200.
/// `POST …/outbox/{mail}/retry` tries again now (204).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OutboxEntry {
    pub id: MailId,
    pub to: String,
    pub subject: String,
    pub created_at: Time,
    pub delivery: Delivery,
}
