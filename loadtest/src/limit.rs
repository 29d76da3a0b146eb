//! What no server can do better here: each packet encrypted once for each receiver, sent in the
//! best batched way, and nothing else.

use std::{
    io, iter,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};
use quinn_udp::{Transmit, UdpSockRef, UdpSocketState};
use serde::Serialize;

use szpon_sfu_srtp::{KeyError, MAX_RTP_OVERHEAD, MasterKey, Profile, ProtectError, Protector};

use crate::{
    engine::{
        TOGETHER,
        socket::{Bundle, Port, ReadBuffers},
    },
    pin, process,
    rtp::NewHeader,
};

/// Packets under way to the receivers at most: beyond it their buffers would overflow, and a
/// packet that is dropped costs less than one that is delivered.
const UNDER_WAY: u64 = 2_000;
/// The largest UDP payload of one UDP_SEGMENT call over IPv4.
const SEGMENTED_BYTES: usize = 65_507;
const SEND_BYTES: usize = 4 << 20;
/// RTP payload of a packet of Opus, about 40 kbit/s.
const SOUND_BYTES: usize = 100;
/// Packets of sound after each of three batches in turn.
const SOUND_AFTER: [usize; 3] = [2, 2, 1];
/// Octets of RTP header extensions that a server writes: mid and transport-wide number.
const MID: [u8; 2] = *b"12";

/// The cipher of SRTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Cipher {
    #[value(name = "aes-128-gcm")]
    Aes128Gcm,
    #[value(name = "aes-256-gcm")]
    Aes256Gcm,
}

impl Cipher {
    /// Both add [`MAX_RTP_OVERHEAD`] octets.
    fn profile(self) -> Profile {
        match self {
            Self::Aes128Gcm => Profile::AeadAes128Gcm,
            Self::Aes256Gcm => Profile::AeadAes256Gcm,
        }
    }
}

#[derive(Debug, Clone)]
pub struct LimitOptions {
    pub receivers: usize,
    pub seconds: u32,
    /// RTP payload.
    pub packet_bytes: usize,
    /// Packets to one receiver in one system call. 1: no UDP_SEGMENT.
    pub batch: usize,
    /// Also what sound adds: five small packets for three batches (20 ms beside 30 frames/s), each
    /// alone, for it can't wait for the next frame.
    pub sound: bool,
    pub cipher: Cipher,
    pub sender_core: Option<usize>,
    pub receiver_core: Option<usize>,
    /// The receiving thread never sleeps, so that the sender never wakes it.
    pub awake: bool,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct LimitReport {
    pub receivers: usize,
    pub batch: usize,
    pub packets: u64,
    pub received_percent: f64,
    /// CPU time of the sending thread.
    pub us_per_packet: f64,
    /// Of it, encryption alone (measured apart, in the same thread).
    pub encrypt_us_per_packet: f64,
    /// Of the receiving thread, which only reads.
    pub receive_us_per_packet: f64,
}

#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    #[error("socket: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Protect(#[from] ProtectError),
    #[error("there is nobody to send to")]
    NoReceivers,
    #[error("a thread of the measurement failed")]
    Thread,
}

/// A receiver as the sender sees it.
struct Subscriber {
    address: SocketAddr,
    keys: Protector,
    sequence: u64,
}

/// Measures for the time that the options say.
pub fn measure(options: &LimitOptions) -> Result<LimitReport, LimitError> {
    let received = Arc::new(AtomicU64::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let (told, addresses) = mpsc::channel();
    let receiver = {
        let (received, over, options) = (received.clone(), over.clone(), options.clone());
        thread::spawn(move || drain(told, &received, &over, &options))
    };
    let subscribers: Result<Vec<_>, LimitError> =
        addresses.iter().map(|address| Subscriber::new(address, options.cipher)).collect();
    let sent = subscribers.and_then(|subscribers| {
        let (options, received) = (options.clone(), received.clone());
        let sender = thread::spawn(move || send(&options, subscribers, &received));
        sender.join().map_err(|_| LimitError::Thread)?
    });
    over.store(true, Ordering::Relaxed);
    let receiver_cpu = receiver.join().map_err(|_| LimitError::Thread)??;
    let Sent { packets, cpu, encrypting } = sent?;
    let arrived = received.load(Ordering::Relaxed);
    let micros = |cpu: Duration, packets: u64| cpu.as_secs_f64() * 1e6 / packets.max(1) as f64;
    Ok(LimitReport {
        receivers: options.receivers,
        batch: options.batch,
        packets,
        received_percent: arrived as f64 * 100.0 / packets.max(1) as f64,
        us_per_packet: micros(cpu, packets),
        encrypt_us_per_packet: encrypting,
        receive_us_per_packet: micros(receiver_cpu, arrived),
    })
}

impl Subscriber {
    fn new(address: SocketAddr, cipher: Cipher) -> Result<Self, LimitError> {
        let profile = cipher.profile();
        let random = |len| (0..len).map(|_| fastrand::u8(..)).collect::<Vec<u8>>();
        let (key, salt) = (random(profile.key_len()), random(profile.salt_len()));
        // The lengths are the profile's.
        let master = MasterKey::new(profile, &key, &salt).ok_or(KeyError)?;
        Ok(Self { address, keys: Protector::with_master(&master)?, sequence: 0 })
    }

    /// Appends the next packet, encrypted.
    fn write(&mut self, out: &mut Vec<u8>, payload: &[u8]) -> Result<(), LimitError> {
        let start = out.len();
        self.sequence += 1;
        let number = (self.sequence as u16).to_be_bytes();
        let header = NewHeader {
            marker: self.sequence.is_multiple_of(4),
            payload_type: 96,
            sequence: self.sequence as u16,
            timestamp: self.sequence as u32 / 4 * 3_000,
            ssrc: 1,
            extensions: &[(4, &MID), (3, &number)],
        };
        header.write(out);
        out.extend_from_slice(payload);
        let plain = out.len() - start;
        out.resize(out.len() + MAX_RTP_OVERHEAD, 0);
        self.keys.protect_rtp(&mut out[start..], plain, self.sequence)?;
        Ok(())
    }
}

struct Sent {
    packets: u64,
    cpu: Duration,
    /// µs per packet.
    encrypting: f64,
}

fn send(
    options: &LimitOptions,
    mut subscribers: Vec<Subscriber>,
    received: &AtomicU64,
) -> Result<Sent, LimitError> {
    if let Some(core) = options.sender_core {
        pin::this_thread(&[core])?;
    }
    if subscribers.is_empty() {
        return Err(LimitError::NoReceivers);
    }
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
    socket2::SockRef::from(&socket).set_send_buffer_size(SEND_BYTES)?;
    let payload = vec![0x5a; options.packet_bytes.max(SOUND_BYTES)];
    // Header and extensions have 24 octets.
    let largest = (SEGMENTED_BYTES / (options.packet_bytes + 24 + MAX_RTP_OVERHEAD)).max(1);
    let batch = options.batch.clamp(1, largest.min(state.max_gso_segments().max(1)));
    let mut buffer = Vec::with_capacity(SEGMENTED_BYTES);
    let encrypting = encryption(&mut subscribers, &payload[..options.packet_bytes], &mut buffer)?;

    let before = process::thread_cpu_time()?;
    let end = Instant::now() + Duration::from_secs(options.seconds.into());
    let mut packets = 0u64;
    let mut lost = 0;
    let mut rounds = SOUND_AFTER.into_iter().cycle();
    while Instant::now() < end {
        // A batch of a picture's packets, then packets of sound, each alone.
        let sound = rounds.next().filter(|_| options.sound).unwrap_or(0);
        let runs = iter::once((batch, options.packet_bytes));
        for (run, bytes) in runs.chain(iter::repeat_n((1, SOUND_BYTES), sound)) {
            for subscriber in &mut subscribers {
                buffer.clear();
                for _ in 0..run {
                    subscriber.write(&mut buffer, &payload[..bytes])?;
                }
                let transmit = Transmit {
                    destination: subscriber.address,
                    ecn: None,
                    contents: &buffer,
                    segment_size: (run > 1).then_some(buffer.len() / run),
                    src_ip: None,
                };
                match state.try_send(UdpSockRef::from(&socket), &transmit) {
                    Ok(()) => packets += run as u64,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let waiting = Instant::now();
        loop {
            let missing = packets.saturating_sub(received.load(Ordering::Relaxed));
            if missing.saturating_sub(lost) <= UNDER_WAY {
                break;
            }
            if waiting.elapsed() >= Duration::from_millis(20) {
                // Nothing more will come. Waiting for it again in each round would count as the
                // cost of sending.
                lost = missing;
                break;
            }
            thread::sleep(Duration::from_micros(200));
        }
    }
    let cpu = process::thread_cpu_time()?.saturating_sub(before);
    // The last ones arrive.
    thread::sleep(Duration::from_millis(50));
    Ok(Sent { packets, cpu, encrypting })
}

/// µs per packet of writing and encrypting alone.
fn encryption(
    subscribers: &mut [Subscriber],
    payload: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<f64, LimitError> {
    let begun = Instant::now();
    let mut packets = 0u64;
    while begun.elapsed() < Duration::from_millis(300) {
        for subscriber in subscribers.iter_mut() {
            buffer.clear();
            subscriber.write(buffer, payload)?;
            packets += 1;
        }
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / packets.max(1) as f64)
}

/// Seats like those of participants.
fn seats(poll: &Poll, receivers: usize) -> io::Result<(Vec<Rc<Bundle>>, Vec<Port>)> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (mut bundles, mut ports) = (Vec::new(), Vec::new());
    while ports.len() < receivers.max(1) {
        let bundle = Bundle::bind(here, poll.registry(), Token(bundles.len()))?;
        let free = receivers.max(1) - ports.len();
        ports.extend(iter::from_fn(|| bundle.seat(here)).take(free));
        bundles.push(bundle);
    }
    Ok((bundles, ports))
}

/// Tells the receivers' addresses, reads everything as participants do, and counts it; says how much CPU
/// time that took.
fn drain(
    told: mpsc::Sender<SocketAddr>,
    received: &AtomicU64,
    over: &AtomicBool,
    options: &LimitOptions,
) -> io::Result<Duration> {
    if let Some(core) = options.receiver_core {
        pin::this_thread(&[core])?;
    }
    let mut poll = Poll::new()?;
    let (bundles, ports) = seats(&poll, options.receivers)?;
    for port in &ports {
        // Nobody wants to know when the measurement could not begin.
        let _ = told.send(port.local());
    }
    drop(told);
    let before = process::thread_cpu_time()?;
    let mut events = Events::with_capacity(1_024);
    let mut buffers = ReadBuffers::default();
    let wait = if options.awake { Duration::ZERO } else { Duration::from_millis(20) };
    while !over.load(Ordering::Relaxed) {
        poll.poll(&mut events, Some(wait))?;
        let woken = Instant::now();
        for event in &events {
            let Some(bundle) = bundles.get(event.token().0) else { continue };
            bundle.receive(&mut buffers, |mut batch| {
                received.fetch_add(batch.datagrams().count() as u64, Ordering::Relaxed);
            });
        }
        if !options.awake {
            thread::sleep(TOGETHER.saturating_sub(woken.elapsed()));
        }
    }
    Ok(process::thread_cpu_time()?.saturating_sub(before))
}

#[cfg(test)]
mod tests {
    use szpon_sfu_srtp::Unprotector;

    use super::*;
    use crate::engine::socket::SEATS;

    #[test]
    fn receivers_sit_where_participants_do() {
        let poll = Poll::new().unwrap();
        let (bundles, ports) = seats(&poll, 100).unwrap();
        assert_eq!((bundles.len(), ports.len()), (100_usize.div_ceil(SEATS.into()), 100));
        let mut addresses: Vec<SocketAddr> = ports.iter().map(Port::local).collect();
        addresses.sort();
        addresses.dedup();
        assert_eq!(addresses.len(), 100, "each has an address of its own");
    }

    #[test]
    fn what_is_sent_is_srtp() {
        let address = (Ipv4Addr::LOCALHOST, 9).into();
        for cipher in [Cipher::Aes128Gcm, Cipher::Aes256Gcm] {
            let profile = cipher.profile();
            let (key, salt) = (vec![3; profile.key_len()], vec![4; profile.salt_len()]);
            let master = MasterKey::new(profile, &key, &salt).unwrap();
            let keys = Protector::with_master(&master).unwrap();
            let mut subscriber = Subscriber { address, keys, sequence: 0 };
            let mut out = Vec::new();
            subscriber.write(&mut out, &[1; 100]).unwrap();
            subscriber.write(&mut out, &[2; 100]).unwrap();
            let mut receiver = Unprotector::with_master(&master).unwrap();
            let half = out.len() / 2;
            for (packet, value) in out.chunks_mut(half).zip([1u8, 2]) {
                let opened = receiver.unprotect_rtp(packet).unwrap();
                assert_eq!(packet[opened.header..opened.len], [value; 100]);
            }
        }
    }
}
