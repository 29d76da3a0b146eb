//! `/media/v1`: sessions for token holders, also by WHIP and WHEP, numbers for operators.

mod proof;
mod sessions;
mod stats;
mod whip;

use szpon_kit::http::{Built, Options, Service, TokenAuth};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use whip::exchange::Place;
pub use whip::{
    DevWhip, Direction, NotLoopback, dev_service as dev_whip_service, purposes,
    service as whip_service,
};

use crate::node::Node;

/// Where the service lives on its host.
pub const PREFIX: &str = "/media/v1";
/// The longest body: an offer with 25 video slots has some 30 KiB.
pub const BODY_BYTES: usize = 64 * 1024;

/// The service, with nothing public in it. `options` are those of the whole process.
pub fn service(node: Node, auth: TokenAuth, options: &Options) -> Built {
    let routes = OpenApiRouter::new()
        .routes(routes!(sessions::open_session))
        .routes(routes!(sessions::restart_ice, sessions::end_session))
        .routes(routes!(stats::node_stats));
    let options = Options { body_limit: BODY_BYTES, ..options.clone() };
    Service::new("media", PREFIX, node, auth, &options).protected(routes).build()
}
