//! The Dependency Descriptor: an RTP header extension that says of each packet which frame it
//! belongs to, in which layers, and what that frame needs (RTP Payload Format For AV1, v1.0.0,
//! appendix A). AV1 has no payload descriptor: without this, its layers can't be told apart.
//!
//! A keyframe brings a [`Structure`]: templates of frames, and *decode targets*, each of which is a
//! spatial and a temporal layer with all that is below. The other packets name a template and say
//! where they differ from it. [`Reader`] keeps the structure of one stream and makes a
//! [`Dependency`] of each packet; a subscriber's copy differs by a [`Rewrite`] in the number of the
//! frame and in the targets that it can decode.

mod bits;
mod descriptor;
mod reader;
mod rewrite;
mod structure;

pub use descriptor::{Descriptor, Parsed};
pub use reader::{Dependency, Reader};
pub use rewrite::{FrameNumbers, Rewrite};
pub use structure::{Indication, InvalidStructure, Resolution, Structure, Template};

/// Names the extension in SDP (A.9).
pub const URI: &str =
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/// Decode targets that a structure can have: their number less one has five bits.
pub const MAX_TARGETS: usize = 32;
/// Templates that a structure can have: their ids have six bits.
pub const MAX_TEMPLATES: usize = 64;
/// Spatial layers that are understood: AV1 numbers them with two bits.
pub const MAX_SPATIAL: usize = 4;
/// Temporal layers: AV1 numbers them with three bits.
pub const MAX_TEMPORAL: usize = 8;
/// Frames that one frame may refer to. AV1 has seven references; the rest is room for encoders that
/// name more than they use.
pub const MAX_DIFFS: usize = 16;

/// Why a descriptor cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Ends inside a field.
    #[error("the dependency descriptor is cut off")]
    Short,
    /// No structure has come yet.
    #[error("the dependency descriptor needs a structure that has not come")]
    NoStructure,
    /// The structure has no such template; it belongs to another structure.
    #[error("the dependency descriptor names a template that does not exist")]
    UnknownTemplate,
    /// More layers, templates or references than anything real has.
    #[error("the dependency descriptor is larger than anything real")]
    TooLarge,
}
