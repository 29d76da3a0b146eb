//! Sender reports (RFC 3550, section 6.4.1).

use std::time::{Duration, Instant};

use szpon_media::rtcp::{NtpTime, SenderInfo, Ssrc, write};
use szpon_sfu_srtp::MAX_RTCP_OVERHEAD;

use super::Egress;
use crate::outbox::Outbox;

/// Bytes of one compound, before protection: what every path carries.
const MAX_COMPOUND: usize = 1_100;
/// Seconds between 1900 and 1970: a time that no receiver takes for unset (RFC 3550, section 4,
/// lets a sender without a clock count from anywhere).
const NTP_BASE: u64 = 2_208_988_800;

impl Egress {
    /// The moment on the clock of the session's reports.
    pub(crate) fn ntp(&self, now: Instant) -> NtpTime {
        ntp(now.saturating_duration_since(self.epoch))
    }

    /// Tells how much of each stream was sent, and how its time stands.
    pub(super) fn report(&mut self, now: Instant, outbox: &mut Outbox) {
        let (Some(secure), Some(route)) = (&mut self.secure, self.route) else { return };
        let ntp = ntp(now.saturating_duration_since(self.epoch));
        let mut waiting = self.streams.iter_mut().filter(|stream| stream.totals.unreported);
        let mut next = waiting.next();
        while next.is_some() {
            let mut sent = 0;
            outbox.append(route, |bytes| {
                let start = bytes.len();
                while let Some(stream) = next.take_if(|_| bytes.len() - start < MAX_COMPOUND) {
                    stream.totals.unreported = false;
                    if let Some((time, at)) = stream.totals.newest {
                        let elapsed = now.saturating_duration_since(at);
                        let rtp = time.plus(stream.clock().ticks(elapsed) as u32);
                        let (packets, octets) = (stream.totals.packets, stream.totals.octets);
                        let sender = Ssrc::new(stream.ssrc);
                        let info = SenderInfo { ntp, rtp, packets, octets };
                        write::sender_report(bytes, sender, &info, &[]);
                        write::cname(bytes, sender, stream.cname.as_bytes());
                    }
                    next = waiting.next();
                }
                let len = bytes.len() - start;
                bytes.resize(bytes.len() + MAX_RTCP_OVERHEAD, 0);
                let total = secure.protector.protect_rtcp(&mut bytes[start..], len).unwrap_or(0);
                bytes.truncate(start + total);
                sent = total;
            });
            self.bytes += sent as u64;
        }
    }
}

fn ntp(since_epoch: Duration) -> NtpTime {
    let seconds = NTP_BASE + since_epoch.as_secs();
    let fraction = (u64::from(since_epoch.subsec_nanos()) << 32) / 1_000_000_000;
    NtpTime::new(seconds << 32 | fraction)
}
