//! What the process answers itself: health, documents, headers; and the listeners.

pub mod docs;
pub mod headers;
pub mod health;
pub mod listen;
