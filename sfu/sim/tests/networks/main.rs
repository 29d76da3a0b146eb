//! Calls over bad networks: what is felt at the other end, in figures. Each condition has its test
//! and is tried with several seeds.
//!
//! Where a bound is weaker than what was aimed at, the test says so and names the target.

mod allocation;
mod crowd;
mod delay;
mod joins;
mod loss;
mod publisher;
mod rate;
mod returns;
mod rivals;
mod support;
