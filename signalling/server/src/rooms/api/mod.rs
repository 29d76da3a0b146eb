//! REST: rooms, invitees, links, streams, and the ways in.

pub mod entry;
pub mod invitees;
pub mod links;
pub mod rooms;
pub mod streams;

use szpon_kit::problem::Fields;
use szpon_protocol::{
    problem::FieldReason,
    room::{NAME_MAX_CHARS, RoomRole},
    rooms::NewInvitee,
};
use szpon_signalling_core::text::{self, TextError};

use super::inviting::{Guest, Who};

/// Somebody's name on one line; refuses what makes one name look like another.
fn name(fields: &mut Fields, field: &str, raw: &str) -> String {
    match text::line(raw, NAME_MAX_CHARS) {
        Ok(name) => name,
        Err(error) => {
            fields.refuse(
                field,
                match error {
                    TextError::Empty => FieldReason::Missing,
                    TextError::TooLong(_) => FieldReason::TooLong,
                    TextError::Forbidden => FieldReason::Malformed,
                },
            );
            String::new()
        }
    }
}

/// Checks an invitee; `prefix` is where it stands in the body, like `invitees.2.`.
fn guest(fields: &mut Fields, prefix: &str, new: &NewInvitee) -> Guest {
    let at = |field: &str| format!("{prefix}{field}");
    let who = match (new.person, &new.email) {
        (Some(person), None) => Who::Colleague(person),
        (None, Some(email)) => {
            let email = fields.email(&at("email"), email);
            let name = if new.name.trim().is_empty() {
                String::new()
            } else {
                name(fields, &at("name"), &new.name)
            };
            Who::Outside { name, email }
        }
        (Some(person), Some(_)) => {
            fields.refuse(&at("email"), FieldReason::Unknown);
            Who::Colleague(person)
        }
        (None, None) => {
            fields.refuse(&at("email"), FieldReason::Missing);
            Who::Outside { name: String::new(), email: String::new() }
        }
    };
    let allowed = match new.role {
        RoomRole::Host => false,
        // A guest never moderates.
        RoomRole::CoHost => new.person.is_some(),
        RoomRole::Participant | RoomRole::Interpreter => true,
    };
    if !allowed {
        fields.refuse(&at("role"), FieldReason::OutOfRange);
    }
    Guest { who, language: new.language, role: new.role }
}
