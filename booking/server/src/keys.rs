//! Keys that every process of this service shares: drawn once, kept sealed.

use aws_lc_rs::hmac;
use sqlx::Row;
use szpon_kit::{
    db::{Conn, Db},
    random,
    secrets::MasterKey,
    transaction,
};
use szpon_protocol::OfficeId;

use crate::StartError;

pub(crate) struct Keys {
    /// For looking up what must not be readable: addresses, networks.
    lookup: hmac::Key,
    /// Signs challenges, so that none needs to be remembered before it is solved.
    pub work: [u8; 32],
    /// Keys what is stored of codes from mails.
    pub code: [u8; 32],
    /// Spreads the moments at which slots are released.
    release: hmac::Key,
}

impl Keys {
    pub async fn open(db: &Db, master: &MasterKey) -> Result<Self, StartError> {
        let mut keys = [[0; 32]; 4];
        for (name, key) in ["lookup", "work", "code", "release"].into_iter().zip(&mut keys) {
            *key = transaction!(db, |conn| { load(conn, master, name).await })?;
        }
        let [lookup, work, code, release] = keys;
        Ok(Self {
            lookup: hmac::Key::new(hmac::HMAC_SHA256, &lookup),
            work,
            code,
            release: hmac::Key::new(hmac::HMAC_SHA256, &release),
        })
    }

    /// The secret by which an office's slots are released; no two offices share one.
    pub fn release(&self, office: OfficeId) -> [u8; 32] {
        let mut secret = [0; 32];
        secret.copy_from_slice(hmac::sign(&self.release, office.0.as_bytes()).as_ref());
        secret
    }

    /// The same text of the same office gives the same hash; nobody without the key can try texts.
    pub fn lookup(&self, kind: &str, office: OfficeId, text: &str) -> String {
        let tag = hmac::sign(&self.lookup, format!("{kind}:{office}:{text}").as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

async fn load(conn: &mut Conn, master: &MasterKey, name: &str) -> Result<[u8; 32], StartError> {
    let context = format!("booking-key:{name}");
    let row = sqlx::query("SELECT sealed FROM booking_key WHERE name = $1")
        .bind(name.to_owned())
        .fetch_optional(&mut *conn)
        .await?;
    if let Some(row) = row {
        let opened = master.open(&context, &row.try_get::<String, _>("sealed")?)?;
        return opened
            .try_into()
            .map_err(|_| StartError::Sealed(szpon_kit::secrets::OpenError::Malformed));
    }
    let key: [u8; 32] = random::bytes();
    sqlx::query("INSERT INTO booking_key (name, sealed) VALUES ($1, $2)")
        .bind(name.to_owned())
        .bind(master.seal(&context, &key))
        .execute(conn)
        .await?;
    Ok(key)
}
