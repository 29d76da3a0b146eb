//! SQL of signing keys.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sqlx::{Row, any::AnyRow};
use szpon_auth::PublicKey;
use szpon_kit::db::Conn;
use szpon_protocol::Time;

use crate::row;

#[derive(Debug, Clone)]
pub struct StoredKey {
    pub public: PublicKey,
    /// PKCS#8, sealed with the master key.
    pub sealed: String,
    pub created_at: Time,
}

/// Oldest first.
pub async fn all(conn: &mut Conn) -> Result<Vec<StoredKey>, sqlx::Error> {
    sqlx::query("SELECT public_x, sealed, created_at FROM signing_keys ORDER BY created_at, kid")
        .try_map(|r: AnyRow| {
            let x: String = r.try_get("public_x")?;
            let x = BASE64_URL_SAFE_NO_PAD.decode(x).ok().and_then(|x| x.try_into().ok());
            let x: [u8; 32] =
                x.ok_or_else(|| sqlx::Error::Decode("a public key of 32 bytes".into()))?;
            Ok(StoredKey {
                public: PublicKey::new(x),
                sealed: r.try_get("sealed")?,
                created_at: row::time(&r, "created_at")?,
            })
        })
        .fetch_all(conn)
        .await
}

pub async fn insert(
    conn: &mut Conn,
    public: &PublicKey,
    sealed: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO signing_keys (kid, public_x, sealed, created_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(public.kid())
    .bind(public.x())
    .bind(sealed)
    .bind(now.millis())
    .execute(conn)
    .await
    .map(drop)
}

pub async fn delete(conn: &mut Conn, kid: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM signing_keys WHERE kid = $1").bind(kid).execute(conn).await.map(drop)
}
