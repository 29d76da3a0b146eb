//! Inviting people: what is stored, and the mail that goes with it. Everything here happens inside
//! the caller's transaction.

use szpon_kit::{
    db::{Conn, is_unique_violation},
    mail::{
        Address, Calendar, Message,
        ical::{self, Party},
        outbox,
    },
    problem::{Failure, Result},
    secrets::Secret,
};
use szpon_protocol::{
    InviteeId, LinkId, MailId, PersonId, RoomId, Time, account::Language, problem::FieldReason,
    room::RoomRole,
};

use super::{
    invitation::{Invitation, Occasion},
    store::{
        invitees::{self, Invited},
        links::{self, GuestLink},
        meetings::Meeting,
        places,
    },
};
use crate::{
    AppState,
    directory::{PersonRecord, store as people},
};

/// How many may be invited to one room.
pub const INVITEES_MAX: usize = 100;

/// Writes the mails about rooms.
pub struct Desk<'a> {
    pub state: &'a AppState,
}

/// Somebody to invite, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    pub who: Who,
    pub language: Language,
    pub role: RoomRole,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Colleague(PersonId),
    /// The name may be empty.
    Outside {
        name: String,
        email: String,
    },
}

/// The room as its mails speak of it.
pub struct Subject<'a> {
    pub meeting: &'a Meeting,
    pub host: PersonRecord,
}

impl<'a> Subject<'a> {
    pub async fn load(conn: &mut Conn, meeting: &'a Meeting) -> Result<Self> {
        let host = people::person(conn, meeting.office, meeting.host)
            .await?
            .ok_or_else(|| Failure::internal("a room without its host"))?;
        Ok(Self { meeting, host })
    }
}

impl Desk<'_> {
    /// The same for every receiver, change and cancellation of one room.
    fn uid(&self, room: RoomId) -> String {
        format!("{room}@{}", ical::host_of(&self.state.settings.public_url))
    }

    pub fn guest_url(&self, secret: &Secret) -> String {
        format!("{}/j#{}", self.state.settings.public_url, secret.reveal())
    }

    fn staff_url(&self, room: RoomId) -> String {
        format!("{}/rooms/{room}", self.state.settings.public_url)
    }

    /// Invites somebody and puts the mail into the outbox.
    pub async fn invite(
        &self,
        conn: &mut Conn,
        subject: &Subject<'_>,
        guest: &Guest,
        field: &str,
        now: Time,
    ) -> Result<Invited> {
        let meeting = subject.meeting;
        let (person, name, email) = match &guest.who {
            Who::Colleague(person) => {
                let unknown = || Failure::field(&format!("{field}person"), FieldReason::Unknown);
                let colleague = people::active_person(conn, meeting.office, *person)
                    .await?
                    .ok_or_else(unknown)?;
                if *person == meeting.host {
                    return Err(Failure::field(&format!("{field}person"), FieldReason::Taken));
                }
                places::forgive(conn, meeting.id, *person).await?;
                (Some(*person), colleague.name, colleague.email)
            }
            Who::Outside { name, email } => {
                let name = if name.is_empty() { email } else { name };
                (None, name.clone(), email.clone())
            }
        };
        let secret = person.is_none().then(Secret::generate);
        let mut invited = Invited {
            id: InviteeId::new(),
            room: meeting.id,
            person,
            name,
            email,
            language: guest.language,
            role: guest.role,
            mail: MailId::default(),
        };
        let url = match &secret {
            Some(secret) => self.guest_url(secret),
            None => self.staff_url(meeting.id),
        };
        invited.mail = self.post(conn, subject, &invited, url, Occasion::Invited, now).await?;
        invitees::insert(conn, &invited, now).await.map_err(|error| {
            if is_unique_violation(&error) {
                Failure::conflict().with_detail("this address is invited already")
            } else {
                error.into()
            }
        })?;
        if let Some(secret) = secret {
            let id = LinkId::new();
            let link = GuestLink {
                id,
                room: meeting.id,
                invitee: Some(invited.id),
                role: invited.role,
                label: String::new(),
                secret_hash: secret.hash(),
                secret_box: Some(
                    self.state.master_key.seal(&context(id), secret.reveal().as_bytes()),
                ),
                created_at: now,
                expires_at: None,
                revoked_at: None,
                last_used_at: None,
                barred_at: None,
            };
            links::insert(conn, &link).await?;
        }
        Ok(invited)
    }

    /// Writes to an invitee again. A mail to them that is not out yet is taken back: it would
    /// arrive after this one and say something that is no longer so.
    pub async fn write_again(
        &self,
        conn: &mut Conn,
        subject: &Subject<'_>,
        invited: &Invited,
        occasion: Occasion,
        now: Time,
    ) -> Result<()> {
        let url = match invited.person {
            Some(_) => self.staff_url(subject.meeting.id),
            None => {
                let link = links::of_invitee(conn, invited.id).await?;
                let secret = link.and_then(|link| self.unseal(&link));
                let secret = secret.ok_or_else(|| {
                    Failure::internal(
                        "the link of an invitee can't be read; was the master key \
                                       changed?",
                    )
                })?;
                self.guest_url(&secret)
            }
        };
        let unread = outbox::withdraw(conn, invited.mail, now).await?;
        // Whoever never got the first mail hears of a change as of something new.
        let occasion = match occasion {
            Occasion::Changed if unread => Occasion::Invited,
            other => other,
        };
        let mail = self.post(conn, subject, invited, url, occasion, now).await?;
        invitees::set_mail(conn, invited.id, mail).await?;
        Ok(())
    }

    fn unseal(&self, link: &GuestLink) -> Option<Secret> {
        let sealed = link.secret_box.as_deref()?;
        let opened = self.state.master_key.open(&context(link.id), sealed).ok()?;
        Secret::parse(std::str::from_utf8(&opened).ok()?)
    }

    async fn post(
        &self,
        conn: &mut Conn,
        subject: &Subject<'_>,
        invited: &Invited,
        url: String,
        occasion: Occasion,
        now: Time,
    ) -> Result<MailId> {
        let meeting = subject.meeting;
        let composed = Invitation {
            occasion,
            language: invited.language,
            to: Party { name: invited.name.clone(), email: invited.email.clone() },
            role: invited.role,
            guest: invited.person.is_none(),
            office_name: subject.host.office_name.clone(),
            host: Party { name: subject.host.name.clone(), email: subject.host.email.clone() },
            title: meeting.title.clone(),
            description: meeting.description.clone(),
            starts_at: meeting.starts_at,
            ends_at: meeting.window().ends_at,
            url,
            uid: self.uid(meeting.id),
            sequence: meeting.sequence,
            changed_at: meeting.changed_at,
        }
        .compose(now);
        // An address isn't a name, and would stand twice in the header.
        let name = if invited.name == invited.email { "" } else { &invited.name };
        let message = Message {
            // From the office, by our address: a mail server accepts no other from us.
            from: self.state.mail.from_named(&subject.host.office_name),
            to: Address::new(name, &invited.email),
            subject: composed.subject,
            text: composed.text,
            html: Some(composed.html),
            calendar: Some(Calendar { method: composed.method, ics: composed.calendar }),
            language: invited.language,
        };
        Ok(outbox::enqueue(conn, &message, now).await?)
    }
}

/// What binds a sealed secret to its row.
fn context(link: LinkId) -> String {
    format!("room-link:{link}")
}
