//! The clients: one thread that owns every synthetic participant's socket, handshake and media.
//!
//! str0m does SDP, ICE, DTLS and SCTP. Media goes beside it: headers are read in place, and only
//! what must be known is decrypted, so that the tester costs little beside what it measures.

mod inbound;
mod outbound;
mod peer;
mod silence;
pub(crate) mod socket;
mod worker;

pub(crate) use worker::TOGETHER;

use std::{
    io,
    net::IpAddr,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use szpon_sfu_srtp::Profile;
use tokio::sync::oneshot;

use crate::{
    media::payload::Codec,
    scenario::{Leg, Link, Microphone, Video},
    stats::totals::Totals,
};

/// Why a participant could not be made or connected.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("socket: {0}")]
    Io(#[from] io::Error),
    #[error("WebRTC: {0}")]
    Rtc(#[from] str0m::RtcError),
    #[error("the answer can't be read: {0}")]
    Answer(String),
    #[error("the participant is gone")]
    Gone,
    /// The thread has ended: a fault of the tester.
    #[error("the client thread has ended")]
    Ended,
}

/// A participant of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeerId {
    key: usize,
    serial: u64,
}

/// What one peer connection offers.
#[derive(Debug, Clone)]
pub struct PeerSetup {
    /// Whose counts it belongs to.
    pub group: usize,
    /// Decides all that is random about it.
    pub seed: u64,
    /// Names the publisher in the marks of its packets.
    pub stream: u32,
    pub microphone: Option<Microphone>,
    pub camera: Option<Video>,
    pub screen: Option<Video>,
    pub audio_slots: usize,
    pub video_slots: usize,
    /// Somebody else is there to be seen.
    pub expects_video: bool,
    /// Label of the data channel.
    pub channel: Option<&'static str>,
    /// Codecs that it can receive.
    pub codecs: Vec<Codec>,
    pub link: Link,
    /// From which address.
    pub local: IpAddr,
    /// It will change that, and looks after its path as a browser does that has doubts about it.
    pub roams: bool,
    /// Place among those who speak in turn, and how many these are.
    pub turn: (u32, u32),
}

/// The purpose of an m-line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Microphone,
    Camera,
    Screen,
    AudioSlot,
    VideoSlot,
}

/// An offer to post.
#[derive(Debug)]
pub struct Offer {
    pub peer: PeerId,
    pub sdp: String,
    /// mid and purpose of each m-line.
    pub lines: Vec<(String, Line)>,
}

/// What the engine knows at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// By [`PeerSetup::group`].
    pub groups: Vec<Part>,
    /// CPU time of the client thread since it began.
    pub cpu: Duration,
    /// The SRTP profiles that servers chose.
    pub profiles: Vec<Profile>,
}

/// What is known of some of the participants.
#[derive(Debug, Clone, Default)]
pub struct Part {
    pub totals: Totals,
    pub peers: usize,
    pub connected: usize,
    /// Peers with somebody to see, and how many of them have shown a frame.
    pub watching: usize,
    pub seeing: usize,
    /// Video streams that flow now: what a frame rate is divided by.
    pub pictures: usize,
}

impl Snapshot {
    /// Everybody.
    pub fn whole(&self) -> Part {
        self.groups.iter().fold(Part::default(), |mut whole, part| {
            whole.totals.add(&part.totals);
            whole.peers += part.peers;
            whole.connected += part.connected;
            whole.watching += part.watching;
            whole.seeing += part.seeing;
            whole.pictures += part.pictures;
            whole
        })
    }
}

enum Command {
    Offer(Box<PeerSetup>, oneshot::Sender<Result<Offer, EngineError>>),
    Answer(Box<PeerSetup>, String, Instant, oneshot::Sender<Result<(PeerId, String), EngineError>>),
    Accept(PeerId, String, Instant, oneshot::Sender<Result<(), EngineError>>),
    /// A message for the data channel; waits until it is open.
    Say(PeerId, Vec<u8>),
    Link(PeerId, Option<Leg>, Option<Leg>),
    /// Changes to another address.
    Move(PeerId),
    /// Changes to another address, and makes an offer that restarts ICE.
    Restart(PeerId, oneshot::Sender<Result<String, EngineError>>),
    Leave(PeerId),
    /// True: and count from nothing again.
    Snapshot(bool, oneshot::Sender<Snapshot>),
    End,
}

/// The engine's handle; clones share it.
#[derive(Clone)]
pub struct Engine {
    commands: mpsc::Sender<Command>,
    waker: Arc<mio::Waker>,
}

impl Engine {
    /// Starts the thread, on the given core if one is named; `awake`: it never sleeps.
    pub fn start(core: Option<usize>, awake: bool) -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        let waker = Arc::new(mio::Waker::new(poll.registry(), worker::WAKE)?);
        let (commands, inbox) = mpsc::channel();
        thread::Builder::new().name("clients".into()).spawn(move || {
            if let Some(core) = core
                && let Err(error) = crate::pin::this_thread(&[core])
            {
                eprintln!("loadtest: the clients can't be kept on core {core}: {error}");
            }
            worker::Worker::new(poll, inbox, awake).run();
        })?;
        Ok(Self { commands, waker })
    }

    fn tell(&self, command: Command) {
        // A thread that has ended is noticed by whoever waits for an answer.
        if self.commands.send(command).is_ok() {
            let _ = self.waker.wake();
        }
    }

    pub async fn offer(&self, setup: PeerSetup) -> Result<Offer, EngineError> {
        let (reply, answer) = oneshot::channel();
        self.tell(Command::Offer(Box::new(setup), reply));
        answer.await.map_err(|_| EngineError::Ended)?
    }

    /// `posted`: when the offer was sent, from which the join is timed if it is the first.
    pub async fn accept(
        &self,
        peer: PeerId,
        answer: String,
        posted: Instant,
    ) -> Result<(), EngineError> {
        let (reply, accepted) = oneshot::channel();
        self.tell(Command::Accept(peer, answer, posted, reply));
        accepted.await.map_err(|_| EngineError::Ended)?
    }

    /// Answers a server's offer; `posted` is when it was asked for.
    pub async fn answer(
        &self,
        setup: PeerSetup,
        offer: String,
        posted: Instant,
    ) -> Result<(PeerId, String), EngineError> {
        let (reply, answer) = oneshot::channel();
        self.tell(Command::Answer(Box::new(setup), offer, posted, reply));
        answer.await.map_err(|_| EngineError::Ended)?
    }

    pub fn say(&self, peer: PeerId, message: Vec<u8>) {
        self.tell(Command::Say(peer, message));
    }

    pub fn set_link(&self, peer: PeerId, down: Option<Leg>, up: Option<Leg>) {
        self.tell(Command::Link(peer, down, up));
    }

    pub fn change_address(&self, peer: PeerId) {
        self.tell(Command::Move(peer));
    }

    /// Changes to another address with new ICE credentials: the offer to post, whose answer goes to
    /// [`Engine::accept`].
    pub async fn restart(&self, peer: PeerId) -> Result<String, EngineError> {
        let (reply, offer) = oneshot::channel();
        self.tell(Command::Restart(peer, reply));
        offer.await.map_err(|_| EngineError::Ended)?
    }

    pub fn leave(&self, peer: PeerId) {
        self.tell(Command::Leave(peer));
    }

    pub async fn snapshot(&self) -> Result<Snapshot, EngineError> {
        self.count(false).await
    }

    /// What was counted since the last time, to count from nothing again.
    pub async fn take(&self) -> Result<Snapshot, EngineError> {
        self.count(true).await
    }

    async fn count(&self, clear: bool) -> Result<Snapshot, EngineError> {
        let (reply, answer) = oneshot::channel();
        self.tell(Command::Snapshot(clear, reply));
        answer.await.map_err(|_| EngineError::Ended)
    }

    pub fn end(&self) {
        self.tell(Command::End);
    }
}
