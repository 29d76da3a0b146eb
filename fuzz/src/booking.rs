//! What booking reads from people and browsers: codes, the names of what is claimed, and work.

use std::sync::LazyLock;

use szpon_booking_core::{
    Subject,
    code::AppointmentCode,
    limits,
    work::{self, Solution},
};
use szpon_protocol::Time;

use crate::input::text;

const KEY: [u8; 32] = [7; 32];
const PURPOSE: &str = "hold";

/// A moment in 2027.
fn now() -> Time {
    Time::from_millis(1_800_000_000_000)
}

/// What is taken for a code, a subject or an address means the same when it is written and read again.
pub fn booking_text(data: &[u8]) {
    let text = text(data);
    if let Ok(code) = text.parse::<AppointmentCode>() {
        assert_eq!(code.to_string().parse(), Ok(code));
        assert_eq!(code.compact().parse(), Ok(code));
    }
    if let Ok(subject) = text.parse::<Subject>() {
        assert_eq!(subject.to_string().parse(), Ok(subject));
    }
    if let Some(key) = limits::identity(&text) {
        assert_eq!(limits::identity(&key), Some(key));
    }
}

/// Work that was done, of the one challenge that there is.
pub fn solution() -> Solution {
    let challenge = work::challenge(&KEY, PURPOSE, 500, &[0x5a; 16], now());
    let solved = |number: &u32| {
        let solution = Solution {
            algorithm: challenge.algorithm.clone(),
            challenge: challenge.challenge.clone(),
            number: *number,
            salt: challenge.salt.clone(),
            signature: challenge.signature.clone(),
        };
        work::verify(&KEY, PURPOSE, &solution, now()).is_ok()
    };
    let number = (0..=challenge.max_number).find(solved).expect("there is a number");
    Solution {
        algorithm: challenge.algorithm,
        challenge: challenge.challenge,
        number,
        salt: challenge.salt,
        signature: challenge.signature,
    }
}

static HONEST: LazyLock<Solution> = LazyLock::new(solution);

/// Nothing is accepted as work but the number that was looked for, with the salt that was given.
pub fn proof_of_work(data: &[u8]) {
    let Ok(solution) = serde_json::from_slice::<Solution>(data) else { return };
    if work::verify(&KEY, PURPOSE, &solution, now()).is_ok() {
        let (mut given, mut known) = (solution, HONEST.clone());
        given.signature.make_ascii_lowercase();
        known.signature.make_ascii_lowercase();
        assert_eq!(given, known);
    }
}
