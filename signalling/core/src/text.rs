//! What people type: names, chat messages, notes and reasons.

use szpon_protocol::room::{CHAT_MAX_CHARS, NAME_MAX_CHARS, NOTE_MAX_CHARS};
use thiserror::Error;

/// Longest `client_id` of a chat message, in bytes: room for a UUID and a prefix.
pub const CLIENT_ID_MAX_BYTES: usize = 64;

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing is left after the white space around it is cut off.
    #[error("the text is empty")]
    Empty,
    /// Longer than allowed, in characters.
    #[error("the text is longer than {0} characters")]
    TooLong(usize),
    /// A control character, or one that turns the reading direction and so can make a name read
    /// as another one (Unicode TR 36, section 2.10).
    #[error("the text has a character that isn't allowed")]
    Forbidden,
}

/// A display name: 1 to [`NAME_MAX_CHARS`] characters on one line, with inner runs of white space
/// folded into one space.
pub fn name(raw: &str) -> Result<String, TextError> {
    line(raw, NAME_MAX_CHARS)
}

/// One line of text of at most `max` characters, such as a title, with inner white space folded.
pub fn line(raw: &str, max: usize) -> Result<String, TextError> {
    let line = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(TextError::Forbidden);
    }
    bounded(line, max)
}

/// A chat message: 1 to [`CHAT_MAX_CHARS`] characters, line breaks allowed.
pub fn chat(raw: &str) -> Result<String, TextError> {
    paragraph(raw, CHAT_MAX_CHARS)
}

/// A note to those who wait: 1 to [`NOTE_MAX_CHARS`] characters, line breaks allowed.
pub fn note(raw: &str) -> Result<String, TextError> {
    paragraph(raw, NOTE_MAX_CHARS)
}

/// The reason of a refusal or removal: as a note, but it may be empty.
pub fn reason(raw: &str) -> Result<String, TextError> {
    optional(raw, NOTE_MAX_CHARS)
}

/// Several lines of at most `max` characters that may be empty.
pub fn optional(raw: &str, max: usize) -> Result<String, TextError> {
    match paragraph(raw, max) {
        Err(TextError::Empty) => Ok(String::new()),
        other => other,
    }
}

/// Whether this can mark a chat message: short, printable ASCII.
pub fn is_client_id(id: &str) -> bool {
    (1..=CLIENT_ID_MAX_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
}

fn paragraph(raw: &str, max: usize) -> Result<String, TextError> {
    let text = raw.replace("\r\n", "\n").replace('\r', "\n");
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(TextError::Forbidden);
    }
    bounded(text.trim().to_owned(), max)
}

fn bounded(text: String, max: usize) -> Result<String, TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong(max));
    }
    Ok(text)
}

/// Bidirectional overrides, embeddings and isolates, and characters that take no room: with them
/// two different names look the same. Joiners (U+200C, U+200D) stay: some scripts need them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}'
            | '\u{061C}'
            | '\u{180E}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_people_here_are_fine() {
        for ok in ["Zażółć Gęślą-Jaźń", "Олена Шевченко", "O'Neill", "اَلْعَرَبِيَّةُ", "李小龙"]
        {
            assert_eq!(name(ok).as_deref(), Ok(ok));
        }
        assert_eq!(name("  Anna \t  Nowak \n").as_deref(), Ok("Anna Nowak"));
    }

    #[test]
    fn names_that_pretend_are_refused() {
        for bad in ["a\u{202E}b", "a\u{2066}b\u{2069}", "a\u{200B}b", "a\u{0}b", "a\u{7f}b"] {
            assert_eq!(name(bad), Err(TextError::Forbidden), "{bad:?}");
        }
        assert_eq!(name(" \u{2003} "), Err(TextError::Empty));
        assert_eq!(name(&"ą".repeat(80)).map(|n| n.chars().count()), Ok(80));
        assert_eq!(name(&"ą".repeat(81)), Err(TextError::TooLong(80)));
    }

    #[test]
    fn chat_keeps_its_lines() {
        assert_eq!(chat(" a\r\nb\rc ").as_deref(), Ok("a\nb\nc"));
        assert_eq!(chat("a\u{1b}[31m"), Err(TextError::Forbidden));
        assert_eq!(chat(&"x".repeat(2001)), Err(TextError::TooLong(2000)));
        assert_eq!(reason("  ").as_deref(), Ok(""));
        assert_eq!(note("  "), Err(TextError::Empty));
    }

    proptest! {
        #[test]
        fn what_is_taken_is_taken_again_unchanged(raw in ".{0,120}") {
            if let Ok(once) = name(&raw) {
                prop_assert_eq!(name(&once), Ok(once.clone()));
            }
            if let Ok(once) = chat(&raw) {
                prop_assert_eq!(chat(&once), Ok(once.clone()));
            }
        }
    }
}
