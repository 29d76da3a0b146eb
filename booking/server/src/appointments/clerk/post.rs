//! What the citizen is written, and the links in it.

use szpon_kit::{
    db::Conn,
    mail::{
        ical::{self, Party},
        outbox,
    },
    problem::{Failure, Result},
    secrets::Secret,
};
use szpon_protocol::{AppointmentId, ResourceId, booking::Form};

use super::Clerk;
use crate::{
    appointments::{
        letter::{Letter, Occasion},
        record::{Citizen, Record, room_secret},
    },
    mails::{self, About},
    matters::store as matters,
    schedule::store as schedule,
};

impl Clerk<'_> {
    /// Puts a mail about the appointment into the outbox, if there is an address. One that is not out
    /// yet is taken back: it would arrive after this one and say what is no longer so. A reminder says
    /// nothing new and takes nothing back.
    pub async fn post(
        &self,
        conn: &mut Conn,
        record: &mut Record,
        occasion: Occasion,
        message: &str,
    ) -> Result<()> {
        let citizen = record.citizen(&self.state.master_key)?;
        if citizen.email.is_empty() {
            return Ok(());
        }
        let mut occasion = occasion;
        if let Some(mail) = record.mail.filter(|_| occasion != Occasion::Reminder) {
            let former = mails::occasion(conn, mail).await?;
            // Whoever never heard of the appointment hears of it now, and not of a change.
            if outbox::withdraw(conn, mail, self.now).await?
                && occasion == Occasion::Changed
                && former.as_deref() == Some(Occasion::Confirmed.as_str())
            {
                occasion = Occasion::Confirmed;
            }
        }
        let letter =
            self.letter(conn, record, &citizen, occasion, message).await?.compose(self.now);
        let about = About { office: self.office, holder: record.id.0, occasion: occasion.as_str() };
        record.mail = Some(mails::send(conn, self.state, about, &letter, self.now).await?);
        Ok(())
    }

    async fn letter(
        &self,
        conn: &mut Conn,
        record: &Record,
        citizen: &Citizen,
        occasion: Occasion,
        message: &str,
    ) -> Result<Letter> {
        let matter = matters::find(conn, self.office, record.matter).await?;
        let matter =
            matter.ok_or_else(|| Failure::internal("an appointment without its matter"))?;
        let official = schedule::official(conn, self.office, record.official()).await?;
        let secret = record.secret(&self.state.master_key)?;
        let profile = &self.profile;
        let office_name = profile.name.pick(record.language).to_owned();
        Ok(Letter {
            occasion,
            language: record.language,
            to: Party { name: citizen.name.clone(), email: citizen.email.clone() },
            from: self.state.sender_named(&office_name),
            office_name,
            office_address: format!("{}, {} {}", profile.address, profile.postcode, profile.town),
            office_phone: profile.phone.clone(),
            matter: matter.details.name,
            documents: matter.details.documents,
            form: record.form(),
            code: record.shown_code().unwrap_or_default(),
            official_name: official.map(|official| official.name).unwrap_or_default(),
            place: self.desk_name(conn, record).await?,
            phone: citizen.phone.clone(),
            interpreter: record.interpreter,
            starts_at: record.start(),
            ends_at: record.end(),
            join_url: self.join_url(record, &secret),
            manage_url: self.manage_url(&secret),
            message: message.to_owned(),
            uid: self.uid(record.id),
            sequence: record.facts.sequence,
            changed_at: record.changed_at,
        })
    }

    /// UID of the calendar entry: the appointment's, for ever.
    pub fn uid(&self, id: AppointmentId) -> String {
        format!("{id}@{}", ical::host_of(&self.state.settings.public_url))
    }

    pub fn manage_url(&self, secret: &Secret) -> String {
        format!("{}/booking/appointment#{}", self.state.settings.public_url, secret.reveal())
    }

    /// The guest link into the room.
    pub fn join_url(&self, record: &Record, secret: &Secret) -> Option<String> {
        let room = room_secret(secret).reveal();
        (record.form() == Form::Video && record.facts.confirmed_at.is_some())
            .then(|| format!("{}/j#{room}", self.state.settings.public_url))
    }

    /// The desk's name and how to find it.
    pub async fn desk_name(&self, conn: &mut Conn, record: &Record) -> Result<Option<String>> {
        let Some(desk) = record.facts.placement.desk else { return Ok(None) };
        let found = schedule::resource(conn, self.office, ResourceId(desk.0)).await?;
        Ok(found.as_ref().map(schedule::directions))
    }
}
