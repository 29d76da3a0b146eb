//! What is counted, and how.

pub mod frames;
pub mod freezes;
pub mod growth;
pub mod sequence;
pub mod totals;
