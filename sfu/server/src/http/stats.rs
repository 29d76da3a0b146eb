//! What an operator sees of the node.

use axum::extract::State;
use szpon_kit::http::Json;
use szpon_protocol::{Problem, operator::NodeStats};

use super::proof::Operator;
use crate::node::Node;

/// Shards, rooms and sessions with their rates.
///
/// Costs each shard time in proportion to its sessions, so ask every few seconds at most.
#[utoipa::path(
    get,
    path = "/media/v1/stats",
    tag = "media",
    responses(
        (status = 200, description = "The node now", body = NodeStats),
        (status = 403, description = "Not an operator", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn node_stats(State(node): State<Node>, _: Operator) -> Json<NodeStats> {
    Json(node.stats().await)
}
