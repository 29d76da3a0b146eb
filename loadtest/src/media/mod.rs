//! What synthetic publishers send.

pub mod encoder;
pub mod mark;
pub mod opus;
pub mod payload;
