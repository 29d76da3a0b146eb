//! Media on its way to one subscriber: numbered, paced, encrypted in place, answered for.
//!
//! str0m does ICE, DTLS and the data channel of the session, and everything about what the client
//! publishes. What the client receives goes through here, with the keys of the same handshake:
//!
//! ```text
//! slot ─▶ Egress::send ─▶ (queue, while the pacer holds it back) ─▶ seal ─▶ Outbox
//!                                          ▲                          │
//!          Egress::on_time ────────────────┘          Estimator ◀─────┘ transport-wide number
//! ```
//!
//! A packet that need not wait costs no allocation: its header comes from a template, its payload
//! is copied once from the publisher's packet into the outbox and encrypted there.

mod credit;
mod described;
mod header;
mod queue;
mod recovery;
mod reports;
mod stream;
#[cfg(test)]
mod tests;

use std::{
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use szpon_media::{
    Bitrate, ExtSeq, RtpTime,
    bandwidth::{Estimator, Pacer},
    dependency::{Dependency, Rewrite},
    patch::Patch,
};
use szpon_sfu_srtp::{KeyError, KeySlot, Protector, Unprotector};

use crate::{
    outbox::{Outbox, Route},
    prefetch::prefetch,
};
use credit::Credit;
use header::Fields;
use queue::{Queue, Waiting};
pub(crate) use recovery::{Noticed, Recovery};
use stream::Stream;
pub(crate) use stream::StreamSetup;

/// Payload of a padding packet: what its last byte can count.
const PADDING: usize = 255;
/// Reports of what was sent go out so often (RFC 3550, section 6.2, allows less than its five
/// seconds where there is bandwidth; libwebrtc does this for video).
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// How often the estimator is asked while no probe can be sent.
const IDLE_POLL: Duration = Duration::from_millis(500);
/// Packets of padding sent at one moment at most.
const MAX_PADDING: usize = 32;

/// What waits and is sent before a keyframe, in percent of what goes out in a second.
const WORTH_WAITING: u32 = 10;

/// Index of a stream in its session.
pub(crate) type StreamKey = usize;

/// A packet to send, whose payload belongs to its publisher.
#[derive(Debug, Clone)]
pub(crate) struct Write<'a> {
    pub(crate) payload_type: u8,
    /// Of its repetition.
    pub(crate) rtx: Option<u8>,
    pub(crate) seq: ExtSeq,
    pub(crate) time: RtpTime,
    pub(crate) marker: bool,
    /// Octets after the payload that say nothing (RFC 3550, section 5.1), the first time.
    pub(crate) padding: u8,
    pub(crate) payload: &'a Arc<[u8]>,
    /// The part of `payload` that is sent.
    pub(crate) part: Part,
    pub(crate) patch: Patch,
    /// Sent to those who take it.
    pub(crate) dependency: Option<(&'a Arc<Dependency>, Rewrite)>,
    /// V bit and audio level (RFC 6464, section 3).
    pub(crate) level: Option<u8>,
}

/// A part of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    start: u32,
    end: u32,
}

impl Part {
    pub(crate) fn of(payload: &[u8], part: Range<usize>) -> Self {
        let end = part.end.min(payload.len());
        Self { start: part.start.min(end) as u32, end: end as u32 }
    }

    pub(crate) fn whole(payload: &[u8]) -> Self {
        Self::of(payload, 0..payload.len())
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What the keys of a session make.
struct Secure {
    protector: Protector,
    unprotector: Unprotector,
}

/// The sending side of one session.
pub(crate) struct Egress {
    keys: KeySlot,
    secure: Option<Box<Secure>>,
    /// Where ICE has settled on; none before.
    route: Option<Route>,
    streams: Vec<Stream>,
    estimator: Estimator,
    pacer: Pacer,
    queue: Queue,
    /// Every packet of a picture is followed by its repetition.
    doubled: bool,
    credit: Credit,
    recovery: Recovery,
    epoch: Instant,
    /// When reports are due; none while there is nothing to report.
    report_at: Option<Instant>,
    /// What the session's timer is set to.
    wake: Option<Instant>,
    /// Sending has made something due that the timer may not know of.
    unplanned: bool,
    bytes: u64,
    /// Reported by receiver reports; better than what feedback tells, which waits to be sent.
    report_rtt: Option<Duration>,
}

impl Egress {
    pub(crate) fn new(keys: KeySlot, initial: Bitrate, now: Instant) -> Self {
        Self {
            keys,
            secure: None,
            route: None,
            streams: Vec::new(),
            estimator: Estimator::new(initial, now),
            pacer: Pacer::new(initial, now),
            queue: Queue::default(),
            doubled: false,
            credit: Credit::default(),
            recovery: Recovery::default(),
            epoch: now,
            report_at: None,
            wake: None,
            unplanned: true,
            bytes: 0,
            report_rtt: None,
        }
    }

    pub(crate) fn add_stream(&mut self, setup: StreamSetup, random: u16) -> StreamKey {
        self.streams.push(Stream::new(setup, random));
        self.streams.len() - 1
    }

    /// The handshake is over.
    pub(crate) fn secure(&mut self) -> Result<(), KeyError> {
        if self.secure.is_none() {
            let keys = self.keys.get().ok_or(KeyError)?;
            let (protector, unprotector) = (Protector::new(keys)?, Unprotector::new(keys)?);
            self.secure = Some(Box::new(Secure { protector, unprotector }));
        }
        Ok(())
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.secure.is_some()
    }

    /// ICE has settled on a path, perhaps another one than before.
    pub(crate) fn set_route(&mut self, route: Route) {
        self.route = Some(route);
    }

    /// What sending on a stream needs beside the egress itself comes into the processor's cache.
    pub(crate) fn fetch(&self, stream: StreamKey) {
        if let Some(secure) = &self.secure {
            prefetch(&**secure);
        }
        if let Some(stream) = self.streams.get(stream) {
            prefetch(stream);
        }
    }

    /// The stream that an SSRC belongs to, or whose repetitions it does.
    pub(crate) fn stream_of(&self, ssrc: u32) -> Option<StreamKey> {
        self.streams.iter().position(|stream| stream.owns(ssrc))
    }

    /// Requests of the session bear this SSRC, which is drawn at random.
    pub(crate) fn set_reporter(&mut self, ssrc: u32) {
        self.recovery.reporter = ssrc;
    }

    /// Whether reports and requests of ours bear this SSRC.
    pub(crate) fn reports_as(&self, ssrc: u32) -> bool {
        self.recovery.reporter == ssrc || self.stream_of(ssrc).is_some()
    }

    /// What the publisher's packets lost on their way here.
    pub(crate) fn recovery(&mut self) -> &mut Recovery {
        &mut self.recovery
    }

    /// Opens a protected RTCP compound in place and says how long it is. None for what the peer
    /// has not sent.
    pub(crate) fn open(&mut self, compound: &mut [u8]) -> Option<usize> {
        self.secure.as_mut()?.unprotector.unprotect_rtcp(compound).ok()
    }

    /// Whether the peer has sent this RTP packet, which is left in the clear or unspecified.
    pub(crate) fn authentic(&mut self, packet: &mut [u8]) -> bool {
        let secure = self.secure.as_mut();
        secure.is_some_and(|secure| secure.unprotector.unprotect_rtp(packet).is_ok())
    }

    /// Opens an RTP packet of the peer in place and says where its payload is. None for what the peer has
    /// not sent.
    pub(crate) fn open_media(&mut self, packet: &mut [u8]) -> Option<Range<usize>> {
        let opened = self.secure.as_mut()?.unprotector.unprotect_rtp(packet).ok()?;
        Some(opened.header..opened.len)
    }

    pub(crate) fn estimator(&mut self) -> &mut Estimator {
        &mut self.estimator
    }

    /// What may be sent.
    pub(crate) fn estimate(&self) -> Bitrate {
        self.estimator.estimate()
    }

    /// The estimate may have changed.
    pub(crate) fn estimated(&mut self, now: Instant) {
        self.pacer.set_queue(self.estimator.standing());
        self.pacer.set_rate(self.estimator.estimate(), now);
    }

    /// What is planned to be sent.
    pub(crate) fn set_granted(&mut self, granted: Bitrate) {
        self.pacer.set_granted(granted);
    }

    /// Repeats every packet of a picture without being asked, or only what is asked for.
    pub(crate) fn set_doubled(&mut self, doubled: bool) {
        self.doubled = doubled;
    }

    /// More waits on the way than goes through.
    pub(crate) fn is_congested(&self) -> bool {
        self.estimator.is_congested()
    }

    pub(crate) fn on_report(&mut self, loss: f32, rtt: Option<Duration>, now: Instant) {
        self.report_rtt = rtt.or(self.report_rtt);
        self.estimator.on_receiver_report(loss, rtt, now);
    }

    /// Round trip to the client.
    pub(crate) fn rtt(&self) -> Option<Duration> {
        self.report_rtt.or(self.estimator.rtt())
    }

    /// Share of packets lost on the way to the client lately, from 0 to 1.
    pub(crate) fn loss(&self) -> f64 {
        f64::from(self.estimator.loss())
    }

    /// The same, if the client tells of every packet.
    pub(crate) fn told_loss(&self) -> Option<f32> {
        self.estimator.told_loss()
    }

    /// Bytes sent, as UDP payload.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Sends a packet, or keeps it until the pacer lets it out. False if it is not for sending.
    pub(crate) fn send(
        &mut self,
        key: StreamKey,
        write: &Write<'_>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> bool {
        let Some(stream) = self.streams.get(key) else { return false };
        let paced = !stream.audio;
        let waits = paced && (!self.queue.is_empty() || self.pacer.budget(now) == 0);
        if waits {
            self.unplanned = true;
            return self.queue.push(Waiting::new(key, false, write));
        }
        let sent = self.seal(key, write, now, outbox);
        if sent && paced && self.doubled {
            self.unplanned = true;
            self.queue.push(Waiting::new(key, true, write));
        }
        sent
    }

    /// The stream goes on with a keyframe. What waits of it would only make that wait as well: it is
    /// given up, unless it is through in a moment.
    pub(crate) fn skip_to_keyframe(&mut self, key: StreamKey) {
        if self.queue.bytes() as u64 * 8 > self.estimate().percent(WORTH_WAITING).as_bps() {
            self.queue.forget(key);
        }
    }

    /// Nothing of the stream is shown any more: what waits of it would only be in the way.
    pub(crate) fn give_up(&mut self, key: StreamKey) {
        self.queue.forget(key);
    }

    /// Sends a packet once more. False if there is no way, or no credit left.
    pub(crate) fn send_again(
        &mut self,
        key: StreamKey,
        write: &Write<'_>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> bool {
        let Some(stream) = self.streams.get(key) else { return false };
        let sequence = write.seq.get();
        if stream.rtx.is_none() || write.rtx.is_none() || !stream.sent.has(sequence) {
            return false;
        }
        let wait = self.rtt().unwrap_or_default();
        let (bytes, loss) = (write.part.range().len(), self.told_loss());
        let times = self.credit.take((key, sequence), bytes, wait, loss, now);
        // Where a full queue loses them, two would lose two others.
        let times = if self.is_congested() { times.min(1) } else { times };
        (0..times).fold(false, |sent, _| {
            let waits = !self.queue.is_empty() || self.pacer.budget(now) == 0;
            sent | match waits {
                true => self.queue.push(Waiting::new(key, true, write)),
                false => self.seal_again(key, write, now, outbox),
            }
        })
    }

    /// Sends what waits and may go out, padding that a probe needs, reports and requests. Returns how
    /// many requests for lost packets went out.
    pub(crate) fn on_time(&mut self, now: Instant, outbox: &mut Outbox) -> u64 {
        self.wake = None;
        self.estimator.poll(now);
        if self.can_probe()
            && let Some(probe) = self.estimator.take_probe(now)
        {
            self.pacer.start_probe(probe, now);
        }
        self.estimated(now);
        while self.pacer.budget(now) > 0 || self.pacer.probe_due(now) > 0 {
            let Some(waiting) = self.queue.pop() else { break };
            let write = waiting.write();
            if waiting.again {
                self.seal_again(waiting.stream, &write, now, outbox);
            } else if self.seal(waiting.stream, &write, now, outbox) && self.doubled {
                self.queue.push(waiting.once_more());
            }
        }
        for _ in 0..MAX_PADDING {
            if self.pacer.probe_due(now) == 0 || !self.pad(now, outbox) {
                break;
            }
        }
        if self.report_at.is_some_and(|at| now >= at) {
            self.report_at = None;
            self.report(now, outbox);
        }
        match self.recovery.due() {
            Some(due) if due <= now => self.ask_again(now, outbox),
            _ => 0,
        }
    }

    /// When [`Self::on_time`] is to be called, if that is sooner than what was said before.
    pub(crate) fn sooner(&mut self, now: Instant) -> Option<Instant> {
        if self.secure.is_none() || self.route.is_none() {
            return None;
        }
        let queue = (!self.queue.is_empty()).then(|| self.pacer.next_send(now));
        let (mut probe, mut estimate) =
            (self.pacer.next_probe(now), self.estimator.next_deadline());
        if !self.can_probe() {
            // They may wait for a probe that nothing can be sent for.
            let later = |at: Instant| at.max(now + IDLE_POLL);
            (probe, estimate) = (probe.map(later), estimate.map(later));
        }
        let deadlines = [queue, probe, estimate, self.report_at, self.recovery.due()];
        let next = deadlines.into_iter().flatten().min()?;
        if self.wake.is_some_and(|wake| wake <= next) {
            return None;
        }
        self.wake = Some(next);
        Some(next)
    }

    /// As [`Self::sooner`], when nothing has happened but that packets were sent. Most of them make
    /// nothing due: reports and the wait for feedback begin with the first one.
    pub(crate) fn sooner_by_sending(&mut self, now: Instant) -> Option<Instant> {
        if std::mem::take(&mut self.unplanned) { self.sooner(now) } else { None }
    }

    /// Encrypts a packet into the outbox.
    fn seal(
        &mut self,
        key: StreamKey,
        write: &Write<'_>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> bool {
        let (Some(secure), Some(route)) = (&self.secure, self.route) else { return false };
        let Some(stream) = self.streams.get_mut(key) else { return false };
        // Twice the same number with the same key must never be.
        if !stream.sent.record(write.seq.get()) {
            return false;
        }
        let payload = &write.payload[write.part.range()];
        let overhead = secure.protector.rtp_overhead();
        let described = stream.dependency.zip(write.dependency);
        let padding = usize::from(write.padding);
        let total = stream.template.header_len(described) + payload.len() + padding + overhead;
        self.unplanned |= self.report_at.is_none() || !self.estimator.is_waiting();
        let transport_seq = match stream.template.counts() {
            true => self.estimator.on_sent(total, self.pacer.probe(), now).get(),
            false => 0,
        };
        self.pacer.on_sent(total, now);
        self.credit.earn(total);
        self.bytes += total as u64;
        stream.totals.note(write.time, payload.len(), now);
        self.report_at.get_or_insert_with(|| now + REPORT_INTERVAL);
        let fields = Fields {
            payload_type: write.payload_type,
            marker: write.marker,
            padded: padding > 0,
            seq: write.seq.seq_no().get(),
            time: write.time,
            sent: self.estimator.micros(now),
            transport_seq,
            level: write.level,
        };
        outbox.append(route, |bytes| {
            let start = bytes.len();
            stream.template.write_header(bytes, &fields, described);
            let body = bytes.len();
            bytes.extend_from_slice(payload);
            write.patch.apply(&mut bytes[body..]);
            if padding > 0 {
                bytes.resize(bytes.len() + padding - 1, 0);
                bytes.push(write.padding);
            }
            protect(&secure.protector, bytes, start, write.seq.get());
        });
        true
    }

    /// Encrypts the repetition of a packet into the outbox (RFC 4588, section 4).
    fn seal_again(
        &mut self,
        key: StreamKey,
        write: &Write<'_>,
        now: Instant,
        outbox: &mut Outbox,
    ) -> bool {
        let Some(payload_type) = write.rtx else { return false };
        let payload = &write.payload[write.part.range()];
        let original = write.seq.seq_no().get().to_be_bytes();
        let fields = Repetition {
            payload_type,
            time: write.time,
            marker: write.marker,
            dependency: write.dependency,
        };
        self.seal_rtx(key, fields, 2 + payload.len(), false, now, outbox, |bytes| {
            bytes.extend(original);
            let body = bytes.len();
            bytes.extend_from_slice(payload);
            write.patch.apply(&mut bytes[body..]);
        })
    }

    /// Whether there is something to send a probe with.
    fn can_probe(&self) -> bool {
        !self.queue.is_empty() || self.padding_stream().is_some()
    }

    /// A stream that padding can be sent with.
    fn padding_stream(&self) -> Option<(StreamKey, Repetition<'static>)> {
        self.streams.iter().enumerate().find_map(|(key, stream)| {
            let payload_type = stream.rtx.as_ref()?.payload_type?;
            // Padding may be all that is sent at first: a picture that doesn't fit waits for it.
            let time = stream.totals.newest.map_or(RtpTime::new(0), |(time, _)| time);
            Some((key, Repetition { payload_type, time, marker: false, dependency: None }))
        })
    }

    /// Sends one packet of padding. False if no stream can.
    fn pad(&mut self, now: Instant, outbox: &mut Outbox) -> bool {
        let Some((key, fields)) = self.padding_stream() else { return false };
        self.seal_rtx(key, fields, PADDING, true, now, outbox, |bytes| {
            bytes.resize(bytes.len() + PADDING - 1, 0);
            bytes.push(PADDING as u8);
        })
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one packet")]
    fn seal_rtx(
        &mut self,
        key: StreamKey,
        repetition: Repetition<'_>,
        payload: usize,
        padded: bool,
        now: Instant,
        outbox: &mut Outbox,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> bool {
        let (Some(secure), Some(route)) = (&self.secure, self.route) else { return false };
        let Some(stream) = self.streams.get_mut(key) else { return false };
        let described = stream.dependency.zip(repetition.dependency);
        let Some(stream) = stream.rtx.as_mut() else { return false };
        let sequence = stream.next;
        stream.next += 1;
        let total =
            stream.template.header_len(described) + payload + secure.protector.rtp_overhead();
        let transport_seq = match stream.template.counts() {
            true => self.estimator.on_sent(total, self.pacer.probe(), now).get(),
            false => 0,
        };
        self.pacer.on_sent(total, now);
        self.bytes += total as u64;
        let fields = Fields {
            payload_type: repetition.payload_type,
            marker: repetition.marker,
            padded,
            seq: sequence as u16,
            time: repetition.time,
            sent: self.estimator.micros(now),
            transport_seq,
            level: None,
        };
        outbox.append(route, |bytes| {
            let start = bytes.len();
            stream.template.write_header(bytes, &fields, described);
            write(bytes);
            protect(&secure.protector, bytes, start, sequence);
        });
        true
    }

    /// Notes how repetitions of a stream's packets are marked, so that padding can be sent as well.
    pub(crate) fn note_rtx(&mut self, key: StreamKey, payload_type: Option<u8>) {
        if let Some(rtx) = self.streams.get_mut(key).and_then(|stream| stream.rtx.as_mut()) {
            rtx.payload_type = payload_type.or(rtx.payload_type);
        }
    }
}

/// The header of a repetition.
#[derive(Debug, Clone, Copy)]
struct Repetition<'a> {
    payload_type: u8,
    time: RtpTime,
    marker: bool,
    dependency: Option<(&'a Arc<Dependency>, Rewrite)>,
}

/// Protects what stands in the buffer from `start` on; takes it out again if that cannot be.
fn protect(protector: &Protector, bytes: &mut Vec<u8>, start: usize, index: u64) {
    let len = bytes.len() - start;
    bytes.resize(bytes.len() + protector.rtp_overhead(), 0);
    if protector.protect_rtp(&mut bytes[start..], len, index).is_err() {
        bytes.truncate(start);
    }
}
