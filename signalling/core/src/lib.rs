//! The rules of a room, with no I/O: who waits, who is in, who may do what to whom, and what
//! everybody is told about it.
//!
//! [`Room::handle`] takes one [`Input`] and the time, and returns an [`Outcome`]: what must be
//! stored, what goes into the audit log, and what is then to be done. The caller stores first and
//! acts afterwards, so whatever a participant was told survives a crash. [`Room::wake_at`] says
//! when to call again with [`Input::Tick`].

mod bucket;
mod chat;
mod entry;
mod input;
mod moderation;
mod outcome;
mod room;
mod seat;
mod sharing;
mod streams;
pub mod text;

pub use bucket::Bucket;
pub use input::{Access, Input, SocketId};
pub use outcome::{AuditNote, Change, CloseReason, Effect, Outcome};
pub use room::{CHAT_KEPT, RECONNECT_GRACE_MS, Room, RoomState, WAITING_GRACE_MS, WAITING_MAX};
pub use seat::{Note, Seat, Standing};
