//! The streams that a participant receives.

use std::time::{Duration, Instant};

use szpon_media::{
    codec::VideoPacket,
    rtcp::{ArrivalRecorder, ReportBlock, Ssrc, write},
    units::SeqNo,
};
use szpon_sfu_srtp::Unprotector;

use crate::{
    media::{mark::Mark, payload::Codec},
    rtp::Header,
    sdp::{self, Section},
    stats::{
        frames::Frames,
        freezes::Freezes,
        sequence::{Arrival, Sequence},
        totals::Totals,
    },
};

/// Of every so many frames, the first packet's mark is read.
const FRAME_SAMPLE: u32 = 4;
/// Of every so many audio packets, the mark is read.
const AUDIO_SAMPLE: u32 = 8;
/// libwebrtc repeats a keyframe request after about so long.
const PLI_INTERVAL: Duration = Duration::from_millis(500);
/// The packets of a first keyframe need their time.
const FIRST_PLI: Duration = Duration::from_millis(200);
/// A stream that was silent for so long is not meant to flow.
const FLOWS: Duration = Duration::from_secs(2);

/// So long somebody waits for a picture to move again, where the server does not say that there is
/// none.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// A datagram with the times of its arrival.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub now: Instant,
    /// By the kernel, since the Unix epoch.
    pub kernel: Duration,
    /// The kernel's time since the peer began, for feedback.
    pub since: Duration,
}

/// One SSRC of the server.
struct Stream {
    ssrc: u32,
    section: usize,
    codec: Option<Codec>,
    sequence: Sequence,
    frames: Frames,
    freezes: Freezes,
    sampled: u32,
    /// Of the last sampled packet.
    latency: Option<Duration>,
    /// Publisher's stream and its layer, as the last mark said.
    source: Option<(u32, u8)>,
    /// Since when it comes from there, on the kernel's clock. A server may begin with what is past.
    source_since: Option<Duration>,
    last_packet: Instant,
    /// The server said that nothing feeds it.
    paused: bool,
    broken_since: Option<Instant>,
    pli_at: Option<Instant>,
    /// Received and lost at the last receiver report.
    reported: (u64, u64),
    sender_report: Option<(u32, Instant)>,
    jitter: f64,
}

/// What an SSRC is for, with the place of its stream.
enum Known {
    Media(usize),
    /// Repetitions for that stream.
    Rtx(usize),
}

/// All that one participant receives.
pub struct Inbound {
    sections: Vec<Section>,
    streams: Vec<Stream>,
    known: Vec<(u32, Known)>,
    arrivals: ArrivalRecorder,
    began: Instant,
    /// The header extension's id, the same for all sections (RFC 8843, section 8).
    transport_wide: Option<u8>,
    pub first_packet: bool,
    pub first_frame: bool,
}

impl Inbound {
    /// From the answer; `began` is before any packet.
    pub fn new(sections: Vec<Section>, began: Instant) -> Self {
        let transport_wide = sections.iter().find_map(|s| s.extension(sdp::TRANSPORT_WIDE_URI));
        Self {
            sections,
            streams: Vec::new(),
            known: Vec::new(),
            arrivals: ArrivalRecorder::new(began),
            began,
            transport_wide,
            first_packet: false,
            first_frame: false,
        }
    }

    /// Takes an RTP packet. True when something is missing that may be asked for.
    pub fn take(
        &mut self,
        packet: &mut [u8],
        times: Times,
        keys: &mut Unprotector,
        totals: &mut Totals,
    ) -> bool {
        let Some(header) = Header::read(packet) else {
            totals.unreadable += 1;
            return false;
        };
        if let Some(value) = self.transport_wide.and_then(|id| header.extension(packet, id))
            && let Some(number) = value.first_chunk::<2>()
        {
            let number = SeqNo::new(u16::from_be_bytes(*number));
            self.arrivals.on_packet(number, self.began + times.since);
        }
        let Some(at) = self.find(&header, packet, times.now) else {
            totals.unreadable += 1;
            return false;
        };
        match self.known[at].1 {
            Known::Media(index) => self.media(index, &header, packet, times, keys, totals),
            Known::Rtx(index) => {
                let len = packet.len();
                match open(packet, keys) {
                    Some(payload) => self.repair(index, &header, payload, len, times.now, totals),
                    None => totals.unreadable += 1,
                }
                false
            }
        }
    }

    fn media(
        &mut self,
        index: usize,
        header: &Header,
        packet: &mut [u8],
        times: Times,
        keys: &mut Unprotector,
        totals: &mut Totals,
    ) -> bool {
        let stream = &mut self.streams[index];
        let (number, arrival) = stream.sequence.arrive(header.sequence, times.now);
        match arrival {
            Arrival::Duplicate => {
                totals.duplicates += 1;
                return false;
            }
            Arrival::Late => totals.reordered += 1,
            Arrival::Jump => stream.frames.restart(),
            Arrival::InOrder | Arrival::Gap(_) => {}
        }
        stream.last_packet = times.now;
        stream.paused = false;
        let video = stream.codec.is_some();
        let begins = !video || stream.frames.expects_start();
        let every = if video { FRAME_SAMPLE } else { AUDIO_SAMPLE };
        let sample = begins && {
            stream.sampled += 1;
            stream.sampled.is_multiple_of(every)
        };
        let look = header.padding || sample || video && stream.frames.wants_payload();
        let len = packet.len();
        let mut starts_keyframe = false;
        if look {
            let Some(payload) = open(packet, keys) else {
                totals.unreadable += 1;
                return false;
            };
            let payload = without_padding(payload, header.padding);
            if payload.is_empty() {
                totals.padding += 1;
                // Padding has a number in the stream (RFC 3550, section 5.1) and no frame.
                stream.frames.arrive(number, stream.frames.expects_start(), false);
                return false;
            }
            if let Some(codec) = stream.codec {
                starts_keyframe = VideoPacket::parse(codec.reader(), payload).starts_keyframe;
            }
            if let Some(mark) = Mark::read(payload) {
                stream.marked(mark, arrival, times, totals);
            }
        }
        totals.delivered += 1;
        totals.delivered_bytes += len as u64;
        self.first_packet = true;
        if !video {
            totals.audio += 1;
            return matches!(arrival, Arrival::Gap(_));
        }
        totals.video += 1;
        let shown = stream.frames.arrive(number, header.marker, starts_keyframe);
        self.first_frame |= shown > 0;
        stream.show(shown, times.now, totals);
        matches!(arrival, Arrival::Gap(_))
    }

    /// Takes a repetition (RFC 4588), decrypted; `len` is the whole packet's.
    fn repair(
        &mut self,
        index: usize,
        header: &Header,
        payload: &[u8],
        len: usize,
        now: Instant,
        totals: &mut Totals,
    ) {
        let payload = without_padding(payload, header.padding);
        let Some((original, payload)) = payload.split_first_chunk::<2>() else {
            totals.padding += 1;
            return;
        };
        let stream = &mut self.streams[index];
        let Some(number) = stream.sequence.repaired(u16::from_be_bytes(*original)) else {
            // A probe with content, or a repetition that came too late.
            totals.padding += 1;
            return;
        };
        totals.repaired += 1;
        totals.delivered += 1;
        totals.video += 1;
        totals.delivered_bytes += len as u64;
        let keyframe = stream
            .codec
            .is_some_and(|codec| VideoPacket::parse(codec.reader(), payload).starts_keyframe);
        let shown = stream.frames.arrive(number, header.marker, keyframe);
        self.first_frame |= shown > 0;
        stream.show(shown, now, totals);
    }

    /// The place in `known` of this packet's SSRC.
    fn find(&mut self, header: &Header, packet: &[u8], now: Instant) -> Option<usize> {
        if let Some(at) = self.known.iter().position(|(ssrc, _)| *ssrc == header.ssrc) {
            // Found sooner next time: bursts are of one stream.
            self.known.swap(0, at);
            return Some(0);
        }
        let section = self.section_of(header, packet)?;
        let here = &self.sections[section];
        let known = if here.repairs.contains_key(&header.payload_type) {
            let main =
                here.pairs.iter().find(|(_, rtx)| *rtx == header.ssrc).map(|(main, _)| *main);
            let index = self.streams.iter().position(|stream| {
                main.map_or(stream.section == section, |main| stream.ssrc == main)
            })?;
            Known::Rtx(index)
        } else {
            let name = here.codecs.iter().find(|(pt, _)| *pt == header.payload_type)?;
            let codec = Codec::from_name(&name.1);
            if here.video && codec.is_none() {
                return None;
            }
            self.streams.push(Stream::new(header.ssrc, section, codec, now));
            Known::Media(self.streams.len() - 1)
        };
        self.known.push((header.ssrc, known));
        Some(self.known.len() - 1)
    }

    /// By SSRC, by mid, or else by payload type (RFC 8843, section 9.2).
    fn section_of(&self, header: &Header, packet: &[u8]) -> Option<usize> {
        let ssrc = header.ssrc;
        let named = self.sections.iter().position(|section| {
            section.ssrcs.contains(&ssrc)
                || section.pairs.iter().any(|(main, rtx)| *main == ssrc || *rtx == ssrc)
        });
        let by_mid = || {
            self.sections.iter().position(|section| {
                let mid =
                    section.extension(sdp::MID_URI).and_then(|id| header.extension(packet, id));
                mid == Some(section.mid.as_bytes())
            })
        };
        let by_type = || {
            self.sections
                .iter()
                .position(|section| section.codecs.iter().any(|(pt, _)| *pt == header.payload_type))
        };
        named.or_else(by_mid).or_else(by_type)
    }

    /// The server says that nothing feeds this m-line now.
    pub fn pause(&mut self, mid: &str) {
        for stream in &mut self.streams {
            if self.sections[stream.section].mid == mid {
                stream.freezes.pause();
                stream.paused = true;
                stream.source_since = None;
            }
        }
    }

    pub fn sender_report(&mut self, ssrc: u32, ntp_middle: u32, now: Instant) {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.ssrc == ssrc) {
            stream.sender_report = Some((ntp_middle, now));
        }
    }

    /// Appends what is to be asked for now, and gives up what is overdue. True when there is
    /// more to come.
    pub fn ask(
        &mut self,
        out: &mut Vec<u8>,
        ours: Ssrc,
        now: Instant,
        totals: &mut Totals,
    ) -> bool {
        let mut more = false;
        let mut lost = Vec::new();
        for stream in &mut self.streams {
            if !stream.sequence.is_whole() {
                if let Some((count, highest)) = stream.sequence.give_up(now) {
                    totals.lost += count;
                    if stream.codec.is_some() {
                        let shown = stream.frames.give_up(highest);
                        stream.show(shown, now, totals);
                    }
                }
                // Audio is not repeated.
                if stream.codec.is_some() {
                    lost.clear();
                    stream.sequence.nacks(now, &mut lost);
                    if !lost.is_empty() {
                        totals.nacks_sent += 1;
                        let lost = lost.iter().copied().map(SeqNo::new);
                        write::nack(out, ours, Ssrc::new(stream.ssrc), lost);
                    }
                }
                more |= !stream.sequence.is_whole();
            }
            if stream.wants_keyframe(now) {
                totals.plis_sent += 1;
                write::pli(out, ours, Ssrc::new(stream.ssrc));
            }
        }
        more
    }

    /// Whether something has come in at the m-line.
    pub fn receives(&self, mid: &str) -> bool {
        let at = |stream: &Stream| self.sections.get(stream.section);
        self.streams.iter().filter_map(at).any(|section| section.mid == mid)
    }

    /// Appends transport-wide feedback.
    pub fn feedback(&mut self, out: &mut Vec<u8>, ours: Ssrc) {
        let theirs = Ssrc::new(self.streams.first().map_or(0, |stream| stream.ssrc));
        while self.arrivals.write(out, ours, theirs) {}
    }

    /// Appends a receiver report.
    pub fn report(&mut self, out: &mut Vec<u8>, ours: Ssrc, now: Instant) {
        let blocks: Vec<ReportBlock> =
            self.streams.iter_mut().map(|stream| stream.block(now)).collect();
        if !blocks.is_empty() {
            write::receiver_report(out, ours, &blocks);
        }
    }

    /// Pictures that are to be seen now.
    pub fn pictures(&self, now: Instant) -> usize {
        self.streams.iter().filter(|stream| stream.is_shown(now)).count()
    }

    /// Counts pictures that stand still now.
    pub fn look(&mut self, now: Instant, totals: &mut Totals) {
        for stream in self.streams.iter_mut().filter(|stream| stream.is_shown(now)) {
            if let Some(standing) = stream.freezes.standing(now) {
                totals.froze(standing);
            }
        }
    }
}

impl Stream {
    fn new(ssrc: u32, section: usize, codec: Option<Codec>, now: Instant) -> Self {
        Self {
            ssrc,
            section,
            codec,
            sequence: Sequence::default(),
            frames: Frames::default(),
            freezes: Freezes::default(),
            sampled: 0,
            latency: None,
            source: None,
            source_since: None,
            last_packet: now,
            paused: false,
            broken_since: None,
            pli_at: None,
            reported: (0, 0),
            sender_report: None,
            jitter: 0.0,
        }
    }

    fn marked(&mut self, mark: Mark, arrival: Arrival, times: Times, totals: &mut Totals) {
        if matches!(arrival, Arrival::Late) {
            return;
        }
        if self.codec.is_some() {
            match self.source.replace((mark.stream, mark.layer)) {
                Some((stream, _)) if stream != mark.stream => {
                    totals.source_changes += 1;
                    self.latency = None;
                    self.source_since = None;
                }
                Some((_, layer)) if layer != mark.layer => totals.layer_changes += 1,
                _ => {}
            }
        }
        // What had been sent before anything came says nothing of the way.
        if mark.sent < *self.source_since.get_or_insert(times.kernel) {
            return;
        }
        let latency = times.kernel.saturating_sub(mark.sent);
        totals.latency.record(latency);
        if let Some(last) = self.latency.replace(latency) {
            let difference = latency.abs_diff(last);
            totals.variation.record(difference);
            // RFC 3550, section 6.4.1, in seconds.
            self.jitter += (difference.as_secs_f64() - self.jitter) / 16.0;
        }
    }

    fn show(&mut self, frames: u32, now: Instant, totals: &mut Totals) {
        for _ in 0..frames {
            totals.frames += 1;
            if let Some(frozen) = self.freezes.shown(now) {
                totals.froze(frozen);
            }
        }
    }

    fn flows(&self, now: Instant) -> bool {
        self.codec.is_some() && now < self.last_packet + FLOWS
    }

    /// A picture that stands still is still one that somebody looks at, for a while.
    fn is_shown(&self, now: Instant) -> bool {
        self.codec.is_some() && !self.paused && now < self.last_packet + LOOKED_AT
    }

    fn wants_keyframe(&mut self, now: Instant) -> bool {
        if self.codec.is_none() || !self.frames.is_broken() || !self.flows(now) {
            self.broken_since = None;
            return false;
        }
        let since = *self.broken_since.get_or_insert(now);
        if now < since + FIRST_PLI || self.pli_at.is_some_and(|at| now < at + PLI_INTERVAL) {
            return false;
        }
        self.pli_at = Some(now);
        true
    }

    fn block(&mut self, now: Instant) -> ReportBlock {
        let (received, lost) = (self.sequence.received, self.sequence.lost);
        let (received_then, lost_then) = std::mem::replace(&mut self.reported, (received, lost));
        let (received, lost_now) = (received - received_then, lost - lost_then);
        let clock = if self.codec.is_some() { 90_000.0 } else { 48_000.0 };
        ReportBlock {
            source: Ssrc::new(self.ssrc),
            fraction_lost: (lost_now * 256 / (received + lost_now).max(1)).min(255) as u8,
            cumulative_lost: lost as i32,
            highest_sequence: self.sequence.highest(),
            jitter: (self.jitter * clock) as u32,
            last_sender_report: self.sender_report.map_or(0, |(middle, _)| middle),
            // In 1/65,536 s.
            delay_since: self.sender_report.map_or(0, |(_, at)| {
                (now.saturating_duration_since(at).as_micros() * 65_536 / 1_000_000) as u32
            }),
        }
    }
}

/// The payload of a packet, decrypted in place; none if the packet is not authentic.
fn open<'a>(packet: &'a mut [u8], keys: &mut Unprotector) -> Option<&'a [u8]> {
    let opened = keys.unprotect_rtp(packet).ok()?;
    packet.get(opened.header..opened.len)
}

/// A payload's last octet says how much of it is padding (RFC 3550, section 5.1).
fn without_padding(payload: &[u8], padding: bool) -> &[u8] {
    if !padding {
        return payload;
    }
    let octets = payload.last().copied().map_or(0, usize::from);
    payload.get(..payload.len().saturating_sub(octets)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_before_anything_came_says_nothing_of_the_way() {
        let now = Instant::now();
        let at = Duration::from_millis;
        let mut stream = Stream::new(1, 0, Some(Codec::Vp8), now);
        let mut totals = Totals::default();
        let mut marked = |source: u32, sent, kernel| {
            let (layer, keyframe, frame, index, count) = (0, false, 0, 0, 1);
            let mark = Mark { stream: source, layer, keyframe, frame, index, count, sent };
            let times = Times { now, kernel, since: Duration::ZERO };
            stream.marked(mark, Arrival::InOrder, times, &mut totals);
            totals.latency.len()
        };
        // Half a second at once, and then as it is sent.
        assert_eq!(marked(7, at(500), at(1_000)), 0);
        assert_eq!(marked(7, at(900), at(1_001)), 0);
        assert_eq!(marked(7, at(1_030), at(1_032)), 1);
        // Somebody else is shown.
        assert_eq!(marked(8, at(1_000), at(1_100)), 1);
        assert_eq!(marked(8, at(1_150), at(1_153)), 2);
        assert!(totals.latency.max().is_some_and(|longest| longest < 4.0));
    }
}
