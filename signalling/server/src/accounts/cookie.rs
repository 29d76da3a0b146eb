//! The session cookie.

use axum_extra::extract::cookie::{Cookie, SameSite};
use szpon_kit::secrets::Secret;

use crate::Settings;

/// With HTTPS the prefix makes browsers refuse a cookie that another host or path could have set
/// (RFC 6265bis, section 4.1.3.2).
pub fn name(settings: &Settings) -> &'static str {
    if settings.is_https() { "__Host-szpon_session" } else { "szpon_session" }
}

/// `Lax`: a link in a mail opens the page with its session; another site's forms come without.
/// No age: the server decides when a session is over, and a closed browser forgets it.
pub(super) fn issue(settings: &Settings, secret: &Secret) -> Cookie<'static> {
    cookie(settings, secret.reveal())
}

/// Makes the browser forget it.
pub(super) fn clear(settings: &Settings) -> Cookie<'static> {
    let mut cookie = cookie(settings, String::new());
    cookie.make_removal();
    cookie
}

fn cookie(settings: &Settings, value: String) -> Cookie<'static> {
    Cookie::build((name(settings), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(settings.is_https())
        .build()
}
