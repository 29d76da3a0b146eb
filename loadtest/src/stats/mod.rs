//! What is counted, and how.

pub mod frames;
pub mod freezes;
pub mod sequence;
pub mod totals;
