//! What signalling reads: the room socket, tokens and secrets, names and addresses, and the calendar
//! entries that it writes with what people typed.

use std::sync::LazyLock;

use szpon_auth::{KeySet, Signer, SigningKey, Verifier};
use szpon_kit::{
    http::Network,
    mail::{
        Address, CalendarMethod,
        ical::{Entry, Party, document},
    },
    secrets::Secret,
};
use szpon_protocol::{
    ApiToken, OfficeId, ParticipantId, PersonId, RoomId, Time,
    claims::{Audience, Role, Subject},
    room::{CHAT_MAX_CHARS, NAME_MAX_CHARS, NOTE_MAX_CHARS, ToRoom},
};

use szpon_signalling_core::text as people;

use crate::{Input, input::text};

/// A message of the room socket that is taken is written and read as the same.
pub fn room_message(data: &[u8]) {
    let Ok(message) = serde_json::from_slice::<ToRoom>(data) else { return };
    let written = serde_json::to_string(&message).expect("a message can be written");
    let again: ToRoom = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&again).ok(), Some(written));
}

/// A moment in 2027.
fn now() -> Time {
    Time::from_millis(1_800_000_000_000)
}

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    Signer::new("http://fuzz.invalid", SigningKey::generate().expect("keys can be made"))
});

/// No bytes are a token but those that were signed, and those only for their audience and time.
pub fn token(data: &[u8]) {
    let verifier =
        Verifier::new("http://fuzz.invalid", &KeySet::new([SIGNER.key().public().clone()]));
    let now = now();
    assert!(verifier.verify(&text(data), Audience::Sfu, now).is_err());
    let _ = KeySet::from_jwks(data);

    let mut input = Input::new(data);
    let (at, with) = (usize::from(input.u16()), input.u8());
    let subject = Subject::Person {
        person: PersonId::new(),
        office: OfficeId::new(),
        roles: vec![Role::Official],
    };
    let signed = SIGNER.sign(Audience::Sfu, subject, now, 300).expect("it can be signed").token;
    assert!(verifier.verify(&signed, Audience::Sfu, now).is_ok());
    assert!(verifier.verify(&signed, Audience::Signalling, now).is_err());
    let mut changed = signed.clone().into_bytes();
    let at = at % changed.len();
    changed[at] = with;
    let changed = String::from_utf8_lossy(&changed);
    if changed != signed {
        assert!(verifier.verify(&changed, Audience::Sfu, now).is_err(), "{changed}");
    }
    // Secrets of links and cookies.
    if let Some(secret) = Secret::parse(&text(data)) {
        assert_eq!(secret.reveal().as_bytes(), data);
    }
    for_ids(&text(data));
}

fn for_ids(text: &str) {
    if let Ok(id) = text.parse::<RoomId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    let _ = text.parse::<ParticipantId>();
    let _ = text.parse::<ApiToken>();
}

/// Takes a text as it is to be kept.
type Check = fn(&str) -> Result<String, people::TextError>;

/// What people type is taken within its bounds, and taken again as it is.
pub fn people_text(data: &[u8]) {
    let raw = text(data);
    let checks: [(Check, usize); 4] = [
        (people::name, NAME_MAX_CHARS),
        (people::chat, CHAT_MAX_CHARS),
        (people::note, NOTE_MAX_CHARS),
        (people::reason, NOTE_MAX_CHARS),
    ];
    for (check, max) in checks {
        let Ok(taken) = check(&raw) else { continue };
        assert!(taken.chars().count() <= max);
        assert!(!taken.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        assert_eq!(check(&taken).as_ref(), Ok(&taken), "taken once more, it changes");
    }
    if people::name(&raw).is_ok_and(|name| name.contains('\n')) {
        panic!("a name of two lines");
    }
    if people::is_client_id(&raw) {
        assert!(raw.is_ascii() && raw.len() <= people::CLIENT_ID_MAX_BYTES);
    }
}

/// Networks and mail addresses out of settings and forms.
pub fn address(data: &[u8]) {
    let raw = text(data);
    if let Ok(network) = raw.parse::<Network>() {
        let address = raw.split('/').next().unwrap_or_default();
        assert!(network.contains(address.parse().expect("the network's own address")));
    }
    if let Ok(address) = raw.parse::<Address>() {
        assert!(!address.email.contains(['\r', '\n', ' ']), "{address:?}");
    }
}

/// Whatever people typed, a calendar entry has one event, lines of at most 75 octets, and none that
/// was smuggled in.
pub fn calendar(data: &[u8]) {
    let mut input = Input::new(data);
    let mut piece = || text(input.chunk()).into_owned();
    let (summary, description, name, guest) = (piece(), piece(), piece(), piece());
    let at = |secs| now().plus_secs(secs);
    let secs = i64::from(input.u32());
    let entry = Entry {
        uid: "room@szpon.invalid".into(),
        sequence: 1,
        organizer: Party { name, email: "a@b.example".into() },
        attendee: Party { name: guest, email: "c@d.example".into() },
        summary,
        description,
        location: "https://szpon.invalid/g#s".into(),
        url: "https://szpon.invalid/g#s".into(),
        starts_at: at(secs),
        ends_at: at(secs + 1_800),
        changed_at: at(0),
    };
    let document = document(&entry, CalendarMethod::Request, at(0));
    assert!(document.ends_with("END:VCALENDAR\r\n"));
    let lines: Vec<&str> = document.split("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() <= 75), "a line is too long");
    assert!(!document.replace("\r\n", "").contains(['\r', '\n']), "a bare line break");
    for (line, times) in
        [("BEGIN:VEVENT", 1), ("END:VEVENT", 1), ("BEGIN:VCALENDAR", 1), ("METHOD:REQUEST", 1)]
    {
        assert_eq!(lines.iter().filter(|found| **found == line).count(), times, "{line}");
    }
    // Continued lines begin with a space; all others with a property that we wrote.
    let unfolded = document.replace("\r\n ", "");
    let attendees = unfolded.split("\r\n").filter(|line| line.starts_with("ATTENDEE")).count();
    let organizers = unfolded.split("\r\n").filter(|line| line.starts_with("ORGANIZER")).count();
    assert_eq!((attendees, organizers), (1, 1));
}
