//! Codes that people read, say and type: of an appointment, of an e-mail check, of a place in the
//! queue.

use std::{fmt, str::FromStr};

use aws_lc_rs::{constant_time, hmac};
use szpon_protocol::Time;

/// 19 characters, a prime number for the check: no look-alikes (0 O Q, 1 I L, 2 Z, 5 S, 8 B, 6 G, U
/// V), and no vowels, so that no code is a word.
const ALPHABET: &[u8; 19] = b"34679CDFHJKMNPRTVWX";
const BASE: u64 = ALPHABET.len() as u64;
const LEN: usize = 8;
/// 893,871,739 codes: 19 to the seventh.
const CODES: u64 = BASE.pow(LEN as u32 - 1);

/// The code of an appointment: seven characters and one that checks them, written `XXXX-XXXX`. It
/// names an appointment at the kiosk and at the counter, and proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppointmentCode([u8; LEN]);

/// Not the code of an appointment; most likely mistyped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the code of an appointment")]
pub struct BadCode;

impl AppointmentCode {
    /// From 64 random bits. The caller draws again when the office has it already.
    pub fn from_random(random: u64) -> Self {
        let mut rest = random % CODES;
        let mut digits = [0_u8; LEN];
        for digit in &mut digits[..LEN - 1] {
            *digit = (rest % BASE) as u8;
            rest /= BASE;
        }
        // The last has weight LEN; its inverse exists since the base is prime.
        let sum = check_sum(&digits);
        digits[LEN - 1] = (0..BASE as u8)
            .find(|&check| (sum + LEN as u64 * u64::from(check)).is_multiple_of(BASE))
            .unwrap_or_default();
        Self(digits.map(|digit| ALPHABET[usize::from(digit)]))
    }

    /// Without the hyphen, as in the database.
    pub fn compact(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Each position with a weight of its own: every single wrong character and every swap of two
/// shows.
fn check_sum(digits: &[u8; LEN]) -> u64 {
    (1..).zip(digits).map(|(weight, &digit)| weight * u64::from(digit)).sum::<u64>() % BASE
}

impl fmt::Display for AppointmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.compact().split_at(LEN / 2);
        write!(f, "{first}-{second}")
    }
}

impl FromStr for AppointmentCode {
    type Err = BadCode;

    /// Takes any case, spaces and hyphens, and `G` and `U` for the look-alikes that are in the
    /// alphabet.
    fn from_str(text: &str) -> Result<Self, BadCode> {
        let mut typed = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '—' | '.' | '_'))
            .map(|c| match c.to_ascii_uppercase() {
                'G' => '6',
                'U' => 'V',
                c => c,
            });
        let mut digits = [0; LEN];
        for digit in &mut digits {
            let c = typed.next().ok_or(BadCode)?;
            let at = ALPHABET.iter().position(|&known| char::from(known) == c).ok_or(BadCode)?;
            *digit = at as u8;
        }
        if typed.next().is_some() || check_sum(&digits) != 0 {
            return Err(BadCode);
        }
        Ok(Self(digits.map(|digit| ALPHABET[usize::from(digit)])))
    }
}

/// How long the code of an e-mail check is good for, in milliseconds.
pub const EMAIL_CODE_MS: i64 = 15 * 60_000;
/// How often one may be tried: a guesser of 6 digits gets in once in 200,000 codes.
pub const EMAIL_CODE_ATTEMPTS: u32 = 5;
/// Shortest time between two codes to one address, in milliseconds.
pub const EMAIL_CODE_PAUSE_MS: i64 = 60_000;

/// Six digits that prove an e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailCode(String);

impl EmailCode {
    /// From 64 random bits.
    pub fn from_random(random: u64) -> Self {
        Self(format!("{:06}", random % 1_000_000))
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is stored: keyed, since six digits are soon tried out, and bound to what the code is
    /// for (the appointment and the address), so that it opens nothing else.
    pub fn digest(&self, key: &[u8; 32], bound_to: &str) -> [u8; 32] {
        digest(key, bound_to, &self.0)
    }
}

/// It proves an address; logs have no business with it.
impl fmt::Debug for EmailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailCode(…)")
    }
}

fn digest(key: &[u8; 32], bound_to: &str, code: &str) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut context = hmac::Context::with_key(&key);
    context.update(code.as_bytes());
    context.update(b"\0");
    context.update(bound_to.as_bytes());
    let mut digest = [0; 32];
    digest.copy_from_slice(context.sign().as_ref());
    digest
}

/// A code that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentCode {
    pub digest: [u8; 32],
    pub expires: Time,
    /// Tries so far; the caller counts one before it asks, in the same transaction.
    pub attempts: u32,
}

/// Why a code doesn't prove the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefused {
    #[error("the code has expired")]
    Expired,
    /// Tried too often; only a new code helps.
    #[error("the code was tried too often")]
    Exhausted,
    #[error("another code was sent")]
    Wrong { attempts_left: u32 },
}

impl SentCode {
    /// Whether `entered` is the code, at try number `attempts`. Spaces don't matter.
    ///
    /// # Errors
    /// [`CodeRefused`].
    pub fn check(
        &self,
        entered: &str,
        key: &[u8; 32],
        bound_to: &str,
        now: Time,
    ) -> Result<(), CodeRefused> {
        if now >= self.expires {
            return Err(CodeRefused::Expired);
        }
        if self.attempts > EMAIL_CODE_ATTEMPTS {
            return Err(CodeRefused::Exhausted);
        }
        let entered: String = entered.chars().filter(|c| !c.is_whitespace()).collect();
        constant_time::verify_slices_are_equal(&self.digest, &digest(key, bound_to, &entered))
            .map_err(|_| match EMAIL_CODE_ATTEMPTS - self.attempts {
                0 => CodeRefused::Exhausted,
                attempts_left => CodeRefused::Wrong { attempts_left },
            })
    }
}

/// What the public queue screen calls somebody by, `A017`: the letter is the matter's, the number
/// the order of checking in that day. It says nothing of who it is.
pub fn ticket(matter_order: u32, number: u32) -> String {
    const LETTERS: &[u8; 19] = b"ACDEFHJKLMNPRTUWXYZ";
    let letter = LETTERS[matter_order as usize % LETTERS.len()];
    format!("{}{:03}", char::from(letter), number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_code_is_read_however_it_is_typed(random: u64) {
            let code = AppointmentCode::from_random(random);
            let shown = code.to_string();
            prop_assert_eq!(shown.parse(), Ok(code));
            prop_assert_eq!(code.compact().to_lowercase().parse(), Ok(code));
            prop_assert_eq!(shown.replace('-', " – ").replace('6', "g").replace('V', "u").parse(), Ok(code));
        }

        #[test]
        fn a_wrong_character_or_a_swap_shows(random: u64, at in 0..LEN, other in 0..LEN, by in 1usize..19) {
            let code = AppointmentCode::from_random(random);
            let mut wrong = code.0;
            let digit = ALPHABET.iter().position(|&c| c == wrong[at]).unwrap();
            wrong[at] = ALPHABET[(digit + by) % ALPHABET.len()];
            prop_assert!(std::str::from_utf8(&wrong).unwrap().parse::<AppointmentCode>().is_err());
            let mut swapped = code.0;
            swapped.swap(at, other);
            let read = std::str::from_utf8(&swapped).unwrap().parse::<AppointmentCode>();
            prop_assert_eq!(read.is_ok(), swapped == code.0);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}") {
            if let Ok(code) = text.parse::<AppointmentCode>() {
                prop_assert_eq!(code.to_string().parse(), Ok(code));
            }
        }
    }

    #[test]
    fn a_code_has_no_look_alikes() {
        let unwanted = b"0OQ1IL2Z5S8BGUAEY";
        assert!(ALPHABET.iter().all(|c| !unwanted.contains(c)));
        assert_ne!(AppointmentCode::from_random(1), AppointmentCode::from_random(2));
    }

    #[test]
    fn six_digits_are_good_for_some_tries_and_some_minutes() {
        let (key, now) = ([3; 32], Time::from_millis(1_800_000_000_000));
        let code = EmailCode::from_random(1_000_042);
        assert_eq!(code.as_str(), "000042");
        let expires = now.plus_millis(EMAIL_CODE_MS);
        let at_try = |attempts| SentCode {
            digest: code.digest(&key, "a:jan@example.org"),
            expires,
            attempts,
        };
        let check = |attempts, entered: &str, at| {
            at_try(attempts).check(entered, &key, "a:jan@example.org", at)
        };
        assert_eq!(check(1, " 000 042", now), Ok(()));
        assert_eq!(check(5, "000042", expires.plus_millis(-1)), Ok(()));
        assert_eq!(check(1, "000042", expires), Err(CodeRefused::Expired));
        assert_eq!(check(1, "000043", now), Err(CodeRefused::Wrong { attempts_left: 4 }));
        assert_eq!(check(5, "000043", now), Err(CodeRefused::Exhausted));
        assert_eq!(check(6, "000042", now), Err(CodeRefused::Exhausted));
        let elsewhere = at_try(1).check("000042", &key, "b:jan@example.org", now);
        assert_eq!(elsewhere, Err(CodeRefused::Wrong { attempts_left: 4 }));
        assert!(!format!("{code:?}").contains("42"));
    }

    #[test]
    fn tickets_are_short() {
        assert_eq!(ticket(0, 7), "A007");
        assert_eq!(ticket(20, 1_234), "C1234");
    }
}
