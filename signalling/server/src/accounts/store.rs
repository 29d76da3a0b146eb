//! SQL of credentials, account links and set-up.

use sqlx::{Row, any::AnyRow};
use szpon_kit::db::Conn;
use szpon_protocol::{OfficeId, PersonId, Time, account::AccountLinkPurpose, admin::PersonStatus};

use crate::row;

/// What a sign-in is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub person: PersonId,
    pub office: OfficeId,
    pub status: PersonStatus,
    pub password_hash: Option<String>,
    /// Sealed.
    pub totp_secret: Option<String>,
    /// Sealed.
    pub totp_pending: Option<String>,
    pub totp_last_step: i64,
}

fn credentials_of(r: &AnyRow) -> Result<Credentials, sqlx::Error> {
    Ok(Credentials {
        person: row::parsed(r, "id")?,
        office: row::parsed(r, "office_id")?,
        status: row::named(r, "status")?,
        password_hash: r.try_get("password_hash")?,
        totp_secret: r.try_get("totp_secret")?,
        totp_pending: r.try_get("totp_pending")?,
        totp_last_step: r.try_get("totp_last_step")?,
    })
}

/// By address in lower case.
pub async fn credentials_by_email(
    conn: &mut Conn,
    email: &str,
) -> Result<Option<Credentials>, sqlx::Error> {
    sqlx::query(
        "SELECT id, office_id, status, password_hash, totp_secret, totp_pending, totp_last_step
         FROM people WHERE email = $1",
    )
    .bind(email)
    .try_map(|r: AnyRow| credentials_of(&r))
    .fetch_optional(conn)
    .await
}

pub async fn credentials(
    conn: &mut Conn,
    office: OfficeId,
    person: PersonId,
) -> Result<Option<Credentials>, sqlx::Error> {
    sqlx::query(
        "SELECT id, office_id, status, password_hash, totp_secret, totp_pending, totp_last_step
         FROM people WHERE office_id = $1 AND id = $2",
    )
    .bind(office.to_string())
    .bind(person.to_string())
    .try_map(|r: AnyRow| credentials_of(&r))
    .fetch_optional(conn)
    .await
}

/// Sets the password; an invited person is active from then on.
pub async fn set_password(
    conn: &mut Conn,
    office: OfficeId,
    person: PersonId,
    phc: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE people SET password_hash = $1,
             status = CASE WHEN status = 'invited' THEN 'active' ELSE status END
         WHERE office_id = $2 AND id = $3",
    )
    .bind(phc)
    .bind(office.to_string())
    .bind(person.to_string())
    .execute(conn)
    .await
    .map(drop)
}

/// Uses a code up: true unless it, or a newer one, was used before.
pub async fn use_totp_step(
    conn: &mut Conn,
    office: OfficeId,
    person: PersonId,
    step: i64,
) -> Result<bool, sqlx::Error> {
    let result = sqlx::query(
        "UPDATE people SET totp_last_step = $1
         WHERE office_id = $2 AND id = $3 AND totp_last_step < $1",
    )
    .bind(step)
    .bind(office.to_string())
    .bind(person.to_string())
    .execute(conn)
    .await?;
    Ok(result.rows_affected() > 0)
}

/// Keeps a new secret (sealed) until its first code.
pub async fn set_totp_pending(
    conn: &mut Conn,
    office: OfficeId,
    person: PersonId,
    sealed: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE people SET totp_pending = $1 WHERE office_id = $2 AND id = $3")
        .bind(sealed)
        .bind(office.to_string())
        .bind(person.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// Puts the pending secret in force.
pub async fn confirm_totp(
    conn: &mut Conn,
    office: OfficeId,
    person: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE people SET totp_secret = totp_pending, totp_pending = NULL
         WHERE office_id = $1 AND id = $2 AND totp_pending IS NOT NULL",
    )
    .bind(office.to_string())
    .bind(person.to_string())
    .execute(conn)
    .await
    .map(drop)
}

pub async fn clear_totp(
    conn: &mut Conn,
    office: OfficeId,
    person: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE people SET totp_secret = NULL, totp_pending = NULL
         WHERE office_id = $1 AND id = $2",
    )
    .bind(office.to_string())
    .bind(person.to_string())
    .execute(conn)
    .await
    .map(drop)
}

/// A link by mail.
#[derive(Debug, Clone)]
pub struct AccountLink {
    pub person: PersonId,
    pub office: OfficeId,
    pub purpose: AccountLinkPurpose,
}

/// Replaces an earlier link of the same purpose.
pub async fn put_link(
    conn: &mut Conn,
    person: PersonId,
    purpose: AccountLinkPurpose,
    secret_hash: &str,
    now: Time,
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO account_links (person_id, purpose, secret_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (person_id, purpose) DO UPDATE SET secret_hash = excluded.secret_hash,
             created_at = excluded.created_at, expires_at = excluded.expires_at",
    )
    .bind(person.to_string())
    .bind(row::name(&purpose)?)
    .bind(secret_hash)
    .bind(now.millis())
    .bind(expires_at.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// The link with this hash, unless it has expired, its person is deactivated, or it invites someone
/// who has come in already.
pub async fn link(
    conn: &mut Conn,
    secret_hash: &str,
    now: Time,
) -> Result<Option<AccountLink>, sqlx::Error> {
    sqlx::query(
        "SELECT l.person_id, p.office_id, l.purpose
         FROM account_links l JOIN people p ON p.id = l.person_id
         WHERE l.secret_hash = $1 AND l.expires_at > $2
           AND ((l.purpose = 'invitation' AND p.status = 'invited')
             OR (l.purpose = 'password_reset' AND p.status = 'active'))",
    )
    .bind(secret_hash)
    .bind(now.millis())
    .try_map(|r: AnyRow| {
        Ok(AccountLink {
            person: row::parsed(&r, "person_id")?,
            office: row::parsed(&r, "office_id")?,
            purpose: row::named(&r, "purpose")?,
        })
    })
    .fetch_optional(conn)
    .await
}

/// Every link of the person stops working.
pub async fn delete_links(conn: &mut Conn, person: PersonId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM account_links WHERE person_id = $1")
        .bind(person.to_string())
        .execute(conn)
        .await
        .map(drop)
}

pub async fn delete_expired_links(conn: &mut Conn, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM account_links WHERE expires_at <= $1")
        .bind(now.millis())
        .execute(conn)
        .await
        .map(drop)
}

/// Replaces the one-time link of set-up.
pub async fn put_setup_link(conn: &mut Conn, secret_hash: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO setup_link (id, secret_hash) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash",
    )
    .bind(secret_hash)
    .execute(conn)
    .await
    .map(drop)
}

/// Uses the one-time link up; false when it isn't this one.
pub async fn take_setup_link(conn: &mut Conn, secret_hash: &str) -> Result<bool, sqlx::Error> {
    let result = sqlx::query("DELETE FROM setup_link WHERE secret_hash = $1")
        .bind(secret_hash)
        .execute(conn)
        .await?;
    Ok(result.rows_affected() > 0)
}
