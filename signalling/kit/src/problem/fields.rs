//! Checking what people typed, all fields at once, so that one answer names every mistake.

use std::ops::RangeInclusive;

use szpon_protocol::problem::{FieldError, FieldReason};

use super::{Failure, Result};

/// Collects refused fields.
///
/// ```ignore
/// let mut fields = Fields::new();
/// let title = fields.line("title", " Consultation ", 1..=200);
/// fields.finish().unwrap();
/// assert_eq!(title, "Consultation");
/// ```
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn refuse(&mut self, field: &str, reason: FieldReason) {
        self.0.push(FieldError { field: field.into(), reason });
    }

    /// One line of text without control characters, trimmed; `chars` is its length in characters.
    pub fn line(&mut self, field: &str, text: &str, chars: RangeInclusive<usize>) -> String {
        self.text(field, text, chars, |c| c.is_control())
    }

    /// Text of several lines, trimmed. CRLF becomes LF.
    pub fn lines(&mut self, field: &str, text: &str, chars: RangeInclusive<usize>) -> String {
        let text = text.replace("\r\n", "\n");
        self.text(field, &text, chars, |c| c.is_control() && c != '\n' && c != '\t')
    }

    fn text(
        &mut self,
        field: &str,
        text: &str,
        chars: RangeInclusive<usize>,
        refused: impl Fn(char) -> bool,
    ) -> String {
        let text = text.trim();
        let count = text.chars().count();
        if count < *chars.start() {
            let missing = count == 0;
            self.refuse(field, if missing { FieldReason::Missing } else { FieldReason::TooShort });
        } else if count > *chars.end() {
            self.refuse(field, FieldReason::TooLong);
        } else if text.chars().any(refused) {
            self.refuse(field, FieldReason::Malformed);
        }
        text.into()
    }

    /// An e-mail address, in lower case: accounts are found by it, and no mail server in use tells
    /// letters of different case apart (RFC 5321, section 2.4 would allow it).
    pub fn email(&mut self, field: &str, text: &str) -> String {
        // Longest path in RFC 5321, section 4.5.3.1.3, without the angle brackets.
        let text = self.line(field, text, 3..=254).to_lowercase();
        let refused = self.0.iter().any(|error| error.field == field);
        if !refused && text.parse::<lettre::Address>().is_err() {
            self.refuse(field, FieldReason::Malformed);
        }
        text
    }

    pub fn range<T: PartialOrd>(&mut self, field: &str, value: T, range: RangeInclusive<T>) -> T {
        if !range.contains(&value) {
            self.refuse(field, FieldReason::OutOfRange);
        }
        value
    }

    /// Fails with everything that was refused.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Failure::invalid(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(check: impl FnOnce(&mut Fields)) -> Option<FieldReason> {
        let mut fields = Fields::new();
        check(&mut fields);
        fields.finish().err().map(|failure| failure.fields()[0].reason)
    }

    #[test]
    fn lines_are_measured_in_characters() {
        assert_eq!(reason(|f| drop(f.line("x", "żółć", 1..=4))), None);
        assert_eq!(reason(|f| drop(f.line("x", "żółć!", 1..=4))), Some(FieldReason::TooLong));
        assert_eq!(reason(|f| drop(f.line("x", "   ", 1..=4))), Some(FieldReason::Missing));
        assert_eq!(reason(|f| drop(f.line("x", "ab", 3..=4))), Some(FieldReason::TooShort));
        assert_eq!(reason(|f| drop(f.line("x", "a\nb", 1..=4))), Some(FieldReason::Malformed));
        assert_eq!(reason(|f| drop(f.lines("x", "a\r\nb", 1..=4))), None);
        assert_eq!(reason(|f| drop(f.lines("x", "a\0b", 1..=4))), Some(FieldReason::Malformed));
    }

    #[test]
    fn addresses_are_checked_and_lowered() {
        let mut fields = Fields::new();
        assert_eq!(fields.email("e", " Jan.Kowalski@Urzad.Example "), "jan.kowalski@urzad.example");
        fields.finish().unwrap();
        for bad in ["a", "a@", "@b", "a b@c.d", "a@b\r\nBcc: x@y", "a@b@c"] {
            assert!(reason(|f| drop(f.email("e", bad))).is_some(), "{bad}");
        }
        assert_eq!(reason(|f| drop(f.email("e", ""))), Some(FieldReason::Missing));
    }

    #[test]
    fn every_mistake_is_named() {
        let mut fields = Fields::new();
        fields.line("a", "", 1..=2);
        fields.range("b", 9, 1..=5);
        assert_eq!(fields.finish().unwrap_err().fields().len(), 2);
    }
}
