//! Transactions that claim something, done again while others are faster.

use szpon_kit::{
    db::{Transient, is_unique_violation},
    problem::{Failure, Result},
};
use szpon_protocol::Code;

use crate::appointments::store;

/// How often a transaction is done again after somebody was faster to a claim: with a pool of
/// officials the next one may still be free.
const CLAIM_ATTEMPTS: u32 = 8;
/// How often more a transaction is done again that was in the way of others until its own retries were
/// used up.
const BUSY_ATTEMPTS: u32 = 3;

/// Counts what came between a transaction and its claim.
#[derive(Debug, Default)]
pub struct Claiming {
    lost: u32,
    busy: u32,
}

impl Claiming {
    /// `Ok` to try again; else what to say. That the slot is taken is said only when somebody has it.
    pub fn again(&mut self, failure: Failure) -> Result<()> {
        let error = failure.database_error();
        if failure.code() == Code::Busy {
            self.busy += 1;
            if self.busy < BUSY_ATTEMPTS { Ok(()) } else { Err(failure) }
        } else if error.is_some_and(is_unique_violation) {
            self.lost += 1;
            match error {
                _ if self.lost < CLAIM_ATTEMPTS => Ok(()),
                Some(error) if store::is_of_claims(error) => Err(Failure::new(Code::SlotTaken)),
                _ => Err(failure),
            }
        } else {
            Err(failure)
        }
    }

    /// For somebody who chose outside of the transaction: what was free then may be taken now, and
    /// another official free.
    pub fn choose_again(&mut self, failure: Failure) -> Result<()> {
        if failure.code() != Code::SlotTaken {
            return self.again(failure);
        }
        self.lost += 1;
        if self.lost < CLAIM_ATTEMPTS { Ok(()) } else { Err(failure) }
    }
}

/// Runs a transaction that claims something, again while others are faster. Says `slot_taken` in the end
/// when somebody has it, and `busy` when that could not be found out.
#[macro_export]
macro_rules! claiming {
    ($db:expr, |$conn:ident| $work:block) => {{
        let mut claiming = $crate::appointments::clerk::Claiming::default();
        loop {
            match ::szpon_kit::transaction!($db, |$conn| $work) {
                Err(failure) => {
                    if let Err(failure) = claiming.again(failure) {
                        break Err(failure);
                    }
                }
                done => break done,
            }
        }
    }};
}
