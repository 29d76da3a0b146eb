//! The proof of work before a slot is kept.

use szpon_booking_core::work::{self, Done, Solution};
use szpon_kit::{
    db::Conn,
    problem::{Failure, Result},
    random,
};
use szpon_protocol::{
    Code, Time,
    booking::{WorkChallenge, WorkSolution},
};

use super::store;
use crate::AppState;

/// What the work is for.
const PURPOSE: &str = "hold";

/// A new challenge. Nothing is kept of it: it is signed.
pub fn challenge(state: &AppState, now: Time) -> WorkChallenge {
    let most = state.settings.work_numbers;
    let new = work::challenge(&state.keys.work, PURPOSE, most, &random::bytes(), now);
    WorkChallenge {
        algorithm: new.algorithm,
        challenge: new.challenge,
        max_number: new.max_number,
        salt: new.salt,
        signature: new.signature,
    }
}

/// Checks a solution without remembering it.
pub fn check(state: &AppState, solution: &WorkSolution, now: Time) -> Result<Done> {
    let solution = Solution {
        algorithm: solution.algorithm.clone(),
        challenge: solution.challenge.clone(),
        number: solution.number,
        salt: solution.salt.clone(),
        signature: solution.signature.clone(),
    };
    work::verify(&state.keys.work, PURPOSE, &solution, now)
        .map_err(|refused| Failure::new(Code::ProofInvalid).with_detail(refused.to_string()))
}

/// Uses work up. A second time it is refused.
pub async fn spend(conn: &mut Conn, done: &Done) -> Result<()> {
    if store::use_challenge(conn, &done.spent, done.expires).await? {
        Ok(())
    } else {
        Err(Failure::new(Code::ProofInvalid).with_detail("the work was used before"))
    }
}
