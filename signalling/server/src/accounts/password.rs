//! Passwords: strength, hashing, checking.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use szpon_kit::{
    problem::{Failure, Result},
    random,
};
use szpon_protocol::Code;
use tokio::sync::Semaphore;

/// Longest password that is looked at, in bytes.
const MAX_BYTES: usize = 512;

/// Hashes and checks passwords with argon2id (19 MiB, two passes, one lane: the first choice of
/// OWASP's cheat sheet and the default of the crate), a limited number at a time so that a flood of
/// sign-ins takes neither all cores nor all memory.
pub struct Passwords {
    slots: Arc<Semaphore>,
    /// Checked against when there is no account, so that it takes as long as a wrong password.
    decoy: String,
}

impl Passwords {
    /// `at_once` hashes run at the same time. Fails without randomness.
    pub fn new(at_once: usize) -> Result<Self, argon2::password_hash::Error> {
        Ok(Self {
            slots: Arc::new(Semaphore::new(at_once.max(1))),
            decoy: hash(&random::bytes::<32>())?,
        })
    }

    /// The password as a PHC string.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.as_bytes().to_vec();
        let hashed = self.run(move || hash(&password)).await?;
        hashed.map_err(|error| Failure::internal(format!("hashing a password: {error}")))
    }

    /// Whether the password is the one of `phc`. Takes the same time when there is none.
    pub async fn verify(&self, password: &str, phc: Option<&str>) -> Result<bool> {
        let known = phc.is_some() && password.len() <= MAX_BYTES;
        let phc = phc.unwrap_or(&self.decoy).to_owned();
        let mut password = password.as_bytes().to_vec();
        password.truncate(MAX_BYTES);
        let right = self.run(move || verify(&password, &phc)).await??;
        Ok(right && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let slot = self.slots.clone().acquire_owned().await.map_err(Failure::internal)?;
        // The slot goes with the work, which goes on when the caller hangs up.
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        })
        .await
        .map_err(Failure::internal)
    }
}

fn hash(password: &[u8]) -> Result<String, argon2::password_hash::Error> {
    let salt = random::bytes::<16>();
    let hash: PasswordHash = Argon2::default().hash_password_with_salt(password, &salt)?;
    Ok(hash.to_string())
}

fn verify(password: &[u8], phc: &str) -> Result<bool> {
    use argon2::password_hash::Error;

    let hash = PasswordHash::new(phc)
        .map_err(|error| Failure::internal(format!("a stored password hash: {error}")))?;
    match Argon2::default().verify_password(password, &hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(Failure::internal(format!("checking a password: {error}"))),
    }
}

/// Refuses passwords that are guessed first (NIST SP 800-63B-4, section 3.1.1.2: length and a list
/// count, rules about characters don't). `about` is what is known of the person.
pub fn check_strength(password: &str, min_chars: usize, about: &[&str]) -> Result<()> {
    let weak = || Failure::new(Code::PasswordWeak);
    if password.chars().count() < min_chars || password.len() > MAX_BYTES {
        return Err(weak());
    }
    let plain: String = password.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    // Few different characters: "aaaaaaaaaaaa", "121212121212".
    let mut distinct: Vec<char> = plain.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 || is_sequence(&plain) {
        return Err(weak());
    }
    // What is left after guessable parts has to be worth something.
    let mut rest = plain;
    for part in about.iter().flat_map(|text| parts_of(text)).chain(COMMON.map(str::to_owned)) {
        rest = rest.replace(&part, "");
    }
    let left = rest.trim_matches(|c: char| c.is_ascii_digit()).chars().count();
    if left < 4 { Err(weak()) } else { Ok(()) }
}

/// Beginnings of passwords in leaked lists, Polish ones among them.
const COMMON: [&str; 24] = [
    "password",
    "passw0rd",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "zxcvbnm",
    "iloveyou",
    "letmein",
    "welcome",
    "admin",
    "administrator",
    "haslo",
    "hasło",
    "zaq12wsx",
    "qazwsx",
    "polska",
    "mojehaslo",
    "szpon",
    "urzad",
    "urząd",
    "abc123",
    "abcdef",
    "123456789",
    "test",
];

/// Words of four characters or more.
fn parts_of(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| part.chars().count() >= 4)
        .map(str::to_owned)
        .collect()
}

/// "abcdefghijkl", "987654321098".
fn is_sequence(text: &str) -> bool {
    let steps: Vec<i64> = text
        .chars()
        .zip(text.chars().skip(1))
        .map(|(a, b)| i64::from(u32::from(b)) - i64::from(u32::from(a)))
        .collect();
    let even = steps.iter().filter(|step| matches!(step, 1 | -1 | 9 | -9)).count();
    !steps.is_empty() && even == steps.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new(2).unwrap();
        let phc = passwords.hash("zielony parasol 7").await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(passwords.verify("zielony parasol 7", Some(&phc)).await.unwrap());
        assert!(!passwords.verify("zielony parasol 8", Some(&phc)).await.unwrap());
        assert!(!passwords.verify("zielony parasol 7", None).await.unwrap());
        assert_ne!(passwords.hash("zielony parasol 7").await.unwrap(), phc);
        let long = "a".repeat(MAX_BYTES);
        let phc = passwords.hash(&long).await.unwrap();
        assert!(!passwords.verify(&format!("{long}b"), Some(&phc)).await.unwrap());
    }

    #[test]
    fn guessable_passwords_are_refused() {
        let about = ["Anna Nowakowska", "anna.nowakowska@urzad.example"];
        let refused = |password: &str| check_strength(password, 12, &about).is_err();
        for weak in [
            "krótkie",
            "aaaaaaaaaaaaaa",
            "121212121212",
            "abcdefghijklm",
            "1234567890123",
            "passwordpassword",
            "AnnaNowakowska2026",
            "Haslo1234567",
            "qwertyuiop123",
            "zaq12wsxzaq12wsx",
        ] {
            assert!(refused(weak), "{weak}");
        }
        assert!(refused(&"zielony parasol ".repeat(40)), "too long to be hashed in good time");
        for strong in ["zielony parasol 7", "Xk2#vv9!Lq0p", "Żółta łódź pływa"] {
            assert!(!refused(strong), "{strong}");
        }
    }
}
