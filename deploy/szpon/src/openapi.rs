//! The one OpenAPI document: every HTTP route of every service, and every message that travels on a
//! WebSocket or data channel as a schema.

use utoipa::{
    OpenApi as _,
    openapi::{
        Info, License, OpenApi,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

const DESCRIPTION: &str = "\
The virtual office of the Polish administration.

Errors are RFC 9457 problem documents with a stable `code`. Staff sign in with `POST /api/v1/session` \
and carry a cookie; services and media sessions carry a bearer token. The room's WebSocket is \
`GET /api/v1/room-socket`; its messages are the schemas `ToRoom` and `ToClient`, those of the media \
session's data channel `ToNode` and `FromNode`.";

/// The document without routes.
pub fn base() -> OpenApi {
    let mut document = szpon_protocol::openapi::Schemas::openapi();
    let mut info = Info::new("SZPoN", env!("CARGO_PKG_VERSION"));
    info.description = Some(DESCRIPTION.into());
    let mut license = License::new("EUPL-1.2");
    license.identifier = Some("EUPL-1.2".into());
    info.license = Some(license);
    document.info = info;
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
        "szpon_session",
        "Called `__Host-szpon_session` where the server is reached by https",
    ));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    document
}
