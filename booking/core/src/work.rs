//! Proof of work instead of a picture puzzle: a browser spends a moment, whoever wants thousands of
//! holds spends hours, and nobody has to see, hear or solve anything.
//!
//! The exchange of ALTCHA in its first version (altcha.org): the service draws a number up to a
//! limit and tells the SHA-256 of salt and number; the browser tries numbers until one fits. So the
//! longest search is known, unlike with leading zeros. The salt carries expiry and purpose, and
//! ends with a separator, so that digits can't wander between salt and number (CVE-2025-68113).

use std::fmt::Write as _;

use aws_lc_rs::{constant_time, digest, hmac};
use serde::{Deserialize, Serialize};
use szpon_protocol::Time;

/// How long a challenge is good for, in milliseconds: time for a slow phone, not for a stock of
/// answers.
pub const CHALLENGE_MS: i64 = 10 * 60_000;
/// Search limit while nothing is unusual: some tenths of a second on a phone of 2026.
pub const NUMBER_MAX_CALM: u32 = 50_000;
/// Highest search limit: about half a minute on a slow phone.
pub const NUMBER_MAX: u32 = 1_600_000;
/// The only algorithm.
pub const ALGORITHM: &str = "SHA-256";

/// What the browser gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// `SHA-256`.
    pub algorithm: String,
    /// Lower-case hex of SHA-256 over the salt's and the number's characters.
    pub challenge: String,
    /// The number is at most this.
    #[serde(rename = "maxnumber")]
    pub max_number: u32,
    pub salt: String,
    /// Says that the challenge is ours.
    pub signature: String,
}

/// What the browser sends back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    pub algorithm: String,
    pub challenge: String,
    pub number: u32,
    pub salt: String,
    pub signature: String,
}

/// Why work isn't accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkRefused {
    /// Not one of our challenges, or changed.
    #[error("not a challenge of this service")]
    Foreign,
    /// For something else.
    #[error("a challenge for another purpose")]
    Purpose,
    #[error("the challenge has expired")]
    Expired,
    #[error("the number does not fit")]
    Wrong,
}

/// A challenge for `purpose` (letters, digits, `:` and `-`), good for [`CHALLENGE_MS`]. `random` is
/// fresh for each.
pub fn challenge(
    key: &[u8; 32],
    purpose: &str,
    max_number: u32,
    random: &[u8; 16],
    now: Time,
) -> Challenge {
    let (nonce, draw) = random.split_at(12);
    let draw = draw.iter().fold(0_u64, |n, &byte| n << 8 | u64::from(byte));
    let number = (draw * (u64::from(max_number) + 1)) >> 32;
    let expires = now.plus_millis(CHALLENGE_MS).millis();
    let salt = format!("{}?expires={expires}&purpose={purpose}&", hex(nonce));
    let challenge = hash(&salt, number as u32);
    let signature = sign(key, &challenge);
    Challenge { algorithm: ALGORITHM.into(), challenge, max_number, salt, signature }
}

/// Work that was done: what the caller keeps until `expires`, so that no work counts twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Different for each challenge.
    pub spent: String,
    pub expires: Time,
}

/// Whether `solution` is work done for `purpose`.
///
/// # Errors
/// [`WorkRefused`].
pub fn verify(
    key: &[u8; 32],
    purpose: &str,
    solution: &Solution,
    now: Time,
) -> Result<Done, WorkRefused> {
    let signature = sign(key, &solution.challenge);
    let ours = constant_time::verify_slices_are_equal(
        signature.as_bytes(),
        solution.signature.to_ascii_lowercase().as_bytes(),
    );
    if solution.algorithm != ALGORITHM || ours.is_err() {
        return Err(WorkRefused::Foreign);
    }
    // The signature covers the challenge, and the challenge covers the salt.
    if hash(&solution.salt, solution.number) != solution.challenge {
        return Err(WorkRefused::Wrong);
    }
    let (expires, stated) = read(&solution.salt).ok_or(WorkRefused::Foreign)?;
    if stated != purpose {
        return Err(WorkRefused::Purpose);
    }
    if now >= expires {
        return Err(WorkRefused::Expired);
    }
    Ok(Done { spent: solution.challenge.clone(), expires })
}

fn read(salt: &str) -> Option<(Time, &str)> {
    let (_, parameters) = salt.split_once("?expires=")?;
    let (expires, purpose) = parameters.strip_suffix('&')?.split_once("&purpose=")?;
    Some((Time::from_millis(expires.parse().ok()?), purpose))
}

fn hash(salt: &str, number: u32) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(salt.as_bytes());
    context.update(number.to_string().as_bytes());
    hex(context.finish().as_ref())
}

fn sign(key: &[u8; 32], challenge: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hex(hmac::sign(&key, challenge.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The search limit when `recent` challenges were asked for in the last minute where `usual` are
/// usual: twice the load above the usual, twice the work, up to [`NUMBER_MAX`].
pub fn max_number(recent: u32, usual: u32) -> u32 {
    let work = u64::from(NUMBER_MAX_CALM) * u64::from(recent) / u64::from(usual.max(1));
    work.clamp(u64::from(NUMBER_MAX_CALM), u64::from(NUMBER_MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [9; 32];

    fn now() -> Time {
        Time::from_millis(1_800_000_000_000)
    }

    fn solve(challenge: &Challenge) -> Solution {
        let number = (0..=challenge.max_number)
            .find(|&number| hash(&challenge.salt, number) == challenge.challenge)
            .unwrap();
        Solution {
            algorithm: challenge.algorithm.clone(),
            challenge: challenge.challenge.clone(),
            number,
            salt: challenge.salt.clone(),
            signature: challenge.signature.clone(),
        }
    }

    #[test]
    fn work_is_accepted_for_its_purpose_until_it_expires() {
        for n in 0..20_u8 {
            let challenge = challenge(&KEY, "hold:7", 300, &[n.wrapping_mul(37); 16], now());
            let solution = solve(&challenge);
            let done = verify(&KEY, "hold:7", &solution, now()).unwrap();
            assert_eq!(done.expires, now().plus_millis(CHALLENGE_MS));
            assert_eq!(done.spent, challenge.challenge);
            let check = |purpose, at| verify(&KEY, purpose, &solution, at).map(|_| ());
            assert_eq!(check("hold:8", now()), Err(WorkRefused::Purpose));
            assert_eq!(check("hold:7", done.expires.plus_millis(-1)), Ok(()));
            assert_eq!(check("hold:7", done.expires), Err(WorkRefused::Expired));
        }
    }

    #[test]
    fn nothing_of_it_can_be_changed() {
        let honest = solve(&challenge(&KEY, "hold:7", 300, &[200; 16], now()));
        assert!(honest.number > 9, "two digits at least, for the last case");
        let change = |f: &dyn Fn(&mut Solution)| {
            let mut changed = honest.clone();
            f(&mut changed);
            verify(&KEY, "hold:7", &changed, now()).unwrap_err()
        };
        assert_eq!(change(&|s| s.number += 1), WorkRefused::Wrong);
        assert_eq!(change(&|s| s.algorithm = "SHA-1".into()), WorkRefused::Foreign);
        assert_eq!(change(&|s| s.signature.replace_range(..1, "x")), WorkRefused::Foreign);
        assert_eq!(change(&|s| s.challenge = hash(&s.salt, s.number + 1)), WorkRefused::Foreign);
        assert_eq!(
            change(&|s| s.salt = s.salt.replace("expires=1", "expires=2")),
            WorkRefused::Wrong
        );
        // The same characters with another border between salt and number.
        assert_eq!(
            change(&|s| {
                let digits = s.number.to_string();
                s.salt.push_str(&digits[..1]);
                s.number = digits[1..].parse().unwrap();
            }),
            WorkRefused::Foreign
        );
        assert_eq!(verify(&[1; 32], "hold:7", &honest, now()), Err(WorkRefused::Foreign));
    }

    /// The JSON that ALTCHA's own client reads and writes.
    #[test]
    fn the_wire_is_altchas() {
        let challenge = challenge(&KEY, "hold:7", 300, &[1; 16], now());
        let json = serde_json::to_value(&challenge).unwrap();
        let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["algorithm", "challenge", "maxnumber", "salt", "signature"]);
    }

    #[test]
    fn a_known_hash() {
        // printf 'abc7' | sha256sum
        assert_eq!(
            hash("abc", 7),
            "53dd02b72c4e7463b448e5374abedc168dcd200ad7e1221fe92d440c545859c6"
        );
    }

    #[test]
    fn work_grows_with_the_load() {
        assert_eq!(max_number(0, 10), NUMBER_MAX_CALM);
        assert_eq!(max_number(10, 10), NUMBER_MAX_CALM);
        assert_eq!(max_number(40, 10), 4 * NUMBER_MAX_CALM);
        assert_eq!(max_number(u32::MAX, 0), NUMBER_MAX);
        let limits: Vec<_> = (0..500).map(|recent| max_number(recent, 10)).collect();
        assert!(limits.is_sorted());
    }
}
