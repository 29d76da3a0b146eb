//! Mail to citizens, with a note of whom it is about.

use sqlx::Row;
use szpon_kit::{
    db::Conn,
    mail::{Message, outbox},
};
use szpon_protocol::{MailId, OfficeId, Time};
use uuid::Uuid;

use crate::{AppState, appointments::citizen::identity};

/// Whom a mail is about, and why it is written.
#[derive(Debug, Clone, Copy)]
pub struct About {
    pub office: OfficeId,
    /// The appointment, or the place on the waiting list.
    pub holder: Uuid,
    /// For [`occasion`].
    pub occasion: &'static str,
}

/// Puts a mail into the outbox. Call it inside the transaction that gives reason to it.
pub async fn send(
    conn: &mut Conn,
    state: &AppState,
    about: About,
    message: &Message,
    now: Time,
) -> Result<MailId, sqlx::Error> {
    let id = outbox::enqueue(conn, message, now).await?;
    sqlx::query(
        "INSERT INTO booking_mail (mail_id, office_id, email_hash, holder_id, occasion)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.to_string())
    .bind(about.office.to_string())
    .bind(state.keys.lookup("email", about.office, &identity(&message.to.email)))
    .bind(about.holder.to_string())
    .bind(about.occasion.to_owned())
    .execute(conn)
    .await?;
    Ok(id)
}

/// Why a mail was written; none once the outbox has forgotten it.
pub async fn occasion(conn: &mut Conn, mail: MailId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query("SELECT occasion FROM booking_mail WHERE mail_id = $1")
        .bind(mail.to_string())
        .fetch_optional(conn)
        .await?
        .map(|row| row.try_get("occasion"))
        .transpose()
}

/// Takes back what is not out, nor on its way, of the mail about an appointment or a place on the waiting
/// list.
pub async fn withdraw(conn: &mut Conn, holder: Uuid, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM mail_outbox WHERE state <> 'sent' AND claimed_until <= $2 AND id IN
             (SELECT mail_id FROM booking_mail WHERE holder_id = $1)",
    )
    .bind(holder.to_string())
    .bind(now.millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Forgets all mail about an appointment or a place on the waiting list, sent or not.
pub async fn forget_holder(conn: &mut Conn, holder: Uuid) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM local_mailbox WHERE id IN
             (SELECT mail_id FROM booking_mail WHERE holder_id = $1)",
        "DELETE FROM mail_outbox WHERE id IN
             (SELECT mail_id FROM booking_mail WHERE holder_id = $1)",
    ] {
        sqlx::query(sql).bind(holder.to_string()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Forgets all mail of an office to an address, sent or not.
pub async fn forget_address(
    conn: &mut Conn,
    office: OfficeId,
    email_hash: &str,
) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM local_mailbox WHERE id IN
             (SELECT mail_id FROM booking_mail WHERE office_id = $1 AND email_hash = $2)",
        "DELETE FROM mail_outbox WHERE id IN
             (SELECT mail_id FROM booking_mail WHERE office_id = $1 AND email_hash = $2)",
    ] {
        sqlx::query(sql)
            .bind(office.to_string())
            .bind(email_hash.to_owned())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
