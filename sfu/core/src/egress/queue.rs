//! Packets that wait for the pacer.

use std::{collections::VecDeque, sync::Arc};

use szpon_media::{
    ExtSeq, RtpTime,
    dependency::{Dependency, Rewrite},
    patch::Patch,
};

use super::{Part, StreamKey, Write};

/// Packets that wait at most: a keyframe of the highest layer, twice. What comes beyond is lost,
/// and asked for again.
const MAX_PACKETS: usize = 512;

/// A packet that waits. Its payload is still its publisher's.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) stream: StreamKey,
    /// It was sent before.
    pub(super) again: bool,
    payload_type: u8,
    rtx: Option<u8>,
    seq: ExtSeq,
    time: RtpTime,
    marker: bool,
    payload: Arc<[u8]>,
    part: Part,
    patch: Patch,
    dependency: Option<(Arc<Dependency>, Rewrite)>,
}

impl Waiting {
    pub(super) fn new(stream: StreamKey, again: bool, write: &Write<'_>) -> Self {
        Self {
            stream,
            again,
            payload_type: write.payload_type,
            rtx: write.rtx,
            seq: write.seq,
            time: write.time,
            marker: write.marker,
            payload: write.payload.clone(),
            part: write.part,
            patch: write.patch.clone(),
            dependency: write.dependency.map(|(dependency, how)| (dependency.clone(), how)),
        }
    }

    /// Its repetition.
    pub(super) fn once_more(self) -> Self {
        Self { again: true, ..self }
    }

    pub(super) fn write(&self) -> Write<'_> {
        Write {
            payload_type: self.payload_type,
            rtx: self.rtx,
            seq: self.seq,
            time: self.time,
            marker: self.marker,
            padding: 0,
            payload: &self.payload,
            part: self.part,
            patch: self.patch.clone(),
            dependency: self.dependency.as_ref().map(|(dependency, how)| (dependency, *how)),
            level: None,
        }
    }
}

/// In the order of sending; empty, and without memory, most of the time.
#[derive(Debug, Default)]
pub(super) struct Queue(VecDeque<Waiting>);

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes of payload that wait.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|waiting| waiting.part.range().len()).sum()
    }

    /// Gives up what waits of a stream.
    pub(super) fn forget(&mut self, stream: StreamKey) {
        self.0.retain(|waiting| waiting.stream != stream);
    }

    /// False if there is no room.
    pub(super) fn push(&mut self, waiting: Waiting) -> bool {
        if self.0.len() == MAX_PACKETS {
            return false;
        }
        self.0.push_back(waiting);
        true
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.0.pop_front();
        if self.0.is_empty() {
            self.0 = VecDeque::new();
        }
        waiting
    }
}
