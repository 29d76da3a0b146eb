//! WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): rooms for encoders and players that don't know
//! our own protocol. One HTTP exchange opens a session; nothing is said afterwards but ICE.
//!
//! [`exchange`] is what both do once it is known who calls; [`routes`] lets token holders in, and
//! [`dev`] anybody, into rooms of its own, where the operator of a benchmark wants that.

mod cross_origin;
mod dev;
pub(super) mod exchange;
mod offer;
mod request;
mod routes;

use axum::middleware::from_fn;
use szpon_kit::http::{Authenticate, Built, Options, Service, TokenAuth};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use dev::{DevWhip, NotLoopback};
pub use offer::{Direction, purposes};

use super::BODY_BYTES;
use crate::node::Node;

/// The routes for token holders, beside those of [`super::service`].
pub fn service(node: Node, auth: TokenAuth, options: &Options) -> Built {
    let protected = OpenApiRouter::new()
        .routes(routes!(routes::publish))
        .routes(routes!(routes::watch))
        .routes(routes!(routes::change_publishing, routes::end_publishing))
        .routes(routes!(routes::change_watching, routes::end_watching));
    // A browser asks without credentials whether it may ask with them.
    let public = OpenApiRouter::new()
        .routes(routes!(routes::publish_options))
        .routes(routes!(routes::watch_options))
        .routes(routes!(routes::publishing_options))
        .routes(routes!(routes::watching_options));
    build(node, auth, options, protected, public)
}

/// `/whip/{room}` and `/whep/{room}` for everybody who reaches this process. For tests and
/// benchmarks on loopback alone, which [`DevWhip`] stands for.
pub fn dev_service(node: Node, dev: DevWhip, options: &Options) -> Built {
    let protected = OpenApiRouter::new()
        .routes(routes!(dev::publish))
        .routes(routes!(dev::watch))
        .routes(routes!(dev::change_publishing, dev::end_publishing))
        .routes(routes!(dev::change_watching, dev::end_watching));
    let public = OpenApiRouter::new()
        .routes(routes!(dev::publish_options))
        .routes(routes!(dev::watch_options))
        .routes(routes!(dev::publishing_options))
        .routes(routes!(dev::watching_options));
    build(node, dev, options, protected, public)
}

fn build<A: Authenticate>(
    node: Node,
    auth: A,
    options: &Options,
    protected: OpenApiRouter<Node>,
    public: OpenApiRouter<Node>,
) -> Built {
    let options = Options { body_limit: BODY_BYTES, ..options.clone() };
    let built = Service::without_tree("media", node, auth, &options)
        .protected(protected)
        .public(public)
        .build();
    Built { router: built.router.layer(from_fn(cross_origin::allow)), ..built }
}
