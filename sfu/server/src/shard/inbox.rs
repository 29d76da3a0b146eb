//! What other threads give to a shard, and how they wake it.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender, SyncSender, TrySendError},
    },
    thread::Thread,
};

use mio::{Registry, Token, Waker};

use super::handle::{Command, Packet};

/// Batches of packets that may wait for a shard. What is over is dropped: a shard that is so far
/// behind can't use them any more.
const PACKET_BATCHES: usize = 1_024;

/// The sending side. Clones reach the same shard.
#[derive(Clone)]
pub(super) struct Outlet {
    commands: Sender<Command>,
    packets: SyncSender<Vec<Packet>>,
    alarm: Arc<Alarm>,
}

/// Wakes the shard's poll, or its thread from a nap, once for everything that came in since it last looked.
struct Alarm {
    waker: Waker,
    thread: OnceLock<Thread>,
    rung: AtomicBool,
}

/// The shard's side.
pub(super) struct Inbox {
    commands: Receiver<Command>,
    packets: Receiver<Vec<Packet>>,
    alarm: Arc<Alarm>,
}

pub(super) fn inbox(registry: &Registry, token: Token) -> io::Result<(Outlet, Inbox)> {
    let (commands, command_queue) = mpsc::channel();
    let (packets, packet_queue) = mpsc::sync_channel(PACKET_BATCHES);
    let alarm = Arc::new(Alarm {
        waker: Waker::new(registry, token)?,
        thread: OnceLock::new(),
        rung: AtomicBool::new(false),
    });
    let outlet = Outlet { commands, packets, alarm: alarm.clone() };
    Ok((outlet, Inbox { commands: command_queue, packets: packet_queue, alarm }))
}

impl Alarm {
    fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            // The eventfd can't overflow, because it is written once between two looks.
            let _ = self.waker.wake();
            if let Some(thread) = self.thread.get() {
                thread.unpark();
            }
        }
    }
}

impl Outlet {
    /// False when the shard's thread is gone.
    pub(super) fn command(&self, command: Command) -> bool {
        let sent = self.commands.send(command).is_ok();
        self.alarm.ring();
        sent
    }

    /// As [`Self::command`], without waking the shard.
    pub(super) fn put(&self, command: Command) {
        // A shard that is gone needs to know nothing.
        let _ = self.commands.send(command);
    }

    pub(super) fn wake(&self) {
        self.alarm.ring();
    }

    /// False when the packets were dropped.
    pub(super) fn packets(&self, packets: Vec<Packet>) -> bool {
        match self.packets.try_send(packets) {
            Ok(()) => {
                self.alarm.ring();
                true
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }
}

impl Inbox {
    /// Whom to wake.
    pub(super) fn is_of(&self, thread: Thread) {
        // A shard has one thread for its whole life.
        let _ = self.alarm.thread.set(thread);
    }

    /// Must come before the queues are read, so that what is sent meanwhile rings again.
    pub(super) fn quiet(&self) {
        self.alarm.rung.store(false, Ordering::Release);
    }

    pub(super) fn command(&self) -> Option<Command> {
        self.commands.try_recv().ok()
    }

    pub(super) fn packets(&self) -> Option<Vec<Packet>> {
        self.packets.try_recv().ok()
    }

    /// For the rest of a queue that was not read to its end.
    pub(super) fn ring(&self) {
        self.alarm.ring();
    }
}
