//! Profiles of offices, and finding them.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::{
    Conn,
    row::{flag, parsed},
};
use szpon_protocol::{
    OfficeId, Time,
    booking::{OfficeProfile, PublicOffice},
};

pub async fn profile(
    conn: &mut Conn,
    office: OfficeId,
) -> Result<Option<OfficeProfile>, sqlx::Error> {
    sqlx::query("SELECT public, profile FROM booking_office WHERE office_id = $1")
        .bind(office.to_string())
        .try_map(|row: AnyRow| read(&row))
        .fetch_optional(conn)
        .await
}

fn read(row: &AnyRow) -> Result<OfficeProfile, sqlx::Error> {
    let text: String = row.try_get("profile")?;
    let mut profile: OfficeProfile =
        serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))?;
    profile.public = flag(row, "public")?;
    Ok(profile)
}

/// Writes the profile, for the first time or anew.
pub async fn write(
    conn: &mut Conn,
    office: OfficeId,
    profile: &OfficeProfile,
    now: Time,
) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(profile).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "INSERT INTO booking_office (office_id, public, profile, search_key, updated_at,
             schedule_tag)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (office_id) DO UPDATE SET public = excluded.public,
             profile = excluded.profile, search_key = excluded.search_key,
             updated_at = excluded.updated_at",
    )
    .bind(office.to_string())
    .bind(i64::from(profile.public))
    .bind(text)
    .bind(search_key(profile))
    .bind(now.millis())
    .bind(uuid::Uuid::now_v7().to_string())
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM booking_area WHERE office_id = $1")
        .bind(office.to_string())
        .execute(&mut *conn)
        .await?;
    let mut postcodes: Vec<&str> = profile.served_postcodes.iter().map(String::as_str).collect();
    postcodes.push(&profile.postcode);
    postcodes.sort_unstable();
    postcodes.dedup();
    for postcode in postcodes {
        sqlx::query("INSERT INTO booking_area (office_id, postcode) VALUES ($1, $2)")
            .bind(office.to_string())
            .bind(postcode.to_owned())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

fn search_key(profile: &OfficeProfile) -> String {
    let names = [&profile.name.pl, &profile.name.en, &profile.name.uk, &profile.town];
    let words: Vec<&str> =
        names.into_iter().chain(&profile.served_towns).map(String::as_str).collect();
    plain(&words.join("\n"))
}

/// Lower case without Polish marks: "lodz" finds Łódź.
fn plain(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|c| match c {
            'ą' => 'a',
            'ć' => 'c',
            'ę' => 'e',
            'ł' => 'l',
            'ń' => 'n',
            'ó' => 'o',
            'ś' => 's',
            'ź' | 'ż' => 'z',
            other => other,
        })
        .collect()
}

/// Public offices that serve this postcode, town, or have it in their name; by name, at most `limit`.
pub async fn search(
    conn: &mut Conn,
    query: &str,
    limit: i64,
) -> Result<Vec<PublicOffice>, sqlx::Error> {
    let query = query.trim();
    let digits = query.chars().all(|c| c.is_ascii_digit() || c == '-') && !query.is_empty();
    let rows = if digits {
        // `$1` is the whole postcode; areas are postcodes or beginnings of them.
        sqlx::query(
            "SELECT DISTINCT o.office_id, o.public, o.profile, o.search_key FROM booking_office o
             JOIN booking_area a ON a.office_id = o.office_id
             WHERE o.public = 1 AND (SUBSTR($1, 1, LENGTH(a.postcode)) = a.postcode
                 OR SUBSTR(a.postcode, 1, LENGTH($1)) = $1)
             ORDER BY o.search_key, o.office_id LIMIT $2",
        )
        .bind(query.to_owned())
        .bind(limit)
        .fetch_all(conn)
        .await?
    } else {
        let escaped: String = plain(query)
            .chars()
            .flat_map(|c| ['!'].into_iter().filter(move |_| "!%_".contains(c)).chain([c]))
            .collect();
        sqlx::query(
            "SELECT office_id, public, profile FROM booking_office
             WHERE public = 1 AND search_key LIKE $1 ESCAPE '!'
             ORDER BY search_key, office_id LIMIT $2",
        )
        .bind(format!("%{escaped}%"))
        .bind(limit)
        .fetch_all(conn)
        .await?
    };
    rows.iter().map(|row| Ok(show(parsed(row, "office_id")?, &read(row)?))).collect()
}

/// Every office that has a profile.
pub async fn all(conn: &mut Conn) -> Result<Vec<(OfficeId, OfficeProfile)>, sqlx::Error> {
    sqlx::query("SELECT office_id, public, profile FROM booking_office ORDER BY office_id")
        .try_map(|row: AnyRow| Ok((parsed(&row, "office_id")?, read(&row)?)))
        .fetch_all(conn)
        .await
}

/// A profile as everybody sees it.
pub fn show(id: OfficeId, profile: &OfficeProfile) -> PublicOffice {
    PublicOffice {
        id,
        name: profile.name.clone(),
        address: profile.address.clone(),
        postcode: profile.postcode.clone(),
        town: profile.town.clone(),
        phone: profile.phone.clone(),
        accessibility: profile.accessibility.clone(),
        privacy_notice: profile.privacy_notice.clone(),
        cut_off_minutes: profile.cut_off_minutes,
        hold_minutes: profile.hold_minutes,
    }
}

/// A new secret of the queue screen. False when there is no profile yet.
pub async fn set_queue_hash(
    conn: &mut Conn,
    office: OfficeId,
    hash: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("UPDATE booking_office SET queue_hash = $2 WHERE office_id = $1")
        .bind(office.to_string())
        .bind(hash.to_owned())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() > 0)
}

pub async fn by_queue_hash(
    conn: &mut Conn,
    hash: &str,
) -> Result<Option<(OfficeId, OfficeProfile)>, sqlx::Error> {
    sqlx::query("SELECT office_id, public, profile FROM booking_office WHERE queue_hash = $1")
        .bind(hash.to_owned())
        .try_map(|row: AnyRow| Ok((parsed(&row, "office_id")?, read(&row)?)))
        .fetch_optional(conn)
        .await
}

#[cfg(test)]
mod tests {
    use szpon_kit::{testing::for_each_database, transaction};
    use szpon_protocol::booking::Localized;

    use super::*;
    use crate::{demo, migrator};

    #[tokio::test]
    async fn offices_are_found_by_town_postcode_and_name() {
        for_each_database(&migrator(), async |db| {
            let now = Time::from_millis(0);
            let (krakow, lodz, hidden) = (OfficeId::new(), OfficeId::new(), OfficeId::new());
            let mut profile = demo::profile();
            profile.name = Localized { pl: "Urząd Miasta Krakowa".into(), ..Localized::default() };
            profile.town = "Kraków".into();
            profile.postcode = "31-004".into();
            profile.served_postcodes = vec!["30-".into()];
            profile.served_towns = vec!["Wieliczka".into()];
            let mut other = profile.clone();
            other.name.pl = "Urząd 100% Łodzi".into();
            other.town = "Łódź".into();
            other.postcode = "90-926".into();
            other.served_postcodes.clear();
            other.served_towns.clear();
            let mut private = profile.clone();
            private.public = false;
            transaction!(db, |conn| {
                write(conn, krakow, &profile, now).await?;
                // Written again, it is still one office with its areas once.
                write(conn, krakow, &profile, now).await?;
                write(conn, lodz, &other, now).await?;
                write(conn, hidden, &private, now).await
            })
            .unwrap();
            let mut conn = db.read().await.unwrap();
            let mut find = async |query: &str| -> Vec<OfficeId> {
                let found = search(&mut conn, query, 50).await.unwrap();
                found.into_iter().map(|office| office.id).collect()
            };
            assert_eq!(find("krakow").await, [krakow]);
            assert_eq!(find(" WIELICZKA ").await, [krakow]);
            assert_eq!(find("łódź").await, [lodz]);
            assert_eq!(find("30-123").await, [krakow]);
            assert_eq!(find("31").await, [krakow]);
            assert_eq!(find("90-926").await, [lodz]);
            assert!(find("00-001").await.is_empty());
            assert_eq!(find("0%").await, [lodz], "a sign of the query language is a letter");
            assert!(find("_").await.is_empty());
            assert_eq!(find("").await.len(), 2);
        })
        .await;
    }
}
