//! Why a shard refuses.

/// Why a session was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The shard takes nobody any more before it stops.
    #[error("the node is draining")]
    Draining,
    /// [`Limits::sessions`](crate::Limits) is reached.
    #[error("the node holds as many sessions as it may")]
    TooManySessions,
    /// [`Limits::rooms`](crate::Limits) is reached.
    #[error("the node holds as many rooms as it may")]
    TooManyRooms,
    /// [`Limits::handshakes`](crate::Limits) is reached.
    #[error("too many sessions are being connected")]
    TooManyHandshakes,
    /// [`Limits::sessions_per_room`](crate::Limits) is reached.
    #[error("the room is full")]
    RoomFull,
    /// The session id is in use.
    #[error("the session exists already")]
    DuplicateSession,
    /// [`Limits::sdp_bytes`](crate::Limits) or [`Limits::tracks`](crate::Limits) is exceeded.
    #[error("the offer is too large")]
    OfferTooLarge,
    /// str0m cannot read or accept the offer.
    #[error("the offer is not acceptable: {0}")]
    BadOffer(String),
    /// The offer has no data channel.
    #[error("the offer has no data channel")]
    NoDataChannel,
    /// A mid is longer than 16 characters or holds others than ASCII letters and digits.
    #[error("the mid {0:?} is not 1 to 16 letters and digits")]
    BadMid(String),
    /// A track names a mid that the offer does not have.
    #[error("the offer has no media section with mid {0:?}")]
    UnknownMid(String),
    /// Two tracks name the same mid.
    #[error("two tracks name the mid {0:?}")]
    DuplicateMid(String),
    /// Two tracks publish the same source.
    #[error("two tracks publish the same source")]
    DuplicateSource,
    /// A published m-line is not `sendonly`, or a slot is not `recvonly`.
    #[error("the media section {0:?} has the wrong direction")]
    WrongDirection(String),
    /// Audio where video belongs, or the reverse.
    #[error("the media section {0:?} is of the wrong kind")]
    WrongKind(String),
    /// More than [`AUDIO_SLOTS`](szpon_protocol::media::AUDIO_SLOTS).
    #[error("too many audio slots")]
    TooManyAudioSlots,
    /// More than [`MAX_VIDEO_SLOTS`](szpon_protocol::media::MAX_VIDEO_SLOTS).
    #[error("too many video slots")]
    TooManyVideoSlots,
}

/// Why ICE was not restarted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestartError {
    /// No such session (any more): open a new one.
    #[error("there is no such session")]
    UnknownSession,
    /// The offer is too large, unreadable, or changes more than the ICE credentials.
    #[error("the offer is not acceptable: {0}")]
    BadOffer(String),
}
