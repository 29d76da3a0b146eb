//! The outgoing streams of a session: one for each slot, and its repetitions.

use std::time::Instant;

use str0m::{media::Mid, rtp::ExtensionMap};
use szpon_media::{ClockRate, RtpTime, munger::WINDOW};
use szpon_sfu_srtp::IndexWindow;

use super::header::Template;

/// Words of the window that sees to it that no sequence number is ever sent twice: as far as the
/// munger reaches back.
const SENT_WORDS: usize = (WINDOW / 64) as usize;

/// What an m-line's stream is made of.
#[derive(Debug, Clone)]
pub(crate) struct StreamSetup {
    pub(crate) mid: Mid,
    pub(crate) audio: bool,
    pub(crate) ssrc: u32,
    /// Of the repetitions (RFC 4588), if the receiver takes them.
    pub(crate) rtx: Option<u32>,
    /// A payload type that the receiver takes repetitions with, for padding before there is
    /// anything to repeat.
    pub(crate) rtx_type: Option<u8>,
    /// Header extensions that the receiver takes.
    pub(crate) extensions: ExtensionMap,
    /// Id of the Dependency Descriptor, if the receiver takes it at any length.
    pub(crate) dependency: Option<u8>,
    pub(crate) cname: String,
}

/// One outgoing stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) ssrc: u32,
    pub(crate) audio: bool,
    pub(crate) template: Template,
    /// See [`StreamSetup`].
    pub(crate) dependency: Option<u8>,
    pub(crate) cname: String,
    pub(crate) sent: Box<IndexWindow<SENT_WORDS>>,
    pub(crate) totals: Totals,
    pub(crate) rtx: Option<RtxStream>,
}

/// Repetitions of a stream, and padding.
#[derive(Debug)]
pub(crate) struct RtxStream {
    pub(crate) ssrc: u32,
    pub(crate) template: Template,
    /// Extended sequence number of the next packet.
    pub(crate) next: u64,
    /// As the last repeated packet's codec has it.
    pub(crate) payload_type: Option<u8>,
}

/// What a sender report says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    pub(crate) packets: u32,
    /// Bytes of payload.
    pub(crate) octets: u32,
    /// The newest timestamp, and when its first packet came.
    pub(crate) newest: Option<(RtpTime, Instant)>,
    /// Something was sent since the last report.
    pub(crate) unreported: bool,
}

impl Stream {
    /// `random` makes the beginning of the repetitions' numbers unpredictable.
    pub(crate) fn new(setup: StreamSetup, random: u16) -> Self {
        let StreamSetup { mid, audio, ssrc, rtx, rtx_type, extensions, dependency, cname } = setup;
        let template = |ssrc, audio| Template::new(ssrc, &mid, audio, &extensions);
        Self {
            ssrc,
            audio,
            template: template(ssrc, audio),
            dependency,
            cname,
            sent: Box::default(),
            totals: Totals::default(),
            rtx: rtx.map(|ssrc| RtxStream {
                ssrc,
                template: template(ssrc, false),
                // Below 65,536, as the receiver's roll-over counter starts at zero.
                next: u64::from(random & 0x7fff),
                payload_type: rtx_type,
            }),
        }
    }

    pub(crate) fn clock(&self) -> ClockRate {
        if self.audio { ClockRate::OPUS } else { ClockRate::VIDEO }
    }

    /// Whether the SSRC is this stream's or that of its repetitions.
    pub(crate) fn owns(&self, ssrc: u32) -> bool {
        self.ssrc == ssrc || self.rtx.as_ref().is_some_and(|rtx| rtx.ssrc == ssrc)
    }
}

impl Totals {
    pub(crate) fn note(&mut self, time: RtpTime, octets: usize, now: Instant) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets as u32);
        self.unreported = true;
        if self.newest.is_none_or(|(newest, _)| time.is_newer_than(newest)) {
            self.newest = Some((time, now));
        }
    }
}
