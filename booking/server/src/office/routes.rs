//! Profile and search.

use axum::extract::State;
use szpon_booking_core::release::{self, ReleasePolicy};
use szpon_kit::{
    http::{ClientAddress, Json, Path, Query},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    OfficeId,
    booking::{Localized, OfficeProfile, OfficeQuery, PublicOffice, Release, Wave},
    problem::FieldReason,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::store;
use crate::{
    AppState, Routes,
    caller::{OfficeAdmin, Reader},
};

/// Longest list of offices.
const LIST_MAX: i64 = 50;
/// Areas that one office may name.
const AREAS_MAX: usize = 2000;
/// Longest span before an appointment that anything may be set to: 31 days in minutes.
const MONTH_MINUTES: u32 = 31 * 24 * 60;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new().routes(routes!(get_profile, put_profile))
}

pub(crate) fn public_routes() -> Routes {
    OpenApiRouter::new().routes(routes!(search)).routes(routes!(get_office))
}

/// How the office shows itself. 404 while nobody has written it.
#[utoipa::path(
    get, path = "/booking/v1/office", operation_id = "booking_get_office", tag = "booking",
    responses((status = 200, body = OfficeProfile))
)]
async fn get_profile(
    State(state): State<AppState>,
    Reader(staff): Reader,
) -> Result<Json<OfficeProfile>> {
    let profile = store::profile(&mut *state.db.read().await?, staff.office).await?;
    Ok(Json(profile.ok_or_else(Failure::not_found)?))
}

/// Writes how the office shows itself.
#[utoipa::path(
    put, path = "/booking/v1/office", operation_id = "booking_put_office", tag = "booking",
    request_body = OfficeProfile, responses((status = 200, body = OfficeProfile))
)]
async fn put_profile(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(profile): Json<OfficeProfile>,
) -> Result<Json<OfficeProfile>> {
    let profile = check(profile)?;
    let now = state.clock.now();
    transaction!(state.db, |conn| { store::write(conn, staff.office, &profile, now).await })?;
    Ok(Json(profile))
}

/// Text in three languages, of which Polish must be there if `required`.
pub(crate) fn localized(
    fields: &mut Fields,
    name: &str,
    text: &Localized,
    required: bool,
    longest: usize,
) -> Localized {
    let mut part = |language: &str, text: &str, shortest| {
        fields.lines(&format!("{name}.{language}"), text, shortest..=longest)
    };
    Localized {
        pl: part("pl", &text.pl, usize::from(required)),
        en: part("en", &text.en, 0),
        uk: part("uk", &text.uk, 0),
    }
}

fn is_postcode(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 6
        && bytes[2] == b'-'
        && bytes.iter().enumerate().all(|(at, byte)| at == 2 || byte.is_ascii_digit())
}

/// `31-004`, or the beginning of one: `31-`.
fn is_area(text: &str) -> bool {
    const WHOLE: &str = "00-000";
    (1..=6).contains(&text.len())
        && text.is_ascii()
        && is_postcode(&format!("{text}{}", &WHOLE[text.len()..]))
}

fn check(profile: OfficeProfile) -> Result<OfficeProfile> {
    let mut fields = Fields::new();
    let mut checked = OfficeProfile {
        name: localized(&mut fields, "name", &profile.name, true, 200),
        address: fields.line("address", &profile.address, 1..=200),
        postcode: fields.line("postcode", &profile.postcode, 6..=6),
        town: fields.line("town", &profile.town, 1..=100),
        phone: fields.line("phone", &profile.phone, 0..=40),
        accessibility: localized(&mut fields, "accessibility", &profile.accessibility, false, 4000),
        privacy_notice: localized(
            &mut fields,
            "privacy_notice",
            &profile.privacy_notice,
            profile.public,
            20_000,
        ),
        ..profile
    };
    if !is_postcode(&checked.postcode) {
        fields.refuse("postcode", FieldReason::Malformed);
    }
    if checked.served_postcodes.len() > AREAS_MAX {
        fields.refuse("served_postcodes", FieldReason::TooLong);
    } else if !checked.served_postcodes.iter().all(|area| is_area(area)) {
        fields.refuse("served_postcodes", FieldReason::Malformed);
    }
    if checked.served_towns.len() > AREAS_MAX {
        fields.refuse("served_towns", FieldReason::TooLong);
    } else {
        for town in &mut checked.served_towns {
            *town = fields.line("served_towns", town, 1..=100);
        }
    }
    if checked.reminder_minutes.len() > 4 {
        fields.refuse("reminder_minutes", FieldReason::TooLong);
    }
    for minutes in &checked.reminder_minutes {
        fields.range("reminder_minutes", *minutes, 10..=MONTH_MINUTES);
    }
    // The furthest first: they go out in this order.
    checked.reminder_minutes.sort_unstable_by(|a, b| b.cmp(a));
    checked.reminder_minutes.dedup();
    fields.range("cut_off_minutes", checked.cut_off_minutes, 0..=MONTH_MINUTES);
    fields.range("hold_minutes", checked.hold_minutes, 5..=60);
    fields.range("cap_per_email", checked.cap_per_email, 0..=1000);
    fields.range("cap_per_network", checked.cap_per_network, 0..=10_000);
    fields.range("retention_days", checked.retention_days, 1..=3660);
    if checked.release.waves.len() > 20 {
        fields.refuse("release.waves", FieldReason::TooLong);
    } else if release_policy(&checked.release).check().is_err() {
        fields.refuse("release", FieldReason::OutOfRange);
    }
    fields.finish()?;
    Ok(checked)
}

/// An office's release in the words of the rules.
pub(crate) fn release_policy(release: &Release) -> ReleasePolicy {
    let wave = |wave: &Wave| release::Wave {
        percent: wave.percent,
        days_before: wave.days_before,
        spread_minutes: wave.spread_minutes,
    };
    ReleasePolicy {
        waves: release.waves.iter().map(wave).collect(),
        freed_min_minutes: release.freed_min_minutes,
        freed_max_minutes: release.freed_max_minutes,
    }
}

/// Offices that serve a town or postcode, or are called like this.
#[utoipa::path(
    get, path = "/booking/v1/public/offices", operation_id = "booking_search_offices",
    tag = "booking for citizens", params(OfficeQuery),
    responses((status = 200, description = "At most 50, by name", body = Vec<PublicOffice>))
)]
async fn search(
    State(state): State<AppState>,
    address: ClientAddress,
    Query(query): Query<OfficeQuery>,
) -> Result<Json<Vec<PublicOffice>>> {
    state.limits.read.check(&address.limit_key())?;
    let mut fields = Fields::new();
    let text = fields.line("q", &query.q, 0..=100);
    fields.finish()?;
    Ok(Json(store::search(&mut *state.db.read().await?, &text, LIST_MAX).await?))
}

/// One office.
#[utoipa::path(
    get, path = "/booking/v1/public/offices/{office}", operation_id = "booking_public_office",
    tag = "booking for citizens", params(("office" = OfficeId, Path)),
    responses((status = 200, body = PublicOffice))
)]
async fn get_office(
    State(state): State<AppState>,
    address: ClientAddress,
    Path(office): Path<OfficeId>,
) -> Result<Json<PublicOffice>> {
    state.limits.read.check(&address.limit_key())?;
    let profile = public_profile(&mut *state.db.read().await?, office).await?;
    Ok(Json(store::show(office, &profile)))
}

/// The profile of an office that citizens may see.
pub(crate) async fn public_profile(
    conn: &mut szpon_kit::db::Conn,
    office: OfficeId,
) -> Result<OfficeProfile> {
    let profile = store::profile(conn, office).await?;
    profile.filter(|profile| profile.public).ok_or_else(Failure::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo;

    #[test]
    fn areas_are_postcodes_or_beginnings_of_them() {
        for good in ["31-004", "31-0", "31-", "31", "3"] {
            assert!(is_area(good), "{good}");
        }
        for bad in ["", "31-0045", "31004", "x", "31_004", "ł1-004", "-"] {
            assert!(!is_area(bad), "{bad}");
        }
    }

    #[test]
    fn a_public_office_has_a_privacy_notice() {
        let mut profile = demo::profile();
        check(profile.clone()).unwrap();
        profile.privacy_notice = Localized::default();
        assert_eq!(check(profile.clone()).unwrap_err().fields()[0].field, "privacy_notice.pl");
        profile.public = false;
        check(profile).unwrap();
    }

    #[test]
    fn reminders_go_from_far_to_near() {
        let mut profile = demo::profile();
        profile.reminder_minutes = vec![60, 1440, 60];
        assert_eq!(check(profile).unwrap().reminder_minutes, [1440, 60]);
    }
}
